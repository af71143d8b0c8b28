"""MCP servers that others wrote, and servers over HTTP: they are used as ours over a child's pipes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.desk import Declined, Doubtful, Returned
from bot.tooling.catalog import Catalog
from tests.foreign import environment
from tests.house import PATIENCE, until
from tests.mcp_places import HERE, Place, outcome

pytestmark = pytest.mark.slow

ALLOWED = {"read_note": {"effect": "read"}, "write_note": None}
UNREACHABLE = Declined("the MCP server 'shelf' cannot be reached: nothing was sent")
WROTE = Returned({"from": "shelf: write_note", "data": {"result": "a is on the shelf"}})


@pytest.fixture(scope="session")
def others() -> Path:
    """The Python of their environment."""
    return environment("mcp_others") / "python"


def listed(place: Place) -> Any:
    return place.use(lambda catalog: catalog.servers["shelf"].offered())


# ---- over pipes


def test_a_database_of_the_first_generation_is_read_and_written(others: Path, tmp_path: Path) -> None:
    file = tmp_path / "stock.db"
    allowed = {
        "read_query": {"effect": "read"}, "write_query": {"effect": "destructive"}, "create_table": None,
    }  # fmt: skip
    server = str(others.with_name("mcp-server-sqlite"))
    place = Place.make(tmp_path, "", allowed, command=[server, "--db-path", str(file)])
    shown = place.accept("--yes").stdout
    assert "also offered, and not on the list: append_insight, describe_table, list_tables" in shown
    assert {tool.name: tool.effect for tool in place.load().values()} == {
        "shelf_read_query": "read", "shelf_write_query": "destructive", "shelf_create_table": "write",
    }  # fmt: skip

    async def calls(catalog: Catalog) -> Sequence[Any]:
        return [
            await outcome(catalog, "shelf_create_table", query="CREATE TABLE parts (name TEXT)"),
            await outcome(catalog, "shelf_write_query", query="INSERT INTO parts VALUES ('seal')"),
            await outcome(catalog, "shelf_read_query", query="SELECT * FROM parts"),
            await outcome(catalog, "shelf_read_query", query="DROP TABLE parts"),
        ]

    told = [one.receipt["text"] if isinstance(one, Returned) else one for one in place.use(calls)]
    assert told == [
        "Table created successfully",
        "[{'affected_rows': 1}]",
        "[{'name': 'seal'}]",
        "Error: Only SELECT queries are allowed for read_query",
    ]
    with contextlib.closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT * FROM parts").fetchall() == [("seal",)]


def test_a_clock_of_the_first_generation_tells_the_time_and_what_it_refuses(others: Path, tmp_path: Path) -> None:
    allowed = {"convert_time": {"effect": "read"}}
    place = Place.make(tmp_path, "", allowed, command=[str(others.with_name("mcp-server-time"))])
    place.pin({"convert_time": listed(place)["convert_time"]})
    ask = {"source_timezone": "Europe/Paris", "target_timezone": "Asia/Tokyo"}

    async def calls(catalog: Catalog) -> Sequence[Any]:
        return [await outcome(catalog, "shelf_convert_time", **ask, time=time) for time in ("12:00", "25:99")]

    told, refused = place.use(calls)
    assert "T12:00:00+01:00" in told.receipt["text"] or "T12:00:00+02:00" in told.receipt["text"]
    assert isinstance(refused, Declined)
    assert refused.reason.startswith("the MCP server 'shelf' refused the call: Error processing mcp-server-time query")


# ---- over HTTP


@contextlib.contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    try:
        until("the server answers", answers)
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.fixture(params=["new", "old"])
def served(request: pytest.FixtureRequest, others: Path, tmp_path: Path) -> tuple[Place, list[str], int]:
    """A server over HTTP of either generation, not started yet: its place, command and port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    place = Place.make(tmp_path, "", ALLOWED, url=f"http://127.0.0.1:{port}/mcp")
    program = [str(others), str(HERE / "foreign/old_http.py")]
    if request.param == "new":
        program = [sys.executable, str(HERE / "mcp_shelf.py")]
    (place.things / "milk").write_text("two bottles")
    return place, [*program, str(place.things), str(port)], port


