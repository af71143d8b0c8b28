"""The Bolt app: everything is committed in its middleware, before Slack gets its acknowledgement."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import at_hand
from bot.decisions import Opening
from bot.overview import Standing
from bot.settings import Settings
from bot.slack import blocks, forms, home, listeners
from bot.slack.catchup import CatchUp
from bot.slack.connection import Connection, connected, introduced
from bot.slack.forms import FormError, Place, Submitted
from bot.slack.installing import Installing
from bot.slack.local import Local
from bot.slack.modals import show
from bot.slack.people import SlackPeople
from bot.slack.places import Places
from bot.slack.words import say, whole
from bot.slack.workspaces import Installations, OneWorkspace
from bot.state.inbox import Click, Envelope, pressed
from bot.types import Actor, Incoming, Json, Thread

REPLY_SECONDS = 0.7  # for which Slack, which waits three, is kept waiting for the reply to a command

log = structlog.get_logger()


class Reception(Protocol):
    """Takes what was said and clicked; when it returns, that is committed."""

    async def submit(
        self, envelope: Envelope, incoming: Incoming, *, addressed: bool, aside: bool = False
    ) -> str | None: ...

    async def clicked(self, envelope: Envelope) -> None: ...

    async def stopped(self, envelope: Envelope, thread: Thread) -> None: ...

    async def edited(self, envelope: Envelope, incoming: Incoming, *, addressed: bool) -> None: ...

    async def deleted(self, envelope: Envelope, ts: str, *, addressed: bool) -> None: ...


class Forms(Protocol):
    """What a form is about, and what is wrong with it."""

    async def opening(self, click: Click) -> Opening | None:
        """`None` when this person may not send it; the person hears why."""

    async def about(self, click: Click, actor: Actor) -> Opening | None:
        """What a form is about, by what is stored."""

    async def objections(self, click: Click) -> dict[str, str]:
        """What is wrong with its values, by field."""


class Commands(Protocol):
    """Carries out `/baton …`; what it changed is committed when the reply comes back."""

    async def command(self, actor: Actor, text: str, team: str) -> tuple[str, dict[str, Json]] | Standing: ...


class Part(Protocol):
    """Something that people open in Slack, with the listeners behind it. What changes anything is committed first."""

    def listen(self, bolt: AsyncApp) -> None: ...


class SlackApp:
    """The connection to Slack, by Socket Mode or HTTP, for one workspace or several."""

    def __init__(
        self,
        settings: Settings,
        web_client: AsyncWebClient,
        workspaces: OneWorkspace | Installations,
        installing: Installing | None,
        people: SlackPeople,
        reception: Reception,
        forms: Forms,
        commands: Commands,
        catch_up: CatchUp,
        places: Places,
        parts: Sequence[Part],
    ) -> None:
        self._settings = settings
        self._client = web_client
        self._workspaces = workspaces
        self._installing = installing
        self._people = people
        self._reception = reception
        self._forms = forms
        self._commands = commands
        self._catch_up = catch_up
        self._places = places
        self._parts = parts
        self._bolt: AsyncApp | None = None
        self._connection: Connection | None = None

    async def connect(self) -> Sequence[str]:
        """Wait until Slack knows us, then listen; the names of the workspaces come back.

        While `auth.test` fails, Bolt would acknowledge events and drop them: so nothing is connected before it succeeds.
        Raises `ConfigError` when Slack refuses the token.
        """
        if isinstance(self._workspaces, OneWorkspace):
            self._workspaces.met(await introduced(self._client))
        self._bolt = self._app()
        for team in self._workspaces.teams:
            await self._catch_up.left_off(team)
        self._connection = await connected(
            self._bolt, self._client, self._workspaces, self._installing, self._settings, self._look_for_missed
        )
        self._look_for_missed()
        await self.listens()
        return list(self._names())

    def _names(self) -> Iterator[str]:
        for team in self._workspaces.teams:
            with at_hand.working_for(team):
                here = self._workspaces.here
            yield (here and here.team_name) or team

    async def listens(self) -> None:
        """Note that Slack can reach us now, if it can."""
        if self._connection is not None and self._connection.is_open:
            for team in self._workspaces.teams:
                await self._catch_up.listens(team)

    def _look_for_missed(self) -> None:
        """The way in is open, and it was not for a while."""
        for team in self._workspaces.teams:
            with at_hand.working_for(team):
                self._catch_up.begin(team, self._keep)

    async def close(self) -> None:
        self._catch_up.close()
        if self._connection is not None:
            await self._connection.close()

    def _app(self) -> AsyncApp:
        async def authorize(**_: Any) -> AuthorizeResult:
            """Who we are is known; Bolt would ask again at the first event, and drop it when Slack is slow to say."""
            here = self._workspaces.here
            assert here is not None  # else the intake had refused it
            return AuthorizeResult(
                enterprise_id=here.enterprise_id,
                team_id=here.team_id or at_hand.team(),
                bot_user_id=here.bot_user_id,
                bot_id=here.bot_id,
                bot_token=here.bot_token,
            )

        app = AsyncApp(
            name="baton",  # else Bolt walks the stack for one, and reads every file on it
            client=self._client,
            authorize=authorize,
            request_verification_enabled=False,  # whoever takes a request checks its signature first
            attaching_conversation_kwargs_enabled=False,
        )
        app.middleware(self._commit)
        for event in ("message", "app_mention"):
            app.event(event)(_acknowledged)
        for action in listeners.PRESSED:
            app.action(action)(_acknowledged)
        for action in listeners.OPENING:
            app.action(action)(self._open_form)
        for part in (
            *self._parts,
            *([self._installing] if self._installing else []),
        ):  # before what takes all other forms
            part.listen(app)
        app.view(re.compile("baton_.*"))(_answered)
        app.command("/baton")(self._command)
        return app

    async def _commit(self, body: dict[str, Any], context: Any, next: Callable[[], Awaitable[Any]]) -> Any:
        """Keep what was said, clicked or sent; only then does Bolt go on and acknowledge it."""
        if envelope := listeners.clicked(body):
            await self._reception.clicked(envelope)
        elif form := listeners.sent(body):
            context["closing"] = await self._sent(*form, body["view"])
        else:
            await self._keep(body)
        return await next()

    async def _keep(self, body: Mapping[str, Any]) -> None:
        """Keep what somebody said, edited, deleted or stopped."""
        here = self._workspaces.here
        own_id = here.bot_user_id if here else ""
        if stopped := listeners.stopped(body):
            await self._reception.stopped(*stopped)
        elif deleted := listeners.deleted(body, own_id):
            await self._reception.deleted(deleted.envelope, deleted.ts, addressed=deleted.addressed)
        elif edited := listeners.edited(body, own_id):
            await self._reception.edited(edited.envelope, edited.incoming, addressed=edited.addressed)
        elif heard := listeners.heard(body, own_id):
            await self._reception.submit(heard.envelope, heard.incoming, addressed=heard.addressed, aside=heard.aside)

    async def _open_form(self, ack: Any, body: dict[str, Any]) -> None:
        """Show the form behind a button, to somebody who may send it."""
        await ack()
        envelope = listeners.opening(body)
        if envelope is None:
            return
        click = pressed(envelope)
        opening = await self._forms.opening(click)
        if opening is None:
            return
        await show(self._client, body, _form(click, opening), say(opening.actor.language, "form_late"))

    async def _sent(self, envelope: Envelope, submitted: Submitted, view: Json) -> Json:
        """Keep a form, and close it; or the answer that keeps it open, with what is wrong beside each field.

        Slack is not asked anything before that is committed: it waits for the acknowledgement.
        """
        click = pressed(envelope)
        values: Json = submitted.values
        if submitted.verdict == "edit" and (about := await self._forms.about(click, Actor(click.person))):
            language = (await self._people.person(click.person)).language
            try:
                before = about.approvals[0].sealed.arguments
                values = {"arguments": forms.arguments(language, about.schema or {}, before, submitted.values)}
            except FormError as error:
                return forms.errors_for(view, error.errors)
        kept = _filled(envelope, values)
        if wrong := await self._forms.objections(pressed(kept)):
            language = (await self._people.person(click.person)).language
            return forms.errors_for(view, {field: whole(language, text) for field, text in wrong.items()})
        await self._reception.clicked(kept)
        return {}

    async def _command(self, ack: Any, respond: Any, command: dict[str, Any]) -> None:
        """`/baton …`: the reply is for whoever wrote it alone. One that takes long comes by itself."""
        reply = asyncio.create_task(self._reply(command))
        await asyncio.wait({reply}, timeout=REPLY_SECONDS)
        if reply.done():
            await ack(**reply.result())
        else:
            await ack()
            await respond(**await reply)

    async def _reply(self, command: Mapping[str, Any]) -> dict[str, Json]:
        actor = await self._people.person(str(command["user_id"]))
        said = await self._commands.command(actor, str(command.get("text") or ""), str(command.get("team_id") or ""))
        if isinstance(said, Standing):
            painted = home.standing(await self._places.reader(actor, said), said)
            return {"text": say(actor.language, "status_reply"), "blocks": painted}
        key, values = said
        return {"text": blocks.notice(actor.language, key, values, Local.of(actor)).text}


async def _acknowledged(ack: Any) -> None:
    await ack()


async def _answered(ack: Any, context: Any) -> None:
    """Close the form, or keep it open with what is wrong beside each field."""
    await ack(**context.get("closing", {}))


def _form(click: Click, opening: Opening) -> Json:
    language, place = opening.actor.language, Place(click.channel, click.thread_ts)
    first = opening.approvals[0]
    if click.verdict in ("reject", "reject_all"):
        labels, together = [one.label for one in opening.approvals], click.verdict == "reject_all"
        return forms.reject_form(language, labels, click.target, place, together=together)
    if click.verdict == "ask":
        return forms.question_form(language, first.label, click.target, place)
    if click.verdict == "typed":
        return forms.typed_form(Local.of(opening.actor), first, place)
    return forms.edit_form(language, first, opening.schema, place)


def _filled(envelope: Envelope, values: Json) -> Envelope:
    """The same delivery with what the form held; decimal figures keep their digits as text."""
    return replace(envelope, body={**envelope.body, "values": json.loads(json.dumps(values, default=str))})
