"""What people do, by the control API: write, edit, share files, click, use commands, shortcuts and modals, press Stop."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from . import commands
from .asked import Refused, body_of, channel_of, message_of, own_message_of, person_of
from .blocks import find_element
from .chat import Chat
from .company import SHORTCUTS, Json, Person
from .delivery import Outcome
from .forms import NoSuchField
from .modals import Modal

_TYPED: Final = {"datepicker": "selected_date", "timepicker": "selected_time"}
NO_ANSWER: Final = "Baton did not respond. Try again."


@dataclass
class Deeds:
    """Handlers under /local/."""

    chat: Chat

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/local/say", self.say),
            web.post("/local/edit", self.edit),
            web.post("/local/delete", self.delete),
            web.post("/local/upload", self.upload),
            web.post("/local/react", self.react),
            web.post("/local/shortcut", self.shortcut),
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
        said = self.chat.say(person, channel_of(body, person), text, body.get("thread_ts") or None)
        return web.json_response({"ts": said.ts})

    async def edit(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        person, text = person_of(body), str(body.get("text") or "").strip()
        if not text:
            raise Refused("text is empty")
        self.chat.edit(person, own_message_of(body, person, self.chat.state), text)
        return web.json_response({})

    async def delete(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        self.chat.take_back(own_message_of(body, person_of(body), self.chat.state))
        return web.json_response({})

    async def upload(self, request: web.Request) -> web.Response:
        """Shares the form's `file` parts, with `text`, in the channel or thread; `files` are their ids."""
        form = await request.post()
        person = person_of(form)
        parts = [part for part in form.getall("file", []) if isinstance(part, web.FileField)]
        files = [(part.filename, part.file.read()) for part in parts]
        if not files:
            raise Refused("no file")
        text, thread_ts = str(form.get("text", "")).strip(), str(form.get("thread_ts", "")) or None
        said = self.chat.upload(person, channel_of(form, person), files, text, thread_ts)
        return web.json_response({"ts": said.ts, "files": [file["id"] for file in said.body["files"]]})

    async def react(self, request: web.Request) -> web.Response:
        """Adds the reaction `name`, or takes it away when `add` is false; `changed` says whether that did anything."""
        body = await body_of(request)
        person, name = person_of(body), str(body.get("name") or "").strip(":")
        if not name:
            raise Refused("name is empty")
        message = message_of(body, person, self.chat.state)
        changed = self.chat.react(message, name, person.id, add=bool(body.get("add", True)))
        return web.json_response({"changed": changed})

    async def shortcut(self, request: web.Request) -> web.Response:
        """Uses a shortcut, on the message at `channel` and `ts` if it is one for messages; waits for the answer."""
        body = await body_of(request)
        person, found = person_of(body), SHORTCUTS.get(str(body.get("callback_id")))
        if found is None or person.is_external:  # people of other teams do not have the app's shortcuts
            raise Refused("shortcut_not_found")
        message = message_of(body, person, self.chat.state) if found.kind == "message" else None
        if message and message.seen_by:
            raise Refused("message_not_found")
        return web.json_response(_fate(await self.chat.shortcut(person, found.callback_id, message)))

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
        person = person_of(body)
        if person.is_external:
            raise Refused("channel_not_found")
        self.chat.open_home(person, "home" if body.get("tab") == "home" else "messages")
        return web.json_response({})

    async def submit(self, request: web.Request) -> web.Response:
        """Submits a modal with `values` by block_id, as forms.filled takes them; `errors` come back by block_id."""
        body = await body_of(request)
        modal = self._modal(person_of(body), body.get("view_id"))
        try:
            result = await self.chat.modals.submit(modal, body.get("values") or {})
        except NoSuchField as error:
            raise Refused(str(error)) from error
        notice = {"notice": result.notice} if result.notice else {}
        delivered = result.outcome is not None and result.outcome.acked
        return web.json_response({"delivered": delivered, "errors": result.errors} | notice)

    async def dismiss(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        await self.chat.modals.dismiss(self._modal(person_of(body), body.get("view_id")))
        return web.json_response({})

    def _modal(self, person: Person, view_id: Any) -> Modal:
        modal = self.chat.modals.get(str(view_id))
        if modal is None or modal.person != person:
            raise Refused("view_not_found")
        return modal

    def _view(self, person: Person, view_id: str) -> Json:
        home: Json | None = self.chat.state.note("home", person.id)
        if home and home["id"] == view_id:
            return home
        return self._modal(person, view_id).view


def _action(blocks: list[Json], body: Json) -> Json:
    """The action of a payload, from the element that the page names by its action_id."""
    found = find_element(blocks, str(body.get("action_id")), body.get("value"))
    if found is None:
        raise Refused("action_not_found")
    block, element = found
    kept = ("action_id", "type", "text", "value", "style", "url", "placeholder")
    action = {key: element[key] for key in kept if key in element} | {"block_id": block["block_id"]}
    return action | _choice(element, body.get("selected"))


def _choice(element: Json, selected: Any) -> Json:
    if element["type"] in ("button", "icon_button"):
        return {}
    if element["type"] in _TYPED:
        return {_TYPED[element["type"]]: selected}
    if element["type"] == "checkboxes":
        return {"selected_options": [option for option in element["options"] if option["value"] in (selected or [])]}
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
