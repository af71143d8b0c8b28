"""The values that a text names (codes, days, numbers, names), and which argument of a tool each of them fills."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from bot.models.offline.dates import COUNTS, Day, days
from bot.models.offline.lexicon import QUESTIONS, STOP, word_set
from bot.models.offline.skills import CODE, Argument, Skill, prefix
from bot.models.offline.words import Language, Token, concept, fold, known, tokens
from bot.types import Json


class Span(NamedTuple):
    """A value and where the text names it."""

    start: int
    end: int
    value: str


class Number(NamedTuple):
    """A number, where it stands, and the meanings of the words beside it."""

    start: int
    end: int
    value: Decimal
    money: bool
    before: frozenset[str]
    after: frozenset[str]


@dataclass(frozen=True)
class Findings:
    """What one text names."""

    text: str
    words: tuple[Token, ...]
    codes: tuple[Span, ...]
    days: tuple[Day, ...]
    numbers: tuple[Number, ...]
    quoted: tuple[Span, ...]
    names: tuple[Span, ...]

    def taken(self) -> list[tuple[int, int]]:
        return _places([*self.codes, *self.days, *self.numbers, *self.quoted, *self.names])

    def plain(self) -> list[Token]:
        """The words that are no value."""
        return [w for w in self.words if not _within(w, self.taken())]

    def name_nothing(self) -> bool:
        return not self.taken()


SOMETHING, SOMEBODY = "ABC-100", "Dupont"  # stand-ins
_DOZENS = {"dozen": 12, "douzaine": 12, "dizaine": 10, "quinzaine": 15, "vingtaine": 20, "centaine": 100}
_MOST_NUMBERS = 20  # that are read in one sentence
_SHOUTED = 0.6  # share of capitals from which on they say nothing
_CLOCK = re.compile(r"(?<![\w,.])\d{1,2} ?(?:h(?:\d\d)?|:\d\d(?: ?[ap]m)?|[ap]\.?m)\b|\d+ ?%", re.I)
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_NUMBER = re.compile(
    r"(?P<left>[€$£] ?)?(?<![\w.,])(?P<digits>-?(?:\d{1,3}(?:[ ]\d{3})+|\d{1,3}(?:,\d{3})+(?=\.)|\d{1,12})(?:[.,]\d{1,6})?)"
    r"(?: ?(?P<right>€|\$|£|eur\b|euros?\b|usd\b|dollars?\b))?(?!\w*\d)(?=[x×]?(?!\w)| ?(?:pcs|pieces|u\b))",
    re.I,
)
_QUOTED = re.compile(r"«\s*([^«»]{1,200}?)\s*»|“([^“”]{1,200})”|\"([^\"]{1,200})\"")
_JOINTS = word_set("de du des la le les den der van von & of d' l'")
_NO_NAMES = STOP | QUESTIONS | word_set("ok baton erp bonjour hello hi salut merci thanks")
_UNITS = word_set("x × pieces piece unites unite units unit pcs exemplaires de d' of the des")
_STOPS = word_set(
    "pour for avec with avant before by d'ici et and please svp stp s' que qui a est sont is are on"
    " in at sur from par au aux le dans sous jusqu' merci ou or has have was were en demain y there"
)
_ARTICLES = word_set("le la les l' the un une a")
_CONJUGATED = re.compile(r"-(?:nous|vous|tu|je|on|il|elle|ils|elles)$|(?:ons|ez)$")
_ENCLITIC = re.compile(r"-(?:moi|nous|tu|vous|on|il|le|la|les)$")
_ANYWHERE = word_set("pour for chez to from with avec a at in")


def look(text: str, today: dt.date, language: Language, prefixes: Iterable[str] = ()) -> Findings:
    """Find everything that the text names; `prefixes` are those of known codes, so that "pmp 200" is one."""
    blank = _ADDRESS.sub(lambda m: " " * len(m[0]), text)
    quoted = tuple(Span(m.start(), m.end(), m[1] or m[2] or m[3]) for m in _QUOTED.finditer(blank))
    codes = _codes(blank, prefixes)
    rest = _without(blank, codes)
    named_days = tuple(days(rest, today, language))
    rest = _without(_CLOCK.sub(lambda m: " " * len(m[0]), rest), named_days)
    words = tuple(tokens(text))
    numbers = tuple(_numbers(rest, words, language))
    names = tuple(_names(_without(rest, [*numbers, *quoted]), text))
    return Findings(text, words, codes, named_days, numbers, quoted, names)


def masked(text: str) -> str:
    """The text with stand-ins for codes and names, which say nothing about what is wanted."""
    seen = look(text, dt.date(2000, 1, 1), "en")
    for span, instead in sorted(
        [(s, SOMETHING) for s in seen.codes] + [(s, SOMEBODY) for s in seen.names], reverse=True
    ):
        text = text[: span.start] + instead + text[span.end :]
    return text


def _places(found: Sequence[Span | Number | Day]) -> list[tuple[int, int]]:
    return [(f.start, f.end) for f in found]


def _without(text: str, found: Sequence[Span | Number | Day]) -> str:
    letters = list(text)
    for start, end in _places(found):
        letters[start:end] = "\x00" * (end - start)
    return "".join(letters)


def _within(word: Token, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= word.start < end for start, end in spans)


def _codes(text: str, prefixes: Iterable[str]) -> tuple[Span, ...]:
    found: list[Span] = []
    patterns = [CODE]
    if starts := "|".join(sorted(map(re.escape, prefixes))):
        patterns.insert(
            0, re.compile(rf"(?<![\w-])({starts})(?:[ -]?(\d[\w-]{{0,12}})|-([A-Za-z][\w-]{{0,20}}))(?![\w-])", re.I)
        )
    for pattern in patterns:
        for m in pattern.finditer(text):
            if not any(s.start < m.end() and m.start() < s.end for s in found) and _is_code(m[0], text):
                parts = [p for p in m.groups() if p]
                found.append(Span(m.start(), m.end(), ("-".join(parts) if parts else m[0]).upper()))
    return tuple(sorted(found))


def _is_code(word: str, text: str) -> bool:
    """Not "PEUT-ON" in a text that is all capitals."""
    return any(c.isdigit() for c in word) or not _shouted(text)


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 20 and sum(c.isupper() for c in letters) > _SHOUTED * len(letters)


def _numbers(rest: str, words: Sequence[Token], language: Language) -> Iterable[Number]:
    spans = [
        (m.start(), m.end(), _decimal(m["digits"], language), bool(m["left"] or m["right"]))
        for m in _NUMBER.finditer(rest)
    ]
    spelled = [w for w in words if "\x00" not in rest[w.start : w.end] and COUNTS.get(w.folded, 1) > 1]
    spans += [(w.start, w.end, Decimal(COUNTS[w.folded]), False) for w in spelled]
    for w in words:
        if dozens := _DOZENS.get(w.folded.rstrip("s")):
            times = next((s for s in spans if 0 < w.start - s[1] <= 1), (w.start, 0, Decimal(1), False))
            spans = [*(s for s in spans if s is not times), (times[0], w.end, times[2] * dozens, False)]
    for start, end, value, money in sorted(spans)[:_MOST_NUMBERS]:
        before = [concept(w.folded) for w in words if w.end <= start][-2:]
        after = [concept(w.folded) for w in words if w.start >= end and w.folded not in _UNITS][:1]
        yield Number(start, end, value, money, frozenset(before), frozenset(after))


def _decimal(digits: str, language: Language) -> Decimal:
    """ "1 200,50" and "1,200.50" alike; "1,200" is a thousand in English only."""
    digits = digits.replace(" ", "")
    if "." in digits or (language == "en" and re.fullmatch(r"-?\d{1,3}(,\d{3})+", digits)):
        return Decimal(digits.replace(",", ""))
    return Decimal(digits.replace(",", "."))


def _names(rest: str, text: str) -> Iterable[Span]:
    """Runs of capitalised words; nothing when the whole text is in capitals."""
    if _shouted(text):
        return
    run: list[Token] = []
    for word in [*tokens(rest), None]:
        if word and _goes_on(word, run, rest):
            run.append(word)
            continue
        if name := _trimmed(run, text):
            yield Span(name[0].start, name[-1].end, text[name[0].start : name[-1].end])
        run = [word] if word and _goes_on(word, [], rest) else []


def _trimmed(run: list[Token], text: str) -> list[Token]:
    """Without the ordinary word that opens the sentence, and without "de" at either end."""
    if run and _opens(run[0], text) and (known(run[0].folded) or _ENCLITIC.search(run[0].folded)):
        run = run[1:]
    while run and run[-1].folded in _JOINTS:
        run = run[:-1]
    while run and run[0].raw in _JOINTS:
        run = run[1:]
    return run


def _goes_on(word: Token, run: list[Token], rest: str) -> bool:
    if run and not re.fullmatch(r" *&? *", rest[run[-1].end : word.start]):
        return False
    capital = word.raw[0].isupper() and (bool(run) or word.folded not in _NO_NAMES) and len(word.raw) > 1
    return capital or (bool(run) and word.folded in _JOINTS)


def _opens(word: Token, text: str) -> bool:
    """At the start of a sentence, where a capital says nothing."""
    before = text[: word.start].rstrip(' \n\x00«"“(-')
    return not before or before[-1] in ".!?:"


def each(findings: Findings, skill: Skill) -> list[Findings]:
    """One text about several codes ("PMP-100 and PMP-200") as one finding a code, with its own number if each has one."""
    kinds = ("code",) if skill.consequential or skill.reads_documents else ("code", "text")
    wanted = [a for a in skill.arguments if a.kind in kinds]
    values = {value.upper() for a in skill.arguments for value in a.choices}
    codes = [c for c in findings.codes if c.value not in values]
    if len(wanted) != 1 or not 1 < len(codes) <= 3:
        return [findings]
    if len(findings.numbers) == len(codes):
        pairs = zip(codes, findings.numbers, strict=True)
        return [replace(findings, codes=(c,), numbers=(n,)) for c, n in pairs]
    return [findings] if skill.consequential else [replace(findings, codes=(c,)) for c in codes]


def fill(skill: Skill, seen: Findings) -> dict[str, Json]:
    """The arguments of the tool that the text names."""
    filled: dict[str, Json] = {}
    used: set[tuple[int, int]] = set()
    order = ("choice", "flag", "date", "code", "integer", "number", "name", "text")
    for argument in sorted(
        skill.arguments, key=lambda a: (order.index(a.kind) if a.kind in order else 9, not a.required)
    ):
        found = _value(argument, skill, seen, used)
        if found is not None:
            filled[argument.name] = found
    return {a.name: filled[a.name] for a in skill.arguments if a.name in filled}


def _value(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> Json:
    match argument.kind:
        case "choice":
            return _choice(argument, seen, used)
        case "flag":
            said = {w.folded for w in seen.words} & {"oui", "yes", "non", "no"}
            return bool(said & {"oui", "yes"}) if said else None
        case "date":
            return _date(seen, used)
        case "code":
            return _code(argument, skill, seen, used)
        case "integer" | "number":
            return _number(argument, seen, used)
        case "name":
            return _name(argument, skill, seen, used)
        case "text":
            return _text(argument, skill, seen)
        case _:
            return None


def _choice(argument: Argument, seen: Findings, used: set[tuple[int, int]]) -> str | None:
    folded = fold(seen.text)
    for value in sorted(argument.choices, key=len, reverse=True):
        if m := re.search(rf"(?<![\w-]){re.escape(fold(value.replace('_', ' ')))}(?![\w-])", folded):
            used.add((m.start(), m.end()))
            return value
    for value, words in argument.choices.items():
        for word in seen.words:
            if word.folded in words or (known(word.folded) and concept(word.folded) in map(concept, words)):
                used.add((word.start, word.end))
                return value
    return None


def _free(spans: Iterable[Span], used: set[tuple[int, int]]) -> list[Span]:
    return [s for s in spans if not any(s.start < end and start < s.end for start, end in used)]


def _date(seen: Findings, used: set[tuple[int, int]]) -> str | None:
    for day in seen.days:
        if day.date and (day.start, day.end) not in used:
            used.add((day.start, day.end))
            return day.date.isoformat()
    return None


def _code(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> str | None:
    free = _free(seen.codes, used)
    mine = [c for c in free if prefix(c.value) in argument.prefixes]
    others = [a for a in skill.arguments if a.kind == "code" and a is not argument]
    foreign = {p for a in others for p in a.prefixes} - argument.prefixes
    rest = [c for c in free if prefix(c.value) not in foreign]
    for code in mine or rest:
        used.add((code.start, code.end))
        return code.value
    for number in seen.numbers:
        if (
            argument.words - {"quantity"} & number.before
            and (number.start, number.end) not in used
            and not number.money
        ):
            used.add((number.start, number.end))
            return str(number.value)
    return _phrase(seen, skill, used) if argument.required else None


def _phrase(seen: Findings, skill: Skill, used: set[tuple[int, int]]) -> str | None:
    """What stands where a code would: "40 service kits", "combien de joints"."""
    if quoted := _free(seen.quoted, used):
        return quoted[0].value
    ends = {n.end for n in seen.numbers} if seen.numbers else set()
    for i, word in enumerate(seen.words):
        counted = any(0 <= word.start - end <= 2 for end in ends)
        cued = not ends and i > 0 and seen.words[i - 1].folded in skill.cues & word_set("de d' des of many du")
        if counted or cued:
            run = _run(seen, i)
            if any(concept(w.folded) not in skill.vocabulary for w in run):
                used.add((run[0].start, run[-1].end))
                return seen.text[run[0].start : run[-1].end]
    return None


def _run(seen: Findings, start: int) -> list[Token]:
    """The words from here to the next value, mark or small word, at most five."""
    taken = _places([*seen.codes, *seen.days, *seen.numbers])
    words = seen.words
    while start < len(words) and words[start].folded in _UNITS and not _within(words[start], taken):
        start += 1
    run: list[Token] = []
    for word in words[start : start + 5]:
        gap = seen.text[run[-1].end : word.start] if run else ""
        if word.folded in _STOPS or _within(word, taken) or not re.fullmatch(r" *", gap):
            break
        run.append(word)
    while run and run[-1].folded in STOP:
        run.pop()
    return run


def _number(argument: Argument, seen: Findings, used: set[tuple[int, int]]) -> int | float | None:
    def fit(number: Number) -> int:
        money = bool(argument.words & {"amount", "price", "pay", "refund"})
        near_code = any(0 <= c.start - number.end <= 12 for c in seen.codes) and "quantity" in argument.words
        return (
            3 * bool(number.after & argument.words)
            + 2 * bool(number.before & argument.words)
            + (3 if money else -9) * number.money
            + near_code
        )

    whole = argument.kind == "integer"
    free = [n for n in seen.numbers if (n.start, n.end) not in used and not (whole and n.value % 1)]
    free = [n for n in free if fit(n) > (-1 if argument.required else 0)]
    if not free:
        return None
    best = max(free, key=fit)
    used.add((best.start, best.end))
    return float(best.value) if best.value % 1 else int(best.value)


def _name(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> str | None:
    own = {fold(argument.name)} | (argument.words & {"customer", "supplier", "person", "town", "room", "machine"})

    def fit(span: Span) -> int:
        before = [w for w in seen.words if w.end <= span.start][-2:]
        near = {w.folded for w in before} | {concept(w.folded) for w in before}
        last = before[-1].folded if before else ""
        return 3 * bool(near & own) + 2 * (last in skill.cues) + (last in _ANYWHERE)

    spans = _free([*seen.quoted, *seen.names], used)
    if spans:
        best = max(spans, key=fit)
        used.add((best.start, best.end))
        return best.value
    return _lower_name(argument, own, skill, seen, used)


def _lower_name(
    argument: Argument, own: Set[str], skill: Skill, seen: Findings, used: set[tuple[int, int]]
) -> str | None:
    """A name without capitals, where the words before it say that one follows: "pour brasserie du nord"."""
    cues = own | (skill.verbs | {"pour", "for", "chez"} if argument.required else frozenset())
    for i, word in enumerate(seen.words[:-1]):
        if {word.folded, concept(word.folded)} & cues:
            start = i + 1
            while start < len(seen.words) and (
                seen.words[start].folded in _ARTICLES or concept(seen.words[start].folded) in own
            ):
                start += 1
            run = _run(seen, start)
            if any(concept(w.folded) not in skill.vocabulary for w in run):
                used.add((run[0].start, run[-1].end))
                return seen.text[run[0].start : run[-1].end]
    return None


_BECAUSE = re.compile(
    r"\b(?:because|car|parce qu[e']|suite a|due to|puisque|au motif (?:de|que)|motif|reason|raison|note|objet|subject|titre|title"
    r"|message|about|au sujet de|concernant)\b ?:? ?(.{2,500})", re.S
)  # fmt: skip


def _text(argument: Argument, skill: Skill, seen: Findings) -> str | None:
    if skill.reads_documents:
        return seen.text
    if not skill.consequential:
        return _subject(skill, seen)
    if m := _BECAUSE.search(fold(seen.text)):
        return seen.text[m.start(1) : m.end(1)].strip(" .")
    if argument.required:
        if seen.quoted:
            return seen.quoted[0].value
        after = re.search(r": *(.+)|\b(?:pour|for) (.+)", seen.text, re.S)
        return (after[1] or after[2]).strip(" .") if after else None
    return None


def _subject(skill: Skill, seen: Findings) -> str | None:
    """What is looked up: a code, a name, or else the words that are not the tool's own, or at least not the trade's."""
    for spans in (seen.codes, seen.quoted, seen.names):
        if spans:
            return spans[0].value
    return _strange(seen, skill.vocabulary) or _strange(seen, frozenset())


def _strange(seen: Findings, ordinary: Set[str]) -> str | None:
    """The longest run of words that say nothing but themselves."""
    runs: list[list[Token]] = [[]]
    for word in seen.plain():
        plain = word.folded in STOP or word.folded in QUESTIONS or known(word.folded) or len(word.folded) < 3
        if not (plain or concept(word.folded) in ordinary or _CONJUGATED.search(word.folded)):
            runs[-1].append(word)
        elif not (runs[-1] and word.folded in _JOINTS):
            runs.append([])
    longest = max(runs, key=len)
    return seen.text[longest[0].start : longest[-1].end] if longest else None
