"""What people do, by the control API: write, click, use commands and modals, press Stop."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from . import commands
from .asked import Refused, body_of, channel_of, message_of, person_of
from .blocks import find_element
from .chat import Chat
from .company import Json, Person
from .delivery import Outcome
from .forms import NoSuchField
from .modals import Modal

NO_ANSWER: Final = "Baton did not respond. Try again."


@dataclass
class Deeds:
    """Handlers under /local/."""

    chat: Chat

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/local/say", self.say),
            web.post("/local/command", self.command),
            web.post("/local/click", self.click),
            web.post("/local/stop", self.stop),
            web.post("/local/open", self.open_home),
            web.post("/local/submit", self.submit),
            web.post("/local/dismiss", self.dismiss),
        ]

    async def say(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        person = person_of(body)
        text = str(body.get("text") or "").strip()
        if not text:
            raise Refused("text is empty")
        ts = self.chat.say(person, channel_of(body, person), text, body.get("thread_ts") or None)
        return web.json_response({"ts": ts})

    async def command(self, request: web.Request) -> web.Response:
        """Uses a slash command (`text` is the whole line) and waits for its acknowledgement; `message` is what shows."""
        body = await body_of(request)
        person = person_of(body)
        channel, line = channel_of(body, person), str(body.get("text") or "").strip()
        if not line.startswith("/"):
            raise Refused("text does not start with /")
        shown = await commands.run(self.chat, person, channel, line, body.get("thread_ts") or None)
        return web.json_response({"message": shown.body if shown else None})

    async def click(self, request: web.Request) -> web.Response:
        """Uses an element of a message, or of the Home or modal `view_id`; waits for the acknowledgement."""
        body = await body_of(request)
        person = person_of(body)
        if body.get("view_id"):
            view = self._view(person, body["view_id"])
            outcome = await self.chat.click_in_view(person, view, _action(view["blocks"], body))
        else:
            message = message_of(body, person, self.chat.state)
            outcome = await self.chat.click(person, message, _action(message.body.get("blocks") or [], body))
        return web.json_response(_fate(outcome))

    async def stop(self, request: web.Request) -> web.Response:
        """Presses the Stop button, which shows while the thread's session is at work."""
        body = await body_of(request)
        person = person_of(body)
        channel, thread_ts = channel_of(body, person), str(body.get("thread_ts"))
        session = self.chat.session(channel, thread_ts)
        if session is None or session["status"] != "processing":
            raise Refused("session_not_processing")
        return web.json_response({"stopped": self.chat.stop(person, channel, thread_ts)})

    async def open_home(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        self.chat.open_home(person_of(body), "home" if body.get("tab") == "home" else "messages")
        return web.json_response({})

    async def submit(self, request: web.Request) -> web.Response:
        """Submits a modal with `values` by block_id, as forms.filled takes them; `errors` come back by block_id."""
        body = await body_of(request)
        try:
            result = await self.chat.modals.submit(self._modal(body), body.get("values") or {})
        except NoSuchField as error:
            raise Refused(str(error)) from error
        notice = {"notice": result.notice} if result.notice else {}
        delivered = result.outcome is not None and result.outcome.acked
        return web.json_response({"delivered": delivered, "errors": result.errors} | notice)

    async def dismiss(self, request: web.Request) -> web.Response:
        await self.chat.modals.dismiss(self._modal(await body_of(request)))
        return web.json_response({})

    def _modal(self, body: Json) -> Modal:
        modal = self.chat.modals.get(str(body.get("view_id")))
        if modal is None or modal.person != person_of(body):
            raise Refused("view_not_found")
        return modal

    def _view(self, person: Person, view_id: str) -> Json:
        home: Json | None = self.chat.state.note("home", person.id)
        if home and home["id"] == view_id:
            return home
        return self._modal({"view_id": view_id, "person": person.id}).view


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
