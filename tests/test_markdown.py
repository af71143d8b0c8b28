"""A model's Markdown in Slack: every word arrives, and no word is more than a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.slack.markdown import ADDED_CHARACTERS, MAX_INDENT, rich_text

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

Json = Any
INLINE = {"text", "style", "type"}
KINDS = {"rich_text_section", "rich_text_preformatted", "rich_text_quote", "rich_text_list"}


def texts(elements: list[Json]) -> Iterator[Json]:
    """Every run of words."""
    for element in elements:
        if element["type"] == "text":
            yield element
        yield from texts(element.get("elements", []))


def shown(text: str) -> str:
    return "".join(run["text"] for run in texts(rich_text(text)))


def run(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, "style": style} if style else {"type": "text", "text": text}


def line(*runs: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(runs)}


def listed(style: str, *lines: str, indent: int = 0, **offset: int) -> Json:
    elements = [line(run(text)) for text in lines]
    return {"type": "rich_text_list", "style": style, "indent": indent, "elements": elements, **offset}


def check(elements: list[Json], inside: str = "") -> None:
    """The shapes that Slack takes: words in blocks, nothing empty, nothing that mentions or links."""
    for element in elements:
        if inside and inside != "rich_text_list":
            assert element["type"] == "text"
            assert set(element) <= INLINE
            assert element["text"]
            continue
        assert element["type"] in (KINDS if not inside else {"rich_text_section"})
        assert element["elements"]
        assert element.get("indent", 0) <= MAX_INDENT
        check(element["elements"], element["type"])


def letters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, text))


_PIECES = st.sampled_from(
    ["# ", "- ", "* ", "1. ", "7) ", "> ", "```", "```sql\n", "~~~ two words\n", "    ", "| ", " |", "\n|---|---|\n", "\n",
     "\n\n", "**", "_", "~~", "`", "[", "](http://evil.example)", "![", '](/x "title")', "<http://a.example>", "---\n",
     "[1]: word\n", "&amp;", "&eacute;", "\\*", "<b>", "<@U0BRUNO001>", "<!channel>", "word", "café", "12", " ", "  \n"]
)  # fmt: skip
_MARKDOWN = st.lists(_PIECES | st.text(max_size=5), max_size=25).map("".join)


@PATIENT
@given(st.text() | _MARKDOWN)
def test_whatever_the_text_it_is_shown_in_shapes_that_slack_takes(text: str) -> None:
    elements = rich_text(text)
    check(elements)
    assert bool(elements) or not text.strip()
    assert len(shown(text)) <= len(text) + ADDED_CHARACTERS


_WORD = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=6)
_MARK = st.sampled_from(
    ["# ", "- ", "  - ", "> ", "| ", " |", "\n|---|---|\n", "\n", "\n\n", "**", "_", "~~", "`", "[", "](a)", "[1]: ", " "]
)  # fmt: skip


@PATIENT
@given(st.lists(_WORD | _MARK, max_size=30))
def test_every_letter_and_digit_of_the_words_is_shown(parts: list[str]) -> None:
    text = "".join(parts)
    assume("```" not in text and "~~~" not in text)  # the name of a code's language is dropped
    assert letters(text) - letters(shown(text)) == Counter()


@pytest.mark.parametrize(
    "text",
    [
        "[1]: https://valmont.example/terms",
        "[note]: important",
        "| a | b |\n|---|---|\n| 1 | 2 | 3 |",
        ">" * 150 + " deep",
        "- " * 150 + "deep",
        "``` two words",
        "~~~~0",
        "![a plan](https://valmont.example/plan.png)",
        '[terms](https://valmont.example "the title")',
        "> ```\n> code 12\n> ```\n> 1. one\n> 2. two",
        "<b>bold</b> <script>alert(1)</script>",
        "<div>\nblock\n</div>",
        "a\n    b\n\n    code",
    ],
)
def test_words_in_odd_places_are_shown(text: str) -> None:
    expected = letters(text.replace("1. one", "one").replace("2. two", "two"))
    assert expected - letters(shown(text)) == Counter()


def test_styles_and_blocks() -> None:
    text = "# Stock\nIl reste **12** _PMP-200_ ~~13~~ `code`.\n\n> Cité\n\n```sql\nselect 1\n```\n---\nFin"
    assert rich_text(text) == [
        line(run("Stock", bold=True), run("\n")),
        line(
            run("Il reste "), run("12", bold=True), run(" "), run("PMP-200", italic=True), run(" "),
            run("13", strike=True), run(" "), run("code", code=True), run("."), run("\n"),
        ),
        {"type": "rich_text_quote", "elements": [run("Cité")]},
        {"type": "rich_text_preformatted", "elements": [run("select 1")]},
        line(run("———\n")),
        line(run("Fin"), run("\n")),
    ]  # fmt: skip


def test_plain_items_share_one_list() -> None:
    assert rich_text("- a\n- b\n- c") == [listed("bullet", "a", "b", "c")]
    assert rich_text("1. a\n2. b") == [listed("ordered", "a", "b")]
    assert rich_text("3. a\n4. b") == [listed("ordered", "a", "b", offset=2)]


def test_a_nested_block_cuts_the_list_and_the_numbers_go_on() -> None:
    assert rich_text("1. a\n2. b\n   - x\n   - y\n3. c\n4. d") == [
        listed("ordered", "a", "b"),
        listed("bullet", "x", "y", indent=1),
        listed("ordered", "c", "d", offset=2),
    ]


def test_a_second_paragraph_stays_in_its_item() -> None:
    assert rich_text("1. a\n\n   more\n2. b") == [
        {
            "type": "rich_text_list", "style": "ordered", "indent": 0,
            "elements": [line(run("a"), run("\n"), run("more")), line(run("b"))],
        }
    ]  # fmt: skip


def test_a_table_keeps_its_columns_and_a_wide_one_its_words() -> None:
    assert shown("| Produit | Libre |\n|---|---|\n| PMP-200 | 12 |") == "Produit │ Libre\nPMP-200 │ 12"
    wide = "| a | b |\n|---|---|\n| " + "x" * 120 + " | y |\n| 1 | 2 |"
    assert shown(wide) == "a │ b\n" + "x" * 120 + " │ y\n1 │ 2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[la banque](https://evil.example/x)", "la banque (https://evil.example/x)"),
        ("[https://bank.example](https://evil.example)", "https://bank.example (https://evil.example)"),
        ("[](https://evil.example)", " (https://evil.example)"),
        ("![logo](https://evil.example/a.png)", "logo (https://evil.example/a.png)"),
        ("[**b**ank](https://evil.example)", "bank (https://evil.example)"),
        ('[bank](https://evil.example "https://bank.example")', "bank (https://evil.example https://bank.example)"),
        ("<https://bank.example>", "https://bank.example"),
        ("https://bank.example", "https://bank.example"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("<https://a.example|bank>", "https://a.example|bank (https://a.example%7Cbank)"),
        ("<@U0BRUNO001> <!here> <!subteam^S1|x>", "<@U0BRUNO001> <!here> <!subteam^S1|x>"),
    ],
)
def test_no_link_can_pretend_another_target(text: str, words: str) -> None:
    assert shown(text).strip("\n") == words


@PATIENT
@given(st.text("abc./:@ ()[]", max_size=20), st.sampled_from(["https://evil.example/p", "mailto:x@evil.example"]))
def test_a_target_is_always_in_sight(words: str, target: str) -> None:
    assert target in shown(f"[{words}]({target})")
    assert all(element["type"] == "text" for element in texts(rich_text(f"[{words}]({target})")))


@pytest.mark.parametrize(
    "text",
    ["[" * 1_000, "*a " * 700, "`" * 1_000, ">" * 2_000, "- " * 1_000, "|a" * 1_000, "[a](" * 500, "&amp;" * 400,
     "|a|\n|-|\n" + "|x|\n" * 500, "a  \n" * 500, "![" * 500, "_*" * 1_000, "<http://a>" * 200],
)  # fmt: skip
def test_long_garbage_is_shown_too(text: str) -> None:
    check(rich_text(text))
    assert len(shown(text)) <= len(text) + ADDED_CHARACTERS
