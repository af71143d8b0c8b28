"""The kinds of record that Tryton moves through states, how people call one, and which one they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from _proposals import KEY
from _words import Words

from bot import NotDone, ToolError, Unsure

from .goods import literal, matching
from .rpc import Tryton

Phrase = tuple[str, str]  # French, English
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of record as Tryton and as people know it.

    `lines`: field → model; `states`: what each means for people; `whose`: the fields by which people call it as well.
    """

    model: str
    lines: Mapping[str, str]
    noun: Phrase
    the: Phrase  # the noun as a sentence begins with it
    states: Mapping[str, Phrase]
    whose: Sequence[str]

    @property
    def fields(self) -> list[str]:
        """What is needed to name a record, and to know whether it is still as it was."""
        dates = ("_timestamp", "create_date", "write_date")
        return ["number", "reference", "state", *self.whose, *dates, *(f"{f}.{d}" for f in self.lines for d in dates)]


PRODUCTION = Kind(
    "production",
    {"inputs": "stock.move", "outputs": "stock.move"},
    ("ordre de fabrication", "production order"),
    ("l'ordre de fabrication", "the production order"),
    {
        "draft": ("un brouillon", "a draft"),
        "waiting": ("en attente de ses composants", "waiting for its parts"),
        "assigned": ("pourvu de ses composants", "supplied with its parts"),
        "running": ("en cours", "running"),
        "done": ("terminé", "done"),
        "cancelled": ("annulé", "cancelled"),
    },
    ["product.code", "product.name"],
)
QUOTATION = Kind(
    "sale.sale",
    {"lines": "sale.line"},
    ("devis", "quotation"),
    ("le devis", "the quotation"),
    {
        "draft": ("un brouillon", "a draft"),
        "quotation": ("émis", "issued"),
        "confirmed": ("confirmé", "confirmed"),
        "processing": ("une commande en cours", "an order in progress"),
        "done": ("une commande terminée", "an order that is done"),
        "cancelled": ("annulé", "cancelled"),
    },
    ["party.name"],
)
PURCHASE = Kind(
    "purchase.purchase",
    {"lines": "purchase.line"},
    ("achat", "purchase"),
    ("l'achat", "the purchase"),
    {
        "draft": ("un brouillon", "a draft"),
        "quotation": ("une demande de prix", "a request for a price"),
        "confirmed": ("confirmé", "confirmed"),
        "processing": ("une commande en cours", "an order in progress"),
        "done": ("terminé", "done"),
        "cancelled": ("annulé", "cancelled"),
    },
    ["party.name"],
)
SHIPMENT = Kind(
    "stock.shipment.out",
    {"moves": "stock.move"},
    ("bon de livraison", "shipment"),
    ("le bon de livraison", "the shipment"),
    {
        "draft": ("un brouillon", "a draft"),
        "waiting": ("en attente de marchandise", "waiting for its goods"),
        "assigned": ("réservé", "reserved"),
        "picked": ("prélevé", "picked"),
        "packed": ("emballé", "packed"),
        "shipped": ("remis au transporteur", "with the carrier"),
        "done": ("parti", "gone"),
        "cancelled": ("annulé", "cancelled"),
    },
    ["customer.name"],
)


async def meant(erp: Tryton, kind: Kind, text: str, states: Iterable[str], fields: Sequence[str] = ()) -> Row:
    """The one record that is meant, in one of these states: by number, reference, record, or whose it is.

    Raises `ToolError` with those that could be, or with the state of one for which it is too early or too late.
    """
    wanted = list(states)
    read = list(dict.fromkeys([*kind.fields, *fields]))
    for domain in _domains(kind, text, wanted):
        if found := await erp.search(kind.model, domain, read):
            break
    else:
        known = await erp.search(kind.model, [["state", "in", wanted]], ["number", *kind.whose])
        raise _none(erp.say, kind, text, [label(erp.say, kind, row) for row in known])
    if len(found) > 1:
        raise _several(erp.say, kind, text, [label(erp.say, kind, row) for row in found])
    if found[0]["state"] not in wanted:
        raise ToolError(as_it_is(erp.say, kind, found[0]))
    row: Row = found[0]
    return row


