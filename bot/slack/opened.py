"""What happens when people open Baton, and when they use what they find there: its Home, prompts, pause switches."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.overview import Condition, Standing
from bot.slack import home, listeners
from bot.slack.blocks import Ability
from bot.slack.modals import show
from bot.slack.people import NETWORK, SlackPeople
from bot.slack.places import Places
from bot.slack.prompts import Role, prompts
from bot.slack.words import say
from bot.state.pauses import Pause, Target
from bot.types import Actor, Json, Language

SHOWN = 6  # of each list

log = structlog.get_logger()


class Overview(Protocol):
    """Where things stand."""

    async def standing(self, person: str, limit: int, *, direct: str = "") -> Standing: ...

    async def condition(self) -> Condition: ...

    async def may_decide(self, person: str) -> bool: ...

    async def may_switch(self, person: str) -> bool: ...


class Switches(Protocol):
    """The pause switches; what they changed is committed when they come back."""

    async def may_switch(self, person: str) -> bool: ...

    async def begin(self, person: str, target: Target, reason: str) -> Pause | None: ...

    async def end(self, person: str, target: Target) -> Pause | None: ...


class Home:
    """The Home of everybody. Nothing is lost when it cannot be shown."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: SlackPeople,
        overview: Overview,
        switches: Switches,
        places: Places,
        abilities: Callable[[Language], Sequence[Ability]],
        *,
        offline: bool,
    ) -> None:
        self._client = client
        self._people = people
        self._overview = overview
        self._switches = switches
        self._places = places
        self._abilities = abilities
        self._offline = offline

    def listen(self, bolt: AsyncApp) -> None:
        bolt.event("app_home_opened")(self._opened)
        bolt.action("baton_refresh")(self._refresh)
        bolt.action("baton_pause")(self._ask_why)
        bolt.action("baton_resume")(self._resume)
        bolt.view("baton_pause")(self._pause)

    async def _opened(self, body: dict[str, Any]) -> None:
        opened = listeners.opened(body)
        if opened is None:
            return
        person = await self._people.person(opened.person)
        try:
            if opened.tab == "messages":
                await self._prompt(person, opened.channel)
            else:
                await self._show(person, opened.channel)
        except (*NETWORK, SlackApiError) as error:
            log.warning("could not greet", person=opened.person, error=str(error))

    async def _prompt(self, person: Actor, channel: str) -> None:
        role = Role(await self._overview.may_decide(person.id), await self._overview.may_switch(person.id))
        found = prompts(person.language, self._abilities(person.language), role)
        if found:
            await self._client.assistant_threads_setSuggestedPrompts(
                channel_id=channel, title=say(person.language, "prompts"), prompts=found
            )

    async def _show(self, person: Actor, direct: str = "") -> None:
        """Publish what holds now."""
        standing = await self._overview.standing(person.id, SHOWN, direct=direct)
        condition = await self._overview.condition() if await self._overview.may_switch(person.id) else None
        view = home.home(
            await self._places.reader(person, standing),
            standing,
            self._abilities(person.language),
            responsible=await self._places.responsible(),
            offline=self._offline,
            condition=condition,
        )
        await self._client.views_publish(user_id=person.id, view={**view, "private_metadata": direct})

    async def _shown(self, body: Mapping[str, Any]) -> None:
        person = await self._people.person(str(body["user"]["id"]))
        direct = str((body.get("view") or {}).get("private_metadata") or "")
        try:
            await self._show(person, direct if direct.startswith("D") else "")
        except (*NETWORK, SlackApiError) as error:
            log.warning("the Home could not be shown", person=person.id, error=str(error))

    async def _refresh(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await self._shown(body)

    async def _ask_why(self, ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Open the form; whether this person may use it is asked when it is sent."""
        await ack()
        target = _target(action.get("value"))
        if target is not None:
            person = await self._people.person(str(body["user"]["id"]))
            view = home.pause_form(person.language, target)
            await show(self._client, body, view, say(person.language, "view_late"))

    async def _pause(self, ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Pause, and only then close the form: while Slack hears nothing, whoever sent it sees that."""
        person_id = str(body["user"]["id"])
        target = _target(view.get("private_metadata"))
        if target is None:
            await ack()
            return
        if not await self._switches.may_switch(person_id):
            language = (await self._people.person(person_id)).language
            await ack(response_action="errors", errors={"reason": say(language, "pause_refused")})
            return
        why = view["state"]["values"]["reason"]["value"].get("value")
        await self._switches.begin(person_id, target, str(why or ""))
        await ack()
        await self._shown({"user": body["user"]})

    async def _resume(self, ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        person_id, target = str(body["user"]["id"]), _target(action.get("value"))
        if target is not None and await self._switches.may_switch(person_id):
            await self._switches.end(person_id, target)
        await ack()
        await self._shown(body)


def _target(value: Json) -> Target | None:
    """What a button or a form names; `None` for anything else."""
    try:
        found = json.loads(value)
        kind, name = found["kind"], found["name"]
    except (ValueError, TypeError, KeyError):
        return None
    if kind not in ("all", "agent", "tool") or not isinstance(name, str):
        return None
    return Target(kind, name)
