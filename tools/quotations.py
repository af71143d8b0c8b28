"""Quotations in the ERP."""

from __future__ import annotations

import datetime as dt

from _tryton import cancelling, conditions, drafts, finding, sales, sentences
from _tryton.conditions import SETTLES, Quantity, Result
from _tryton.finding import Customer
from _tryton.goods import Product
from _tryton.rpc import Tryton, Warned
from _tryton.words import Words

from bot import Done, NotDone, RunContext, tool


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
    key = conditions.key(erp.say, ctx)
    if done := await _quotation(erp, key):
        return done
    buyer, item, draft = await _quotation_draft(ctx, erp, customer, product, quantity, date)
    conditions.unchanged(erp.say, ctx.witness, _quotation_facts(buyer, item, draft))
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
    conditions.key(erp.say, ctx)
    return await cancelling.cancel(erp, cancelling.QUOTATION, receipt)


async def _quotation_draft(
    ctx: RunContext, erp: Tryton, customer: str, product: str, quantity: int, date: dt.date | None
) -> tuple[Customer, Product, drafts.SaleDraft]:
    conditions.not_past(erp.say, date, conditions.today(ctx))
    buyer = await finding.customer(erp, customer)
    item = await finding.product(erp, product)
    main = await finding.main_warehouse(erp)
    return buyer, item, await drafts.sale(erp, buyer.id, item, quantity, date, main)


def _quotation_facts(buyer: Customer, item: Product, draft: drafts.SaleDraft) -> Result:
    price = {"unit_price": str(draft.unit_price), "amount": str(draft.amount), "currency": draft.currency}
    return {"_customer": buyer.id, "_product": item.id, **price}


async def _quotation(erp: Tryton, key: str) -> Result | None:
    """The receipt of the quotation that carries this key, if there is one."""
    rows = await erp.search("sale.sale", [["reference", "=", key]], sales.FIELDS, 1)
    return _quotation_receipt(erp.say, key, sales.read(rows[0])) if rows else None


def _quotation_receipt(say: Words, key: str, sale: Result) -> Result:
    return {"reference": key, "summary": sentences.quotation(say, sale), **sale}
