"""Says in a person's language what Baton itself has to say.

English stands in the tables beside it, by name; every other language in `bot/locale`, as gettext catalogs whose
messages have that name as their context. What a catalog lacks is said in English.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from bot.reasons import REASONS, read_back
from bot.slack.answer_words import ANSWER_WORDS
from bot.slack.card_words import CARD_WORDS
from bot.slack.command_words import COMMAND_WORDS
from bot.slack.file_words import FILE_WORDS, OUTSIDER_WORDS
from bot.slack.home_words import HOME_WORDS
from bot.slack.install_words import INSTALL_WORDS
from bot.slack.live_words import LIVE_WORDS
from bot.slack.notice_words import NOTICE_WORDS
from bot.slack.status_words import STATUS_WORDS
from bot.types import Language

TABLES: Sequence[Mapping[str, str]] = (
    ANSWER_WORDS,
    CARD_WORDS,
    COMMAND_WORDS,
    FILE_WORDS,
    HOME_WORDS,
    INSTALL_WORDS,
    LIVE_WORDS,
    NOTICE_WORDS,
    OUTSIDER_WORDS,
    STATUS_WORDS,
)
WORDS: Mapping[str, str] = {key: text for table in TABLES for key, text in table.items()}

CAUSE_DEPTH = 5  # of reasons within reasons; whatever lies deeper stays English


def say(language: Language, key: str, **values: object) -> str:
    """One sentence, with its values filled in."""
    return _translated(language, key, WORDS[key]).format(**values)


def say_of(language: Language, key: str, count: int, **values: object) -> str:
    """One sentence about so many: in English `key` about one, `key_many` about more; other languages have their own rule."""
    one, many = WORDS[key], WORDS[f"{key}_many"]
    chosen = (one if count == 1 else many) if language == "en" else _catalog(language).npgettext(key, one, many, count)
    return str(chosen).format(**{"n": count, **values})


def status(language: Language, name: str) -> str:
    """A status as people call it."""
    return say(language, f"status_{name}")


def cause(language: Language, text: str, depth: int = CAUSE_DEPTH) -> str:
    """A reason that Baton itself gave, in the person's language; what a person, tool or system said stays as it is."""
    if language == "en":
        return text
    if told := _read(language, text, depth):
        return told
    parts = text.split("; ")
    read = [_read(language, part, depth) for part in parts]
    return " ; ".join(told or part for told, part in zip(read, parts, strict=True)) if any(read) else text


def whole(language: Language, reason: str) -> str:
    """A reason that stands alone, as a sentence."""
    text = cause(language, reason).strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def _read(language: Language, text: str, depth: int) -> str | None:
    """One reason, whole or behind a name and a colon; what a value of it quotes may be one as well."""
    if depth == 0:
        return None
    if found := read_back(text):
        key, values = found
        told = {name: cause(language, value, depth - 1) for name, value in values.items()}
        return _translated(language, "cause", REASONS[key]).format(**told)
    name, colon, rest = text.partition(": ")
    behind = cause(language, rest, depth - 1) if colon and "; " not in name else rest
    return f"{name} : {behind}" if behind != rest else None


def _translated(language: Language, context: str, english: str) -> str:
    return english if language == "en" else str(_catalog(language).pgettext(context, english))


@cache
def _catalog(language: Language) -> Translations:
    """The catalog of a language, compiled as it is read: what lies in the house is the text that people edit."""
    text = resources.files("bot") / "locale" / language / "LC_MESSAGES" / "baton.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text.read_bytes()), locale=language))
    compiled.seek(0)
    return Translations(compiled)
