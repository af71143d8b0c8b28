"""Questions on a company's database: exact values, within bounds, and what is left out is told."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.errors import ConfigError, ToolError
from bot.tooling.catalog import Catalog
from tests.conftest import empty_database
from tests.house import AMELIE, LEDGER_TOOLS, SALES, House, Slack, baton, text_of, until
from tests.provider import Provider, calls, says
from tests.warehouse import PASSWORD, Warehouse, ask, context, warehouse_at


@pytest.fixture(scope="module")
def warehouse(server: str) -> Iterator[Warehouse]:
    with empty_database(server) as url, warehouse_at(url) as made:
        yield made


ORDINARY: list[tuple[str, list[list[Any]]]] = [
    ("SELECT count(*) FROM sales.lines;", [[3]]),
    ("SELECT sum(amount) FROM lines -- no schema: found in those that are allowed", [["100001200.0999"]]),
    ("SELECT id, amount, day, at AT TIME ZONE 'UTC', urgent, weight FROM sales.lines ORDER BY id",
     [[1, "1200.1000", "2026-01-05", "2026-01-05 08:30:00", True, 0.1],
      [2, "99999999.9999", "2026-02-07", None, False, "NaN"],
      [9007199254740993, None, "2026-02-28", None, None, None]]),
    ("SELECT c.name, sum(l.quantity) FROM sales.lines l JOIN sales.customers c ON c.id = l.customer GROUP BY 1 ORDER BY 1",
     [["Aqualia", 15], ["Stadtwerke", 5]]),
    ("SELECT l.item, s.free - sum(l.quantity) FROM lines AS l LEFT JOIN stock.items AS s USING (item) "
     "GROUP BY l.item, s.free HAVING sum(l.quantity) > 4", [["PMP-200", 23]]),
    ("SELECT id, row_number() OVER (PARTITION BY item ORDER BY day DESC), sum(quantity) OVER w FROM lines "
     "WINDOW w AS (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) ORDER BY id",
     [[1, 2, 12], [2, 1, 15], [9007199254740993, 1, 20]]),
    ("WITH m(month, n) AS (SELECT date_trunc('month', day), count(*) FROM lines GROUP BY 1) "
     "SELECT to_char(month, 'YYYY-MM \"in\" TMMon'), n FROM m ORDER BY 1",
     [["2026-01 in Jan", 1], ["2026-02 in Feb", 2]]),
    ("SELECT date_trunc('month', day)::date, to_char(amount, 'FM999G999G990D00') FROM lines WHERE id = 1",
     [["2026-01-01", "1,200.10"]]),
    ("SELECT count(*) FILTER (WHERE urgent), bool_or(urgent), max(day) - min(day) FROM lines", [[1, True, 54]]),
    ("SELECT data->>'via', data#>>'{n,1}', data->'n', data ? 'n', data @> '{\"via\": \"web\"}'::jsonb FROM lines WHERE id < 3 "
     "ORDER BY id", [["web", "2.50", [1, "2.50"], True, True], ["phone", None, None, False, False]]),
    ("SELECT c.name, x.item FROM customers c CROSS JOIN LATERAL (SELECT item FROM lines l WHERE l.customer = c.id "
     "ORDER BY day DESC LIMIT 1) AS x(item) ORDER BY 1", [["Aqualia", "PMP-300"], ["Stadtwerke", "PMP-200"]]),
    ("SELECT g::date FROM generate_series(date '2026-01-30', date '2026-02-01', interval '1 day') AS g ORDER BY g",
     [["2026-01-30"], ["2026-01-31"], ["2026-02-01"]]),
    ("SELECT CASE WHEN quantity >= 10 THEN 'large' WHEN quantity > 4 THEN 'middle' ELSE 'small' END FROM lines ORDER BY id",
     [["large"], ["small"], ["middle"]]),
    ("SELECT item FROM items WHERE free > (SELECT avg(free) FROM stock.items) AND EXISTS (SELECT 1 FROM lines)",
     [["PMP-200"]]),
    ("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i), 7 % 4 FROM n", [[15, 3]]),
    ("(SELECT 'x' AS a) UNION ALL (SELECT 'y') ORDER BY a DESC", [["y"], ["x"]]),
    ("SELECT 1 AS a, 2 AS a, '%s' AS \"100 %\"", [[1, 2, "%s"]]),
    ("VALUES (1, 'a'), (2, 'it''s')", [[1, "a"], [2, "it's"]]),
    ("SELECT note FROM lines WHERE note LIKE '100 \\%%é'", [["100 % é"]]),
    ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY quantity), string_agg(item, ', ' ORDER BY id) FROM lines",
     [[5.0, "PMP-200, PMP-300, PMP-200"]]),
    ("SELECT DISTINCT ON (customer) customer, day FROM lines ORDER BY customer, day DESC NULLS LAST",
     [[1, "2026-02-07"], [2, "2026-02-28"]]),
    ("SELECT country, count(*), grouping(country) FROM customers GROUP BY ROLLUP (country) ORDER BY 1 NULLS LAST",
     [["DE", 1, 0], ["FR", 1, 0], [None, 2, 1]]),
    ("SELECT extract(year FROM day), substring(item from 1 for 3), interval '36 hours', -2 ^ 2, NOT urgent = false, "
     "1e400::numeric > 0, (array[3, 1, 2])[1:2] FROM lines WHERE id = 1",
     [["2026", "PMP", "36:00:00", 4.0, True, True, "{3,1}"]]),
    ("SELECT row(1, 'a'), 'null'::jsonb, 'x'::char(3), '\\x00ff'::bytea, int4range(1, 5), true, 1.10::float4, "
     "'2026-03-01 12:00+00'::timestamptz AT TIME ZONE 'Europe/Paris', ('[' || rpad('', 200, ' ') || '1]')::json, "
     "array[1.50, null], current_date > '2020-01-01', 9223372036854775807, 'Infinity'::float8",
     [["(1,a)", None, "x", "\\x00ff", "[1,5)", True, 1.1, "2026-03-01 13:00:00", [1], "{1.50,NULL}", True,
       9223372036854775807, "Infinity"]]),
    ("SELECT 'a'\n'b' -- one\n, '-- two', \"id\" FROM lines WHERE id = 1", [["ab", "-- two", 1]]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "rows"), ORDINARY)
async def test_an_ordinary_question_gives_exact_values(
    warehouse: Warehouse, tmp_path: Path, query: str, rows: list[list[Any]]
) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    assert (await ask(catalog, query))["rows"] == rows
    await catalog.close()


async def test_a_result_says_how_its_columns_are_called_and_its_tool_where_it_is_from(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    found = await ask(catalog, 'SELECT item, free AS "now" FROM items WHERE false')
    assert found == {"columns": ["item", "now"], "rows": []}
    assert catalog["warehouse_query"].origin == f"warehouse (localhost/{warehouse.name})"
    await catalog.close()


async def test_a_result_stops_at_the_rows_allowed_and_says_so(warehouse: Warehouse, tmp_path: Path) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader, rows=3)
    found = await ask(catalog, "SELECT n FROM stock.counter ORDER BY n")
    assert found["rows"] == [[1], [2], [3]]
    assert found["left_out"] == ["only the first 3 rows are here, there are more: ask for fewer, or for sums"]
    assert "left_out" not in await ask(catalog, "SELECT n FROM stock.counter ORDER BY n LIMIT 3")
    await catalog.close()


async def test_an_endless_result_is_never_loaded(warehouse: Warehouse, tmp_path: Path) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    endless = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT 1 / (202 - i) FROM n"
    assert len((await ask(catalog, endless))["rows"]) == 200  # the row after the next cannot be reckoned
    await catalog.close()


async def test_a_huge_cell_stays_on_the_server_and_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    huge = "SELECT lpad('', 50000000, 'é') AS a, 7 AS b"
    await ask(catalog, "SELECT 1")
    tracemalloc.start()
    found = await ask(catalog, huge)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    assert found["rows"] == [["é" * 1_000 + "…", 7]]
    assert found["left_out"] == ["texts of more than 1000 characters end with …: ask for a part of them"]
    await catalog.close()


async def test_many_long_rows_stay_within_what_a_model_reads(warehouse: Warehouse, tmp_path: Path) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    found = await ask(catalog, "SELECT lpad('', 900, 'x') FROM stock.counter")
    assert len(found["rows"]) == 17
    assert found["left_out"][0].startswith("only the first 17 rows are here")
    with pytest.raises(ToolError, match="the result has 101 columns: name those that matter, at most 100"):
        await ask(catalog, f"SELECT {', '.join(['1'] * 101)}")
    await catalog.close()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT amout FROM lines", 'the database refuses the query: column "amout" does not exist — '
         'Perhaps you meant to reference the column "lines.amount".'),
        ("SELECT 1 / 0", "the database refuses the query: division by zero"),
        ("SELECT * FROM salaries", 'the database refuses the query: relation "salaries" does not exist'),
        ("SELECT count(*) FROM generate_series(1, 100000000000) AS a",
         "the database was still busy after 0.2 s: ask for less, with a narrower WHERE or an aggregate"),
    ],
)  # fmt: skip
async def test_what_the_database_says_goes_back_to_the_model(
    warehouse: Warehouse, tmp_path: Path, query: str, told: str
) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader, seconds=0.2)
    with pytest.raises(ToolError) as refused:
        await ask(catalog, query)
    assert str(refused.value) == told
    assert (await ask(catalog, "SELECT 1"))["rows"] == [[1]]
    await catalog.close()


async def test_tables_are_described_as_far_as_the_role_may_read_them(warehouse: Warehouse, tmp_path: Path) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    tool = catalog["warehouse_tables"]
    found = await tool.call(context(), tool.parse({"find": "Without TAX"}))
    assert found["tables"] == [
        {
            "table": "sales.lines",
            "columns": [
                "id bigint not null", "customer integer", "item text not null", "quantity integer not null",
                "amount numeric(14,4) -- in euros, without tax", "day date", "at timestamp with time zone",
                "urgent boolean", "weight double precision", "data jsonb", "note text",
            ],
            "keys": ["PRIMARY KEY (id)", "FOREIGN KEY (customer) REFERENCES sales.customers(id)"],
        }
    ]  # fmt: skip
    everything = await tool.call(context(), tool.parse({}))
    assert [one["table"] for one in everything["tables"]] == [
        "sales.customers", "sales.lines", "stock.counter", "stock.items",
    ]  # fmt: skip
    assert everything["tables"][0]["comment"] == "Who orders"
    await catalog.close()


@pytest.mark.parametrize("how", ["a wrong password", "no such role", "nobody there", "no such host"])
async def test_a_database_that_is_away_is_told_and_its_password_never(
    warehouse: Warehouse, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    address = {
        "a wrong password": warehouse.as_role(warehouse.reader, "s3cret-wrong"),
        "no such role": warehouse.as_role("nobody", "s3cret-wrong"),
        "nobody there": "postgresql://reader:s3cret-w0rd@127.0.0.1:1/db",
        "no such host": "postgresql://reader:s3cret-w0rd@nowhere.invalid/db",
    }[how]
    warehouse.catalog(tmp_path, warehouse.reader)
    catalog = Catalog.load(tmp_path, {"WAREHOUSE_URL": address})
    with structlog.testing.capture_logs() as logs, pytest.raises(ToolError) as refused:
        await ask(catalog, "SELECT 1")
    assert str(refused.value) == "the database warehouse does not answer or refuses the login: nothing was read"
    assert refused.value.__cause__ is None
    database = catalog.databases["warehouse"]
    shown = [
        repr(logs),
        caplog.text,
        repr(database),
        str(vars(database)["_url"]),
        database.place,
        repr(catalog.describe()),
    ]
    assert [text for text in shown if "s3cret" in text] == []
    await catalog.close()


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{url: '${U}', schemas: [sales], description: d}", "warehouse: url: only PostgreSQL can be asked for now"),
        ("{url: 'postgresql://a:${P}@h:x/d', schemas: [sales], description: d}", "url: cannot be read as an address"),
        ("{url: '${P}', schemas: [sales], description: d}", "warehouse: url: cannot be read as an address"),
        ("{url: 'postgresql://h/d', schemas: [], description: d}", "schemas: List should have at least 1 item"),
        ("{url: 'postgresql://h/d', schemas: [pg_catalog], description: d}", "schemas.0: Value error, this cannot be"),
        ("{url: 'postgresql://h/d', schemas: ['a\"b'], description: d}", "schemas.0: Value error, this cannot be"),
        ("{url: 'postgresql://h/d', schemas: [a], description: d, rows: 0}", "rows: Input should be greater"),
        ("{url: 'postgresql://h/d', schemas: [a], description: d, row: 5}", "row: Extra inputs are not permitted"),
        ("{url: 'postgresql://h/d', schemas: [a]}", "description: Field required"),
    ],
)
def test_a_wrong_entry_stops_the_start_without_showing_a_secret(tmp_path: Path, entry: str, told: str) -> None:
    (tmp_path / "sources.yaml").write_text(f"sql: {{warehouse: {entry}}}", "utf-8")
    with pytest.raises(ConfigError) as refused:
        Catalog.load(tmp_path, {"U": "mysql://reader:s3cret@h/d", "P": "s3cret"})
    assert told in str(refused.value)
    assert str(tmp_path / "sources.yaml") in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", ["Warehouse", "ware house", "1st", "a" * 65, "é"])
def test_a_wrong_name_stops_the_start(tmp_path: Path, name: str) -> None:
    entry = f"sql: {{'{name}': {{url: 'postgresql://h/d', schemas: [a], description: d}}}}"
    (tmp_path / "sources.yaml").write_text(entry, "utf-8")
    with pytest.raises(ConfigError, match="a name has small letters, digits and _, and begins with a letter"):
        Catalog.load(tmp_path, {})


def test_a_tool_of_the_same_name_stops_the_start(tmp_path: Path) -> None:
    entry = "sql: {book: {url: 'postgresql://h/d', schemas: [a], description: d}}"
    (tmp_path / "sources.yaml").write_text(entry, "utf-8")
    code = "from bot import RunContext, tool\n\n@tool\ndef book_query(ctx: RunContext) -> None:\n    '''Say.'''\n"
    (tmp_path / "books.py").write_text(code, "utf-8")
    with pytest.raises(ConfigError, match=r"books\.py: book_query: .*sources\.yaml already has a tool of this name"):
        Catalog.load(tmp_path, {})


def test_a_missing_variable_leaves_the_tools_out_and_the_log_says_which(tmp_path: Path) -> None:
    entry = "sql: {book: {url: 'postgresql://r:${PW}@h/d', schemas: [a], description: d}}"
    (tmp_path / "sources.yaml").write_text(entry, "utf-8")
    with structlog.testing.capture_logs() as logs:
        assert list(Catalog.load(tmp_path, {})) == []
    assert logs == [{"event": "left out", "name": "book", "to_add": ["PW"], "log_level": "warning"}]


@pytest.fixture(scope="module")
def asked(
    server: str, warehouse: Warehouse, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Baton with the book's tools and the warehouse."""
    home = tmp_path_factory.mktemp("asked")
    tools = shutil.copytree(LEDGER_TOOLS, home / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    warehouse.catalog(tools, warehouse.reader)
    environment = {"WAREHOUSE_URL": warehouse.as_role(warehouse.reader)}
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, provider.models, tools, environment)
        yield house
        house.close()


