"""Approvals: the state machine of a consequential call. Every move of one is made here, with its audit entry.

The row is the authority: an effect happens only after `claim`, and a claim succeeds once. What people said about it is
in `decisions.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from psycopg.rows import DictRow
from psycopg.types.json import Json as AsWritten
from psycopg.types.json import Jsonb

from bot.policy.policy import Need, Terms
from bot.state import pauses
from bot.state.audit import BATON, note
from bot.state.db import Database, Transaction, fetch, first
from bot.storable import storable
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
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNKNOWN})

# event → the moves that it may make. Nothing else in the house changes a status.
MOVES: Mapping[str, frozenset[tuple[Status | None, Status]]] = {
    "proposed": frozenset({(None, Status.PENDING), (None, Status.APPROVED)}),
    "approve": frozenset({(Status.PENDING, Status.PENDING), (Status.PENDING, Status.APPROVED)}),
    "reject": frozenset({(Status.PENDING, Status.REJECTED)}),
    "edit": frozenset({(Status.PENDING, Status.SUPERSEDED)}),
    "withdraw": frozenset({(Status.PENDING, Status.WITHDRAWN), (Status.APPROVED, Status.WITHDRAWN)}),
    "remind": frozenset({(Status.PENDING, Status.PENDING)}),
    "escalate": frozenset({(Status.PENDING, Status.PENDING)}),
    "expire": frozenset({(Status.PENDING, Status.EXPIRED), (Status.APPROVED, Status.EXPIRED)}),
    "hold": frozenset({(Status.APPROVED, Status.APPROVED)}),
    "claim": frozenset({(Status.APPROVED, Status.EXECUTING)}),
    "policy_changed": frozenset({(Status.APPROVED, Status.PENDING), (Status.APPROVED, Status.DENIED)}),
    "facts_changed": frozenset({(Status.APPROVED, Status.STALE)}),
    "returned": frozenset({(Status.EXECUTING, Status.EXECUTED)}),
    "tool_error": frozenset({(Status.EXECUTING, Status.FAILED)}),
    "doubted": frozenset({(Status.EXECUTING, Status.EXECUTING)}),
    "reconciled": frozenset(
        {
            (Status.EXECUTING, Status.EXECUTED),
            (Status.EXECUTING, Status.FAILED),
            (Status.EXECUTING, Status.UNKNOWN),
            (Status.UNKNOWN, Status.EXECUTED),
            (Status.UNKNOWN, Status.FAILED),
        }
    ),
    "person_says_done": frozenset({(Status.UNKNOWN, Status.EXECUTED)}),
    "person_says_not_done": frozenset({(Status.UNKNOWN, Status.FAILED)}),
}


@dataclass(frozen=True)
class Sealed:
    """What is shown on the card and covered by the digest; all JSON values. `undoes`: the proposal that it takes back."""

    tool: str
    schema: str
    arguments: Mapping[str, Json]
    requester: str
    system: str | None
    preview: Mapping[str, Json]
    witness: Mapping[str, Json]
    undoes: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over the whole, as hexadecimal text."""
        whole = {name: value for name, value in vars(self).items() if name != "undoes" or value is not None}
        text = json.dumps(whole, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


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
    authors: tuple[str, ...]
    rules: tuple[str, ...]
    needs: tuple[Need, ...]
    terms: Terms
    expires_at: dt.datetime
    created_at: dt.datetime
    ended_at: dt.datetime | None
    held_until: dt.datetime | None
    remind_at: dt.datetime | None
    escalate_at: dt.datetime | None
    claimed_by: int | None
    claimed_at: dt.datetime | None
    receipt: Json
    reason: str | None
    decided_by: str | None
    replaces: str | None
    policy: str | None
    team: str = ""  # the workspace of its thread

    @property
    def label(self) -> str:
        """What people call it."""
        return f"P-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def has_receipt(self) -> bool:
        """Whether it was done and the system itself said so, rather than a person."""
        told_by_somebody = isinstance(self.receipt, dict) and "according_to" in self.receipt
        return self.status is Status.EXECUTED and not told_by_somebody


@dataclass(frozen=True)
class Draft:
    """A proposal that is about to be written. With no needs a rule allowed it: it is approved in place of a person."""

    call_id: str
    sealed: Sealed
    rules: tuple[str, ...]
    needs: tuple[Need, ...] = ()
    terms: Terms = field(default_factory=Terms)
    policy: str | None = None
    authors: tuple[str, ...] = ()  # beside the requester
    replaces: str | None = None


async def propose(tx: Transaction, run_id: str, draft: Draft) -> Approval:
    """Write a new proposal; its time counts from now by the database's clock."""
    sealed, terms = draft.sealed, draft.terms
    row = await first(
        tx,
        """
        INSERT INTO approvals (id, run_id, call_id, status, tool, system, schema, arguments, preview, witness,
                               requester, undoes, digest, authors, rules, needs, terms, policy, replaces, decided_by,
                               team, expires_at, remind_at, escalate_at)
        VALUES (%(id)s, %(run_id)s, %(call_id)s, %(status)s, %(tool)s, %(system)s, %(schema)s, %(arguments)s,
                %(preview)s, %(witness)s, %(requester)s, %(undoes)s, %(digest)s, %(authors)s, %(rules)s, %(needs)s,
                %(terms)s, %(policy)s, %(replaces)s, %(by)s,
                (SELECT t.team FROM runs r JOIN threads t ON t.key = r.thread_key WHERE r.id = %(run_id)s),
                clock_timestamp() + make_interval(secs => %(expires)s),
                clock_timestamp() + make_interval(secs => %(remind)s),
                clock_timestamp() + make_interval(secs => %(escalate)s))
        RETURNING *
        """,
        id=f"ap_{secrets.token_hex(12)}",
        run_id=run_id,
        call_id=draft.call_id,
        status=Status.PENDING if draft.needs else Status.APPROVED,
        tool=sealed.tool,
        system=sealed.system,
        schema=sealed.schema,
        arguments=AsWritten(sealed.arguments),
        preview=AsWritten(sealed.preview),
        witness=AsWritten(sealed.witness),
        requester=sealed.requester,
        undoes=sealed.undoes,
        digest=sealed.digest,
        authors=Jsonb(list(dict.fromkeys([sealed.requester, *draft.authors]))),
        rules=Jsonb(list(draft.rules)),
        needs=Jsonb([vars(need) for need in draft.needs]),
        terms=Jsonb(terms.to_json()),
        policy=draft.policy,
        replaces=draft.replaces,
        by=None if draft.needs else f"rule:{draft.rules[0]}",
        expires=terms.expires,
        remind=terms.remind,
        escalate=min((step.after for step in terms.escalate), default=None),
    )
    assert row is not None  # INSERT … RETURNING
    approval = _approval(row)
    told = {"digest": approval.digest, "rules": list(draft.rules), "policy": draft.policy, "replaces": draft.replaces}
    await _entry(tx, approval, "proposed", None, draft.authors[-1] if draft.authors else sealed.requester, **told)
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
    told: Mapping[str, Json] | None = None,
    **changes: Any,
) -> Approval | None:
    """Make one move of the table, with its audit entry; `None` when somebody was first and the row is elsewhere.

    `changes` are columns of `CHANGING` with their new values; others stay as they are. `told` goes to the audit entry.
    With `claimed_by`, only the segment that claimed it may move it. Raises `ValueError` for a move that is not in the
    table, and for a claim: that has its own guard, in `claim`.
    """
    if event == "claim" or (old, new) not in MOVES.get(event, ()):
        raise ValueError(f"{event}: {old} → {new} is not in the table of moves")
    if "reason" in changes:
        changes["reason"] = storable(changes["reason"])
    row = await first(
        tx,
        f"""
        UPDATE approvals SET status = %(new)s, decided_by = coalesce(%(person)s, decided_by),
            {"".join(f"{column} = %({column})s, " for column in changes)}
            ended_at = CASE WHEN %(ends)s THEN clock_timestamp() END
        WHERE id = %(id)s AND status = %(old)s AND (%(claim)s::bigint IS NULL OR claimed_by = %(claim)s)
        RETURNING *
        """,  # noqa: S608 (the columns are those of CHANGING)
        id=approval_id,
        old=old,
        new=new,
        person=None if actor == BATON else actor,
        claim=claimed_by,
        ends=new not in OPEN,
        **{column: CHANGING[column](value) for column, value in changes.items()},
    )
    if row is None:
        return None
    approval = _approval(row)
    await _entry(
        tx, approval, event, old, actor, **{column: _told(value) for column, value in changes.items() if value}
    )
    return approval


