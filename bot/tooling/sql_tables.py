"""What a database has: tables with their columns, comments and foreign keys, as far as the role may read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.reasons import because
from bot.types import Json

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.tooling.sql import Database

NOTE = 200  # characters of a comment
COLUMNS = 80  # of one table
LISTED = 300  # tables by name alone

_TABLES = """
    SELECT c.oid::int8, n.nspname, c.relname, left(obj_description(c.oid, 'pg_class'), %s)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
        AND (%s = '' OR strpos(lower(n.nspname || '.' || c.relname), lower(%s)) > 0
            OR strpos(lower(coalesce(obj_description(c.oid, 'pg_class'), '')), lower(%s)) > 0
            OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                AND strpos(lower(a.attname || ' ' || coalesce(col_description(c.oid, a.attnum), '')), lower(%s)) > 0))
    ORDER BY n.nspname, c.relname LIMIT %s
"""
_COLUMNS = """
    SELECT a.attrelid::int8, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        left(col_description(a.attrelid, a.attnum), %s)
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
    ORDER BY a.attrelid, a.attnum
"""
_KEYS = """
    SELECT k.conrelid::int8, pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = ANY (%s::oid[]) AND k.contype IN ('f', 'p')
    ORDER BY k.conrelid, k.contype DESC, k.conname
"""


async def described(connection: AsyncConnection, database: Database, find: str) -> Json:
    """Tables whose name, columns or comments contain `find`; all, when it is empty. What is left out is said."""
    from bot.tooling.sql import RESULT, TABLES

    schemas = list(database.entry.schemas)
    wanted = (NOTE, schemas, *[find] * 4, LISTED + 1)
    await connection.exec_driver_sql("SET LOCAL search_path = pg_catalog")  # so that keys name their tables in full
    found: Sequence[Any] = (await connection.exec_driver_sql(_TABLES, wanted)).fetchall()
    shown = [row[0] for row in found[:TABLES]]
    columns: Sequence[Any] = (await connection.exec_driver_sql(_COLUMNS, (NOTE, shown))).fetchall()
    keys: Sequence[Any] = (await connection.exec_driver_sql(_KEYS, (shown,))).fetchall()
    tables: list[Json] = []
    length = 0
    for oid, schema, name, note in found[:TABLES]:
        own = [_column(*column[1:]) for column in columns if column[0] == oid]
        table = {
            "table": f"{schema}.{name}",
            **({"comment": note} if note else {}),
            "columns": own[:COLUMNS],
            **({"left_out": f"{len(own) - COLUMNS} more columns"} if len(own) > COLUMNS else {}),
            **({"keys": kept} if (kept := [str(key[1]) for key in keys if key[0] == oid]) else {}),
        }
        length += len(str(table))
        if length > RESULT and tables:
            break
        tables.append(table)
    return {**_rest(found, len(tables)), "tables": tables}


def _column(name: str, kind: str, needed: bool, note: str | None) -> str:
    """A column in one line, as in `amount numeric(12,2) not null -- in euros`."""
    return f"{name} {kind}{' not null' if needed else ''}{f' -- {note}' if note else ''}"


def _rest(found: Sequence[Any], shown: int) -> dict[str, Json]:
    """The names of tables that were not described."""
    left = [f"{row[1]}.{row[2]}" for row in found[shown:LISTED]]
    if not left:
        return {}
    more = len(found) > LISTED
    told = because("left_tables_more", count=len(left)) if more else because("left_tables", count=len(left))
    return {"left_out": [told], "names": left[:100]}
