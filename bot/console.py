"""What commands share: one connection to the database, beside a Baton that may run."""

from __future__ import annotations

import asyncio
from typing import Any

from bot import log
from bot.settings import Settings


def with_database(work: Any) -> None:
    from bot.state.db import Database

    log.configure()
    settings = Settings.read()

    async def connected() -> None:
        db = await Database.open(settings.baton_database_url, settings.baton_home)
        try:
            await work(db)
        finally:
            await db.close()

    asyncio.run(connected())
