"""Tables as Markdown, each row a line below its header; and CSV, whose separator nobody says."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from knowledge.files.plain import clean, finished, paragraphs
from knowledge.files.readout import (
    COLUMNS,
    FIRST_COLUMNS,
    FIRST_PART,
    FIRST_ROWS,
    LONG_CELLS,
    NO_VALUES,
    ROWS,
    TEXT_CHARACTERS,
    Readout,
    Unreadable,
    counted,
)

_SEPARATORS = ";,\t|"
_CELL = 1_000  # characters
_SAMPLED = 50  # rows
_MOST = 20 * TEXT_CHARACTERS  # characters of a CSV that are looked at


class Table:
    """Collects rows into Markdown, and what had to be left out of them."""

    def __init__(self) -> None:
        self.rows = 0
        self.left_out: list[str] = []

    def lines(self, rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """The rows that hold something, the first one as the header; no more than fit into a file's share."""
        filled = (kept for row in rows if (kept := _without_end(row)))
        header = next(filled, None)
        if header is None:
            return
        second = next(filled, None)
        width = min(max(len(header), len(second or ())), COLUMNS)
        yield self._line(header, width)
        yield "|" + " --- |" * width
        for row in itertools.chain([second] if second is not None else [], filled):
            if self.rows >= ROWS:
                self._leave_out(FIRST_ROWS)
                return
            self.rows += 1
            yield self._line(row, width)

    def _line(self, row: Sequence[str], width: int) -> str:
        width = max(width, min(len(row), COLUMNS))
        if any(cell.strip() for cell in row[COLUMNS:]):
            self._leave_out(FIRST_COLUMNS)
        cells = [self._cell(cell) for cell in row[:width]] + [""] * (width - len(row))
        return f"| {' | '.join(cells)} |"

    def _cell(self, text: str) -> str:
        one_line = " ".join(clean(text).split()).replace("|", "\\|")
        if len(one_line) > _CELL:
            self._leave_out(LONG_CELLS)
            return one_line[:_CELL] + "…"
        return one_line

    def _leave_out(self, what: str) -> None:
        if what not in self.left_out:
            self.left_out.append(what)


def read(text: str) -> Readout:
    """CSV, or any text whose rows have cells. Numbers stay as they were written."""
    cut = len(text) > _MOST
    sample = clean(text[:_MOST])
    separator = separator_of(sample)
    if separator is None:
        kept, left_out = finished(paragraphs(sample.split("\n")), cut)
        if not kept.strip():
            raise Unreadable(NO_VALUES)
        return Readout("CSV", kept, counted(kept.count("\n") + 1, "row"), left_out)
    table = Table()
    kept, left_out = finished(table.lines(_parsed(sample, separator)), cut)
    if not kept:
        raise Unreadable(NO_VALUES)
    said = left_out if FIRST_PART in left_out else (*table.left_out, *left_out)
    return Readout("CSV", kept, f"{counted(kept.count(chr(10)) - 1, 'row')} below the header", tuple(said))


def _without_end(row: Sequence[str]) -> Sequence[str]:
    """The row without the empty cells at its end."""
    length = len(row)
    while length and not row[length - 1].strip():
        length -= 1
    return row[:length]


def separator_of(text: str) -> str | None:
    """What separates the cells: the sign by which the rows agree best on how many there are; `None` without one."""
    best, found = (0.0, 0), None
    for separator in _SEPARATORS:
        rows = [row for row in itertools.islice(_parsed(text[:50_000], separator), _SAMPLED) if row]
        widths = Counter(len(row) for row in rows)
        if not widths:
            continue
        (width, times), *_ = widths.most_common(1)
        score = (times / len(rows), width)
        if width > 1 and score > best:
            best, found = score, separator
    return found


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(_MOST)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)
