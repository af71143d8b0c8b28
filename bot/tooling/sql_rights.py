"""What the role that reads a database could do there beyond reading: the barrier that holds when all others fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.tooling.sql import Database

NAMED = 5  # tables, schemas or functions in one sentence

# each row: what, which; PUBLIC's rights and those of roles that it is a member of count as its own
_RIGHTS = """
    WITH RECURSIVE me AS (
        SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user
        UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN me ON m.member = me.oid
    ), company AS (
        SELECT oid, nspname FROM pg_catalog.pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    )
    SELECT 'it is ' || what, '' FROM pg_catalog.pg_roles r
        CROSS JOIN LATERAL (VALUES (r.rolsuper, 'a superuser'), (r.rolcreaterole, 'allowed to make roles'),
            (r.rolcreatedb, 'allowed to make databases'), (r.rolreplication, 'allowed to replicate'),
            (r.rolbypassrls, 'exempt from row security')) AS v(has, what)
        WHERE v.has AND r.oid IN (SELECT oid FROM me)
    UNION ALL SELECT 'it is a member of', r.rolname FROM pg_catalog.pg_roles r
        WHERE r.oid IN (SELECT oid FROM me) AND r.rolname ~ '^pg_' AND r.rolname NOT IN ('pg_read_all_data',
            'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_monitor', 'pg_database_owner')
    UNION ALL SELECT 'it may ' || right_ || ' in', c.oid::pg_catalog.regclass::text
        FROM pg_catalog.pg_class c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS right_
        WHERE c.relkind IN ('r', 'p', 'v', 'f') AND c.relnamespace IN (SELECT oid FROM company)
            AND (has_table_privilege(c.oid, right_)
                OR right_ IN ('INSERT', 'UPDATE') AND has_any_column_privilege(c.oid, right_))
    UNION ALL SELECT 'it may change the sequence', c.oid::pg_catalog.regclass::text
        FROM pg_catalog.pg_class c WHERE c.relkind = 'S' AND c.relnamespace IN (SELECT oid FROM company)
            AND (has_sequence_privilege(c.oid, 'USAGE') OR has_sequence_privilege(c.oid, 'UPDATE'))
    UNION ALL SELECT 'it may create in the schema', nspname FROM company WHERE has_schema_privilege(oid, 'CREATE')
    UNION ALL SELECT 'it may create schemas in the database', datname FROM pg_catalog.pg_database
        WHERE datname = current_database() AND has_database_privilege(oid, 'CREATE')
    UNION ALL SELECT 'it may call with another''s rights', p.oid::pg_catalog.regprocedure::text
        FROM pg_catalog.pg_proc p WHERE p.prosecdef AND p.pronamespace IN (SELECT oid FROM company)
            AND has_schema_privilege(p.pronamespace, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
    UNION ALL SELECT 'it may read outside the allowed schemas', c.oid::pg_catalog.regclass::text
        FROM pg_catalog.pg_class c JOIN company n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT n.nspname = ANY (%s::text[])
            AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
"""


async def could_write(database: Database) -> list[str]:
    """What the role could do that a reader should not, a sentence each; nothing when it only reads what it should.

    Raises `ToolError` when the database cannot be asked.
    """
    async with database.reading() as connection:
        await connection.exec_driver_sql("SET LOCAL search_path = pg_catalog")  # so that names are told with schemas
        wanted = (list(database.entry.schemas),)
        rows: Sequence[Any] = (await connection.exec_driver_sql(_RIGHTS, wanted)).fetchall()
    found: dict[str, list[str]] = {}
    for what, which in rows:
        found.setdefault(str(what), []).append(str(which))
    return [_sentence(what, sorted(filter(None, which))) for what, which in found.items()]


def proper_role(database: Database) -> list[str]:
    """The SQL lines that make a role which can only read what it should; whoever runs them chooses the password."""
    schemas = ", ".join(_quoted(schema) for schema in database.entry.schemas)
    role = "baton_reader"
    return [
        f"CREATE ROLE {role} LOGIN PASSWORD '…';",
        f"ALTER ROLE {role} SET default_transaction_read_only = on;",
        f"GRANT USAGE ON SCHEMA {schemas} TO {role};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {role};",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schemas} GRANT SELECT ON TABLES TO {role};",
    ]


def _quoted(name: str) -> str:
    return name if name == name.lower() else f'"{name}"'


def _sentence(what: str, which: list[str]) -> str:
    more = f" and {len(which) - NAMED} more" if len(which) > NAMED else ""
    return f"{what} {', '.join(which[:NAMED])}{more}".strip()
