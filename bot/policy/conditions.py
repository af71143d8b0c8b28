"""Conditions of rules, in CEL: the only file that knows `cel`. What CEL would compare inexactly never reaches it.

CEL's fractions are doubles. A decimal of at most 15 significant digits and its double are a pair that keeps its order
against all others of that kind, so comparisons mean what they say; anything longer is kept out, and a condition that
needs it cannot be evaluated. Arithmetic on doubles has no such promise: it is refused, and `minor(…)` takes its place.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import cel
from pydantic import BaseModel

from bot.policy import expressions
from bot.policy.expressions import ARITHMETIC, Binary, Call, Literal, Name, Node, path, walk
from bot.policy.verdicts import Case

FIELDS: Mapping[str, frozenset[str]] = {
    "requester": frozenset({"id"}),
    "channel": frozenset({"id", "direct"}),
    "local": frozenset({"hour", "minute", "weekday", "date"}),
}
VARIABLES = frozenset({"tool", "effect", "args", "agent", "now", "today", "undo", *FIELDS})
FUNCTIONS = frozenset(
    {"minor", "size", "has", "contains", "startsWith", "endsWith", "matches", "int", "string", "type"}
    | {"timestamp", "duration", "getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes"}
    | expressions.MACROS
)
_TYPES = frozenset({"int", "double", "string", "bool", "list", "map", "null_type"})  # for `type(args.x) == string`

_LONGEST = 2_000  # characters of a condition
_DIGITS = 15  # decimals of so many digits survive the way to a double and back
_EXACT = 2**53  # whole numbers up to here are doubles too
_LARGEST = 1_000  # items of a list or map: CEL has no limit of its own on what a macro costs
_DEEPEST = 20  # lists in lists
_CEL_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError)  # what `execute` raises


class ConditionError(Exception):
    """A condition that cannot be used; the text says what is wrong and what to write."""


class Unevaluable(Exception):
    """A condition that has no answer for this call; the text says why."""


@dataclass(frozen=True)
class Facts:
    """What conditions may ask about one call, as CEL takes it.

    `left_out` says for each argument that CEL would not take exactly why; `inexact` names those with fractions, which
    may be compared but not calculated with.
    """

    call: Mapping[str, Any]
    args: Mapping[str, Any]
    left_out: Mapping[str, str]
    inexact: frozenset[str]
    zone: ZoneInfo
    at: dt.datetime

    @classmethod
    def of(cls, case: Case, zone: ZoneInfo) -> Facts:
        """The facts of a call; civil times are those of `zone`."""
        args: dict[str, Any] = {}
        left_out: dict[str, str] = {}
        for name, value in case.arguments.items():
            try:
                args[name] = _value(value, zone)
            except Unevaluable as error:
                left_out[name] = str(error)
        call = {
            "tool": case.tool,
            "effect": case.effect,
            "requester": {"id": case.requester},
            "agent": case.agent,
            "channel": {"id": case.channel, "direct": case.direct},
            "undo": case.undo,
        }
        inexact = frozenset(name for name in args if _has_fractions(case.arguments[name]))
        return cls(call, args, left_out, inexact, zone, case.at)

    def later(self, at: dt.datetime) -> Facts:
        """The same call at another time."""
        return replace(self, at=at)

    def variables(self) -> dict[str, Any]:
        """All variables of a condition."""
        local = self.at.astimezone(self.zone)
        civil = {"hour": local.hour, "minute": local.minute, "weekday": local.isoweekday(), "date": str(local.date())}
        today = dt.datetime.combine(local.date(), dt.time(), dt.UTC)
        return {**self.call, "args": self.args, "now": self.at.astimezone(dt.UTC), "today": today, "local": civil}


class Condition:
    """A condition that was understood.

    `shape` is its expression; `arguments` are those it names, `None` when it asks for them in a way that only shows
    when it is evaluated; `calculated` are those that it calculates with, likewise. `tells_time` is whether its answer may
    change while one waits.
    """

    def __init__(self, text: str) -> None:
        """Raises `ConditionError` when it can't be used whatever the tool."""
        if len(text) > _LONGEST:
            raise ConditionError(f"is longer than {_LONGEST} characters; make several rules of it")
        try:
            self.shape = expressions.parse(text)
            self._program = cel.compile(text)
        except (expressions.Unreadable, ValueError) as error:
            raise ConditionError(f"is not CEL: {_one_line(error)}") from error
        _check(self.shape)
        self.text = text
        self.arguments = _arguments(self.shape)
        self.calculated = _calculated(self.shape)
        self.tells_time = not {"now", "today", "local"}.isdisjoint(expressions.free_names(self.shape))

    def holds(self, facts: Facts) -> bool:
        """Whether it is true of the call. Raises `Unevaluable`."""
        self._refuse_inexact(facts)
        minor = _Minor()
        try:
            found = self._program.execute(cel.Context(variables=facts.variables(), functions={"minor": minor}))
        except _CEL_ERRORS as error:
            raise Unevaluable(_said(error)) from error
        if minor.problem:
            raise Unevaluable(minor.problem)
        if not isinstance(found, bool):
            raise Unevaluable(f"it gives {type(found).__name__} instead of true or false")
        return found

    def _refuse_inexact(self, facts: Facts) -> None:
        for name in sorted(self.arguments if self.arguments is not None else facts.left_out):
            if name in facts.left_out:
                raise Unevaluable(f"args.{name} {facts.left_out[name]}")
        for name in sorted(facts.inexact if self.calculated is None else self.calculated & facts.inexact):
            raise Unevaluable(f"args.{name} may have fractions: calculate with minor(…)")


