"""Purchases in the ERP: which are open, drafts at a supplier's terms, and orders to suppliers."""

from __future__ import annotations

from typing import Any

from _proposals import key_of, unchanged
from _tryton import cancelling, cards, conditions, deeds, drafts, finding, listings, purchases, records, taking_back
from _tryton.conditions import SETTLES, Quantity, Result
from _tryton.deeds import Deed
from _tryton.drafts import PurchaseDraft
from _tryton.finding import Supplier
from _tryton.goods import Product
from _tryton.rpc import Tryton, Warned

from bot import Done, NotDone, RunContext, Unsure, tool

OPEN = ["draft", "quotation", "confirmed", "processing"]
CONFIRM = Deed(
    "confirm purchase",
    records.PURCHASE,
    ("Achat confirmé", "Purchase confirmed"),
    {"draft": ["quote", "confirm"], "quotation": ["confirm"]},
    purchases.FIELDS,
    purchases.facts,
    purchases.tell,
)


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quels achats sont en cours ?",
        "Quels achats avons-nous chez SealTech ?",
        "Liste les achats qui ne sont pas arrivés",
        "List the open purchases",
        "Which purchases do we have from SealTech?",
        "What purchases have not arrived?",
    ],
    titles={"fr": "Achats en cours", "en": "Open purchases"},
)
async def list_open_purchases(ctx: RunContext, supplier: str = "") -> Result:
    """List purchases from suppliers that have not arrived yet, drafts included.

    Args:
        supplier: Only from this supplier; part of the name.
    """
    erp = Tryton(ctx)
    domain: list[Any] = [["state", "in", OPEN], ["shipment_state", "!=", "received"]]
    if supplier:
        domain.append(["party", "=", (await finding.supplier(erp, supplier)).id])
    rows = await erp.search("purchase.purchase", domain, purchases.FIELDS)
    rows.sort(key=lambda row: (row["delivery_date"] is None, row["delivery_date"], row["id"]))
    found = [purchases.read(row) | {"stage": records.state(erp.say, records.PURCHASE, row)} for row in rows]
    return {"summary": listings.purchases(erp.say, found), "purchases": found}


@tool(
    system="tryton",
    timeout=45,
    settles_after=SETTLES,
    examples=[
        "Prépare un achat de 52 CMP-SEAL chez SealTech",
        "Achète 200 CMP-BRG à Roulements Express",
        "Crée un achat brouillon : 40 CMP-MOT15 chez Moteurs Leroux",
        "Prepare a purchase of 52 CMP-SEAL from SealTech",
        "Buy 200 CMP-BRG from Roulements Express",
        "Create a draft purchase: 40 CMP-MOT15 from Moteurs Leroux",
    ],
    titles={"fr": "Achat brouillon", "en": "Draft purchase"},
)
async def create_purchase(ctx: RunContext, supplier: str, product: str, quantity: Quantity) -> Result:
    """Create a draft purchase with one line in the ERP, at the supplier's own price for the product.

    Args:
        supplier: Name of the supplier, or a part of it that only one has.
        product: Code or name of the product.
        quantity: How many pieces.
    """
    erp = Tryton(ctx)
    key = key_of(erp.say, ctx)
    if done := await _purchase(erp, key):
        return done
    seller, item, draft = await _draft(erp, supplier, product, quantity)
    unchanged(erp.say, conditions.ERP, ctx.witness, _facts(seller, item, draft))
    (record,) = await erp.write("model.purchase.purchase.create", [draft.values | {"reference": key}])
    # no reading from here on: a failure to read must not pass for a failure to create
    lines = [{"product": item.label, "quantity": quantity, "unit_price": draft.unit_price}]
    made = {"record": record, "number": None, "state": "draft", "supplier": seller.name, "date": None, "lines": lines}
    return _created(erp, key, made | {"amount": draft.amount, "currency": draft.currency})


