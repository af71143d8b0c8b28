"""The cases beside a policy: calls with the verdict that an admin expects, so that a change shows what it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import BatonError, PolicyError
from bot.policy.policy import Ask, Case, Deny, Policy, ToolFacts, Verdict
from bot.types import Json

NOON = dt.datetime(2026, 1, 7, 12)  # a Wednesday: the time of a case that names none, in the policy's zone

Typed = Callable[[str, Mapping[str, Json]], Mapping[str, Any]]  # a tool's name and arguments → typed arguments


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Expected(BaseModel):
    """One case: a call, and what the policy should say. Only what is written is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    tool: str
    arguments: dict[str, Json] = {}
    requester: str
    agent: str = "front_desk"
    channel: str = "C0CHANNEL"
    direct: bool = False
    at: dt.datetime = NOON
    undo: bool = False
    expect: Literal["allow", "ask", "deny"]
    of: Annotated[tuple[str, ...] | None, BeforeValidator(_several)] = None
    count: int | None = None
    waits: bool | None = None


def read_cases(file: Path) -> Sequence[Expected]:
    """The cases of a file. Raises `PolicyError` with the case and the remedy."""
    try:
        data = yaml.safe_load(file.read_text("utf-8")) or []
    except FileNotFoundError:
        raise PolicyError(f"{file}: is not there; write cases into it, as docs/policy.md shows") from None
    except (yaml.YAMLError, ValueError) as error:
        raise PolicyError(f"{file}: is not valid YAML: {error}") from error
    if not isinstance(data, list):
        raise PolicyError(f"{file}: must be a list of cases, each beginning with `- name: …`")
    return [_expected(file, number, item) for number, item in enumerate(data, start=1)]


def _expected(file: Path, number: int, item: Json) -> Expected:
    try:
        return Expected.model_validate(item)
    except ValidationError as error:
        name = item.get("name") if isinstance(item, dict) else None
        lines = "; ".join(".".join(map(str, one["loc"])) + f": {one['msg']}" for one in error.errors())
        raise PolicyError(f"{file}: case {number}{f' ({name!r})' if name else ''}: {lines}") from error


def verdict_of(policy: Policy, tools: Mapping[str, ToolFacts], typed: Typed, expected: Expected) -> Verdict:
    """What the policy says of a case. Raises `BatonError` when its arguments do not fit the tool."""
    facts = tools.get(expected.tool)
    at = expected.at if expected.at.tzinfo else expected.at.replace(tzinfo=policy.zone)
    return policy.decide(
        Case(
            tool=expected.tool,
            effect=facts.effect if facts else None,
            arguments=typed(expected.tool, expected.arguments) if facts else expected.arguments,
            requester=expected.requester,
            agent=expected.agent,
            channel=expected.channel,
            direct=expected.direct,
            at=at,
            undo=expected.undo,
        )
    )


def difference(expected: Expected, verdict: Verdict) -> str | None:
    """In what a verdict is not what was expected; `None` when it is."""
    kind = type(verdict).__name__.lower()
    if kind != expected.expect:
        return f"{kind}, by {', '.join(verdict.rules)}"
    needs = {need.group: need.count for need in verdict.needs} if isinstance(verdict, Ask) else {}
    if expected.of is not None and set(expected.of) != set(needs):
        return f"asks {', '.join(sorted(needs)) or 'nobody'}"
    if expected.count is not None and set(needs.values()) != {expected.count}:
        return "asks " + (", ".join(f"{count} of {group}" for group, count in needs.items()) or "nobody")
    waits = () if isinstance(verdict, Deny) else verdict.waits
    if expected.waits is not None and expected.waits != bool(waits):
        return f"waits for {', '.join(waits)}" if waits else "does not wait"
    return None


def outcomes(
    policy: Policy, tools: Mapping[str, ToolFacts], typed: Typed, cases: Sequence[Expected]
) -> list[tuple[Expected, str | None]]:
    """Each case with what is different from what it expects, or `None`."""
    return [(case, _outcome(policy, tools, typed, case)) for case in cases]


def _outcome(policy: Policy, tools: Mapping[str, ToolFacts], typed: Typed, case: Expected) -> str | None:
    try:
        return difference(case, verdict_of(policy, tools, typed, case))
    except BatonError as error:
        return str(error)
