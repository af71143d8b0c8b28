"""Which sentences claim that something was done; French and English, words alone.

A claim is found from its verb: look up the word, then walk left over adverbs and pronouns to what it leans on ("I have",
"has been", "je viens de"). Modals, negations and futures stand in that place, so most of what is no claim never fits.
A verb that is only guessed counts where the rest is plain: after "I have", "has been", "is now".
It doubts in one direction: a plain claim that slips through does more harm than a sober sentence that is caught.
"""

from __future__ import annotations

import re

from bot.agents import claim_words as known
from bot.agents.claim_bare import completes
from bot.agents.claim_doubts import by_others, conditional, dated, denied, only_talk, proposes
from bot.agents.claim_place import Place, active, approver, doing, numbered, passive, present, word
from bot.agents.claim_text import Sentence, sentences_of
from bot.agents.claim_verbs import ARRANGING, COMMON, STATES, Form, Verb, verbs_of


def claim_of(text: str) -> str | None:
    """The first of `claims_in`, if any."""
    return next(iter(claims_in(text)), None)


def claims_in(text: str) -> list[str]:
    """The sentences that claim an action by or for the reader, as plain text without their markup.

    Quotations, code blocks and what carries a source `[1]` are documents' words, except where they say "I".
    """
    return [sentence.text for sentence in sentences_of(text) if _claims(sentence)]


def _claims(sentence: Sentence) -> bool:
    words = sentence.words
    said = " ".join(words)
    if any(phrase in said for phrase in known.NOTHING):
        return False
    if _idiom(sentence) or _made_so(sentence) or _confirmation_comes(sentence):
        return True
    if any(_verb_claims(sentence, verb, at) for at, one in enumerate(words) for verb in verbs_of(one)):
        return True
    return completes(sentence)


def _verb_claims(sentence: Sentence, verb: Verb, at: int) -> bool:
    words = sentence.words
    if (first := active(words, verb, at)) is not None:
        return _own_deed(sentence, Place(words, verb, at, first))
    if (first := doing(words, verb, at)) is not None:
        return _own_present(sentence, Place(words, verb, at, first))
    if sentence.asks or sentence.sourced or Form.DONE not in verb.forms:
        return False
    if (first := approver(words, verb, at)) is not None:
        return _happened(sentence, Place(words, verb, at, first))
    if (first := passive(words, at)) is not None:
        place = Place(words, verb, at, first)
        return _happened(sentence, place) and (not verb.guessed or _recent(sentence, place))
    if (first := present(words, at)) is not None:
        return _stands(sentence, Place(words, verb, at, first))
    return False


def _own_deed(sentence: Sentence, place: Place) -> bool:
    if sentence.asks and "," not in place.words[place.at :]:
        return False
    if place.verb.guessed and word(place.words, place.first) not in known.SPEAKER:
        return False
    said_not = denied(place) or word(place.after(), 0) in known.NO or known.WHEN & set(place.before())
    return not (said_not or proposes(place.verb, place.after()) or only_talk(place))


def _own_present(sentence: Sentence, place: Place) -> bool:
    """A present is no claim behind a condition or an invitation: "dites oui et je lance"."""
    waits = (known.WHEN | known.TELL_ME | {"que", "qu", "avec"}) & set(place.earlier())
    return not (sentence.asks or waits or known.WHEN & set(place.after())) and _own_deed(sentence, place)


def _happened(sentence: Sentence, place: Place) -> bool:
    """Whether a finished passive is a claim: not denied, not conditional, not dated, not of "the orders that were"."""
    before = place.before()
    last = word(before, len(before) - 1)
    if last in known.WHO | known.MODALS or (last in ("that", "i") and len(before) > 1):
        return False
    if denied(place) or conditional(place) or known.AROUND & set(before) or by_others(place):
        return False
    if dated(place) and not sentence.requested:
        return False
    said_that = place.verb.base == "tell" and word(place.after(), 0) in ("that", "to")
    return not (said_that or proposes(place.verb, (*before, *place.after())) or known.TALK & set(before))


def _recent(sentence: Sentence, place: Place) -> bool:
    """Whether a passive of an unknown verb speaks of just now: "has been", "vient d'être", "a bien été", "as requested"."""
    between = set(place.words[place.first : place.at])
    perfect = {"been", "viennent", "vient", "being"} | known.NOW
    return sentence.requested or bool(perfect & between) or word(place.before(), 0) in known.POSSESSIVE


