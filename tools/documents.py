"""The company's own documents: rules, product sheets, procedures."""

from typing import Any

from bot import RunContext, tool


@tool(
    read_only=True,
    always=True,
    examples=[
        "Que dit le manuel sur la garantie ?",
        "Combien de jours de congés ai-je par an ?",
        "Quelles sont nos règles de livraison ?",
        "What is the travel expense policy?",
        "How do I get VPN access?",
        "Which safety rules apply before maintenance?",
    ],
    titles={"fr": "Recherche dans les documents", "en": "Search in the documents"},
)
async def search_documents(ctx: RunContext, query: str) -> dict[str, Any]:
    """Search the company's documents: rules, product sheets, sales terms, safety, IT, HR.

    Args:
        query: The question, in the person's own words.
    """
    found = await ctx.search(query)
    return {"passages": [{"source": p.number, "title": p.title, "section": p.section, "text": p.text} for p in found]}
