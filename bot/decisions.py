"""What people say about proposals: who may decide is read live, and one transaction gives effect to a click."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from bot.board import Board
from bot.policy import policy as rules
from bot.policy.policy import Need, Policy
from bot.state import approvals, inbox
from bot.state.approvals import Approval, Decision, Status
from bot.state.audit import note
from bot.state.db import Transaction
from bot.state.inbox import Click
from bot.types import Actor, Json

EXPIRY_GRACE = dt.timedelta(seconds=30)  # a click that was received in time may still be on its way


class People(Protocol):
    """Whom Slack knows, read live. A membership that cannot be read is `None`, which lets nobody decide."""

    async def person(self, person_id: str) -> Actor: ...

    async def members(self, group: rules.Group) -> frozenset[str] | None: ...


async def membership(policy: Policy, people: People, needs: Sequence[Need]) -> rules.Membership:
    """Who is in the groups that are asked, now; nobody is in a group that the policy does not know."""
    asked = {need.group: policy.groups.get(need.group) for need in needs}
    return {name: await people.members(group) if group else frozenset() for name, group in asked.items()}


class Decisions:
    """Decides clicks, and ends what was not decided in time."""

    def __init__(self, board: Board, policy: Policy, people: People) -> None:
        self._board = board
        self._policy = policy
        self._people = people

    async def decide(self, inbox_id: int) -> None:
        """Give effect to a click: membership is read first, then one transaction decides."""
        click = await inbox.click(self._board.db, inbox_id)
        person = await self._people.person(click.person)
        approval = await approvals.find(self._board.db, click.approval_id)
        if approval is None:
            async with self._board.db.transaction() as tx:
                await self._tell(tx, click, person, "not_ours")
            return
        members = await membership(self._policy, self._people, approval.needs)
        async with self._board.db.transaction() as tx:
            await self._decided(tx, click, person, members)

    async def _decided(self, tx: Transaction, click: Click, person: Actor, members: rules.Membership) -> None:
        approval = await approvals.locked(tx, click.approval_id)
        assert approval is not None  # rows are never deleted
        wants = (Status.PENDING,) if click.verdict in ("approve", "reject") else (Status.UNKNOWN,)
        if approval.status not in wants:
            await self._tell(tx, click, person, "already", approval)
            return
        if approval.status is Status.PENDING and click.received_at > approval.expires_at:
            await self._board.expire(tx, approval)
            await self._tell(tx, click, person, "too_late", approval)
            return
        groups = rules.may_decide(click.person, approval.sealed.requester, approval.needs, members)
        if isinstance(groups, rules.Refusal):
            await note(
                tx,
                "approval.refused",
                click.person,
                run_id=approval.run_id,
                approval_id=approval.id,
                verdict=click.verdict,
                why=groups.reason,
            )
            await self._tell(tx, click, person, f"refused_{groups.reason}", approval)
            return
        decision = Decision(click.person, click.verdict, groups, click.received_at)
        if not await approvals.record(tx, approval.id, decision):
            await self._tell(tx, click, person, "said_already", approval)
            return
        await self._apply(tx, approval, decision)

    async def _apply(self, tx: Transaction, approval: Approval, decision: Decision) -> None:
        """Make the move that a person's word calls for, and show it."""
        pending, unknown = Status.PENDING, Status.UNKNOWN
        if decision.verdict == "approve":
            said = await approvals.decisions(tx, approval.id)
            spoke = {d.person: d.groups for d in said if d.verdict == "approve"}
            new = Status.APPROVED if rules.satisfied(approval.needs, spoke) else pending
            await approvals.move(tx, approval.id, "approve", pending, new, actor=decision.person)
        elif decision.verdict == "reject":
            await approvals.move(tx, approval.id, "reject", pending, Status.REJECTED, actor=decision.person)
        else:
            event, new = {
                "done": ("person_says_done", Status.EXECUTED),
                "not_done": ("person_says_not_done", Status.FAILED),
            }[decision.verdict]
            receipt = {"according_to": decision.person}
            await approvals.move(tx, approval.id, event, unknown, new, actor=decision.person, receipt=receipt)
        await self._board.show(tx, approval)
        await self._board.resume(tx, approval.run_id)

    async def expire(self) -> None:
        """End what nobody decided, or executed, in time."""
        for approval in await approvals.overdue(self._board.db, dt.datetime.now(dt.UTC) - EXPIRY_GRACE):
            async with self._board.db.transaction() as tx:
                await self._board.expire(tx, approval)

    async def _tell(
        self, tx: Transaction, click: Click, person: Actor, notice: str, approval: Approval | None = None
    ) -> None:
        """Answer a click that changed nothing, for that person's eyes only."""
        body: dict[str, Json] = {"notice": notice, "language": person.language}
        if approval:
            body |= {"label": approval.label, "status": approval.status, "by": approval.decided_by}
        await self._board.post(tx, "private", click.channel, click.thread_ts, person=click.person, body=body)
