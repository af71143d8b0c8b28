"""What the approval path costs: the time from a click to its effect, and what an approval costs that waits: `make bench`.

Nothing is asserted: the figures are those of the machine, and of what else it does meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from bot import RunContext
from bot.state import approvals, inbox, posts, rulings, runs
from bot.state.approvals import Approval, Draft
from bot.state.audit import note
from bot.state.db import Database, Transaction
from bot.state.inbox import Envelope
from bot.state.rulings import Ruling
from bot.state.runs import Said
from bot.tooling.catalog import Catalog
from bot.types import Actor, Source, Thread
from tests.house import AMELIE, BRUNO, LEDGER_TOOLS, SALES, House, Process, Slack, until
from tests.provider import Provider, calls
from tests.sweep.server import serving

CLICKS = 30  # proposals whose way is timed
FRESH = 5  # of them with, and without, others waiting
WAITING = 10_000
BATCH = 500  # of the waiting ones in a transaction
EXPIRES = 7 * 24 * 3600  # seconds
IDLE = 20.0  # seconds in which nothing is asked of Baton
LOOK = 0.1  # seconds between two looks at what is under way: looking takes time from it
_TICKS = os.sysconf("SC_CLK_TCK")

_WAY = """
    SELECT (SELECT received_at FROM inbox WHERE kind = 'click' ORDER BY id DESC LIMIT 1),
           max(at) FILTER (WHERE type = 'approval.approve'), max(at) FILTER (WHERE type = 'approval.claim'),
           max(at) FILTER (WHERE type = 'approval.returned')
    FROM audit WHERE run_id = %s
"""
_READ = "SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"


@dataclass(frozen=True)
class Way:
    """Of one approval, in seconds by the database's clock: received → decided → claimed → returned."""

    decision: float
    claim: float
    effect: float

    @property
    def whole(self) -> float:
        return self.decision + self.claim + self.effect


@dataclass(frozen=True)
class Rest:
    """What Baton and the database use while nobody asks anything of them: bytes, and seconds of processor time."""

    resident: int
    baton: float
    postgres: float


@dataclass(frozen=True)
class Standing:
    """How things are while so many approvals wait."""

    waiting: int
    rest: Rest
    ways: Sequence[Way]
    read_at_rest: dict[str, int]  # rows, by table
    read_each: dict[str, int]  # for one fresh approval


