"""What we have to offer, in the ERP: products and prices, stock, and what can be delivered by when."""

from __future__ import annotations

import datetime as dt

from _tryton import conditions, finding, goods, sentences
from _tryton.conditions import Quantity, Result
from _tryton.goods import pieces
from _tryton.plan import ToBuy, factory
from _tryton.rpc import Tryton

from bot import RunContext, tool


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quels produits avons-nous ?",
        "Quel est le prix de la PMP-300 ?",
        "Combien pèse une PMP-200 ?",
        "What does the DOS-050 cost?",
        "List our products",
        "Show me the price of the service kit",
    ],
    titles={"fr": "Recherche de produits", "en": "Product search"},
)
async def find_products(ctx: RunContext, query: str = "") -> Result:
    """Find products by code or name, with their list price and weight.

    Args:
        query: Part of a code or of a name; empty for all products.
    """
    erp = Tryton(ctx)
    found, currency = await finding.products(erp, query), await goods.currency(erp)
    return {
        "summary": sentences.products(erp.say, found, currency),
        "currency": currency,
        "products": [{"code": p.code, "name": p.name, "price": p.price or None, "weight_kg": p.weight} for p in found],
    }


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Combien de PMP-200 sont libres ?",
        "Quel est le stock de KIT-SRV à Lille ?",
        "Combien avons-nous de joints CMP-SEAL au 15 décembre ?",
        "How many PMP-100 are in stock?",
        "Stock of DOS-050 on 12 January",
        "How many PMP-200 are free by December 20?",
    ],
    titles={"fr": "Stock d'un produit", "en": "Stock of a product"},
)
async def check_stock(ctx: RunContext, product: str, date: dt.date | None = None) -> Result:
    """Say how many pieces of a product are in stock in each warehouse, and how many are free.

    Free is what can be taken on the date without leaving anything short that is already promised, also later;
    deliveries expected until the date count. Without a date, everything that is planned counts.

    Args:
        product: Code or name of the product.
        date: The day for which free stock is wanted.
    """
    erp, today = Tryton(ctx), conditions.today(ctx)
    conditions.not_past(erp.say, date, today)
    item = await finding.product(erp, product)
    stock = await goods.stock(erp, [item.id], today)
    held = {w: stock.held(item.id, w.id) for w in stock.warehouses}
    figures = {
        "free": stock.free(item.id, date),
        "in_stock": stock.held(item.id),
        "promised": stock.leaving(item.id),
        "expected": stock.coming(item.id, date),
    }
    return {
        "summary": sentences.stock(erp.say, item, date, figures, held),
        "product": item.code,
        "name": item.name,
        "date": date,
        **{name: pieces(value) for name, value in figures.items()},
        "warehouses": [{"code": w.code, "town": w.town, "in_stock": pieces(n)} for w, n in held.items()],
    }


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Peut-on livrer 120 PMP-200 pour le 20 décembre ?",
        "Est-ce que 30 DOS-050 sont livrables le 15 janvier 2027 ?",
        "Quand pourrait-on livrer 50 PMP-300 au plus tôt, si possible le 10 décembre ?",
        "Can we deliver 120 PMP-200 by December 20?",
        "Is it possible to ship 40 PMP-100 on 5 December?",
        "Could 200 KIT-SRV be ready by the end of the month, 30 November?",
    ],
    titles={"fr": "Délai de livraison", "en": "Delivery date"},
)
async def check_delivery(ctx: RunContext, product: str, quantity: Quantity, date: dt.date) -> Result:
    """Say whether a quantity can be delivered by a date, what must be made, which parts are short, the earliest day.

    Reckoned backwards from the date in calendar days: free stock of all warehouses is taken first; the rest is made
    in the main warehouse, which takes each product's own production time whatever the quantity; each level below
    must be ready when the next starts, takes free stock first, and a part used on several levels counts once; what
    is short must arrive from a supplier in time, ordered today. The earliest day is the first for which this works.

    Args:
        product: Code or name of the product.
        quantity: How many pieces.
        date: The day on which they must be ready to leave.
    """
    erp, today = Tryton(ctx), conditions.today(ctx)
    conditions.not_past(erp.say, date, today)
    item = await finding.product(erp, product)
    main = await finding.main_warehouse(erp)
    works = await factory(erp, item, today, main.id)
    plan = works.plan(item.id, quantity, date)
    earliest = works.earliest(item.id, quantity)
    possible = plan.feasible(today)
    return {
        "summary": sentences.delivery(erp.say, item, quantity, plan, possible, earliest),
        "product": item.code,
        "quantity": quantity,
        "date": date,
        "possible": possible,
        "earliest": earliest,
        "free": pieces(plan.free),
        "to_make": [
            {"product": m.product.code, "quantity": pieces(m.quantity), "start": m.start, "ready": m.ready}
            for m in plan.make
        ],
        "short": [_short(part) for part in plan.buy],
    }


def _short(part: ToBuy) -> Result:
    offers = [{"supplier": o.supplier, "days": o.days, "price": o.price, "currency": o.currency} for o in part.offers]
    return {"product": part.product.code, "quantity": part.quantity, "needed_by": part.last, "offers": offers}
