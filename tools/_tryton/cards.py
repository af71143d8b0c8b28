"""What the cards show of a record that is to be moved on, label → value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from _words import Words

from . import sales

Row = Mapping[str, Any]
Card = dict[str, Any]


def sale(say: Words, row: Row) -> Card:
    one = sales.read(row)
    return {
        say("Client", "Customer"): one["customer"],
        say("Lignes", "Lines"): ", ".join(
            f"{say.number(line['quantity'])} × {line['product']}" for line in one["lines"]
        ),
        say("Total hors taxes", "Total before tax"): say.money(one["amount"], one["currency"]),
        say("Transporteur", "Carrier"): sales.carrier(row) or say("aucun", "none"),
        say("Expédition", "Shipping"): one["date"] or say("sans date", "no date"),
    }


def follows(say: Words, row: Row) -> Card:
    """What the ERP makes of an order by itself."""
    made = []
    if row["shipment_method"] == "order":
        made.append(say("le bon de livraison", "the shipment"))
    if row["invoice_method"] == "order":
        made.append(say("la facture en brouillon", "the draft invoice"))
    return {say("L'ERP crée", "The ERP makes"): say.listed(made)} if made else {}


def freight(say: Words, row: Row, price: Decimal, currency: str) -> Card:
    """The line that Tryton adds for the carrier, and the total with it."""
    before, after = row["untaxed_amount"], sales.without_freight(row) + price
    total = {"before": say.money(before, currency), "after": say.money(after, currency)}
    return {
        say("Port", "Freight"): say.money(price, currency),
        say("Total hors taxes", "Total before tax"): total,
    }


def goods(say: Words, counted: Mapping[str, float]) -> str:
    return ", ".join(f"{say.number(n)} × {product}" for product, n in counted.items())


def purchase(say: Words, row: Row) -> Card:
    lines = [
        f"{say.number(line['quantity'])} × {product_of(line)}"
        f" {say('à', 'at')} {say.money(line['unit_price'], row['currency.']['code'])}"
        for line in row["lines."]
        if line["product."]
    ]
    return {
        say("Fournisseur", "Supplier"): row["party."]["name"],
        say("Lignes", "Lines"): ", ".join(lines),
        say("Total hors taxes", "Total before tax"): say.money(row["untaxed_amount"], row["currency."]["code"]),
    }


def product_of(line: Row) -> str:
    product = line["product."]
    return str(product["code"] or product["name"])


def counted(lines: Iterable[Row]) -> dict[str, float]:
    """Product → how many, of moves that may be split."""
    found = defaultdict[str, float](float)
    for line in lines:
        found[product_of(line)] += line["quantity"]
    return dict(found)


def reserved(say: Words, lines: Sequence[Row], free: Mapping[int, float]) -> Card:
    """What can be reserved of each product now, before and after."""
    wanted = counted(lines)
    there = {product_of(line): free.get(line["product."]["id"], 0.0) for line in lines}
    return {say(f"{p} libres", f"{p} free"): left(say, n, there[p]) for p, n in wanted.items()}


def taken(say: Words, lines: Sequence[Row], held: Mapping[int, float]) -> Card:
    """The stock of each product before and after it is consumed, or has left."""
    wanted = counted(lines)
    there = {product_of(line): held.get(line["product."]["id"], 0.0) for line in lines}
    return {
        say(f"{p} en stock", f"{p} in stock"): {"before": say.number(there[p]), "after": say.number(there[p] - n)}
        for p, n in wanted.items()
    }


def left(say: Words, wanted: float, free: float) -> dict[str, str]:
    """How many are free before and after some are taken, and how many are lacking for that."""
    lacking = round(wanted - free, 3)
    short = say(f" (il en manque {say.number(lacking)})", f" ({say.number(lacking)} short)") if lacking > 0 else ""
    return {"before": say.number(free), "after": say.number(max(free - wanted, 0)) + short}
