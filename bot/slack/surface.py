"""Sends and repaints what people see. A post's row says what is due; Slack is told, and the row learns its name there."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import at_hand
from bot.authority import Authority
from bot.board import Board
from bot.errors import SlackBusy, SlackUnreachable
from bot.slack import blocks, cards
from bot.slack.blocks import Painted
from bot.slack.cards import Row
from bot.slack.file_notice import files_told
from bot.slack.groups import Groups
from bot.slack.home import introduction
from bot.slack.local import Local
from bot.slack.people import NETWORK, PASSING, SlackPeople, error_of
from bot.slack.places import Places
from bot.slack.sessions import Sessions
from bot.slack.values import sealed_files
from bot.state import approvals, decisions, files, pauses, posts, runs
from bot.state.approvals import Approval, Status
from bot.state.pauses import Pause
from bot.state.posts import Post
from bot.state.runs import Run
from bot.types import Actor, Json, Language

EVENT_TYPE = "baton_post"

_BAD_FORM = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})

log = structlog.get_logger()


class Tools(Protocol):
    """What cards tell of a tool, by its name."""

    def title(self, name: str, language: str) -> str:
        """What people call it."""

    def undo_within(self, name: str) -> float | None:
        """For how many seconds its effect can be taken back; `None` when it can't."""


