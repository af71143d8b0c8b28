"""Runs the whole sweep and prints a row for each fault as it comes, then a summary; exits with 1 when a promise is broken."""

from __future__ import annotations

import argparse
import math
import queue
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import empty_database
from tests.sweep.faults import FAULTS
from tests.sweep.points import kind
from tests.sweep.server import Server, serving
from tests.sweep.stage import Stage, staged
from tests.sweep.stories import STORIES, Story, Told, tell
from tests.sweep.surroundings import restarted_server


@dataclass(frozen=True)
class Trial:
    """One thing that is done to one story."""

    story: Story
    how: str  # kill, cut or lose
    point: str


@dataclass(frozen=True)
class Row:
    """What came of it: `second` is the point of a second death, while Baton recovers from the first."""

    story: str
    kind: str
    point: str
    first: str
    second: str
    broken: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "; ".join(self.broken) or "ok"
        return " | ".join(filter(None, (self.story, self.kind, self.point, self.first, self.second, verdict)))


class Table:
    """Prints rows as they come, and counts them."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._lock = threading.Lock()

    def add(self, row: Row) -> None:
        with self._lock:
            self._rows.append(row)
            print(row, flush=True)

    def sum_up(self) -> bool:
        """Print how often each kind of fault came to each end; whether every promise was kept."""
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self._rows:
            kinds[row.kind][row.first] += 1
        for name, endings in sorted(kinds.items()):
            print(f"{name}: " + "; ".join(f"{times} × {ending}" for ending, times in endings.most_common()))
        broken = [row for row in self._rows if row.broken]
        seconds = sum(bool(row.second) for row in self._rows)
        print(f"{len(self._rows)} faults, {seconds} of them with a second one, {len(broken)} with a broken promise")
        for row in broken:
            print(f"BROKEN {row}")
        return not broken


def main() -> int:
    wanted = _arguments()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="sweep-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with serving(home / "data") as server:
            _points(wanted, home, server, table)
            _faults(wanted, home, server, table)
    return 0 if table.sum_up() else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make sweep", description=__doc__)
    parser.add_argument("--only", default="", help="faults whose name or point contains this")
    parser.add_argument("--stories", default=",".join(STORIES), help="such as S1,S3; 'none' for the other faults alone")
    parser.add_argument("--seed", type=int, default=1, help="chooses the second deaths, and the order")
    parser.add_argument("--minutes", type=float, default=math.inf, help="for the points; those after that are left out")
    parser.add_argument("--lanes", type=int, default=2, help="how many houses at once")
    return parser.parse_args()


@contextmanager
def _stage(home: Path, server: Server, name: str) -> Iterator[Stage]:
    (home / name).mkdir()
    with empty_database(server.url) as database, staged(home / name, database) as stage:
        yield stage


def _points(wanted: argparse.Namespace, home: Path, server: Server, table: Table) -> None:
    """Every point of every story, in several lanes; in an order by chance, so that a part of it is a fair sample."""
    due = _due(wanted, home, server)
    end = time.monotonic() + 60 * wanted.minutes

    def lane(name: str) -> None:
        with _stage(home, server, name) as stage:
            while time.monotonic() < end:
                try:
                    trial = due.get_nowait()
                except queue.Empty:
                    return
                try:
                    table.add(tried(stage, trial, wanted.seed))
                except AssertionError as error:  # somebody waited in vain
                    table.add(Row(trial.story.name, trial.how, trial.point, "–", "", (str(error),)))

    lanes = [threading.Thread(target=lane, args=(f"lane {number}",)) for number in range(wanted.lanes)]
    for one in lanes:
        one.start()
    for one in lanes:
        one.join()
    if left := due.qsize():
        print(f"{left} trials were left out, since the time was over")


def _due(wanted: argparse.Namespace, home: Path, server: Server) -> queue.SimpleQueue[Trial]:
    """What there is to be tried, found by telling each story once."""
    stories = [story for name, story in STORIES.items() if name in wanted.stories.split(",")]
    found: list[Trial] = []
    with _stage(home, server, "rehearsal") as stage:
        for story in stories:
            found += trials(story, tell(stage, story).points)
    found = [trial for trial in found if wanted.only in f"{trial.how} {trial.point}"]
    random.Random(wanted.seed).shuffle(found)
    due: queue.SimpleQueue[Trial] = queue.SimpleQueue()
    for trial in found:
        due.put(trial)
    return due


def trials(story: Story, points: Iterable[str]) -> Iterator[Trial]:
    """Baton dies at every point; at every commit the connection breaks before it, or its answer is lost."""
    for point in points:
        yield Trial(story, "kill", point)
        if point.startswith("commit before"):
            yield Trial(story, "cut", point)
        elif point.startswith("commit after"):
            yield Trial(story, "lose", point)


def tried(stage: Stage, trial: Trial, seed: int) -> Row:
    """Do it; after a death do it again with a second death at a point of the recovery, chosen by the seed."""
    told = tell(stage, trial.story, at=[trial.point], how=trial.how)
    if trial.how == "kill" and not told.deaths:  # some points come only in a process that has nothing in memory yet
        stage.baton().kill()
        told = tell(stage, trial.story, at=[trial.point])
    came = trial.how != "kill" or told.deaths > 0
    ending, second, broken = told.ending if came else f"not reached, {told.ending}", "", told.broken
    if told.deaths and told.points:
        again = random.Random(f"{seed} {trial.story.name} {trial.point}").choice(told.points)
        both = tell(stage, trial.story, at=[trial.point, again])
        second = f"then {again} → {both.ending}" + ("" if both.deaths == 2 else " (not reached)")
        broken += tuple(f"second: {promise}" for promise in both.broken)
    return Row(trial.story.name, f"{trial.how} {kind(trial.point)}", trial.point, ending, second, broken)


def _faults(wanted: argparse.Namespace, home: Path, server: Server, table: Table) -> None:
    with _stage(home, server, "faults") as stage:
        for name, fault in FAULTS.items():
            if wanted.only in name:
                _try_all(name, fault(stage), table)
        if wanted.only in restarted_server.__name__:
            _try_all(restarted_server.__name__, restarted_server(stage, server), table)


def _try_all(name: str, tries: Iterable[tuple[str, Told]], table: Table) -> None:
    for label, told in tries:
        table.add(Row("", name, label, told.ending, "", told.broken))


if __name__ == "__main__":
    sys.exit(main())
