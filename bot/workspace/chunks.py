"""The chunks of a stream: what Slack refuses in them, and how they add to what a message shows.

In `timeline` mode each task is a task_card among the texts, in `plan` mode all lie in one plan.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from . import rules
from .blocks import with_block_ids
from .company import Json
from .fields import all_text
from .published import typed_faults

LONGEST_FIELD: Final = 256
TASK_STATUSES: Final = ("pending", "in_progress", "complete", "error")
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
    yield from _field(chunk, "text", at, rules.MARKDOWN_TEXT)


def _plan_faults(chunk: Json, at: str) -> Iterator[str]:
    yield from _field(chunk, "title", at)


def _task_faults(chunk: Json, at: str) -> Iterator[str]:
    yield from _field(chunk, "id", at)
    yield from _field(chunk, "title", at)
    if chunk.get("status") not in TASK_STATUSES:
        yield f"status must be one of {', '.join(TASK_STATUSES)} [json-pointer:{at}/status]"
    for name in ("details", "output"):
        if chunk.get(name) is not None:
            yield from _field(chunk, name, at)
    sources = chunk.get("sources") or []
    if not isinstance(sources, list) or not all(map(_is_source, sources)):
        yield f"sources must be url elements with url and text [json-pointer:{at}/sources]"


def _blocks_faults(chunk: Json, at: str) -> Iterator[str]:
    if not isinstance(chunk.get("blocks"), list):
        yield f"blocks must be a list [json-pointer:{at}/blocks]"


def _field(chunk: Json, name: str, at: str, longest: int = LONGEST_FIELD) -> Iterator[str]:
    value = chunk.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        yield f"must have 1 to {longest} characters [json-pointer:{at}/{name}]"


def _is_source(source: Any) -> bool:
    if not isinstance(source, dict) or source.get("type") != "url":
        return False
    return all(isinstance(source.get(name), str) and source[name] for name in ("url", "text"))


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
