"""What a sweep orders the Baton under test to do: what to write down, and where to misbehave. Read anew whenever it changes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

# kill: die at once. stop: freeze until SIGCONT. cut: the database connection breaks before the commit arrives.
# lose: the commit is done and its answer is lost. hold: this one task waits until `Orders` change.
How = Literal["kill", "stop", "cut", "lose", "hold"]


@dataclass(frozen=True)
class Orders:
    """`story`: another one begins to count the points from one. `at`: the name of a point. `clock`: in seconds."""

    story: str = ""
    record: str = ""  # the file that gets a line of JSON for each point
    at: str = ""
    how: How = "kill"
    clock: float = 0.0  # how far ahead of the database Baton's clock is
    echo: int = 1  # how often each press of a button arrives

    def give(self, file: Path) -> None:
        """Put the orders there, all at once."""
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        os.replace(fresh, file)


class Standing:
    """The orders that lie in a file now."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._orders = Orders()

    def now(self) -> Orders:
        at = self._file.stat()
        if (seen := (at.st_ino, at.st_mtime_ns)) != self._seen:
            self._seen, self._orders = seen, Orders(**json.loads(self._file.read_text()))
        return self._orders


def recorded(file: Path) -> list[str]:
    """The points that were written down, in the order of their first coming."""
    lines = file.read_text().splitlines() if file.exists() else []
    return list(dict.fromkeys(json.loads(line)["point"] for line in lines))
