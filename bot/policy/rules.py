"""What may stand in `policy.yaml` and `directory.yaml`: groups, rules, people; and on which line each thing stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot import marked
from bot.marked import Marks, Place
from bot.policy.conditions import Condition, ConditionError

REQUESTERS_MANAGER = "requester's manager"

_MANAGERS_OF = re.compile(r"managers of (#\S+|[CG][A-Z0-9]{2,})")
_LENGTH = re.compile(r"(\d{1,4})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_LONGEST = 365 * 86400

Handle = Annotated[str, StringConstraints(pattern=r"^@[a-z0-9._-]+$")]
Role = Annotated[str, StringConstraints(pattern=r"^(requester's manager|managers of (#\S+|[CG][A-Z0-9]{2,}))$")]
Person = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^(#\S+|[CG][A-Z0-9]{2,})$")]


def _seconds(value: object) -> int:
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    length = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < length <= _LONGEST:
        raise ValueError("write a length of time such as 30m, 4h or 7d, at most 365d")
    return length


def _seconds_or_never(value: object) -> int | None:
    return None if value == "never" else _seconds(value)


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Seconds = Annotated[int, BeforeValidator(_seconds)]
Reminder = Annotated[int | None, BeforeValidator(_seconds_or_never)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Strict):
    """People who decide, and the channel where they are asked.

    `members` is a Slack user group (`@finance`), people's ids, `managers of #channel` or `requester's manager`.
    """

    members: Handle | Role | tuple[Person, ...]
    channel: Channel | None = None

    @property
    def handle(self) -> str | None:
        """The Slack user group, such as `@finance`."""
        return self.members if isinstance(self.members, str) and self.members.startswith("@") else None

    @property
    def people(self) -> tuple[str, ...] | None:
        """The people, when the policy lists them."""
        return None if isinstance(self.members, str) else self.members

    @property
    def managed_channel(self) -> str | None:
        """The channel whose managers are meant."""
        found = _MANAGERS_OF.fullmatch(self.members) if isinstance(self.members, str) else None
        return found[1] if found else None

    @property
    def is_requesters_manager(self) -> bool:
        """Whether it is, for each request, the manager of whoever asked."""
        return self.members == REQUESTERS_MANAGER


class Escalate(_Strict):
    """When nobody has decided after so many seconds, the group `to` may too."""

    after: Seconds
    to: str


@lru_cache(maxsize=1_000)
def _condition(text: str) -> Condition:
    return Condition(text)  # understood once, evaluated at every call


_ASKING = ("count", "expires", "remind", "escalate", "self", "typed")


class Rule(_Strict):
    """One rule. `tools` is a glob over tool names; `of` names the groups that an `ask` asks."""

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(min_length=1)
    tools: str = Field(min_length=1)
    when: str | None = Field(None, min_length=1)
    effect: Literal["allow", "ask", "deny", "wait"]
    of: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    count: int | None = Field(None, ge=1, le=20, strict=True)
    expires: Seconds | None = None
    remind: Reminder | None = None
    escalate: Escalate | None = None
    self_approval: bool = Field(False, alias="self", strict=True)
    typed: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _asks_somebody(self) -> Rule:
        if (self.effect == "ask") != bool(self.of):
            raise ValueError("`of: <group>` belongs to `effect: ask`, and to nothing else")
        written = {Rule.model_fields[name].alias or name for name in self.model_fields_set}
        if self.effect != "ask" and (idle := [key for key in _ASKING if key in written]):
            raise ValueError(f"`{idle[0]}` belongs to `effect: ask`, and to nothing else")
        if len(set(self.of)) < len(self.of):
            raise ValueError("`of` names a group twice; `count` says how many people of it")
        return self

    @model_validator(mode="after")
    def _has_a_condition_that_is_understood(self) -> Rule:
        try:
            _ = self.condition
        except ConditionError as error:
            raise ValueError(f"the condition {error}") from error
        return self

    @property
    def condition(self) -> Condition | None:
        """When it applies; `None`: always."""
        return _condition(self.when) if self.when is not None else None

    @property
    def reminds(self) -> bool:
        """Whether the file says when to remind; with `remind=None` it says `never`."""
        return "remind" in self.model_fields_set


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{value}' is not a time zone; write one such as Europe/Paris") from None


class Outsiders(_Strict):
    """Where guests and people of other companies may ask."""

    channels: Annotated[tuple[Channel, ...], BeforeValidator(_several), Field(min_length=1)]


class Content(_Strict):
    """All of `policy.yaml`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    zone: Annotated[ZoneInfo, BeforeValidator(_zone)] = ZoneInfo("UTC")
    responsible: Handle | Person | None = None  # who answers for Baton: people are told
    groups: dict[str, Group] = {}
    outsiders: Outsiders | None = None
    rules: tuple[Rule, ...] = ()


class Entry(_Strict):
    """What the directory says of a person."""

    manager: Person


class Directory(_Strict):
    """All of `directory.yaml`."""

    people: dict[Person, Entry] = {}


@dataclass(frozen=True)
class Finding:
    """Something wrong with a policy, where, and what to do about it. Only an error stops it from being used."""

    file: str
    line: int
    rule: str | None
    problem: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        whose = f"rule '{self.rule}': " if self.rule else ""
        return f"{self.file}:{self.line}: {self.severity}: {whose}{self.problem}"


class Unusable(Exception):
    """A file that cannot be read as what it should be."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


def read(text: str, name: str) -> tuple[Content, Marks]:
    """The content of a policy file, and where it stands. Raises `Unusable`."""
    data, marks = _loaded(text, name)
    known = "zone, responsible, groups, outsiders, rules"
    try:
        content = Content.model_validate({} if data is None else data)
    except ValidationError as error:
        raise Unusable([_explained(one, marks, data, known) for one in error.errors()]) from error
    findings = [*_unnamed_groups(content, marks), *_names_twice(content, marks)]
    if findings:
        raise Unusable(findings)
    return content, marks


def read_directory(text: str, name: str) -> Mapping[str, str]:
    """Each person's manager. Raises `Unusable`."""
    data, marks = _loaded(text, name)
    known = "people"
    try:
        content = Directory.model_validate({} if data is None else data)
    except ValidationError as error:
        raise Unusable([_explained(one, marks, data, known) for one in error.errors()]) from error
    return {person: entry.manager for person, entry in content.people.items()}


def _unnamed_groups(content: Content, marks: Marks) -> Iterator[Finding]:
    for number, rule in enumerate(content.rules):
        targets = [("of", group) for group in rule.of]
        if rule.escalate:
            targets.append(("escalate", rule.escalate.to))
        for key, group in targets:
            if group not in content.groups:
                problem = f"group '{group}' is not under `groups:`; add it there, or write one that is"
                yield Finding(marks.file, marks.line(("rules", number, key)), rule.name, problem)


def _names_twice(content: Content, marks: Marks) -> Iterator[Finding]:
    names = [rule.name for rule in content.rules]
    for number, name in enumerate(names):
        if name in names[:number]:
            problem = f"two rules are named '{name}'; audits need different names"
            yield Finding(marks.file, marks.line(("rules", number, "name")), name, problem)


# ---- YAML


def _loaded(text: str, name: str) -> tuple[Any, Marks]:
    try:
        return marked.load(text, name)
    except marked.NotYaml as error:
        raise Unusable([Finding(name, error.line, None, str(error))]) from error


_KNOWN = {
    "rules": "name, tools, when, effect, of, count, expires, remind, escalate, self, typed; in escalate: after, to",
    "groups": "members, channel",
    "outsiders": "channels",
    "people": "manager",
}


def _explained(error: Any, marks: Marks, data: Any, top: str) -> Finding:
    """A validation error as: where, what, and what to do."""
    place = tuple(error["loc"])
    where = ".".join(map(str, place))
    if error["type"] == "extra_forbidden":
        known = top if len(place) == 1 else _KNOWN[str(place[0])]
        problem = f"this key is not known; known are {known}. Remove it: nothing is guessed"
    else:
        problem = re.sub(r"^Value error, ", "", error["msg"])
    at = (*place, "when") if problem.startswith("the condition ") else place
    return Finding(marks.file, marks.line(at), _rule_at(place, data), f"{where}: {problem}" if where else problem)


def _rule_at(place: Place, data: Any) -> str | None:
    """The name of the rule in which a place lies, as far as it has one."""
    if len(place) < 2 or place[0] != "rules" or not isinstance(place[1], int):
        return None
    found = data["rules"][place[1]]
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) and name else None
