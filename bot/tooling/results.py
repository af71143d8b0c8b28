"""A tool's result as a model reads it: whole where it fits, else shortened by its structure, and what was left out is said."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.types import Json

CHARACTERS = 20_000  # of one result
# entries of a list, characters of a text
STEPS = ((1_000, 15_000), (500, 6_000), (200, 2_000), (100, 1_000), (50, 500), (20, 300), (10, 200), (5, 100), (2, 60))
TOLD = 20  # places at which something was left out


def readable(value: Json, characters: int = CHARACTERS) -> str:
    """JSON, and below it what was left out of it."""
    text = _written(value)
    if len(text) <= characters:
        return text
    for entries, length in STEPS:
        left_out: list[str] = []
        text = f"{_written(_shortened(value, entries, length, '', left_out))}\n{_told(left_out)}"
        if len(text) <= characters:
            return text
    return f"{text[:characters]}\n[Cut here: {len(text) - characters} more characters of what was left were left out as well]"


def _shortened(value: Json, entries: int, length: int, place: str, left_out: list[str]) -> Json:
    if isinstance(value, str) and len(value) > length:
        left_out.append(f"{len(value) - length} characters of {place or 'the text'}")
        return value[:length] + "…"
    if isinstance(value, list):
        if len(value) > entries:
            left_out.append(f"{len(value) - entries} of {len(value)} entries of {place or 'the list'}")
        return [_shortened(one, entries, length, f"{place}[{at}]", left_out) for at, one in enumerate(value[:entries])]
    if isinstance(value, Mapping):
        if len(value) > 2 * entries:
            left_out.append(f"{len(value) - 2 * entries} of {len(value)} names of {place or 'the record'}")
        kept = list(value.items())[: 2 * entries]
        return {name: _shortened(one, entries, length, f"{place}.{name}".lstrip("."), left_out) for name, one in kept}
    return value


def _told(left_out: list[str]) -> str:
    more = f"; and at {len(left_out) - TOLD} more places" if len(left_out) > TOLD else ""
    return f"[Left out here for length, ask for less or for a part: {'; '.join(left_out[:TOLD])}{more}]"


def _written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
