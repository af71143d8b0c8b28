"""What people said about proposals, one word a person; and who speaks for whom while somebody is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from bot.policy.policy import Word
from bot.state.audit import note
from bot.state.db import Database, Transaction, fetch, first, run


@dataclass(frozen=True)
class Decision:
    """One person's word, for whom it was said, and the groups for which it counts."""

    verdict: str
    word: Word
    received_at: dt.datetime
    reason: str | None = None


@dataclass(frozen=True)
class Delegation:
    """`delegate` may decide in place of `person` until then."""

    person: str
    delegate: str
    until: dt.datetime


async def record(tx: Transaction, approval_id: str, decision: Decision) -> bool:
    """Write one person's word; false when this person had already said it, and it still counts."""
    sql = """
        INSERT INTO decisions (approval_id, person, principal, verdict, groups, received_at, reason)
        VALUES (%(id)s, %(person)s, %(principal)s, %(verdict)s, %(groups)s, %(at)s, %(reason)s)
        ON CONFLICT (approval_id, person, verdict) DO UPDATE
            SET principal = excluded.principal, groups = excluded.groups, received_at = excluded.received_at
            WHERE decisions.groups = '[]'
        """
    written = await run(
        tx,
        sql,
        id=approval_id,
        person=decision.word.person,
        principal=decision.word.principal,
        verdict=decision.verdict,
        groups=Jsonb(sorted(decision.word.groups)),
        at=decision.received_at,
        reason=decision.reason,
    )
    return written == 1


async def said(tx: Transaction, approval_id: str) -> list[Decision]:
    """What people have said about a proposal, in order."""
    rows = await fetch(tx, "SELECT * FROM decisions WHERE approval_id = %(id)s ORDER BY received_at", id=approval_id)
    return [
        Decision(
            row["verdict"],
            Word(row["person"], row["principal"], frozenset(row["groups"])),
            row["received_at"],
            row["reason"],
        )
        for row in rows
    ]


async def approvals_of(tx: Transaction, approval_id: str) -> list[Word]:
    """The words of those who approved."""
    return [decision.word for decision in await said(tx, approval_id) if decision.verdict == "approve"]


async def count_for(tx: Transaction, approval_id: str, words: Sequence[Word]) -> None:
    """The groups for which the approvals that were given count from now on; perhaps none."""
    sql = "UPDATE decisions SET groups = %(groups)s WHERE approval_id = %(id)s AND person = %(by)s AND verdict = 'approve'"
    for word in words:
        await run(tx, sql, id=approval_id, by=word.person, groups=Jsonb(sorted(word.groups)))


async def delegate(tx: Transaction, person: str, to: str, until: dt.datetime) -> None:
    """Let another person decide in this one's place until then; what was said before no longer counts."""
    await run(tx, "SELECT pg_advisory_xact_lock(hashtextextended(%(person)s, 0))", person=person)  # one at a time
    await end_delegations(tx, person)
    await run(
        tx,
        "INSERT INTO delegations (person, delegate, until) VALUES (%(person)s, %(to)s, %(until)s)",
        person=person,
        to=to,
        until=until,
    )
    await note(tx, "delegation.began", person, delegate=to, until=until.isoformat())


async def end_delegations(tx: Transaction, person: str) -> list[Delegation]:
    """This person decides alone again; what ended comes back."""
    sql = """
        UPDATE delegations SET ended_at = clock_timestamp()
        WHERE person = %(person)s AND ended_at IS NULL AND until > clock_timestamp() RETURNING person, delegate, until
        """
    ended = [Delegation(**row) for row in await fetch(tx, sql, person=person)]
    for one in ended:
        await note(tx, "delegation.ended", person, delegate=one.delegate)
    return ended


async def delegated_by(tx: Transaction, person: str) -> Delegation | None:
    """Who decides in this person's place now."""
    sql = """
        SELECT person, delegate, until FROM delegations
        WHERE person = %(person)s AND ended_at IS NULL AND until > clock_timestamp()
        """
    row = await first(tx, sql, person=person)
    return Delegation(**row) if row else None


async def delegations(db: Database, to: str | None = None) -> list[Delegation]:
    """Those in force now: all, or those in favour of one person."""
    sql = """
        SELECT person, delegate, until FROM delegations
        WHERE ended_at IS NULL AND until > clock_timestamp() AND (%(to)s::text IS NULL OR delegate = %(to)s)
        ORDER BY person
        """
    return [Delegation(**row) for row in await db.fetch(sql, to=to)]
