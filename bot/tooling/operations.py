"""Makes tools of the operations that an admin has listed from an OpenAPI document, and sends what they are called with."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import ToolError, ToolFileError
from bot.policy.verdicts import Effect
from bot.reasons import because
from bot.tooling.arguments import Described
from bot.tooling.context import RunContext
from bot.tooling.naming import NAME, named
from bot.tooling.openapi import Document, Operation, Parameter
from bot.tooling.results import readable
from bot.tooling.system import System
from bot.tooling.tool import Tool
from bot.types import Json

BYTES = 5_000_000  # of an answer that is read
TOO_LARGE = {"left_out": because("left_answer", bound=BYTES // 1_000_000)}
RECEIPT_CHARACTERS = 4_000
MESSAGE_CHARACTERS = 400
MISSING = 404
UNCERTAIN = frozenset({408})  # a refusal that comes when something may have been done

_IDEMPOTENCY = frozenset({"idempotency-key", "x-idempotency-key"})


class Listed(BaseModel):
    """One operation that becomes a tool, as an admin lists it."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    effect: Effect | None = None
    idempotent: bool = False
    description: str | None = None
    titles: dict[str, str] = {}
    examples: list[str] = []
    timeout: float = Field(30.0, gt=0, le=600)


class Entry(BaseModel):
    """One entry of `openapi:` in `sources.yaml`."""

    model_config = ConfigDict(extra="forbid")

    document: str
    system: str
    operations: dict[str, Listed | None]


class Answered(Exception):
    """The system answered something that leaves open whether the effect happened."""


def tools(entry: Entry, folder: Path, ours: Collection[str] = ()) -> list[Tool]:
    """The tools of one document; no argument may replace the headers in `ours`, which are the system's own.

    Raises `ToolFileError`: operation, what is wrong, what to do.
    """
    found = document(folder / entry.document)
    made = []
    for key, listed in entry.operations.items():
        try:
            made.append(_tool(found.operation(key, ours), key, listed or Listed(), entry.system))
        except ToolFileError as error:
            raise ToolFileError(f"{key}: {error}") from error
    return made


