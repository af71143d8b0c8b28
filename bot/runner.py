"""A run, from its first segment to the answer: what each segment does.

Nothing waits in memory: a segment reads its run from the database, goes on where the last one ended, and what it came
to is written in one transaction (`bot/endings.py`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self

import structlog

from bot import at_hand, ledger
from bot.agents import context, loop
from bot.agents.agent import front_desk
from bot.agents.assent import assents
from bot.attachments import Attachments
from bot.board import Board
from bot.desk import Desk, Desks
from bot.effects import Effects
from bot.endings import Endings
from bot.errors import BatonError
from bot.handoffs import CameBack, Handoffs
from bot.models.model import DATA, Model
from bot.outsiders import Outsiders
from bot.pauses import Named
from bot.reasons import because
from bot.state import approvals, pauses, posts, runs
from bot.state.approvals import Approval, Status
from bot.state.db import Transaction
from bot.state.files import Kept
from bot.state.runs import MAX_ATTEMPTS, Overtaken, Run, Said
from bot.types import NO_AGENT, Actor, Answer, Language, Message
from bot.watching import Growing, Watching

STOP_SECONDS = 0.5  # between two looks whether somebody stopped the work

Conclusion = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class Stopped(Exception):
    """The author of the question wants the work on it to end."""


class Live(Growing, Protocol):
    """A message that grows until its context ends."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Stage(Protocol):
    """Where people see a run at work."""

    def open(self, run: Run, language: Language, question: str) -> Live: ...

    async def clear(self, run: Run) -> None:
        """Take away what grew: the segment ends without a word."""

    async def rest(self, run: Run) -> None:
        """The segment ended without a word."""


