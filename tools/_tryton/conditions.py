"""What must hold before a tool of the ERP does anything: a decision, a day to come, and that nothing has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from bot import RunContext, ToolError

from .rpc import WRITE_SECONDS
from .words import Words

SETTLES = WRITE_SECONDS + 5  # by then a request on its way has arrived or never will

Quantity = Annotated[int, Field(gt=0)]
Result = dict[str, Any]


def today(ctx: RunContext) -> dt.date:
    """The person's own day."""
    try:
        return ctx.now.astimezone(ZoneInfo(ctx.actor.timezone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return ctx.now.date()


def not_past(say: Words, date: dt.date | None, today: dt.date) -> None:
    if date and date < today:
        raise ToolError(say(f"le {say.day(date)} est passé", f"{say.day(date)} is in the past"))


def key(say: Words, ctx: RunContext) -> str:
    if not ctx.idempotency_key:
        raise ToolError(say("rien n'est fait sans décision", "nothing is done without a decision"))
    return ctx.idempotency_key


def unchanged(say: Words, shown: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse when what was shown is no longer true; nothing has been sent yet."""
    if changed := [name for name, value in shown.items() if now.get(name) != value]:
        visible = ", ".join(name for name in changed if not name.startswith("_"))
        what = f" ({visible})" if visible else ""
        french = f"l'ERP a changé depuis la proposition{what} : rien n'a été fait"
        raise ToolError(say(french, f"the ERP has changed since this was proposed{what}: nothing was done"))
