"""The values that a text names (codes, days, numbers, names), and which argument of a tool each of them fills."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple, TypeVar

from bot.models.offline.dates import COUNTS, Day, days
from bot.models.offline.lexicon import QUESTIONS, STOP, word_set
from bot.models.offline.skills import CODE, MAKE, ONE_LINE, Argument, Skill, prefix
from bot.models.offline.words import Language, Token, concept, fold, known, tokens, verb
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
    counts: bool = False  # pieces, or of a code
    label: int = -1  # where the word begins that it may belong to, as in "press 1"


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
    addresses: tuple[Span, ...] = ()  # of mail

    def taken(self) -> list[tuple[int, int]]:
        return _places([*self.codes, *self.days, *self.numbers, *self.quoted, *self.names, *self.addresses])

    def plain(self) -> list[Token]:
        """The words that are no value."""
        return [w for w in self.words if not _within(w, self.taken())]

    def name_nothing(self) -> bool:
        return not self.taken()


Found = TypeVar("Found", Span, Number)
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


def look(
    text: str,
    today: dt.date,
    language: Language,
    prefixes: Iterable[str] = (),
    marks: Set[str] = frozenset(),
) -> Findings:
    """Find everything that the text names; `prefixes` are those of known codes, so that "pmp 200" is one.

    `marks` are the names of systems, which say what is to be asked and are no value.
    """
    mails = tuple(Span(m.start(), m.end(), m[0]) for m in _ADDRESS.finditer(text) if "://" not in m[0])
    blank = _ADDRESS.sub(lambda m: " " * len(m[0]), text)
    quoted = tuple(Span(m.start(), m.end(), m[1] or m[2] or m[3]) for m in _QUOTED.finditer(blank))
    codes = _codes(blank, prefixes)
    rest = _without(blank, codes)
    named_days = tuple(days(rest, today, language))
    rest = _without(_CLOCK.sub(lambda m: " " * len(m[0]), rest), named_days)
    words = tuple(tokens(text))
    numbers = tuple(_numbers(rest, words, language, codes))
    systems = [Span(w.start, w.end, w.raw) for w in words if w.folded in marks]
    names = tuple(_names(_without(rest, [*numbers, *quoted, *systems]), text))
    return Findings(text, words, codes, named_days, numbers, quoted, names, mails)


def masked(text: str, marks: Set[str] = frozenset()) -> str:
    """The text with stand-ins for codes and names, which say nothing about what is wanted; `marks` do."""
    seen = look(text, dt.date(2000, 1, 1), "en", marks=marks)
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
    """Not "PEUT-ON" in a text that is all capitals, and not "of 52" where there are codes such as OF-77."""
    opening, *rest = fold(word).split(" ")
    if rest and opening in _NO_NAMES and (word[0].islower() or _shouted(text)):
        return False
    return any(c.isdigit() for c in word) or not _shouted(text)


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 20 and sum(c.isupper() for c in letters) > _SHOUTED * len(letters)


def _numbers(rest: str, words: Sequence[Token], language: Language, codes: Sequence[Span]) -> Iterable[Number]:
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
        counted = [c.start for c in codes] + [w.start for w in words if w.folded in _UNITS]
        counts = any(0 <= at - end <= 2 for at in counted)
        label = -1 if counts or money else _label(rest, start, words)
        yield Number(start, end, value, money, frozenset(before), frozenset(after), counts, label)


def _label(rest: str, start: int, words: Sequence[Token]) -> int:
    """Where the word begins that a number belongs to when nothing but a blank lies between: "press 1"."""
    word = next((w for w in words if w.end + 1 == start), None)
    plain = word and word.raw.isalpha() and len(word.raw) > 1 and word.folded not in _STOPS | _NO_NAMES
    return word.start if word and plain and rest[word.end] == " " and "\x00" not in rest[word.start : word.end] else -1


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
    order = ("choice", "flag", "date", "address", "rows", "code", "name", "integer", "number", "text")
    for argument in sorted(
        skill.arguments, key=lambda a: (order.index(a.kind) if a.kind in order else 9, not a.required)
    ):
        found = _value(argument, skill, seen, used)
        if found is not None:
            filled[argument.name] = [found] if argument.many and not isinstance(found, list) else found
    return {a.name: filled[a.name] for a in skill.arguments if a.name in filled}


def _value(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> Json:
    match argument.kind:
        case "choice":
            return _choice(argument, skill, seen, used)
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
            return _cut(_text(argument, skill, seen, used), argument)
        case "address":
            return _addresses(argument, seen, used)
        case "rows":
            return _rows(argument, skill, seen, used)
        case _:
            return None


def _choice(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> str | None:
    folded = fold(seen.text)
    for value in sorted(argument.choices, key=len, reverse=True):
        if m := re.search(rf"(?<![\w-]){re.escape(fold(value.replace('_', ' ')))}(?![\w-])", folded):
            used.add((m.start(), m.end()))
            return value
    plain = {value: {fold(value.replace("_", " "))} for value in argument.choices}
    said = [w for w in seen.words if concept(w.folded) != MAKE]
    for meant in (plain, argument.choices):  # the value itself comes before what stands beside it
        for word in said:
            for value, words in meant.items():
                if word.folded in words or (known(word.folded) and concept(word.folded) in map(concept, words)):
                    used.add((word.start, word.end))
                    return value
    return None


def _addresses(argument: Argument, seen: Findings, used: set[tuple[int, int]]) -> Json:
    """Those that are free; where the argument can be left out, only those behind its own name."""
    free = _free(seen.addresses, used)
    if not argument.required:
        own = [re.search(rf"\b{re.escape(fold(argument.name))}\W*$", fold(seen.text[: s.start])) for s in free]
        free = [s for s, named in zip(free, own, strict=True) if named]
    free = free if argument.many else free[:1]
    used.update((s.start, s.end) for s in free)
    values: list[Json] = [s.value for s in free]
    return (values if argument.many else values[0]) if values else None


def _rows(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> Json:
    """One row a code, each with the number that stands before it; nothing when one of them lacks something."""
    needed = {a.name for a in argument.parts if a.required}
    row = replace(skill, arguments=argument.parts)
    parts = [replace(seen, codes=(c,), numbers=_before(c, seen)) for c in seen.codes]
    found: list[Json] = [dict(fill(row, one)) for one in parts or [replace(seen, names=())]]
    if not all(isinstance(one, dict) and needed <= one.keys() for one in found):
        return None
    used.update(_places([*seen.codes, *seen.numbers]))
    return found


def _before(code: Span, seen: Findings) -> tuple[Number, ...]:
    return tuple(n for n in seen.numbers if 0 <= code.start - n.end <= 12)[-1:]


def _cut(text: str | None, argument: Argument) -> str | None:
    """As long as the tool takes it."""
    if text is None or not argument.longest:
        return text
    return (text.splitlines()[0] if text and argument.longest < ONE_LINE else text)[: argument.longest].strip()


def _free(spans: Iterable[Found], used: set[tuple[int, int]]) -> list[Found]:
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
    if not argument.required:
        return None
    if phrase := _phrase(seen, skill, used):
        return phrase
    named = _free(seen.names, used) if not any(a.kind == "name" for a in skill.arguments) else []
    named = [s for s in named if not _opens_request(s, seen, skill)]
    if named:
        used.add((named[0].start, named[0].end))
        return named[0].value
    return _phrase(seen, skill, used, cued=True)


def _phrase(seen: Findings, skill: Skill, used: set[tuple[int, int]], *, cued: bool = False) -> str | None:
    """What stands where a code would: behind a number as in "40 service kits"; `cued`, as in "combien de joints"."""
    if quoted := _free(seen.quoted, used):
        return quoted[0].value
    ends = {n.end for n in seen.numbers} if seen.numbers else set()
    for i, word in enumerate(seen.words):
        counted = any(0 <= word.start - end <= 2 for end in ends)
        if cued:
            counted = not ends and i > 0 and seen.words[i - 1].folded in skill.cues & word_set("de d' des of many du")
        if counted:
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
            + number.counts
            + bool(own & said)
        )

    own = set(map(concept, fold(argument.name).split("_")))
    said = {concept(w.folded) for w in seen.words}

    whole = argument.kind == "integer"
    free = [n for n in _free(seen.numbers, used) if not (whole and n.value % 1)]
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

    spans = _free([*seen.quoted, *_numbered(seen, skill, own), *seen.names], used)
    spans = [s for s in spans if not _opens_request(s, seen, skill)]
    if spans:
        best = max(spans, key=fit)
        used.add((best.start, best.end))
        return best.value
    return _lower_name(argument, own, skill, seen, used)


def _opens_request(span: Span, seen: Findings, skill: Skill) -> bool:
    """ "Run" in "Run 50 pieces": its capital is that of the sentence."""
    first = next((w for w in seen.words if w.start == span.start), None)
    return bool(first and _opens(first, seen.text) and first.end == span.end and verb(first) in skill.verbs)


def _numbered(seen: Findings, skill: Skill, own: Set[str]) -> Iterable[Span]:
    """ "presse 1", "Presse plieuse 2": the words before a number that counts nothing, and the number."""
    counted = {w for a in skill.arguments if a.kind in ("integer", "number") for w in a.words}
    for number in seen.numbers:
        if number.label < 0 or counted & (number.after | {concept(fold(seen.text[number.label : number.start - 1]))}):
            continue
        run: list[Token] = []
        for word in reversed([w for w in seen.words if w.start <= number.label]):
            gap = seen.text[word.end : run[0].start if run else number.start]
            ordinary = word.folded in STOP | _STOPS | QUESTIONS or {word.folded, concept(word.folded)} & own
            if gap != " " or ordinary or verb(word) in skill.verbs or len(run) > 2:
                break
            run.insert(0, word)
        if run:
            yield Span(run[0].start, number.end, seen.text[run[0].start : number.end])


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


def _text(argument: Argument, skill: Skill, seen: Findings, used: set[tuple[int, int]]) -> str | None:
    if skill.reads_documents:
        return seen.text
    if not skill.consequential:
        return _subject(skill, seen)
    first = next((w.end for w in seen.words), 0)
    verbal = verb(seen.words[0]) in skill.verbs if seen.words else False
    if m := _BECAUSE.search(fold(seen.text), first if verbal else 0):  # "Note an appointment" gives no note
        return seen.text[m.start(1) : m.end(1)].strip(" .")
    if argument.required:
        if quoted := _free(seen.quoted, used):
            return quoted[0].value
        after = re.search(r": *(.+)|\b(?:pour|for) (.+)", seen.text, re.S)
        return (after[1] or after[2]).strip(" .") if after else None
    return None


def _subject(skill: Skill, seen: Findings) -> str | None:
    """What is looked up: a code, a name, or else the words that are not the tool's own, or at least not the trade's."""
    for spans in (seen.codes, seen.quoted, seen.names):
        if spans:
            return spans[0].value
    return _strange(seen, skill.vocabulary) or _strange(seen, skill.marks)


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
