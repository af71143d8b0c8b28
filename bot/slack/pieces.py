"""Cuts a long answer into the texts of the messages that carry it, by the structure of its Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from bot.slack.markdown import outline
from bot.slack.prose import size

PIECE_CHARACTERS = 7_500  # of a message's Markdown; Slack refuses blocks of about 13,000 in all
LEAST_CHARACTERS = 200  # of a line in a cut piece, however deep it lies

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"([ ]{0,3})(`{3,}|~{3,})[ \t]*(\S*)")
_ITEM = re.compile(r"([ ]*(?:[-+*]|\d{1,9}[.)]))([ \t]*)")
_QUOTED = re.compile(r"[ ]{0,3}>[ ]?")


@dataclass(frozen=True)
class _Part:
    """A block with the blank lines behind it, and how much of a message it takes."""

    node: SyntaxTreeNode
    text: str
    size: int

    @property
    def is_table(self) -> bool:
        return self.node.type == "table"


def pieces(text: str) -> list[str]:
    """The text of each message, in order; a single one, perhaps empty, for a short answer.

    It is cut between paragraphs, a list between its items; what is too long alone is cut between lines, else between
    words. Code stays code: where it must be cut, its fence is closed, and opened again with its language. No message
    has two tables, and none is cut. Nothing is lost but blanks at the cuts.
    """
    text = re.sub(r"\r\n?", "\n", text)
    if len(text) <= PIECE_CHARACTERS and "|" not in text:
        return [text]
    return _gathered(_parts(text, margin=0)) or [""]


def _gathered(parts: Iterable[_Part]) -> list[str]:
    """Parts put together, as many as a message holds."""
    done: list[str] = []
    text, room, has_table = "", PIECE_CHARACTERS, False
    for part in parts:
        too_long = part.size > PIECE_CHARACTERS
        for small in _cut(part, first=room) if too_long else [part.text]:
            size = len(small) if too_long else part.size
            if text and (size > room or (part.is_table and has_table)):
                done.append(text)
                text, room, has_table = "", PIECE_CHARACTERS, False
            text, room, has_table = text + small, room - size, has_table or part.is_table
    return [trimmed for one in (*done, text) if (trimmed := _trimmed(one))]


def _parts(text: str, margin: int) -> Iterator[_Part]:
    """The blocks of a text; before each of its lines will stand `margin` characters."""
    lines, nodes = _LINE.findall(text), outline(text)
    for node, (start, end) in zip(nodes, _spans(nodes, len(lines)), strict=True):
        block = "".join(lines[start:end])
        yield _Part(node, block, size(node, block) + margin * (end - start))


def _small(text: str, margin: int) -> Iterator[str]:
    """The blocks of a text, those cut that no message holds."""
    for part in _parts(text, margin):
        yield from _cut(part, margin) if part.size > PIECE_CHARACTERS else [part.text]


def _cut(part: _Part, margin: int = 0, *, first: int = 0) -> Iterator[str]:
    """One block in several, each of which reads alone. For the beginning of lines there is room for `first` characters."""
    most = max(PIECE_CHARACTERS - margin, LEAST_CHARACTERS)
    first = first if first > most // 3 else most  # else too little would stand before the cut
    fence = _FENCE.match(part.text)
    match part.node.type:
        case "fence" if fence and len(fence[0]) < LEAST_CHARACTERS:
            yield from _cut_fence(fence, part.text, margin, first, most)
        case "bullet_list" | "ordered_list":
            yield from _cut_list(part.node, part.text, margin)
        case "blockquote":
            yield from _cut_quotation(part.text, margin)
        case "code_block":
            yield from _cut_lines(part.text, margin, first, most)
        case _:
            yield from (piece.lstrip(" \t") for piece in _cut_lines(part.text, margin, first, most))


def _cut_fence(fence: re.Match[str], text: str, margin: int, first: int, most: int) -> Iterator[str]:
    """Code between fences of its own. Its first line stays as it is; the others name the language alone."""
    opening, _, rest = text.partition("\n")
    indent, mark, language = fence.groups()
    body = rest.rstrip("\n")
    code, _, last = body.rpartition("\n")
    if not re.fullmatch(rf"[ ]{{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*", last):
        code = body  # it was never closed
    around = len(opening) + len(mark) + len(indent) + 2 + 2 * margin
    for piece in _cut_lines(code, margin, first - around, most - around):
        yield f"{opening}\n{piece}{indent}{mark}\n"
        opening = f"{indent}{mark}{language}"
    yield "\n"


def _cut_list(node: SyntaxTreeNode, text: str, margin: int) -> Iterator[str]:
    """A list between its items; of one that is too long alone, the beginning keeps its mark."""
    lines = _LINE.findall(text)
    first_line = _first_line(node)
    for start, end in _spans(node.children, first_line + len(lines)):
        item = "".join(lines[start - first_line : end - first_line])
        mark = _ITEM.match(item)
        if mark is None or len(item) + margin * (end - start) <= PIECE_CHARACTERS:
            yield item
            continue
        width = len(mark[0]) if 0 < len(mark[2]) <= 4 else len(mark[1]) + 1
        inside = item[width:] if mark[2] else item[len(mark[0]) :]
        inside = re.sub(rf"^[ ]{{1,{width}}}", "", inside, flags=re.MULTILINE)
        first, *others = list(_small(inside, margin + width)) or [""]
        yield mark[0][:width].ljust(width) + first.replace("\n", "\n" + " " * width).rstrip(" ")
        yield from (f"{other}\n" for other in others)


def _cut_quotation(text: str, margin: int) -> Iterator[str]:
    """A quotation in several: before every line stands its mark again."""
    inside = "".join(_QUOTED.sub("", line, count=1) for line in _LINE.findall(text))
    for small in _small(inside, margin + 2):
        yield re.sub(r"^", "> ", small.rstrip("\n"), flags=re.MULTILINE) + "\n\n"


def _cut_lines(text: str, margin: int, first: int, most: int) -> Iterator[str]:
    """Lines, as many as there is room for; each text ends with a line's end. A line too long alone is cut in itself."""
    piece, left = "", first
    for line in _LINE.findall(text):
        for short in _shortened(line, max(most - margin - 1, LEAST_CHARACTERS)):
            if piece and len(short) + margin > left:
                yield piece
                piece, left = "", most
            piece, left = piece + short, left - len(short) - margin
    if piece:
        yield piece


def _shortened(line: str, room: int) -> Iterator[str]:
    """A line in lines, cut between words where there are some."""
    line = line.rstrip("\n")
    while len(line) > room:
        cut = line.rfind(" ", room // 2, room) + 1 or room
        yield f"{line[:cut]}\n"
        line = line[cut:]
    yield f"{line}\n"


def _spans(nodes: Sequence[SyntaxTreeNode], end: int) -> list[tuple[int, int]]:
    """The lines of each block, with the blank ones behind it."""
    starts = [_first_line(node) for node in nodes]
    return list(zip(starts, [*starts[1:], end], strict=True)) if nodes else []


def _first_line(node: SyntaxTreeNode) -> int:
    assert node.map is not None  # every block has its lines
    return node.map[0]


def _trimmed(text: str) -> str:
    """Without blank lines at its ends."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()
