"""Arguments that a foreign JSON Schema describes are checked like those of a typed function, and said in the same words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bot.errors import ToolError, ToolFileError
from bot.policy.schemas import Schema, kinds
from bot.slack.fields import fields
from bot.tooling.arguments import Described
from bot.tooling.tool import Tool

SCHEMA = {
    "type": "object",
    "required": ["order", "quantity"],
    "properties": {
        "order": {"type": "string", "pattern": "^PO-", "maxLength": 8},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
        "price": {"type": "number", "exclusiveMinimum": 0},
        "urgency": {"enum": ["low", "high"]},
        "lines": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/line"}},
        "If-Match": {"type": "string"},
    },
    "$defs": {
        "line": {
            "type": "object",
            "required": ["item"],
            "properties": {"item": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/line"}}},
        }
    },
}
GOOD = {"order": "PO-7", "quantity": 3}


def tool(schema: dict[str, Any] = SCHEMA) -> Tool:
    async def call(ctx: object, /, **arguments: Any) -> dict[str, Any]:
        return arguments

    return Tool(call, "place_order", "Place an order.", Described(schema))


def test_what_fits_reaches_the_tool_as_it_was_shown() -> None:
    given = {**GOOD, "price": Decimal("12.10"), "If-Match": '"7"', "lines": [{"item": "a", "parts": [{"item": "b"}]}]}
    checked = tool().parse(given)
    assert checked == {**given, "price": 12.1}
    assert tool().typed(checked) == checked
    assert tool().parse('{"order": "PO-7", "quantity": 3}') == GOOD, "no defaults are filled in, the system does"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"order": None}, "order: this has to be text"),
        ({"order": "7"}, "order: this does not have the form that is asked for (^PO-)"),
        ({"order": "PO-123456"}, "order: this is too long: its length has to be 8 or less"),
        ({"quantity": 0}, "quantity: this has to be 1 or more"),
        ({"quantity": 1.5}, "quantity: this has to be a whole number, such as 120"),
        ({"quantity": True}, "quantity: this has to be a whole number, such as 120"),
        ({"price": 0}, "price: this has to be more than 0"),
        ({"price": Decimal("1.00000000000000001")}, "price: this has too many digits: 15 at most"),
        ({"urgency": "now"}, "urgency: this has to be one of these: low, high"),
        ({"lines": [{"item": "a"}, {}]}, "lines.1.item: this is needed"),
        ({"lines": [{"item": "a", "parts": [{"item": 3}]}]}, "lines.0.parts.0.item: this has to be text"),
        ({"lines": [{"item": "a"}] * 3}, "lines: the list is too long: its length has to be 2 or less"),
        ({"colour": "red"}, "colour: there is no argument of this name"),
    ],
)
def test_what_does_not_fit_is_said_by_name(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ToolError) as refused:
        tool().parse({**GOOD, **change})
    assert str(refused.value) == f"place_order: {told}"


def test_figures_of_a_form_are_numbers_where_only_numbers_fit() -> None:
    assert tool().parse({**GOOD, "quantity": "3", "price": "12.10"}) == {**GOOD, "price": 12.1}
    assert tool().parse({"order": "PO-7", "quantity": 3}) == GOOD
    for text in ("1,5", "1e3", "0x1", "١", "1_000", " 1"):
        with pytest.raises(ToolError, match="price: this has to be a number"):
            tool().parse({**GOOD, "price": text})


ODD = {
    "properties": {
        "note": {"type": ["string", "null"], "description": "A note", "maxLength": 3},
        "anything": True,
        "nothing": False,
        "line": {"$ref": "#/definitions/line"},
    },
    "definitions": {"line": {"type": "object", "properties": {"item": {"type": ["integer", "string"]}}}},
}


def test_a_schema_of_another_style_is_read_the_same_everywhere() -> None:
    made = tool(ODD)
    assert made.schema["properties"] == {
        "note": {"description": "A note",
                 "anyOf": [{"maxLength": 3, "type": "string"}, {"maxLength": 3, "type": "null"}]},
        "anything": {},
        "nothing": {"not": {}},
        "line": {"$ref": "#/$defs/line"},
    }  # fmt: skip
    assert [(one.name, one.kind, one.nullable) for one in fields(made.schema)] == [
        ("note", "text", True), ("anything", "json", False), ("nothing", "json", False), ("line", "json", False),
    ]  # fmt: skip
    place = Schema.of_arguments(made.schema)
    assert place.fields() == ("note", "anything", "nothing", "line")
    assert kinds(place.at(("line", "item"))) == {"integer", "text"}
    assert made.parse({"note": None, "anything": [1], "line": {"item": 3}})
    with pytest.raises(ToolError, match="note: "):
        made.parse({"note": "long"})


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ToolError) as refused:
        tool().parse({"quantity": "x", "colour": 1})
    assert str(refused.value).count("; ") == 2
    assert set(tool().objections({"quantity": "x", "colour": 1})) == {"order", "quantity", "colour"}


@pytest.mark.parametrize("given", ["null", "[]", "7", '"PO-7"'])
def test_what_is_no_object_is_refused(given: str) -> None:
    with pytest.raises(ToolError, match="arguments: this has to be an object with names and values"):
        tool().parse(given)


def deep(levels: int) -> dict[str, Any]:
    return {"properties": {"x": deep(levels - 1)}} if levels else {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "array"}, "its arguments are not an object"),
        ({"properties": {"a": {"type": "strin"}}}, "JSON Schema is wrong at properties/a/type"),
        ({"properties": {"a": {"$ref": "https://example.com/x.json"}}}, "points outside itself: https://example.com"),
        ({"properties": {"a": {"$ref": "#/$defs/gone"}}}, "points at nothing: #/$defs/gone"),
        (deep(60), "more than 40 levels deep"),
        ({"properties": {"a": {"$dynamicRef": "http://x/y"}}}, "uses $dynamicRef, which Baton does not read"),
        ({"properties": {"a": {"$id": "http://x", "$ref": "#/$defs/A"}}}, "uses $id, which Baton does not read"),
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, "goes in a circle"),
        ({"properties": {"a": {"default": dt.date(2024, 1, 1)}}}, "has what JSON cannot say"),
        ({"properties": {"a": 7}}, "has '7' where a schema belongs"),
        ({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}}, "goes in a circle"),
        (
            {
                "properties": {"a": {"$ref": "#/$defs/a"}},
                "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}},
            },
            "goes in a circle",
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_before_any_call(schema: dict[str, Any], told: str) -> None:
    with pytest.raises(ToolFileError) as refused:
        tool(schema)
    assert told in str(refused.value)