def test_a_question_in_a_thread_is_answered_from_the_database(asked: House, provider: Provider) -> None:
    provider.reset()
    asked.start()
    query = "SELECT item, sum(quantity) AS ordered, sum(amount) FROM sales.lines GROUP BY item ORDER BY item"
    provider.script += [
        calls("warehouse_query", query="SELECT * FROM hr.salaries"),
        calls("warehouse_query", query=query),
        calls("warehouse_query", query="SELECT n FROM stock.counter ORDER BY n"),
        lambda provider: says(f"PMP-200: 17, 1200.1000 euros. I heard: {provider.results()[-2]}"),
    ]
    ts = asked.slack.say(AMELIE, "<@UBATON01> How many pumps were ordered?", SALES)

    def answer() -> str | None:
        said = [text_of(message) for message in asked.slack.messages(SALES, ts) if message.get("bot_id")]
        return next((text for text in said if "PMP-200: 17" in text), None)

    assert '["PMP-200", 17, "1200.1000"]' in until("an answer with figures", answer)
    refused, found, large = provider.results()
    assert "hr.salaries is in no schema that may be read here (those are: sales, stock)" in refused
    assert '"rows": [["PMP-200", 17, "1200.1000"], ["PMP-300", 3, "99999999.9999"]]' in found
    assert "only the first 200 rows are here, there are more" in large
    assert "[200]]" in large
    assert PASSWORD not in asked.baton.output() + repr(provider.asked)
    told = next(t["function"] for t in provider.asked[0]["tools"] if t["function"]["name"] == "warehouse_query")
    assert "Orders and stock, one row an order line" in told["description"]


