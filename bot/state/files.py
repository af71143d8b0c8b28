"""The files of a thread: what Slack says of each, and what was read in it or why nothing was."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from bot.state.db import Database, Transaction, fetch, run
from bot.storable import storable
from bot.types import SharedFile, Thread

PREFIX = "file_"  # of every id: that of a passage of a file begins with it

State = Literal["waiting", "read", "unreadable"]


@dataclass(frozen=True)
class Kept:
    """One row. `left_out` and `problem` are sentences in English."""

    id: str
    thread_key: str
    run_id: str | None
    shared: SharedFile
    state: State
    kind: str = ""
    extent: str = ""
    text: str = ""
    left_out: tuple[str, ...] = ()
    problem: str = ""


async def keep(tx: Transaction, thread: Thread, shared: Sequence[SharedFile], run_id: str | None = None) -> None:
    """Note the files of a message; one that the thread holds already stays as it is."""
    for file in shared:
        await run(
            tx,
            """
            INSERT INTO files (id, thread_key, run_id, slack_id, name, type, size, url)
            VALUES (%(id)s, %(thread)s, %(run)s, %(slack_id)s, %(name)s, %(type)s, %(size)s, %(url)s)
            ON CONFLICT DO NOTHING
            """,
            id=f"{PREFIX}{secrets.token_hex(8)}",
            thread=thread.key,
            run=run_id,
            slack_id=file.id,
            name=storable(file.name),
            type=file.type,
            size=file.size,
            url=file.url,
        )


async def of_thread(tx: Transaction, thread: Thread) -> list[Kept]:
    """All of a thread, oldest first."""
    sql = "SELECT * FROM files WHERE thread_key = %(key)s ORDER BY created_at, id"
    return [_kept(row) for row in await fetch(tx, sql, key=thread.key)]


async def find(db: Database, file_id: str, channel: str) -> Kept | None:
    """A file by its id; `None` unless its thread is in that channel."""
    sql = (
        "SELECT f.* FROM files f JOIN threads t ON t.key = f.thread_key WHERE f.id = %(id)s AND t.channel = %(channel)s"
    )
    rows = await db.fetch(sql, id=file_id, channel=channel)
    return _kept(rows[0]) if rows else None


async def settle(tx: Transaction, file: Kept) -> bool:
    """Keep what became of a file that was waiting; `False` when somebody else did meanwhile."""
    return bool(
        await run(
            tx,
            """
            UPDATE files SET name = %(name)s, type = %(type)s, size = %(size)s,
                state = %(state)s, kind = %(kind)s, extent = %(extent)s, text = %(text)s,
                left_out = %(left_out)s, problem = %(problem)s
            WHERE id = %(id)s AND state = 'waiting'
            """,
            id=file.id,
            name=storable(file.shared.name),
            type=file.shared.type,
            size=file.shared.size,
            state=file.state,
            kind=file.kind,
            extent=file.extent,
            text=storable(file.text),
            left_out=Jsonb(list(file.left_out)),
            problem=file.problem,
        )
    )


async def unseen(tx: Transaction, thread: Thread) -> bool:
    """Whether the thread was there before Baton, and what it holds has not been asked of Slack yet."""
    sql = "SELECT 1 FROM threads WHERE key = %(key)s AND NOT looked_back"
    return bool(await fetch(tx, sql, key=thread.key))


async def looked_back(tx: Transaction, thread: Thread, shared: Sequence[SharedFile]) -> None:
    """Note the files that were put into a thread before Baton came to it."""
    await keep(tx, thread, shared)
    await run(tx, "UPDATE threads SET looked_back = true WHERE key = %(key)s", key=thread.key)


def _kept(row: DictRow) -> Kept:
    shared = SharedFile(row["slack_id"], row["name"], row["type"], row["size"], row["url"])
    told = {name: row[name] for name in ("id", "thread_key", "run_id", "state", "kind", "extent", "text", "problem")}
    return Kept(shared=shared, left_out=tuple(row["left_out"]), **told)
