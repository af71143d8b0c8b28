"""How a text is cut into sentences of plain words, with quotations left out and days marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.agents.claim_verbs import verbs_of
from bot.agents.claim_words import BREAKS, HERALDS, IDIOMS, OPENINGS, OVER, TICKS, one_of

LONGEST_SENTENCE, OVERLAP = 120, 30  # words

# A sentence with none of these words and no verb of a deed is no claim, whatever else it says.
_TELLING = set(IDIOMS)
_TELLING |= OVER | one_of("mis mise mises mets on set done put gone now désormais maintenant receive recevrez recevoir")

_MONTHS = one_of(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep "
    "sept oct nov dec janvier février fevrier mars avril mai juin juillet août aout septembre octobre novembre décembre fév déc"
)
_WEEKDAYS = one_of(
    "monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche"
)
_MONTH, _WEEKDAY = ("|".join(sorted(names, key=len, reverse=True)) for names in (_MONTHS, _WEEKDAYS))
_DAY = re.compile(
    rf"(?<![\w-])(?:(?:\d{{1,2}}(?:er|st|nd|rd|th)? (?:of )?(?:{_MONTH})\b(?: \d{{4}})?"
    rf"|(?:{_MONTH}) \d{{1,2}}\b(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|\d\d\.\d\d\.\d{{4}}"
    rf"|(?:(?<=in )may|(?!may\b)(?:{_MONTH}))\b(?: \d{{4}})?)|(?:{_WEEKDAY}))(?![\w-])"  # "may" alone is a modal
)
_NOT_WHEN = one_of(
    "of from du de for pour by d'ici avant before until to jusqu'au jusqu'en jusqu'à au delivery livraison shipping expédition "
    "départ due prévu prévue prévus prévues planned livrable effective "
)
_BEFORE_A_DAY = one_of("on in since le en the depuis ce @day")
_OF_TIME = _MONTHS | _WEEKDAYS | one_of("hier avant-hier ago yesterday last this dernier dernière cette ce il")
_DIGIT = re.compile(r"\d")
_LONG_AGO = re.compile(
    r"\b(?:yesterday|hier|avant-hier|last (?:week|month|year|quarter)|this (?:week|month|year|quarter)|\w+ (?:days?|weeks?"
    r"|months?|years?) ago|(?:la semaine|le mois|l'an|l'année|le trimestre) derni(?:er|ère)|cette (?:semaine|année)"
    r"|ce (?:mois|trimestre)(?:-ci)?|il y a \w+ (?:jours?|semaines?|mois|ans?)|(?:in|en|since|depuis) (?:19|20)\d\d)\b"
)
_SOURCE = re.compile(
    r"\[\d+\]|\b(?:(?:according to|d'après|selon) (?!your|vos |votre|ce que vous)|as per the|per the (?:erp|document|handbook)"
    r"|(?:erp|crm|system|document|documents|handbook|manual|log|ledger|journal|records?|report|email|système|manuel|registre) "
    r"(?:says?|shows?|lists?|states?|reports?|indicates?|dit|disent|indiquent?|montrent?|signalent?|affichent?|précisent?)"
    r"|you (?:say|said|wrote|mentioned|told)|vous (?:dites|m'avez dit|avez dit|avez écrit|avez indiqué|avez mentionné|écrivez))"
)
# Whoever says this speaks of what was done for the reader, even where a day is named.
_REQUESTED = re.compile(
    r"\b(?:as (?:you )?(?:requested|asked|instructed|agreed|discussed)|(?:per|at) your (?:request|instructions?)"
    r"|comme (?:demandé|convenu|vous (?:l'avez )?(?:demandé|demandiez|souhaitiez)|tu (?:l'as )?demandé)"
    r"|(?:à|sur|selon) (?:votre|ta) demande|(?:suite|conformément) à (?:votre|ta|vos|tes) (?:demande|instruction|accord))"
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]")
_FENCED = re.compile(r"^[ \t]*```[^`\n]*\n.*?^[ \t]*```[ \t]*$", re.S | re.M)
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\([^)\s]{1,500}\)")
_EMPHASIS = re.compile(r"[*`~]+|_+(?:(?<![^\W_]_)|(?!\w))")
_SAME_LINE = re.compile(r"\n[ \t]*(?=[a-zà-ÿ])")
_QUOTED = re.compile(r"«[^»]{0,600}»|“[^”]{0,600}”|\"[^\"]{0,600}\"")
_ITEM = re.compile(r"^\s*(?:[-+•–|]|\d+[.)])\s+")
_HEADING = re.compile(r"^\s*#+\s+")
_END = re.compile(r"(?<=[.!?…])[)\]]?\s+|(?<=[✅🎉])\s+(?=[A-ZÀ-Ý])")
_TOKEN = re.compile(r"@day|@ago|[^\W_]+(?:-[^\W_]+)*|[✅✔☑🎉]|[,;:()—–!?…·|]")
_UPDATED = (
    *("à jour", "à disposition", "de côté", "en pause", "en place", "en attente", "en production", "en service"),
    *("en ligne", "à zéro"),
)
# Contractions and set phrases, spelled as the tables above know them.
_SPELLINGS = {
    "n't": " not", "i'm": "i am", "'ve": " have", "'re": " are", "'s been": " has been", "i'd": "i would", "s'il": "si il",
    "it's": "it is", "that's": "that is", "this's": "this is", "-moi": " moi", "n°": "num", "nº": "num", "not only": "also",
    "gone ahead and": "just", "went ahead and": "just", "aujourd'hui": "maintenant", "à l'instant": "maintenant",
    "bel et bien": "bien", "avec succès": "", "tout de suite": "", "mets à jour": "actualise", "mettre à jour": "actualiser",
    "set up": "created", "ai pris en compte": "ai compté", "setting up": "creating", "put in place": "created",
    "as long as": "if", "à condition que": "si", "j'ai réussi à": "j'ai pu", "suis parvenu à": "ai pu", "ai pris soin d": "ai pu",
    "there you go": "voilà", "here you go": "voilà",
    "took the liberty of": "am", "taken the liberty of": "am", "taking the liberty of": "am",
    "moved ahead and": "just", "go ahead and": "just", "as soon as": "once", "write off": "waive", "written off": "waived",
    "right away": "now", "right now": "now", "at this moment": "now", "dès maintenant": "maintenant", "à présent": "maintenant",
    "dès à présent": "maintenant", "e-mailed": "emailed",
    "c'est bon,": "voilà,", "c'est bon !": "voilà !", "c'est bon :": "voilà :",
    "kicked off": "launched", "rolled back": "reversed",
    **{f"mis{ending} {where}": f"actualisé{ending}" for ending in ("", "e", "es") for where in _UPDATED},
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A sentence as written and in the tables' words: lower case, `@day` and `@ago` for when something was."""

    text: str
    listed: bool
    words: tuple[str, ...]
    heralded: bool = False

    @property
    def asks(self) -> bool:
        return self.text.endswith("?")

    @cached_property
    def sourced(self) -> bool:
        return _SOURCE.search(self.text.casefold()) is not None

    @cached_property
    def requested(self) -> bool:
        return _REQUESTED.search(self.text.casefold()) is not None

    @property
    def ticked(self) -> bool:
        return not TICKS.isdisjoint(self.words)


