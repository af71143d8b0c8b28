"""The words of an answer as blocks: rich text, and its table as a table or, where no message holds it, as a file. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from bot.slack.markdown import cells, outline, rich_text, section, words_of
from bot.slack.values import clipped, escape
from bot.slack.words import say
from bot.types import Json, Language

TABLE_ROWS, TABLE_COLUMNS = 100, 20  # Slack takes no more, and one table a message
TABLE_CHARACTERS = 7_000
PREVIEW_ROWS, PREVIEW_CHARACTERS = 5, 1_500

_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s.,]*%?$)")  # what a spreadsheet would compute
_SEPARATOR = {"fr": ";", "en": ","}  # that of the spreadsheets of the language
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")


@dataclass(frozen=True)
class Prose:
    """Blocks, the files (name, text) that belong to them, and the same as Markdown, without what is in the files."""

    blocks: Sequence[Json]
    files: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True)
class Table:
    """A table of a text: its Markdown, its rows with the head first, and how each column is aligned."""

    text: str
    rows: Sequence[Sequence[Sequence[Json]]]
    aligned: Sequence[str]

    @property
    def fits(self) -> bool:
        return fits(len(self.rows), len(self.aligned), len(self.text))


def fits(rows: int, columns: int, characters: int) -> bool:
    """Whether one message can show a table."""
    return rows <= TABLE_ROWS and columns <= TABLE_COLUMNS and characters <= TABLE_CHARACTERS


def prose(text: str, language: Language) -> Prose:
    """A Markdown text that `pieces` cut for one message."""
    blocks: list[Json] = []
    files: list[tuple[str, str]] = []
    told: list[str] = []
    for part in _parts(text):
        if isinstance(part, str) or (part.fits and _has_table(blocks)):
            words = part if isinstance(part, str) else part.text
            blocks += [{"type": "rich_text", "elements": said}] if (said := rich_text(words)) else []
            told.append(words)
        elif part.fits:
            blocks.append(_block(part.rows, part.aligned))
            told.append(part.text)
        else:
            files.append((_name(language, part, len(files)), _csv(language, part)))
            blocks += [] if _has_table(blocks) else [_preview(part)]
            blocks.append(_note(where := _where(language, part, files[-1][0])))
            told.append(f"{where}\n")
    return Prose(blocks, tuple(files), "".join(told))


def size(node: SyntaxTreeNode, text: str) -> int:
    """How much of a message a block of Markdown takes, in characters; `text` is the block's own."""
    if node.type != "table":
        return len(text)
    rows = [row for part in node.children for row in part.children]
    return len(text) if fits(len(rows), len(rows[0].children), len(text)) else PREVIEW_CHARACTERS


def _parts(text: str) -> Iterator[str | Table]:
    """The tables of a text, and what stands between them; all of its lines."""
    text = re.sub(r"\r\n?", "\n", text)
    lines, done = re.findall(r"[^\n]*\n|[^\n]+", text), 0
    tables = [node for node in outline(text) if node.type == "table"] if "|" in text else []
    for node in tables:
        start, end = node.map or (0, 0)
        if before := "".join(lines[done:start]):
            yield before
        yield _table(node, "".join(lines[start:end]))
        done = end
    if rest := "".join(lines[done:]):
        yield rest


def _table(node: SyntaxTreeNode, text: str) -> str | Table:
    """A table; its Markdown when a table would lose something of it."""
    rows = cells(text)
    if rows is None:
        return text
    (head,) = node.children[0].children
    found = [_ALIGNMENT.search(str(cell.attrs.get("style", ""))) for cell in head.children]
    return Table(text, rows, [one[1] if one else "left" for one in found])


def _has_table(blocks: Sequence[Json]) -> bool:
    return any(block["type"] == "table" for block in blocks)


def _block(rows: Sequence[Sequence[Sequence[Json]]], aligned: Sequence[str]) -> Json:
    settings = [{"align": align, "is_wrapped": True} for align in aligned]
    return {"type": "table", "rows": [[_cell(cell) for cell in row] for row in rows], "column_settings": settings}


def _cell(runs: Sequence[Json]) -> Json:
    if any("style" in run for run in runs):
        return {"type": "rich_text", "elements": [section(runs)]}
    return {"type": "raw_text", "text": words_of(runs) or " "}  # Slack refuses an empty one


def _preview(table: Table) -> Json:
    """The first rows and columns, their words perhaps shortened."""
    rows = table.rows[: PREVIEW_ROWS + 1]
    columns = min(len(table.aligned), TABLE_COLUMNS)
    room = max(PREVIEW_CHARACTERS // (len(rows) * columns), 2)
    short = [[clipped(words_of(cell), room) or " " for cell in row[:columns]] for row in rows]
    plain = [[{"type": "raw_text", "text": text} for text in row] for row in short]
    settings = [{"align": align, "is_wrapped": True} for align in table.aligned[:columns]]
    return {"type": "table", "rows": plain, "column_settings": settings}


def _where(language: Language, table: Table, file: str) -> str:
    rows, columns = len(table.rows) - 1, len(table.aligned)
    key = "table_more" if rows > PREVIEW_ROWS else "table_wide"
    shown = min(rows, PREVIEW_ROWS)
    return say(language, key, shown=shown, rows=rows, more=rows - shown, columns=columns, file=file)


def _note(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": escape(text), "verbatim": True}]}


def _name(language: Language, table: Table, before: int) -> str:
    number = f"-{before + 1}" if before else ""
    return f"{say(language, 'table_file', rows=len(table.rows) - 1)}{number}.csv"


def _csv(language: Language, table: Table) -> str:
    """The whole table for a spreadsheet, which takes the mark at its beginning for Unicode and computes none of it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_SEPARATOR[language])
    for row in table.rows:
        words = (words_of(cell) for cell in row)
        writer.writerow([f"'{text}" if _FORMULA.match(text) else text for text in words])
    return f"\ufeff{out.getvalue()}"
