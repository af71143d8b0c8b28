"""The demo as a person starts it: one command, one address, and nothing left behind when it stops."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.erp import free_port
from tests.house import AMELIE, Process, until


class Demo(Process):
    """`baton demo`, without the ERP and with a few documents."""

    def __init__(self, home: Path, port: int) -> None:
        documents = home.parent / "documents"
        documents.mkdir(exist_ok=True)
        (documents / "tea.md").write_text("---\ntitle: Tea\nlang: en\n---\n# Tea\n\nTea is served at four.\n")
        self.home = home
        command = ("-m", "bot", "demo", "--erp", "off", "--port", str(port))
        super().__init__(
            "demo",
            home.parent / "demo.log",
            *command,
            BATON_HOME=str(home),
            BATON_KNOWLEDGE=str(documents),
            COLUMNS="200",
        )

    def open(self) -> str:
        """Start it; the page's address, once Baton is connected."""
        seen = len(self.output())
        address = self.start(r"Open (http://\S+)")[1]
        until("Baton is connected", lambda: "connected to" in self.output()[seen:])
        return address

    def interrupt(self) -> int:
        return self._end(signal.SIGINT)

    def left_behind(self) -> list[str]:
        """The processes that still know this home."""
        found = []
        for process in psutil.process_iter():
            try:
                known = " ".join(process.cmdline()) + str(process.environ().get("BATON_HOME", ""))
            except psutil.Error:
                continue
            if str(self.home) in known:
                found.append(" ".join(process.cmdline()))
        return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "home", free_port())
    yield demo
    demo.stop()


def say(address: str, text: str) -> str:
    body = {"person": AMELIE, "channel": "D0AMELIE01", "text": text}
    return str(httpx.post(f"{address}local/say", json=body).json()["ts"])


def thread(address: str, ts: str) -> list[str]:
    query = {"channel": "D0AMELIE01", "thread_ts": ts, "person": AMELIE}
    found = httpx.get(f"{address}local/messages", params=query).raise_for_status().json()["messages"]
    return [message["text"] for message in found]


def test_ctrl_c_leaves_no_process_and_the_next_start_has_the_threads(demo: Demo) -> None:
    address = demo.open()
    ts = say(address, "When is tea served?")
    until("it is answered", lambda: len(thread(address, ts)) == 3)
    before = thread(address, ts)
    assert "un assistant IA" in before[1], "the first words to a person say who speaks"
    assert demo.interrupt() == 0
    until("no process is left", lambda: not demo.left_behind())

    assert thread(demo.open(), ts) == before


def test_a_second_start_says_where_the_first_one_is(demo: Demo) -> None:
    address = demo.open()
    second = subprocess.run(
        [*psutil.Process(demo.running.pid).cmdline()], env=demo.environment, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 2
    assert address in re.sub(r"\s+", " ", second.stderr)
    assert "Traceback" not in second.stderr


def test_a_taken_port_gives_the_next_free_one(tmp_path: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        demo = Demo(tmp_path / "home", taken)
        address = demo.start(r"Open (http://\S+)")[1]
        assert demo.stop() == 0
    assert f"port {taken} is taken" in demo.output()
    assert address != f"http://127.0.0.1:{taken}/"
