"""Questions on a company's database: exact values, within bounds, and what is left out is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import empty_database
from tests.warehouse import Warehouse, ask, warehouse_at


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
    ("SELECT 'a'\n'b' -- one\n, '-- two', \"id\" FROM lines WHERE id = 1", [["ab", "-- two", 1]]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "rows"), ORDINARY)
async def test_an_ordinary_question_gives_exact_values(
    warehouse: Warehouse, tmp_path: Path, query: str, rows: list[list[Any]]
) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    assert (await ask(catalog, query))["rows"] == rows
    await catalog.close()


async def test_a_result_says_where_it_is_from_and_how_its_columns_are_called(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    catalog = warehouse.catalog(tmp_path, warehouse.reader)
    found = await ask(catalog, 'SELECT item, free AS "now" FROM items WHERE false')
    place = f"warehouse ({catalog.databases['warehouse'].place})"
    assert found == {"source": place, "columns": ["item", "now"], "rows": []}
    assert place.endswith(f"/{warehouse.name})")
    await catalog.close()
