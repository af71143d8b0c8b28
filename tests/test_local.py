"""Days, times, figures and money read as they do where the person lives, and nobody can take one for another."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.local import Local, form, reads_two_ways
from bot.slack.values import lines, value
from bot.types import Actor, Json

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
FR, US, GB = (Local(locale[:2], locale, PARIS) for locale in ("fr-FR", "en-US", "en-GB"))  # type: ignore[arg-type]
NIGHT = dt.datetime(2026, 12, 20, 22, 5, tzinfo=dt.UTC)


def plainly(text: str | None) -> str | None:
    """With blanks that can be read in a test."""
    return text and re.sub("[\u00a0\u202f]", " ", text)


@pytest.mark.parametrize(
    ("local", "day", "moment", "figure", "money"),
    [
        (FR, "20 décembre 2026", "20 décembre 2026 à 23:05", "1 250,50", "1 250,50 €"),
        (US, "December 20, 2026", "December 20, 2026 at 11:05 PM", "1,250.50", "€1,250.50"),
        (GB, "20 December 2026", "20 December 2026 at 23:05", "1,250.50", "€1,250.50"),
        (Local("fr", "xx-YY", PARIS), "20 décembre 2026", "20 décembre 2026 à 23:05", "1 250,50", "1 250,50 €"),
    ],
)
def test_the_form_follows_the_persons_locale(local: Local, day: str, moment: str, figure: str, money: str) -> None:
    assert local.day(NIGHT.date()) == day
    assert plainly(local.moment(NIGHT)) == moment
    assert plainly(local.figure("1250.50")) == figure
    assert plainly(local.money("1250.50", "EUR")) == money


def test_a_conversation_in_another_language_has_that_languages_forms() -> None:
    david = Actor("U1", "David", "en-US", "Europe/Paris")
    assert Local.of(david) == Local("en", "en-US", PARIS)
    assert Local.of(david, "fr") == Local("fr", "fr-FR", PARIS)
    assert Local.of(Actor("U1", "Amélie", "fr-CA"), "en").locale == "en-GB"


def test_the_first_of_a_month_is_said_as_the_french_say_it() -> None:
    assert FR.day(dt.date(2026, 12, 1)) == "1er décembre 2026"
    assert FR.day(dt.date(2026, 12, 11)) == "11 décembre 2026"


@pytest.mark.parametrize(
    ("given", "exactly", "shown"),
    [
        ("2026-12-20", "2026-12-20 (20 décembre 2026)", "20 décembre 2026"),
        ("2026-02-30", "2026-02-30", "2026-02-30"),
        ("2026-12-20T22:05:00Z", "2026-12-20T22:05:00Z (20 décembre 2026 à 23:05)",
         "2026-12-20T22:05:00Z (20 décembre 2026 à 23:05)"),
        ("1250.50", "1250.50 (1 250,50)", "1250.50 (1 250,50)"),
        ("1250.50 EUR", "1250.50 EUR (1 250,50 €)", "1 250,50 €"),
        ("0.5", "0.5", "0.5"),
        ("100045", "100045", "100045"),
        (12_500, "12500 (12 500)", "12 500"),
        (2026, "2026", "2026"),
        (0.5, "0.5", "0,5"),
        (1.125, "1.125", "1.125 (1,125)"),
        (-12_500.5, "-12500.5 (-12 500,5)", "-12 500,5"),
        (1e22, "1e+22", "1e+22"),
        (True, "true", "true"),
        ({"before": "2026-12-20", "after": None}, "2026-12-20 (20 décembre 2026) → —", "20 décembre 2026 → —"),
        ({"day": "2026-12-20", "count": 12_500}, "day : 2026-12-20, count : 12500", "day : 2026-12-20, count : 12500"),
        (["2026-12-20", 12_500], "- 2026-12-20 (20 décembre 2026)\n- 12500 (12 500)", "- 20 décembre 2026\n- 12 500"),
    ],
)  # fmt: skip
def test_exact_values_stay_and_others_read_as_at_home(given: Json, exactly: str, shown: str) -> None:
    assert plainly(value(given, FR)) == exactly
    assert plainly(value(given, FR, exact=False)) == shown
    assert value(given) == value(given, None, exact=False)


def test_a_figure_that_a_colleague_could_misread_is_never_alone() -> None:
    assert value(12_500, US, exact=False) == "12500 (12,500)"
    assert value(1_250_000, US, exact=False) == "1,250,000"


def test_an_amount_takes_the_currency_beside_it_and_a_number_of_something_is_no_figure() -> None:
    told = lines({"amount": "1250.50", "currency": "EUR", "order_id": 123_456, "year": 12_026, "pieces": 12_500}, FR)
    assert plainly(told) == (
        "amount :   1250.50 (1 250,50 €)\ncurrency : EUR\norder_id : 123456\nyear :     12026\npieces :   12500 (12 500)"
    )


def test_a_name_stands_before_its_colon_as_the_language_has_it() -> None:
    assert lines({"day": 1, "place": 2}, FR) == "day\u00a0:   1\nplace\u00a0: 2"
    assert lines({"day": 1, "place": {"town": "Lyon"}}, GB) == "day:   1\nplace: town: Lyon"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-10**12, max_value=10**12),
       st.sampled_from([FR, US, GB]))  # fmt: skip
def test_no_digit_of_a_figure_is_lost(figure: Decimal, local: Local) -> None:
    exact = format(figure, "f")
    told = local.figure(exact)
    mark = "," if local is FR else "."
    assert re.sub(r"[\s,.]", "", told) == exact.replace(".", "")
    assert Decimal(re.sub(r"[^\d-]", "", told.partition(mark)[0]) + "." + told.partition(mark)[2]) == figure


@given(st.text() | st.integers().map(str) | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"))
def test_any_text_can_be_shown(text: str) -> None:
    for local in (FR, US):
        told = form(text, local)
        assert told is None or told != text
        assert value(text, local).startswith(value(text))


def test_what_reads_two_ways() -> None:
    assert [one for one in ("1,250", "€1,250", "-12.500", "1,250.5", "0,125", "12,50", "1 250") if reads_two_ways(one)] == [
        "1,250", "€1,250", "-12.500",
    ]  # fmt: skip
