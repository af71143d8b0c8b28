"""Cancels a draft that we created, while it is still as we left it; Tryton keeps it as cancelled, so a trace stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from _words import Words

from bot import ToolError

from .rpc import Tryton

Phrase = tuple[str, str]  # French, English


@dataclass(frozen=True)
class Kind:
    """A kind of record as Tryton and as people know it. `lines`: field → model; `states`: what each means for people."""

    model: str
    lines: Mapping[str, str]
    noun: Phrase
    the: Phrase  # the noun as a sentence begins with it
    states: Mapping[str, Phrase]


PRODUCTION = Kind(
    "production",
    {"inputs": "stock.move", "outputs": "stock.move"},
    ("ordre de fabrication", "production order"),
    ("l'ordre de fabrication", "the production order"),
    {
        "waiting": ("en attente de ses composants", "waiting for its parts"),
        "assigned": ("pourvu de ses composants", "supplied with its parts"),
        "running": ("en cours", "running"),
        "done": ("terminé", "done"),
        "cancelled": ("annulé", "cancelled"),
    },
)
QUOTATION = Kind(
    "sale.sale",
    {"lines": "sale.line"},
    ("devis", "quotation"),
    ("le devis", "the quotation"),
    {
        "quotation": ("émis", "issued"),
        "confirmed": ("confirmé", "confirmed"),
        "processing": ("une commande en cours", "an order in progress"),
        "done": ("une commande terminée", "an order that is done"),
        "cancelled": ("annulé", "cancelled"),
    },
)


async def cancel(erp: Tryton, kind: Kind, receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Cancel the draft that a receipt names; the receipt of that comes back.

    Raises `ToolError` when it is gone, no draft any more, or not as we left it: then nothing was done.
    """
    record, reference = _meant(erp.say, receipt)
    row = await _found(erp, kind, record, reference)
    if row["state"] != "draft":
        raise _moved_on(erp.say, kind, row)
    if not _untouched(kind, row):
        raise _changed(erp.say, kind, row)
    # the stamps go along, so that Tryton itself refuses when what it is to write has changed since we looked
    await erp.write(f"model.{kind.model}.cancel", [record], _timestamp=_stamps(kind, row))
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
    raise ToolError(_nothing(say, french, "the receipt does not say which record was created"))


async def _found(erp: Tryton, kind: Kind, record: int, reference: str) -> Mapping[str, Any]:
    """By both: a record's number alone may mean another one, in a database that was restored or made anew."""
    domain = [["id", "=", record], ["reference", "=", reference]]
    stamps = [f"{field}._timestamp" for field in kind.lines]
    fields = ["number", "state", "create_date", "write_date", "_timestamp", *stamps]
    rows = await erp.search(kind.model, domain, fields)
    if not rows:
        french = f"l'ERP n'a plus de {kind.noun[0]} (fiche {record}) portant la référence {reference}"
        english = f"the ERP no longer has a {kind.noun[1]} (record {record}) with the reference {reference}"
        raise ToolError(_nothing(erp.say, french, english))
    found: Mapping[str, Any] = rows[0]
    return found


def _untouched(kind: Kind, row: Mapping[str, Any]) -> bool:
    """Whether record and lines all date from one transaction, the one that created it."""
    return row["write_date"] in (None, row["create_date"]) and len(set(_stamps(kind, row).values())) == 1


def _stamps(kind: Kind, row: Mapping[str, Any]) -> dict[str, str]:
    """The version of the record and of each of its lines, as Tryton compares them before it writes."""
    stamps = {f"{kind.model},{row['id']}": row["_timestamp"]}
    for field, model in kind.lines.items():
        stamps |= {f"{model},{line['id']}": line["_timestamp"] for line in row[f"{field}."]}
    return stamps


def _moved_on(say: Words, kind: Kind, row: Mapping[str, Any]) -> ToolError:
    state = row["state"]
    known = kind.states.get(state, (f"dans l'état « {state} »", f"in the state '{state}'"))
    named = _named(say, kind, row)
    return ToolError(_nothing(say, f"{named} est déjà {known[0]}", f"{named} is already {known[1]}"))


def _changed(say: Words, kind: Kind, row: Mapping[str, Any]) -> ToolError:
    named = _named(say, kind, row)
    french = f"{named} a été modifié dans l'ERP depuis sa création"
    refused = _nothing(say, french, f"{named} was changed in the ERP after it was created")
    return ToolError(refused + say(" ; à annuler là-bas s'il est de trop", "; cancel it there if it is not wanted"))


def _named(say: Words, kind: Kind, row: Mapping[str, Any]) -> str:
    """The record by its number; drafts have none yet in Tryton."""
    number, record = row["number"], row["id"]
    if number:
        return say(f"{kind.the[0]} n° {number}", f"{kind.the[1]} no. {number}")
    return say(f"{kind.the[0]} (fiche {record})", f"{kind.the[1]} (record {record})")


def _nothing(say: Words, french: str, english: str) -> str:
    return say(f"{french} : rien n'a été fait", f"{english}: nothing was done")
