"""What a person's Home shows, and the signs of how the house is: questions over several tables. Only reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reasons import because
from bot.state.db import Database
from bot.state.runs import PAUSED
from bot.types import Thread

Teams = Sequence[str] | None  # the workspaces of which it is asked; `None` for all


@dataclass(frozen=True)
class Question:
    """Something that a person asked, where it stands, and the numbers of what waits because of it: undecided, or approved.

    `status` is the run's; but `stopped` when it ended because somebody wanted that, `paused` when a pause kept it out.
    """

    text: str
    status: str
    at: dt.datetime
    thread: Thread
    waiting: tuple[int, ...] = ()
    held: tuple[int, ...] = ()


@dataclass(frozen=True)
class Card:
    """A message that shows a proposal. In `thread_ts`, unless it opened a thread of its own."""

    approval_id: str
    channel: str
    ts: str
    thread_ts: str | None
    kind: str


@dataclass(frozen=True)
class Use:
    """How a tool did lately; calls and failures are those of the last seven days, `failure` is what the latest one said."""

    last: dt.datetime
    failures: int
    failure: str | None
    calls: int


@dataclass(frozen=True)
class Model:
    """When a model answered last, and which; and when none did."""

    answered_at: dt.datetime | None
    name: str
    failed_at: dt.datetime | None


async def undecided(db: Database, person: str, teams: Teams = None) -> list[str]:
    """The ids of all that waits for somebody's word, and on which this person has not approved yet; oldest first."""
    sql = """
        SELECT id FROM approvals a WHERE status IN ('pending', 'unknown') AND NOT EXISTS (
            SELECT 1 FROM decisions d
            WHERE d.approval_id = a.id AND d.person = %(person)s AND d.verdict = 'approve' AND a.status = 'pending')
            AND (%(teams)s::text[] IS NULL OR a.team = ANY(%(teams)s))
        ORDER BY number
        """
    return [row["id"] for row in await db.fetch(sql, person=person, teams=_listed(teams))]


async def asked_by(db: Database, person: str, limit: int, teams: Teams = None) -> tuple[list[Question], int]:
    """A person's latest questions, newest first, and how many there are in all."""
    sql = """
        SELECT CASE WHEN EXISTS (SELECT 1 FROM runs f WHERE f.id IN (SELECT run_family(r.id)) AND f.status = 'ready')
                THEN 'ready' WHEN r.ended_at IS NULL THEN r.status WHEN r.stopped_by IS NOT NULL THEN 'stopped'
                WHEN r.failure = %(paused)s THEN 'paused' ELSE r.status END AS status,
            r.created_at, t.team, t.channel, t.ts, m.content,
            ARRAY(SELECT number FROM approvals a WHERE a.run_id IN (SELECT run_family(r.id)) AND a.status = 'pending'
                ORDER BY number) AS waiting,
            ARRAY(SELECT number FROM approvals a WHERE a.run_id IN (SELECT run_family(r.id)) AND a.status = 'approved'
                ORDER BY number) AS held,
            count(*) OVER () AS known
        FROM runs r JOIN threads t ON t.key = r.thread_key JOIN messages m ON m.run_id = r.id AND m.seq = 1
        WHERE r.requester = %(person)s AND r.parent_run IS NULL
            AND (%(teams)s::text[] IS NULL OR t.team = ANY(%(teams)s))
        ORDER BY r.created_at DESC LIMIT %(limit)s
        """
    rows = await db.fetch(sql, person=person, limit=limit, teams=_listed(teams), paused=PAUSED)
    return [
        Question(
            row["content"],
            row["status"],
            row["created_at"],
            Thread(row["team"], row["channel"], row["ts"]),
            tuple(row["waiting"]),
            tuple(row["held"]),
        )
        for row in rows
    ], (rows[0]["known"] if rows else 0)


async def done_for(db: Database, person: str, limit: int, teams: Teams = None) -> tuple[list[str], int]:
    """The ids of what was done because this person asked for it or approved it, newest first; and how many in all."""
    sql = """
        SELECT a.id, count(*) OVER () AS known FROM approvals a
        WHERE a.status = 'executed' AND (a.requester = %(person)s OR EXISTS (
            SELECT 1 FROM decisions d WHERE d.approval_id = a.id AND d.person = %(person)s AND d.verdict = 'approve'))
            AND (%(teams)s::text[] IS NULL OR a.team = ANY(%(teams)s))
        ORDER BY a.ended_at DESC LIMIT %(limit)s
        """
    rows = await db.fetch(sql, person=person, limit=limit, teams=_listed(teams))
    return [row["id"] for row in rows], (rows[0]["known"] if rows else 0)


def _listed(teams: Teams) -> list[str] | None:
    return None if teams is None else list(teams)


async def cards(db: Database, approval_ids: Sequence[str]) -> list[Card]:
    """The messages in Slack that show these proposals."""
    sql = """
        SELECT s.approval_id, p.channel, p.ts, p.thread_ts, p.kind FROM shown s JOIN posts p ON p.id = s.post_id
        WHERE s.approval_id = ANY(%(ids)s) AND p.ts IS NOT NULL ORDER BY p.created_at, p.id
        """
    return [Card(**row) for row in await db.fetch(sql, ids=list(approval_ids))]


async def uses(db: Database) -> dict[str, Use]:
    """How each tool that was used in the last thirty days did."""
    sql = """
        SELECT tool, max(at) AS last, count(*) FILTER (WHERE at > now() - interval '7 days') AS calls,
            count(*) FILTER (WHERE failed AND at > now() - interval '7 days') AS failures,
            (array_agg(why ORDER BY at DESC) FILTER (WHERE failed))[1] AS failure
        FROM (
            SELECT tool, at, failure AS why, failure IS NOT NULL AS failed FROM readings
            UNION ALL
            SELECT tool, claimed_at, reason, status IN ('failed', 'unknown') FROM approvals
        ) AS calls WHERE at > now() - interval '30 days' GROUP BY tool
        """
    return {row["tool"]: Use(row["last"], row["failures"], row["failure"], row["calls"]) for row in await db.fetch(sql)}


async def model(db: Database) -> Model:
    """What the audit knows of the models."""
    answered = await db.fetch(
        "SELECT at, data->>'model' AS name FROM audit WHERE type = 'run.answered' AND data->>'model' <> '' "
        "ORDER BY seq DESC LIMIT 1"
    )
    failed = await db.fetch(
        "SELECT at FROM audit WHERE type = 'run.failed' AND data->>'cause' LIKE %(silent)s ORDER BY seq DESC LIMIT 1",
        silent=because("model_silent", error="%"),
    )
    return Model(
        answered[0]["at"] if answered else None,
        answered[0]["name"] if answered else "",
        failed[0]["at"] if failed else None,
    )
