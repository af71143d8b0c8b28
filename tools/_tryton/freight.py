"""What carriers ask for a weight, by the price lists that Tryton itself reckons freight with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from _words import Words

from bot import ToolError

from .rpc import Tryton

FIELDS = [
    *("party.name", "carrier_product.name", "carrier_cost_method", "weight_currency.code", "weight_uom.factor"),
    *("weight_price_list.weight", "weight_price_list.price"),
]


@dataclass(frozen=True)
class Carrier:
    """`steps`: from how many kg (exclusive) → price, lightest first; none when it is not priced by weight."""

    id: int
    name: str
    service: str
    currency: str
    steps: Sequence[tuple[Decimal, Decimal]]

    def price(self, weight: Decimal) -> Decimal | None:
        """As Tryton does: the last step that the weight exceeds; below all of them freight is free."""
        if not self.steps:
            return None
        exceeded = [price for limit, price in self.steps if limit < weight]
        return exceeded[-1] if exceeded else Decimal(0)


async def carriers(erp: Tryton, ids: Sequence[int] | None = None) -> list[Carrier]:
    """All carriers, or those with these ids."""
    domain: list[Any] = [] if ids is None else [["id", "in", list(ids)]]
    return [_carrier(row) for row in await erp.search("carrier", domain, FIELDS)]


async def carrier(erp: Tryton, text: str, ids: Sequence[int]) -> Carrier:
    """The one carrier that is meant among those that go there. Raises `ToolError` with those that do."""
    there = await carriers(erp, ids)
    wanted = text.strip().casefold()
    found = [c for c in there if wanted in f"{c.name} {c.service}".casefold()]
    if len(found) != 1:
        raise _unclear(erp.say, text, found or there, bool(found))
    return found[0]


def weight(lines: Sequence[Mapping[str, Any]]) -> Decimal | None:
    """Of a sale's goods in kg; `None` when a product has no weight."""
    total = Decimal(0)
    for line in lines:
        product = line["product."]
        if not product["weight"]:
            return None
        total += exact(line["quantity"]) * exact(product["weight"]) * exact(product["weight_uom."]["factor"])
    return total


def exact(value: float) -> Decimal:
    """The number that is meant by a float: 0.1 is a tenth."""
    return Decimal(str(value))


def _carrier(row: Mapping[str, Any]) -> Carrier:
    by_weight = row["carrier_cost_method"] == "weight"
    steps = [(exact(s["weight"]) * exact(row["weight_uom."]["factor"]), s["price"]) for s in row["weight_price_list."]]
    currency = row["weight_currency."]["code"] if by_weight else ""
    service = row["carrier_product."]["name"]
    return Carrier(row["id"], row["party."]["name"], service, currency, sorted(steps) if by_weight else [])


def _unclear(say: Words, text: str, known: Sequence[Carrier], several: bool) -> ToolError:
    there = say.first([f"{c.name} ({c.service})" for c in known]) or say("aucun", "none")
    if several:
        french, english = "plusieurs transporteurs correspondent à", "several carriers match"
        return ToolError(say(f"{french} « {text} » : {there}", f"{english} '{text}': {there}"))
    french, english = "aucun transporteur ne correspond à", "no carrier matches"
    return ToolError(say(f"{french} « {text} » ; il y a : {there}", f"{english} '{text}'; there are: {there}"))