class _Plain(yaml.CSafeLoader):
    """Reads what JSON could say: days stay text, and only true and false are yes and no."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (PyYAML's own name)
        first: [
            (tag, shape) for tag, shape in known if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
        ]
        for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])


def document(file: Path) -> Document:
    """Raises `ToolFileError` with the file."""
    try:
        text = file.read_text("utf-8")
        return Document(json.loads(text) if file.suffix == ".json" else yaml.load(text, _Plain))  # noqa: S506  (it makes plain values only)
    except OSError as error:
        raise ToolFileError(f"document {file}: {error.strerror}") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ToolFileError(f"document {file}: is neither JSON nor YAML: {str(error)[:200]}") from error
    except ToolFileError as error:
        raise ToolFileError(f"document {file}: {error}") from error


def _tool(operation: Operation, key: str, listed: Listed, system: str) -> Tool:
    effect = listed.effect or _proposed(operation.method)
    name = listed.name or named(key)
    if not NAME.fullmatch(name):
        raise ToolFileError(f"'{name}' cannot be a tool's name: give one with `name:` (small letters, digits and _)")
    if effect == "read" and operation.method not in ("GET", "HEAD", "POST"):
        raise ToolFileError(f"{operation.method} changes something: take `effect: read` out")
    call = Call(operation, system, reads=effect == "read")
    if listed.idempotent and call.key_header is None:
        raise ToolFileError("it has no header for an idempotency key, so nothing enforces one: take `idempotent` out")
    tool = Tool(
        call.send,
        name,
        listed.description or operation.summary,
        Described(call.schema()),
        read_only=effect == "read",
        destructive=effect == "destructive",
        idempotent=listed.idempotent,
        system=system,
        timeout=listed.timeout,
        examples=tuple(listed.examples),
        titles=listed.titles,
    )
    if effect != "read":
        tool.preview(call.preview)
    if call.guarded:
        tool.witness(call.witness)
    return tool


def _proposed(method: str) -> Effect:
    return "read" if method in ("GET", "HEAD") else "destructive" if method == "DELETE" else "write"


_REQUEST = {"fr": "Requête", "en": "Request"}
_NOW = {"fr": "Ce qui s'y trouve", "en": "What is there now"}


@dataclass(frozen=True)
class Call:
    """How one operation is called.

    The fields of a body stand beside the parameters where no name is taken twice; else all of it is the argument
    `body`. A header for an idempotency key is filled with Baton's own. Where an operation takes `If-Match` and its path
    can be read, it is carried out only on the version that the card was about, or only as long as there is nothing.
    """

    operation: Operation
    system: str
    reads: bool

    @property
    def key_header(self) -> str | None:
        return next((p.name for p in self._of("header") if p.name.lower() in _IDEMPOTENCY), None)

    @property
    def guarded(self) -> bool:
        """Whether a call is about the version that was shown."""
        operation = self.operation
        return operation.has_get and operation.method not in ("GET", "HEAD", "POST") and self._declares("if-match")

    def schema(self) -> dict[str, Json]:
        """JSON Schema of the arguments. Raises `ToolFileError` when two have one name."""
        properties = {p.name: dict(p.schema) for p in self._given()}
        needed = [parameter.name for parameter in self._given() if parameter.required]
        if len(properties) < len(self._given()):
            raise ToolFileError("two of its parameters have one name; Baton cannot tell them apart")
        operation = self.operation
        if (fields := self._fields()) is not None:
            assert operation.body is not None  # it has fields
            properties |= fields
            needed += [name for name in self._record().get("required", ()) if operation.body_required]
        elif operation.body is not None:
            if "body" in properties:
                raise ToolFileError(
                    "one of its parameters is called 'body' like its body; Baton cannot tell them apart"
                )
            properties["body"] = dict(operation.body)
            needed += ["body"] if operation.body_required else []
        defs = {"$defs": dict(operation.defs)} if operation.defs else {}
        # with the request in it, what was approved is not sent elsewhere when the document changes
        record = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
        return {**record, "$comment": f"{operation.method} {operation.path}", **defs}

    async def send(self, ctx: RunContext, /, **arguments: Any) -> Json:
        """Call it. A refusal is a `ToolError`; whatever leaves the effect open is not."""
        given = [p.name for p in self._given() if p.place == "header" and p.name in arguments]
        headers = {name: _line(name, _text(arguments[name])) for name in given}
        if self.guarded and ctx.witness:
            version = ctx.witness.get("_version")
            headers |= {"If-Match": str(version)} if version else {"If-None-Match": "*"}
        if self.key_header and ctx.idempotency_key:
            headers[self.key_header] = ctx.idempotency_key
        how: dict[str, Any] = {}
        if (body := self._body(arguments)) is not None:
            how["content"] = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = self.operation.sends
        method, path = self.operation.method, self._path(arguments)
        system, query = ctx.system(self.system), self._query(arguments)
        status, answer, _ = await _asked(system, method, path, headers=headers, params=query, **how)
        _settled(self.system, method, path, status, answer, reads=self.reads)
        if self.reads:  # in an entry of its own: what a system sends must not pass for words of the tool
            return dict(TOO_LARGE) if answer == TOO_LARGE else {"answer": answer}
        return {
            "summary": f"{self.system}: {status} {httpx.codes.get_reason_phrase(status)}".rstrip(),
            "system": self.system,
            "request": f"{method} {path}",
            "status": status,
            "answer": readable(answer, RECEIPT_CHARACTERS),
        }

    async def preview(self, ctx: RunContext, /, **arguments: Any) -> dict[str, Json]:
        """The request, and what is there now when it can be read at the same path: whoever decides sees what it is about."""
        language, path = ctx.actor.language, self._path(arguments)
        shown: dict[str, Json] = {_REQUEST[language]: f"{self.operation.method} {path}"}
        if self.operation.has_get and self.operation.method in ("PUT", "PATCH", "DELETE"):
            status, content, _ = await _asked(ctx.system(self.system), "GET", path)
            if status == httpx.codes.OK:
                shown[_NOW[language]] = readable(content, RECEIPT_CHARACTERS)
        return shown

    async def witness(self, ctx: RunContext, /, **arguments: Any) -> dict[str, Json]:
        """Whether it is there now, and in which version. Raises `ToolError` when that cannot be read, or has none."""
        path = self._path(arguments)
        status, content, headers = await _asked(ctx.system(self.system), "GET", path)
        if status == MISSING and self._declares("if-none-match"):
            return {"exists": False}
        _settled(self.system, "GET", path, status, content, reads=True)
        if "etag" not in headers:
            raise ToolError(because("no_version", system=self.system, path=path))
        return {"exists": True, "_version": headers["etag"]}

    def _declares(self, header: str) -> bool:
        return any(parameter.name.lower() == header for parameter in self._of("header"))

    def _of(self, place: str) -> list[Parameter]:
        return [parameter for parameter in self.operation.parameters if parameter.place == place]

    def _given(self) -> list[Parameter]:
        """The parameters that are arguments."""
        ours = {"if-match", "if-none-match"} if self.guarded or self.operation.method in ("GET", "HEAD") else set[str]()
        return [p for p in self.operation.parameters if p.name != self.key_header and p.name.lower() not in ours]

    def _record(self) -> Mapping[str, Json]:
        """The schema of the body, behind a reference."""
        body = self.operation.body or {}
        reference = body.get("$ref")
        return self.operation.defs[reference.removeprefix("#/$defs/")] if isinstance(reference, str) else body

    def _fields(self) -> dict[str, Json] | None:
        """The body's own fields, when they can stand beside the parameters."""
        record = self._record()
        fields = record.get("properties")
        mixed = any(key in record for key in ("allOf", "anyOf", "oneOf", "not", "additionalProperties", "if"))
        if (
            not isinstance(fields, dict)
            or not fields
            or mixed
            or fields.keys() & {p.name for p in self.operation.parameters}
        ):
            return None
        return fields

    def _body(self, arguments: Mapping[str, Json]) -> Json:
        fields = self._fields()
        if fields is None:
            return arguments.get("body")
        given = {name: arguments[name] for name in fields if name in arguments}
        return given if given or self.operation.body_required else None

    def _path(self, arguments: Mapping[str, Json]) -> str:
        path = self.operation.path
        for parameter in self._of("path"):
            value = _text(arguments[parameter.name])
            if value in ("", ".", "..") or set(value) & {"/", "\\"}:  # many servers decode before they route
                raise ToolError(f"{parameter.name}: {because('no_segment', value=value)}")
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        return path

    def _query(self, arguments: Mapping[str, Json]) -> list[tuple[str, str]]:
        query: list[tuple[str, str]] = []
        for parameter in self._of("query"):
            value = arguments.get(parameter.name)
            values = [_text(one) for one in (value if isinstance(value, list) else [value]) if one is not None]
            if parameter.joined and any("," in one for one in values):
                raise ToolError(f"{parameter.name}: {because('no_comma')}")
            if values:
                query += (
                    [(parameter.name, ",".join(values))] if parameter.joined else [(parameter.name, v) for v in values]
                )
        return query


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _line(name: str, value: str) -> str:
    """A value that can stand in a header. Raises `ToolError`."""
    if not (value.isascii() and value.isprintable()):
        raise ToolError(f"{name}: {because('no_header')}")
    return value


