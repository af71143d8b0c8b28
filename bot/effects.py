"""Carries out what was decided: at most one call for an approval, and the truth about it afterwards.

A call is claimed, and the claim committed, before it is made. Whatever then interrupts the work, the next segment
finds the claim and asks the target system; it never calls again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from bot.board import Board
from bot.desk import Declined, Desk, Doubtful, Returned
from bot.errors import ToolError
from bot.policy import policy as rules
from bot.policy.policy import Allow, Deny
from bot.state import approvals, runs
from bot.state.approvals import Approval, Status
from bot.state.audit import note
from bot.state.runs import Run
from bot.tooling.tool import Done, NotDone, Tool
from bot.types import Json

SEND_SECONDS = 5.0  # after the claim; a worker that slept longer leaves the call to reconcile
RECONCILE_SECONDS = 30.0  # beyond the time that the call and its settling may take
RECONCILE_EVERY = 5.0  # seconds


class Effects:
    """Executes approved calls, and settles those whose outcome is in doubt."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def settle(self, current: Run, desk: Desk) -> None:
        """Execute what is approved, and find out about what an earlier segment left under way."""
        async with self._board.db.transaction() as tx:
            proposals = await approvals.of_run(tx, current.id)
        for approval in proposals:
            if approval.status is Status.APPROVED:
                await self._execute(current, desk, approval)
            elif approval.status is Status.EXECUTING:
                await self._find_out(current, desk, approval, "the work on it was interrupted")

    async def _execute(self, current: Run, desk: Desk, approval: Approval) -> None:
        tool = desk.tool(approval.sealed.tool)
        if tool is None or tool.schema_digest != approval.sealed.schema or approval.sealed.digest != approval.digest:
            await self._turn_stale(current, approval, "the tool or the stored proposal is no longer what was shown")
            return
        if not await self._still_permitted(current, desk, tool, approval):
            return
        try:
            facts = await desk.facts(tool, approval.sealed.arguments)
        except ToolError as error:
            if await self._claim(current, approval):
                await self._record(current, approval, Declined(str(error)))
            return
        if facts != approval.sealed.witness:
            await self._turn_stale(current, approval, _drift(approval.sealed.witness, facts))
            return
        begun = time.monotonic()
        claimed = await self._claim(current, approval)
        if claimed is None:
            return
        if time.monotonic() - begun > SEND_SECONDS:
            await self._find_out(current, desk, claimed, "the work on it was held up")
            return
        sealed = claimed.sealed
        outcome = await desk.carry_out(tool, sealed.arguments, claimed.id, sealed.witness)
        if isinstance(outcome, Doubtful):
            await self._find_out(current, desk, claimed, outcome.reason, came_back=True)
        else:
            await self._record(current, claimed, outcome)

    async def _claim(self, current: Run, approval: Approval) -> Approval | None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            claimed = await approvals.claim(tx, approval.id, current.segment)
            if claimed:
                await self._board.show(tx, claimed)
        return claimed

    async def _still_permitted(self, current: Run, desk: Desk, tool: Tool, approval: Approval) -> bool:
        """Ask the policy again: a rule that became stricter holds back what was approved under the old one."""
        verdict = desk.verdict(tool)
        if isinstance(verdict, Allow):
            return True
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            if isinstance(verdict, Deny):
                reason = f"the rules forbid it now: {', '.join(verdict.rules)}"
                moved = await approvals.move(
                    tx, approval.id, "policy_changed", Status.APPROVED, Status.DENIED, reason=reason
                )
            else:
                said = await approvals.decisions(tx, approval.id)
                spoke = {d.person: d.groups for d in said if d.verdict == "approve"}
                if rules.satisfied(verdict.needs, spoke):
                    return True
                moved = await approvals.move(
                    tx,
                    approval.id,
                    "policy_changed",
                    Status.APPROVED,
                    Status.PENDING,
                    needs=verdict.needs,
                    rules=verdict.rules,
                )
            if moved:
                await self._board.show(tx, moved)
        return False

    async def _turn_stale(self, current: Run, approval: Approval, reason: str) -> None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            moved = await approvals.move(tx, approval.id, "facts_changed", Status.APPROVED, Status.STALE, reason=reason)
            if moved:
                await self._board.show(tx, moved)

    async def _record(self, current: Run, approval: Approval, outcome: Returned | Declined) -> None:
        """Write what the tool said. Only the segment that claimed the call may do that; a late word goes to the audit."""
        async with self._board.db.transaction() as tx:
            mine = current.segment
            if isinstance(outcome, Returned):
                moved = await approvals.move(
                    tx,
                    approval.id,
                    "returned",
                    Status.EXECUTING,
                    Status.EXECUTED,
                    claimed_by=mine,
                    receipt=outcome.receipt,
                )
            else:
                moved = await approvals.move(
                    tx,
                    approval.id,
                    "tool_error",
                    Status.EXECUTING,
                    Status.FAILED,
                    claimed_by=mine,
                    reason=outcome.reason,
                )
            if moved:
                await runs.settled(tx, current.id)
                await self._board.show(tx, moved)
            else:
                late = vars(outcome)
                await note(tx, "approval.late_word", run_id=current.id, approval_id=approval.id, **late)

    async def _find_out(
        self, current: Run, desk: Desk, approval: Approval, doubt: str, *, came_back: bool = False
    ) -> None:
        """Nobody knows whether the effect happened: ask the system, later again, in the end a person.

        That it did not happen is believed only when the call can't be on its way any more: it came back, or its time
        is over; and when the system has had its time to settle.
        """
        tool = desk.tool(approval.sealed.tool)
        if tool is None:
            await self._lost(current, approval, f"{doubt}; its tool is gone")
            return
        age = await self._age(approval)
        certain = tool.settles_after + (0 if came_back else tool.timeout)
        if tool.idempotent:
            sealed = approval.sealed
            outcome = await desk.carry_out(tool, sealed.arguments, approval.id, sealed.witness)
            if isinstance(outcome, Returned):
                await self._reconciled(current, approval, Status.EXECUTED, receipt=outcome.receipt)
                return
        found = await desk.reconcile(tool, approval.id)
        if isinstance(found, Done):
            await self._reconciled(current, approval, Status.EXECUTED, receipt=found.receipt)
        elif isinstance(found, NotDone) and age >= certain:
            await self._reconciled(
                current, approval, Status.FAILED, reason=f"{doubt}; the system says that it did not happen"
            )
        elif (tool.reconciler or tool.idempotent) and age < certain + RECONCILE_SECONDS:
            async with self._board.db.transaction() as tx:
                await runs.still_mine(tx, current)
                await self._board.engine.look_again(tx, current.id, RECONCILE_EVERY)
        else:
            why = found.reason if not isinstance(found, NotDone) else ""
            await self._lost(current, approval, "; ".join(filter(None, (doubt, why))))

    async def _age(self, approval: Approval) -> float:
        """Seconds since the claim, by the database's clock alone."""
        sql = "SELECT extract(epoch FROM clock_timestamp() - claimed_at)::float AS age FROM approvals WHERE id = %(id)s"
        (row,) = await self._board.db.fetch(sql, id=approval.id)
        return float(row["age"])

    async def _lost(self, current: Run, approval: Approval, reason: str) -> None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            if await self._board.lose_track(tx, approval, reason):
                await runs.settled(tx, current.id)

    async def _reconciled(
        self, current: Run, approval: Approval, new: Status, *, receipt: Json = None, reason: str | None = None
    ) -> None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            moved = await approvals.move(
                tx, approval.id, "reconciled", Status.EXECUTING, new, receipt=receipt, reason=reason
            )
            if moved:
                await runs.settled(tx, current.id)
                await self._board.show(tx, moved)


def _drift(shown: Mapping[str, Json], now: Mapping[str, Json]) -> str:
    changed = [k for k in sorted({*shown, *now}) if shown.get(k) != now.get(k)]
    return "the facts changed since they were shown: " + "; ".join(
        f"{k}: {shown.get(k)} → {now.get(k)}" for k in changed
    )
