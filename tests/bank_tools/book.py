"""A small bank: what files it was given lies in the ledger, one line a file; and there is much to read."""

import base64
import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot import File, RunContext, ToolError, tool


def _write(ctx: RunContext, *files: File) -> None:
    with Path(os.environ["LEDGER"]).open("a") as ledger:
        for file in files:
            told = {"id": file.id, "name": file.name, "type": file.type, "size": file.size, "sha256": file.sha256}
            line = {**told, "content": base64.b64encode(file.content).decode(), "key": ctx.idempotency_key}
            ledger.write(json.dumps({"text": line}) + "\n")


@tool(
    titles={"fr": "Importer un relevé", "en": "Import a statement"},
    examples=["Importe le relevé banque.csv", "Import the statement bank.csv"],
)
def import_statement(ctx: RunContext, statement: File, note: str = "") -> dict[str, Any]:
    """Import a bank statement.

    Args:
        statement: The statement, as CSV.
        note: What to know about it.
    """
    _write(ctx, statement)
    return {"summary": f"{statement.name}: {len(_rows(statement))} rows are in the book"}


@import_statement.preview
def _preview(ctx: RunContext, statement: File, note: str) -> dict[str, Any]:
    return {"rows": len(_rows(statement))}


@import_statement.witness
def _witness(ctx: RunContext, statement: File, note: str) -> dict[str, Any]:
    return {"booked": sum(row[1] == "booked" for row in _rows(statement))}


class Claim(BaseModel):
    """A claim with its papers."""

    about: str
    papers: list[File]


@tool
async def file_claim(ctx: RunContext, claim: Claim, letter: File | None = None) -> dict[str, Any]:
    """Send a claim to the insurance."""
    _write(ctx, *claim.papers, *filter(None, [letter]))
    return {"summary": f"{len(claim.papers)} papers sent"}


@tool(read_only=True)
def first_line(ctx: RunContext, file: File) -> str:
    """Read the first line of a file."""
    return file.content.decode().splitlines()[0]


@tool(read_only=True, system="archive", titles={"fr": "Mouvements", "en": "Movements"})
def list_movements(ctx: RunContext, account: str) -> dict[str, Any]:
    """List the movements of an account."""
    return {"movements": [{"number": number, "text": "x" * 50} for number in range(312)]}


def _rows(file: File) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(file.content.decode()), delimiter=";"))
    except UnicodeDecodeError as error:
        raise ToolError(f"{file.name} is no text") from error
