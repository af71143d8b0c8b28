"""Long answers: in messages that each read alone, where no letter is lost, code stays code and tables stay tables."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.slack.blocks import answer
from bot.slack.pieces import PIECE_CHARACTERS, pieces
from bot.slack.prose import PREVIEW_CHARACTERS, PREVIEW_ROWS, TABLE_COLUMNS, TABLE_ROWS, prose
from bot.workspace.rules import block_faults, text_length

pytestmark = pytest.mark.slow

PATIENT = settings(
    max_examples=40,
    deadline=None,  # machines differ
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making an answer smaller takes minutes
)

Json = Any
MOST = 12_000  # characters of all texts of a message; at about 13,000 Slack refuses it


def texts(node: Json) -> Iterator[str]:
    """All texts of some blocks, in order."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from texts(item)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def within(part: str, whole: str) -> bool:
    """Whether all characters stand in there, in order."""
    rest = iter(whole)
    return all(character in rest for character in part)


def code_in(blocks: Json) -> list[str]:
    """The lines that stand in boxes."""
    boxes = [part for block in blocks if block["type"] == "rich_text" for part in block["elements"]]
    found = [box for box in boxes if box["type"] == "rich_text_preformatted"]
    return [line for box in found for line in box["elements"][0]["text"].split("\n")]


def shown(piece: str) -> Json:
    body = {"language": "en", "settled": [], "text": piece, "sources": [], "model": "m"}
    painted = answer(body, "run_1")
    assert block_faults(painted.blocks) == []
    assert text_length(painted.blocks) <= MOST
    assert sum(block["type"] == "table" for block in painted.blocks) <= 1
    return painted


def table(rows: int, columns: int, cell: str = "v") -> str:
    line = "| " + " | ".join(f"{{row}}{cell}{column}" for column in range(columns)) + " |\n"
    head = line.format(row="h") + "|" + "---|" * columns + "\n"
    return head + "".join(line.format(row=row) for row in range(rows))


def fence(lines: int, width: int = 20, mark: str = "```", language: str = "sql") -> str:
    return f"{mark}{language}\n" + "".join(f"line {n:05} {'x' * width}\n" for n in range(lines)) + f"{mark}\n"


# ---- whatever is in it

_BLOCKS = st.one_of(
    st.builds(lambda n, word: f"{word} " * n + "\n", st.integers(1, 2_500), st.sampled_from(["word", "étage", "12,5"])),
    st.builds(lambda n: "".join(f"- item {i}\n" for i in range(n)), st.integers(1, 900)),
    st.builds(lambda n: "".join(f"{i}. step\n" for i in range(1, n)), st.integers(2, 900)),
    st.builds(lambda n: "- one\n" + "".join(f"  - {i} below\n" for i in range(n)) + "- two\n", st.integers(1, 900)),
    st.builds(lambda n: "".join(f"> quoted {i}\n" for i in range(n)), st.integers(1, 900)),
    st.builds(table, st.integers(0, 130), st.integers(1, 24)),
    st.sampled_from(
        ["# Heading\n", "---\n", "x" * 9_100, "    indented code\n" * 500, "a\n" * 4_000, "\n" * 8_000, "**bold** [l](u)\n"]
    ),
)  # fmt: skip
_FENCES = st.builds(
    fence,
    st.integers(0, 700),
    st.integers(0, 60),
    st.sampled_from(["```", "~~~~"]),
    st.sampled_from(["", "sql", "c++"]),
)
_NASTY = st.sampled_from(
    ["word ", "\n", "\n\n", "x" * 3_000, "y" * 9_100, "\n" * 9_050, "```", "```py\n", "~~~\n", "> ", "- ", "1. ", "| ", " |",
     "\n|---|---|\n", "    ", "> - ```\n", "\t", "\r\n", "> " * 90, "- " * 90, "`", "&amp;", "[1]: a"]
)  # fmt: skip
_GARBAGE = st.lists(_NASTY | st.text(max_size=9), max_size=25).map("".join)
_ANSWERS = st.lists(_BLOCKS, min_size=1, max_size=5).map("\n".join)
_WITH_CODE = st.lists(_BLOCKS | _FENCES, min_size=1, max_size=5).map("\n".join)


@PATIENT
@given(_ANSWERS)
def test_no_letter_or_digit_is_lost_or_said_twice(text: str) -> None:
    assert letters("".join(pieces(text))) == letters(text)


@PATIENT
@given(_WITH_CODE | _GARBAGE)
def test_no_letter_or_digit_is_lost_where_code_is_cut_either(text: str) -> None:
    found = pieces(text)
    assert within(letters(text), letters("\n".join(found)))
    assert all(found) or text.strip() == ""


@PATIENT
@given(_WITH_CODE | _GARBAGE)
def test_each_message_shows_its_text_within_slacks_limits(text: str) -> None:
    for piece in pieces(text):
        painted = shown(piece)
        seen = Counter(letters("".join([*texts(painted.blocks), *(content for _, content in painted.files)])))
        numbers = re.sub(r"^([\W_]*)\d{1,9}[.)](?=\s|$)", r"\1", piece, flags=re.MULTILINE)  # Slack counts lists itself
        plain = re.sub(r"^(\W*(?:`{3,}|~{3,}))[ \t]*[^\s`~]+[ \t]*$", r"\1", numbers, flags=re.MULTILINE)
        assert Counter(letters(plain.replace("&amp;", ""))) - seen == Counter()


@PATIENT
@given(st.lists(_BLOCKS, max_size=2), st.integers(1, 900), st.integers(0, 80), st.sampled_from(["```", "~~~~"]))
def test_lines_of_code_stay_whole_and_stay_code(before: list[str], lines: int, width: int, mark: str) -> None:
    found = pieces("\n".join([*before, fence(lines, width, mark)]))
    code = [line for piece in found for line in code_in(shown(piece).blocks) if line.startswith("line ")]
    assert code == [f"line {n:05} {'x' * width}" for n in range(lines)]


