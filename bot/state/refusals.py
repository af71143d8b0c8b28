"""Who was told, in which thread, that Baton does not answer people from outside."""

from __future__ import annotations

from bot.state.db import Transaction, run
from bot.types import Thread


async def first_of(tx: Transaction, thread: Thread, person: str) -> bool:
    """Note that somebody is told; whether it is the first time in this thread."""
    sql = "INSERT INTO refusals (thread_key, person) VALUES (%(key)s, %(person)s) ON CONFLICT DO NOTHING"
    return bool(await run(tx, sql, key=thread.key, person=person))
