"""Says, for a call, whether it is allowed, denied or whom to ask: the rules of `policy.yaml`. Pure: no Slack, no database."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import marked
from bot.errors import PolicyError
from bot.marked import Marks
from bot.policy import lint
from bot.policy.approvers import Membership, Refusal, Word, able, may_decide, satisfied
from bot.policy.conditions import Facts, Unevaluable
from bot.policy.rules import Content, Finding, Group, Rule, Unusable, read, read_directory
from bot.policy.verdicts import (
    REMIND_SECONDS,
    Allow,
    Ask,
    Case,
    Deny,
    Effect,
    Escalation,
    Need,
    Terms,
    ToolFacts,
    Verdict,
)

__all__ = [
    "FALLBACK_GROUP",
    "Allow",
    "Ask",
    "Case",
    "Deny",
    "Effect",
    "Escalation",
    "Finding",
    "Group",
    "Membership",
    "Need",
    "Policy",
    "Refusal",
    "Rule",
    "Terms",
    "ToolFacts",
    "Traced",
    "Verdict",
    "Word",
    "able",
    "may_decide",
    "satisfied",
]

FALLBACK_GROUP = "approvers"  # decides consequential calls that no rule speaks of
DIRECTORY = "directory.yaml"  # beside the policy: who is whose manager
AGENTS = frozenset({"front_desk"})

_STEP = dt.timedelta(minutes=15)  # offsets of time zones are multiples of it
_AHEAD = dt.timedelta(days=7)


@dataclass(frozen=True)
class Traced:
    """A rule whose glob covers the tool: whether it counts for the call, and what kept its condition from an answer."""

    rule: Rule
    matched: bool
    problem: str | None = None


class Policy:
    """The rules of one file. `findings` are the lint's warnings."""

    def __init__(
        self,
        groups: Mapping[str, Group],
        rules: Sequence[Rule],
        *,
        zone: ZoneInfo | None = None,
        responsible: str | None = None,
        managers: Mapping[str, str] | None = None,
        outsiders: Sequence[str] = (),
        agents: frozenset[str] | None = AGENTS,
        text: str = "",
        hash: str = "",
        findings: Sequence[Finding] = (),
    ) -> None:
        """`outsiders`: the channels in which people from outside may ask. With `agents=None` every agent is known."""
        self.groups = dict(groups)
        self.rules = tuple(rules)
        self.zone = zone or ZoneInfo("UTC")
        self.responsible = responsible
        self.managers = dict(managers or {})
        self.outsiders = tuple(outsiders)
        self.agents = agents
        self.text = text
        self.hash = hash
        self.findings = tuple(findings)

    @classmethod
    def load(cls, file: Path, tools: Mapping[str, ToolFacts] | None = None, agents: frozenset[str] = AGENTS) -> Policy:
        """Read the file and the directory beside it; without a file, what is consequential asks the group `approvers`.

        Raises `PolicyError` with one line for each error: file, line, rule and remedy. What is not understood is
        refused, so that no gate opens because of it. Without `tools`, nothing is checked against them.
        """
        texts = [_content(one) for one in (file, file.with_name(DIRECTORY))]
        return cls._of(texts[0] or "", texts[1], file, tools, agents)

    @classmethod
    def parse(cls, text: str, directory_text: str | None, name: str) -> Policy:
        """A policy from its texts, such as archived ones; `name` stands for the file. Raises `PolicyError`."""
        return cls._of(text, directory_text, Path(name), None, None)

    @classmethod
    def archived(cls, text: str, name: str) -> Policy:
        """A policy from the `text` of an earlier one. Raises `PolicyError`."""
        kept = json.loads(text)
        return cls.parse(kept["policy"], kept["directory"], name)

    @classmethod
    def _of(
        cls,
        text: str,
        directory: str | None,
        file: Path,
        tools: Mapping[str, ToolFacts] | None,
        agents: frozenset[str] | None,
    ) -> Policy:
        try:
            content, marks = read(text, str(file))
            managers = None if directory is None else read_directory(directory, str(file.with_name(DIRECTORY)))
            findings = _checked(content, marks, tools, agents, has_directory=directory is not None)
        except Unusable as error:
            raise PolicyError(str(error)) from error
        return cls(
            content.groups,
            content.rules,
            zone=content.zone,
            responsible=content.responsible,
            managers=managers,
            outsiders=content.outsiders.channels if content.outsiders else (),
            agents=agents,
            text=json.dumps({"policy": text, "directory": directory}, ensure_ascii=False),
            hash=_hash(text, directory),
            findings=findings,
        )

    def decide(self, case: Case) -> Verdict:
        """Any matching deny, else all matching asks together, else any matching allow, else the default.

        A rule that cannot be evaluated counts as `ask`, `deny` and `wait`, and then nothing is allowed by a rule.
        """
        if case.effect is None:
            return Deny(("unknown tool",))
        if self.agents is not None and case.agent not in self.agents:
            return Deny(("unknown agent",))
        traced = self.trace(case)
        counting = [one.rule for one in traced if one.matched]
        if denies := [rule.name for rule in counting if rule.effect == "deny"]:
            return Deny(tuple(denies))
        waits = tuple(rule.name for rule in counting if rule.effect == "wait")
        until = self._until(case) if waits else None
        if asks := [rule for rule in counting if rule.effect == "ask"]:
            return Ask(_names(asks), _needs(asks, case.effect), _terms(asks, case.effect), waits, until)
        allows = [rule for rule in counting if rule.effect == "allow"]
        if allows and not any(one.problem for one in traced):
            return Allow(_names(allows), waits, until)
        if case.effect == "read":
            return Allow(("default",), waits, until)
        destructive = case.effect == "destructive"
        need = Need(FALLBACK_GROUP, usual_count(case.effect))
        return Ask(("default",), (need,), Terms(destructive=destructive), waits, until)

    def usual(self, tool: str, effect: Effect) -> Verdict:
        """What is decided on a tool's calls for which no rule with a condition counts."""
        always = [rule for rule in self.rules if rule.when is None]
        now = dt.datetime.now(dt.UTC)
        return Policy(self.groups, always, zone=self.zone, agents=None).decide(
            Case(tool, effect, {}, requester="", agent="", channel="", direct=False, at=now)
        )

    def trace(self, case: Case) -> list[Traced]:
        """What each rule that covers the tool says of the call, in the order of the file."""
        facts = Facts.of(case, self.zone)
        return [_traced(rule, facts) for rule in self.covering(case.tool)]

    def unanswerable(self, tools: Mapping[str, ToolFacts]) -> list[str]:
        """The tools whose calls would by default ask the group `approvers`, which does not exist."""
        if FALLBACK_GROUP in self.groups:
            return []
        return [name for name, facts in tools.items() if facts.effect != "read" and not self._always_decided(name)]

    def _always_decided(self, tool: str) -> bool:
        return any(rule.when is None and rule.effect != "wait" for rule in self.covering(tool))

    def covering(self, tool: str) -> list[Rule]:
        return [rule for rule in self.rules if fnmatchcase(tool, rule.tools)]

    def _until(self, case: Case) -> dt.datetime | None:
        """The first quarter of an hour in which no `wait` rule counts; `None` when a week holds none."""
        rules = [rule for rule in self.covering(case.tool) if rule.effect == "wait"]
        facts = Facts.of(case, self.zone)
        if any(_traced(rule, facts).matched and not (rule.condition and rule.condition.tells_time) for rule in rules):
            return None
        start = case.at.astimezone(dt.UTC).replace(second=0, microsecond=0)
        moment = start - dt.timedelta(minutes=start.minute % 15) + _STEP
        while moment <= case.at + _AHEAD:
            if not any(_traced(rule, facts.later(moment)).matched for rule in rules):
                return moment.astimezone(self.zone)
            moment += _STEP
        return None


