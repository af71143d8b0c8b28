"""The values that travel between the parts of Baton; imports nothing of it."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any  # a value that came out of, or goes into, JSON
Language = Literal["fr", "en"]

NO_AGENT = "none"  # of a run in which no model takes part: taking something back


@dataclass(frozen=True)
class Actor:
    """A person in a Slack workspace, as Slack knows them now."""

    id: str
    name: str = ""
    locale: str = "en-US"
    timezone: str = "UTC"
    outside: bool = False  # a guest, or of another company

    @property
    def language(self) -> Language:
        return "fr" if self.locale.lower().startswith("fr") else "en"

    @property
    def zone(self) -> dt.tzinfo:
        """The person's time zone; UTC when Slack named one that this machine does not know."""
        try:
            return zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return dt.UTC


@dataclass(frozen=True)
class Thread:
    """Where a conversation lives: one Slack thread, in a channel or in a direct message."""

    team: str
    channel: str
    ts: str

    @property
    def key(self) -> str:
        """One word for the thread; a run's segments in it are ordered by it."""
        return f"{self.team}:{self.channel}:{self.ts}"

    @property
    def is_direct(self) -> bool:
        return self.channel.startswith("D")


@dataclass(frozen=True)
class SharedFile:
    """A file in a message, as Slack describes it. `size` is in bytes; without a `url` Slack wants to be asked for it."""

    id: str
    name: str
    type: str
    size: int
    url: str


@dataclass(frozen=True)
class SealedFile:
    """Which file an argument is, and what it held: Slack's id of it, its size in bytes, its content's SHA-256."""

    file: str
    name: str
    type: str
    size: int
    sha256: str

    @classmethod
    def read(cls, value: Json) -> SealedFile | None:
        """A file among sealed arguments, where it stands as a record; `None` when the value is something else."""
        if not isinstance(value, dict) or value.keys() != cls.__dataclass_fields__.keys():
            return None
        texts = all(isinstance(value[name], str) for name in ("file", "name", "type", "sha256"))
        sized = isinstance(value["size"], int) and not isinstance(value["size"], bool)
        whole = texts and sized and re.fullmatch(r"[0-9a-f]{64}", value["sha256"])
        return cls(**value) if whole else None


@dataclass(frozen=True)
class Incoming:
    """What somebody said to Baton. `shared`: in a channel that other companies see."""

    thread: Thread
    actor: Actor
    ts: str
    text: str
    files: tuple[SharedFile, ...] = ()
    shared: bool = False


@dataclass(frozen=True)
class ToolCall:
    """A model's wish to call a tool; `arguments` is what the model wrote, JSON text not yet checked."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Message:
    """One message of the conversation with a model, in the OpenAI roles."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None  # on role "tool": which call this answers


@dataclass(frozen=True)
class Source:
    """A passage that an answer rests on; `number` is how the answer names it, counted through a run."""

    id: str
    number: int
    title: str
    section: str = ""
    text: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where a result came from: the system (none: Baton itself, or its documents), and when it was read.

    `left_out` says what of it the model was not shown, a reason of Baton's or a sentence of the tool's each.
    """

    system: str
    at: dt.datetime
    left_out: tuple[str, ...] = ()

    @property
    def record(self) -> dict[str, Json]:
        """As it is kept."""
        return {"system": self.system, "at": self.at.isoformat(), "left_out": list(self.left_out)}

    @classmethod
    def read(cls, record: Json) -> Provenance:
        """What `record` gave."""
        return cls(record["system"], dt.datetime.fromisoformat(record["at"]), tuple(record["left_out"]))


FAILED = "Error: "  # how the content of a failed result begins, before its sentence; any other begins with JSON


@dataclass(frozen=True)
class ToolResult:
    """What a call gave: a value for the model and where it came from, or an error sentence."""

    call_id: str
    content: str
    failed: bool = False
    sources: tuple[Source, ...] = ()
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Answer:
    """The loop ended: this is for the person."""

    text: str
    sources: tuple[Source, ...] = ()
    model: str = ""


@dataclass(frozen=True)
class Proposal:
    """A checked call that may not happen yet, with what it would do and the facts that justify it."""

    call_id: str
    tool: str
    arguments: Mapping[str, Json]
    preview: Mapping[str, Json] = field(default_factory=dict)
    witness: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Handoff:
    """A call that asks another agent."""

    call_id: str
    agent: str
    request: str


@dataclass(frozen=True)
class Paused:
    """The loop stopped at calls that need a decision, or another agent's answer."""

    proposals: tuple[Proposal, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
