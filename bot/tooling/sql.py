"""Read-only questions on a company's own database: its tables, and one query at a time, within bounds.

Nothing connects before the first call. The address holds a password: it stays in the engine, and no error of the
driver's leaves this file with more than what PostgreSQL says of the query.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.errors import ToolError, ToolFileError
from bot.reasons import because
from bot.tooling.arguments import Typed
from bot.tooling.context import RunContext
from bot.tooling.naming import NAME
from bot.tooling.sql_guard import LONGEST, judged
from bot.tooling.tool import Tool
from bot.types import Json

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CELL = 1_000  # characters of one value; the rest stays on the server
WIDEST = 100  # columns of a result
RESULT = 16_000  # characters of all rows; a model is not shown more of a result than this and a little
TABLES = 60  # that are described with their columns at a time
PATIENCE = 5  # seconds for a connection

_SCHEMA = re.compile(r"(?!pg_|information_schema$)[A-Za-z_][A-Za-z0-9_]{0,62}")
_TRUTH, _NUMBERS, _FLOATS, _JSON = {16}, {20, 21, 23}, {700, 701}, {114, 3802}  # PostgreSQL's numbers of types

log = structlog.get_logger()


def _schema(written: str) -> str:
    if not _SCHEMA.fullmatch(written):
        raise ValueError("this cannot be a schema of the company's: letters, digits and _, and not the system's own")
    return written


class Entry(BaseModel):
    """One entry of `sql:` in sources.yaml."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)  # the input holds a password

    url: str
    schemas: list[Annotated[str, AfterValidator(_schema)]] = Field(min_length=1)
    description: str = Field(min_length=1)
    rows: int = Field(200, ge=1, le=1_000)
    seconds: float = Field(10, gt=0, le=120)


class Database:
    """A database that may be asked. Raises `ToolFileError` when its name or address cannot be used."""

    def __init__(self, name: str, entry: Entry, *, stand_in: bool = False) -> None:
        """A `stand_in` is never reached: its variables are not set on this machine."""
        if not NAME.fullmatch(name):
            raise ToolFileError("a name has small letters, digits and _, and begins with a letter")
        self.name = name
        self.entry = entry
        self._url = None if stand_in else _address(entry.url)
        self._engine: AsyncEngine | None = None

    def __repr__(self) -> str:
        return f"Database({self.name!r})"

    @property
    def place(self) -> str:
        """Where it is, without who reads there."""
        return f"{self._url.host or 'localhost'}/{self._url.database}" if self._url else "not configured"

    @property
    def login(self) -> str:
        return (self._url.username if self._url else None) or "baton_reader"

    async def close(self) -> None:
        if self._engine:
            await self._engine.dispose()
            self._engine = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, rolled back at its end. Raises `ToolError` when there is none to be had."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        try:
            connection = await self._opened().connect()
        except (SQLAlchemyError, OSError) as error:  # what the driver says names the host and the login
            log.warning("database away", database=self.name, error=type(error).__name__)
            raise ToolError(because("sql_away", name=self.name)) from None
        try:
            # again in each transaction: a statement that slipped through could have changed the session
            settings = ", ".join("set_config(%s, %s, true)" for _ in self._settings)
            values = tuple(part for setting in self._settings.items() for part in setting)
            await connection.exec_driver_sql(f"SELECT {settings}", values)
            yield connection
        except DBAPIError as error:
            raise ToolError(self._told(error)) from None
        finally:
            await connection.close()

    async def ask(self, query: str) -> dict[str, Json]:
        """The first rows of a query that was judged, each value within bounds."""
        async with self.reading() as connection:
            inner = query.replace("%", "%%")
            # with parameters, PostgreSQL takes no second statement; and only what returns rows stands in brackets
            sql = f"SELECT * FROM (\n{inner}\n) AS asked LIMIT %s"  # noqa: S608  (to run SQL is what this is for)
            empty: Any = await connection.exec_driver_sql(sql, (0,))
            columns = [(str(one[0]), int(one[1])) for one in empty.cursor.description]
            if len(columns) > WIDEST:
                raise ToolError(because("sql_too_wide", found=len(columns), bound=WIDEST))
            names = [f"c{at}" for at in range(len(columns))]
            # the server cuts: a cell of 50 MB never comes here. Its text is exact for numbers, days and moments
            cut = ", ".join(f"left({name}::text, %s)" for name in names)
            sql = f"SELECT {cut} FROM (\n{inner}\n) AS asked({', '.join(names)}) LIMIT %s"  # noqa: S608
            found = await connection.exec_driver_sql(sql, (*[CELL + 1] * len(names), self.entry.rows + 1))
            return self._result(columns, found.fetchall())

    def _result(self, columns: Sequence[tuple[str, int]], found: Sequence[Sequence[str | None]]) -> dict[str, Json]:
        rows: list[Json] = []
        length = 0
        for row in found[: self.entry.rows]:
            values = [_value(text, kind) for text, (_, kind) in zip(row, columns, strict=True)]
            length += len(json.dumps(values, ensure_ascii=False, default=str))
            if length > RESULT and rows:
                break
            rows.append(values)
        shortened = any(len(text) > CELL for row in found[: len(rows)] for text in row if text)
        left_out = [because("left_rows", count=len(rows))] if len(found) > len(rows) else []
        left_out += [because("left_long_texts", count=CELL)] if shortened else []
        names = [name for name, _ in columns]
        return {**({"left_out": left_out} if left_out else {}), "columns": names, "rows": rows}

    @property
    def _settings(self) -> Mapping[str, str]:
        milliseconds = str(int(self.entry.seconds * 1000))
        return {
            "default_transaction_read_only": "on",
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": str(2 * int(self.entry.seconds * 1000) + 1000),
            "search_path": ",".join(f'"{schema}"' for schema in (*self.entry.schemas, "pg_temp")),
            "standard_conforming_strings": "on",  # as the judge reads texts
            "datestyle": "ISO",
            "intervalstyle": "postgres",
            "bytea_output": "hex",
        }

    def _opened(self) -> AsyncEngine:
        from sqlalchemy.ext.asyncio import create_async_engine

        if self._url is None:
            raise ToolError(because("sql_away", name=self.name))
        if self._engine is None:
            options = " ".join(f"-c {key}={value}" for key, value in self._settings.items())
            self._engine = create_async_engine(
                self._url,
                pool_size=2,
                max_overflow=2,
                pool_timeout=PATIENCE,
                pool_pre_ping=True,
                pool_recycle=300,
                hide_parameters=True,
                connect_args={"connect_timeout": PATIENCE, "options": options, "application_name": "baton"},
            ).execution_options(postgresql_readonly=True)  # BEGIN READ ONLY
        return self._engine

    def _told(self, error: Any) -> str:
        """What PostgreSQL says of a query; nothing of the connection."""
        said = getattr(error.orig, "diag", None)
        if said is None or not said.sqlstate or error.connection_invalidated:
            return because("sql_away", name=self.name)
        if said.sqlstate == "57014":
            return because("sql_too_slow", seconds=f"{self.entry.seconds:g}")
        return because("sql_refused", error=" — ".join(filter(None, (said.message_primary, said.message_hint)))[:500])


