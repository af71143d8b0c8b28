"""Slack's shapes for what an app receives: event envelopes, message events and interaction payloads."""

import re
import time
from typing import Final
from uuid import uuid4

from .company import (
    APP,
    APP_NAME,
    APP_USER,
    CHANNELS,
    GROUPS,
    PEOPLE,
    SLACKBOT,
    TEAM,
    TEAM_DOMAIN,
    Channel,
    Json,
    Person,
)
from .state import Message

VERIFICATION_TOKEN: Final = "local-verification-token"  # noqa: S105 -- deprecated field; apps ignore it

_NAMES: Final = {
    f"@{APP_NAME}": f"<@{APP_USER}>",
    **{f"@{person.name}": f"<@{person.id}>" for person in PEOPLE.values()},
    **{f"@{group.handle}": f"<!subteam^{group.id}>" for group in GROUPS.values()},
    **{f"#{channel.name}": f"<#{channel.id}>" for channel in CHANNELS.values() if channel.name},
}
_MENTIONS: Final = {name.casefold(): mention for name, mention in _NAMES.items()}
_TYPED: Final = re.compile(
    r"(?P<mention><@U\w+>|<#C\w+>|<!subteam\^S\w+>)"
    r"|(?P<link>https?://[^\s<>]*[^\s<>.,;:!?)])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    rf"|(?P<name>(?<!\w)(?:{'|'.join(map(re.escape, _NAMES))})(?!\w))",
    re.IGNORECASE,
)

_STORED: Final = re.compile(r"<(?P<id>@U\w+|#C\w+|!subteam\^S\w+)>")
_LABELS: Final = {
    f"@{APP_USER}": APP_NAME.lower(),
    **{f"@{person.id}": person.handle for person in PEOPLE.values()},
    **{f"!subteam^{group.id}": f"@{group.handle}" for group in GROUPS.values()},
    **{f"#{channel.id}": channel.name for channel in CHANNELS.values()},
}


def new_id(prefix: str) -> str:
    """An identifier that looks like Slack's."""
    return prefix + uuid4().hex[:10].upper()


def as_typed(text: str) -> str:
    """Typed text as Slack stores it: &, < and > escaped; addresses and the names of people, groups, channels linked."""
    stored, end = [], 0
    for found in _TYPED.finditer(text):
        stored += [_escaped(text[end : found.start()]), _linked(found)]
        end = found.end()
    return "".join([*stored, _escaped(text[end:])])


def as_escaped(text: str) -> str:
    """Typed text as a slash command carries it: as stored, and people, channels and groups also by name."""
    return _STORED.sub(lambda found: f"<{found['id']}|{_LABELS.get(found['id'], '')}>", as_typed(text))


def _linked(found: re.Match[str]) -> str:
    words = _escaped(found.group())
    if found["link"]:
        return f"<{words}>"
    if found["mail"]:
        return f"<mailto:{words}|{words}>"
    return _MENTIONS[found.group().casefold()] if found["name"] else found.group()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def event_callback(event: Json) -> Json:
    item = event.get("item")
    channel = CHANNELS.get(str(item["channel"] if isinstance(item, dict) else event.get("channel")))
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": APP_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": channel is not None and channel.is_shared,
    }


def said(person: Person, text: str, ts: str) -> Json:
    """The body of a person's message."""
    body: Json = {
        "client_msg_id": new_id("local-"),
        "type": "message",
        "user": person.id,
        "text": as_typed(text),
        "ts": ts,
        "team": person.team,
    }
    if not person.is_external:
        return body
    return body | {"user_team": person.team, "source_team": person.team, "user_profile": person.as_profile()}


def message_event(message: Message) -> Json:
    channel = CHANNELS[message.channel]
    place = {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.channel_type}
    return message.body | place | _files_in_event(message)


def mention_event(message: Message) -> Json:
    words: Json = {key: message.body[key] for key in _KEPT_IN_MENTIONS if key in message.body}
    place = {"channel": message.channel, "event_ts": message.ts}
    return {"type": "app_mention", **words, **place} | _files_in_event(message)


_KEPT_IN_MENTIONS: Final = (
    *("client_msg_id", "user", "text", "ts", "team", "thread_ts", "parent_user_id", "blocks", "files", "upload"),
    *("user_team", "source_team", "user_profile", "edited"),
)


