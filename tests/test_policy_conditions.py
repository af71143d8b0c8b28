"""Conditions mean what they say: exactly, or they are not evaluated at all."""

from __future__ import annotations

import datetime as dt
import enum
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.policy.conditions import Condition, ConditionError, Facts, Unevaluable
from bot.policy.policy import Allow, Ask, Case, Deny, Policy, Rule

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=400)

PARIS = ZoneInfo("Europe/Paris")
LATE = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)  # Monday the 23rd, half past midnight, in Paris


def case(at: dt.datetime = LATE, **arguments: Any) -> Case:
    return Case("pay", "write", arguments, "U0AMELIE01", "front_desk", "C0SALES001", False, at)


def holds(text: str, /, **arguments: Any) -> bool | str:
    """Whether a condition is true of these arguments, or why it cannot be evaluated."""
    try:
        return Condition(text).holds(Facts.of(case(**arguments), PARIS))
    except Unevaluable as error:
        return str(error)


COMPARED: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_SIGNS = st.sampled_from(sorted(COMPARED))
_AMOUNTS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.decimals(min_value=-(10**6), max_value=10**6, places=2),
    st.integers(-(2**70), 2**70).map(Decimal),
    st.floats(allow_nan=False, allow_infinity=False).map(Decimal),
)


@st.composite
def thresholds(draw: st.DrawFn) -> Decimal:
    """A number as it may be written in a condition: at most 15 significant digits."""
    digits = draw(st.integers(-(10**15) + 1, 10**15 - 1))
    return Decimal(digits).scaleb(-draw(st.integers(0, 20)))


def written(number: Decimal) -> str:
    return f"{number:f}"


@PATIENT
@given(_AMOUNTS, thresholds(), _SIGNS)
@example(Decimal("99.99999999999999999999"), Decimal(100), ">=")
@example(Decimal("100.000000000000000000000000000000000000001"), Decimal(100), ">")
@example(Decimal(2**53 + 1), Decimal(2**53 - 2), ">")
@example(Decimal("1E-400"), Decimal(0), ">")
@example(Decimal("1E+400"), Decimal(0), ">")
def test_a_decimal_is_compared_exactly_or_not_at_all(amount: Decimal, threshold: Decimal, sign: str) -> None:
    found = holds(f"args.amount {sign} {written(threshold)}", amount=amount)
    assert found is COMPARED[sign](amount, threshold) or isinstance(found, str)


@PATIENT
@given(st.data(), thresholds(), _SIGNS)
def test_near_a_threshold_it_is_exact_too(data: st.DataObject, threshold: Decimal, sign: str) -> None:
    step = Decimal(data.draw(st.integers(-3, 3))).scaleb(-data.draw(st.integers(0, 30)))
    amount = threshold + step
    found = holds(f"args.amount {sign} {written(threshold)}", amount=amount)
    assert found is COMPARED[sign](amount, threshold) or isinstance(found, str)


@PATIENT
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), thresholds(), _SIGNS)
def test_every_amount_of_money_can_be_compared(amount: Decimal, threshold: Decimal, sign: str) -> None:
    assert holds(f"args.amount {sign} {written(threshold)}", amount=amount) is COMPARED[sign](amount, threshold)


@PATIENT
@given(_AMOUNTS, _AMOUNTS, _SIGNS)
def test_two_arguments_are_compared_exactly_or_not_at_all(one: Decimal, other: Decimal, sign: str) -> None:
    found = holds(f"args.one {sign} args.other", one=one, other=other)
    assert found is COMPARED[sign](one, other) or isinstance(found, str)


@PATIENT
@given(st.integers(), thresholds(), _SIGNS)
def test_a_whole_number_is_compared_exactly_or_not_at_all(number: int, threshold: Decimal, sign: str) -> None:
    found = holds(f"args.number {sign} {written(threshold)}", number=number)
    assert found is COMPARED[sign](Decimal(number), threshold) or isinstance(found, str)


