"""The ERP's tools against a real Tryton: the demo company's figures, drafts made once, and every way to fail."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot import Done, NotDone, ToolError, Unsure
from bot.tooling.catalog import Catalog
from tests import erp as servers
from tests.erp import Erp
from tests.errands import (
    DAY,
    ENGLISH,
    FRENCH,
    NOW,
    Ledger,
    Person,
    Reply,
    Road,
    cut,
    load,
    nonsense,
    plain,
    silence,
    warning,
)

pytestmark = pytest.mark.slow

PUMPS = {"product": "PMP-200", "quantity": 96, "date": DAY.isoformat()}
OFFER = {"customer": "stadtwerke", "product": "pmp-200", "quantity": 120, "date": DAY.isoformat()}


# ------------------------------------------------------------------------------------- the demo company


async def test_stock_is_what_the_story_says(person: Person) -> None:
    found = await person.call("check_stock", product="pmp-200", date=DAY.isoformat())
    assert {k: found[k] for k in ("product", "free", "in_stock", "promised", "expected", "warehouses")} == {
        "product": "PMP-200",
        "free": 24,
        "in_stock": 34,
        "promised": 10,
        "expected": 0,
        "warehouses": [
            {"code": "WH", "town": "Lyon", "in_stock": 22},
            {"code": "WH-LIL", "town": "Lille", "in_stock": 12},
        ],
    }
    assert plain(found["summary"]).endswith("(34 en stock : 22 à Lyon, 12 à Lille ; 10 promis).")


async def test_what_is_promised_later_is_not_free_today(person: Person) -> None:
    assert (await person.call("check_stock", product="PMP-200", date=NOW.date().isoformat()))["free"] == 24


async def test_free_stock_equals_the_forecast_of_the_erp(person: Person, ledger: Ledger) -> None:
    places = await ledger.search("stock.location", [["type", "=", "warehouse"]], "id")
    items = await ledger.search("product.product", [["code", "!=", None]], "code")
    where = {"locations": [p["id"] for p in places], "stock_date_end": DAY}
    ids = [item["id"] for item in items]
    rows = await ledger._tryton().read("model.product.product.read", ids, ["code", "forecast_quantity"], **where)
    ours = {c: (await person.call("check_stock", product=c, date=DAY.isoformat()))["free"] for c in _codes(rows)}
    assert ours == {row["code"]: row["forecast_quantity"] for row in rows}


def _codes(rows: list[Any]) -> list[str]:
    return [row["code"] for row in rows]


async def test_delivery_of_120_pumps_takes_what_the_story_says(person: Person) -> None:
    found = await person.call("check_delivery", product="PMP-200", quantity=120, date=DAY.isoformat())
    assert (found["possible"], found["free"]) == (True, 24)
    assert {m["product"]: m["quantity"] for m in found["to_make"]} == {"PMP-200": 96, "SUB-MOT": 56, "SUB-HYD": 66}
    (short,) = found["short"]
    assert (short["product"], short["quantity"]) == ("CMP-SEAL", 52)
    assert [(o["supplier"], o["days"], o["price"]) for o in short["offers"]] == [
        ("Roulements Express", 2, "17.5"),
        ("SealTech BV", 6, "14"),
    ]
    # seals in 2 days, hydraulic block 1 day, pump 3 days
    assert found["earliest"] == (NOW.date() + dt.timedelta(days=6)).isoformat()


async def test_delivery_too_early_is_impossible_and_says_when(person: Person) -> None:
    tomorrow = NOW.date() + dt.timedelta(days=1)
    found = await Person(person.catalog, ENGLISH).call(
        "check_delivery", product="PMP-200", quantity=120, date=tomorrow.isoformat()
    )
    assert found["possible"] is False
    assert ": not possible; 24 free, 96 to make" in found["summary"]
    assert "at the earliest on" in found["summary"]


async def test_customers_are_found_by_town_and_without_accents(person: Person) -> None:
    assert (await person.call("find_customers", query="lille"))["customers"] == [
        {"name": "Brasserie du Nord", "town": "Lille"}
    ]
    assert (await person.call("find_customers", query="rhône"))["customers"] == [
        {"name": "Chimie Rhone SAS", "town": "Vienne"}
    ]


async def test_customers_are_neither_suppliers_nor_carriers_nor_ourselves(person: Person) -> None:
    assert len((await person.call("find_customers", query=""))["customers"]) == 12


async def test_products_come_with_price_and_weight(person: Person) -> None:
    found = await person.call("find_products", query="inox")
    assert found["products"] == [
        {"code": "PMP-300", "name": "Centrifugal pump 300 inox", "price": "1180", "weight_kg": 31.0}
    ]
    assert plain(found["summary"]) == "1 produit : PMP-300 (Centrifugal pump 300 inox, 1 180,00 €, 31 kg)."


async def test_open_sales_can_be_narrowed(person: Person) -> None:
    assert len((await person.call("list_open_sales"))["sales"]) == 7
    (sale,) = (await person.call("list_open_sales", customer="brasserie"))["sales"]
    assert sale["lines"] == [{"product": "PMP-200", "quantity": 10}, {"product": "KIT-SRV", "quantity": 10}]
    (other,) = (await person.call("list_open_sales", product="PMP-300"))["sales"]
    assert other["customer"] == "Van den Berg Waterbouw"


@pytest.mark.parametrize(
    ("product", "said"),
    [
        ("XYZ-9", "aucun produit ne correspond à « XYZ-9 » ; il y a : DOS-050 ; KIT-SRV ; PMP-100"),
        ("pump", "plusieurs produits correspondent à « pump » : PMP-100 ; PMP-200 ; PMP-300"),
        ("%", "aucun produit ne correspond à « % »"),
    ],
)
async def test_unclear_product_names_what_exists(person: Person, product: str, said: str) -> None:
    with pytest.raises(ToolError) as refusal:
        await person.call("check_stock", product=product)
    assert plain(str(refusal.value)).startswith(said)


async def test_yesterday_and_nothing_are_refused(person: Person) -> None:
    yesterday = NOW.date() - dt.timedelta(days=2)
    with pytest.raises(ToolError, match="est passé"):
        await person.show("create_production_order", **PUMPS | {"date": yesterday.isoformat()})
    with pytest.raises(ToolError, match="more than 0"):
        await person.show("create_production_order", **PUMPS | {"quantity": 0})


async def test_what_is_bought_is_not_made_and_what_is_made_inside_is_not_sold(person: Person) -> None:
    with pytest.raises(ToolError, match="CMP-SEAL n'a pas de nomenclature"):
        await person.show("create_production_order", **PUMPS | {"product": "CMP-SEAL"})
    with pytest.raises(ToolError, match="SUB-MOT n'est pas à vendre"):
        await person.show("create_quotation", **OFFER | {"product": "SUB-MOT"})


# ------------------------------------------------------------------------------------------------ drafts


async def test_previews_write_nothing(person: Person, ledger: Ledger) -> None:
    models = ("production", "sale.sale", "sale.line", "stock.move", "res.user.warning")
    before = [await ledger.count(model) for model in models]
    production = await person.show("create_production_order", **PUMPS)
    assert production == {
        "Fabrique": "96 × PMP-200 (Centrifugal pump 200)",
        "Consomme": "96 SUB-MOT, 96 SUB-HYD, 96 CMP-SEAL, 192 CMP-BRG, 96 CMP-BOX",
        "SUB-MOT libres": {"before": "40", "after": "0 (il en manque 56)"},
        "SUB-HYD libres": {"before": "30", "after": "0 (il en manque 66)"},
        "CMP-SEAL libres": {"before": "110", "after": "14"},
        "CMP-BRG libres": {"before": "400", "after": "208"},
        "CMP-BOX libres": {"before": "280", "after": "184"},
        "Entrepôt": "WH (Lyon plant)",
        "Début prévu": production["Début prévu"],
        "Prêt le": production["Prêt le"],
    }
    quotation = await person.show("create_quotation", **OFFER)
    assert plain(quotation["Prix unitaire"]) == "690,00 €"
    assert plain(quotation["Total hors taxes"]) == "82 800,00 €"
    await person.facts("create_production_order", **PUMPS)
    await person.facts("create_quotation", **OFFER)
    assert [await ledger.count(model) for model in models] == before


async def test_production_is_created_once_for_a_key(person: Person, ledger: Ledger, key: str) -> None:
    witness = await person.facts("create_production_order", **PUMPS)
    first = await person.call("create_production_order", key, witness, **PUMPS)
    again = await person.call("create_production_order", key, witness, **PUMPS)
    assert again == first
    assert await person.settle("create_production_order", key) == Done(first)
    fields = ("state", "quantity", "product.code", "planned_date", "inputs.product.code", "inputs.quantity")
    (made,) = await ledger.search("production", [["reference", "=", key]], *fields)
    assert (made["id"], made["state"], made["quantity"]) == (first["record"], "draft", 96.0)
    assert (made["product."]["code"], made["planned_date"]) == ("PMP-200", DAY)
    assert {i["product."]["code"]: i["quantity"] for i in made["inputs."]} == {
        "SUB-MOT": 96,
        "SUB-HYD": 96,
        "CMP-SEAL": 96,
        "CMP-BRG": 192,
        "CMP-BOX": 96,
    }
    said = plain(first["summary"])
    assert said.startswith(f"Ordre de fabrication brouillon créé (fiche {made['id']}) : 96 × PMP-200, prévu le ")


async def test_production_in_the_other_warehouse(person: Person, ledger: Ledger, key: str) -> None:
    await person.call("create_production_order", key, **PUMPS | {"warehouse": "WH-LIL"})
    (made,) = await ledger.search("production", [["reference", "=", key]], "warehouse.code")
    assert made["warehouse."]["code"] == "WH-LIL"


async def test_quotation_is_created_once_for_a_key(person: Person, ledger: Ledger, key: str) -> None:
    witness = await person.facts("create_quotation", **OFFER)
    first = await person.call("create_quotation", key, witness, **OFFER)
    again = await person.call("create_quotation", key, witness, **OFFER)
    assert again["summary"] == first["summary"]
    fields = ("state", "party.name", "untaxed_amount", "shipping_date", "lines.quantity", "lines.product.code")
    (made,) = await ledger.search("sale.sale", [["reference", "=", key]], *fields)
    assert (made["id"], made["state"], made["shipping_date"]) == (first["record"], "draft", DAY)
    assert (made["party."]["name"], made["untaxed_amount"]) == ("Stadtwerke Freiburg", 82800)
    assert [(line["product."]["code"], line["quantity"]) for line in made["lines."]] == [("PMP-200", 120)]
    assert "120 × PMP-200 pour Stadtwerke Freiburg, 82 800,00 € hors taxes" in plain(first["summary"])


async def test_quotation_without_a_date(person: Person, ledger: Ledger, key: str) -> None:
    await person.call("create_quotation", key, customer="Hydrotec GmbH", product="KIT-SRV", quantity=3)
    (made,) = await ledger.search("sale.sale", [["reference", "=", key]], "shipping_date")
    assert made["shipping_date"] is None


async def test_nothing_is_created_without_a_decision(person: Person, ledger: Ledger) -> None:
    before = await ledger.count("production")
    with pytest.raises(ToolError, match="sans décision"):
        await person.call("create_production_order", **PUMPS)
    assert await ledger.count("production") == before


@pytest.mark.parametrize(("tool", "arguments"), [("create_production_order", PUMPS), ("create_quotation", OFFER)])
async def test_what_never_happened_is_not_found(person: Person, tool: str, arguments: Any) -> None:
    witness = await person.facts(tool, **arguments)
    assert await person.settle(tool, "P-never", witness) == NotDone()


async def test_a_quotation_whose_reference_somebody_replaced_is_not_told_as_undone(
    person: Person, ledger: Ledger, key: str
) -> None:
    witness = await person.facts("create_quotation", **OFFER)
    made = await person.call("create_quotation", key, witness, **OFFER)
    await ledger.change("model.sale.sale.write", [made["record"]], {"reference": "PO-4711"})
    told = f"le devis (fiche {made['record']}) n'a plus la référence de Baton : est-ce cette fiche ?"
    assert await person.settle("create_quotation", key, witness) == Unsure(told)
    await ledger.forget(["PO-4711"])


async def test_changed_bill_of_materials_stops_the_creation(person: Person, ledger: Ledger, key: str) -> None:
    order = PUMPS | {"product": "DOS-050"}
    witness = await person.facts("create_production_order", **order)
    (line,) = await ledger.search(
        "production.bom.input", [["bom.name", "=", "DOS-050"], ["product.code", "=", "CMP-IMP"]], "quantity"
    )
    await ledger.change("model.production.bom.input.write", [line["id"]], {"quantity": 3.0})
    with pytest.raises(ToolError, match="l'ERP a changé depuis la proposition : rien n'a été fait"):
        await person.call("create_production_order", key, witness, **order)
    assert await ledger.count("production", ["reference", "=", key]) == 0
    await ledger.change("model.production.bom.input.write", [line["id"]], {"quantity": 1.0})


async def test_changed_price_stops_the_quotation(person: Person, ledger: Ledger, key: str) -> None:
    offer = OFFER | {"product": "PMP-300"}
    witness = await person.facts("create_quotation", **offer)
    (template,) = await ledger.search("product.template", [["code", "=", "PMP-300"]], "id")
    await ledger.change("model.product.template.write", [template["id"]], {"list_price": Decimal("1200")})
    with pytest.raises(ToolError, match="unit_price"):
        await person.call("create_quotation", key, witness, **offer)
    assert await ledger.count("sale.sale", ["reference", "=", key]) == 0
    await ledger.change("model.product.template.write", [template["id"]], {"list_price": Decimal("1180")})


# ------------------------------------------------------------------------------------------------- undo

DRAFTS = [("create_production_order", "production", PUMPS), ("create_quotation", "sale.sale", OFFER)]
UNDONE = {
    "create_production_order": "Brouillon annulé : ordre de fabrication (fiche {}), qui reste dans l'ERP à l'état annulé.",
    "create_quotation": "Brouillon annulé : devis (fiche {}), qui reste dans l'ERP à l'état annulé.",
}
drafts = pytest.mark.parametrize(("tool", "model", "arguments"), DRAFTS, ids=[name for name, *_ in DRAFTS])


async def state(ledger: Ledger, model: str, key: str) -> str:
    (row,) = await ledger.search(model, [["reference", "=", key]], "state")
    return str(row["state"])


@drafts
async def test_draft_is_taken_back_and_stays_in_the_erp_as_cancelled(
    person: Person, ledger: Ledger, key: str, tool: str, model: str, arguments: Any
) -> None:
    await person.call(tool, key, **arguments)
    receipt = (await person.settle(tool, key)).receipt
    undone = await person.undo(tool, receipt)
    said = UNDONE[tool].format(receipt["record"])
    assert undone | {"summary": plain(undone["summary"])} == {
        "reference": key, "record": receipt["record"], "state": "cancelled", "summary": said,
    }  # fmt: skip
    assert await state(ledger, model, key) == "cancelled"


async def test_english_receipt_of_an_undo(catalog: Catalog, key: str) -> None:
    person = Person(catalog, ENGLISH)
    receipt = await person.call("create_quotation", key, **OFFER)
    assert (await person.undo("create_quotation", receipt))["summary"] == (
        f"Draft cancelled: quotation (record {receipt['record']}), which stays in the ERP as cancelled."
    )


async def test_preview_foresees_the_stock_and_undo_gives_it_back(person: Person, key: str) -> None:
    def free(card: Any, when: str) -> dict[str, int]:
        return {name: int(value[when].split()[0]) for name, value in card.items() if "libres" in name}

    before = await person.show("create_production_order", **PUMPS)
    receipt = await person.call("create_production_order", key, **PUMPS)
    between = await person.show("create_production_order", **PUMPS)
    assert free(between, "before") == free(before, "after")
    await person.undo("create_production_order", receipt)
    assert await person.show("create_production_order", **PUMPS) == before


@drafts
async def test_second_undo_finds_it_cancelled(person: Person, key: str, tool: str, model: str, arguments: Any) -> None:
    receipt = await person.call(tool, key, **arguments)
    await person.undo(tool, receipt)
    with pytest.raises(ToolError, match=r"\(fiche \d+\) est déjà annulé : rien n'a été fait$"):
        await person.undo(tool, receipt)


@pytest.mark.parametrize(
    ("tool", "model", "arguments", "button", "french", "english"),
    [
        (*DRAFTS[0], "wait", "l'ordre de fabrication n° {} est déjà en attente de ses composants : rien n'a été fait",
         "the production order no. {} is already waiting for its parts: nothing was done"),
        (*DRAFTS[1], "quote", "le devis n° {} est déjà émis : rien n'a été fait",
         "the quotation no. {} is already issued: nothing was done"),
    ],
    ids=["production", "quotation"],
)  # fmt: skip
async def test_what_has_moved_on_is_not_taken_back(
    person: Person,
    ledger: Ledger,
    key: str,
    tool: str,
    model: str,
    arguments: Any,
    button: str,
    french: str,
    english: str,
) -> None:
    receipt = await person.call(tool, key, **arguments)
    await ledger.change(f"model.{model}.{button}", [receipt["record"]])
    (row,) = await ledger.search(model, [["reference", "=", key]], "number", "state")
    for actor, said in ((FRENCH, french), (ENGLISH, english)):
        with pytest.raises(ToolError) as refusal:
            await Person(person.catalog, actor).undo(tool, receipt)
        assert str(refusal.value) == said.format(row["number"])
    assert await state(ledger, model, key) == row["state"]
    await ledger.change(f"model.{model}.cancel", [receipt["record"]])  # only so may it be deleted


@drafts
@pytest.mark.parametrize("where", ["form", "line"])
async def test_draft_that_somebody_changed_is_not_taken_back(
    person: Person, ledger: Ledger, key: str, tool: str, model: str, arguments: Any, where: str
) -> None:
    receipt = await person.call(tool, key, **arguments)
    await change(ledger, model, receipt["record"], where)
    with pytest.raises(
        ToolError, match=r"\(fiche \d+\) a été modifié dans l'ERP depuis sa création : rien n'a été fait"
    ):
        await person.undo(tool, receipt)
    assert await state(ledger, model, key) == "draft"


async def change(ledger: Ledger, model: str, record: int, where: str) -> None:
    """What a person would do in the ERP's own form, which saves record and lines at once, or in its list of lines."""
    line, parent = ("stock.move", "production_input") if model == "production" else ("sale.line", "sale")
    found = await ledger.search(line, [[parent, "=", record]], "id")
    changed = [found[0]["id"]], {"quantity": 7.0}
    if where == "line":
        await ledger.change(f"model.{line}.write", *changed)
    elif model == "production":
        later = DAY + dt.timedelta(days=1)
        await ledger.change("model.production.write", [record], {"planned_date": later, "planned_start_date": later})
    else:
        await ledger.change("model.sale.sale.write", [record], {"lines": [["write", *changed]]})


