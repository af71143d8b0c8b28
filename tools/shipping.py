"""Shipments in the ERP: which are open, what their freight costs, and the steps until the goods leave."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from _tryton import cards, conditions, deeds, finding, freight, goods, listings, records, sales, shipping, taking_back
from _tryton.conditions import SETTLES, Result
from _tryton.deeds import Deed
from _tryton.rpc import Tryton
from pydantic import Field

from bot import RunContext, ToolError, tool

OPEN = ["draft", "waiting", "assigned", "picked", "packed", "shipped"]
SOLD = ["draft", "quotation", "confirmed", "processing"]
PREPARE = Deed(
    "prepare shipment",
    records.SHIPMENT,
    ("Bon de livraison préparé", "Shipment prepared"),
    {"waiting": ["assign_try"]},
    shipping.FIELDS,
    shipping.facts,
    shipping.tell_reserved,
    {("waiting", "assigned"): ["wait"], ("waiting", "waiting"): ["wait"]},
)
DISPATCH = Deed(
    "dispatch shipment",
    records.SHIPMENT,
    ("Marchandise expédiée", "Goods shipped"),
    {"assigned": ["pick", "pack", "do"], "picked": ["pack", "do"], "packed": ["do"], "shipped": ["do"]},
    shipping.FIELDS,
    shipping.facts,
    shipping.tell,
)


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quels bons de livraison sont ouverts ?",
        "Quelles expéditions sont en attente pour Brasserie du Nord ?",
        "Liste les expéditions à préparer",
        "List the open shipments",
        "Which shipments are waiting for Aqualia Services?",
        "What shipments are still to be packed?",
    ],
    titles={"fr": "Expéditions ouvertes", "en": "Open shipments"},
)
async def list_open_shipments(ctx: RunContext, customer: str = "") -> Result:
    """List shipments to customers that have not left yet, with their goods and how far they are.

    Args:
        customer: Only this customer's; part of the name.
    """
    erp = Tryton(ctx)
    domain: list[Any] = [["state", "in", OPEN]]
    if customer:
        domain.append(["customer", "=", (await finding.customer(erp, customer)).id])
    rows = await erp.search("stock.shipment.out", domain, shipping.FIELDS)
    rows.sort(key=lambda row: (row["planned_date"] is None, row["planned_date"], row["id"]))
    found = [shipping.read(row) | {"stage": records.state(erp.say, records.SHIPMENT, row)} for row in rows]
    return {"summary": listings.shipments(erp.say, found), "shipments": found}


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Combien coûte le transport de 120 PMP-200 ?",
        "Compare les transporteurs pour 40 DOS-050",
        "Quels sont les frais de port du devis 5 ?",
        "What is the freight for 120 PMP-200?",
        "Compare the carriers for 40 DOS-050",
        "What does the freight of quotation 5 cost?",
    ],
    titles={"fr": "Prix du transport", "en": "Freight prices"},
)
async def compare_freight(
    ctx: RunContext, product: str = "", quantity: Annotated[int, Field(ge=0)] = 0, sale: str = ""
) -> Result:
    """Say what each carrier asks for a quantity of a product, or for the goods of a sale, by its price list by weight.

    Give product and quantity, or the sale.

    Args:
        product: Code or name of the product.
        quantity: How many pieces.
        sale: Number or reference of a quotation or order, instead of product and quantity.
    """
    erp = Tryton(ctx)
    if sale:
        row = await records.meant(erp, records.QUOTATION, sale, SOLD, sales.DEED_FIELDS)
        weight, there = freight.weight(sales.goods_lines(row)), row["available_carriers"]
        load = records.label(erp.say, records.QUOTATION, row)
    elif product and quantity:
        item = await finding.product(erp, product)
        weight, there = freight.exact(item.weight or 0) * quantity, None
        load = f"{erp.say.number(quantity)} × {item.label}"
    else:
        french = "donnez un produit et une quantité, ou une vente"
        raise ToolError(erp.say(french, "give a product and a quantity, or a sale"))
    if not weight:
        raise ToolError(erp.say(f"{load} : le poids n'est pas connu", f"{load}: the weight is not known"))
    asked = [_asked(carrier, weight) for carrier in await freight.carriers(erp, there)]
    asked.sort(key=lambda one: (one["price"] is None, one["price"]))
    carried = f"{load} ({erp.say.number(weight)}\u00a0kg)"
    return {"summary": listings.freight(erp.say, carried, asked), "weight_kg": weight, "carriers": asked}


def _asked(carrier: freight.Carrier, weight: Decimal) -> Result:
    known = {"carrier": carrier.name, "service": carrier.service, "currency": carrier.currency}
    return known | {"price": carrier.price(weight)}


@tool(
    system="tryton",
    timeout=90,
    settles_after=SETTLES,
    examples=[
        "Prépare le bon de livraison 3",
        "Réserve la marchandise du bon de livraison de Brasserie du Nord",
        "Prépare l'expédition n° 2",
        "Prepare shipment 3",
        "Reserve the goods of the shipment for Brasserie du Nord",
        "Prepare the shipment 2",
    ],
    titles={"fr": "Préparation d'expédition", "en": "Preparation of a shipment"},
)
async def prepare_shipment(ctx: RunContext, shipment: str) -> Result:
    """Reserve the goods of a shipment that waits for them, as many as are there; they stay on their shelves.

    When goods are lacking it waits with what could be reserved, and the answer says what is lacking.

    Args:
        shipment: Number of the shipment, or the customer when there is only one.
    """
    return await deeds.do(ctx, PREPARE, shipment)


@prepare_shipment.preview
async def _preview_prepare(ctx: RunContext, shipment: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, PREPARE, shipment)
    open_moves = [move for move in row["inventory_moves."] if move["state"] == "draft"]
    items = [move["product."]["id"] for move in open_moves]
    free = await goods.on_hand(erp, items, row["warehouse_storage"], conditions.today(ctx), to_reserve=True)
    return shipping.card(erp.say, row) | cards.reserved(erp.say, open_moves, free)


taking_back.complete(prepare_shipment, PREPARE)


@tool(
    destructive=True,
    system="tryton",
    timeout=90,
    settles_after=SETTLES,
    examples=[
        "Expédie le bon de livraison 3",
        "Expédie la marchandise du bon de livraison 2",
        "Expédie le bon de livraison de Brasserie du Nord",
        "Dispatch shipment 3",
        "Dispatch the goods of shipment 2",
        "Dispatch the shipment of Brasserie du Nord",
    ],
    titles={"fr": "Départ d'une expédition", "en": "Departure of a shipment"},
)
async def dispatch_shipment(ctx: RunContext, shipment: str) -> Result:
    """Ship what is reserved: the ERP picks and packs it and takes it out of stock. The goods have left: no way back.

    For warehouses that pick from a storage into an output of their own; another one is refused by the ERP.

    Args:
        shipment: Number of the shipment, or the customer when there is only one.
    """
    return await deeds.do(ctx, DISPATCH, shipment)


@dispatch_shipment.preview
async def _preview_dispatch(ctx: RunContext, shipment: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, DISPATCH, shipment)
    leaving = shipping.leaving(row)
    items, place = [move["product."]["id"] for move in leaving], row["warehouse."]["id"]
    held = await goods.on_hand(erp, items, place, conditions.today(ctx))
    return shipping.card(erp.say, row) | cards.taken(erp.say, leaving, held)


taking_back.complete(dispatch_shipment, DISPATCH)
