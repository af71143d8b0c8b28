"""Gives a draft quotation its carrier and its shipping day, and says what that freight costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from _proposals import key_of, unchanged
from _words import Words

from bot import Done, NotDone, RunContext, ToolError, Unsure

from . import cards, conditions, deeds, freight, records, sales, taking_back
from .conditions import Result
from .deeds import Trace
from .records import QUOTATION, Phrase, Row
from .rpc import Tryton

NAME = "plan quotation"
DID: Phrase = ("Devis modifié", "Quotation changed")


@dataclass(frozen=True)
class Wish:
    """What is to be written on a draft, field → value, and what stands there now."""

    row: Row
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    carrier: freight.Carrier | None


async def wish(ctx: RunContext, erp: Tryton, quotation: str, carrier: str, date: dt.date | None) -> Wish:
    """Raises `ToolError` when nothing is asked, the day has passed, or the carrier does not go there."""
    if not carrier.strip() and date is None:
        french = "donnez un transporteur, une date d'expédition, ou les deux"
        raise ToolError(erp.say(french, "give a carrier, a shipping date, or both"))
    conditions.not_past(erp.say, date, conditions.today(ctx))
    row = await records.meant(erp, QUOTATION, quotation, ["draft"], [*sales.DEED_FIELDS, "carrier"])
    chosen = await freight.carrier(erp, carrier, row["available_carriers"]) if carrier.strip() else None
    after: dict[str, Any] = {}
    if chosen:
        after["carrier"] = chosen.id
    if date:
        after["shipping_date"] = date
    before = {"carrier": row["carrier."]["id"] if row["carrier."] else None, "shipping_date": row["shipping_date"]}
    return Wish(row, {name: before[name] for name in after}, after, chosen)


def witness(wanted: Wish) -> Result:
    changes = {"_before": _plain(wanted.before), "_after": _plain(wanted.after)}
    stamps = records.stamps(QUOTATION, wanted.row)
    return {"_record": wanted.row["id"], "_stamps": stamps, **changes, **sales.facts(wanted.row)}


def card(say: Words, wanted: Wish) -> Result:
    row, shown = wanted.row, cards.sale(say, wanted.row)
    if wanted.carrier:
        name = f"{wanted.carrier.name} ({wanted.carrier.service})"
        shown[say("Transporteur", "Carrier")] = {"before": sales.carrier(row) or say("aucun", "none"), "after": name}
        shown |= _price(say, row, wanted.carrier)
    if day := wanted.after.get("shipping_date"):
        now = row["shipping_date"] or say("sans date", "no date")
        shown[say("Expédition", "Shipping")] = {"before": now, "after": day}
    return shown


async def freight_card(erp: Tryton, row: Row) -> Result:
    """What the ERP adds for the carrier when it issues the quotation."""
    if not row["carrier."]:
        return {}
    (chosen,) = await freight.carriers(erp, [row["carrier."]["id"]])
    return _price(erp.say, row, chosen)


def _price(say: Words, row: Row, carrier: freight.Carrier) -> Result:
    if row["shipment_cost_method"] != "order":
        return {}
    weight = freight.weight(sales.goods_lines(row))
    price = carrier.price(weight) if weight is not None else None
    if price is None or carrier.currency != row["currency."]["code"]:
        return {say("Port", "Freight"): say("à calculer par l'ERP", "for the ERP to reckon")}
    return cards.freight(say, row, price, carrier.currency)


async def plan(ctx: RunContext, quotation: str, carrier: str, date: dt.date | None) -> Result:
    erp = Tryton(ctx)
    key = key_of(erp.say, ctx)
    wanted = await wish(ctx, erp, quotation, carrier, date)
    unchanged(erp.say, conditions.ERP, ctx.witness, witness(wanted))
    await deeds.mark(erp, QUOTATION, wanted.row, key, NAME, DID)
    await _write(erp, wanted.row, wanted.after)
    changes = _plain(wanted.before), _plain(wanted.after)
    return await _receipt(ctx, key, wanted.row["id"], *changes)


async def settle(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    match ctx.witness:
        case {"_record": int(record), "_before": dict(before), "_after": dict(after)}:
            pass
        case _:
            return Unsure(Tryton(ctx).say("la fiche n'est pas connue", "the record is not known"))
    found = await deeds.trace(ctx, QUOTATION, record, key, NAME, "write", [_target(after)])
    return Done(await _receipt(ctx, key, record, before, after)) if isinstance(found, Trace) else found


async def take_back(ctx: RunContext, receipt: Mapping[str, Any]) -> Result:
    """Write back what stood there, while the draft is as we left it."""
    erp = Tryton(ctx)
    key_of(erp.say, ctx)
    match receipt:
        case {"record": int(record), "reference": str(key), "before": dict(before), "after": dict(after)}:
            pass
        case _:
            raise taking_back.unnamed(erp.say)
    row = await taking_back.found(erp, QUOTATION, record)
    if row["state"] != "draft":
        raise ToolError(records.moved_on(erp.say, QUOTATION, row))
    left = await deeds.trace(ctx, QUOTATION, record, key, NAME, "write", [_target(after)])
    if not isinstance(left, Trace) or taking_back.newest(QUOTATION, row) > left.last:
        raise taking_back.changed(erp.say, QUOTATION, row)
    await _write(erp, row, {name: _typed(name, value) for name, value in before.items()})
    return await _receipt(ctx, key, record, after, before)


async def _write(erp: Tryton, row: Row, values: Mapping[str, Any]) -> None:
    stamps = records.stamps(QUOTATION, row)
    await erp.write("model.sale.sale.write", [row["id"]], dict(values), _timestamp=stamps)


def _target(values: Mapping[str, Any]) -> str:
    """As Tryton's log names what was written."""
    return ",".join(sorted(values))


async def _receipt(
    ctx: RunContext, key: str, record: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Result:
    """Read after the write: a failure to read leaves open what happened."""
    erp = Tryton(ctx)
    row = await deeds.after(erp, QUOTATION, record, sales.DEED_FIELDS)
    say, sale = erp.say, sales.read(row)
    told = [records.label(say, QUOTATION, row)]
    if "carrier" in after:
        told.append(say.colon(say("transporteur", "carrier")) + (sales.carrier(row) or say("aucun", "none")))
    if "shipping_date" in after:
        day = say.day(sale["date"]) if sale["date"] else say("sans date", "no date")
        told.append(say.colon(say("expédition", "shipping")) + day)
    summary = f"{say.colon(say(*DID))}{', '.join(told)}."
    known = {"number": row["number"], "state": row["state"], "before": dict(before), "after": dict(after)}
    return {"reference": key, "record": record, "summary": summary, **known, **sales.facts(row)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}


def _typed(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name == "shipping_date" and value else value
