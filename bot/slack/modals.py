"""Shows a view to whoever pressed a button, and a word for their eyes alone where that cannot be."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.people import NETWORK
from bot.state.inbox import Click
from bot.types import Json

log = structlog.get_logger()


async def show(client: AsyncWebClient, body: Mapping[str, Any], view: Json, late: str) -> None:
    """Open a view in answer to a press, on top of the view in which it was pressed, if it was in one.

    `late` is said where that cannot be.
    """
    on_a_view = (body.get("view") or {}).get("type") == "modal"
    person = str(body["user"]["id"])
    try:
        if on_a_view:
            await client.views_push(trigger_id=body["trigger_id"], view=view)
        else:
            await client.views_open(trigger_id=body["trigger_id"], view=view)
    except (*NETWORK, SlackApiError) as error:
        log.warning("a view could not be opened", person=person, error=str(error))
        if channel := (body.get("channel") or {}).get("id"):
            await _whisper(client, channel, person, _thread_of(body), late)


async def whisper(client: AsyncWebClient, click: Click, text: str) -> None:
    """Say something to whoever pressed, and to nobody else."""
    await _whisper(client, click.channel, click.person, click.thread_ts, text)


def _thread_of(body: Mapping[str, Any]) -> str | None:
    """The thread in which something was pressed; below a message without one, nobody would see a private word."""
    thread_ts = (body.get("container") or {}).get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    return str(thread_ts) if thread_ts else None


async def _whisper(client: AsyncWebClient, channel: str, person: str, thread_ts: str | None, text: str) -> None:
    with contextlib.suppress(*NETWORK, SlackApiError):
        await client.chat_postEphemeral(channel=channel, user=person, thread_ts=thread_ts, text=text)
