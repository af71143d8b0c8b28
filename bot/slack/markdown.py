"""Turns Markdown into Slack's rich text, where words are only words: they cannot mention, link or unfurl. Pure."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.types import Json

MAX_INDENT = 8
TABLE_WIDTH = 100  # of a table with aligned columns; a wider one is not aligned
ADDED_CHARACTERS = 1_000  # by which the shown text may be longer than its Markdown

# no references: `[1]: words` is a model's footnote, and words are never hidden
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
_PARSER.enable(["table", "strikethrough"]).disable("reference")
_OUTLINER = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
_OUTLINER.enable(["table"]).disable(["reference", "inline"])

_LANGUAGE = re.compile(r"^(\W*(?:`{3,}|~{3,}))[ \t]*[^\s`~]+[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"^([\W_]*)\d{1,9}[.)](?=\s|$)", re.MULTILINE)
_ENTITY = re.compile(r"&#?\w+;")


def rich_text(text: str) -> list[Json]:
    """The elements of a `rich_text` block for a Markdown text; empty for an empty one.

    A text that would lose a letter or digit, or become much longer, stays as it is.
    """
    elements = [element for node in SyntaxTreeNode(_PARSER.parse(text)).children for element in _block(node)]
    shown = "".join(_words(elements))
    if _written(text) - _letters(shown) or len(shown) > len(text) + ADDED_CHARACTERS:
        return [section([literal(text)])]
    return elements


def outline(text: str) -> list[SyntaxTreeNode]:
    """The blocks of a text, one below the other, each with the lines where it stands (`map`); their words are not read.

    The text's lines end with `\\n`.
    """
    return SyntaxTreeNode(_OUTLINER.parse(text)).children


def cells(text: str) -> list[list[list[Json]]] | None:
    """The rows of a text that is one table, its head first, each cell as runs of words; `None` when one would be lost."""
    tables = SyntaxTreeNode(_PARSER.parse(text)).children
    if [node.type for node in tables] != ["table"]:
        return None
    rows = [[list(_inline(cell)) for cell in row.children] for part in tables[0].children for row in part.children]
    shown = "".join(_words([run for row in rows for cell in row for run in cell]))
    return None if _written(text) - _letters(shown) else rows


def words_of(elements: Sequence[Json]) -> str:
    """All the words of some elements, without their form."""
    return "".join(_words(elements))


def literal(text: str, **style: bool) -> Json:
    """One run of words, as they are."""
    return {"type": "text", "text": text, "style": style} if style else {"type": "text", "text": text}


def preformatted(text: str) -> Json:
    """Text as it is, in a box; Slack refuses an empty one."""
    return {"type": "rich_text_preformatted", "elements": [literal(text or " ")]}


def section(elements: Sequence[Json]) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def _block(node: SyntaxTreeNode, indent: int = 0) -> Iterator[Json]:
    match node.type:
        case "heading":
            yield section([*_inline(node, bold=True), literal("\n")])
        case "fence" | "code_block":
            yield preformatted(_code(node))
        case "blockquote":
            yield {"type": "rich_text_quote", "elements": list(_quoted(node)) or [literal(" ")]}
        case "bullet_list" | "ordered_list":
            yield from _list(node, min(indent, MAX_INDENT))
        case "table":
            yield preformatted(_table(node))
        case "hr":
            yield section([literal("———\n")])
        case _:
            yield section([*_inline(node), literal("\n")])


def _list(node: SyntaxTreeNode, indent: int) -> Iterator[Json]:
    """A list, cut behind each item that holds more than lines: Slack's lists hold only lines."""
    first, lines = _offset(node), list[Json]()
    for number, item in enumerate(node.children, start=first):
        paragraphs = [child for child in item.children if child.type == "paragraph"]
        lines.append(section(list(_joined(paragraphs)) or [literal(" ")]))
        nested = [child for child in item.children if child.type != "paragraph"]
        if nested or item is node.children[-1]:
            style = "bullet" if node.type == "bullet_list" else "ordered"
            offset = {"offset": first} if style == "ordered" and first else {}
            yield {"type": "rich_text_list", "style": style, "indent": indent, "elements": lines, **offset}
            first, lines = number + 1, []
        for child in nested:
            yield from _block(child, indent + 1)


