"""The control API behind the page and for tests: see what a person sees, and make Slack misbehave."""

import asyncio
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Final

from aiohttp import web

from .asked import Refused, body_of, channel_of, group_of, person_of
from .chat import Chat
from .company import (
    APP_NAME,
    APP_USER,
    CHANNELS,
    COMMANDS,
    GROUPS,
    PEOPLE,
    SHORTCUTS,
    TEAM_NAME,
    Channel,
    Json,
    Person,
)
from .delivery import SocketMode
from .faults import Fault, Faults
from .limits import Limits
from .pages import Pages
from .traces import calls_about, events_about
from .unsteady import GARBAGE, GARBAGE_FRAMES, Unsteady

CALLS_KEPT: Final = 1000
DISCONNECTS: Final = ("warning", "refresh_requested", "link_disabled")
FEATURES: Final = ("agent_sessions", "streaming")


@dataclass
class Local:
    """Handlers under /local/."""

    chat: Chat
    pages: Pages
    faults: Faults
    limits: Limits
    unsteady: Unsteady
    socket_mode: SocketMode | None
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/local/state", self.state),
            web.get("/local/messages", self.messages),
            web.get("/local/calls", self.recent_calls),
            web.get("/local/events", self.recent_events),
            web.get("/local/inspect", self.inspect),
            web.get("/local/live", self.live),
            web.post("/local/group", self.group),
            web.post("/local/limits", self.rate_limits),
            web.post("/local/feature", self.feature),
            web.post("/local/expire", self.expire),
            web.post("/local/redeliver", self.redeliver),
            web.post("/local/fault", self.fault),
            web.post("/local/drop-connections", self.drop_connections),
            web.post("/local/disconnect", self.disconnect),
            web.post("/local/envelope", self.envelope),
            web.post("/local/frame", self.frame),
            web.post("/local/garbage", self.garbage),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """People, channels, groups; with `person` also what their page needs to start."""
        groups = [self.chat.group(group) for group in GROUPS.values()]
        common: Json = {
            "team": TEAM_NAME,
            "app": {"id": APP_USER, "name": APP_NAME},
            "connected": self.chat.delivery.route.is_open,
            "people": [_shown_person(person) for person in PEOPLE.values()],
            "channels": [_shown_channel(channel) for channel in CHANNELS.values()],
            "commands": [asdict(command) for command in COMMANDS.values()],
            "shortcuts": [{"callback_id": s.callback_id, "name": s.name, "type": s.kind} for s in SHORTCUTS.values()],
            "groups": [{"id": g.id, "handle": g.handle, "members": list(g.members)} for g in groups],
        }
        if "person" not in request.query:
            return web.json_response(common)
        person = person_of(request.query)
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
        person = person_of(request.query)
        channel = channel_of(request.query, person)
        root = request.query.get("thread_ts")
        found = self.chat.state.thread(channel.id, root) if root else self.chat.state.top_level(channel.id)
        seen = [self.chat.as_slack(message) for message in found if message.seen_by in (None, person.id)]
        return web.json_response({"messages": seen})

    async def recent_calls(self, request: web.Request) -> web.Response:
        """The app's latest Web API calls, oldest first; with `refused` those whose arguments Slack finds fault with."""
        calls = list(self.calls)
        if "refused" in request.query:
            calls = [call for call in calls if "messages" in call["answer"].get("response_metadata", {})]
        return web.json_response({"calls": calls})

    async def recent_events(self, _: web.Request) -> web.Response:
        """The latest events for the app and what became of them, newest first."""
        return web.json_response({"events": self.chat.state.events(limit=100)})

    async def inspect(self, request: web.Request) -> web.Response:
        """What concerns the message at `ts`, which may be gone: `events` told to the app and its `calls`, oldest first."""
        person = person_of(request.query)
        channel, ts = channel_of(request.query, person).id, request.query.get("ts", "")
        message = self.chat.state.message(channel, ts)
        if not ts or (message and message.seen_by not in (None, person.id)):
            raise Refused("message_not_found")
        events = events_about(self.chat.state, self.chat.delivery.interactions, channel, ts)
        return web.json_response({"events": events, "calls": calls_about(self.calls, channel, ts)})

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        person = person_of(request.query)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        await self.pages.serve(socket, person)
        return socket

    async def group(self, request: web.Request) -> web.Response:
        """Gives the user group `handle` other `members`; an empty object gives all of them their own again."""
        body = await body_of(request)
        if not body:
            self.chat.reset_groups()
            return web.json_response({})
        group, members = group_of(body), body.get("members")
        if not isinstance(members, list) or any(member not in PEOPLE for member in members):
            raise Refused("members must be a list of people's ids")
        self.chat.set_group(group, members)
        return web.json_response({})

    async def feature(self, request: web.Request) -> web.Response:
        """Takes a feature from the workspace (`name`, `on`) or gives it back; an empty object gives all back."""
        body = await body_of(request)
        if body and body.get("name") not in FEATURES:
            raise Refused(f"name must be one of {', '.join(FEATURES)}")
        for name in [body["name"]] if body else FEATURES:
            self.chat.switch(name, on=bool(body.get("on", True)))
        return web.json_response({})

    async def expire(self, _: web.Request) -> web.Response:
        """Lets the streams that live die at once, as their time does."""
        return web.json_response({"expired": self.chat.streams.expire()})

    async def redeliver(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        return web.json_response({"delivered": self.chat.delivery.redeliver(str(body.get("event_id")))})

    async def fault(self, request: web.Request) -> web.Response:
        """Adds a Fault (its fields are the arguments); an empty object forgets all of them.

        With `envelope` instead the next `times` envelopes come `twice` or are `swapped` with the one that follows.
        With `file` that file can be had no more, as when somebody has deleted it; its message still shows it.
        """
        body = await body_of(request)
        if not body:
            self.faults.clear()
            self.unsteady.steady()
        elif "envelope" in body:
            self._disturb(str(body["envelope"]), int(body.get("times", 1)))
        elif "file" in body:
            self._lose(str(body["file"]))
        else:
            try:
                self.faults.add(Fault(**body))
            except TypeError as error:
                raise Refused(str(error)) from error
        return web.json_response({})

    def _lose(self, file_id: str) -> None:
        found = self.chat.state.file(file_id)
        if found is None:
            raise Refused("file_not_found")
        self.chat.state.put_file(file_id, found[0], None)

    def _disturb(self, how: str, times: int) -> None:
        if how not in ("twice", "swapped"):
            raise Refused("envelope must be twice or swapped")
        (self.unsteady.twice if how == "twice" else self.unsteady.swap)(times)

    async def rate_limits(self, request: web.Request) -> web.Response:
        """Switches the rate limits (`on`); `methods` gives some others: {"chat.update": {"per_minute": 2}}.

        Without `methods` all have Slack's own; an empty object also brings the switch back to where it was at the start.
        """
        body = await body_of(request)
        try:
            per_minute = {str(method): int(limit["per_minute"]) for method, limit in body.get("methods", {}).items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Refused('methods must be as {"chat.update": {"per_minute": 2}}') from error
        self.limits.on = bool(body.get("on", True)) if body else self.limits.on_at_start
        self.limits.change(per_minute)
        return web.json_response({})

    async def drop_connections(self, request: web.Request) -> web.Response:
        """Closes the Socket Mode connections without a word, or `at_most` so many."""
        at_most = (await body_of(request)).get("at_most") if request.can_read_body else None
        return web.json_response({"dropped": await self.socket_mode.drop(at_most) if self.socket_mode else 0})

    async def disconnect(self, request: web.Request) -> web.Response:
        """Ends one connection with the `reason` that Slack gives."""
        reason = str((await body_of(request)).get("reason"))
        if reason not in DISCONNECTS:
            raise Refused(f"reason must be one of {', '.join(DISCONNECTS)}")
        return web.json_response({"told": await self.socket_mode.disconnect(reason) if self.socket_mode else 0})

    async def envelope(self, request: web.Request) -> web.Response:
        """Sends one envelope of `kind` with any `payload`, once."""
        body = await body_of(request)
        if "payload" not in body:
            raise Refused("payload is missing")
        outcome = await self.chat.delivery.route.send(str(body.get("kind", "events_api")), body["payload"], None)
        return web.json_response({"acked": outcome.acked, "reason": outcome.reason})

    async def frame(self, request: web.Request) -> web.Response:
        """Sends `text` as it is to every connection."""
        text = str((await body_of(request)).get("text"))
        return web.json_response({"sent": await self.socket_mode.speak(text) if self.socket_mode else 0})

    async def garbage(self, _: web.Request) -> web.Response:
        """Sends what no Slack sends, all at once, and waits for what becomes of it; `sent` and `acked` are counts."""
        if self.socket_mode:
            for text in GARBAGE_FRAMES:
                await self.socket_mode.speak(text)
        outcomes = await asyncio.gather(
            *(self.chat.delivery.route.send(kind, payload, None) for kind, payload in GARBAGE)
        )
        return web.json_response({"sent": len(outcomes), "acked": sum(outcome.acked for outcome in outcomes)})

    def _by_place(self, kind: str, person: Person) -> Json:
        notes = self.chat.state.notes(kind)
        return {place: value for place, value in notes.items() if person.id in CHANNELS[place.split(":")[0]].people}


def _shown_person(person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "title": person.title,
        "locale": person.locale,
        # Somebody of another team has no conversation with the app: their page opens in a channel of theirs.
        "dm": person.dm or next(channel.id for channel in CHANNELS.values() if person.id in channel.people),
        "external": person.is_external,
        "guest": person.is_guest,
    }


def _shown_channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.private,
        "direct": channel.direct,
        "topic": channel.topic,
        "members": list(channel.people),
    }
