"""What is wrong with arguments that do not fit, in Baton's own words rather than in those of the library that found it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jsonschema import ValidationError as Misfit
from pydantic import ValidationError

from bot.reasons import because
from bot.types import Json

Objection = tuple[Sequence[str | int], str]  # where, from the argument's name inwards, and what

# what pydantic calls it → our reason, and which of its facts the sentence names
_REASONS: Mapping[str, str | tuple[str, str, str]] = {
    **dict.fromkeys(("missing", "missing_argument", "missing_keyword_only_argument"), "needed"),
    **dict.fromkeys(("extra_forbidden", "unexpected_keyword_argument"), "unknown_argument"),
    **dict.fromkeys(("string_type", "string_unicode", "string_not_ascii", "bytes_type"), "to_be_text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "to_be_whole"),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing"), "to_be_number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "to_be_yes_or_no"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), "to_be_day"
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"), "to_be_moment"
    ),
    **dict.fromkeys(("time_type", "time_parsing"), "to_be_time"),
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), "to_be_duration"),
    **dict.fromkeys(("date_past", "datetime_past"), "to_be_past"),
    **dict.fromkeys(("date_future", "datetime_future"), "to_be_future"),
    **dict.fromkeys(("timezone_aware", "timezone_offset"), "zone_needed"),
    "timezone_naive": "no_zone",
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), "to_be_list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"), "to_be_record"),
    **dict.fromkeys(("enum", "literal_error"), ("to_be_one_of", "expected", "expected")),
    "union_tag_invalid": ("to_be_one_of", "expected", "expected_tags"),
    "greater_than": ("to_be_more", "bound", "gt"),
    "greater_than_equal": ("to_be_at_least", "bound", "ge"),
    "less_than": ("to_be_less", "bound", "lt"),
    "less_than_equal": ("to_be_at_most", "bound", "le"),
    "multiple_of": ("to_be_multiple", "bound", "multiple_of"),
    "finite_number": "finite",
    "string_too_short": ("too_few_characters", "bound", "min_length"),
    "string_too_long": ("too_many_characters", "bound", "max_length"),
    "too_short": ("too_few_items", "bound", "min_length"),
    "too_long": ("too_many_items", "bound", "max_length"),
    "decimal_max_digits": ("too_many_digits", "bound", "max_digits"),
    "decimal_whole_digits": ("too_many_digits", "bound", "whole_digits"),
    "decimal_max_places": ("too_many_decimals", "bound", "decimal_places"),
    "string_pattern_mismatch": ("pattern", "pattern", "pattern"),
    **dict.fromkeys(("url_type", "url_parsing", "url_syntax_violation", "url_scheme", "url_too_long"), "to_be_link"),
    **dict.fromkeys(("uuid_type", "uuid_parsing", "uuid_version"), "to_be_uuid"),
}  # fmt: skip


def objections(error: ValidationError) -> list[Objection]:
    """What pydantic found. A tool's own checks speak for themselves."""
    return [(one["loc"], _reason(one["type"], one["msg"], one.get("ctx", {}))) for one in error.errors()]


def _reason(kind: str, message: str, facts: Mapping[str, Any]) -> str:
    if kind in ("value_error", "assertion_error"):
        return str(facts.get("error", message)) or because("unfit")
    match _REASONS.get(kind):
        case None:
            return because("unfit")
        case str(key):
            return because(key)
        case key, name, fact:
            return because(key, **{name: facts[fact]})


_KINDS: Mapping[str, str] = {
    "string": "to_be_text", "integer": "to_be_whole", "number": "to_be_number", "boolean": "to_be_yes_or_no",
    "array": "to_be_list", "object": "to_be_record",
}  # fmt: skip

# what the keyword of the schema says → our reason, the sentence's value, and how it is written
_BOUNDS: Mapping[str, tuple[str, str, Callable[[Json], str]]] = {
    "enum": ("to_be_one_of", "expected", lambda values: ", ".join(map(str, values))),
    "const": ("to_be_one_of", "expected", str),
    "exclusiveMinimum": ("to_be_more", "bound", str),
    "minimum": ("to_be_at_least", "bound", str),
    "exclusiveMaximum": ("to_be_less", "bound", str),
    "maximum": ("to_be_at_most", "bound", str),
    "multipleOf": ("to_be_multiple", "bound", str),
    "minLength": ("too_few_characters", "bound", str),
    "maxLength": ("too_many_characters", "bound", str),
    "minItems": ("too_few_items", "bound", str),
    "maxItems": ("too_many_items", "bound", str),
    "pattern": ("pattern", "pattern", str),
}


def misfits(error: Misfit) -> Iterable[Objection]:
    """The same for one finding of a JSON Schema's own check."""
    place: tuple[str | int, ...] = tuple(error.absolute_path)
    keyword, told = str(error.validator), error.validator_value
    if keyword == "required":
        yield from (((*place, name), because("needed")) for name in told if name not in error.instance)
    elif keyword == "additionalProperties" and told is False:
        known = error.schema.get("properties", {})
        yield from (((*place, name), because("unknown_argument")) for name in error.instance if name not in known)
    elif keyword == "type" and isinstance(told, str) and told in _KINDS:
        yield place, because(_KINDS[told])
    elif keyword in _BOUNDS:
        reason, name, written = _BOUNDS[keyword]
        yield place, because(reason, **{name: written(told)})
    else:
        yield place, because("unfit")
