"""Salesforce's tools against the recorded contract of its REST API: activities logged once, changes made as shown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import requests
from aiohttp import web
from requests.adapters import HTTPAdapter

from bot import Done, NotDone, System, ToolError, Unsure
from bot.tooling.catalog import Catalog
from tests import erp as servers
from tests.contract_salesforce import CONSUMER_KEY, CONSUMER_SECRET, FIELDS, HOST, Contract, Reply
from tests.test_tryton import ENGLISH, Person, cut, nonsense, plain, silence

CALL = {
    "kind": "call",
    "about": "account",
    "name": "hydrotec",
    "subject": "They wait for our offer",
    "date": "2026-11-23",
}
TASK = {"kind": "task", "about": "opportunity", "name": "new plant", "subject": "Call back", "notes": "After\nlunch"}
MOVE = {"opportunity": "new plant", "stage": "negotiation", "amount": "12500.10"}
PLANT = "006000000000000001"
SETTINGS = {"SALESFORCE_KEY": CONSUMER_KEY, "SALESFORCE_SECRET": CONSUMER_SECRET}


class Detour(HTTPAdapter):
    """Takes what the library sends to the org's own host to the contract instead; nothing else leaves."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self.contract = contract
        self.waits: set[Any] = set()

    def send(self, request: Any, *args: Any, timeout: Any = None, **more: Any) -> requests.Response:
        assert request.url.startswith(f"https://{HOST}/"), request.url
        self.waits.add(timeout)
        request.url = request.url.replace(f"https://{HOST}", self.contract.url)
        return super().send(request, *args, timeout=timeout, **more)


@pytest.fixture
async def org() -> AsyncIterator[Contract]:
    contract = Contract()
    runner = web.AppRunner(contract.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := servers.free_port()).start()
    contract.url = f"http://127.0.0.1:{port}"
    yield contract
    await runner.cleanup()


@pytest.fixture(autouse=True)
def detour(org: Contract, monkeypatch: pytest.MonkeyPatch) -> Iterator[Detour]:
    way = Detour(org)
    monkeypatch.setattr(requests.Session, "get_adapter", lambda self, url: way)
    yield way
    way.close()


@pytest.fixture(scope="module")
def tools() -> Catalog:
    return load()


@pytest.fixture
def person(tools: Catalog) -> Person:
    """With a client of its own, as `sources.yaml` makes it, and so without a token of earlier tests."""
    known = tools.systems["salesforce"]
    return Person(Catalog(tools, {"salesforce": System("salesforce", known.config, base_url=known.base_url)}))


def load(**settings: str) -> Catalog:
    environment = {"SALESFORCE_URL": f"https://{HOST}", **SETTINGS, **settings}
    return Catalog.load(servers.ROOT / "tools", environment)


def sent(org: Contract) -> list[tuple[str, str]]:
    return [(method, path) for method, path, _ in org.requests]


def deal(org: Contract, record: str = PLANT) -> Any:
    (found,) = [row for row in org.tables["Opportunity"] if row["Id"] == record]
    return found["StageName"], found["Amount"], found["Baton_Key__c"]


async def logged(person: Person, key: str = "ap_1") -> Any:
    return await person.call("log_salesforce_activity", key, **CALL)


async def moved_on(person: Person, key: str = "ap_1") -> Any:
    witness = await person.facts("change_salesforce_opportunity", **MOVE)
    return await person.call("change_salesforce_opportunity", key, witness, **MOVE)


# ---------------------------------------------------------------------------------------------- looking


