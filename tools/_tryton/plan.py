"""What it takes to have a quantity of a product on a day: the bill of materials against stock, suppliers and time."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .goods import Product, Stock, products, stock
from .rpc import Tryton

HORIZON = 366  # days within which the earliest delivery is looked for


@dataclass(frozen=True)
class Offer:
    """What a supplier asks for a part."""

    supplier: str
    days: int
    price: Decimal
    currency: str


@dataclass(frozen=True)
class ToMake:
    product: Product
    quantity: float
    start: dt.date
    ready: dt.date


@dataclass(frozen=True)
class ToBuy:
    """A part that is short; `offers` are quickest first, `last` is the day on which it must be there."""

    product: Product
    quantity: float
    last: dt.date
    offers: Sequence[Offer]

    def in_time(self, today: dt.date) -> bool:
        return any(today + dt.timedelta(days=offer.days) <= self.last for offer in self.offers)


@dataclass
class Plan:
    """What it takes to have a quantity on a day, reckoned backwards from that day."""

    day: dt.date
    free: float
    make: list[ToMake] = field(default_factory=list)
    buy: list[ToBuy] = field(default_factory=list)

    def feasible(self, today: dt.date) -> bool:
        return all(m.start >= today for m in self.make) and all(b.in_time(today) for b in self.buy)


@dataclass(frozen=True)
class Factory:
    """Everything that a plan is reckoned from: the products of one tree, their offers, the stock, the place."""

    products: Mapping[int, Product]
    offers: Mapping[int, Sequence[Offer]]
    stock: Stock
    warehouse: int

    def plan(self, product: int, quantity: float, day: dt.date) -> Plan:
        """Free stock of all warehouses first; what is missing is made in `warehouse`, or bought.

        Each level must be ready when the next one starts; a part used on several levels is counted once.
        """
        free = self.stock.free(product, day)
        plan = Plan(day, free)
        short = defaultdict[int, float](float)
        needed: dict[int, dt.date] = {}
        taken = defaultdict[int, float](float)
        todo = [(product, max(0.0, quantity - free), day)] if quantity > free else []
        while todo:
            made, count, ready = todo.pop(0)
            recipe = self.products[made].recipe
            if recipe is None:
                short[made] += count
                needed[made] = min(ready, needed.get(made, ready))
                continue
            start = ready - dt.timedelta(days=recipe.days)
            plan.make.append(ToMake(self.products[made], count, start, ready))
            for part, each in recipe.inputs.items():
                want = each * count
                have = max(0.0, self.stock.free(part, start, self.warehouse) - taken[part])
                taken[part] += min(have, want)
                if want > have:
                    todo.append((part, want - have, start))
        for part, count in short.items():
            plan.buy.append(ToBuy(self.products[part], math.ceil(count), needed[part], self.offers.get(part, ())))
        return plan

    def earliest(self, product: int, quantity: float) -> dt.date | None:
        """The first day for which the plan works, or None when there is none within a year."""
        days = (self.stock.today + dt.timedelta(days=n) for n in range(HORIZON))
        return next((d for d in days if self.plan(product, quantity, d).feasible(self.stock.today)), None)


async def factory(erp: Tryton, product: Product, today: dt.date, warehouse: int) -> Factory:
    """Read the whole tree below a product, with offers and stock: about a dozen calls."""
    tree = {product.id: product}
    level = _parts([product])
    while missing := sorted(level - tree.keys()):
        below = await products(erp, [["id", "in", missing]])
        tree |= {p.id: p for p in below}
        level = _parts(below)
    bought = [p.id for p in tree.values() if p.recipe is None]
    return Factory(tree, await _offers(erp, bought), await stock(erp, sorted(tree), today), warehouse)


def _parts(made: Sequence[Product]) -> set[int]:
    return {part for p in made if p.recipe for part in p.recipe.inputs}


async def _offers(erp: Tryton, ids: list[int]) -> dict[int, list[Offer]]:
    fields = ["party.name", "lead_time", "prices.unit_price", "currency.code", "template.products"]
    found = await erp.search("purchase.product_supplier", [["template.products", "in", ids]], fields)
    offers = defaultdict[int, list[Offer]](list)
    for row in found:
        if row["lead_time"] is None or not row["prices."]:
            continue  # without a delay or a price it is no offer to plan with
        price = min(p["unit_price"] for p in row["prices."])
        offer = Offer(row["party."]["name"], row["lead_time"].days, price, row["currency."]["code"])
        for product in row["template."]["products"]:
            offers[product].append(offer)
    return {product: sorted(found, key=lambda o: (o.days, o.price)) for product, found in offers.items()}
