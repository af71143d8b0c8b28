"""What "Why?" opens: how an answer or an action came about, read from the record, in the words of whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.dossier import Dossier, dossier
from bot.pauses import ADMINS
from bot.slack import blocks, listeners
from bot.slack.blocks import note
from bot.slack.groups import Groups
from bot.slack.local import Local
from bot.slack.modals import show
from bot.slack.passages import Admission
from bot.slack.people import SlackPeople
from bot.slack.why_view import why_view
from bot.slack.words import say
from bot.state.db import Database
from bot.state.inbox import Click, pressed
from bot.types import Json, Language


class Why:
    """Opens the record behind an answer's or a card's button, for anybody who sees that message."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: SlackPeople,
        groups: Groups,
        admission: Admission,
        title: Callable[[str, str], str],
        db: Database,
    ) -> None:
        """`title`: what people call a tool, by its name and their language."""
        self._title = title
        self._client = client
        self._people = people
        self._admission = admission
        self._groups = groups
        self._db = db

    def listen(self, bolt: AsyncApp) -> None:
        bolt.action(listeners.WHY)(self._pressed)

    async def _pressed(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        envelope = listeners.why(body)
        if envelope is None:
            return
        click = pressed(envelope)
        person = await self._people.person(click.person)
        found = await dossier(self._db, click.target)
        if not await self._admission.admits(person, click.channel, shared=True):
            view = _only(person.language, "outsider_refused" if person.name else "outsider_unsure")
        elif found is None:
            view = _only(person.language, "why_gone")
        else:
            asked = {name: await self._groups.asked(name) for name in self._answering(found)}
            hidden = not await self._sees(click, found)
            view = why_view(
                found, Local.of(person), asked, lambda tool: self._title(tool, person.language), hidden=hidden
            )
        await show(self._client, body, view, say(person.language, "view_late"))

    def _answering(self, found: Dossier) -> list[str]:
        """The groups that are named: all that decide or were asked to, else the administrators."""
        ruled = [need for ruling in found.rulings for need in ruling.needs]
        names = [*found.groups, *(name for need in ruled for name in (need.group, *need.also))]
        return list(dict.fromkeys(names or (name for name in self._groups.names if name == ADMINS)))

    async def _sees(self, click: Click, found: Dossier) -> bool:
        """Whether this person can read the thread: a card also stands where others decide, who don't see the question."""
        channel = found.run.thread.channel
        if click.channel == channel:
            return True
        audience = await self._people.audience(channel)
        return audience is None or click.person in audience


def _only(language: Language, key: str) -> Json:
    """A view of one sentence."""
    return blocks.view(language, say(language, "why"), [note(say(language, key))])
