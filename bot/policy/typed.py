"""Whether what an approver typed is the value that stands on the card: figures by their value, other text exactly."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.types import Json

_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_BLANK = "[ \u00a0\u202f]"  # French figures use the narrow one, and the one that does not break
_GROUPED = rf"-?[0-9]{{1,3}}(?:{_BLANK}[0-9]{{3}})+(?:[.,][0-9]+)?"
_WRITTEN = re.compile(rf"(?P<figure>{_GROUPED}|-?[0-9]+(?:[.,][0-9]+)?){_BLANK}?[€$£]?")


def is_same(typed: str, value: Json) -> bool:
    """Figures as people write them: blanks between thousands, a comma or a point before the decimals, a currency sign."""
    typed = typed.strip()
    if isinstance(value, bool) or not _PLAIN.fullmatch(str(value)):
        return bool(typed) and typed == str(value)
    found = _WRITTEN.fullmatch(typed)
    if found is None:
        return False
    return Decimal(re.sub(_BLANK, "", found["figure"]).replace(",", ".")) == Decimal(str(value))