def _content(file: Path) -> str | None:
    """The text of the file; `None` when there is none. Raises `PolicyError`."""
    try:
        return marked.content(file)
    except marked.NotYaml as error:
        raise PolicyError(f"{file}:{error.line}: error: {error}") from error


def _hash(text: str, directory: str | None) -> str:
    """SHA-256 over both files; a file that is not there and one that is empty differ."""
    parts = [part.encode() for part in (text, directory) if part is not None]
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


def _checked(
    content: Content,
    marks: Marks,
    tools: Mapping[str, ToolFacts] | None,
    agents: frozenset[str] | None,
    *,
    has_directory: bool,
) -> list[Finding]:
    """The lint's warnings. Raises `Unusable` when it has errors."""
    findings = lint.findings(content, marks, tools, agents, has_directory=has_directory)
    if errors := [finding for finding in findings if finding.severity == "error"]:
        raise Unusable(errors)
    return findings


def _traced(rule: Rule, facts: Facts) -> Traced:
    if rule.condition is None:
        return Traced(rule, True)
    try:
        return Traced(rule, rule.condition.holds(facts))
    except Unevaluable as error:
        return Traced(rule, rule.effect != "allow", str(error))


def _names(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules)


def usual_count(effect: Effect) -> int:
    """How many people decide when no rule says how many."""
    return 2 if effect == "destructive" else 1


def _needs(asks: Sequence[Rule], effect: Effect) -> tuple[Need, ...]:
    """For each group that is asked, the most people that a rule wants; authors only if all its rules let them."""
    needs = []
    for group in dict.fromkeys(group for rule in asks for group in rule.of):
        rules = [rule for rule in asks if group in rule.of]
        count = max(rule.count or usual_count(effect) for rule in rules)
        needs.append(Need(group, count, all(rule.self_approval for rule in rules)))
    return tuple(needs)


def _terms(asks: Sequence[Rule], effect: Effect) -> Terms:
    """The shortest times, every escalation, and the first argument to type."""
    reminders = [seconds for rule in asks if (seconds := rule.remind if rule.reminds else REMIND_SECONDS) is not None]
    steps = [
        Escalation(group, rule.escalate.after, rule.escalate.to) for rule in asks if rule.escalate for group in rule.of
    ]
    return Terms(
        expires=min(rule.expires or Terms.expires for rule in asks),
        remind=min(reminders, default=None),
        escalate=tuple(dict.fromkeys(steps)),
        typed=next((rule.typed for rule in asks if rule.typed), None),
        destructive=effect == "destructive",
    )
