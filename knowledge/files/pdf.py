"""The text of a PDF, page by page: the only file that knows pypdf."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from knowledge.files.plain import clean, finished, paragraphs
from knowledge.files.readout import (
    DAMAGED,
    FIRST_PAGES,
    FIRST_PART,
    LOCKED,
    PAGES,
    PICTURE_PAGES,
    PICTURES_ONLY,
    SOME_PAGES,
    Readout,
    Unreadable,
    counted,
)

# What pypdf raises on pages that are not as the format wants them, beside errors of its own
_BROKEN = (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, NotImplementedError)

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity that it gets over


def read(content: bytes) -> Readout:
    """Raises `Unreadable`."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise Unreadable(LOCKED)
        count = len(reader.pages)
    except DependencyError as error:
        raise Unreadable(LOCKED) from error
    except _BROKEN as error:
        raise Unreadable(DAMAGED) from error
    texts = [_text(reader, number) for number in range(min(count, PAGES))]
    if not any((text or "").strip() for text in texts):
        raise Unreadable(DAMAGED if None in texts or not texts else PICTURES_ONLY)
    kept, left_out = finished(_lines(texts))
    said = [*left_out]
    if count > PAGES and FIRST_PART not in said:
        said.append(FIRST_PAGES)
    if None in texts:
        said.append(SOME_PAGES)
    if any(text is not None and not text.strip() for text in texts):
        said.append(PICTURE_PAGES)
    return Readout("PDF", kept, counted(count, "page"), tuple(said))


def _text(reader: PdfReader, number: int) -> str | None:
    """A page's text; `None` when the page is broken."""
    try:
        return clean(reader.pages[number].extract_text())
    except _BROKEN:
        return None


def _lines(texts: list[str | None]) -> Iterator[str]:
    for number, text in enumerate(texts, start=1):
        if text and text.strip():
            yield from ("", f"## Page {number}", "")
            yield from paragraphs(text.strip().split("\n"))
