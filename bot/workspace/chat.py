"""What happens in the workspace: people and the app write, click and open things; events and pages follow.

Both the Web API and the page come through here. Arguments are checked before they arrive.
"""

import time
from dataclasses import dataclass, field, replace
from typing import Final

from . import files, payloads
from .blocks import as_view
from .company import (
    APP,
    APP_BOT,
    APP_USER,
    CHANNELS,
    GROUPS,
    PEOPLE,
    SLACKBOT,
    TEAM,
    Channel,
    Group,
    Json,
    Person,
    app_profile,
)
from .delivery import Delivery, Outcome
from .modals import Announce, Modals
from .state import Message, State, place_key
from .streams import STREAM_SECONDS, Streams

STATUS_SECONDS: Final = 120.0
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 1800.0


@dataclass
class Chat:
    state: State
    delivery: Delivery
    announce: Announce
    base_url: str = ""
    stream_seconds: float = STREAM_SECONDS
    modals: Modals = field(init=False)
    streams: Streams = field(init=False)

    def __post_init__(self) -> None:
        self.modals = Modals(self.delivery, self.announce)
        self.streams = Streams(self, self.stream_seconds)

    # people

    def say(self, person: Person, channel: Channel, text: str, thread_ts: str | None) -> Message:
        """A person writes."""
        return self._write(person, channel, payloads.said(person, text, self.state.next_ts()), thread_ts)

    def upload(
        self, person: Person, channel: Channel, given: list[tuple[str, bytes]], text: str, thread_ts: str | None
    ) -> Message:
        """A person shares files, each with its name, perhaps with some words."""
        said = payloads.said(person, text, self.state.next_ts())
        kept = [self._keep_file(person, channel, name, content) for name, content in given]
        body = said | {"subtype": "file_share", "files": kept, "upload": False, "display_as_bot": False}
        return self._write(person, channel, body, thread_ts)

    def edit(self, person: Person, message: Message, text: str) -> None:
        """A person edits their message; one that mentions the app then is a mention once more, as Slack does it."""
        edited = {"user": person.id, "ts": self.state.next_ts()}
        after = self.update(message, message.body | {"text": payloads.as_typed(text), "edited": edited})
        if self._is_told_of(after) and _is_mention(after):
            self._emit(payloads.mention_event(after))

    def take_back(self, message: Message) -> None:
        """A person deletes their message; a thread that has replies keeps a tombstone at its head."""
        if self.state.repliers(message.channel, message.ts):
            self.update(message, payloads.tombstone(message))
        else:
            self.delete(message)

    def open_home(self, person: Person, tab: str) -> None:
        """A person opens the app's conversation (`messages`) or its Home (`home`)."""
        view = self.state.note("home", person.id)
        self._emit(payloads.home_opened_event(person, tab, self.state.next_ts(), view))

    def stop(self, person: Person, channel: Channel, thread_ts: str) -> list[str]:
        """A person presses the Stop button of a session; what streams there ends, and the app is told."""
        stopped = self.streams.stop(channel, thread_ts)
        if self.app_is_in(channel):
            self._emit(payloads.stopped_event(person, channel, thread_ts, stopped, self.state.next_ts()))
        return stopped

    async def click(self, person: Person, message: Message, action: Json) -> Outcome:
        """A person uses an element of a message; interactions are never repeated."""
        source = self._source(person, message)
        return await self.delivery.interact(
            payloads.block_actions(person, self.modals.triggers.give(person), action, source)
        )

    async def click_in_view(self, person: Person, view: Json, action: Json) -> Outcome:
        """A person uses an element of a modal or of the Home."""
        trigger_id, source = self.modals.triggers.give(person, view["id"]), payloads.view_source(view)
        return await self.delivery.interact(payloads.block_actions(person, trigger_id, action, source))

    async def shortcut(self, person: Person, callback_id: str, message: Message | None) -> Outcome:
        """A person uses a shortcut, on a message or anywhere."""
        trigger_id = self.modals.triggers.give(person)
        if message is None:
            return await self.delivery.interact(payloads.shortcut(person, trigger_id, callback_id))
        source = self._source(person, message)
        return await self.delivery.interact(payloads.message_shortcut(person, trigger_id, callback_id, source))

    async def command(self, person: Person, channel: Channel, command: str, words: str) -> Outcome:
        """A person uses a slash command; like an interaction it is sent once. What to show is left to the caller."""
        response_url = self._response_url(person, Message(channel.id, "", "", {}))
        trigger_id = self.modals.triggers.give(person)
        payload = payloads.slash_command(person, channel, command, words, trigger_id, response_url)
        return await self.delivery.interact(payload, "slash_commands")

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
                self.state.put_note("status", place_key(channel.id, message.root), None)
                self._emit(payloads.message_event(message))
        self._tell(message)
        self._tell_status(channel.id, message.root)
        return message

    def update(self, message: Message, body: Json) -> Message:
        after = replace(message, body=body)
        with self.state.together():
            self.state.put_message(after)
            if self._is_told_of(message):
                self._emit(payloads.changed_event(message, after, self.state.next_ts()))
        self._tell(after)
        return after

    def repaint(self, message: Message, body: Json) -> None:
        """Shows the message otherwise without an event, as a stream does that grows."""
        after = replace(message, body=body)
        self.state.put_message(after)
        self.announce(self.for_page(after), after.seen_by)

    def delete(self, message: Message) -> None:
        with self.state.together():
            self.state.delete_message(message)
            if self._is_told_of(message):
                self._emit(payloads.deleted_event(message, self.state.next_ts()))
        gone = {"type": "deleted", "channel": message.channel, "ts": message.ts, "root": message.root}
        self.announce(gone, message.seen_by)

    def react(self, message: Message, name: str, who: str, *, add: bool) -> bool:
        """Adds or removes somebody's reaction; False when nothing changed."""
        reactions = {r["name"]: r["users"] for r in message.body.get("reactions", [])}
        users = reactions.get(name, [])
        if (who in users) == add:
            return False
        reactions[name] = [*users, who] if add else [user for user in users if user != who]
        shown = [{"name": n, "users": u, "count": len(u)} for n, u in reactions.items() if u]
        changed = replace(message, body=message.body | {"reactions": shown})
        kind = "reaction_added" if add else "reaction_removed"
        with self.state.together():
            self.state.put_message(changed)
            if self._is_told_of(message):
                self._emit(payloads.reaction_event(kind, who, message, name, self.state.next_ts()))
        self._tell(changed)
        return True

    def tell(self, person: Person, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Slackbot tells one person something, as an ephemeral message."""
        ts = self.state.next_ts()
        body: Json = {"type": "message", "user": SLACKBOT, "text": text, "ts": ts, "team": TEAM, "is_ephemeral": True}
        message = self._in_thread(Message(channel.id, ts, thread_ts or ts, body, person.id))
        self.state.put_message(message)
        self._tell(message)
        return message

    def set_status(self, channel: Channel, thread_ts: str, status: str, loading: list[str]) -> None:
        value = {"status": status, "loading_messages": loading, "until": time.time() + STATUS_SECONDS}
        self.state.put_note("status", place_key(channel.id, thread_ts), value if status else None)
        self._tell_status(channel.id, thread_ts)

    def session(self, channel: Channel, thread_ts: str) -> Json | None:
        """The agent session of the thread: its status, and its title if it has one."""
        found: Json | None = self.state.note("session", place_key(channel.id, thread_ts))
        return found

    def set_session(self, channel: Channel, thread_ts: str, session: Json) -> None:
        self.state.put_note("session", place_key(channel.id, thread_ts), session)
        self.announce({"type": "session", "channel": channel.id, "thread_ts": thread_ts, **session}, None)

    def set_prompts(self, channel: Channel, thread_ts: str | None, title: str, prompts: list[Json]) -> None:
        value = {"title": title, "prompts": prompts, "thread_ts": thread_ts}
        self.state.put_note("prompts", channel.id, value)
        self.announce({"type": "prompts", "channel": channel.id, **value}, None)

    def set_title(self, channel: Channel, thread_ts: str, title: str) -> None:
        self.state.put_note("title", place_key(channel.id, thread_ts), title)
        self.announce({"type": "title", "channel": channel.id, "thread_ts": thread_ts, "title": title}, None)

    def publish_home(self, person: Person, view: Json) -> Json:
        before = self.state.note("home", person.id)
        shown = as_view(view, before["id"] if before else payloads.new_id("V"))
        self.state.put_note("home", person.id, shown)
        self.announce({"type": "home", "view": shown}, person.id)
        return shown

    # user groups

    def group(self, group: Group) -> Group:
        """The group with the members that it has now."""
        members = self.state.note("group", group.id)
        return group if members is None else replace(group, members=tuple(members))

    def set_group(self, group: Group, members: list[str]) -> None:
        """Gives the group other members, until `reset_groups`."""
        self.state.put_note("group", group.id, members)

    def reset_groups(self) -> None:
        for group in GROUPS:
            self.state.put_note("group", group, None)

    # features that a workspace may lack

    def is_on(self, feature: str) -> bool:
        return self.state.note("off", feature) is None

    def switch(self, feature: str, *, on: bool) -> None:
        self.state.put_note("off", feature, None if on else True)

    # what both sides see

    def app_is_in(self, channel: Channel) -> bool:
        return self.state.note("left", channel.id) is None

    def is_active(self, channel: Channel, thread_ts: str) -> bool:
        """Whether the thread of that message has replies that everybody sees."""
        message = self.state.message(channel.id, thread_ts)
        return message is not None and bool(self.state.repliers(channel.id, message.root))

    def as_slack(self, message: Message, *, with_metadata: bool = True) -> Json:
        """The message as the Web API shows it: a thread's first message counts its replies."""
        body = dict(message.body)
        if not with_metadata:
            body.pop("metadata", None)
        repliers = [] if message.is_reply or message.seen_by else self.state.repliers(message.channel, message.ts)
        if not repliers:
            return body
        return body | {
            "thread_ts": message.ts,
            "reply_count": sum(count for _, count, _ in repliers),
            "reply_users_count": len(repliers),
            "reply_users": [user for user, _, _ in repliers],
            "latest_reply": max(latest for _, _, latest in repliers),
            "is_locked": False,
            "subscribed": False,
        }

    def status(self, channel: str, thread_ts: str) -> Json:
        """The assistant's status there; empty when none is set or Slack would have removed it by now."""
        value: Json | None = self.state.note("status", place_key(channel, thread_ts))
        return value if value and value["until"] > time.time() else {"status": "", "loading_messages": [], "until": 0}

    def answer_url(self, key: str) -> tuple[Person, Message] | None:
        """Takes one of the five uses of a response_url; None when it is unknown, used up or too old."""
        url = self.state.note("response_url", key)
        if not url or url["uses"] >= RESPONSE_URL_USES or url["expires"] < time.time():
            return None
        self.state.put_note("response_url", key, url | {"uses": url["uses"] + 1})
        gone = Message(url["channel"], url["ts"], url["root"], {})
        return PEOPLE[url["person"]], self.state.message(url["channel"], url["ts"]) or gone

    def _write(self, person: Person, channel: Channel, body: Json, thread_ts: str | None) -> Message:
        message = self._in_thread(Message(channel.id, body["ts"], thread_ts or body["ts"], body))
        with self.state.together():
            self.state.put_message(message)
            if self.app_is_in(channel):
                self._emit(payloads.message_event(message))
                if _is_mention(message):
                    self._emit(payloads.mention_event(message))
        self._tell(message)
        return message

    def _keep_file(self, person: Person, channel: Channel, name: str, content: bytes) -> Json:
        file = files.described(payloads.new_id("F"), name, content, person.id, self.base_url, person.team)
        file = files.shared(file, channel)
        self.state.put_file(file["id"], file, content)
        return file

    def _is_told_of(self, message: Message) -> bool:
        """Whether the app hears of what happens to the message: never to an ephemeral one."""
        return not message.seen_by and self.app_is_in(CHANNELS[message.channel])

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

    def _source(self, person: Person, message: Message) -> Json:
        """The message as an interaction on it carries it."""
        shown = replace(message, body=self.as_slack(message))
        return payloads.message_source(shown, self._response_url(person, message))

    def _response_url(self, person: Person, message: Message) -> str:
        key = payloads.new_id("")
        where = {"channel": message.channel, "ts": message.ts, "root": message.root, "person": person.id}
        self.state.put_note("response_url", key, where | {"uses": 0, "expires": time.time() + RESPONSE_URL_SECONDS})
        return f"{self.base_url}actions/{TEAM}/{key}"


def _is_mention(message: Message) -> bool:
    return f"<@{APP_USER}>" in message.body["text"] and not CHANNELS[message.channel].direct
