"""A company's database for tests: orders and stock, a schema that is nobody's business, and three roles."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bot import RunContext
from bot.tooling.catalog import Catalog
from bot.types import Actor, Json

PASSWORD = "s3cret-w0rd"

_SCRIPT = """
CREATE SCHEMA sales; CREATE SCHEMA stock; CREATE SCHEMA hr;
CREATE TABLE sales.customers (id int PRIMARY KEY, name text NOT NULL, country char(2));
COMMENT ON TABLE sales.customers IS 'Who orders';
CREATE TABLE sales.lines (
    id bigint PRIMARY KEY, customer int REFERENCES sales.customers, item text NOT NULL, quantity int NOT NULL,
    amount numeric(14, 4), day date, at timestamptz, urgent bool, weight float8, data jsonb, note text
);
COMMENT ON COLUMN sales.lines.amount IS 'in euros, without tax';
CREATE TABLE stock.items (item text PRIMARY KEY, free int NOT NULL);
CREATE TABLE stock.counter (n bigint);
CREATE SEQUENCE stock.numbers;
CREATE TABLE hr.salaries (person text, amount numeric);
INSERT INTO sales.customers VALUES (1, 'Aqualia', 'FR'), (2, 'Stadtwerke', 'DE');
INSERT INTO sales.lines VALUES
    (1, 1, 'PMP-200', 12, 1200.1000, '2026-01-05', '2026-01-05 09:30+01', true, 0.1, '{"via": "web", "n": [1, 2.50]}', 'a'),
    (2, 1, 'PMP-300', 3, 99999999.9999, '2026-02-07', NULL, false, 'NaN', '{"via": "phone"}', '100 % é'),
    (9007199254740993, 2, 'PMP-200', 5, NULL, '2026-02-28', NULL, NULL, NULL, NULL, NULL);
INSERT INTO stock.items VALUES ('PMP-200', 40), ('PMP-300', 0);
INSERT INTO stock.counter SELECT generate_series(1, 1000);
INSERT INTO hr.salaries VALUES ('Eva', 4000);
CREATE FUNCTION stock.grab() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM stock.counter; SELECT 1';
REVOKE EXECUTE ON FUNCTION stock.grab() FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
GRANT USAGE ON SCHEMA sales, stock TO {reader};
GRANT SELECT ON ALL TABLES IN SCHEMA sales, stock TO {reader};
GRANT USAGE, CREATE ON SCHEMA sales, stock TO {writer};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales, stock TO {writer};
GRANT EXECUTE ON FUNCTION stock.grab() TO {writer};
GRANT USAGE ON SEQUENCE stock.numbers TO {writer};
GRANT pg_write_server_files TO {writer};
"""


class Warehouse:
    """The database, seen as its owner (`url`), and by the roles that read it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = re.findall(r"/(\w+)\?", url)[0]
        self.reader, self.writer, self.owner = (f"{self.name}_{what}" for what in ("reader", "writer", "owner"))

    def make(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for role, more in ((self.reader, ""), (self.writer, "CREATEROLE"), (self.owner, "SUPERUSER")):
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' {more}".encode())
            script = _SCRIPT.replace("{database}", self.name).replace("{reader}", self.reader)
            connection.execute(script.replace("{writer}", self.writer).encode())
            file = Path(connection.execute("SHOW hba_file").fetchall()[0][0])
            asked = "".join(f"local all {role} scram-sha-256\n" for role in (self.reader, self.writer, self.owner))
            file.write_text(asked + file.read_text())  # these roles need their password, also over a socket
            connection.execute("SELECT pg_reload_conf()")

    def drop(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for role in (self.reader, self.writer, self.owner):
                connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    def facts(self) -> list[tuple[Any, ...]]:
        """What no question may change."""
        return self.rows(
            "SELECT (SELECT count(*) FROM sales.lines), (SELECT sum(amount) FROM sales.lines), "
            "(SELECT count(*) FROM stock.counter), (SELECT last_value FROM stock.numbers), "
            "(SELECT is_called FROM stock.numbers), (SELECT count(*) FROM pg_class WHERE relnamespace > 16000), "
            "(SELECT count(*) FROM pg_roles)"
        )

    def as_role(self, role: str, password: str = PASSWORD) -> str:
        """The address for sources.yaml."""
        return re.sub(r"^postgresql://[^@/]*@", f"postgresql+psycopg://{role}:{password}@", self.url)

    def catalog(self, folder: Path, role: str, **more: Any) -> Catalog:
        options = {"schemas": "[sales, stock]", "description": "Orders and stock, one row an order line", **more}
        lines = "".join(f"    {key}: {value}\n" for key, value in options.items())
        (folder / "sources.yaml").write_text(f"sql:\n  warehouse:\n    url: ${{WAREHOUSE_URL}}\n{lines}", "utf-8")
        return Catalog.load(folder, {"WAREHOUSE_URL": self.as_role(role)})


@contextmanager
def warehouse_at(url: str) -> Iterator[Warehouse]:
    made = Warehouse(url)
    made.make()
    try:
        yield made
    finally:
        made.drop()


def context() -> RunContext:
    async def search(query: str, limit: int = 5) -> list[Any]:
        return []

    return RunContext("run_1", Actor("U0AMELIE01"), dt.datetime(2026, 11, 22, tzinfo=dt.UTC), search=search)


async def ask(catalog: Catalog, query: str) -> Json:
    tool = catalog["warehouse_query"]
    return await tool.call(context(), tool.parse({"query": query}))
