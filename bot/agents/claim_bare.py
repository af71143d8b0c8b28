"""Claims without a verb of their own: "Order created: PROD-7", "✅ Devis envoyé à Aqualia", "Done."."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents import claim_words as known
from bot.agents.claim_doubts import dated, proposes
from bot.agents.claim_place import Place, numbered, word
from bot.agents.claim_text import Sentence
from bot.agents.claim_verbs import APPROVING, ARRANGING, COMMON, STATES, Form, verbs_of

_ONTO = known.one_of("to in into under à au aux chez dans sur")
_NOT_IN_NOUN = (
    known.TALK | known.WHEN | known.WHO | known.AROUND | known.BREAKS | known.FIRST | known.OTHERS | known.ARTICLES
)


def completes(sentence: Sentence) -> bool:
    """Whether a part of the sentence is a completion that needs no "I have" and no "has been"."""
    if sentence.asks or sentence.sourced or "@ago" in sentence.words:
        return False
    return _deed_over(sentence.words) or any(
        _part_completes(sentence, part, first=i == 0) for i, part in enumerate(_parts(sentence))
    )


def _deed_over(words: tuple[str, ...]) -> bool:
    """ "Transfert de 40 unités : effectué", "The deletion is effective"."""
    start = next((i for i, one in enumerate(words) if one in known.DEEDS), len(words))
    marks = ("is", "est", ":")
    over = next((i for i in range(start, len(words) - 1) if words[i] in marks and words[i + 1] in known.OVER), None)
    if over is None or start > 3 or not (known.NO | known.WHEN | known.RULES | {"@day"}).isdisjoint(words):
        return False
    return known.BREAKS.isdisjoint(words[start:over])


def _parts(sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """The sentence from its first word that says something, then from behind each colon, dash and semicolon."""
    words = sentence.words
    start = next((i for i, w in enumerate(words) if w not in known.OPENINGS), len(words))
    words = words[start:]
    if word(words, 0) in known.LABELS and word(words, 1) == ":":
        words = words[2:]
    elif sentence.ticked and ":" in words[:-1]:  # "PROD-7: created ✅"
        words = words[words.index(":") + 1 :]
    yield words
    for i, mark in enumerate(words[:-1]):
        if mark in known.STOPS and not (mark == "," and sentence.listed):
            yield words[i + 1 :]


def _part_completes(sentence: Sentence, words: tuple[str, ...], first: bool) -> bool:
    if words and words[0] in known.ONE_WORD and first:
        return len(words) == 1 or words[1] in known.BREAKS or sentence.ticked
    place = next(_participles(words, guessed=sentence.ticked), None)
    if place is None:
        return first and _under_way(words)
    if _said_otherwise(place, sentence.listed):
        return False
    if place.at == 0:
        return first and _elliptic(sentence, place)
    return (first or place.verb.base not in STATES) and _noun_done(sentence, place)


def _participles(words: tuple[str, ...], guessed: bool) -> Iterator[Place]:
    for at, one in enumerate(words[:8]):
        for verb in verbs_of(one):
            if Form.DONE in verb.forms and (guessed or not verb.guessed):
                yield Place(words, verb, at, 0)


def _said_otherwise(place: Place, listed: bool) -> bool:
    """Whether a finite verb, a denial or a day makes the words no completion but a sentence about one."""
    words, verb = place.words, place.verb
    stop = next((i for i in range(place.at, len(words)) if words[i] in known.BREAKS), len(words))
    said = set(words[:stop])
    day = "@day" in words and (verb.base not in ARRANGING or dated(place))
    if day or (known.NO | {"non"} | known.FINITE) & said or proposes(verb, words):
        return True
    rest = words[place.at + 1 :]
    many = place.at == 0 or words[place.at - 1].endswith("s") or words[place.at].endswith("s")
    record = verb.base in STATES and (many or listed)
    return word(rest, 0) == ":" and (record or (len(rest) == 2 and rest[1].isdigit()))


def _noun_done(sentence: Sentence, place: Place) -> bool:
    """ "Order created", "Remboursement de 80 € effectué sur la facture", "Ticket ouvert sous le numéro 7"."""
    noun, rest = place.words[: place.at], place.words[place.at + 1 :]
    if not _NOT_IN_NOUN.isdisjoint(noun) or noun[0] in known.PREPOSITIONS or noun[-1] in known.PREPOSITIONS:
        return False
    counted = noun[0].isdigit() or noun[0] in known.SEVERAL
    if ((sentence.listed and place.verb.base in STATES) or counted) and not sentence.ticked:
        return False
    return not rest or rest[0] in known.BREAKS | known.TAILS | known.TICKS | {"@day", "et", "and"}


def _elliptic(sentence: Sentence, place: Place) -> bool:
    """ "Sent.", "Created the order", "Successfully created PROD-7", "Créé le bon de commande"."""
    verb, rest = place.verb, place.words[1:]
    if Form.BARE in verb.forms and not sentence.ticked:  # "Set the price" may be an order
        return False
    if not rest or rest[0] in known.BREAKS | known.TICKS:
        return sentence.ticked or (verb.base not in STATES and (not rest or verb.base not in APPROVING))
    if sentence.ticked or "successfully" in sentence.words:
        return True
    if verb.base not in STATES | COMMON | {"reserve", "réserver"} and rest[0] in _ONTO:
        return True
    if verb.french:
        return verb.base not in STATES | COMMON and rest[0] in known.OBJECT
    if rest[0] in known.OBJECT or numbered(rest[0]) or (rest[0] in known.RECORDS and numbered(word(rest, 1))):
        return True
    if verb.base not in STATES and (rest[0].isdigit() or _named(sentence)):
        return True
    one_record = rest[0] in known.RECORDS and not rest[0].endswith("s") and word(rest, 1) not in known.BREAKS
    return one_record and verb.base not in APPROVING


def _named(sentence: Sentence) -> bool:
    """Whether a proper name stands behind the first word: "Notified Claire"."""
    second = sentence.text.split()[1:2]
    return bool(second) and second[0][0].isupper() and ":" not in sentence.words


def _under_way(words: tuple[str, ...]) -> bool:
    """ "Placing the order now"."""
    if not any(Form.DOING in v.forms and not v.french and not v.guessed for v in verbs_of(word(words, 0))):
        return False
    return word(words, 1) in known.OBJECT and "now" in words and known.FINITE.isdisjoint(words)