@PATIENT
@given(_AMOUNTS, thresholds(), _SIGNS)
def test_a_rule_counts_as_decimals_compare_or_at_its_strictest(amount: Decimal, threshold: Decimal, sign: str) -> None:
    truth = COMPARED[sign](amount, threshold)
    verdicts = {}
    for effect in ("deny", "ask", "allow"):
        of = ("finance",) if effect == "ask" else ()
        one = Rule(name="r", tools="*", effect=effect, of=of, when=f"args.amount {sign} {written(threshold)}")
        verdicts[effect] = Policy({}, [one]).decide(case(amount=amount))
    applies = {
        "deny": isinstance(verdicts["deny"], Deny),
        "ask": isinstance(verdicts["ask"], Ask) and verdicts["ask"].rules == ("r",),
        "allow": isinstance(verdicts["allow"], Allow),
    }
    strictest = {"deny": True, "ask": True, "allow": False}
    assert applies == {"deny": truth, "ask": truth, "allow": truth} or applies == strictest


@PATIENT
@given(_AMOUNTS, st.integers(-(10**9), 10**9))
def test_hundredths_are_exact_or_not_evaluated(amount: Decimal, factor: int) -> None:
    found = holds(f"minor(args.amount) * {factor} > 1000", amount=amount)
    assume(not isinstance(found, str))
    assert found is (amount * 100 * factor > 1000)


@pytest.mark.parametrize(
    ("amount", "found"),
    [
        (Decimal("19.99"), True),
        (Decimal("1999E-2"), True),
        (Decimal("19.990"), True),
        (Decimal("19.98"), False),
        (Decimal("19.995"), "minor(…) of a number with more than two decimals, or too large"),
        (Decimal("1E+20"), "minor(…) of a number with more than two decimals, or too large"),
        ("19.99", "minor(…) of something that is not a number"),
        (True, "minor(…) of something that is not a number"),
    ],
)
def test_minor_is_the_value_in_hundredths(amount: object, found: object) -> None:
    assert holds("minor(args.amount) == 1999", amount=amount) == found


class Town(enum.Enum):
    LYON = "lyon"


class Line(BaseModel):
    product: str
    price: Decimal
    town: Town = Town.LYON


LINES = [Line(product="A", price=Decimal("10.10")), Line(product="B", price=Decimal(20))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("args.text == 'é' && args.text.startsWith('é')", True),
        ("args.none == null", True),
        ("args.yes", True),
        ("args.town == 'lyon'", True),
        ("args.lines.exists(line, line.price >= 20)", True),
        ("args.lines.all(line, line.price > 10.1)", False),
        ("args.lines[0].price == 10.1 && size(args.lines) == 2", True),
        ("args.lines[0].town == 'lyon'", True),
        ("args.map['a b'] == 1", True),
        ("args.day == timestamp('2026-11-24T00:00:00Z')", True),
        ("args.day - today == duration('24h')", True),
        ("args.aware == timestamp('2026-11-22T23:00:00Z')", True),
        ("args.naive == args.aware", True),
        ("has(args.text) && !has(args.missing)", True),
        ("tool == 'pay' && effect == 'write' && agent == 'front_desk' && !undo", True),
        ("requester.id == 'U0AMELIE01' && channel.id == 'C0SALES001' && !channel.direct", True),
        ("local.hour == 0 && local.minute == 30 && local.weekday == 1 && local.date == '2026-11-23'", True),
        ("today == timestamp('2026-11-23T00:00:00Z') && now == timestamp('2026-11-22T23:30:00Z')", True),
        ("args.number + 1 == 8", True),
        ("type(args.text) == string", True),
        ("args.missing == 1", "there is no 'missing'"),
        ("args.text > 1", "it compares or combines values of different types"),
        ("args.none > 1", "it compares or combines values of different types"),
        ("args.yes > 0", "it compares or combines values of different types"),
        ("args.text", "it gives str instead of true or false"),
        ("args.number", "it gives int instead of true or false"),
        ("args.none", "it gives NoneType instead of true or false"),
        ("args.number / 0 == 1", "division by zero in CEL expression"),
        ("args.lines[7].price > 1", "index out of bounds: 7"),
        ("args.fraction + 1 > 1", "args.fraction may have fractions: calculate with minor(…)"),
        ("args.lines.exists(l, l.price * 2 > 3)", "args.lines may have fractions: calculate with minor(…)"),
    ],
)
def test_what_a_condition_sees(text: str, found: object) -> None:
    arguments = {
        "text": "é",
        "none": None,
        "yes": True,
        "number": 7,
        "fraction": Decimal("1.5"),
        "town": Town.LYON,
        "lines": LINES,
        "map": {"a b": 1},
        "day": dt.date(2026, 11, 24),
        "aware": dt.datetime(2026, 11, 23, tzinfo=PARIS),
        "naive": dt.datetime(2026, 11, 23),
    }
    assert holds(text, **arguments) == found


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Decimal("99.99999999999999999999"), "is a number with more digits than conditions compare exactly"),
        (Decimal("0.1234567890123456"), "is a number with more digits than conditions compare exactly"),
        (Decimal("NaN"), "is not a number"),
        (Decimal("sNaN"), "is not a number"),
        (float("inf"), "is not a number"),
        (2**53 + 1, "is a number with more digits than conditions compare exactly"),
        (list(range(1001)), "has more than 1000 items"),
        (
            {"a": {"b": [Decimal("0.12345678901234567")]}},
            "is a number with more digits than conditions compare exactly",
        ),
        ({1: 2}, "is a map whose keys are not texts"),
        (b"x", "is of a type that conditions do not know (bytes)"),
        (dt.timedelta(1), "is of a type that conditions do not know (timedelta)"),
        ("\ud800", "contains half a character"),
        (dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14))), "is a time outside the calendar"),
    ],
)
@pytest.mark.parametrize("text", ["has(args.x)", "args.x == 1", "args['x'] == 1", "size(args) == 1", "args == args"])
def test_what_cannot_be_taken_exactly_is_never_mistaken_for_missing(text: str, value: object, why: str) -> None:
    assert holds(text, x=value) == f"args.x {why}"