def test_the_doctor_is_content_with_a_role_that_only_reads(asked: House, warehouse: Warehouse) -> None:
    done = baton(asked, "doctor")
    place = f"localhost/{warehouse.name}"
    assert (done.returncode, done.stdout) == (0, f"✓ database warehouse at {place}\nnothing to mend\n")


def test_the_doctor_says_what_a_role_could_write_and_how_a_proper_one_is_made(
    asked: House, warehouse: Warehouse
) -> None:
    done = baton(asked, "doctor", WAREHOUSE_URL=warehouse.as_role(warehouse.writer))
    role = f"the role {warehouse.writer}:"
    tables = "sales.customers, sales.lines, stock.counter, stock.items"
    assert done.returncode == 1
    assert [line.strip() for line in done.stdout.splitlines()] == [
        f"✗ database warehouse at localhost/{warehouse.name}",
        f"{role} it is allowed to make roles",
        f"{role} it is a member of pg_write_server_files",
        f"{role} it may INSERT in {tables}",
        f"{role} it may UPDATE in {tables}",
        f"{role} it may DELETE in {tables}",
        f"{role} it may change the sequence stock.numbers",
        f"{role} it may create in the schema sales, stock",
        f"{role} it may call with another's rights stock.grab()",
        "To mend it:",
        "CREATE ROLE baton_reader LOGIN PASSWORD '…';",
        "ALTER ROLE baton_reader SET default_transaction_read_only = on;",
        "GRANT USAGE ON SCHEMA sales, stock TO baton_reader;",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sales, stock TO baton_reader;",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA sales, stock GRANT SELECT ON TABLES TO baton_reader;",
        "8 to mend",
    ]


