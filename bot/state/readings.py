"""Which tools were read from, when, and what went wrong; for those who look after them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.state.db import Database, Transaction, run
from bot.storable import storable

KEPT_DAYS = 90  # the administrators' Home looks back on thirty


@dataclass(frozen=True)
class Reading:
    """One call that only read; `failure` is what the tool said went wrong."""

    tool: str
    at: dt.datetime
    failure: str | None


async def note_reading(tx: Transaction, reading: Reading) -> None:
    """Keep it, in the caller's transaction."""
    sql = "INSERT INTO readings (tool, at, failure) VALUES (%(tool)s, %(at)s, %(failure)s)"
    await run(tx, sql, tool=reading.tool, at=reading.at, failure=storable(reading.failure))


async def forget(db: Database) -> None:
    """Drop what is older than `KEPT_DAYS`; the results themselves stay with their questions."""
    async with db.transaction() as tx:
        await run(tx, "DELETE FROM readings WHERE at < now() - make_interval(days => %(days)s)", days=KEPT_DAYS)
