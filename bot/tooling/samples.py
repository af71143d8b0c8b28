"""Arguments made of a JSON Schema: some that fit it, and some that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

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
    """No value can be made for this part of a schema; the text says why."""


def fitting(schema: Mapping[str, Json], *, whole: bool) -> dict[str, Json]:
    """Arguments that fit: all of them, or only those that are needed. Raises `NoSample`."""
    return dict(_record(schema, schema, 0, whole=whole))


def misfits(schema: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """What is wrong, and arguments that are wrong in this one way. Raises `NoSample` when there are no right ones."""
    right = fitting(schema, whole=True)
    for name in schema.get("required", ()):
        yield f"without '{name}'", {key: value for key, value in right.items() if key != name}
    if schema.get("additionalProperties") is False:
        yield "with an argument that is not described", {**right, "not_described": 1}
    for name, part in schema.get("properties", {}).items():
        for what, value in _wrong(_behind(part, schema)):
            yield f"with '{name}' {what}", {**right, name: value}


def _wrong(part: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    kind = part.get("type")
    if isinstance(kind, str) and kind in _OTHERS:
        yield f"that is no {kind}", _OTHERS[kind]
    if "enum" in part and kind == "string":
        yield "that is none of its choices", "none of these"
    for key, step in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
        if key in part and kind in ("integer", "number"):
            yield f"beyond its {key}", part[key] + step
    if kind == "string" and part.get("maxLength", 10**6) < 10**5:
        yield "beyond its maxLength", "x" * (part["maxLength"] + 1)
    if kind == "array" and part.get("minItems"):
        yield "with too few entries", []


def _value(part: Mapping[str, Json], root: Mapping[str, Json], deep: int, *, whole: bool) -> Json:
    part = _behind(part, root)
    if deep > DEEPEST:
        raise NoSample("it contains itself")
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
        raise NoSample(f"it is described by {min(unknown)}, and gives no example")
    kind = part.get("type")
    if kind == "object" or "properties" in part:
        return _record(part, root, deep, whole=whole)
    if kind == "array":
        if (fewest := part.get("minItems", 0)) > MOST:
            raise NoSample(f"it wants {fewest} entries")
        return [_value(part.get("items", {}), root, deep + 1, whole=whole)] * max(fewest, 1)
    return _plain(part, kind)


def _plain(part: Mapping[str, Json], kind: Any) -> Json:
    if kind in ("integer", "number"):
        return _number(part, whole=kind == "integer")
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    if kind is not None and kind != "string":
        raise NoSample(f"its type is {kind}")
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
        raise NoSample(f"it is to match {part['pattern']}, and gives no example")
    return found


def _number(part: Mapping[str, Json], *, whole: bool) -> Json:
    low = part.get("minimum", part["exclusiveMinimum"] + 1 if "exclusiveMinimum" in part else None)
    high = part.get("maximum", part["exclusiveMaximum"] - 1 if "exclusiveMaximum" in part else None)
    step = part.get("multipleOf", 1)
    found = low if low is not None else min(high, 1) if high is not None else 1
    found = -(-found // step) * step
    if high is not None and found > high:
        raise NoSample("its bounds are too narrow to find a number between them")
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
    raise NoSample("; ".join(reasons[:3])[:200] or "there is nothing to choose from")


def _behind(part: Json, root: Mapping[str, Json]) -> Mapping[str, Json]:
    """What a reference into the schema's own definitions points at."""
    while isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
        part = root.get("$defs", {}).get(part["$ref"].removeprefix("#/$defs/"), {})
    return part if isinstance(part, Mapping) else {}
