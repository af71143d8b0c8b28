"""What the tools of the ERP have in common: the person's day, and what nobody may ask for."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from _words import Words
from pydantic import Field

from bot import RunContext, ToolError

from .rpc import WRITE_SECONDS

SETTLES = WRITE_SECONDS + 5  # by then a request on its way has arrived or never will

ERP = ("l'ERP", "the ERP")
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
