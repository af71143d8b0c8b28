"""The ERP's whole flow against a real Tryton: from an opportunity to goods that have left, step by step, and back."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot import Done, NotDone, ToolError, Unsure
from bot.tooling.catalog import Catalog
from tests.erp import ROOT, Erp, running
from tests.errands import DAY, ENGLISH, NOW, Ledger, Person, Reply, Road, cut, nonsense, plain, warning

pytestmark = pytest.mark.slow

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    """A server of its own: what is shipped here cannot be brought back for others."""
    with running(tmp_path_factory.mktemp("flow") / "demo") as server:
        yield server


class Decided:
    """A person whose proposals are approved: shown, read again, carried out."""

    def __init__(self, person: Person) -> None:
        self.person = person

    async def do(self, tool: str, **arguments: Any) -> Any:
        self.card = json.loads(plain(json.dumps(await self.person.show(tool, **arguments), ensure_ascii=False)))
        self.witness = await self.person.facts(tool, **arguments)
        self.key = f"F-{next(_numbers)}"
        return await self.person.call(tool, self.key, self.witness, **arguments)


@pytest.fixture
def decided(person: Person) -> Decided:
    return Decided(person)


async def stock(ledger: Ledger, code: str) -> float:
    """What lies in Lyon, as the ERP counts it."""
    (place,) = await ledger.search("stock.location", [["code", "=", "WH"]], "id")
    (item,) = await ledger.search("product.product", [["code", "=", code]], "id")
    where = {"locations": [place["id"]], "stock_date_end": NOW.date()}
    (row,) = await ledger._tryton().read("model.product.product.read", [item["id"]], ["quantity"], **where)
    return float(row["quantity"])


async def test_two_lines_of_one_product_both_stand_on_the_card(
    person: Person, decided: Decided, ledger: Ledger
) -> None:
    offer = await decided.do("create_quotation", customer="Piscines Azur", product="PMP-300", quantity=10)
    (line,) = await ledger.search("sale.line", [["sale", "=", offer["record"]]], "id")
    await ledger.change("model.sale.line.copy", [line["id"]], {"quantity": 6})
    shown = await person.show("issue_quotation", quotation=offer["reference"])
    assert shown["Lignes"] == "10 × PMP-300, 6 × PMP-300"
    await ledger.forget([offer["reference"]])


async def test_the_flow_from_an_opportunity_to_goods_that_have_left(
    person: Person, decided: Decided, ledger: Ledger
) -> None:
    (chance,) = (await person.call("list_opportunities", customer="antwerp"))["opportunities"]
    assert (chance["title"], chance["probability"], chance["lines"]) == (
        "Dosing units for 3 plants",
        40,
        [{"product": "DOS-050", "quantity": 30}],
    )
    offer = await decided.do(
        "create_quotation", customer=chance["customer"], product="DOS-050", quantity=30, date=DAY.isoformat()
    )
    freight = await person.call("compare_freight", sale=offer["reference"])
    assert [(c["carrier"], c["price"]) for c in freight["carriers"]] == [
        ("Fret Palettes", "60"),
        ("TransEurope Road", "75"),
        ("Rapid Express 24h", "190"),
    ]
    planned = await decided.do("plan_quotation", quotation=offer["reference"], carrier="palettes")
    assert decided.card["Port"] == "60,00 €"
    assert planned["carrier"] == "Fret Palettes"
    issued = await decided.do("issue_quotation", quotation=offer["reference"])
    assert decided.card["Total hors taxes"] == {"before": "15 600,00 €", "after": "15 660,00 €"}
    assert (issued["state"], issued["amount"]) == ("quotation", "15660.00")
    ordered = await decided.do("confirm_sale", sale=issued["number"])
    assert ordered["state"] == "processing"

    made = await decided.do("create_production_order", product="DOS-050", quantity=20, date=DAY.isoformat())
    released = await decided.do("release_production_order", production=made["reference"])
    assert released["state"] == "assigned"
    before = await stock(ledger, "CMP-CTRL"), await stock(ledger, "DOS-050")
    await decided.do("start_production_order", production=released["number"])
    assert decided.card["CMP-CTRL en stock"] == {"before": "30", "after": "10"}
    await decided.do("finish_production_order", production=released["number"])
    assert decided.card["DOS-050 en stock"] == {"before": "25", "after": "45"}
    assert (await stock(ledger, "CMP-CTRL"), await stock(ledger, "DOS-050")) == (before[0] - 20, before[1] + 20)

    bought = await decided.do("create_purchase", supplier="sealtech", product="CMP-SEAL", quantity=52)
    confirmed = await decided.do("confirm_purchase", purchase=bought["reference"])
    assert (confirmed["state"], confirmed["amount"]) == ("processing", "728.00")
    (waiting,) = (await person.call("list_open_shipments", customer="antwerp"))["shipments"]
    reserved = await decided.do("prepare_shipment", shipment=waiting["number"])
    assert reserved["state"] == "assigned"
    gone = await decided.do("dispatch_shipment", shipment=waiting["number"])
    assert decided.card["DOS-050 en stock"] == {"before": "45", "after": "15"}
    assert (gone["state"], gone["finished"]) == ("done", True)
    assert await stock(ledger, "DOS-050") == before[1] + 20 - 30
    assert (await person.call("list_open_shipments", customer="antwerp"))["shipments"] == []
    assert [
        plain(one["summary"]) for one in (planned, issued, ordered, released, bought, confirmed, reserved, gone)
    ] == [
        f"Devis modifié : fiche {offer['record']} Municipal Water Antwerp, transporteur : Fret Palettes.",
        "Devis émis : n° 7, 30 × DOS-050 pour Municipal Water Antwerp, 15 660,00 € hors taxes.",
        "Commande confirmée : n° 7, 30 × DOS-050 pour Municipal Water Antwerp, 15 660,00 € hors taxes.",
        "Ordre de fabrication lancé : n° 2, 20 × DOS-050, tous les composants sont réservés.",
        f"Achat brouillon créé (fiche {bought['record']}) : 52 × CMP-SEAL chez SealTech BV, 728,00 € hors taxes.",
        "Achat confirmé : n° 2, 52 × CMP-SEAL chez SealTech BV, 728,00 € hors taxes.",
        "Bon de livraison préparé : n° 5, 30 × DOS-050 pour Municipal Water Antwerp, toute la marchandise est réservée.",
        "Marchandise expédiée : n° 5, 30 × DOS-050 pour Municipal Water Antwerp.",
    ]
    notes = await ledger.search("ir.note", [["resource", "=", f"sale.sale,{offer['record']}"]], "message")
    assert sorted(note["message"] for note in notes) == [
        f"Baton {planned['reference']}: plan quotation\nDevis modifié (décidé dans Baton)",
        f"Baton {issued['reference']}: issue quotation\nDevis émis (décidé dans Baton)",
        f"Baton {ordered['reference']}: confirm sale\nCommande confirmée (décidé dans Baton)",
    ]


# ------------------------------------------------------------------------------------------- looking up


async def test_what_is_open_is_listed(catalog: Catalog) -> None:
    person = Person(catalog, ENGLISH)
    said = plain((await person.call("list_open_purchases", supplier="SealTech"))["summary"])
    assert "no. 1 SealTech BV (60 CMP-SEAL, €840.00, an order in progress)" in said
    said = plain((await person.call("list_productions", product="PMP-100"))["summary"])
    assert said.startswith("1 open production order: no. 1 20 PMP-100 (for ")
    assert said.endswith("waiting for its parts).")
    chances = await person.call("list_opportunities")
    assert [one["title"] for one in chances["opportunities"]][:2] == [
        "Stainless pumps, line 2",
        "Renewal of pumping station 4",
    ]
    assert "brewery in Ghent, no customer" in chances["summary"]


async def test_freight_of_120_pumps_is_what_the_story_says(person: Person) -> None:
    found = await person.call("compare_freight", product="PMP-200", quantity=120)
    assert (found["weight_kg"], [(c["carrier"], c["price"]) for c in found["carriers"]]) == (
        "2640.0",
        [("Fret Palettes", "410"), ("TransEurope Road", "780"), ("Rapid Express 24h", "2900")],
    )
    assert plain(found["summary"]).startswith(
        "120 × PMP-200 (2 640 kg) : Fret Palettes (Pallet freight 6 days) 410,00 €"
    )
    with pytest.raises(ToolError, match="donnez un produit et une quantité, ou une vente"):
        await person.call("compare_freight", product="PMP-200")


async def test_freight_at_the_very_limit_of_a_step_is_what_the_erp_charges(decided: Decided, ledger: Ledger) -> None:
    (kit,) = await ledger.search("product.template", [["code", "=", "KIT-SRV"]], "id")
    await ledger.change("model.product.template.write", [kit["id"]], {"weight": 1.0})
    offer = await decided.do("create_quotation", customer="Hydrotec", product="KIT-SRV", quantity=20)
    await decided.do("plan_quotation", quotation=offer["reference"], carrier="TransEurope")
    assert decided.card["Port"] == "12,00 €"
    issued = await decided.do("issue_quotation", quotation=offer["reference"])
    assert Decimal(issued["amount"]) == Decimal(offer["amount"]) + 12
    await ledger.change("model.product.template.write", [kit["id"]], {"weight": 1.2})


@pytest.mark.parametrize(
    ("tool", "argument", "text", "said"),
    [
        ("confirm_sale", "sale", "99", "aucun devis ne correspond à « 99 » ; il y a : n° "),
        ("confirm_sale", "sale", "BC-2231", "le devis n° 1 est une commande en cours : rien n'a été fait"),
        ("issue_quotation", "quotation", "n° 4", "le devis n° 4 est émis : rien n'a été fait"),
        ("start_production_order", "production", "1", "l'ordre de fabrication n° 1 est en attente de ses composants"),
        ("dispatch_shipment", "shipment", "brasserie", "aucun bon de livraison ne correspond à « brasserie »"),
        ("prepare_shipment", "shipment", "a", "plusieurs fiches (bon de livraison) correspondent à « a » : n° "),
    ],
)
async def test_who_names_no_record_or_a_wrong_one_is_told(
    person: Person, tool: str, argument: str, text: str, said: str
) -> None:
    with pytest.raises(ToolError) as refusal:
        await person.show(tool, **{argument: text})
    assert plain(str(refusal.value)).startswith(said)


async def test_a_supplier_is_asked_only_for_what_it_supplies(person: Person) -> None:
    with pytest.raises(ToolError, match="Moteurs Leroux ne fournit pas CMP-SEAL"):
        await person.show("create_purchase", supplier="leroux", product="CMP-SEAL", quantity=5)
    card = await person.show("create_purchase", supplier="roulements", product="CMP-SEAL", quantity=52)
    assert {name: plain(value) for name, value in card.items()} == {
        "Fournisseur": "Roulements Express",
        "Ligne": "52 × CMP-SEAL (Mechanical seal)",
        "Prix unitaire": "17,50 €",
        "Total hors taxes": "910,00 €",
        "Délai": "2 jours",
    }


# ------------------------------------------------------------------------------------------------- undo


async def drafted(decided: Decided, quantity: int = 2) -> Any:
    return await decided.do("create_quotation", customer="Hydrotec", product="KIT-SRV", quantity=quantity)


async def issued(decided: Decided) -> Any:
    return await decided.do("issue_quotation", quotation=(await drafted(decided))["reference"])


async def offered(ledger: Ledger) -> Any:
    """A quotation that somebody issued in the ERP itself: what of it is read, and its lines."""
    (seen,) = await ledger.search("sale.sale", [["reference", "=", "LA-0091"]], "id")
    copies = await ledger.change("model.sale.sale.copy", [seen["id"]])
    await ledger.change("model.sale.sale.quote", copies)
    (made,) = await ledger.search("sale.sale", [["id", "in", copies]], "number", "lines")
    return made


async def test_an_issued_quotation_is_a_draft_again(decided: Decided, ledger: Ledger) -> None:
    receipt = await issued(decided)
    undone = await decided.person.undo("issue_quotation", receipt)
    assert plain(undone["summary"]) == f"Le devis n° {receipt['number']} est de nouveau un brouillon."
    (row,) = await ledger.search("sale.sale", [["id", "=", receipt["record"]]], "state")
    assert row["state"] == "draft"
    with pytest.raises(ToolError, match="est déjà un brouillon : rien n'a été fait"):
        await decided.person.undo("issue_quotation", receipt)
    assert (await decided.do("issue_quotation", quotation=receipt["number"]))["amount"] == receipt["amount"]


async def test_carrier_and_day_come_back(decided: Decided, ledger: Ledger) -> None:
    draft = await drafted(decided)
    fields = ("carrier.party.name", "shipping_date")
    before = await ledger.search("sale.sale", [["id", "=", draft["record"]]], *fields)
    receipt = await decided.do("plan_quotation", quotation=draft["reference"], carrier="palettes", date=DAY.isoformat())
    (row,) = await ledger.search("sale.sale", [["id", "=", draft["record"]]], *fields)
    assert (row["carrier."]["party."]["name"], row["shipping_date"]) == ("Fret Palettes", DAY)
    await decided.person.undo("plan_quotation", receipt)
    assert await ledger.search("sale.sale", [["id", "=", draft["record"]]], *fields) == before
    with pytest.raises(ToolError, match="a été modifié dans l'ERP depuis : rien n'a été fait"):
        await decided.person.undo("plan_quotation", receipt)


@pytest.mark.parametrize(
    ("quantity", "first", "reached"), [(2, "draft", "assigned"), (20, "draft", "waiting"), (2, "waiting", "assigned")]
)
async def test_a_release_is_taken_back_and_reserves_nothing(
    decided: Decided, ledger: Ledger, quantity: int, first: str, reached: str
) -> None:
    made = await decided.do("create_production_order", product="PMP-300", quantity=quantity, date=DAY.isoformat())
    if first == "waiting":
        await ledger.change("model.production.wait", [made["record"]])
    receipt = await decided.do("release_production_order", production=made["reference"])
    assert (receipt["state"], receipt["before"]) == (reached, first)
    if reached == "waiting":
        said = "20 × PMP-300, réservé en partie seulement, il manque 5 × CMP-CAS-IN."
        assert plain(receipt["summary"]).endswith(said)
        assert decided.card["CMP-CAS-IN libres"] == {"before": "15", "after": "0 (il en manque 5)"}
    await decided.person.undo("release_production_order", receipt)
    (row,) = await ledger.search("production", [["id", "=", made["record"]]], "state", "inputs.state")
    assert (row["state"], {line["state"] for line in row["inputs."]}) == (first, {"draft"})
    await ledger.change("model.production.cancel", [made["record"]])


async def test_a_reserved_shipment_is_free_again(decided: Decided, ledger: Ledger) -> None:
    receipt = await decided.do("prepare_shipment", shipment="Fonderie Mercier")
    assert receipt["state"] == "assigned"
    await decided.person.undo("prepare_shipment", receipt)
    fields = ("state", "inventory_moves.state")
    (row,) = await ledger.search("stock.shipment.out", [["id", "=", receipt["record"]]], *fields)
    assert (row["state"], {move["state"] for move in row["inventory_moves."]}) == ("waiting", {"draft"})


async def test_a_draft_purchase_is_cancelled(decided: Decided, ledger: Ledger) -> None:
    receipt = await decided.do("create_purchase", supplier="Delage", product="CMP-IMP", quantity=10)
    assert await decided.person.settle("create_purchase", receipt["reference"]) == Done(receipt)
    await decided.person.undo("create_purchase", receipt)
    (row,) = await ledger.search("purchase.purchase", [["id", "=", receipt["record"]]], "state")
    assert row["state"] == "cancelled"


@pytest.mark.parametrize("model", ["sale.sale", "sale.line"])
async def test_what_somebody_worked_on_since_is_not_taken_back(decided: Decided, ledger: Ledger, model: str) -> None:
    receipt = await issued(decided)
    (row,) = await ledger.search("sale.sale", [["id", "=", receipt["record"]]], "lines")
    change = ([row["id"]], {"comment": "call first"}) if model == "sale.sale" else ([row["lines"][0]], {"note": "x"})
    await ledger.change(f"model.{model}.write", *change)
    with pytest.raises(ToolError, match="a été modifié dans l'ERP depuis : rien n'a été fait"):
        await decided.person.undo("issue_quotation", receipt)
    with pytest.raises(ToolError, match="le reçu ne dit pas quelle fiche a été changée"):
        await decided.person.undo("issue_quotation", {"according_to": "U2"})


async def test_what_has_gone_further_is_not_taken_back(decided: Decided) -> None:
    receipt = await issued(decided)
    await decided.do("confirm_sale", sale=receipt["number"])
    with pytest.raises(ToolError, match="est déjà une commande en cours : rien n'a été fait"):
        await decided.person.undo("issue_quotation", receipt)


def test_what_has_no_way_back_asks_two_people_and_nothing_else_does(catalog: Catalog) -> None:
    acting = [tool for tool in catalog.values() if tool.system == "tryton" and not tool.read_only]
    assert {tool.name for tool in acting if tool.destructive} == {
        "confirm_sale",
        "confirm_purchase",
        "start_production_order",
        "finish_production_order",
        "dispatch_shipment",
    }
    assert [tool.name for tool in acting if tool.destructive == (tool.undoer is not None)] == []


# --------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("accident", [cut, nonsense])
async def test_a_lost_answer_is_no_refusal_and_the_erp_knows_that_it_was_done(
    ledger: Ledger, traveller: Person, road: Road, accident: Reply
) -> None:
    number = (await offered(ledger))["number"]
    witness = await traveller.facts("confirm_sale", sale=number)
    road.happen("sale.sale.confirm", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011 - what matters is what it is not
        await traveller.call("confirm_sale", "F-lost", witness, sale=number)
    assert not isinstance(lost.value, ToolError)
    found = await traveller.settle("confirm_sale", "F-lost", witness)
    assert isinstance(found, Done)
    assert (found.receipt["state"], found.receipt["reference"]) == ("processing", "F-lost")
    assert await traveller.settle("confirm_sale", "F-other", witness) == NotDone()


async def lost_before(request: web.Request, forward: Any) -> web.StreamResponse:
    """The line breaks before the server hears of it."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def test_what_never_arrived_was_not_done(ledger: Ledger, traveller: Person, road: Road) -> None:
    _, witness = await unheard(ledger, traveller, road, "F-unheard")
    assert await traveller.settle("confirm_sale", "F-unheard", witness) == NotDone()


