"""Reads an OpenAPI 3.0 or 3.1 or Swagger 2 document: what one operation takes, as JSON Schema of today. Sends nothing.

Addresses and authentication that the document names are ignored: those come from `sources.yaml`. Of a big document only
what an operation needs is taken; a schema that refers to itself stays a reference.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.errors import ToolFileError
from bot.types import Json

METHODS = ("get", "head", "post", "put", "patch", "delete")
DESCRIBED = 400  # characters of a description that a model reads
DEEPEST = 60  # references and levels, one within the other

Place = Literal["path", "query", "header"]

# a document has no say in these: they come from the client
_OURS = frozenset(
    {"accept", "authorization", "content-type", "content-length", "host", "cookie", "connection", "te", "upgrade"}
    | {"expect", "transfer-encoding", "x-http-method-override", "x-http-method", "x-method-override"}
    | {"x-original-url", "x-rewrite-url"}
)
_THEIRS = ("x-forwarded-", "proxy-")  # of those between us and the system
_SINGLE = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_SEVERAL = ("anyOf", "oneOf", "allOf", "prefixItems")
_PLAIN = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength"}
    | {"maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "format", "default"}
)


@dataclass(frozen=True)
class Parameter:
    """One value outside the body. `joined`: a list goes with commas, else the name is repeated."""

    name: str
    place: Place
    required: bool
    schema: Mapping[str, Json]
    joined: bool = False


@dataclass(frozen=True)
class Operation:
    """What can be asked of one path. `defs` are the schemas that its own refer to."""

    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Json] | None = None
    body_required: bool = False
    sends: str = "application/json"
    defs: Mapping[str, Json] = field(default_factory=dict)
    has_get: bool = False  # the same path can be read


class Document:
    """An OpenAPI document, read once. Errors are `ToolFileError`: what is wrong at which operation, and what to do."""

    def __init__(self, content: Json) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("paths"), dict):
            raise ToolFileError("is no OpenAPI document: it has no `paths`")
        version = str(content.get("openapi") or content.get("swagger") or "")
        if not version.startswith(("3.0", "3.1", "2.")):
            raise ToolFileError(f"is of version '{version}': OpenAPI 3.0, 3.1 and Swagger 2 are read")
        self._content: dict[str, Json] = content
        self._old = version.startswith("2.")
        self._operations: dict[str, tuple[str, str]] = {}
        self._twice: set[str] = set()
        for found in self._all():
            self._operations[f"{found[0].upper()} {found[1]}"] = found
        for found in self._all():
            named = content["paths"][found[1]][found[0]].get("operationId")
            if isinstance(named, str) and " " not in named:  # else it could pass for method and path
                self._twice |= {named} & self._operations.keys()
                self._operations[named] = found

    def listed(self) -> list[str]:
        """Each operation once: by its operationId where that is its own, else as `POST /contacts`."""
        names = {found: key for key, found in self._operations.items() if key not in self._twice}
        return list(names.values())

    def operation(self, key: str, ours: Collection[str] = ()) -> Operation:
        """By its operationId, or as `POST /contacts`; without the headers that are not the document's to ask for."""
        found = self._operations.get(key)
        if key in self._twice:
            raise ToolFileError("several operations of the document have this operationId: name it by method and path")
        if found is None:
            near = difflib.get_close_matches(key, self._operations, 3, 0.5)
            hint = f"; near to it: {', '.join(near)}" if near else ""
            raise ToolFileError(f"the document has no operation '{key}'{hint}")
        try:
            return self._read(*found, {name.lower() for name in ours} | _OURS)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"[:200]
            raise ToolFileError(f"the document describes it in a form that cannot be read ({what})") from error

    def _all(self) -> Iterator[tuple[str, str]]:
        for path, item in self._content["paths"].items():
            for method in METHODS:
                if isinstance(path, str) and isinstance(item, dict) and isinstance(item.get(method), dict):
                    yield method, path

    def _read(self, method: str, path: str, ours: Collection[str]) -> Operation:
        if not re.fullmatch(r"/(?!/)[^?#\\%\s]*", path) or {".", ".."} & set(path.split("/")):
            raise ToolFileError(f"its path {path} leads elsewhere than it says")
        item = self._content["paths"][path]
        written = item[method]
        found: dict[tuple[str, str], dict[str, Json]] = {}
        for one in (*(item.get("parameters") or ()), *(written.get("parameters") or ())):
            parameter = self._resolved(one)
            found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
        schemas = _Schemas(self)
        body, required, sends = self._body(written, list(found.values()), schemas)
        parameters = tuple(
            self._parameter(parameter, schemas)
            for (place, name), parameter in found.items()
            if place != "body" and not (place == "header" and _is_ours(name.lower(), ours)) and not _skipped(parameter)
        )
        missing = set(re.findall(r"\{([^{}]+)\}", path)) - {one.name for one in parameters if one.place == "path"}
        if missing:
            raise ToolFileError(f"its path has {{{min(missing)}}}, but the document describes no such parameter")
        summary = str(written.get("summary") or written.get("description") or f"{method.upper()} {path}")
        return Operation(
            method.upper(),
            path,
            _short(summary),
            parameters,
            body,
            required,
            sends,
            schemas.defs,
            has_get="get" in item,
        )

    def _parameter(self, written: Mapping[str, Json], schemas: _Schemas) -> Parameter:
        name, place = str(written.get("name")), written.get("in")
        if not isinstance(written.get("name"), str):
            raise ToolFileError("one of its parameters has no name")
        if place not in ("path", "query", "header"):
            raise ToolFileError(f"its parameter '{name}' goes into '{place}', which Baton does not send")
        schema = written if self._old else written.get("schema")
        if not isinstance(schema, Mapping):
            raise ToolFileError(f"its parameter '{name}' has no schema")
        converted = schemas.converted(
            {key: value for key, value in schema.items() if key not in ("in", "name", "required")}
        )
        if converted.get("type") == "object":
            raise ToolFileError(f"its parameter '{name}' is an object outside the body, which Baton does not send")
        if described := written.get("description"):
            converted["description"] = _short(str(described))
        if written.get("style", "form") not in ("form", "simple") or written.get("collectionFormat", "csv") not in (
            "csv",
            "multi",
        ):
            raise ToolFileError(f"its parameter '{name}' is written in a style that Baton does not send")
        joined = written.get("collectionFormat", "csv") != "multi" if self._old else written.get("explode") is False
        return Parameter(name, place, place == "path" or written.get("required") is True, converted, joined)

    def _body(
        self, written: Mapping[str, Json], parameters: list[dict[str, Json]], schemas: _Schemas
    ) -> tuple[Mapping[str, Json] | None, bool, str]:
        if self._old:
            found = next((one for one in parameters if one.get("in") == "body"), None)
            if found is None:
                return None, False, ""
            return schemas.converted(found.get("schema", {})), found.get("required") is True, "application/json"
        if "requestBody" not in written:
            return None, False, ""
        body = self._resolved(written["requestBody"])
        content = body.get("content", {})
        kind = next((kind for kind in content if re.fullmatch(r"application/([\w.-]+\+)?json(;.*)?", kind)), None)
        if kind is None:
            raise ToolFileError(f"it takes {', '.join(content) or 'an unknown body'}; Baton sends JSON")
        return schemas.converted(content[kind].get("schema", {})), body.get("required") is True, kind

    def _resolved(self, node: Json) -> dict[str, Json]:
        for _ in range(DEEPEST):
            if not isinstance(node, dict):
                raise ToolFileError("a parameter or body in the document is no object")
            if "$ref" not in node:
                return node
            node = self.at(str(node["$ref"]))
        raise ToolFileError("a reference in the document leads in a circle")

    def at(self, reference: str) -> Json:
        """What a reference within the document names."""
        if not reference.startswith("#/"):
            raise ToolFileError(f"the document points outside itself: {reference}; put both into one document")
        found: Json = self._content
        for step in reference[2:].split("/"):
            try:
                found = found[step.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError):
                raise ToolFileError(f"the document points at nothing: {reference}") from None
        return found


