"""What became of reading a file, and every sentence that says what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

TEXT_CHARACTERS = 200_000  # of one file
PAGES = 200
ROWS = 5_000  # of all sheets together
COLUMNS = 60
SHEETS = 20

# Why a file cannot be read
EMPTY = "it is empty"
PICTURE = "it is a picture, and I read text only"
NOT_TEXT = "it is of a kind that I cannot read: I read text, PDF, CSV and Excel (.xlsx)"
NOT_A_WORKBOOK = "it is a ZIP archive or another Office file: of those I read Excel (.xlsx) only"
OLD_OFFICE = "it is in an old Office format or protected by a password: save it as .xlsx or PDF, without one"
LOCKED = "it is protected by a password: share a copy without one"
PICTURES_ONLY = "its pages are pictures without text, such as a scan: share a copy with recognised text"
NO_VALUES = "there are no values in it"
DAMAGED = "it is damaged or incomplete: open it, save it again and share that copy"
UNPACKS_TOO_LARGE = "unpacked, it is too large"
TOO_LONG = "reading it took too long"

# What was left out of one that can
FIRST_PART = "only the first 200,000 characters were read"
FIRST_PAGES = "only the first 200 pages were read"
FIRST_ROWS = "only the first 5,000 rows were read"
FIRST_COLUMNS = "only the first 60 columns were read"
FIRST_SHEETS = "only the first 20 sheets were read"
HIDDEN_SHEETS = "hidden sheets were not read"
LONG_CELLS = "cells of more than 1,000 characters were shortened"
LONG_WORDS = "sequences of more than 400 characters without a space were shortened"
SOME_PAGES = "some pages are damaged and were not read"
PICTURE_PAGES = "some pages hold no text, such as scans, and were not read"
FORMULAS = "some formulas have no stored result: they stand as formulas"

SENTENCES = (
    EMPTY, PICTURE, NOT_TEXT, NOT_A_WORKBOOK, OLD_OFFICE, LOCKED, PICTURES_ONLY, NO_VALUES, DAMAGED,
    UNPACKS_TOO_LARGE, TOO_LONG, FIRST_PART, FIRST_PAGES, FIRST_ROWS, FIRST_COLUMNS, FIRST_SHEETS, HIDDEN_SHEETS,
    LONG_CELLS, LONG_WORDS, SOME_PAGES, PICTURE_PAGES, FORMULAS,
)  # fmt: skip


class Unreadable(Exception):
    """A file gives no text; the message is one of the sentences."""


@dataclass(frozen=True)
class Readout:
    """A file as Markdown; `extent` says how much it is, such as `3 pages`, and `left_out` what is missing."""

    kind: str
    text: str
    extent: str
    left_out: tuple[str, ...] = ()


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
