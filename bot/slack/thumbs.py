"""The thumbs below an answer: kept before Slack hears that they were pressed; a thumb down may say why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import listeners
from bot.slack.blocks import form, input_block, note, text_input, words
from bot.slack.modals import show, whisper
from bot.slack.people import SlackPeople
from bot.slack.words import say
from bot.state import feedback, inbox
from bot.state.db import Database
from bot.state.feedback import REASONS, Feedback
from bot.state.inbox import Envelope, pressed
from bot.types import Json, Language

FORM = "feedback"
WORDS_CHARACTERS = 2_000


class Thumbs:
    """Keeps what people think of answers. A thumb up is thanked by the button alone."""

    def __init__(self, client: AsyncWebClient, people: SlackPeople, db: Database) -> None:
        self._client = client
        self._people = people
        self._db = db

    def listen(self, bolt: AsyncApp) -> None:
        bolt.action(listeners.FEEDBACK)(self._pressed)
        bolt.view(FORM)(self._sent)

    async def _pressed(self, ack: Any, body: dict[str, Any]) -> None:
        envelope = listeners.feedback(body)
        if envelope is None:
            await ack()
            return
        press = pressed(envelope)
        verdict: feedback.Verdict = "up" if press.verdict == "up" else "down"
        kept = await self._keep(envelope, Feedback(press.target, press.person, verdict))
        await ack()
        if kept is None or (kept and verdict == "up"):
            return
        language = (await self._people.person(press.person)).language
        if kept:
            await show(
                self._client, body, reason_form(language, press.target, press.channel), say(language, "view_late")
            )
        else:
            await whisper(self._client, press, say(language, "feedback_gone"))

    async def _sent(self, ack: Any, body: dict[str, Any]) -> None:
        said = sent(body)
        if said is None:
            await ack()
        elif await self._keep(*said) is False:
            language = (await self._people.person(said[1].person)).language
            await ack(response_action="errors", errors={"reason": say(language, "feedback_gone")})
        else:
            await ack()

    async def _keep(self, envelope: Envelope, given: Feedback) -> bool | None:
        """Commit it; `None` when this very press was here before, false when there is no such answer."""
        async with self._db.transaction() as tx:
            inbox_id = await inbox.keep(tx, envelope)
            if inbox_id is None:
                return None
            await inbox.handled(tx, inbox_id)
            return await feedback.give(tx, given)


def reason_form(language: Language, run_id: str, channel: str) -> Json:
    """Why not helpful? Inputs `reason` and, optional, `words`."""
    options = [{"text": words(say(language, f"feedback_{reason}")), "value": reason} for reason in REASONS]
    choice = {"type": "radio_buttons", "options": options}
    hint = words(say(language, "feedback_hint"))
    blocks = [
        note(say(language, "feedback_intro")),
        input_block("reason", say(language, "feedback_reason"), choice),
        input_block("words", say(language, "feedback_words"), text_input(WORDS_CHARACTERS), optional=True, hint=hint),
    ]
    about = {"run": run_id, "channel": channel}
    return form(language, FORM, say(language, "feedback_title"), say(language, "feedback_send"), about, blocks)


def sent(body: Mapping[str, Any]) -> tuple[Envelope, Feedback] | None:
    """A form that somebody filled in, and what it says; `None` for foreign shapes."""
    try:
        view, person, team = body["view"], str(body["user"]["id"]), str(body["team"]["id"])
        about, values = json.loads(view["private_metadata"]), view["state"]["values"]
        run_id, channel = str(about["run"]), str(about["channel"])
        reason = values["reason"]["value"]["selected_option"]["value"]
        text = str(values["words"]["value"].get("value") or "").strip()
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if reason not in REASONS:
        return None
    content = {"target": run_id, "verdict": "down", "thread_ts": None}
    envelope = Envelope("click", f"form:{person}:{view['id']}", team, channel, person, content)
    return envelope, Feedback(run_id, person, "down", reason, text or None)
