"""What the offline assistant understands of a tool, learned from nothing but its name, schema, docstring and examples."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.models.offline.lexicon import INFORM, LEADS, SOFTENERS, STOP, word_set
from bot.models.offline.words import Token, concept, content, fold, known, tokens, verb
from bot.tooling.catalog import CONSEQUENTIAL, EXAMPLES

Kind = Literal[
    "date", "integer", "number", "choice", "flag", "code", "name", "text", "file", "address", "rows", "other"
]
CODE = re.compile(
    r"(?<![\w-])(?:(?=[\w/-]*\d)[A-Za-z]{1,8}|[A-Z]{2,8}(?=[-_/][A-Z0-9]))(?:[-_/][A-Za-z0-9]{1,12}){1,4}(?![\w-])"
    r"|(?<![\w-])(?:[A-Z]{2,6}\d{2,8}|[A-Z]\d{4,8})(?![\w-])"
)
_TEXT_NAMES = word_set(
    "query question search text message note notes comment reason subject title description body"
    " details content keywords motif objet texte requete recherche titre commentaire problem summary"
)
_CODE_WORDS = re.compile(r"\b(?:code|reference|ref|sku|serial|number|numero|id|identifier)\b")
_MAILS = re.compile(r"(?:the )?e-?mail address|mail address")
ONE_LINE = 1000  # characters: a text that may be no longer is a title or a subject
_DOCUMENT = frozenset({"document", "rule"})
MAKE = "create"  # the meaning of "create", "launch", "prepare": it does not tell what


@dataclass(frozen=True)
class Argument:
    """One argument of a tool: what it holds, and the words that stand before its value."""

    name: str
    kind: Kind
    required: bool
    about: str
    choices: Mapping[str, frozenset[str]]  # value → words that mean it
    prefixes: frozenset[str]  # of the codes in its description: PMP for PMP-200
    words: frozenset[str]  # meanings in its name and description
    many: bool = False  # it is a list of such values
    longest: int = 0  # characters of a text; 0 where it does not say
    parts: tuple[Argument, ...] = ()  # of one row


@dataclass(frozen=True)
class Skill:
    """A tool as the offline assistant sees it."""

    name: str
    about: str
    consequential: bool
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...]
    vocabulary: frozenset[str]  # meanings in name, docstring and examples
    verbs: frozenset[str]  # meanings that its requests begin with
    objects: frozenset[str]  # meanings of what its requests are for
    prefixes: frozenset[str]  # of the codes with a dash in its description and examples: PMP for PMP-200
    cues: frozenset[str]  # words that stand before a code or name in its examples
    marks: frozenset[str] = frozenset()  # proper names in its own name: which of several systems it is for

    @property
    def required(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arguments if a.required)

    @property
    def reads_documents(self) -> bool:
        """One required free text, about documents: where a question goes that nothing else answers."""
        needed = self.required
        about = _DOCUMENT & self.vocabulary
        return not self.consequential and bool(about) and len(needed) == 1 and needed[0].kind == "text"


def split_description(description: str) -> tuple[str, bool, tuple[str, ...]]:
    """The docstring, whether the tool is consequential, and its examples."""
    body, _, listed = description.partition("\n" + EXAMPLES)
    lines = body.splitlines()
    consequential = any(line.strip() == CONSEQUENTIAL for line in lines)
    body = "\n".join(line for line in lines if line.strip() != CONSEQUENTIAL).strip()
    examples = tuple(line.strip()[2:].strip() for line in listed.splitlines() if line.strip().startswith("- "))
    if CONSEQUENTIAL in (line.strip() for line in listed.splitlines()):
        consequential = True
    return body, consequential, examples


def skill(tool: Mapping[str, Any]) -> Skill:
    """Read one OpenAI tool description."""
    function = tool["function"]
    body, consequential, examples = split_description(function.get("description") or "")
    schema = function.get("parameters") or {}
    arguments = tuple(
        _argument(name, prop, name in schema.get("required", ()), schema.get("$defs", {}))
        for name, prop in schema.get("properties", {}).items()
    )
    named = tuple(concept(t.folded) for t in tokens(function["name"].replace("_", " ")) if t.folded not in STOP)
    spoken = [demand(tokens(example)) for example in examples]
    first = verb(tokens(function["name"].replace("_", " "))[0]) if named else None
    objects = {w for asked in spoken if asked for w in content(direct_object(asked))}
    return Skill(
        name=function["name"],
        about=body.split("\n\n")[0].replace("\n", " ") or function["name"],
        consequential=consequential,
        examples=examples,
        arguments=arguments,
        vocabulary=frozenset(named).union(content(tokens(body)), *(content(_common(e)) for e in examples)),
        verbs=frozenset(v for asked in spoken if asked and (v := verb(asked[0]))) | ({first} if first else frozenset()),
        objects=frozenset(named[1:] if len(named) > 1 else named) | objects,
        prefixes=_prefixes(" ".join([body, *examples, *(a.about for a in arguments)]), dashed=True),
        cues=frozenset(_cues(examples)),
        marks=_marks(function["name"], examples),
    )


def _argument(name: str, prop: Mapping[str, Any], required: bool, defs: Mapping[str, Any]) -> Argument:
    form = _resolved(prop, defs)
    about = str(prop.get("description") or form.get("description") or "")
    many = form.get("type") == "array"
    parts: tuple[Argument, ...] = ()
    if many:
        form = _resolved(form.get("items") or {}, defs)
        needed = form.get("required", ())
        parts = tuple(_argument(n, p, n in needed, defs) for n, p in form.get("properties", {}).items())
    values = [str(v) for v in form.get("enum", [form["const"]] if "const" in form else ())]
    meanings = content(tokens(name.replace("_", " "))) + content(tokens(about))
    return Argument(
        name=name,
        kind="rows" if parts else _kind(name, about, form),
        required=required,
        about=about,
        choices=_choices(values, about),
        prefixes=_prefixes(about),
        words=frozenset(meanings),
        many=many,
        longest=int(form.get("maxLength", 0)),
        parts=parts,
    )


def _prefixes(text: str, *, dashed: bool = False) -> frozenset[str]:
    return frozenset(prefix(m[0]) for m in CODE.finditer(text) if "-" in m[0] or not dashed)


def _marks(name: str, examples: Sequence[str]) -> frozenset[str]:
    """Words of the tool's name that its examples write with a capital in mid-sentence, such as a system's."""
    capital = {w.folded for e in examples for w in tokens(e)[1:] if w.raw[0].isupper()}
    return frozenset(fold(name).split("_")) & capital


def prefix(code: str) -> str:
    return code.upper().split("-")[0].rstrip("0123456789")


def _resolved(prop: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one form that counts: `$ref` followed, null left out, a decimal's number preferred to its text."""
    while "$ref" in prop:
        prop = defs.get(str(prop["$ref"]).rsplit("/", 1)[-1], {})
    options = [_resolved(o, defs) for o in [*prop.get("anyOf", ()), *prop.get("oneOf", ()), *prop.get("allOf", ())]]
    options = [o for o in options if o.get("type") != "null"]
    return options[0] if options else prop