class Runner:
    """Advances runs."""

    def __init__(
        self,
        board: Board,
        effects: Effects,
        *,
        model: Model,
        people: Named,
        outsiders: Outsiders,
        attachments: Attachments,
        stage: Stage,
        desks: Desks,
        handoffs: Handoffs,
        endings: Endings,
    ) -> None:
        self._board = board
        self._effects = effects
        self._model = model
        self._people = people
        self._outsiders = outsiders
        self._attachments = attachments
        self._stage = stage
        self._desks = desks
        self._handoffs = handoffs
        self._endings = endings

    async def advance(self, run_id: str) -> None:
        """One segment. However it ends, the run goes on, is parked, is answered, or the person hears why not."""
        with structlog.contextvars.bound_contextvars(run=run_id):
            current = await self._start(run_id)
            if current is None:
                return
            try:
                with at_hand.working_for(current.thread.team):
                    await self._segment(current)
            except Overtaken:
                log.info("overtaken by a later segment")
            except BatonError as error:
                log.warning("run given up", error=str(error), exc_info=True)
                await self._endings.given_up(current, str(error))
            except Exception as error:
                log.exception("segment failed", attempt=current.attempts)
                if current.attempts < MAX_ATTEMPTS:
                    raise
                await self._endings.given_up(current, because("inner_error", error=type(error).__name__))

    async def look_again(self, run_id: str) -> None:
        """The time that a doubtful effect was given has passed."""
        async with self._board.db.transaction() as tx:
            await self._board.resume(tx, run_id)

    async def _start(self, run_id: str) -> Run | None:
        async with self._board.db.transaction() as tx:
            current = await runs.start_segment(tx, run_id)
            if current is not None and current.attempts > MAX_ATTEMPTS:
                await self._endings.say_given_up(tx, current, because("interrupted_thrice"))
                return None
            return current

    async def _segment(self, current: Run) -> None:
        actor = await self._people.person(current.requester)
        async with self._board.db.transaction() as tx:
            said = await runs.said_in(tx, current.id)
            back = await self._handoffs.came_back(tx, current, said)
            room = await self._handoffs.room(tx, current)
        begins = len(said) == 1 and current.agent != NO_AGENT and current.parent_run is None
        if begins and not await self._outsiders.admits(actor, current.thread.channel, shared=current.shared):
            await self._outsiders.refuse(current, actor)
            await self._stage.rest(current)
            return
        async with self._board.db.transaction() as tx:
            if actor.name:  # else the profile could not be read now, and the language is a guess
                await runs.speak(tx, current.id, actor.language)
            if begins:
                await self._greet(tx, current)
        sources_so_far = sum(len(one.sources) for one in (*said, *(one.said for one in back)))
        desk = self._desks(current, actor, sources_so_far=sources_so_far, room=room)
        async with self._stage.open(current, actor.language, said[0].message.content) as live:
            done = await self._work(current, actor, desk, said, back, live)
        await done()

    async def _greet(self, tx: Transaction, current: Run) -> None:
        """Tell somebody who meets Baton for the first time what it is: for their eyes only, where others read along.

        Slack shows such words in a thread only when it has replies: beside a question that opens one, not in it.
        """
        thread, person = current.thread, current.requester
        if await runs.meet(tx, person):
            kind: posts.Kind = "notice" if thread.is_direct else "private"
            beside = not thread.is_direct and await runs.opens_thread(tx, current)
            place = None if beside else thread.ts
            await self._board.post(tx, kind, thread.channel, place, person=person, body={"notice": "greeting"})

    async def _work(
        self, current: Run, actor: Actor, desk: Desk, said: Sequence[Said], back: Sequence[CameBack], live: Live
    ) -> Conclusion:
        """All that takes time. What comes back writes down what it came to, when nothing grows any more."""
        await self._effects.settle(current, desk)
        wordless = len(said) == 1 and not said[0].message.content
        held = await self._attachments.of(current, live, wordless=wordless)
        if wordless and (brought := [file for file in held if file.run_id == current.id]):
            return partial(self._endings.only_files, current, brought)
        async with self._board.db.transaction() as tx:
            family = await approvals.of_family(tx, current.id)
            proposals = [approval for approval in family if approval.run_id == current.id]
            stopped = await runs.is_stopped(tx, current.id)
            waits = any(a.status is Status.EXECUTING if stopped else a.is_open for a in proposals)
            if waits or await self._handoffs.are_open(tx, current):
                return partial(self._parked, current)
            transcript = await self._transcript(tx, current, actor, desk, said, held)
            used = await runs.tools_used(tx, current)
            pending = [a for a in await approvals.open_in_thread(tx, current.thread.key) if a.status is Status.PENDING]
        resolved = ledger.resolved(said, proposals)
        fresh = {one.message.call_id for one in resolved}
        settled = [approval for approval in proposals if approval.call_id in fresh]
        settled += [approval for one in back for approval in one.proposals]
        resolved += [one.said for one in back]
        if stopped:
            return partial(self._endings.stopped, current, actor, desk, resolved, family)
        if pending and current.parent_run is None and _only_assents(transcript):
            return partial(self._endings.words_decide_nothing, current, pending)
        pause = await pauses.covering(self._board.db, agent=current.agent)
        if pause and not settled:
            return partial(self._endings.not_now, current, pause)
        try:
            turn = await self._turn(current, desk, [*transcript, *(r.message for r in resolved)], used, settled, live)
        except Stopped:
            return partial(self._endings.stopped, current, actor, desk, resolved, family)
        steps = [*resolved, *(Said(step.message, step.sources, step.provenance) for step in turn.steps)]
        if isinstance(turn.outcome, Answer):
            return partial(self._endings.answered, current, actor, desk, turn.outcome, steps, settled, live.looks)
        if desk.agent and len(proposals) + len(turn.outcome.proposals) > desk.agent.proposals:
            raise loop.GaveUp(because("too_many_actions", count=desk.agent.proposals))
        return partial(self._endings.proposed, current, desk, turn.outcome, steps, live.looks)

    async def _parked(self, current: Run) -> None:
        await self._stage.clear(current)
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await runs.park(tx, current.id)
        await self._stage.rest(current)

    async def _turn(
        self,
        current: Run,
        desk: Desk,
        transcript: Sequence[Message],
        used: Collection[str],
        settled: Sequence[Approval],
        live: Live,
    ) -> loop.Turn:
        """Let the agent go on; where it has no words, those of the ledger stand alone. Raises `Stopped`."""
        if current.agent == NO_AGENT or await pauses.covering(self._board.db, agent=current.agent):
            return loop.Turn((), Answer(""))
        try:
            if desk.agent is None:
                raise loop.GaveUp(because("agent_gone", agent=current.agent))
            told = context.with_left_out(transcript, await desk.choose(_asked(transcript), used))
            return await self._unless_stopped(
                current, loop.run(desk.agent, told, self._model, desk, Watching(live, desk))
            )
        except BatonError:
            if not settled:
                raise
            log.warning("no words from the model; the ledger's own are told", exc_info=True)
            return loop.Turn((), Answer(""))

    async def _unless_stopped(self, current: Run, work: Coroutine[Any, Any, loop.Turn]) -> loop.Turn:
        """Let the agent work until it comes to an end, or its author stops it: then the model's call ends, too."""
        working = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({working}, timeout=STOP_SECONDS))[0]:
                async with self._board.db.transaction() as tx:
                    if await runs.is_stopped(tx, current.id):
                        raise Stopped
            return working.result()
        finally:
            working.cancel()
            await asyncio.wait({working})

    async def _transcript(
        self, tx: Transaction, current: Run, actor: Actor, desk: Desk, said: Sequence[Said], held: Sequence[Kept]
    ) -> list[Message]:
        waiting = [
            context.Waiting(a.label, a.sealed.tool, a.status, tuple(need.group for need in a.needs))
            for a in await approvals.open_in_thread(tx, current.thread.key)
        ]
        earlier = await runs.said_before(tx, current)
        now = dt.datetime.now(dt.UTC).astimezone(actor.zone)
        there = [context.ThreadFile(f.shared.name, f.kind, f.extent, f.text, f.left_out, f.problem) for f in held]
        return context.prepare(
            desk.agent or front_desk(), actor, now, waiting, earlier, [one.message for one in said], there
        )


def _asked(transcript: Sequence[Message]) -> list[str]:
    """The person's latest words, and the same behind those before them, of which they may be the rest."""
    said = [m.content for m in transcript if m.role == "user" and not m.content.startswith(DATA)]
    return [said[-1], " ".join(said[-2:])] if len(said) > 1 else said


def _only_assents(transcript: Sequence[Message]) -> bool:
    """Whether the question is a bare "yes" that answers no question of Baton's."""
    *before, last = transcript
    asked = next((m.content for m in reversed(before) if m.role == "assistant"), "")
    return last.role == "user" and assents(last.content) and not re.search(r"\?(\s|\[\d+\]|\W)*$", asked)
