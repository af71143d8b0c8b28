"""Turns a Markdown page into passages: split at headings and paragraphs, tables and lists kept whole."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import yaml

from knowledge.errors import PageProblem
from knowledge.words import clean, language

# Sections are not merged, however short: passages of 120 words or more that ran across the handbook's sections
# came first by their vectors for 42 % of 66 questions, passages of one section for 61 %.
MOST_WORDS = 220

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Page:
    """One Markdown file: `path` is relative to the folder, with slashes; `lang` is two letters or empty."""

    path: str
    title: str
    lang: str
    owner: str
    updated: str
    body: str
    body_line: int


@dataclass(frozen=True)
class Passage:
    """A quotable piece of a page, with all that a citation shows.

    `id` changes with the words, so a citation never opens other words than those that were cited.
    `section` is the path of headings above the text, such as `Delivery › Carriers`; `start_line` counts from 1.
    """

    id: str
    page: str
    title: str
    section: str
    text: str
    lang: str
    owner: str
    updated: str
    start_line: int

    @property
    def in_context(self) -> str:
        """The text below its title and section: what is embedded and indexed."""
        return "\n".join(part for part in (self.title, self.section, self.text) if part)


@dataclass(frozen=True)
class _Block:
    text: str
    line: int
    headings: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.text.split())


def parse(path: str, source: str) -> Page:
    """Read a page. The front matter (`title`, `lang`, `owner`, `updated`) is optional.

    Raises:
        PageProblem: The front matter is not valid.
    """
    fields, body, body_line = _front_matter(path, clean(source).removeprefix("\ufeff").replace("\r\n", "\n"))
    first_heading = next((h[2] for line in body.split("\n") if (h := _HEADING.match(line))), path)
    return Page(
        path=path,
        title=fields.get("title", first_heading),
        lang=fields.get("lang", language(body) or "")[:2].lower(),
        owner=fields.get("owner", ""),
        updated=fields.get("updated", ""),
        body=body,
        body_line=body_line,
    )


def split(page: Page) -> list[Passage]:
    """The page's passages in reading order.

    Raises:
        PageProblem: There is no text below the headings.
    """
    passages: dict[str, Passage] = {}
    for group in _grouped(piece for block in _blocks(page) for piece in _pieces(block)):
        passage = _passage(page, group)
        passages.setdefault(passage.id, passage)  # the same words twice under one heading are one passage
    if not passages:
        raise PageProblem(f"{page.path}: has no text below its headings: write some, or delete the file")
    return list(passages.values())


def passages_of(path: str, title: str, text: str) -> list[Passage]:
    """The passages of a text without front matter, such as that of a file; none when it has only headings."""
    body = clean(text)
    try:
        return split(Page(path, clean(title), language(body) or "", "", "", body, 1))
    except PageProblem:
        return []


def _front_matter(path: str, source: str) -> tuple[dict[str, str], str, int]:
    """The fields as text, the body, and the number of the body's first line."""
    if not source.startswith("---\n"):
        return {}, source, 1
    head, closing, body = source[4:].partition("\n---\n")
    if not closing:
        raise PageProblem(f"{path}: the front matter is not closed: add a line with only --- after it")
    try:
        fields = yaml.safe_load(head) or {}
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-02-30
        cause = " ".join(str(error).split())
        raise PageProblem(f"{path}: the front matter is not valid YAML ({cause}): quote the value") from error
    if not isinstance(fields, dict):
        raise PageProblem(f"{path}: the front matter is not made of lines such as 'title: Delivery'")
    return {str(key): str(value) for key, value in fields.items() if value}, body, head.count("\n") + 4


def _blocks(page: Page) -> Iterator[_Block]:
    """Paragraphs, tables, lists and fenced code, each with the headings above it."""
    lines = page.body.split("\n")
    headings: list[tuple[int, str]] = []
    at = 0
    while at < len(lines):
        end = at + 1
        if heading := _HEADING.match(lines[at]):
            level = len(heading[1])
            headings = [*(above for above in headings if above[0] < level), (level, heading[2])]
        elif lines[at].strip():
            end = _end_of_block(lines, at)
            section = tuple(text for _, text in headings if text != page.title)
            yield _Block("\n".join(lines[at:end]).rstrip(), page.body_line + at, section)
        at = end


def _end_of_block(lines: list[str], start: int) -> int:
    if fence := _FENCE.match(lines[start]):
        closing = (n + 1 for n in range(start + 1, len(lines)) if lines[n].strip().startswith(fence[1]))
        return next(closing, len(lines))
    in_list = bool(_ITEM.match(lines[start]))
    for n in range(start + 1, len(lines)):
        if _HEADING.match(lines[n]):
            return n
        if not lines[n].strip() and not (in_list and _list_goes_on(lines[n:])):
            return n
    return len(lines)


def _list_goes_on(rest: list[str]) -> bool:
    following = next((line for line in rest if line.strip()), "")
    return bool(_ITEM.match(following)) or following.startswith("  ")


def _pieces(block: _Block) -> Iterator[_Block]:
    """The block itself, or its sentences, items or rows in portions when it is longer than a passage may be."""
    if block.size <= MOST_WORDS:
        yield block
        return
    lines = block.text.split("\n")
    if _is_table(lines):
        texts = ["\n".join([*lines[:2], portion]) for portion in _portions(lines[2:], "\n")]
    elif _ITEM.match(lines[0]) or _FENCE.match(lines[0]):
        texts = list(_portions(lines, "\n"))
    else:
        texts = list(_portions(_SENTENCE_END.split(block.text), " "))
    yield from (replace(block, text=text) for text in texts)


def _is_table(lines: list[str]) -> bool:
    return len(lines) > 2 and {"|", "-"} <= set(lines[1]) <= set("|-: \t")


def _portions(units: list[str], between: str) -> Iterator[str]:
    portion: list[str] = []
    size = 0
    for unit in units:
        if portion and size + len(unit.split()) > MOST_WORDS:
            yield between.join(portion)
            portion, size = [], 0
        portion.append(unit)
        size += len(unit.split())
    yield between.join(portion)


def _grouped(blocks: Iterable[_Block]) -> Iterator[list[_Block]]:
    """Neighbours of one section that share a passage."""
    group: list[_Block] = []
    for block in blocks:
        together = sum(member.size for member in group) + block.size
        if group and (block.headings != group[0].headings or together > MOST_WORDS):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _passage(page: Page, group: list[_Block]) -> Passage:
    section, text = " › ".join(group[0].headings), "\n\n".join(block.text for block in group)
    digest = hashlib.sha256(f"{page.lang}\n{page.title}\n{section}\n{text}".encode()).hexdigest()[:12]
    return Passage(
        id=f"{page.path}:{digest}",
        page=page.path,
        title=page.title,
        section=section,
        text=text,
        lang=page.lang,
        owner=page.owner,
        updated=page.updated,
        start_line=group[0].line,
    )
