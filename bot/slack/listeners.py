"""Reads what Slack delivers into our own values. Pure: payloads in, envelopes out; what is not for Baton gives `None`."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from bot.slack.forms import Submitted, read
from bot.state.inbox import Envelope
from bot.types import Actor, Incoming, SharedFile, Thread

PRESSED = {
    f"baton_{name}": name for name in ("approve", "approve_all", "done", "not_done", "check", "undo", "withdraw")
}
OPENING = {f"baton_{name}": name for name in ("reject", "reject_all", "edit", "ask", "typed")}  # these open a form
SOURCE = re.compile(r"baton_source_(\d+)")
WHY = "baton_why"
FEEDBACK = "baton_feedback"

_WORD = re.compile("[!-~]{1,512}")
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})  # subtypes that are somebody's words


_FILES = 10  # of a message; Slack takes no more
_TO_OTHERS = re.compile(r"\s*<(?:@[UW]|!subteam\^|!here|!channel|!everyone)")  # how words for other people begin


@dataclass(frozen=True)
class Heard:
    """Somebody's words. `addressed`: by a mention or in a direct message; else they count in Baton's threads only.

    `aside`: they begin with a mention of somebody else and not of Baton, so they count nowhere.
    """

    envelope: Envelope
    incoming: Incoming
    addressed: bool
    aside: bool = False


@dataclass(frozen=True)
class Deleted:
    """Somebody's message, named by its `ts`, is gone; whether its words were `addressed` to Baton."""

    envelope: Envelope
    ts: str
    addressed: bool


@dataclass(frozen=True)
class Opened:
    """Somebody opened Baton's Home or its direct messages."""

    person: str
    channel: str
    tab: str


def heard(body: Mapping[str, Any], own_id: str) -> Heard | None:
    """A message or a mention, as words for Baton; `None` for its own, other apps', edits and foreign shapes."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") not in ("message", "app_mention"):
        return None
    person, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
    event_id, team = body.get("event_id"), body.get("team_id") or event.get("team")
    if not (_word(person) and _word(channel) and _word(ts) and _word(event_id) and _word(team)):
        return None
    if event.get("bot_id") or person == own_id or str(event.get("subtype") or "") not in _SPOKEN:
        return None
    if event["type"] == "app_mention" and event.get("edited"):  # an edit, which comes as message_changed too
        return None
    raw = str(event.get("text") or "")
    mention = f"<@{own_id}>"
    root = event.get("thread_ts")
    thread = Thread(team, channel, root if _word(root) else ts)
    text = plain(raw.replace(mention, " "))
    addressed = event.get("channel_type") == "im" or event.get("type") == "app_mention" or mention in raw
    return Heard(
        Envelope("message", event_id, team, channel, person, {"text": text, "type": event["type"]}, ts=ts),
        Incoming(thread, Actor(person), ts, text, files_in(event), shared=bool(body.get("is_ext_shared_channel"))),
        addressed=addressed,
        aside=not addressed and _TO_OTHERS.match(raw) is not None,
    )


def files_in(message: Mapping[str, Any]) -> tuple[SharedFile, ...]:
    """The files of a message, as far as they are there; what Slack wants to be asked for comes without an address."""
    files = message.get("files")
    read = [_file(_record(file)) for file in (files if isinstance(files, list) else [])[:_FILES]]
    return tuple(file for file in read if file is not None)


def _file(file: Mapping[str, Any]) -> SharedFile | None:
    id, size = file.get("id"), file.get("size")
    if not _word(id) or file.get("mode") == "tombstone":
        return None
    url = file.get("url_private_download") or file.get("url_private")
    return SharedFile(
        id,
        _seen(plain(str(file.get("name") or file.get("title") or "")))[:255],
        str(file.get("mimetype") or file.get("filetype") or ""),
        size if isinstance(size, int) and size > 0 else 0,
        url if _word(url) and not file.get("is_external") else "",
    )


def edited(body: Mapping[str, Any], own_id: str) -> Heard | None:
    """New words of a message that a person had written before; the envelope names the message by its `ts`."""
    event = _record(body.get("event"))
    message, before = _record(event.get("message")), _record(event.get("previous_message"))
    if event.get("subtype") != "message_changed" or message.get("text") == before.get("text"):
        return None
    place = {"type": "message", "channel": event.get("channel"), "channel_type": event.get("channel_type")}
    found = heard({**body, "event": {**message, **place}}, own_id)
    if found is None:
        return None
    content = {"ts": found.incoming.ts, "text": found.incoming.text}
    return replace(found, envelope=replace(found.envelope, kind="edit", body=content, ts=None))


def deleted(body: Mapping[str, Any], own_id: str) -> Deleted | None:
    """That a person's message is gone; the head of a thread leaves a tombstone."""
    event = _record(body.get("event"))
    before, after = _record(event.get("previous_message")), _record(event.get("message"))
    buried = event.get("subtype") == "message_changed" and after.get("subtype") == "tombstone"
    person, channel, ts = before.get("user"), event.get("channel"), before.get("ts")
    event_id, team = body.get("event_id"), body.get("team_id")
    if event.get("type") != "message" or not (buried or event.get("subtype") == "message_deleted"):
        return None
    if not (_word(person) and _word(channel) and _word(ts) and _word(event_id) and _word(team)):
        return None
    addressed = event.get("channel_type") == "im" or f"<@{own_id}>" in str(before.get("text") or "")
    return Deleted(Envelope("delete", event_id, team, channel, person, {"ts": ts}), ts, addressed)


