"""Approvals: the state machine of a consequential call. Every move of one is made here, with its audit entry.

The row is the authority: an effect happens only after `claim`, and a claim succeeds once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from psycopg.rows import DictRow
from psycopg.types.json import Json as AsWritten
from psycopg.types.json import Jsonb

from bot.policy.policy import Need
from bot.state.audit import BATON, note
from bot.state.db import Database, Transaction, fetch, first, run
from bot.types import Json


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    EXECUTING = "executing"
    EXECUTED = "executed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DENIED = "denied"
    STALE = "stale"


OPEN = frozenset({Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNKNOWN})

# event → the moves that it may make. Nothing else in the house changes a status.
MOVES: Mapping[str, frozenset[tuple[Status | None, Status]]] = {
    "proposed": frozenset({(None, Status.PENDING), (None, Status.APPROVED)}),
    "approve": frozenset({(Status.PENDING, Status.PENDING), (Status.PENDING, Status.APPROVED)}),
    "reject": frozenset({(Status.PENDING, Status.REJECTED)}),
    "expire": frozenset({(Status.PENDING, Status.EXPIRED), (Status.APPROVED, Status.EXPIRED)}),
    "claim": frozenset({(Status.APPROVED, Status.EXECUTING)}),
    "policy_changed": frozenset({(Status.APPROVED, Status.PENDING), (Status.APPROVED, Status.DENIED)}),
    "facts_changed": frozenset({(Status.APPROVED, Status.STALE)}),
    "returned": frozenset({(Status.EXECUTING, Status.EXECUTED)}),
    "tool_error": frozenset({(Status.EXECUTING, Status.FAILED)}),
    "reconciled": frozenset(
        {
            (Status.EXECUTING, Status.EXECUTED),
            (Status.EXECUTING, Status.FAILED),
            (Status.EXECUTING, Status.UNKNOWN),
        }
    ),
    "person_says_done": frozenset({(Status.UNKNOWN, Status.EXECUTED)}),
    "person_says_not_done": frozenset({(Status.UNKNOWN, Status.FAILED)}),
}


@dataclass(frozen=True)
class Sealed:
    """What is shown on the card and covered by the digest; all JSON values."""

    tool: str
    schema: str
    arguments: Mapping[str, Json]
    requester: str
    system: str | None
    preview: Mapping[str, Json]
    witness: Mapping[str, Json]

    @property
    def digest(self) -> str:
        """SHA-256 over the whole, as hexadecimal text."""
        text = json.dumps(vars(self), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Decision:
    """One person's word, and the groups for which it counts."""

    person: str
    verdict: str
    groups: frozenset[str]
    received_at: dt.datetime


@dataclass(frozen=True)
class Approval:
    """One row."""

    id: str
    number: int
    run_id: str
    call_id: str
    status: Status
    sealed: Sealed
    digest: str
    rules: tuple[str, ...]
    needs: tuple[Need, ...]
    expires_at: dt.datetime
    created_at: dt.datetime
    ended_at: dt.datetime | None
    claimed_by: int | None
    claimed_at: dt.datetime | None
    receipt: Json
    reason: str | None
    decided_by: str | None

    @property
    def label(self) -> str:
        """What people call it."""
        return f"P-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


