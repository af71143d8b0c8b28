"""The two ways to an MCP server: a child process that ends with Baton, and HTTP. What comes back on either is bounded."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import CONNECTION_CLOSED, jsonrpc_message_adapter
from pydantic import ValidationError

from bot.tooling.mcp_entry import McpEntry
from bot.tooling.pins import seen

LARGEST = 4 * 1024 * 1024  # bytes of one message
# in a JSON-RPC error of our own: this request never reached the server. No server can know it
UNSENT = -1_000_000_000 - secrets.randbelow(1_000_000_000)
PATIENCE = 2.0  # seconds that a child has to end by itself, and again after SIGTERM
LINE, LINES = 500, 60  # characters of a line of a child's standard error, and such lines in a minute, that are logged

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None  # looked up before any fork

log = structlog.get_logger()


def wire(name: str, entry: McpEntry, lost: Callable[[str], None]) -> Any:
    """A transport for the SDK's client; `lost` hears, at most once, why nothing can come back on it any more."""
    return _child(name, entry, lost) if entry.command else _http(entry, lost)


@asynccontextmanager
async def _http(entry: McpEntry, lost: Callable[[str], None]) -> AsyncIterator[Any]:
    patience = httpx2.Timeout(30, connect=10, read=None)  # how long an answer may take, the caller knows
    headers = {"Accept-Encoding": "identity", **entry.headers}
    async with (
        _Http(lost, headers=headers, timeout=patience) as client,
        streamable_http_client(entry.url, http_client=client, max_sse_event_size=LARGEST) as streams,
    ):
        yield streams


class _Http(httpx2.AsyncClient):
    """Answers for itself what never reached the server, and what was lost: the SDK would end the session for all."""

    def __init__(self, lost: Callable[[str], None], **client: Any) -> None:
        super().__init__(**client)
        self._lost = lost

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        try:
            response = await super().send(request, **how)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return _instead(request, UNSENT, error)
        except httpx2.TransportError as error:
            return _instead(request, CONNECTION_CLOSED, error)
        if response.status_code == 404 and "mcp-session-id" in request.headers:
            self._lost("the server has forgotten the session")  # it says so before it looks at the request
            await response.aclose()
            return _instead(request, UNSENT)
        if "content-encoding" in response.headers:
            await response.aclose()  # unpacked, it could be of any size
            return _instead(request, CONNECTION_CLOSED)
        if response.headers.get("content-type", "").lower().startswith("application/json"):
            response.stream = _Bounded(response.stream)
        return response


def _instead(request: httpx2.Request, code: int, error: Exception | None = None) -> httpx2.Response:
    """An answer in the server's place, which concerns this request only."""
    if request.method != "POST" and error:
        raise error
    told = {"code": code, "message": type(error).__name__ if error else "not sent"}
    return httpx2.Response(502, json={"jsonrpc": "2.0", "id": None, "error": told}, request=request)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST:
                raise httpx2.StreamError(f"an answer of more than {LARGEST} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


@asynccontextmanager
async def _child(name: str, entry: McpEntry, lost: Callable[[str], None]) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """The server as a child: in a session of its own, with an environment of its own."""
    process = await asyncio.create_subprocess_exec(
        *entry.command,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=_environment(entry.environment), limit=LARGEST, start_new_session=True, preexec_fn=_end_with_baton,
    )  # fmt: skip
    to_session, from_child = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_child, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    with to_session, from_child, to_child, from_session:
        async with anyio.create_task_group() as group:
            group.start_soon(_hear, name, process, to_session, lost)
            group.start_soon(_tell, process, from_session, lost)
            group.start_soon(_log_errors, name, entry, process)
            try:
                yield from_child, to_child
            finally:
                with anyio.CancelScope(shield=True):
                    await _end(process)
                group.cancel_scope.cancel()


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return {**kept, **given}


def _end_with_baton() -> None:
    """In the child, before its program: killed when Baton is, even if it does not notice that its input has ended."""
    if _prctl:
        _prctl(_DIES_WITH_PARENT, signal.SIGKILL)


async def _hear(
    name: str, process: asyncio.subprocess.Process, session: MemoryObjectSendStream[Any], lost: Callable[[str], None]
) -> None:
    assert process.stdout
    why = "it ended"
    with session, contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        try:
            async for line in process.stdout:
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValidationError:
                    log.warning("an MCP server wrote what is no message", server=name, characters=len(line))
                    continue
                await session.send(SessionMessage(message))
        except ValueError:  # the reader's own limit
            why = f"it sent a message of more than {LARGEST} bytes"
        lost(why)


async def _tell(
    process: asyncio.subprocess.Process, session: MemoryObjectReceiveStream[SessionMessage], lost: Callable[[str], None]
) -> None:
    assert process.stdin
    with session:
        async for sent in session:
            text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
            try:
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()
            except (ConnectionError, RuntimeError):  # the pipe is closed
                lost("it takes no more")
                return


async def _log_errors(name: str, entry: McpEntry, process: asyncio.subprocess.Process) -> None:
    """What the child prints to its standard error, line by line: cut, masked, and not more than so much in a minute."""
    assert process.stderr
    minute, lines = 0, 0
    async for line in _beginnings(process.stderr):
        now = int(time.monotonic() // 60)
        minute, lines = now, lines + 1 if now == minute else 1
        if lines <= LINES:
            log.info("an MCP server says", server=name, line=entry.masked(seen(line))[:LINE])
        elif lines == LINES + 1:
            log.warning("an MCP server says too much: left out for a minute", server=name)


async def _beginnings(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Each line that says something, in full or its first thousands of characters: a secret in them stays whole."""
    rest, skipped = b"", False
    while chunk := await stream.read(4096):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip() and not skipped:
                yield line.decode("utf-8", "replace")
            skipped = False
        if len(rest) > 4096:
            if not skipped:
                yield rest.decode("utf-8", "replace")
            rest, skipped = b"", True


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, and if it does not end by itself, end it; then whatever it has started in its session."""
    assert process.stdin
    process.stdin.close()
    if not await _ended(process):
        _signal(process, signal.SIGTERM)
        await _ended(process)
    _signal(process, signal.SIGKILL)
    if not await _ended(process):
        log.error("a child process does not end", pid=process.pid)
    process._transport.close()  # type: ignore[attr-defined]  # else a grandchild that left the session keeps our pipes


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _ended(process: asyncio.subprocess.Process) -> bool:
    """Not `process.wait()`: that also waits for the pipes, which a grandchild may hold."""
    with anyio.move_on_after(PATIENCE):
        while process.returncode is None:  # noqa: ASYNC110  (nothing tells of it before the pipes are closed)
            await anyio.sleep(0.01)
    return process.returncode is not None
