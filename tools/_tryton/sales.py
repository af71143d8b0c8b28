"""Sales as Tryton keeps them: quotations and orders are one kind of record there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .goods import pieces

FIELDS = [
    *("number", "state", "reference", "shipping_date", "untaxed_amount", "currency.code", "party.name"),
    *("lines.product.code", "lines.product.name", "lines.product.type", "lines.quantity"),
]


def read(row: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        {"product": line["product."]["code"] or line["product."]["name"], "quantity": pieces(line["quantity"])}
        for line in row["lines."]
        if line.get("product.") and line["product."]["type"] == "goods"
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
