"""Makes chosen Web API methods misbehave for a number of calls, as Slack does on a bad day."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from .company import Json


@dataclass
class Fault:
    """How the next `times` calls of one method fail.

    `status` 429 or 500 answers with that HTTP status, `error` with ok=false; with neither the call is only
    `hang_seconds` slower. With `applied` the call takes effect first, and only its answer is lost. A 429 names
    `retry_after` seconds.
    """

    method: str
    times: int = 1
    status: int = 200
    error: str = ""
    hang_seconds: float = 0.0
    applied: bool = False
    retry_after: int = 1


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    async def around(self, method: str, call: Callable[[], Json]) -> tuple[web.Response, Json]:
        """Makes the call, or lets it fail as asked; returns the response and what the call log keeps."""
        fault = self._take(method)
        if fault is None:
            return _answered(call())
        result = call() if fault.applied or (fault.status == 200 and not fault.error) else None
        await asyncio.sleep(fault.hang_seconds)
        if fault.status != 200:
            return _broken(fault)
        return _answered({"ok": False, "error": fault.error} if fault.error or result is None else result)

    def _take(self, method: str) -> Fault | None:
        fault = next((fault for fault in self._waiting if fault.method == method), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
        return fault


def _answered(result: Json) -> tuple[web.Response, Json]:
    return web.json_response(result), result


def ratelimited(seconds: int) -> tuple[web.Response, Json]:
    """Slack's answer to a call that came too early by so much."""
    result: Json = {"ok": False, "error": "ratelimited"}
    return web.json_response(result, status=429, headers={"Retry-After": str(seconds)}), result


def _broken(fault: Fault) -> tuple[web.Response, Json]:
    if fault.status == 429:
        return ratelimited(fault.retry_after)
    result = {"ok": False, "error": f"http {fault.status}"}
    return web.Response(status=fault.status, text="upstream failure"), result
