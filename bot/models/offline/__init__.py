"""The embedded assistant for when no language model is configured: plans tool calls by rule, and quotes results.

It names no tool: it learns from each tool's name, schema, docstring and examples, in French and English.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.models.offline import answer
from bot.models.offline.choose import Choice, Embed, Vector
from bot.models.offline.conversation import Call, Conversation, Result, read
from bot.models.offline.plan import Plan, Planner
from bot.models.offline.skills import Skill, skill, split_description
from bot.models.offline.words import Language
from bot.types import FAILED

CHOICES = 8  # sets of tools that are kept ready; where tools are many, each question brings another

__all__ = ["Offline", "split_description"]

_NOTES = {
    "fr": {
        "greeting": "Bonjour !",
        "thanks": "Avec plaisir.",
        "help": "",
        "refused": "D'accord, je ne fais rien.",
        "dropped": "D'accord, j'abandonne cette demande : rien n'a été fait.",
        "unsupported": "Je n'ai pas compris, ou je n'ai pas d'outil pour cela.",
    },
    "en": {
        "greeting": "Hello!",
        "thanks": "You're welcome.",
        "help": "",
        "refused": "All right, I am doing nothing.",
        "dropped": "All right, I drop that request: nothing was done.",
        "unsupported": "I did not understand, or I have no tool for that.",
    },
}


class Offline:
    """Answers like a chat model with tool calling; the same messages always get the same answer.

    `embed` turns texts into unit vectors; without it words alone decide. `today` dates "tomorrow".
    """

    def __init__(
        self,
        embed: Embed | None,
        today: Callable[[], dt.date],
        translated: Callable[[Language, str], str] = lambda language, reason: reason,
    ) -> None:
        """`translated` tells a reason of Baton's own in a language."""
        self._translated = translated
        self._embed = embed
        self._today = today
        self._choices: dict[str, Choice] = {}
        self._vectors: dict[str, Vector] = {}

    def reply(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The assistant's next message in OpenAI's format: text, or tool calls."""
        talk = read(messages)
        choice = self._choice(tools)
        plan = Planner(choice, talk, self._today()).plan()
        if talk.results:
            return {"role": "assistant", "content": self._told(talk, choice, plan), "tool_calls": []}
        if plan.calls:
            made = [_call(c, len(messages), i) for i, c in enumerate(plan.calls)]
            return {"role": "assistant", "content": None, "tool_calls": made}
        return {"role": "assistant", "content": _said(talk, choice, plan), "tool_calls": []}

    def _choice(self, tools: Sequence[Mapping[str, Any]]) -> Choice:
        key = hashlib.sha256(json.dumps(tools, sort_keys=True, default=str).encode()).hexdigest()
        if (choice := self._choices.get(key)) is None:
            choice = Choice([skill(t) for t in tools], self._embed, self._vectors)
            self._choices = {**dict(list(self._choices.items())[1 - CHOICES :]), key: choice}
        return choice

    def _told(self, talk: Conversation, choice: Choice, plan: Plan) -> str:
        known = {s.name: s for s in choice.skills}
        parts = [self._one(result, talk, known.get(result.tool)) for result in talk.results]
        return answer.signed([*parts, *_questions(plan, talk)], talk.language)

    def _one(self, result: Result, talk: Conversation, skill: Skill | None) -> str:
        if result.content.startswith(FAILED):
            return answer.failed(self._translated(talk.language, result.content.removeprefix(FAILED)), talk.language)
        return answer.tell(result.content, talk.text, skill, talk.language, self._embed)


def _questions(plan: Plan, talk: Conversation) -> list[str]:
    return [answer.ask(a.skill, a.missing, talk.language) for a in plan.asks]


def _said(talk: Conversation, choice: Choice, plan: Plan) -> str:
    if plan.asks:
        return answer.signed(_questions(plan, talk), talk.language)
    note = plan.note or "unsupported"
    parts = [_NOTES[talk.language][note]]
    if note in ("greeting", "help", "unsupported"):
        parts.append(answer.abilities(choice.skills, talk.language))
    return answer.signed(parts, talk.language)


def _call(call: Call, turn: int, index: int) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    digest = hashlib.sha256(f"{turn}:{index}:{call.tool}:{arguments}".encode()).hexdigest()
    return {"id": f"call_{digest[:16]}", "type": "function", "function": {"name": call.tool, "arguments": arguments}}
