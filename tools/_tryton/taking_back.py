"""Takes back what a deed did, by the buttons that lead back, while nobody has worked on the record since.

Also gives a tool of one deed what stands beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from _proposals import key_of
from _words import Words

from bot import Done, NotDone, RunContext, ToolError, Unsure

from . import records
from .conditions import Result
from .deeds import Deed, Trace, after, find, press, settle, trace, witness
from .records import Kind, Row
from .rpc import Tryton


def complete(tool: Any, deed: Deed) -> None:
    """What stands beside a tool of one deed besides its card: the facts, the look-up, and the way back where there is one."""

    async def facts(ctx: RunContext, **record: str) -> Result:
        (text,) = record.values()
        return witness(deed, await find(Tryton(ctx), deed, text))

    async def look_up(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
        return await settle(ctx, deed, key)

    async def undo(ctx: RunContext, receipt: Result) -> Result:
        return await take_back(ctx, deed, receipt)

    tool.witness(facts)
    tool.reconcile(look_up)
    if deed.back:
        tool.undo(undo)


async def take_back(ctx: RunContext, deed: Deed, receipt: Mapping[str, Any]) -> Result:
    """Bring a record back to the state from which a deed took it; the receipt of that comes back.

    Raises `ToolError` when it is gone, has gone further, or was changed since: then nothing was done.
    """
    erp = Tryton(ctx)
    key_of(erp.say, ctx)
    record, reference, before = _meant(erp.say, receipt)
    row = await found(erp, deed.kind, record)
    if (buttons := deed.back.get((before, row["state"]))) is None:
        raise ToolError(records.moved_on(erp.say, deed.kind, row))
    left = await trace(ctx, deed.kind, record, reference, deed.name, "button", deed.buttons[before])
    if not isinstance(left, Trace) or newest(deed.kind, row) > left.last:
        raise changed(erp.say, deed.kind, row)
    refusal = await press(ctx, deed.kind, row, buttons)
    return _receipt(Tryton(ctx).say, deed, reference, await after(Tryton(ctx), deed.kind, record, ()), refusal)


def _meant(say: Words, receipt: Mapping[str, Any]) -> tuple[int, str, str]:
    match receipt:
        case {"record": int(record), "reference": str(reference), "before": str(before)}:
            return record, reference, before
    raise unnamed(say)


def unnamed(say: Words) -> ToolError:
    """For what is no receipt of ours, such as a person's word in place of one."""
    french = "le reçu ne dit pas quelle fiche a été changée"
    return ToolError(records.nothing(say, french, "the receipt does not say which record was changed"))


async def found(erp: Tryton, kind: Kind, record: int) -> Row:
    rows = await erp.search(kind.model, [["id", "=", record]], kind.fields)
    if not rows:
        french = f"l'ERP n'a plus de {kind.noun[0]} (fiche {record})"
        raise ToolError(records.nothing(erp.say, french, f"the ERP no longer has a {kind.noun[1]} (record {record})"))
    row: Row = rows[0]
    return row


def newest(kind: Kind, row: Row) -> dt.datetime:
    """When the record or one of its lines was written last."""
    return max(_written(kind, row))


def _written(kind: Kind, row: Row) -> Iterator[dt.datetime]:
    for one in (row, *(line for field in kind.lines for line in row[f"{field}."])):
        at: dt.datetime = one["write_date"] or one["create_date"]
        yield at


def changed(say: Words, kind: Kind, row: Row) -> ToolError:
    name = records.named(say, kind, row)
    french = f"{name} a été modifié dans l'ERP depuis"
    return ToolError(records.nothing(say, french, f"{name} was changed in the ERP since"))


def _receipt(say: Words, deed: Deed, reference: str, row: Row, refusal: str) -> Result:
    name, now = records.named(say, deed.kind, row), records.state(say, deed.kind, row)
    text = say(f"{name} est de nouveau {now}", f"{name} is {now} again")
    summary = f"{text[0].upper()}{text[1:]}{f' ({refusal})' if refusal else ''}."
    return {"reference": reference, "record": row["id"], "state": row["state"], "summary": summary}