def tools_of(database: Database) -> tuple[Tool, Tool]:
    """The two tools of a database."""

    async def tables(ctx: RunContext, /, find: str) -> Json:
        from bot.tooling.sql_tables import described

        async with database.reading() as connection:
            return await described(connection, database, find)

    async def query(ctx: RunContext, /, query: str) -> Json:
        return await database.ask(judged(query, database.entry.schemas, f"{database.name}_tables"))

    about = database.entry.description.rstrip(".")
    look = (
        f"Which tables and columns the database '{database.name}' has: {about}.\n\n"
        f"Look here before you write a query for {database.name}_query."
    )
    ask = (
        f"Ask the database '{database.name}' with one SQL query (PostgreSQL, read-only): {about}.\n\n"
        f"At most {database.entry.rows} rows come back, so let the database count and sum. Its schemas: "
        f"{', '.join(database.entry.schemas)}."
    )
    return _tool(database, "tables", tables, look, _Find), _tool(database, "query", query, ask, _Query)


class _Find(BaseModel):
    model_config = ConfigDict(extra="forbid", title="tables")

    find: Annotated[str, Field(max_length=100, description="Part of the name of a table, a column or a comment.")] = ""


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", title="query")

    query: Annotated[str, Field(max_length=LONGEST, description="One SELECT, with WITH and UNION where needed.")]


def _tool(database: Database, what: str, work: Callable[..., Any], about: str, takes: type[BaseModel]) -> Tool:
    patience = 2 * database.entry.seconds + 2 * PATIENCE + 2  # the server ends a statement, this is for a lost network
    return Tool(
        function=work,
        name=f"{database.name}_{what}",
        description=about,
        arguments=Typed(takes),
        read_only=True,
        system=database.name,
        origin=f"{database.name} ({database.place})",
        timeout=patience,
        titles=_TITLES[what](database.name),
    )


_TITLES: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "tables": lambda name: {"en": f"Tables of {name}", "fr": f"Tables de {name}"},
    "query": lambda name: {"en": f"Query on {name}", "fr": f"Requête sur {name}"},
}


def _address(written: str) -> URL:
    """Raises `ToolFileError`, whose text holds nothing of the address but what stands before `://`."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        form = "postgresql+psycopg://reader:…@host/database, with % codes for : / @ in the password"
        raise ToolFileError(f"url: cannot be read as an address; write it as {form}") from None
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise ToolFileError("url: only PostgreSQL can be asked for now; begin it with postgresql+psycopg://")
    return url.set(drivername="postgresql+psycopg")


def _value(text: str | None, kind: int) -> Json:
    """A cell as a JSON value; `Decimal`, days and moments stay the exact text that PostgreSQL writes."""
    if text is None:
        return None
    if len(text) > CELL:
        return f"{text[:CELL]}…"
    if kind in _TRUTH:
        return text == "true"
    if kind in _NUMBERS:
        return int(text)
    if kind in _FLOATS:
        return float(text) if math.isfinite(float(text)) else text
    if kind in _JSON and text.count("[") + text.count("{") < 50:  # deeper ones stay text
        return json.loads(text, parse_float=str)
    return text
