"""Moves a record from state to state as its form's buttons do, and finds out afterwards what a call did.

Tryton has no key for a button, but it logs who pressed what and when in the same transaction. So a note with our key
goes onto the record before the first button: a press by our user after that note, and after no other note of the same
deed, is this call's. The note also tells the ERP's people which decision stands behind it; when the button is then
refused, the note is all that stays.

Tryton asks its "are you sure?" only when a button is pressed, so a card cannot foresee it: the call is refused then, and
quotes it. When the first of several buttons was pressed, the receipt says how far it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from _proposals import key_of, unchanged
from _words import Words

from bot import Done, NotDone, RunContext, ToolError, Unsure

from . import conditions, records
from .conditions import SETTLES, Result
from .records import Kind, Phrase, Row
from .rpc import Tryton, Unclear

MATCHED = dt.timedelta(minutes=10)  # a press so long after a note is of another call

Facts = Callable[[Row], Result]


@dataclass(frozen=True)
class Deed:
    """What one approval does to one record.

    `name` stands in the note, and never changes; `buttons`: state before → what is pressed, in this order; `facts`:
    what of the record was decided on, as plain values; `tell`: the record as it is when it is done; `back`: (state
    before, state now) → the buttons that take it back, none when nothing does.
    """

    name: str
    kind: Kind
    did: Phrase  # begins the sentence when it is done
    buttons: Mapping[str, Sequence[str]]
    fields: Sequence[str]
    facts: Facts
    tell: Callable[[Words, Row], str]
    back: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """What the log says of a call: the buttons that it pressed, and when the last one was."""

    buttons: Sequence[str]
    last: dt.datetime


async def find(erp: Tryton, deed: Deed, text: str) -> Row:
    return await records.meant(erp, deed.kind, text, deed.buttons, deed.fields)


def witness(deed: Deed, row: Row) -> Result:
    stamps = records.stamps(deed.kind, row)
    return {"_record": row["id"], "_state": row["state"], "_before": _before(row), "_stamps": stamps, **deed.facts(row)}


def _before(row: Row) -> str:
    """The state to go back to; what somebody had reserved in part before, no button brings back."""
    return "partly reserved" if row.get("partially_assigned") else str(row["state"])


async def do(ctx: RunContext, deed: Deed, text: str) -> Result:
    """Press the buttons on the record that was shown; its receipt says how far it came.

    Raises `ToolError` when the first was refused: a later one that is refused ends it, and stands in the receipt.
    """
    erp = Tryton(ctx)
    key = key_of(erp.say, ctx)
    row = await find(erp, deed, text)
    unchanged(erp.say, conditions.ERP, ctx.witness, witness(deed, row))
    await mark(erp, deed.kind, row, key, deed.name, deed.did)
    refusal = await press(ctx, deed.kind, row, deed.buttons[row["state"]])
    return await _receipt(ctx, deed, key, row["id"], _before(row), refusal)


async def mark(erp: Tryton, kind: Kind, row: Row, key: str, name: str, did: Phrase) -> None:
    text = f"{_mark(key, name)}\n{erp.say(*did)} ({erp.say('décidé dans Baton', 'decided in Baton')})"
    await erp.write("model.ir.note.create", [{"resource": f"{kind.model},{row['id']}", "message": text}])


async def press(ctx: RunContext, kind: Kind, row: Row, buttons: Sequence[str]) -> str:
    """Press one after the other; why a later one was refused comes back, or nothing."""
    # the stamps go along, so that Tryton itself refuses when what it is to write has changed since we looked
    stamps = {"_timestamp": records.stamps(kind, row)}
    first, *others = buttons
    await Tryton(ctx).write(f"model.{kind.model}.{first}", [row["id"]], **stamps)
    for button in others:
        try:
            await Tryton(ctx).write(f"model.{kind.model}.{button}", [row["id"]])
        except ToolError as refused:
            return str(refused)
    return ""


async def settle(ctx: RunContext, deed: Deed, key: str) -> Done | NotDone | Unsure:
    """What became of the call with this key: the log says which buttons it pressed."""
    say = Tryton(ctx).say
    match ctx.witness:
        case {"_record": int(record), "_state": str(state), "_before": str(before)}:
            pass
        case _:
            return Unsure(say("la fiche n'est pas connue", "the record is not known"))
    wanted = deed.buttons[state]
    found = await trace(ctx, deed.kind, record, key, deed.name, "button", wanted)
    if not isinstance(found, Trace):
        return found
    refusal = ""
    if len(found.buttons) < len(wanted):
        if dt.datetime.now(dt.UTC).replace(tzinfo=None) - found.last < dt.timedelta(seconds=SETTLES):
            return Unsure(say("l'ERP y travaille peut-être encore", "the ERP may still be working on it"))
        refusal = say("l'appel a été interrompu", "the call was interrupted")
    return Done(await _receipt(ctx, deed, key, record, before, refusal))


async def trace(
    ctx: RunContext, kind: Kind, record: int, key: str, name: str, event: str, targets: Sequence[str]
) -> Trace | NotDone | Unsure:
    """What this call did to the record, by our note and by the log of our user."""
    erp, where = Tryton(ctx), [["resource", "=", f"{kind.model},{record}"]]
    notes = await erp.search("ir.note", where, ["message", "create_date", "create_uid"])
    of_deed = {_first_line(note): note for note in notes if _first_line(note).endswith(f": {name}")}
    ours = of_deed.get(_mark(key, name))
    if ours is None:
        return NotDone()
    domain = [*where, ["event", "=", event], ["user", "=", ours["create_uid"]], ["target", "in", list(targets)]]
    log = sorted(
        await erp.search("ir.model.log", domain, ["target", "create_date"]), key=lambda entry: int(entry["id"])
    )
    firsts = [entry["create_date"] for entry in log if entry["target"] == targets[0]]
    begun = next((at for at in firsts if at >= ours["create_date"]), None)
    if begun is None or begun - ours["create_date"] > MATCHED:
        return NotDone()
    since = max([at for at in firsts if at < begun], default=dt.datetime.min)
    rivals = [n for n in of_deed.values() if since < n["create_date"] <= begun <= n["create_date"] + MATCHED]
    if len(rivals) > 1:
        both = erp.say.listed(sorted(_first_line(note).split(":")[0] for note in rivals))
        french = f"{both} ont été décidés en même temps pour la même fiche : l'ERP ne dit pas lequel a été exécuté"
        return Unsure(
            erp.say(french, f"{both} were decided at once for one record: the ERP does not say which was done")
        )
    following = [at for at in firsts if at > begun]
    mine = [entry for entry in log if begun <= entry["create_date"] < min(following, default=dt.datetime.max)]
    return Trace([entry["target"] for entry in mine], mine[-1]["create_date"])


def _mark(key: str, name: str) -> str:
    return f"Baton {key}: {name}"


def _first_line(note: Row) -> str:
    return str(note["message"] or "").partition("\n")[0]


async def _receipt(ctx: RunContext, deed: Deed, key: str, record: int, before: str, refusal: str) -> Result:
    """Read after the deed: a failure to read leaves open what happened, and must not pass for a refusal."""
    erp = Tryton(ctx)
    row = await after(erp, deed.kind, record, deed.fields)
    told = deed.tell(erp.say, row)
    if refusal:
        head = erp.say("Inachevé", "Not finished")
        name = (
            f"{records.named(erp.say, deed.kind, row)} {erp.say('est', 'is')} {records.state(erp.say, deed.kind, row)}"
        )
        summary = f"{erp.say.colon(head)}{name} ({refusal})."
    else:
        summary = f"{erp.say.colon(erp.say(*deed.did))}{told}"
    known = {"number": row["number"], "state": row["state"], "before": before, "finished": not refusal}
    return {"reference": key, "record": record, "summary": summary, **known, **deed.facts(row)}


async def after(erp: Tryton, kind: Kind, record: int, fields: Sequence[str]) -> Row:
    """The record as it is after a write. Raises `Unclear` when it cannot be read."""
    read = list(dict.fromkeys([*kind.fields, *fields]))
    try:
        rows = await erp.search(kind.model, [["id", "=", record]], read)
    except ToolError as failed:
        raise Unclear(str(failed)) from failed
    if not rows:
        raise Unclear(f"{kind.model},{record} is gone")
    row: Row = rows[0]
    return row