class _Schemas:
    """Converts the schemas of one operation, and keeps those that they refer to."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.defs: dict[str, Json] = {}
        self._names: dict[str, str] = {}  # by reference

    def converted(self, node: Json, deep: int = 0) -> dict[str, Json]:
        """The same in JSON Schema 2020-12, without what only decorates and without what the system itself fills in."""
        if deep > DEEPEST:
            raise ToolFileError(f"a schema of it is more than {DEEPEST} levels deep")
        if not isinstance(node, Mapping):
            return {}
        if isinstance(reference := node.get("$ref"), str):
            return _or_null({"$ref": f"#/$defs/{self._named(reference, deep)}"}, node)
        made: dict[str, Json] = {key: value for key, value in node.items() if key in _PLAIN}
        made |= {key: self.converted(node[key], deep + 1) for key in _SINGLE if isinstance(node.get(key), Mapping)}
        made |= {
            key: [self.converted(one, deep + 1) for one in node[key]]
            for key in _SEVERAL
            if isinstance(node.get(key), list)
        }
        if isinstance(node.get("additionalProperties"), bool):
            made["additionalProperties"] = node["additionalProperties"]
        if isinstance(known := node.get("properties"), Mapping):
            if strange := next((name for name in known if not isinstance(name, str)), None):
                raise ToolFileError(f"it has a field that YAML reads as {strange!r}: put its name in quotes")
            sent = {name: one for name, one in known.items() if not self._is_filled_in(one)}
            made["properties"] = {name: self.converted(one, deep + 1) for name, one in sent.items()}
        filled_in = known.keys() - made["properties"].keys() if isinstance(known, Mapping) else ()
        if isinstance(node.get("required"), list):  # before 2013 each field said it of itself
            made["required"] = [name for name in node["required"] if name not in filled_in]
        if made.get("type") == "file":
            raise ToolFileError("it takes a file, which Baton does not send")
        if isinstance(pattern := node.get("pattern"), str) and _compiles(pattern):
            made["pattern"] = pattern
        if described := node.get("description"):
            made["description"] = _short(str(described))
        return _or_null(_bounds(made), node)

    def _is_filled_in(self, node: Json) -> bool:
        """Whether the system itself gives the value."""
        for _ in range(DEEPEST):
            if not isinstance(node, Mapping) or node.get("readOnly") is True or "$ref" not in node:
                break
            node = self._document.at(str(node["$ref"]))
        return isinstance(node, Mapping) and node.get("readOnly") is True

    def _named(self, reference: str, deep: int) -> str:
        if reference not in self._names:
            name = re.sub(r"\W", "_", reference.rsplit("/", 1)[-1]) or "schema"
            while name in self.defs:
                name += "_"
            self._names[reference] = name
            self.defs[name] = {}  # it may refer to itself
            self.defs[name] = self.converted(self._document.at(reference), deep + 1)
        return self._names[reference]


def _bounds(made: dict[str, Json]) -> dict[str, Json]:
    """OpenAPI 3.0 says with yes or no whether a bound itself is allowed."""
    for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(strict), bool) and made.pop(strict) and bound in made:
            made[strict] = made.pop(bound)
    return made


def _or_null(made: dict[str, Json], node: Mapping[str, Json]) -> dict[str, Json]:
    """`nullable` of OpenAPI 3.0, `x-nullable` of Swagger 2."""
    if not (node.get("nullable") is True or node.get("x-nullable") is True):
        return made
    return {"anyOf": [made, {"type": "null"}]}


def _is_ours(header: str, ours: Collection[str]) -> bool:
    """Whether a header is no business of who calls."""
    return header in ours or header.startswith(_THEIRS)


def _skipped(parameter: Mapping[str, Any]) -> bool:
    """What goes into a cookie and may be left out, is."""
    return parameter.get("in") == "cookie" and parameter.get("required") is not True


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= DESCRIBED else f"{plain[:DESCRIBED]}…"
