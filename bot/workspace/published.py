"""What Slack's published types (`@slack/types`) refuse: unknown fields, wrong types, elements in the wrong place.

The schema is generated from them (`schemas/README.md`). It knows neither lengths nor counts: those are in `rules`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator, ValidationError, validators

from .company import Json

_FILE: Final = json.loads((Path(__file__).parent / "schemas" / "blocks.json").read_text("utf-8"))
# Blocks that are documented, or known to Slack's Python models, and not yet to these types.
UNTYPED: Final = frozenset(("auth_provider", "call", "data_visualization"))
# The same of fields, by the definition that lacks them.
_NEWER: Final[dict[str, Json]] = {
    "Button": {
        "agent_prompt": {"type": "string"},
        "agent_prompt_display": {"type": "string"},
        "visible_to_user_ids": {"type": "array", "items": {"type": "string"}},
    },
    "RichTextList": {"offset": {"type": "number"}},
}
_WORDS: Final = {
    "array": "must provide an array",
    "boolean": "must provide a boolean",
    "number": "must provide a number",
    "object": "must provide an object",
    "string": "must provide a string",
}


def typed_faults(name: str, value: Any, at: str) -> list[str]:
    """What is wrong with a `KnownBlock`, `HomeView`, `ModalView` or `AnyChunk` that lies at a JSON pointer."""
    errors = _validator(_ROOTS[name]).iter_errors(value)
    return [words for error in errors for words in _said(error, at)]


def _said(error: ValidationError, at: str) -> Iterator[str]:
    pointer = "/".join([at, *map(str, error.absolute_path)])
    schema, instance = error.schema, error.instance
    if error.validator == "additionalProperties" and isinstance(schema, dict):
        for field in sorted(instance.keys() - schema["properties"].keys()):
            yield f"invalid additional property: {field} [json-pointer:{pointer}]"
    elif error.validator == "required":
        yield f"missing required field: {error.message} [json-pointer:{pointer}]"
    elif error.validator == "type":
        yield f"{_WORDS.get(str(error.validator_value), error.message)} [json-pointer:{pointer}]"
    elif error.validator == "byType":
        yield f"unsupported type: {error.message} [json-pointer:{pointer}/type]"
    elif error.validator in ("enum", "const"):
        yield f"must be a valid enum value [json-pointer:{pointer}]"
    else:
        yield f"failed to match all allowed schemas [json-pointer:{pointer}]"


def _by_type(validator: Any, forms: dict[str, Json], instance: Any, _: Json) -> Iterator[ValidationError]:
    """Looks at the one form that has the instance's own `type`: quick, and its errors say what is wrong."""
    if not isinstance(instance, dict):
        yield ValidationError("is no object", validator="type", validator_value="object")
    elif str(instance.get("type")) not in forms:
        yield ValidationError(str(instance.get("type")))
    else:
        yield from validator.descend(instance, forms[str(instance["type"])])


def _required(_: Any, names: list[str], instance: Any, __: Json) -> Iterator[ValidationError]:
    for name in names if isinstance(instance, dict) else []:
        if name not in instance:
            yield ValidationError(name)


def _resolved(schema: Any) -> Any:
    """The schema with definitions in place of references, and choices by `type` where each form has its own."""
    if isinstance(schema, list):
        return [_resolved(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _definition(schema["$ref"].removeprefix("#/definitions/"))
    found = {key: _resolved(value) for key, value in schema.items()}
    return _chosen_by_type(found["anyOf"]) or found if "anyOf" in found else found


def _definition(name: str) -> Json:
    if name not in _RESOLVED:
        _RESOLVED[name] = _resolved(_FILE["definitions"][name])
        _RESOLVED[name].get("properties", {}).update(_NEWER.get(name, {}))
    return _RESOLVED[name]


def _chosen_by_type(forms: list[Json]) -> Json | None:
    chosen: dict[str | None, Json] = {}
    for form in forms:
        own: dict[str | None, Json] = form["byType"] if "byType" in form else {_kind(form): form}
        if None in own or own.keys() & chosen.keys():
            return None
        chosen |= own
    return {"byType": chosen}


def _kind(form: Json) -> str | None:
    """The value of `type` that all of the form have; None when there is none."""
    if "anyOf" not in form:
        kind: str | None = form.get("properties", {}).get("type", {}).get("const")
        return kind
    kinds = {_kind(one) for one in form["anyOf"]}
    return kinds.pop() if len(kinds) == 1 else None


_RESOLVED: Final[dict[str, Json]] = {}
_validator: Final = validators.extend(Draft7Validator, {"byType": _by_type, "required": _required})
_ROOTS: Final[dict[str, Json]] = {name: _resolved(schema) for name, schema in _FILE["roots"].items()}
# The blocks of a view or chunk are looked at one by one: there `AnyBlock` refuses all fields of a block that it lacks.
for _holder in (_ROOTS["HomeView"], _ROOTS["ModalView"], _ROOTS["AnyChunk"]["byType"]["blocks"]):
    _holder["properties"]["blocks"] = {"type": "array"}
