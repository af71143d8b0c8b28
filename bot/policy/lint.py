"""What can be known to be wrong with a policy before it decides anything: each finding with file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from bot.marked import Marks
from bot.policy import expressions
from bot.policy.bounds import unbounded_below
from bot.policy.conditions import calculations
from bot.policy.expressions import Binary, Call, Node, path, walk
from bot.policy.rules import Content, Finding, Rule
from bot.policy.schemas import Schema, kinds, least, literal_kind
from bot.policy.verdicts import EXPIRES_SECONDS, ToolFacts

BUILT_IN = frozenset({"admit_tool", "admit_destructive_tool"})  # Baton's own, there when something is to be admitted

Severity = Literal["error", "warning"]
Said = Iterator[tuple[Severity, str, str]]  # severity, key of the rule, what is wrong and what to do


@dataclass(frozen=True)
class _Reading:
    """One rule among the others, with the loaded tools that it covers; `None` when no tools are known."""

    rule: Rule
    content: Content
    has_directory: bool
    tools: Mapping[str, ToolFacts] | None
    agents: frozenset[str] | None

    @property
    def covered(self) -> Mapping[str, ToolFacts]:
        return self.tools or {}

    def schemas(self) -> dict[str, Schema]:
        """The arguments of each tool that is covered."""
        return {name: Schema.of_arguments(facts.schema) for name, facts in self.covered.items()}


def findings(
    content: Content,
    marks: Marks,
    tools: Mapping[str, ToolFacts] | None,
    agents: frozenset[str] | None,
    *,
    has_directory: bool,
) -> list[Finding]:
    """Everything that is wrong or doubtful, in the order of the file. Of tools and agents nothing is said without them."""
    found = list(_outsiders(content, marks))
    for number, rule in enumerate(content.rules):
        covered = None if tools is None else {n: f for n, f in tools.items() if fnmatchcase(n, rule.tools)}
        reading = _Reading(rule, content, has_directory, covered, agents)
        for check in _CHECKS:
            for severity, key, problem in check(reading):
                line = marks.line(("rules", number, key))
                found.append(Finding(marks.file, line, rule.name, problem, severity))
    return found


def _outsiders(content: Content, marks: Marks) -> Iterator[Finding]:
    """A channel that is named twice is a mistake of somebody's; one that is a group's own shows outsiders its cards."""
    opened = content.outsiders.channels if content.outsiders else ()
    for number, channel in enumerate(opened):
        line = marks.line(("outsiders", "channels", number))
        if channel in opened[:number]:
            yield Finding(marks.file, line, None, f"outsiders: {channel} stands here twice; remove one", "warning")
        for name, group in content.groups.items():
            if group.channel == channel:
                problem = (
                    f"outsiders: {channel} is where group '{name}' is asked, so people from outside read its cards"
                )
                yield Finding(marks.file, line, None, f"{problem}; give the group a channel of its own", "warning")


# ---- the glob, and the other rules


def _covers_something(reading: _Reading) -> Said:
    if any(fnmatchcase(name, reading.rule.tools) for name in BUILT_IN):
        return
    if reading.tools is not None and not reading.tools:
        yield (
            "warning",
            "tools",
            f"no loaded tool matches '{reading.rule.tools}'; correct it, or leave it for a tool to come",
        )


def _can_take_effect(reading: _Reading) -> Said:
    """A rule is idle when one that always counts, and is stronger, covers all that it covers."""
    stronger = {"allow": ("ask", "deny"), "ask": ("deny",), "wait": ("deny",)}.get(reading.rule.effect, ())
    for other in reading.content.rules:
        if other.effect in stronger and other.when is None and _covering(other.tools, reading.rule.tools):
            yield (
                "warning",
                "tools",
                f"never takes effect: rule '{other.name}' always counts for these tools "
                f"and its `{other.effect}` is stronger; remove one, or give '{other.name}' a condition",
            )


def _covering(wide: str, narrow: str) -> bool:
    """Whether a glob surely matches whatever the other one matches."""
    return wide == narrow or (not set("?[") & set(wide) and fnmatchcase(narrow, wide))


def _allows_nothing_destructive(reading: _Reading) -> Said:
    if reading.rule.effect == "allow":
        for name in _destructive(reading):
            yield "warning", "effect", f"allows '{name}', which is destructive, without anybody's word; ask somebody"
        if not reading.rule.when and any(fnmatchcase(name, reading.rule.tools) for name in BUILT_IN):
            yield "warning", "effect", "allows admissions: whoever asks puts a new tool in force; ask somebody"


def _destructive(reading: _Reading) -> list[str]:
    return [name for name, facts in reading.covered.items() if facts.effect == "destructive"]


# ---- the groups


def _groups_are_large_enough(reading: _Reading) -> Said:
    wanted = reading.rule.count or (2 if _destructive(reading) else 1)
    for name in reading.rule.of:
        group = reading.content.groups[name]
        people = 1 if group.is_requesters_manager else None if group.people is None else len(set(group.people))
        if people is not None and people < wanted:
            why = "" if reading.rule.count else " (two for what is destructive)"
            remedy = f"add people to the group, or write a smaller `count`{'' if reading.rule.count else ' here'}"
            yield (
                "error",
                "of",
                f"asks {wanted} {'person' if wanted == 1 else 'people'}{why} of group '{name}', which has {people}; {remedy}",
            )


def _managers_are_known(reading: _Reading) -> Said:
    escalate = reading.rule.escalate
    for name in (*reading.rule.of, *((escalate.to,) if escalate else ())):
        if reading.content.groups[name].is_requesters_manager and not reading.has_directory:
            yield (
                "error",
                "of",
                f"group '{name}' is the requester's manager, and there is no directory.yaml beside the policy; "
                "write one with `people: {U0AMELIE01: {manager: U0BRUNO001}}`",
            )


def _escalates_in_time(reading: _Reading) -> Said:
    rule = reading.rule
    if not rule.escalate:
        return
    if rule.escalate.to in rule.of:
        yield "error", "escalate", f"escalates to '{rule.escalate.to}', which is asked already; name another group"
    if rule.escalate.after >= (rule.expires or EXPIRES_SECONDS):
        yield "warning", "escalate", "never escalates: the proposal expires before; write a shorter `after`"


# ---- the agents


def _names_agents(reading: _Reading) -> Said:
    condition = reading.rule.condition
    for node in walk(condition.shape) if condition and reading.agents is not None else ():
        if isinstance(node, Binary) and node.sign in ("==", "!="):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                named = other.plain if isinstance(other, expressions.Literal) and path(one) == ("agent",) else None
                if named is not None and named not in (reading.agents or ()):
                    there = ", ".join(sorted(reading.agents or ()))
                    yield "warning", "when", f"names the agent '{named}', which there is not; there are {there}"


# ---- the arguments


def _types_an_argument(reading: _Reading) -> Said:
    typed, schemas = reading.rule.typed, reading.schemas()
    if typed and schemas and all(typed not in schema.fields() for schema in schemas.values()):
        yield "error", "typed", f"'{typed}' is no argument of the tools it covers; {_listed(schemas)}"


def _types_one_argument(reading: _Reading) -> Said:
    rule, rules = reading.rule, reading.content.rules
    for other in rules[: rules.index(rule)]:
        overlaps = _covering(other.tools, rule.tools) or _covering(rule.tools, other.tools)
        if rule.typed and other.typed and rule.typed != other.typed and overlaps:
            yield (
                "warning",
                "typed",
                f"rule '{other.name}' wants '{other.typed}' typed; where both ask, only that one is",
            )
            return


def _names_arguments(reading: _Reading) -> Said:
    """Arguments that no covered tool has are an error; those that only some lack make the rule count for these."""
    condition, schemas = reading.rule.condition, reading.schemas()
    if condition is None or not schemas:
        return
    guarded = {
        words for n in walk(condition.shape) if isinstance(n, Call) and n.function == "has" for words in _paths(n)
    }
    for words in dict.fromkeys(_arguments(condition.shape)):
        lacking = [name for name, schema in schemas.items() if not schema.has(words)]
        written = ".".join(("args", *words))
        if len(lacking) == len(schemas):
            yield "error", "when", f"names {written}, which no tool it covers has; {_listed(schemas)}"
        elif lacking and words not in guarded:
            counts = "allows nothing" if reading.rule.effect == "allow" else "always counts"
            yield "warning", "when", f"names {written}, which {', '.join(lacking)} has not: for it, the rule {counts}"


def _listed(schemas: Mapping[str, Schema]) -> str:
    return "; ".join(f"{name} has {', '.join(schema.fields()) or 'no arguments'}" for name, schema in schemas.items())


def _arguments(shape: Node) -> Iterator[tuple[str, ...]]:
    """The longest paths below `args`, without the word `args`."""
    words = path(shape)
    if words:
        if words[0] == "args" and len(words) > 1:
            yield words[1:]
        return
    for part in expressions.children(shape):
        yield from _arguments(part)


def _paths(call: Call) -> Iterator[tuple[str, ...]]:
    return (words for given in call.given for words in _arguments(given))


def _calculates_with_whole_numbers(reading: _Reading) -> Said:
    condition = reading.rule.condition
    for node in calculations(condition.shape) if condition else ():
        words = path(node) or ()
        found = [schema for schema in reading.schemas().values() if words[:1] == ("args",) and schema.has(words[1:])]
        if any("number" in kinds(schema.at(words[1:])) for schema in found):
            written = ".".join(words)
            yield (
                "error",
                "when",
                f"calculates with {written}, whose fractions are not exact there; "
                f"use minor({written}), the value in hundredths as a whole number",
            )


def _compares_what_is_alike(reading: _Reading) -> Said:
    """`args.amount == "100"` is never true, and nobody would hear of it."""
    condition = reading.rule.condition
    for node in walk(condition.shape) if condition else ():
        if not isinstance(node, Binary) or node.sign not in ("==", "!=", "<", "<=", ">", ">="):
            continue
        for one, other in ((node.left, node.right), (node.right, node.left)):
            words, kind = path(one) or (), literal_kind(other)
            of = [s.at(words[1:]) for s in reading.schemas().values() if words[:1] == ("args",) and s.has(words[1:])]
            if kind and of and not any(kind in kinds(schema, comparable=True) for schema in of):
                yield "error", "when", f"compares {'.'.join(words)}, which is never of that type, with a {kind}"


def _allows_within_bounds(reading: _Reading) -> Said:
    """An `allow` up to a limit allows every negative amount too, unless something says where it begins."""
    condition = reading.rule.condition
    if condition is None or reading.rule.effect != "allow":
        return
    for words in sorted(unbounded_below(condition.shape)):
        having = [schema.at(words) for schema in reading.schemas().values() if schema.has(words)]
        begins = [least(schema) for schema in having]
        if not begins or any(start is None or start < 0 for start in begins):
            written = ".".join(("args", *words))
            yield "error", "when", f"allows {written} without a lower bound, and so below zero; add {written} >= 0 &&"


_CHECKS = (
    _covers_something,
    _can_take_effect,
    _allows_nothing_destructive,
    _groups_are_large_enough,
    _managers_are_known,
    _escalates_in_time,
    _names_agents,
    _types_an_argument,
    _types_one_argument,
    _names_arguments,
    _calculates_with_whole_numbers,
    _compares_what_is_alike,
    _allows_within_bounds,
)
