"""What of a reply can be shown before it has ended. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from bot.agents.claims import claims_in

READ_CHARACTERS = 10_000  # of a reply; more is not shown before its end

_MARK = re.compile(r"^ {0,3}(?P<fence>```+|~~~+)|\n[ \t]*\n+", re.MULTILINE)


def finished(text: str) -> str:
    """The paragraphs that have ended. Cheap: it is asked at each word of a reply."""
    return text[: max(_borders(text[:READ_CHARACTERS]), default=0)]


def tellable(text: str) -> str:
    """The longest beginning that ends with a paragraph, outside code, and claims no deed.

    A claim waits for the end: only the whole answer shows whether the ledger bears it out. What claims in a beginning
    claims in every longer one, so few beginnings are read.
    """
    borders = [0, *_borders(text[:READ_CHARACTERS])]
    claimed = bisect_left(borders, True, lo=1, key=lambda end: bool(claims_in(text[:end])))
    return text[: borders[claimed - 1]]


def _borders(text: str) -> Iterator[int]:
    """Where paragraphs end, but for those inside a block of code."""
    fence = ""
    for mark in _MARK.finditer(text):
        if not mark["fence"]:
            if not fence:
                yield mark.start()
        elif not fence:
            fence = mark["fence"]
        elif mark["fence"].startswith(fence):
            fence = ""
