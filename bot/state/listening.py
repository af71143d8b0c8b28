"""Since when Baton listens in a workspace, until when it did, and what it last heard where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.state.db import Transaction, fetch, first, run
from bot.types import Thread


@dataclass(frozen=True)
class Listened:
    """`until` is written every few seconds while the way in is open."""

    since: dt.datetime
    until: dt.datetime


async def listened(tx: Transaction, team: str) -> Listened | None:
    """`None` when Baton never listened there."""
    row = await first(tx, "SELECT since, until FROM listening WHERE team = %(team)s", team=team)
    return Listened(**row) if row else None


async def listens(tx: Transaction, team: str, now: dt.datetime) -> None:
    """Baton listens there now."""
    sql = """
        INSERT INTO listening (team, since, until) VALUES (%(team)s, %(now)s, %(now)s)
        ON CONFLICT (team) DO UPDATE SET until = greatest(listening.until, excluded.until)
        """
    await run(tx, sql, team=team, now=now)


async def threads_of_late(tx: Transaction, team: str, days: int, limit: int) -> Sequence[tuple[Thread, str]]:
    """The threads in which Baton was asked something lately, the latest first; with the `ts` of the last known words."""
    sql = """
        SELECT t.team, t.channel, t.ts, coalesce(max(i.ts), t.ts) AS known
        FROM threads t JOIN runs r ON r.thread_key = t.key LEFT JOIN inbox i ON i.id = r.inbox_id
        WHERE t.team = %(team)s AND r.created_at > clock_timestamp() - make_interval(days => %(days)s)
        GROUP BY t.key ORDER BY max(r.created_at) DESC LIMIT %(limit)s
        """
    rows = await fetch(tx, sql, team=team, days=days, limit=limit)
    return [(Thread(row["team"], row["channel"], row["ts"]), row["known"]) for row in rows]


async def places_of_late(tx: Transaction, team: str, days: int, limit: int) -> Sequence[str]:
    """The channels and direct messages in which Baton was told something lately, the latest first."""
    sql = """
        SELECT channel FROM inbox WHERE team = %(team)s AND received_at > clock_timestamp() - make_interval(days => %(days)s)
        GROUP BY channel ORDER BY max(received_at) DESC LIMIT %(limit)s
        """
    return [row["channel"] for row in await fetch(tx, sql, team=team, days=days, limit=limit)]
