"""What is switched off: everything, an agent or a tool; by whom and why. Each switch with its audit entry.

A claim and a switch never pass each other: whoever claims holds `guard`, and a switch waits for it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from bot.state.audit import note
from bot.state.db import Database, Transaction, fetch, first, run
from bot.storable import storable

Kind = Literal["all", "agent", "tool"]

_LOCK = 0x7061757365  # any fixed number

# Of a row of `approvals`: whether something covers its call.
COVERED = """
    EXISTS (SELECT 1 FROM pauses p JOIN runs r ON r.id = approvals.run_id
            WHERE p.kind = 'all' OR (p.kind = 'tool' AND p.name = approvals.tool)
               OR (p.kind = 'agent' AND p.name = r.agent))
"""


@dataclass(frozen=True)
class Target:
    """What a switch switches. `name` is the agent's or the tool's; empty for everything."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


EVERYTHING = Target("all")
OPERATOR = "operator"  # whoever uses the command line on Baton's own machine


@dataclass(frozen=True)
class Pause:
    """A switch that is off."""

    target: Target
    by: str
    reason: str | None
    at: dt.datetime


async def guard(tx: Transaction) -> None:
    """Keep every switch as it is until the transaction ends; any number of claims may do so at once."""
    await run(tx, "SELECT pg_advisory_xact_lock_shared(%(lock)s)", lock=_LOCK)


async def begin(tx: Transaction, target: Target, by: str, reason: str | None) -> Pause | None:
    """Switch off, once the claims under way are committed; `None` when it is off already."""
    await run(tx, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=_LOCK)
    row = await first(
        tx,
        """
        INSERT INTO pauses (kind, name, by, reason) VALUES (%(kind)s, %(name)s, %(by)s, %(reason)s)
        ON CONFLICT DO NOTHING RETURNING *
        """,
        **vars(target),
        by=by,
        reason=storable(reason or "") or None,
    )
    if row is None:
        return None
    await note(tx, "pause.began", by, **vars(target), reason=reason)
    return _pause(row)


async def end(tx: Transaction, target: Target, by: str) -> Pause | None:
    """Switch on again; what ended comes back, `None` when it was on."""
    row = await first(tx, "DELETE FROM pauses WHERE kind = %(kind)s AND name = %(name)s RETURNING *", **vars(target))
    if row is None:
        return None
    await note(tx, "pause.ended", by, **vars(target), began=row["at"].isoformat(), begun_by=row["by"])
    return _pause(row)


async def listed(db: Database) -> list[Pause]:
    """All that is off: everything first, then agents, then tools."""
    sql = "SELECT * FROM pauses ORDER BY array_position(ARRAY['all', 'agent', 'tool'], kind), name"
    return [_pause(row) for row in await db.fetch(sql)]


async def covering(db: Database, *, agent: str = "", tool: str = "") -> Pause | None:
    """What keeps an agent, or a call of a tool by it, from working; the widest when there are several."""
    sql = """
        SELECT * FROM pauses
        WHERE kind = 'all' OR (kind = 'agent' AND name = %(agent)s) OR (kind = 'tool' AND name = %(tool)s)
        ORDER BY array_position(ARRAY['all', 'agent', 'tool'], kind) LIMIT 1
        """
    rows = await db.fetch(sql, agent=agent, tool=tool)
    return _pause(rows[0]) if rows else None


async def waiting(tx: Transaction, target: Target) -> list[tuple[str, str]]:
    """The approved or doubtful calls that a switch covers: the ids of their proposals and runs."""
    sql = """
        SELECT a.id, a.run_id FROM approvals a JOIN runs r ON r.id = a.run_id
        WHERE a.status IN ('approved', 'executing')
          AND (%(kind)s = 'all' OR (%(kind)s = 'agent' AND r.agent = %(name)s) OR (%(kind)s = 'tool' AND a.tool = %(name)s))
        ORDER BY a.number
        """
    return [(row["id"], row["run_id"]) for row in await fetch(tx, sql, **vars(target))]


def _pause(row: dict[str, object]) -> Pause:
    return Pause(Target(row["kind"], row["name"]), row["by"], row["reason"], row["at"])  # type: ignore[arg-type]