async def propose(
    tx: Transaction,
    *,
    run_id: str,
    call_id: str,
    sealed: Sealed,
    rules: Sequence[str],
    needs: Sequence[Need],
    expires_at: dt.datetime,
) -> Approval:
    """Write a new proposal. With no needs a rule allowed it: it is approved in place of a person."""
    status = Status.PENDING if needs else Status.APPROVED
    decided_by = None if needs else f"rule:{rules[0]}"
    row = await first(
        tx,
        """
        INSERT INTO approvals (id, run_id, call_id, status, tool, system, schema, arguments, preview, witness,
                               requester, digest, rules, needs, expires_at, decided_by)
        VALUES (%(id)s, %(run_id)s, %(call_id)s, %(status)s, %(tool)s, %(system)s, %(schema)s, %(arguments)s,
                %(preview)s, %(witness)s, %(requester)s, %(digest)s, %(rules)s, %(needs)s, %(expires_at)s, %(by)s)
        RETURNING *
        """,
        id=f"ap_{secrets.token_hex(12)}",
        run_id=run_id,
        call_id=call_id,
        status=status,
        tool=sealed.tool,
        system=sealed.system,
        schema=sealed.schema,
        arguments=AsWritten(sealed.arguments),
        preview=AsWritten(sealed.preview),
        witness=AsWritten(sealed.witness),
        requester=sealed.requester,
        digest=sealed.digest,
        rules=Jsonb(list(rules)),
        needs=Jsonb([vars(need) for need in needs]),
        expires_at=expires_at,
        by=decided_by,
    )
    assert row is not None  # INSERT … RETURNING
    approval = _approval(row)
    await _entry(tx, approval, "proposed", None, sealed.requester, digest=approval.digest, rules=list(rules))
    return approval


async def move(
    tx: Transaction,
    approval_id: str,
    event: str,
    old: Status,
    new: Status,
    *,
    actor: str = BATON,
    claimed_by: int | None = None,
    receipt: Json = None,
    reason: str | None = None,
    needs: Sequence[Need] | None = None,
    rules: Sequence[str] | None = None,
) -> Approval | None:
    """Make one move of the table, with its audit entry; `None` when somebody was first and the row is elsewhere.

    What is not given stays as it is. With `claimed_by`, only the segment that claimed it may move it. Raises
    `ValueError` for a move that is not in the table, and for a claim: that has its own guard, in `claim`.
    """
    if event == "claim" or (old, new) not in MOVES.get(event, ()):
        raise ValueError(f"{event}: {old} → {new} is not in the table of moves")
    reason = None if reason is None else _storable(reason)
    row = await first(
        tx,
        """
        UPDATE approvals SET status = %(new)s, decided_by = coalesce(%(person)s, decided_by),
            receipt = coalesce(%(receipt)s, receipt), reason = coalesce(%(reason)s, reason),
            needs = coalesce(%(needs)s, needs), rules = coalesce(%(rules)s, rules),
            ended_at = CASE WHEN %(ends)s THEN clock_timestamp() END
        WHERE id = %(id)s AND status = %(old)s AND (%(claim)s::bigint IS NULL OR claimed_by = %(claim)s)
        RETURNING *
        """,
        id=approval_id,
        old=old,
        new=new,
        person=None if actor == BATON else actor,
        claim=claimed_by,
        ends=new not in OPEN,
        receipt=None if receipt is None else AsWritten(receipt),
        reason=reason,
        needs=None if needs is None else Jsonb([vars(need) for need in needs]),
        rules=None if rules is None else Jsonb(list(rules)),
    )
    if row is None:
        return None
    approval = _approval(row)
    told = {key: value for key, value in (("receipt", receipt), ("reason", reason)) if value is not None}
    await _entry(tx, approval, event, old, actor, **told)
    return approval


async def claim(tx: Transaction, approval_id: str, segment: int) -> Approval | None:
    """Take an approved call for execution: at most one caller ever gets it, and only before it expires."""
    row = await first(
        tx,
        """
        UPDATE approvals SET status = 'executing', claimed_by = %(segment)s, claimed_at = clock_timestamp()
        WHERE id = %(id)s AND status = 'approved' AND expires_at > clock_timestamp()
        RETURNING *
        """,
        id=approval_id,
        segment=segment,
    )
    if row is None:
        return None
    approval = _approval(row)
    await _entry(tx, approval, "claim", Status.APPROVED, BATON, digest=approval.digest)
    return approval


