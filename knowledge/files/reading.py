"""Reads a file by what it holds; its name only tells a table from other text."""

from __future__ import annotations

from knowledge.files import plain, tables
from knowledge.files.readout import EMPTY, NOT_TEXT, OLD_OFFICE, PICTURE, Readout, Unreadable

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_OTHERS = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90", b"ID3", b"OggS", b"{\\rtf", b"SQLite format 3\0")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_TABLES = frozenset((".csv", ".tsv", ".tab", ".xls", ".xlsx", ".xlsm"))


def read(suffix: str, content: bytes) -> Readout:
    """A file's text; `suffix` is the end of its name, such as `.csv`. Raises `Unreadable`."""
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable(EMPTY)
    if b"%PDF-" in content[:1024]:
        from knowledge.files import pdf  # each parser takes a moment to load, and a file needs one of them

        return pdf.read(content)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from knowledge.files import workbook

        return workbook.read(content)
    if content.startswith(_OLD_OFFICE):
        raise Unreadable(OLD_OFFICE)
    if content.startswith(_PICTURES) or content[:4] == b"RIFF" or content[4:8] == b"ftyp":
        raise Unreadable(PICTURE)
    if content.startswith(_OTHERS):
        raise Unreadable(NOT_TEXT)
    text = plain.decoded(content)
    if not plain.clean(text[:100_000]).strip():
        raise Unreadable(EMPTY)
    return tables.read(text) if suffix in _TABLES else plain.read(text)