async def test_accounts_and_people_are_found_by_name_and_town(person: Person) -> None:
    found = await person.call("find_salesforce_accounts", query="aqualia")
    assert found["accounts"] == [
        {"name": "Aqualia", "city": "Nantes", "phone": "+33 4 00", "owner": "Paul"},
        {"name": "Aqualia Services", "city": "Lyon", "phone": "+33 4 00", "owner": "Paul"},
    ]
    assert found["contacts"] == [
        {"name": "Jean Durand", "account": "Aqualia", "title": None, "email": "jean@aqualia.example", "phone": None}
    ]
    assert plain(found["summary"]) == (
        "3 fiches : Aqualia, Nantes, +33 4 00 ; Aqualia Services, Lyon, +33 4 00 ; "
        "Jean Durand, Aqualia, jean@aqualia.example."
    )
    assert [one["name"] for one in (await person.call("find_salesforce_accounts", query="KÖLN"))["accounts"]] == [
        "Hydrotec"
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [("50%", ["50% Off"]), ("_", []), ("' OR Name LIKE '%", []), ("\\' OR Name != '", []), ("O\\", [])],
)
async def test_what_a_person_types_is_never_part_of_the_query(person: Person, query: str, names: list[str]) -> None:
    found = await person.call("find_salesforce_accounts", query=query)
    assert [one["name"] for one in found["accounts"]] == names


async def test_open_opportunities_come_with_exact_amounts(person: Person) -> None:
    found = await person.call("list_salesforce_opportunities", query="hydrotec")
    assert found["opportunities"] == [
        {
            "name": "Listed", "account": "Hydrotec", "stage": "Prospecting", "amount": "9000.5",
            "closing": "2026-12-20", "owner": "Paul",
        },
        {
            "name": "New pumps", "account": "Hydrotec", "stage": "Prospecting", "amount": None,
            "closing": "2026-12-20", "owner": "Paul",
        },
    ]  # fmt: skip
    told = "2 opportunités ouvertes : Listed (Prospecting, 9 000,50) ; New pumps (Prospecting, sans montant)."
    assert plain(found["summary"]) == told
    assert len((await person.call("list_salesforce_opportunities"))["opportunities"]) == 3


async def test_what_is_not_there_is_said(person: Person) -> None:
    english = Person(person.catalog, ENGLISH)
    assert (await english.call("list_salesforce_opportunities", query="x"))["summary"] == "Salesforce found nothing."


# -------------------------------------------------------------------------------------- calls and tasks


async def test_a_call_is_logged_once_for_a_key(person: Person, org: Contract) -> None:
    assert await person.show("log_salesforce_activity", **CALL) == {
        "Sur": "Hydrotec · Köln", "Pour": "Paul", "Statut": "appel terminé",
    }  # fmt: skip
    witness = await person.facts("log_salesforce_activity", **CALL)
    assert sent(org) == []
    first = await person.call("log_salesforce_activity", "ap_1", witness, **CALL)
    again = await person.call("log_salesforce_activity", "ap_1", witness, **CALL)
    assert first | {"summary": plain(first["summary"])} == {
        "reference": "ap_1",
        "record": "00T000000000000001",
        "summary": "Appel noté dans Salesforce sur Hydrotec : They wait for our offer.",
    }
    assert again == first
    assert await person.settle("log_salesforce_activity", "ap_1") == Done(first)
    ((method, path, body),) = org.requests
    assert (method, path) == ("PATCH", "/sobjects/Task/Baton_Key__c/ap_1")
    assert json.loads(body) == {
        "Subject": "They wait for our offer",
        "Description": None,
        "WhatId": "001000000000000003",
        "OwnerId": "005000000000000007",
        "ActivityDate": "2026-11-23",
        "TaskSubtype": "Call",
        "Status": "Completed",
    }


async def test_a_task_is_the_owners_and_open(person: Person, org: Contract) -> None:
    assert await person.show("log_salesforce_activity", **TASK) == {"Sur": "New plant · Aqualia", "Pour": "Paul"}
    await person.call("log_salesforce_activity", "ap_1", **TASK)
    (task,) = org.tables["Task"]
    assert {name: task[name] for name in ("WhatId", "Description", "ActivityDate", "Status", "Baton_Key__c")} == {
        "WhatId": PLANT, "Description": "After\nlunch", "ActivityDate": None, "Status": None, "Baton_Key__c": "ap_1",
    }  # fmt: skip


