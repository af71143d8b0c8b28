"""Runs all parts on one machine: a local Slack, a demo ERP, and Baton itself, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import rich

from bot.errors import BatonError
from bot.settings import Settings

STOP_SECONDS = 15.0  # what a part gets to end in good order
PORTS_TO_TRY = 20
RESTART_SECONDS = 1.0

ERP = Path("tools/_demo_erp/erp.py")
_CONSOLE = rich.get_console()
LOCAL_SLACK = {"SLACK_BOT_TOKEN": "xoxb-local-baton", "SLACK_APP_TOKEN": "xapp-local-baton", "SLACK_SIGNING_SECRET": ""}


class Demo:
    """The parts, started in the order in which they are of use: the page, the ERP's preparation, Baton."""

    def __init__(self, settings: Settings, port: int, *, with_erp: bool) -> None:
        self._home = settings.baton_home.absolute()
        self._port = port
        self._with_erp = with_erp
        self._parts: list[Process] = []
        self._stopping = False

    async def run(self) -> None:
        """Run until cancelled, then stop every part. Raises `BatonError` when it runs already or a part can't start."""
        with _only_one(self._home) as said:
            try:
                async with asyncio.TaskGroup() as tasks:
                    page = await self._workspace(tasks)
                    _write(said, page)
                    erp = await self._prepare_erp(tasks) if self._with_erp else {}
                    tasks.create_task(self._baton(page, erp))
            finally:
                await self._stop()

    async def _workspace(self, tasks: asyncio.TaskGroup) -> str:
        """Start the local Slack on the first free port; its address comes back."""
        for port in range(self._port, self._port + PORTS_TO_TRY):
            if not _free(port):
                _tell("page", f"port {port} is taken, trying {port + 1}")
                continue
            command = ("-m", "bot.workspace", "--port", str(port), "--limits", "--home", str(self._home / "workspace"))
            part = await self._start(*command, retry="0.5,5,60")
            assert part.stdout is not None  # asked for
            line = (await part.stdout.readline()).decode()
            if found := re.search(r"https?://\S+", line):
                tasks.create_task(self._watch("page", part))
                rich.print(f"\n  [bold green]Open[/] [bold underline]{found[0]}[/]   (Ctrl-C stops everything)\n")
                return found[0]
        raise BatonError(f"no port from {self._port} to {port} is free: choose one with --port")

    async def _prepare_erp(self, tasks: asyncio.TaskGroup) -> Mapping[str, str]:
        """Begin to prepare the ERP, and serve it when it is ready; its settings are known at once."""
        home = self._home / "erp"
        home.mkdir(parents=True, exist_ok=True)
        port = _kept_port(home / "port")
        tasks.create_task(self._erp(home, port))
        credentials = home / "credentials.json"
        async with asyncio.timeout(60):
            while not credentials.exists():  # noqa: ASYNC110  (a file of another process tells nobody)
                await asyncio.sleep(0.1)
        known = json.loads(credentials.read_text("utf-8"))
        return {
            "TRYTON_URL": f"http://127.0.0.1:{port}",
            **{f"TRYTON_{name.upper()}": known[name] for name in ("database", "login", "password")},
        }

    async def _erp(self, home: Path, port: int) -> None:
        preparing = await self._start(str(ERP), "prepare", str(home))
        await self._echo("erp", preparing)
        if await preparing.wait() != 0:
            _tell("erp", "could not be prepared; everything else works without it")
            return
        while not self._stopping:
            serving = await self._start(str(ERP), "serve", str(home), "--port", str(port))
            _tell("erp", f"serving on port {port}")
            await self._echo("erp", serving)
            await self._ended("erp", serving)

    async def _baton(self, page: str, erp: Mapping[str, str]) -> None:
        environment = {**LOCAL_SLACK, "SLACK_API_URL": f"{page}api/", **erp}
        while not self._stopping:
            part = await self._start("-m", "bot", "run", **environment)
            await self._echo("baton", part)
            await self._ended("baton", part)

    async def _start(self, *command: str, retry: str | None = None, **environment: str) -> Process:
        """Start a part in a session of its own, so that Ctrl-C reaches it through us alone; its log goes to a file."""
        if retry:
            command = (*command, "--retry-seconds", retry)
        logs = self._home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        name = next(word for word in command if not word.startswith("-"))
        with (logs / f"{Path(name).stem.replace('bot.', '')}.log").open("ab") as log:
            part = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdout=PIPE,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,
            )
        self._parts.append(part)
        return part

    async def _watch(self, name: str, part: Process) -> None:
        await self._echo(name, part)
        if not self._stopping:
            raise BatonError(f"{name} ended by itself (code {await part.wait()}); see {self._home / 'logs'}")

    async def _ended(self, name: str, part: Process) -> None:
        """A part that ended by itself is started again, soon; one that never ran is a fault to be told."""
        code = await part.wait()
        self._parts.remove(part)
        if self._stopping:
            return
        if code == 2:
            raise BatonError(f"{name} cannot start; see {self._home / 'logs'}")
        _tell(name, f"ended by itself (code {code}), starting again")
        await asyncio.sleep(RESTART_SECONDS)

    async def _echo(self, name: str, part: Process) -> None:
        assert part.stdout is not None  # asked for
        async for line in part.stdout:
            _tell(name, line.decode(errors="replace").rstrip())

    async def _stop(self) -> None:
        """Ask every part to end, Baton first; those that don't are killed."""
        self._stopping = True
        for part in reversed(self._parts):
            with contextlib.suppress(ProcessLookupError):
                part.terminate()
        for part in self._parts:
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await part.wait()
            except TimeoutError:
                os.killpg(part.pid, signal.SIGKILL)
                await part.wait()


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[IO[str]]:
    """Hold the home for one demo at a time; the file says where the page is."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            where = file.read().strip() or "it is just starting"
            raise BatonError(
                f"the demo runs already: {where}. Stop it with Ctrl-C, or set another BATON_HOME"
            ) from None
        yield file


def _write(file: IO[str], text: str) -> None:
    file.truncate(0)
    file.write(text)
    file.flush()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _kept_port(file: Path) -> int:
    """The port of the last start when it is free, else a new one."""
    with contextlib.suppress(OSError, ValueError):
        if _free(port := int(file.read_text("utf-8"))):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file.write_text(str(port), "utf-8")
    return int(port)


def _tell(name: str, line: str) -> None:
    _CONSOLE.print(f"[dim]{name:>6} ·[/] {rich.markup.escape(line)}", soft_wrap=True)
