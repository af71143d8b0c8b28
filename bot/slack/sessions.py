"""The state that Slack shows for a thread: working, waiting for people, at rest. It follows the database."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import at_hand
from bot.slack import listeners
from bot.slack.people import NETWORK, error_of
from bot.slack.values import clipped
from bot.slack.words import say
from bot.state import runs
from bot.state.db import Database
from bot.state.runs import Run, Session
from bot.types import Language, Thread

TITLE_CHARACTERS = 60

# Slack has no sessions here: not yet, not any more, or not for this app
_ABSENT = frozenset({"feature_disabled", "unknown_method", "not_allowed", "access_denied", "method_not_supported"})

log = structlog.get_logger()


class Sessions:
    """Tells Slack how the work in a thread stands. Nothing depends on it: a refusal is a line in the log."""

    def __init__(self, db: Database, client: AsyncWebClient) -> None:
        self._db = db
        self._client = client
        self._absent: set[str] = set()  # the workspaces without sessions

    def listen(self, bolt: AsyncApp) -> None:
        bolt.event("agent_session_stopped")(self._stopped)

    async def _stopped(self, body: dict[str, Any]) -> None:
        """Slack leaves the status as it is when somebody presses Stop; what ends the work shows the next one."""
        if stopped := listeners.stopped(body):
            await self.show(stopped[1], again=True)

    async def working(self, run: Run, language: Language, question: str) -> None:
        """A segment has begun: Slack shows that, and its Stop button."""
        title = clipped(" ".join(question.split()), TITLE_CHARACTERS)
        about = {"initiator_user_id": run.requester, **({"title": title} if title else {})}
        if not await self._set(run.thread, "processing", **about):
            await self._say(run.thread, say(language, "working"))

    async def show(self, thread: Thread, *, again: bool = False) -> None:
        """Show how it stands now, unless Slack was told that last; `again`: in any case."""
        async with self._db.transaction() as tx:
            state, told = await runs.session(tx, thread)
        if state == "processing" or (state == told and not again):
            return  # a segment that works says so itself
        if not await self._set(thread, state):
            await self._say(thread, "")

    async def _set(self, thread: Thread, state: Session, **about: Any) -> bool:
        """`False` when Slack has no sessions."""
        if at_hand.team() in self._absent:
            return False
        try:
            await self._client.agents_sessions_setStatus(
                channel_id=thread.channel, thread_ts=thread.ts, status=state, **about
            )
        except SlackApiError as error:
            if error_of(error) in _ABSENT:
                self._absent.add(at_hand.team())
            log.warning("Slack does not take the session's status", error=error_of(error), thread=thread.key)
            return False
        except NETWORK as error:
            log.warning("Slack does not answer", method="agents.sessions.setStatus", error=repr(error))
            return True
        async with self._db.transaction() as tx:
            await runs.told_session(tx, thread, state)
        return True

    async def _say(self, thread: Thread, words: str) -> None:
        """The older way: a line under the thread, which goes with the next message."""
        try:
            await self._client.assistant_threads_setStatus(channel_id=thread.channel, thread_ts=thread.ts, status=words)
        except (*NETWORK, SlackApiError) as error:
            log.warning("the status cannot be shown", thread=thread.key, error=str(error))
