"""The shortcut in a message's menu: ask Baton about it. The answer comes into that message's thread."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import form, input_block, note, text_input, view, words
from bot.slack.listeners import plain
from bot.slack.markdown import literal
from bot.slack.modals import show
from bot.slack.people import SlackPeople
from bot.slack.values import clipped, escape, visible
from bot.slack.words import say
from bot.state.inbox import Envelope
from bot.types import Incoming, Json, Language, Thread

ASK_ABOUT = "baton_ask_about"
QUOTED_CHARACTERS = 1_800  # Slack keeps 3,000 with a form, and each may take more bytes than one
QUESTION_CHARACTERS = 2_000

NAMES = 10  # of the people whom a message mentions

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_NAMED = re.compile(
    r"<(?P<sign>[#!])[^|>]*\|@?(?P<name>[^>]*)>|<!(?P<all>\w+)>"
)  # channels, user groups; here, channel

log = structlog.get_logger()


class Reception(Protocol):
    """Takes what was said; when it returns, that is committed."""

    async def submit(self, envelope: Envelope, incoming: Incoming, *, addressed: bool) -> str | None: ...


@dataclass(frozen=True)
class Quoted:
    """A message that somebody asks about: where it is, who wrote it, its words, and whether they are cut."""

    channel: str
    ts: str
    thread_ts: str
    author: str
    text: str
    cut: bool = False


class Shortcuts:
    """Opens the form, and begins a run with what it held."""

    def __init__(self, client: AsyncWebClient, people: SlackPeople, reception: Reception) -> None:
        self._client = client
        self._people = people
        self._reception = reception

    def listen(self, bolt: AsyncApp) -> None:
        bolt.shortcut(ASK_ABOUT)(self._opened)
        bolt.view(ASK_ABOUT)(self._sent)

    async def _opened(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        about = quoted(body, await self._names(body))
        if about is None:
            return
        person = await self._people.person(str(body["user"]["id"]))
        here = await self._people.is_in(about.channel)
        author = await self._author(about)
        view = ask_form(person.language, about, author) if here else not_here(person.language)
        await show(self._client, body, view, say(person.language, "view_late"))

    async def _sent(self, ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Begin the run, and only then close the form; sent twice, it is one question."""
        person = await self._people.person(str(body["user"]["id"]))
        about = Quoted(**json.loads(view["private_metadata"]))
        asked = plain(str(view["state"]["values"]["question"]["value"].get("value") or ""))
        text = question(person.language, asked, about, await self._author(about))
        team = str((body.get("team") or {}).get("id") or view.get("team_id") or "")
        thread = Thread(team, about.channel, about.thread_ts)
        envelope = Envelope(
            "message",
            f"ask:{person.id}:{view['id']}",
            team,
            about.channel,
            person.id,
            {"text": text, "type": ASK_ABOUT},
        )
        incoming = Incoming(
            thread, person, about.ts, text, shared=True
        )  # nothing here says that other companies are not
        await self._reception.submit(envelope, incoming, addressed=True)
        await ack()

    async def _names(self, body: Mapping[str, Any]) -> dict[str, str]:
        return {id: (await self._people.person(id)).name for id in mentioned(body)}

    async def _author(self, about: Quoted) -> str:
        return (await self._people.person(about.author)).name if about.author else ""


def _called(found: re.Match[str]) -> str:
    """A channel, a user group or everybody, as people call them."""
    if found["all"]:
        return f"@{found['all']}"
    return f"{'#' if found['sign'] == '#' else '@'}{found['name']}"


def mentioned(body: Mapping[str, Any]) -> list[str]:
    """The people whom the message mentions, by id; of very many the first."""
    message = body.get("message")
    found = _PERSON.findall(str(message.get("text") or "")) if isinstance(message, Mapping) else []
    return list(dict.fromkeys(found))[:NAMES]


def quoted(body: Mapping[str, Any], names: Mapping[str, str]) -> Quoted | None:
    """The message in whose menu the shortcut was chosen, with people by name; `None` for a payload of another kind."""
    message, channel = body.get("message"), body.get("channel")
    if not (isinstance(message, Mapping) and isinstance(channel, Mapping) and message.get("ts") and channel.get("id")):
        return None
    raw = _PERSON.sub(lambda found: f"@{names.get(found[1]) or found[1]}", str(message.get("text") or ""))
    text = visible(plain(_NAMED.sub(_called, raw)))
    return Quoted(
        str(channel["id"]),
        str(message["ts"]),
        str(message.get("thread_ts") or message["ts"]),
        str(message.get("user") or ""),
        text[:QUOTED_CHARACTERS],
        len(text) > QUOTED_CHARACTERS,
    )


def ask_form(language: Language, about: Quoted, author: str) -> Json:
    """The message, quoted, and a field for the question. Input `question`."""
    quote = {"type": "rich_text_quote", "elements": [literal(about.text or say(language, "ask_about_empty"))]}
    hint = words(say(language, "ask_about_hint"))
    asked = input_block("question", say(language, "ask_about_label"), text_input(QUESTION_CHARACTERS), hint=hint)
    blocks = [
        note(escape(_heading(language, author))),
        {"type": "rich_text", "elements": [quote]},
        *([note(say(language, "ask_about_long"))] if about.cut else []),
        asked,
    ]
    return form(language, ASK_ABOUT, say(language, "ask_about_form"), say(language, "ask_send"), vars(about), blocks)


def not_here(language: Language) -> Json:
    """That Baton is not in this conversation, and what to do."""
    return view(language, say(language, "not_here"), [note(say(language, "not_here_invite"))])


def question(language: Language, asked: str, about: Quoted, author: str) -> str:
    """What the model is asked: the person's words, then those of the message, as a quotation."""
    lines = [f"> {line}" for line in about.text.splitlines()]
    return "\n".join([asked, "", _heading(language, author), *lines])


def _heading(language: Language, author: str) -> str:
    if not author:
        return say(language, "ask_about_quoted")
    return say(language, "ask_about_by", name=clipped(visible(author), 80))