async def unless_renamed(erp: Tryton, kind: Kind, party: int, product: int) -> NotDone | Unsure:
    """What it means that no record carries a key: people write the customer's or supplier's reference in its place."""
    domain = [["create_uid", "=", await erp.user()], ["party", "=", party], ["lines.product", "=", product]]
    for row in await erp.search(kind.model, domain, ["number", "reference"]):
        if not KEY.fullmatch(row["reference"] or ""):
            name = named(erp.say, kind, row)
            french, english = (
                "n'a plus la référence de Baton : est-ce cette fiche",
                "no longer has Baton's reference: is it this",
            )
            return Unsure(erp.say(f"{name} {french} ?", f"{name} {english}?"))
    return NotDone()


def _domains(kind: Kind, text: str, states: list[str]) -> Iterable[list[Any]]:
    """Ways to understand a text, surest first. A draft has no number: only its record, as our receipts name it."""
    words = re.findall(r"[^\s,;:()«»\"]+", text)
    record = re.search(r"(?:fiche|record)\D{0,3}(\d+)", text, re.IGNORECASE)
    if record:
        yield [["id", "=", int(record[1])]]
    yield ["OR", ["number", "in", words], ["reference", "ilike", literal(text.strip())], *_references(words)]
    if len(words) == 1 and words[0].isdigit() and len(words[0]) < 10:
        yield [["id", "=", int(words[0])], ["number", "=", None]]
    yield [["state", "in", states], *matching(text, *kind.whose)]


def _references(words: list[str]) -> list[Any]:
    """A reference within a sentence has a digit: `PO-88120`, `P-12`."""
    return [["reference", "ilike", literal(word)] for word in words if re.search(r"\d", word)]


def named(say: Words, kind: Kind, row: Row) -> str:
    """The record as a sentence begins with it; drafts have no number yet in Tryton."""
    return say(f"{kind.the[0]} {_sign(say, row)}", f"{kind.the[1]} {_sign(say, row)}")


def label(say: Words, kind: Kind, row: Row) -> str:
    """The record in a list, with whose it is."""
    whose = whom(kind, row)
    return f"{_sign(say, row).strip('()')} {whose}".strip()


def whom(kind: Kind, row: Row) -> str:
    """The customer, the supplier or the product; nothing when there is none."""
    owners = ((row[f"{path.split('.')[0]}."] or {}).get(path.split(".")[1]) for path in kind.whose)
    return next((str(owner) for owner in owners if owner), "")


def _sign(say: Words, row: Row) -> str:
    number, record = row["number"], row["id"]
    return say(f"n° {number}", f"no. {number}") if number else say(f"(fiche {record})", f"(record {record})")


def state(say: Words, kind: Kind, row: Row) -> str:
    known = row["state"]
    return say(*kind.states.get(known, (f"dans l'état « {known} »", f"in the state '{known}'")))


def as_it_is(say: Words, kind: Kind, row: Row) -> str:
    record, now = named(say, kind, row), state(say, kind, row)
    return nothing(say, f"{record} est {now}", f"{record} is {now}")


def moved_on(say: Words, kind: Kind, row: Row) -> str:
    record, now = named(say, kind, row), state(say, kind, row)
    return nothing(say, f"{record} est déjà {now}", f"{record} is already {now}")


def stamps(kind: Kind, row: Row) -> dict[str, str]:
    """The version of the record and of each of its lines, as Tryton compares them before it writes."""
    found = {f"{kind.model},{row['id']}": row["_timestamp"]}
    for field, model in kind.lines.items():
        found |= {f"{model},{line['id']}": line["_timestamp"] for line in row[f"{field}."]}
    return found


def nothing(say: Words, french: str, english: str) -> str:
    return say(f"{french} : rien n'a été fait", f"{english}: nothing was done")


def _none(say: Words, kind: Kind, text: str, known: Sequence[str]) -> ToolError:
    there = say.first(known) or say("aucun", "none")
    french = f"aucun {kind.noun[0]} ne correspond à « {text} » ; il y a : {there}"
    return ToolError(say(french, f"no {kind.noun[1]} matches '{text}'; there are: {there}"))


def _several(say: Words, kind: Kind, text: str, known: Sequence[str]) -> ToolError:
    there = say.first(known)
    french = f"plusieurs fiches ({kind.noun[0]}) correspondent à « {text} » : {there}"
    return ToolError(say(french, f"several records ({kind.noun[1]}) match '{text}': {there}"))
