"""Products, warehouses and stock as Tryton knows them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .rpc import Tryton

Held = dict[int, float]

OPEN_MOVES = ["draft", "assigned"]
GOODS = ["template.type", "=", "goods"]


@dataclass(frozen=True)
class Recipe:
    """A bill of materials, counted for one piece."""

    id: int
    stamp: str
    inputs: Mapping[int, float]
    days: int


@dataclass(frozen=True)
class Product:
    id: int
    code: str
    name: str
    price: Decimal | None = None
    weight: float | None = None
    salable: bool = False
    recipe: Recipe | None = None

    @property
    def label(self) -> str:
        return self.code or self.name


@dataclass(frozen=True)
class Warehouse:
    id: int
    code: str
    name: str
    town: str


@dataclass(frozen=True)
class Move:
    """Goods that are to enter (positive) or leave a warehouse."""

    warehouse: int
    product: int
    day: dt.date
    quantity: float


@dataclass(frozen=True)
class Stock:
    """What lies in each warehouse today and what is planned to come and go; by (warehouse, product)."""

    today: dt.date
    warehouses: Sequence[Warehouse]
    physical: Mapping[tuple[int, int], float]
    moves: Sequence[Move]

    def held(self, product: int, warehouse: int | None = None) -> float:
        return sum(self.physical.get((w, product), 0.0) for w in self._of(warehouse))

    def free(self, product: int, day: dt.date | None = None, warehouse: int | None = None) -> float:
        """What can be taken on that day without leaving any later planned move short; never below nothing."""
        return sum(max(0.0, self._free(product, day or dt.date.max, w)) for w in self._of(warehouse))

    def leaving(self, product: int) -> float:
        return -sum(m.quantity for m in self.moves if m.product == product and m.quantity < 0)

    def coming(self, product: int, day: dt.date | None = None) -> float:
        last = day or dt.date.max
        return sum(m.quantity for m in self.moves if m.product == product and m.quantity > 0 and m.day <= last)

    def _of(self, warehouse: int | None) -> list[int]:
        return [warehouse] if warehouse is not None else [w.id for w in self.warehouses]

    def _free(self, product: int, day: dt.date, warehouse: int) -> float:
        moves = sorted((m for m in self.moves if (m.warehouse, m.product) == (warehouse, product)), key=lambda m: m.day)
        balance = self.held(product, warehouse) + sum(m.quantity for m in moves if m.day <= day)
        lowest = balance
        for move in moves:
            if move.day > day:
                balance += move.quantity
                lowest = min(lowest, balance)
        return lowest


PRODUCT_FIELDS = [
    *("code", "name", "weight", "salable", "template.list_price", "boms.bom._timestamp"),
    *("boms.bom.inputs.product", "boms.bom.inputs.quantity", "boms.bom.outputs.product"),
    *("boms.bom.outputs.quantity", "production_lead_times.bom", "production_lead_times.lead_time"),
]


def matching(text: str, *fields: str) -> list[Any]:
    """A domain: each word of the text is in one of the fields; an accent may be there or not."""
    words = [literal(word) for word in text.split()]
    return [["OR", *([name, "ilike", f"%{word}%"] for name in fields)] for word in words]


def literal(text: str) -> str:
    """A text for `ilike`: equal but for case and accents."""
    return "".join(map(_wild, text))


def _wild(character: str) -> str:
    """A letter for `ilike`: its own wildcards are meant literally, and an accented letter is any letter."""
    if character in "%_\\":
        return "\\" + character
    return character if character.isascii() else "_"


def pieces(value: float | Decimal) -> int | float:
    """Pieces are counted without decimals."""
    return int(value) if value == int(value) else float(value)


async def products(erp: Tryton, domain: list[Any], limit: int | None = None) -> list[Product]:
    found = await erp.search("product.product", [GOODS, *domain], PRODUCT_FIELDS, limit)
    return sorted(map(_product, found), key=lambda p: (not p.salable, p.label))


async def currency(erp: Tryton) -> str:
    """The currency of list prices."""
    found = await erp.search("company.company", [], ["currency.code"], 1)
    return str(found[0]["currency."]["code"])


async def warehouses(erp: Tryton) -> list[Warehouse]:
    """In the order in which they were set up: the first is the main one."""
    found = await erp.search("stock.location", [["type", "=", "warehouse"]], ["code", "name", "address.city"])
    return [Warehouse(w["id"], w["code"] or "", w["name"], _town(w)) for w in sorted(found, key=lambda w: int(w["id"]))]


async def stock(erp: Tryton, ids: Sequence[int], today: dt.date) -> Stock:
    places = await warehouses(erp)
    physical: dict[tuple[int, int], float] = {}
    moves: list[Move] = []
    for place in places:
        rows = await erp.read(
            "model.product.product.read", ids, ["quantity"], locations=[place.id], stock_date_end=today
        )
        physical.update({(place.id, row["id"]): row["quantity"] for row in rows})
        moves += [move async for move in _moves(erp, ids, place.id, today)]
    return Stock(today, places, physical, moves)


async def on_hand(erp: Tryton, ids: Sequence[int], place: int, today: dt.date, *, to_reserve: bool = False) -> Held:
    """How many of each lie in a location and below; with `to_reserve` only what nothing is reserved for yet."""
    where = {"locations": [place], "stock_date_end": today, "stock_assign": to_reserve}
    rows = await erp.read("model.product.product.read", list(ids), ["quantity"], **where)
    return {row["id"]: row["quantity"] for row in rows}


async def _moves(erp: Tryton, ids: Sequence[int], warehouse: int, today: dt.date) -> AsyncIterator[Move]:
    """What is planned to cross the border of a warehouse; what is overdue counts as today's."""
    inside = [["from_location", "child_of", [warehouse], "parent"], ["to_location", "child_of", [warehouse], "parent"]]
    fields = ["product", "internal_quantity", "planned_date"]
    for sign, (within, beyond) in ((-1, inside), (1, inside[::-1])):
        outside = [beyond[0], "not child_of", *beyond[2:]]
        domain = [["product", "in", list(ids)], ["state", "in", OPEN_MOVES], within, outside]
        for row in await erp.search("stock.move", domain, fields):
            day = max(row["planned_date"] or today, today)
            yield Move(warehouse, row["product"], day, sign * row["internal_quantity"])


def _product(row: Mapping[str, Any]) -> Product:
    return Product(
        id=row["id"],
        code=row["code"] or "",
        name=row["name"],
        price=row["template."]["list_price"],
        weight=row["weight"],
        salable=row["salable"],
        recipe=_recipe(row),
    )


def _recipe(row: Mapping[str, Any]) -> Recipe | None:
    """The first bill of materials, as the ERP's own form would take it."""
    if not row["boms."]:
        return None
    bom = row["boms."][0]["bom."]
    made: float = sum(output["quantity"] for output in bom["outputs."] if output["product"] == row["id"]) or 1.0
    leads = [t["lead_time"] for t in row["production_lead_times."] if t["bom"] in (None, bom["id"])]
    inputs = defaultdict[int, float](float)
    for line in bom["inputs."]:
        inputs[line["product"]] += line["quantity"] / made
    return Recipe(bom["id"], bom["_timestamp"], dict(inputs), leads[0].days if leads and leads[0] else 0)


def _town(row: Mapping[str, Any]) -> str:
    return str((row["address."] or {}).get("city") or row["name"])
