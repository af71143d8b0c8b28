"""The machines' tools against a real OPC UA server: read, started once, stopped, and every way to fail."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import Done, NotDone, ToolError, Unsure
from bot.errors import ConfigError
from bot.tooling.catalog import Catalog
from tests import machine
from tests.caller import ENGLISH, Caller, shipped
from tests.erp import ROOT, free_port
from tests.machine import Plant

ENTRY = """
systems:
  machines:
    base_url: {url}
    timeout: {timeout}
    user: baton
    password: {password}
    machines:
      press-01:
        title: Presse 1
        state: nsu=urn:valmont:presses;s=Press-01.State
        idle: [0]
        running: [1]
        order: nsu=urn:valmont:presses;s=Press-01.Order
        finished: nsu=urn:valmont:presses;s=Press-01.Finished
        alarm: nsu=urn:valmont:presses;s=Press-01.Alarm
        shown: {{compteur: nsu=urn:valmont:presses;s=Press-01.Counter, cible: nsu=urn:valmont:presses;s=Press-01.Target}}
        start:
          object: nsu=urn:valmont:presses;s=Press-01
          method: nsu=urn:valmont:presses;s=Press-01.StartOrder
          arguments: {{order: String, quantity: UInt32}}
        stop: {{object: nsu=urn:valmont:presses;s=Press-01, method: nsu=urn:valmont:presses;s=Press-01.Stop}}
      press-02:
        state: ns=2;s=Press-02.State
        idle: [0]
        running: [1]
        order: ns=2;s=Press-02.Order
