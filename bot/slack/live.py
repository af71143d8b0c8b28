"""A message that grows while a segment works: what is looked up, and the words that can be shown already.

It is shown as Slack allows: as a stream; by updates when the stream has died, as all do after some minutes; else not at
all, and the answer is posted once. What it shows is never the truth about anything: the run's next words take its place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal, Self

import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import SlackBusy
from bot.slack.gate import GatedClient
from bot.slack.local import Local
from bot.slack.markdown import rich_text
from bot.slack.people import NETWORK, PASSING, error_of
from bot.slack.sessions import Sessions
from bot.slack.values import clipped, escape, told
from bot.slack.words import say
from bot.state import posts
from bot.state.db import Database
from bot.state.posts import Post
from bot.state.runs import Run
from bot.types import Json, Language, Provenance

BEGIN_SECONDS = 0.25  # a turn that is over so soon is posted once
SILENT_SECONDS = 5.0  # after which a person sees what is waited for
PACE_SECONDS = 1.0  # between two appends; Slack allows about a hundred a minute in a workspace
SLOW_SECONDS = 3.0  # between two updates
CLOSE_SECONDS = 3.0  # for which the end waits for a call that is on its way
SHOWN_CHARACTERS = 8_000  # of words; the whole answer has room for more
TITLE_CHARACTERS = 150
DETAIL_CHARACTERS = 250
THINKING = "thinking"

log = structlog.get_logger()


@dataclass(frozen=True)
class Look:
    """Something that is looked up or prepared."""

    id: str
    title: str
    details: str
    status: Literal["in_progress", "complete", "error"] = "in_progress"
    tool: str = ""  # what people call it
    provenance: Provenance | None = None

    @property
    def chunk(self) -> Json:
        details = {"details": self.details} if self.details else {}
        return {"type": "task_update", "id": self.id, "title": self.title, "status": self.status, **details}

    @property
    def kept(self) -> Json:
        """As an answer keeps it."""
        came = {"tool": self.tool, "provenance": self.provenance.record} if self.provenance else {}
        return {"title": self.title, "details": self.details, "status": self.status, **came}

    @property
    def line(self) -> Json:
        """How it reads where tasks have no place: as a line."""
        sign = {"in_progress": "⏳", "complete": "✓", "error": "✗"}[self.status]
        words = f"{sign} {self.title}" + (f" · {self.details}" if self.details else "")
        return {"type": "context", "elements": [{"type": "plain_text", "text": words}]}


class Stage:
    """Where messages grow."""

    def __init__(self, db: Database, client: GatedClient, sessions: Sessions) -> None:
        self._db = db
        self._client = client
        self._sessions = sessions

    def open(self, run: Run, language: Language, question: str) -> Live:
        """The growing message of one segment; nothing is sent before there is something to show."""
        return Live(self._db, self._client, self._sessions, run, language, question)

    async def clear(self, run: Run) -> None:
        """Take away what grew: what is said after days belongs below the card, not where nobody looks any more."""
        async with self._db.transaction() as tx:
            post = await posts.living(tx, run.id)
        if post is None or post.ts is None:
            return
        try:
            await _take_away(self._client, post.channel, post.ts)
        except (*NETWORK, SlackApiError) as error:
            log.warning("the growing message is left as it is", error=repr(error))
            return
        async with self._db.transaction() as tx:
            await posts.taken_away(tx, post.id)

    async def rest(self, run: Run) -> None:
        """The segment ended without a word."""
        await self._sessions.show(run.thread)


class Live:
    """One growing message. Use it as an asynchronous context: when that ends, nothing more is sent."""

    def __init__(
        self,
        db: Database,
        client: GatedClient,
        sessions: Sessions,
        run: Run,
        language: Language,
        question: str,
    ) -> None:
        self._db = db
        self._client = client
        self._sessions = sessions
        self._run = run
        self._language = language
        self._question = question
        self._looks: dict[str, Look] = {}
        self._words = ""
        self._news = asyncio.Event()
        self._given_looks: dict[str, Look] = {}
        self._given_words = ""
        self._ts = self._post_id = ""
        self._sending = asyncio.Lock()
        self._growing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._growing = asyncio.create_task(self._grow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._growing is not None  # entered
        with contextlib.suppress(TimeoutError):  # else it is looked for later
            async with asyncio.timeout(CLOSE_SECONDS), self._sending:
                self._growing.cancel()
        self._growing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._growing

    def say(self, text: str) -> None:
        """The words that can be shown so far. A reply that begins anew shows nothing more."""
        if len(text) > len(self._words) and text.startswith(self._words) and len(text) <= SHOWN_CHARACTERS:
            self._words = text
            self._thought()

    def look(self, call_id: str, title: str, arguments: Mapping[str, Json], *, proposes: bool) -> None:
        """Something is looked up, or a proposal is prepared."""
        key = "preparing" if proposes else "looking"
        details = told(arguments, Local(self._language, self._language))
        shown = clipped(say(self._language, key, what=title), TITLE_CHARACTERS)
        self._looks[call_id] = Look(call_id, shown, clipped(details, DETAIL_CHARACTERS), tool=title)
        self._thought()

    def looked(self, call_id: str, *, failed: bool, provenance: Provenance | None = None) -> None:
        """It came back."""
        if call_id in self._looks:
            status: Literal["error", "complete"] = "error" if failed else "complete"
            self._looks[call_id] = replace(self._looks[call_id], status=status, provenance=provenance)
            self._news.set()

    @property
    def looks(self) -> Sequence[Json]:
        """What was looked up, as an answer keeps it."""
        ended = [look for look in self._looks.values() if look.id != THINKING and look.status != "in_progress"]
        return [look.kept for look in ended]

    def _thought(self) -> None:
        self.looked(THINKING, failed=False)
        self._news.set()

    # ---- what is sent

    async def _grow(self) -> None:
        try:
            await self._sessions.working(self._run, self._language, "" if self._run.parent_run else self._question)
            if self._run.parent_run:
                return  # the agent that asked speaks to the person
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SILENT_SECONDS):
                    await self._news.wait()
            if not self._looks and not self._words:
                self._looks[THINKING] = Look(THINKING, say(self._language, "thinking"), "")
            await asyncio.sleep(BEGIN_SECONDS)
            async with self._sending:
                begun = await self._begun()
            if begun and await self._append():
                await self._update()
        except (*NETWORK, SlackApiError, SlackBusy) as error:
            log.warning("the growing message is left as it is", error=repr(error))

    async def _begun(self) -> bool:
        """Begin the stream with what there is; `False` when the answer will be posted once instead."""
        thread = self._run.thread
        if not self._client.admits("chat.startStream"):
            return False
        async with self._db.transaction() as tx:
            post = await posts.begin_live(tx, self._run)
        if post is None:
            return False  # an interrupted attempt left one, or the run went on without us
        try:
            response = await self._client.chat_startStream(
                channel=thread.channel,
                thread_ts=thread.ts,
                recipient_team_id=thread.team,
                recipient_user_id=self._run.requester,
                task_display_mode="timeline",
                chunks=self._fresh(),
            )
        except (SlackApiError, SlackBusy) as error:
            cause = error_of(error) if isinstance(error, SlackApiError) else str(error)
            if cause in PASSING:
                raise  # it may have begun: whoever speaks in its place looks for it
            log.info("no stream, the answer is posted once", error=cause)
            async with self._db.transaction() as tx:
                await posts.refused(tx, post.id, cause)
            return False
        self._ts = str(response["ts"])
        return await self._kept(post)

    async def _kept(self, post: Post) -> bool:
        """Remember where it is; one whose run has gone on without it is taken back, unless its words are there now."""
        self._post_id = post.id
        async with self._db.transaction() as tx:
            if await posts.live_at(tx, post.id, self._ts):
                return True
            now = await posts.find(tx, post.id)
        if now is None or now.ts != self._ts:
            await _take_away(self._client, post.channel, self._ts)
        return False

    async def _append(self) -> bool:
        """Add what is new, until the stream ends; `True` when it ended of age."""
        while True:
            await self._something_new(PACE_SECONDS)
            before = self._given_looks, self._given_words
            if not (chunks := self._fresh()):
                continue
            try:
                async with self._sending:
                    await self._client.chat_appendStream(channel=self._run.thread.channel, ts=self._ts, chunks=chunks)
            except SlackBusy as busy:  # what could not be shown goes with what comes then
                self._given_looks, self._given_words = before
                self._news.set()
                await asyncio.sleep(busy.seconds)
            except SlackApiError as error:
                log.info("the stream has ended", error=error_of(error))
                return error_of(error) == "message_not_in_streaming_state"

    async def _update(self) -> None:
        """Show all of it anew whenever there is something new, as long as nothing has taken its place."""
        while True:
            async with self._db.transaction() as tx:
                if not await posts.live_at(tx, self._post_id, self._ts):
                    return
            channel, text = self._run.thread.channel, escape(self._words) or "…"
            try:
                async with self._sending:
                    await self._client.chat_update(channel=channel, ts=self._ts, text=text, blocks=self._blocks())
            except SlackBusy as busy:
                self._news.set()
                await asyncio.sleep(busy.seconds)
            await self._something_new(SLOW_SECONDS)

    async def _something_new(self, pace: float) -> None:
        await asyncio.sleep(pace)
        await self._news.wait()
        self._news.clear()

    def _fresh(self) -> list[Json]:
        """What Slack has not been given yet, as chunks of a stream; it counts as given from here on."""
        looks, self._given_looks = self._given_looks, dict(self._looks)
        words, self._given_words = self._given_words, self._words
        chunks = [look.chunk for look in self._looks.values() if looks.get(look.id) != look]
        if more := self._words[len(words) :].strip():
            chunks.append({"type": "blocks", "blocks": [{"type": "rich_text", "elements": rich_text(more)}]})
        return chunks

    def _blocks(self) -> list[Json]:
        words = [{"type": "rich_text", "elements": rich_text(self._words)}] if self._words.strip() else []
        return [*(look.line for look in self._looks.values()), *words]


async def _take_away(client: GatedClient, channel: str, ts: str) -> None:
    """Delete a growing message; Slack deletes no stream before it has ended."""
    try:
        await client.chat_stopStream(channel=channel, ts=ts)
    except SlackApiError as error:
        log.info("the stream had ended", error=error_of(error))
    await client.chat_delete(channel=channel, ts=ts)
