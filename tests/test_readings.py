"""What was read from is forgotten when nobody looks back so far."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.state import readings
from bot.state.db import Database
from bot.state.readings import Reading
from tests.house import House, until


async def test_what_was_read_is_noted_for_ninety_days(database: str, tmp_path: Path) -> None:
    db = await Database.open(database, tmp_path)
    now = dt.datetime.now(dt.UTC)
    async with db.transaction() as tx:
        for days in (0, 89, 91, 400):
            await readings.note_reading(tx, Reading(f"tool_{days}", now - dt.timedelta(days=days), None))
    await readings.forget(db)
    kept = await db.fetch("SELECT tool FROM readings ORDER BY at DESC")
    await db.close()
    assert [row["tool"] for row in kept] == ["tool_0", "tool_89"]


def test_a_baton_that_runs_forgets_by_itself(house: House) -> None:
    house.start()
    house.execute("INSERT INTO readings (tool, at) VALUES ('old', now() - interval '91 days'), ('new', now())")
    until("the old one is forgotten", lambda: house.rows("SELECT tool FROM readings") == [("new",)])
