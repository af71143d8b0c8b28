"""Who buys from us, as the ERP knows it.

Every result of a tool of the ERP has a `summary`, one sentence in the person's language, besides its details.
"""

from __future__ import annotations

from _tryton import finding, sentences
from _tryton.conditions import Result
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
