"""How an argument of a tool is edited in a form: its JSON schema and value as an input, and the way back. Pure."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NoReturn

from bot.policy import figures
from bot.slack.blocks import words
from bot.slack.values import clipped
from bot.slack.words import say
from bot.types import Json, Language

INPUT_CHARACTERS = 3_000  # of what Slack lets a form hold in one field
OPTIONS = 100
OPTION_CHARACTERS = 75
HINT_CHARACTERS = 2_000
ONE_LINE = 80  # a longer text gets several lines
EXACT = 2**53  # beyond this a browser's numbers are not exact
NOTHING = "(none)"  # an option's value that stands for no value

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_PLAIN_ITEMS = ({"type": "string"},)  # of a list whose entries are written one a line
_INTEGER = re.compile(r"[+-]?\d{1,1000}")

Kind = Literal["text", "number", "integer", "choice", "yes_no", "date", "lines", "file", "json"]


class NotFit(Exception):
    """What somebody wrote is not a value of this kind; the text is a sentence for them."""


@dataclass(frozen=True)
class Field:
    """One argument: what is asked, what may be left blank, and what may be chosen (shown text → value)."""

    name: str
    title: str
    hint: str
    kind: Kind
    required: bool
    nullable: bool
    options: Mapping[str, Json]


def fields(schema: Mapping[str, Json]) -> list[Field]:
    """The arguments of a tool, in the order of its JSON schema."""
    needed = schema.get("required", ())
    return [_field(name, part, schema, name in needed) for name, part in schema.get("properties", {}).items()]


def shown(field: Field, value: Json) -> str | None:
    """A value as its input shows it; `None` when the input is blank."""
    if value is None or (value == "" and field.kind != "json"):
        return None
    if field.kind == "choice":
        return next((text for text, option in field.options.items() if _same(option, value)), None)
    if field.kind == "yes_no":
        return "true" if value else "false"
    if field.kind == "lines" and _are_lines(value):
        return "\n".join(value) or None
    return value if isinstance(value, str) and field.kind != "json" else json.dumps(value, ensure_ascii=False, indent=1)


def fits(field: Field, value: Json) -> bool:
    """Whether a form can hold the value as it is."""
    text = shown(field, value)
    match field.kind:
        case "file":
            return False  # which one it is, was chosen by sharing it
        case _ if text is None:
            return value in (None, "") or (value == [] and field.kind == "lines")
        case "choice":
            return True
        case "yes_no":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "date":
            return _is_date(text)
        case "lines":
            return _are_lines(value) and len(text) <= INPUT_CHARACTERS
        case _:
            return len(text) <= INPUT_CHARACTERS


def untouched(field: Field, value: Json, text: str | None) -> bool:
    """Whether an input still holds the value with which it was opened."""
    return (None if _blank(field, text) else text) == shown(field, value)


def element(field: Field, value: Json, language: Language) -> Json:
    """The input for a value that fits."""
    text = shown(field, value)
    match field.kind:
        case "choice" | "yes_no":
            return _select(field, text, language)
        case "date":
            return {"type": "datepicker", **({"initial_date": text} if text else {})}
        case "integer" if text is None or abs(int(text)) < EXACT:
            given = {"initial_value": text} if text else {}
            return {"type": "number_input", "is_decimal_allowed": False, **given}
        case _:
            long = field.kind in ("json", "lines") or len(text or "") > ONE_LINE or "\n" in (text or "")
            given = {"initial_value": text} if text else {}
            return {"type": "plain_text_input", "multiline": long, "max_length": INPUT_CHARACTERS, **given}


def left_out(field: Field, text: str | None) -> bool:
    """Whether an argument that need not be given was emptied: then its default holds, or the system's own."""
    may_be_left_out = not field.required and not field.nullable and field.kind not in ("text", "lines")
    return may_be_left_out and _blank(field, text)


def meant(field: Field, text: str | None, language: Language) -> Json:
    """The value that somebody means by what they wrote or chose. Raises `NotFit`."""
    if text is None or _blank(field, text):
        if field.kind == "lines" and not field.nullable:
            return []
        if not field.nullable and field.kind != "text":
            raise NotFit(say(language, "needed"))
        return None if field.nullable else ""
    match field.kind:
        case "integer":
            return _whole(text.strip(), language)
        case "number":
            return _figure(text.strip(), language)
        case "yes_no":
            return text == "true"
        case "choice":
            if text not in field.options:
                raise NotFit(say(language, "bad_choice"))
            return field.options[text]
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "json":
            return _parsed(text, language)
        case _:
            return text


# ---- the schema


def _field(name: str, part: Mapping[str, Json], root: Mapping[str, Json], required: bool) -> Field:
    kinds = [_resolved(one, root) for one in _alternatives(part, root)]
    real = [one for one in kinds if one.get("type") != "null"]
    kind, options = _kind(real)
    title = str(part.get("title", "")).strip() or name.replace("_", " ").strip().capitalize() or name
    described = part.get("description") or (real[0].get("description", "") if len(real) == 1 else "")
    return Field(name, title, str(described), kind, required, len(real) < len(kinds), options)


