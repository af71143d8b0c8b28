"""Every reason that Baton gives is told in the person's language, whatever its values are."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, create_model
from pydantic_core import core_schema

from bot import RunContext, tool
from bot.reasons import REASONS, because, read_back
from bot.slack.words import cause, whole
from bot.tooling import objections as ours

_NAMES = {key: re.findall(r"\{(\w+)\}", text) for key, text in REASONS.items()}


@pytest.mark.parametrize("key", REASONS)
def test_a_reason_leads_back_to_its_name_and_values(key: str) -> None:
    values = {name: f"{name} of 30 s" for name in _NAMES[key]}
    assert read_back(because(key, **values)) == (key, values)


@pytest.mark.parametrize("key", sorted(REASONS.keys() - {"by_command_line", "command_line"}))  # these are never joined
def test_a_reason_is_told_in_french_wherever_it_stands(key: str) -> None:
    english = because(key, **dict.fromkeys(_NAMES[key], "x"))
    french = cause("fr", english)
    assert french != english
    assert cause("fr", f"pay: {english}") == f"pay : {french}"
    assert cause("fr", f"no reply; {english}") == f"no reply ; {french}"
    assert cause("en", english) == english


def test_no_reason_could_be_taken_for_two() -> None:
    assert [text for text in REASONS.values() if "; " in text] == []


def test_reasons_within_reasons_are_told_too() -> None:
    last = f"pay: amount: {because('needed')}; day: {because('to_be_day')}"
    assert cause("fr", because("calls_failed", count=4, last=last)) == (
        "4 appels d'outils n'ont pas pu être faits. Le dernier : pay : amount : cette valeur est nécessaire ; "
        "day : il faut un jour, par exemple 2026-12-20"
    )
    lost = f"pay: {because('timed_out', seconds='0.5')}; {because('tool_gone')}"
    assert cause("fr", lost) == "pay : pas de réponse en 0.5 s ; son outil n'existe plus"


@given(st.text(max_size=60) | st.sampled_from(["the customer called off; later", "a: b: c", "; ; ", "x: " * 2_000]))
def test_what_others_say_stays_as_it_is(text: str) -> None:
    assert cause("fr", text) == text


# ---- arguments that do not fit

_ASKED: dict[str, Any] = {
    "missing": int,
    "extra_forbidden": int,
    "string_type": str,
    "int_parsing": int,
    "int_from_float": int,
    "decimal_parsing": Decimal,
    "float_type": float,
    "bool_parsing": bool,
    "date_from_datetime_parsing": dt.date,
    "datetime_from_date_parsing": dt.datetime,
    "time_parsing": dt.time,
    "time_delta_parsing": dt.timedelta,
    "list_type": list[int],
    "dict_type": dict[str, int],
    "literal_error": Literal["a", "b"],
    "greater_than": Annotated[int, Field(gt=3)],
    "greater_than_equal": Annotated[int, Field(ge=3)],
    "less_than": Annotated[int, Field(lt=3)],
    "less_than_equal": Annotated[int, Field(le=3)],
    "multiple_of": Annotated[int, Field(multiple_of=4)],
    "finite_number": Decimal,
    "string_too_short": Annotated[str, Field(min_length=2)],
    "string_too_long": Annotated[str, Field(max_length=2)],
    "string_pattern_mismatch": Annotated[str, Field(pattern="^X-")],
    "too_short": Annotated[list[int], Field(min_length=2)],
    "too_long": Annotated[list[int], Field(max_length=1)],
    "decimal_max_digits": Annotated[Decimal, Field(max_digits=2)],
    "decimal_max_places": Annotated[Decimal, Field(decimal_places=1)],
    "uuid_parsing": UUID,
}
_GIVEN: dict[str, Any] = {
    "string_type": 1, "float_type": None, "list_type": 1, "dict_type": 1, "greater_than": 1, "greater_than_equal": 1,
    "less_than": 5, "less_than_equal": 5, "multiple_of": 3, "int_from_float": 1.5, "finite_number": "NaN",
    "string_too_short": "a", "string_too_long": "abc", "too_short": [1], "too_long": [1, 2],
    "decimal_max_digits": "1.23", "decimal_max_places": "1.23",
}  # fmt: skip


@pytest.mark.parametrize("kind", _ASKED)
def test_an_argument_that_does_not_fit_is_told_in_both_languages(kind: str) -> None:
    model = create_model("asked", __config__={"extra": "forbid"}, value=(_ASKED[kind], ...))
    given = {"missing": {}, "extra_forbidden": {"value": 1, "more": 1}}.get(kind, {"value": _GIVEN.get(kind, "?")})
    with pytest.raises(ValidationError) as wrong:
        model.model_validate(given)
    assert [one["type"] for one in wrong.value.errors()] == [kind]
    ((_, english),) = ours.objections(wrong.value)
    assert english != because("unfit")
    assert cause("fr", english) != english


def test_an_objection_stands_at_its_field_as_a_sentence() -> None:
    assert whole("fr", because("to_be_day")) == "Il faut un jour, par exemple 2026-12-20."
    assert whole("en", because("not_typed_value")) == "This is not the value on the card."
    assert whole("en", "the tool's own words!") == "The tool's own words!"


def test_only_kinds_that_pydantic_knows_are_named() -> None:
    assert set(ours._REASONS) - set(get_args(core_schema.ErrorType)) == set()


@tool
def order(ctx: RunContext, lines: list[dict[str, int]], either: int | dt.date, day: dt.date) -> dict[str, str]:
    """Order something."""
    return {}


def test_an_objection_to_a_part_says_to_which() -> None:
    wrong = order.objections({"lines": [{"a": 1}, {"b": "x"}], "either": "soon", "day": "2026-12-01"})
    assert wrong["lines"] == f"2 · b: {because('to_be_whole')}"
    assert wrong["either"] in (because("to_be_whole"), because("to_be_day"))
    assert cause("fr", wrong["lines"]) == "2 · b : il faut un nombre entier, par exemple 120"