def _stands(sentence: Sentence, place: Place) -> bool:
    """Whether "is created" speaks of now and not of how things are done."""
    before, after = place.before(), place.after()
    if not _happened(sentence, place) or known.WHEN & set(place.earlier()):
        return False
    near = {*place.words[place.first : place.at], word(after, 0)}
    if sentence.requested or (known.NOW & near and not _of_a_kind(place)):
        return True
    if sentence.heralded and not place.verb.guessed and _one_thing(place):
        return True
    if known.RULES & set(after) or "@day" in place.words or place.verb.guessed:
        return False
    if place.verb.base in STATES:
        return word(before, 0) in known.YOURS
    if known.SINCE & near:  # "line 2 is already taken" is a fact, "the order is already cancelled" may be none
        return place.verb.base not in COMMON | ARRANGING
    return _one_thing(place)


def _of_a_kind(place: Place) -> bool:
    """Whether it speaks of all of a kind: "invoices are now sent by email"."""
    if word(place.words, place.first) not in ("are", "sont"):
        return False
    named = word(place.before(), 0) in known.OBJECT | known.SINGULAR or any(map(numbered, place.before()))
    return not named or bool(known.RULES & set(place.after()))


def _one_thing(place: Place) -> bool:
    """Whether the subject is one thing or a counted few, "the order", "SO-12", "les 96 pièces", and not all of a kind."""
    before = place.before()
    head = word(before, 0)
    counted = any(one.isdigit() for one in before[:2]) or {"deux", "two", "both"} & set(before) or head in known.YOURS
    if word(place.words, place.first) in ("are", "sont"):
        return bool(counted) and head in known.OBJECT | known.YOURS | known.SINGULAR
    return head in known.SINGULAR | known.RECORDS or bool(counted) or any(map(numbered, before))


def _idiom(sentence: Sentence) -> bool:
    words = tuple(one for one in sentence.words if one not in known.FILLERS)
    said = f" {' '.join(words)} "
    for phrase in (phrase for one in words for phrase in known.IDIOMS.get(one, ())):
        if (start := said.find(phrase)) >= 0:
            at = said[:start].count(" ")
            if _told_plainly(sentence, _place_of(words, at)):
                return True
    return False


def _told_plainly(sentence: Sentence, place: Place) -> bool:
    if sentence.sourced or (sentence.asks and "," not in place.words[place.at :]):
        return False
    if denied(place) or known.WHEN & {*place.earlier(), *place.after()} or known.FUTURE & set(place.before()):
        return False
    behind = word(place.words, place.at - 1)
    return not (behind in known.MODALS or behind in known.WHO or dated(place) or known.TALK & set(place.after()))


def _made_so(sentence: Sentence) -> bool:
    """ "The new price is now live", "l'alarme est désormais active"."""
    words = sentence.words
    marks = known.NOW - {"bien"}
    if (marks.isdisjoint(words) and not sentence.heralded) or known.BE.isdisjoint(words):
        return False
    at = next(i for i, one in enumerate(words) if one in known.BE)
    now = sentence.heralded or marks & set(words[max(0, at - 1) : at + 6])
    if not now or word(words, at - 1) == "there" or known.MADE_SO.isdisjoint(words[at + 1 : at + 6]):
        return False
    return _told_plainly(sentence, _place_of(words, at))


def _place_of(words: tuple[str, ...], at: int) -> Place:
    return Place(words, Verb("do", False, frozenset()), at, at)


def _confirmation_comes(sentence: Sentence) -> bool:
    """ "You'll receive a confirmation shortly": it comes only of what was done; of what waits one says when."""
    if sentence.asks or not _AFTERWARDS.isdisjoint(sentence.words) or not known.NO.isdisjoint(sentence.words):
        return False
    return not _MAIL.isdisjoint(sentence.words) and _COMES.search(sentence.text.casefold()) is not None


_MAIL = known.one_of("confirmation email e-mail mail courriel invitation receipt")
_AFTERWARDS = known.WHEN | known.one_of("after après approval accord")
_COMES = re.compile(
    r"\b(?:you(?:'ll| will| should)(?: \w+)? (?:receive|get)|vous recevrez|tu recevras"
    r"|(?:vous allez|tu vas|vous devriez)(?: \w+)? recevoir) (?:[^\s,.;]+ ){0,4}"
    r"(?:confirmation|e-?mail|mail|courriel|invitation|receipt)"
)