def _alternatives(part: Mapping[str, Json], root: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """What a value may be, one schema each."""
    resolved = _resolved(part, root)
    if "anyOf" not in resolved:
        return [resolved]
    return [one for branch in resolved["anyOf"] for one in _alternatives(branch, root)]


def _resolved(part: Mapping[str, Json], root: Mapping[str, Json]) -> Mapping[str, Json]:
    """A schema behind its references into `$defs`."""
    while "$ref" in part:
        part = root.get("$defs", {}).get(str(part["$ref"]).removeprefix("#/$defs/"), {})
    return part


def _kind(real: Sequence[Mapping[str, Json]]) -> tuple[Kind, Mapping[str, Json]]:
    types = {str(one.get("type")) for one in real}
    choices = [option for one in real for option in _choices(one)]
    if choices and all(_choices(one) for one in real):
        return _choice(choices)
    if types == {"number", "string"} or types == {"number"}:
        return "number", {}
    if len(real) != 1:
        return "json", {}
    (one,) = real
    plain: Mapping[str, Kind] = {"string": "text", "integer": "integer", "boolean": "yes_no"}
    if one.get("type") == "string" and one.get("format") == "date":
        return "date", {}
    if "file" in (one.get("format"), _resolved(one.get("items") or {}, {}).get("format")):
        return "file", {}
    if one.get("type") == "array" and one.get("items") in _PLAIN_ITEMS:
        return "lines", {}
    return plain.get(str(one.get("type")), "json"), {}


def _are_lines(value: Json) -> bool:
    """Whether each entry of a list can stand on a line of its own, and comes back as it is."""
    return isinstance(value, list) and all(isinstance(one, str) and [one.strip()] == one.splitlines() for one in value)


def _choices(one: Mapping[str, Json]) -> list[Json]:
    return [one["const"]] if "const" in one else list(one.get("enum", ()))


def _choice(choices: Sequence[Json]) -> tuple[Kind, Mapping[str, Json]]:
    """A list to choose from, when Slack can show it; else the value is written."""
    options = {one if isinstance(one, str) else json.dumps(one, ensure_ascii=False): one for one in choices}
    listed = len(options) == len(choices) < OPTIONS and NOTHING not in options
    if listed and all(0 < len(text.strip()) <= len(text) <= OPTION_CHARACTERS for text in options):
        return "choice", options
    return ("text" if all(isinstance(one, str) for one in choices) else "json"), {}


# ---- inputs


def _select(field: Field, text: str | None, language: Language) -> Json:
    named = {"true": say(language, "yes"), "false": say(language, "no")} if field.kind == "yes_no" else {}
    options = [_option(name, named.get(name, name)) for name in (named or field.options)]
    without = field.nullable or (text is None and not field.required)
    if without:  # what was once chosen from a list cannot be taken away
        options.insert(0, _option(NOTHING, say(language, "no_value")))
    initial = NOTHING if text is None and without else text
    chosen = [option for option in options if option["value"] == initial]
    return {"type": "static_select", "options": options, **({"initial_option": chosen[0]} if chosen else {})}


def _option(value: str, text: str) -> Json:
    return {"text": words(text), "value": value}


def hint(field: Field, language: Language) -> Json:
    """What helps to fill it in, if anything."""
    how = "as_json" if field.kind == "json" else "one_a_line" if field.kind == "lines" else None
    told = [field.hint, say(language, how) if how else ""]
    text = clipped(" ".join(filter(None, told)), HINT_CHARACTERS)
    return {"hint": words(text)} if text else {}


# ---- values


def _blank(field: Field, text: str | None) -> bool:
    return not text or (text == NOTHING and field.kind in ("choice", "yes_no"))


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and bool(one == other)


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and dt.date.fromisoformat(text))
    except ValueError:
        return False


def _whole(text: str, language: Language) -> int:
    """A whole number, its thousands apart or not."""
    if _INTEGER.fullmatch(text):
        return int(text)
    found = None if figures.reads_two_ways(text) else figures.read(text)
    if found is None or found != found.to_integral_value():
        raise NotFit(say(language, "bad_integer"))
    return int(found)


def _figure(text: str, language: Language) -> str:
    """A figure as tools take it: as written with a point, or as people write it where only one can be meant."""
    if _NUMBER.fullmatch(text):
        return text
    if figures.reads_two_ways(text):
        raise NotFit(say(language, "two_ways", one=text.replace(",", ""), other=text.replace(",", ".")))
    if (found := figures.read(text)) is None:
        raise NotFit(say(language, "bad_number"))
    return format(found, "f")


def _parsed(text: str, language: Language) -> Json:
    """Strict JSON, decimal fractions exact."""

    def refuse(constant: str) -> NoReturn:
        raise NotFit(say(language, "bad_json_number", what=constant))

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise NotFit(say(language, "bad_json", line=error.lineno, column=error.colno)) from error
    except (ValueError, RecursionError) as error:  # thousands of digits, or of brackets
        raise NotFit(say(language, "bad_json", line=1, column=1)) from error
