"""The documented rules of each kind of block: what it must have, how much and how long."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from .company import Json
from .elements import element_faults, image_faults, input_faults
from .fields import at_most, counted, distinct, identifier, plain, text, words
from .figures import chart_faults, data_table_faults, table_faults

TASK_STATUSES: Final = ("pending", "in_progress", "complete", "error")
ALERT_LEVELS: Final = ("default", "info", "warning", "error", "success")
_IN_CONTAINER: Final = frozenset(
    ["actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"]
)


def one_block(block: Any, at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str) or kind not in _RULES:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from identifier(block, "block_id", at)
    yield from _RULES[kind](block, at)


def _section(block: Json, at: str) -> Iterator[str]:
    if not block.get("text") and not block.get("fields"):
        yield f"must define either `text` or `fields` [json-pointer:{at}/type]"
    if block.get("text"):
        yield from text(block["text"], 3000, f"{at}/text")
    if "fields" in block:
        yield from counted(block, "fields", 1, 10, at, lambda field, there: text(field, 2000, there))
    if block.get("accessory"):
        yield from element_faults(block["accessory"], f"{at}/accessory")


def _header(block: Json, at: str) -> Iterator[str]:
    yield from plain(block.get("text"), 150, f"{at}/text")


def _image(block: Json, at: str) -> Iterator[str]:
    yield from image_faults(block, at)
    if block.get("title") is not None:
        yield from plain(block["title"], 2000, f"{at}/title")


def _actions(block: Json, at: str) -> Iterator[str]:
    yield from counted(block, "elements", 1, 25, at, element_faults)
    yield from distinct(block, "elements", "action_id", at)


def _context(block: Json, at: str) -> Iterator[str]:
    yield from counted(block, "elements", 1, 10, at, _in_context)


def _in_context(element: Any, at: str) -> Iterator[str]:
    if isinstance(element, dict) and element.get("type") == "image":
        yield from image_faults(element, at)
    else:
        yield from text(element, 3000, at)


def _context_actions(block: Json, at: str) -> Iterator[str]:
    yield from counted(block, "elements", 1, 5, at, _in_context_actions)


def _in_context_actions(element: Any, at: str) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind in ("feedback_buttons", "icon_button"):
        yield from element_faults(element, at)
    else:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"


def _markdown(block: Json, at: str) -> Iterator[str]:
    yield from words(block, "text", 12_000, at)


def _input(block: Json, at: str) -> Iterator[str]:
    yield from plain(block.get("label"), 2000, f"{at}/label")
    if block.get("hint"):
        yield from plain(block["hint"], 2000, f"{at}/hint")
    for flag in ("optional", "dispatch_action"):
        if not isinstance(block.get(flag, False), bool):
            yield f"must provide a boolean [json-pointer:{at}/{flag}]"
    yield from input_faults(block.get("element"), f"{at}/element")


def _rich_text(block: Json, at: str) -> Iterator[str]:
    yield from counted(block, "elements", 1, None, at, _rich_element)


def _rich_element(element: Any, at: str) -> Iterator[str]:
    parts = element.get("elements") if isinstance(element, dict) else None
    for place, part in enumerate(parts if isinstance(parts, list) else []):
        if isinstance(part, dict) and part.get("type") == "text":
            yield from words(part, "text", None, f"{at}/elements/{place}")
        else:
            yield from _rich_element(part, f"{at}/elements/{place}")


def _video(block: Json, at: str) -> Iterator[str]:
    yield from words(block, "alt_text", None, at)
    yield from plain(block.get("title"), 200, f"{at}/title")
    yield from at_most(block, at, author_name=49)
    for name in ("video_url", "title_url"):
        if block.get(name) is not None and not str(block[name]).startswith("https://"):
            yield f"must be an https URL [json-pointer:{at}/{name}]"


def _task(block: Json, at: str) -> Iterator[str]:
    yield from words(block, "task_id", None, at)
    yield from words(block, "title", None, at)
    if block.get("status") not in TASK_STATUSES:
        yield f"must be a valid enum value [json-pointer:{at}/status]"
    for name in ("details", "output"):
        if block.get(name) is not None:
            yield from _nested(block[name], ("rich_text",), f"{at}/{name}")
    if "sources" in block:
        yield from counted(block, "sources", 0, None, at, source_faults)


def source_faults(source: Any, at: str) -> Iterator[str]:
    if not isinstance(source, dict) or source.get("type") != "url":
        yield f"must be a url element [json-pointer:{at}]"
        return
    yield from words(source, "url", 3000, at)
    yield from words(source, "text", None, at)


def _plan(block: Json, at: str) -> Iterator[str]:
    yield from words(block, "title", None, at)
    if "tasks" in block:
        yield from counted(block, "tasks", 0, 50, at, lambda task, there: _nested(task, ("task_card",), there))
    yield from distinct(block, "tasks", "task_id", at)


def _alert(block: Json, at: str) -> Iterator[str]:
    yield from text(block.get("text"), 200, f"{at}/text")
    if block.get("level", "default") not in ALERT_LEVELS:
        yield f"must be a valid enum value [json-pointer:{at}/level]"


def _card(block: Json, at: str) -> Iterator[str]:
    if not any(block.get(name) for name in ("hero_image", "title", "actions", "body")):
        yield f"must define at least one of `hero_image`, `title`, `actions` or `body` [json-pointer:{at}]"
    for name, longest in (("title", 150), ("subtitle", 150), ("body", 200)):
        if block.get(name) is not None:
            yield from text(block[name], longest, f"{at}/{name}")
    for name in ("hero_image", "icon"):
        if block.get(name) is not None:
            yield from image_faults(block[name], f"{at}/{name}")
    if "actions" in block:
        yield from counted(block, "actions", 1, None, at, element_faults)


def _carousel(block: Json, at: str) -> Iterator[str]:
    yield from counted(block, "elements", 1, 10, at, lambda card, there: _nested(card, ("card",), there))


def _container(block: Json, at: str) -> Iterator[str]:
    if not block.get("title") and not block.get("rich_text_title"):
        yield f"must define either `title` or `rich_text_title` [json-pointer:{at}]"
    if block.get("title") is not None:
        yield from plain(block["title"], 150, f"{at}/title")
    if block.get("subtitle") is not None:
        yield from text(block["subtitle"], 150, f"{at}/subtitle")
    yield from counted(block, "child_blocks", 1, 10, at, lambda child, there: _nested(child, _IN_CONTAINER, there))
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        yield f"`default_collapsed` needs `is_collapsible` [json-pointer:{at}/default_collapsed]"


def _nested(block: Any, kinds: frozenset[str] | tuple[str, ...], at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if isinstance(kind, str) and kind in kinds:
        yield from one_block(block, at)
    else:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"


def _no_rule(_: Json, __: str) -> Iterator[str]:
    yield from ()


_RULES: Final[dict[str, Callable[[Json, str], Iterator[str]]]] = {
    "actions": _actions,
    "alert": _alert,
    "auth_provider": _no_rule,
    "call": _no_rule,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "context": _context,
    "context_actions": _context_actions,
    "data_table": data_table_faults,
    "data_visualization": chart_faults,
    "divider": _no_rule,
    "file": _no_rule,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "plan": _plan,
    "rich_text": _rich_text,
    "section": _section,
    "table": table_faults,
    "task_card": _task,
    "video": _video,
}