@create_purchase.preview
async def _preview_create(ctx: RunContext, supplier: str, product: str, quantity: int) -> Result:
    erp = Tryton(ctx)
    try:
        seller, item, draft = await _draft(erp, supplier, product, quantity)
    except Warned as warned:
        return {"warnings": [str(warned)]}
    say, days = erp.say, draft.days
    return {
        say("Fournisseur", "Supplier"): seller.name,
        say("Ligne", "Line"): f"{say.number(quantity)} × {item.label} ({item.name})",
        say("Prix unitaire", "Unit price"): say.money(draft.unit_price, draft.currency),
        say("Total hors taxes", "Total before tax"): say.money(draft.amount, draft.currency),
        say("Délai", "Delay"): say("inconnu", "not known") if days is None else say.count(days, "jour", "day"),
    }


@create_purchase.witness
async def _witness_create(ctx: RunContext, supplier: str, product: str, quantity: int) -> Result:
    return _facts(*await _draft(Tryton(ctx), supplier, product, quantity))


@create_purchase.reconcile
async def _reconcile_create(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    erp, shown = Tryton(ctx), ctx.witness
    if found := await _purchase(erp, key):
        return Done(found)
    return await records.unless_renamed(erp, records.PURCHASE, shown["_supplier"], shown["_product"])


@create_purchase.undo
async def _undo_create(ctx: RunContext, receipt: Result) -> Result:
    erp = Tryton(ctx)
    key_of(erp.say, ctx)
    return await cancelling.cancel(erp, records.PURCHASE, receipt)


@tool(
    destructive=True,
    system="tryton",
    timeout=90,
    settles_after=SETTLES,
    examples=[
        "Confirme l'achat P-12",
        "Confirme l'achat n° 2 auprès du fournisseur",
        "Confirme l'achat 2",
        "Confirm purchase P-12",
        "Confirm purchase 2 with the supplier",
        "Confirm purchase 2",
    ],
    titles={"fr": "Commande au fournisseur", "en": "Order to a supplier"},
)
async def confirm_purchase(ctx: RunContext, purchase: str) -> Result:
    """Order from a supplier: the ERP takes a draft or quoted purchase as binding and expects its goods. Nothing is sent.

    There is no way back but by exceptions in the ERP, and by telling the supplier.

    Args:
        purchase: Number of the purchase, reference or record of a draft, or the supplier when there is only one.
    """
    return await deeds.do(ctx, CONFIRM, purchase)


@confirm_purchase.preview
async def _preview_confirm(ctx: RunContext, purchase: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, CONFIRM, purchase)
    sent = erp.say("n'est pas prévenu par l'ERP", "is not told by the ERP")
    return cards.purchase(erp.say, row) | {erp.say("Le fournisseur", "The supplier"): sent}


taking_back.complete(confirm_purchase, CONFIRM)


async def _draft(erp: Tryton, supplier: str, product: str, quantity: int) -> tuple[Supplier, Product, PurchaseDraft]:
    seller = await finding.supplier(erp, supplier)
    item = await finding.product(erp, product)
    return seller, item, await drafts.purchase(erp, seller, item, quantity, await finding.main_warehouse(erp))


def _facts(seller: Supplier, item: Product, draft: PurchaseDraft) -> Result:
    price = {"unit_price": str(draft.unit_price), "amount": str(draft.amount), "currency": draft.currency}
    return {"_supplier": seller.id, "_product": item.id, **price, "days": draft.days}


async def _purchase(erp: Tryton, key: str) -> Result | None:
    """The receipt of the purchase that carries this key, if there is one."""
    rows = await erp.search("purchase.purchase", [["reference", "=", key]], purchases.FIELDS, 1)
    return _created(erp, key, purchases.read(rows[0])) if rows else None


def _created(erp: Tryton, key: str, made: Result) -> Result:
    return {"reference": key, "summary": purchases.created(erp.say, made), **made}