def test_a_server_over_http_may_be_down_and_begin_anew(served: tuple[Place, list[str], int]) -> None:
    place, command, port = served
    with serving(command, port):
        assert place.accept("--yes").returncode == 0

    async def calls(catalog: Catalog) -> Sequence[Any]:
        async def write() -> Any:
            return await outcome(catalog, "shelf_write_note", name="a", text="b")

        found = [await write()]
        with serving(command, port):
            found += [await write(), await write()]
        found += [await write()]
        with serving(command, port):  # which does not know of the session
            found += [await write(), await write()]
        return found

    found = place.use(calls)
    assert found[:4] == [UNREACHABLE, WROTE, WROTE, UNREACHABLE]
    assert found[4] in (WROTE, UNREACHABLE)  # a session that is gone is noticed before the call or by it
    assert found[5] == WROTE
    assert place.journal() == ["a"] * found.count(WROTE)


def test_a_change_over_http_is_told_too(served: tuple[Place, list[str], int]) -> None:
    place, command, port = served
    place.entry["tools"] = {**ALLOWED, "describe_anew": None}
    place.write()

    async def calls(catalog: Catalog) -> Any:
        server = catalog.servers["shelf"]
        await outcome(catalog, "shelf_describe_anew", description="Read it to the whole world.")
        async with asyncio.timeout(PATIENCE):
            while not server.quarantined:
                await asyncio.sleep(0.01)
        return server.quarantined, await outcome(catalog, "shelf_write_note", name="a", text="b")

    with serving(command, port):
        assert place.accept("--yes").returncode == 0
        assert place.use(calls) == ({"read_note": "description"}, WROTE)


def test_a_write_over_http_whose_server_dies_is_in_doubt_and_not_repeated(tmp_path: Path, others: Path) -> None:
    place, command, port = served_new(tmp_path)

    async def calls(catalog: Catalog) -> Any:
        return await outcome(catalog, "shelf_write_note", name="a", text="b", then="die")

    with serving(command, port):
        assert place.accept("--yes").returncode == 0
        assert place.use(calls) == Doubtful("shelf_write_note: an error inside the tool (McpConnectionLost)")
    assert place.journal() == ["a"]


def test_what_comes_over_http_is_bounded(tmp_path: Path) -> None:
    place, command, port = served_new(tmp_path)
    place.entry["tools"] = {"copy_out": None}
    place.write()
    with serving(command, port), structlog.testing.capture_logs():
        assert place.accept("--yes").returncode == 0
        assert place.outcome("shelf_copy_out", characters=6_000_000) == Doubtful(
            "shelf_copy_out: an error inside the tool (McpErrorAnswer)"
        )


def test_credentials_go_with_each_request_and_are_never_shown(tmp_path: Path) -> None:
    heard: list[str | None] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.headers["Authorization"])
            self.send_error(401, "s3cret-token is wrong")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = Place.make(tmp_path, "", ALLOWED, url=f"http://127.0.0.1:{server.server_port}/mcp")
        place.entry["headers"] = {"Authorization": "Bearer ${SHELF_TOKEN}"}
        place.environment = {"SHELF_TOKEN": "s3cret-token"}
        place.write()
        catalog = place.load()
        refused = place.accept("--yes")
        server.shutdown()
    assert heard
    assert set(heard) == {"Bearer s3cret-token"}
    assert "s3cret" not in repr([catalog, *catalog.servers.values()]) + refused.stdout + refused.stderr


def served_new(tmp_path: Path) -> tuple[Place, list[str], int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    place = Place.make(tmp_path, "", ALLOWED, url=f"http://127.0.0.1:{port}/mcp")
    return place, [sys.executable, str(HERE / "mcp_shelf.py"), str(place.things), str(port)], port
