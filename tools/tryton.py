"""The ERP: what customers, stock and open sales it knows, and drafts of productions and quotations.

Every result has a `summary`, one sentence in the person's language, besides its details.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from _proposals import key_of, unchanged
from _tryton import cancelling, drafts, finding, goods, sentences
from _tryton.finding import Customer
from _tryton.goods import Product
from _tryton.plan import ToBuy, factory
from _tryton.rpc import WRITE_SECONDS, Tryton, Warned
from _words import Words
from pydantic import Field

from bot import Done, NotDone, RunContext, ToolError, tool

OPEN = ["draft", "quotation", "confirmed", "processing"]
ERP = ("l'ERP", "the ERP")
SETTLES = WRITE_SECONDS + 5  # by then a request on its way has arrived or never will

Quantity = Annotated[int, Field(gt=0)]
Result = dict[str, Any]


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quels sont nos clients à Lyon ?",
        "Cherche le client Stadtwerke",
        "Est-ce que Papeterie Lefevre est un de nos clients ?",
        "Find the customer Hydrotec",
        "Which customers do we have in Antwerp?",
        "Look up customer Agro Bretagne",
    ],
    titles={"fr": "Recherche de clients", "en": "Customer search"},
)
async def find_customers(ctx: RunContext, query: str) -> Result:
    """Find customers by a part of their name or by their town.

    Args:
        query: Part of a name, or a town.
    """
    erp = Tryton(ctx)
    found = await finding.customers(erp, query)
    return {
        "summary": sentences.customers(erp.say, {c.name: c.town for c in found}),
        "customers": [{"name": c.name, "town": c.town} for c in found],
    }


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quels produits avons-nous ?",
        "Quel est le prix de la PMP-300 ?",
        "Combien pèse une PMP-200 ?",
        "What does the DOS-050 cost?",
        "List our products",
        "Show me the price of the service kit",
    ],
    titles={"fr": "Recherche de produits", "en": "Product search"},
)
async def find_products(ctx: RunContext, query: str = "") -> Result:
    """Find products by code or name, with their list price and weight.

    Args:
        query: Part of a code or of a name; empty for all products.
    """
    erp = Tryton(ctx)
    found, currency = await finding.products(erp, query), await goods.currency(erp)
    return {
        "summary": sentences.products(erp.say, found, currency),
        "currency": currency,
        "products": [{"code": p.code, "name": p.name, "price": p.price or None, "weight_kg": p.weight} for p in found],
    }


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Combien de PMP-200 sont libres ?",
        "Quel est le stock de KIT-SRV à Lille ?",
        "Combien avons-nous de joints CMP-SEAL au 15 décembre ?",
        "How many PMP-100 are in stock?",
        "Stock of DOS-050 on 12 January",
        "How many PMP-200 are free by December 20?",
    ],
    titles={"fr": "Stock d'un produit", "en": "Stock of a product"},
)
async def check_stock(ctx: RunContext, product: str, date: dt.date | None = None) -> Result:
    """Say how many pieces of a product are in stock in each warehouse, and how many are free.

    Free is what can be taken on the date without leaving anything short that is already promised, also later;
    deliveries expected until the date count. Without a date, everything that is planned counts.

    Args:
        product: Code or name of the product.
        date: The day for which free stock is wanted.
    """
    erp, today = Tryton(ctx), _today(ctx)
    _not_past(erp.say, date, today)
    item = await finding.product(erp, product)
    stock = await goods.stock(erp, [item.id], today)
    held = {w: stock.held(item.id, w.id) for w in stock.warehouses}
    figures = {
        "free": stock.free(item.id, date),
        "in_stock": stock.held(item.id),
        "promised": stock.leaving(item.id),
        "expected": stock.coming(item.id, date),
    }
    return {
        "summary": sentences.stock(erp.say, item, date, figures, held),
        "product": item.code,
        "name": item.name,
        "date": date,
        **{name: _whole(value) for name, value in figures.items()},
        "warehouses": [{"code": w.code, "town": w.town, "in_stock": _whole(n)} for w, n in held.items()],
    }


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Peut-on livrer 120 PMP-200 pour le 20 décembre ?",
        "Est-ce que 30 DOS-050 sont livrables le 15 janvier 2027 ?",
        "Quand pourrait-on livrer 50 PMP-300 au plus tôt, si possible le 10 décembre ?",
        "Can we deliver 120 PMP-200 by December 20?",
        "Is it possible to ship 40 PMP-100 on 5 December?",
        "Could 200 KIT-SRV be ready by the end of the month, 30 November?",
    ],
    titles={"fr": "Délai de livraison", "en": "Delivery date"},
)
async def check_delivery(ctx: RunContext, product: str, quantity: Quantity, date: dt.date) -> Result:
    """Say whether a quantity can be delivered by a date, what must be made, which parts are short, the earliest day.

    Reckoned backwards from the date in calendar days: free stock of all warehouses is taken first; the rest is made
    in the main warehouse, which takes each product's own production time whatever the quantity; each level below
    must be ready when the next starts, takes free stock first, and a part used on several levels counts once; what
    is short must arrive from a supplier in time, ordered today. The earliest day is the first for which this works.

    Args:
        product: Code or name of the product.
        quantity: How many pieces.
        date: The day on which they must be ready to leave.
    """
    erp, today = Tryton(ctx), _today(ctx)
    _not_past(erp.say, date, today)
    item = await finding.product(erp, product)
    main = await finding.main_warehouse(erp)
    works = await factory(erp, item, today, main.id)
    plan = works.plan(item.id, quantity, date)
    earliest = works.earliest(item.id, quantity)
    possible = plan.feasible(today)
    return {
        "summary": sentences.delivery(erp.say, item, quantity, plan, possible, earliest),
        "product": item.code,
        "quantity": quantity,
        "date": date,
        "possible": possible,
        "earliest": earliest,
        "free": _whole(plan.free),
        "to_make": [
            {"product": m.product.code, "quantity": _whole(m.quantity), "start": m.start, "ready": m.ready}
            for m in plan.make
        ],
        "short": [_short(part) for part in plan.buy],
    }


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quelles commandes sont en cours ?",
        "Quelles sont les ventes ouvertes de Brasserie du Nord ?",
        "Quels devis contiennent des PMP-300 ?",
        "List the open sales",
        "Open orders for KIT-SRV",
        "What has Aqualia Services ordered?",
    ],
    titles={"fr": "Ventes en cours", "en": "Open sales"},
)
async def list_open_sales(ctx: RunContext, customer: str = "", product: str = "") -> Result:
    """List quotations and orders that are not yet delivered.

    Args:
        customer: Only this customer's; part of the name.
        product: Only those with this product; code or name.
    """
    erp = Tryton(ctx)
    domain: list[Any] = [["state", "in", OPEN], ["shipment_state", "!=", "sent"]]
    if customer:
        domain.append(["party", "=", (await finding.customer(erp, customer)).id])
    if product:
        domain.append(["lines.product", "=", (await finding.product(erp, product)).id])
    found = [_sale(row) for row in await erp.search("sale.sale", domain, SALE_FIELDS)]
    found.sort(key=lambda sale: (sale["date"] or dt.date.max, sale["record"]))
    return {"summary": sentences.sales(erp.say, found), "sales": found}


@tool(
    system="tryton",
    timeout=45,
    settles_after=SETTLES,
    examples=[
        "Lance la fabrication de 96 PMP-200 pour le 20 décembre",
        "Crée un ordre de fabrication de 20 DOS-050 pour le 15 janvier 2027",
        "Prépare une production de 50 PMP-100 pour le 12/12/2026",
        "Create a production order for 96 PMP-200 by December 20",
        "Make 30 KIT-SRV for 5 December",
        "Please schedule production of 10 PMP-300 by 10 January 2027",
    ],
    titles={"fr": "Ordre de fabrication", "en": "Production order"},
)
async def create_production_order(
    ctx: RunContext, product: str, quantity: Quantity, date: dt.date, warehouse: Literal["WH", "WH-LIL"] = "WH"
) -> Result:
    """Create a draft production order in the ERP.

    Args:
        product: Code or name of the product to make.
        quantity: How many pieces.
        date: The day on which they must be ready.
        warehouse: Where they are made: WH (Lyon) or WH-LIL (Lille).
    """
    erp = Tryton(ctx)
    key = key_of(erp.say, ctx)
    if done := await _production(erp, key):
        return done
    item, draft = await _production_draft(ctx, erp, product, quantity, date, warehouse)
    # compared after the draft was filled in, so that what was shown, what is compared and what is saved are one
    unchanged(erp.say, ERP, ctx.witness, await _production_facts(erp, product))
    (record,) = await erp.write("model.production.create", [draft.values | {"reference": key}])
    # no reading from here on: a failure to read must not pass for a failure to create
    return _production_receipt(erp.say, key, record, None, "draft", item.label, quantity, date)


@create_production_order.preview
async def _preview_production(ctx: RunContext, product: str, quantity: int, date: dt.date, warehouse: str) -> Result:
    erp, today = Tryton(ctx), _today(ctx)
    try:
        item, draft = await _production_draft(ctx, erp, product, quantity, date, warehouse)
    except Warned as warned:
        return {"warnings": [str(warned)]}
    place = await finding.warehouse(erp, warehouse)
    parts = {p.id: p for p in await goods.products(erp, [["id", "in", list(draft.inputs)]])}
    stock = await goods.stock(erp, list(draft.inputs), today)
    free = {part: stock.free(part, max(draft.start, today), place.id) for part in draft.inputs}
    consumed = {parts[part].label: (count, free[part]) for part, count in draft.inputs.items()}
    return sentences.production_card(erp.say, item, quantity, place, consumed, draft.start, date, today)


@create_production_order.witness
async def _witness_production(ctx: RunContext, product: str, quantity: int, date: dt.date, warehouse: str) -> Result:
    return await _production_facts(Tryton(ctx), product)


@create_production_order.reconcile
async def _reconcile_production(ctx: RunContext, key: str) -> Done | NotDone:
    found = await _production(Tryton(ctx), key)
    return Done(found) if found else NotDone()


@create_production_order.undo
async def _undo_production(ctx: RunContext, receipt: Result) -> Result:
    erp = Tryton(ctx)
    key_of(erp.say, ctx)
    return await cancelling.cancel(erp, cancelling.PRODUCTION, receipt)


@tool(
    system="tryton",
    timeout=45,
    settles_after=SETTLES,
    examples=[
        "Fais un devis de 120 PMP-200 pour Stadtwerke Freiburg, livraison le 20 décembre",
        "Crée un devis pour Papeterie Lefevre : 8 PMP-300",
        "Prépare une offre de 30 DOS-050 pour Municipal Water Antwerp",
        "Create a quotation of 120 PMP-200 for Stadtwerke Freiburg by December 20",
        "Quote 15 KIT-SRV to Brasserie du Nord",
        "Draft an offer for Hydrotec: 40 PMP-100",
    ],
    titles={"fr": "Devis", "en": "Quotation"},
)
async def create_quotation(
    ctx: RunContext, customer: str, product: str, quantity: Quantity, date: dt.date | None = None
) -> Result:
    """Create a draft quotation with one line in the ERP, at the list price.

    Args:
        customer: Name of the customer, or a part of it that only one has.
        product: Code or name of the product.
        quantity: How many pieces.
        date: The day on which they are to be shipped.
    """
    erp = Tryton(ctx)
    key = key_of(erp.say, ctx)
    if done := await _quotation(erp, key):
        return done
    buyer, item, draft = await _quotation_draft(ctx, erp, customer, product, quantity, date)
    unchanged(erp.say, ERP, ctx.witness, _quotation_facts(buyer, item, draft))
    (record,) = await erp.write("model.sale.sale.create", [draft.values | {"reference": key}])
    # no reading from here on: a failure to read must not pass for a failure to create
    sale = {"record": record, "number": None, "state": "draft", "customer": buyer.name, "date": date}
    lines = [{"product": item.label, "quantity": quantity}]
    return _quotation_receipt(erp.say, key, sale | {"lines": lines, "amount": draft.amount, "currency": draft.currency})


@create_quotation.preview
async def _preview_quotation(
    ctx: RunContext, customer: str, product: str, quantity: int, date: dt.date | None
) -> Result:
    erp = Tryton(ctx)
    try:
        buyer, item, draft = await _quotation_draft(ctx, erp, customer, product, quantity, date)
    except Warned as warned:
        return {"warnings": [str(warned)]}
    return sentences.quotation_card(erp.say, buyer.name, buyer.town, item, quantity, date, draft)


@create_quotation.witness
async def _witness_quotation(
    ctx: RunContext, customer: str, product: str, quantity: int, date: dt.date | None
) -> Result:
    return _quotation_facts(*await _quotation_draft(ctx, Tryton(ctx), customer, product, quantity, date))


@create_quotation.reconcile
async def _reconcile_quotation(ctx: RunContext, key: str) -> Done | NotDone:
    found = await _quotation(Tryton(ctx), key)
    return Done(found) if found else NotDone()


@create_quotation.undo
async def _undo_quotation(ctx: RunContext, receipt: Result) -> Result:
    erp = Tryton(ctx)
    key_of(erp.say, ctx)
    return await cancelling.cancel(erp, cancelling.QUOTATION, receipt)


# ------------------------------------------------------------------------------------------ productions


async def _production_draft(
    ctx: RunContext, erp: Tryton, product: str, quantity: int, date: dt.date, warehouse: str
) -> tuple[Product, drafts.ProductionDraft]:
    _not_past(erp.say, date, _today(ctx))
    item = await finding.product(erp, product)
    place = await finding.warehouse(erp, warehouse)
    return item, await drafts.production(erp, item, quantity, date, place)


async def _production_facts(erp: Tryton, product: str) -> Result:
    """The bill of materials by which the draft is made; its stamp does not cover its lines, so they are here too."""
    item = await finding.product(erp, product)
    if item.recipe is None:
        raise drafts.no_recipe(erp.say, item)
    lines = {str(part): each for part, each in sorted(item.recipe.inputs.items())}
    return {"_product": item.id, "_bom": item.recipe.id, "_bom_timestamp": item.recipe.stamp, "_inputs": lines}


async def _production(erp: Tryton, key: str) -> Result | None:
    """The receipt of the production that carries this key, if there is one."""
    fields = ["number", "state", "planned_date", "quantity", "product.code", "product.name"]
    rows = await erp.search("production", [["reference", "=", key]], fields, 1)
    if not rows:
        return None
    row, product = rows[0], rows[0]["product."]
    known = row["id"], row["number"], row["state"], product["code"] or product["name"]
    return _production_receipt(erp.say, key, *known, row["quantity"], row["planned_date"])


def _production_receipt(
    say: Words, key: str, record: int, number: str | None, state: str, product: str, quantity: float, date: dt.date
) -> Result:
    return {
        "reference": key,
        "number": number,
        "record": record,
        "state": state,
        "summary": sentences.production(say, record, number, state, product, quantity, date),
        "product": product,
        "quantity": _whole(quantity),
        "date": date,
    }


# ------------------------------------------------------------------------------------------- quotations

SALE_FIELDS = [
    *("number", "state", "reference", "shipping_date", "untaxed_amount", "currency.code", "party.name"),
    *("lines.product.code", "lines.product.name", "lines.product.type", "lines.quantity"),
]


async def _quotation_draft(
    ctx: RunContext, erp: Tryton, customer: str, product: str, quantity: int, date: dt.date | None
) -> tuple[Customer, Product, drafts.SaleDraft]:
    _not_past(erp.say, date, _today(ctx))
    buyer = await finding.customer(erp, customer)
    item = await finding.product(erp, product)
    main = await finding.main_warehouse(erp)
    return buyer, item, await drafts.sale(erp, buyer.id, item, quantity, date, main)


def _quotation_facts(buyer: Customer, item: Product, draft: drafts.SaleDraft) -> Result:
    price = {"unit_price": str(draft.unit_price), "amount": str(draft.amount), "currency": draft.currency}
    return {"_customer": buyer.id, "_product": item.id, **price}


async def _quotation(erp: Tryton, key: str) -> Result | None:
    """The receipt of the quotation that carries this key, if there is one."""
    rows = await erp.search("sale.sale", [["reference", "=", key]], SALE_FIELDS, 1)
    return _quotation_receipt(erp.say, key, _sale(rows[0])) if rows else None


def _quotation_receipt(say: Words, key: str, sale: Result) -> Result:
    return {"reference": key, "summary": sentences.quotation(say, sale), **sale}


def _sale(row: Mapping[str, Any]) -> Result:
    lines = [
        {"product": line["product."]["code"] or line["product."]["name"], "quantity": _whole(line["quantity"])}
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


# -------------------------------------------------------------------------------------------- conditions


def _today(ctx: RunContext) -> dt.date:
    """The person's own day."""
    try:
        return ctx.now.astimezone(ZoneInfo(ctx.actor.timezone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return ctx.now.date()


def _not_past(say: Words, date: dt.date | None, today: dt.date) -> None:
    if date and date < today:
        raise ToolError(say(f"le {say.day(date)} est passé", f"{say.day(date)} is in the past"))


# ---------------------------------------------------------------------------------------------- details


def _short(part: ToBuy) -> Result:
    offers = [{"supplier": o.supplier, "days": o.days, "price": o.price, "currency": o.currency} for o in part.offers]
    return {"product": part.product.code, "quantity": part.quantity, "needed_by": part.last, "offers": offers}


def _whole(value: float | Decimal) -> int | float:
    """Pieces are counted without decimals."""
    return int(value) if value == int(value) else float(value)
