"""Sales as Tryton keeps them: quotations and orders are one kind of record there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from _words import Words

from .goods import pieces

FIELDS = [
    *("number", "state", "reference", "shipping_date", "untaxed_amount", "currency.code", "party.name"),
    *("lines.product.code", "lines.product.name", "lines.product.type", "lines.quantity"),
]
DEED_FIELDS = [
    *FIELDS,
    *("carrier.party.name", "shipment_cost_method", "shipment_method", "invoice_method", "available_carriers"),
    *("lines.amount", "lines.shipment_cost", "lines.product.weight", "lines.product.weight_uom.factor"),
]


def read(row: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        {"product": line["product."]["code"] or line["product."]["name"], "quantity": pieces(line["quantity"])}
        for line in goods_lines(row)
    ]
    return {
        "record": row["id"],
        "number": row["number"],
        "state": row["state"],
        "customer": row["party."]["name"],
        "customer_reference": row["reference"] or None,
        "date": row["shipping_date"],
        "lines": lines,
        "amount": row["untaxed_amount"],
        "currency": row["currency."]["code"],
    }


def goods_lines(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What is delivered: neither freight nor other services, nor titles and comments."""
    return [line for line in row["lines."] if line.get("product.") and line["product."]["type"] == "goods"]


def facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a sale is decided on, as plain values."""
    sale = read(row)
    return {
        "customer": sale["customer"],
        "lines": [f"{line['quantity']} × {line['product']}" for line in sale["lines"]],
        "amount": str(sale["amount"]),
        "currency": sale["currency"],
        "carrier": carrier(row),
        "date": sale["date"].isoformat() if sale["date"] else None,
    }


def carrier(row: Mapping[str, Any]) -> str | None:
    """The name of the carrier that was chosen."""
    return row["carrier."]["party."]["name"] if row["carrier."] else None


def without_freight(row: Mapping[str, Any]) -> Decimal:
    """What the lines come to, but for the freight that Tryton adds by itself."""
    amounts = (line["amount"] for line in row["lines."] if line["shipment_cost"] is None and line["amount"] is not None)
    return sum(amounts, Decimal(0))


def tell(say: Words, row: Mapping[str, Any]) -> str:
    """`n° 5, 6 × PMP-300 pour Van den Berg, 7 080,00 € hors taxes.`"""
    sale = read(row)
    lines = say.listed([f"{say.number(line['quantity'])} × {line['product']}" for line in sale["lines"]] or ["—"])
    price = say.money(sale["amount"], sale["currency"])
    sign = say(f"n° {sale['number']}", f"no. {sale['number']}") if sale["number"] else f"({sale['record']})"
    return say(
        f"{sign}, {lines} pour {sale['customer']}, {price} hors taxes.",
        f"{sign}, {lines} for {sale['customer']}, {price} before tax.",
    )