"""
FILES = ("machines.py", "_opcua", "_words.py", "_loopback.py")
JOB: dict[str, Any] = {"machine": "presse 1", "order": "OF-17", "quantity": 300}


def entry(url: str, password: str = machine.PASSWORD, timeout: float = 5) -> str:
    return ENTRY.format(url=url, password=password, timeout=timeout)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with machine.running(tmp_path_factory.mktemp("plant")) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(plant: Plant) -> None:
    plant.tell(reset=True)


@asynccontextmanager
async def loaded(folder: Path, sources: str) -> AsyncIterator[Caller]:
    catalog = Catalog.load(shipped(folder, *FILES, sources=sources), {})
    yield Caller(catalog)
    await catalog.close()


@pytest.fixture
async def person(plant: Plant, tmp_path: Path) -> AsyncIterator[Caller]:
    async with loaded(tmp_path / "tools", entry(plant.url)) as caller:
        yield caller


async def ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])


@dataclass
class Road:
    """A way to the server on which an accident happens when the request passes that calls a method."""

    plant: Plant
    accident: str = ""  # "before": it never arrives; "after": its reply is lost; "silence": it comes never
    passed: int = 0
    port: int = field(default_factory=free_port)
    travels: list[asyncio.Task[Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/presses"

    async def travel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.travels.append(task)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.plant.port)
        back = asyncio.create_task(self._back(far_reader, writer))
        while data := await reader.read(65536):
            if self.accident and (b"Press-01.StartOrder" in data or b"Press-01.Stop" in data):
                self.passed += 1
                await ended(back)
                if self.accident != "before":
                    far_writer.write(data)
                    await far_reader.read(65536)  # it has happened
                if self.accident == "silence":
                    await reader.read(65536)
                break
            far_writer.write(data)
        await ended(back)
        for one in (writer, far_writer):
            one.close()
            await asyncio.gather(one.wait_closed(), return_exceptions=True)

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)


@asynccontextmanager
async def opened(plant: Plant) -> AsyncIterator[Road]:
    """A road; whoever travels on it has left before it closes."""
    road = Road(plant)
    server = await asyncio.start_server(road.travel, "127.0.0.1", road.port)
    yield road
    server.close()
    await asyncio.gather(*road.travels)


@pytest.fixture
async def road(plant: Plant) -> AsyncIterator[Road]:
    async with opened(plant) as road:
        yield road


@pytest.fixture
async def traveller(road: Road, tmp_path: Path) -> AsyncIterator[Caller]:
    async with loaded(tmp_path / "far", entry(road.url, timeout=0.5)) as caller:
        yield caller


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# ------------------------------------------------------------------------------------------------ reading


async def test_all_machines_are_told_in_the_persons_language(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9", "Counter": 1200, "Target": 3000}})
    found = await person.call("check_machines")
    assert {**found, "summary": plain(found["summary"])} == {
        "summary": "Presse 1 : en marche, ordre OF-9 ; compteur 1 200 ; cible 3 000. press-02 : libre.",
        "machines": [
            {"machine": "press-01", "state": "running", "order": "OF-9", "alarm": "", "compteur": 1200, "cible": 3000},
            {"machine": "press-02", "state": "idle", "order": "OF-16", "alarm": ""},
        ],
    }
    english = await Caller(person.catalog, ENGLISH).call("check_machines", machine="PRESSE 1")
    assert plain(english["summary"]) == "Presse 1: running, order OF-9; compteur 1,200; cible 3,000."


async def test_a_machine_whose_state_the_server_does_not_know_is_no_obstacle_to_the_others(
    person: Caller, plant: Plant
) -> None:
    plant.tell(hush=True)
    found = await person.call("check_machines")
    assert [(one["machine"], one["state"]) for one in found["machines"]] == [
        ("press-01", "idle"), ("press-02", "unknown"),
    ]  # fmt: skip
    assert "press-02 : état inconnu" in plain(found["summary"])


async def test_an_alarm_is_told(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"State": 2, "Alarm": "E042 bourrage"}})
    found = await person.call("check_machines", machine="press-01")
    assert "ni libre ni en marche (état 2) ; alarme E042 bourrage" in plain(found["summary"])


async def test_a_text_without_words_is_no_alarm(person: Caller) -> None:
    from _opcua.line import _plain  # on the path once a catalog has been loaded
    from asyncua import ua

    assert [_plain(ua.LocalizedText(text)) for text in (None, "", "E042")] == [None, "", "E042"]


async def test_what_is_not_in_the_configuration_is_no_machine(person: Caller, plant: Plant) -> None:
    for spoken in ("Press-03", "ns=2;s=Press-01.State", "nsu=urn:valmont:presses;s=Press-01", "-"):
        with pytest.raises(ToolError, match="aucune machine ne s'appelle"):
            await person.call("check_machines", machine=spoken)
        with pytest.raises(ToolError, match=r"Presse 1, press-02$"):
            await person.call("start_order", key="P-1", **{**JOB, "machine": spoken})
    assert plant.journal() == []


async def test_a_method_that_is_not_in_the_configuration_is_not_called(person: Caller, plant: Plant) -> None:
    """Press-02 has both methods on the server."""
    with pytest.raises(ToolError, match=r"press-02 ne peut pas .* « start: »"):
        await person.call("start_order", key="P-1", **{**JOB, "machine": "press-02"})
    plant.tell(set={"Press-02": {"State": 1}})
    with pytest.raises(ToolError, match=r"press-02 ne peut pas .* « stop: »"):
        await person.call("stop_machine", key="P-1", witness={"_last": "OF-16"}, machine="press-02")
    assert plant.journal() == []


# ------------------------------------------------------------------------------------------------ starting


async def test_an_order_is_shown_and_then_started(person: Caller, plant: Plant) -> None:
    assert await person.show("start_order", **JOB) == {
        "Machine": "Presse 1",
        "État": "libre",
        "Ordre": "OF-16",
        "compteur": 0,
        "cible": 0,
        "warnings": ["La machine se met en mouvement dès l'accord : assurez-vous que personne n'y travaille."],
    }
    done = await person.call("start_order", key="P-1", **JOB)
    assert {**done, "summary": plain(done["summary"])} == {
        "summary": "Presse 1 a démarré l'ordre OF-17 (300 pièces).",
        "reference": "P-1",
        "machine": "press-01",
        "order": "OF-17",
        "quantity": 300,
    }
    assert plant.journal() == [["Press-01", "OF-17", 300]]


async def test_the_same_order_twice_is_started_once(person: Caller, plant: Plant) -> None:
    await person.call("start_order", key="P-1", **JOB)
    again = await person.call("start_order", key="P-2", **JOB)
    assert again["summary"] == "Presse 1 exécute déjà l'ordre OF-17."
    assert plant.journal() == [["Press-01", "OF-17", 300]]


async def test_what_two_ask_at_the_same_moment_the_machine_starts_once(person: Caller, plant: Plant) -> None:
    await asyncio.gather(*(person.call("start_order", key=f"P-{n}", **JOB) for n in range(4)))
    assert plant.journal() == [["Press-01", "OF-17", 300]]


async def test_a_busy_machine_gets_no_order(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9"}})
    for attempt in (person.show, person.call):
        with pytest.raises(ToolError, match=r"rien n'a été démarré.*en marche, ordre OF-9"):
            await attempt("start_order", **JOB)
    assert plant.journal() == []


@pytest.mark.parametrize("values", [{"State": 2}, {"State": 0, "Alarm": "E042 bourrage"}])
async def test_a_machine_in_alarm_gets_no_order(person: Caller, plant: Plant, values: dict[str, Any]) -> None:
    plant.tell(set={"Press-01": values})
    for attempt in (person.show, person.call):
        with pytest.raises(ToolError, match="rien n'a été démarré"):
            await attempt("start_order", **JOB)
    assert plant.journal() == []


@pytest.mark.parametrize(
    "values",
    [
        {"Order": "OF-17"},
        {"Finished": ["OF-17", "OF-15"]},
        {"Order": "OF-17   "},
        {"Finished": ["OF-17\0\0", "OF-15"]},
        {"Order": "of-17"},
    ],
)
async def test_an_order_number_is_used_once(person: Caller, plant: Plant, values: dict[str, Any]) -> None:
    plant.tell(set={"Press-01": values})
    with pytest.raises(ToolError, match="a déjà exécuté l'ordre OF-17"):
        await person.call("start_order", key="P-1", **JOB)
    assert plant.journal() == []


async def test_what_changed_on_the_machine_since_the_card_is_seen(person: Caller, plant: Plant) -> None:
    before = await person.facts("start_order", **JOB)
    plant.tell(set={"Press-01": {"Counter": 7}})
    assert await person.facts("start_order", **JOB) == before
    for name, values in {"_state": {"State": 1}, "_alarm": {"Alarm": "E1"}, "_last": {"Order": "OF-18"}}.items():
        plant.tell(set={"Press-01": values})
        now = await person.facts("start_order", **JOB)
        assert [one for one in before if before[one] != now[one]] == [name]
        plant.tell(reset=True)


async def test_another_configuration_is_another_proposal(person: Caller, plant: Plant, tmp_path: Path) -> None:
    before = await person.facts("start_order", **JOB)
    other = entry(plant.url).replace("object: nsu=urn:valmont:presses;s=Press-01\n", "object: ns=2;s=Press-02\n")
    async with loaded(tmp_path / "other", other) as later:
        assert (await later.facts("start_order", **JOB))["_entry"] != before["_entry"]
    async with loaded(tmp_path / "elsewhere", entry(plant.url.replace("127.0.0.1", "localhost"))) as later:
        assert await later.facts("start_order", **JOB) != before


@pytest.mark.parametrize("order", ["", "OF 17", "OF-17\nStop", "../x" * 20, "é"])
async def test_what_is_no_order_number_is_not_taken(person: Caller, order: str) -> None:
    with pytest.raises(ToolError):
        await person.call("start_order", key="P-1", **{**JOB, "order": order})


# ---------------------------------------------------------------------------------------- what can go wrong


async def test_the_machines_own_refusal_is_told(person: Caller, plant: Plant) -> None:
    with pytest.raises(ToolError, match=r"Presse 1 refuse \(quantity out of range\) : rien n'a été fait"):
        await person.call("start_order", key="P-1", **{**JOB, "quantity": 6000})
    with pytest.raises(ToolError, match="ne compte que jusqu'à"):
        await person.call("start_order", key="P-1", **{**JOB, "quantity": 2**32})
    assert plant.journal() == []


async def test_a_user_without_rights_is_refused_by_the_server(person: Caller, plant: Plant) -> None:
    plant.tell(deny=True)
    with pytest.raises(ToolError, match=r"refuse l'appel \(BadUserAccessDenied\) : rien n'a été fait"):
        await person.call("start_order", key="P-1", **JOB)
    assert plant.journal() == []


async def test_a_program_that_breaks_off_in_the_machine_is_no_refusal(person: Caller, plant: Plant) -> None:
    plant.tell(**{"break": True})
    witness = await person.facts("start_order", **JOB)
    with pytest.raises(Exception, match="BadUnexpectedError") as raised:
        await person.call("start_order", key="P-1", **JOB)
    assert not isinstance(raised.value, ToolError)
    assert isinstance(await person.settle("start_order", "P-1", witness), Done)


async def test_a_wrong_password_is_told_without_it(plant: Plant, tmp_path: Path) -> None:
    async with loaded(tmp_path / "tools", entry(plant.url, password="wr0ng-w0rd")) as stranger:
        with pytest.raises(ToolError, match="refuse l'identifiant ou le mot de passe") as raised:
            await stranger.call("check_machines")
    assert "wr0ng" not in str(raised.value)


async def test_a_server_that_is_down_is_told_and_left_alone_after_a_while(tmp_path: Path) -> None:
    async with loaded(tmp_path / "tools", entry(f"opc.tcp://127.0.0.1:{free_port()}")) as caller:
        for _ in range(5):
            with pytest.raises(ToolError, match=r"pas de liaison .* rien n'a été fait"):
                await caller.call("start_order", key="P-1", **JOB)
        with pytest.raises(ToolError, match="is left alone"):
            await caller.call("start_order", key="P-1", **JOB)


async def test_a_lost_reply_is_found_again_by_the_order_number(traveller: Caller, road: Road, plant: Plant) -> None:
    witness = await traveller.facts("start_order", **JOB)
    road.accident = "after"
    with pytest.raises(OSError, match="closed"):
        await traveller.call("start_order", key="P-1", witness=witness, **JOB)
    assert (road.passed, plant.journal()) == (1, [["Press-01", "OF-17", 300]])
    receipt = {
        "summary": "Presse 1 a pris en charge l'ordre OF-17.", "reference": "P-1",
        "machine": "press-01", "order": "OF-17",
    }  # fmt: skip
    assert await traveller.settle("start_order", "P-1", witness) == Done(receipt)
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-18", "Finished": ["OF-17"]}})
    assert await traveller.settle("start_order", "P-1", witness) == Done(receipt)


async def test_a_server_that_never_replies_is_no_refusal(traveller: Caller, road: Road, plant: Plant) -> None:
    witness = await traveller.facts("start_order", **JOB)
    road.accident = "silence"
    with pytest.raises(TimeoutError):
        await traveller.call("start_order", key="P-1", witness=witness, **JOB)
    assert plant.journal() == [["Press-01", "OF-17", 300]]


async def test_a_request_that_never_arrived_is_known_not_to_have_happened(traveller: Caller, road: Road) -> None:
    witness = await traveller.facts("start_order", **JOB)
    road.accident = "before"
    with pytest.raises(OSError, match="closed"):
        await traveller.call("start_order", key="P-1", witness=witness, **JOB)
    assert await traveller.settle("start_order", "P-1", witness) == NotDone()


@pytest.mark.parametrize(
    "values", [{"Order": ""}, {"Order": "OF-18"}, {"State": 1, "Order": "OF-18"}, {"State": 1}, {"State": 2}]
)
async def test_a_machine_that_is_no_longer_as_it_was_proves_nothing(
    person: Caller, plant: Plant, values: dict[str, Any]
) -> None:
    witness = await person.facts("start_order", **JOB)
    plant.tell(set={"Press-01": values})
    found = await person.settle("start_order", "P-1", witness)
    assert isinstance(found, Unsure)
    assert "la machine n'en garde pas de trace sûre" in found.reason


async def test_a_machine_that_forgets_its_orders_proves_nothing(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"Order": ""}})
    witness = await person.facts("start_order", **JOB)
    assert isinstance(await person.settle("start_order", "P-1", witness), Unsure)


# ------------------------------------------------------------------------------------------------ stopping


async def test_a_running_order_is_stopped(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9"}})
    shown = await person.show("stop_machine", machine="presse 1")
    assert (shown["Ordre"], shown["État"]) == ("OF-9", "en marche")
    assert "pas un arrêt d'urgence" in shown["warnings"][0]
    witness = await person.facts("stop_machine", machine="presse 1")
    done = await person.call("stop_machine", key="P-1", witness=witness, machine="presse 1")
    assert done == {
        "summary": "Presse 1 est à l'arrêt (ordre OF-9).", "reference": "P-1", "machine": "press-01", "order": "OF-9",
    }  # fmt: skip
    assert plant.journal() == [["Press-01", "stop"]]


async def test_another_order_than_the_one_shown_is_not_stopped(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9"}})
    witness = await person.facts("stop_machine", machine="presse 1")
    plant.tell(set={"Press-01": {"Order": "OF-10"}})
    with pytest.raises(ToolError, match="exécute maintenant l'ordre OF-10"):
        await person.call("stop_machine", key="P-1", witness=witness, machine="presse 1")
    plant.tell(set={"Press-01": {"State": 0}})
    with pytest.raises(ToolError, match="il n'y a rien à arrêter"):
        await person.call("stop_machine", key="P-1", witness=witness, machine="presse 1")
    assert plant.journal() == []


@pytest.mark.parametrize(("accident", "outcome"), [("after", Done), ("before", NotDone)])
async def test_a_stop_whose_reply_was_lost_is_looked_up(
    traveller: Caller, road: Road, plant: Plant, accident: str, outcome: type
) -> None:
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9"}})
    witness = await traveller.facts("stop_machine", machine="presse 1")
    road.accident = accident
    with pytest.raises(OSError, match="closed"):
        await traveller.call("stop_machine", key="P-1", witness=witness, machine="presse 1")
    assert isinstance(await traveller.settle("stop_machine", "P-1", witness), outcome)


async def test_an_order_that_rests_may_go_on_and_one_in_another_s_place_is_over(person: Caller, plant: Plant) -> None:
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-9"}})
    witness = await person.facts("stop_machine", machine="presse 1")
    plant.tell(set={"Press-01": {"State": 2, "Alarm": "E042"}})
    assert isinstance(await person.settle("stop_machine", "P-1", witness), Unsure)
    plant.tell(set={"Press-01": {"State": 1, "Order": "OF-10"}})
    found = await person.settle("stop_machine", "P-1", witness)
    assert isinstance(found, Done)
    assert found.receipt["summary"] == "Presse 1 n'exécute plus l'ordre OF-9."


# ------------------------------------------------------------------------------------------------ protection


async def test_a_protected_line_works_with_the_named_server_alone(plant: Plant, tmp_path: Path) -> None:
    machine.certificate(tmp_path, "client", "urn:baton:machines")
    machine.certificate(tmp_path, "impostor", "urn:valmont:server")

    def protected(server: Path) -> str:
        files = {"certificate": tmp_path / "client.der", "private_key": tmp_path / "client.pem"}
        lines = [f"    {name}: {file}" for name, file in {**files, "server_certificate": server}.items()]
        return entry(plant.url, timeout=1).replace("    machines:\n", "\n".join([*lines, "    machines:\n"]))

    async with loaded(tmp_path / "tools", protected(plant.folder / "server.der")) as caller:
        assert (await caller.call("start_order", key="P-1", **JOB))["order"] == "OF-17"
    async with loaded(tmp_path / "tools", protected(tmp_path / "impostor.der")) as caller:
        with pytest.raises(ToolError, match="rien n'a été fait"):
            await caller.call("check_machines")
    assert plant.journal() == [["Press-01", "OF-17", 300]]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("opc.tcp://127.0.0.1:1/x", "opc.tcp://press.example:4840", "the server is on another machine"),
        ("opc.tcp://127.0.0.1:1/x", "https://127.0.0.1:4840", "base_url: Value error, this is no OPC UA server"),
        ("opc.tcp://127.0.0.1:1/x", "opc.tcp://127.0.0.1", "with its port"),
        ("opc.tcp://127.0.0.1:1/x", "opc.tcp://u:s3cret@127.0.0.1:1", "no user in the address"),
        ("    user: baton", "    certificate: /nowhere/x.der", "certificate: Path does not point to a file"),
        ("    user: baton", "    usr: baton", "usr: Extra inputs are not permitted"),
        ("running: [1]", "running: [0]", "machines.press-01: Value error, 0 cannot mean both idle and running"),
        ("order: ns=2;s=Press-02.Order", "order: Press-02.Order", "machines.press-02.order: Value error, this is no node"),
        ("quantity: UInt32", "quantity: String", "machines.press-01.start: Value error, arguments: write order: String"),
        ("idle: [0]", "idle: []", "machines.press-01.idle: List should have at least 1 item"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_stops_the_start_and_says_what_to_do(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    sources = entry("opc.tcp://127.0.0.1:1/x").replace(old, new)
    with pytest.raises(ConfigError) as raised:
        Catalog.load(shipped(tmp_path / "tools", *FILES, sources=sources), {})
    assert f"{tmp_path}/tools/sources.yaml: machines: " in str(raised.value)
    assert told in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_the_guides_entry_is_a_proper_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "connectors.md").read_text("utf-8").partition("## Machines (OPC UA)")[2]
    (sources,) = re.findall(r"^```yaml\n(.*?)^```", text.partition("## Mail")[0], re.S | re.M)
    (tmp_path / "file").touch()
    sources = re.sub(r"/etc/baton/[\w.-]+", str(tmp_path / "file"), sources)
    address = {"OPCUA_URL": "opc.tcp://press.internal:4840", "OPCUA_USER": "baton", "OPCUA_PASSWORD": "x"}
    catalog = Catalog.load(shipped(tmp_path / "tools", *FILES, sources=sources), address)
    assert sorted(catalog) == ["check_machines", "start_order", "stop_machine"]


def test_an_admin_may_accept_a_line_without_protection(tmp_path: Path) -> None:
    sources = entry("opc.tcp://press.example:4840").replace("    user:", "    unprotected: true\n    user:")
    assert "start_order" in Catalog.load(shipped(tmp_path / "tools", *FILES, sources=sources), {})
