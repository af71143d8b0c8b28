"""Cancels a draft that we created, while it is still as we left it; Tryton keeps it as cancelled, so a trace stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from _words import Words

from bot import ToolError

from .records import Kind, Row, moved_on, named, nothing, stamps
from .rpc import Tryton


async def cancel(erp: Tryton, kind: Kind, receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Cancel the draft that a receipt names; the receipt of that comes back.

    Raises `ToolError` when it is gone, no draft any more, or not as we left it: then nothing was done.
    """
    record, reference = _meant(erp.say, receipt)
    row = await _found(erp, kind, record, reference)
    if row["state"] != "draft":
        raise ToolError(moved_on(erp.say, kind, row))
    if not _untouched(kind, row):
        raise _changed(erp.say, kind, row)
    # the stamps go along, so that Tryton itself refuses when what it is to write has changed since we looked
    await erp.write(f"model.{kind.model}.cancel", [record], _timestamp=stamps(kind, row))
    french = f"{kind.noun[0]} (fiche {record}), qui reste dans l'ERP à l'état annulé."
    english = f"{kind.noun[1]} (record {record}), which stays in the ERP as cancelled."
    summary = erp.say.colon(erp.say("Brouillon annulé", "Draft cancelled")) + erp.say(french, english)
    return {"reference": reference, "record": record, "state": "cancelled", "summary": summary}


def _meant(say: Words, receipt: Mapping[str, Any]) -> tuple[int, str]:
    match receipt:
        case {"record": int(record), "reference": str(reference)}:
            return record, reference
    # such as a person's word in place of a receipt
    french = "le reçu ne dit pas quelle fiche a été créée"
    raise ToolError(nothing(say, french, "the receipt does not say which record was created"))


async def _found(erp: Tryton, kind: Kind, record: int, reference: str) -> Row:
    """By both: a record's number alone may mean another one, in a database that was restored or made anew."""
    domain = [["id", "=", record], ["reference", "=", reference]]
    rows = await erp.search(kind.model, domain, kind.fields)
    if not rows:
        french = f"l'ERP n'a plus de {kind.noun[0]} (fiche {record}) portant la référence {reference}"
        english = f"the ERP no longer has a {kind.noun[1]} (record {record}) with the reference {reference}"
        raise ToolError(nothing(erp.say, french, english))
    found: Row = rows[0]
    return found


def _untouched(kind: Kind, row: Row) -> bool:
    """Whether record and lines all date from one transaction, the one that created it."""
    return row["write_date"] in (None, row["create_date"]) and len(set(stamps(kind, row).values())) == 1


def _changed(say: Words, kind: Kind, row: Row) -> ToolError:
    record = named(say, kind, row)
    french = f"{record} a été modifié dans l'ERP depuis sa création"
    refused = nothing(say, french, f"{record} was changed in the ERP after it was created")
    return ToolError(refused + say(" ; à annuler là-bas s'il est de trop", "; cancel it there if it is not wanted"))
