"""Says in a person's language what Baton itself has to say.

English stands in the tables beside it, by name; every other language in `bot/locale`, as gettext catalogs whose
messages have that name as their context. What a catalog lacks is said in English.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from bot.slack.answer_words import ANSWER_WORDS
from bot.slack.card_words import CARD_WORDS
from bot.slack.file_words import FILE_CAUSES, FILE_WORDS, OUTSIDER_WORDS
from bot.slack.live_words import LIVE_WORDS
from bot.slack.notice_words import NOTICE_WORDS
from bot.types import Language

STATUS_WORDS: Mapping[str, str] = {
    "status_pending": "pending",
    "status_approved": "approved",
    "status_executing": "being carried out",
    "status_executed": "done",
    "status_failed": "not done",
    "status_unknown": "outcome unknown",
    "status_rejected": "rejected",
    "status_expired": "expired",
    "status_denied": "denied",
    "status_stale": "out of date",
    "status_superseded": "replaced",
    "status_withdrawn": "withdrawn",
}

WORDS: Mapping[str, str] = {
    **ANSWER_WORDS,
    **CARD_WORDS,
    **FILE_WORDS,
    **LIVE_WORDS,
    **NOTICE_WORDS,
    **OUTSIDER_WORDS,
    **STATUS_WORDS,
}

# Reasons that Baton gives and that are kept as text. A longer one comes before its own beginning.
CAUSES = (
    "the model did not answer",
    "it was interrupted three times",
    "the run was given up",
    "the work on it was interrupted",
    "the work on it was held up",
    "the system says that it did not happen",
    "this tool cannot look it up",
    "the call has not come back yet",
    "the tool or the stored proposal is no longer what was shown",
    "the facts changed since they were shown:",
    "the facts changed since they were shown",
    "the rules forbid it now:",
    "the rules forbid it now",
    "the rules became stricter",
    "more people are needed now",
    "somebody who approved may no longer decide",
    "who may decide cannot be read at the moment",
    "the time of the rule:",
    "the tool is no longer what was shown",
    "it may still be on its way",
    "I try again",
    "the rules forbid it:",
    "the rules forbid it",
    "it was edited",
    "the facts changed",
    "its tool is gone",
    "no answer within",
    "does not answer at",
    "nothing was sent",
    "no answer after",
    "turns of the model",
    "(command line)",
    *FILE_CAUSES,
)


def say(language: Language, key: str, **values: object) -> str:
    """One sentence, with its values filled in."""
    return _translated(language, key, WORDS[key]).format(**values)


def status(language: Language, name: str) -> str:
    """A status as people call it."""
    return say(language, f"status_{name}")


def cause(language: Language, text: str) -> str:
    """A reason that Baton itself gave, in the person's language; what a tool or a system said stays as it is."""
    for english in CAUSES:
        text = text.replace(english, _translated(language, "cause", english))
    return text


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