def stopped(body: Mapping[str, Any]) -> tuple[Envelope, Thread] | None:
    """`agent_session_stopped`: somebody pressed Slack's own Stop, and in which thread."""
    event = _record(body.get("event"))
    person, channel, ts = event.get("user"), event.get("channel"), event.get("thread_ts")
    event_id, team = body.get("event_id"), body.get("team_id")
    if event.get("type") != "agent_session_stopped":
        return None
    if not (_word(person) and _word(channel) and _word(ts) and _word(event_id) and _word(team)):
        return None
    return Envelope("stop", event_id, team, channel, person, {"thread_ts": ts}), Thread(team, channel, ts)


def clicked(body: Mapping[str, Any]) -> Envelope | None:
    """A press of a card's button that takes effect at once."""
    return _press(body, PRESSED)


def opening(body: Mapping[str, Any]) -> Envelope | None:
    """A press of a card's button that opens a form; it has no effect of its own."""
    return _press(body, OPENING)


def why(body: Mapping[str, Any]) -> Envelope | None:
    """A press of "Why?"; its target is a run's id, or a proposal's."""
    return _press(body, {WHY: "why"})


def feedback(body: Mapping[str, Any]) -> Envelope | None:
    """A press of a thumb: the verdict is `up` or `down`, the target is a run's id."""
    pressed = _press(body, {FEEDBACK: "feedback"})
    verdict, _, run_id = pressed.body["target"].partition(":") if pressed else ("", "", "")
    if pressed is None or verdict not in ("up", "down") or not run_id:
        return None
    return replace(pressed, body={**pressed.body, "verdict": verdict, "target": run_id})


def sent(body: Mapping[str, Any]) -> tuple[Envelope, Submitted] | None:
    """A form that somebody filled in and sent."""
    view, user = _record(body.get("view")), _record(body.get("user"))
    submitted = read(view) if body.get("type") == "view_submission" else None
    person, team, id = user.get("id"), _record(body.get("team")).get("id"), view.get("id")
    if submitted is None or not (_word(person) and _word(team) and _word(id)):
        return None
    if not (_word(submitted.target) and _word(submitted.channel)):
        return None
    content = {"target": submitted.target, "verdict": submitted.verdict, "thread_ts": submitted.thread_ts}
    return Envelope("click", f"form:{person}:{id}", team, submitted.channel, person, content), submitted


def _press(body: Mapping[str, Any], verdicts: Mapping[str, str]) -> Envelope | None:
    actions = body.get("actions")
    action = _record(actions[0]) if isinstance(actions, list) and actions else {}
    verdict = verdicts.get(str(action.get("action_id")))
    if body.get("type") != "block_actions" or verdict is None:
        return None
    user, container, message = _record(body.get("user")), _record(body.get("container")), _record(body.get("message"))
    person, target = user.get("id"), action.get("value")
    channel = _record(body.get("channel")).get("id") or container.get("channel_id")
    team = _record(body.get("team")).get("id") or user.get("team_id")
    trigger = body.get("trigger_id") or action.get("action_ts")
    if not (_word(person) and _word(target) and _word(channel) and _word(team) and _word(trigger)):
        return None
    thread_ts = container.get("thread_ts") or message.get("thread_ts")
    if not _word(thread_ts) or thread_ts == container.get("message_ts"):  # the head of a thread stands in the channel
        thread_ts = None
    content = {"target": target, "verdict": verdict, "thread_ts": thread_ts}
    return Envelope("click", f"click:{person}:{trigger}", team, channel, person, content)


def opened(body: Mapping[str, Any]) -> Opened | None:
    """`app_home_opened`."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") != "app_home_opened":
        return None
    person, channel = event.get("user"), event.get("channel")
    if not (_word(person) and _word(channel)):
        return None
    return Opened(person, channel, str(event.get("tab") or "home"))


def _seen(text: str) -> str:
    """A name without characters that nobody sees: they could turn its letters around."""
    return "".join(" " if char.isspace() else char for char in text if unicodedata.category(char) not in ("Cc", "Cf"))


def _record(value: Any) -> Mapping[str, Any]:
    """The fields of an object; of anything else there are none."""
    return value if isinstance(value, Mapping) else {}


def _word(value: Any) -> TypeGuard[str]:
    """An id as Slack writes them; nothing else may name anything."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def plain(text: str) -> str:
    """Slack's escaped text as people typed it: links as their address, entities resolved; no NUL, no lone surrogates."""
    text = re.sub(r"<((?:https?|mailto)[^|>]*)(?:\|([^>]*))?>", lambda m: m[2] or m[1], text)
    return html.unescape(text).replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()
