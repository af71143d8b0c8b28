"""Runs and what was said in them: a question, its calls and results, its answer.

A run advances in segments. Each start of one takes a new segment number, and every later write of that segment checks
it: a segment that was overtaken writes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from bot.state.audit import note
from bot.state.db import Transaction, fetch, first, run
from bot.storable import storable
from bot.types import Language, Message, Provenance, Source, Thread, ToolCall

MAX_ATTEMPTS = 3
REFUSED = "asked from outside"  # the failure of a run whose words count for nobody
PAUSED = "asked during a pause"  # likewise of a run that nobody worked on


How = Literal["stop", "edit", "delete"]
Session = Literal["processing", "suspended", "active"]


class Overtaken(Exception):
    """Another segment of the same run has begun; this one must stop and leave no trace."""


@dataclass(frozen=True)
class Run:
    """One row of `runs`, with its thread."""

    id: str
    thread: Thread
    requester: str
    language: Language
    agent: str
    status: str
    attempts: int
    segment: int
    stopped_by: str | None = None
    stopped_how: How | None = None
    shared: bool = False  # asked in a channel that other companies see
    parent_run: str | None = None  # of a run that another agent asked for: that agent's run, and its call
    parent_call: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("answered", "failed")


@dataclass(frozen=True)
class Said:
    """A message of a run, with the sources that it brought and where it came from."""

    message: Message
    sources: tuple[Source, ...] = ()
    provenance: Provenance | None = None


async def take_part(tx: Transaction, thread: Thread, *, from_start: bool = True) -> None:
    """Remember that Baton takes part in a thread; unless `from_start`, what was said before is to be looked at."""
    await run(
        tx,
        """
        INSERT INTO threads (key, team, channel, ts, looked_back)
        VALUES (%(key)s, %(team)s, %(channel)s, %(ts)s, %(from_start)s) ON CONFLICT DO NOTHING
        """,
        key=thread.key,
        from_start=from_start,
        **vars(thread),
    )


async def takes_part(tx: Transaction, thread: Thread, ts: str) -> bool:
    """Whether Baton was addressed in this thread before `ts`: earlier words, which may come late, are for others."""
    sql = """
        SELECT 1 FROM runs r LEFT JOIN inbox i ON i.id = r.inbox_id
        WHERE r.thread_key = %(key)s AND (i.ts IS NULL OR i.ts COLLATE "C" < %(ts)s) LIMIT 1
        """
    return await first(tx, sql, key=thread.key, ts=ts) is not None


async def meet(tx: Transaction, person: str) -> bool:
    """Whether this person meets Baton for the first time: then they are to be told what it is, which is recorded."""
    first_time = await run(tx, "INSERT INTO greeted (person) VALUES (%(person)s) ON CONFLICT DO NOTHING", person=person)
    if first_time:
        await note(tx, "disclosure.shown", person)
    return bool(first_time)


async def begin(
    tx: Transaction,
    thread: Thread,
    requester: str,
    text: str,
    *,
    agent: str,
    inbox_id: int | None,
    shared: bool = False,
    asked_by: tuple[str, str] | None = None,
) -> str:
    """Write a new run with the question that it serves; its id comes back. `asked_by`: another run, and its call."""
    run_id = f"run_{secrets.token_hex(8)}"
    await take_part(tx, thread)
    await run(
        tx,
        """
        INSERT INTO runs (id, thread_key, inbox_id, requester, agent, status, shared, parent_run, parent_call)
        VALUES (%(id)s, %(thread)s, %(inbox)s, %(requester)s, %(agent)s, 'ready', %(shared)s, %(parent)s, %(call)s)
        """,
        id=run_id,
        thread=thread.key,
        inbox=inbox_id,
        requester=requester,
        agent=agent,
        shared=shared,
        parent=asked_by[0] if asked_by else None,
        call=asked_by[1] if asked_by else None,
    )
    await append(tx, run_id, [Said(Message("user", text))])
    return run_id


async def start_segment(tx: Transaction, run_id: str) -> Run | None:
    """Count an attempt and take the next segment number; `None` when the run is over."""
    row = await first(
        tx,
        """
        UPDATE runs SET attempts = attempts + 1, segment = segment + 1, status = 'ready'
        WHERE id = %(id)s AND status IN ('ready', 'parked') RETURNING *
        """,
        id=run_id,
    )
    return await _with_thread(tx, row) if row else None


async def still_mine(tx: Transaction, current: Run) -> None:
    """Hold the run's row until the transaction ends. Raises `Overtaken` when a later segment has begun."""
    sql = "SELECT 1 FROM runs WHERE id = %(id)s AND segment = %(segment)s AND status = 'ready' FOR UPDATE"
    if await first(tx, sql, id=current.id, segment=current.segment) is None:
        raise Overtaken(current.id)