async def claim(tx: Transaction, approval_id: str, segment: int, policy: str) -> Approval | None:
    """Take an approved call for execution: at most one caller ever gets it, before it expires and while nothing pauses it.

    `policy` is the hash of the rules that permit it now.
    """
    await pauses.guard(tx)
    row = await first(
        tx,
        f"""
        UPDATE approvals SET status = 'executing', claimed_by = %(segment)s, claimed_at = clock_timestamp(),
            policy = %(policy)s, held_until = NULL, reason = NULL
        WHERE id = %(id)s AND status = 'approved' AND expires_at > clock_timestamp() AND NOT {pauses.COVERED}
        RETURNING *
        """,  # noqa: S608 (a constant)
        id=approval_id,
        segment=segment,
        policy=policy,
    )
    if row is None:
        return None
    approval = _approval(row)
    await _entry(tx, approval, "claim", Status.APPROVED, BATON, digest=approval.digest, policy=policy)
    return approval


async def locked(tx: Transaction, approval_id: str) -> Approval | None:
    """Read one row and hold it until the transaction ends."""
    row = await first(tx, "SELECT * FROM approvals WHERE id = %(id)s FOR UPDATE", id=approval_id)
    return _approval(row) if row else None


async def find(db: Database, name: str) -> Approval | None:
    """By id, or by the label that people see (`P-12`)."""
    label = re.fullmatch(r"[Pp]-(\d{1,18})", name)
    rows = await db.fetch(
        "SELECT * FROM approvals WHERE id = %(id)s OR number = %(number)s",
        id=name,
        number=int(label[1]) if label else None,
    )
    return _approval(rows[0]) if rows else None


