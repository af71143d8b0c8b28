"""How people write figures: read where it is sure which one is meant, in French and in English alike. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_BLANK = "[ \u00a0\u202f]"  # French figures use the narrow one, and the one that does not break
_SPACED = rf"[0-9]{{1,3}}(?:{_BLANK}[0-9]{{3}})+(?:[.,][0-9]+)?"  # 1 250,50
_COMMAS = r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,}"  # 1,250.50 and 1,250,000
_SIMPLE = r"[0-9]+(?:[.,][0-9]+)?"
_WRITTEN = re.compile(rf"(?P<figure>-?(?:{_SPACED}|{_COMMAS}|{_SIMPLE}))(?:{_BLANK}?[€$£])?")
_TWO_WAYS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")  # a thousand in English, three decimals in French


def read(text: str) -> Decimal | None:
    """The figure that is written, blanks or commas between its thousands, a currency sign behind it; a comma alone is French."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    figure = re.sub(_BLANK, "", found["figure"])
    if "." in figure or figure.count(",") > 1:
        return Decimal(figure.replace(",", ""))
    return Decimal(figure.replace(",", "."))


def reads_two_ways(text: str) -> bool:
    """Whether French and English readers would take it for different figures."""
    return _TWO_WAYS.fullmatch(text.strip()) is not None