def _kind(name: str, about: str, form: Mapping[str, Any]) -> Kind:
    if "enum" in form or "const" in form:
        return "choice"
    if form.get("type") == "boolean":
        return "flag"
    if form.get("type") in ("integer", "number"):
        return "integer" if form["type"] == "integer" else "number"
    if form.get("type", "string") != "string":
        return "other"
    if form.get("format") == "email" or _MAILS.match(fold(about)):
        return "address"
    if form.get("format") == "file":
        return "file"
    if str(form.get("format", "")).startswith("date"):
        return "date"
    words = [t.folded for t in tokens(name.replace("_", " "))]
    if _TEXT_NAMES.intersection(words):
        return "text"
    return "code" if CODE.search(about) or _CODE_WORDS.search(fold(f"{' '.join(words)} {about}")) else "name"


def _choices(values: Sequence[str], about: str) -> dict[str, frozenset[str]]:
    """Each allowed value with the words that the description puts beside it: "WH is Lyon", "Lyon (WH)"."""
    words: dict[str, set[str]] = {value: {fold(value.replace("_", " "))} for value in values}
    longest = "|".join(re.escape(v) for v in sorted(values, key=len, reverse=True))
    marks = list(re.finditer(rf"(?<![\w-])(?:{longest})(?![\w-])", about)) if values else []
    for i, mark in enumerate(marks):
        before = about[marks[i - 1].end() if i else 0 : mark.start()]
        after = about[mark.end() : marks[i + 1].start() if i + 1 < len(marks) else len(about)]
        beside = before.rsplit(")", 1)[-1] if after.startswith(")") else re.split(r"[.;]", after)[0]
        words[mark[0]] |= {t.folded for t in tokens(beside) if t.folded not in STOP and len(t.folded) > 2}
    shared = [w for v in words for w in words[v] if sum(w in other for other in words.values()) > 1]
    return {value: frozenset(w) - frozenset(shared) for value, w in words.items()}


def demand(words: Sequence[Token]) -> Sequence[Token]:
    """The words from the verb on, when they ask for something to be done: politeness and "can you" are skipped."""
    i, moved = 0, True
    while moved and i < len(words):
        moved = False
        for lead in LEADS:
            if [w.folded for w in words[i : i + len(lead)]] == lead:
                i, moved = i + len(lead), True
                break
        else:
            if words[i].folded in SOFTENERS:
                i, moved = i + 1, True
    return words[i:]


def informs(words: Sequence[Token]) -> bool:
    """The person wants to be told or shown something."""
    asked = demand(words)
    asked = asked[1:] if asked and asked[0].folded in ("je", "j'", "i", "nous", "we", "on") else asked
    return bool(asked) and asked[0].folded.split("-")[0] in INFORM


_PREPOSITIONS = word_set("pour for chez to a avec with by avant d'ici au aux in on at dans sur")


def direct_object(asked: Sequence[Token]) -> list[Token]:
    """What the verb is about: the words up to the first "for", number or code."""
    found: list[Token] = []
    for word in asked[1:]:
        if word.folded in _PREPOSITIONS or any(c.isdigit() for c in word.raw) or CODE.fullmatch(word.raw):
            break
        found.append(word)
    return found


def _common(example: str) -> list[Token]:
    """The words of an example that are no code and no name."""
    words = tokens(CODE.sub(" ", example))
    return [w for i, w in enumerate(words) if i == 0 or not w.raw[0].isupper() or known(w.folded)]


def _cues(examples: Sequence[str]) -> list[str]:
    """The words before a code or a capitalised name in the examples."""
    found: list[str] = []
    for example in examples:
        words = tokens(example)
        for before, word in itertools.pairwise(words):
            if before.folded != word.folded and (CODE.fullmatch(word.raw) or word.raw[0].isupper()):
                found.append(before.folded)
    return found
