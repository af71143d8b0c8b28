"""What Slack refuses in texts and in the elements of blocks: buttons, choices and the inputs of modals.

`static_select` is known with plain options only, without option groups.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from .company import Json
from .forms import read_date, read_number, read_time

IDENTIFIER: Final = 255
LONGEST_INPUT: Final = 3000
_MOST_OPTIONS: Final = {"static_select": 100, "radio_buttons": 10, "checkboxes": 10, "overflow": 5}
_RICH_OPTIONS: Final = ("radio_buttons", "checkboxes")  # their texts may be mrkdwn


def element_faults(given: Any, at: str) -> Iterator[str]:
    """The faults of an element in a message or view."""
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        yield f"element needs a type [json-pointer:{at}]"
        return
    yield from identifier(given, "action_id", at)
    if given.get("placeholder"):
        yield from plain(given["placeholder"], 150, f"{at}/placeholder")
    if given.get("confirm"):
        yield from _confirm(given["confirm"], f"{at}/confirm")
    if given["type"] in _ELEMENTS:
        yield from _ELEMENTS[given["type"]](given, at)


def input_faults(given: Any, at: str) -> Iterator[str]:
    """The faults of the element of an input block."""
    kind = given.get("type") if isinstance(given, dict) else None
    if kind not in INPUTS:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from element_faults(given, at)


def identifier(given: Json, name: str, at: str) -> Iterator[str]:
    if len(str(given.get(name) or "")) > IDENTIFIER:
        yield f"must be less than {IDENTIFIER + 1} characters [json-pointer:{at}/{name}]"


def plain(value: Any, longest: int, at: str) -> Iterator[str]:
    if isinstance(value, dict) and value.get("type") != "plain_text":
        yield f"must be a plain_text object [json-pointer:{at}]"
    else:
        yield from text(value, longest, at)


def text(value: Any, longest: int, at: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        yield f"must be a text object [json-pointer:{at}]"
    elif not isinstance(value.get("text"), str) or not value["text"]:
        yield f"must be more than 0 characters [json-pointer:{at}/text]"
    elif len(value["text"]) > longest:
        yield f"must be less than {longest + 1} characters [json-pointer:{at}/text]"


def _button(given: Json, at: str) -> Iterator[str]:
    yield from plain(given.get("text"), 75, f"{at}/text")
    if len(str(given.get("value") or "")) > 2000:
        yield f"must be less than 2001 characters [json-pointer:{at}/value]"
    if given.get("style") not in (None, "primary", "danger"):
        yield f"style must be primary or danger [json-pointer:{at}/style]"


def _confirm(confirm: Any, at: str) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield f"confirm must be an object [json-pointer:{at}]"
        return
    yield from plain(confirm.get("title"), 100, f"{at}/title")
    yield from text(confirm.get("text"), 300, f"{at}/text")
    yield from plain(confirm.get("confirm"), 30, f"{at}/confirm")
    yield from plain(confirm.get("deny"), 30, f"{at}/deny")


def _choice(given: Json, at: str) -> Iterator[str]:
    options, most = given.get("options"), _MOST_OPTIONS[given["type"]]
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        yield f"must have 1 to {most} items [json-pointer:{at}/options]"
        return
    for place, option in enumerate(options):
        yield from _option(option, f"{at}/options/{place}", rich=given["type"] in _RICH_OPTIONS)
    values = [option.get("value") for option in options if isinstance(option, dict)]
    if len(set(values)) < len(values):
        yield f"option values must differ [json-pointer:{at}/options]"
    yield from _chosen(given, options, at)


def _option(option: Any, at: str, *, rich: bool) -> Iterator[str]:
    if not isinstance(option, dict):
        yield f"must be an option object [json-pointer:{at}]"
        return
    yield from (text if rich else plain)(option.get("text"), 75, f"{at}/text")
    if not isinstance(option.get("value"), str) or not 1 <= len(option["value"]) <= 150:
        yield f"must have 1 to 150 characters [json-pointer:{at}/value]"
    if option.get("description"):
        yield from (text if rich else plain)(option["description"], 75, f"{at}/description")


def _chosen(given: Json, options: list[Any], at: str) -> Iterator[str]:
    if "initial_option" in given and given["initial_option"] not in options:
        yield f"initial_option must be one of the options [json-pointer:{at}/initial_option]"
    first = given.get("initial_options", options)
    if not isinstance(first, list) or not first or any(option not in options for option in first):
        yield f"initial_options must be some of the options [json-pointer:{at}/initial_options]"


def _plain_text_input(given: Json, at: str) -> Iterator[str]:
    least, most, initial = (
        given.get("min_length", 0),
        given.get("max_length", LONGEST_INPUT),
        given.get("initial_value"),
    )
    if type(least) is not int or not 0 <= least <= LONGEST_INPUT:
        yield f"must be 0 to {LONGEST_INPUT} [json-pointer:{at}/min_length]"
    elif type(most) is not int or not max(1, least) <= most <= LONGEST_INPUT:
        yield f"must be 1 to {LONGEST_INPUT} and not below min_length [json-pointer:{at}/max_length]"
    elif initial is not None and (not isinstance(initial, str) or len(initial) > most):
        yield f"must be text of less than {most + 1} characters [json-pointer:{at}/initial_value]"
    if not isinstance(given.get("multiline", False), bool):
        yield f"must be a boolean [json-pointer:{at}/multiline]"


def _number_input(given: Json, at: str) -> Iterator[str]:
    decimal = given.get("is_decimal_allowed")
    if not isinstance(decimal, bool):
        yield f"missing required field: is_decimal_allowed [json-pointer:{at}]"
        return
    for name in ("initial_value", "min_value", "max_value"):
        number = read_number(given.get(name))
        if name in given and (number is None or (not decimal and number != number.to_integral_value())):
            yield f"must be a {'number' if decimal else 'whole number'} as text [json-pointer:{at}/{name}]"
            return
    numbers = [read_number(given.get(name)) for name in ("min_value", "initial_value", "max_value")]
    present = [number for number in numbers if number is not None]
    if present != sorted(present):
        yield f"must have min_value <= initial_value <= max_value [json-pointer:{at}]"


def _datepicker(given: Json, at: str) -> Iterator[str]:
    if "initial_date" in given and read_date(given["initial_date"]) is None:
        yield f"must be a date as YYYY-MM-DD [json-pointer:{at}/initial_date]"


def _timepicker(given: Json, at: str) -> Iterator[str]:
    if "initial_time" in given and read_time(given["initial_time"]) is None:
        yield f"must be a time as HH:mm [json-pointer:{at}/initial_time]"


_ELEMENTS: Final[dict[str, Callable[[Json, str], Iterator[str]]]] = {
    "button": _button,
    "checkboxes": _choice,
    "datepicker": _datepicker,
    "number_input": _number_input,
    "overflow": _choice,
    "plain_text_input": _plain_text_input,
    "radio_buttons": _choice,
    "static_select": _choice,
    "timepicker": _timepicker,
}
INPUTS: Final = frozenset(_ELEMENTS) - {"button", "overflow"} | {"email_text_input"}
