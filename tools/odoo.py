"""Odoo (19 and later, JSON-2 API): contacts, products with stock, open orders, opportunities; quotations made, confirmed.

Odoo's apps Sales, Inventory and CRM have to be installed. Not tested live: none was at hand, so all of this is tested
against a contract recorded from Odoo's documentation and source. What no API of Odoo has is a condition that goes along
with a change ("only if it is still as I read it"): facts are compared right before it, and in the moment between the two
somebody else may still come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from _odoo.json2 import Odoo, Unclear
from _odoo.quotations import (
    UNCONFIRMED,
    Line,
    Result,
    by_key,
    confirmed,
    created,
    described,
    facts_of_draft,
    facts_of_order,
    money,
    renamed,
    unconfirmed,
    untouched_draft,
    wanted,
)
from _odoo.records import CUSTOMER, LIMIT, ORDER, PRODUCT, find, like, shown, state, whole
from _proposals import key_of, unchanged
from _words import Words
from pydantic import Field

from bot import Done, NotDone, RunContext, Unsure, tool

ODOO = ("Odoo", "Odoo")
SETTLES = 120.0  # Odoo ends a request then (`limit_time_real`): one that it has is done by then, or never

Lines = Annotated[list[Line], Field(min_length=1, max_length=40)]


@tool(
    read_only=True,
    system="odoo",
    examples=[
        "Cherche le contact Durand dans Odoo",
        "Quel est le téléphone de Brasserie du Nord dans Odoo ?",
        "Find the contact Hydrotec in Odoo",
        "Which Odoo contacts do we have in Antwerp?",
    ],
    titles={"fr": "Contacts Odoo", "en": "Odoo contacts"},
)
async def find_odoo_contacts(ctx: RunContext, query: str) -> Result:
    """Find customers and contacts in Odoo by a part of their name or e-mail address, or by their town.

    Args:
        query: Part of a name or of an e-mail address, or a town.
    """
    odoo = Odoo(ctx)
    fields = ["display_name", "email", "phone", "city", "is_company"]
    rows = await odoo.search("res.partner", like(["complete_name", "email", "city"], query), fields, limit=LIMIT)
    found = [
        {
            "name": row["display_name"],
            "company": bool(row["is_company"]),
            **{field: row[field] or None for field in ("email", "phone", "city")},
        }
        for row in rows
    ]
    told = [", ".join(filter(None, [row["name"], row["phone"], row["email"], row["city"]])) for row in found]
    return {
        "summary": odoo.say.found("Odoo", ("contact", "contacts", "contact", "contacts"), told, LIMIT),
        "contacts": found,
    }


@tool(
    read_only=True,
    system="odoo",
    examples=[
        "Combien de PMP-200 avons-nous dans Odoo ?",
        "Prix et stock du KIT-SRV dans Odoo",
        "What does Odoo say about the stock of DOS-050?",
        "Find the product PMP-300 in Odoo",
    ],
    titles={"fr": "Produits et stock Odoo", "en": "Odoo products and stock"},
)
async def find_odoo_products(ctx: RunContext, query: str) -> Result:
    """Find products in Odoo by reference or name: list price, what is in stock, what of it is free, the forecast.

    Free is what is in stock and not reserved; the forecast adds what is expected and takes off what is promised.

    Args:
        query: Part of an internal reference or of a name.
    """
    odoo = Odoo(ctx)
    fields = [*PRODUCT.fields, "uom_id", "qty_available", "free_qty", "virtual_available"]
    rows = await odoo.search("product.product", like(PRODUCT.known_by, query), fields, limit=LIMIT)
    found = [
        {
            "code": row["default_code"] or None,
            "name": row["name"],
            "price": row["lst_price"],
            "currency": shown(row["currency_id"]),
            "unit": shown(row["uom_id"]),
            "in_stock": whole(row["qty_available"]),
            "free": whole(row["free_qty"]),
            "forecast": whole(row["virtual_available"]),
        }
        for row in rows
    ]
    told = [_stock(odoo.say, row) for row in found]
    return {
        "summary": odoo.say.found("Odoo", ("produit", "produits", "product", "products"), told, LIMIT),
        "products": found,
    }


@tool(
    read_only=True,
    system="odoo",
    examples=[
        "Quelles commandes sont en cours dans Odoo ?",
        "Devis et commandes Odoo ouverts de Brasserie du Nord",
        "List the open sales orders in Odoo",
        "What has Aqualia on order in Odoo?",
    ],
    titles={"fr": "Commandes Odoo en cours", "en": "Open Odoo orders"},
)
async def list_odoo_orders(ctx: RunContext, customer: str = "") -> Result:
    """List Odoo's quotations that are not decided, and orders that are not wholly delivered; the oldest first.

    Args:
        customer: Only this customer's; name or a part of it.
    """
    odoo = Odoo(ctx)
    domain: list[Any] = ["|", ["state", "in", list(UNCONFIRMED)]]
    domain += ["&", ["state", "=", "sale"], ["delivery_status", "!=", "full"]]
    if customer:
        domain.append(["partner_id", "child_of", (await find(odoo, CUSTOMER, customer))["id"]])
    rows = await odoo.search("sale.order", domain, ORDER, limit=LIMIT, order="date_order, id")
    found = [described(odoo, row) for row in rows]
    told = [
        f"{row['number']} {row['customer']} ({odoo.say.money(row['amount'], row['currency'])}, "
        f"{state(odoo.say, row['state'])})"
        for row in found
    ]
    noun = ("devis ou commande", "devis ou commandes", "quotation or order", "quotations or orders")
    return {"summary": odoo.say.found("Odoo", noun, told, LIMIT), "orders": found}


@tool(
    read_only=True,
    system="odoo",
    examples=[
        "Quelles opportunités sont ouvertes dans Odoo ?",
        "Opportunités Odoo pour Durand",
        "List the open opportunities in Odoo",
        "Which Odoo opportunities does Hydrotec have?",
    ],
    titles={"fr": "Opportunités Odoo", "en": "Odoo opportunities"},
)
async def list_odoo_opportunities(ctx: RunContext, query: str = "") -> Result:
    """List the open opportunities of Odoo's CRM: neither won nor lost; the largest first.

    Args:
        query: Part of the opportunity's or of the customer's name; empty for all.
    """
    odoo = Odoo(ctx)
    domain: list[Any] = [["type", "=", "opportunity"], ["stage_id.is_won", "=", False]]  # what is lost is archived
    if query:
        domain += like(["name", "partner_id.complete_name"], query)
    fields = ["name", "partner_id", "stage_id", "expected_revenue", "company_currency", "probability"]
    fields += ["date_deadline", "user_id"]
    rows = await odoo.search("crm.lead", domain, fields, limit=LIMIT, order="expected_revenue desc, id")
    found = [
        {
            "name": row["name"],
            "customer": shown(row["partner_id"]) or None,
            "stage": shown(row["stage_id"]),
            "expected": row["expected_revenue"],
            "currency": shown(row["company_currency"]),
            "probability": row["probability"],
            "closing": row["date_deadline"] or None,
            "salesperson": shown(row["user_id"]) or None,
        }
        for row in rows
    ]
    told = [f"{r['name']} ({r['stage']}, {odoo.say.money(r['expected'], r['currency'])})" for r in found]
    noun = ("opportunité", "opportunités", "opportunity", "opportunities")
    return {"summary": odoo.say.found("Odoo", noun, told, LIMIT), "opportunities": found}


# ---------------------------------------------------------------------------------------- a new quotation


@tool(
    system="odoo",
    timeout=45,
    settles_after=SETTLES,
    examples=[
        "Fais un devis dans Odoo pour Brasserie du Nord : 12 PMP-200 et 2 KIT-SRV",
        "Prépare un devis Odoo de 30 DOS-050 pour Durand",
        "Create an Odoo quotation for Hydrotec: 40 PMP-100",
        "Quote 15 KIT-SRV to Aqualia in Odoo",
    ],
    titles={"fr": "Devis Odoo", "en": "Odoo quotation"},
)
async def create_odoo_quotation(ctx: RunContext, customer: str, lines: Lines) -> Result:
    """Create a draft quotation in Odoo. Odoo sets the prices, by the customer's price list; nothing is sent to anybody.

    Args:
        customer: Name of the company or private person, or a part of it that only one has.
        lines: What is quoted.
    """
    odoo = Odoo(ctx)
    key = key_of(odoo.say, ctx)
    if done := await by_key(odoo, key):
        return done
    buyer, items = await wanted(odoo, customer, lines)
    unchanged(odoo.say, ODOO, ctx.witness, facts_of_draft(buyer, items))
    ordered = [
        [0, 0, {"product_id": item["id"], "product_uom_qty": float(line.quantity)}]
        for line, item in zip(lines, items, strict=True)
    ]
    draft = {"partner_id": buyer["id"], "client_order_ref": key, "order_line": ordered}
    match await odoo.write("sale.order", "create", vals_list=[draft]):
        case [int(record)]:
            return await created(odoo, key, record, buyer["name"])
    raise Unclear("no id of a new order")


@create_odoo_quotation.preview
async def _preview_quotation(ctx: RunContext, customer: str, lines: Sequence[Line]) -> Result:
    odoo = Odoo(ctx)
    say = odoo.say
    buyer, items = await wanted(odoo, customer, lines)
    total = sum((line.quantity * item["lst_price"] for line, item in zip(lines, items, strict=True)), Decimal(0))
    listed = {
        f"{at}. {item['display_name']}": _times(say, line.quantity, item["lst_price"], item)
        for at, (line, item) in enumerate(zip(lines, items, strict=True), 1)
    }
    return {
        say("Client", "Customer"): ", ".join(filter(None, [buyer["name"], buyer["city"]])),
        **listed,
        say("Total au prix catalogue", "Total at list price"): money(total, items[0]),
        say("Prix", "Prices"): say(
            "fixés par Odoo, selon le tarif du client", "set by Odoo, by the customer's price list"
        ),
    }


@create_odoo_quotation.witness
async def _witness_quotation(ctx: RunContext, customer: str, lines: Sequence[Line]) -> Result:
    return facts_of_draft(*await wanted(Odoo(ctx), customer, lines))


@create_odoo_quotation.reconcile
async def _reconcile_quotation(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    """By the key; people write their customer's own reference in its place, so that one without a key may be it."""
    odoo = Odoo(ctx)
    if found := await by_key(odoo, key):
        return Done(found)
    if other := await renamed(odoo, ctx.witness):
        french, english = (
            "n'a plus la référence de Baton : est-ce celui-ci",
            "no longer has Baton's reference: is it this one",
        )
        return Unsure(odoo.say(f"le devis {other} {french} ?", f"quotation {other} {english}?"))
    return NotDone()


