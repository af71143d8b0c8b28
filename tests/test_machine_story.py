"""A machine is started from a thread: shown, approved by two people, started once; what changed meanwhile is seen."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import machine
from tests.caller import shipped
from tests.conftest import empty_database
from tests.house import AMELIE, BRUNO, EVA, GENERAL, SALES, House, Slack, text_of, until
from tests.machine import Plant
from tests.provider import Provider, calls_raw
from tests.test_machines import FILES, Road, entry, opened


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with machine.running(tmp_path_factory.mktemp("plant")) as running:
        yield running


@pytest.fixture(scope="module")
def road(plant: Plant) -> Iterator[Road]:
    """The way from Baton to the machines, in a thread of its own."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        way = opened(plant)
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        yield asyncio.run_coroutine_threadsafe(way.__aenter__(), loop).result(10)
        asyncio.run_coroutine_threadsafe(way.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@pytest.fixture(scope="module")
def workshop(server: str, road: Road, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The shipped rules, and the machines' tools alone."""
    place: Path = tmp_path_factory.mktemp("house")
    tools = shipped(place / "tools", *FILES, "policy.yaml", sources=entry(road.url))
    with empty_database(server) as url, Slack(place) as slack:
        house = House(place, slack, url, provider.models, tools)
        provider.reset()
        house.start()
        yield house
        house.close()


@pytest.fixture(autouse=True)
def _as_it_was(plant: Plant, road: Road) -> None:
    plant.tell(reset=True)
    road.accident = ""


def asked(house: House, provider: Provider, order: str) -> dict[str, Any]:
    """The card of an order that Amélie asks for where everybody is."""
    job = {"machine": "presse 1", "order": order, "quantity": 200}
    provider.script += [calls_raw("start_order", json.dumps(job))]
    ts = house.slack.say(AMELIE, f"<@UBATON01> démarre {order} sur la presse 1", GENERAL)
    return house.card(GENERAL, ts, showing="En attente de")


def shown(house: House, card: dict[str, Any], words: str) -> str:
    return text_of(house.card(GENERAL, card["thread_ts"], showing=words))


def test_a_machine_runs_after_two_people_approved_and_once(workshop: House, plant: Plant, provider: Provider) -> None:
    card = asked(workshop, provider, "OF-1042")
    for words in ("Presse 1", "libre", "OF-1042", "200", "assurez-vous que personne n'y travaille"):
        assert words in text_of(card)
    workshop.slack.click(BRUNO, card, "approve")
    workshop.slack.click(BRUNO, card, "approve")
    workshop.settle()
    assert (workshop.approvals(), plant.journal()) == (["pending"], [])
    for _ in range(2):
        workshop.slack.click(EVA, card, "approve")
    assert "Presse 1 a démarré l'ordre OF-1042" in shown(workshop, card, "Fait")
    workshop.settle()
    assert (workshop.approvals(), plant.journal()) == (["executed"], [["Press-01", "OF-1042", 200]])


def test_a_machine_that_became_busy_meanwhile_is_not_started(workshop: House, plant: Plant, provider: Provider) -> None:
    card = asked(workshop, provider, "OF-1043")
    workshop.slack.click(BRUNO, card, "approve")
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9"}})
    workshop.slack.click(EVA, card, "approve")
    until("it is known to be out of date", lambda: workshop.approvals()[-1] == "stale")
    workshop.settle()
    assert "OF-9" in shown(workshop, card, "rien n'a été démarré")
    assert plant.journal() == []


def test_a_start_whose_reply_was_lost_is_found_again_and_not_repeated(
    workshop: House, plant: Plant, road: Road, provider: Provider
) -> None:
    card = asked(workshop, provider, "OF-1044")
    road.accident = "after"
    for person in (BRUNO, EVA):
        workshop.slack.click(person, card, "approve")
    assert "Presse 1 a pris en charge l'ordre OF-1044" in shown(workshop, card, "Fait")
    workshop.settle()
    assert (workshop.approvals()[-1], plant.journal()) == ("executed", [["Press-01", "OF-1044", 200]])


def test_how_the_machines_are_is_answered_at_once(workshop: House, plant: Plant, provider: Provider) -> None:
    plant.tell(set={"Press-01": {"State": 2, "Alarm": "E042 bourrage"}})
    provider.script += [calls_raw("check_machines", "{}")]
    ts = workshop.slack.say(AMELIE, "<@UBATON01> comment vont les machines ?", SALES)
    workshop.answer(SALES, ts, showing="E042 bourrage")
