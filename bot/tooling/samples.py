"""Arguments made of a JSON Schema: some that fit it, and some that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.reasons import because
from bot.types import Json

MOST = 100  # entries of a list that is made up
DEEPEST = 6  # levels; beyond them a schema that contains itself has no end

_FORMATS: Mapping[str, str] = {
    "date": "2026-11-25",
    "date-time": "2026-11-25T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT90M",
    "uuid": "0b0c5a1e-7c1d-4f5e-9a57-3f1f4c2b6d10",
    "email": "ada@example.com",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "binary": "YWJj",
    "byte": "YWJj",
    "base64": "YWJj",
}
_TEXTS = ("sample", "A1", "1", "A-1", "a@b.c")
_OTHERS: Mapping[str, Json] = {
    "string": {"not": "text"},
    "integer": "no number",
    "number": "no number",
    "boolean": "perhaps",
    "array": "no list",
    "object": "no record",
}


class NoSample(Exception):
    """No value can be made for this part of a schema; the text is the reason."""


def fitting(schema: Mapping[str, Json], *, whole: bool) -> dict[str, Json]:
    """Arguments that fit: all of them, or only those that are needed. Raises `NoSample`."""
    return dict(_record(schema, schema, 0, whole=whole))


def misfits(schema: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """What is wrong when they are taken, and arguments that are wrong in this one way. Raises `NoSample`."""
    right = fitting(schema, whole=True)
    for name in schema.get("required", ()):
        yield because("taken_without", name=name), {key: value for key, value in right.items() if key != name}
    if schema.get("additionalProperties") is False:
        yield because("taken_more"), {**right, "not_described": 1}
    for name, part in schema.get("properties", {}).items():
        for taken, value in _wrong(name, _behind(part, schema)):
            yield taken, {**right, name: value}


def _wrong(name: str, part: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    kind = part.get("type")
    if isinstance(kind, str) and kind in _OTHERS:
        yield because("taken_kind", name=name, what=kind), _OTHERS[kind]
    if "enum" in part and kind == "string":
        yield because("taken_choice", name=name), "none of these"
    for key, step in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
        if key in part and kind in ("integer", "number"):
            yield because("taken_beyond", name=name, what=key), part[key] + step
    if kind == "string" and part.get("maxLength", 10**6) < 10**5:
        yield because("taken_beyond", name=name, what="maxLength"), "x" * (part["maxLength"] + 1)
    if kind == "array" and part.get("minItems"):
        yield because("taken_beyond", name=name, what="minItems"), []


def _value(part: Mapping[str, Json], root: Mapping[str, Json], deep: int, *, whole: bool) -> Json:
    part = _behind(part, root)
    if deep > DEEPEST:
        raise NoSample(because("sample_endless"))
    for key in ("const", "default"):
        if part.get(key) is not None:
            return part[key]
    for key in ("enum", "examples"):
        if part.get(key):
            return part[key][0]
    for key in ("anyOf", "oneOf"):
        if key in part:
            return _first_of(part[key], root, deep, whole=whole)
    if unknown := part.keys() & {"allOf", "not", "if", "patternProperties", "contains"}:
        raise NoSample(because("sample_unknown", what=min(unknown)))
    kind = part.get("type")
    if kind == "object" or "properties" in part:
        return _record(part, root, deep, whole=whole)
    if kind == "array":
        return _list(part, root, deep, whole=whole)
    return _plain(part, kind)


def _list(part: Mapping[str, Json], root: Mapping[str, Json], deep: int, *, whole: bool) -> list[Json]:
    first = [_value(one, root, deep + 1, whole=whole) for one in part.get("prefixItems", ())]
    fewest = max(part.get("minItems", 0), 1) - len(first)
    if part.get("items") is False or fewest <= 0:
        return first
    if fewest > MOST or (fewest > 1 and part.get("uniqueItems")):
        raise NoSample(because("sample_many", count=fewest))
    return first + [_value(part.get("items", {}), root, deep + 1, whole=whole)] * fewest


def _plain(part: Mapping[str, Json], kind: Any) -> Json:
    if kind in ("integer", "number"):
        return _number(part, whole=kind == "integer")
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    if kind is not None and kind != "string":
        raise NoSample(because("sample_type", type=kind))
    if part.get("format") in _FORMATS:
        return _FORMATS[part["format"]]
    return _text(part)


def _text(part: Mapping[str, Json]) -> str:
    longest = part.get("maxLength", 10**6)
    made = (one.ljust(part.get("minLength", 0), "x")[:longest] for one in _TEXTS)
    try:
        found = next((one for one in made if re.search(part.get("pattern", ""), one)), None)
    except re.error:
        found = None
    if found is None:
        raise NoSample(because("sample_pattern", pattern=part["pattern"]))
    return found


def _number(part: Mapping[str, Json], *, whole: bool) -> Json:
    low = part.get("minimum", part["exclusiveMinimum"] + 1 if "exclusiveMinimum" in part else None)
    high = part.get("maximum", part["exclusiveMaximum"] - 1 if "exclusiveMaximum" in part else None)
    step = part.get("multipleOf", 1)
    found = low if low is not None else min(high, 1) if high is not None else 1
    found = -(-found // step) * step
    if high is not None and found > high:
        raise NoSample(because("sample_bounds"))
    return int(found) if whole else found


def _record(part: Mapping[str, Json], root: Mapping[str, Json], deep: int, *, whole: bool) -> dict[str, Json]:
    needed = part.get("required", ())
    made: dict[str, Json] = {}
    for name, one in part.get("properties", {}).items():
        try:
            if name in needed or (whole and deep < 2):
                made[name] = _value(one, root, deep + 1, whole=whole)
        except NoSample as why:
            if name in needed:
                raise NoSample(f"{name}: {why}") from why
    return made


def _first_of(parts: list[Json], root: Mapping[str, Json], deep: int, *, whole: bool) -> Json:
    reasons = []
    for one in parts:
        try:
            return _value(one, root, deep + 1, whole=whole)
        except NoSample as why:
            reasons.append(str(why))
    raise NoSample("; ".join(reasons[:3]) or because("sample_no_choice"))


def _behind(part: Json, root: Mapping[str, Json]) -> Mapping[str, Json]:
    """What a reference into the schema's own definitions points at."""
    while isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
        part = root.get("$defs", {}).get(part["$ref"].removeprefix("#/$defs/"), {})
    return part if isinstance(part, Mapping) else {}
