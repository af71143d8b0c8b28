"""What every tool that carries out a decision checks first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from _words import Words

from bot import RunContext, ToolError

KEY = re.compile(r"ap_\w+")  # of any proposal


def key_of(say: Words, ctx: RunContext) -> str:
    """The key of the proposal that is being carried out. Raises `ToolError` when there is none: nobody decided."""
    if not ctx.idempotency_key:
        raise ToolError(say("rien n'est fait sans décision", "nothing is done without a decision"))
    return ctx.idempotency_key


def unchanged(say: Words, system: tuple[str, str], shown: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse when what was shown is no longer true; nothing has been sent yet. `system`: French, English."""
    if changed := [name for name, value in shown.items() if now.get(name) != value]:
        visible = ", ".join(name for name in changed if not name.startswith("_"))
        what = f" ({visible})" if visible else ""
        french = f"{system[0]} a changé depuis la proposition{what} : rien n'a été fait"
        raise ToolError(say(french, f"{system[1]} has changed since this was proposed{what}: nothing was done"))