async def unheard(ledger: Ledger, traveller: Person, road: Road, key: str) -> tuple[Any, Any]:
    """A quotation whose confirmation never reached the ERP, and the facts for it."""
    sale = await offered(ledger)
    witness = await traveller.facts("confirm_sale", sale=sale["number"])
    road.happen("sale.sale.confirm", lost_before)
    with pytest.raises(httpx.RemoteProtocolError):
        await traveller.call("confirm_sale", key, witness, sale=sale["number"])
    return sale, witness


class Unlucky:
    """A person to whom the ERP's answer never comes back, once it has done what was asked."""

    def __init__(self, person: Person, road: Road) -> None:
        self.person, self.road = person, road

    async def do(self, tool: str, word: str, /, **arguments: Any) -> Any:
        """Lose the answer to `word`; the receipt is what the ERP is found to know."""
        witness, key = await self.person.facts(tool, **arguments), f"F-{next(_numbers)}"
        self.road.happen(word, cut)
        with pytest.raises(Exception) as lost:  # noqa: PT011 - what matters is what it is not
            await self.person.call(tool, key, witness, **arguments)
        assert not isinstance(lost.value, ToolError), (tool, lost.value)
        self.road.reply = None
        found = await self.person.settle(tool, key, witness)
        assert isinstance(found, Done), (tool, found)
        assert found.receipt["reference"] == key
        return found.receipt


