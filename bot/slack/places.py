"""Where things are in Slack, as somebody can open them, what people call them, and who answers for Baton."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import at_hand
from bot.overview import Standing
from bot.pauses import ADMINS
from bot.policy.in_force import InForce
from bot.slack.home import Called, Reader
from bot.slack.local import Local
from bot.slack.people import NETWORK, SlackPeople
from bot.types import Actor

KEPT = 5_000  # addresses, which never change

Place = tuple[str, str]  # a channel, and a message in it


class Places:
    """Asks Slack for each address once."""

    def __init__(self, client: AsyncWebClient, people: SlackPeople, in_force: InForce, called: Called) -> None:
        self._client = client
        self._people = people
        self._in_force = in_force
        self._called = called
        self._known: dict[tuple[str, Place], str] = {}  # by workspace

    async def reader(self, person: Actor, standing: Standing) -> Reader:
        """Somebody who is shown this, with the address of each of it; what Slack does not give is shown without one."""
        team = at_hand.team()
        missing = [place for place in dict.fromkeys(_named(standing)) if (team, place) not in self._known]
        if len(self._known) + len(missing) > KEPT:
            self._known.clear()
        await asyncio.gather(*map(self._ask, missing))
        return Reader(Local.of(person), lambda place: self._known.get((team, place)) if place else None, self._called)

    async def responsible(self) -> str:
        """Who answers for Baton, as Slack mentions them: whom the policy names, else its administrators; else nobody."""
        policy = self._in_force.policy
        group = policy.groups.get(ADMINS)
        named = [policy.responsible] if policy.responsible else [*(group.people or ()), group.handle] if group else []
        return ", ".join([await self._mention(one) for one in named if one])

    async def _mention(self, name: str) -> str:
        if not name.startswith("@"):
            return f"<@{name}>"
        subteam = await self._people.subteam(name)
        return f"<!subteam^{subteam}>" if subteam else name

    async def _ask(self, place: Place) -> None:
        try:
            found = await self._client.chat_getPermalink(channel=place[0], message_ts=place[1])
        except (*NETWORK, SlackApiError):
            return
        self._known[at_hand.team(), place] = str(found["permalink"])


def _named(standing: Standing) -> Iterator[Place]:
    for one in (*standing.waiting.shown, *standing.done.shown):
        if one.place:
            yield one.place
    for question in standing.asked.shown:
        yield question.thread.channel, question.thread.ts
