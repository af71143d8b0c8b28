"""One agent asks another: the call becomes a run of its own, and what comes of that run settles the call.

Nothing waits in memory for it. The run that asked is parked, as it is for a decision; the run that was asked sets it
going when it is over, in the transaction that ends it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import ledger
from bot.agents.handoff import Room
from bot.board import Board
from bot.reasons import because
from bot.state import approvals, handoffs
from bot.state.approvals import Approval
from bot.state.db import Transaction
from bot.state.handoffs import Asked
from bot.state.runs import PAUSED, Run, Said
from bot.types import FAILED, Handoff, Message, Source

_CITED = re.compile(r"\[(\d{1,4})\]")


@dataclass(frozen=True)
class CameBack:
    """The result of a call that asked an agent, and what was proposed on the way to it."""

    said: Said
    proposals: tuple[Approval, ...]


class Handoffs:
    """Begins the runs that agents ask for, and brings their answers back."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def room(self, tx: Transaction, current: Run) -> Room:
        """How far asking has gone for the question that a run belongs to."""
        top, depth = await handoffs.top(tx, current)
        return Room(depth, len(await handoffs.below(tx, top.id)))

    async def begin(self, tx: Transaction, current: Run, asked: Sequence[Handoff]) -> None:
        """Begin a run for each, in the transaction that parks the one that asks."""
        for handoff in asked:
            begun = await handoffs.begin(tx, current, handoff)
            await self._board.engine.advance(tx, begun.id, begun.thread.key)

    async def are_open(self, tx: Transaction, current: Run) -> bool:
        """Whether a run that was asked is not over yet."""
        return any(not one.is_over for one in await handoffs.below(tx, current.id))

    async def came_back(self, tx: Transaction, current: Run, said: Sequence[Said]) -> list[CameBack]:
        """The results of the calls whose runs ended since the model last spoke; sources are numbered on from `said`."""
        answered = {one.message.call_id for one in said}
        number = sum(len(one.sources) for one in said)
        found = []
        for asked in await handoffs.over(tx, current):
            if asked.run.parent_call in answered:
                continue
            back = _result(asked, await approvals.of_family(tx, asked.run.id), number)
            number += len(back.said.sources)
            found.append(back)
        return found


def _result(asked: Asked, proposals: Sequence[Approval], number: int) -> CameBack:
    """What the agent that asked is told: the answer and the ledger's entries, or why there is no answer."""
    if asked.failure is not None:
        why = because("paused") if asked.failure == PAUSED else asked.failure
        ended = [f"{one.label} {one.sealed.tool}: {one.status}" for one in proposals]
        told = f"{because('asked_failed', agent=asked.run.agent, why=why)}{''.join(f'; {one}' for one in ended)}"
        return CameBack(Said(Message("tool", f"{FAILED}{told}", call_id=asked.run.parent_call)), tuple(proposals))
    answer = "" if ledger.unfounded(asked.answer, proposals) else asked.answer
    text, sources = _numbered_on(answer, asked.sources, number)
    value = {"agent": asked.run.agent, "answer": text, "proposals": [ledger.entry(one) for one in proposals]}
    content = json.dumps(value, ensure_ascii=False)
    return CameBack(Said(Message("tool", content, call_id=asked.run.parent_call), sources), tuple(proposals))


def _numbered_on(answer: str, sources: Sequence[Source], number: int) -> tuple[str, tuple[Source, ...]]:
    """The answer with the numbers of the run that asked, and the sources that it cites under these numbers.

    A number without a source is none: in the run that asked, another passage may have it.
    """
    cited = {int(one) for one in _CITED.findall(answer)}
    kept = [source for source in sources if source.number in cited]
    new = {source.number: number + at for at, source in enumerate(kept, start=1)}
    text = _CITED.sub(lambda mark: f"[{new[int(mark[1])]}]" if int(mark[1]) in new else f"({mark[1]})", answer)
    return text, tuple(replace(source, number=new[source.number]) for source in kept)
