"""What people see when they open Baton: its Home, and the prompts above an empty conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import blocks, listeners
from bot.slack.blocks import Ability
from bot.slack.people import NETWORK, SlackPeople
from bot.slack.words import say
from bot.types import Language

log = structlog.get_logger()


class Home:
    """Greets with what can be asked; nothing is lost when that fails."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: SlackPeople,
        abilities: Mapping[Language, Sequence[Ability]],
        *,
        offline: bool,
    ) -> None:
        self._client = client
        self._people = people
        self._abilities = abilities
        self._offline = offline

    def listen(self, bolt: AsyncApp) -> None:
        bolt.event("app_home_opened")(self._opened)

    async def _opened(self, body: dict[str, Any]) -> None:
        opened = listeners.opened(body)
        if opened is None:
            return
        person = await self._people.person(opened.person)
        try:
            if opened.tab == "messages":
                title = say(person.language, "prompts")
                examples = [ability.example for ability in self._abilities[person.language] if ability.example]
                prompts = [{"title": example[:75], "message": example} for example in examples[:4]]
                await self._client.assistant_threads_setSuggestedPrompts(
                    channel_id=opened.channel, title=title, prompts=prompts
                )
            else:
                view = blocks.home(person.language, self._abilities[person.language], offline=self._offline)
                await self._client.views_publish(user_id=opened.person, view=view)
        except (*NETWORK, SlackApiError) as error:
            log.warning("could not greet", person=opened.person, error=str(error))
