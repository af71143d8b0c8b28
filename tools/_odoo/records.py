"""Finds the one customer, product or quotation that a person means, and what of their values people are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from _words import Words

from bot import ToolError

from .json2 import Odoo, Row

LIMIT = 40  # records of one list
ORDER = [
    *("name", "state", "partner_id", "client_order_ref", "commitment_date", "amount_untaxed", "currency_id"),
    *("create_date", "write_date", "write_uid"),
]
LINE = ["product_id", "product_uom_qty", "price_unit", "display_type", "create_date", "write_date"]


@dataclass(frozen=True)
class Kind:
    """A kind of record: by which fields it is known, and what people call one and several of it."""

    model: str
    known_by: tuple[str, ...]
    fields: Sequence[str]
    among: tuple[Any, ...]
    one: tuple[str, str]
    several: tuple[str, str]


CUSTOMER = Kind(
    "res.partner",
    ("name",),
    ["name", "city"],
    (["parent_id", "=", False],),  # people at a company are reached through it
    ("client", "customer"),
    ("clients", "customers"),
)
PRODUCT = Kind(
    "product.product",
    ("default_code", "name"),
    ["default_code", "name", "display_name", "lst_price", "currency_id"],
    (["sale_ok", "=", True],),
    ("produit", "product"),
    ("produits", "products"),
)
QUOTATION = Kind("sale.order", ("name",), ORDER, (), ("devis", "quotation"), ("devis", "quotations"))


async def find(odoo: Odoo, kind: Kind, asked: str) -> Row:
    """The only one that matches, or the only one that is called exactly so. Raises `ToolError` and says what there is."""
    domain = [*kind.among, *like(kind.known_by, asked)]
    found = await odoo.search(kind.model, domain, kind.fields, limit=LIMIT)
    exact = [row for row in found if asked.strip().casefold() in _names(kind, row)]
    for rows in (exact, found):
        if len(rows) == 1:
            return rows[0]
    if not found:
        (french, english) = kind.one
        raise ToolError(odoo.say(f"aucun {french} ne correspond à « {asked} »", f"no {english} matches '{asked}'"))
    french, english = kind.several
    several = odoo.say(f"plusieurs {french} correspondent à « {asked} »", f"several {english} match '{asked}'")
    raise ToolError(odoo.say.colon(several) + odoo.say.first([str(row[kind.known_by[0]]) for row in found]))


async def lines_of(odoo: Odoo, order: int) -> list[Row]:
    """The lines of an order; notes and headings, which have a `display_type`, are somebody's work as well."""
    return await odoo.search("sale.order.line", [["order_id", "=", order]], LINE, order="sequence, id")


def like(fields: Sequence[str], text: str) -> list[Any]:
    """A domain: one of the fields contains the text, in which `%` and `_` mean themselves."""
    exact = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [*["|"] * (len(fields) - 1), *([field, "ilike", exact] for field in fields)]


def shown(value: Any) -> str:
    """What Odoo shows of a record that another one refers to: `[7, "Aqualia"]`, or `False`."""
    return str(value[1]) if value else ""


def whole(value: Decimal | int) -> int | float:
    """Pieces are counted without decimals."""
    return int(value) if value == int(value) else float(value)


def state(say: Words, name: str) -> str:
    """A sales order's state, as the end of a sentence that begins with the document."""
    known = {
        "draft": ("un devis en brouillon", "a draft quotation"),
        "sent": ("un devis envoyé", "a quotation that was sent"),
        "sale": ("une commande confirmée", "a confirmed order"),
        "cancel": ("annulé", "cancelled"),
    }
    return say(*known.get(name, (f"dans l'état « {name} »", f"in the state '{name}'")))


def _names(kind: Kind, row: Row) -> set[str]:
    return {str(row[field]).casefold() for field in kind.known_by if row[field]}
