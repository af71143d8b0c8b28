"""The control API behind the page and for tests: act as a person, see what they see, make Slack misbehave."""

import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from . import commands
from .blocks import find_element
from .chat import Chat
from .company import APP_NAME, APP_USER, CHANNELS, GROUPS, PEOPLE, TEAM_NAME, Channel, Group, Json, Person
from .delivery import Delivery, Outcome, SocketMode
from .faults import Fault, Faults
from .forms import NoSuchField
from .modals import Modal
from .pages import Pages
from .state import Message

CALLS_KEPT: Final = 1000
NO_ANSWER: Final = "Baton did not respond. Try again."


class Refused(Exception):
    """The request names something that is not there, or that this person cannot see."""


@dataclass
class Local:
    """Handlers under /local/."""

    chat: Chat
    delivery: Delivery
    pages: Pages
    faults: Faults
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/local/state", self.state),
            web.get("/local/messages", self.messages),
            web.get("/local/calls", self.recent_calls),
            web.get("/local/events", self.recent_events),
            web.get("/local/live", self.live),
            web.post("/local/say", self.say),
            web.post("/local/command", self.command),
            web.post("/local/click", self.click),
            web.post("/local/open", self.open_home),
            web.post("/local/submit", self.submit),
            web.post("/local/dismiss", self.dismiss),
            web.post("/local/group", self.group),
            web.post("/local/redeliver", self.redeliver),
            web.post("/local/fault", self.fault),
            web.post("/local/drop-connections", self.drop_connections),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """People, channels, groups; with `person` also what their page needs to start."""
        common: Json = {
            "team": TEAM_NAME,
            "app": {"id": APP_USER, "name": APP_NAME},
            "connected": self.delivery.route.is_open,
            "people": [_shown_person(person, self._groups()) for person in PEOPLE.values()],
            "channels": [_shown_channel(channel) for channel in CHANNELS.values()],
            "groups": [{"id": g.id, "handle": g.handle, "members": list(g.members)} for g in self._groups()],
        }
        if "person" not in request.query:
            return web.json_response(common)
        person = _person(request.query)
        state = self.chat.state
        own: Json = {
            "prompts": {k: v for k, v in state.notes("prompts").items() if person.id in CHANNELS[k].people},
            "titles": self._by_place("title", person),
            "sessions": self._by_place("session", person),
            "statuses": {place: self.chat.status(*place.split(":")) for place in self._by_place("status", person)},
            "latest": {c.id: state.latest(c.id, person.id) for c in CHANNELS.values() if person.id in c.people},
            "home": state.note("home", person.id),
            "modal": modal.view if (modal := self.chat.modals.shown_to(person)) else None,
        }
        return web.json_response(common | own)

    async def messages(self, request: web.Request) -> web.Response:
        """The channel, or one thread of it, as that person sees it, ephemerals included; oldest first."""
        person = _person(request.query)
        channel = _channel(request.query, person)
        root = request.query.get("thread_ts")
        found = self.chat.state.thread(channel.id, root) if root else self.chat.state.top_level(channel.id)
        seen = [self.chat.as_slack(message) for message in found if message.seen_by in (None, person.id)]
        return web.json_response({"messages": seen})

    async def recent_calls(self, _: web.Request) -> web.Response:
        """The app's latest Web API calls, oldest first."""
        return web.json_response({"calls": list(self.calls)})

    async def recent_events(self, _: web.Request) -> web.Response:
        """The latest events for the app and what became of them, newest first."""
        return web.json_response({"events": self.chat.state.events(limit=100)})

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        person = _person(request.query)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        await self.pages.serve(socket, person)
        return socket

    async def say(self, request: web.Request) -> web.Response:
        body = await _body(request)
        person = _person(body)
        text = str(body.get("text") or "").strip()
        if not text:
            raise Refused("text is empty")
        ts = self.chat.say(person, _channel(body, person), text, body.get("thread_ts") or None)
        return web.json_response({"ts": ts})

    async def command(self, request: web.Request) -> web.Response:
        """Uses a slash command (`text` is the whole line) and waits for its acknowledgement; `message` is what shows."""
        body = await _body(request)
        person = _person(body)
        channel, line = _channel(body, person), str(body.get("text") or "").strip()
        if not line.startswith("/"):
            raise Refused("text does not start with /")
        shown = await commands.run(self.chat, person, channel, line, body.get("thread_ts") or None)
        return web.json_response({"message": shown.body if shown else None})

    async def click(self, request: web.Request) -> web.Response:
        """Uses an element of a message, or of the Home or modal `view_id`; waits for the acknowledgement."""
        body = await _body(request)
        person = _person(body)
        if body.get("view_id"):
            view = self._view(person, body["view_id"])
            outcome = await self.chat.click_in_view(person, view, _action(view["blocks"], body))
        else:
            message = self._message(person, body)
            outcome = await self.chat.click(person, message, _action(message.body.get("blocks") or [], body))
        return web.json_response(_fate(outcome))

    async def open_home(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self.chat.open_home(_person(body), "home" if body.get("tab") == "home" else "messages")
        return web.json_response({})

    async def submit(self, request: web.Request) -> web.Response:
        """Submits a modal with `values` by block_id, as forms.filled takes them; `errors` come back by block_id."""
        body = await _body(request)
        try:
            result = await self.chat.modals.submit(self._modal(body), body.get("values") or {})
        except NoSuchField as error:
            raise Refused(str(error)) from error
        notice = {"notice": result.notice} if result.notice else {}
        delivered = result.outcome is not None and result.outcome.acked
        return web.json_response({"delivered": delivered, "errors": result.errors} | notice)

    async def dismiss(self, request: web.Request) -> web.Response:
        await self.chat.modals.dismiss(self._modal(await _body(request)))
        return web.json_response({})

    async def group(self, request: web.Request) -> web.Response:
        """Gives the user group `handle` other `members`; an empty object gives all of them their own again."""
        body = await _body(request)
        if not body:
            self.chat.reset_groups()
            return web.json_response({})
        group, members = _group(body), body.get("members")
        if not isinstance(members, list) or any(member not in PEOPLE for member in members):
            raise Refused("members must be a list of people's ids")
        self.chat.set_group(group, members)
        return web.json_response({})

    async def redeliver(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response({"delivered": self.delivery.redeliver(str(body.get("event_id")))})

    async def fault(self, request: web.Request) -> web.Response:
        """Adds a Fault (its fields are the arguments); an empty object forgets all of them."""
        body = await _body(request)
        if not body:
            self.faults.clear()
            return web.json_response({})
        try:
            self.faults.add(Fault(**body))
        except TypeError as error:
            raise Refused(str(error)) from error
        return web.json_response({})

    async def drop_connections(self, _: web.Request) -> web.Response:
        route = self.delivery.route
        return web.json_response({"dropped": await route.drop() if isinstance(route, SocketMode) else 0})

    def _groups(self) -> list[Group]:
        return [self.chat.group(group) for group in GROUPS.values()]

    def _by_place(self, kind: str, person: Person) -> Json:
        notes = self.chat.state.notes(kind)
        return {place: value for place, value in notes.items() if person.id in CHANNELS[place.split(":")[0]].people}

    def _message(self, person: Person, body: Json) -> Message:
        message = self.chat.state.message(_channel(body, person).id, str(body.get("ts")))
        if message is None or message.seen_by not in (None, person.id):
            raise Refused("message_not_found")
        return message

    def _modal(self, body: Json) -> Modal:
        modal = self.chat.modals.get(str(body.get("view_id")))
        if modal is None or modal.person != _person(body):
            raise Refused("view_not_found")
        return modal

    def _view(self, person: Person, view_id: str) -> Json:
        home: Json | None = self.chat.state.note("home", person.id)
        if home and home["id"] == view_id:
            return home
        return self._modal({"view_id": view_id, "person": person.id}).view


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a request got wrong into a 404 that says so."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": str(refused)}, status=404)


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except json.JSONDecodeError as error:
        raise Refused(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused("the body is not an object")
    return body


def _person(fields: Mapping[str, Any]) -> Person:
    person = PEOPLE.get(str(fields.get("person")))
    if person is None:
        raise Refused("person_not_found")
    return person


def _channel(fields: Mapping[str, Any], person: Person) -> Channel:
    channel = CHANNELS.get(str(fields.get("channel")))
    if channel is None or person.id not in channel.people:
        raise Refused("channel_not_found")
    return channel


def _group(fields: Mapping[str, Any]) -> Group:
    handle = str(fields.get("handle")).removeprefix("@")
    found = next((group for group in GROUPS.values() if group.handle == handle), None)
    if found is None:
        raise Refused("group_not_found")
    return found


def _action(blocks: list[Json], body: Json) -> Json:
    """The action of a payload, from the element that the page names by its action_id."""
    found = find_element(blocks, str(body.get("action_id")), body.get("value"))
    if found is None:
        raise Refused("action_not_found")
    block, element = found
    kept = ("action_id", "type", "text", "value", "style", "url", "placeholder")
    action = {key: element[key] for key in kept if key in element} | {"block_id": block["block_id"]}
    return action | _choice(element, body.get("selected"))


def _choice(element: Json, selected: object) -> Json:
    if element["type"] in ("button", "icon_button"):
        return {}
    if element["type"] == "feedback_buttons":
        buttons = (element["positive_button"], element["negative_button"])
        pressed: Json | None = next((button for button in buttons if button["value"] == selected), None)
    else:
        option = next((option for option in element.get("options", []) if option["value"] == selected), None)
        pressed = {"selected_option": option} if option else None
    if pressed is None:
        raise Refused("option_not_found")
    return pressed


def _fate(outcome: Outcome) -> Json:
    """`delivered`: the app acknowledged in time; if not, `notice` is what Slack would show to the person."""
    return {"delivered": outcome.acked} | ({} if outcome.acked else {"notice": NO_ANSWER, "reason": outcome.reason})


def _shown_person(person: Person, groups: list[Group]) -> Json:
    about = {
        "id": person.id,
        "name": person.name,
        "title": person.title,
        "locale": person.locale,
        "dm": person.dm,
    }
    handles = [group.handle for group in groups if person.id in group.members]
    return about | {"groups": handles, "is_admin": person.is_admin}


def _shown_channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.private,
        "direct": channel.direct,
        "topic": channel.topic,
        "members": list(channel.people),
    }
