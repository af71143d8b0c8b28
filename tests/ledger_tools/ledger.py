"""A small system with one book: each entry is a line of a file, with the key under which it was written."""

import json
import os
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from bot import Done, NotDone, RunContext, ToolError, Unsure, tool

Behaviour = Literal["ok", "decline", "break", "hang before", "hang after", "break after"]


def _book() -> Path:
    return Path(os.environ["LEDGER"])


def _entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _book().read_text().splitlines()] if _book().exists() else []


def _wait(sign: str, text: str) -> None:
    """Say that we are here, and stay for as long as the test has not taken the sign away."""
    file = _book().with_name(f"ledger {sign} {text}")
    file.touch()
    while file.exists():
        time.sleep(0.02)


def _write(ctx: RunContext, text: str, behaviour: Behaviour) -> dict[str, Any]:
    if behaviour == "decline":
        raise ToolError("the book is closed")
    if behaviour == "break":
        raise RuntimeError("the pen broke before writing")
    if behaviour == "hang before":
        _wait(behaviour, text)
    with _book().open("a") as file:
        file.write(json.dumps({"key": ctx.idempotency_key, "text": text}) + "\n")
    if behaviour == "hang after":
        _wait(behaviour, text)
    if behaviour == "break after":
        raise RuntimeError("the pen broke after writing")
    return {"reference": f"E-{len(_entries())}", "summary": f"“{text}” is in the book"}


@tool(timeout=5, examples=["Write 'hello' into the book", "Écris « bonjour » dans le livre"])
def write_entry(ctx: RunContext, text: str, behaviour: Behaviour = "ok") -> dict[str, Any]:
    """Write a line into the book.

    Args:
        text: The line.
        behaviour: How the pen behaves.
    """
    return _write(ctx, text, behaviour)


@write_entry.preview
def _preview(ctx: RunContext, text: str, behaviour: Behaviour) -> dict[str, Any]:
    return {"line": len(_entries()) + 1}


@write_entry.reconcile
def _reconcile(ctx: RunContext, key: str) -> Done | NotDone:
    found = [entry for entry in _entries() if entry["key"] == key]
    return Done({"reference": "E", "summary": f"“{found[0]['text']}” is in the book"}) if found else NotDone()


@write_entry.undo(within=3600)
def _undo(ctx: RunContext, receipt: dict[str, Any]) -> dict[str, Any]:
    kept = [entry for entry in _entries() if f"“{entry['text']}”" not in receipt["summary"]]
    if len(kept) == len(_entries()):
        raise ToolError("the line is gone already")
    _book().write_text("".join(json.dumps(entry) + "\n" for entry in kept))
    return {"summary": "the line is crossed out"}


@tool(timeout=5)
def write_blindly(ctx: RunContext, text: str, behaviour: Behaviour = "ok") -> dict[str, Any]:
    """Write a line into a book that cannot be looked up."""
    return _write(ctx, text, behaviour)


@tool(timeout=1)
def write_shelved(ctx: RunContext, text: str) -> dict[str, Any]:
    """Write a line into a book that cannot be looked up until it is open."""
    return _write(ctx, text, "break after")


@write_shelved.reconcile
def _look(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    if not _book().with_name("ledger is open").exists():
        return Unsure("the book is on the shelf")
    found: Done | NotDone = _reconcile(ctx, key)
    return found


@tool
def write_on_page(ctx: RunContext, text: str) -> dict[str, Any]:
    """Write a line, on the page that was open when it was proposed; the reply to a smudge is lost."""
    return _write(ctx, text, "break after" if text == "smudge" else "ok")


@write_on_page.witness
def _page(ctx: RunContext, text: str) -> dict[str, Any]:
    file = _book().with_suffix(".page")
    return {"page": file.read_text() if file.exists() else "1"}


@write_on_page.reconcile
def _on_page(ctx: RunContext, key: str) -> Done:
    return Done({"reference": key, "summary": f"written on page {ctx.witness['page']}"})


@tool
def pay(ctx: RunContext, payee: str, amount: Decimal, due: date | None = None, urgent: bool = False) -> dict[str, Any]:
    """Write a payment into the book.

    Args:
        payee: Who gets the money.
        amount: In euros.
        due: The day of the payment.
        urgent: Whether it goes out today.
    """
    return _write(ctx, f"{payee} {amount}", "ok")


@pay.preview
def _balance(ctx: RunContext, payee: str, amount: Decimal, due: date | None, urgent: bool) -> dict[str, Any]:
    return {"balance": {"before": "1000.00", "after": str(Decimal("1000.00") - amount)}}


@tool(destructive=True)
def burn_book(ctx: RunContext, reason: str) -> dict[str, Any]:
    """Burn the whole book."""
    return _write(ctx, f"burnt: {reason}", "ok")


@tool(read_only=True)
def count_entries(ctx: RunContext) -> dict[str, Any]:
    """How many lines the book has."""
    return {"summary": f"{len(_entries())} lines", "lines": len(_entries())}


@tool(read_only=True)
def read_broken(ctx: RunContext) -> dict[str, Any]:
    """Read from a shelf that collapses."""
    raise KeyError("shelf")


@tool
def write_unasked(ctx: RunContext, text: str) -> dict[str, Any]:
    """Write a line that no rule speaks of."""
    return _write(ctx, text, "ok")


@tool(timeout=1)
def write_late(ctx: RunContext, text: str) -> dict[str, Any]:
    """Write a line slower than the tool is given time for."""
    time.sleep(2.5)
    return _write(ctx, text, "ok")


@write_late.reconcile
def _reconcile_late(ctx: RunContext, key: str) -> Done | NotDone:
    found: Done | NotDone = _reconcile(ctx, key)
    return found


@tool
def write_freely(ctx: RunContext, text: str, behaviour: Behaviour = "ok") -> dict[str, Any]:
    """Write a line; a rule allows it without asking."""
    return _write(ctx, text, behaviour)