async def test_two_requests_with_one_key_make_one_record(person: Person, org: Contract) -> None:
    """What the search before it cannot see: the first request arrives late."""

    async def late(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        org._add("Task", Subject="They wait for our offer", WhatId="001000000000000003", Baton_Key__c="ap_1")
        return await forward()

    org.happen("PATCH", "Task", late)
    assert (await logged(person))["record"] == "00T000000000000001"
    assert len(org.tables["Task"]) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "Umbrella"}, "Salesforce n'a pas de compte « Umbrella »"),
        ({"about": "opportunity", "name": "won long"}, "Salesforce n'a pas d'opportunité ouverte « won long »"),
        ({"name": "a"}, "« a » peut être : Aqualia ; Aqualia Services"),
        ({"name": "_"}, "Salesforce n'a pas de compte « _ »"),
        ({"name": "' OR Name LIKE '"}, "Salesforce n'a pas de compte « ' OR Name LIKE ' »"),
        ({"subject": ""}, "log_salesforce_activity: subject: "),
    ],
)
async def test_what_is_unclear_makes_no_proposal(person: Person, given: Any, said: str) -> None:
    with pytest.raises(ToolError) as refusal:
        await person.show("log_salesforce_activity", **CALL | given)
    assert plain(str(refusal.value)).startswith(said)


async def test_another_record_with_the_key_is_not_taken_back(person: Person, org: Contract) -> None:
    receipt = await logged(person)
    with pytest.raises(ToolError, match="depuis sa création : rien n'a été fait"):
        await person.undo("log_salesforce_activity", receipt | {"record": "00T000000000000009"})
    assert len(org.tables["Task"]) == 1


async def test_an_activity_is_taken_back_into_the_recycle_bin(person: Person, org: Contract) -> None:
    receipt = await logged(person)
    assert await person.undo("log_salesforce_activity", receipt) == {
        "reference": "ap_1",
        "record": "00T000000000000001",
        "summary": "« They wait for our offer » est dans la corbeille de Salesforce.",
    }
    assert org.tables["Task"] == []
    with pytest.raises(ToolError, match="modifiée ou supprimée"):
        await person.undo("log_salesforce_activity", receipt)


@pytest.mark.parametrize("change", [{"Subject": "Other"}, {"Baton_Key__c": "ap_9"}])
async def test_an_activity_that_somebody_changed_is_not_taken_back(
    person: Person, org: Contract, change: dict[str, str]
) -> None:
    receipt = await logged(person)
    org.change("Task", receipt["record"], **change)
    for known in (receipt, {"according_to": "U2"}):
        with pytest.raises(ToolError, match="depuis sa création : rien n'a été fait"):
            await person.undo("log_salesforce_activity", known)
    assert len(org.tables["Task"]) == 1


# -------------------------------------------------------------------------------- changes of opportunities


async def test_an_opportunity_is_changed_as_it_was_shown(person: Person, org: Contract) -> None:
    assert await person.show("change_salesforce_opportunity", **MOVE) == {
        "Opportunité": "New plant · Aqualia",
        "Responsable": "Paul",
        "Étape": {"before": "Prospecting", "after": "Negotiation/Review"},
        "Montant": {"before": "80000.0", "after": "12500.10"},
    }
    assert await person.facts("change_salesforce_opportunity", **MOVE) == {
        "stage": "Prospecting",
        "amount": "80000.00",
        "_id": PLANT,
        "_modified": "2026-11-23T09:00:00.000+0000",
        "_after": {"StageName": "Negotiation/Review", "Amount": "12500.10"},
    }
    assert sent(org) == []
    done = await moved_on(person)
    assert done | {"summary": plain(done["summary"])} == {
        "reference": "ap_1",
        "record": PLANT,
        "before": {"StageName": "Prospecting", "Amount": "80000.00"},
        "after": {"StageName": "Negotiation/Review", "Amount": "12500.10"},
        "summary": "Opportunité New plant modifiée dans Salesforce : étape Negotiation/Review, montant 12 500,10.",
    }
    assert deal(org) == ("Negotiation/Review", 12500.1, "ap_1")
    assert sent(org) == [("PATCH", f"/sobjects/Opportunity/{PLANT}")]


