"""What the inputs of a modal hold: from what a person fills in to Slack's `view.state.values`, and what is wrong with it.

It knows the elements that `elements.INPUTS` lets through.
"""

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from .company import Json

MISSING: Final = "Please complete this required field."
NO_NUMBER: Final = "Please enter a valid number."
NO_WHOLE_NUMBER: Final = "Please enter a whole number."
NO_DATE: Final = "Please enter a valid date."
NO_TIME: Final = "Please enter a valid time."


class NoSuchField(Exception):
    """The view has no such block or option; the text says which."""


def inputs(view: Json) -> dict[str, Json]:
    """The view's input blocks by block_id, in order."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def filled(view: Json, given: Mapping[str, Any]) -> Json:
    """`state.values` for every input: what was given by block_id, else what the app had put there.

    Texts, numbers, dates and times are given as text, choices as the option's value, checkboxes as a list of
    values, or as a boolean for all or none. Raises NoSuchField.
    """
    blocks = inputs(view)
    unknown = sorted(given.keys() - blocks.keys())
    if unknown:
        raise NoSuchField(f"block_not_found: {', '.join(unknown)}")
    values = {}
    for block_id, block in blocks.items():
        element = block["element"]
        held = _given(element, given[block_id]) if block_id in given else _initial(element)
        values[block_id] = {element["action_id"]: {"type": element["type"]} | held}
    return values


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind == "checkboxes":
        return {"selected_options": element.get("initial_options") or []}
    key, initial = _PLACES[kind]
    return {key: element.get(initial) or None}


def _given(element: Json, value: Any) -> Json:
    kind = element["type"]
    key = "selected_options" if kind == "checkboxes" else _PLACES[kind][0]
    if key == "selected_options":
        return {key: element["options"] if value is True else [_option(element, one) for one in value or []]}
    if key == "selected_option":
        return {key: _option(element, value) if value else None}
    return {key: None if value is None or value == "" else str(value)}


def _option(element: Json, value: Any) -> Json:
    found: Json | None = next((option for option in element["options"] if option["value"] == value), None)
    if found is None:
        raise NoSuchField(f"option_not_found: {value}")
    return found


_PLACES: Final = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}
"""The field of `state.values` and the field of the element that it starts from."""


def refusals(view: Json, values: Json) -> dict[str, str]:
    """What Slack's own form says, by block_id, before the app hears anything; empty when all is well."""
    said = {}
    for block_id, block in inputs(view).items():
        element = block["element"]
        held = next(value for key, value in values[block_id][element["action_id"]].items() if key != "type")
        if not held:
            words = "" if block.get("optional") else MISSING
        else:
            words = _CHECKS[element["type"]](element, held) if element["type"] in _CHECKS else ""
        if words:
            said[block_id] = words
    return said


def _length(element: Json, text: str) -> str:
    least, most = element.get("min_length") or 0, element.get("max_length") or 3000
    if len(text) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(text) > most else ""


def _number(element: Json, text: str) -> str:
    number = read_number(text)
    if number is None:
        return NO_NUMBER
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return NO_WHOLE_NUMBER
    least, most = read_number(element.get("min_value")), read_number(element.get("max_value"))
    if least is not None and number < least:
        return f"Please enter a number of at least {element['min_value']}."
    return f"Please enter a number of at most {element['max_value']}." if most is not None and number > most else ""


def read_number(text: Any) -> Decimal | None:
    """A number in plain digits with a point, as number inputs carry it; None when it is no such text."""
    try:
        number = Decimal(text) if isinstance(text, str) and set(text) <= set("+-.0123456789") else None
    except InvalidOperation:
        return None
    return number


def read_date(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None


def read_time(text: Any) -> time | None:
    try:
        return time.fromisoformat(text) if isinstance(text, str) and len(text) == 5 else None
    except ValueError:
        return None


_CHECKS: Final[dict[str, Callable[[Json, str], str]]] = {
    "plain_text_input": _length,
    "number_input": _number,
    "datepicker": lambda _, text: "" if read_date(text) else NO_DATE,
    "timepicker": lambda _, text: "" if read_time(text) is not None else NO_TIME,
}
