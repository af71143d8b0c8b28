"""What was said while nobody listened: asked of Slack, and taken as if Slack had just delivered it.

Slack repeats an event for about six minutes and then gives it up. So after a start, and after the way in had broken off,
the places where people talk to Baton are read from the moment on until which it listened for certain. What was here
already is known to the inbox, and changes nothing. Presses of buttons cannot be read anywhere: they are lost, and seen to be.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackBusy
from bot.slack.people import NETWORK, error_of
from bot.state import listening
from bot.state.db import DATABASE_AWAY, Database
from bot.types import Json, Thread

LONGEST = dt.timedelta(hours=24)  # nobody waits for an answer to older words
MARGIN = dt.timedelta(minutes=1)  # clocks differ, and a dead connection is noticed late
OFTEN = 60.0  # seconds between two looks
DAYS = 7  # in which a thread was active that is looked at
THREADS, PLACES, CALLS = 50, 50, 150  # at most, for one look

log = structlog.get_logger()

Take = Callable[[Mapping[str, Json]], Awaitable[None]]


class CatchUp:
    """Reads what was missed in a workspace."""

    def __init__(self, db: Database, client: AsyncWebClient) -> None:
        self._db = db
        self._client = client
        self._until: dict[str, dt.datetime] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._looked_at: dict[str, float] = {}

    async def left_off(self, team: str) -> None:
        """Remember until when Baton listened there; to be called before it listens again."""
        async with self._db.transaction() as tx:
            found = await listening.listened(tx, team)
        if found:
            self._until[team] = found.until

    async def listens(self, team: str) -> None:
        """Baton listens there now."""
        now = dt.datetime.now(dt.UTC)
        async with self._db.transaction() as tx:
            await listening.listens(tx, team, now)
        self._until[team] = now

    def begin(self, team: str, take: Take) -> None:
        """Look beside everything else; again only a while after the last time."""
        task = self._tasks.get(team)
        if team in self._until and (task is None or task.done()):
            self._tasks[team] = asyncio.create_task(self._catch_up(team, self._until[team] - MARGIN, take))

    def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def _catch_up(self, team: str, since: dt.datetime, take: Take) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._looked_at.get(team, -math.inf) + OFTEN - clock())
        self._looked_at[team] = clock()
        try:
            missed = await self._missed(team, since)
            for body in missed:
                await take(body)
            log.info("caught up", since=since.isoformat(), messages_read=len(missed))
        except DATABASE_AWAY as error:
            log.warning("what was missed could not be kept", error=str(error))

    async def _missed(self, team: str, since: dt.datetime) -> Sequence[Json]:
        """What was said since then where Baton may be addressed, in order, as events."""
        async with self._db.transaction() as tx:
            listened = await listening.listened(tx, team)
            threads = await listening.threads_of_late(tx, team, DAYS, THREADS)
            known = await listening.places_of_late(tx, team, DAYS, PLACES)
        if listened is None:
            return []
        begin = max(since, listened.since, dt.datetime.now(dt.UTC) - LONGEST)
        reading = _Reading(self._client, f"{begin.timestamp():.6f}")
        for place in dict.fromkeys([*known, *await reading.places()]):
            await reading.place(place)
        looked_at = dict(threads)
        for found in reading.threads:
            looked_at.setdefault(Thread(team, *found), "")
        for thread, last in looked_at.items():
            await reading.thread(thread.channel, thread.ts, last)
        if reading.calls_left <= 0:
            log.warning("more was missed than is read at a start", calls=CALLS, since=begin.isoformat())
        return [_event(team, channel, said) for (ts, channel), said in sorted(reading.found.items())]


class _Reading:
    """One look at the history, with so many calls and no more."""

    def __init__(self, client: AsyncWebClient, since: str) -> None:
        self._client = client
        self._since = since
        self._closed: set[str] = set()  # methods for which a scope is missing
        self.calls_left = CALLS
        self.found: dict[tuple[str, str], Json] = {}  # by ts and channel
        self.threads: list[tuple[str, str]] = []  # by channel and ts, that were begun since

    async def places(self) -> Sequence[str]:
        """The direct messages and channels in which Baton is."""
        places: list[str] = []
        for types in ("im", "public_channel,private_channel", "mpim"):
            async for page in self._pages(
                self._client.users_conversations, f"users.conversations of {types}", types=types, exclude_archived=True
            ):
                places += [str(one["id"]) for one in page["channels"]]
                if len(places) >= PLACES:
                    break
        return places[:PLACES]

    async def place(self, channel: str) -> None:
        """What was said there since, outside threads."""
        method, name = self._client.conversations_history, f"conversations.history of {channel[0]}"
        async for page in self._pages(method, name, channel=channel, oldest=self._since):
            for said in page["messages"]:
                self.found[str(said["ts"]), channel] = said
                if said.get("reply_count"):
                    self.threads.append((channel, str(said["ts"])))

    async def thread(self, channel: str, root: str, last: str) -> None:
        """What was said in a thread since, and after the words of it that are known last."""
        since = max(self._since, last)
        method, name = self._client.conversations_replies, f"conversations.replies of {channel[0]}"
        async for page in self._pages(method, name, channel=channel, ts=root, oldest=since):
            for said in page["messages"]:
                if str(said["ts"]) > since:  # Slack gives the root in any case
                    self.found[str(said["ts"]), channel] = said

    async def _pages(
        self, method: Callable[..., Awaitable[AsyncSlackResponse]], name: str, **arguments: Any
    ) -> AsyncIterator[AsyncSlackResponse]:
        cursor = ""
        while self.calls_left > 0 and name not in self._closed:
            self.calls_left -= 1
            try:
                page = await method(limit=100, cursor=cursor, **arguments)
            except SlackBusy as busy:
                await asyncio.sleep(busy.seconds)
                continue
            except SlackApiError as error:
                self._refused(name, error_of(error), arguments)
                return
            except NETWORK as error:
                log.warning("Slack does not answer, something missed may stay unread", asked=name, error=repr(error))
                return
            yield page
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _refused(self, name: str, error: str, arguments: Mapping[str, Any]) -> None:
        if error in ("missing_scope", "unknown_method"):
            self._closed.add(name)
            log.warning("what was missed cannot be read there", asked=name, error=error)
        else:
            log.info("a place cannot be read", asked=name, error=error, channel=arguments.get("channel"))


def _event(team: str, channel: str, said: Mapping[str, Json]) -> Json:
    """A message of the history, as the event that was missed."""
    place = {"type": "message", "channel": channel, "channel_type": "im" if channel.startswith("D") else "channel"}
    event_id = f"missed:{team}:{channel}:{said['ts']}"
    return {"type": "event_callback", "event_id": event_id, "team_id": team, "event": {**said, **place}}
