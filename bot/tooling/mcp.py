"""The tools of MCP servers. What a tool is was pinned when somebody accepted it; a server is reached at the first call."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog
from mcp import types
from mcp.shared.exceptions import MCPError

from bot.errors import ToolError, ToolFileError
from bot.reasons import because
from bot.tooling.arguments import Described
from bot.tooling.context import RunContext
from bot.tooling.mcp_connection import Answer, Connection, NotReady
from bot.tooling.mcp_entry import Allowed, McpEntry
from bot.tooling.mcp_wires import UNSENT
from bot.tooling.naming import NAME, named
from bot.tooling.pins import Pin, seen, told, told_schema
from bot.tooling.results import shown
from bot.tooling.tool import Tool
from bot.types import Json

CHARACTERS = 15_000  # of a result's text, and of its data
PARTS = 10  # of a result that are no text and are named
ERROR_CHARACTERS = 500

log = structlog.get_logger()


class McpErrorAnswer(Exception):
    """The server answered with an error, which does not promise that nothing happened."""


class McpConnectionLost(Exception):
    """The connection ended before the answer came."""


class McpInputAsked(Exception):
    """The server asked for something that Baton does not give, instead of answering."""


class McpServer:
    """One server and its tools. `quarantined` says of each tool that is no longer what was accepted what changed."""

    def __init__(self, name: str, entry: McpEntry, pins: Mapping[str, Pin]) -> None:
        self.name = name
        self.quarantined: Mapping[str, str] = {}
        self.entry, self._pins = entry, pins
        self._command = f"baton tools accept {name}"
        self._connection: Connection | None = None
        self._ending: set[Connection] = set()
        self._under_way = 0
        self._offered: Mapping[str, Pin] = {}

    def tools(self, file: Path) -> Iterator[Tool]:
        """Those that are allowed and pinned; of the others the log says what to do. Raises `ToolFileError`."""
        for tool, allowed in self.entry.tools.items():
            if tool in self._pins:
                yield self._tool(tool, allowed, file)
            else:
                why = "nobody has accepted it yet"
                log.warning("tool left out", server=self.name, tool=tool, why=why, to_run=self._command)

    def _tool(self, tool: str, allowed: Allowed, file: Path) -> Tool:
        where, pin = f"{file}: mcp: {self.name}: {tool}", self._pins[tool]
        name = allowed.name or named(f"{self.name}_{tool}")
        if not NAME.fullmatch(name):
            raise ToolFileError(f"{tool}: no name for people can be made of it: give it a `name:`")
        try:
            arguments = Described({**told_schema(pin.schema), "$comment": f"{self.name}: {tool}"})
        except ToolFileError as error:
            raise ToolFileError(f"{tool}: {error}; take it from the list") from error

        async def function(ctx: RunContext, /, **arguments: Json) -> Json:
            return await self._call(tool, arguments, read_only=allowed.effect == "read")

        return Tool(
            function=function,
            name=name,
            description=told(pin.description) or f"{tool} ({self.name})",
            arguments=arguments,
            read_only=allowed.effect == "read",
            destructive=allowed.effect == "destructive",
            system=self.name,
            timeout=self.entry.timeout,
            examples=allowed.examples,
            titles=allowed.titles,
            file=where,
        )

    def is_like(self, other: McpServer) -> bool:
        """Whether both are described alike, and the same was accepted of them."""
        return (self.name, self.entry, self._pins) == (other.name, other.entry, other._pins)

    async def offered(self) -> Mapping[str, Pin]:
        """What the server offers now. Raises `ToolError` when it cannot be asked."""
        await self._ready()
        return self._offered

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way."""
        return not self._under_way

    async def close(self) -> None:
        """End the session, and the child process where there is one."""
        for connection in [*self._ending, *filter(None, [self._connection])]:
            await connection.end()

    async def _call(self, tool: str, arguments: Mapping[str, Json], *, read_only: bool) -> Json:
        """One call, sent at most once. A `ToolError` only where it surely had no effect."""
        self._under_way += 1
        try:
            connection = await self._ready()
            if tool in self.quarantined:
                raise ToolError(because("mcp_changed", server=self.name, tool=tool, command=self._command))
            answer = await connection.call(tool, arguments)
        except MCPError as error:
            raise self._failure(error, read_only=read_only) from error
        finally:
            self._under_way -= 1
        return self._result(tool, answer, read_only=read_only)

    async def _ready(self) -> Connection:
        """A session. Raises `ToolError` when there is none in half of the time that a call has."""
        within = self.entry.timeout / 2
        try:
            async with asyncio.timeout(within):
                if self._connection and self._connection.is_alive:
                    with contextlib.suppress(NotReady):  # lost without a sign: another one is tried
                        return await self._connection.ready()
                return await self._begin().ready()
        except (NotReady, TimeoutError) as error:
            raise ToolError(because("mcp_unreachable", server=self.name)) from error

    def _begin(self) -> Connection:
        """A new session, unless another call has begun one meanwhile."""
        if self._connection is None or not self._connection.is_alive:
            self._ending = {one for one in (*self._ending, self._connection) if one and not one.is_over}
            for one in self._ending:
                one.stop()
            self._connection = Connection(self.name, self.entry, self._look)
        return self._connection

    def _look(self, offered: Mapping[str, Pin]) -> None:
        """Compare what the server offers with what was accepted."""
        self._offered = offered
        found = {tool: changed(pin, offered.get(tool)) for tool, pin in self._pins.items()}
        now = {tool: what for tool, what in found.items() if what}
        for tool, what in now.items():
            if self.quarantined.get(tool) != what:
                log.warning("tool in quarantine", server=self.name, tool=tool, changed=what, to_run=self._command)
        self.quarantined = now

    def _failure(self, error: MCPError, *, read_only: bool) -> Exception:
        text = self._words(error.message)
        if error.code == UNSENT:
            return ToolError(because("mcp_unreachable", server=self.name))
        # "invalid params" may come out of the tool itself, when it has begun
        if error.code == types.METHOD_NOT_FOUND or (read_only and error.code == types.INVALID_PARAMS):
            return ToolError(because("mcp_refused", server=self.name, text=text))
        if error.code == types.CONNECTION_CLOSED:
            return McpConnectionLost(f"{self.name}: {text}")
        return McpErrorAnswer(f"{self.name}: {text}")

    def _result(self, tool: str, answer: Answer, *, read_only: bool) -> Json:
        if isinstance(answer, types.InputRequiredResult):
            asked = ", ".join(sorted({one.method for one in (answer.input_requests or {}).values()}))
            log.warning("an MCP server asks for what it does not get", server=self.name, request=asked)
            raise McpInputAsked(f"{self.name}: {tool}: {asked}")
        if answer.is_error:
            text = self._words(" ".join(one.text for one in answer.content if isinstance(one, types.TextContent)))
            if read_only:
                raise ToolError(because("mcp_refused", server=self.name, text=text))
            raise McpErrorAnswer(f"{self.name}: {tool}: {text}")
        return {"from": f"{self.name}: {tool}", **_parts(answer)}

    def _words(self, text: str) -> str:
        return self.entry.masked(seen(text))[:ERROR_CHARACTERS]