async def of_run(tx: Transaction, run_id: str, *, replaced_too: bool = False) -> list[Approval]:
    """The proposals of a run, oldest first; those that another one replaced only on request."""
    sql = """
        SELECT a.* FROM approvals a WHERE a.run_id = %(run)s
          AND (%(all)s OR NOT EXISTS (SELECT 1 FROM approvals b WHERE b.replaces = a.id)) ORDER BY a.number
        """
    return [_approval(row) for row in await fetch(tx, sql, run=run_id, all=replaced_too)]


async def of_family(tx: Transaction, run_id: str) -> list[Approval]:
    """As `of_run`, with those of the runs that agents began because of it."""
    rows = await fetch(tx, "SELECT run_family(%(run)s) AS id", run=run_id)
    found = [one for row in rows for one in await of_run(tx, row["id"])]
    return sorted(found, key=lambda one: one.number)


async def held_of_run(tx: Transaction, run_id: str) -> list[Approval]:
    """As `of_run`, and hold them until the transaction ends: what was about to move them has done so, or waits."""
    while True:
        seen = await of_run(tx, run_id)
        for one in seen:
            await locked(tx, one.id)
        now = await of_run(tx, run_id)
        if [one.id for one in now] == [one.id for one in seen]:
            return now


async def undoing(tx: Transaction, approval_id: str) -> Approval | None:
    """The proposal that takes this one back, unless it came to nothing."""
    sql = """
        SELECT * FROM approvals WHERE undoes = %(id)s
          AND status IN ('pending', 'approved', 'executing', 'executed', 'unknown')
        """
    row = await first(tx, sql, id=approval_id)
    return _approval(row) if row else None


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


async def overdue(db: Database, grace: float) -> list[Approval]:
    """Those that nobody decided, or executed, in time; `grace` is in seconds."""
    sql = """
        SELECT * FROM approvals WHERE status IN ('pending', 'approved')
          AND expires_at < statement_timestamp() - make_interval(secs => %(grace)s) ORDER BY number
        """
    return [_approval(row) for row in await db.fetch(sql, grace=grace)]


async def due(db: Database, column: Literal["remind_at", "escalate_at"]) -> list[Approval]:
    """The pending ones whose reminder, or next escalation, is due."""
    sql = "SELECT * FROM approvals WHERE status = 'pending' AND {column} < statement_timestamp() ORDER BY number"
    sql = sql.format(column=column)  # one of the two that the signature names
    return [_approval(row) for row in await db.fetch(sql)]


async def at(db: Database, statuses: Collection[Status]) -> list[Approval]:
    """All that are where these statuses say, oldest first."""
    sql = "SELECT * FROM approvals WHERE status = ANY(%(at)s) ORDER BY number"
    return [_approval(row) for row in await db.fetch(sql, at=sorted(statuses))]


async def get(tx: Transaction, approval_id: str | None) -> Approval | None:
    """Read one row, as it is now."""
    row = await first(tx, "SELECT * FROM approvals WHERE id = %(id)s", id=approval_id)
    return _approval(row) if row else None


async def _entry(tx: Transaction, approval: Approval, event: str, old: Status | None, actor: str, **data: Json) -> None:
    await note(
        tx,
        f"approval.{event}",
        actor,
        run_id=approval.run_id,
        approval_id=approval.id,
        **{"from": old, "to": approval.status, "label": approval.label, "tool": approval.sealed.tool, **data},
    )


CHANGING: Mapping[str, Callable[[Any], Any]] = {  # the columns that a move may change → how they are written
    "receipt": AsWritten,
    "reason": lambda reason: reason,
    "needs": lambda needs: Jsonb([vars(need) for need in needs]),
    "rules": lambda rules: Jsonb(list(rules)),
    "terms": lambda terms: Jsonb(terms.to_json()),
    "policy": str,
    "expires_at": lambda moment: moment,
    "held_until": lambda moment: moment,
    "remind_at": lambda moment: moment,
    "escalate_at": lambda moment: moment,
}


def _told(value: Any) -> Json:
    """A changed value as the audit trail keeps it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Terms):
        return value.to_json()
    if isinstance(value, tuple | list):
        return [vars(one) if isinstance(one, Need) else one for one in value]
    return value


def _approval(row: DictRow) -> Approval:
    names = ("tool", "schema", "arguments", "requester", "system", "preview", "witness", "undoes")
    same = (
        "id number run_id call_id digest expires_at created_at ended_at held_until remind_at escalate_at claimed_by "
        "claimed_at receipt reason decided_by replaces policy team"
    )
    return Approval(
        status=Status(row["status"]),
        sealed=Sealed(**{name: row[name] for name in names}),
        authors=tuple(row["authors"]),
        rules=tuple(row["rules"]),
        needs=tuple(map(Need.from_json, row["needs"])),
        terms=Terms.from_json(row["terms"]),
        **{name: row[name] for name in same.split()},
    )
