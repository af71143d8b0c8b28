"""Which tools a message asks for: an action needs its own verb in the form of a request, a question never acts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.models.offline.lexicon import (
    ASKING,
    LEADS,
    MAY,
    PUZZLED,
    QUESTIONS,
    REFUSALS,
    RULES,
    SOFTENERS,
    TAKEN_BACK,
    word_set,
)
from bot.models.offline.skills import MAKE, Skill, demand, direct_object, informs
from bot.models.offline.values import SOMEBODY, Findings, fill, masked
from bot.models.offline.words import Token, content, fold, happened, known, stem, tokens, verb

Embed = Callable[[Sequence[str]], list[list[float]]]
Vector = Sequence[float]
PLACED = 0.3  # for each value that an action has a place for
LITERAL = 0.4  # for the very verb of an example
UNNAMED = 0.9  # of the likeness of a tool of a system that is not named
GOOD = 0.34  # from here on a question is taken to mean this tool
_ACTIONS = word_set(
    "create produce quote purchase sale cancel delete update send book refund invoice pay deliver approve stop"
)
_DETERMINED = word_set(
    "un une le la les l' des du de the a an my our mon ma notre ce cet cette this that me moi some all"
)
_INDEFINITE = word_set("un une a an nouveau nouvelle new")
FINITE = word_set("est sont a ont etait sera is are was were has have had je tu il elle nous vous i he she we they you")
_BUILD = frozenset(["make", "fais", "faites", "faire"])
_NOUN_ONLY = 0.5
_NEGATED = re.compile(r"(?:ne|n'|don't|do not|never|surtout pas|pas de|no need|inutile|jamais|shouldn't|must not)\b")
_FORBIDS = re.compile(r"\W*(?:please |baton |ok )*(?:do not|don't|never)\b")
_POLITE = re.compile(r"\b(?:svp|stp|s'il (?:te|vous) plait|please|merci de|veuillez)\b")


@dataclass(frozen=True)
class Clause:
    """One sentence, or one of several questions in a sentence."""

    text: str
    words: tuple[Token, ...]
    asks: bool  # it is a question, or wants to be told something
    request: tuple[Token, ...]  # from the verb on, when it may ask for an action
    insists: bool  # "can you", "I want": what follows is surely a request
    refuses: bool
    told: bool  # it reports what somebody did


_SENTENCE = re.compile(r"(?<=[?!])\s*|(?<=[.…])\s+(?=[A-ZÀ-Ý«\"(0-9]|$)|\n+|;\s+")
_JOINT = re.compile(
    r"(?:,\s*|\s+)(?:et|and|puis|then|ainsi que|ensuite)\s+(?:puis |then |aussi |also )?(?="
    r"(?:combien|comment|quel|quelle|quels|quelles|qui|quand|peut-on|est-ce|pouvons-nous|pourrait-on|y a-t-il|a-t-on|avons-nous"
    r"|how|what|which|who|when|where|can|could|is|are|do|does|will|would|should)\b)",
    re.I,
)


def clauses(text: str, verbs: frozenset[str]) -> list[Clause]:
    """The sentences, questions and orders of a message, at most eight; `verbs` are those that ask for an action."""
    found: list[Clause] = []
    for sentence in filter(None, map(str.strip, _SENTENCE.split(text))):
        parts = [order for part in _JOINT.split(sentence) if part.strip() for order in _orders(part.strip(), verbs)]
        parts = [p if p.endswith("?") or not sentence.endswith("?") else p + " ?" for p in parts]
        found += [_clause(p, verbs) for p in parts if re.search(r"\w", p)]
    return found[:8]


def _orders(part: str, verbs: frozenset[str]) -> list[str]:
    """ "Réserve la salle et arrête la machine" is two."""
    for joint in re.finditer(r"(?:,|\s)\s*(?:et|and|puis|then|ensuite)\s+", part):
        after = tokens(part[joint.end() : joint.end() + 80])
        if len(after) > 1 and verb(after[0]) in verbs and is_determined(after[1]):
            return [part[: joint.start()], part[joint.end() :]]
    return [part]


def is_determined(word: Token) -> bool:
    """What follows a verb rather than a noun: an article, a number or a code."""
    return word.folded in _DETERMINED or any(c.isdigit() for c in word.raw) or "-" in word.raw


def _clause(text: str, verbs: frozenset[str]) -> Clause:
    words = tuple(tokens(text))
    first = next((w.folded for w in words if w.folded not in SOFTENERS), "")
    request, lead = _request(text, verbs)
    forbids = bool(_FORBIDS.match(fold(text)))
    tells = not forbids and (informs(words) or bool(PUZZLED.search(fold(text))))
    orders = lead in ASKING and bool(request) and verb(request[0]) in verbs
    asks = tells or (not orders and not forbids and (text.rstrip().endswith("?") or first in QUESTIONS))
    polite = bool(_POLITE.search(fold(text))) and first not in QUESTIONS
    if tells or (asks and not polite) or (request and request[0].folded in QUESTIONS):
        request = ()
    refuses = _refused(text, request) if request and verb(request[0]) in verbs else _declined(words, verbs) and not asks
    told = not asks and any(map(happened, words))
    return Clause(text, words, asks, () if refuses else request, lead is not None, refuses, told)


def _declined(words: Sequence[Token], verbs: frozenset[str]) -> bool:
    """ "Ne lance rien", "please don't stop it": a refusal of something that could be done."""
    return any(
        _NEGATED.match(" ".join(w.folded for w in words[i : i + 3]))
        and any(verb(w) in verbs for w in words[i + 1 : i + 6])
        for i in range(len(words))
    )


def _request(text: str, verbs: frozenset[str]) -> tuple[tuple[Token, ...], list[str] | None]:
    """The part that begins with an action's verb, else with "I want", else the first; and its "I want"."""
    words = tokens(text)
    parts: list[tuple[int, tuple[Token, ...], list[str] | None]] = []
    for start in _starts(text):
        part = [w for w in words if w.start >= start]
        asked = demand(part)
        skipped = [w.folded for w in part[: len(part) - len(asked)]]
        lead = next((x for x in LEADS for i in range(len(skipped)) if skipped[i : i + len(x)] == x), None)
        if asked:
            parts.append((2 * (verb(asked[0]) in verbs) + bool(lead), tuple(asked), lead))
    _, request, lead = max(parts, key=lambda p: p[0], default=(0, (), None))
    return request, lead


