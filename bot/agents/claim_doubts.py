"""What keeps a verb of a deed from being a claim: denials, conditions, proposals, talk, days, and the deeds of others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from bot.agents import claim_words as known
from bot.agents.claim_place import Place, word
from bot.agents.claim_verbs import APPROVING, ARRANGING, COMMON, LIGHT, PROPOSING, Verb


def denied(place: Place) -> bool:
    return not known.NO.isdisjoint(place.before())


def conditional(place: Place) -> bool:
    return not known.WHEN.isdisjoint(place.before()) or not known.CONDITIONS.isdisjoint(place.after())


def only_talk(place: Place) -> bool:
    """Whether the deed is one of words: "I've corrected my answer", "j'ai passé en revue", "I confirmed that"."""
    after = place.after()
    if known.TALK & set(after[:6]):
        return True
    if place.verb.base in ("let", "tell"):
        return word(after, 0) in ("you", "us", "me", "that", "him")
    if place.verb.base not in COMMON:
        return False
    if word(after, 0) in ("that", "que", "qu", "by", "par"):
        return True
    if place.verb.base not in LIGHT:
        return bool(known.READ & set(after[:4]))
    pronoun = known.CLITICS & {"l", "le", "la", "les"} & set(place.words[place.first : place.at])
    named = known.RECORDS & {*after[:6], *place.before()}
    return not (pronoun or named)


def proposes(verb: Verb, about: Iterable[str]) -> bool:
    """Whether what was sent or created is only a proposal."""
    if verb.base not in PROPOSING:
        return False
    said = list(about)
    if known.PROPOSALS & set(said):
        return True
    pairs = {*pairwise(said), *zip(said, said[2:], strict=False)}
    sought = any(
        a in ("for", "pour", "à", "d", "l", "approval") and b in known.APPROVAL | {"request"} for a, b in pairs
    )
    asked = bool({"request", "demande", "requests", "demandes"} & set(said))
    return sought or (asked and any(a in ("to", "à", "au", "aux") and b in known.GROUPS for a, b in pairs))


def dated(place: Place) -> bool:
    """Whether a day says when it was; a day behind "will be" is another matter's."""
    if "@ago" in place.words:
        return True
    stop = next((i for i in range(place.at, len(place.words)) if place.words[i] in known.FUTURE), None)
    near = (*place.words[:2], *place.words[place.at : stop])
    return "@day" in near and place.verb.base not in ARRANGING


def by_others(place: Place) -> bool:
    """Whether somebody is named who did it: "by the laboratory"; an approval is claimed whoever gave it."""
    after = place.after()
    by = next((i for i in (0, 1) if word(after, i) in ("by", "par")), None)
    if by is None or (
        place.verb.base in APPROVING and not {"customer", "client", "supplier", "fournisseur"} & set(after)
    ):
        return False
    return known.NO_AGENT.isdisjoint(after[by + 1 : by + 4])
