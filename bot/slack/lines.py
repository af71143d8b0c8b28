"""The lines of Socket Mode: two, so that one is there while the other is made again.

Slack ends each line every few hours and says so before. slack_sdk then closes it and opens another, and what Slack sends
in between is lost: a click for good. Here the new line is opened first, and the old one is left open until Slack closes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.intake import read_message
from bot.types import Json

LINES = 2  # Slack gives each payload to one of them, and allows ten
PING_SECONDS = 10.0
RETIRED_SECONDS = 15.0  # Slack closes a line about ten seconds after it has said so
TOO_MANY = "too_many_websockets"

log = structlog.get_logger()

Take = Callable[[dict[str, Json]], Awaitable[Json | None]]


class Lines:
    """The open connections of Socket Mode."""

    def __init__(self, client: AsyncWebClient, token: str, take: Take, mended: Callable[[], None]) -> None:
        """`take` gives the acknowledgement of a message. `mended` is called when a line had broken off and is there again."""
        self._client = client
        self._token = token
        self.take = take
        self.mended = mended
        self._lines: list[_Line] = []
        self._retired: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        """Whether Slack can reach us."""
        return any(line.is_up for line in self._lines)

    async def open(self) -> None:
        for _ in range(LINES):
            await self._add()

    async def close(self) -> None:
        for task in self._retired:
            task.cancel()
        await asyncio.gather(*self._retired, *(line.end() for line in self._lines), return_exceptions=True)

    async def renew(self, line: _Line, reason: str) -> None:
        """Slack is about to close a line: have another one first, unless there are too many."""
        if line not in self._lines:
            return
        log.info("Slack ends a connection", reason=reason)
        self._lines.remove(line)
        line.retire()
        task = asyncio.create_task(_outlive(line, 1.0 if reason == TOO_MANY else RETIRED_SECONDS))
        self._retired.add(task)
        task.add_done_callback(self._retired.discard)
        if reason == TOO_MANY:
            await task
        await self._add()

    async def _add(self) -> None:
        line = _Line(self, self._client, self._token)
        self._lines.append(line)
        await line.connect()  # type: ignore[no-untyped-call]


class _Line(SocketModeClient):
    """One connection: it comes back by itself when it breaks off."""

    def __init__(self, lines: Lines, client: AsyncWebClient, token: str) -> None:
        super().__init__(token, web_client=client, ping_interval=PING_SECONDS)
        self._lines = lines
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def is_up(self) -> bool:
        session = self.current_session
        return not self.closed and not self.stale and session is not None and not session.closed

    @property
    def is_idle(self) -> bool:
        return not self._at_work and self.message_queue.empty()

    async def end(self) -> None:
        await self.close()  # type: ignore[no-untyped-call]

    def retire(self) -> None:
        """Do not come back when Slack closes it."""
        self.default_auto_reconnect_enabled = self.auto_reconnect_enabled = False

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """It broke off."""
        was_up = self.is_up
        await super().connect_to_new_endpoint(force)
        if self.is_up and not was_up:
            self._lines.mended()

    async def process_message(self) -> None:
        """Take the next message, beside those that are at work."""
        message = read_message(await self.message_queue.get())
        if message is not None:
            task = asyncio.create_task(self._take(message))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") == "hello":
            return
        if message.get("type") == "disconnect":
            await self._lines.renew(self, str(message.get("reason")))
            return
        answer = await self._lines.take(message)
        if answer is None:
            return
        try:
            await self.send_message(json.dumps(answer))
        except (ConnectionError, aiohttp.ClientError) as error:
            log.warning("an acknowledgement did not reach Slack", error=repr(error))


async def _outlive(line: _Line, seconds: float) -> None:
    """Keep a line until Slack closes it, for so long at most; what is at work on it may still be acknowledged."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while line.is_up or not line.is_idle:  # noqa: ASYNC110  (nothing tells of either end)
                await asyncio.sleep(0.1)
    await line.end()
