"""What the lists of open records answer, as one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from _words import Words

Item = Mapping[str, Any]


def opportunities(say: Words, found: Sequence[Item]) -> str:
    return _listed(say, found, ("opportunité", "opportunity", "opportunities"), _opportunity)


def purchases(say: Words, found: Sequence[Item]) -> str:
    return _listed(say, found, ("achat", "purchase", "purchases"), _purchase)


def shipments(say: Words, found: Sequence[Item]) -> str:
    return _listed(say, found, ("bon de livraison", "shipment", "shipments"), _shipment)


def productions(say: Words, found: Sequence[Item]) -> str:
    return _listed(say, found, ("ordre de fabrication", "production order", "production orders"), _production)


def freight(say: Words, load: str, found: Sequence[Item]) -> str:
    """`load`: what is carried and its weight."""
    return say.colon(load) + say.parts(_price(say, carrier) for carrier in found) + "."


def _listed(say: Words, found: Sequence[Item], noun: tuple[str, str, str], told: Any) -> str:
    french, one, many = noun
    if not found:
        none = "Aucune" if french.startswith("opp") else "Aucun"
        return say(f"{none} {french} en cours.", f"No open {many}.")
    head, *rest = french.split(" ", 1)
    plural = " ".join([head + "s" * (len(found) > 1), *rest])
    count = say.number(len(found))
    text = say(f"{count} {plural} en cours", f"{count} open {many if len(found) > 1 else one}")
    return say.colon(text) + say.first([told(say, item) for item in found]) + "."


def sign(say: Words, item: Item) -> str:
    """A record by its number, or as a draft by its record."""
    if item["number"]:
        return say(f"n° {item['number']}", f"no. {item['number']}")
    return say(f"brouillon (fiche {item['record']})", f"draft (record {item['record']})")


def _goods(say: Words, lines: Sequence[Item]) -> list[str]:
    return [f"{say.number(line['quantity'])} {line['product']}" for line in lines]


def _opportunity(say: Words, item: Item) -> str:
    notes = _goods(say, item["lines"])
    if item["amount"] is not None:
        notes.append(say.money(item["amount"], item["currency"]))
    if item["probability"] is not None:
        notes.append(f"{say.number(item['probability'])}{say(chr(0xA0), '')}%")
    who = item["customer"] or say("sans client", "no customer")
    return f"{item['title']}, {who}" + (f" ({', '.join(notes)})" if notes else "")


def _purchase(say: Words, item: Item) -> str:
    notes = [*_goods(say, item["lines"]), say.money(item["amount"], item["currency"])]
    if item["date"]:
        notes.append(say(f"attendu le {say.day(item['date'])}", f"expected on {say.day(item['date'])}"))
    return f"{sign(say, item)} {item['supplier']} ({', '.join([*notes, item['stage']])})"


def _shipment(say: Words, item: Item) -> str:
    notes = [*_goods(say, item["lines"])]
    if item["date"]:
        notes.append(say(f"pour le {say.day(item['date'])}", f"for {say.day(item['date'])}"))
    return f"{sign(say, item)} {item['customer']} ({', '.join([*notes, item['stage']])})"


def _production(say: Words, item: Item) -> str:
    notes = [item["stage"]]
    if item["date"]:
        notes.insert(0, say(f"pour le {say.day(item['date'])}", f"for {say.day(item['date'])}"))
    return f"{sign(say, item)} {say.number(item['quantity'])} {item['product']} ({', '.join(notes)})"


def _price(say: Words, carrier: Item) -> str:
    known = carrier["price"] is not None
    price = say.money(carrier["price"], carrier["currency"]) if known else say("prix inconnu", "price not known")
    return f"{carrier['carrier']} ({carrier['service']}) {price}"
