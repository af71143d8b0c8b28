"""A small system with one book: each entry is a line of a file, with its key and the moment at which it was written."""

import json
import os
import time
from pathlib import Path
from typing import Any, Literal

from bot import Done, NotDone, RunContext, tool

Pen = Literal["good", "breaks before", "breaks after"]


def _book() -> Path:
    return Path(os.environ["LEDGER"])


def _write(ctx: RunContext, text: str, pen: Pen) -> dict[str, Any]:
    if pen == "breaks before":
        raise RuntimeError("the pen broke before writing")
    _append(ctx, text=text)
    if pen == "breaks after":
        raise RuntimeError("the pen broke after writing")
    return _receipt(text)


def _append(ctx: RunContext, **line: Any) -> None:
    with _book().open("a") as file:
        file.write(json.dumps({"key": ctx.idempotency_key, "at": time.time(), **line}) + "\n")


def _receipt(text: str) -> dict[str, Any]:
    return {"summary": f"“{text}” is in the book"}


def _look_up(key: str) -> Done | NotDone:
    lines = [json.loads(line) for line in _book().read_text().splitlines()] if _book().exists() else []
    found = [line["text"] for line in lines if line["key"] == key]
    return Done(_receipt(found[0]) | {"reference": key}) if found else NotDone()


@tool(read_only=True)
def read_book(ctx: RunContext) -> dict[str, Any]:
    """Read what the book says."""
    lines = _book().read_text().splitlines() if _book().exists() else []
    return {"summary": f"{len(lines)} lines", "lines": lines}


@tool(timeout=1)
def write_entry(ctx: RunContext, text: str, pen: Pen = "good") -> dict[str, Any]:
    """Write a line into the book.

    Args:
        text: The line.
        pen: How the pen behaves.
    """
    return _write(ctx, text, pen)


@write_entry.reconcile
def _find(ctx: RunContext, key: str) -> Done | NotDone:
    return _look_up(key)


@tool(timeout=1)
def write_blindly(ctx: RunContext, text: str, pen: Pen = "good") -> dict[str, Any]:
    """Write a line into a book that cannot be looked up.

    Args:
        text: The line.
        pen: How the pen behaves.
    """
    return _write(ctx, text, pen)


@tool(timeout=1)
def write_in_stone(ctx: RunContext, text: str, pen: Pen = "good") -> dict[str, Any]:
    """Carve a line, which takes two people.

    Args:
        text: The line.
        pen: How the chisel behaves.
    """
    return _write(ctx, text, pen)


@write_in_stone.reconcile
def _find_in_stone(ctx: RunContext, key: str) -> Done | NotDone:
    return _look_up(key)


@tool(timeout=1)
def write_in_pencil(ctx: RunContext, text: str, pen: Pen = "good") -> dict[str, Any]:
    """Write a line that can be erased.

    Args:
        text: The line.
        pen: How the pencil behaves.
    """
    return _write(ctx, text, pen) | {"reference": ctx.idempotency_key}


@write_in_pencil.reconcile
def _find_in_pencil(ctx: RunContext, key: str) -> Done | NotDone:
    return _look_up(key)


@write_in_pencil.undo
def _erase(ctx: RunContext, receipt: dict[str, Any]) -> dict[str, Any]:
    _append(ctx, erases=receipt["reference"])
    return {"summary": "the line is erased"}
