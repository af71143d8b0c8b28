"""Odoo's tools against the recorded contract of its JSON-2 API: quotations made once, and every way to fail."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot import Done, NotDone, System, ToolError, Unsure
from bot.tooling.catalog import Catalog
from bot.types import Actor
from tests import erp as servers
from tests.conftest import empty_database
from tests.contract_odoo import BOT, KEY, PAUL, Contract, Reply
from tests.house import AMELIE, BRUNO, EVA, SALES, House, Slack
from tests.provider import Provider, calls, says
from tests.test_tryton import ENGLISH, Person, cut, nonsense, plain, silence

OFFER = {
    "customer": "brasserie du nord",
    "lines": [{"product": "pmp-200", "quantity": 12}, {"product": "Service kit", "quantity": "2.5"}],
}


@pytest.fixture
async def odoo() -> AsyncIterator[Contract]:
    contract = Contract()
    runner = web.AppRunner(contract.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := servers.free_port()).start()
    contract.url = f"http://127.0.0.1:{port}"
    yield contract
    await runner.cleanup()


@pytest.fixture(scope="module")
def tools() -> Catalog:
    return load("http://127.0.0.1/")


@pytest.fixture
async def person(odoo: Contract, tools: Catalog) -> AsyncIterator[Person]:
    """With a client of its own, as `sources.yaml` makes it: one belongs to one event loop."""
    known = tools.systems["odoo"]
    client = System("odoo", known.config, base_url=odoo.url, headers=known.headers, timeout=20)
    yield Person(Catalog(tools, {"odoo": client}))
    await client.aclose()


def load(url: str, key: str = KEY) -> Catalog:
    return Catalog.load(servers.ROOT / "tools", {"ODOO_URL": url, "ODOO_KEY": key})


def written(odoo: Contract) -> list[str]:
    return [name for name, _ in odoo.calls if not name.endswith(("/search_read", "/context_get"))]


async def quoted(person: Person, key: str = "ap_1") -> Any:
    return await person.call("create_odoo_quotation", key, **OFFER)


# ---------------------------------------------------------------------------------------------- looking


async def test_contacts_are_found_by_name_address_and_town(person: Person) -> None:
    found = await person.call("find_odoo_contacts", query="durand")
    assert found["contacts"] == [
        {
            "name": "Brasserie du Nord, Jean Durand",
            "company": False,
            "email": "jean@brasserie.example",
            "phone": None,
            "city": "Lille",
        }
    ]
    told = plain((await person.call("find_odoo_contacts", query="lille"))["summary"])
    expected = "2 contacts : Brasserie du Nord, Lille ; Brasserie du Nord, Jean Durand, jean@brasserie.example, Lille."
    assert told == expected
    assert (await person.call("find_odoo_contacts", query="contact@"))["contacts"][0]["name"] == "Aqualia Services"


@pytest.mark.parametrize(
    ("query", "names"), [("100%", ["100% Bio"]), ("_", []), ("\\", []), ("100", ["100% Bio", "1000 Bio"])]
)
async def test_signs_that_mean_something_to_a_search_mean_themselves(
    person: Person, query: str, names: list[str]
) -> None:
    found = await person.call("find_odoo_contacts", query=query)
    assert [one["name"] for one in found["contacts"]] == names


async def test_products_come_with_exact_price_and_stock(person: Person) -> None:
    found = await person.call("find_odoo_products", query="200")
    assert found["products"] == [
        {
            "code": "PMP-200",
            "name": "Centrifugal pump 200",
            "price": "690.5",
            "currency": "EUR",
            "unit": "Units",
            "in_stock": 120,
            "free": 110,
            "forecast": 125.5,
        }
    ]
    assert plain(found["summary"]) == ("1 produit : PMP-200 (Centrifugal pump 200) 690,50 €, 120 en stock, 110 libres.")


async def test_what_is_not_there_is_said(person: Person) -> None:
    english = Person(person.catalog, ENGLISH)
    assert (await english.call("find_odoo_products", query="xyz"))["summary"] == "Odoo found nothing."


async def test_a_full_list_says_that_there_may_be_more(person: Person, odoo: Contract) -> None:
    for number in range(50):
        odoo._add("res.partner", name=f"Shop {number}", display_name=f"Shop {number}", complete_name=f"Shop {number}")
    found = await person.call("find_odoo_contacts", query="shop")
    assert len(found["contacts"]) == 40
    assert found["summary"].startswith("40 contacts ou plus")
    assert found["summary"].endswith("et 32 autres.")


async def test_open_orders_are_those_that_are_undecided_or_undelivered(person: Person, odoo: Contract) -> None:
    for key, state, delivered in (
        ("ap_1", "draft", False), ("ap_2", "sale", "partial"), ("ap_3", "sale", "full"), ("ap_4", "cancel", False),
    ):  # fmt: skip
        receipt = await quoted(person, key)
        odoo.change("sale.order", receipt["record"], state=state, delivery_status=delivered)
    await person.call(
        "create_odoo_quotation", "ap_5", customer="Aqualia", lines=[{"product": "PMP-100", "quantity": 1}]
    )
    odoo.change("sale.order", 45, client_order_ref="PO-7", commitment_date="2026-12-20 10:00:00")
    found = (await person.call("list_odoo_orders"))["orders"]
    assert [(one["number"], one["state"]) for one in found] == [
        ("S00041", "draft"), ("S00042", "sale"), ("S00045", "draft"),
    ]  # fmt: skip
    (one,) = (await person.call("list_odoo_orders", customer="aqualia"))["orders"]
    assert one == {
        "number": "S00045",
        "state": "draft",
        "customer": "Aqualia",
        "customer_reference": "PO-7",
        "delivery": "2026-12-20",
        "amount": "450.0",
        "currency": "EUR",
    }


async def test_a_delivery_is_on_the_day_that_it_is_for_the_person(person: Person, odoo: Contract) -> None:
    receipt = await quoted(person)
    odoo.change("sale.order", receipt["record"], commitment_date="2026-12-19 23:00:00")  # midnight in Paris
    paris, london = (Person(person.catalog, Actor("U1", timezone=zone)) for zone in ("Europe/Paris", "Europe/London"))
    told = [(await who.call("list_odoo_orders"))["orders"][0]["delivery"] for who in (paris, london)]
    assert told == ["2026-12-20", "2026-12-19"]


async def test_opportunities_are_open_ones_the_largest_first(person: Person) -> None:
    found = await person.call("list_odoo_opportunities")
    assert [one["name"] for one in found["opportunities"]] == ["Spare parts", "New plant"]
    assert plain(found["summary"]) == (
        "2 opportunités : Spare parts (Proposition, 125 000,50 €) ; New plant (New, 80 000,00 €)."
    )
    (one,) = (await person.call("list_odoo_opportunities", query="aqualia"))["opportunities"]
    assert one == {
        "name": "New plant",
        "customer": "Aqualia Services",
        "stage": "New",
        "expected": "80000.0",
        "currency": "EUR",
        "probability": "40.0",
        "closing": None,
        "salesperson": "Paul",
    }


# ---------------------------------------------------------------------------------------- a new quotation


async def test_the_card_shows_what_would_be_quoted_and_writes_nothing(person: Person, odoo: Contract) -> None:
    shown = {label: plain(value) for label, value in (await person.show("create_odoo_quotation", **OFFER)).items()}
    assert shown == {
        "Client": "Brasserie du Nord, Lille",
        "1. [PMP-200] Centrifugal pump 200": "12 × 690,50 €",
        "2. [KIT-SRV] Service kit": "2,5 × 89,00 €",
        "Total au prix catalogue": "8508.50 EUR",
        "Prix": "fixés par Odoo, selon le tarif du client",
    }
    assert await person.facts("create_odoo_quotation", **OFFER) == {
        "_customer": 2,
        "_products": [2, 3],
        "[PMP-200] Centrifugal pump 200": "690.50 EUR",
        "[KIT-SRV] Service kit": "89.00 EUR",
    }
    assert written(odoo) == []


async def test_a_quotation_is_created_once_for_a_key(person: Person, odoo: Contract) -> None:
    witness = await person.facts("create_odoo_quotation", **OFFER)
    first = await person.call("create_odoo_quotation", "ap_1", witness, **OFFER)
    again = await person.call("create_odoo_quotation", "ap_1", witness, **OFFER)
    assert first | {"summary": plain(first["summary"])} == {
        "reference": "ap_1",
        "record": 41,
        "lines": 2,
        "summary": "Devis S00041 créé dans Odoo pour Brasserie du Nord, 7 657,65 € hors taxes.",
        "number": "S00041",
        "state": "draft",
        "customer": "Brasserie du Nord",
        "customer_reference": "ap_1",
        "delivery": None,
        "amount": "7657.65",
        "currency": "EUR",
    }
    assert again == first
    assert await person.settle("create_odoo_quotation", "ap_1") == Done(first)
    assert written(odoo) == ["sale.order/create"]
    assert [(line["product_id"][0], line["product_uom_qty"]) for line in odoo.rows("sale.order.line")] == [
        (2, 12.0), (3, 2.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"customer": "Umbrella"}, "aucun client ne correspond à « Umbrella »"),
        ({"customer": "bio"}, "plusieurs clients correspondent à « bio » : 100% Bio ; 1000 Bio"),
        ({"customer": "Jean Durand"}, "aucun client ne correspond à « Jean Durand »"),
        (
            {"lines": [{"product": "pump", "quantity": 1}]},
            "plusieurs produits correspondent à « pump » : PMP-100 ; PMP-200",
        ),
        ({"lines": []}, "create_odoo_quotation: lines: "),
        ({"lines": [{"product": "PMP-100", "quantity": 0}]}, "create_odoo_quotation: lines.0.quantity: "),
        ({"lines": [{"product": "PMP-100", "quantity": 1}] * 41}, "create_odoo_quotation: lines: "),
    ],
)
async def test_what_is_unclear_or_never_right_makes_no_proposal(
    person: Person, odoo: Contract, given: Any, said: str
) -> None:
    with pytest.raises(ToolError) as refusal:
        await person.show("create_odoo_quotation", **OFFER | given)
    assert plain(str(refusal.value)).startswith(said)
    assert written(odoo) == []


async def test_who_is_called_exactly_so_is_meant(person: Person) -> None:
    shown = await person.show("create_odoo_quotation", **OFFER | {"customer": " AQUALIA "})
    assert shown["Client"] == "Aqualia, Nantes"


async def test_a_quotation_of_forty_lines_is_one_call(person: Person, odoo: Contract) -> None:
    lines = [{"product": "PMP-100", "quantity": n} for n in range(1, 41)]
    await person.call("create_odoo_quotation", "ap_1", customer="Aqualia", lines=lines)
    assert written(odoo) == ["sale.order/create"]
    assert [line["product_uom_qty"] for line in odoo.rows("sale.order.line")] == list(range(1, 41))
    assert len(await person.show("create_odoo_quotation", customer="Aqualia", lines=lines)) == 43


async def test_a_changed_price_stops_the_quotation(person: Person, odoo: Contract) -> None:
    witness = await person.facts("create_odoo_quotation", **OFFER)
    odoo.tables["product.product"][2]["lst_price"] = 700.0
    with pytest.raises(ToolError, match=r"Odoo a changé depuis la proposition \(\[PMP-200\] Centrifugal pump 200\)"):
        await person.call("create_odoo_quotation", "ap_1", witness, **OFFER)
    assert odoo.rows("sale.order") == []


@pytest.mark.parametrize(
    ("tool", "arguments"), [("create_odoo_quotation", OFFER), ("confirm_odoo_quotation", {"quotation": "S00041"})]
)
async def test_nothing_is_done_without_a_decision(person: Person, odoo: Contract, tool: str, arguments: Any) -> None:
    with pytest.raises(ToolError, match="rien n'est fait sans décision"):
        await person.call(tool, **arguments)
    assert written(odoo) == []


# ------------------------------------------------------------------------------------------------- undo


async def test_a_draft_is_cancelled_and_stays_in_odoo(person: Person, odoo: Contract) -> None:
    receipt = await quoted(person)
    undone = await person.undo("create_odoo_quotation", receipt)
    assert undone == {"reference": "S00041", "record": 41, "summary": "Devis S00041 annulé ; il reste dans Odoo."}
    assert [order["state"] for order in odoo.rows("sale.order")] == ["cancel"]
    with pytest.raises(ToolError, match=r"^S00041 est annulé : rien n'a été fait$"):
        await person.undo("create_odoo_quotation", receipt)


@pytest.mark.parametrize(
    ("model", "record", "change", "said"),
    [
        ("sale.order", 41, {"state": "sale"}, "S00041 est une commande confirmée : rien n'a été fait"),
        ("sale.order", 41, {"state": "sent"}, "S00041 est un devis envoyé : rien n'a été fait"),
        ("sale.order", 41, {"commitment_date": "2026-12-20"}, "S00041 a été modifié dans Odoo depuis sa création"),
        ("sale.order.line", 2, {"product_uom_qty": 7.0}, "S00041 a été modifié dans Odoo depuis sa création"),
        ("sale.order.line", 2, {"order_id": False}, "S00041 a été modifié dans Odoo depuis sa création"),
        ("sale.order", 41, {"client_order_ref": "PO-9"}, "Odoo n'a plus de devis portant ap_1 : rien n'a été fait"),
    ],
)
async def test_what_somebody_worked_on_is_not_taken_back(
    person: Person, odoo: Contract, model: str, record: int, change: Any, said: str
) -> None:
    receipt = await quoted(person)
    odoo.change(model, record, **change)
    with pytest.raises(ToolError) as refusal:
        await person.undo("create_odoo_quotation", receipt)
    assert str(refusal.value).startswith(said)
    assert written(odoo) == ["sale.order/create"]


async def test_a_note_that_somebody_added_is_neither_taken_back_nor_confirmed_unseen(
    person: Person, odoo: Contract
) -> None:
    receipt = await quoted(person)
    witness = await person.facts("confirm_odoo_quotation", quotation="S00041")
    odoo.seconds += 1
    stamps = {"create_date": odoo.now(), "write_date": odoo.now()}
    odoo._add("sale.order.line", order_id=[41, "S00041"], display_type="line_note", sequence=11, **stamps)
    with pytest.raises(ToolError, match="S00041 a été modifié dans Odoo depuis sa création"):
        await person.undo("create_odoo_quotation", receipt)
    with pytest.raises(ToolError, match="Odoo a changé depuis la proposition"):
        await person.call("confirm_odoo_quotation", "ap_2", witness, quotation="S00041")
    assert len(await person.show("confirm_odoo_quotation", quotation="S00041")) == 5


async def test_without_its_receipt_nothing_is_taken_back(person: Person, odoo: Contract) -> None:
    await quoted(person)
    with pytest.raises(ToolError, match="le reçu ne dit pas quel devis a été créé : rien n'a été fait"):
        await person.undo("create_odoo_quotation", {"according_to": "U2"})
    assert written(odoo) == ["sale.order/create"]


# -------------------------------------------------------------------------------------------- confirming


async def test_a_quotation_is_confirmed_as_it_was_shown(person: Person, odoo: Contract) -> None:
    await quoted(person)
    shown = {k: plain(v) for k, v in (await person.show("confirm_odoo_quotation", quotation="s00041")).items()}
    assert shown == {
        "Devis": "S00041 : un devis en brouillon",
        "Client": "Brasserie du Nord",
        "1. [PMP-200] Centrifugal pump 200": "12 × 621,45 €",
        "2. [KIT-SRV] Service kit": "2,5 × 80,10 €",
        "Total hors taxes": "7657.65 EUR",
    }
    witness = await person.facts("confirm_odoo_quotation", quotation="S00041")
    done = await person.call("confirm_odoo_quotation", "ap_2", witness, quotation="S00041")
    assert done == {
        "reference": "S00041",
        "record": 41,
        "state": "sale",
        "summary": "Devis S00041 de Brasserie du Nord confirmé : c'est une commande.",
    }
    assert [order["state"] for order in odoo.rows("sale.order")] == ["sale"]
    assert await person.settle("confirm_odoo_quotation", "ap_2", witness) == Done(done)
    assert person.catalog["confirm_odoo_quotation"].effect == "destructive"


@pytest.mark.parametrize(
    ("model", "record", "change", "said"),
    [
        ("sale.order", 41, {"amount_untaxed": 9.0}, " (amount)"),
        ("sale.order.line", 1, {"price_unit": 1.0}, ""),
    ],
)
async def test_a_quotation_that_changed_is_not_confirmed(
    person: Person, odoo: Contract, model: str, record: int, change: Any, said: str
) -> None:
    await quoted(person)
    witness = await person.facts("confirm_odoo_quotation", quotation="S00041")
    odoo.seconds += 1
    odoo.change(model, record, **change)
    with pytest.raises(ToolError, match=re.escape(f"depuis la proposition{said} : rien n'a été fait")):
        await person.call("confirm_odoo_quotation", "ap_2", witness, quotation="S00041")
    assert [order["state"] for order in odoo.rows("sale.order")] == ["draft"]


async def test_what_is_an_order_already_has_nothing_to_confirm(person: Person, odoo: Contract) -> None:
    receipt = await quoted(person)
    odoo.change("sale.order", receipt["record"], state="sale")
    with pytest.raises(ToolError, match=r"^S00041 est une commande confirmée : il n'y a rien à confirmer$"):
        await person.show("confirm_odoo_quotation", quotation="S00041")


async def test_what_became_of_a_confirmation_is_told_by_the_order(person: Person, odoo: Contract) -> None:
    receipt = await quoted(person)
    witness = await person.facts("confirm_odoo_quotation", quotation="S00041")

    async def settled() -> Any:
        return await person.settle("confirm_odoo_quotation", "ap_2", witness)

    assert await settled() == NotDone()
    odoo.change("sale.order", receipt["record"], state="sale")  # by Paul
    assert await settled() == Unsure(
        "S00041 est une commande confirmée, modifié en dernier par Paul : par cet appel ou non, Odoo ne le dit pas"
    )
    odoo.change("sale.order", receipt["record"], BOT, state="cancel")
    assert isinstance(await settled(), Unsure)
    del odoo.tables["sale.order"][receipt["record"]]
    assert await settled() == Unsure("le devis n'existe plus dans Odoo")


# ---------------------------------------------------------------------------------------------- failures


async def own_error(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Odoo commits, and what it does after that fails: the same body as for an error that was rolled back."""
    await forward()
    error = {"name": "builtins.KeyError", "message": "'mail'", "arguments": ["mail"], "context": {}, "debug": KEY}
    return web.json_response(error, status=500)


