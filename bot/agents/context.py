"""What a model gets to read: instructions, the facts of the moment, the thread so far. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.agents.agent import Agent
from bot.types import Actor, Message

EARLIER_CHARACTERS = 24_000  # of the thread before this question


@dataclass(frozen=True)
class Waiting:
    """A proposal of the thread that is not settled, as data for the model."""

    label: str
    tool: str
    status: str
    asked: tuple[str, ...]


def prepare(
    agent: Agent,
    actor: Actor,
    now: dt.datetime,
    waiting: Sequence[Waiting],
    earlier: Sequence[Message],
    own: Sequence[Message],
) -> list[Message]:
    """The transcript of a segment: system message, the latest of the earlier messages that fit, the run's own."""
    return [Message("system", _system(agent, actor, now, waiting)), *_latest(earlier), *own]


def _system(agent: Agent, actor: Actor, now: dt.datetime, waiting: Sequence[Waiting]) -> str:
    facts = [
        f"Today: {now.date().isoformat()} ({now:%A}), {now:%H:%M}",
        f"Requester: {' '.join(actor.name.split()) or actor.id}",
        f"Language: {actor.language}",
        *(f"Not settled: {w.label} {w.tool} is {w.status}; asked: {', '.join(w.asked)}" for w in waiting),
    ]
    return agent.instructions.strip() + "\n\n" + "\n".join(facts)


def _latest(earlier: Sequence[Message]) -> list[Message]:
    kept: list[Message] = []
    room = EARLIER_CHARACTERS
    for message in reversed(earlier):
        room -= len(message.content)
        if room < 0:
            break
        kept.append(message)
    return kept[::-1]
