"""Which product, customer or warehouse a person means; who asks for one that is not there is told what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from _words import Words

from bot import ToolError

from . import goods
from .goods import Product, Warehouse
from .rpc import Tryton

PRODUCT, CUSTOMER, SUPPLIER = ("produit", "product"), ("client", "customer"), ("fournisseur", "supplier")


@dataclass(frozen=True)
class Customer:
    id: int
    name: str
    town: str


@dataclass(frozen=True)
class Supplier:
    id: int
    name: str


async def products(erp: Tryton, text: str) -> list[Product]:
    """By code when a word of the text is one, else those that contain all the words. Raises when there is none."""
    found = await _by_code(erp, text) or await goods.products(erp, goods.matching(text, "code", "name"))
    if not found:
        raise _unknown(erp.say, text, PRODUCT, [p.label for p in await goods.products(erp, [])])
    return found


async def product(erp: Tryton, text: str) -> Product:
    """The one product that is meant. Raises `ToolError` with those that could be."""
    found = await products(erp, text)
    same = [p for p in found if p.name.lower() == text.strip().lower()] or found
    if len(same) > 1:
        raise _ambiguous(erp.say, text, PRODUCT, [p.label for p in same])
    return same[0]


async def customers(erp: Tryton, text: str) -> list[Customer]:
    """Parties that match, but for our own company, our staff, and those who only supply or carry for us."""
    fields = ["name", "addresses.city"]
    rows = await erp.search("party.party", goods.matching(text, "name", "addresses.city"), fields, 200)
    ids = [row["id"] for row in rows]
    others: set[int] = set()
    for model in ("company.company", "company.employee", "purchase.product_supplier", "carrier"):
        others |= {row["party"] for row in await erp.search(model, [["party", "in", ids]], ["party"])}
    found = [Customer(row["id"], row["name"], _town(row)) for row in rows if row["id"] not in others]
    if not found:
        raise _unknown(erp.say, text, CUSTOMER, [c.name for c in await customers(erp, "")] if text else [])
    return sorted(found, key=lambda c: c.name)


async def customer(erp: Tryton, text: str) -> Customer:
    """The one customer that is meant. Raises `ToolError` with those that could be."""
    found = await customers(erp, text)
    same = [c for c in found if c.name.lower() == text.strip().lower()] or found
    if len(same) > 1:
        raise _ambiguous(erp.say, text, CUSTOMER, [c.name for c in same])
    return same[0]


async def supplier(erp: Tryton, text: str) -> Supplier:
    """The one supplier that is meant. Raises `ToolError` with those that could be."""
    rows = await erp.search("purchase.product_supplier", [], ["party", "party.name"])
    known = {row["party"]: Supplier(row["party"], row["party."]["name"]) for row in rows}
    domain = [["id", "in", list(known)], *goods.matching(text, "name")]
    found = [known[row["id"]] for row in await erp.search("party.party", domain, ["name"])]
    if not found:
        raise _unknown(erp.say, text, SUPPLIER, sorted(s.name for s in known.values()))
    same = [s for s in found if s.name.lower() == text.strip().lower()] or found
    if len(same) > 1:
        raise _ambiguous(erp.say, text, SUPPLIER, sorted(s.name for s in same))
    return same[0]


async def warehouse(erp: Tryton, code: str) -> Warehouse:
    known = {w.code: w for w in await goods.warehouses(erp)}
    if code not in known:
        raise _unknown(erp.say, code, ("entrepôt", "warehouse"), list(known))
    return known[code]


async def main_warehouse(erp: Tryton) -> Warehouse:
    return (await goods.warehouses(erp))[0]


async def _by_code(erp: Tryton, text: str) -> list[Product]:
    words = sorted({text.strip(), *text.split()} - {""})
    domain = ["OR", *(["code", "ilike", goods.literal(word)] for word in words)]
    return await goods.products(erp, [domain]) if words else []


def _town(row: Mapping[str, Any]) -> str:
    return next((a["city"] for a in row["addresses."] if a["city"]), "")


def _unknown(say: Words, text: str, noun: tuple[str, str], known: Sequence[str]) -> ToolError:
    there = say.first(known)
    french = f"aucun {noun[0]} ne correspond à « {text} » ; il y a : {there}"
    return ToolError(say(french, f"no {noun[1]} matches '{text}'; there are: {there}"))


def _ambiguous(say: Words, text: str, noun: tuple[str, str], known: Sequence[str]) -> ToolError:
    there = say.first(known)
    french = f"plusieurs {noun[0]}s correspondent à « {text} » : {there}"
    return ToolError(say(french, f"several {noun[1]}s match '{text}': {there}"))
