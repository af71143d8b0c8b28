"""Quotations in the ERP: drafted, given a carrier and a date, issued."""

from __future__ import annotations

import datetime as dt

from _proposals import key_of, unchanged
from _tryton import (
    cancelling,
    cards,
    conditions,
    deeds,
    drafts,
    finding,
    planning,
    records,
    sales,
    sentences,
    taking_back,
)
from _tryton.conditions import SETTLES, Quantity, Result
from _tryton.deeds import Deed
from _tryton.finding import Customer
from _tryton.goods import Product
from _tryton.rpc import Tryton, Warned
from _words import Words

from bot import Done, NotDone, RunContext, Unsure, tool

ISSUE = Deed(
    "issue quotation",
    records.QUOTATION,
    ("Devis émis", "Quotation issued"),
    {"draft": ["quote"]},
    sales.DEED_FIELDS,
    sales.facts,
    sales.tell,
    {("draft", "quotation"): ["draft"]},
)


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
    unchanged(erp.say, conditions.ERP, ctx.witness, _quotation_facts(buyer, item, draft))
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
async def _reconcile_quotation(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    erp, shown = Tryton(ctx), ctx.witness
    if found := await _quotation(erp, key):
        return Done(found)
    return await records.unless_renamed(erp, records.QUOTATION, shown["_customer"], shown["_product"])


@create_quotation.undo
async def _undo_quotation(ctx: RunContext, receipt: Result) -> Result:
    erp = Tryton(ctx)
    key_of(erp.say, ctx)
    return await cancelling.cancel(erp, records.QUOTATION, receipt)


@tool(
    system="tryton",
    timeout=60,
    settles_after=SETTLES,
    examples=[
        "Change le transporteur du devis P-12 : Fret Palettes",
        "Modifie le transporteur du devis P-12 pour TransEurope Road",
        "Modifie la date du devis P-12 : 15 janvier 2027",
        "Change the carrier of quotation P-12 to Fret Palettes",
        "Change the carrier of quotation P-12: TransEurope Road",
        "Change the date of quotation P-12 to 15 January 2027",
    ],
    titles={"fr": "Transporteur et date d'un devis", "en": "Carrier and date of a quotation"},
)
async def plan_quotation(ctx: RunContext, quotation: str, carrier: str = "", date: dt.date | None = None) -> Result:
    """Choose the carrier or the shipping date of a quotation that is still a draft.

    Args:
        quotation: Reference or record of the draft, or the customer when there is only one.
        carrier: Name of the carrier or its service; empty to leave it.
        date: The day on which it is to be shipped; nothing to leave it.
    """
    return await planning.plan(ctx, quotation, carrier, date)


@plan_quotation.preview
async def _preview_plan(ctx: RunContext, quotation: str, carrier: str, date: dt.date | None) -> Result:
    erp = Tryton(ctx)
    return planning.card(erp.say, await planning.wish(ctx, erp, quotation, carrier, date))


@plan_quotation.witness
async def _witness_plan(ctx: RunContext, quotation: str, carrier: str, date: dt.date | None) -> Result:
    return planning.witness(await planning.wish(ctx, Tryton(ctx), quotation, carrier, date))


@plan_quotation.reconcile
async def _reconcile_plan(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    return await planning.settle(ctx, key)


@plan_quotation.undo
async def _undo_plan(ctx: RunContext, receipt: Result) -> Result:
    return await planning.take_back(ctx, receipt)


@tool(
    system="tryton",
    timeout=75,
    settles_after=SETTLES,
    examples=[
        "Émets le devis de Piscines Azur",
        "Finalise le devis P-12",
        "Finalise le devis (fiche 6)",
        "Finalize the quotation of Piscines Azur",
        "Finalize quotation P-12",
        "Finalize the quotation (record 6)",
    ],
    titles={"fr": "Émission d'un devis", "en": "Issue of a quotation"},
)
async def issue_quotation(ctx: RunContext, quotation: str) -> Result:
    """Issue a draft quotation: the ERP gives it its number and adds the freight of its carrier. Nothing is sent.

    Args:
        quotation: Reference or record of the draft, or the customer when there is only one.
    """
    return await deeds.do(ctx, ISSUE, quotation)


@issue_quotation.preview
async def _preview_issue(ctx: RunContext, quotation: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, ISSUE, quotation)
    return cards.sale(erp.say, row) | await planning.freight_card(erp, row)


taking_back.complete(issue_quotation, ISSUE)


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
