"""Starts the demo ERP for tests: prepared once in a cached folder, a fresh copy of its data for each server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, str(ROOT / "tools/_demo_erp/erp.py")]
START_SECONDS = 60


@dataclass(frozen=True)
class Erp:
    """A running ERP."""

    folder: Path
    url: str
    credentials: dict[str, str] = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What `sources.yaml` reads."""
        known = self.credentials
        return {
            "TRYTON_URL": self.url,
            "TRYTON_DATABASE": known["database"],
            "TRYTON_LOGIN": known["login"],
            "TRYTON_PASSWORD": known["password"],
        }


def prepare() -> Path:
    """The cached folder (`BATON_TEST_ERP`, else `.cache/erp`), prepared: minutes the first time, then at once."""
    folder = Path(os.environ.get("BATON_TEST_ERP") or ROOT / ".cache/erp")
    subprocess.run([*COMMAND, "prepare", str(folder)], check=True)
    return folder


def copy(prepared: Path, folder: Path) -> None:
    """Make `folder` an ERP with data of its own and the environment of `prepared`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "venv").symlink_to(prepared / "venv")
    for pattern in ("environment-*", "template-*", "credentials.json"):
        for file in prepared.glob(pattern):
            shutil.copy2(file, folder)
    subprocess.run([*COMMAND, "prepare", str(folder)], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(folder: Path) -> Iterator[Erp]:
    """Serve a fresh copy of the prepared ERP from `folder` on a free port."""
    copy(prepare(), folder)
    port = free_port()
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen([*COMMAND, "serve", str(folder), "--port", str(port)], stdout=log, stderr=log)
    try:
        _wait(server, port, folder / "serve.log")
        yield Erp(folder, f"http://127.0.0.1:{port}", json.loads((folder / "credentials.json").read_text()))
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the ERP did not start:\n{log.read_text()}")