def test_an_argument_that_is_not_asked_about_is_in_nobodys_way() -> None:
    assert holds("args.amount >= 100", amount=100, note=b"x") is True


def test_lists_in_lists_without_end_are_not_followed() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert holds("size(args.x) == 1", x=endless) == "args.x is nested more than 20 times"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("args.amount >=", "is not CEL: something is missing at its end"),
        ("args.amount => 1", "is not CEL"),
        ("args.amount >= 100 and true", "is not CEL: 'and' is not expected here"),
        ("args. >= 100", "is not CEL: a name is missing after '.'"),
        ("'open", "is not CEL: this is not understood: 'open"),
        ("(" * 40 + "true" + ")" * 40, "is nested more than 25 times"),
        ("!" * 400 + "true", "more than 300 words and signs"),
        ("true" + " " * 2000, "longer than 2000 characters"),
        ("amount >= 100", "names 'amount', which is not known. There are: agent, args"),
        ("amount >= 100", "arguments are args.amount"),
        ("requester.name == 'x'", "names 'requester.name', which is not known. There are: requester.id"),
        ("local['day'] == 1", "names 'local.day', which is not known"),
        ("lower(args.x) == 'x'", "calls 'lower', which is not known. There are: all, contains"),
        ("double(args.x) > 1.0", "calls 'double', which is not known"),
        ("args.x.exists(a, a.exists(b, b > 1))", "goes through more than one list"),
        ("args.x >= 1.0000000000000001", "has the number 1.0000000000000001, which is not compared exactly"),
        ("args.x >= 1.00000000000000000000000000000000000000000001", "which is not compared exactly"),
        ("args.x >= 0.1234567890123456", "which is not compared exactly; 15 digits are"),
        ("args.x >= 9007199254740993", "which is not compared exactly"),
        ("args.x >= 1e-400", "which is not compared exactly"),
        ("args.x >= 0x10", "write it in decimal"),
        ("args.x * 1.2 > 100.0", "calculates with 1.2: only whole numbers are calculated exactly"),
        ("args.x.matches('(')", "which is not understood"),
        ("now - args.x > duration('1d')", "write hours, minutes, seconds"),
        ("now > timestamp('tomorrow')", "which is not understood"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "args.x >= 100.00 && args.y < 123456789012345",
        "args.x >= 100000000000000000",
        "(args.x ? args.y : -args.z) == 1 // why",
        "args.x in ['a', \"b\", r'\\d', '''c''']",
        "{'a': 1, 'b': 2}['a'] == args.x",
        "!!(args.x == 1 || !(args.y != 2))",
        "args.x.exists(x, x.y == 1 && requester.id == x.z)",
        "args.x % 2 == 1 && 3 - 1 == 2",
    ],
)
def test_what_cel_can_say_is_understood(text: str) -> None:
    assert Condition(text).text == text