def calculations(shape: Node) -> list[Node]:
    """What stands beside + - * / or %, without what `minor` or `size` makes a whole number of."""
    sides = [s for n in walk(shape) if isinstance(n, Binary) and n.sign in ARITHMETIC for s in (n.left, n.right)]
    return [part for side in sides for part in _unconverted(side)]


def _unconverted(node: Node) -> list[Node]:
    if isinstance(node, Call) and node.function in ("minor", "size"):
        return []
    if path(node):
        return [node]
    return [part for child in expressions.children(node) for part in _unconverted(child)]


def _calculated(shape: Node) -> frozenset[str] | None:
    """The arguments in calculations; a macro's variable may stand for any argument that the condition names."""
    names: set[str] = set()
    for words in filter(None, map(path, calculations(shape))):
        if words[0] == "args" and len(words) > 1:
            names.add(words[1])
        elif words[0] == "args" or words[0] not in VARIABLES:
            return _arguments(shape)
    return frozenset(names)


def _arguments(shape: Node) -> frozenset[str] | None:
    """The arguments that are named as `args.x`; `None` when `args` is used in another way."""
    named = [words for node in walk(shape) if (words := path(node)) and len(words) == 2 and words[0] == "args"]
    uses = sum(node == Name("args") for node in walk(shape))
    return frozenset(words[1] for words in named) if len(named) == uses else None


# ---- what is refused when a policy is read


def _check(shape: Node) -> None:
    """Raises `ConditionError` for what can be known without a tool."""
    _check_names(shape)
    calls = [node for node in walk(shape) if isinstance(node, Call)]
    for call in calls:
        if call.function not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise ConditionError(f"calls '{call.function}', which is not known. There are: {known}")
        _check_constants(call)
    if sum(map(expressions.is_macro, calls)) > 1:
        raise ConditionError("goes through more than one list; make two rules of it")
    for node in walk(shape):
        if isinstance(node, Literal) and node.kind == "number":
            _check_number(node.written)
        if isinstance(node, Binary) and node.sign in ARITHMETIC:
            _check_calculation(node)


def _check_names(shape: Node) -> None:
    for name in expressions.free_names(shape):
        if name not in VARIABLES | _TYPES:
            known = ", ".join(sorted(VARIABLES))
            raise ConditionError(f"names '{name}', which is not known. There are: {known}; arguments are args.{name}")
    for words in filter(None, map(path, walk(shape))):
        if len(words) > 1 and words[0] in FIELDS and words[1] not in FIELDS[words[0]]:
            known = ", ".join(f"{words[0]}.{name}" for name in sorted(FIELDS[words[0]]))
            raise ConditionError(f"names '{words[0]}.{words[1]}', which is not known. There are: {known}")


def _check_number(written: str) -> None:
    if written[:2].lower() == "0x":
        raise ConditionError(f"has the number {written}; write it in decimal")
    number = Decimal(written.rstrip("uU"))
    if _digits(number) > _DIGITS or not _survives(number):
        raise ConditionError(f"has the number {written}, which is not compared exactly; {_DIGITS} digits are")


