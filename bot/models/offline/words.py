"""What the offline assistant knows of French and English: words, their stems, which language, which kind of sentence."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from bot.models.offline.lexicon import BOTH, CONCEPTS, ENGLISH, FRENCH, QUESTIONS, STOP

Language = Literal["fr", "en"]
LONGEST_TEXT = 4000  # characters of one message that are looked at


class Token(NamedTuple):
    """One word of a text: as written, folded (no accents, lower case), and where it stands."""

    raw: str
    folded: str
    start: int
    end: int


def _read_concepts() -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    starts: dict[str, str] = {}
    for line in CONCEPTS.replace("\n ", " ").strip().splitlines():
        concept, *words = line.split()
        for word in words:
            (starts if word.endswith("*") else exact).setdefault(word.rstrip("*"), concept)
    return exact, starts


_EXACT, _STARTS = _read_concepts()
_MEANINGS = frozenset(_EXACT.values()) | frozenset(_STARTS.values())
_AS_VERB = dict.fromkeys(("commande", "commandez", "order"), "purchase") | {"offre": "quote", "libere": "free"}
_CLITIC = re.compile(r"-(?:moi|nous|lui|leur|le|la|les|en|y)(?:-.*)?$")
_PARTICIPLE = re.compile(r"(?:é|és|ées|[^ér]ée|ait|aient|ed|ing|era|eront)$")
_TOKEN = re.compile(
    r"(?<![^\W_])(?:[cdjlmnst]|qu|jusqu|quelqu)['’](?=[^\W\d_])"
    r"|[^\W_]+(?:[-–][^\W_]+)*(?:['’](?:s|t|d|ll|re|ve|m)(?![^\W_]))?",
    re.IGNORECASE,
)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SLACK = re.compile(
    r"<(?:[@!][^<>]{0,200}|#[^<>|]{0,80}\|?([^<>]{0,80})|[^<>|\s]{1,2000}\|([^<>]{0,500})"
    r"|((?:https?|mailto):[^<>\s]{1,2000}))>"
)


def clean(text: str) -> str:
    """A message as plain text: without mentions, markup and invisible characters, cut to what is looked at."""
    text = _SLACK.sub(lambda m: m[1] or m[2] or m[3] or " ", _INVISIBLE.sub("", text[: 2 * LONGEST_TEXT]))
    text = html.unescape(text).replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")
    return re.sub(r"[*`~]|(?<!\w)_|_(?!\w)|^>+ ?", " ", text, flags=re.M)[:LONGEST_TEXT].strip()


@functools.lru_cache(4096)
def fold(text: str) -> str:
    """Lower case without accents; one character stays one character wherever French and English go."""
    return "".join(unicodedata.normalize("NFD", c.lower())[0] for c in text).replace("’", "'")


def tokens(text: str) -> list[Token]:
    return [Token(m[0], fold(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]


@functools.lru_cache(4096)
def concept(folded: str) -> str:
    """What a word means: one name for its French and English forms, else its stem."""
    if folded in _EXACT:
        return _EXACT[folded]
    for length in range(min(len(folded), 12), 2, -1):
        if folded[:length] in _STARTS:
            return _STARTS[folded[:length]]
    return stem(folded)


def known(folded: str) -> bool:
    """A word of the trade, not a name or anything else."""
    return concept(folded) in _MEANINGS


def stem(folded: str) -> str:
    for ending in ("ations", "ation", "ments", "ment", "ing", "ons", "ez", "er", "ed", "es", "s", "x", "e"):
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return folded[: -len(ending)]
    return folded.rstrip("s") if len(folded) > 3 else folded


def verb(token: Token) -> str | None:
    """What an imperative or infinitive asks for; nothing for a participle or a past tense."""
    raw = _CLITIC.sub("", token.raw.lower())
    if (_PARTICIPLE.search(raw) and not raw.startswith("cré")) or raw.startswith("créé"):
        return None
    folded = fold(raw)
    return _AS_VERB.get(folded) or concept(folded)


def happened(token: Token) -> bool:
    """A French participle, as in "a demandé"."""
    return bool(re.search(r"[^ér](?:é|és|ée|ées)$", token.raw.lower())) and token.folded not in STOP


def content(words: Iterable[Token]) -> list[str]:
    """The meanings in a text, without the small words."""
    return [
        concept(w.folded) for w in words if w.folded not in STOP and w.folded not in QUESTIONS and len(w.folded) > 1
    ]


def language_of(text: str, otherwise: Language) -> Language:
    """French or English by the small words; `otherwise` when they don't say."""
    words = [t.folded for t in tokens(text)]
    french = sum(w in FRENCH and w not in BOTH for w in words) + len(re.findall("[éèêàçùîôœ]", text.lower()))
    english = sum(w in ENGLISH and w not in BOTH for w in words)
    return otherwise if french == english else "fr" if french > english else "en"
