"""What days a French or English text names, seen from today."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bot.models.offline.words import Language, fold

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv january jan", "fevrier fevr fev february feb", "mars march mar", "avril avr april apr", "mai may",
            "juin june jun", "juillet juil july jul", "aout august aug", "septembre september sept sep",
            "octobre october oct", "novembre november nov", "decembre december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "lundi monday", "mardi tuesday tue tues", "mercredi wednesday wed", "jeudi thursday thu thurs",
            "vendredi friday fri", "samedi saturday", "dimanche sunday",
        )
    )
    for name in names.split()
}  # fmt: skip
COUNTS = {
    word: number
    for number, words in {
        1: "un une one a an", 2: "deux two", 3: "trois three", 4: "quatre four", 5: "cinq five", 6: "six",
        7: "sept seven", 8: "huit eight", 9: "neuf nine", 10: "dix ten", 11: "onze eleven", 12: "douze twelve",
        15: "quinze fifteen", 20: "vingt twenty", 30: "trente thirty", 40: "quarante forty", 50: "cinquante fifty",
        60: "soixante sixty", 100: "cent hundred",
    }.items()
    for word in words.split()
}  # fmt: skip

_MONTH = f"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_DAYNAME = rf"(?P<weekday>{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})"
_YEAR = r"(?:,? (?P<year>20\d\d)(?!\d))?"
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])"
_NAMED = rf"(?:\b(?:{'|'.join(WEEKDAYS)})\.?,? (?:the |le )?)?"
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(COUNTS, key=len, reverse=True))})"
_EDGE = r"(?P<edge>fin|debut|mi|milieu|end|start|beginning|early|mid|late)"


class Day(NamedTuple):
    """Where a text names a day; no date when there is no such day (30 February)."""

    start: int
    end: int
    date: dt.date | None


def _of_year(today: dt.date, month: int, day: int, year: str | None) -> dt.date | None:
    """The given day, next year's when this year's is over; nothing when there is no such day."""
    for candidate in [int(year)] if year else range(today.year, today.year + 9):
        if day <= calendar.monthrange(candidate, month)[1]:
            found = dt.date(candidate, month, day)
            if year or found >= today:
                return found
    return None


def _numeric(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    day, month, year = int(m["day"]), int(m["nr"]), m["year"]
    if month > 12 >= day or (language == "en" and m["sep"] == "/" and year and month > 12):
        day, month = month, day
    full = f"20{year}" if year and len(year) == 2 else year
    return _of_year(today, month, day, full) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _iso(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    month, day = int(m["nr"]), int(m["day"])
    return _of_year(today, month, day, m["year"]) if 1 <= month <= 12 and day >= 1 else None


def _written(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    return _of_year(today, MONTHS[m["month"]], int(m["day"]), m["year"])


def _first(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    return _of_year(today, MONTHS[m["month"]], 1, m["year"])


def _day_of_month(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    """ "le 20": this month's when it is still to come, else the next month that has one."""
    for ahead in range(12):
        month = _months_on(today.replace(day=1), ahead)
        if int(m["day"]) <= calendar.monthrange(month.year, month.month)[1]:
            found = month.replace(day=int(m["day"]))
            if found >= today:
                return found
    return None