def _offset(node: SyntaxTreeNode) -> int:
    """How many numbers an ordered list leaves out at its beginning."""
    return max(int(node.attrs.get("start", 1)) - 1, 0)


def _quoted(node: SyntaxTreeNode) -> Iterator[Json]:
    """What a quotation holds, as words: Slack's quotations hold nothing else."""
    for place, child in enumerate(node.children):
        if place:
            yield literal("\n")
        match child.type:
            case "fence" | "code_block":
                yield literal(_code(child) or " ", code=True)
            case "table":
                yield literal(_table(child))
            case "hr":
                yield literal("———")
            case "bullet_list" | "ordered_list":
                for number, item in enumerate(child.children, start=_offset(child) + 1):
                    sign = "•" if child.type == "bullet_list" else f"{number}."
                    yield literal(f"\n{sign} " if item is not child.children[0] else f"{sign} ")
                    yield from _quoted(item)
            case "blockquote":
                yield from _quoted(child)
            case _:
                yield from _inline(child)


def _joined(paragraphs: Sequence[SyntaxTreeNode]) -> Iterator[Json]:
    for place, paragraph in enumerate(paragraphs):
        if place:
            yield literal("\n")
        yield from _inline(paragraph)


def _inline(node: SyntaxTreeNode, **style: bool) -> Iterator[Json]:
    """The words below a node, each with the styles around it."""
    for child in node.children:
        match child.type:
            case "text":
                if child.content:
                    yield literal(child.content, **style)
            case "softbreak" | "hardbreak":
                yield literal("\n")
            case "code_inline":
                yield literal(child.content, **style, code=True)
            case "strong":
                yield from _inline(child, **{**style, "bold": True})
            case "em":
                yield from _inline(child, **{**style, "italic": True})
            case "s":
                yield from _inline(child, **{**style, "strike": True})
            case "link":
                yield from _link(child, str(child.attrs.get("href", "")), style)
            case "image":
                yield from _link(child, str(child.attrs.get("src", "")), style)
            case _:
                yield from _inline(child, **style)


def _link(node: SyntaxTreeNode, target: str, style: dict[str, bool]) -> Iterator[Json]:
    """A link shows where it leads, so that its words cannot pretend another place."""
    words = list(_inline(node, **style))
    title = str(node.attrs.get("title", ""))
    yield from words
    if title or (target and "".join(_words(words)) != target):
        yield literal(f" ({' '.join(filter(None, (target, title)))})", **style)


def _code(node: SyntaxTreeNode) -> str:
    """The lines of a code block. What stands behind its opening mark is dropped when it can only name a language."""
    opening = node.info.strip() if node.type == "fence" else ""
    return "\n".join(
        filter(None, (opening if " " in opening or not node.content.strip() else "", node.content.rstrip("\n")))
    )


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        ["".join(_words(_inline(cell))) for cell in row.children] for part in node.children for row in part.children
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=False)]
    if sum(widths) > TABLE_WIDTH:
        widths = [0] * len(widths)
    return "\n".join(
        " │ ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    )


def _words(elements: Iterator[Json] | Sequence[Json]) -> Iterator[str]:
    """Every text of some elements, in order."""
    for element in elements:
        if "text" in element:
            yield element["text"]
        yield from _words(element.get("elements", ()))


def _written(text: str) -> Counter[str]:
    """The letters and digits of a Markdown text that a reader expects to see."""
    plain = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return _letters(_NUMBER.sub(r"\1", _LANGUAGE.sub(r"\1", plain)))


def _letters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, text))
