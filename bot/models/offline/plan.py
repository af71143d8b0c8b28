"""What to do about a message: the calls it asks for, what is still missing for others, or why nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.models.offline.answer import label
from bot.models.offline.choose import FINITE, GOOD, Choice, Clause, about_rules
from bot.models.offline.conversation import Call, Conversation
from bot.models.offline.lexicon import DROPPED, GREETING, HELP, THANKS, word_set
from bot.models.offline.skills import MAKE, Argument, Skill, prefix
from bot.models.offline.values import Findings, each, fill, look
from bot.models.offline.words import content, fold, known
from bot.types import Json

Note = Literal["greeting", "thanks", "help", "refused", "dropped", "unsupported"]
MOST_CALLS = 3
WRITTEN = frozenset({"name", "text", "code", "file"})  # kinds whose value is taken as it is written


@dataclass(frozen=True)
class Ask:
    """A call that lacks arguments."""

    skill: Skill
    arguments: dict[str, Json]
    missing: tuple[Argument, ...]


@dataclass(frozen=True)
class Plan:
    calls: tuple[Call, ...] = ()
    asks: tuple[Ask, ...] = ()
    note: Note | None = None


class Planner:
    """Plans with the tools at hand, for one conversation."""

    def __init__(self, choice: Choice, talk: Conversation, today: dt.date) -> None:
        self._choice = choice
        self._talk = talk
        self._today = today
        self._prefixes = {p for s in choice.skills for p in s.prefixes}
        self._values = {v.upper() for s in choice.skills for a in s.arguments for v in a.choices}

    def plan(self) -> Plan:
        text, folded = self._talk.text, fold(self._talk.text)
        if note := _courtesy(folded):
            return Plan(note=note)
        if DROPPED.match(folded) and len(folded.split()) <= 2:
            return Plan(note="dropped" if self._talk.asked else "refused")
        if self._talk.asked and (finished := self._finish()):
            return finished
        return self._of(text)

    def _of(self, text: str) -> Plan:
        found = [self._clause(c, text) for c in self._choice.clauses(text)]
        calls: list[Call] = []
        for call in (c for p in found for c in p.calls):
            if call not in calls:
                calls.append(call)
        asks = tuple(a for p in found for a in p.asks)[:1]
        if calls or asks:
            return Plan(tuple(calls[:MOST_CALLS]), asks)
        return Plan(note=next((p.note for p in found if p.note), "unsupported"))

    def _finish(self) -> Plan | None:
        """Complete what we asked about with the person's answer; nothing when they turned to something else."""
        text = self._talk.text
        if DROPPED.match(fold(text)):
            return Plan(note="dropped")
        open_ask: Ask | None = None
        for said in self._talk.asked:  # each either answers what was open or opens a request of its own
            if open_ask and not self._turns_away(open_ask, said):
                open_ask = self._answered(open_ask, said)
            else:
                open_ask = next(iter(self._of(said).asks), None)
        if open_ask is None or self._turns_away(open_ask, text):
            return None
        open_ask = self._answered(open_ask, text)
        if open_ask.missing:
            return Plan(asks=(open_ask,))
        return Plan(calls=(Call(open_ask.skill.name, open_ask.arguments),))

    def _turns_away(self, ask: Ask, text: str) -> bool:
        """Whether somebody asks for something else instead of answering; what is missing, by its name, is an answer."""
        said = self._choice.clauses(text)
        if not said or (not any(c.asks for c in said) and _by_name(ask.missing, text)):
            return not said
        return any(c.asks or self._choice.act(c, self._look(c.text))[0] for c in said)

    def _answered(self, ask: Ask, answer: str) -> Ask:
        seen = self._look(answer)
        given: dict[str, Json] = {}
        for argument, value in _by_name(ask.missing, answer):
            one = replace(ask.skill, arguments=(argument,))
            found = value if argument.kind in WRITTEN else fill(one, self._look(value)).get(argument.name)
            if found is not None:
                given[argument.name] = [found] if argument.many and not isinstance(found, list) else found
        if not given:
            given = {k: v for k, v in fill(ask.skill, seen).items() if k not in ask.arguments}
        lacking = [a for a in ask.missing if a.name not in given and a.kind in WRITTEN]
        if lacking and (len(lacking) == 1 or not given) and (rest := _bare_answer(answer, seen)):
            given.setdefault(lacking[0].name, [rest] if lacking[0].many else rest)
        arguments = ask.arguments | given
        return Ask(ask.skill, arguments, tuple(a for a in ask.missing if a.name not in arguments))

    def _look(self, text: str) -> Findings:
        return look(text, self._today, self._talk.language, self._prefixes, self._choice.marks)

    def _clause(self, clause: Clause, whole: str) -> Plan:
        if clause.refuses:
            return Plan(note="refused")
        seen = self._look(clause.text)
        skill, sure = self._choice.act(clause, seen)
        if skill and ((acting := self._calls(skill, seen, whole, clause)).calls or sure):
            return acting
        if only := self._only_fitting(clause, seen):
            return self._calls(only, seen, whole, clause)
        if self._choice.unsupported(clause):
            return Plan(note="unsupported")
        if again := self._again(clause, seen):
            return again
        return self._reading(clause, seen, whole)

    def _only_fitting(self, clause: Clause, seen: Findings) -> Skill | None:
        """ "Prépare 20 DOS-050 pour mi-janvier": the one tool whose arguments are all there."""
        if not seen.codes or not self._choice.bare(clause):
            return None
        able = [s for s in self._choice.skills if s.consequential and MAKE in s.verbs]
        fitting = [s for s in able if {a.name for a in s.required} <= fill(s, seen).keys()]
        return fitting[0] if len(fitting) == 1 else None

    def _reading(self, clause: Clause, seen: Findings, whole: str) -> Plan:
        filled = {s.name: fill(s, seen) for s in self._choice.skills if not s.consequential}
        for score, skill in self._choice.read(clause, seen, filled):
            if score < (GOOD if clause.asks or _is_topic(clause) else GOOD + 0.25 + 0.25 * clause.told):
                break
            plan = self._calls(skill, seen, whole, clause)
            mine = any(filled[skill.name].get(a.name) is not None for a in skill.required)
            if plan.calls or (plan.asks and mine and score > GOOD + 0.1 and not about_rules(clause, seen)):
                return plan
        reader = next((s for s in self._choice.skills if s.reads_documents), None)
        if reader and (clause.asks or _is_topic(clause)):
            return self._calls(reader, seen, whole, clause)
        return Plan()

    def _calls(self, skill: Skill, seen: Findings, whole: str, clause: Clause) -> Plan:
        """One call a code that the clause names; what the clause lacks comes from the rest of the message or the thread."""
        calls: list[Call] = []
        for one in each(seen, skill):
            arguments = fill(skill, one)
            self._complete(skill, arguments, clause, whole)
            arguments |= self._files(skill, whole)
            if missing := tuple(a for a in skill.required if a.name not in arguments):
                return Plan(asks=(Ask(skill, arguments, missing),))
            calls.append(Call(skill.name, arguments))
        return Plan(tuple(calls))

    def _files(self, skill: Skill, text: str) -> dict[str, Json]:
        """The file of the thread that the message names, or the only one there where one is needed."""
        known = dict.fromkeys(self._talk.files)
        named = [name for name in known if fold(name) in fold(text)]
        meant = named or list(known)
        if len(meant) != 1:
            return {}
        return {a.name: meant[0] for a in skill.arguments if a.kind == "file" and (named or a.required)}

    def _complete(self, skill: Skill, arguments: dict[str, Json], clause: Clause, whole: str) -> None:
        lacking = [a for a in skill.required if a.name not in arguments]
        if lacking and whole != clause.text:
            others = [c.text for c in self._choice.clauses(whole) if c.text != clause.text and not c.refuses]
            told = [
                c.text for c in self._choice.clauses(whole) if c.text != clause.text and not c.refuses and not c.asks
            ]
            for a in lacking:
                for text in others if a.kind in ("code", "name", "date") else told:
                    if a.name not in arguments and (value := self._named(skill, a, text)) is not None:
                        arguments[a.name] = value
        for a in lacking:
            if a.name in arguments:
                continue
            if a.kind == "code" and (code := self._recent(a)):
                arguments[a.name] = code
            elif a.kind == "text" and not skill.consequential:
                arguments[a.name] = ""

    def _named(self, skill: Skill, argument: Argument, text: str) -> Json:
        """The argument's value in another sentence, when that sentence plainly names one."""
        seen = self._look(text)
        plain = {"code": seen.codes, "name": seen.names, "date": seen.days}.get(argument.kind, seen.numbers)
        return fill(skill, seen).get(argument.name) if plain else None

    def _recent(self, argument: Argument) -> str | None:
        """The code that the thread spoke of last."""
        for past in self._talk.before:
            if isinstance(past, Call):
                value = past.arguments.get(argument.name)
                if isinstance(value, str) and value:
                    return value
            else:
                codes = [c.value for c in self._look(past).codes if c.value not in self._values]
                fitting = [c for c in codes if not argument.prefixes or prefix(c) in argument.prefixes] or codes
                if fitting:
                    return fitting[-1]
        return None

    def _again(self, clause: Clause, seen: Findings) -> Plan | None:
        """ "Et la PMP-300 ?": the last question once more, with what is new."""
        first = clause.words[0].folded if clause.words else ""
        if (
            seen.name_nothing()
            or content(seen.plain())
            or first not in ("et", "and", "what", "pareil", "idem", "same", "ou", "for")
        ):
            return None
        reading = {s.name: s for s in self._choice.skills if not s.consequential}
        for past in self._talk.before:
            if isinstance(past, Call) and past.tool in reading:
                new = fill(reading[past.tool], seen)
                return Plan((Call(past.tool, {**past.arguments, **new}),)) if new else None
        return None


