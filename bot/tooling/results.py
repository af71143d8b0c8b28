"""A tool's result as a model reads it: whole where it fits, else shortened by its structure, and what was left out is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.reasons import because
from bot.types import Json

CHARACTERS = 20_000  # of one result
# entries of a list, characters of a text
STEPS = ((1_000, 15_000), (500, 6_000), (200, 2_000), (100, 1_000), (50, 500), (20, 300), (10, 200), (5, 100), (2, 60))
TOLD = 20  # places at which something was left out


@dataclass(frozen=True)
class Shown:
    """A result as text, and what was left out of it, each a reason of Baton's or a sentence of the tool's."""

    text: str
    left_out: tuple[str, ...] = ()


def readable(value: Json, characters: int = CHARACTERS) -> str:
    """JSON, and below it what was left out of it."""
    return shown(value, characters).text


def shown(value: Json, characters: int = CHARACTERS) -> Shown:
    """The same, with what was left out for whoever asked: by the tool itself (its `left_out`), or here for length."""
    text, own = _written(value), _own(value)
    if len(text) <= characters:
        return Shown(text, own)
    left_out: list[str] = []
    for entries, length in STEPS:
        left_out = []
        written = _written(_shortened(value, entries, length, "", left_out))
        told = _told(left_out)
        text = f"{written}\n[Left out here for length, ask for less or for a part: {'; '.join(told)}]"
        if len(text) <= characters:
            return Shown(text, (*own, *told))
    cut = because("left_end", count=len(text) - characters)
    return Shown(f"{text[:characters]}\n[Cut here: {cut}]", (*own, *_told(left_out), cut))


def _own(value: Json) -> tuple[str, ...]:
    """What a tool says that it left out: a sentence or a list of them."""
    told = value.get("left_out") if isinstance(value, Mapping) else None
    if isinstance(told, str) and told:
        return (told,)
    return tuple(map(str, told))[:TOLD] if isinstance(told, list) else ()


def _shortened(value: Json, entries: int, length: int, place: str, left_out: list[str]) -> Json:
    if isinstance(value, str) and len(value) > length:
        some = {"shown": length, "all": len(value)}
        left_out.append(
            because("left_characters_of", place=place, **some) if place else because("left_characters", **some)
        )
        return value[:length] + "…"
    if isinstance(value, list):
        if len(value) > entries:
            some = {"shown": entries, "all": len(value)}
            left_out.append(
                because("left_entries_of", place=place, **some) if place else because("left_entries", **some)
            )
        return [_shortened(one, entries, length, f"{place}[{at}]", left_out) for at, one in enumerate(value[:entries])]
    if isinstance(value, Mapping):
        if len(value) > 2 * entries:
            some = {"shown": 2 * entries, "all": len(value)}
            left_out.append(because("left_names_of", place=place, **some) if place else because("left_names", **some))
        kept = list(value.items())[: 2 * entries]
        return {name: _shortened(one, entries, length, f"{place}.{name}".lstrip("."), left_out) for name, one in kept}
    return value


def _told(left_out: list[str]) -> tuple[str, ...]:
    more = [because("left_places", count=len(left_out) - TOLD)] if len(left_out) > TOLD else []
    return (*left_out[:TOLD], *more)


def _written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