async def park(tx: Transaction, run_id: str) -> None:
    """The segment ended well and the run waits for people."""
    await run(tx, "UPDATE runs SET status = 'parked', attempts = 0 WHERE id = %(id)s", id=run_id)


async def settled(tx: Transaction, run_id: str) -> None:
    """Something lasting was achieved in this segment: what follows has its own attempts."""
    await run(tx, "UPDATE runs SET attempts = 1 WHERE id = %(id)s", id=run_id)


async def finish(tx: Transaction, run_id: str, *, failure: str | None = None) -> None:
    """The run is answered or, with a `failure`, given up."""
    await run(
        tx,
        """
        UPDATE runs SET status = %(status)s, failure = %(failure)s, attempts = 0, ended_at = clock_timestamp()
        WHERE id = %(id)s
        """,
        id=run_id,
        status="failed" if failure else "answered",
        failure=failure,
    )


async def stop(tx: Transaction, run_id: str, person: str, how: How) -> bool:
    """Note that the work on it is to end; `False` when it has ended, or was stopped before."""
    sql = """
        UPDATE runs SET stopped_by = %(person)s, stopped_how = %(how)s
        WHERE id = %(id)s AND status IN ('ready', 'parked') AND stopped_by IS NULL
        """
    return await run(tx, sql, id=run_id, person=person, how=how) == 1


async def is_stopped(tx: Transaction, run_id: str) -> bool:
    """Whether the work on it is to end."""
    sql = "SELECT 1 FROM runs WHERE id = %(id)s AND stopped_by IS NOT NULL"
    return await first(tx, sql, id=run_id) is not None


async def at_work(tx: Transaction, requester: str, thread_key: str | None = None) -> list[Run]:
    """The questions of a person that are worked on or will be, in one thread or in all, oldest first."""
    return await _asked_by(tx, requester, "ready", thread_key)


async def parked(tx: Transaction, requester: str, thread_key: str | None = None) -> list[Run]:
    """The questions of a person that wait for people, in one thread or in all, oldest first."""
    return await _asked_by(tx, requester, "parked", thread_key)


async def _asked_by(tx: Transaction, requester: str, status: str, thread_key: str | None) -> list[Run]:
    sql = """
        SELECT * FROM runs r WHERE requester = %(person)s AND parent_run IS NULL AND status IN ('ready', 'parked')
          AND (%(thread)s::text IS NULL OR thread_key = %(thread)s)
          AND EXISTS (SELECT 1 FROM runs f WHERE f.id IN (SELECT run_family(r.id)) AND f.status = %(status)s)
        ORDER BY created_at
        """
    rows = await fetch(tx, sql, person=requester, status=status, thread=thread_key)
    return [await _with_thread(tx, row) for row in rows]


async def anybody_at_work(tx: Transaction, thread: Thread) -> bool:
    """Whether something in the thread is worked on or will be."""
    sql = "SELECT 1 FROM runs WHERE status = 'ready' AND thread_key = %(key)s"
    return await first(tx, sql, key=thread.key) is not None


async def opens_thread(tx: Transaction, current: Run) -> bool:
    """Whether the run's question is the message that its thread hangs on."""
    sql = """
        SELECT 1 FROM runs r JOIN inbox i ON i.id = r.inbox_id
        WHERE r.id = %(id)s AND coalesce(i.body->>'ts', i.ts) = %(ts)s
        """
    return await first(tx, sql, id=current.id, ts=current.thread.ts) is not None


async def asked_with(tx: Transaction, team: str, channel: str, ts: str) -> Run | None:
    """The latest run that a message began, or that its edit began again."""
    sql = """
        SELECT r.* FROM runs r JOIN inbox i ON i.id = r.inbox_id
        WHERE i.team = %(team)s AND i.channel = %(channel)s
          AND (i.ts = %(ts)s OR (i.kind = 'edit' AND i.body->>'ts' = %(ts)s))
        ORDER BY r.created_at DESC LIMIT 1
        """
    row = await first(tx, sql, team=team, channel=channel, ts=ts)
    return await _with_thread(tx, row) if row else None


async def session(tx: Transaction, thread: Thread) -> tuple[Session, Session | None]:
    """How the work in a thread stands, and what Slack was last told of it."""
    sql = """
        SELECT session,
            EXISTS (SELECT 1 FROM runs WHERE thread_key = key AND status = 'ready') AS works,
            EXISTS (SELECT 1 FROM runs WHERE thread_key = key AND status = 'parked') AS waits
        FROM threads WHERE key = %(key)s
        """
    row = await first(tx, sql, key=thread.key)
    if row is None:
        return "active", None
    return "processing" if row["works"] else "suspended" if row["waits"] else "active", row["session"]