@drafts
async def test_deleted_draft_is_not_taken_back(
    person: Person, ledger: Ledger, key: str, tool: str, model: str, arguments: Any
) -> None:
    receipt = await person.call(tool, key, **arguments)
    await ledger.forget([key])
    with pytest.raises(ToolError, match=rf"^l'ERP n'a plus de .* portant la référence {key} : rien n'a été fait$"):
        await person.undo(tool, receipt)


@drafts
async def test_record_of_somebody_else_with_the_same_number_is_not_taken_back(
    person: Person, ledger: Ledger, key: str, tool: str, model: str, arguments: Any
) -> None:
    receipt = await person.call(tool, key, **arguments)
    with pytest.raises(ToolError, match="portant la référence P-other"):
        await person.undo(tool, receipt | {"reference": "P-other"})
    assert await state(ledger, model, key) == "draft"


@pytest.mark.parametrize(
    ("tool", "model", "arguments", "where"),
    [(*DRAFTS[0], "form"), (*DRAFTS[0], "line"), (*DRAFTS[1], "form")],  # cancelling writes no quotation's lines
    ids=["production", "its parts", "quotation"],
)
async def test_change_at_the_last_moment_stops_the_undo(
    traveller: Person, road: Road, ledger: Ledger, key: str, tool: str, model: str, arguments: Any, where: str
) -> None:
    receipt = await traveller.call(tool, key, **arguments)

    async def meanwhile(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        await change(ledger, model, receipt["record"], where)
        return await forward()

    road.happen(f"model.{model}.cancel", meanwhile)
    with pytest.raises(ToolError, match="quelqu'un a modifié la fiche entre-temps"):
        await traveller.undo(tool, receipt)
    assert await state(ledger, model, key) == "draft"


@drafts
async def test_lost_answer_of_an_undo_is_no_refusal(
    traveller: Person, road: Road, ledger: Ledger, key: str, tool: str, model: str, arguments: Any
) -> None:
    receipt = await traveller.call(tool, key, **arguments)
    road.happen(f"model.{model}.cancel", cut)
    with pytest.raises(httpx.RemoteProtocolError):
        await traveller.undo(tool, receipt)
    assert await state(ledger, model, key) == "cancelled"


@drafts
async def test_nothing_is_taken_back_without_a_decision_or_a_receipt(
    person: Person, ledger: Ledger, key: str, tool: str, model: str, arguments: Any
) -> None:
    receipt = await person.call(tool, key, **arguments)
    with pytest.raises(ToolError, match="rien n'est fait sans décision"):
        await person.undo(tool, receipt, None)
    with pytest.raises(ToolError, match="le reçu ne dit pas quelle fiche a été créée : rien n'a été fait"):
        await person.undo(tool, {"according_to": "U2"})
    assert await state(ledger, model, key) == "draft"


# ---------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("accident", [cut, nonsense])
async def test_lost_answer_is_no_refusal_and_the_record_is_found(
    traveller: Person, road: Road, ledger: Ledger, key: str, accident: Reply
) -> None:
    road.happen("model.production.create", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011 - what matters is what it is not
        await traveller.call("create_production_order", key, **PUMPS)
    assert not isinstance(lost.value, ToolError)
    found = await traveller.settle("create_production_order", key)
    assert isinstance(found, Done)
    assert found.receipt["reference"] == key
    assert await ledger.count("production", ["reference", "=", key]) == 1


async def test_write_without_an_answer_in_time_is_no_refusal(
    traveller: Person, road: Road, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_tryton.rpc.WRITE_SECONDS", 0.3)
    road.happen("model.sale.sale.create", silence)
    with pytest.raises(httpx.ReadTimeout):
        await traveller.call("create_quotation", key, **OFFER)
    witness = await traveller.facts("create_quotation", **OFFER)
    assert await traveller.settle("create_quotation", key, witness) == NotDone()


async def test_reading_from_a_hanging_erp_is_refused_in_time(
    traveller: Person, road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    from _tryton import rpc

    assert traveller.catalog["check_stock"].timeout > rpc.READ_SECONDS
    monkeypatch.setattr(rpc, "READ_SECONDS", 0.3)
    road.happen("product.product", silence)
    with pytest.raises(ToolError, match="l'ERP n'a pas répondu"):
        await traveller.call("check_stock", product="PMP-200")


async def test_reading_nonsense_is_refused(traveller: Person, road: Road) -> None:
    road.happen("product.product", nonsense)
    with pytest.raises(ToolError, match="réponse incompréhensible"):
        await traveller.call("check_stock", product="PMP-200")


async def test_erp_that_is_no_erp_is_refused_at_login(traveller: Person, road: Road) -> None:
    road.happen("common.db.login", nonsense)
    with pytest.raises(ToolError, match="réponse incompréhensible"):
        await traveller.call("create_production_order", "P-x", **PUMPS)


async def test_broken_line_while_reading_is_refused(traveller: Person, road: Road) -> None:
    road.happen("stock.move", cut)
    with pytest.raises(ToolError, match="la connexion à l'ERP s'est rompue"):
        await traveller.call("check_stock", product="PMP-200")


async def test_erp_that_is_down_is_refused(erp: Erp) -> None:
    catalog = load(f"http://127.0.0.1:{servers.free_port()}", erp)
    for name, arguments in (("check_stock", {"product": "PMP-200"}), ("create_production_order", PUMPS)):
        with pytest.raises(ToolError, match="nothing was sent"):
            await Person(catalog).call(name, "P-x", **arguments)
    await catalog.close()


async def test_wrong_password_is_refused_without_showing_it(erp: Erp) -> None:
    catalog = Catalog.load(servers.ROOT / "tools", {**erp.environment, "TRYTON_PASSWORD": "not-this-one"})
    with pytest.raises(ToolError) as refusal:
        await Person(catalog).call("check_stock", product="PMP-200")
    assert "refuse l'identifiant ou le mot de passe" in str(refusal.value)
    assert "not-this-one" not in str(refusal.value)
    await catalog.close()


async def test_refusal_of_the_erp_is_quoted(person: Person, ledger: Ledger) -> None:
    from _tryton.rpc import Refused, Tryton

    (sale,) = await ledger.search("sale.sale", [["reference", "=", "BC-2231"]], "id")
    with pytest.raises(Refused, match=r"l'ERP refuse : .*delet"):
        await Tryton(person.context()).write("model.sale.sale.delete", [sale["id"]])
    assert await ledger.count("sale.sale", ["reference", "=", "BC-2231"]) == 1


async def test_warning_of_the_erp_is_shown_and_never_confirmed(
    traveller: Person, road: Road, ledger: Ledger, key: str
) -> None:
    confirmed = await ledger.count("res.user.warning")
    road.happen("model.production.on_change", warning)
    shown = await traveller.show("create_production_order", **PUMPS)
    assert shown == {"warnings": ["l'ERP demande confirmation : The date is on a Sunday. Sure?"]}
    road.happen("model.production.create", warning)
    with pytest.raises(ToolError, match=r"The date is on a Sunday\."):
        await traveller.call("create_production_order", key, **PUMPS)
    assert await ledger.count("res.user.warning") == confirmed
    assert await ledger.count("production", ["reference", "=", key]) == 0


def drop_sessions(erp: Erp) -> None:
    with sqlite3.connect(erp.folder / "db/demo.sqlite") as database:
        database.execute("DELETE FROM ir_session")
    database.close()


async def test_expired_session_logs_in_again(person: Person, erp: Erp) -> None:
    await person.call("check_stock", product="PMP-200")
    drop_sessions(erp)
    assert (await person.call("check_stock", product="PMP-200"))["free"] == 24


async def test_session_that_expires_before_the_write_creates_one_record(
    traveller: Person, road: Road, erp: Erp, ledger: Ledger, key: str
) -> None:
    expired = []

    async def expire(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if not expired:
            expired.append(True)
            drop_sessions(erp)
        return await forward()

    road.happen("model.production.create", expire)
    await traveller.call("create_production_order", key, **PUMPS)
    assert await ledger.count("production", ["reference", "=", key]) == 1


async def test_calls_at_the_same_time_share_one_login(traveller: Person, road: Road) -> None:
    logins = []

    async def count(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        logins.append(True)
        return await forward()

    road.happen("common.db.login", count)
    await asyncio.gather(*(traveller.call("find_products", query="pmp") for _ in range(4)))
    assert len(logins) == 1


# ------------------------------------------------------------------------------------------ the demo ERP


def run_erp(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*servers.COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_running_erp_is_neither_served_twice_nor_reset(erp: Erp) -> None:
    for command in (["serve", str(erp.folder), "--port", "0"], ["reset", str(erp.folder)]):
        refused = run_erp(*command)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "is running: stop it first" in refused.stderr


def test_prepared_erp_is_ready_at_once(erp: Erp) -> None:
    assert run_erp("prepare", str(erp.folder)).stdout == "ERP: ready\n"


def test_what_is_not_prepared_is_neither_served_nor_reset(tmp_path: Path) -> None:
    for command in ("serve", "reset"):
        refused = run_erp(command, str(tmp_path))
        assert refused.returncode == 1
        assert "run `prepare` first" in refused.stderr


def test_reset_brings_the_first_day_back(erp: Erp, tmp_path: Path) -> None:
    servers.copy(servers.prepare(), tmp_path / "demo")
    live = tmp_path / "demo/db/demo.sqlite"
    fresh = live.read_bytes()
    with sqlite3.connect(live) as database:
        database.execute("DELETE FROM ir_session")
        database.execute("UPDATE party_party SET name = 'changed'")
    database.close()
    assert live.read_bytes() != fresh
    assert run_erp("reset", str(tmp_path / "demo")).returncode == 0
    assert live.read_bytes() == fresh


def test_unfinished_database_is_made_again_from_the_template(erp: Erp, tmp_path: Path) -> None:
    """What a killed `prepare` leaves behind: a live file without the mark that it is whole."""
    servers.copy(servers.prepare(), tmp_path / "demo")
    live = tmp_path / "demo/db/demo.sqlite"
    fresh = live.read_bytes()
    for mark in live.parent.glob("from-*"):
        mark.unlink()
    live.write_bytes(fresh[:4096])
    assert run_erp("prepare", str(tmp_path / "demo")).stdout == "ERP: ready\n"
    assert live.read_bytes() == fresh