def _files_in_event(message: Message) -> Json:
    """Files of other teams' people come as bare ids, and files.info tells the rest."""
    if "files" not in message.body or not CHANNELS[message.channel].is_shared or "user_team" not in message.body:
        return {}
    bare: Json = {"created": 0, "timestamp": 0, "mode": "file_access", "file_access": "check_file_info", "user": ""}
    return {"files": [bare | {"id": file["id"]} for file in message.body["files"]]}


def tombstone(message: Message) -> Json:
    """What is left of a deleted message that has replies: Slack changes it instead, so the event is message_changed."""
    return {
        "type": "message",
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "user": SLACKBOT,
        "hidden": True,
        "ts": message.ts,
        "thread_ts": message.ts,
    }


def reaction_event(kind: str, who: str, message: Message, name: str, ts: str) -> Json:
    """reaction_added or reaction_removed."""
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    return {
        "type": kind,
        "user": who,
        "reaction": name,
        "item": item,
        "item_user": message.body["user"],
        "event_ts": ts,
    }


def changed_event(before: Message, after: Message, ts: str) -> Json:
    channel = CHANNELS[after.channel]
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": after.body,
        "previous_message": before.body,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.channel_type,
    }


def deleted_event(message: Message, ts: str) -> Json:
    channel = CHANNELS[message.channel]
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": message.body,
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.channel_type,
    }


def stopped_event(person: Person, channel: Channel, thread_ts: str, streams: list[str], ts: str) -> Json:
    return {
        "type": "agent_session_stopped",
        "channel": channel.id,
        "thread_ts": thread_ts,
        "user": person.id,
        "streaming_message_ts": streams,
        "event_ts": ts,
    }


def home_opened_event(person: Person, tab: str, ts: str, view: Json | None) -> Json:
    shown = {"view": view} if view and tab == "home" else {}
    return {
        "type": "app_home_opened",
        "user": person.id,
        "channel": person.dm,
        "event_ts": ts,
        "tab": tab,
    } | shown


def slash_command(
    person: Person, channel: Channel, command: str, words: str, trigger_id: str, response_url: str
) -> Json:
    """A slash command with names escaped (`should_escape`); all fields are text, since HTTP sends a form."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": as_escaped(words),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def shortcut(person: Person, trigger_id: str, callback_id: str) -> Json:
    """The payload of a global shortcut."""
    acted = {"callback_id": callback_id, "action_ts": f"{time.time():.6f}"}
    return {"type": "shortcut", **_interaction(person, trigger_id), **acted}


def message_shortcut(person: Person, trigger_id: str, callback_id: str, source: Json) -> Json:
    """The payload of a message shortcut; `source` says where: channel, message, response_url."""
    acted = {"callback_id": callback_id, "action_ts": f"{time.time():.6f}", "message_ts": source["message"]["ts"]}
    where = {key: source[key] for key in ("channel", "message", "response_url")}
    return {"type": "message_action", **_interaction(person, trigger_id), **acted, **where}


def block_actions(person: Person, trigger_id: str, action: Json, source: Json) -> Json:
    """The payload of a click; `source` says where: container, channel, message, view, response_url."""
    used = action | {"action_ts": f"{time.time():.6f}"}
    return {"type": "block_actions", **_interaction(person, trigger_id), **source, "actions": [used]}


def message_source(message: Message, response_url: str) -> Json:
    thread = {"thread_ts": message.root} if message.body.get("thread_ts") else {}
    shown = {} if message.seen_by else {"message": message.body}
    return {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.seen_by is not None,
            **thread,
        },
        "channel": {"id": message.channel, "name": _channel_name(CHANNELS[message.channel])},
        **shown,
        "state": {"values": {}},
        "response_url": response_url,
    }


def view_source(view: Json) -> Json:
    return {"container": {"type": "view", "view_id": view["id"]}, "view": view}


def view_event(kind: str, person: Person, trigger_id: str, view: Json) -> Json:
    """view_submission or view_closed."""
    extra: Json = {"response_urls": []} if kind == "view_submission" else {"is_cleared": False}
    return {"type": kind, **_interaction(person, trigger_id), "view": view, **extra}


def _interaction(person: Person, trigger_id: str) -> Json:
    return {
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team},
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "trigger_id": trigger_id,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _channel_name(channel: Channel) -> str:
    return "directmessage" if channel.direct else "privategroup" if channel.private else channel.name
