"""Points: moments of a running Baton that have a stable name, and what is ordered to happen at one of them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg

import bot
from tests.sweep.orders import How, Standing

_BOT = str(Path(bot.__file__).parent) + os.sep
_LIBRARIES = ("procrastinate", "slack_bolt")  # they commit and acknowledge in tasks of their own
_GENERIC = ("bot/state/db.py", "procrastinate/psycopg_connector.py", "procrastinate/utils.py")  # everybody's doors
_RHYTHM = ("update_heartbeat", "prune_stalled_workers", "catchup.py:listens")  # come with the clock, not with the story
_TASK = asyncio.Handle._run.__code__


class Watch:
    """Counts, writes down and, where it is ordered, ends the process or breaks its connection."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self._story = ""
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    async def reach(self, what: str, connection: psycopg.AsyncConnection[Any] | None = None) -> None:
        """The process is at this point; `connection` is the one that is about to commit, or has committed."""
        how = self.arrive(what)
        if how == "cut" and connection is not None:
            _cut(connection)
        elif how == "lose":
            raise psycopg.OperationalError("the answer to COMMIT was lost")
        elif how == "hold":
            at = self.standing.now().at
            while self.standing.now().at == at:
                await asyncio.sleep(0.01)

    def arrive(self, what: str) -> How | None:
        """Count the point and, if so ordered, die or freeze here; other orders come back."""
        with self._lock:
            orders, place = self.standing.now(), site()
            if place.endswith(_RHYTHM):
                return None
            if orders.story != self._story:
                self._story = orders.story
                self._counts.clear()
            self._counts[f"{what} @ {place}"] += 1
            name = f"{what} @ {place} #{self._counts[f'{what} @ {place}']}"
            if orders.record:
                with open(orders.record, "a") as file:
                    file.write(json.dumps({"point": name}) + "\n")
        if name != orders.at:
            return None
        if orders.how in ("kill", "stop"):
            os.kill(os.getpid(), signal.SIGKILL if orders.how == "kill" else signal.SIGSTOP)
        return orders.how


def site() -> str:
    """The innermost function of Baton that is at work, as `bot/runner.py:advance`; else a library's own."""
    frame: FrameType | None = sys._getframe(1)
    library = ""
    while frame is not None and frame.f_code is not _TASK:  # behind it is who runs the loop, not who is at work
        place = _place(frame.f_code.co_filename)
        if place and place not in _GENERIC:
            if place.startswith("bot/"):
                return f"{place}:{frame.f_code.co_name}"
            library = library or f"{place.split('/')[0]}:{frame.f_code.co_name}"
        frame = frame.f_back
    return library or "elsewhere"


def _place(file: str) -> str | None:
    if file.startswith(_BOT):
        return "bot/" + file.removeprefix(_BOT)
    _, inside, name = file.rpartition("site-packages/")
    return name if inside and name.startswith(_LIBRARIES) else None


def _cut(connection: psycopg.AsyncConnection[Any]) -> None:
    """End the connection at the server's side."""
    with psycopg.connect(os.environ["BATON_DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 1000)", [connection.info.backend_pid])
