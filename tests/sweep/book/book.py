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
    with _book().open("a") as file:
        file.write(json.dumps({"key": ctx.idempotency_key, "text": text, "at": time.time()}) + "\n")
    if pen == "breaks after":
        raise RuntimeError("the pen broke after writing")
    return {"summary": f"“{text}” is in the book"}


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
    lines = [json.loads(line) for line in _book().read_text().splitlines()] if _book().exists() else []
    found = [line["text"] for line in lines if line["key"] == key]
    return Done({"summary": f"“{found[0]}” is in the book"}) if found else NotDone()


@tool(timeout=1)
def write_blindly(ctx: RunContext, text: str, pen: Pen = "good") -> dict[str, Any]:
    """Write a line into a book that cannot be looked up.

    Args:
        text: The line.
        pen: How the pen behaves.
    """
    return _write(ctx, text, pen)
