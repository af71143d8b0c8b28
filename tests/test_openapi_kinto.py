"""Operations of a real server that Baton did not write (kinto, Swagger 2): effects, refusals, versions, a server that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.errors import ToolError
from bot.tooling.catalog import Catalog
from bot.tooling.context import RunContext
from bot.types import Json
from tests.foreign import environment
from tests.house import AMELIE, BRUNO, SALES, House, until
from tests.provider import Provider, calls, says
from tests.test_openapi import context

pytestmark = pytest.mark.slow

OPERATIONS: Json = {
    "get_records": {"name": "list_orders"},
    "get_record": {"name": "read_order"},
    "create_record": {"name": "add_order"},
    "update_record": {"name": "put_order", "titles": {"fr": "Commande", "en": "Order"}},
    "delete_record": {"name": "drop_order"},
}
INI = """
[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.default_bucket
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = only-for-tests
multiauth.policies = basicauth

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s
"""
PLACE = {"bucket_id": "default", "collection_id": "orders"}


@dataclass
class Kinto:
    url: str
    process: subprocess.Popen[bytes]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=("clerk", "s3cret"))

    def orders(self) -> list[Json]:
        with self.client() as client:
            found = client.get("buckets/default/collections/orders/records").json()["data"]
        return sorted(({**one, "last_modified": 0} for one in found), key=lambda one: str(one["id"]))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kinto]:
    programs, home = environment("kinto"), tmp_path_factory.mktemp("kinto")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ini = home / "kinto.ini"
    ini.write_text(INI, "utf-8")
    with (home / "log").open("wb") as out:
        start = [programs / "python", programs / "kinto", "start", "--ini", ini, "--port", str(port)]
        process = subprocess.Popen(start, stdout=out, stderr=out, start_new_session=True)
    kinto = Kinto(f"http://127.0.0.1:{port}/v1/", process)

    def answers() -> bool:
        assert process.poll() is None, (home / "log").read_text()
        try:
            return httpx.get(f"{kinto.url}__lbheartbeat__").is_success
        except httpx.TransportError:
            return False

    until("kinto answers", answers)
    yield kinto
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def kinto(running: Kinto) -> Kinto:
    with running.client() as client:
        client.delete("buckets/default")
    return running


def write_sources(folder: Path, kinto: Kinto) -> None:
    (folder / "kinto.json").write_bytes(httpx.get(f"{kinto.url}__api__").content)
    sources = {
        "systems": {"kinto": {"base_url": kinto.url, "headers": {"Authorization": "${KINTO_LOGIN}"}}},
        "openapi": {"kinto": {"document": "kinto.json", "system": "kinto", "operations": OPERATIONS}},
    }
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources), "utf-8")


LOGIN = {"KINTO_LOGIN": "Basic Y2xlcms6czNjcmV0"}


@pytest.fixture
def catalog(kinto: Kinto, tmp_path: Path) -> Catalog:
    write_sources(tmp_path, kinto)
    return Catalog.load(tmp_path, LOGIN)


async def do(catalog: Catalog, name: str, witness: Json = None, **arguments: Json) -> Any:
    tool = catalog[name]
    key = None if tool.read_only else "ap_1"
    return await tool.call(
        here(catalog, idempotency_key=key, witness=witness or {}), tool.parse({**PLACE, **arguments})
    )


async def facts(catalog: Catalog, name: str, **arguments: Json) -> Json:
    return await catalog[name].facts(here(catalog), catalog[name].parse({**PLACE, **arguments}))


def here(catalog: Catalog, **more: Any) -> RunContext:
    return context(catalog.systems["kinto"], **more)


async def test_what_it_offers_is_read_and_written(catalog: Catalog, kinto: Kinto) -> None:
    assert {name: tool.effect for name, tool in catalog.items()} == {
        "list_orders": "read", "read_order": "read", "add_order": "write", "put_order": "write", "drop_order": "destructive",
    }  # fmt: skip
    added = await do(catalog, "add_order", data={"item": "PMP-200", "quantity": 3})
    assert added["summary"] == "kinto: 201 Created"
    listed = await do(catalog, "list_orders", _limit=5)
    assert [one["item"] for one in listed["answer"]["data"]] == ["PMP-200"]
    with pytest.raises(ToolError, match=r"kinto refused it \(404\): "):
        await do(catalog, "read_order", id="nowhere")
    with pytest.raises(ToolError, match=r"kinto refused it \(400\): .*id"):
        await do(catalog, "add_order", data={"id": "not an id!"})
    await catalog.close()


async def test_what_was_not_there_is_made_once(catalog: Catalog, kinto: Kinto) -> None:
    seen = await facts(catalog, "put_order", id="a1")
    assert seen == {"exists": False}
    assert (await do(catalog, "put_order", seen, id="a1", data={"quantity": 3}))["status"] == 201
    with pytest.raises(ToolError, match=r"kinto refused it \(412\): "):
        await do(catalog, "put_order", seen, id="a1", data={"quantity": 3})
    assert kinto.orders() == [{"id": "a1", "quantity": 3, "last_modified": 0}]
    await catalog.close()


async def test_what_somebody_changed_since_it_was_shown_is_not_overwritten(catalog: Catalog, kinto: Kinto) -> None:
    with kinto.client() as client:
        client.put("buckets/default/collections/orders/records/b2", json={"data": {"quantity": 1}})
        seen = await facts(catalog, "put_order", id="b2")
        assert seen["exists"]
        client.put("buckets/default/collections/orders/records/b2", json={"data": {"quantity": 2}})
    for name, more in (("put_order", {"data": {"quantity": 9}}), ("drop_order", {})):
        with pytest.raises(ToolError, match=r"kinto refused it \(412\): "):
            await do(catalog, name, seen, id="b2", **more)
    assert kinto.orders() == [{"id": "b2", "quantity": 2, "last_modified": 0}]
    now = await facts(catalog, "put_order", id="b2")
    assert (await do(catalog, "put_order", now, id="b2", data={"quantity": 9}))["status"] == 200
    await catalog.close()


def test_a_listed_operation_waits_for_its_button_and_happens_once(
    house: House, provider: Provider, kinto: Kinto
) -> None:
    house.baton.stop()
    house.environment.update(LOGIN)
    try:
        write_sources(house.tools, kinto)
        house._baton = None  # with the login in its environment
        house.rules(
            'groups: {finance: {members: "@finance", channel: "#finance"}}\n'
            "rules: [{name: orders, tools: put_order, effect: ask, of: finance}]\n"
        )
        provider.script += [calls("put_order", **PLACE, id="c3", data={"quantity": 5}), says("Commandé.")]
        ts = house.slack.say(AMELIE, "<@UBATON01> commande 5 pompes", SALES)
        card = house.card(SALES, ts, showing="PUT /buckets/default/collections/orders/records/c3")
        assert kinto.orders() == []
        for _ in range(2):
            house.slack.click(BRUNO, card, "approve")
        house.answer(SALES, ts, showing="P-1 est fait")
        house.settle()
        assert kinto.orders() == [{"id": "c3", "quantity": 5, "last_modified": 0}]
        ((receipt,),) = house.rows("SELECT receipt FROM approvals")
        assert receipt["summary"] == "kinto: 201 Created"
        assert "s3cret" not in json.dumps(house.rows("SELECT data FROM audit"), default=str) + house.baton.output()
    finally:
        for file in ("sources.yaml", "kinto.json"):
            (house.tools / file).unlink(missing_ok=True)
        house.baton.stop()
        house.environment.clear()
        house._baton = None


async def test_of_a_server_that_is_gone_one_hears_that_nothing_was_sent(running: Kinto, tmp_path: Path) -> None:
    write_sources(tmp_path, running)
    catalog = Catalog.load(tmp_path, LOGIN)
    os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()
    with pytest.raises(ToolError, match=r"kinto does not answer at 127\.0\.0\.1: nothing was sent"):
        await do(catalog, "put_order", {"exists": False}, id="d4", data={})
    await catalog.close()
