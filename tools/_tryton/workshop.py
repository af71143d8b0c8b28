"""Productions under way as Tryton keeps them: what they take, what they make, what is reserved for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from _words import Words

from . import cards
from .goods import pieces

Row = Mapping[str, Any]

FIELDS = [
    *("number", "state", "reference", "quantity", "planned_date", "partially_assigned", "product.code", "product.name"),
    *("warehouse.code", "warehouse.storage_location"),
    *("inputs.product.code", "inputs.product.name", "inputs.quantity", "inputs.state", "inputs.from_location"),
]


def read(row: Row) -> dict[str, Any]:
    return {
        "record": row["id"],
        "number": row["number"],
        "state": row["state"],
        "product": cards.product_of(row),
        "quantity": pieces(row["quantity"]),
        "date": row["planned_date"],
        "warehouse": row["warehouse."]["code"],
    }


def facts(row: Row) -> dict[str, Any]:
    one = read(row)
    parts = [f"{pieces(n)} × {part}" for part, n in sorted(cards.counted(row["inputs."]).items())]
    return {"product": one["product"], "quantity": one["quantity"], "parts": parts}


def card(say: Words, row: Row) -> dict[str, Any]:
    one = read(row)
    return {
        say("Fabrique", "Makes"): f"{say.number(one['quantity'])} × {one['product']}",
        say("Entrepôt", "Warehouse"): one["warehouse"],
        say("Prêt le", "Ready on"): one["date"] or say("sans date", "no date"),
    }


def tell(say: Words, row: Row) -> str:
    return f"{_what(say, row)}."


def tell_reserved(say: Words, row: Row) -> str:
    """Whether all parts are reserved; if not, which are lacking."""
    lacking = cards.counted(line for line in row["inputs."] if line["state"] in ("draft", "staging"))
    if not lacking:
        return say(
            f"{_what(say, row)}, tous les composants sont réservés.", f"{_what(say, row)}, all its parts are reserved."
        )
    short = cards.goods(say, lacking)
    french = f"{_what(say, row)}, réservé en partie seulement, il manque {short}."
    return say(french, f"{_what(say, row)}, only partly reserved, lacking {short}.")


def _what(say: Words, row: Row) -> str:
    one = read(row)
    sign = say(f"n° {one['number']}", f"no. {one['number']}") if one["number"] else f"({one['record']})"
    return f"{sign}, {say.number(one['quantity'])} × {one['product']}"
