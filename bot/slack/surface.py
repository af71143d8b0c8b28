"""Sends and repaints what people see. A post's row says what is due; Slack is told, and the row learns its name there."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.board import Board
from bot.errors import SlackUnreachable
from bot.policy.policy import Need, Policy
from bot.slack import blocks
from bot.slack.blocks import Asked, Painted
from bot.slack.people import NETWORK, NO_ANSWER, SlackPeople, error_of
from bot.slack.words import say, status
from bot.state import approvals, posts, runs
from bot.state.posts import Post
from bot.types import Actor, Json, Language

EVENT_TYPE = "baton_post"

_BAD_FORM = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})

# Trouble that passes; whatever else Slack says, it will say again
_PASSING = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", NO_ANSWER}
)

log = structlog.get_logger()


class Surface:
    """Baton's messages in Slack."""

    def __init__(self, board: Board, client: AsyncWebClient, people: SlackPeople, policy: Policy) -> None:
        self._board = board
        self._db = board.db
        self._client = client
        self._people = people
        self._policy = policy

    async def deliver(self, post_id: str) -> None:
        """Send a post, or repaint it when what it shows has changed. Raises `SlackUnreachable` to be tried again."""
        async with self._db.transaction() as tx:
            begun = await posts.start_sending(tx, post_id)
        if begun is None:
            return
        post, perhaps_sent = begun
        painted = await self._paint(post)
        digest = hashlib.sha256(json.dumps([painted.text, painted.blocks]).encode()).hexdigest()
        if digest == post.painted:
            return
        try:
            ts = post.ts or (await self._already_there(post) if perhaps_sent else None)
            if ts is None:
                ts = await self._post(post, painted)
            elif post.kind in ("card", "mirror"):
                await self._repaint(post, ts, painted)
        except SlackApiError as error:
            await self._refused(post, error_of(error), error)
            return
        except NETWORK as error:
            raise SlackUnreachable(f"{post.kind} {post.id}: {error!r}") from error
        async with self._db.transaction() as tx:
            await posts.sent(tx, post.id, ts, digest)

    async def _repaint(self, post: Post, ts: str, painted: Painted) -> None:
        await self._client.chat_update(
            channel=post.channel, ts=ts, text=painted.text, blocks=painted.blocks, metadata=_metadata(post)
        )

    async def _post(self, post: Post, painted: Painted) -> str:
        """Put a new message into Slack; its `ts` comes back. Words whose form Slack refuses are sent without the form."""
        try:
            return await self._put(post, painted)
        except SlackApiError as error:
            if error_of(error) not in _BAD_FORM or post.kind not in ("answer", "notice"):
                raise
            log.error("Slack refuses the blocks, the words go alone", post=post.id, answer=error.response.data)
            return await self._put(post, Painted(painted.text, ()))

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
        if painted.file:  # before the card: without it nobody could see what they decide
            await self._upload(post.channel, post.thread_ts, *painted.file)
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

    async def _upload(self, channel: str, thread_ts: str | None, name: str, text: str) -> None:
        await self._client.files_upload_v2(
            channel=channel, thread_ts=thread_ts, filename=name, title=name, content=text
        )

    async def _already_there(self, post: Post) -> str | None:
        """Look for a message that an interrupted attempt may have sent, by the row's id in its metadata.

        Where history may not be read it is sent again: two cards of one proposal do no harm, a missing one does.
        """
        if post.kind == "private":
            return None
        try:
            return await self._found(post)
        except SlackApiError as error:
            if error_of(error) in _PASSING:
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
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("post") == post.id:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    async def _refused(self, post: Post, error: str, cause: SlackApiError) -> None:
        """Give up on a post that Slack will never take, and say so in the run's thread; anything else is tried again."""
        if error in _PASSING:
            raise SlackUnreachable(f"{post.kind} {post.id}: {error}") from cause
        log.error("Slack refuses a post", post=post.id, kind=post.kind, error=error, answer=cause.response.data)
        async with self._db.transaction() as tx:
            await posts.refused(tx, post.id, error)
            run = await runs.find(tx, post.run_id) if post.run_id else None
            approval = await approvals.locked(tx, post.approval_id) if post.approval_id else None
            if run and approval:
                await self._board.notice(tx, run.thread, run.id, "not_shown", label=approval.label, error=error)

    async def _paint(self, post: Post) -> Painted:
        if post.kind == "answer":
            return blocks.answer(post.body, post.run_id or "")
        if post.kind in ("card", "mirror"):
            return await self._card(post)
        language = await self._language(post)
        values = dict(post.body)
        key = values.pop("notice")
        values.pop("language", None)
        if "groups" in values:
            groups = [Need(name) for name in values["groups"]]
            values["groups"] = blocks.mentions(await self._asked(groups))
        if "status" in values:
            by = values.get("by")
            values["by"] = say(language, "by", by=f"<@{by}>") if by and by.startswith(("U", "W")) else ""
            values["status"] = status(language, values["status"])
        if "cause" in values:
            values["cause"] = blocks.reason(language, values["cause"])
        return blocks.notice(language, key, **values)

    async def _card(self, post: Post) -> Painted:
        approval = await approvals.find(self._db, post.approval_id or "")
        assert approval is not None  # a foreign key
        language = await self._language(post)
        requester = await self._people.person(approval.sealed.requester)
        elsewhere = await self._other_places(approval.id) if post.kind == "mirror" else ()
        asked = await self._asked(approval.needs)
        return blocks.card(approval, language, asked, requester.zone, elsewhere=elsewhere)

    async def _other_places(self, approval_id: str) -> Sequence[str]:
        async with self._db.transaction() as tx:
            return [post.channel for post in await posts.showing(tx, approval_id) if post.kind == "card"]

    async def _language(self, post: Post) -> Language:
        """The clicking person's for a private word, else the requester's."""
        said: Json = post.body.get("language")
        if said in ("fr", "en"):
            language: Language = said
            return language
        async with self._db.transaction() as tx:
            run = await runs.find(tx, post.run_id) if post.run_id else None
        return run.language if run else Actor("").language

    async def _asked(self, needs: Sequence[Need]) -> list[Asked]:
        """The groups of a proposal, as they are mentioned. A person named in the policy is mentioned in person."""
        return [await self._group(need.group) for need in needs]

    async def _group(self, name: str) -> Asked:
        group = self._policy.groups.get(name)
        if group is None:
            return Asked(name, name, empty=True)
        if not isinstance(group.members, str):
            return Asked(name, " ".join(f"<@{person}>" for person in group.members) or name, not group.members)
        subteam = await self._people.subteam(group.members)
        return Asked(name, f"<!subteam^{subteam}>" if subteam else group.members)


def _metadata(post: Post) -> Json:
    return {"event_type": EVENT_TYPE, "event_payload": {"post": post.id, "run": post.run_id or ""}}
