"""What happens in the workspace: people and the app write, click and open things; events and pages follow.

Both the Web API and the page come through here. Arguments are checked before they arrive.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from . import payloads
from .company import (
    APP,
    APP_BOT,
    APP_USER,
    PEOPLE,
    TEAM,
    Channel,
    Json,
    Person,
    app_profile,
)
from .delivery import Delivery, Outcome
from .state import Message, State

STATUS_SECONDS: Final = 120.0
TRIGGER_SECONDS: Final = 3.0
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 1800.0

Announce = Callable[[Json, str | None], None]
"""Tells the open pages about a change; the second argument restricts it to one person's pages."""


class TriggerRefused(Exception):
    """The trigger_id is unknown, used or too old; the text is Slack's error string."""


@dataclass
class Trigger:
    person: Person
    expires: float
    used: bool = False


@dataclass
class Modal:
    """A modal that is open on one person's page; it lives no longer than the process."""

    person: Person
    view: Json


@dataclass
class Chat:
    state: State
    delivery: Delivery
    announce: Announce
    base_url: str = ""
    modals: dict[str, Modal] = field(default_factory=dict)
    _triggers: dict[str, Trigger] = field(default_factory=dict)

    # people

    def say(self, person: Person, channel: Channel, text: str, thread_ts: str | None) -> str:
        """A person writes; returns the new message's ts."""
        ts = self.state.next_ts()
        body: Json = {
            "client_msg_id": payloads.new_id("local-"),
            "type": "message",
            "user": person.id,
            "text": payloads.as_typed(text),
            "ts": ts,
            "team": TEAM,
        }
        message = self._in_thread(Message(channel.id, ts, thread_ts or ts, body))
        with self.state.together():
            self.state.put_message(message)
            if self.app_is_in(channel):
                self._emit(payloads.message_event(message))
                if f"<@{APP_USER}>" in message.body["text"] and not channel.direct:
                    self._emit(payloads.mention_event(message))
        self._tell(message)
        return ts

    def open_home(self, person: Person, tab: str) -> None:
        """A person opens the app's conversation (`messages`) or its Home (`home`)."""
        view = self.state.note("home", person.id)
        self._emit(payloads.home_opened_event(person, tab, self.state.next_ts(), view))

    async def click(self, person: Person, message: Message, action: Json) -> Outcome:
        """A person uses an element of a message; interactions are never repeated."""
        shown = replace(message, body=self.as_slack(message))
        source = payloads.message_source(shown, self._response_url(person, message))
        return await self.delivery.interact(payloads.block_actions(person, self._trigger(person), action, source))

    async def click_in_view(self, person: Person, view: Json, action: Json) -> Outcome:
        source = payloads.view_source(view)
        return await self.delivery.interact(payloads.block_actions(person, self._trigger(person), action, source))

    async def submit(self, modal: Modal, values: Json) -> Outcome:
        """Sends view_submission and obeys the answer; `errors` are left to the page."""
        view = modal.view | {"state": {"values": values}}
        payload = payloads.view_event("view_submission", modal.person, self._trigger(modal.person), view)
        outcome = await self.delivery.interact(payload)
        if outcome.acked and outcome.answer.get("response_action") == "update":
            self.update_modal(modal, outcome.answer["view"])
        elif outcome.acked and outcome.answer.get("response_action") != "errors":
            self._forget_modal(modal)
        return outcome

    async def dismiss(self, modal: Modal) -> None:
        self._forget_modal(modal)
        if modal.view.get("notify_on_close"):
            trigger_id = self._trigger(modal.person)
            await self.delivery.interact(payloads.view_event("view_closed", modal.person, trigger_id, modal.view))

    # the app

    def post(self, channel: Channel, content: Json, thread_ts: str | None, seen_by: Person | None = None) -> Message:
        """The app writes; with `seen_by` an ephemeral message, which is no event and ends no status."""
        ts = self.state.next_ts()
        message = Message(
            channel.id, ts, thread_ts or ts, self._app_body(ts) | content, seen_by.id if seen_by else None
        )
        if seen_by:
            message.body["is_ephemeral"] = True
        message = self._in_thread(message)
        with self.state.together():
            self.state.put_message(message)
            if not seen_by:
                self.state.put_note("status", f"{channel.id}:{message.root}", None)
                self._emit(payloads.message_event(message))
        self._tell(message)
        self._tell_status(channel.id, message.root)
        return message

    def update(self, message: Message, body: Json) -> Message:
        after = replace(message, body=body)
        with self.state.together():
            self.state.put_message(after)
            if not message.seen_by:
                self._emit(payloads.changed_event(message, after, self.state.next_ts()))
        self._tell(after)
        return after

    def delete(self, message: Message) -> None:
        with self.state.together():
            self.state.delete_message(message)
            if not message.seen_by:
                self._emit(payloads.deleted_event(message, self.state.next_ts()))
        gone = {"type": "deleted", "channel": message.channel, "ts": message.ts, "root": message.root}
        self.announce(gone, message.seen_by)

    def react(self, message: Message, name: str, *, add: bool) -> bool:
        """Adds or removes the app's reaction; False when nothing changed."""
        reactions = {r["name"]: r["users"] for r in message.body.get("reactions", [])}
        users = reactions.get(name, [])
        if (APP_USER in users) == add:
            return False
        reactions[name] = [*users, APP_USER] if add else [user for user in users if user != APP_USER]
        shown = [{"name": n, "users": u, "count": len(u)} for n, u in reactions.items() if u]
        changed = replace(message, body=message.body | {"reactions": shown})
        self.state.put_message(changed)
        self._tell(changed)
        return True

    def set_status(self, channel: Channel, thread_ts: str, status: str, loading: list[str]) -> None:
        value = {"status": status, "loading_messages": loading, "until": time.time() + STATUS_SECONDS}
        self.state.put_note("status", f"{channel.id}:{thread_ts}", value if status else None)
        self._tell_status(channel.id, thread_ts)

    def set_session(self, channel: Channel, thread_ts: str, session: Json) -> None:
        self.state.put_note("session", f"{channel.id}:{thread_ts}", session)
        self.announce({"type": "session", "channel": channel.id, "thread_ts": thread_ts, **session}, None)

    def set_prompts(self, channel: Channel, thread_ts: str | None, title: str, prompts: list[Json]) -> None:
        value = {"title": title, "prompts": prompts, "thread_ts": thread_ts}
        self.state.put_note("prompts", channel.id, value)
        self.announce({"type": "prompts", "channel": channel.id, **value}, None)

    def set_title(self, channel: Channel, thread_ts: str, title: str) -> None:
        self.state.put_note("title", f"{channel.id}:{thread_ts}", title)
        self.announce({"type": "title", "channel": channel.id, "thread_ts": thread_ts, "title": title}, None)

    def publish_home(self, person: Person, view: Json) -> Json:
        before = self.state.note("home", person.id)
        shown = self._view(view, before["id"] if before else payloads.new_id("V"))
        self.state.put_note("home", person.id, shown)
        self.announce({"type": "home", "view": shown}, person.id)
        return shown

    def open_modal(self, trigger_id: str, view: Json) -> Json:
        """Shows a modal to the person behind the trigger; raises TriggerRefused."""
        person = self._take_trigger(trigger_id)
        shown = self._view(view, payloads.new_id("V"))
        self.modals[shown["id"]] = Modal(person, shown)
        self.announce({"type": "modal", "view": shown}, person.id)
        return shown

    def update_modal(self, modal: Modal, view: Json) -> Json:
        modal.view = self._view(view, modal.view["id"])
        self.announce({"type": "modal", "view": modal.view}, modal.person.id)
        return modal.view

    # what both sides see

    def app_is_in(self, channel: Channel) -> bool:
        return self.state.note("left", channel.id) is None

    def as_slack(self, message: Message, *, with_metadata: bool = True) -> Json:
        """The message as the Web API shows it: a thread's first message counts its replies."""
        body = dict(message.body)
        if not with_metadata:
            body.pop("metadata", None)
        replies = [] if message.is_reply or message.seen_by else self.state.replies(message.channel, message.ts)
        if not replies:
            return body
        users = list(dict.fromkeys(reply.body["user"] for reply in replies))
        return body | {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(users),
            "reply_users": users,
            "latest_reply": replies[-1].ts,
            "is_locked": False,
            "subscribed": False,
        }

    def status(self, channel: str, thread_ts: str) -> Json:
        """The assistant's status there; empty when none is set or Slack would have removed it by now."""
        value: Json | None = self.state.note("status", f"{channel}:{thread_ts}")
        return value if value and value["until"] > time.time() else {"status": "", "loading_messages": [], "until": 0}

    def answer_url(self, key: str) -> tuple[Person, Message] | None:
        """Takes one of the five uses of a response_url; None when it is unknown, used up or too old."""
        url = self.state.note("response_url", key)
        if not url or url["uses"] >= RESPONSE_URL_USES or url["expires"] < time.time():
            return None
        self.state.put_note("response_url", key, url | {"uses": url["uses"] + 1})
        gone = Message(url["channel"], url["ts"], url["root"], {})
        return PEOPLE[url["person"]], self.state.message(url["channel"], url["ts"]) or gone

    def _app_body(self, ts: str) -> Json:
        who = {"user": APP_USER, "bot_id": APP_BOT, "app_id": APP, "team": TEAM, "bot_profile": app_profile()}
        return {"type": "message", "ts": ts, **who}

    def _in_thread(self, message: Message) -> Message:
        """Puts a reply under its thread's first message, also when it answers a reply."""
        if not message.is_reply:
            return message
        answered = self.state.message(message.channel, message.root)
        root = answered.root if answered else message.root
        first = self.state.message(message.channel, root)
        parent = {"parent_user_id": first.body["user"]} if first else {}
        return replace(message, root=root, body=message.body | {"thread_ts": root} | parent)

    def _emit(self, event: Json) -> None:
        payload = payloads.event_callback(event)
        self.state.add_event(payload["event_id"], payload)
        self.delivery.wake()

    def _tell(self, message: Message) -> None:
        self.announce(self.for_page(message), message.seen_by)
        first = self.state.message(message.channel, message.root) if message.is_reply else None
        if first:
            self.announce(self.for_page(first), first.seen_by)

    def for_page(self, message: Message) -> Json:
        shown = self.as_slack(message)
        return {"type": "message", "channel": message.channel, "root": message.root, "message": shown}

    def _tell_status(self, channel: str, thread_ts: str) -> None:
        status = self.status(channel, thread_ts)
        self.announce({"type": "status", "channel": channel, "thread_ts": thread_ts, **status}, None)

    def _view(self, view: Json, view_id: str) -> Json:
        blocks = with_block_ids(view["blocks"])
        about = {
            "id": view_id,
            "team_id": TEAM,
            "app_id": APP,
            "app_installed_team_id": TEAM,
            "bot_id": APP_BOT,
        }
        defaults: Json = {
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            "state": {"values": {}},
        }
        tree = {"hash": f"{time.time():.6f}", "root_view_id": view_id, "previous_view_id": None}
        return defaults | view | about | tree | {"blocks": blocks}

    def _forget_modal(self, modal: Modal) -> None:
        self.modals.pop(modal.view["id"], None)
        self.announce({"type": "modal_closed", "view_id": modal.view["id"]}, modal.person.id)

    def _trigger(self, person: Person) -> str:
        trigger_id = f"{time.time_ns()}.{payloads.new_id('')}"
        self._triggers[trigger_id] = Trigger(person, time.monotonic() + TRIGGER_SECONDS)
        return trigger_id

    def _take_trigger(self, trigger_id: str) -> Person:
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise TriggerRefused("invalid_trigger_id")
        if trigger.used:
            raise TriggerRefused("exchanged_trigger_id")
        if trigger.expires < time.monotonic():
            raise TriggerRefused("expired_trigger_id")
        trigger.used = True
        return trigger.person

    def _response_url(self, person: Person, message: Message) -> str:
        key = payloads.new_id("")
        place = {"channel": message.channel, "ts": message.ts, "root": message.root, "person": person.id}
        self.state.put_note("response_url", key, place | {"uses": 0, "expires": time.time() + RESPONSE_URL_SECONDS})
        return f"{self.base_url}actions/{TEAM}/{key}"


def with_block_ids(blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: each block and each element that can act has an identifier."""
    return [_with_ids(block) for block in blocks]


def _with_ids(given: Json) -> Json:
    block: Json = {"block_id": payloads.new_id("")[:5], **given}
    if block["type"] in ("actions", "context_actions"):
        block["elements"] = [_with_action_id(element) for element in block["elements"]]
    for place in ("accessory", "element"):
        if block.get(place):
            block[place] = _with_action_id(block[place])
    return block


def _with_action_id(element: Json) -> Json:
    return element if element["type"] == "image" else {"action_id": payloads.new_id("")[:5]} | element


def find_element(blocks: list[Any], action_id: str, value: str | None) -> tuple[Json, Json] | None:
    """The block and the element behind an action_id; `value` tells apart buttons that share it."""
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory"), block.get("element")]:
            if not isinstance(element, dict) or element.get("action_id") != action_id:
                continue
            if value is None or element["type"] != "button" or element.get("value") == value:
                return block, element
    return None
