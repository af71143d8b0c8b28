"""What a change sets going: cards repainted, messages due, the run continued. Each in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import at_hand
from bot.engine import Engine
from bot.policy.policy import FALLBACK_GROUP, Need
from bot.state import approvals, posts, runs
from bot.state.approvals import Approval, Status
from bot.state.db import Database, Transaction
from bot.state.runs import Run
from bot.types import Json, Thread


class Board:
    """The messages and cards of all runs, and the queue that brings them to people."""

    def __init__(self, db: Database, engine: Engine) -> None:
        self.db = db
        self.engine = engine

    async def post(
        self,
        tx: Transaction,
        kind: posts.Kind,
        channel: str,
        thread_ts: str | None,
        *,
        run_id: str | None = None,
        approvals: Sequence[str] = (),
        person: str | None = None,
        body: Mapping[str, Json] | None = None,
    ) -> None:
        """Have a message sent."""
        post = await posts.write(
            tx,
            kind,
            channel,
            thread_ts,
            team=at_hand.team(),
            run_id=run_id,
            approvals=approvals,
            person=person,
            body=body,
        )
        await self.engine.deliver(tx, post.id, post.place)

    async def speak(self, tx: Transaction, run: Run, kind: posts.Kind, body: Mapping[str, Json]) -> None:
        """Have a run say something in its thread, in place of the message that grew while it worked, if there is one."""
        if not await self.conclude(tx, run, kind, body):
            await self.post(tx, kind, run.thread.channel, run.thread.ts, run_id=run.id, body=body)

    async def conclude(self, tx: Transaction, run: Run, kind: posts.Kind, body: Mapping[str, Json]) -> bool:
        """Have these words take the place of the message that grew; `False` when there is none."""
        grown = await posts.in_place_of_live(tx, run.id, kind, body)
        if grown is not None:
            await self.engine.deliver(tx, grown.id, grown.place)
        return grown is not None

    async def notice(self, tx: Transaction, thread: Thread, run_id: str, key: str, **values: Json) -> None:
        """Have one of Baton's own sentences said in a thread."""
        await self.post(tx, "notice", thread.channel, thread.ts, run_id=run_id, body={"notice": key, **values})

    async def call(
        self, tx: Transaction, approval: Approval, key: str, *, everywhere: bool = False, **values: Json
    ) -> None:
        """Say something about a proposal beside its cards, to the groups that are asked; `everywhere`: also beside mirrors."""
        groups = [name for need in approval.needs for name in (need.group, *need.also)]
        body = {"notice": key, "label": approval.label, "groups": groups, **values}
        for post in await posts.showing(tx, approval.id):
            thread = post.thread_ts or post.ts  # below the card, where it opened a thread of its own
            if thread and (everywhere or post.kind == "card"):
                await self.post(tx, "notice", post.channel, thread, run_id=approval.run_id, body=body)

    async def show(self, tx: Transaction, approval: Approval) -> None:
        """Have every card of an approval repainted, and those of what it takes back."""
        for shown in filter(None, (approval.id, approval.sealed.undoes)):
            for post in await posts.showing(tx, shown):
                await self.engine.deliver(tx, post.id, post.place)

    async def resume(self, tx: Transaction, run_id: str) -> None:
        """Have the run go on, unless it is over."""
        current = await runs.find(tx, run_id)
        if current is not None and not current.is_over:
            await self.engine.advance(tx, run_id, current.thread.key)

    async def expire(self, tx: Transaction, approval: Approval, reason: str | None = None) -> Approval | None:
        """End a proposal that is not carried out yet; `None` when it is past that."""
        if approval.status not in (Status.PENDING, Status.APPROVED):
            return None
        moved = await approvals.move(tx, approval.id, "expire", approval.status, Status.EXPIRED, reason=reason)
        if moved:
            await self.show(tx, moved)
            await self.resume(tx, moved.run_id)
        return moved

    async def lose_track(self, tx: Transaction, approval: Approval, reason: str) -> Approval | None:
        """Nobody knows what became of a call that was under way: a person has to say, and is asked beside the card.

        `None` when it is known after all. What a rule allowed is asked of the group that decides when no rule speaks.
        """
        needs = approval.needs or (Need(FALLBACK_GROUP),)
        executing, unknown = Status.EXECUTING, Status.UNKNOWN
        moved = await approvals.move(tx, approval.id, "reconciled", executing, unknown, reason=reason, needs=needs)
        if moved:
            await self.show(tx, moved)
            await self.call(tx, moved, "unknown_outcome", everywhere=True)
        return moved

    async def reject(
        self, tx: Transaction, approval: Approval, actor: str, reason: str | None = None
    ) -> Approval | None:
        """Reject a pending proposal; `None` when it is not pending."""
        moved = await approvals.move(
            tx, approval.id, "reject", Status.PENDING, Status.REJECTED, actor=actor, reason=reason
        )
        if moved:
            await self.show(tx, moved)
            await self.resume(tx, moved.run_id)
        return moved
