"""The one way out to Slack's Web API: calls that go the same way wait together where Slack says "too many".

A way is a method, and for `chat.postMessage` also the channel: so Slack counts. A way is open until Slack answers 429.
Then it is closed for all until the time that Slack names, and opens to one call after the other at the pace of the
method's tier, until it has been quiet for a minute. Who waits is served in the order of asking.

A short wait is waited out here. A longer one raises `SlackBusy` with its seconds, so that a job gives back its place
and is tried again at that moment. What is only worth while at once, such as beginning a stream (20 a minute in a
workspace), asks `admits` first and does the plainer thing when the way is not free.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackBusy

PATIENCE = 2.0  # seconds that a call waits here; a job that waits longer would keep others from working
REFUSALS = 2  # of one call, after which it waits elsewhere
QUIET_SECONDS = 60.0  # without a 429, after which a way is open as before
LONGEST = 600.0  # seconds: no answer, whatever it says, closes a way for longer
UNSAID = 1.0  # seconds, when Slack does not say how long

# Seconds between two calls of a way that Slack has closed before: by the method's tier, for chat.postMessage its own rule
_PACE: Mapping[str, float] = {
    "chat.postMessage": 1.0,
    **dict.fromkeys(("chat.startStream", "chat.stopStream", "usergroups.list", "usergroups.users.list"), 3.0),
    **dict.fromkeys(("conversations.list", "users.list", "users.conversations"), 3.0),
    **dict.fromkeys(("chat.appendStream", "chat.postEphemeral", "users.info", "assistant.threads.setStatus"), 0.6),
    **dict.fromkeys(("views.open", "views.update", "views.publish"), 0.6),
}
_USUAL_PACE = 1.2  # tier 3, fifty a minute

log = structlog.get_logger()

Now = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
Way = tuple[str, str]


@dataclass
class _State:
    """How a way stands, in seconds of the monotonic clock."""

    line: asyncio.Lock = field(default_factory=asyncio.Lock)  # whoever holds it is next
    waiting: int = 0
    next_at: float = 0.0
    paced_until: float = 0.0
    promised: float = 0.0  # the latest moment for which somebody was sent away


class Gate:
    """Who may call Slack now, and who when."""

    def __init__(self, now: Now = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self._now = now
        self._sleep = sleep
        self._ways: defaultdict[Way, _State] = defaultdict(_State)

    def admits(self, method: str, channel: str = "") -> bool:
        """Whether such a call would go at once."""
        return self._wait(self._ways[way(method, channel)]) <= 0

    async def pass_through(self, method: str, channel: str = "") -> None:
        """Wait until such a call may go. Raises `SlackBusy` at once when that takes longer than `PATIENCE`."""
        state = self._ways[way(method, channel)]
        pace = _pace(method)
        ahead = state.waiting if state.paced_until > self._now() else 0
        if self._wait(state) + ahead * pace > PATIENCE:
            raise self.sent_away(method, channel, ahead)
        state.waiting += 1
        try:
            async with state.line:
                while (wait := self._wait(state)) > 0:  # while we sleep, it may be closed for longer
                    if wait > PATIENCE:
                        raise self.sent_away(method, channel)
                    await self._sleep(wait)
                if state.paced_until > self._now():
                    state.next_at = self._now() + pace
        finally:
            state.waiting -= 1

    def close(self, method: str, channel: str, seconds: float) -> None:
        """Slack said "too many": nobody goes this way for so long, and then one after the other."""
        state = self._ways[way(method, channel)]
        until = self._now() + min(seconds, LONGEST)
        state.next_at = max(state.next_at, until)
        state.paced_until = max(state.paced_until, until + QUIET_SECONDS)

    def sent_away(self, method: str, channel: str, ahead: int = 0) -> SlackBusy:
        """Says when it is this one's turn: those who are sent away come back one by one, in order, not all at once."""
        state, pace = self._ways[way(method, channel)], _pace(method)
        state.promised = max(state.promised + pace, state.next_at + ahead * pace)
        return SlackBusy(f"Slack takes no {method} now", max(state.promised - self._now(), 0.0))

    def _wait(self, state: _State) -> float:
        return state.next_at - self._now()


class GatedClient(AsyncWebClient):
    """Slack's Web API through the gate. Raises `SlackBusy` where Slack would have us wait for longer than a moment."""

    def __init__(self, gate: Gate, **how: Any) -> None:
        super().__init__(**how)
        self.gate = gate

    def admits(self, method: str, channel: str = "") -> bool:
        """Whether such a call would go at once."""
        return self.gate.admits(method, channel)

    async def api_call(self, api_method: str, **how: Any) -> AsyncSlackResponse:
        """As `AsyncWebClient.api_call`; a "too many" is waited out, or becomes `SlackBusy`."""
        channel, refusals = _channel(how), 0
        while True:
            await self.gate.pass_through(api_method, channel)
            try:
                return await super().api_call(api_method, **how)
            except SlackApiError as refusal:
                seconds = _told_to_wait(refusal)
                if seconds is None:
                    raise
                log.warning("Slack has us wait", method=api_method, channel=channel, seconds=seconds)
                self.gate.close(api_method, channel, seconds)
                refusals += 1
                if refusals == REFUSALS:
                    raise self.gate.sent_away(api_method, channel) from refusal


def way(method: str, channel: str) -> Way:
    """What Slack counts together."""
    return method, channel if method == "chat.postMessage" else ""


def _pace(method: str) -> float:
    return _PACE.get(method, _USUAL_PACE)


def _channel(how: Mapping[str, Any]) -> str:
    """The channel that a call names, whichever way it sends its arguments."""
    for arguments in (how.get("json"), how.get("params"), how.get("data")):
        if isinstance(arguments, Mapping) and (named := arguments.get("channel")):
            return str(named)
    return ""


def _told_to_wait(refusal: SlackApiError) -> float | None:
    """The seconds of Slack's "too many"; `None` when it refuses for another reason."""
    response = refusal.response
    if not isinstance(response, AsyncSlackResponse):
        return None
    named = response.data.get("error") if isinstance(response.data, dict) else None
    if response.status_code != 429 and named != "ratelimited":
        return None
    said = str(response.headers.get("Retry-After", ""))
    return float(said) if re.fullmatch(r"\d+(\.\d+)?", said, re.ASCII) else UNSAID