def test_the_doctor_knows_a_superuser_and_a_database_that_is_away(asked: House, warehouse: Warehouse) -> None:
    done = baton(asked, "doctor", WAREHOUSE_URL=warehouse.as_role(warehouse.owner))
    assert done.returncode == 1
    assert f"the role {warehouse.owner}: it is a superuser" in done.stdout
    assert "it may read outside the allowed schemas hr.salaries" in done.stdout
    away = baton(asked, "doctor", WAREHOUSE_URL=warehouse.as_role(warehouse.reader, "s3cret-wrong"))
    assert away.returncode == 1
    assert "the database warehouse does not answer or refuses the login" in away.stdout
    assert "s3cret" not in away.stdout + away.stderr


async def test_a_connection_that_is_lost_during_a_question_is_told_and_the_next_one_finds_another(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    database = catalog.databases["warehouse"]
    await ask(catalog, "SELECT 1")

    async def cut_off() -> None:
        async with database.reading() as connection:
            warehouse.rows(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{warehouse.reader}'"
            )
            await connection.exec_driver_sql("SELECT 1")

    with pytest.raises(ToolError) as refused:
        await cut_off()
    assert str(refused.value) == "the database warehouse does not answer or refuses the login: nothing was read"
    assert (await ask(catalog, "SELECT 1"))["rows"] == [[1]]
    await catalog.close()
