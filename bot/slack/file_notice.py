"""What people hear of the files that they put into a thread. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.slack.blocks import Painted, reason, said
from bot.slack.values import clipped, escape, visible
from bot.slack.words import say
from bot.types import Json, Language

NAME_CHARACTERS = 100


def files_told(language: Language, told: Sequence[Mapping[str, Json]]) -> Painted:
    """A line for each file: that it was read, how far, or why not."""
    return said("\n".join(_line(language, one) for one in told))


def _line(language: Language, told: Mapping[str, Json]) -> str:
    """`cause` says why a file was not read, or what of it."""
    key = "file_unreadable" if told["state"] == "unreadable" else "file_read_in_part" if told["cause"] else "file_read"
    name = escape(clipped(visible(" ".join(told["name"].split())), NAME_CHARACTERS))
    return say(
        language,
        key,
        name=f"*{name}*" if name else say(language, "file_unnamed"),
        cause=reason(language, told["cause"]),
    )