async def test_a_change_is_made_once_for_a_key(person: Person, org: Contract) -> None:
    witness = await person.facts("change_salesforce_opportunity", **MOVE)
    first = await person.call("change_salesforce_opportunity", "ap_1", witness, **MOVE)
    assert await person.call("change_salesforce_opportunity", "ap_1", witness, **MOVE) == first
    assert await person.settle("change_salesforce_opportunity", "ap_1", witness) == Done(first)
    assert len(org.requests) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stage": "Old"}, "il n'y a pas d'étape « Old » ; il y a : Prospecting, Negotiation, Won"),
        ({"opportunity": "listed", "stage": ""}, "le montant de Listed vient de ses produits : il se change là"),
        ({"stage": "Prospecting", "amount": "80000.00"}, "New plant est déjà ainsi"),
        ({"stage": "", "amount": None}, "New plant est déjà ainsi"),
        ({"opportunity": "new"}, "« new » peut être : New plant ; New pumps"),
        ({"amount": "-1"}, "change_salesforce_opportunity: amount: "),
    ],
)
async def test_what_cannot_be_changed_so_makes_no_proposal(person: Person, given: Any, said: str) -> None:
    with pytest.raises(ToolError) as refusal:
        await person.show("change_salesforce_opportunity", **MOVE | given)
    assert plain(str(refusal.value)).startswith(said)


async def test_an_opportunity_that_changed_is_left_alone(person: Person, org: Contract) -> None:
    witness = await person.facts("change_salesforce_opportunity", **MOVE)
    org.change("Opportunity", PLANT, Amount=81000.0)
    with pytest.raises(ToolError, match=r"Salesforce a changé depuis la proposition \(amount\)"):
        await person.call("change_salesforce_opportunity", "ap_1", witness, **MOVE)
    assert sent(org) == []


