"""A living session with an MCP server: one task enters and leaves it, and any number of calls go through it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import structlog
from mcp import types
from mcp.client.client import Client
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.shared.exceptions import MCPError
from pydantic import TypeAdapter

from bot.tooling.mcp_entry import McpEntry
from bot.tooling.mcp_wires import wire
from bot.tooling.pins import Pin
from bot.types import Json

FRESH = 60.0  # seconds for which the list of tools counts as seen: not every server tells of changes
STARTING = 60.0  # seconds that a server has to be ready
PAGES = 100  # of one list of tools

Answer = types.CallToolResult | types.InputRequiredResult
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

log = structlog.get_logger()


class NotReady(Exception):
    """There is no session: nothing can have been sent on it."""


class Connection:
    """Begins at once. `looked` hears what the server offers, when it begins and at each change."""

    def __init__(self, name: str, entry: McpEntry, looked: Callable[[Mapping[str, Pin]], None]) -> None:
        self._name, self._entry, self._looked = name, entry, looked
        self._looked_at = 0.0
        self._changed, self._forgotten, self._ending = False, False, False
        self._news = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[Client | None] = loop.create_future()
        # a context of its own: else all that it logs would bear the mark of the run that called first
        self._task = loop.create_task(self._live(), context=contextvars.Context())

    @property
    def is_alive(self) -> bool:
        return not self._ending and not self._forgotten and not self._task.done()

    @property
    def is_over(self) -> bool:
        return self._task.done()

    async def ready(self) -> Connection:
        """Wait for the session, and look again at what is offered when it may have changed. Raises `NotReady`."""
        client = await asyncio.shield(self._ready)
        try:
            if client and (self._changed or time.monotonic() - self._looked_at > FRESH):
                await self._look(client)
        except MCPError as error:
            self._forget(str(error))
            raise NotReady from error
        if client is None or not self.is_alive:
            raise NotReady
        return self

    async def call(self, tool: str, arguments: Mapping[str, Json]) -> Answer:
        """One request, sent once. Raises `MCPError`."""
        client = self._ready.result()
        assert client  # `ready` came back
        # not `call_tool`: it sends again by itself in some cases, and fails on results that differ from their schema
        params = types.CallToolRequestParams(name=tool, arguments=dict(arguments))
        return await client.session.send_request(types.CallToolRequest(params=params), _ANSWER)

    def stop(self) -> None:
        """End the session; `end` waits for it."""
        if self._ending:
            return  # a second cancellation would break off the way out
        self._ending = True
        self._news.set()
        if not self._ready.done():
            self._task.cancel()

    async def end(self) -> None:
        self.stop()
        await asyncio.wait({self._task})

    async def _live(self) -> None:
        try:
            await self._session()
        except* Exception as group:  # noqa: BLE001  (the SDK, the network and the child may raise anything)
            told = self._entry.masked(repr(_first(group)))[:300]
            log.warning("an MCP server is not reached", server=self._name, error=told)
        finally:
            self._forgotten = True
            if not self._ready.done():
                self._ready.set_result(None)

    async def _session(self) -> None:
        client = Client(
            wire(self._name, self._entry, self._lost if self._entry.command else self._forget),
            client_info=types.Implementation(name="baton", version="1"),
            message_handler=self._heard,
        )
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(STARTING):
                await stack.enter_async_context(client)
                self._log_what_it_asks(client)
                await self._look(client)
            log.info("an MCP server is connected", server=self._name, protocol=client.protocol_version)
            self._ready.set_result(client)
            try:
                await self._watch(client)
            finally:
                self._forgotten = True  # before the way out, which may take its time

    async def _watch(self, client: Client) -> None:
        """Look again at each change, until the session ends."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen, client)
            while not self._ending:
                await self._news.wait()
                self._news.clear()
                if not self._ending:
                    with contextlib.suppress(MCPError):  # the next call looks first, and says so
                        await self._look(client)
            group.cancel_scope.cancel()

    async def _look(self, client: Client) -> None:
        """Compare all that is offered with what was. Raises `MCPError`; then it is still to be done."""
        self._changed = False
        try:
            offered = await self._offered(client)
        except MCPError:
            self._changed = True
            raise
        self._looked_at = time.monotonic()
        self._looked(offered)

    async def _offered(self, client: Client) -> Mapping[str, Pin]:
        offered: dict[str, Pin] = {}
        cursor: str | None = None
        for _ in range(PAGES):
            page = await client.session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
            offered |= {one.name: Pin(one.description or "", one.input_schema) for one in page.tools}
            cursor = page.next_cursor
            if not cursor:
                return offered
        log.warning("an MCP server's list of tools does not end", server=self._name, pages=PAGES)
        return offered

    async def _listen(self, client: Client) -> None:
        """Hear of changes from servers that tell them only to who subscribed; older ones tell `_heard`."""
        quiet = (ListenNotSupportedError, SubscriptionLost, MCPError)
        with contextlib.suppress(*quiet):
            async with client.listen(tools_list_changed=True) as changes:
                self._has_changed()  # perhaps before we were heard
                async for _ in changes:
                    self._has_changed()

    async def _heard(self, message: types.ServerNotification | Exception) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._has_changed()

    def _has_changed(self) -> None:
        self._changed = True
        self._news.set()

    def _log_what_it_asks(self, client: Client) -> None:
        """The SDK refuses what a server asks of us; a callback that logs it would also say that we can do it."""
        refuse = client.session.dispatch_input_request

        async def logged(context: Any, request: Any) -> Any:
            log.warning("an MCP server asks for what it does not get", server=self._name, request=request.method)
            return await refuse(context, request)

        setattr(client.session, "dispatch_input_request", logged)  # noqa: B010  (mypy refuses the plain form)

    def _lost(self, why: str) -> None:
        self._forget(why)
        self.stop()

    def _forget(self, why: str) -> None:
        """No further call on this session; those that are under way hear of it by themselves."""
        if self.is_alive:
            log.warning("an MCP server is lost", server=self._name, why=why)
        self._forgotten = True


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