async def record(tx: Transaction, approval_id: str, decision: Decision) -> bool:
    """Write one person's word; false when this person had already said it."""
    return (
        await run(
            tx,
            """
        INSERT INTO decisions (approval_id, person, verdict, groups, received_at)
        VALUES (%(id)s, %(person)s, %(verdict)s, %(groups)s, %(at)s) ON CONFLICT DO NOTHING
        """,
            id=approval_id,
            person=decision.person,
            verdict=decision.verdict,
            groups=Jsonb(sorted(decision.groups)),
            at=decision.received_at,
        )
        == 1
    )


async def decisions(tx: Transaction, approval_id: str) -> list[Decision]:
    """What people have said, in order."""
    rows = await fetch(
        tx,
        "SELECT person, verdict, groups, received_at FROM decisions WHERE approval_id = %(id)s ORDER BY received_at",
        id=approval_id,
    )
    return [Decision(r["person"], r["verdict"], frozenset(r["groups"]), r["received_at"]) for r in rows]


async def locked(tx: Transaction, approval_id: str) -> Approval | None:
    """Read one row and hold it until the transaction ends."""
    row = await first(tx, "SELECT * FROM approvals WHERE id = %(id)s FOR UPDATE", id=approval_id)
    return _approval(row) if row else None


async def find(db: Database, name: str) -> Approval | None:
    """By id, or by the label that people see (`P-12`)."""
    rows = await db.fetch("SELECT * FROM approvals WHERE id = %(n)s OR 'P-' || number = upper(%(n)s)", n=name)
    return _approval(rows[0]) if rows else None


async def of_run(tx: Transaction, run_id: str) -> list[Approval]:
    """All proposals of a run, oldest first."""
    rows = await fetch(tx, "SELECT * FROM approvals WHERE run_id = %(run)s ORDER BY number", run=run_id)
    return [_approval(row) for row in rows]


async def open_in_thread(tx: Transaction, thread_key: str) -> list[Approval]:
    """What is undecided or unsettled in a thread, oldest first."""
    rows = await fetch(
        tx,
        """
        SELECT a.* FROM approvals a JOIN runs r ON r.id = a.run_id
        WHERE r.thread_key = %(thread)s AND a.status = ANY(%(open)s) ORDER BY a.number
        """,
        thread=thread_key,
        open=sorted(OPEN),
    )
    return [_approval(row) for row in rows]


async def listed(db: Database, *, everything: bool = False) -> list[Approval]:
    """The open ones, or the last hundred of any status; newest first."""
    rows = await db.fetch(
        "SELECT * FROM approvals WHERE %(all)s OR status = ANY(%(open)s) ORDER BY number DESC LIMIT 100",
        all=everything,
        open=sorted(OPEN),
    )
    return [_approval(row) for row in rows]


async def overdue(db: Database, before: dt.datetime) -> list[Approval]:
    """Those that nobody decided, or executed, in time."""
    rows = await db.fetch(
        "SELECT * FROM approvals WHERE status IN ('pending', 'approved') AND expires_at < %(before)s ORDER BY number",
        before=before,
    )
    return [_approval(row) for row in rows]


async def _entry(tx: Transaction, approval: Approval, event: str, old: Status | None, actor: str, **data: Json) -> None:
    await note(
        tx,
        f"approval.{event}",
        actor,
        run_id=approval.run_id,
        approval_id=approval.id,
        **{"from": old, "to": approval.status, "label": approval.label, "tool": approval.sealed.tool, **data},
    )


def _storable(text: str) -> str:
    """A foreign system's words without what PostgreSQL refuses: NUL characters and lone halves of a character."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")


def _approval(row: DictRow) -> Approval:
    names = ("tool", "schema", "arguments", "requester", "system", "preview", "witness")
    same = (
        "id number run_id call_id digest expires_at created_at ended_at claimed_by claimed_at receipt reason decided_by"
    )
    return Approval(
        status=Status(row["status"]),
        sealed=Sealed(**{name: row[name] for name in names}),
        rules=tuple(row["rules"]),
        needs=tuple(Need(**need) for need in row["needs"]),
        **{name: row[name] for name in same.split()},
    )
