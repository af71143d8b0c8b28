"""How days, times, figures and money read where somebody lives: by Slack's locale and the time zone. Pure."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol, is_currency

from bot.slack.words import say
from bot.types import Actor, Json, Language

LONG = 10_000  # from here on the thousands of a whole number stand apart: years and small counts read well without
THOUSAND = 1_000
MONEY_CHARACTERS = 20  # of an amount; beyond, a library's decimals lose digits
PLAIN = re.compile(r"-?(0|[1-9]\d{0,40})(\.\d{1,40})?", re.ASCII)  # a figure as JSON and Python write it
_TWO_WAYS = re.compile(
    r"\D*[1-9]\d{0,2}[.,]\d{3}\D*", re.ASCII
)  # a thousand in one language, three decimals in the other
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_MONEY = re.compile(rf"(?P<amount>{PLAIN.pattern}) (?P<currency>[A-Z]{{3}})", re.ASCII)
_ELSEWHERE = {"fr": "fr-FR", "en": "en-GB"}  # where a language is spoken that is not the person's own


@dataclass(frozen=True)
class Local:
    """A language, the form that its dates and figures take in one country, and a time zone."""

    language: Language
    locale: str
    zone: dt.tzinfo = dt.UTC

    @classmethod
    def of(cls, actor: Actor, language: Language | None = None) -> Local:
        """As this person reads; in another language, which a conversation may be held in, with that language's forms."""
        language = language or actor.language
        own = actor.language == language
        return cls(language, actor.locale if own else _ELSEWHERE[language], actor.zone)

    def day(self, day: dt.date) -> str:
        """`20 décembre 2026`: the month in letters, so that nobody takes it for the day."""
        text = str(format_date(day, "long", locale=_known(self.locale, self.language)))
        return re.sub(r"^1 ", "1er ", text) if self.language == "fr" else text

    def moment(self, when: dt.datetime) -> str:
        """Day and time in the zone."""
        return say(self.language, "moment", day=self.day(when.astimezone(self.zone).date()), time=self.time(when))

    def time(self, when: dt.datetime) -> str:
        """The time of day in the zone."""
        found = when.astimezone(self.zone).time()
        return str(format_time(found, "short", locale=_known(self.locale, self.language)))

    def figure(self, exact: str) -> str:
        """A plain figure with its thousands apart; every digit of it is kept."""
        whole, _, decimals = exact.partition(".")
        locale = _known(self.locale, self.language)
        grouped = f"{int(whole.lstrip('-')):,}".replace(",", get_group_symbol(locale))
        sign = "-" if exact.startswith("-") else ""
        return f"{sign}{grouped}{get_decimal_symbol(locale)}{decimals}" if decimals else f"{sign}{grouped}"

    def money(self, exact: str, currency: str) -> str:
        """A plain figure as an amount of money; every digit of it is kept."""
        locale = _known(self.locale, self.language)
        if len(exact) > MONEY_CHARACTERS:
            return f"{self.figure(exact)}\u00a0{currency}"
        return str(format_currency(Decimal(exact), currency, locale=locale, decimal_quantization=False))


def is_money(currency: object) -> bool:
    """Whether this names a currency, as in ISO 4217."""
    return isinstance(currency, str) and bool(re.fullmatch(r"[A-Z]{3}", currency)) and is_currency(currency, "en")


def form(given: Json, local: Local) -> str | None:
    """How a day, a moment, a figure or money reads there; `None` when it reads as it is, or is none of them."""
    if isinstance(given, str):
        return _of_text(given, local)
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    exact = json.dumps(given)
    plain = PLAIN.fullmatch(exact) and (isinstance(given, float) or abs(given) >= LONG)
    told = local.figure(exact) if plain else exact
    return None if told == exact else told


def _of_text(text: str, local: Local) -> str | None:
    with contextlib.suppress(ValueError, OverflowError):  # no such day; or one that no zone has
        if _DAY.fullmatch(text):
            return local.day(dt.date.fromisoformat(text))
        if _MOMENT.fullmatch(text):
            return local.moment(dt.datetime.fromisoformat(text))
    if (money := _MONEY.fullmatch(text)) and is_money(money["currency"]):
        return local.money(money["amount"], money["currency"])
    if "." in text and PLAIN.fullmatch(text) and abs(Decimal(text)) >= THOUSAND:
        return local.figure(text)
    return None  # digits alone are a number of something as often as a figure


def reads_two_ways(figure: str) -> bool:
    """Whether a reader of the other language would take a written figure for another one."""
    return _TWO_WAYS.fullmatch(figure) is not None


@cache
def _known(locale: str, language: Language) -> Locale:
    """Slack's locale; one that nobody knows gives way to the language."""
    try:
        return Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language)
