"""The values of a decision: the call that is judged, what the rules say of it, and who must approve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.types import Json

Effect = Literal["read", "write", "destructive"]

EXPIRES_SECONDS = 7 * 24 * 3600
REMIND_SECONDS = 24 * 3600


@dataclass(frozen=True)
class ToolFacts:
    """What the rules may know of a tool: its declared effect, and the JSON Schema of its arguments."""

    effect: Effect
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One call to be judged.

    `effect` is `None` when there is no such tool. `arguments` are typed values, as the tool's model gives them.
    `at` is an aware time.
    """

    tool: str
    effect: Effect | None
    arguments: Mapping[str, Any]
    requester: str
    agent: str
    channel: str
    direct: bool
    at: dt.datetime
    undo: bool = False


@dataclass(frozen=True)
class Need:
    """So many distinct people of a group must approve.

    With `self`, an author may be one of them. `also` names groups that may speak for it since it was escalated.
    """

    group: str
    count: int = 1
    self: bool = False
    also: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Need:
        """What was stored; what an older version did not write has its default."""
        return cls(**{**data, "also": tuple(data.get("also", ()))})

    def __str__(self) -> str:
        return f"{self.count} of {self.group}{' (or the author)' if self.self else ''}"


@dataclass(frozen=True)
class Escalation:
    """When `group` has not decided after so many seconds, the group `to` may speak for it too."""

    group: str
    after: int
    to: str


@dataclass(frozen=True)
class Terms:
    """What the asking rules say beside who decides. Times are in seconds; `remind=None` reminds nobody.

    `typed` names the argument whose value an approver types.
    """

    expires: int = EXPIRES_SECONDS
    remind: int | None = REMIND_SECONDS
    escalate: tuple[Escalation, ...] = ()
    typed: str | None = None
    destructive: bool = False

    def to_json(self) -> dict[str, Json]:
        """Plain JSON values."""
        return {**asdict(self), "escalate": [asdict(step) for step in self.escalate]}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Terms:
        """What `to_json` wrote; what an older version did not write has its default."""
        return cls(**{**data, "escalate": tuple(Escalation(**step) for step in data.get("escalate", ()))})


@dataclass(frozen=True)
class Allow:
    """The call may happen; `rules` decided it.

    `waits` are the `wait` rules that hold it back now; `until` is when none does any more, `None` when not known.
    """

    rules: tuple[str, ...]
    waits: tuple[str, ...] = ()
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Ask:
    """The call waits until every need is met. `waits` and `until` as in `Allow`."""

    rules: tuple[str, ...]
    needs: tuple[Need, ...]
    terms: Terms
    waits: tuple[str, ...] = ()
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Deny:
    """The call may not happen."""

    rules: tuple[str, ...]


Verdict = Allow | Ask | Deny