async def test_each_step_of_the_flow_is_known_although_its_answer_was_lost(
    traveller: Person, road: Road, ledger: Ledger
) -> None:
    unlucky, day = Unlucky(traveller, road), DAY.isoformat()
    before = await stock(ledger, "KIT-SRV")
    offer = await unlucky.do(
        "create_quotation", "sale.sale.create", customer="Hydrotec", product="KIT-SRV", quantity=2, date=day
    )
    planned = await unlucky.do("plan_quotation", "sale.sale.write", quotation=offer["reference"], carrier="palettes")
    assert planned["carrier"] == "Fret Palettes"
    sold = await unlucky.do("issue_quotation", "sale.sale.quote", quotation=offer["reference"])
    assert (await unlucky.do("confirm_sale", "sale.sale.confirm", sale=sold["number"]))["state"] == "processing"
    bought = await unlucky.do(
        "create_purchase", "purchase.purchase.create", supplier="sealtech", product="CMP-SEAL", quantity=52
    )
    confirmed = await unlucky.do("confirm_purchase", "purchase.purchase.confirm", purchase=bought["reference"])
    assert confirmed["state"] == "processing"
    made = await unlucky.do("create_production_order", "production.create", product="KIT-SRV", quantity=1, date=day)
    released = await unlucky.do("release_production_order", "production.assign_try", production=made["reference"])
    assert released["state"] == "assigned"
    for tool, word, state in (
        ("start_production_order", "production.run", "running"),
        ("finish_production_order", "production.do", "done"),
    ):
        assert (await unlucky.do(tool, word, production=released["number"]))["state"] == state
    assert await stock(ledger, "KIT-SRV") == before + 1, "made once"
    (sale,) = await ledger.search("sale.sale", [["number", "=", sold["number"]]], "shipments")
    out = "stock.shipment.out"
    (waiting,) = await ledger.search(out, [["id", "in", sale["shipments"]]], "number")
    await unlucky.do("prepare_shipment", f"{out}.assign_try", shipment=waiting["number"])
    gone = await unlucky.do("dispatch_shipment", f"{out}.do", shipment=waiting["number"])
    assert (gone["state"], gone["finished"]) == ("done", True)
    assert await stock(ledger, "KIT-SRV") == before + 1 - 2, "shipped once"
    keys = [offer["reference"], bought["reference"], made["reference"]]
    models = ("sale.sale", "purchase.purchase", "production")
    assert [await ledger.count(model, ["reference", "=", key]) for model, key in zip(models, keys, strict=True)] == [
        1
    ] * 3