def changed(pinned: Pin, offered: Pin | None) -> str:
    """How what a server offers differs from what was accepted; nothing when it does not."""
    if offered is None:
        return "gone"
    if pinned.digest == offered.digest:
        return ""
    parts = {"description": pinned.description != offered.description, "input schema": pinned.schema != offered.schema}
    return " and ".join(name for name, differs in parts.items() if differs)


def _parts(answer: types.CallToolResult) -> dict[str, Json]:
    """A result as data. Pictures, sound and files are named, not passed on; what is cut says so."""
    text = "\n".join(one.text for one in answer.content if isinstance(one, types.TextContent))
    data = answer.structured_content
    found: dict[str, Json] = {}
    parts = [_named(one) for one in answer.content if not isinstance(one, types.TextContent)]
    left_out = [because("left_part", what=what) for what in parts[:PARTS]]
    left_out += [because("left_places", count=len(parts) - PARTS)] if len(parts) > PARTS else []
    if data is not None:
        cut = shown(data, CHARACTERS)
        whole = len(json.dumps(data, ensure_ascii=False)) <= CHARACTERS
        found["data"] = data if whole else cut.text
        left_out += [] if whole else cut.left_out
    if text and not _is_same(text, data):
        found["text"] = _cut(text)
        left_out += [because("left_end", count=len(text) - CHARACTERS)] if len(text) > CHARACTERS else []
    return {**({"left_out": left_out} if left_out else {}), **found}


def _is_same(text: str, data: Json) -> bool:
    """Servers give their data as text once more, for clients that do not know of data."""
    if data is None:
        return False
    try:
        return bool(json.loads(text) == data)
    except (ValueError, RecursionError):
        return bool(data == {"result": text})


def _cut(text: str) -> str:
    if len(text) <= CHARACTERS:
        return text
    return f"{text[:CHARACTERS]}\n[cut here: {len(text) - CHARACTERS} more characters were left out]"


@functools.singledispatch
def _named(part: object) -> str:
    return type(part).__name__


@_named.register
def _(part: types.ImageContent) -> str:
    return _sized(part.mime_type, len(part.data) * 3 // 4)


@_named.register
def _(part: types.AudioContent) -> str:
    return _sized(part.mime_type, len(part.data) * 3 // 4)


@_named.register
def _(part: types.ResourceLink) -> str:
    return _sized(f"{part.mime_type or 'a resource'} at {part.uri}", part.size)


@_named.register
def _(part: types.EmbeddedResource) -> str:
    inner = part.resource
    size = len(inner.blob) * 3 // 4 if isinstance(inner, types.BlobResourceContents) else len(inner.text)
    return _sized(f"{inner.mime_type or 'a resource'} at {inner.uri}", size)


def _sized(what: str, size: int | None) -> str:
    return seen(what)[:300] + (f", {size} bytes" if size is not None else "")
