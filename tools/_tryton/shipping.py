"""Shipments to customers as Tryton keeps them: what leaves, from where, with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from _words import Words

from . import cards
from .goods import pieces

Row = Mapping[str, Any]

FIELDS = [
    *("number", "state", "reference", "customer.name", "planned_date", "carrier.party.name", "origins"),
    *("partially_assigned", "warehouse.code", "warehouse_storage"),
    *("outgoing_moves.product.code", "outgoing_moves.product.name", "outgoing_moves.quantity", "outgoing_moves.state"),
    *("inventory_moves.product.code", "inventory_moves.product.name", "inventory_moves.quantity"),
    "inventory_moves.state",
]


def read(row: Row) -> dict[str, Any]:
    return {
        "record": row["id"],
        "number": row["number"],
        "state": row["state"],
        "customer": row["customer."]["name"],
        "order": row["origins"] or None,
        "date": row["planned_date"],
        "carrier": row["carrier."]["party."]["name"] if row["carrier."] else None,
        "lines": [{"product": p, "quantity": pieces(n)} for p, n in cards.counted(leaving(row)).items()],
    }


def leaving(row: Row) -> Sequence[Row]:
    return [move for move in row["outgoing_moves."] if move["state"] != "cancelled"]


def facts(row: Row) -> dict[str, Any]:
    one = read(row)
    lines = [f"{line['quantity']} × {line['product']}" for line in one["lines"]]
    return {"customer": one["customer"], "lines": sorted(lines), "carrier": one["carrier"]}


def card(say: Words, row: Row) -> dict[str, Any]:
    one = read(row)
    return {
        say("Client", "Customer"): one["customer"],
        say("Marchandise", "Goods"): cards.goods(say, cards.counted(leaving(row))),
        say("Commande", "Order"): one["order"] or say("aucune", "none"),
        say("Transporteur", "Carrier"): one["carrier"] or say("aucun", "none"),
        say("Expédition", "Shipping"): one["date"] or say("sans date", "no date"),
    }


def tell(say: Words, row: Row) -> str:
    return f"{_what(say, row)}."


def tell_reserved(say: Words, row: Row) -> str:
    """Whether all goods are reserved; if not, which are lacking."""
    lacking = cards.counted(move for move in row["inventory_moves."] if move["state"] in ("draft", "staging"))
    if not lacking:
        french = f"{_what(say, row)}, toute la marchandise est réservée."
        return say(french, f"{_what(say, row)}, all its goods are reserved.")
    short = cards.goods(say, lacking)
    french = f"{_what(say, row)}, réservé en partie seulement, il manque {short}."
    return say(french, f"{_what(say, row)}, only partly reserved, lacking {short}.")


def _what(say: Words, row: Row) -> str:
    one = read(row)
    sign = say(f"n° {one['number']}", f"no. {one['number']}") if one["number"] else f"({one['record']})"
    lines = cards.goods(say, cards.counted(leaving(row)))
    return say(f"{sign}, {lines} pour {one['customer']}", f"{sign}, {lines} for {one['customer']}")