# ---- where it is cut


def test_a_long_answer_is_cut_between_paragraphs() -> None:
    paragraphs = ["a" * 4_000, "b" * 3_000, "c" * 4_000]
    assert pieces("\n\n".join(paragraphs)) == ["\n\n".join(paragraphs[:2]), paragraphs[2]]
    assert pieces("a" * 4_000 + "\n" + "b" * 4_000) == ["a" * 4_000, "b" * 4_000]
    assert pieces("") == [""]
    assert pieces("short\n") == ["short\n"]


def test_code_that_is_cut_is_closed_and_opened_again_with_its_language() -> None:
    first, second = pieces("Voici :\n\n" + fence(400) + "\nFin.")
    assert first.startswith("Voici :\n\n```sql\nline 00000")
    assert first.endswith("\n```")
    assert second.startswith("```sql\nline ")
    assert second.endswith("\n```\n\nFin.")


@pytest.mark.parametrize("before", ["- ", "1. ", "> ", "- > "])
def test_code_in_a_list_or_a_quotation_is_cut_like_other_code(before: str) -> None:
    inside = "\n".join(before.replace("-", " ").replace("1.", "  ") + line for line in fence(500).splitlines())
    found = pieces(before + "text\n" + before.replace("-", " ").replace("1.", "  ").rstrip() + "\n" + inside)
    assert len(found) > 1
    assert all(piece.count("```") % 2 == 0 for piece in found)
    assert [line for piece in found for line in re.findall(r"line \d+ x{20}$", piece, re.MULTILINE)] == [
        f"line {n:05} {'x' * 20}" for n in range(500)
    ]


def test_a_long_list_is_cut_between_its_items_and_goes_on_counting() -> None:
    first, second = pieces("".join(f"{n}. {'step ' * 20}\n" for n in range(1, 101)))
    last = int(re.findall(r"^(\d+)\.", first, re.MULTILINE)[-1])
    assert second.startswith(f"{last + 1}. step")
    (listed,) = shown(second).blocks[0]["elements"]
    assert listed["offset"] == last


# ---- tables


def test_a_table_is_a_table_with_its_styles_and_alignment() -> None:
    text = "Stock :\n\n| Produit | Libre | |\n|:--|--:|:-:|\n| **PMP-200** | 24 | |\n| `a` <@U1> | 3 |\n\nFin"
    before, block, after, *_ = shown(text).blocks
    assert (before["type"], after["type"]) == ("rich_text", "rich_text")
    assert block["column_settings"] == [{"align": align, "is_wrapped": True} for align in ("left", "right", "center")]
    bold = {"type": "text", "text": "PMP-200", "style": {"bold": True}}
    assert block["rows"][:2] == [
        [{"type": "raw_text", "text": text} for text in ("Produit", "Libre", " ")],
        [
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [bold]}]},
            {"type": "raw_text", "text": "24"},
            {"type": "raw_text", "text": " "},
        ],
    ]


def test_two_tables_take_two_messages() -> None:
    found = pieces(f"One:\n\n{table(2, 2)}\nTwo:\n\n{table(3, 2)}\nEnd")
    assert [[b["type"] for b in shown(piece).blocks[:3]] for piece in found] == [
        ["rich_text", "table", "rich_text"], ["table", "rich_text", "actions"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "columns", "cell"), [(TABLE_ROWS, 2, "v"), (3, TABLE_COLUMNS + 1, "v"), (3, 2, "x" * 3_000)]
)
def test_a_table_that_no_message_holds_is_a_file_beside_its_first_rows(rows: int, columns: int, cell: str) -> None:
    (piece,) = pieces(f"Voilà :\n\n{table(rows, columns, cell)}\nFin.")
    said = prose(piece, "fr")
    ((name, content),) = said.files
    assert name == f"tableau-{rows}-lignes.csv"
    read = list(csv.reader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))
    assert (len(read), read[-1]) == (rows + 1, [f"{rows - 1}{cell}{column}" for column in range(columns)])
    preview, where = said.blocks[1:3]
    assert (len(preview["rows"]), len(preview["rows"][0])) == (min(rows, PREVIEW_ROWS) + 1, min(columns, TABLE_COLUMNS))
    assert text_length([preview]) <= PREVIEW_CHARACTERS
    told = where["elements"][0]["text"]
    assert f"`{name}`" in told
    assert (f"{rows - PREVIEW_ROWS} de plus" in told) is (rows > PREVIEW_ROWS)
    assert name in said.text


def test_what_a_spreadsheet_would_compute_is_text_in_the_file() -> None:
    cells = ['=HYPERLINK("http://evil.example")', "+49 30", "-12,5 %", "-cmd", "@x", "-3"]
    ((_, content),) = prose("| a |\n|---|\n" + "".join(f"| {cell} |\n" for cell in cells) + "| x |\n" * 100, "en").files
    rows = [row[0] for row in csv.reader(io.StringIO(content.removeprefix("\ufeff")))][1:7]
    assert rows == [f"'{cells[0]}", "+49 30", "-12,5 %", "'-cmd", "'@x", "-3"]


def test_a_table_that_would_lose_a_cell_stays_as_it_was_written() -> None:
    (block, *_) = shown("| a | b |\n|---|---|\n| 1 | 2 | 3 |").blocks
    assert block["type"] == "rich_text"
    assert "3" in "".join(texts(block))


def test_pieces_leave_room_for_what_stands_around_them() -> None:
    assert PIECE_CHARACTERS < MOST / 1.5
