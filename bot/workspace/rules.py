"""What Slack refuses in blocks and views, asked of three judges: the documented rules, Slack's published types, its models.

The rules come first, since they say best what is wrong: `block_rules` and what is here about a payload as a whole.
"""

from collections.abc import Iterator
from typing import Any, Final

from .block_rules import one_block
from .company import Json
from .fields import all_text, identifier, plain
from .published import UNTYPED, typed_faults
from .sdk_models import model_faults

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_BYTES: Final = 250_000
# Undocumented; reported as bolt-js#2509.
MESSAGE_TEXT: Final = 13_200
MARKDOWN_TEXT: Final = 12_000
MESSAGE_CHARTS: Final = 2

# From "Available in surfaces" on each block's reference page; `file` blocks only ever arrive.
_ONLY_IN_MESSAGES: Final = ("context_actions", "data_table", "markdown", "plan", "table", "task_card")
_NOT_IN: Final = {
    "message": frozenset(("alert", "file")),
    "modal": frozenset(("card", "carousel", "container", "data_visualization", "file", *_ONLY_IN_MESSAGES)),
    "home": frozenset(("alert", "file", *_ONLY_IN_MESSAGES)),
}
_TABLES: Final = ("table", "data_table")
_PARTS: Final = ("elements", "child_blocks", "tasks")


def block_faults(blocks: Any, *, surface: str = "message", at: str = "/blocks") -> list[str]:
    """Every reason why Slack would answer `invalid_blocks`; an empty list means that they pass.

    `surface` is `message`, `modal` or `home`. The faults are those of the first judge that finds any.
    """
    if faults := [*rule_faults(blocks, surface, at)]:
        return faults
    typed = [
        fault
        for place, block in enumerate(blocks)
        if block["type"] not in UNTYPED
        for fault in typed_faults("KnownBlock", block, f"{at}/{place}")
    ]
    return typed or [*model_faults(blocks, at)]


def rule_faults(blocks: Any, surface: str = "message", at: str = "/blocks") -> Iterator[str]:
    """What the documented rules refuse."""
    if not isinstance(blocks, list):
        yield f"must provide an array [json-pointer:{at}]"
        return
    limit = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    if len(blocks) > limit:
        yield f"no more than {limit} items allowed [json-pointer:{at}]"
        return
    for place, block in enumerate(blocks):
        yield from _on_surface(block, surface, f"{at}/{place}")
    for place, block in enumerate(blocks):
        yield from one_block(block, f"{at}/{place}")
    yield from _together(blocks, at)


def table_count(blocks: Any) -> int:
    """How many tables a message would show."""
    return sum(1 for block in _all(blocks) if block.get("type") in _TABLES)


def text_length(blocks: Any) -> int:
    """All characters of all texts in the blocks, as Slack adds them up for one message."""
    return len(all_text(blocks))


def view_faults(view: Any) -> list[str]:
    """Every reason why Slack would refuse a modal or a Home view."""
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    if view.get("type") not in ("modal", "home"):
        return ["must be a valid enum value [json-pointer:/view/type]"]
    if faults := [*_frame(view)]:
        return faults
    return block_faults(view["blocks"], surface=view["type"], at="/view/blocks") or typed_faults(
        "HomeView" if view["type"] == "home" else "ModalView", view, "/view"
    )


def modal_faults(view: Any) -> list[str]:
    """Every reason why Slack would refuse the view as a modal."""
    return view_faults(view) or (
        [] if view["type"] == "modal" else ["must be a valid enum value [json-pointer:/view/type]"]
    )


def _frame(view: Json) -> Iterator[str]:
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield "missing required field: blocks [json-pointer:/view]"
        return
    if len(str(view.get("private_metadata") or "")) > 3000:
        yield "must be less than 3001 characters [json-pointer:/view/private_metadata]"
    for name in ("callback_id", "external_id"):
        yield from identifier(view, name, "/view")
    if view["type"] == "modal":
        yield from plain(view.get("title"), 24, "/view/title")
        for button in ("submit", "close"):
            if view.get(button) is not None:
                yield from plain(view[button], 24, f"/view/{button}")
        if not view.get("submit") and any(block.get("type") == "input" for block in _all(blocks)):
            yield "submit is required when an input block is within the blocks array [json-pointer:/view]"
    if sum(1 for block in _all(blocks) if _focused(block)) > 1:
        yield "only one element may have focus_on_load [json-pointer:/view/blocks]"


def _focused(block: Json) -> bool:
    elements = block.get("elements")
    places = [block.get("element"), block.get("accessory"), *(elements if isinstance(elements, list) else [])]
    return any(isinstance(element, dict) and element.get("focus_on_load") is True for element in places)


def _on_surface(block: Any, surface: str, at: str) -> Iterator[str]:
    for one in _all([block]):
        if str(one.get("type")) in _NOT_IN[surface]:
            yield f"unsupported type: {one['type']} [json-pointer:{at}/type]"


def _together(blocks: list[Any], at: str) -> Iterator[str]:
    every = [*_all(blocks)]
    ids = [str(block["block_id"]) for block in every if block.get("block_id")]
    for again in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"`block_id` {again} already exists [json-pointer:{at}]"
    if sum(len(str(block.get("text"))) for block in every if block.get("type") == "markdown") > MARKDOWN_TEXT:
        yield f"must be less than {MARKDOWN_TEXT + 1} characters in all markdown blocks [json-pointer:{at}]"
    if sum(1 for block in every if block.get("type") == "data_visualization") > MESSAGE_CHARTS:
        yield f"no more than {MESSAGE_CHARTS} data_visualization blocks allowed [json-pointer:{at}]"


def _all(blocks: Any) -> Iterator[Json]:
    """The blocks and those inside them."""
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, dict):
            yield block
            for part in _PARTS:
                if isinstance(block.get(part), list) and block.get("type") in ("carousel", "container", "plan"):
                    yield from _all(block[part])