def _check_calculation(node: Binary) -> None:
    for side in (node.left, node.right):
        if isinstance(side, Literal) and side.kind == "number" and not side.written.isdigit():
            raise ConditionError(
                f"calculates with {side.written}: only whole numbers are calculated exactly; "
                "use minor(args.…), which is in hundredths, and write the result of what is constant"
            )


def _check_constants(call: Call) -> None:
    """Try what is written out: a pattern, a time, a duration."""
    if not call.given or not all(isinstance(given, Literal) for given in call.given):
        return
    if call.function == "matches":
        tried = f'"".matches({call.given[0].written if isinstance(call.given[0], Literal) else ""})'
    elif call.function in ("timestamp", "duration"):
        tried = call.written
    else:
        return
    try:
        cel.evaluate(tried)
    except _CEL_ERRORS as error:
        remedy = {"duration": '; write hours, minutes, seconds: duration("36h"), duration("90m")'}
        what = f"{_said(error)}{remedy.get(call.function, '')}"
        raise ConditionError(f"has {call.written}, which is not understood: {what}") from error


# ---- values


def _value(value: Any, zone: ZoneInfo, depth: int = 0) -> Any:
    """A value as CEL takes it without changing it. Raises `Unevaluable`."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() | float() | Decimal():
            return _number(value)
        case dt.datetime():
            return _moment(value if value.tzinfo else value.replace(tzinfo=zone))
        case dt.date():
            return dt.datetime.combine(value, dt.time(), dt.UTC)
        case list() | tuple() | set() | frozenset():
            _check_size(value, depth)
            return [_value(item, zone, depth + 1) for item in value]
        case Mapping():
            _check_size(value, depth)
            return {_key(key): _value(item, zone, depth + 1) for key, item in value.items()}
    raise Unevaluable(f"is of a type that conditions do not know ({type(value).__name__})")


def _moment(value: dt.datetime) -> dt.datetime:
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise Unevaluable("is a time outside the calendar") from None


def _key(key: Any) -> str:
    key = key.value if isinstance(key, enum.Enum) else key
    if not isinstance(key, str):
        raise Unevaluable("is a map whose keys are not texts")
    return _text(key)


def _text(value: str) -> str:
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Unevaluable("contains half a character")
    return str(value)


def _check_size(value: Any, depth: int) -> None:
    if len(value) > _LARGEST:
        raise Unevaluable(f"has more than {_LARGEST} items")
    if depth >= _DEEPEST:
        raise Unevaluable(f"is nested more than {_DEEPEST} times")


def _number(value: int | float | Decimal) -> int | float:
    """The same number, as one that CEL compares exactly."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unevaluable("is not a number")
        return float(value)
    if isinstance(value, Decimal) and not value.is_finite():
        raise Unevaluable("is not a number")
    exact = Decimal(value)
    if abs(exact) <= _EXACT and exact == int(exact):
        return int(exact)
    if isinstance(value, int) or _digits(exact) > _DIGITS or not _survives(exact):
        raise Unevaluable("is a number with more digits than conditions compare exactly")
    return float(exact)


def _digits(number: Decimal) -> int:
    """Significant digits, without trailing zeros."""
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))


def _survives(number: Decimal) -> bool:
    try:
        return Decimal(repr(float(number))) == number
    except OverflowError:
        return False


def _has_fractions(value: Any) -> bool:
    """Whether a decimal or a float is in it."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_has_fractions, value))
    return isinstance(value, Decimal | float)


class _Minor:
    """`minor(x)`: the value in hundredths, a whole number. What it refuses is told after, for CEL only prints it."""

    def __init__(self) -> None:
        self.problem: str | None = None

    def __call__(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem = "minor(…) of something that is not a number"
            return 0
        hundredths = Decimal(repr(value)) * 100
        if hundredths != hundredths.to_integral_value() or abs(hundredths) > _EXACT:
            self.problem = "minor(…) of a number with more than two decimals, or too large"
            return 0
        return int(hundredths)


def _said(error: Exception) -> str:
    """What CEL says of a failed evaluation, in one line."""
    if isinstance(error, KeyError):
        return f"there is no '{error.args[0]}'"
    if isinstance(error, TypeError):
        return "it compares or combines values of different types"
    return _one_line(error)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split("\n|")[0].split())[:200]
