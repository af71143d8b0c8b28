"""The world around Baton in trouble: replies that are lost, clocks that are wrong, a database and a Slack on a bad day."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import psycopg

from tests.sweep.races import the_card
from tests.sweep.server import Server
from tests.sweep.stage import Stage
from tests.sweep.stories import BLIND, DONE, LOST, STORIES, UNDONE, Told, begun, expect, follow, tell

S1 = STORIES["S1"]
SLACK_TROUBLES: Mapping[str, Mapping[str, Any]] = {
    "429": {"status": 429},
    "500": {"status": 500},
    "500, and it was done": {"status": 500, "applied": True},
    "an internal error": {"error": "internal_error"},
    "no answer, and it was done": {"hang_seconds": 4},
}

_TABLES = """
    SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('witness', 'migrations')
    ORDER BY tablename
"""
_FULL = """
    CREATE SEQUENCE full_disk_writes;
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('full_disk_writes') <= 2 THEN
            RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NEW; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


def lost_replies(stage: Stage) -> Iterator[tuple[str, Told]]:
    """The tool does its work and breaks before it says so."""
    yield "looked up", expect(tell(stage, LOST), DONE)
    yield "nobody can look", expect(tell(stage, BLIND), DONE)


def wrong_clocks(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Baton's own clock is off; the database's is right."""
    called = next(point for point in tell(stage, S1).points if point.startswith("tool called"))
    for hours in (2, -2, 8 * 24):
        ahead = hours * 3600.0
        yield f"{hours:+} h", expect(tell(stage, S1, clock=ahead), DONE)
        yield f"{hours:+} h, death before the effect", expect(tell(stage, S1, at=[called], clock=ahead), UNDONE)
        yield f"{hours:+} h while it waits", expect(jumped(stage, ahead), DONE)


def jumped(stage: Stage, ahead: float) -> Told:
    """The clock jumps while a proposal waits, and Baton has had time to look at it."""
    people, record = begun(stage, S1)
    the_card(people)
    stage.order(clock=ahead)
    time.sleep(1.5)
    return follow(stage, people, record, clock=ahead)


def broken_connections(stage: Stage) -> Iterator[tuple[str, Told]]:
    """All connections of the database are ended at random moments."""
    for seed in range(5):
        people, record = begun(stage, S1)
        yield f"seed {seed}", follow(stage, people, record, beside=breaking(stage, random.Random(seed)))


def breaking(stage: Stage, chance: random.Random) -> Callable[[], None]:
    left = 6

    def beside() -> None:
        nonlocal left
        if left and chance.random() < 0.2:
            left -= 1
            with contextlib.suppress(psycopg.OperationalError):  # ours is ended with the others
                stage.house.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                )

    return beside


def restarted_server(stage: Stage, server: Server) -> Iterator[tuple[str, Told]]:
    """The database server ends in good order, or crashes, and is up again soon."""
    for mode in ("fast", "immediate"):
        for moment in (0.0, 0.15, 0.3, 0.45, 0.6):
            people, record = begun(stage, S1)
            due = time.monotonic() + moment
            yield f"{mode}, after {moment:g} s", follow(stage, people, record, beside=once(due, server, mode))


def once(due: float, server: Server, mode: Literal["fast", "immediate"]) -> Callable[[], None]:
    left = [mode]

    def beside() -> None:
        if left and time.monotonic() > due:
            server.restart(left.pop())

    return beside


def full_disk(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Two writes to a table find no room; each table in turn."""
    stage.clear()
    for (table,) in stage.house.rows(_TABLES):
        stage.clear()
        stage.house.execute(_FULL.format(table=table))
        try:
            people, record = begun(stage, S1, cleared=True)
            yield table, follow(stage, people, record)
        finally:
            stage.house.execute("DROP FUNCTION full_disk CASCADE; DROP SEQUENCE full_disk_writes")


def slack_in_trouble(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Slack refuses, breaks, or does what it is told and does not say so."""
    for method in ("chat.postMessage", "chat.update"):
        for name, trouble in SLACK_TROUBLES.items():
            stage.clear()
            stage.house.slack.fault(method, times=2, **trouble)
            people, record = begun(stage, S1, cleared=True)
            yield f"{method}: {name}", expect(follow(stage, people, record), DONE)
