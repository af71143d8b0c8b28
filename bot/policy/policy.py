"""Reads `policy.yaml` and says, for a call, whether it is allowed, denied or whom to ask. Pure: no Slack, no database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.errors import PolicyError

FALLBACK_GROUP = "approvers"  # decides consequential calls that no rule speaks of
EXPIRES_SECONDS = 7 * 24 * 3600

Handle = Annotated[str, StringConstraints(pattern=r"^@[a-z0-9._-]+$")]
Person = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^(#\S+|[CG][A-Z0-9]{2,})$")]


class _Unambiguous(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping: YAML would keep the last, and a rule would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if again := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"'{again[0]}' stands here twice", node.start_mark)
        return super().construct_mapping(node, deep)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Strict):
    """People who decide: a Slack user group by handle, or people's ids; and the channel where they are asked."""

    members: Handle | tuple[Person, ...]
    channel: Channel | None = None


class Rule(_Strict):
    """One rule. `tools` is a glob over tool names; `of` names the group that an `ask` asks."""

    name: str = Field(min_length=1)
    tools: str = Field(min_length=1)
    effect: Literal["allow", "ask", "deny"]
    of: str | None = None

    @model_validator(mode="after")
    def _asks_somebody(self) -> Rule:
        if (self.effect == "ask") != (self.of is not None):
            raise ValueError("`of: <group>` belongs to `effect: ask`, and to nothing else")
        return self


class _File(_Strict):
    groups: dict[str, Group] = {}
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> _File:
        names = [rule.name for rule in self.rules]
        for rule in self.rules:
            if rule.of is not None and rule.of not in self.groups:
                raise ValueError(f"rule '{rule.name}': group '{rule.of}' is not under `groups:`")
            if names.count(rule.name) > 1:
                raise ValueError(f"two rules are named '{rule.name}'; audits need different names")
        return self


@dataclass(frozen=True)
class Need:
    """So many distinct people of a group must approve."""

    group: str
    count: int = 1


@dataclass(frozen=True)
class Allow:
    """The call may happen; `rules` decided it."""

    rules: tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    """The call waits until every need is met."""

    rules: tuple[str, ...]
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Deny:
    """The call may not happen."""

    rules: tuple[str, ...]


Verdict = Allow | Ask | Deny
Membership = Mapping[str, frozenset[str] | None]  # group → people's ids; None: could not be read


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not decide."""

    reason: Literal["own", "not_member", "unreadable"]


class Policy:
    """The rules in force."""

    def __init__(self, groups: Mapping[str, Group], rules: Sequence[Rule]) -> None:
        self.groups = dict(groups)
        self.rules = tuple(rules)

    @classmethod
    def load(cls, file: Path) -> Policy:
        """Read the file; without one, everything consequential asks the group `approvers`, which is empty.

        Raises `PolicyError` with the file's name, the place and the remedy. Unknown keys are refused, so that no gate
        opens because a word was not understood.
        """
        if not file.exists():
            return cls({}, ())
        try:
            data = yaml.load(file.read_text("utf-8"), _Unambiguous) or {}  # noqa: S506 (it is a SafeLoader)
            content = _File.model_validate(data)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise PolicyError(f"{file}: is not valid YAML: {error}") from error
        except ValidationError as error:
            raise PolicyError(f"{file}: " + "; ".join(map(_explain, error.errors()))) from error
        return cls(content.groups, content.rules)

    def decide(self, tool: str, *, read_only: bool) -> Verdict:
        """Any matching deny, else all matching asks together, else any matching allow, else the default."""
        matching = [rule for rule in self.rules if fnmatchcase(tool, rule.tools)]
        if denies := [rule.name for rule in matching if rule.effect == "deny"]:
            return Deny(tuple(denies))
        if asks := [rule for rule in matching if rule.effect == "ask"]:
            groups = dict.fromkeys(rule.of for rule in asks if rule.of)
            return Ask(tuple(rule.name for rule in asks), tuple(Need(group) for group in groups))
        if allows := [rule.name for rule in matching if rule.effect == "allow"]:
            return Allow(tuple(allows))
        return Allow(("default",)) if read_only else Ask(("default",), (Need(FALLBACK_GROUP),))

    def unanswerable(self, tools: Mapping[str, bool]) -> list[str]:
        """The tools (name → read-only) whose calls would ask a group that does not exist."""
        verdicts = {name: self.decide(name, read_only=read_only) for name, read_only in tools.items()}
        return [
            name
            for name, verdict in verdicts.items()
            if isinstance(verdict, Ask) and any(need.group not in self.groups for need in verdict.needs)
        ]


def may_decide(person: str, requester: str, needs: Sequence[Need], members: Membership) -> frozenset[str] | Refusal:
    """The asked groups for which this person may speak now, or why there is none.

    An author never decides; a group that is unset or unreadable counts as not including anybody.
    """
    if person == requester:
        return Refusal("own")
    asked = [need.group for need in needs]
    speaks_for = frozenset(group for group in asked if person in (members.get(group) or ()))
    if speaks_for:
        return speaks_for
    return Refusal("unreadable" if any(members.get(group) is None for group in asked) else "not_member")


def satisfied(needs: Sequence[Need], spoke: Mapping[str, frozenset[str]]) -> bool:
    """Whether the people who approved (person → groups they spoke for) meet every need."""
    return bool(needs) and all(sum(need.group in groups for groups in spoke.values()) >= need.count for need in needs)


_LATER = {
    "when": "conditions on arguments",
    "count": "more than one approver",
    "expires": "an expiry of its own",
    "self": "self-approval",
}


def _explain(error: Any) -> str:
    """A validation error as: where, what, and what to do."""
    place = [str(part) for part in error["loc"]]
    where = ".".join(place)
    if error["type"] == "extra_forbidden":
        known = "tools, effect, of, name" if place[0] == "rules" else "groups, rules; in a group: members, channel"
        later = f" ({_LATER[place[-1]]}: not supported yet)" if place[-1] in _LATER else ""
        return f"{where}: this key is not known{later}; known are {known}. Remove it: nothing is guessed"
    message = re.sub(r"^Value error, ", "", error["msg"])
    return f"{where}: {message}" if where else message
