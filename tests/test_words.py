"""What Baton says is said in every language."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.reasons import REASONS
from bot.slack.words import TABLES, WORDS, say, say_of

LOCALE = Path(__file__).parent.parent / "bot" / "locale"
LANGUAGES = sorted(folder.name for folder in LOCALE.iterdir())
SAID = {(key, english) for key, english in WORDS.items()} | {("cause", english) for english in REASONS.values()}


def catalog(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "baton.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def translated(language: str) -> dict[tuple[str, str], str]:
    """Name and English → the translation; of a sentence with a count, each of its two forms."""
    known = {}
    for message in catalog(language):
        if isinstance(message.id, tuple):
            (one, many), (said, said_many) = message.id, message.string
            known |= {(message.context, one): said, (f"{message.context}_many", many): said_many}
        elif message.id:
            known[message.context, message.id] = message.string
    return known


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_no_other(language: str) -> None:
    known = translated(language)
    assert sorted(SAID - known.keys()) == [], "missing"
    assert sorted(known.keys() - SAID) == [], "left over, or its English has changed"
    assert [place for place, text in known.items() if not text.strip()] == []
    assert [message.id for message in catalog(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_values_of_the_english(language: str) -> None:
    known = translated(language)
    assert {place for place in known if placeholders(place[1]) != placeholders(known[place])} == set()


def test_no_name_stands_for_two_sentences() -> None:
    assert [key for key, times in Counter(key for table in TABLES for key in table).items() if times > 1] == []


def test_a_count_follows_the_rule_of_the_language() -> None:
    assert [say_of("en", "by_rule", count, rules="r") for count in (0, 1, 2)] == ["rules: r", "rule: r", "rules: r"]
    assert [say_of("fr", "by_rule", count, rules="r") for count in (0, 1, 2)] == [
        "règle : r",
        "règle : r",
        "règles : r",
    ]


def test_people_hear_their_own_language() -> None:
    assert (say("fr", "approve"), say("en", "approve")) == ("Approuver", "Approve")
