"""The workshop's productions in the ERP: which are under way, and the steps from a draft to goods in stock."""

from __future__ import annotations

from typing import Any

from _tryton import cards, conditions, deeds, finding, goods, listings, records, taking_back, workshop
from _tryton.conditions import SETTLES, Result
from _tryton.deeds import Deed
from _tryton.rpc import Tryton

from bot import RunContext, tool

UNDER_WAY = ["draft", "waiting", "assigned", "running"]
RELEASE = Deed(
    "release production",
    records.PRODUCTION,
    ("Ordre de fabrication lancé", "Production order released"),
    {"draft": ["wait", "assign_try"], "waiting": ["assign_try"]},
    workshop.FIELDS,
    workshop.facts,
    workshop.tell_reserved,
    {
        ("draft", "assigned"): ["wait", "draft"],
        ("draft", "waiting"): ["draft"],
        ("waiting", "assigned"): ["wait"],
        ("waiting", "waiting"): ["wait"],
    },
)
START = Deed(
    "start production",
    records.PRODUCTION,
    ("Fabrication démarrée", "Production started"),
    {"assigned": ["run"]},
    workshop.FIELDS,
    workshop.facts,
    workshop.tell,
)
FINISH = Deed(
    "finish production",
    records.PRODUCTION,
    ("Fabrication terminée", "Production finished"),
    {"running": ["do"]},
    workshop.FIELDS,
    workshop.facts,
    workshop.tell,
)


@tool(
    read_only=True,
    system="tryton",
    examples=[
        "Quelles fabrications sont en cours ?",
        "Où en est la fabrication de PMP-100 ?",
        "Liste les fabrications en attente",
        "Which productions are under way?",
        "How far is the production of PMP-100?",
        "What is the workshop making at the moment?",
    ],
    titles={"fr": "Fabrications en cours", "en": "Productions under way"},
)
async def list_productions(ctx: RunContext, product: str = "") -> Result:
    """List production orders that are not finished: drafts, waiting for parts, with their parts, running.

    Args:
        product: Only those of this product; code or name.
    """
    erp = Tryton(ctx)
    domain: list[Any] = [["state", "in", UNDER_WAY]]
    if product:
        domain.append(["product", "=", (await finding.product(erp, product)).id])
    rows = await erp.search("production", domain, workshop.FIELDS)
    rows.sort(key=lambda row: (row["planned_date"] is None, row["planned_date"], row["id"]))
    found = [workshop.read(row) | {"stage": records.state(erp.say, records.PRODUCTION, row)} for row in rows]
    return {"summary": listings.productions(erp.say, found), "productions": found}


@tool(
    system="tryton",
    timeout=90,
    settles_after=SETTLES,
    examples=[
        "Libère l'ordre de fabrication 2",
        "Réserve les composants de l'ordre de fabrication P-12",
        "Libère la fabrication de DOS-050 en atelier",
        "Release production order 2",
        "Reserve the parts of production order P-12",
        "Release the production of DOS-050 to the workshop",
    ],
    titles={"fr": "Lancement en atelier", "en": "Release to the workshop"},
)
async def release_production_order(ctx: RunContext, production: str) -> Result:
    """Release a production order to the workshop: the ERP numbers it and reserves its parts, as many as are there.

    When parts are lacking it waits with what could be reserved, and the answer says what is lacking.

    Args:
        production: Number of the order, reference or record of a draft, or the product when there is only one.
    """
    return await deeds.do(ctx, RELEASE, production)


@release_production_order.preview
async def _preview_release(ctx: RunContext, production: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, RELEASE, production)
    open_parts = [line for line in row["inputs."] if line["state"] == "draft"]
    parts, place = [line["product."]["id"] for line in open_parts], row["warehouse."]["storage_location"]
    free = await goods.on_hand(erp, parts, place, conditions.today(ctx), to_reserve=True)
    return workshop.card(erp.say, row) | cards.reserved(erp.say, open_parts, free)


taking_back.complete(release_production_order, RELEASE)


@tool(
    destructive=True,
    system="tryton",
    timeout=90,
    settles_after=SETTLES,
    examples=[
        "Démarre la fabrication n° 2",
        "Démarre en atelier l'ordre de fabrication 3",
        "Démarre l'ordre de fabrication 2 : les composants sont là",
        "Start production order 2",
        "Start production 3 in the workshop",
        "Start production order 2: the parts are there",
    ],
    titles={"fr": "Démarrage de fabrication", "en": "Start of production"},
)
async def start_production_order(ctx: RunContext, production: str) -> Result:
    """Start a production order whose parts are all reserved: the ERP takes them out of stock, for good.

    Args:
        production: Number of the order, reference or record of a draft, or the product when there is only one.
    """
    return await deeds.do(ctx, START, production)


@start_production_order.preview
async def _preview_start(ctx: RunContext, production: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, START, production)
    parts, place = [line["product."]["id"] for line in row["inputs."]], row["warehouse."]["storage_location"]
    held = await goods.on_hand(erp, parts, place, conditions.today(ctx))
    return workshop.card(erp.say, row) | cards.taken(erp.say, row["inputs."], held)


taking_back.complete(start_production_order, START)


@tool(
    destructive=True,
    system="tryton",
    timeout=90,
    settles_after=SETTLES,
    examples=[
        "Termine la fabrication n° 2",
        "Termine l'ordre de fabrication 3, les pompes sont prêtes",
        "Clôture l'ordre de fabrication 2",
        "Finish production order 2",
        "Finish production order 3, the pumps are ready",
        "Close production order 2",
    ],
    titles={"fr": "Fin de fabrication", "en": "End of production"},
)
async def finish_production_order(ctx: RunContext, production: str) -> Result:
    """Finish a running production order: the ERP puts what was made into stock, for good.

    Args:
        production: Number of the order, reference or record of a draft, or the product when there is only one.
    """
    return await deeds.do(ctx, FINISH, production)


@finish_production_order.preview
async def _preview_finish(ctx: RunContext, production: str) -> Result:
    erp = Tryton(ctx)
    row = await deeds.find(erp, FINISH, production)
    made, place = row["product."], row["warehouse."]["storage_location"]
    held = (await goods.on_hand(erp, [made["id"]], place, conditions.today(ctx))).get(made["id"], 0.0)
    label = f"{cards.product_of(row)} {erp.say('en stock', 'in stock')}"
    stock = {"before": erp.say.number(held), "after": erp.say.number(held + row["quantity"])}
    return workshop.card(erp.say, row) | {label: stock}


taking_back.complete(finish_production_order, FINISH)
