"""The values of an Excel workbook, sheet by sheet: the only file that knows openpyxl."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from knowledge.files.plain import finished
from knowledge.files.readout import (
    COLUMNS,
    DAMAGED,
    FIRST_SHEETS,
    FORMULAS,
    HIDDEN_SHEETS,
    NO_VALUES,
    NOT_A_WORKBOOK,
    ROWS,
    SHEETS,
    UNPACKS_TOO_LARGE,
    Readout,
    Unreadable,
    counted,
)
from knowledge.files.tables import Table

_UNPACKED = 150_000_000  # bytes of all parts together
_PARTS = 5_000
_SCANNED = 20 * ROWS  # rows of a sheet that are looked at, empty ones included
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')
_MERGES = 2_000

# What openpyxl raises on parts that are not as the format wants them
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, ValueError, KeyError, IndexError, TypeError, AttributeError, OSError,
    SyntaxError, NotImplementedError, EOFError,
)  # fmt: skip

Cells = Sequence[Any]
Fill = Mapping[tuple[int, int], tuple[int, int]]  # a cell of a merged area → its first one, counted from 1


def read(content: bytes) -> Readout:
    """Raises `Unreadable`. Cells show what was last calculated; a merged area's words stand in each of its cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bombs(archive)
            return _read(content, archive)
    except _BROKEN as error:
        raise Unreadable(DAMAGED) from error


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename.lower() for part in parts}
    if "xl/workbook.xml" not in names:
        raise Unreadable(NOT_A_WORKBOOK)
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        raise Unreadable(UNPACKS_TOO_LARGE)


def _read(content: bytes, archive: zipfile.ZipFile) -> Readout:
    values, formulas = (
        openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=only, keep_links=False)
        for only in (True, False)
    )
    shown = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    said = [HIDDEN_SHEETS] if len(shown) < len(values.worksheets) else []
    said += [FIRST_SHEETS] if len(shown) > SHEETS else []
    table, lines, told = Table(), [], 0
    for sheet in shown[:SHEETS]:
        uncalculated = _Uncalculated()
        rows = _rows(sheet, formulas[sheet.title], _merged(archive, sheet), uncalculated)
        if below := list(table.lines(rows)):
            lines += ["", f"## {' '.join(sheet.title.split())}", "", *below]
            told += 1
        said += [FORMULAS] if uncalculated.seen and FORMULAS not in said else []
    if not lines:
        raise Unreadable(NO_VALUES)
    kept, left_out = finished(lines)
    extent = f"{counted(told, 'sheet')}, {counted(table.rows, 'row')} below the headers"
    return Readout("Excel", kept, extent, (*table.left_out, *said, *left_out))


class _Uncalculated:
    """Notes whether a formula had no result."""

    seen = False


def _rows(sheet: Any, formulas: Any, merged: Fill, uncalculated: _Uncalculated) -> Iterator[list[str]]:
    for one in (sheet, formulas):
        one.reset_dimensions()  # what the file says of its size may be anything
    kept: dict[tuple[int, int], str] = {}
    firsts = set(merged.values())
    limits = {"max_row": _SCANNED, "max_col": COLUMNS + 1}
    pairs = zip(sheet.iter_rows(**limits), formulas.iter_rows(**limits), strict=False)
    for number, (cells, written) in enumerate(pairs, start=1):
        row = []
        for column, cell in enumerate(cells, start=1):
            text = shown(cell.value, cell.number_format if cell.value is not None else "")
            if cell.value is None and column <= len(written) and isinstance(written[column - 1].value, str):
                text = written[column - 1].value
                uncalculated.seen = uncalculated.seen or bool(text)
            place = (number, column)
            if place in firsts and isinstance(cell.value, str):
                kept[place] = text  # a number would count several times
            row.append(text or kept.get(merged.get(place, place), ""))
        yield row


def _merged(archive: zipfile.ZipFile, sheet: Any) -> Fill:
    """The merged areas, which openpyxl does not tell of a sheet that it reads row by row."""
    try:
        found = _MERGED.findall(archive.read(sheet._worksheet_path.lstrip("/")))
    except KeyError:
        return {}
    areas = {}
    for area in found[:_MERGES]:
        left, top, right, bottom = range_boundaries(area.decode())
        for row in range(top, min(bottom, top + 500) + 1):
            for column in range(left, min(right, COLUMNS) + 1):
                areas[row, column] = (top, left)
    return areas


def shown(value: Any, number_format: str = "") -> str:
    """A value as the sheet shows it, with all the digits that Excel keeps (15)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, percent="%" in number_format)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _number(value: float, *, percent: bool) -> str:
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if not exact.is_finite():
        return str(value)
    text = f"{exact * 100 if percent else exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}%" if percent else text
