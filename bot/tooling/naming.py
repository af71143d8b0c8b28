"""What tools and their sources may be called, and the name that is made of what somebody else calls one."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def named(words: str) -> str:
    """A tool's name made of words in any style; it may be none: `NAME` says."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")[:64]
