"""Prepares, serves and resets the demo ERP in a folder of its own; knows files and processes, not the ERP's data.

    python erp.py prepare DIR            environment, database and demo company; seconds when they are there
    python erp.py serve DIR --port N     becomes the server on 127.0.0.1:N
    python erp.py reset DIR              the data as on the first day

Each step leaves one file whose name carries the hash of everything that went into it, and which appears only
when the step is complete: a run that was killed is continued by the next one, and a changed recipe is noticed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK, SEED = HERE / "requirements.lock", HERE / "seed.py"
DATABASE = "demo"


class Refusal(Exception):
    """Something that the person at the keyboard can act on."""


@dataclass(frozen=True)
class Place:
    """The folder of one demo ERP."""

    root: Path

    @property
    def python(self) -> Path:
        return self.root / "venv/bin/python"

    @property
    def config(self) -> Path:
        return self.root / "trytond.conf"

    @property
    def databases(self) -> Path:
        return self.root / "db"

    @property
    def live(self) -> Path:
        return self.databases / f"{DATABASE}.sqlite"

    @property
    def credentials(self) -> Path:
        return self.root / "credentials.json"

    @property
    def environment(self) -> Path:
        return self.root / f"environment-{_hash(LOCK.read_bytes(), sys.version.encode())}"

    @property
    def empty(self) -> Path:
        return self.root / f"empty-{_hash(LOCK.read_bytes(), SEED.read_bytes(), self._secrets)}.sqlite"

    @property
    def template(self) -> Path:
        return self.root / f"template-{_hash(LOCK.read_bytes(), SEED.read_bytes(), self._secrets)}.sqlite"

    @property
    def copied(self) -> Path:
        return self.databases / f"from-{self.template.stem}"

    @property
    def ready(self) -> bool:
        return all(p.exists() for p in (self.environment, self.credentials, self.template, self.copied, self.live))

    @property
    def _secrets(self) -> bytes:
        return self.credentials.read_bytes() if self.credentials.exists() else b""


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def prepare(place: Place) -> None:
    """Bring everything about; returns at once when it is there."""
    if not place.ready:
        place.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.databases.mkdir(exist_ok=True)
        with _only_one(place.root / "prepare.lock", wait=True):
            _write_settings(place)
            _make(place, place.environment, "installing Tryton in an environment of its own", install)
            if not place.template.exists():
                _make(place, place.empty, "creating the ERP's database", create)
            _make(place, place.template, "entering the demo company", enter)
            if not (place.copied.exists() and place.live.exists()):
                reset(place)
    print("ERP: ready", flush=True)


def serve(place: Place, port: int) -> None:
    """Become the server: this process ends as Tryton's."""
    if not place.ready:
        raise Refusal(f"nothing to serve in {place.root}: run `prepare` first")
    # Tryton on SQLite has no row locks: a second thread or process would book things twice
    _locked(place.root / "serve.lock", wait=False)
    os.environ.update(TRYTOND_CONFIG=str(place.config), TRYTOND_DATABASE_NAMES=DATABASE)
    listen = ["--threads=1", f"--listen=127.0.0.1:{port}", "trytond.application:app"]
    os.execv(place.python, [str(place.python), "-m", "waitress", *listen])


def reset(place: Place) -> None:
    """Copy the template over the data; refused while the server runs."""
    if not place.template.exists():
        raise Refusal(f"nothing to reset in {place.root}: run `prepare` first")
    with _only_one(place.root / "serve.lock", wait=False):
        for old in place.databases.glob("from-*"):
            old.unlink()
        for old in place.databases.glob(f"{DATABASE}.sqlite*"):
            old.unlink()
        fresh = place.databases / "copy.sqlite"
        shutil.copyfile(place.template, fresh)
        fresh.rename(place.live)
        place.copied.touch()


def install(place: Place, done: Path) -> None:
    shutil.rmtree(place.root / "venv", ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(place.root / "venv")])
    pip = [str(place.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--no-compile", "--no-deps", "--require-hashes", "-r", str(LOCK)])
    done.touch()


def create(place: Place, done: Path) -> None:
    _clear(place)
    (place.databases / "build.sqlite").touch()  # Tryton wants to find a file
    _seed(place, "modules")
    _publish(place, done)


def enter(place: Place, done: Path) -> None:
    _clear(place)
    shutil.copyfile(place.empty, place.databases / "build.sqlite")
    _seed(place, "company")
    _publish(place, done)


def _seed(place: Place, step: str) -> None:
    known = ["--config", str(place.config), "--database", "build", "--credentials", str(place.credentials)]
    _run([str(place.python), str(SEED), step, *known])


def _publish(place: Place, done: Path) -> None:
    """Make what was built appear under its final name, whole."""
    built = place.databases / "build.sqlite"
    with sqlite3.connect(built) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    built.rename(done)


def _clear(place: Place) -> None:
    for left in place.databases.glob("build.sqlite*"):
        left.unlink()


def _make(place: Place, done: Path, title: str, step: Callable[[Place, Path], None]) -> None:
    """Run a step unless what it makes is there; older results of the same step go."""
    if done.exists():
        return
    print(f"ERP: {title} …", flush=True)
    began = time.monotonic()
    for old in place.root.glob(f"{done.name.split('-')[0]}-*"):
        old.unlink()
    step(place, done)
    print(f"ERP: {title}: done in {time.monotonic() - began:.0f} s", flush=True)


def _write_settings(place: Place) -> None:
    _write(
        place.config,
        f"[database]\nuri = sqlite://\npath = {place.databases}\nlist = False\n[session]\ntimeout = 3600\n",
    )
    if not place.credentials.exists():
        known = {"database": DATABASE, "login": "baton", "password": secrets.token_urlsafe(18)}
        _write(place.credentials, json.dumps({**known, "admin_password": secrets.token_urlsafe(18)}, indent=1))


def _write(path: Path, text: str) -> None:
    """All or nothing, readable by the owner only."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(path)


def _run(command: list[str]) -> None:
    """Run a child; it holds the lock too, so that one that outlives us keeps the next run waiting."""
    result = subprocess.run(
        command,
        check=False,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        raise Refusal(f"{' '.join(command[:4])} … failed:\n" + "\n".join(result.stdout.splitlines()[-15:]))


def _locked(path: Path, wait: bool) -> int:
    """Take a lock that lasts as long as this process and its children, also through exec."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not wait:
            os.close(descriptor)
            raise Refusal(f"the ERP in {path.parent} is running: stop it first") from None
        print("ERP: waiting for the step that another run has begun …", flush=True)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


@contextmanager
def _only_one(path: Path, wait: bool) -> Iterator[None]:
    descriptor = _locked(path, wait)
    try:
        yield
    finally:
        os.close(descriptor)


def main() -> int:
    parser = argparse.ArgumentParser(description="The demo ERP: prepare it, serve it, reset its data.")
    parser.add_argument("command", choices=["prepare", "serve", "reset"])
    parser.add_argument("dir", type=Path)
    parser.add_argument("--port", type=int, default=8069)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # raises, so that a running child is killed as well
    os.umask(0o077)
    place = Place(given.dir.resolve())
    try:
        if given.command == "prepare":
            prepare(place)
        elif given.command == "serve":
            serve(place, given.port)
        else:
            reset(place)
    except Refusal as refusal:
        print(f"ERP: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
