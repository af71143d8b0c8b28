"""The HTTP way in: `/slack/events` takes signed requests, and beside it are the pages of an installation.

The signature is checked before anything reads the body.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigError
from bot.slack.intake import FORM, JSON, read_body
from bot.types import Json

PATH = "/slack/events"
REPLAY_SECONDS = 300.0  # for which Slack's signature is valid
_DO_NOT_RETRY = {"X-Slack-No-Retry": "1"}

log = structlog.get_logger()


class Takes(Protocol):
    async def take(self, body: Mapping[str, Json], headers: Mapping[str, str]) -> BoltResponse | None: ...


class Pages(Protocol):
    """Pages for a browser."""

    def routes(self) -> list[web.RouteDef]: ...


class Endpoint:
    """Listens for what Slack sends."""

    is_open = True  # nobody can tell from here whether Slack reaches it

    def __init__(self, intake: Takes, secret: str, port: int, pages: Pages | None = None) -> None:
        self._intake = intake
        self._verifier = SignatureVerifier(secret)
        self._port = port
        self._seen: dict[str, float] = {}
        site = web.Application()
        site.router.add_post(PATH, self._take)
        site.router.add_routes(pages.routes() if pages else [])
        self._runner = web.AppRunner(site)

    async def open(self) -> None:
        """Raises `ConfigError` when the port cannot be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "0.0.0.0", self._port).start()  # noqa: S104 (Slack calls from outside)
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigError(f"BATON_PORT={self._port}: cannot listen there ({error.strerror})") from error

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        content = await request.read()
        signature = request.headers.get("X-Slack-Signature", "")
        if not self._is_signed(content, request):
            log.warning("a request whose signature does not fit is refused", remote=request.remote)
            return _refused(401, "the signature does not fit")
        if self._was_taken(signature):
            log.warning("a request that was taken before changes nothing", remote=request.remote)
            return web.Response()
        if request.content_type not in (JSON, FORM):
            return _refused(415, "neither JSON nor a form")
        body = read_body(content, request.content_type)
        response = None if body is None else await self._intake.take(body, _retry(request))
        if response is None:
            return _refused(400, "that cannot be read")
        if response.status == 200:
            self._seen[signature] = time.monotonic()
        return await to_aiohttp_response(response)

    def _is_signed(self, content: bytes, request: web.Request) -> bool:
        try:
            return self._verifier.is_valid_request(content, dict(request.headers))
        except (ValueError, TypeError):  # a time that is no number, a body or signature that is no text
            return False

    def _was_taken(self, signature: str) -> bool:
        """Each signature is good once: the same request again is somebody else's, or Slack's that had its answer."""
        valid = time.monotonic() - REPLAY_SECONDS
        while self._seen and next(iter(self._seen.values())) < valid:
            del self._seen[next(iter(self._seen))]
        return signature in self._seen


def _refused(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=why, headers=_DO_NOT_RETRY)


def _retry(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.lower().startswith("x-slack-retry-")}
