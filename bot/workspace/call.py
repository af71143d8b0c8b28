"""One call of the Web API: its arguments, what they name, and how Slack refuses them."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from .chat import Chat
from .company import APP_BOT, CHANNELS, PEOPLE, Channel, Json, Person
from .state import Message

T = TypeVar("T")

# Slack's clients send these as JSON text when the call is a form or a query.
_STRUCTURED: Final = frozenset(
    ("attachments", "blocks", "chunks", "files", "loading_messages", "metadata", "prompts", "view")
)
_BY_NAME: Final = {channel.name: channel for channel in CHANNELS.values() if channel.name}


class SlackError(Exception):
    """An answer with ok=false; `error` is Slack's own string, `messages` say what exactly was wrong."""

    def __init__(self, error: str, messages: Sequence[str] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages

    def as_answer(self) -> Json:
        said: Json = {"ok": False, "error": self.error}
        if self.messages:
            said["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        if self.messages and self.error == "invalid_blocks":  # there Slack says it twice
            said["errors"] = [*self.messages]
        return said


@dataclass(frozen=True)
class Call:
    """One call, with the arguments of query, form and JSON body in one, and JSON text already read."""

    method: str
    args: Json
    token: str
    chat: Chat = field(repr=False)

    def required(self, name: str) -> str:
        value = self.args.get(name)
        if value is None or value == "":
            raise SlackError("invalid_arguments", [f"missing required field: {name}"])
        return str(value)

    def optional(self, name: str) -> str | None:
        value = self.args.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str) -> bool:
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def channel(self, name: str = "channel") -> Channel:
        """The conversation named by id, by #name or, for direct messages, by the person's id."""
        given = self.required(name)
        person = PEOPLE.get(given)
        found = CHANNELS.get(person.dm if person else given) or _BY_NAME.get(given.removeprefix("#"))
        if found is None or (found.private and not self.chat.app_is_in(found)):
            raise SlackError("channel_not_found")
        return found

    def joined_channel(self, name: str = "channel") -> Channel:
        channel = self.channel(name)
        if not self.chat.app_is_in(channel):
            raise SlackError("not_in_channel")
        return channel

    def person(self, name: str = "user") -> Person:
        person = PEOPLE.get(self.required(name))
        if person is None:
            raise SlackError("user_not_found")
        return person

    def message(self, name: str = "ts") -> Message:
        message = self.chat.state.message(self.joined_channel().id, self.required(name))
        if message is None or message.seen_by:
            raise SlackError("message_not_found")
        return message

    def own_message(self, denied: str) -> Message:
        message = self.message()
        if message.body.get("bot_id") != APP_BOT:
            raise SlackError(denied)
        return message

    def page(self, items: Sequence[T]) -> tuple[Sequence[T], Json]:
        """The items after the cursor, at most `limit` of them, and what says whether there are more."""
        try:
            start = int(base64.b64decode(self.optional("cursor") or "MA==").decode())
            size = int(self.optional("limit") or 100)
        except (ValueError, binascii.Error) as error:
            raise SlackError("invalid_cursor") from error
        end = start + max(1, min(size, 1000))
        cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
        return items[start:end], {"has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def read_structured(args: Json) -> Json:
    """Reads the arguments that clients send as JSON text; what is not JSON stays text, to be refused."""
    return {name: _read(value) if name in _STRUCTURED else value for name, value in args.items()}


def _read(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return value