async def _asked(system: System, method: str, path: str, **how: Any) -> tuple[int, Json, Mapping[str, str]]:
    """Status, content and headers of whatever the system answers."""
    async with system.stream(method, path, follow_redirects=False, **how) as response:
        return response.status_code, await _content(response), response.headers


def _settled(system: str, method: str, path: str, status: int, content: Json, *, reads: bool) -> None:
    """Nothing, when it was done. Raises `ToolError` when nothing happened, and `Answered` when that is not sure."""
    if 200 <= status < 300:
        return
    told = _message(content) or httpx.codes.get_reason_phrase(status)
    if 400 <= status < 500 and (reads or status not in UNCERTAIN):
        raise ToolError(because("http_refused", system=system, status=status, message=told))
    if reads:
        raise ToolError(because("http_failed", system=system, status=status, message=told))
    raise Answered(f"{system}: {method} {path}: HTTP {status}")


async def _content(response: httpx.Response) -> Json:
    """Parsed JSON, else text; of one that is too large, only that it is."""
    read = bytearray()
    async for part in response.aiter_bytes():
        read += part
        if len(read) > BYTES:
            return TOO_LARGE
    if not read:
        return None
    try:
        text = read.decode(response.charset_encoding or "utf-8", "replace")
    except (LookupError, UnicodeError):  # no such encoding, or none of texts
        text = read.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _message(content: Json) -> str:
    """What a system says of its own refusal."""
    if isinstance(content, Mapping):
        for name in ("message", "detail", "title", "error_description", "error", "errors"):
            if content.get(name):
                return _message(content[name]) or json.dumps(content[name], ensure_ascii=False)[:MESSAGE_CHARACTERS]
    return " ".join(content.split())[:MESSAGE_CHARACTERS] if isinstance(content, str) else ""
