"""What does not fit is left out by its structure, and the model is told what and where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tooling.results import CHARACTERS, readable
from bot.types import Json


def test_what_fits_is_whole() -> None:
    value = {"rows": [{"item": f"é{n}", "quantity": n} for n in range(300)]}
    assert json.loads(readable(value)) == value


def test_of_a_long_list_the_first_entries_stay_whole_and_the_rest_is_counted() -> None:
    rows = [{"item": f"PMP-{n}", "stock": {"Lyon": n, "Lille": n}} for n in range(1_000)]
    shown, told = readable({"rows": rows, "source": "erp"}).split("\n")
    assert json.loads(shown) == {"rows": rows[:200], "source": "erp"}
    assert told == "[Left out here for length, ask for less or for a part: 200 out of 1000 entries of rows were read]"


def test_long_texts_are_shortened_before_short_facts_are_lost() -> None:
    value = {"letters": [{"number": n, "text": "x" * 9_000} for n in range(8)]}
    shown, told = readable(value).split("\n")
    assert json.loads(shown) == {"letters": [{"number": n, "text": "x" * 2_000 + "…"} for n in range(8)]}
    assert (
        "2000 out of 9000 characters of letters[0].text were read; 2000 out of 9000 characters of letters[1].text"
        in told
    )


@pytest.mark.parametrize(
    "value", ["x" * 100_000, {f"name {n}": "x" * 100 for n in range(5_000)}, [[["x" * 90] * 90] * 90] * 90]
)
def test_whatever_it_is_it_fits_and_says_that_it_is_not_whole(value: Json) -> None:
    text = readable(value)
    assert len(text) <= CHARACTERS + 100
    assert "[Left out" in text or "[Cut here" in text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=6), inner, max_size=6),
    max_leaves=40,
)


@given(_JSON, st.integers(50, 400))
def test_nothing_is_left_out_in_silence(value: Json, characters: int) -> None:
    text = readable(value, characters)
    whole = json.dumps(value, ensure_ascii=False)
    assert text == whole if len(whole) <= characters else ("[Left out" in text or "[Cut here" in text)
    assert len(text) <= max(len(whole), characters + 100)
