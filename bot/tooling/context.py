"""What a tool is given for a call, and what it may answer about one: its run, the systems, the documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import ToolError
from bot.reasons import because
from bot.tooling.system import System
from bot.types import Actor, Json, Source


class Search(Protocol):
    """Looks in the company's documents; best passage first."""

    async def __call__(self, query: str, limit: int = 5) -> Sequence[Source]: ...


async def _nothing_open() -> Json:
    return {"waiting": [], "asked": [], "paused": []}


@dataclass(frozen=True)
class RunContext:
    """What a tool may know about the call it serves.

    `idempotency_key` is the approval's id, the same in every attempt; `None` in read-only calls and previews.
    `witness` holds the facts that were shown on the card, in the call and in its `reconcile`; else it is empty.
    `standing` reads where things stand for the person: `waiting`, `asked` and `paused`, each a list of records.
    """

    run_id: str
    actor: Actor
    now: dt.datetime
    systems: Mapping[str, System] = field(default_factory=dict, repr=False)
    search: Search = field(repr=False, kw_only=True)
    standing: Callable[[], Awaitable[Json]] = field(default=_nothing_open, repr=False, kw_only=True)
    idempotency_key: str | None = None
    witness: Mapping[str, Json] = field(default_factory=dict)

    def system(self, name: str) -> System:
        """The client of one business system. Raises `ToolError` when the system is not configured."""
        try:
            return self.systems[name]
        except KeyError:
            raise ToolError(because("not_configured", system=name)) from None


@dataclass(frozen=True)
class Done:
    """`reconcile` found the effect; `receipt` is what the tool would have returned."""

    receipt: Json


@dataclass(frozen=True)
class NotDone:
    """`reconcile` is certain that the effect did not happen."""


@dataclass(frozen=True)
class Unsure:
    """`reconcile` cannot tell."""

    reason: str = ""
