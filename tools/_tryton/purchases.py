"""Purchases as Tryton keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from _words import Words

from . import cards
from .goods import pieces

Row = Mapping[str, Any]

FIELDS = [
    *("number", "state", "reference", "party.name", "delivery_date", "untaxed_amount", "currency.code"),
    *("invoice_method", "lines.product.code", "lines.product.name", "lines.quantity", "lines.unit_price"),
]


def read(row: Row) -> dict[str, Any]:
    return {
        "record": row["id"],
        "number": row["number"],
        "state": row["state"],
        "supplier": row["party."]["name"],
        "date": row["delivery_date"],
        "lines": [
            {"product": cards.product_of(line), "quantity": pieces(line["quantity"]), "unit_price": line["unit_price"]}
            for line in row["lines."]
            if line["product."]
        ],
        "amount": row["untaxed_amount"],
        "currency": row["currency."]["code"],
    }


def facts(row: Row) -> dict[str, Any]:
    one = read(row)
    lines = [f"{line['quantity']} × {line['product']} @ {line['unit_price']}" for line in one["lines"]]
    return {"supplier": one["supplier"], "lines": lines, "amount": str(one["amount"]), "currency": one["currency"]}


def tell(say: Words, row: Row) -> str:
    """`n° 2, 52 × CMP-SEAL chez SealTech BV, 728,00 € hors taxes.`"""
    one = read(row)
    sign = say(f"n° {one['number']}", f"no. {one['number']}") if one["number"] else f"({one['record']})"
    return f"{sign}, {_terms(say, one)}."


def created(say: Words, one: Row) -> str:
    """Of what `read` gives."""
    known = say(f"n° {one['number']}", f"no. {one['number']}") if one["number"] else ""
    sign = known or say(f"(fiche {one['record']})", f"(record {one['record']})")
    draft = one["state"] == "draft"
    french, english = (
        ("Achat brouillon créé", "Draft purchase created") if draft else ("Achat créé", "Purchase created")
    )
    return f"{say.colon(say(f'{french} {sign}', f'{english} {sign}'))}{_terms(say, one)}."


def _terms(say: Words, one: Row) -> str:
    lines = say.listed([f"{say.number(line['quantity'])} × {line['product']}" for line in one["lines"]] or ["—"])
    price = say.money(one["amount"], one["currency"])
    return say(
        f"{lines} chez {one['supplier']}, {price} hors taxes", f"{lines} from {one['supplier']}, {price} before tax"
    )
