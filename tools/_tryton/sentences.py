"""What the tools answer, as one sentence a person can read by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from _words import Number, Words

from .cards import left
from .drafts import SaleDraft
from .goods import Product, Warehouse
from .plan import Plan, ToBuy


def stock(
    say: Words, item: Product, date: dt.date | None, figures: Mapping[str, Number], held: Mapping[Warehouse, Number]
) -> str:
    places = [say(f"{say.number(n)} à {w.town}", f"{say.number(n)} in {w.town}") for w, n in held.items() if n]
    inside = say(f"{say.number(figures['in_stock'])} en stock", f"{say.number(figures['in_stock'])} in stock")
    notes = [say.colon(inside) + ", ".join(places) if places else inside]
    if figures["promised"]:
        notes.append(say(f"{say.number(figures['promised'])} promis", f"{say.number(figures['promised'])} promised"))
    if figures["expected"]:
        notes.append(say.count(figures["expected"], "attendu", "expected", plural=False))
    when = say(f" au {say.day(date)}", f" on {say.day(date)}") if date else ""
    return f"{say.colon(item.label)}{_free(say, figures['free'])}{when} ({say.parts(notes)})."


def delivery(say: Words, item: Product, quantity: int, plan: Plan, possible: bool, earliest: dt.date | None) -> str:
    many, day = say.number(quantity), say.day(plan.day)
    free = _free(say, plan.free)
    parts = [
        say("possible" if possible else "impossible", "possible" if possible else "not possible"),
        f"{free}, {_making(say, plan)}" if plan.make else free,
        *(_lacking(say, part) for part in plan.buy),
        _earliest(say, earliest),
    ]
    asked = say(f"{many} {item.label} pour le {day}", f"{many} {item.label} by {day}")
    return f"{say.colon(asked)}{say.parts(parts)}."


def products(say: Words, found: Sequence[Product], currency: str) -> str:
    return _counted(say, ("produit", "product"), [_product(say, p, currency) for p in found])


def customers(say: Words, found: Mapping[str, str]) -> str:
    """`found`: name → town."""
    named = [f"{name} ({town})" if town else name for name, town in found.items()]
    return _counted(say, ("client", "customer"), named)


def sales(say: Words, found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return say("Aucune vente ouverte.", "No open sales.")
    head = say.count(len(found), "vente", "open sale") + say(" ouverte" + "s" * (len(found) > 1), "")
    return say.colon(head) + say.first([_sale(say, sale) for sale in found]) + "."


def production(
    say: Words, record: int, number: str | None, state: str, product: str, quantity: Number, date: dt.date
) -> str:
    made = _made(say, ("Ordre de fabrication", "Production order"), record, number, state)
    when = say(f"prévu le {say.day(date)}", f"planned for {say.day(date)}")
    return f"{made}{say.number(quantity)} × {product}, {when}."


def quotation(say: Words, sale: Mapping[str, Any]) -> str:
    made = _made(say, ("Devis", "Quotation"), sale["record"], sale["number"], sale["state"])
    lines = say.listed(f"{say.number(line['quantity'])} × {line['product']}" for line in sale["lines"])
    price = say.money(sale["amount"], sale["currency"])
    text = say(
        f"{lines} pour {sale['customer']}, {price} hors taxes", f"{lines} for {sale['customer']}, {price} before tax"
    )
    if sale["date"]:
        text += say(f", expédition le {say.day(sale['date'])}", f", shipping on {say.day(sale['date'])}")
    return f"{made}{text}."


def production_card(
    say: Words,
    item: Product,
    quantity: int,
    place: Warehouse,
    consumed: Mapping[str, tuple[float, float]],
    start: dt.date,
    ready: dt.date,
    today: dt.date,
) -> dict[str, Any]:
    """`consumed`: part → how many, and how many of them are free on the first day."""
    parts = [f"{say.number(n)} {part}" for part, (n, _) in consumed.items()]
    past = "" if start >= today else say(" (déjà passé)", " (already past)")
    return {
        say("Fabrique", "Makes"): f"{say.number(quantity)} × {item.label} ({item.name})",
        say("Consomme", "Consumes"): ", ".join(parts),
        **{say(f"{part} libres", f"{part} free"): left(say, n, free) for part, (n, free) in consumed.items()},
        say("Entrepôt", "Warehouse"): f"{place.code} ({place.name})",
        say("Début prévu", "Starts on"): say.day(start) + past,
        say("Prêt le", "Ready on"): say.day(ready),
    }


def quotation_card(
    say: Words, customer: str, town: str, item: Product, quantity: int, date: dt.date | None, draft: SaleDraft
) -> dict[str, str]:
    return {
        say("Client", "Customer"): f"{customer} ({town})" if town else customer,
        say("Ligne", "Line"): f"{say.number(quantity)} × {item.label} ({item.name})",
        say("Prix unitaire", "Unit price"): say.money(draft.unit_price, draft.currency),
        say("Total hors taxes", "Total before tax"): say.money(draft.amount, draft.currency),
        say("Expédition", "Shipping"): say.day(date) if date else say("sans date", "no date"),
    }


def _counted(say: Words, noun: tuple[str, str], items: Sequence[str]) -> str:
    return say.colon(say.count(len(items), *noun)) + say.first(items) + "."


def _free(say: Words, quantity: Number) -> str:
    return say.count(quantity, "libre", "free", plural=False)


def _making(say: Words, plan: Plan) -> str:
    first, *below = plan.make
    text = say(f"{say.number(first.quantity)} à fabriquer", f"{say.number(first.quantity)} to make")
    if below:
        parts = say.listed(f"{say.number(m.quantity)} {m.product.label}" for m in below)
        text += say(f" (avec {parts})", f" (with {parts})")
    return text


def _lacking(say: Words, part: ToBuy) -> str:
    short = f"{say.number(part.quantity)} {part.product.label}"
    offers = [
        f"{o.supplier} {say.count(o.days, 'jour', 'day')} {say('à', 'at')} {say.money(o.price, o.currency)}"
        for o in part.offers[:3]
    ]
    known = say.listed(offers, ("ou", "or")) if offers else say("aucun fournisseur", "no supplier")
    lack = "manquent" if part.quantity > 1 else "manque"
    return say(f"{lack} {short} ({known})", f"short of {short} ({known})")


def _earliest(say: Words, day: dt.date | None) -> str:
    if day is None:
        return say("impossible aussi plus tard avec ce que l'ERP connaît", "nor later with what the ERP knows")
    return say(f"au plus tôt le {say.day(day)}", f"at the earliest on {say.day(day)}")


def _made(say: Words, what: tuple[str, str], record: int, number: str | None, state: str) -> str:
    """A record by its number; drafts have none yet in Tryton, so by their record."""
    name = say(f"n° {number}", f"no. {number}") if number else say(f"(fiche {record})", f"(record {record})")
    if state == "draft":
        return say.colon(say(f"{what[0]} brouillon créé {name}", f"Draft {what[1].lower()} created {name}"))
    return say.colon(say(f"{what[0]} créé {name}, état {state}", f"{what[1]} created {name}, state {state}"))


def _sale(say: Words, sale: Mapping[str, Any]) -> str:
    name = say(f"n° {sale['number']}", f"no. {sale['number']}") if sale["number"] else say("brouillon", "draft")
    notes = [f"{say.number(line['quantity'])} {line['product']}" for line in sale["lines"]]
    if sale["date"]:
        notes.append(say(f"pour le {say.day(sale['date'])}", f"for {say.day(sale['date'])}"))
    if sale["state"] == "quotation":
        notes.append(say("devis", "quotation"))
    return f"{name} {sale['customer']} ({', '.join(notes)})"


def _product(say: Words, product: Product, currency: str) -> str:
    details = [product.name] if product.code else []
    if product.price:
        details.append(say.money(product.price, currency))
    if product.weight:
        details.append(f"{say.number(product.weight)}\u00a0kg")
    return f"{product.label} ({', '.join(details)})" if details else product.label
