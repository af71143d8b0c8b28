"""The passages behind an answer's sources."""

from __future__ import annotations

from typing import Any, Protocol

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import blocks, listeners
from bot.slack.modals import show
from bot.slack.people import SlackPeople
from bot.slack.words import say
from bot.types import Actor


class Library(Protocol):
    """Opens a passage: title, section and text, or `None` when it is gone."""

    async def passage(self, passage_id: str, channel: str) -> tuple[str, str, str] | None:
        """One of a file opens in the channel of its thread only."""


class Admission(Protocol):
    """Says who may ask where; what may not be asked is not shown either."""

    async def admits(self, actor: Actor, channel: str, *, shared: bool) -> bool: ...


class Passages:
    """Opens the passage behind a source's button."""

    def __init__(self, client: AsyncWebClient, people: SlackPeople, library: Library, admission: Admission) -> None:
        self._client = client
        self._people = people
        self._library = library
        self._admission = admission

    def listen(self, bolt: AsyncApp) -> None:
        bolt.action(listeners.SOURCE)(self._show)

    async def _show(self, ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        person = await self._people.person(body["user"]["id"])
        found = listeners.SOURCE.fullmatch(action["action_id"])
        number = int(found[1]) if found else 0
        channel = str((body.get("channel") or {}).get("id") or (body.get("view") or {}).get("private_metadata") or "")
        passage = None
        if admitted := await self._admission.admits(person, channel, shared=True):
            passage = await self._library.passage(action["value"], channel)
        why = "passage_gone" if admitted else "outsider_refused" if person.name else "outsider_unsure"
        title, where, text = passage or ("—", "", say(person.language, why))
        view = blocks.passage_modal(person.language, number, title, where, text)
        await show(self._client, body, view, say(person.language, "view_late"))
