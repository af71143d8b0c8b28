"""The chunks of a stream: what Slack refuses in them, and how they add to what a message shows.

In `timeline` mode each task is a task_card among the texts, in `plan` mode all lie in one plan.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from . import rules
from .block_rules import TASK_STATUSES, source_faults
from .blocks import with_block_ids
from .company import Json
from .fields import all_text, counted, words
from .published import typed_faults

LONGEST_FIELD: Final = 256
MOST_BLOCKS: Final = 50
# Undocumented; measured by openclaw#143882: details and outputs count twice, and without text nothing counts.
MOST_BYTES: Final = 10_700


def chunk_faults(chunks: Any) -> list[str]:
    """Every reason why Slack would answer `invalid_chunks`; an empty list means that they pass."""
    if not isinstance(chunks, list):
        return ["chunks must be a list"]
    places = [(chunk, f"/chunks/{place}") for place, chunk in enumerate(chunks)]
    faults = [fault for chunk, at in places for fault in _faults(chunk, at)]
    return faults or [fault for chunk, at in places for fault in typed_faults("AnyChunk", chunk, at)]


def grown(body: Json, chunks: list[Json], display: str) -> Json:
    """The message's body with the chunks added; `display` is `timeline` or `plan`."""
    blocks = [dict(block) for block in body.get("blocks") or []]
    text = body["text"]
    for chunk in chunks:
        if chunk["type"] == "markdown_text":
            text += chunk["text"]
            _add_text(blocks, chunk["text"])
        elif chunk["type"] == "blocks":
            blocks += with_block_ids(chunk["blocks"])
        elif chunk["type"] == "plan_update":
            _retitle(blocks, chunk["title"], display)
        else:
            _add_task(blocks, chunk, display)
    return body | {"text": text, "blocks": blocks}


def is_too_many(body: Json) -> bool:
    """Whether Slack would refuse so many blocks and tasks in one stream."""
    return sum(max(1, len(block.get("tasks", []))) for block in body["blocks"]) > MOST_BLOCKS


def is_too_long(body: Json) -> bool:
    """Whether Slack would refuse so long a stream."""
    return bool(body["text"]) and sum(map(_weight, body["blocks"])) > MOST_BYTES


def _faults(chunk: Any, at: str) -> Iterator[str]:
    kind = chunk.get("type") if isinstance(chunk, dict) else None
    if not isinstance(kind, str) or kind not in _CHECKS:
        yield f"unsupported chunk type: {kind} [json-pointer:{at}/type]"
    else:
        yield from _CHECKS[kind](chunk, at)


def _text_faults(chunk: Json, at: str) -> Iterator[str]:
    yield from words(chunk, "text", rules.MARKDOWN_TEXT, at)


def _plan_faults(chunk: Json, at: str) -> Iterator[str]:
    yield from words(chunk, "title", LONGEST_FIELD, at)


def _task_faults(chunk: Json, at: str) -> Iterator[str]:
    yield from words(chunk, "id", LONGEST_FIELD, at)
    yield from words(chunk, "title", LONGEST_FIELD, at)
    if chunk.get("status") not in TASK_STATUSES:
        yield f"must be a valid enum value [json-pointer:{at}/status]"
    for name in ("details", "output"):
        if chunk.get(name) is not None:
            yield from words(chunk, name, LONGEST_FIELD, at)
    if chunk.get("sources") is not None:
        yield from counted(chunk, "sources", 0, None, at, source_faults)


def _blocks_faults(chunk: Json, at: str) -> Iterator[str]:
    yield from counted(chunk, "blocks", 0, None, at)


_CHECKS: Final[dict[str, Callable[[Json, str], Iterator[str]]]] = {
    "markdown_text": _text_faults,
    "task_update": _task_faults,
    "plan_update": _plan_faults,
    "blocks": _blocks_faults,
}


def _add_text(blocks: list[Json], text: str) -> None:
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1]["text"] += text
    else:
        blocks += with_block_ids([{"type": "markdown", "text": text}])


def _retitle(blocks: list[Json], title: str, display: str) -> None:
    if display == "plan":
        _plan(blocks, title)["title"] = title


def _add_task(blocks: list[Json], chunk: Json, display: str) -> None:
    if display == "plan":
        plan = _plan(blocks, chunk["title"])
        plan["tasks"] = tasks = list(plan.get("tasks", []))
    else:
        tasks = blocks
    place = next((n for n, task in enumerate(tasks) if task.get("task_id") == chunk["id"]), None)
    if place is not None:
        tasks[place] = _task(chunk, tasks[place])
    else:
        tasks += [_task(chunk, {})] if display == "plan" else with_block_ids([_task(chunk, {})])


def _plan(blocks: list[Json], title: str) -> Json:
    """The stream's plan, begun where it is first spoken of."""
    found = next((block for block in blocks if block["type"] == "plan"), None)
    if found is None:
        blocks += with_block_ids([{"type": "plan", "title": title, "tasks": []}])
        return blocks[-1]
    return found


def _task(chunk: Json, before: Json) -> Json:
    """A chunk replaces its task's title and status, and adds to its details, output and sources."""
    task = before | {key: chunk[key] for key in ("title", "status")} | {"type": "task_card", "task_id": chunk["id"]}
    for name in ("details", "output"):
        if chunk.get(name):
            task[name] = _rich(all_text(before.get(name)) + chunk[name])
    known = before.get("sources", [])
    new = [source for source in chunk.get("sources") or [] if source not in known]
    return task | ({"sources": known + new} if known or new else {})


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _weight(block: Json) -> int:
    if block["type"] == "markdown":
        return len(block["text"].encode())
    if block["type"] == "plan":
        return len(block["title"].encode()) + sum(map(_weight, block.get("tasks", [])))
    if "task_id" not in block:
        return rules.text_length(block)
    twice = all_text(block.get("details")) + all_text(block.get("output"))
    return len(block["title"].encode()) + 2 * len(twice.encode())
