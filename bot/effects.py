"""Carries out what was decided: at most one call for an approval, and the truth about it afterwards.

A call is claimed, and the claim committed, before it is made. Whatever then interrupts the work, the next segment
finds the claim and asks the target system; it never calls again.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.asking import Asking
from bot.authority import Authority
from bot.board import Board
from bot.desk import Declined, Desk, Doubtful, Returned
from bot.errors import ToolError
from bot.policy import policy as rules
from bot.policy.policy import Allow, Ask, Deny, Need
from bot.reasons import because
from bot.state import approvals, decisions, pauses, runs
from bot.state.approvals import Approval, Status
from bot.state.audit import note
from bot.state.db import Transaction
from bot.state.runs import Run
from bot.tooling.context import Done, NotDone
from bot.tooling.tool import Tool
from bot.types import Json

SEND_SECONDS = 5.0  # after the claim; a worker that slept longer leaves the call to reconcile
RECONCILE_SECONDS = 60.0  # beyond the time that the call and its settling may take
RECONCILE_FIRST = 2.0  # seconds until the first look; each later one waits for as long as it has been
UNREADABLE_SECONDS = 15.0  # until memberships that could not be read are read again
HELD_SECONDS = 3600.0  # until a wait whose end cannot be told is looked at again, and what is left after one that can
REPEATS = 3  # of a proposal that no person decides, when its facts keep changing


class Effects:
    """Executes approved calls, and settles those whose outcome is in doubt."""

    def __init__(self, board: Board, authority: Authority, asking: Asking) -> None:
        self._board = board
        self._authority = authority
        self._asking = asking

    async def settle(self, current: Run, desk: Desk) -> None:
        """Execute what is approved, and find out about what an earlier segment left under way."""
        async with self._board.db.transaction() as tx:
            proposals = await approvals.of_run(tx, current.id)
        for approval in proposals:
            if approval.status is Status.APPROVED:
                await self._execute(current, desk, approval)
            elif approval.status is Status.EXECUTING:
                await self._find_out(current, desk, approval, approval.reason or because("interrupted"))

    async def look_up(self, desk: Desk, approval: Approval) -> str | None:
        """Ask the system once more about an unknown outcome; `None` when it is known now, else why it is not."""
        tool = desk.tool(approval.sealed.tool)
        if tool is None or approval.sealed.undoes:
            return because("no_look_up")
        found = await desk.reconcile(tool, approval.id, approval.sealed.witness)
        if isinstance(found, Done):
            known: dict[str, Any] = {"new": Status.EXECUTED, "receipt": found.receipt}
        elif isinstance(found, NotDone) and await self._age(approval) >= _certain(tool):
            known = {"new": Status.FAILED, "reason": because("did_not_happen")}
        else:
            return found.reason if not isinstance(found, NotDone) else because("on_its_way")
        async with self._board.db.transaction() as tx:
            moved = await approvals.move(tx, approval.id, "reconciled", Status.UNKNOWN, **known)
            if moved:
                await self._board.show(tx, moved)
                await self._board.resume(tx, moved.run_id)
        return None

    # ---- before the call

    async def _execute(self, current: Run, desk: Desk, approval: Approval) -> None:
        if await self._held_by_a_pause(current, desk, approval):
            return
        tool = desk.tool(approval.sealed.tool)
        if tool is None or approval.sealed.digest != approval.digest:
            await self._end_stale(current, desk, approval, because("tool_or_proposal_changed"))
            return
        if tool.schema_digest != approval.sealed.schema:
            await self._propose_again(current, desk, tool, approval, because("tool_changed"))
            return
        if not await self._still_permitted(current, desk, tool, approval):
            return
        try:
            changed = None if approval.sealed.undoes else await self._changed(desk, tool, approval)
        except ToolError as error:
            if await self._claim(current, desk, approval):
                await self._record(current, approval, Declined(str(error)))
            return
        if changed:
            await self._propose_again(current, desk, tool, approval, changed)
            return
        begun = time.monotonic()
        claimed = await self._claim(current, desk, approval)
        if claimed is None:
            return
        if time.monotonic() - begun > SEND_SECONDS:
            await self._find_out(current, desk, claimed, because("held_up"))
            return
        outcome = await self._carry_out(desk, tool, claimed)
        if isinstance(outcome, Doubtful):
            await self._find_out(current, desk, claimed, outcome.reason, came_back=True)
        else:
            await self._record(current, claimed, outcome)

    async def _changed(self, desk: Desk, tool: Tool, approval: Approval) -> str | None:
        """What is no longer as it was shown: a file's content, or the facts. Raises `ToolError` when it can't be read."""
        sealed = approval.sealed
        if await desk.changed_files(tool, sealed.arguments):
            return because("files_changed")
        facts = await desk.facts(tool, sealed.arguments)
        return None if facts == sealed.witness else _drift(sealed.witness, facts)

    async def _carry_out(self, desk: Desk, tool: Tool, claimed: Approval) -> Returned | Declined | Doubtful:
        sealed = claimed.sealed
        if sealed.undoes is None:
            return await desk.carry_out(tool, sealed.arguments, claimed.id, sealed.witness)
        done = await approvals.find(self._board.db, sealed.undoes)
        assert done is not None  # a foreign key
        return await desk.take_back(tool, done.receipt, claimed.id)

    async def _claim(self, current: Run, desk: Desk, approval: Approval) -> Approval | None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await desk.note(tx)
            claimed = await approvals.claim(tx, approval.id, current.segment, desk.policy_hash)
            if claimed:
                await self._board.show(tx, claimed)
        if claimed is None:
            await self._held_by_a_pause(current, desk, approval)
        return claimed

    async def _held_by_a_pause(self, current: Run, desk: Desk, approval: Approval) -> bool:
        """It stays approved; whoever ends the pause has its run looked at."""
        if not await self._is_paused(current, approval):
            return False
        await self._move(current, desk, approval, "hold", Status.APPROVED, reason=because("paused"))
        return True

    async def _is_paused(self, current: Run, approval: Approval) -> bool:
        found = await pauses.covering(self._board.db, agent=current.agent, tool=approval.sealed.tool)
        return found is not None

    async def _still_permitted(self, current: Run, desk: Desk, tool: Tool, approval: Approval) -> bool:
        """Ask the rules and the memberships again: what became stricter holds back what was approved before."""
        sealed = approval.sealed
        verdict = desk.verdict(approval.call_id, tool, sealed.arguments, undo=sealed.undoes is not None)
        if isinstance(verdict, Deny):
            reason = because("forbidden_now", rules=", ".join(verdict.rules))
            changes: dict[str, Any] = {"reason": reason, "policy": desk.policy_hash}
            await self._move(current, desk, approval, "policy_changed", Status.DENIED, **changes)
            return False
        if isinstance(verdict, Ask) and not await self._words_suffice(current, desk, approval, verdict):
            return False
        if verdict.waits:
            await self._hold(current, desk, approval, verdict)
            return False
        return True

    async def _words_suffice(self, current: Run, desk: Desk, approval: Approval, verdict: Ask) -> bool:
        """Whether those who approved may still do so, and are enough under the rules of now."""
        needs = _escalated(verdict.needs, approval.needs)
        async with self._board.db.transaction() as tx:
            words = await decisions.approvals_of(tx, approval.id)
        standing = await self._authority.standing(needs, approval, words)
        if standing is None:
            reason = because("unreadable")
            await self._move(current, desk, approval, "hold", Status.APPROVED, reason=reason, again=UNREADABLE_SECONDS)
            return False
        if rules.satisfied(needs, standing):
            return True
        stricter = needs != approval.needs
        reason = because("rules_stricter" if stricter else "speaker_gone")
        step = min((step.after for step in verdict.terms.escalate), default=None)
        changes: dict[str, Any] = {
            "needs": needs,
            "rules": verdict.rules,
            "terms": verdict.terms,
            "policy": desk.policy_hash,
            "escalate_at": None if step is None else approval.created_at + dt.timedelta(seconds=step),
            "held_until": None,
            "reason": reason,
        }
        places = await self._asking.places(current, needs)
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await desk.note(tx)
            await decisions.count_for(tx, approval.id, standing)
            moved = await approvals.move(tx, approval.id, "policy_changed", Status.APPROVED, Status.PENDING, **changes)
            if moved:
                await self._asking.show_in(tx, moved, places.channels)
                await self._board.show(tx, moved)
                await self._board.call(tx, moved, "more_needed", cause=reason)
        return False

    async def _hold(self, current: Run, desk: Desk, approval: Approval, verdict: Allow | Ask) -> None:
        """A rule lets it wait: it stays approved, and is looked at again when the wait is over."""
        reason = because("rule_waits", rules=", ".join(verdict.waits))
        if verdict.until is None:
            await self._move(current, desk, approval, "hold", Status.APPROVED, reason=reason, again=HELD_SECONDS)
            return
        expires = approval.expires_at
        if approval.sealed.undoes is None:  # the time for taking something back is not prolonged
            expires = max(expires, verdict.until + dt.timedelta(seconds=HELD_SECONDS))
        changes: dict[str, Any] = {"reason": reason, "held_until": verdict.until, "expires_at": expires}
        seconds = max((verdict.until - dt.datetime.now(dt.UTC)).total_seconds(), 1.0)
        await self._move(current, desk, approval, "hold", Status.APPROVED, again=seconds, **changes)

    # ---- what is no longer what was shown

    async def _propose_again(self, current: Run, desk: Desk, tool: Tool, approval: Approval, reason: str) -> None:
        """The facts or the tool changed: nothing happens, and a new proposal shows what holds now."""
        sealed = approval.sealed
        try:
            arguments = await desk.checked(tool, sealed.arguments)
            verdict = desk.verdict(approval.call_id, tool, arguments)
            fresh = await desk.proposal(approval.call_id, tool, arguments)
        except ToolError as error:
            await self._end_stale(current, desk, approval, f"{reason}; {error}")
            return
        asked = verdict.needs if isinstance(verdict, Ask) else ()
        if isinstance(verdict, Deny) or sealed.undoes or not (asked or await self._may_repeat(approval)):
            await self._end_stale(current, desk, approval, reason)
            return
        places = await self._asking.places(current, asked)
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await desk.note(tx)
            old = await approvals.move(tx, approval.id, "facts_changed", Status.APPROVED, Status.STALE, reason=reason)
            if old:
                draft = desk.draft(fresh, replaces=old)
                await self._asking.replace(tx, current, old, draft, places)

    async def _may_repeat(self, approval: Approval) -> bool:
        """Facts that change at every look would let what a rule allows be proposed for ever."""
        async with self._board.db.transaction() as tx:
            proposals = await approvals.of_run(tx, approval.run_id, replaced_too=True)
        return sum(one.call_id == approval.call_id for one in proposals) <= REPEATS

    async def _end_stale(self, current: Run, desk: Desk, approval: Approval, reason: str) -> None:
        await self._move(current, desk, approval, "facts_changed", Status.STALE, reason=reason)

    async def _move(
        self,
        current: Run,
        desk: Desk,
        approval: Approval,
        event: str,
        new: Status,
        *,
        again: float | None = None,
        **changes: Json,
    ) -> None:
        """Move what is approved and show it; with `again` the run is looked at again after so many seconds."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            await desk.note(tx)
            changed = new is not approval.status or any(getattr(approval, k) != v for k, v in changes.items())
            moved = changed and await approvals.move(tx, approval.id, event, Status.APPROVED, new, **changes)
            if moved:
                await self._board.show(tx, moved)
            if again is not None:
                await self._board.engine.look_again(tx, current.id, again)

    # ---- after the call

    async def _record(self, current: Run, approval: Approval, outcome: Returned | Declined) -> None:
        """Write what the tool said. Only the segment that claimed the call may do that; a late word goes to the audit."""
        event, new, changes = (
            ("returned", Status.EXECUTED, {"receipt": outcome.receipt})
            if isinstance(outcome, Returned)
            else ("tool_error", Status.FAILED, {"reason": outcome.reason})
        )
        async with self._board.db.transaction() as tx:
            moved = await approvals.move(
                tx, approval.id, event, Status.EXECUTING, new, claimed_by=current.segment, **changes
            )
            if moved:
                await self._settled(tx, current, moved)
            else:
                await note(tx, "approval.late_word", run_id=current.id, approval_id=approval.id, **vars(outcome))

    async def _find_out(
        self, current: Run, desk: Desk, approval: Approval, doubt: str, *, came_back: bool = False
    ) -> None:
        """Nobody knows whether the effect happened: ask the system, later again, in the end a person.

        That it did not happen is believed only when the call can't be on its way any more: it came back and what it
        sent needs no time to settle, or all its time is over. When in the call it was sent, nobody knows.
        """
        tool = desk.tool(approval.sealed.tool)
        if tool is None or approval.sealed.undoes:
            await self._lost(current, approval, doubt if tool else f"{doubt}; {because('tool_gone')}")
            return
        age = await self._age(approval)
        certain = 0.0 if came_back and not tool.settles_after else _certain(tool)
        if tool.idempotent and await self._is_paused(current, approval):
            await self._look_again(current, approval, doubt, max(age, RECONCILE_FIRST))
            return
        if tool.idempotent:
            sealed = approval.sealed
            outcome = await desk.carry_out(tool, sealed.arguments, approval.id, sealed.witness)
            if isinstance(outcome, Returned):
                await self._reconciled(current, approval, Status.EXECUTED, receipt=outcome.receipt)
                return
        found = await desk.reconcile(tool, approval.id, approval.sealed.witness)
        if isinstance(found, Done):
            await self._reconciled(current, approval, Status.EXECUTED, receipt=found.receipt)
        elif isinstance(found, NotDone) and age >= certain:
            reason = f"{doubt}; {because('did_not_happen')}"
            await self._reconciled(current, approval, Status.FAILED, reason=reason)
        elif (tool.reconciler or tool.idempotent) and age < certain + RECONCILE_SECONDS:
            await self._look_again(current, approval, doubt, max(age, RECONCILE_FIRST))
        else:
            why = found.reason if not isinstance(found, NotDone) else ""
            await self._lost(current, approval, "; ".join(filter(None, (doubt, why))))

    async def _look_again(self, current: Run, approval: Approval, doubt: str, seconds: float) -> None:
        """Say on the card that it is being looked up, and do so after a while."""
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            if approval.reason != doubt:
                executing = Status.EXECUTING
                moved = await approvals.move(tx, approval.id, "doubted", executing, executing, reason=doubt)
                if moved:
                    await self._board.show(tx, moved)
            await self._board.engine.look_again(tx, current.id, seconds)

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

    async def _reconciled(self, current: Run, approval: Approval, new: Status, **known: Json) -> None:
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            moved = await approvals.move(tx, approval.id, "reconciled", Status.EXECUTING, new, **known)
            if moved:
                await self._settled(tx, current, moved)

    async def _settled(self, tx: Transaction, current: Run, approval: Approval) -> None:
        """Something lasting was achieved, and its cards say so."""
        await runs.settled(tx, current.id)
        await self._board.show(tx, approval)


def _certain(tool: Tool) -> float:
    """Seconds after the claim from which a call that never came back is not on its way any more."""
    return SEND_SECONDS + tool.timeout + tool.settles_after


def _escalated(needs: Sequence[Need], before: Sequence[Need]) -> tuple[Need, ...]:
    """The needs of now; a group that took over since the proposal was made still counts."""
    also = {need.group: need.also for need in before}
    return tuple(replace(need, also=also.get(need.group, ())) for need in needs)


def _drift(shown: Mapping[str, Json], now: Mapping[str, Json]) -> str:
    """What a person was shown and now reads otherwise; structures and what stays hidden are not spelled out."""
    changed = [name for name in sorted({*shown, *now}) if shown.get(name) != now.get(name) and name[:1] != "_"]
    told = [_change(name, shown.get(name), now.get(name)) for name in changed]
    return because("facts_changed", changes=", ".join(told)) if told else because("record_changed")


def _change(name: str, old: Json, new: Json) -> str:
    plain = all(one is None or isinstance(one, str | int | float) for one in (old, new))
    return f"{name}: {_side(old)} → {_side(new)}" if plain else name


def _side(value: Json) -> str:
    return "—" if value is None else str(value)
