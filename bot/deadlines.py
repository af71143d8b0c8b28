"""What time does to proposals: they expire, their people are reminded, another group is asked too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot import at_hand
from bot.asking import Asking
from bot.board import Board
from bot.policy.policy import Escalation, Need
from bot.state import approvals
from bot.state.approvals import Approval, Status
from bot.state.db import Transaction

EXPIRY_GRACE = 30.0  # seconds: a click that was received in time may still be on its way
TOGETHER = dt.timedelta(seconds=1)  # steps that fall due so near to each other are one


class Deadlines:
    """Looks, again and again, at whose time has come, by the database's clock."""

    def __init__(self, board: Board, asking: Asking) -> None:
        self._board = board
        self._asking = asking

    async def look(self) -> None:
        """Expire, remind and escalate; each proposal in a transaction of its own, since others look too."""
        for approval in await approvals.overdue(self._board.db, EXPIRY_GRACE):
            async with self._board.db.transaction() as tx:
                await self._board.expire(tx, approval)
        for approval in await approvals.due(self._board.db, "remind_at"):
            async with self._board.db.transaction() as tx:
                current = await approvals.locked(tx, approval.id)
                if current and current.status is Status.PENDING and current.remind_at == approval.remind_at:
                    await self._remind(tx, current)
        for approval in await approvals.due(self._board.db, "escalate_at"):
            with at_hand.working_for(approval.team):
                channels = [await self._asking.channel(step.to) for step in approval.terms.escalate]
            async with self._board.db.transaction() as tx:
                current = await approvals.locked(tx, approval.id)
                if current and current.status is Status.PENDING and current.escalate_at == approval.escalate_at:
                    await self._escalate(tx, current, [channel for channel in channels if channel])

    async def rules_changed(self) -> None:
        """What a rule let wait is looked at under the new ones; cards show the groups of now, and go where these are asked."""
        for approval in await approvals.at(self._board.db, approvals.OPEN):
            async with self._board.db.transaction() as tx:
                await self._board.show(tx, approval)
                if approval.status is Status.APPROVED:
                    await self._board.resume(tx, approval.run_id)
        await self.ask_where_groups_are()

    async def ask_where_groups_are(self) -> None:
        """What waits for people gets a card where its groups are asked by now."""
        waiting = await approvals.at(self._board.db, {Status.PENDING, Status.UNKNOWN})
        await self._asking.ask_where_groups_are(waiting)

    async def started(self) -> None:
        """The rules may have changed while nobody worked: what they let wait is looked at."""
        for approval in await approvals.at(self._board.db, {Status.APPROVED}):
            async with self._board.db.transaction() as tx:
                await self._board.resume(tx, approval.run_id)

    async def _remind(self, tx: Transaction, approval: Approval) -> None:
        """Once: who was asked and did not decide is told again, beside the card."""
        moved = await approvals.move(tx, approval.id, "remind", Status.PENDING, Status.PENDING, remind_at=None)
        if moved:
            await self._board.show(tx, moved)
            await self._board.call(tx, moved, "reminder", until=moved.expires_at.isoformat())

    async def _escalate(self, tx: Transaction, approval: Approval, channels: Sequence[str]) -> None:
        """Nobody decided in time: the groups whose turn it is may decide as well."""
        assert approval.escalate_at is not None  # it is due
        moments = {step: approval.created_at + dt.timedelta(seconds=step.after) for step in approval.terms.escalate}
        due = [step for step, moment in moments.items() if moment <= approval.escalate_at + TOGETHER]
        later = [moment for step, moment in moments.items() if step not in due]
        moved = await approvals.move(
            tx,
            approval.id,
            "escalate",
            Status.PENDING,
            Status.PENDING,
            needs=tuple(_opened(need, due) for need in approval.needs),
            escalate_at=min(later, default=None),
        )
        if moved:
            await self._asking.show_in(tx, moved, channels)
            await self._board.show(tx, moved)
            await self._board.call(tx, moved, "escalated", asked=[step.to for step in due])


def _opened(need: Need, due: list[Escalation]) -> Need:
    """A need that other groups may meet too."""
    return replace(need, also=tuple(dict.fromkeys([*need.also, *(s.to for s in due if s.group == need.group)])))
