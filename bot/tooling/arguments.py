"""What a tool's arguments may be: told by a function's types, or by the JSON Schema of a system that Baton did not write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from jsonschema import Draft202012Validator, SchemaError
from pydantic import BaseModel, ValidationError
from referencing import Registry

from bot.errors import ToolFileError
from bot.reasons import because
from bot.tooling.objections import Objection, misfits, objections
from bot.types import Json

DEEPEST = 40  # of a schema that somebody else wrote


class Unfit(Exception):
    """Arguments that do not fit, with all that is wrong with them."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__(str(objections))
        self.objections = objections


class Arguments(Protocol):
    """What a tool takes."""

    @property
    def schema(self) -> dict[str, Json]:
        """JSON Schema of an object, as models are shown it."""

    def check(self, given: Json) -> dict[str, Json]:
        """Plain JSON values, defaults filled in. Raises `Unfit`."""

    def typed(self, checked: Mapping[str, Json]) -> dict[str, Any]:
        """What `check` gave, as the tool's function takes it."""


class Typed:
    """The arguments of a function, by its types: `Decimal`, dates, nested models, …"""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self.schema = model.model_json_schema()

    def check(self, given: Json) -> dict[str, Json]:
        return self._validated(given).model_dump(mode="json")

    def typed(self, checked: Mapping[str, Json]) -> dict[str, Any]:
        found = self._validated(checked)
        return {name: getattr(found, name) for name in self.model.model_fields}

    def _validated(self, given: Json) -> BaseModel:
        try:
            return self.model.model_validate(dict(given) if isinstance(given, Mapping) else given)
        except ValidationError as error:
            raise Unfit(objections(error)) from error


class Described:
    """The arguments that a foreign JSON Schema describes. They reach the tool as they were shown: plain, no defaults."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        """Raises `ToolFileError` when no object can be checked by it, or when it points outside itself."""
        self.schema: dict[str, Json] = {"type": "object", "additionalProperties": False, **schema}
        if self.schema["type"] != "object":
            raise ToolFileError("its arguments are not an object")
        try:
            Draft202012Validator.check_schema(self.schema)
        except SchemaError as error:
            where = "/".join(map(str, error.absolute_path)) or "its root"
            raise ToolFileError(f"its arguments' JSON Schema is wrong at {where}: {error.message[:200]}") from error
        for reference in _references(self.schema):
            _within(self.schema, reference)
        # a registry of its own: the default one would fetch what a reference names from the network
        self._validator = Draft202012Validator(self.schema, registry=Registry())

    def check(self, given: Json) -> dict[str, Json]:
        plain = _exact(given, ())
        found = [objection for error in self._validator.iter_errors(plain) for objection in misfits(error)]
        if found:
            raise Unfit(found)
        return dict(plain)

    def typed(self, checked: Mapping[str, Json]) -> dict[str, Any]:
        return dict(checked)


def _references(schema: Json, deep: int = 0) -> Iterable[str]:
    """Every `$ref`. Raises `ToolFileError` when it lies deeper than anybody would write."""
    if deep > DEEPEST:
        raise ToolFileError(f"its arguments' JSON Schema is more than {DEEPEST} levels deep")
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _references(part, deep + 1)
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"]


def _within(schema: Json, reference: str) -> None:
    if not reference.startswith("#"):
        raise ToolFileError(f"its arguments' JSON Schema points outside itself: {reference}")
    found = schema
    for step in reference.lstrip("#").strip("/").split("/"):
        if step:
            try:
                found = found[step.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError, IndexError):
                raise ToolFileError(f"its arguments' JSON Schema points at nothing: {reference}") from None


def _exact(value: Json, place: tuple[str | int, ...]) -> Json:
    """Decimal fractions as JSON's numbers. Raises `Unfit` for one that would change on the way."""
    if isinstance(value, Mapping):
        return {name: _exact(one, (*place, name)) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(one, (*place, at)) for at, one in enumerate(value)]
    if isinstance(value, Decimal):
        if Decimal(repr(float(value))) != value:
            raise Unfit([(place, because("too_many_digits", bound=15))])
        return float(value)
    return value