def _starts(text: str) -> list[int]:
    return [0, *(m.end() for m in re.finditer(r"[,;:()—–]\s*|\s(?:et|and|puis|then|donc|so)\s+", text))][:12]


def _refused(text: str, request: Sequence[Token]) -> bool:
    if any(w.folded in REFUSALS for w in request[1:4]):
        return True
    later = [text[s:] for s in _starts(text) if s > request[0].start]
    return any(TAKEN_BACK.match(fold(part)) for part in later)


class Choice:
    """Compares clauses with the tools at hand; examples are embedded once, and kept in `known`."""

    def __init__(self, skills: Sequence[Skill], embed: Embed | None, known: dict[str, Vector] | None = None) -> None:
        self.skills = skills
        self._embed = embed
        self._known = {} if known is None else known
        self.marks = frozenset(m for s in skills for m in s.marks)
        self._bags = {s.name: [_bag(masked(e, self.marks)) for e in s.examples] or [_bag(s.about)] for s in skills}
        counts = Counter(w for s in skills for w in s.vocabulary)
        self._rarity = {w: math.log(1 + len(skills) / n) for w, n in counts.items()}
        self._vectors: dict[str, list[Vector]] = {}
        self._verbs = _ACTIONS.union(*(s.verbs for s in skills if s.consequential))

    def clauses(self, text: str) -> list[Clause]:
        return clauses(text, self._verbs)

    def act(self, clause: Clause, seen: Findings) -> tuple[Skill | None, bool]:
        """The consequential tool whose verb and object the request names; and whether a verb names it, not a noun alone.

        Of several, one that has a place for more of what the request says.
        """
        able = [s for s in self.skills if s.consequential and self._marked(s, clause) > 0]
        owners = [(self._aim(clause, s), s) for s in able] if clause.request else []
        owners = [(aim, s) for aim, s in owners if aim > 0]
        if not owners:
            return None, False
        near = self.likeness(clause) if len(owners) > 1 else {owners[0][1].name: 0.0}
        aim, skill = max(
            owners, key=lambda o: o[0] + self._marked(o[1], clause) * near[o[1].name] + PLACED * len(fill(o[1], seen))
        )
        return skill, aim > _NOUN_ONLY

    def _marked(self, skill: Skill, clause: Clause) -> float:
        """0 when the clause names another system than the tool's, less than 1 when it names none and the tool's has one."""
        named = self.marks.intersection(w.folded for w in clause.words)
        if named and not skill.reads_documents:
            return float(bool(named & skill.marks))
        return UNNAMED if skill.marks or named else 1

    def _aim(self, clause: Clause, skill: Skill) -> float:
        """How surely the request is this tool's; 0 when its verb or its object is another's."""
        words = clause.request
        if noun := _noun(words, clause):
            return (
                (1 if clause.insists else _NOUN_ONLY)
                if noun in skill.objects or (noun in skill.verbs and noun != MAKE)
                else 0
            )
        said, objects = verb(words[0]), content(direct_object(words))
        if said == MAKE and not objects and words[0].folded.split("-")[0] in _BUILD:
            said = "produce"
        named = said in skill.objects and MAKE in skill.verbs  # a noun alone asks for nothing but to make one
        specific = named or (said in skill.verbs and said != MAKE)
        mine = [o for o in objects if o in skill.objects]
        if said is None or not (specific or said in skill.verbs) or len(_ordinary(objects)) > 2 * len(mine):
            return 0
        own = [a for e in skill.examples if (a := demand(tokens(e))) and stem(a[0].folded) == stem(words[0].folded)]
        if not own and words[1:2] and words[1].folded in ("et", "and"):  # "Devis et commandes de Durand" are nouns
            return 0
        literal = LITERAL * bool(own)
        if mine or (not objects and any(o in skill.objects for o in content(clause.words))):
            return 1 + len(mine) + literal
        bare = not objects and not all(map(direct_object, own))  # its examples too have no object but values
        return 0.6 + literal if specific or bare else 0

    def bare(self, clause: Clause) -> bool:
        """It asks to make something, and names no kind of thing."""
        return bool(clause.request) and verb(clause.request[0]) == MAKE and not content(direct_object(clause.request))

    def unsupported(self, clause: Clause) -> bool:
        """It plainly asks for an action, and no tool does it."""
        if not clause.request or clause.asks:
            return False
        acts = verb(clause.request[0]) in _ACTIONS
        return acts and (clause.insists or len(clause.request) == 1 or is_determined(clause.request[1]))

    def read(
        self, clause: Clause, seen: Findings, filled: Mapping[str, Mapping[str, object]]
    ) -> list[tuple[float, Skill]]:
        """The read-only tools, likeliest first; `filled` says what each could take from the clause."""
        near = self.likeness(clause)
        ranked = [
            (
                near[s.name] * self._marked(s, clause) * self._fits(s, clause, seen, filled[s.name])
                + self._bonus(s, clause, seen, filled[s.name]),
                s,
            )
            for s in self.skills
            if not s.consequential and self._marked(s, clause) > 0
        ]
        return sorted(ranked, key=lambda r: -r[0])

    def _bonus(self, skill: Skill, clause: Clause, seen: Findings, filled: Mapping[str, object]) -> float:
        rules = about_rules(clause, seen)
        if skill.reads_documents or rules or not clause.asks:
            return 0.4 if skill.reads_documents and rules else 0.0
        typed = [a for a in skill.required if a.kind in ("code", "integer", "number", "date", "choice")]
        return 0.12 * len(typed) if len(typed) > 1 and all(a.name in filled for a in typed) else 0.0

    def _fits(self, skill: Skill, clause: Clause, seen: Findings, filled: Mapping[str, object]) -> float:
        """Below 1 when the clause lacks what the tool needs, or names what the tool has no place for."""
        if about_rules(clause, seen):
            return 1 if skill.reads_documents else 0.5
        kinds = {a.kind for a in skill.arguments}
        needed = [a for a in skill.required if a.kind != "text"]
        lacking = sum(a.name not in filled for a in needed) / len(needed) if needed else 0
        homeless = (bool(seen.days) and "date" not in kinds) + 2 * (
            bool(seen.numbers) and not kinds & {"integer", "number"}
        )
        named = bool(seen.codes) + bool(seen.names)
        guessed = [a for a in skill.required if a.kind == "text" and a.name in filled and not named]
        homeless += 2 * len(guessed) if not skill.reads_documents else 0
        homeless += named if skill.reads_documents or not kinds & {"code", "name", "text"} else 0
        return (1.15 if needed and not lacking else 1) * (1 - 0.6 * lacking) * (1 - 0.15 * homeless)

    def likeness(self, clause: Clause) -> dict[str, float]:
        """For each tool 0 to 1: shared words, and nearness of meaning where an embedding is at hand."""
        text = masked(clause.text, self.marks)
        said = _bag(text)
        words = {s.name: self._words(said, s) for s in self.skills}
        if self._embed is None or not self.skills:
            return words
        meant = self._meaning(text)
        return {name: 0.5 * words[name] + 0.5 * meant[name] for name in words}

    def _words(self, said: frozenset[str], skill: Skill) -> float:
        if not said:
            return 0.0
        weight = sum(self._weigh(w) for w in said)
        covered = sum(self._weigh(w) for w in said & skill.vocabulary) / weight
        alike = [
            sum(self._weigh(w) for w in said & bag) / math.sqrt(weight * (sum(self._weigh(w) for w in bag) or 1.0))
            for bag in self._bags[skill.name]
        ]
        return max(0.8 * covered, *alike)

    def _weigh(self, word: str) -> float:
        return self._rarity.get(word, 1.0)

    def _meaning(self, text: str) -> dict[str, float]:
        assert self._embed is not None
        if not self._vectors:
            texts = [(s.name, masked(t, self.marks)) for s in self.skills for t in (*s.examples, s.about)]
            new = [one for one in dict.fromkeys(one for _, one in texts) if one not in self._known]
            self._known.update(zip(new, self._embed(new) if new else [], strict=True))
            for name, one in texts:
                self._vectors.setdefault(name, []).append(self._known[one])
        [asked] = self._embed([text[:500]])
        best = {name: max(dot(asked, v) for v in vectors) for name, vectors in self._vectors.items()}
        return {name: min(1.0, max(0.0, (nearness - 0.80) / 0.14)) for name, nearness in best.items()}


def about_rules(clause: Clause, seen: Findings) -> bool:
    """Who may, how to, what is the rule: a question for the documents."""
    said = fold(clause.text)
    return bool(RULES.search(said) or (not seen.codes and MAY.search(said)))


def dot(a: Vector, b: Vector) -> float:
    return float(sum(x * y for x, y in zip(a, b, strict=True)))


def _bag(text: str) -> frozenset[str]:
    return frozenset(content(w for w in tokens(text) if w.raw != SOMEBODY and not any(c.isdigit() for c in w.raw)))


def _ordinary(meanings: Sequence[str]) -> list[str]:
    """Those that are words of the trade, not names."""
    return [m for m in meanings if known(m)]


def _noun(words: Sequence[Token], clause: Clause) -> str | None:
    """What "un devis pour …" or "I need a quotation" is for; nothing when a verb leads, or when it is a statement."""
    if words[0].folded not in _INDEFINITE:
        return None
    if not clause.insists and any(w.folded in FINITE for w in clause.words):
        return None
    return next(iter(content(words[:4])), None)
