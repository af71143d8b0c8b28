"""Brings a JSON Schema that somebody else wrote into the plain form that forms, rules and checks read.

Definitions lie in `$defs`, a value of several types is one of several alternatives, `true` and `false` are objects; no
reference leads out of the schema, nowhere or in a circle. Raises `ToolFileError` where that cannot be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.errors import ToolFileError
from bot.types import Json

DEEPEST = 40  # levels

_NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems")
_STRANGE = frozenset({"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef"})
_OPEN = ("additionalProperties", "unevaluatedProperties")  # where yes and no say enough


def plain(schema: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments of a tool: an object, with nothing beside what it describes unless it says otherwise."""
    moved = {"$defs": schema["definitions"]} if "definitions" in schema and "$defs" not in schema else {}
    whole = {"type": "object", "additionalProperties": False, **schema, **moved}
    for key in ("$id", "$schema", *(["definitions"] if moved else [])):
        whole.pop(key, None)
    if whole["type"] != "object":
        raise ToolFileError("its arguments are not an object")
    made = _plain(whole, 0)
    for reference in set(_references(made)):
        _ends(made, reference, ())
    return made


def _plain(schema: Json, deep: int) -> dict[str, Json]:
    if deep > DEEPEST:
        raise ToolFileError(f"its arguments' JSON Schema is more than {DEEPEST} levels deep")
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if not isinstance(schema, Mapping):
        raise ToolFileError(f"its arguments' JSON Schema has {str(schema)[:80]!r} where a schema belongs")
    if strange := _STRANGE & schema.keys():
        raise ToolFileError(f"its arguments' JSON Schema uses {min(strange)}, which Baton does not read")
    made = dict(schema)
    if isinstance(made.get("items"), list):  # of JSON Schema before 2020
        made["prefixItems"] = made.pop("items")
    for key in _NAMED:
        if isinstance(found := made.get(key), Mapping):
            made[key] = {str(name): _plain(one, deep + 1) for name, one in found.items()}
    for key in _LISTED:
        if isinstance(found := made.get(key), list):
            made[key] = [_plain(one, deep + 1) for one in found]
    for key in (*_SINGLE, *_OPEN):
        if key in made and not (key in _OPEN and isinstance(made[key], bool)):
            made[key] = _plain(made[key], deep + 1)
    if isinstance(reference := made.get("$ref"), str):
        made["$ref"] = reference.replace("#/definitions/", "#/$defs/", 1)
    return _one_type(made)


def _one_type(schema: dict[str, Json]) -> dict[str, Json]:
    """A value of several types as one of several alternatives."""
    if not isinstance(types := schema.get("type"), list) or "anyOf" in schema:
        return schema
    outer: dict[str, Json] = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in ("type", *outer)}
    return {**outer, "anyOf": [{**inner, "type": one} for one in types]}


def _references(schema: Json) -> Iterator[str]:
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _references(part)
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"]


def _ends(whole: Json, reference: str, through: tuple[str, ...]) -> None:
    """Follow a reference, and those that stand for the same value, until something is said of it."""
    if reference in through:
        raise ToolFileError(f"its arguments' JSON Schema goes in a circle: {reference}")
    target = _at(whole, reference)
    alternatives = [one for key in ("anyOf", "oneOf", "allOf") for one in target.get(key, ()) if isinstance(one, dict)]
    for one in (target, *alternatives):
        if isinstance(one.get("$ref"), str):
            _ends(whole, one["$ref"], (*through, reference))


def _at(whole: Json, reference: str) -> dict[str, Json]:
    if not reference.startswith("#"):
        raise ToolFileError(f"its arguments' JSON Schema points outside itself: {reference}")
    found = whole
    for step in filter(None, reference[1:].split("/")):
        try:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        except (KeyError, TypeError, IndexError):
            raise ToolFileError(f"its arguments' JSON Schema points at nothing: {reference}") from None
    return found if isinstance(found, dict) else {}