@create_odoo_quotation.undo
async def _undo_quotation(ctx: RunContext, receipt: Result) -> Result:
    odoo = Odoo(ctx)
    say = odoo.say
    key_of(say, ctx)
    order = await untouched_draft(odoo, receipt)
    if await odoo.write("sale.order", "action_cancel", ids=[order["id"]]) is not True:
        raise Unclear("the cancellation asks for more")
    french, english = f"Devis {order['name']} annulé ; il reste dans Odoo.", f"Quotation {order['name']} cancelled"
    return {"reference": order["name"], "record": order["id"], "summary": say(french, f"{english}; it stays in Odoo.")}


# ------------------------------------------------------------------------------------ confirming a quotation


@tool(
    system="odoo",
    destructive=True,  # it reserves stock and makes deliveries and invoices possible: no call takes that back wholly
    timeout=45,
    settles_after=SETTLES,
    examples=[
        "Confirme le devis S00042 dans Odoo",
        "Transforme le devis Odoo S00107 en commande",
        "Confirm the Odoo quotation S00042",
        "Turn quotation S00107 into an order in Odoo",
    ],
    titles={"fr": "Confirmation d'un devis Odoo", "en": "Confirmation of an Odoo quotation"},
)
async def confirm_odoo_quotation(ctx: RunContext, quotation: str) -> Result:
    """Confirm a quotation in Odoo: it becomes a sales order, and what follows from that (deliveries, …) is started.

    Args:
        quotation: Its number, such as S00042.
    """
    odoo = Odoo(ctx)
    key_of(odoo.say, ctx)
    order, lines = await unconfirmed(odoo, quotation)
    unchanged(odoo.say, ODOO, ctx.witness, facts_of_order(order, lines))
    if await odoo.write("sale.order", "action_confirm", ids=[order["id"]]) is not True:
        raise Unclear("the confirmation asks for more")  # an add-on's dialogue: whether it is confirmed, its state says
    return confirmed(odoo.say, order)


