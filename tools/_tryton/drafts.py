"""Drafts of productions, quotations and purchases as Tryton's own forms would fill them in: asked of the server, not saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from _words import Words

from bot import ToolError

from .finding import Supplier
from .goods import Product, Warehouse
from .rpc import Tryton

Values = dict[str, Any]

PRODUCTION = [
    *("company", "type", "warehouse", "location", "product", "bom", "unit", "quantity", "planned_date"),
    "planned_start_date",
]
MOVE = [
    *("product", "quantity", "unit", "from_location", "to_location", "company", "currency", "unit_price"),
    "planned_date",
]
SALE = [
    *("company", "currency", "party", "invoice_party", "invoice_address", "shipment_party", "shipment_address"),
    *("payment_term", "invoice_method", "shipment_method", "shipment_cost_method", "warehouse", "shipping_date"),
    "carrier",
]
PURCHASE = [
    *("company", "currency", "party", "invoice_party", "invoice_address", "payment_term", "invoice_method"),
    "warehouse",
]
LINE = ["type", "product", "product_supplier", "quantity", "unit", "unit_price", "taxes"]


@dataclass(frozen=True)
class ProductionDraft:
    """What would be saved, and the day on which work would start."""

    values: Values
    start: dt.date
    inputs: dict[int, float]


@dataclass(frozen=True)
class SaleDraft:
    values: Values
    unit_price: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class PurchaseDraft:
    """What would be saved; `days`: how long the supplier takes, when that is known."""

    values: Values
    unit_price: Decimal
    amount: Decimal
    currency: str
    days: int | None


async def production(
    erp: Tryton, product: Product, quantity: int, date: dt.date, warehouse: Warehouse
) -> ProductionDraft:
    """The draft for a quantity by a date, its bill of materials exploded once by the server."""
    if product.recipe is None:
        raise no_recipe(erp.say, product)
    values = await _defaults(erp, "production", ["company", "type", "state"])
    for name, value in (("warehouse", warehouse.id), ("planned_date", date), ("product", product.id)):
        values[name] = value
        await _changed(erp, "production", values, name)
    # quantity first and the bill of materials last, so that the server explodes it only once
    values |= {"quantity": float(quantity), "inputs": [], "outputs": [], "bom": product.recipe.id}
    await _changed(erp, "production", values, "bom")
    saved = _kept(values, PRODUCTION)
    for side in ("inputs", "outputs"):
        saved[side] = [["create", [_kept(row, MOVE) for row in values[side]]]]
    inputs = {row["product"]: row["quantity"] for row in values["inputs"]}
    return ProductionDraft(saved, values["planned_start_date"], inputs)


async def sale(
    erp: Tryton, customer: int, product: Product, quantity: int, date: dt.date | None, warehouse: Warehouse
) -> SaleDraft:
    """The draft of a quotation with one line, priced by the server."""
    if not product.salable:
        raise ToolError(erp.say(f"{product.label} n'est pas à vendre", f"{product.label} is not for sale"))
    names = ["company", "currency", "state", "invoice_method", "shipment_method", "shipment_cost_method"]
    values = await _defaults(erp, "sale.sale", [*names, "invoice_state", "shipment_state"])
    values |= {"warehouse": warehouse.id, "shipping_date": date, "party": customer}
    await _changed(erp, "sale.sale", values, "party")
    header = _kept(values, SALE)
    line: Values = {"type": "line", "product": product.id, "quantity": float(quantity)}
    parent = {f"_parent_sale.{name}": value for name, value in header.items()}
    line |= parent
    await _changed(erp, "sale.line", line, "product", "quantity")
    if line.get("unit_price") is None:
        raise ToolError(erp.say(f"{product.label} n'a pas de prix", f"{product.label} has no price"))
    currency = await erp.read("model.currency.currency.read", [header["currency"]], ["code"])
    saved = header | {"lines": [["create", [_line(line)]]]}
    return SaleDraft(saved, line["unit_price"], line["amount"], currency[0]["code"])


async def purchase(
    erp: Tryton, supplier: Supplier, product: Product, quantity: int, warehouse: Warehouse
) -> PurchaseDraft:
    """The draft of a purchase with one line, at the supplier's terms by the server."""
    names = ["company", "currency", "state", "invoice_method", "invoice_state", "shipment_state"]
    values = await _defaults(erp, "purchase.purchase", names)
    values |= {"warehouse": warehouse.id, "party": supplier.id}
    await _changed(erp, "purchase.purchase", values, "party")
    header = _kept(values, PURCHASE)
    line: Values = {"type": "line", "product": product.id, "quantity": float(quantity)}
    line |= {f"_parent_purchase.{name}": value for name, value in header.items()}
    await _changed(erp, "purchase.line", line, "product", "quantity")
    if line.get("unit_price") is None or not line.get("product_supplier"):
        french = f"{supplier.name} ne fournit pas {product.label}"
        raise ToolError(erp.say(french, f"{supplier.name} does not supply {product.label}"))
    currency = await erp.read("model.currency.currency.read", [header["currency"]], ["code"])
    terms = await erp.read("model.purchase.product_supplier.read", [line["product_supplier"]], ["lead_time"])
    lead = terms[0]["lead_time"]
    saved = header | {"lines": [["create", [_line(line)]]]}
    days = lead.days if lead is not None else None
    return PurchaseDraft(saved, line["unit_price"], line["amount"], currency[0]["code"], days)


def no_recipe(say: Words, product: Product) -> ToolError:
    french = f"{product.label} n'a pas de nomenclature : il s'achète, il ne se fabrique pas"
    return ToolError(say(french, f"{product.label} has no bill of materials: it is bought, not made"))


def _line(values: Values) -> Values:
    line = _kept(values, LINE)
    if taxes := line.pop("taxes", None):
        line["taxes"] = [["add", [tax["id"] for tax in taxes]]]
    return line


async def _defaults(erp: Tryton, model: str, names: list[str]) -> Values:
    values = await erp.read(f"model.{model}.default_get", names, False)
    return {name: value for name, value in values.items() if not name.endswith(".")}


async def _changed(erp: Tryton, model: str, values: Values, *names: str) -> None:
    """Fill in what the form would after these fields were set: nothing is saved."""
    changes: Values = await erp.read(f"model.{model}.on_change", values, list(names))
    for name, value in changes.items():
        if not name.endswith("."):
            values[name] = _rows(values.get(name), value) if _is_delta(value) else value


def _is_delta(value: object) -> bool:
    """Lists come as what to add and remove, and are sent back as rows."""
    return isinstance(value, dict) and bool(value) and value.keys() <= {"add", "remove", "update", "delete"}


def _rows(before: list[Values] | None, delta: Values) -> list[Values]:
    kept = [] if {"remove", "delete"} & delta.keys() else list(before or [])
    return kept + [_row(row) for _position, row in delta.get("add", [])]


def _row(row: Values) -> Values:
    return {name: value for name, value in row.items() if not name.endswith(".")}


def _kept(values: Values, names: Iterable[str]) -> Values:
    return {name: values[name] for name in names if values.get(name) is not None}
