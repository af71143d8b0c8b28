"""Who buys from us, or might, as the ERP knows it.

Every result of a tool of the ERP has a `summary`, one sentence in the person's language, besides its details.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from _tryton import finding, listings, sentences
from _tryton.conditions import Result
from _tryton.goods import pieces
from _tryton.rpc import Tryton

from bot import RunContext, tool


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
        "Quelles opportunités avons-nous ?",
        "Quelles affaires sont en négociation avec Stadtwerke ?",
        "Montre-moi les opportunités commerciales",
        "List the sales opportunities",
        "Which opportunities do we have with Hydrotec?",
        "What leads are there?",
    ],
    titles={"fr": "Opportunités", "en": "Opportunities"},
)
async def list_opportunities(ctx: RunContext, customer: str = "") -> Result:
    """List leads and opportunities that are neither won nor lost: who, what, for how much, how likely.

    Args:
        customer: Only this customer's; part of the name.
    """
    erp = Tryton(ctx)
    domain: list[Any] = [["state", "in", ["lead", "opportunity"]]]
    if customer:
        domain.append(["party", "=", (await finding.customer(erp, customer)).id])
    fields = ["number", "description", "state", "party.name", "amount", "currency.code", "conversion_probability"]
    lines = ["lines.product.code", "lines.product.name", "lines.quantity"]
    found = [_opportunity(row) for row in await erp.search("sale.opportunity", domain, [*fields, *lines])]
    found.sort(key=lambda one: (-(one["probability"] or 0), one["record"]))
    return {"summary": listings.opportunities(erp.say, found), "opportunities": found}


def _opportunity(row: Mapping[str, Any]) -> Result:
    probability = row["conversion_probability"]
    products = [(line["product."], line["quantity"]) for line in row["lines."] if line["product."]]
    return {
        "record": row["id"],
        "number": row["number"],
        "state": row["state"],
        "title": row["description"] or "",
        "customer": row["party."]["name"] if row["party."] else None,
        "amount": row["amount"],
        "currency": row["currency."]["code"] if row["currency."] else "",
        "probability": None if probability is None else round(probability * 100, 1),
        "lines": [{"product": p["code"] or p["name"], "quantity": pieces(n)} for p, n in products],
    }
