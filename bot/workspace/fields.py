"""What a field of a payload has to be: text of some length, a list of so many items, one of Slack's text objects."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from .company import Json

IDENTIFIER: Final = 255


def identifier(given: Json, name: str, at: str) -> Iterator[str]:
    yield from at_most(given, at, **{name: IDENTIFIER})


def at_most(given: Json, at: str, **longest: int) -> Iterator[str]:
    """Each named field, if it is there, is text of at most so many characters."""
    for name, most in longest.items():
        if given.get(name) is not None and not isinstance(given[name], str):
            yield f"must provide a string [json-pointer:{at}/{name}]"
        elif len(given.get(name) or "") > most:
            yield f"must be less than {most + 1} characters [json-pointer:{at}/{name}]"


def words(given: Json, name: str, longest: int | None, at: str) -> Iterator[str]:
    """The field is text, and not empty."""
    value = given.get(name)
    if value is None:
        yield f"missing required field: {name} [json-pointer:{at}]"
    elif not isinstance(value, str):
        yield f"must provide a string [json-pointer:{at}/{name}]"
    elif not value:
        yield f"must be more than 0 characters [json-pointer:{at}/{name}]"
    elif longest and len(value) > longest:
        yield f"must be less than {longest + 1} characters [json-pointer:{at}/{name}]"


def counted(
    given: Json,
    name: str,
    least: int,
    most: int | None,
    at: str,
    each: Callable[[Any, str], Iterator[str]] | None = None,
) -> Iterator[str]:
    """The field is a list of so many items, and each of them passes."""
    items, there = given.get(name), f"{at}/{name}"
    if items is None:
        yield f"missing required field: {name} [json-pointer:{at}]"
    elif not isinstance(items, list):
        yield f"must provide an array [json-pointer:{there}]"
    elif len(items) < least:
        yield f"no fewer than {least} items allowed [json-pointer:{there}]"
    elif most and len(items) > most:
        yield f"no more than {most} items allowed [json-pointer:{there}]"
    elif each:
        for place, item in enumerate(items):
            yield from each(item, f"{there}/{place}")


def all_text(part: Any) -> str:
    """All texts inside, one after the other, however deep they lie."""
    if isinstance(part, list):
        return "".join(map(all_text, part))
    if not isinstance(part, dict):
        return ""
    own = part["text"] if isinstance(part.get("text"), str) else ""
    return own + "".join(all_text(inner) for inner in part.values() if isinstance(inner, dict | list))


def distinct(given: Json, name: str, field: str, at: str) -> Iterator[str]:
    """No two items of the list have the same text in that field."""
    items = given[name] if isinstance(given.get(name), list) else []
    held = [str(item[field]) for item in items if isinstance(item, dict) and item.get(field)]
    if len(set(held)) < len(held):
        yield f"`{field}` already exists [json-pointer:{at}/{name}]"


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