def _is_topic(clause: Clause) -> bool:
    """A few words without a verb, such as "délai de livraison export"."""
    words = [w.folded for w in clause.words]
    return 1 < len(words) <= 8 and any(map(known, words)) and not FINITE.intersection(words)


def _courtesy(folded: str) -> Note | None:
    if HELP.match(folded):
        return "help"
    if not folded.strip():
        return "help"
    return "greeting" if GREETING.match(folded) else "thanks" if THANKS.match(folded) else None


def _by_name(missing: Sequence[Argument], answer: str) -> list[tuple[Argument, str]]:
    """What "branch name: essai-1, repo path: /srv" gives for each that is missing, by the names in which it was asked."""
    names = {
        fold(name): a for a in missing for name in (a.name, *(label(a.name, language) for language in ("fr", "en")))
    }
    listed = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    marks = list(re.finditer(rf"(?:^|[,;\n])[ \t-]*({listed})\s*[:=]\s*", fold(answer)))
    ends = [m.start() for m in marks[1:]] + [len(answer)]
    found = [(names[m[1]], answer[m.end() : end].strip(" ,;\n")) for m, end in zip(marks, ends, strict=False)]
    return [(argument, value) for argument, value in found if value]


_LEAD_IN = word_set(
    "pour for le la les l' the c'est it's it is chez a to un une of de d' client customer produit product"
)


def _bare_answer(answer: str, seen: Findings) -> str | None:
    """A short answer itself, without "pour le client"."""
    words = list(seen.words)
    while words and words[0].folded in _LEAD_IN and len(words) > 1:
        words.pop(0)
    if not words or len(words) > 8 or (seen.days and not seen.names):
        return None
    begin = len(answer[: words[0].start].rstrip("/~.\\"))  # a path has marks before its first word
    return answer[begin:].strip().rstrip(" .!")