async def a_page(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """A proxy that wants people to sign in answers with a page, though the call went through."""
    await forward()
    return web.Response(text="<html>Sign in</html>", content_type="text/html")


async def forbidden(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await forward()
    return web.Response(status=403, text="<html>Blocked</html>", content_type="text/html")


async def gateway_json(
    request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A gateway's refusal, in JSON too, of which Odoo knows nothing."""
    await forward()
    return web.json_response({"message": "Forbidden"}, status=403)


async def moved(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await forward()
    return web.Response(status=302, headers={"Location": "https://elsewhere.example/"})


async def dialogue(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """An add-on asks something first."""
    await forward()
    return web.json_response({"type": "ir.actions.act_window", "res_model": "sale.order.confirm"})


LOST = pytest.mark.parametrize("accident", [cut, nonsense, own_error, a_page, forbidden, gateway_json, moved, dialogue])


@LOST
async def test_a_lost_reply_is_no_refusal_and_the_quotation_is_found(
    person: Person, odoo: Contract, accident: Reply
) -> None:
    odoo.happen("create", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011 - what matters is what it is not
        await quoted(person)
    assert not isinstance(lost.value, ToolError)
    found = await person.settle("create_odoo_quotation", "ap_1")
    assert isinstance(found, Done)
    assert found.receipt["number"] == "S00041"
    assert await quoted(person) == found.receipt
    assert written(odoo) == ["sale.order/create"]


@LOST
async def test_a_lost_reply_is_no_refusal_and_the_order_tells_that_it_is_confirmed(
    person: Person, odoo: Contract, accident: Reply
) -> None:
    await quoted(person)
    witness = await person.facts("confirm_odoo_quotation", quotation="S00041")
    odoo.happen("action_confirm", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011
        await person.call("confirm_odoo_quotation", "ap_2", witness, quotation="S00041")
    assert not isinstance(lost.value, ToolError)
    found = await person.settle("confirm_odoo_quotation", "ap_2", witness)
    assert isinstance(found, Done)
    assert found.receipt["reference"] == "S00041"


@LOST
async def test_a_lost_reply_of_an_undo_is_no_refusal(person: Person, odoo: Contract, accident: Reply) -> None:
    receipt = await quoted(person)
    odoo.happen("action_cancel", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011
        await person.undo("create_odoo_quotation", receipt)
    assert not isinstance(lost.value, ToolError)


async def test_a_write_without_an_answer_in_time_is_no_refusal(
    person: Person, odoo: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_odoo.json2.WRITE_SECONDS", 0.2)
    odoo.happen("create", silence)
    with pytest.raises(httpx.ReadTimeout):
        await quoted(person)
    witness = await person.facts("create_odoo_quotation", **OFFER)
    assert await person.settle("create_odoo_quotation", "ap_1", witness) == NotDone()


async def test_a_quotation_whose_reference_somebody_replaced_is_not_told_as_undone(
    person: Person, odoo: Contract
) -> None:
    witness = await person.facts("create_odoo_quotation", **OFFER)
    odoo.happen("create", cut)
    with pytest.raises(httpx.HTTPError):
        await person.call("create_odoo_quotation", "ap_1", witness, **OFFER)
    odoo.accident = None
    await quoted(person, "ap_2")
    odoo.change("sale.order", 41, client_order_ref="PO-88120")  # the customer's own, by Paul
    assert await person.settle("create_odoo_quotation", "ap_1", witness) == Unsure(
        "le devis S00041 n'a plus la référence de Baton : est-ce celui-ci ?"
    )
    odoo.change("sale.order", 41, create_uid=PAUL)  # somebody's own is none of Baton's
    assert await person.settle("create_odoo_quotation", "ap_1", witness) == NotDone()


@pytest.mark.parametrize("tool", ["create_odoo_quotation", "confirm_odoo_quotation"])
def test_not_found_proves_nothing_while_odoo_may_still_be_working(tools: Catalog, tool: str) -> None:
    assert tools[tool].settles_after >= 120, "Odoo lets a request take two minutes"


async def test_a_receipt_without_number_when_it_cannot_be_read_any_more(person: Person, odoo: Contract) -> None:
    async def then_trouble(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        odoo.happen("search_read", nonsense)
        return await forward()

    odoo.happen("create", then_trouble)
    assert await quoted(person) == {
        "reference": "ap_1",
        "record": 41,
        "summary": "Devis créé dans Odoo pour Brasserie du Nord (fiche 41).",
    }


@pytest.mark.parametrize("accident", [cut, nonsense, a_page, forbidden, moved])
async def test_looking_that_fails_says_so_and_is_not_tried_again(
    person: Person, odoo: Contract, accident: Reply
) -> None:
    tried = []

    async def counted(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        tried.append(True)
        return await accident(request, forward)

    odoo.happen("search_read", counted)
    with pytest.raises(ToolError, match=r"rien n'a été fait$"):
        await person.call("find_odoo_contacts", query="x")
    assert len(tried) == 1


async def test_a_silent_odoo_is_given_up_in_time(
    person: Person, odoo: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_odoo.json2.READ_SECONDS", 0.2)
    odoo.happen("search_read", silence)
    with pytest.raises(ToolError, match="Odoo n'a pas répondu"):
        await person.call("list_odoo_orders")


async def test_an_odoo_that_is_down_is_refused() -> None:
    catalog = load(f"http://127.0.0.1:{servers.free_port()}")
    with pytest.raises(ToolError, match="nothing was sent"):
        await Person(catalog).call("create_odoo_quotation", "ap_1", **OFFER)
    await catalog.close()


async def test_a_refusal_is_told_in_odoos_own_words(person: Person, odoo: Contract) -> None:
    odoo.read_only = True
    with pytest.raises(ToolError) as refusal:
        await quoted(person)
    assert str(refusal.value) == (
        "Odoo refuse : You are not allowed to modify 'sale.order' records. Contact your administrator if necessary."
    )
    assert odoo.rows("sale.order") == []


async def test_a_confirmation_that_odoo_refuses_is_a_refusal(person: Person, odoo: Contract) -> None:
    receipt = await quoted(person)

    async def first(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        odoo.change("sale.order", receipt["record"], state="sale")
        return await forward()

    odoo.happen("action_confirm", first)
    with pytest.raises(ToolError, match="Some orders are not in a state requiring confirmation"):
        await person.call("confirm_odoo_quotation", "ap_2", quotation="S00041")


async def test_a_field_that_odoo_does_not_have_is_named(person: Person, odoo: Contract, monkeypatch: Any) -> None:
    known = {"product.product": ["default_code", "name", "display_name", "lst_price", "currency_id", "uom_id"]}
    monkeypatch.setattr("tests.contract_odoo.FIELDS", known)  # without the app Inventory
    with pytest.raises(ToolError, match=r"Odoo refuse : Invalid field 'qty_available' on 'product.product'"):
        await person.call("find_odoo_products", query="x")


@pytest.mark.parametrize("tool", ["find_odoo_contacts", "create_odoo_quotation"])
async def test_a_wrong_key_is_refused_and_never_shown(odoo: Contract, tool: str) -> None:
    catalog = load(odoo.url, "not-this-one")
    arguments = OFFER if tool == "create_odoo_quotation" else {"query": "x"}
    with pytest.raises(ToolError) as refusal:
        await Person(catalog, ENGLISH).call(tool, "ap_1", **arguments)
    assert str(refusal.value) == (
        "Odoo refuses the key of sources.yaml (Invalid apikey); a key lasts three months: nothing was done"
    )
    await catalog.close()


@pytest.mark.parametrize("accident", [cut, nonsense, own_error, a_page, forbidden, moved])
async def test_no_error_shows_the_key_or_a_traceback(person: Person, odoo: Contract, accident: Reply) -> None:
    for method in ("search_read", "create"):
        odoo.happen(method, accident)
        with pytest.raises(Exception) as failed:  # noqa: PT011
            await quoted(person, f"ap_{method}")
        told = [str(failed.value), repr(failed.value), str(failed.value.__cause__)]
        assert [text for text in told if KEY in text or "Traceback" in text] == []


async def test_each_call_has_named_arguments_the_key_and_the_language_that_is_set(odoo: Contract) -> None:
    catalog = load(odoo.url)
    catalog.systems["odoo"].config = {"lang": "fr_FR"}
    await Person(catalog).call("find_odoo_contacts", query="durand")
    ((name, body),) = odoo.calls
    assert (name, body["context"]) == ("res.partner/search_read", {"lang": "fr_FR"})
    assert catalog.systems["odoo"].headers["Authorization"] == f"bearer {KEY}"
    await catalog.close()


# ------------------------------------------------------------------------------------- by the front door


@pytest.fixture
def running() -> Iterator[Contract]:
    """The contract in a thread of its own, for a Baton that is another process."""
    contract, loop, ended = Contract(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(contract.app(), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port := servers.free_port()).start()
        contract.url = f"http://127.0.0.1:{port}"
        return runner

    def live() -> None:
        loop.run_forever()
        ended.set()

    runner = loop.run_until_complete(serve())
    threading.Thread(target=live, daemon=True).start()
    yield contract
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    assert ended.wait(10)
    loop.close()


def test_a_confirmation_whose_reply_was_lost_is_cleared_up_by_baton(
    server: str, provider: Provider, running: Contract, tmp_path: Path
) -> None:
    running._new_order(2, [[0, 0, {"product_id": 1, "product_uom_qty": 3.0}]])
    running.happen("action_confirm", nonsense)
    provider.reset()
    provider.script += [calls("confirm_odoo_quotation", quotation="S00041"), says("Voilà")]
    environment = {"ODOO_URL": running.url, "ODOO_KEY": KEY}
    with empty_database(server) as url, Slack(tmp_path) as slack:
        house = House(tmp_path, slack, url, provider.models, servers.ROOT / "tools", environment=environment)
        house.start()
        ts = slack.say(AMELIE, "@Baton Confirme le devis S00041 dans Odoo", SALES)
        for who in (BRUNO, EVA):  # what is destructive takes two
            slack.click(who, house.card(SALES, ts, showing="En attente"), "approve")
        told = house.answer(SALES, ts, showing="Devis S00041 de Brasserie du Nord confirmé : c'est une commande.")
        assert house.rows("SELECT status FROM approvals") == [("executed",)]
        house.close()
    assert (written(running), KEY in told) == (["sale.order/action_confirm"], False)
