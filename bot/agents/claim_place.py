"""Where a verb stands in its sentence and what it leans on: "I have", "has been", "je viens de"."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.agents import claim_words as known
from bot.agents.claim_verbs import APPROVING, Form, Verb

_NUMBERED = re.compile(r"(?=.*[a-z]).*\d|num$")  # PROD-7, "no. 12"


@dataclass(frozen=True)
class Place:
    """A verb in its sentence: `first` is where its own phrase begins (subject or auxiliary)."""

    words: tuple[str, ...]
    verb: Verb
    at: int
    first: int

    def before(self) -> tuple[str, ...]:
        """The words of its clause that stand before the phrase."""
        start = next((i + 1 for i in range(self.first - 1, -1, -1) if self.words[i] in known.CLAUSE), 0)
        return self.words[start : self.first]

    def after(self) -> tuple[str, ...]:
        stop = next((i for i in range(self.at + 1, len(self.words)) if self.words[i] in known.BREAKS), len(self.words))
        return self.words[self.at + 1 : stop]

    def earlier(self) -> tuple[str, ...]:
        return self.words[: self.first]


def skip(words: tuple[str, ...], at: int, over: Collection[str]) -> int:
    """The nearest place at or left of `at` whose word is none of `over`; -1 at the start."""
    while at >= 0 and words[at] in over:
        at -= 1
    return at


def word(words: tuple[str, ...], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def numbered(one: str) -> bool:
    return _NUMBERED.match(one) is not None


def _subject(words: tuple[str, ...], aux: int) -> int | None:
    """Where the "I" or "we" of an auxiliary stands, pronouns between them skipped ("je vous l'ai")."""
    at = aux - 1
    while at >= 0 and words[at] in known.SMALL and words[at] not in known.FIRST:
        at -= 1
    if word(words, at) == "nous" and word(words, at - 1) in ("j", "je"):
        at -= 1
    return at if word(words, at) in known.FIRST else None


def active(words: tuple[str, ...], verb: Verb, at: int) -> int | None:
    """ "I have created", "I created", "j'ai créé", "je viens de créer", "I checked … and created the"."""
    left = skip(words, at - 1, known.ADVERBS)
    if Form.BARE in verb.forms and (first := _just(words, at)) is not None:
        return first
    if Form.DONE not in verb.forms:
        return None
    if word(words, left) in known.HAVE:
        return _subject(words, left)
    if not verb.french and word(words, left) in known.FIRST - {"on", "nous"}:
        return left
    if not verb.french and (got := next((i for i in range(max(0, at - 6), at) if words[i] == "got"), None)):
        return _subject(words, got)
    joined = word(words, skip(words, at - 1, known.ADVERBS - {"puis", "then"}))
    if joined in ("and", "et", "puis", "then", ",") and (word(words, at + 1) in known.OBJECT):
        return _governing(words, at)
    return None


def _just(words: tuple[str, ...], at: int) -> int | None:
    """ "je viens de vous l'envoyer", "en train de créer", "j'ai pu créer", "I was able to create"."""
    left = skip(words, at - 1, known.CLITICS)
    two = (word(words, left - 1), word(words, left))
    came = skip(words, left - 1, known.ADVERBS)  # "je viens tout juste de"
    if word(words, came) in ("viens", "venons", "vient") and two[1] in ("de", "d"):
        return _subject(words, came)
    if two[0] in ("train", "permis", "fini", "terminé") and two[1] in ("de", "d"):
        return skip(words, left - 2, {"suis", "en", "sommes", *known.CLITICS, *known.ADVERBS})
    if two[1] == "pu" and two[0] in ("ai", "avons"):
        return _subject(words, left - 1)
    able = {("able", "to"): ("was", "were", "been"), ("managed", "to"): ("i", "we", "have")}.get(two, ())
    return left - 2 if word(words, left - 2) in able else None


def _governing(words: tuple[str, ...], at: int) -> int | None:
    """The "I have" far to the left on which a second verb of the same sentence leans."""
    for i in range(at - 1, -1, -1):
        if words[i] in known.PERSONS and word(words, i - 1) not in known.FIRST:
            right = i + 1
            while word(words, right) in known.SMALL:
                right += 1
            follows = word(words, right)
            did = (
                follows in known.HAVE or follows.endswith("ed") or follows in ("found", "saw", "looked", "read", "took")
            )
            if words[i] in known.FIRST:
                return i if did else None
            if did:
                return None
    return None


def doing(words: tuple[str, ...], verb: Verb, at: int) -> int | None:
    """ "I am creating", "je crée", "is being created"."""
    left = skip(words, at - 1, known.SMALL if verb.french else known.ADVERBS)
    if verb.french:
        if word(words, at - 1) == "nous":
            return at - 1 if Form.DOING in verb.forms else None
        return left if Form.DOING in verb.forms and word(words, left) in ("j", "je") else None
    if Form.DOING in verb.forms and word(words, left) == "finished":
        return _subject(words, skip(words, left - 1, known.ADVERBS) + (word(words, left - 1) in known.FIRST))
    if Form.DOING in verb.forms and word(words, left) in ("am", "are"):
        return left - 1 if word(words, left - 1) in ("i", "we") else None
    if Form.DONE in verb.forms and word(words, left) == "being" and word(words, left - 1) in ("is", "are"):
        return left - 1
    return None


def passive(words: tuple[str, ...], at: int) -> int | None:
    """ "has been created", "was created", "a été créée", "vient d'être créée": where the auxiliary stands."""
    left = skip(words, at - 1, known.ADVERBS)
    match word(words, left):
        case "been" | "été":
            aux = skip(words, left - 1, known.ADVERBS)
            return aux if word(words, aux) in known.HAVE | {"avez"} else None
        case "was" | "were":
            return left
        case "être" if word(words, left - 2) in ("vient", "viennent"):
            return left - 2
    return None


def present(words: tuple[str, ...], at: int) -> int | None:
    left = skip(words, at - 1, known.ADVERBS)
    return left if word(words, left) in ("is", "are", "est", "sont") else None


def approver(words: tuple[str, ...], verb: Verb, at: int) -> int | None:
    """ "finance has approved", "le groupe finance a validé"."""
    if verb.base not in APPROVING:
        return None
    left = skip(words, at - 1, known.ADVERBS)
    subject = skip(words, left - 1, known.SMALL) if word(words, left) in known.HAVE else left
    return subject if word(words, subject) in known.GROUPS else None