async def test_what_somebody_else_pressed_afterwards_is_not_this_calls(
    ledger: Ledger, traveller: Person, road: Road
) -> None:
    sale, witness = await unheard(ledger, traveller, road, "F-theirs")
    await ledger.change("model.sale.sale.confirm", [sale["id"]])
    assert await traveller.settle("confirm_sale", "F-theirs", witness) == NotDone()


async def test_what_was_pressed_long_afterwards_is_not_this_calls(
    person: Person, ledger: Ledger, traveller: Person, road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may use Baton's account by hand. What counts as long is shortened here, for nobody to wait."""
    sale, witness = await unheard(ledger, traveller, road, "F-late-press")
    by_hand = sys.modules["_tryton.rpc"].Tryton(person.context())
    await by_hand.write("model.sale.sale.confirm", [sale["id"]])
    assert isinstance(await traveller.settle("confirm_sale", "F-late-press", witness), Done), "as it looks to Baton"
    monkeypatch.setattr(sys.modules["_tryton.deeds"], "MATCHED", dt.timedelta(0))
    assert await traveller.settle("confirm_sale", "F-late-press", witness) == NotDone()


async def test_what_two_decided_at_once_is_attributed_to_neither(
    person: Person, ledger: Ledger, traveller: Person, road: Road
) -> None:
    """One call was lost on its way, the other was done: the ERP shows one press after two notes."""
    sale, witness = await unheard(ledger, traveller, road, "F-one")
    await person.call("confirm_sale", "F-two", witness, sale=sale["number"])
    said = "F-one et Baton F-two ont été décidés en même temps pour la même fiche"
    for key in ("F-one", "F-two"):
        found = await traveller.settle("confirm_sale", key, witness)
        assert isinstance(found, Unsure)
        assert said in found.reason


async def test_two_at_once_confirm_one_sale(person: Person, ledger: Ledger) -> None:
    sale = await offered(ledger)
    witness = await person.facts("confirm_sale", sale=sale["number"])
    calls = (person.call("confirm_sale", key, witness, sale=sale["number"]) for key in ("F-a", "F-b"))
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Refused", "dict"]
    fields = ("shipments", "invoices")
    (row,) = await ledger.search("sale.sale", [["id", "=", sale["id"]]], *fields)
    assert [len(row[name]) for name in fields] == [1, 1]


async def test_goods_that_only_half_left_are_told_so(
    decided: Decided, traveller: Person, road: Road, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await decided.do("prepare_shipment", shipment="Fonderie Mercier")
    witness = await traveller.facts("dispatch_shipment", shipment=receipt["number"])
    road.happen("stock.shipment.out.pack", lost_before)
    with pytest.raises(httpx.RemoteProtocolError):
        await traveller.call("dispatch_shipment", "F-half", witness, shipment=receipt["number"])
    found = await traveller.settle("dispatch_shipment", "F-half", witness)
    assert found == Unsure("l'ERP y travaille peut-être encore")
    monkeypatch.setattr("_tryton.deeds.SETTLES", 0)
    half = await traveller.settle("dispatch_shipment", "F-half", witness)
    assert isinstance(half, Done)
    assert (half.receipt["state"], half.receipt["finished"]) == ("picked", False)
    said = f"Inachevé : le bon de livraison n° {receipt['number']} est prélevé (l'appel a été interrompu)."
    assert plain(half.receipt["summary"]) == said
    rest = await decided.do("dispatch_shipment", shipment=receipt["number"])
    assert (rest["state"], rest["before"]) == ("done", "picked")


async def test_a_later_step_that_is_refused_is_told_with_how_far_it_came(
    decided: Decided, traveller: Person, road: Road
) -> None:
    bought = await decided.do("create_purchase", supplier="Delage", product="CMP-IMP", quantity=10)
    road.happen("purchase.purchase.confirm", warning)
    receipt = await traveller.call("confirm_purchase", "F-warned", purchase=bought["reference"])
    assert (receipt["state"], receipt["finished"]) == ("quotation", False)
    assert plain(receipt["summary"]).startswith("Inachevé : l'achat n° ")
    assert "l'ERP demande confirmation : The date is on a Sunday. Sure?" in receipt["summary"]


async def test_a_warning_of_the_erp_is_quoted_and_never_confirmed(
    traveller: Person, road: Road, ledger: Ledger
) -> None:
    number = (await offered(ledger))["number"]
    confirmed = await ledger.count("res.user.warning")
    road.happen("sale.sale.confirm", warning)
    with pytest.raises(ToolError, match=r"The date is on a Sunday\."):
        await traveller.call("confirm_sale", "F-sunday", sale=number)
    assert await ledger.count("res.user.warning") == confirmed


async def test_a_reading_that_fails_after_the_deed_is_no_refusal(ledger: Ledger, traveller: Person, road: Road) -> None:
    number = (await offered(ledger))["number"]
    pressed = []

    async def then_silent(request: web.Request, forward: Any) -> web.StreamResponse:
        if b"sale.sale.confirm" in await request.read():
            pressed.append(True)
            return await forward()
        return await nonsense(request, forward) if pressed else await forward()

    road.happen("sale.sale", then_silent)
    with pytest.raises(Exception) as unclear:  # noqa: PT011 - what matters is what it is not
        await traveller.call("confirm_sale", "F-blind", sale=number)
    assert not isinstance(unclear.value, ToolError)


async def test_a_line_that_changed_since_the_card_stops_the_call(person: Person, ledger: Ledger) -> None:
    sale = await offered(ledger)
    number = sale["number"]
    witness = await person.facts("confirm_sale", sale=number)
    await ledger.change("model.sale.line.write", [sale["lines"][0]], {"note": "another kit"})
    with pytest.raises(ToolError, match="l'ERP a changé depuis la proposition"):
        await person.call("confirm_sale", "F-stale", witness, sale=number)
    (row,) = await ledger.search("sale.sale", [["id", "=", sale["id"]]], "state")
    assert row["state"] == "quotation"


async def test_a_change_at_the_last_moment_stops_the_button(traveller: Person, road: Road, ledger: Ledger) -> None:
    sale = await offered(ledger)

    async def meanwhile(request: web.Request, forward: Any) -> web.StreamResponse:
        await ledger.change("model.sale.sale.write", [sale["id"]], {"comment": "call first"})
        return await forward()

    road.happen("sale.sale.confirm", meanwhile)
    with pytest.raises(ToolError, match="quelqu'un a modifié la fiche entre-temps"):
        await traveller.call("confirm_sale", "F-late", sale=sale["number"])
    (row,) = await ledger.search("sale.sale", [["id", "=", sale["id"]]], "state")
    assert row["state"] == "quotation"


async def test_who_may_not_is_refused_in_the_words_of_the_erp(erp: Erp, ledger: Ledger) -> None:
    (sale,) = await ledger.search("sale.sale", [["reference", "=", "LA-0091"]], "number", "state")
    (company,) = await ledger.search("company.company", [], "id")
    values = {"name": "Reader", "login": "reader", "password": "look-but-do-not-touch"}
    joined = {"companies": [["add", [company["id"]]]], "company": company["id"]}
    await ledger.change("model.res.user.create", [values | joined])
    environment = erp.environment | {"TRYTON_LOGIN": "reader", "TRYTON_PASSWORD": values["password"]}
    catalog = Catalog.load(ROOT / "tools", environment)
    with pytest.raises(ToolError, match="l'ERP refuse : ") as refusal:
        await Person(catalog).call("confirm_sale", "F-reader", sale=sale["number"])
    assert "look-but" not in str(refusal.value)
    await catalog.close()
    (after,) = await ledger.search("sale.sale", [["id", "=", sale["id"]]], "state")
    assert after["state"] == sale["state"]


async def test_nothing_is_done_without_a_decision(person: Person, ledger: Ledger) -> None:
    number = (await offered(ledger))["number"]
    with pytest.raises(ToolError, match="rien n'est fait sans décision"):
        await person.call("confirm_sale", sale=number)


async def test_english_receipts(catalog: Catalog) -> None:
    decided = Decided(Person(catalog, ENGLISH))
    made = await decided.do("create_production_order", product="PMP-300", quantity=20, date=DAY.isoformat())
    released = await decided.do("release_production_order", production=made["reference"])
    assert plain(released["summary"]).endswith("20 × PMP-300, only partly reserved, lacking 5 × CMP-CAS-IN.")
    undone = await decided.person.undo("release_production_order", released)
    assert undone["summary"] == f"The production order no. {released['number']} is a draft again."
