"""Productions in the ERP."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from _proposals import key_of, unchanged
from _tryton import cancelling, conditions, drafts, finding, goods, records, sentences
from _tryton.conditions import SETTLES, Quantity, Result
from _tryton.goods import Product, pieces
from _tryton.rpc import Tryton, Warned
from _words import Words

from bot import Done, NotDone, RunContext, tool


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
    unchanged(erp.say, conditions.ERP, ctx.witness, await _production_facts(erp, product))
    (record,) = await erp.write("model.production.create", [draft.values | {"reference": key}])
    # no reading from here on: a failure to read must not pass for a failure to create
    return _production_receipt(erp.say, key, record, None, "draft", item.label, quantity, date)


@create_production_order.preview
async def _preview_production(ctx: RunContext, product: str, quantity: int, date: dt.date, warehouse: str) -> Result:
    erp, today = Tryton(ctx), conditions.today(ctx)
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
    return await cancelling.cancel(erp, records.PRODUCTION, receipt)


async def _production_draft(
    ctx: RunContext, erp: Tryton, product: str, quantity: int, date: dt.date, warehouse: str
) -> tuple[Product, drafts.ProductionDraft]:
    conditions.not_past(erp.say, date, conditions.today(ctx))
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
        "quantity": pieces(quantity),
        "date": date,
    }
