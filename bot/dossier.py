"""What is on record about one run: who asked what, what was read and called, what the rules said, who decided, what came
of it. Read from the database alone; no model is asked.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.state import approvals, audit, handoffs, rulings, runs
from bot.state.approvals import Approval
from bot.state.audit import Entry
from bot.state.db import Database
from bot.state.rulings import Ruling
from bot.state.runs import Run, Said
from bot.types import FAILED, NO_AGENT, Json, Provenance, Source, ToolCall


@dataclass(frozen=True)
class Look:
    """A call that had no effect: its arguments, as text where they were no JSON object, and the error, if it failed.

    `provenance` is where its result came from, where that was noted.
    """

    tool: str
    arguments: Mapping[str, Json] | str
    answered: bool
    error: str | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Action:
    """A proposal and its steps, as the audit has them."""

    approval: Approval
    steps: Sequence[Entry]


@dataclass(frozen=True)
class Dossier:
    """Everything about a run, or what concerns one of its proposals."""

    run: Run
    question: str
    asked_at: dt.datetime | None
    answer: str
    model: str | None  # `None` until there is an answer
    failure: str | None
    claim_removed: bool
    sources: Sequence[Source]
    looks: Sequence[Look]
    rulings: Sequence[Ruling]
    actions: Sequence[Action]
    others: Sequence[str] = ()  # the agents that worked on the question besides the run's own

    @property
    def groups(self) -> list[str]:
        """Who decides about its actions: the names of groups of the policy."""
        needs = [need for action in self.actions for need in action.approval.needs]
        return list(dict.fromkeys(name for need in needs for name in (need.group, *need.also)))


async def dossier(db: Database, target: str) -> Dossier | None:
    """That of a run, or of a proposal, by its id; `None` when nothing is kept about it."""
    async with db.transaction() as tx:
        about = await approvals.get(tx, target)
        run = await runs.find(tx, about.run_id if about else target)
        if run is None:
            return None
        top, _ = await handoffs.top(tx, run)
        family = [top, *await handoffs.below(tx, top.id)]
        (asked, *_) = await runs.said_in(tx, top.id)
        said = await runs.said_in(tx, run.id)
        below = [one.id for one in await handoffs.below(tx, run.id)]  # what agents were asked belongs to it
        worked = [*said, *[one for id in below for one in await runs.said_in(tx, id)]]
        every = [one for id in (run.id, *below) for one in await approvals.of_run(tx, id, replaced_too=True)]
    story = await audit.story(db, run.id)
    steps = [*story, *[entry for id in below for entry in await audit.story(db, id)]]
    ruled = [one.ruling for id in (run.id, *below) for one in await rulings.of_run(db, id)]
    proposed = [one for one in every if about is None or one.call_id == about.call_id]
    if about:
        ruled = [ruling for ruling in ruled if ruling.call_id == about.call_id]
    began, answered, failed = (_last(story, f"run.{what}") for what in ("began", "answered", "failed"))
    return Dossier(
        run=run,
        question=asked.message.content,
        asked_at=began.at if began else None,
        answer=str(answered.data["text"]) if answered else "",
        model=str(answered.data["model"]) if answered else None,
        failure=str(failed.data["cause"]) if failed else None,
        claim_removed=_last(story, "run.claim_removed") is not None,
        sources=[source for one in said for source in one.sources],
        looks=_looks(worked, {one.call_id for one in every}),
        rulings=ruled,
        actions=[Action(one, [entry for entry in steps if entry.approval_id == one.id]) for one in proposed],
        others=list(dict.fromkeys(one.agent for one in family if one.agent not in (run.agent, NO_AGENT))),
    )


def _last(story: Sequence[Entry], type: str) -> Entry | None:
    return next((entry for entry in reversed(story) if entry.type == type), None)


def _looks(said: Sequence[Said], proposed: set[str]) -> list[Look]:
    """The calls that became no proposal."""
    results = {one.message.call_id: one for one in said if one.message.role == "tool"}
    calls = [call for one in said for call in one.message.calls if call.id not in proposed]
    return [_look(call, results.get(call.id)) for call in calls]


def _look(call: ToolCall, result: Said | None) -> Look:
    if result is None:
        return Look(call.name, _arguments(call.arguments), answered=False)
    content = result.message.content
    error = content.removeprefix(FAILED) if content.startswith(FAILED) else None
    return Look(call.name, _arguments(call.arguments), True, error, result.provenance)


def _arguments(text: str) -> Mapping[str, Json] | str:
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return text
    return read if isinstance(read, dict) else text
