"""The documented rules of tables and charts. Slack's models know neither `data_table` nor `data_visualization`."""

from collections.abc import Iterator
from typing import Any, Final

from .company import Json
from .fields import all_text, at_most, counted, distinct, words

MOST_COLUMNS: Final = 20
TABLE_ROWS: Final = 100
TABLE_TEXT: Final = 10_000  # of a data_table, header included
MOST_SERIES: Final = 6  # segments of a pie likewise
_CELLS: Final = ("raw_text", "raw_number", "rich_text")
_HEADERS: Final = ("raw_text", "raw_number")
_CHARTS: Final = ("area", "bar", "line", "pie")


def table_faults(block: Json, at: str) -> Iterator[str]:
    yield from counted(block, "rows", 1, TABLE_ROWS, at, _row)
    if "column_settings" in block:
        yield from counted(block, "column_settings", 0, MOST_COLUMNS, at)


def data_table_faults(block: Json, at: str) -> Iterator[str]:
    yield from words(block, "caption", None, at)
    yield from counted(block, "rows", 2, TABLE_ROWS + 1, at, _row)
    rows = [row for row in block["rows"] if isinstance(row, list)] if isinstance(block.get("rows"), list) else []
    if len({len(row) for row in rows}) > 1:
        yield f"all rows must have the same number of cells [json-pointer:{at}/rows]"
    for place, cell in enumerate(rows[0] if rows else []):
        if isinstance(cell, dict) and cell.get("type") not in _HEADERS:
            yield f"unsupported type: {cell.get('type')} [json-pointer:{at}/rows/0/{place}/type]"
    if len(all_text(rows)) > TABLE_TEXT:
        yield f"must be less than {TABLE_TEXT + 1} characters in all cells [json-pointer:{at}/rows]"
    yield from _whole(block, "page_size", 1, 100, at)
    yield from _whole(block, "row_header_column_index", 0, max(map(len, rows), default=1) - 1, at)


def chart_faults(block: Json, at: str) -> Iterator[str]:
    yield from words(block, "title", 50, at)
    yield from _unknown(block, ("type", "block_id", "title", "chart"), at)
    chart, there = block.get("chart"), f"{at}/chart"
    if not isinstance(chart, dict) or chart.get("type") not in _CHARTS:
        yield f"must be a pie, bar, area or line chart [json-pointer:{there}]"
    elif chart["type"] == "pie":
        yield from _unknown(chart, ("type", "segments"), there)
        yield from counted(chart, "segments", 1, MOST_SERIES, there, _segment)
    else:
        yield from _unknown(chart, ("type", "series", "axis_config"), there)
        yield from _axes(chart, there)


def _axes(chart: Json, at: str) -> Iterator[str]:
    axes = chart.get("axis_config")
    categories = axes.get("categories") if isinstance(axes, dict) else None
    if (
        not isinstance(axes, dict)
        or not isinstance(categories, list)
        or not all(isinstance(c, str) for c in categories)
    ):
        yield f"missing required field: categories [json-pointer:{at}/axis_config]"
        return
    yield from _unknown(axes, ("categories", "x_label", "y_label"), f"{at}/axis_config")
    yield from counted(axes, "categories", 1, 20, f"{at}/axis_config")
    yield from at_most(axes, f"{at}/axis_config", x_label=50, y_label=50)
    for place, category in enumerate(categories):
        if not 1 <= len(category) <= 20:
            yield f"must be less than 21 characters [json-pointer:{at}/axis_config/categories/{place}]"
    yield from counted(chart, "series", 1, MOST_SERIES, at, lambda series, there: _series(series, categories, there))
    yield from distinct(chart, "series", "name", at)


def _series(series: Any, categories: list[str], at: str) -> Iterator[str]:
    if not isinstance(series, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    yield from words(series, "name", 20, at)
    yield from counted(series, "data", 1, 20, at, _point)
    points = series.get("data")
    labels = [point.get("label") for point in points if isinstance(point, dict)] if isinstance(points, list) else []
    if sorted(map(str, labels)) != sorted(categories):
        yield f"must have one point for each category [json-pointer:{at}/data]"


def _segment(segment: Any, at: str) -> Iterator[str]:
    yield from _point(segment, at)
    if isinstance(segment, dict) and _is_number(segment.get("value")) and segment["value"] <= 0:
        yield f"must be more than 0 [json-pointer:{at}/value]"


def _point(point: Any, at: str) -> Iterator[str]:
    if not isinstance(point, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    yield from words(point, "label", 20, at)
    if not _is_number(point.get("value")):
        yield f"must provide a number [json-pointer:{at}/value]"


def _row(row: Any, at: str) -> Iterator[str]:
    if not isinstance(row, list):
        yield f"must provide an array [json-pointer:{at}]"
    elif len(row) > MOST_COLUMNS:
        yield f"no more than {MOST_COLUMNS} items allowed [json-pointer:{at}]"
    else:
        for place, cell in enumerate(row):
            yield from _cell(cell, f"{at}/{place}")


def _cell(cell: Any, at: str) -> Iterator[str]:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind not in _CELLS:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
    elif kind != "rich_text":
        yield from words(cell, "text", None, at)


def _whole(block: Json, name: str, least: int, most: int, at: str) -> Iterator[str]:
    if name in block and (type(block[name]) is not int or not least <= block[name] <= most):
        yield f"must be a whole number from {least} to {most} [json-pointer:{at}/{name}]"


def _unknown(given: Json, known: tuple[str, ...], at: str) -> Iterator[str]:
    for name in sorted(given.keys() - set(known)):
        yield f"invalid additional property: {name} [json-pointer:{at}]"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