async def test_a_change_at_the_last_moment_is_refused_by_salesforce_itself(person: Person, org: Contract) -> None:
    async def meanwhile(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        org.change("Opportunity", PLANT, Amount=81000.0)
        return await forward()

    org.happen("PATCH", "Opportunity", meanwhile)
    with pytest.raises(ToolError, match="quelqu'un a modifié la fiche entre-temps : rien n'a été fait"):
        await moved_on(person)
    assert deal(org) == ("Prospecting", 81000.0, None)


async def test_a_change_is_put_back(person: Person, org: Contract) -> None:
    receipt = await moved_on(person)
    undone = await person.undo("change_salesforce_opportunity", receipt)
    assert undone | {"summary": plain(undone["summary"])} == {
        "reference": "P-undo",
        "record": PLANT,
        "summary": "Opportunité New plant remise dans l'état d'avant : étape Prospecting, montant 80 000,00.",
    }
    assert deal(org) == ("Prospecting", 80000.0, "P-undo")
    with pytest.raises(ToolError, match="n'est plus comme cette modification l'a laissée : rien n'a été fait"):
        await person.undo("change_salesforce_opportunity", receipt)


async def test_an_amount_that_was_empty_is_empty_again(person: Person, org: Contract) -> None:
    change = {"opportunity": "New pumps", "amount": "5"}
    witness = await person.facts("change_salesforce_opportunity", **change)
    receipt = await person.call("change_salesforce_opportunity", "ap_1", witness, **change)
    await person.undo("change_salesforce_opportunity", receipt)
    assert deal(org, "006000000000000002") == ("Prospecting", None, "P-undo")


async def test_a_change_that_was_found_again_can_be_put_back(person: Person, org: Contract) -> None:
    witness = await person.facts("change_salesforce_opportunity", **MOVE)
    org.happen("PATCH", "Opportunity", cut)
    with pytest.raises(requests.ConnectionError):
        await person.call("change_salesforce_opportunity", "ap_1", witness, **MOVE)
    org.accident = None
    found = await person.settle("change_salesforce_opportunity", "ap_1", witness)
    await person.undo("change_salesforce_opportunity", found.receipt)
    assert deal(org) == ("Prospecting", 80000.0, "P-undo")


async def test_what_somebody_changed_meanwhile_is_not_put_back_with_a_change_that_was_found_again(
    person: Person, org: Contract
) -> None:
    change = {"opportunity": "new plant", "stage": "negotiation"}
    witness = await person.facts("change_salesforce_opportunity", **change)
    org.happen("PATCH", "Opportunity", cut)
    with pytest.raises(requests.ConnectionError):
        await person.call("change_salesforce_opportunity", "ap_1", witness, **change)
    org.accident = None
    org.change("Opportunity", PLANT, Amount=95000.0)  # by Paul
    found = await person.settle("change_salesforce_opportunity", "ap_1", witness)
    assert found.receipt["after"] == {"StageName": "Negotiation/Review"}
    assert "montant" not in found.receipt["summary"]
    await person.undo("change_salesforce_opportunity", found.receipt)
    assert deal(org) == ("Prospecting", 95000.0, "P-undo")


@pytest.mark.parametrize("tool", ["log_salesforce_activity", "change_salesforce_opportunity"])
def test_not_found_proves_nothing_while_salesforce_may_still_be_working(person: Person, tool: str) -> None:
    assert person.catalog[tool].settles_after >= 600, "Salesforce lets a transaction take ten minutes"


@pytest.mark.parametrize("change", [{"Amount": 1.0}, {"StageName": "Closed Won"}, {"Baton_Key__c": "ap_9"}])
async def test_what_somebody_changed_after_it_is_not_put_back(person: Person, org: Contract, change: Any) -> None:
    receipt = await moved_on(person)
    org.change("Opportunity", PLANT, **change)
    before = deal(org)
    with pytest.raises(ToolError, match="n'est plus comme cette modification l'a laissée"):
        await person.undo("change_salesforce_opportunity", receipt)
    assert deal(org) == before


async def test_what_became_of_a_change_is_told_while_it_can_be(person: Person, org: Contract) -> None:
    witness = await person.facts("change_salesforce_opportunity", **MOVE)
    settled = lambda: person.settle("change_salesforce_opportunity", "ap_1", witness)  # noqa: E731
    assert await settled() == NotDone()
    org.change("Opportunity", PLANT, Baton_Key__c="ap_2")  # a later proposal's
    found = await settled()
    assert isinstance(found, Unsure)
    assert "en dernier par Paul" in found.reason


@pytest.mark.parametrize(
    ("tool", "arguments"), [("log_salesforce_activity", CALL), ("change_salesforce_opportunity", MOVE)]
)
async def test_nothing_is_done_without_a_decision(person: Person, org: Contract, tool: str, arguments: Any) -> None:
    with pytest.raises(ToolError, match="rien n'est fait sans décision"):
        await person.call(tool, **arguments)
    assert sent(org) == []


# ---------------------------------------------------------------------------------------------- failures


async def own_error(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await forward()
    return web.json_response([{"message": "An error has occurred", "errorCode": "UNKNOWN_EXCEPTION"}], status=500)


async def a_page(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await forward()
    return web.Response(text="<html>Sign in</html>", content_type="text/html")


async def forbidden(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await forward()
    return web.Response(status=403, text="<html>Blocked</html>", content_type="text/html")


async def moved(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    await forward()
    return web.Response(status=302, headers={"Location": "https://elsewhere.example/"})


LOST = pytest.mark.parametrize("accident", [cut, nonsense, own_error, a_page, forbidden, moved])


@LOST
async def test_a_lost_reply_is_no_refusal_and_the_activity_is_found(
    person: Person, org: Contract, accident: Reply
) -> None:
    org.happen("PATCH", "Task", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011 - what matters is what it is not
        await logged(person)
    assert not isinstance(lost.value, ToolError)
    found = await person.settle("log_salesforce_activity", "ap_1")
    assert isinstance(found, Done)
    assert await logged(person) == found.receipt
    assert len(org.tables["Task"]) == 1


@LOST
async def test_a_lost_reply_is_no_refusal_and_the_change_is_found(
    person: Person, org: Contract, accident: Reply
) -> None:
    witness = await person.facts("change_salesforce_opportunity", **MOVE)
    org.happen("PATCH", "Opportunity", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011
        await person.call("change_salesforce_opportunity", "ap_1", witness, **MOVE)
    assert not isinstance(lost.value, ToolError)
    assert isinstance(await person.settle("change_salesforce_opportunity", "ap_1", witness), Done)


@LOST
@pytest.mark.parametrize("tool", ["log_salesforce_activity", "change_salesforce_opportunity"])
async def test_a_lost_reply_of_an_undo_is_no_refusal(person: Person, org: Contract, accident: Reply, tool: str) -> None:
    receipt = await (logged(person) if tool.startswith("log") else moved_on(person))
    org.happen("DELETE" if tool.startswith("log") else "PATCH", "sobjects", accident)
    with pytest.raises(Exception) as lost:  # noqa: PT011
        await person.undo(tool, receipt)
    assert not isinstance(lost.value, ToolError)


async def test_no_request_waits_for_ever(person: Person, org: Contract, detour: Detour, monkeypatch: Any) -> None:
    monkeypatch.setattr("_salesforce.org.SECONDS", 0.2)
    org.happen("PATCH", "Task", silence)
    with pytest.raises(requests.ReadTimeout):
        await logged(person)
    assert detour.waits == {(5.0, 0.2)}  # the login's too
    assert await person.settle("log_salesforce_activity", "ap_1") == NotDone()
    org.happen("GET", "query", silence)
    with pytest.raises(ToolError, match="Salesforce n'a pas répondu"):
        await person.call("list_salesforce_opportunities")


@LOST
async def test_looking_that_fails_says_so(person: Person, org: Contract, accident: Reply) -> None:
    org.happen("GET", "query", accident)
    with pytest.raises(ToolError, match="rien n'a été fait"):
        await person.call("list_salesforce_opportunities")
    assert len(org.tokens) == 1


async def test_an_org_that_does_not_answer_is_left_alone_for_a_while(person: Person, org: Contract) -> None:
    org.happen("GET", "query", nonsense)
    for _ in range(5):
        with pytest.raises(ToolError, match="n'a pas répondu"):
            await person.call("list_salesforce_opportunities")
    org.accident = None
    with pytest.raises(ToolError, match="salesforce"):
        await logged(person)
    assert sent(org) == []


async def test_a_token_that_expired_is_replaced_once_while_looking(person: Person, org: Contract) -> None:
    await person.call("list_salesforce_opportunities")
    org.expired = True
    assert len((await person.call("list_salesforce_opportunities"))["opportunities"]) == 3
    assert len(org.tokens) == 2


async def test_an_org_that_refuses_new_tokens_too_is_not_asked_for_ever(person: Person, org: Contract) -> None:
    async def expire(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        org.expired = True
        return await forward()

    org.happen("GET", "query", expire)
    refusal = r"Salesforce refuse : Session expired or invalid \(INVALID_SESSION_ID\) : rien n'a été fait"
    with pytest.raises(ToolError, match=refusal):
        await person.call("list_salesforce_opportunities")
    assert len(org.tokens) == 2


@pytest.mark.parametrize("kind", ["Task", "Opportunity"])
async def test_a_token_that_expires_before_a_change_is_a_refusal_and_the_next_call_has_a_new_one(
    person: Person, org: Contract, kind: str
) -> None:
    async def expire(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        org.expired = True
        return await forward()

    change = logged if kind == "Task" else moved_on
    org.happen("PATCH", kind, expire)
    with pytest.raises(ToolError, match=r"INVALID_SESSION_ID\) : rien n'a été fait"):
        await change(person)
    assert sent(org) == []
    org.accident = None
    await change(person)
    assert len(sent(org)) == 1


async def test_a_refusal_is_told_in_salesforces_own_words(person: Person, org: Contract) -> None:
    org.tables["OpportunityStage"][1]["ApiName"] = "Negotiation"
    witness = await person.facts("change_salesforce_opportunity", **MOVE)

    async def first(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        org.tables["OpportunityStage"].clear()
        return await forward()

    org.happen("PATCH", "Opportunity", first)
    with pytest.raises(ToolError) as refusal:
        await person.call("change_salesforce_opportunity", "ap_1", witness, **MOVE)
    assert str(refusal.value) == (
        "Salesforce refuse : Stage: bad value: Negotiation (INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST) : rien n'a été fait"
    )


async def test_several_records_with_the_key_are_a_refusal(person: Person, org: Contract) -> None:
    async def twice(request: web.Request, forward: Callable[[], Awaitable[web.StreamResponse]]) -> Any:
        for _ in (1, 2):
            org._add("Task", Subject="x", WhatId="001000000000000003", Baton_Key__c="ap_1")
        return await forward()

    org.happen("PATCH", "Task", twice)
    with pytest.raises(ToolError, match="Salesforce refuse : HTTP 300 : rien n'a été fait"):
        await logged(person)


async def test_a_field_that_the_admin_has_not_added_is_named(person: Person, org: Contract, monkeypatch: Any) -> None:
    monkeypatch.setitem(FIELDS, "Task", [name for name in FIELDS["Task"] if name != "Baton_Key__c"])
    with pytest.raises(ToolError, match="No such column 'Baton_Key__c' on entity 'Task'"):
        await logged(person)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SALESFORCE_SECRET": "not-this-one"}, "Salesforce refuses the login (invalid_client): nothing was done"),
        ({"SALESFORCE_KEY": "not-this-one"}, "Salesforce refuses the login (invalid_client_id): nothing was done"),
        (
            {"SALESFORCE_URL": "https://login.salesforce.com"},
            "sources.yaml: base_url of 'salesforce' must be your own: https://mycompany.my.salesforce.com",
        ),
        (
            {"SALESFORCE_URL": f"http://{HOST}"},
            "sources.yaml: base_url of 'salesforce' must be your own: https://mycompany.my.salesforce.com",
        ),
        (
            {"SALESFORCE_URL": "https://evil.example/mycompany.my.salesforce.com"},
            "sources.yaml: base_url of 'salesforce' must be your own: https://mycompany.my.salesforce.com",
        ),
    ],
)
async def test_a_wrong_setting_is_refused_and_no_secret_shown(settings: dict[str, str], said: str) -> None:
    catalog = load(**settings)
    with pytest.raises(ToolError) as refusal:
        await Person(catalog, ENGLISH).call("list_salesforce_opportunities")
    assert str(refusal.value) == said
    await catalog.close()


@pytest.mark.parametrize(
    ("external_id", "said"), [("Id", "must name a custom field"), ("a__c = '' OR b__c", "must name a custom field")]
)
async def test_only_a_custom_field_takes_the_key(person: Person, external_id: str, said: str) -> None:
    person.catalog.systems["salesforce"].config = {
        **person.catalog.systems["salesforce"].config,
        "external_id": external_id,
    }
    with pytest.raises(ToolError, match=said):
        await logged(person)


@pytest.mark.parametrize("part", ["token", "query", "Task"])
@LOST
async def test_no_error_shows_a_secret(
    person: Person, org: Contract, accident: Reply, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    org.happen({"token": "POST", "query": "GET", "Task": "PATCH"}[part], part, accident)
    with caplog.at_level("DEBUG"), pytest.raises(Exception) as failed:  # noqa: PT011
        await logged(person)
    assert isinstance(failed.value, ToolError) == (part != "Task")
    chain, told = failed.value, [caplog.text]
    while chain:
        told += [str(chain), repr(chain)]
        chain = chain.__cause__ or chain.__context__
    secrets = [CONSUMER_SECRET, CONSUMER_KEY, "00Dtoken"]
    assert [text for text in told if any(secret in text for secret in secrets)] == []


async def test_a_login_without_a_token_is_no_login(person: Person, org: Contract) -> None:
    for body in ({"access_token": "x"}, {"instance_url": f"https://{HOST}"}, [1], {}):

        async def odd(request: web.Request, forward: Any, body: Any = body) -> web.StreamResponse:
            return web.json_response(body)

        org.happen("POST", "token", odd)
        with pytest.raises(ToolError, match="sans jeton"):
            await logged(person)


async def test_a_catalog_is_loaded_without_the_library(org: Contract) -> None:
    program = (
        "import sys; from pathlib import Path; from bot.tooling.catalog import Catalog;"
        f"names = list(Catalog.load(Path('tools'), {dict(SETTINGS, SALESFORCE_URL=f'https://{HOST}')}));"
        "assert 'log_salesforce_activity' in names, names;"
        "assert not {'simple_salesforce', 'zeep'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], cwd=servers.ROOT, check=True, capture_output=True)
