"""How the values of tools and systems read: every character visible, one name a line, no value posing as another. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from bot.types import Json

_HIDDEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))  # categories whose characters nobody sees
_BLANKS = frozenset(
    chr(code)
    for code in (
        *(0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
_CHANGE = frozenset(("before", "after"))  # the keys of a value that reads "a → b"
_NOTHING = "—"


def visible(text: str) -> str:
    """Text with every invisible or direction-changing character written out, as ⟦U+202E⟧."""
    return "".join(_shown(char, before) for before, char in zip(" " + text, text, strict=False))


def escape(text: str) -> str:
    """Text for a `mrkdwn` field: nothing in it can mention anybody or be a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clipped(text: str, length: int) -> str:
    """The beginning of a text; that something is missing shows. Never for what people decide on."""
    return text if len(text) <= length else text[: length - 1] + "…"


def lines(values: Mapping[str, Json]) -> str:
    """`name: value` lines, values aligned; a value of several lines keeps them, each behind the same margin."""
    names = {_name(name): value(one) for name, one in values.items()}
    width = max(map(len, names), default=0)
    margin = "\n" + " " * (width + 2)
    return "\n".join(f"{name}:".ljust(width + 2) + text.replace("\n", margin) for name, text in names.items())


def value(given: Json) -> str:
    """A value as a person reads it: text as it is, lists as lines, `{"before": a, "after": b}` as a → b."""
    if given is None:
        return ""
    if isinstance(given, str):
        return visible(given)
    if isinstance(given, dict) and given.keys() == _CHANGE:
        return f"{_side(given['before'])} → {_side(given['after'])}"
    if isinstance(given, dict):
        return ", ".join(f"{_name(name)}: {_part(part)}" for name, part in given.items()) or "{}"
    if isinstance(given, list):
        return "\n".join("- " + value(item).replace("\n", "\n  ") for item in given) or "[]"
    return json.dumps(given)


def changes(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """What differs, each as a value that reads "old → new"; what is missing on one side reads as nothing there."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: {"before": old.get(name), "after": new.get(name)} for name in names}


def _shown(char: str, before: str) -> str:
    if char in "\n\t" or (unicodedata.category(char) not in _HIDDEN and char not in _BLANKS):
        return char
    if char == "\ufe0f" and unicodedata.category(before) == "So":
        return char  # it asks for the colourful form of the sign before it
    return f"⟦U+{ord(char):04X}⟧"


def _part(given: Json) -> str:
    """A value inside a record; one that could be taken for another part of it stands in quotation marks or brackets."""
    if isinstance(given, str) and re.search(r'[,:"\n{}\[\]→]', given):
        return json.dumps(visible(given), ensure_ascii=False)
    if isinstance(given, dict):
        return f"{{{value(given)}}}" if given else "{}"
    if isinstance(given, list):
        return f"[{', '.join(map(_part, given))}]"
    return value(given)


def _side(given: Json) -> str:
    """One side of a change, on one line."""
    if given is None:
        return _NOTHING
    return json.dumps(given, ensure_ascii=False) if given in ("", _NOTHING) else _part(given)


def _name(name: str) -> str:
    """A name keeps to its line."""
    return visible(name).replace("\n", "⟦U+000A⟧")
