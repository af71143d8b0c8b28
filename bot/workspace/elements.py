"""The documented rules of the elements of blocks: buttons, choices, images and the inputs of modals."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from .company import Json
from .fields import at_most, counted, distinct, identifier, plain, text, words
from .forms import read_date, read_number, read_time

LONGEST_INPUT: Final = 3000
LONGEST_URL: Final = 3000
_MOST_OPTIONS: Final = {
    "static_select": 100,
    "multi_static_select": 100,
    "radio_buttons": 10,
    "checkboxes": 10,
    "overflow": 5,
}
_GROUPED: Final = ("static_select", "multi_static_select")
_RICH_OPTIONS: Final = ("radio_buttons", "checkboxes")  # their texts may be mrkdwn


def element_faults(given: Any, at: str) -> Iterator[str]:
    """The faults of an element in a message or view."""
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        yield f"missing required field: type [json-pointer:{at}]"
        return
    yield from identifier(given, "action_id", at)
    if given.get("placeholder"):
        yield from plain(given["placeholder"], 150, f"{at}/placeholder")
    if given.get("confirm"):
        yield from _confirm(given["confirm"], f"{at}/confirm")
    if "max_selected_items" in given and not _is_between(given["max_selected_items"], 1, None):
        yield f"must be more than 0 [json-pointer:{at}/max_selected_items]"
    if given["type"] in _ELEMENTS:
        yield from _ELEMENTS[given["type"]](given, at)


def input_faults(given: Any, at: str) -> Iterator[str]:
    """The faults of the element of an input block."""
    kind = given.get("type") if isinstance(given, dict) else None
    if not isinstance(kind, str) or kind not in INPUTS:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from element_faults(given, at)


def image_faults(given: Any, at: str) -> Iterator[str]:
    """The faults of an image, as a block or among texts."""
    if not isinstance(given, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    yield from words(given, "alt_text", 2000, at)
    if (given.get("image_url") is None) == (given.get("slack_file") is None):
        yield f"must define either `image_url` or `slack_file` [json-pointer:{at}]"
    elif given.get("image_url") is not None:
        yield from words(given, "image_url", LONGEST_URL, at)
    elif len(given["slack_file"]) != 1 if isinstance(given["slack_file"], dict) else True:
        yield f"invalid slack file [json-pointer:{at}/slack_file]"


def _button(given: Json, at: str) -> Iterator[str]:
    yield from plain(given.get("text"), 75, f"{at}/text")
    yield from at_most(given, at, value=2000, url=LONGEST_URL, accessibility_label=75, agent_prompt=4000)
    yield from _seen_by(given, at)
    if given.get("style") not in (None, "primary", "danger"):
        yield f"must be a valid enum value [json-pointer:{at}/style]"


def _icon_button(given: Json, at: str) -> Iterator[str]:
    yield from plain(given.get("text"), 75, f"{at}/text")
    yield from words(given, "icon", None, at)
    yield from at_most(given, at, value=2000, accessibility_label=75)
    yield from _seen_by(given, at)


def _seen_by(given: Json, at: str) -> Iterator[str]:
    if "visible_to_user_ids" in given:
        yield from counted(given, "visible_to_user_ids", 1, 10, at)


def _feedback_buttons(given: Json, at: str) -> Iterator[str]:
    for name in ("positive_button", "negative_button"):
        button, there = given.get(name), f"{at}/{name}"
        if not isinstance(button, dict):
            yield f"missing required field: {name} [json-pointer:{at}]"
            continue
        yield from plain(button.get("text"), 75, f"{there}/text")
        yield from words(button, "value", 2000, there)
        yield from at_most(button, there, accessibility_label=75)


def _workflow_button(given: Json, at: str) -> Iterator[str]:
    yield from plain(given.get("text"), 75, f"{at}/text")
    yield from at_most(given, at, accessibility_label=75)


def _confirm(confirm: Any, at: str) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    yield from plain(confirm.get("title"), 100, f"{at}/title")
    yield from text(confirm.get("text"), 300, f"{at}/text")
    yield from plain(confirm.get("confirm"), 30, f"{at}/confirm")
    yield from plain(confirm.get("deny"), 30, f"{at}/deny")


def _choice(given: Json, at: str) -> Iterator[str]:
    if given["type"] in _GROUPED and "option_groups" in given:
        yield from _groups(given, at)
        return
    options, most = given.get("options"), _MOST_OPTIONS[given["type"]]
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        yield from counted(given, "options", 1, most, at)
        return
    for place, option in enumerate(options):
        yield from _option(option, f"{at}/options/{place}", rich=given["type"] in _RICH_OPTIONS)
    yield from distinct(given, "options", "value", at)
    yield from _chosen(given, options, at)


def _groups(given: Json, at: str) -> Iterator[str]:
    if "options" in given:
        yield f"must define either `options` or `option_groups` [json-pointer:{at}]"
    yield from counted(given, "option_groups", 1, 100, at, _group)


def _group(group: Any, at: str) -> Iterator[str]:
    if not isinstance(group, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    yield from plain(group.get("label"), 75, f"{at}/label")
    yield from counted(group, "options", 1, 100, at, lambda option, there: _option(option, there, rich=False))


def _option(option: Any, at: str, *, rich: bool) -> Iterator[str]:
    if not isinstance(option, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    yield from at_most(option, at, url=LONGEST_URL)
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


def _datetimepicker(given: Json, at: str) -> Iterator[str]:
    if "initial_date_time" in given and not _is_between(given["initial_date_time"], 10**9, 10**10 - 1):
        yield f"must be a time of 10 digits [json-pointer:{at}/initial_date_time]"


def _conversations(given: Json, at: str) -> Iterator[str]:
    if "filter" in given and not given["filter"]:
        yield f"must define at least one of its fields [json-pointer:{at}/filter]"
    elif isinstance(given.get("filter"), dict) and "include" in given["filter"]:
        yield from counted(given["filter"], "include", 1, 4, f"{at}/filter")


def _is_between(value: object, least: int, most: int | None) -> bool:
    return type(value) is int and value >= least and (most is None or value <= most)


_ELEMENTS: Final[dict[str, Callable[[Json, str], Iterator[str]]]] = {
    "button": _button,
    "checkboxes": _choice,
    "conversations_select": _conversations,
    "datepicker": _datepicker,
    "datetimepicker": _datetimepicker,
    "feedback_buttons": _feedback_buttons,
    "icon_button": _icon_button,
    "image": image_faults,
    "multi_conversations_select": _conversations,
    "multi_static_select": _choice,
    "number_input": _number_input,
    "overflow": _choice,
    "plain_text_input": _plain_text_input,
    "radio_buttons": _choice,
    "static_select": _choice,
    "timepicker": _timepicker,
    "workflow_button": _workflow_button,
}
# Those that the page's forms can fill in; Slack knows more.
INPUTS: Final = frozenset(
    [
        "checkboxes",
        "datepicker",
        "email_text_input",
        "number_input",
        "plain_text_input",
        "radio_buttons",
        "static_select",
        "timepicker",
    ]
)
