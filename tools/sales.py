"""Sales in the ERP: quotations and orders that are not yet delivered, and orders that become binding."""

from __future__ import annotations

import datetime as dt
from typing import Any

from _tryton import cards, deeds, finding, records, sales, sentences, taking_back
from _tryton.conditions import SETTLES, Result
from _tryton.deeds import Deed
from _tryton.rpc import Tryton

from bot import RunContext, tool

OPEN = ["draft", "quotation", "confirmed", "processing"]
CONFIRM = Deed(
    "confirm sale",
    records.QUOTATION,
    ("Commande confirmée", "Order confirmed"),
    {"quotation": ["confirm"]},
    sales.DEED_FIELDS,
    sales.facts,
    sales.tell,
)


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
    found = [sales.read(row) for row in await erp.search("sale.sale", domain, sales.FIELDS)]
    found.sort(key=lambda sale: (sale["date"] or dt.date.max, sale["record"]))
    return {"summary": sentences.sales(erp.say, found), "sales": found}


@tool(
    destructive=True,
    system="tryton",
    timeout=75,
    settles_after=SETTLES,
    examples=[
        "Confirme la vente 5",
        "Confirme la vente 4 : le client a signé",
        "Confirme la vente de Van den Berg Waterbouw",
        "Confirm sale 5",
        "Confirm sale 4: the customer signed",
        "Confirm the sale of Laiterie des Alpes",
    ],
    titles={"fr": "Confirmation de commande", "en": "Order confirmation"},
)
async def confirm_sale(ctx: RunContext, sale: str) -> Result:
    """Confirm a sale: an issued quotation that the customer accepted becomes a binding order.

    The ERP makes its shipment and its draft invoice at once, so there is no way back but by exceptions in the ERP.

    Args:
        sale: Number of the quotation that becomes an order, the customer's reference, or the customer when there is only one.
    """
    return await deeds.do(ctx, CONFIRM, sale)


@confirm_sale.preview
async def _preview_confirm(ctx: RunContext, sale: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, CONFIRM, sale)
    return cards.sale(erp.say, row) | cards.follows(erp.say, row)


taking_back.complete(confirm_sale, CONFIRM)
