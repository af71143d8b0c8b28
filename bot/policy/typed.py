"""Whether what an approver typed is the value that stands on the card: figures by their value, other text exactly."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.policy.figures import read
from bot.types import Json

_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def is_same(typed: str, value: Json) -> bool:
    """Figures as people write them: blanks between thousands, a comma or a point before the decimals, a currency sign."""
    typed = typed.strip()
    if isinstance(value, bool) or not _PLAIN.fullmatch(str(value)):
        return bool(typed) and typed == str(value)
    return read(typed) == Decimal(str(value))
