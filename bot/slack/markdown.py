"""Turns Markdown into Slack's rich text, where words are only words: they cannot mention, link or unfurl. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.types import Json

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def rich_text(text: str) -> list[Json]:
    """The elements of a `rich_text` block for a Markdown text; empty for an empty one."""
    return [element for node in SyntaxTreeNode(_PARSER.parse(text)).children for element in _block(node)]


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
            yield preformatted(node.content.rstrip("\n"))
        case "blockquote":
            yield {"type": "rich_text_quote", "elements": list(_paragraphs(node))}
        case "bullet_list" | "ordered_list":
            yield from _list(node, indent)
        case "table":
            yield preformatted(_table(node))
        case "hr":
            yield section([literal("———\n")])
        case "html_block":
            yield section([literal(node.content)])
        case _:
            yield section([*_inline(node), literal("\n")])


def _list(node: SyntaxTreeNode, indent: int) -> Iterator[Json]:
    """A list, cut where a nested block interrupts it: Slack's lists hold only lines."""
    style = "bullet" if node.type == "bullet_list" else "ordered"
    for number, item in enumerate(node.children):
        lines = [child for child in item.children if child.type == "paragraph"]
        extra = {"offset": number} if style == "ordered" and number else {}
        elements = [section(list(_inline(line))) for line in lines] or [section([literal(" ")])]
        yield {"type": "rich_text_list", "style": style, "indent": indent, "elements": elements, **extra}
        for child in item.children:
            if child.type != "paragraph":
                yield from _block(child, indent + 1)


def _paragraphs(node: SyntaxTreeNode) -> Iterator[Json]:
    for number, child in enumerate(node.children):
        if number:
            yield literal("\n")
        yield from _inline(child)


def _inline(node: SyntaxTreeNode, **style: bool) -> Iterator[Json]:
    """The words below a node, each with the styles around it."""
    for child in node.children:
        match child.type:
            case "text" | "html_inline":
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
                yield from _link(child, style)
            case _:
                yield from _inline(child, **style)


def _link(node: SyntaxTreeNode, style: dict[str, bool]) -> Iterator[Json]:
    """A link shows where it leads, so that its words cannot pretend another place."""
    words = list(_inline(node, **style))
    target = str(node.attrs.get("href", ""))
    yield from words
    if target and "".join(word["text"] for word in words) != target:
        yield literal(f" ({target})", **style)


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        ["".join(part["text"] for part in _inline(cell)) for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=False)]
    return "\n".join(
        " │ ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    )
