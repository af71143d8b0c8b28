"""What a tool's arguments may be: told by a function's types, or by the JSON Schema of a system that Baton did not write."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from jsonschema import Draft202012Validator, SchemaError
from pydantic import BaseModel, ValidationError
from referencing import Registry

from bot.errors import ToolFileError
from bot.reasons import because
from bot.tooling import foreign
from bot.tooling.file import ABOUT, FORMAT, File, Named, called
from bot.tooling.objections import Objection, misfits, objections
from bot.types import Json, SealedFile

FIGURE = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?")


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

    def files(self, checked: Mapping[str, Json]) -> list[Named]:
        """The files of the thread that are meant."""

    def sealed(self, checked: Mapping[str, Json], found: Mapping[str, SealedFile]) -> dict[str, Json]:
        """The same with each file as it was found, by the name or id that `called` gives."""

    def typed(self, checked: Mapping[str, Json], contents: Mapping[str, bytes] | None = None) -> dict[str, Any]:
        """What `check` gave, as the tool's function takes it; `contents` are those of its files, by their SHA-256.

        Without them a file is its name: so rules are about it.
        """


class Typed:
    """The arguments of a function, by its types: `Decimal`, dates, nested models, …"""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self.schema = model.model_json_schema()
        for part in self.schema.get("properties", {}).values():
            if part.get("format") == FORMAT and part["description"] != ABOUT:  # the docstring's words took its place
                part["description"] += f" {ABOUT}"

    def check(self, given: Json) -> dict[str, Json]:
        return self._validated(given).model_dump(mode="json")

    def files(self, checked: Mapping[str, Json]) -> list[Named]:
        found: list[Named] = []
        self._validated(checked, found.append)
        return list(dict.fromkeys(found))

    def sealed(self, checked: Mapping[str, Json], found: Mapping[str, SealedFile]) -> dict[str, Json]:
        return self._validated(checked, lambda named: vars(found[called(named)])).model_dump(mode="json")

    def typed(self, checked: Mapping[str, Json], contents: Mapping[str, bytes] | None = None) -> dict[str, Any]:
        made = _name if contents is None else functools.partial(_opened, contents)
        found = self._validated(checked, made)
        return {name: getattr(found, name) for name in self.model.model_fields}

    def _validated(self, given: Json, made: Callable[[Named], Any] | None = None) -> BaseModel:
        """`made` says what stands in the place of a file."""
        try:
            return self.model.model_validate(dict(given) if isinstance(given, Mapping) else given, context=made)
        except ValidationError as error:
            raise Unfit(objections(error)) from error


class Described:
    """The arguments that a foreign JSON Schema describes. They reach the tool as they were shown: plain, no defaults."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        """Raises `ToolFileError` when no object can be checked by it, or when it points outside itself."""
        self.schema: dict[str, Json] = foreign.plain(schema)
        try:
            Draft202012Validator.check_schema(self.schema)
        except SchemaError as error:
            where = "/".join(map(str, error.absolute_path)) or "its root"
            raise ToolFileError(f"its arguments' JSON Schema is wrong at {where}: {error.message[:200]}") from error
        try:
            json.dumps(self.schema, sort_keys=True)
        except (TypeError, ValueError) as error:
            raise ToolFileError(f"its arguments' JSON Schema has what JSON cannot say: {error}") from error
        # a registry of its own: the default one would fetch what a reference names from the network
        self._validator = Draft202012Validator(self.schema, registry=Registry())

    def check(self, given: Json) -> dict[str, Json]:
        plain = _exact(_figures(given, self.schema, self.schema), ())
        try:
            found = [objection for error in self._validator.iter_errors(plain) for objection in misfits(error)]
        except RecursionError as error:
            raise Unfit([((), because("unfit"))]) from error
        if found:
            raise Unfit(found)
        return dict(plain)

    def files(self, checked: Mapping[str, Json]) -> list[Named]:
        return []

    def sealed(self, checked: Mapping[str, Json], found: Mapping[str, SealedFile]) -> dict[str, Json]:
        return dict(checked)

    def typed(self, checked: Mapping[str, Json], contents: Mapping[str, bytes] | None = None) -> dict[str, Any]:
        return dict(checked)


def _name(named: Named) -> str:
    return named if isinstance(named, str) else named.name


def _opened(contents: Mapping[str, bytes], named: Named) -> File:
    assert isinstance(named, SealedFile)  # a call is made with arguments that are sealed
    return File(named.file, named.name, named.type, named.size, named.sha256, contents[named.sha256])


def _figures(value: Json, part: Json, root: Mapping[str, Json]) -> Json:
    """Figures that a form gives as text, as numbers, where the schema knows nothing but numbers."""
    while isinstance(part, Mapping) and "$ref" in part:
        part = root.get("$defs", {}).get(str(part["$ref"]).removeprefix("#/$defs/"))
    if not isinstance(part, Mapping):
        return value
    if isinstance(value, Mapping):
        known = part.get("properties", {})
        return {name: _figures(one, known.get(name), root) for name, one in value.items()}
    if isinstance(value, list):
        return [_figures(one, part.get("items"), root) for one in value]
    kinds = {str(one.get("type")) for one in part.get("anyOf", [part])} - {"null"}
    if isinstance(value, str) and kinds and kinds <= {"number", "integer"} and FIGURE.fullmatch(value):
        return Decimal(value) if "." in value else int(value)
    return value


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
