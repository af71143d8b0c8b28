"""The way to the app on a bad day: envelopes twice or in the wrong order, and nonsense among them."""

import asyncio
from typing import Any, Final

from .company import AMELIE, TEAM, Json
from .delivery import Outcome, Retry, Route

HOLD_SECONDS: Final = 2.0  # for which an envelope waits at most for one to overtake it

_EVENT: Final = {"type": "event_callback", "event_id": "EvGARBAGE", "team_id": TEAM}
GARBAGE: Final[tuple[tuple[str, Any], ...]] = (
    ("events_api", None),
    ("events_api", []),
    ("events_api", "text"),
    ("events_api", {}),
    ("events_api", _EVENT),
    ("events_api", _EVENT | {"event": None}),
    ("events_api", _EVENT | {"event": "message"}),
    ("events_api", _EVENT | {"event": {"type": None}}),
    ("events_api", _EVENT | {"event": {"type": "message"}}),
    ("events_api", _EVENT | {"event": {"type": "message", "channel": 7, "user": [], "text": {}, "ts": None}}),
    ("events_api", _EVENT | {"event": {"type": "message", "subtype": "message_changed", "message": "text"}}),
    ("events_api", _EVENT | {"event": {"type": "message", "subtype": "message_deleted", "previous_message": []}}),
    ("events_api", _EVENT | {"event": {"type": "app_mention", "text": "\ud800\u0000", "ts": "x", "channel": ""}}),
    ("events_api", _EVENT | {"event": {"type": "app_home_opened", "user": None, "tab": 3}}),
    ("events_api", _EVENT | {"event": {"type": "agent_session_stopped", "streaming_message_ts": "x"}}),
    ("events_api", {"type": "url_verification"}),
    ("interactive", None),
    ("interactive", {}),
    ("interactive", {"type": "block_actions"}),
    ("interactive", {"type": "block_actions", "actions": []}),
    ("interactive", {"type": "block_actions", "actions": "x", "user": 1, "container": None}),
    ("interactive", {"type": "block_actions", "actions": [{"action_id": "baton_approve"}], "user": {"id": AMELIE.id}}),
    ("interactive", {"type": "view_submission", "view": None}),
    ("interactive", {"type": "view_submission", "view": {"callback_id": [], "state": "x"}, "user": {}}),
    ("interactive", {"type": "message_action", "callback_id": "baton_ask_about", "message": 7}),
    ("slash_commands", {}),
    ("slash_commands", {"command": "/baton"}),
    ("slash_commands", {"command": 7, "text": [], "user_id": None}),
    ("nonsense", {"type": "nonsense"}),
)
"""Payloads that no Slack sends, by the kind of their envelope."""


GARBAGE_FRAMES: Final = (
    "",
    "text",
    "7",
    "null",
    "[]",
    "{}",
    '{"type": 7}',
    '{"type": "nonsense"}',
    '{"envelope_id": null}',
)
"""Frames of a websocket that are no envelopes."""


class Unsteady:
    """A route whose envelopes are disturbed as asked; otherwise the route that it is built on."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._twice = self._swapped = 0
        self._overtaken: asyncio.Event | None = None
        self._copies: set[asyncio.Task[Outcome]] = set()

    @property
    def is_open(self) -> bool:
        return self._route.is_open

    def twice(self, times: int) -> None:
        """The next envelopes come two times, neither marked as a retry."""
        self._twice += times

    def swap(self, times: int) -> None:
        """Of the next envelopes each is overtaken by the one that follows it."""
        self._swapped += times

    def steady(self) -> None:
        self._twice = self._swapped = 0

    async def send(self, kind: str, payload: Json, retry: Retry | None) -> Outcome:
        if self._twice:
            self._twice -= 1
            copy = asyncio.create_task(self._route.send(kind, payload, retry))
            self._copies.add(copy)
            copy.add_done_callback(self._copies.discard)
        overtaken, self._overtaken = self._overtaken, None
        if overtaken is None and self._swapped:
            self._swapped -= 1
            await self._held()
        outcome = await self._route.send(kind, payload, retry)
        if overtaken:
            overtaken.set()
        return outcome

    async def _held(self) -> None:
        self._overtaken = mine = asyncio.Event()
        try:
            async with asyncio.timeout(HOLD_SECONDS):
                await mine.wait()
        except TimeoutError:
            self._overtaken = None
