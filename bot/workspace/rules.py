"""What Slack refuses in blocks and views: counts, lengths and shapes, as far as they are plainly wrong."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from .company import Json
from .elements import element_faults, identifier, input_faults, plain, text

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_BYTES: Final = 250_000
# Undocumented; reported as bolt-js#2509.
MESSAGE_TEXT: Final = 13_200
MARKDOWN_TEXT: Final = 12_000

_UNCHECKED: Final = frozenset(
    [
        "divider",
        "image",
        "rich_text",
        "file",
        "video",
        "call",
        "context_actions",
        "task_card",
        "plan",
        "alert",
        "card",
        "carousel",
        "container",
        "data_table",
        "data_visualization",
        "auth_provider",
    ]
)


def block_faults(blocks: Any, *, limit: int = MESSAGE_BLOCKS) -> list[str]:
    """Every reason why Slack would answer `invalid_blocks`; an empty list means that they pass."""
    if not isinstance(blocks, list):
        return ["blocks must be a list"]
    if len(blocks) > limit:
        return [f"no more than {limit} items allowed [json-pointer:/blocks]"]
    faults = [fault for place, block in enumerate(blocks) for fault in _block(block, f"/blocks/{place}")]
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and block.get("block_id")]
    return faults + [f"`block_id` {again} already exists" for again in sorted({i for i in ids if ids.count(i) > 1})]


def text_length(blocks: Any) -> int:
    """All characters of all texts in the blocks, as Slack adds them up for one message."""
    if isinstance(blocks, list):
        return sum(text_length(part) for part in blocks)
    if not isinstance(blocks, dict):
        return 0
    own = len(blocks["text"]) if isinstance(blocks.get("text"), str) else 0
    return own + sum(text_length(part) for part in blocks.values() if isinstance(part, dict | list))


def view_faults(view: Any) -> list[str]:
    """Every reason why Slack would refuse a modal or a Home view."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["view must be an object of type modal or home"]
    faults = block_faults(view.get("blocks"), limit=VIEW_BLOCKS)
    if len(str(view.get("private_metadata") or "")) > 3000:
        faults.append("private_metadata must be at most 3000 characters")
    for name in ("callback_id", "external_id"):
        faults += identifier(view, name, "/view")
    if view["type"] == "home":
        return faults
    faults += plain(view.get("title"), 24, "/view/title")
    for button in ("submit", "close"):
        faults += plain(view[button], 24, f"/view/{button}") if view.get(button) else []
    if not faults and not view.get("submit") and any(block["type"] == "input" for block in view["blocks"]):
        faults.append("submit is required when an input block is within the blocks array")
    return faults


def modal_faults(view: Any) -> list[str]:
    """Every reason why Slack would refuse the view as a modal."""
    return view_faults(view) or ([] if view["type"] == "modal" else ["view must be of type modal"])


def _block(block: Any, at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str) or (kind not in _CHECKED and kind not in _UNCHECKED):
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from identifier(block, "block_id", at)
    if kind in _CHECKED:
        yield from _CHECKED[kind](block, at)


def _section(block: Json, at: str) -> Iterator[str]:
    if not block.get("text") and not block.get("fields"):
        yield f"section needs text or fields [json-pointer:{at}]"
    if block.get("text"):
        yield from text(block["text"], 3000, f"{at}/text")
    fields = block.get("fields") or []
    if not isinstance(fields, list) or len(fields) > 10:
        yield f"no more than 10 fields allowed [json-pointer:{at}/fields]"
        return
    for place, field in enumerate(fields):
        yield from text(field, 2000, f"{at}/fields/{place}")
    if block.get("accessory"):
        yield from element_faults(block["accessory"], f"{at}/accessory")


def _header(block: Json, at: str) -> Iterator[str]:
    yield from plain(block.get("text"), 150, f"{at}/text")


def _actions(block: Json, at: str) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        yield f"actions needs 1 to 25 elements [json-pointer:{at}/elements]"
        return
    for place, element in enumerate(elements):
        yield from element_faults(element, f"{at}/elements/{place}")
    ids = [element["action_id"] for element in elements if isinstance(element, dict) and element.get("action_id")]
    if len(set(ids)) < len(ids):
        yield f"`action_id` already exists [json-pointer:{at}/elements]"


def _context(block: Json, at: str) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        yield f"context needs 1 to 10 elements [json-pointer:{at}/elements]"
        return
    for place, element in enumerate(elements):
        if not isinstance(element, dict) or element.get("type") != "image":
            yield from text(element, 3000, f"{at}/elements/{place}")


def _markdown(block: Json, at: str) -> Iterator[str]:
    if not isinstance(block.get("text"), str) or not 1 <= len(block["text"]) <= MARKDOWN_TEXT:
        yield f"markdown text must have 1 to {MARKDOWN_TEXT} characters [json-pointer:{at}/text]"


def _input(block: Json, at: str) -> Iterator[str]:
    yield from plain(block.get("label"), 2000, f"{at}/label")
    if block.get("hint"):
        yield from plain(block["hint"], 2000, f"{at}/hint")
    for flag in ("optional", "dispatch_action"):
        if not isinstance(block.get(flag, False), bool):
            yield f"must be a boolean [json-pointer:{at}/{flag}]"
    yield from input_faults(block.get("element"), f"{at}/element")


def _table(block: Json, at: str) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 100:
        yield f"table needs 1 to 100 rows [json-pointer:{at}/rows]"
    elif any(not isinstance(row, list) or len(row) > 20 for row in rows):
        yield f"a table row has at most 20 cells [json-pointer:{at}/rows]"


_CHECKED: Final[dict[str, Callable[[Json, str], Iterator[str]]]] = {
    "section": _section,
    "header": _header,
    "actions": _actions,
    "context": _context,
    "markdown": _markdown,
    "input": _input,
    "table": _table,
}
