"""Sales in the ERP: quotations and orders that are not yet delivered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from _tryton import finding, sales, sentences
from _tryton.conditions import Result
from _tryton.rpc import Tryton

from bot import RunContext, tool

OPEN = ["draft", "quotation", "confirmed", "processing"]


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
