"""The runs that agents begin when they ask each other. All of one question belong to its requester and its thread."""

from __future__ import annotations

from dataclasses import dataclass

from bot.state import runs
from bot.state.audit import note
from bot.state.db import Transaction, fetch
from bot.state.runs import Run
from bot.types import Handoff, Source


@dataclass(frozen=True)
class Asked:
    """A run that an agent's call began and that is over. `failure` says why there is no `answer`."""

    run: Run
    failure: str | None
    answer: str
    sources: tuple[Source, ...]


async def begin(tx: Transaction, asking: Run, handoff: Handoff) -> Run:
    """Write the run that a call asks for."""
    run_id = await runs.begin(
        tx,
        asking.thread,
        asking.requester,
        handoff.request,
        agent=handoff.agent,
        inbox_id=None,
        shared=asking.shared,
        asked_by=(asking.id, handoff.call_id),
    )
    await runs.speak(tx, run_id, asking.language)
    about = {"thread": asking.thread.key, "text": handoff.request, "agent": handoff.agent, "asked_by": asking.id}
    await note(tx, "run.began", asking.requester, run_id=run_id, **about)
    await note(tx, "run.asked", run_id=asking.id, agent=handoff.agent, asked=run_id)
    begun = await runs.find(tx, run_id)
    assert begun is not None  # it was written above
    return begun


async def below(tx: Transaction, run_id: str) -> list[Run]:
    """All runs that were begun because of this one, oldest first."""
    sql = "SELECT id FROM runs WHERE id IN (SELECT run_family(%(id)s)) AND id <> %(id)s ORDER BY created_at, id"
    found = [await runs.find(tx, row["id"]) for row in await fetch(tx, sql, id=run_id)]
    return [one for one in found if one]


async def top(tx: Transaction, current: Run) -> tuple[Run, int]:
    """The run of the person's own question, and how deep below it this one is."""
    depth = 0
    while current.parent_run is not None:
        parent = await runs.find(tx, current.parent_run)
        assert parent is not None  # a foreign key
        current, depth = parent, depth + 1
    return current, depth


async def over(tx: Transaction, asking: Run) -> list[Asked]:
    """What came of those that this run asked itself, as far as they are over, oldest first."""
    sql = """
        SELECT id, failure FROM runs WHERE parent_run = %(id)s AND status IN ('answered', 'failed')
        ORDER BY created_at, id
        """
    return [await _asked(tx, row["id"], row["failure"]) for row in await fetch(tx, sql, id=asking.id)]


async def _asked(tx: Transaction, run_id: str, failure: str | None) -> Asked:
    run = await runs.find(tx, run_id)
    assert run is not None  # it was just read
    said = await runs.said_in(tx, run_id)
    last = said[-1].message
    answer = last.content if last.role == "assistant" and not last.calls else ""
    return Asked(run, failure, answer, tuple(source for one in said for source in one.sources))
