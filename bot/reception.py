"""Takes what people say, press, edit, delete and stop; when a method returns, all of it is committed, or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.board import Board
from bot.state import approvals, files, handoffs, inbox, runs
from bot.state.approvals import Status
from bot.state.audit import note
from bot.state.db import Transaction
from bot.state.inbox import Envelope
from bot.state.runs import How, Run
from bot.types import Incoming, Thread

WAITING = frozenset({Status.PENDING, Status.APPROVED})  # nothing has been sent for these


class Reception:
    """Begins runs, and ends them when their author wants it."""

    def __init__(self, board: Board, agent: str) -> None:
        self._board = board
        self._agent = agent

    async def submit(
        self, envelope: Envelope, incoming: Incoming, *, addressed: bool, aside: bool = False
    ) -> str | None:
        """Begin a run for words addressed to Baton, or said in a thread where it takes part; its id comes back.

        `None` when the words are not for Baton, or were here before. Of words said `aside`, to somebody else in the
        thread, only the files are noted: they may be asked about.
        """
        async with self._board.db.transaction() as tx:
            if not addressed and not await runs.takes_part(tx, incoming.thread, incoming.ts):
                return None
            if await inbox.is_overtaken(tx, envelope):
                return None
            if aside:
                await files.keep(tx, incoming.thread, incoming.files)
                return None
            inbox_id = await inbox.keep(tx, envelope)
            return None if inbox_id is None else await self._begin(tx, incoming, inbox_id)

    async def clicked(self, envelope: Envelope) -> None:
        """Keep a click and have it decided."""
        async with self._board.db.transaction() as tx:
            inbox_id = await inbox.keep(tx, envelope)
            if inbox_id is not None:
                await self._board.engine.decide(tx, inbox_id)

    async def stopped(self, envelope: Envelope, thread: Thread) -> None:
        """Somebody pressed Slack's Stop: the work on their own questions in that thread ends.

        What only waits for people goes on waiting: Slack shows its button while something is worked on.
        """
        async with self._board.db.transaction() as tx:
            inbox_id = await inbox.keep(tx, envelope)
            if inbox_id is None:
                return
            mine = await runs.at_work(tx, envelope.person, thread.key)
            for one in mine:
                await self._stop(tx, one, envelope.person, "stop")
            if not mine and await runs.anybody_at_work(tx, thread):
                body = {"notice": "not_yours_to_stop"}
                await self._board.post(tx, "private", thread.channel, thread.ts, person=envelope.person, body=body)

    async def edited(self, envelope: Envelope, incoming: Incoming, *, addressed: bool) -> None:
        """A question was edited. While it is worked on, the work begins again with the new words.

        Words that are addressed to Baton only since the edit are a question like any other.
        """
        async with self._board.db.transaction() as tx:
            asked = await runs.asked_with(tx, incoming.thread.team, incoming.thread.channel, incoming.ts)
            if asked is None:
                if addressed and (inbox_id := await inbox.keep(tx, envelope)) is not None:
                    await self._begin(tx, incoming, inbox_id)
                return
            if asked.is_over or asked.requester != incoming.actor.id:
                return
            inbox_id = await inbox.keep(tx, envelope)
            if inbox_id is not None and await self._stop(tx, asked, incoming.actor.id, "edit"):
                await self._begin(tx, incoming, inbox_id)

    async def deleted(self, envelope: Envelope, ts: str, *, addressed: bool) -> None:
        """A question was deleted: the work on it ends. Whoever deleted it, its author's question is gone.

        One that has not come yet, as far as that can be told, will not be worked on.
        """
        async with self._board.db.transaction() as tx:
            asked = await runs.asked_with(tx, envelope.team, envelope.channel, ts)
            if asked is None and addressed:
                await inbox.keep(tx, envelope)
            elif asked is not None and not asked.is_over and await inbox.keep(tx, envelope) is not None:
                await self._stop(tx, asked, asked.requester, "delete")

    async def stop(self, person: str, thread: Thread | None = None) -> Sequence[Run]:
        """End the work on a person's questions, in one thread or everywhere; those that end come back.

        When nothing is worked on, those end that wait for people.
        """
        key = thread.key if thread else None
        async with self._board.db.transaction() as tx:
            mine = await runs.at_work(tx, person, key) or await runs.parked(tx, person, key)
            return [one for one in mine if await self._stop(tx, one, person, "stop")]

    async def _begin(self, tx: Transaction, incoming: Incoming, inbox_id: int) -> str:
        person, thread = incoming.actor.id, incoming.thread
        await runs.take_part(tx, thread, from_start=incoming.ts == thread.ts)
        run_id = await runs.begin(
            tx, thread, person, incoming.text, agent=self._agent, inbox_id=inbox_id, shared=incoming.shared
        )
        await files.keep(tx, thread, incoming.files, run_id)
        await note(tx, "run.began", person, run_id=run_id, thread=thread.key, text=incoming.text)
        await self._board.engine.advance(tx, run_id, thread.key)
        return run_id

    async def _stop(self, tx: Transaction, run: Run, person: str, how: How) -> bool:
        """Withdraw what has not been sent; what is under way goes on, and the run's last segment tells of it.

        So with all that agents were asked for it; the run is stopped first, so that it asks nobody meanwhile.
        """
        if not await runs.stop(tx, run.id, person, how):
            return False
        for one in await handoffs.below(tx, run.id):
            await self._stop(tx, one, person, how)
        await note(tx, "run.stopped", person, run_id=run.id, how=how)
        for approval in await approvals.held_of_run(tx, run.id):
            if approval.status is Status.EXECUTING:
                await self._board.notice(tx, run.thread, run.id, "under_way", label=approval.label)
            elif approval.status in WAITING:
                moved = await approvals.move(
                    tx, approval.id, "withdraw", approval.status, Status.WITHDRAWN, actor=person
                )
                if moved:
                    await self._board.show(tx, moved)
        await self._board.engine.advance(tx, run.id, run.thread.key)
        return True
