"""What the messages of a thread say: the person's words now and before, earlier calls, and results that wait for an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.models.model import DATA
from bot.models.offline.answer import ASKING
from bot.models.offline.words import Language, clean, language_of
from bot.types import Json

_HINT = re.compile(r"Language: *(fr|en)\b", re.I)
_DATA = re.compile(re.escape(DATA) + r"[0-9a-f]{12}>")
_FILE = re.compile(r'^File \d+: ("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*")', re.M)


@dataclass(frozen=True)
class Result:
    """What one call of this turn gave."""

    tool: str
    content: str


@dataclass(frozen=True)
class Call:
    """A tool and its arguments, as they are or were called."""

    tool: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True)
class Conversation:
    """A thread as the planner needs it."""

    text: str  # what the person says now
    language: Language
    asked: tuple[str, ...]  # earlier words of the person that a question of ours is still open on, oldest first
    before: tuple[str | Call, ...]  # earlier words of the person and calls, newest first
    results: tuple[Result, ...]
    files: tuple[str, ...] = ()  # the names of those of the thread, oldest first


def read(messages: Sequence[Mapping[str, Any]]) -> Conversation:
    """Parse OpenAI messages; what is not understood is left out."""
    files = [name for m in messages if _DATA.match(_text(m)) for name in _FILE.findall(_text(m))]
    messages = [m for m in messages if not _DATA.match(_text(m))]  # what it tells of is found by a search
    start, end = _turn(messages)
    text = "\n".join(clean(_text(m)) for m in messages[start:end])
    hint = next((m[1].lower() for s in messages if s.get("role") == "system" and (m := _HINT.search(_text(s)))), "en")
    earlier = [clean(_text(m)) for m in messages[:start] if m.get("role") == "user"]
    language = language_of("\n".join(earlier[-3:]), "fr" if hint == "fr" else "en")
    return Conversation(
        text=text,
        language=language_of(text, language),
        asked=_open_question(messages[:start]),
        before=tuple(_before(messages[:start])),
        results=_results(messages[end:]),
        files=tuple(map(json.loads, files)),
    )


def _turn(messages: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Where the person's last words begin and end."""
    end = max((i + 1 for i, m in enumerate(messages) if m.get("role") == "user"), default=0)
    start = end
    while start and messages[start - 1].get("role") == "user":
        start -= 1
    return start, end


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _open_question(messages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The person's words that led to a question of ours which the messages end with."""
    said: list[str] = []
    asking = False
    for message in reversed(messages):
        text = _text(message)
        if message.get("role") == "assistant" and not message.get("tool_calls"):
            asking = any(f"{words} " in text for words in ASKING.values())
            if not asking or len(said) >= 5:
                break
        elif message.get("role") == "user" and asking:
            said.append(clean(text))
    return tuple(reversed(said))


def _before(messages: Sequence[Mapping[str, Any]]) -> list[str | Call]:
    found: list[str | Call] = []
    for message in reversed(messages[-40:]):
        if message.get("role") == "user":
            found.append(clean(_text(message)))
        found += reversed(calls(message))
    return found


def calls(message: Mapping[str, Any]) -> list[Call]:
    """The tool calls of an assistant's message."""
    found = []
    for call in message.get("tool_calls") or ():
        function = call.get("function") or {}
        try:
            arguments = json.loads(function.get("arguments") or "{}")
        except ValueError:
            arguments = {}
        found.append(Call(str(function.get("name")), arguments if isinstance(arguments, dict) else {}))
    return found


def _results(messages: Sequence[Mapping[str, Any]]) -> tuple[Result, ...]:
    names = {
        call.get("id"): str((call.get("function") or {}).get("name"))
        for m in messages
        for call in m.get("tool_calls") or ()
    }
    return tuple(Result(names.get(m.get("tool_call_id"), ""), _text(m)) for m in messages if m.get("role") == "tool")
