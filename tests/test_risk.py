"""The effect that is proposed for a foreign operation: what acts is never taken for what only reads."""

from __future__ import annotations

import pytest

from bot.tooling.risk import Operation, Risk, proposed
from tests.measure_risk import SETS, entries, judged


@pytest.mark.parametrize("name", SETS)
def test_nothing_that_acts_is_taken_for_a_look(name: str) -> None:
    acting = [entry for entry in entries(name) if entry["label"] != "read"]
    assert [entry["name"] for entry in acting if judged(entry).effect == "read"] == []
    assert len(acting) > 100


def risk(
    name: str, description: str = "Returns it.", method: str | None = None, path: str = "", **arguments: str
) -> Risk:
    properties = {argument: {"type": kind} for argument, kind in arguments.items()}
    return proposed(Operation(name, {"type": "object", "properties": properties}, description, method, path))


@pytest.mark.parametrize(
    "name",
    ["list_invoices", "getOrder", "crm.contacts.search", "OrdersController_findAll", "chercher_stock", "erp_get_stock"],
)
def test_what_only_reads_says_so_twice(name: str) -> None:
    assert risk(name).effect == "read"
    assert risk(name, "").effect == "write"
    assert risk(name, "Invoices of a customer.").effect == "write"
    assert risk(name, "Returns the orders and marks them as seen.").effect == "write"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("get_or_create_user", "or"),
        ("find_and_replace", "and"),
        ("list_item_for_sale", "list_item"),
        ("check_in_guest", "check_in"),
        ("show_notification", "show_notification"),
        ("get_next_number", "next"),
        ("frobnicate", ""),
        ("créer_commande", "creer"),
    ],
)
def test_a_reading_verb_is_not_enough(name: str, word: str) -> None:
    assert risk(name) == Risk("write", word)


def test_arguments_that_say_what_to_do_are_acts() -> None:
    assert risk("get_rows", table="string") == Risk("read", "get")
    assert risk("get_rows", sql="string") == Risk("write", "sql")
    assert risk("get_rows", delete_after="boolean") == Risk("write", "delete")


def test_the_method_counts() -> None:
    assert risk("orders", method="GET", path="/orders") == Risk("read", "GET")
    assert risk("orders", method="GET", path="/orders/{id}/ship") == Risk("write", "ship")
    assert risk("getOrder", method="POST", path="/orders") == Risk("write")
    assert risk("searchOrders", method="POST", path="/orders/search", body="object") == Risk("read", "search")
    assert risk("getOrder", method="PUT", path="/orders") == Risk("write", "PUT")
    assert risk("getOrder", method="DELETE", path="/orders/{id}") == Risk("destructive", "DELETE")
