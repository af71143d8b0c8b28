"""What went to the app and what it asked for because of one message, out of all that the workspace has kept."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .company import Json
from .state import State

MOST: Final = 200
# Where payloads, arguments and answers name a message, at whatever depth.
_NAMES: Final = frozenset(("ts", "message_ts", "timestamp", "deleted_ts", "thread_ts", "streaming_message_ts"))


def events_about(state: State, interactions: Iterable[Json], channel: str, ts: str) -> list[Json]:
    """The events and interactions, oldest first: each its payload and what became of it."""
    events = [event for event in reversed(state.events(MOST, naming=ts)) if _is_about(event["payload"], channel, ts)]
    clicks = [one for one in interactions if _is_about(one["payload"], channel, ts)]
    return [*events, *clicks][-MOST:]


def calls_about(calls: Iterable[Json], channel: str, ts: str) -> list[Json]:
    """The Web API calls, oldest first: those for the message, and those for the thread that it heads."""
    about = (call for call in calls if _is_about({"args": call["args"], "answer": call["answer"]}, channel, ts))
    return list(about)[-MOST:]


def _is_about(told: Json, channel: str, ts: str) -> bool:
    named, places = set(), set()
    for name, value in _facts(told):
        if name in _NAMES:
            named.add(value)
        elif name in ("channel", "channel_id"):
            places.add(value)
    return ts in named and channel in places


def _facts(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """All texts with the name under which they stand; a conversation's `id` stands under `channel`."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _facts(value, name if key == "id" and name == "channel" else key)
    elif isinstance(node, list):
        for value in node:
            yield from _facts(value, name)
    elif isinstance(node, str):
        yield name, node
