"""Blocks and views as Slack keeps them: each with identifiers, and found again by them."""

import time
from typing import Any, Final

from . import payloads
from .company import APP, APP_BOT, TEAM, Json


def as_view(view: Json, view_id: str, *, on: Json | None = None) -> Json:
    """A view as Slack keeps it, with the fields that the app left out; `on` is the view under a pushed one."""
    about = {
        "id": view_id,
        "team_id": TEAM,
        "app_id": APP,
        "app_installed_team_id": TEAM,
        "bot_id": APP_BOT,
    }
    defaults: Json = {
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "state": {"values": {}},
    }
    tree = {
        "hash": f"{time.time():.6f}",
        "root_view_id": on["root_view_id"] if on else view_id,
        "previous_view_id": on["id"] if on else None,
    }
    return defaults | view | about | tree | {"blocks": with_block_ids(view["blocks"])}


def with_block_ids(blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: each block and each element that can act has an identifier."""
    return [_with_ids(block) for block in blocks]


def _with_ids(given: Json) -> Json:
    block: Json = {"block_id": payloads.new_id("")[:5], **given}
    for place in _ELEMENTS.get(block["type"], ()):
        if block.get(place):
            block[place] = [_with_action_id(element) for element in block[place]]
    for place in ("accessory", "element"):
        if block.get(place):
            block[place] = _with_action_id(block[place])
    if inner := _INNER.get(block["type"]):
        block[inner] = with_block_ids(block[inner])
    return block


def _with_action_id(element: Json) -> Json:
    return element if element["type"] == "image" else {"action_id": payloads.new_id("")[:5]} | element


# Where blocks have elements that can act, and where they have blocks.
_ELEMENTS: Final = {"actions": ("elements",), "context_actions": ("elements",), "card": ("actions",)}
_INNER: Final = {"container": "child_blocks", "carousel": "elements"}


def find_element(blocks: list[Any], action_id: str, value: str | None) -> tuple[Json, Json] | None:
    """The block and the element behind an action_id; `value` tells apart buttons that share it."""
    for block in blocks:
        if inner := _INNER.get(block["type"]):
            if found := find_element(block[inner], action_id, value):
                return found
            continue
        for element in [
            *block.get("elements", []),
            *block.get("actions", []),
            block.get("accessory"),
            block.get("element"),
        ]:
            if not isinstance(element, dict) or element.get("action_id") != action_id:
                continue
            if value is None or element["type"] != "button" or element.get("value") == value:
                return block, element
    return None
