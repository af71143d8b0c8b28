"""A run, from its first segment to the answer: what is committed when, and what each segment does.

Nothing waits in memory: a segment reads its run from the database, goes on where the last one ended, and writes what
it came to in one transaction.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self

import structlog

from bot import at_hand, ledger
from bot.agents import context, loop
from bot.agents.agent import front_desk
from bot.agents.assent import assents
from bot.asking import Asking
from bot.attachments import Attachments, told
from bot.board import Board
from bot.desk import Desk, Desks
from bot.effects import Effects
from bot.errors import BatonError
from bot.handoffs import CameBack, Handoffs
from bot.models.model import DATA, Model
from bot.outsiders import Outsiders
from bot.pauses import name_of
from bot.reasons import because
from bot.state import approvals, handoffs, pauses, posts, runs
from bot.state.approvals import Approval, Status
from bot.state.audit import note
from bot.state.db import Transaction
from bot.state.files import Kept
from bot.state.pauses import Pause
from bot.state.runs import MAX_ATTEMPTS, PAUSED, Overtaken, Run, Said
from bot.types import NO_AGENT, Actor, Answer, Json, Language, Message, Paused
from bot.watching import Growing, Watching

STOP_SECONDS = 0.5  # between two looks whether somebody stopped the work

Conclusion = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class Stopped(Exception):
    """The author of the question wants the work on it to end."""


class People(Protocol):
    """Whom Slack knows."""

    async def person(self, person_id: str) -> Actor: ...


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
        asking: Asking,
        effects: Effects,
        *,
        model: Model,
        people: People,
        outsiders: Outsiders,
        attachments: Attachments,
        stage: Stage,
        desks: Desks,
        handoffs: Handoffs,
        pieces: Callable[[str], Sequence[str]],
    ) -> None:
        """`pieces` cuts an answer into the texts of the messages that carry it."""
        self._board = board
        self._asking = asking
        self._effects = effects
        self._model = model
        self._people = people
        self._outsiders = outsiders
        self._attachments = attachments
        self._stage = stage
        self._desks = desks
        self._handoffs = handoffs
        self._pieces = pieces

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
                await self._give_up(current, str(error))
            except Exception as error:
                log.exception("segment failed", attempt=current.attempts)
                if current.attempts < MAX_ATTEMPTS:
                    raise
                await self._give_up(current, because("inner_error", error=type(error).__name__))

    async def look_again(self, run_id: str) -> None:
        """The time that a doubtful effect was given has passed."""
        async with self._board.db.transaction() as tx:
            await self._board.resume(tx, run_id)

    async def _start(self, run_id: str) -> Run | None:
        async with self._board.db.transaction() as tx:
            current = await runs.start_segment(tx, run_id)
            if current is not None and current.attempts > MAX_ATTEMPTS:
                await self._say_given_up(tx, current, because("interrupted_thrice"))
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
            return partial(self._only_files, current, brought)
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
            return partial(self._ended_early, current, actor, desk, resolved, family)
        if pending and current.parent_run is None and _only_assents(transcript):
            return partial(self._words_decide_nothing, current, pending)
        pause = await pauses.covering(self._board.db, agent=current.agent)
        if pause and not settled:
            return partial(self._says_it_is_paused, current, pause)
        try:
            turn = await self._turn(current, desk, [*transcript, *(r.message for r in resolved)], used, settled, live)
        except Stopped:
            return partial(self._ended_early, current, actor, desk, resolved, family)
        steps = [*resolved, *(Said(step.message, step.sources, step.provenance) for step in turn.steps)]
        if isinstance(turn.outcome, Answer):
            return partial(self._answered, current, actor, desk, turn.outcome, steps, settled, live.looks)
        if desk.agent and len(proposals) + len(turn.outcome.proposals) > desk.agent.proposals:
            raise loop.GaveUp(because("too_many_actions", count=desk.agent.proposals))
        return partial(self._paused, current, desk, turn.outcome, steps, live.looks)

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

    async def _ended_early(
        self, current: Run, actor: Actor, desk: Desk, said: Sequence[Said], settled: Sequence[Approval]
    ) -> None:
        """Say that the work was stopped, by whom or why; and what the ledger knows of what was proposed."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            now = await runs.find(tx, current.id)
            assert now is not None  # it is ours
            await runs.append(tx, current.id, said)
            await desk.note(tx)
            body: dict[str, Json] = {"notice": f"ended_by_{now.stopped_how}", "by": now.stopped_by}
            await self._speak(tx, current, "notice", body)
            if settled:
                await self._post_answer(tx, current, actor, "", "", [], settled)
            await note(tx, "run.answered", run_id=current.id, model="", text=body["notice"])
            await self._end(tx, current, failure=because("was_stopped") if current.parent_run else None)

    async def _words_decide_nothing(self, current: Run, pending: Sequence[Approval]) -> None:
        """A written "yes" approves nothing, and who wrote it hears so."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            groups = list(dict.fromkeys(need.group for approval in pending for need in approval.needs))
            label = ", ".join(approval.label for approval in pending)
            told = {"notice": "no_words", "label": label, "count": len(pending), "groups": groups}
            await self._speak(tx, current, "notice", told)
            await note(tx, "run.answered", run_id=current.id, model="", text="no_words")
            await self._end(tx, current)

    async def _only_files(self, current: Run, brought: Sequence[Kept]) -> None:
        """A message without words asks nothing: it is told what became of its files."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await self._speak(tx, current, "notice", told(brought))
            await note(tx, "run.answered", run_id=current.id, model="", text="files")
            await self._end(tx, current)

    async def _says_it_is_paused(self, current: Run, pause: Pause) -> None:
        """A question that comes during a pause is not worked on, and whoever asked hears why."""
        by = await name_of(self._people, pause)
        key = "paused_run_because" if pause.reason else "paused_run"
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await self._speak(tx, current, "notice", {"notice": key, "by": by, "cause": pause.reason or ""})
            await note(tx, "run.answered", run_id=current.id, model="", text=key)
            await self._end(tx, current, failure=PAUSED)

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

    async def _answered(
        self,
        current: Run,
        actor: Actor,
        desk: Desk,
        answer: Answer,
        said: Sequence[Said],
        settled: Sequence[Approval],
        looks: Sequence[Json],
    ) -> None:
        """Commit the answer, with what the ledger says about the proposals that were settled on the way to it."""
        async with self._board.db.transaction() as tx:
            await self._not_stopped(tx, current)
            await runs.append(tx, current.id, said)
            await desk.note(tx)
            proposals = await approvals.of_family(tx, current.id)
            claims = ledger.unfounded(answer.text, proposals)
            if claims:
                await note(tx, "run.claim_removed", run_id=current.id, model=answer.model, claims=claims)
            sources = [vars(source) for one in await runs.said_in(tx, current.id) for source in one.sources]
            *before, last = self._pieces("" if claims else answer.text)
            for piece in before:
                await self._post_answer(tx, current, actor, piece, answer.model, sources, [], looks=looks, goes_on=True)
                looks = ()
            told = proposals if claims else settled
            await self._post_answer(
                tx, current, actor, last, answer.model, sources, told, claimed=bool(claims), looks=looks
            )
            await note(tx, "run.answered", run_id=current.id, model=answer.model, text=answer.text)
            await self._end(tx, current)

    async def _post_answer(
        self,
        tx: Transaction,
        current: Run,
        actor: Actor,
        text: str,
        model: str,
        sources: Sequence[Json],
        settled: Sequence[Approval],
        *,
        claimed: bool = False,
        looks: Sequence[Json] = (),
        goes_on: bool = False,
    ) -> None:
        body = {
            "text": text,
            "language": actor.language,
            "model": model,
            "sources": list(sources),
            "settled": [ledger.entry(approval) for approval in settled],
            "claimed": claimed,
            "looked_up": list(looks),
            "goes_on": goes_on,
        }
        await self._speak(tx, current, "answer", body)

    async def _paused(
        self, current: Run, desk: Desk, paused: Paused, said: Sequence[Said], looks: Sequence[Json]
    ) -> None:
        """Commit the proposals with their cards, and what agents are asked; the run waits. What a rule allows goes on at once."""
        drafts = [desk.draft(proposal) for proposal in paused.proposals]
        places = {needs: await self._asking.places(current, needs) for needs in {draft.needs for draft in drafts}}
        async with self._board.db.transaction() as tx:
            await self._not_stopped(tx, current)
            await runs.append(tx, current.id, said)
            await desk.note(tx)
            made = [await approvals.propose(tx, current.id, draft) for draft in drafts]
            await self._handoffs.begin(tx, current, paused.handoffs)
            await self._board.conclude(tx, current, "notice", {**_told(made, paused), "looked_up": list(looks)})
            await self._asking.show(tx, current, [(approval, places[approval.needs]) for approval in made])
            await runs.park(tx, current.id)
            if any(approval.status is Status.APPROVED for approval in made):
                await self._board.resume(tx, current.id)

    async def _not_stopped(self, tx: Transaction, current: Run) -> None:
        """Hold the run's row. Raises `Overtaken` when somebody stopped the work: that has set its last segment going."""
        await runs.still_mine(tx, current)
        if await runs.is_stopped(tx, current.id):
            raise Overtaken(current.id)

    async def _speak(self, tx: Transaction, current: Run, kind: posts.Kind, body: Mapping[str, Json]) -> None:
        """Say something to the person; a run that another agent asked for speaks to that agent, when it ends."""
        if current.parent_run is None:
            await self._board.speak(tx, current, kind, body)

    async def _end(self, tx: Transaction, current: Run, *, failure: str | None = None) -> None:
        """The run is over, and the one that asked for it goes on."""
        await runs.finish(tx, current.id, failure=failure)
        if current.parent_run is not None:
            await self._board.resume(tx, current.parent_run)

    async def _give_up(self, current: Run, cause: str) -> None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await self._say_given_up(tx, current, cause)

    async def _say_given_up(self, tx: Transaction, current: Run, cause: str) -> None:
        """End the run with a sentence to the person; what it proposed and asked ends with it, and its cards say so."""
        await self._end(tx, current, failure=cause)
        for asked in await handoffs.below(tx, current.id):
            if not asked.is_over:
                await runs.finish(tx, asked.id, failure=because("run_given_up"))
        for approval in await approvals.of_family(tx, current.id):
            await self._abandon(tx, approval)
        done = any(a.status in (Status.EXECUTED, Status.UNKNOWN) for a in await approvals.of_family(tx, current.id))
        key = "given_up_after" if done else "given_up"
        await self._speak(tx, current, "notice", {"notice": key, "run": current.id, "cause": cause})
        await note(tx, "run.failed", run_id=current.id, cause=cause)

    async def _abandon(self, tx: Transaction, approval: Approval) -> None:
        """No segment will come back to this proposal: nothing more is done, and what was under way is unknown."""
        reason = because("run_given_up")
        if approval.status is Status.EXECUTING:
            await self._board.lose_track(tx, approval, reason)
        else:
            await self._board.expire(tx, approval, reason)


def _told(made: Sequence[Approval], paused: Paused) -> dict[str, Json]:
    """What the person reads while the run waits."""
    if made:
        return {"notice": "proposed", "label": ", ".join(approval.label for approval in made)}
    return {"notice": "asks_agents", "agents": ", ".join(dict.fromkeys(one.agent for one in paused.handoffs))}


def _asked(transcript: Sequence[Message]) -> list[str]:
    """The person's latest words, and the same behind those before them, of which they may be the rest."""
    said = [m.content for m in transcript if m.role == "user" and not m.content.startswith(DATA)]
    return [said[-1], " ".join(said[-2:])] if len(said) > 1 else said


def _only_assents(transcript: Sequence[Message]) -> bool:
    """Whether the question is a bare "yes" that answers no question of Baton's."""
    *before, last = transcript
    asked = next((m.content for m in reversed(before) if m.role == "assistant"), "")
    return last.role == "user" and assents(last.content) and not re.search(r"\?(\s|\[\d+\]|\W)*$", asked)
