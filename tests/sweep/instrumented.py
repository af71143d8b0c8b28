"""Starts Baton with its commits, requests, acknowledgements and effects watched: `python -m tests.sweep.instrumented run`.

Settings, all in the environment: SWEEP_ORDERS is the file with the orders, SWEEP_BUG the name of a bug to seed.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

import bot.app
import bot.cli
from bot import RunContext
from bot.tooling.tool import Tool
from tests.sweep import bugs, clocks
from tests.sweep.orders import Standing
from tests.sweep.seams import put
from tests.sweep.watch import Watch

T = TypeVar("T")

# The same house with less patience: nothing is decided by how long these are, and a sweep waits for them often.
TEMPO = {
    "bot.engine": {
        "HEARTBEAT_SECONDS": 0.2,
        "STALLED_SECONDS": 1.2,
        "POLL_SECONDS": 0.2,
        "RESCUE_SECONDS": 0.2,
        "DEADLINE_SECONDS": 0.5,
    },
    "bot.runner": {"STOP_SECONDS": 0.1},
    "bot.slack.live": {"PACE_SECONDS": 0.1},
    "bot.effects": {"RECONCILE_FIRST": 0.3, "SEND_SECONDS": 3.0},
}
SLACK_SECONDS = 3  # for an answer of the Web API


def main() -> None:
    """Instrument, then run Baton's own command."""
    install()
    bot.cli.main()


def install() -> None:
    """Patch this process once."""
    watch = Watch(Standing(Path(os.environ["SWEEP_ORDERS"])))
    _hurry()
    _watch_commits(watch)
    _watch_requests(watch)
    _watch_sockets(watch)
    _watch_effects(watch)
    clocks.follow(watch.standing)
    if name := os.environ.get("SWEEP_BUG"):
        bugs.BUGS[name]()


def _hurry() -> None:
    for module, tempo in TEMPO.items():
        put(importlib.import_module(module), **tempo)


async def _around(
    watch: Watch, what: str, before: str, after: str, work: Callable[[], Awaitable[T]], connection: Any = None
) -> T:
    await watch.reach(f"{what} {before}", connection)
    result = await work()
    await watch.reach(f"{what} {after}", connection)
    return result


def _watch_commits(watch: Watch) -> None:
    """Commits of transactions that wrote something: one that only read leaves nothing behind to be found."""
    leave, commit = psycopg.AsyncTransaction.__aexit__, psycopg.AsyncConnection.commit

    async def left(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        work = functools.partial(leave, self, kind, error, trace)
        if error is not None or self.savepoint_name or not await _wrote(self.connection):
            return await work()
        return await _around(watch, "commit", "before", "after", work, self.connection)

    async def committed(self: Any) -> None:
        work = functools.partial(commit, self)
        await (_around(watch, "commit", "before", "after", work, self) if await _wrote(self) else work())

    put(psycopg.AsyncTransaction, __aexit__=left)
    put(psycopg.AsyncConnection, commit=committed)


async def _wrote(connection: psycopg.AsyncConnection[Any]) -> bool:
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        return False
    async with connection.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")).fetchone()
    return row == (True,)


def _watch_requests(watch: Watch) -> None:
    """Slack's Web API, and whatever goes out by httpx: models, and the systems of tools."""
    call, send = AsyncWebClient.api_call, httpx.AsyncClient.send

    async def called(self: AsyncWebClient, api_method: str, **how: Any) -> Any:
        self.timeout = SLACK_SECONDS
        work = functools.partial(call, self, api_method, **how)
        return await _around(watch, f"slack {api_method}", "send", "received", work)

    async def sent(self: httpx.AsyncClient, request: httpx.Request, **how: Any) -> httpx.Response:
        work = functools.partial(send, self, request, **how)
        return await _around(watch, f"http {request.url.path}", "send", "received", work)

    put(AsyncWebClient, api_call=called)
    put(httpx.AsyncClient, send=sent)


def _watch_sockets(watch: Watch) -> None:
    answer, enqueue = AsyncBaseSocketModeClient.send_socket_mode_response, AsyncBaseSocketModeClient.enqueue_message

    async def answered(self: Any, response: Any) -> None:
        await _around(watch, "ack", "before", "after", functools.partial(answer, self, response))

    async def enqueued(self: Any, message: str) -> None:
        pressed = message.startswith("{") and json.loads(message).get("type") == "interactive"
        for _ in range(watch.standing.now().echo if pressed else 1):
            await enqueue(self, message)

    put(AsyncBaseSocketModeClient, send_socket_mode_response=answered, enqueue_message=enqueued)


def _watch_effects(watch: Watch) -> None:
    call, take_back, facts = Tool.call, Tool.take_back, Tool.facts

    async def looked(self: Tool, ctx: RunContext, arguments: Any, **files: Any) -> Any:
        found = await facts(self, ctx, arguments, **files)
        await watch.reach("facts read")
        return found

    async def called(self: Tool, ctx: RunContext, arguments: Any, **files: Any) -> Any:
        if ctx.idempotency_key is None:
            return await call(self, ctx, arguments, **files)
        self.function = _seen_into(watch, self.function, "tool effect")
        return await _around(
            watch, "tool", "called", "returned", functools.partial(call, self, ctx, arguments, **files)
        )

    async def taken_back(self: Tool, ctx: RunContext, receipt: Any) -> Any:
        self.undoer = _seen_into(watch, self.undoer, "undo effect")
        return await _around(watch, "undo", "called", "returned", functools.partial(take_back, self, ctx, receipt))

    put(Tool, facts=looked, call=called, take_back=taken_back)


def _seen_into(watch: Watch, function: Any, effect: str) -> Any:
    """The function, with a point inside the call: the effect has happened, and nobody but the tool's thread knows."""
    if function is None or hasattr(function, "__wrapped__") or inspect.iscoroutinefunction(function):
        return function

    @functools.wraps(function)
    def watched(ctx: RunContext, *given: Any, **arguments: Any) -> Any:
        result = function(ctx, *given, **arguments)
        if ctx.idempotency_key is not None:
            watch.arrive(effect)
        return result

    return watched


if __name__ == "__main__":
    main()
