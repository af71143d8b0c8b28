"""Baton itself: what waits for somebody, what they asked for, what is paused or fails."""

from typing import Any

from bot import RunContext, tool


@tool(
    read_only=True,
    always=True,
    titles={"fr": "Vos affaires en cours", "en": "Your open matters"},
    examples=[
        "Qu'est-ce qui attend ma décision ?",
        "Où en sont mes demandes ?",
        "What waits for my decision?",
        "Where do my requests stand?",
    ],
)
async def my_open_matters(ctx: RunContext) -> dict[str, Any]:
    """What waits for the decision of the person who asks, and how the requests that they made to Baton stand."""
    found = await ctx.standing()
    french = ctx.actor.language == "fr"
    return {"summary": _matters(found, french=french), **found}


@tool(
    read_only=True,
    always=True,
    titles={"fr": "L'état de Baton", "en": "How Baton is"},
    examples=["Baton est-il en pause ?", "Is Baton paused?"],
)
async def baton_pauses(ctx: RunContext) -> dict[str, Any]:
    """Whether Baton, its agent or one of its tools is paused, and why."""
    paused = (await ctx.standing())["paused"]
    french = ctx.actor.language == "fr"
    if not paused:
        return {"summary": "Rien n'est en pause." if french else "Nothing is paused.", "paused": []}
    told = "; ".join(_named(one, french=french) + (f" ({one['reason']})" if one["reason"] else "") for one in paused)
    return {"summary": f"En pause : {told}." if french else f"Paused: {told}.", "paused": paused}


def _named(pause: dict[str, Any], *, french: bool) -> str:
    if pause["kind"] == "all":
        return "Baton dans son ensemble" if french else "Baton as a whole"
    kinds = {"tool": "l'outil", "agent": "l'agent"} if french else {"tool": "the tool", "agent": "the agent"}
    return f"{kinds[pause['kind']]} {pause['name']}"


def _matters(found: dict[str, Any], *, french: bool) -> str:
    """One sentence for what waits, one for what was asked and is not over."""
    labels = ", ".join(f"{one['proposal']} ({one['tool']})" for one in found["waiting"])
    mine = ", ".join(one for question in found["asked"] for one in question["waits_for"])
    if french:
        first = f"Attend votre décision : {labels}." if labels else "Rien n'attend votre décision."
        return f"{first} Parmi vos demandes, en attente d'une décision : {mine}." if mine else first
    first = f"Waiting for your decision: {labels}." if labels else "Nothing waits for your decision."
    return f"{first} Of your own requests, waiting for a decision: {mine}." if mine else first