class Surface:
    """Baton's messages in Slack."""

    def __init__(
        self,
        board: Board,
        authority: Authority,
        client: AsyncWebClient,
        people: SlackPeople,
        groups: Groups,
        sessions: Sessions,
        places: Places,
        tools: Tools,
    ) -> None:
        self._board = board
        self._authority = authority
        self._db = board.db
        self._client = client
        self._people = people
        self._groups = groups
        self._sessions = sessions
        self._places = places
        self._tools = tools

    async def deliver(self, post_id: str) -> None:
        """Send a post, or repaint it when what it shows has changed. Raises `SlackUnreachable` to be tried again."""
        async with self._db.transaction() as tx:
            begun = await posts.start_sending(tx, post_id)
        if begun is None:
            return
        post, perhaps_sent = begun
        with at_hand.working_for(post.team):
            await self._deliver(post, perhaps_sent=perhaps_sent)

    async def _deliver(self, post: Post, *, perhaps_sent: bool) -> None:
        painted = await self._paint(post)
        digest = _digest(painted)
        if digest == post.painted:
            await self._show_session(post)  # an interrupted attempt may have come as far as here
            return
        try:
            ts = post.ts or (await self._already_there(post) if perhaps_sent else None)
            if ts is None:
                ts = await self._post(post, painted)
            elif post.kind in ("card", "mirror") or post.grew:
                await self._close_stream(post, ts)
                await self._repaint(post, ts, painted)
        except SlackApiError as error:
            if post.grew and error_of(error) not in PASSING:
                await self._anew(post)
                return
            await self._refused(post, error_of(error), error)
            return
        except SlackBusy:
            if not perhaps_sent:  # it was not sent, and need not be looked for
                async with self._db.transaction() as tx:
                    await posts.not_sent(tx, post.id)
            raise
        except NETWORK as error:
            raise SlackUnreachable(f"{post.kind} {post.id}: {error!r}") from error
        await self._sent(post, ts, painted)
        await self._show_session(post)

    async def _anew(self, post: Post) -> None:
        """The message that grew is gone, or takes no update: what was to take its place is posted as a new one."""
        async with self._db.transaction() as tx:
            await posts.gone(tx, post.id)
            await self._board.engine.deliver(tx, post.id, post.place)

    async def _show_session(self, post: Post) -> None:
        async with self._db.transaction() as tx:
            run = await runs.find(tx, post.run_id) if post.run_id else None
        if run is not None:
            await self._sessions.show(run.thread)

    async def _close_stream(self, post: Post, ts: str) -> None:
        """End the stream in which a message grew: Slack takes no update before. One that has ended needs nothing."""
        if not post.grew or post.painted is not None:
            return
        try:
            await self._client.chat_stopStream(channel=post.channel, ts=ts)
        except SlackApiError as error:
            if error_of(error) in PASSING:
                raise
            log.info("the stream had ended", post=post.id, error=error_of(error))

    async def _sent(self, post: Post, ts: str, painted: Painted) -> None:
        """Keep what Slack shows. Somebody else may have sent or painted it while we were held up: the truth is put back."""
        async with self._db.transaction() as tx:
            kept, was_painted = await posts.sent(tx, post.id, ts, _digest(painted))
            if was_painted != post.painted:
                await self._board.engine.deliver(tx, post.id, post.place)
            if painted.changes_at:  # a button goes when its time is over
                await self._board.engine.repaint(tx, post.id, painted.changes_at)
        if kept != ts and post.kind != "private":
            log.warning("sent twice, the second one is taken back", post=post.id)
            await self._client.chat_delete(channel=post.channel, ts=ts)

    async def repaint(self, post_id: str) -> None:
        """The moment has come at which a card reads otherwise."""
        async with self._db.transaction() as tx:
            post = await posts.find(tx, post_id)
            if post is not None:
                await self._board.engine.deliver(tx, post.id, post.place)

    async def _repaint(self, post: Post, ts: str, painted: Painted) -> None:
        """Show what holds now; in plain sections with the same buttons when Slack refuses the form."""
        for form in (painted, painted.plain):
            if form is None:
                return
            try:
                await self._file(post, form)
                await self._client.chat_update(
                    channel=post.channel, ts=ts, text=form.text, blocks=form.blocks, metadata=_metadata(post)
                )
                return
            except SlackApiError as error:
                if error_of(error) not in _BAD_FORM or form.plain is None:
                    raise
                log.error("Slack refuses the blocks, a plain form goes", post=post.id, answer=error.response.data)

    async def _post(self, post: Post, painted: Painted) -> str:
        """Put a new message into Slack; its `ts` comes back. What it refuses for its form is sent in a plainer one."""
        try:
            return await self._put(post, painted)
        except SlackApiError as error:
            if error_of(error) not in _BAD_FORM or painted.plain is None:
                raise
            log.error("Slack refuses the blocks, a plain form goes", post=post.id, answer=error.response.data)
            return await self._put(post, painted.plain)

    async def _put(self, post: Post, painted: Painted) -> str:
        if post.kind == "private":
            response = await self._client.chat_postEphemeral(
                channel=post.channel,
                user=post.person or "",
                thread_ts=post.thread_ts,
                text=painted.text,
                blocks=painted.blocks,
            )
            return str(response["message_ts"])
        await self._file(post, painted)
        response = await self._client.chat_postMessage(
            channel=post.channel,
            thread_ts=post.thread_ts,
            text=painted.text,
            blocks=painted.blocks,
            metadata=_metadata(post),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(response["ts"])

    async def _file(self, post: Post, painted: Painted) -> None:
        """Put the texts that are too long for a message beside it first: what people decide on must be there to read."""
        for name, text in painted.files:
            if name in post.files:
                continue
            refusal = await self._upload(post, name, text)
            async with self._db.transaction() as tx:
                await posts.filed(tx, post.id, name)
                run = await runs.find(tx, post.run_id) if refusal and post.run_id else None
                if run:
                    await self._board.notice(tx, run.thread, run.id, "file_not_put", file=name, error=refusal)

    async def _upload(self, post: Post, name: str, text: str) -> str | None:
        """Put a file into the thread; why Slack refuses it for good, where its message does without: no card does."""
        try:
            await self._client.files_upload_v2(
                channel=post.channel, thread_ts=post.thread_ts or post.ts, filename=name, title=name, content=text
            )
        except SlackApiError as error:
            if post.kind != "answer" or error_of(error) in PASSING:
                raise
            log.error("Slack refuses a file", post=post.id, file=name, error=error_of(error))
            return error_of(error)
        return None

    async def _already_there(self, post: Post) -> str | None:
        """Look for a message that an interrupted attempt may have sent, by the row's id in its metadata.

        Where history may not be read it is sent again: two cards of one proposal do no harm, a missing one does.
        """
        if post.kind == "private":
            return None
        try:
            return await self._found(post)
        except SlackApiError as error:
            if error_of(error) in PASSING:
                raise
            log.warning("history cannot be read, a message may appear twice", post=post.id, error=error_of(error))
            return None

    async def _found(self, post: Post) -> str | None:
        since = f"{(post.created_at - dt.timedelta(minutes=1)).timestamp():.6f}"
        cursor = ""
        while True:
            common: dict[str, Any] = {"oldest": since, "limit": 200, "cursor": cursor, "include_all_metadata": True}
            page = (
                await self._client.conversations_replies(channel=post.channel, ts=post.thread_ts, **common)
                if post.thread_ts
                else await self._client.conversations_history(channel=post.channel, **common)
            )
            for message in page["messages"]:
                if _is(post, message):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    async def _refused(self, post: Post, error: str, cause: SlackApiError) -> None:
        """Give up on a post that Slack will never take, and say so in the run's thread; anything else is tried again."""
        if error in PASSING:
            raise SlackUnreachable(f"{post.kind} {post.id}: {error}") from cause
        log.error("Slack refuses a post", post=post.id, kind=post.kind, error=error, answer=cause.response.data)
        async with self._db.transaction() as tx:
            await posts.refused(tx, post.id, error)
            run = await runs.find(tx, post.run_id) if post.run_id else None
            shown = [await approvals.get(tx, id) for id in await posts.shown_on(tx, post.id)]
            if run and shown:
                label = ", ".join(approval.label for approval in shown if approval)
                await self._board.notice(tx, run.thread, run.id, "not_shown", label=label, error=error)

    async def _paint(self, post: Post) -> Painted:
        if post.kind == "answer":
            return blocks.answer(post.body, post.run_id or "")
        if post.kind in ("card", "mirror"):
            return await self._card(post)
        language = await self._language(post)
        if post.body["notice"] == "files_told":
            return files_told(language, post.body["files"])
        if post.body["notice"] == "greeting":
            return blocks.said(introduction(language, await self._places.responsible()))
        values = {key: value for key, value in post.body.items() if key not in ("notice", "language")}
        local = Local.of(await self._reader(post), language) if "until" in values else None
        for name in ("groups", "asked"):
            if name in values:
                values[name] = cards.mentions([await self._groups.asked(group) for group in values[name]])
        return blocks.notice(language, post.body["notice"], values, local)

    async def _rows(self, post: Post) -> tuple[list[str], list[cards.Row]]:
        """What a card shows. Of one that is replaced meanwhile it would show the end, and not what came in its place."""
        shown = await self._shown_on(post)
        while True:
            rows, before = [await self._row(id) for id in shown], shown
            if (shown := await self._shown_on(post)) == before:
                return shown, rows

    async def _shown_on(self, post: Post) -> list[str]:
        async with self._db.transaction() as tx:
            return await posts.shown_on(tx, post.id)

    async def _card(self, post: Post) -> Painted:
        ids, rows = await self._rows(post)
        async with self._db.transaction() as tx:
            run = await runs.find(tx, post.run_id) if post.run_id else None
        requester = await self._people.person(rows[0].approval.sealed.requester)
        elsewhere = await self._other_places(ids[0]) if post.kind == "mirror" else ()
        language = run.language if run else requester.language
        rows = [replace(row, title=self._tools.title(row.approval.sealed.tool, language)) for row in rows]
        return cards.card(rows, posts.token(post.id, ids), Local.of(requester, language), elsewhere=elsewhere)

    async def _reader(self, post: Post) -> Actor:
        """Whoever reads it alone, else the requester: as on the card."""
        async with self._db.transaction() as tx:
            run = await runs.find(tx, post.run_id) if post.run_id else None
        return await self._people.person(post.person or (run.requester if run else post.channel))

    async def _row(self, approval_id: str) -> Row:
        """A proposal with everything around it that its card tells."""
        async with self._db.transaction() as tx:
            approval = await approvals.get(tx, approval_id)
            assert approval is not None  # a foreign key
            words = await decisions.approvals_of(tx, approval_id)
            before = await approvals.get(tx, approval.replaces)
            taken_back = await approvals.undoing(tx, approval_id)
            done = await approvals.get(tx, approval.sealed.undoes)
            run = await runs.find(tx, approval.run_id)
            named = {file.file for file in sealed_files(approval.sealed.arguments)}
            held = await files.of_thread(tx, run.thread) if run and named else []
        undone = taken_back is not None and taken_back.status is Status.EXECUTED
        able = await self._authority.able(approval) if approval.status is Status.PENDING else {}
        return Row(
            approval,
            [
                await self._groups.asked(name, need.count)
                for need in approval.needs
                for name in (need.group, *need.also)
            ],
            words,
            before,
            undo_until=None if taken_back else self._undo_until(approval),
            undone_by=taken_back.label if taken_back and undone else None,
            undoes=done.label if done else None,
            paused=await self._paused(approval, run) if run and approval.status is Status.APPROVED else None,
            files={one.shared.id: one.shared.url for one in held if one.shared.id in named and one.shared.url},
            able=able,
        )

    async def _paused(self, approval: Approval, run: Run) -> Pause | None:
        return await pauses.covering(self._db, agent=run.agent, tool=approval.sealed.tool)

    def _undo_until(self, approval: Approval) -> dt.datetime | None:
        """Until when what was done may be taken back, if that can still be asked for."""
        within = self._tools.undo_within(approval.sealed.tool)
        if not approval.has_receipt or approval.sealed.undoes or within is None:
            return None
        assert approval.ended_at is not None  # it is settled
        until = approval.ended_at + dt.timedelta(seconds=within)
        return until if until > dt.datetime.now(dt.UTC) else None

    async def _other_places(self, approval_id: str) -> Sequence[str]:
        async with self._db.transaction() as tx:
            return [post.channel for post in await posts.showing(tx, approval_id) if post.kind == "card"]

    async def _language(self, post: Post) -> Language:
        """The clicking person's for a private word, else the requester's."""
        if post.person:
            return (await self._people.person(post.person)).language
        said: Json = post.body.get("language")
        if said in ("fr", "en"):
            language: Language = said
            return language
        async with self._db.transaction() as tx:
            run = await runs.find(tx, post.run_id) if post.run_id else None
        return run.language if run else (await self._people.person(post.channel)).language


def _digest(painted: Painted) -> str:
    return hashlib.sha256(json.dumps([painted.text, painted.blocks]).encode()).hexdigest()


def _is(post: Post, message: Json) -> bool:
    """Whether a message in Slack is this one: by its id, or as the only kind that has none, a stream that never ended."""
    about = message.get("metadata") or {}
    if about:
        return bool((about.get("event_payload") or {}).get("post") == post.id)
    return post.grew and "bot_id" in message and "files" not in message


def _metadata(post: Post) -> Json:
    return {"event_type": EVENT_TYPE, "event_payload": {"post": post.id, "run": post.run_id or ""}}
