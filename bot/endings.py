"""What a segment of a run comes to: an answer, proposals, or a word why there is none; each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot import ledger
from bot.asking import Asking
from bot.attachments import told
from bot.board import Board
from bot.desk import Desk
from bot.handoffs import Handoffs
from bot.pauses import Named, name_of
from bot.reasons import because
from bot.state import approvals, handoffs, posts, runs
from bot.state.approvals import Approval, Status
from bot.state.audit import note
from bot.state.db import Transaction
from bot.state.files import Kept
from bot.state.pauses import Pause
from bot.state.runs import PAUSED, Overtaken, Run, Said
from bot.types import Actor, Answer, Json, Paused


class Endings:
    """Ends segments."""

    def __init__(
        self, board: Board, asking: Asking, handoffs: Handoffs, people: Named, pieces: Callable[[str], Sequence[str]]
    ) -> None:
        """`pieces` cuts an answer into the texts of the messages that carry it."""
        self._board = board
        self._asking = asking
        self._handoffs = handoffs
        self._people = people
        self._pieces = pieces

    async def stopped(
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

    async def words_decide_nothing(self, current: Run, pending: Sequence[Approval]) -> None:
        """A written "yes" approves nothing, and who wrote it hears so."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            groups = list(dict.fromkeys(need.group for approval in pending for need in approval.needs))
            label = ", ".join(approval.label for approval in pending)
            told = {"notice": "no_words", "label": label, "count": len(pending), "groups": groups}
            await self._speak(tx, current, "notice", told)
            await note(tx, "run.answered", run_id=current.id, model="", text="no_words")
            await self._end(tx, current)

    async def only_files(self, current: Run, brought: Sequence[Kept]) -> None:
        """A message without words asks nothing: it is told what became of its files."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await self._speak(tx, current, "notice", told(brought))
            await note(tx, "run.answered", run_id=current.id, model="", text="files")
            await self._end(tx, current)

    async def not_now(self, current: Run, pause: Pause) -> None:
        """A question that comes during a pause is not worked on, and whoever asked hears why."""
        by = await name_of(self._people, pause)
        key = "paused_run_because" if pause.reason else "paused_run"
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await self._speak(tx, current, "notice", {"notice": key, "by": by, "cause": pause.reason or ""})
            await note(tx, "run.answered", run_id=current.id, model="", text=key)
            await self._end(tx, current, failure=PAUSED)

    async def answered(
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

    async def proposed(
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

    async def given_up(self, current: Run, cause: str) -> None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await self.say_given_up(tx, current, cause)

    async def say_given_up(self, tx: Transaction, current: Run, cause: str) -> None:
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