def sentences_of(text: str) -> Iterator[Sentence]:
    """The sentences that may tell of a deed; quotations and code blocks, which are others' words, left out."""
    heralded = False
    for said, listed in _written(text):
        words = _TOKEN.findall(said.casefold())
        if not _TELLING.isdisjoint(words) or any(map(verbs_of, words)):
            timed = not _OF_TIME.isdisjoint(words) or _DIGIT.search(said) is not None
            sentence = _sentence(said, listed, timed)
            yield from _pieces(replace(sentence, heralded=heralded or _heralds(sentence.words)))
        heralded = _heralds(words) and OPENINGS.issuperset(words)


def _written(text: str) -> Iterator[tuple[str, bool]]:
    """Each sentence as it is written, and whether it is a list's."""
    for line in _plain(text).splitlines():
        if line.lstrip().startswith(">"):
            continue
        item = _ITEM.match(line)
        line = _QUOTED.sub("“”", _HEADING.sub("", line[item.end() :] if item else line))
        for part in _END.split(line):
            if said := part.strip():
                yield said, item is not None


def _heralds(words: Sequence[str]) -> bool:
    """Whether words begin as an answer to an order: "Voilà, ", "Parfait !", "All right: "."""
    stop = next((i for i, one in enumerate(words) if one not in OPENINGS), len(words))
    mark = next((i for i, one in enumerate(words[:stop]) if one in BREAKS), stop)
    return not HERALDS.isdisjoint(words[:mark]) and (mark < stop or stop == len(words))


def _pieces(sentence: Sentence) -> Iterator[Sentence]:
    """The sentence, in overlapping pieces when it is endless: reading one takes time by the square of its length."""
    for start in range(0, max(1, len(sentence.words) - OVERLAP), LONGEST_SENTENCE - OVERLAP):
        yield replace(sentence, words=sentence.words[start : start + LONGEST_SENTENCE])


def _plain(text: str) -> str:
    """Markdown without code blocks, emphasis and link targets; one apostrophe, one kind of space."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).replace("’", "'").replace("ʼ", "'"))
    text = _LINK.sub(r"\1", _FENCED.sub("\n", text))
    text = re.sub(r"^([ \t]*)\*(?=\s)", r"\1-", text, flags=re.M)
    text = re.sub(r"\b([Nn])o\. ?(?=\d)", r"\1º ", _EMPHASIS.sub("", text))
    return _SAME_LINE.sub(" ", text)


def _sentence(text: str, listed: bool, timed: bool) -> Sentence:
    said = text.casefold()
    if timed:
        said = _DAY.sub(_day, _LONG_AGO.sub("@ago", said))
    for written, meant in _SPELLINGS.items():
        said = said.replace(written, meant)
    return Sentence(text, listed, tuple(_TOKEN.findall(said)))


def _day(found: re.Match[str]) -> str:
    """A day on which something was; a day that something is for, or that names a record, says nothing about when."""
    for word in reversed(found.string[max(0, found.start() - 30) : found.start()].split()):
        if word in _NOT_WHEN:
            return " of "
        if word not in _BEFORE_A_DAY:
            break
    return " @day "
