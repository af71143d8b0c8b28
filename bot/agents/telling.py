"""What of a reply can be shown before it has ended. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.claims import claims_in

_BORDER = re.compile(r"\n[ \t]*\n+")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)


def tellable(text: str) -> str:
    """The longest beginning that ends with a paragraph, outside code, and claims no deed.

    A claim waits for the end: only the whole answer shows whether the ledger bears it out.
    """
    safe = ""
    for end in _borders(text):
        if claims_in(text[:end]):
            break
        safe = text[:end]
    return safe


def _borders(text: str) -> Iterator[int]:
    """Where paragraphs end, but for those inside a block of code."""
    for border in _BORDER.finditer(text):
        if not _in_code(text[: border.start()]):
            yield border.start()


def _in_code(text: str) -> bool:
    fence = ""
    for found in _FENCE.finditer(text):
        if not fence:
            fence = found[1]
        elif found[1].startswith(fence):
            fence = ""
    return bool(fence)
