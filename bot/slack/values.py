"""How the values of tools and systems read: every character visible, one name a line, no value posing as another. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from bot.slack.local import PLAIN, THOUSAND, Local, form, is_money, reads_two_ways
from bot.slack.words import say_of
from bot.types import Json, SealedFile

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
DIGEST_CHARACTERS = 16
MARGIN = "\n  "
_AMOUNTS = frozenset(("amount", "price", "unit_price", "total", "cost", "value", "montant", "prix"))
_NUMBERED = re.compile(r"(^|[\W_])(id|no|nr|number|code|key|record|reference|version|year|phone)$")  # not figures


def visible(text: str) -> str:
    """Text with every invisible or direction-changing character written out, as ⟦U+202E⟧."""
    return "".join(_shown(char, before) for before, char in zip(" " + text, text, strict=False))


def escape(text: str) -> str:
    """Text for a `mrkdwn` field: nothing in it can mention anybody or be a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clipped(text: str, length: int) -> str:
    """The beginning of a text; that something is missing shows. Never for what people decide on."""
    return text if len(text) <= length else text[: length - 1] + "…"


def lines(values: Mapping[str, Json], local: Local | None = None, *, exact: bool = True) -> str:
    """`name: value` lines, values aligned; one of several lines begins below its name, each behind a small margin.

    So no line of it stands where a name does, and it has the width that a narrow card has.

    With `local`, days, figures and money read as they do there: `exact` values stay as they are and have that form
    beside them, others only where the form alone could be read in two ways.
    """
    names = {_name(name): _line(name, one, values, local, exact=exact) for name, one in values.items()}
    colon = _colon(local)
    width = max((len(name) for name, text in names.items() if "\n" not in text), default=0) + len(colon) + 1
    return "\n".join(
        f"{name}{colon}\n{text}".replace("\n", MARGIN) if "\n" in text else f"{name}{colon}".ljust(width) + text
        for name, text in names.items()
    )


def value(given: Json, local: Local | None = None, *, exact: bool = True) -> str:
    """A value as a person reads it: text as it is, lists as lines, `{"before": a, "after": b}` as a → b."""
    if given is None:
        return ""
    if isinstance(given, str):
        return _formed(visible(given), given, local, exact=exact)
    if isinstance(given, dict) and given.keys() == _CHANGE:
        before, after = (_side(given[side], local, exact=exact) for side in ("before", "after"))
        return f"{before} → {after}"
    if isinstance(given, dict):
        return ", ".join(f"{_name(name)}{_colon(local)} {_part(part)}" for name, part in given.items()) or "{}"
    if isinstance(given, list):
        items = (value(item, local, exact=exact).replace("\n", "\n  ") for item in given)
        return "\n".join("- " + item for item in items) or "[]"
    return _formed(json.dumps(given), given, local, exact=exact)


def for_people(record: Mapping[str, Json]) -> dict[str, Json]:
    """Without the names that begin with `_`: what they hold is compared, or kept for an undo, and tells a person nothing."""
    return {name: one for name, one in record.items() if not name.startswith("_")}


def sealed_files(given: Json) -> list[SealedFile]:
    """The files among sealed arguments, wherever in them."""
    if file := SealedFile.read(given):
        return [file]
    parts = given.values() if isinstance(given, Mapping) else given if isinstance(given, list) else ()
    return [file for part in parts for file in sealed_files(part)]


def with_files(given: Json, local: Local) -> Json:
    """Sealed arguments with each file as a line that tells which one it is."""
    if file := SealedFile.read(given):
        name, kind = (" ".join(text.split()) or _NOTHING for text in (file.name, file.type))
        size, digest = local.figure(str(file.size)), file.sha256[:DIGEST_CHARACTERS]
        return say_of(
            local.language, "file_value", file.size, name=name, type=kind, size=size, id=file.file, digest=digest
        )
    if isinstance(given, Mapping):
        return {name: with_files(part, local) for name, part in given.items()}
    return [with_files(part, local) for part in given] if isinstance(given, list) else given


def told(values: Mapping[str, Json], local: Local) -> str:
    """The values alone, on one line, as they read there."""
    given = {name: one for name, one in values.items() if one not in (None, "")}
    return ", ".join(" ".join(_line(name, one, given, local, exact=False).split()) for name, one in given.items())


def _line(name: str, given: Json, beside: Mapping[str, Json], local: Local | None, *, exact: bool) -> str:
    """A value with what its name and its neighbours tell: an amount has the currency that stands beside it."""
    if local is None or _NUMBERED.search(name.casefold()):
        return value(given)
    amount = str(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else ""
    currency = beside.get("currency")
    if name.casefold() in _AMOUNTS and currency and is_money(currency) and PLAIN.fullmatch(amount):
        return f"{amount} ({local.money(amount, currency)})"
    return value(given, local, exact=exact)


def _formed(text: str, given: Json, local: Local | None, *, exact: bool) -> str:
    """A value, its local form beside it, or that form alone."""
    told = form(given, local) if local else None
    if told is None or (exact and isinstance(given, float) and abs(given) < THOUSAND):
        return text
    # a moment's form has no seconds, and a text of digits may be no figure
    more = isinstance(given, str) and ("T" in text or PLAIN.fullmatch(text) is not None)
    return f"{text} ({told})" if exact or more or reads_two_ways(told) else told


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


def _side(given: Json, local: Local | None = None, *, exact: bool = True) -> str:
    """One side of a change, on one line."""
    if given is None:
        return _NOTHING
    if local and form(given, local):
        return value(given, local, exact=exact)
    return json.dumps(given, ensure_ascii=False) if given in ("", _NOTHING) else _part(given)


def _colon(local: Local | None) -> str:
    """What stands behind a name: in French after a blank at which no line breaks."""
    return "\u00a0:" if local and local.language == "fr" else ":"


def _name(name: str) -> str:
    """A name keeps to its line."""
    return visible(name).replace("\n", "⟦U+000A⟧")
