"""Tells a growing message what an agent does, in words that may be shown before the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from bot.agents.claims import claims_in
from bot.agents.telling import finished, tellable
from bot.desk import Desk
from bot.types import Handoff, Json, Proposal, Provenance, ToolCall, ToolResult


class Growing(Protocol):
    """A message that people see grow. It takes what it is told at once and shows it as Slack allows."""

    def say(self, text: str) -> None:
        """The words that can be shown so far."""

    def look(self, call_id: str, title: str, arguments: Mapping[str, Json], *, proposes: bool) -> None:
        """Something is looked up, or a proposal is prepared."""

    def looked(self, call_id: str, *, failed: bool, provenance: Provenance | None = None) -> None:
        """It came back."""

    @property
    def looks(self) -> Sequence[Json]:
        """What was looked up, as an answer keeps it."""


class Watching:
    """Looks on while an agent works."""

    def __init__(self, growing: Growing, desk: Desk) -> None:
        self._growing = growing
        self._desk = desk
        self._finished = ""

    def speaks(self, text: str) -> None:
        if (paragraphs := finished(text)) != self._finished:
            self._finished = paragraphs
            self._growing.say(tellable(f"{paragraphs}\n\n"))

    def calls(self, call: ToolCall) -> None:
        tool = self._desk.tool(call.name)
        if tool is not None:
            title = tool.title(self._desk.language)
            self._growing.look(call.id, title, _given(call.arguments), proposes=not tool.read_only)

    def came_back(self, result: ToolResult | Proposal | Handoff) -> None:
        if isinstance(result, ToolResult):
            self._growing.looked(result.call_id, failed=result.failed, provenance=result.provenance)
        else:
            self._growing.looked(result.call_id, failed=False)


def _given(arguments: str) -> Mapping[str, Json]:
    """A model's arguments, as far as they can be read; the tool checks them. What claims a deed is not shown."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) and not claims_in(" ".join(_words(given))) else {}


def _words(given: Json) -> Iterator[str]:
    """All that can be read in a value."""
    parts = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    for part in parts:
        yield from _words(part)
    if isinstance(given, str):
        yield given