def _weekday(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    wanted = WEEKDAYS[m["weekday"]]
    if m["nextweek"]:
        return today + dt.timedelta(days=7 - today.weekday() + wanted)
    found = today + dt.timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    if m["past"] or m["last"]:
        return found - dt.timedelta(days=7 if found - dt.timedelta(days=7) < today else 14)
    return found + dt.timedelta(days=7) if m["inaweek"] else found


def _named(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    word = m[0]
    if "apres" in word or "after" in word:
        return today + dt.timedelta(days=2)
    if "avant" in word or "before" in word:
        return today - dt.timedelta(days=2)
    days = {"demain": 1, "tomorrow": 1, "hier": -1, "yesterday": -1}
    return today + dt.timedelta(days=days.get(word, 0))


def _ahead(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    count = int(m["count"]) if m["count"].isdigit() else COUNTS[m["count"]]
    if m["unit"].startswith(("mois", "month")):
        return _months_on(today, count)
    if m["unit"].startswith(("an", "year")):
        return _months_on(today, 12 * min(count, 50))
    return today + dt.timedelta(days=count * (7 if m["unit"].startswith(("sem", "week")) else 1))


def _fortnight(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    return today + dt.timedelta(days=7 if "huit" in m[0] else 14)


def _edge_of_month(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    year = m["year"]
    for month in [int(year)] if year else [today.year, today.year + 1]:
        last = calendar.monthrange(month, MONTHS[m["month"]])[1]
        found = dt.date(month, MONTHS[m["month"]], _edge_day(m["edge"], last))
        if year or found >= today:
            return found
    return None


def _edge_day(edge: str, last: int) -> int:
    return last if edge in ("fin", "end", "late") else 15 if edge in ("mi", "milieu", "mid") else 1


def _edge_of_period(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    """The end, middle or start of this or the next week, month or year."""
    following, unit = bool(m["following"]), m["unit"]
    if unit.startswith(("sem", "week")):
        monday = today + dt.timedelta(days=7 * following - today.weekday())
        found = monday + dt.timedelta(days={1: 0, 15: 2}.get(_edge_day(m["edge"], 31), 4))
        return found if found >= today else found + dt.timedelta(days=7)
    if unit.startswith(("an", "year")):
        year = today.year + following
        return dt.date(year, 12, 31) if _edge_day(m["edge"], 31) == 31 else dt.date(year, 1, 1)
    month = _months_on(today.replace(day=1), int(following))
    return month.replace(day=_edge_day(m["edge"], calendar.monthrange(month.year, month.month)[1]))


def _next_period(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    if "mois" in m[0] or "month" in m[0]:
        return _months_on(today.replace(day=1), 1)
    return today + dt.timedelta(days=7 - today.weekday())


def _week_number(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    for year in (today.year, today.year + 1):
        if 1 <= int(m["count"]) <= dt.date(year, 12, 28).isocalendar().week:
            found = dt.date.fromisocalendar(year, int(m["count"]), 1)
            if found + dt.timedelta(days=6) >= today:
                return found
    return None


def _christmas(m: re.Match[str], today: dt.date, language: Language) -> dt.date | None:
    return _of_year(today, 12, 25, None)


def _months_on(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_AFTER_DAY = r"(?:du mois|of the month|prochain|au plus tard|stp|svp|s'il|please|at the latest)\b"
_NEXT = r"(?:prochaine?|suivante?|d'apres)"
_WHOLE = r"(?P<unit>week|month|year)"
_PERIODE = r"(?P<unit>semaine|mois|annee)"
_UNITS = r"(?P<unit>jours?|days?|semaines?|sem|weeks?|mois|months?|ans?|annees?|years?)"
_Reading = Callable[[re.Match[str], dt.date, Language], dt.date | None]
# Tried in this order; what one form has taken is not read again. Texts are folded first.
_FORMS: list[tuple[re.Pattern[str], _Reading]] = [
    (re.compile(pattern), reading)
    for pattern, reading in (
        (r"(?<![\w-])(?P<year>20\d\d)-(?P<nr>\d\d?)-(?P<day>\d\d?)(?![\w-])(?:t\d\d:\d\d\S{0,20})?", _iso),
        (rf"{_NAMED}(?<![\w./-])(?P<day>\d\d?)(?P<sep>[/.-])(?P<nr>\d\d?)(?P=sep)(?P<year>(?:20)?\d\d)(?![\w/-])", _numeric),
        (rf"{_NAMED}(?<![\w./-])(?P<day>\d\d?)(?P<sep>/)(?P<nr>\d\d?)(?P<year>)(?![\w/]|-\w)", _numeric),
        (rf"{_NAMED}(?<![\w.,/-]){_DAY}(?:er|st|nd|rd|th)? (?:of |du mois de )?{_MONTH}\b\.?{_YEAR}", _written),
        (rf"{_NAMED}(?<![\w.,/-]){_DAY}-{_MONTH}\b(?:-(?P<year>20\d\d))?", _written),
        (rf"{_NAMED}\b{_MONTH}\.? (?:the )?{_DAY}(?:st|nd|rd|th)?(?![\w/]|[.,]\d){_YEAR}", _written),
        (rf"\b(?:premier|first of|the first of) {_MONTH}\b{_YEAR}", _first),
        (rf"\b{_EDGE}(?:-| )(?:of |de |du mois de |d')?{_MONTH}\b{_YEAR}", _edge_of_month),
        (rf"\b{_EDGE}(?:-| )(?:of |de |d')?(?:the |this )?(?P<following>next |){_WHOLE}\b", _edge_of_period),
        (rf"\b{_EDGE}(?:-| )(?:de |du |d')?(?:la |l')?{_PERIODE}\b(?P<following> {_NEXT})?", _edge_of_period),
        (r"\b(?:apres.demain|(?:the )?day after tomorrow|avant-hier|(?:the )?day before yesterday)\b", _named),
        (r"\b(?:demain|aujourd'hui|tomorrow|today|tonight|ce soir|hier|yesterday)\b", _named),
        (rf"(?P<last>\blast )?\b{_DAYNAME}\b(?:(?P<inaweek> en huit| week\b)|(?P<past> dernier)"
         rf"|(?P<nextweek> (?:de la )?semaine {_NEXT}| (?:of )?next week)| {_NEXT})?", _weekday),
        (rf"\b(?:dans|d'ici|sous|in|within) (?:les |the next |about |environ )?{_COUNT} {_UNITS}\b", _ahead),
        (rf"\b{_COUNT} {_UNITS} (?:from now|from today)\b", _ahead),
        (r"\b(?:dans|d'ici|sous) (?:une )?(?:quinzaine|huitaine)\b|\bin a fortnight\b", _fortnight),
        (rf"\b(?:la semaine {_NEXT}|semaine {_NEXT}|next week|le mois {_NEXT}|mois {_NEXT}|next month)\b", _next_period),
        (r"\b(?:semaine|week|sem\.?) (?P<count>\d\d?)\b", _week_number),
        (r"\b(?:noel|christmas)\b", _christmas),
        (rf"\b(?:en|in|d'ici|avant|by|before|pour|for|until|jusqu'en) (?:le mois de |early |next )?{_MONTH}\b{_YEAR}", _first),
        (rf"\b(?:le|du|au|the|on|by) {_DAY}(?:er|st|nd|rd|th)?(?= *(?:$|[.,;:!?)]|{_AFTER_DAY}))", _day_of_month),
    )
]  # fmt: skip
_FROM = re.compile(
    rf"\b(?:du|from)(?: the)? {_DAY}(?:er|st|nd|rd|th)?(?= (?:au|to|until) (?:the )?\d\d?(?:er|st|nd|rd|th)? {_MONTH}{_YEAR})"
)


def days(text: str, today: dt.date, language: Language) -> list[Day]:
    """Every day that the text names, in the order of the text."""
    folded = fold(text)
    found = list(_opening(folded, today))
    for pattern, reading in _FORMS:
        for m in pattern.finditer(folded):
            if not any(d.start < m.end() and m.start() < d.end for d in found):
                found.append(Day(m.start(), m.end(), reading(m, today, language)))
    return sorted(found, key=lambda day: day.start)


def _opening(folded: str, today: dt.date) -> Iterator[Day]:
    """The first day of "du 20 au 24 décembre", which borrows its month."""
    for m in _FROM.finditer(folded):
        yield Day(m.start(), m.end(), _of_year(today, MONTHS[m["month"]], int(m["day"]), m["year"]))
