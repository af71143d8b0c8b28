"""The heart: model and tools in turns, until there is an answer or something needs a decision.

Knows neither Slack nor the database: what it may do in the world is the `Hands` that it is given.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.agents.agent import Agent
from bot.errors import BatonError
from bot.models.model import Model, Reply
from bot.reasons import because
from bot.types import FAILED, Answer, Handoff, Json, Message, Paused, Proposal, Provenance, Source, ToolCall, ToolResult

CALLS_AT_ONCE = 8


class GaveUp(BatonError):
    """The agent came to no end within its limits."""


class Hands(Protocol):
    """What an agent may do: look at once, propose, or ask another. What cannot be done is a failed result, not an exception."""

    def tools(self) -> Sequence[Json]: ...

    async def take(self, call: ToolCall) -> ToolResult | Proposal | Handoff: ...


class Onlooker(Protocol):
    """Is told what happens while it happens. Nothing of it is an answer yet."""

    def speaks(self, text: str) -> None:
        """The reply so far, which may still turn out to be the preface of calls."""

    def calls(self, call: ToolCall) -> None: ...

    def came_back(self, result: ToolResult | Proposal | Handoff) -> None: ...


@dataclass(frozen=True)
class Step:
    """A message that the loop added, with the sources that it brought and where it came from."""

    message: Message
    sources: tuple[Source, ...] = ()
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Turn:
    """What a segment came to: the messages that it added, and the outcome."""

    steps: tuple[Step, ...]
    outcome: Answer | Paused


async def run(
    agent: Agent, transcript: Sequence[Message], model: Model, hands: Hands, onlooker: Onlooker | None = None
) -> Turn:
    """Go on from a transcript whose calls are all resolved. Raises `ModelError`, and `GaveUp` at the agent's limits."""
    steps: list[Step] = []
    mistakes = 0
    for _ in range(agent.turns):
        so_far = [*transcript, *(step.message for step in steps)]
        hear = onlooker.speaks if onlooker else None
        reply = _numbered(await model.complete(so_far, hands.tools(), agent.group, hear))
        if not reply.calls:
            return Turn((*steps, _spoken(reply)), _answer(reply, steps))
        results, paused = await _attend(reply.calls, hands, onlooker)
        steps += [_spoken(reply), *map(_result, results)]
        if paused.proposals or paused.handoffs:
            return Turn(tuple(steps), paused)
        mistakes += sum(result.failed for result in results)
        if mistakes > agent.mistakes:
            last = results[-1].content.removeprefix(FAILED)
            raise GaveUp(because("calls_failed", count=mistakes, last=last))
    raise GaveUp(because("no_answer_in_turns", turns=agent.turns))


async def _attend(
    calls: Sequence[ToolCall], hands: Hands, onlooker: Onlooker | None
) -> tuple[list[ToolResult], Paused]:
    """Take all calls of a reply at once; those beyond the limit are refused."""

    async def take(call: ToolCall) -> ToolResult | Proposal | Handoff:
        if onlooker is None:
            return await hands.take(call)
        onlooker.calls(call)
        one = await hands.take(call)
        onlooker.came_back(one)
        return one

    taken = await asyncio.gather(*map(take, calls[:CALLS_AT_ONCE]))
    results = [one for one in taken if isinstance(one, ToolResult)]
    results += [
        ToolResult(call.id, f"{FAILED}{because('too_many_calls', count=CALLS_AT_ONCE)}", failed=True)
        for call in calls[CALLS_AT_ONCE:]
    ]
    proposals = tuple(one for one in taken if isinstance(one, Proposal))
    return results, Paused(proposals, tuple(one for one in taken if isinstance(one, Handoff)))


def _numbered(reply: Reply) -> Reply:
    """The same reply with ids of our own: models repeat theirs, and a call is found by its id for as long as it waits."""
    calls = tuple(replace(call, id=f"call_{secrets.token_hex(8)}") for call in reply.calls)
    return replace(reply, calls=calls)


def _spoken(reply: Reply) -> Step:
    return Step(Message("assistant", reply.text, reply.calls))


def _result(result: ToolResult) -> Step:
    return Step(Message("tool", result.content, call_id=result.call_id), result.sources, result.provenance)


def _answer(reply: Reply, steps: Sequence[Step]) -> Answer:
    return Answer(reply.text, tuple(source for step in steps for source in step.sources), reply.model)