async def told_session(tx: Transaction, thread: Thread, state: Session) -> None:
    """Slack knows it."""
    await run(tx, "UPDATE threads SET session = %(state)s WHERE key = %(key)s", key=thread.key, state=state)


async def speak(tx: Transaction, run_id: str, language: Language) -> None:
    """Remember the requester's language, so that what is posted later needs nobody's profile."""
    await run(tx, "UPDATE runs SET language = %(language)s WHERE id = %(id)s", id=run_id, language=language)


async def find(tx: Transaction, run_id: str) -> Run | None:
    row = await first(tx, "SELECT * FROM runs WHERE id = %(id)s", id=run_id)
    return await _with_thread(tx, row) if row else None


async def append(tx: Transaction, run_id: str, said: Iterable[Said]) -> None:
    """Add messages behind those that are there. A concurrent writer makes this raise `UniqueViolation`."""
    row = await first(tx, "SELECT coalesce(max(seq), 0) AS last FROM messages WHERE run_id = %(id)s", id=run_id)
    assert row is not None  # an aggregate always gives a row
    for seq, one in enumerate(said, start=row["last"] + 1):
        await run(
            tx,
            """
            INSERT INTO messages (run_id, seq, role, content, calls, call_id, sources, provenance)
            VALUES (%(run)s, %(seq)s, %(role)s, %(content)s, %(calls)s, %(call_id)s, %(sources)s, %(provenance)s)
            """,
            run=run_id,
            seq=seq,
            role=one.message.role,
            content=storable(one.message.content),
            calls=Jsonb([vars(call) for call in one.message.calls]),
            call_id=one.message.call_id,
            sources=Jsonb([vars(source) for source in one.sources]),
            provenance=Jsonb(one.provenance.record) if one.provenance else None,
        )


async def said_in(tx: Transaction, run_id: str) -> list[Said]:
    """Everything of one run, in order."""
    rows = await fetch(tx, "SELECT * FROM messages WHERE run_id = %(id)s ORDER BY seq", id=run_id)
    return [_said(row) for row in rows]


async def said_before(tx: Transaction, current: Run, limit: int = 40) -> list[Message]:
    """The questions and final answers of the thread's earlier runs, oldest first, at most `limit` messages.

    What was stopped is not part of it: its author took it back.
    """
    rows = await fetch(
        tx,
        """
        SELECT * FROM (
            SELECT m.*, r.created_at AS asked_at FROM messages m JOIN runs r ON r.id = m.run_id
            WHERE r.thread_key = %(thread)s AND r.id <> %(run)s AND r.stopped_by IS NULL AND r.parent_run IS NULL
              AND r.created_at < (SELECT created_at FROM runs WHERE id = %(run)s)
              AND m.role IN ('user', 'assistant') AND m.calls = '[]'::jsonb AND m.content <> ''
              AND r.failure IS DISTINCT FROM %(refused)s
            ORDER BY r.created_at DESC, m.seq DESC LIMIT %(limit)s
        ) AS latest ORDER BY asked_at, seq
        """,
        thread=current.thread.key,
        run=current.id,
        refused=REFUSED,
        limit=limit,
    )
    return [_said(row).message for row in rows]


async def tools_used(tx: Transaction, current: Run, runs: int = 4) -> set[str]:
    """The names that models called in the thread's latest runs, this one among them."""
    sql = """
        SELECT DISTINCT call->>'name' AS name FROM messages m, jsonb_array_elements(m.calls) AS call
        WHERE m.run_id IN (
            SELECT id FROM runs WHERE thread_key = %(thread)s AND stopped_by IS NULL ORDER BY created_at DESC LIMIT %(runs)s
        )
        """
    return {row["name"] for row in await fetch(tx, sql, thread=current.thread.key, runs=runs)}


async def _with_thread(tx: Transaction, row: DictRow) -> Run:
    thread = await first(tx, "SELECT team, channel, ts FROM threads WHERE key = %(key)s", key=row["thread_key"])
    assert thread is not None  # a foreign key
    names = (
        "id", "requester", "language", "agent", "status", "attempts", "segment", "shared", "stopped_by", "stopped_how",
        "parent_run", "parent_call",
    )  # fmt: skip
    return Run(thread=Thread(**thread), **{name: row[name] for name in names})


def _said(row: DictRow) -> Said:
    message = Message(
        role=row["role"],
        content=row["content"],
        calls=tuple(ToolCall(**call) for call in row["calls"]),
        call_id=row["call_id"],
    )
    provenance = Provenance.read(row["provenance"]) if row["provenance"] else None
    return Said(message, tuple(Source(**source) for source in row["sources"]), provenance)
