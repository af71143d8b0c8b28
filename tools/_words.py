"""Says quantities, prices, days and lists the way a French or an English reader expects them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

SHOWN = 8  # of a long list
NARROW = "\u202f"  # between thousands, in French
FIXED = "\u00a0"  # before a unit or a colon
MONTHS = {
    "fr": [
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ],
    "en": [
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ],
}
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}

Number = int | float | Decimal
Noun = tuple[str, str, str, str]  # French, one and several; English, one and several


@dataclass(frozen=True)
class Words:
    """One reader's language."""

    language: Literal["fr", "en"]

    def __call__(self, french: str, english: str) -> str:
        return french if self.language == "fr" else english

    def number(self, value: Number, places: int | None = None) -> str:
        """`1 234,5` or `1,234.5`; as many decimals as needed, at most three, unless `places` are asked for."""
        exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-3 if places is None else -places), ROUND_HALF_UP)
        text = f"{exact:,f}"
        if places is None:
            text = text.rstrip("0").rstrip(".")
        return text.replace(",", NARROW).replace(".", ",") if self.language == "fr" else text

    def count(self, value: Number, french: str, english: str, plural: bool = True) -> str:
        """A number and what it counts: `2 clients`; in English adjectives stay as they are (`plural=False`)."""
        many = value >= 2 if self.language == "fr" else plural and value != 1
        return f"{self.number(value)} {self(french, english)}{'s' if many else ''}"

    def money(self, amount: Number, currency: str) -> str:
        sign = SYMBOLS.get(currency, currency)
        if self.language == "fr":
            return f"{self.number(amount, 2)}{FIXED}{sign}"
        return f"{sign}{self.number(amount, 2)}" if len(sign) == 1 else f"{sign} {self.number(amount, 2)}"

    def day(self, day: dt.date) -> str:
        number = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{number} {MONTHS[self.language][day.month - 1]} {day.year}"

    def colon(self, label: str) -> str:
        return self(f"{label}{FIXED}: ", f"{label}: ")

    def parts(self, items: Iterable[str]) -> str:
        return self(f"{FIXED}; ", "; ").join(items)

    def listed(self, items: Iterable[str], last: tuple[str, str] = ("et", "and")) -> str:
        *head, tail = items
        return f"{', '.join(head)} {self(*last)} {tail}" if head else tail

    def first(self, items: Sequence[str]) -> str:
        """The first few, and how many more there are."""
        more = len(items) - SHOWN
        rest = [self("et ", "and ") + self.count(more, "autre", "more", plural=False)] if more > 0 else []
        return self.parts([*items[:SHOWN], *rest])

    def found(self, system: str, noun: Noun, told: Sequence[str], limit: int) -> str:
        """How many a system found, and the first few; a list that is as long as it may be is perhaps not all."""
        if not told:
            return self(f"{system} n'a rien trouvé.", f"{system} found nothing.")
        many = len(told) > 1
        count = f"{len(told)} {self(noun[many], noun[2 + many])}"
        if len(told) >= limit:
            count = self(f"{count} ou plus", f"{count} or more")
        return f"{self.colon(count)}{self.first(told)}."
