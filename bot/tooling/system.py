"""A business system as tools reach it: one HTTP client that knows what can be asked again, and when to leave it alone."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from bot.errors import ToolError
from bot.reasons import because

AGAIN = (0.2, 0.8)  # seconds before a look that failed is taken again: GET and HEAD only
PASSING = frozenset({502, 503, 504})  # what a gateway answers while the system behind it is away
FAILURES = 5  # in a row, after which it is left alone
REST_SECONDS = 30.0

_Settings = TypeVar("_Settings", bound=BaseModel)


class System(httpx.AsyncClient):
    """An HTTP client for one business system; address and credentials come from `sources.yaml`.

    `config` holds the other settings of that system (login, database, …), secrets among them: never return,
    log or show them. A request that surely never left raises `ToolError`; one that may have arrived does not.
    A look (GET, HEAD) that fails on its way is taken again, at most twice; nothing else ever is. After `FAILURES` in a
    row nothing is sent for `REST_SECONDS`: a system that is down is not kept down, and people hear so at once.
    `answered_at`, `failed_at` and `failure` say how it did since the start.
    """

    def __init__(self, name: str, options: Mapping[str, Any], **client: Any) -> None:
        super().__init__(**client)
        self.name = name
        self.config = options
        self.answered_at: dt.datetime | None = None
        self.failed_at: dt.datetime | None = None
        self.failure = ""
        self._in_a_row = 0
        self._rests_until = 0.0

    def settings(self, model: type[_Settings]) -> _Settings:
        """Its entry in `sources.yaml`, `base_url` among it, as that model. Raises `ValidationError`."""
        return model.model_validate({"base_url": str(self.base_url), **self.config})

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        if request.method not in ("GET", "HEAD"):
            return await self._once(request, **how)
        for seconds in AGAIN:
            try:
                response = await self._once(request, **how)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                pass
            else:
                if response.status_code not in PASSING:
                    return response
                await response.aclose()
            await asyncio.sleep(seconds)
        return await self._once(request, **how)

    @contextlib.contextmanager
    def attempt(self, *failures: type[Exception]) -> Iterator[None]:
        """Around one exchange by other means than HTTP: `OSError` (a time limit too) and these say that it failed.

        Raises `ToolError` while the system is left alone; whatever is raised inside goes on.
        """
        self._refuse_at_rest()
        failing: tuple[type[Exception], ...] = (OSError, *failures)  # a TimeoutError is an OSError
        try:
            yield
        except failing as error:
            self._failed(type(error).__name__)
            raise
        self._answered()

    async def _once(self, request: httpx.Request, **how: Any) -> httpx.Response:
        self._refuse_at_rest()
        try:
            response = await super().send(request, **how)
        except httpx.HTTPError as error:
            if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):  # its text quotes headers
                raise ToolError(because("not_sendable", system=self.name)) from None
            self._failed(type(error).__name__)
            unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            if unsent and error.request is request:  # else the first one arrived, and led elsewhere
                raise ToolError(because("not_connected", system=self.name, host=request.url.host)) from error
            raise
        if response.is_server_error:
            self._failed(f"HTTP {response.status_code}")
        else:
            self._answered()
        return response

    def _refuse_at_rest(self) -> None:
        if (rest := self._rests_until - time.monotonic()) > 0:
            raise ToolError(because("system_rests", system=self.name, seconds=f"{rest:.0f}"))

    def _answered(self) -> None:
        self.answered_at, self._in_a_row = dt.datetime.now(dt.UTC), 0

    def _failed(self, failure: str) -> None:
        self.failed_at, self.failure = dt.datetime.now(dt.UTC), failure
        self._in_a_row += 1
        if self._in_a_row >= FAILURES:
            self._rests_until = time.monotonic() + REST_SECONDS