@confirm_odoo_quotation.preview
async def _preview_confirmation(ctx: RunContext, quotation: str) -> Result:
    odoo = Odoo(ctx)
    say = odoo.say
    order, lines = await unconfirmed(odoo, quotation)
    quoted = [line for line in lines if not line["display_type"]]
    return {
        say("Devis", "Quotation"): say.colon(order["name"]) + state(say, order["state"]),
        say("Client", "Customer"): shown(order["partner_id"]),
        **{
            f"{at}. {shown(line['product_id'])}": _times(say, line["product_uom_qty"], line["price_unit"], order)
            for at, line in enumerate(quoted, 1)
        },
        say("Total hors taxes", "Total before tax"): money(order["amount_untaxed"], order),
    }


@confirm_odoo_quotation.witness
async def _witness_confirmation(ctx: RunContext, quotation: str) -> Result:
    return facts_of_order(*await unconfirmed(Odoo(ctx), quotation))


@confirm_odoo_quotation.reconcile
async def _reconcile_confirmation(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    """A confirmation carries no key, so the order itself is looked at: the one whose facts the card showed."""
    odoo = Odoo(ctx)
    say = odoo.say
    rows = await odoo.search("sale.order", [["id", "=", ctx.witness["_order"]]], ORDER)
    if not rows:
        return Unsure(say("le devis n'existe plus dans Odoo", "the quotation no longer exists in Odoo"))
    (order,) = rows
    if order["state"] in UNCONFIRMED:
        return NotDone()
    if order["state"] == "sale" and order["write_uid"] and order["write_uid"][0] == await odoo.user():
        return Done(confirmed(say, order))
    known, who = state(say, order["state"]), shown(order["write_uid"])
    french = f"{order['name']} est {known}, modifié en dernier par {who} : par cet appel ou non, Odoo ne le dit pas"
    english = f"{order['name']} is {known}, last changed by {who}: whether by this call, Odoo does not say"
    return Unsure(say(french, english))


# ------------------------------------------------------------------------------------------------- details


def _times(say: Words, quantity: Decimal, price: Decimal, row: Mapping[str, Any]) -> str:
    return f"{say.number(quantity)} × {say.money(price, shown(row['currency_id']))}"


def _stock(say: Words, row: Mapping[str, Any]) -> str:
    name = f"{row['code']} ({row['name']})" if row["code"] else row["name"]
    french = f"{say.number(row['in_stock'])} en stock, {say.number(row['free'])} libres"
    english = f"{say.number(row['in_stock'])} in stock, {say.number(row['free'])} free"
    return f"{name} {say.money(row['price'], row['currency'])}, {say(french, english)}"
