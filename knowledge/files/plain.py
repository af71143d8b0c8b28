"""Bytes as text in the encoding that they are in, and text without what nobody sees."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator

from knowledge.files.readout import FIRST_PART, LONG_WORDS, NOT_TEXT, TEXT_CHARACTERS, Readout, Unreadable, counted

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 4_000  # bytes
_JOINERS = "\u200c\u200d"  # some scripts cannot be written without them
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co"))  # direction marks and tag characters among them: words could hide there
_LONG_WORD = re.compile(r"\S{401,}")
_PARAGRAPH = 1_200  # characters
_KEPT_TOGETHER = re.compile(r"\s*(?:\||[-*+]\s|\d+[.)]\s|```|~~~)")  # tables, lists, code: they are cut by their lines


def read(text: str) -> Readout:
    """Plain text or Markdown."""
    kept, left_out = finished(
        paragraphs(clean(text[: 2 * TEXT_CHARACTERS]).split("\n")), len(text) > 2 * TEXT_CHARACTERS
    )
    return Readout("text", kept, counted(kept.count("\n") + 1, "line"), left_out)


def decoded(content: bytes) -> str:
    """UTF-8, UTF-16 or, when it is neither, Windows-1252. Raises `Unreadable` for what is not text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    sample = content[:_SAMPLE]
    if b"\0" in sample:
        return _wide(content, sample)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in sample)
    if controls * 50 > len(sample):
        raise Unreadable(NOT_TEXT)
    return content.decode("cp1252", "replace")


def _wide(content: bytes, sample: bytes) -> str:
    """UTF-16 without its mark: every second byte of Latin letters is NUL."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[start::2]
        if half.count(0) * 10 > len(half) * 7 and sample[1 - start :: 2].count(0) * 10 < len(half):
            return content.decode(encoding, "replace")
    if sample.count(0) * 10 > len(sample):
        raise Unreadable(NOT_TEXT)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(NOT_TEXT) from None


def clean(text: str) -> str:
    """The same text without characters that nobody sees, and with plain line ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\x85", "\n")
    return "".join(c for c in plain if c in "\n\t" or c in _JOINERS or unicodedata.category(c) not in _UNSEEN)


def paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with a blank one wherever a paragraph would grow too long to be quoted."""
    size, together = 0, False
    for line in lines:
        if not line.strip():
            size, together = 0, False
            yield ""
            continue
        together = together or (size == 0 and bool(_KEPT_TOGETHER.match(line)))
        for piece in [line] if together else _pieces(line):
            if size + len(piece) > _PARAGRAPH and size and not together:
                yield ""
                size = 0
            yield piece
            size += len(piece)


def _pieces(line: str) -> Iterator[str]:
    """A line, cut at spaces when it is a paragraph and more by itself."""
    while len(line) > _PARAGRAPH:
        cut = line.rfind(" ", 1, _PARAGRAPH) + 1 or _PARAGRAPH
        yield line[:cut].rstrip()
        line = line[cut:]
    yield line


def finished(lines: Iterable[str], cut: bool = False) -> tuple[str, tuple[str, ...]]:
    """The lines that fit as one text, and what was left out of it."""
    kept: list[str] = []
    room, shortened = TEXT_CHARACTERS, False
    for line in lines:
        whole = _LONG_WORD.sub(lambda found: found[0][:400] + "…", line)
        shortened = shortened or whole != line
        room -= len(whole) + 1
        if room < 0:
            cut = True
            break
        kept.append(whole)
    said = ((FIRST_PART,) if cut else ()) + ((LONG_WORDS,) if shortened else ())
    return "\n".join(kept).strip("\n"), said
