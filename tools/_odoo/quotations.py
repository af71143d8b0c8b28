"""Quotations and orders of Odoo: what a new one needs, the one that carries a key, what may still be undone or confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from _proposals import KEY
from _words import Words
from pydantic import BaseModel, Field

from bot import ToolError

from .json2 import Odoo, Row
from .records import CUSTOMER, ORDER, PRODUCT, QUOTATION, find, lines_of, shown, state

UNCONFIRMED = ("draft", "sent")

Result = dict[str, Any]


class Line(BaseModel):
    """A product and how much of it."""

    product: str = Field(description="Internal reference or name of the product.")
    quantity: Decimal = Field(gt=0, le=1_000_000, decimal_places=3, description="How many.")


async def wanted(odoo: Odoo, customer: str, lines: Sequence[Line]) -> tuple[Row, list[Row]]:
    buyer = await find(odoo, CUSTOMER, customer)
    return buyer, [await find(odoo, PRODUCT, line.product) for line in lines]


def facts_of_draft(buyer: Row, items: Sequence[Row]) -> Result:
    prices = {item["display_name"]: money(item["lst_price"], item) for item in items}
    return {"_customer": buyer["id"], "_products": [item["id"] for item in items], **prices}


async def by_key(odoo: Odoo, key: str) -> Result | None:
    """The receipt of the quotation that carries this key, if there is one."""
    rows = await odoo.search("sale.order", [["client_order_ref", "=", key]], ORDER, limit=1)
    if not rows:
        return None
    order, say = described(odoo, rows[0]), odoo.say
    number, amount = order["number"], say.money(order["amount"], order["currency"])
    french = f"Devis {number} créé dans Odoo pour {order['customer']}, {amount} hors taxes."
    english = f"Quotation {number} created in Odoo for {order['customer']}, {amount} before tax."
    count = len(await lines_of(odoo, rows[0]["id"]))
    return {"reference": key, "record": rows[0]["id"], "lines": count, "summary": say(french, english), **order}


async def renamed(odoo: Odoo, shown: Mapping[str, Any]) -> str | None:
    """A quotation of Baton's own for this customer and product whose key somebody has replaced, as orders' numbers are."""
    domain = [
        *(["create_uid", "=", await odoo.user()], ["partner_id", "=", shown["_customer"]]),
        ["order_line.product_id", "in", shown["_products"]],
    ]
    rows = await odoo.search("sale.order", domain, ORDER, order="id desc")
    return next((row["name"] for row in rows if not KEY.fullmatch(row["client_order_ref"] or "")), None)


async def created(odoo: Odoo, key: str, record: int, customer: str) -> Result:
    """The receipt with the number and prices that Odoo gave; without them when they can't be read: it exists by now."""
    try:
        found = await by_key(odoo, key)
    except ToolError:
        found = None
    say = odoo.say
    french, english = (
        f"Devis créé dans Odoo pour {customer} (fiche {record}).",
        f"Quotation created in Odoo for {customer}",
    )
    return found or {"reference": key, "record": record, "summary": say(french, f"{english} (record {record}).")}


async def untouched_draft(odoo: Odoo, receipt: Mapping[str, Any]) -> Row:
    """The draft that a receipt names, as it was created. Raises `ToolError` when it is anything else."""
    say, nothing = odoo.say, odoo.say("rien n'a été fait", "nothing was done")
    match receipt:
        case {"record": int(record), "reference": str(reference)}:
            pass
        case _:  # such as a person's word in place of a receipt
            french, english = "le reçu ne dit pas quel devis a été créé", "the receipt does not say which quotation"
            raise ToolError(say(f"{french} : {nothing}", f"{english} was created: {nothing}"))
    # by both: the number of a record alone may mean another one, in a database that was restored
    rows = await odoo.search("sale.order", [["id", "=", record], ["client_order_ref", "=", reference]], ORDER)
    if not rows:
        french, english = (
            f"Odoo n'a plus de devis portant {reference}",
            f"Odoo has no quotation with {reference} any more",
        )
        raise ToolError(say(f"{french} : {nothing}", f"{english}: {nothing}"))
    (order,) = rows
    if order["state"] != "draft":
        known = state(say, order["state"])
        raise ToolError(say(f"{order['name']} est {known} : {nothing}", f"{order['name']} is {known}: {nothing}"))
    lines = await lines_of(odoo, record)
    stamps = {order["write_date"], *(line[field] for line in lines for field in ("create_date", "write_date"))}
    if stamps != {order["create_date"]} or len(lines) != receipt.get("lines", len(lines)):
        french = f"{order['name']} a été modifié dans Odoo depuis sa création : {nothing}"
        raise ToolError(say(french, f"{order['name']} was changed in Odoo after it was created: {nothing}"))
    return order


async def unconfirmed(odoo: Odoo, quotation: str) -> tuple[Row, list[Row]]:
    order = await find(odoo, QUOTATION, quotation)
    if order["state"] not in UNCONFIRMED:
        known, say = state(odoo.say, order["state"]), odoo.say
        french = f"{order['name']} est {known} : il n'y a rien à confirmer"
        raise ToolError(say(french, f"{order['name']} is {known}: there is nothing to confirm"))
    return order, await lines_of(odoo, order["id"])


def facts_of_order(order: Row, lines: Sequence[Row]) -> Result:
    """With each line's own version: a change of a line need not touch the order's."""
    return {
        "customer": shown(order["partner_id"]),
        "amount": money(order["amount_untaxed"], order),
        "_order": order["id"],
        "_version": order["write_date"],
        "_lines": {str(line["id"]): line["write_date"] for line in lines},
    }


def confirmed(say: Words, order: Row) -> Result:
    customer = shown(order["partner_id"])
    french = f"Devis {order['name']} de {customer} confirmé : c'est une commande."
    english = f"Quotation {order['name']} of {customer} is confirmed: it is an order now."
    return {"reference": order["name"], "record": order["id"], "state": "sale", "summary": say(french, english)}


def described(odoo: Odoo, row: Row) -> Result:
    return {
        "number": row["name"],
        "state": row["state"],
        "customer": shown(row["partner_id"]),
        "customer_reference": row["client_order_ref"] or None,
        "delivery": odoo.day(row["commitment_date"]) if row["commitment_date"] else None,
        "amount": row["amount_untaxed"],
        "currency": shown(row["currency_id"]),
    }


def money(amount: Decimal | int, row: Row) -> str:
    """An amount with its currency, as cards take it: `1250.50 EUR`."""
    return f"{amount:.2f} {shown(row['currency_id'])}"