class Office:
    """A house in which proposals are made and approved, one after the other."""

    def __init__(self, house: House, provider: Provider) -> None:
        self.house = house
        self._provider = provider
        self.sql = psycopg.connect(house.database, autocommit=True)
        self._asked = 0

    def approve(self) -> Way:
        """Have one proposal made and approved; Baton is at rest before the click, and when this comes back."""
        self._asked += 1
        self._provider.script += [calls("write_entry", text=f"line {self._asked}")]
        ts = self.house.slack.say(AMELIE, f"<@UBATON01> écris la ligne {self._asked} dans le livre", SALES)
        card = self.house.card(SALES, ts, showing="En attente de")
        (approval, run) = self.one("SELECT id, run_id FROM approvals ORDER BY number DESC LIMIT 1")
        self.house.settle()
        self.house.slack.click(BRUNO, card, "approve")
        self._wait("SELECT 1 FROM approvals WHERE id = %s AND status = 'executed'", approval)
        self._wait("SELECT 1 FROM runs WHERE id = %s AND status = 'answered'", run)
        self.house.settle()
        received, decided, claimed, returned = self.one(_WAY, run)
        return Way(*(step.total_seconds() for step in (decided - received, claimed - decided, returned - claimed)))

    def _wait(self, sql: str, value: str) -> None:
        def look() -> bool:
            time.sleep(LOOK)
            return bool(self.sql.execute(sql.encode(), (value,)).fetchone())

        until(f"{sql} ({value})", look)

    def one(self, sql: str, *values: Any) -> tuple[Any, ...]:
        """The first row of a query that has one."""
        row = self.sql.execute(sql.encode(), values).fetchone()
        assert row is not None, sql
        return row

    def size(self) -> int:
        """Bytes of the database."""
        return int(self.one("SELECT pg_database_size(current_database())")[0])

    def tidy(self) -> None:
        """Do now what the database would do later, while it is measured."""
        self.sql.execute("VACUUM ANALYZE")
        self.sql.execute("CHECKPOINT")

    def standing(self, waiting: int) -> Standing:
        """Measure, after a start of Baton's that found so many waiting."""
        self.house.baton.stop()
        self.house.start()
        self.approve()  # what is loaded with the first one is not measured
        self.tidy()
        before = self._read()
        rest = self._rest()
        between = self._read()
        ways = [self.approve() for _ in range(FRESH)]
        each = {table: rows // FRESH for table, rows in _more(between, self._read()).items()}
        return Standing(waiting, rest, ways, _more(before, between), each)

    def _rest(self) -> Rest:
        running = self.house.baton.running
        assert running is not None
        time.sleep(2)
        before = processor_seconds(running.pid), self._postgres()
        time.sleep(IDLE)
        return Rest(
            resident_bytes(running.pid), processor_seconds(running.pid) - before[0], self._postgres() - before[1]
        )

    def _postgres(self) -> float:
        """Processor time of the whole server: those of its processes that live, and those that ended."""
        (server,) = _stat(self.sql.info.backend_pid)[1:2]
        alive = [name for name in os.listdir("/proc") if name.isdigit()]
        its = [name for name in alive if name == server or _stat(int(name))[1:2] == [server]]
        return sum(processor_seconds(int(name), ended=True) for name in its)

    def _read(self) -> dict[str, int]:
        """Rows that the database has read so far, by table."""
        time.sleep(2)  # backends tell what they did with a delay
        return {str(table): int(rows) for table, rows in self.sql.execute(_READ).fetchall()}


def _more(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: more for table in after if (more := after[table] - before.get(table, 0))}


# ---- what nobody can be faster than


class Floor:
    """One committed transaction, and one call of the same tool, in this process."""

    def __init__(self, house: House) -> None:
        os.environ["LEDGER"] = str(house.home / "floor")
        self._tool = Catalog.load(house.tools)["write_entry"]
        self._runner = asyncio.Runner()
        self._database = house.database
        self._connection: psycopg.AsyncConnection | None = None

    def seconds(self) -> tuple[float, float]:
        """Of the transaction, and of the call."""
        return self._runner.run(self._seconds())

    async def _seconds(self) -> tuple[float, float]:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(self._database, autocommit=True)
            await self._connection.execute("CREATE TABLE scratch (id bigserial, text text)")
        begun = time.perf_counter()
        async with self._connection.transaction():
            await self._connection.execute("INSERT INTO scratch (text) VALUES ('a line')")
        committed = time.perf_counter()
        ctx = RunContext("run", Actor(AMELIE), dt.datetime.now(dt.UTC), search=_nothing, idempotency_key="key")
        await self._tool.call(ctx, {"text": "a line", "behaviour": "ok"})
        return committed - begun, time.perf_counter() - committed

    def close(self) -> None:
        if self._connection is not None:
            self._runner.run(self._connection.close())
        self._runner.close()


async def _nothing(query: str, limit: int = 5) -> Sequence[Source]:
    return []


# ---- those that wait


@dataclass(frozen=True)
class Pattern:
    """A question that Baton really made a proposal of."""

    asked: dict[str, Any]
    said: Sequence[Said]
    ruling: Ruling
    approval: Approval

    @classmethod
    async def latest(cls, db: Database) -> Pattern:
        (approval, *_) = await approvals.listed(db, everything=True)
        async with db.transaction() as tx:
            said = await runs.said_in(tx, approval.run_id)
        (recorded, *_) = await rulings.of_run(db, approval.run_id)
        rows = await db.fetch(
            "SELECT body FROM inbox JOIN runs ON inbox_id = inbox.id WHERE runs.id = %(r)s", r=approval.run_id
        )
        return cls(rows[0]["body"], said[1:2], recorded.ruling, approval)  # the question is in `begin`

    async def park(self, tx: Transaction, number: int) -> None:
        """The same again, in a thread of its own: asked, proposed, its card sent, and nobody has decided."""
        ts = f"{1_600_000_000 + number}.000100"
        thread, like = Thread("T0VALMONT1", SALES, ts), self.approval
        envelope = Envelope("message", f"Ev{number:012}", thread.team, SALES, AMELIE, self.asked, ts)
        asked = await inbox.keep(tx, envelope)
        run = await runs.begin(
            tx, thread, AMELIE, "écris la ligne dans le livre", agent=self.ruling.agent, inbox_id=asked
        )
        await note(tx, "run.began", AMELIE, run_id=run)
        await runs.append(tx, run, self.said)
        await rulings.note_ruling(tx, run, self.ruling)
        terms = replace(like.terms, expires=EXPIRES)
        draft = Draft(like.call_id, like.sealed, like.rules, like.needs, terms, like.policy)
        proposed = await approvals.propose(tx, run, draft)
        card = await posts.write(tx, "card", SALES, ts, run_id=run, approvals=[proposed.id])
        await posts.sent(tx, card.id, f"{1_600_000_000 + number}.000200", "0" * 64)
        await runs.park(tx, run)


async def fill(database: str, home: Path) -> None:
    """Have `WAITING` approvals wait."""
    db = await Database.open(database, home)
    pattern = await Pattern.latest(db)
    for begin in range(0, WAITING, BATCH):
        async with db.transaction() as tx:
            for number in range(begin, min(begin + BATCH, WAITING)):
                await pattern.park(tx, number)
    await db.close()


# ---- processes


def processor_seconds(pid: int, *, ended: bool = False) -> float:
    """That a process used, with its `ended` children on request, in steps of a hundredth; 0 when it is gone."""
    return sum(map(int, _stat(pid)[11 : 15 if ended else 13])) / _TICKS


def resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def _stat(pid: int) -> list[str]:
    """From the third field on, the state: the name before it may hold spaces. Nothing when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


# ---- what is printed


def say(line: str = "") -> None:
    print(line, flush=True)


def milliseconds(seconds: Sequence[float]) -> str:
    """The median and the ninth decile."""
    ninth = statistics.quantiles(seconds, n=10, method="inclusive")[-1]
    return f"median {statistics.median(seconds) * 1000:7.1f} ms   p90 {ninth * 1000:7.1f} ms"


def from_click_to_effect(office: Office, floor: Floor) -> None:
    ways, floors = [], []
    office.approve()  # the first ones load what the others find
    floor.seconds()
    for _ in range(CLICKS):
        ways.append(office.approve())
        floors.append(floor.seconds())
    whole, least = [way.whole for way in ways], [sum(parts) for parts in floors]
    say(f"1. From click to executed effect, {CLICKS} proposals, each followed by the floor")
    say(f"   click received → approval.returned    {milliseconds(whole)}")
    say(f"     received → decided                  {milliseconds([way.decision for way in ways])}")
    say(f"     decided → claimed                   {milliseconds([way.claim for way in ways])}")
    say(f"     claimed → returned                  {milliseconds([way.effect for way in ways])}")
    say(f"   floor: one commit and one tool call   {milliseconds(least)}")
    say(f"     the commit                          {milliseconds([commit for commit, _ in floors])}")
    say(f"     the tool call                       {milliseconds([call for _, call in floors])}")
    say(f"   ratio of the medians                  {statistics.median(whole) / statistics.median(least):.1f}")


def what_waiting_costs(office: Office) -> None:
    none = office.standing(0)
    office.tidy()
    empty, begun = office.size(), time.monotonic()
    asyncio.run(fill(office.house.database, office.house.home / "fill"))
    filled, full = time.monotonic() - begun, office.size()
    office.tidy()
    each = [(size - empty) / WAITING for size in (full, office.size())]
    many = office.standing(WAITING)
    say(f"2. What a parked approval costs: none and {WAITING} waiting, which took {filled:.0f} s to make")
    say(f"   database size for each: {each[0]:.0f} bytes, after VACUUM {each[1]:.0f} (with none: {empty} in all)")
    tell(none)
    tell(many)
    compare(none, many)


def compare(none: Standing, many: Standing) -> None:
    fresh = [statistics.median(way.whole for way in standing.ways) for standing in (none, many)]
    say("   ratios of many to none")
    say(f"     Baton's resident memory      {many.rest.resident / none.rest.resident:.3f}")
    say(f"     Baton's processor            {ratio(many.rest.baton, none.rest.baton)}")
    say(f"     PostgreSQL's processor       {ratio(many.rest.postgres, none.rest.postgres)}")
    say(f"     click to effect              {ratio(fresh[1], fresh[0])}")


def ratio(one: float, other: float) -> str:
    return f"{one / other:.2f}" if other else "unknown: too little to measure"


def tell(standing: Standing) -> None:
    rest = standing.rest
    say(f"   {standing.waiting} waiting")
    say(f"     Baton's resident memory      {rest.resident / 2**20:.1f} MiB")
    say(f"     processor in {IDLE:.0f} s of rest   Baton {rest.baton:.2f} s, PostgreSQL {rest.postgres:.2f} s")
    say(f"     click to effect, {FRESH} fresh    {milliseconds([way.whole for way in standing.ways])}")
    say(f"     rows read at rest            {most(standing.read_at_rest)}")
    say(f"     rows read for a fresh one    {most(standing.read_each)}")


def most(rows: dict[str, int]) -> str:
    """The tables of which most rows were read, and the sum of all."""
    first = sorted(rows, key=rows.__getitem__, reverse=True)[:4]
    return f"{sum(rows.values())}: " + ", ".join(f"{table} {rows[table]}" for table in first)


def load() -> str:
    return " ".join(f"{one:.2f}" for one in os.getloadavg())


@contextmanager
def open_office() -> Iterator[Office]:
    with tempfile.TemporaryDirectory(prefix="baton-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with serving(home / "postgres") as server, Slack(home) as slack:
            provider = Provider(home / "models.yaml")
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            url = server.url.replace("/postgres?", "/bench?")
            house = House(home, slack, url, provider.models, LEDGER_TOOLS, kind=Process)
            try:
                house.start()
                yield Office(house, provider)
            finally:
                house.close()
                provider.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_approvals", description=__doc__)
    parser.add_argument("--only", choices=("1", "2"), help="1: from click to effect; 2: what waiting costs")
    only, at_start = parser.parse_args().only, load()
    with open_office() as office:
        floor = Floor(office.house)
        if only != "2":
            from_click_to_effect(office, floor)
        if only != "1":
            what_waiting_costs(office)
        floor.close()
        names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        say("PostgreSQL: " + ", ".join(f"{name} {office.one(f'SHOW {name}')[0]}" for name in names))
    say(f"Machine: {os.cpu_count()} processors; load average at start {at_start}, at the end {load()}")


if __name__ == "__main__":
    main()
