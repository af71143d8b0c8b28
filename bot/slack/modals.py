"""Shows a view to whoever pressed a button, and a word for their eyes alone where that cannot be."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.people import NETWORK
from bot.slack.words import say
from bot.state.inbox import Click
from bot.types import Json, Language

log = structlog.get_logger()


async def show(client: AsyncWebClient, body: Mapping[str, Any], view: Json, language: Language) -> None:
    """Open a view in answer to a press, on top of the view in which it was pressed, if it was in one."""
    on_a_view = body.get("view", {}).get("type") == "modal"
    try:
        if on_a_view:
            await client.views_push(trigger_id=body["trigger_id"], view=view)
        else:
            await client.views_open(trigger_id=body["trigger_id"], view=view)
    except (*NETWORK, SlackApiError) as error:
        log.warning("a view could not be opened", person=body["user"]["id"], error=str(error))
        container = body.get("container") or {}
        if channel := container.get("channel_id"):
            thread_ts = container.get("thread_ts") or container.get("message_ts")
            await _whisper(client, channel, body["user"]["id"], thread_ts, say(language, "view_late"))


async def whisper(client: AsyncWebClient, click: Click, text: str) -> None:
    """Say something to whoever pressed, and to nobody else."""
    await _whisper(client, click.channel, click.person, click.thread_ts, text)


async def _whisper(client: AsyncWebClient, channel: str, person: str, thread_ts: str | None, text: str) -> None:
    with contextlib.suppress(*NETWORK, SlackApiError):
        await client.chat_postEphemeral(channel=channel, user=person, thread_ts=thread_ts, text=text)
