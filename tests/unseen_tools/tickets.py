"""The tickets of the maintenance and IT desk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from bot import RunContext, ToolError, tool

TICKETS = [
    {"number": "T-301", "title": "Compressor leaks oil", "priority": "urgent", "status": "open"},
    {"number": "T-298", "title": "New screen for the front desk", "priority": "low", "status": "open"},
    {"number": "T-287", "title": "Dock door 2 does not close", "priority": "normal", "status": "closed"},
]


@tool(
    read_only=True,
    examples=[
        "Quels sont les tickets ouverts ?",
        "Liste des tickets déjà clos",
        "List the open tickets",
        "Which tickets have been closed?",
    ],
)
def find_tickets(ctx: RunContext, status: Literal["open", "closed"] = "open") -> list[dict[str, str]]:
    """List the tickets of the maintenance and IT desk.

    Args:
        status: Tickets still open, or closed ones.
    """
    return [ticket for ticket in TICKETS if ticket["status"] == status]


@tool(
    examples=[
        "Crée un ticket : la porte du quai 2 ne ferme plus",
        "Ticket urgent : fuite d'huile au compresseur",
        "Open a ticket: the screen at the front desk flickers",
        "Raise an urgent ticket, the compressor is leaking",
    ],
)
def open_ticket(ctx: RunContext, title: str, priority: Literal["low", "normal", "urgent"] = "normal") -> dict[str, str]:
    """Open a ticket at the maintenance and IT desk.

    Args:
        title: What is wrong, in a few words.
        priority: How soon it must be looked at.
    """
    if not title.strip():
        raise ToolError("a ticket needs a title: say what is wrong")
    _record(ctx, {"tool": "open_ticket", "title": title, "priority": priority})
    return {"reference": f"T-{ctx.idempotency_key}", "summary": f"ticket opened ({priority}): {title}"}


def _record(ctx: RunContext, effect: dict[str, Any]) -> None:
    path = os.environ.get("UNSEEN_LEDGER")
    if not path:
        raise ToolError("UNSEEN_LEDGER is not set: no ticket was opened")
    with Path(path).open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps({"key": ctx.idempotency_key, **effect}, ensure_ascii=False) + "\n")
