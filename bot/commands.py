"""`/baton …`: which verb is meant, and what comes of it. What it changed is committed when the reply comes back."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

from bot.delegation import Delegations, Reply
from bot.overview import Standing
from bot.state.pauses import EVERYTHING, Pause, Target
from bot.state.runs import Run
from bot.types import Actor, Thread

SHOWN = 5  # of each list

_VERBS = {
    "help": r"help|aide|\?",
    "status": r"status|state|statut|[ée]tat",
    "delegate": r"delegate|d[ée]l[èée]gu\w*",
    "stop": r"stop|arr[êe]t\w*",
    "pause": r"pause|suspen\w*",
    "resume": r"resume|repren\w*|reprise",
}
_EVERYTHING = re.compile(r"(?:all|everything|baton|tout)\b\s*(?P<reason>.*)", re.DOTALL | re.IGNORECASE)
_NAMED = re.compile(
    r"(?:(?P<kind>tool|outil|agent)\s+)?`?(?P<name>\w+)`?(?:\s+(?P<reason>.*))?", re.DOTALL | re.IGNORECASE
)
_LINK = re.compile(
    r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<ts>\d{10})(?P<rest>\d{6})(?:\?\S*?thread_ts=(?P<root>\d+\.\d+))?"
)


class Overview(Protocol):
    """Where things stand."""

    async def standing(self, person: str, limit: int) -> Standing: ...

    async def may_switch(self, person: str) -> bool: ...


class Switches(Protocol):
    """The pause switches."""

    @property
    def targets(self) -> Collection[Target]: ...

    async def may_switch(self, person: str) -> bool: ...

    async def begin(self, person: str, target: Target, reason: str) -> Pause | None: ...

    async def end(self, person: str, target: Target) -> Pause | None: ...


class Stopping(Protocol):
    """Ends what people have asked for."""

    async def stop(self, person: str, thread: Thread | None = None) -> Sequence[Run]:
        """End the work on a person's questions, in one thread or everywhere; those that end come back."""


class Commands:
    """Carries out what the command asks; what it says comes back as a sentence's name with its values, or as a standing."""

    def __init__(self, delegations: Delegations, overview: Overview, switches: Switches, stopping: Stopping) -> None:
        self._delegations = delegations
        self._overview = overview
        self._switches = switches
        self._stopping = stopping

    async def command(self, actor: Actor, text: str, team: str) -> Reply | Standing:
        """What `/baton` is followed by, in French or English; anything unknown gets the help."""
        verb, rest = _read(text)
        verbs: dict[str, Callable[[], Awaitable[Reply | Standing]]] = {
            "status": lambda: self._overview.standing(actor.id, SHOWN),
            "delegate": lambda: self._delegations.command(actor, rest),
            "stop": lambda: self._stop(actor, rest, team),
            "pause": lambda: self._switch(actor, verb, rest),
            "resume": lambda: self._switch(actor, verb, rest),
        }
        return await verbs[verb]() if verb in verbs else await self._help(actor)

    async def _help(self, actor: Actor) -> Reply:
        return "help", {"more": "help_admin" if await self._overview.may_switch(actor.id) else ""}

    async def _stop(self, actor: Actor, rest: str, team: str) -> Reply:
        link = _LINK.search(rest)
        if rest and link is None:
            return "stop_usage", {}
        thread = Thread(team, link["channel"], link["root"] or f"{link['ts']}.{link['rest']}") if link else None
        stopped = len(await self._stopping.stop(actor.id, thread))
        return ("stopped", {"count": stopped}) if stopped else ("stop_nothing", {})

    async def _switch(self, actor: Actor, verb: str, rest: str) -> Reply:
        if not await self._switches.may_switch(actor.id):
            return "pause_refused", {}
        target, reason = self._target(rest)
        if target is None:
            tools = sorted(one.name for one in self._switches.targets if one.kind == "tool")
            return "pause_unknown", {"names": ", ".join(tools)}
        told = {"target": vars(target)}
        if verb == "resume":
            return ("resumed" if await self._switches.end(actor.id, target) else "resumed_already"), told
        return ("paused" if await self._switches.begin(actor.id, target, reason) else "paused_already"), told

    def _target(self, rest: str) -> tuple[Target | None, str]:
        """What is meant, and why. A name that is not known never means everything."""
        if not rest:
            return EVERYTHING, ""
        if found := _EVERYTHING.fullmatch(rest):
            return EVERYTHING, found["reason"].strip()
        named = _NAMED.fullmatch(rest)
        for kind in ("tool", "agent"):
            asked = (named["kind"] or kind).lower().replace("outil", "tool") if named else ""
            if named and asked == kind and Target(kind, named["name"]) in self._switches.targets:
                return Target(kind, named["name"]), (named["reason"] or "").strip()
        return None, ""


def _read(text: str) -> tuple[str, str]:
    """The verb and what follows it."""
    for verb, words in _VERBS.items():
        if found := re.fullmatch(rf"(?:{words})(?:\s+(?P<rest>.*)|\b)", text.strip(), re.DOTALL | re.IGNORECASE):
            return verb, (found["rest"] or "").strip()
    return "help", ""
