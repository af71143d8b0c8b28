"""The audit trail: what happened, by whom, in the transaction that made it happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from bot.state.db import Database, Transaction, run
from bot.storable import storable
from bot.types import Json

BATON = "baton"  # the actor when nobody in particular acted


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    seq: int
    at: dt.datetime
    type: str
    actor: str
    run_id: str | None
    approval_id: str | None
    data: Mapping[str, Json]


async def note(
    tx: Transaction,
    type: str,
    actor: str = BATON,
    *,
    run_id: str | None = None,
    approval_id: str | None = None,
    **data: Json,
) -> None:
    """Add a line, in the caller's transaction."""
    await run(
        tx,
        "INSERT INTO audit (type, actor, run_id, approval_id, data) VALUES (%(type)s, %(actor)s, %(run)s, %(of)s, %(data)s)",
        type=type,
        actor=actor,
        run=run_id,
        of=approval_id,
        data=Jsonb(storable(data)),
    )


async def story(db: Database, run_id: str) -> list[Entry]:
    """Everything about a run, in order."""
    rows = await db.fetch(
        "SELECT seq, at, type, actor, run_id, approval_id, data FROM audit WHERE run_id = %(run)s ORDER BY seq",
        run=run_id,
    )
    return [Entry(**row) for row in rows]
