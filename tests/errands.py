"""People who use the ERP's tools in a test, the ERP's own books, and a road to it on which accidents happen."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from bot import RunContext, System
from bot.tooling.catalog import Catalog
from bot.types import Actor, Source
from tests import erp as servers
from tests.erp import Erp

FRENCH, ENGLISH = Actor("U1", locale="fr-FR"), Actor("U1", locale="en-US")
NOW = dt.datetime.now(dt.UTC)
DAY = NOW.date() + dt.timedelta(days=28)
Reply = Callable[[web.Request, Callable[[], Awaitable[web.StreamResponse]]], Awaitable[web.StreamResponse]]


async def no_search(query: str, limit: int = 5) -> list[Source]:
    return []


class Person:
    """Somebody who uses the tools, as the loop would for them."""

    def __init__(self, catalog: Catalog, actor: Actor = FRENCH) -> None:
        self.catalog, self.actor = catalog, actor

    def context(self, key: str | None = None, witness: Mapping[str, Any] | None = None) -> RunContext:
        systems = self.catalog.systems
        return RunContext("r1", self.actor, NOW, systems, search=no_search, idempotency_key=key, witness=witness or {})

    async def call(self, name: str, /, key: str | None = None, witness: Any = None, **arguments: Any) -> Any:
        tool = self.catalog[name]
        return await tool.call(self.context(key, witness), tool.parse(arguments))

    async def show(self, name: str, /, **arguments: Any) -> Any:
        tool = self.catalog[name]
        return await tool.show(self.context(), tool.parse(arguments))

    async def facts(self, name: str, /, **arguments: Any) -> Any:
        tool = self.catalog[name]
        return await tool.facts(self.context(), tool.parse(arguments))

    async def settle(self, name: str, key: str, witness: Any = None) -> Any:
        return await self.catalog[name].settle(self.context(witness=witness), key)

    async def undo(self, name: str, receipt: Any, key: str | None = "P-undo") -> Any:
        return await self.catalog[name].take_back(self.context(key), receipt)


class Ledger:
    """The ERP's records as its administrator sees them."""

    def __init__(self, erp: Erp) -> None:
        known = erp.credentials
        options = {"database": known["database"], "login": "admin", "password": known["admin_password"]}
        self.system = System("tryton", options, base_url=erp.url)

    async def search(self, model: str, domain: list[Any], *fields: str) -> list[Any]:
        return await self._tryton().search(model, domain, list(fields))

    async def change(self, method: str, *args: Any) -> Any:
        return await self._tryton().write(method, *args)

    async def count(self, model: str, *domain: Any) -> int:
        return int(await self._tryton().read(f"model.{model}.search_count", list(domain)))

    async def forget(self, keys: list[str]) -> None:
        for model in ("production", "sale.sale"):
            if made := await self.search(model, [["reference", "in", keys]], "id"):
                await self.change(f"model.{model}.delete", [row["id"] for row in made])

    def _tryton(self) -> Any:
        from _tryton.rpc import Tryton  # on the path once a catalog has been loaded

        return Tryton(RunContext("r0", ENGLISH, NOW, {"tryton": self.system}, search=no_search))


def load(url: str, erp: Erp) -> Catalog:
    return Catalog.load(servers.ROOT / "tools", {**erp.environment, "TRYTON_URL": url})


class Road:
    """A way to the ERP on which accidents happen to one kind of request."""

    def __init__(self, erp: Erp) -> None:
        self.erp, self.word, self.reply = erp, b"", None
        self.url, self.passed = "", 0

    def happen(self, word: str, reply: Reply) -> None:
        """From now on, requests that contain `word` get this reply."""
        self.word, self.reply = word.encode(), reply

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Road]:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.pass_on)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port := servers.free_port())
        await site.start()
        self.url = f"http://127.0.0.1:{port}"
        yield self
        await runner.cleanup()

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()

        async def forward() -> web.Response:
            headers = {n: v for n, v in request.headers.items() if n in ("Authorization", "Content-Type")}
            async with httpx.AsyncClient(base_url=self.erp.url, timeout=30, verify=False) as client:  # plain HTTP
                answer = await client.post(request.path, content=body, headers=headers)
            self.passed += 1
            return web.Response(status=answer.status_code, body=answer.content)

        if self.reply and self.word in body:
            return await self.reply(request, forward)
        return await forward()


async def cut(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """The server does it, and the line breaks before the answer arrives."""
    await forward()
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def nonsense(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """The server does it, and a gateway answers in its place."""
    await forward()
    return web.Response(status=502, text="<html>Bad gateway</html>", content_type="text/html")


async def silence(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def warning(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    return web.json_response({"id": 1, "error": ["UserWarning", ["late", "The date is on a Sunday.", "Sure?"]]})


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")
