"""The queue: short jobs in PostgreSQL, put there in the transaction that makes them due. The only file that knows procrastinate.

Jobs run at least once; that effects happen at most once is the business of the approvals table.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import procrastinate
from procrastinate import jobs
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from bot.errors import SlackBusy
from bot.state.db import DATABASE_AWAY, Database, Transaction, first

HEARTBEAT_SECONDS = 1.0
STALLED_SECONDS = 5.0  # a worker that was silent for so long is dead, and its jobs go to another
POLL_SECONDS = 1.0  # new jobs are notified, but not that the time of one has come
RESCUE_SECONDS = 2.0
DEADLINE_SECONDS = 5.0
RULES_SECONDS = 0.5  # whoever saves rules or a tool looks for it at once; a look reads only when files were written
GRACE_SECONDS = 10.0  # what a stop waits for jobs that are under way
JOBS_AT_ONCE = 20
LONGEST_WAIT = 60  # seconds between two attempts at the same job

logger = logging.getLogger(__name__)

# A database that is away for longer ends the worker, and its jobs are rescued.
_SAY_AGAIN: Mapping[str, Any] = {
    "retry": retry_if_exception_type(procrastinate.exceptions.ConnectorException),
    "wait": wait_fixed(0.5),
    "stop": stop_after_attempt(5),
    "reraise": True,
}


class Steps(Protocol):
    """What the jobs do; ids only travel through the queue."""

    async def advance(self, run_id: str) -> None: ...
    async def look_again(self, run_id: str) -> None: ...
    async def decide(self, inbox_id: int) -> None: ...
    async def deliver(self, post_id: str) -> None: ...
    async def repaint(self, post_id: str) -> None: ...
    async def ingest(self, request_id: str) -> None: ...
    async def look_at_time(self) -> None: ...
    async def look_at_rules(self) -> None: ...
    async def look_at_tools(self) -> None: ...


@dataclass(frozen=True)
class Queue:
    """How much is to be done: jobs whose time has come, for how many seconds the oldest has waited, and those under way."""

    due: int
    oldest: float
    under_way: int


class _Clock:
    """The database's time, by which it starts jobs; this machine's may be hours off."""

    def __init__(self) -> None:
        self._ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._ahead

    async def adjust(self, db: Database) -> None:
        """Look at the database's clock."""
        (row,) = await db.fetch("SELECT clock_timestamp() AS now")
        self._ahead = row["now"] - dt.datetime.now(dt.UTC)


class _Again(BaseRetryStrategy):
    """A job that failed, or that a stop cut short, is tried again: at once, then ever later; or when Slack said so."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> RetryDecision:
        busy = isinstance(exception, SlackBusy)
        wait = exception.seconds if isinstance(exception, SlackBusy) else min(2**job.attempts - 1, LONGEST_WAIT)
        level = logging.INFO if busy else logging.WARNING
        logger.log(level, "%s%s is tried again in %d s: %r", job.task_name, job.task_kwargs, wait, exception)
        return RetryDecision(retry_at=self._clock.now() + dt.timedelta(seconds=wait))


# Workers are told of new jobs only; without this the next job of a thread would wait until they look by themselves.
_LOCK_CAME_FREE = """
    SELECT pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', id)::text)
    FROM procrastinate_jobs
    WHERE lock = %(lock)s AND status = 'todo' AND coalesce(scheduled_at, now()) <= now() ORDER BY id LIMIT 1
    """


class _Persistent(JobManager):
    """Says more than once that a job ended: a living worker's job that stays `doing` would block its lock for ever."""

    async def finish_job(self, job: jobs.Job, *args: Any, **how: Any) -> None:
        async for attempt in AsyncRetrying(**_SAY_AGAIN):
            with attempt:
                await super().finish_job(job, *args, **how)
                if job.lock is not None:
                    await self.connector.execute_query_async(_LOCK_CAME_FREE, lock=job.lock)

    async def retry_job(self, *args: Any, **how: Any) -> None:
        async for attempt in AsyncRetrying(**_SAY_AGAIN):
            with attempt:
                await super().retry_job(*args, **how)


class Engine:
    """The queue of one database, and a worker on it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        self._app.job_manager = _Persistent(self._app.connector)
        self._steps: Steps | None = None
        self._clock = _Clock()
        again = _Again(self._clock)

        @self._app.task(name="advance", retry=again)
        async def advance(run_id: str) -> None:
            await self._doing.advance(run_id)

        @self._app.task(name="look_again", retry=again)
        async def look_again(run_id: str) -> None:
            await self._doing.look_again(run_id)

        @self._app.task(name="decide", retry=again)
        async def decide(inbox_id: int) -> None:
            await self._doing.decide(inbox_id)

        @self._app.task(name="deliver", retry=again)
        async def deliver(post_id: str) -> None:
            await self._doing.deliver(post_id)

        @self._app.task(name="repaint", retry=again)
        async def repaint(post_id: str) -> None:
            await self._doing.repaint(post_id)

        @self._app.task(name="ingest", lock="ingest")
        async def ingest(request_id: str) -> None:
            await self._doing.ingest(request_id)

        self._jobs = {task.name: task for task in (advance, look_again, decide, deliver, repaint, ingest)}

    async def open(self) -> None:
        """Share the database's pool, and make the queue's tables when they are missing."""
        await self._app.open_async(self._db.pool)
        async with self._db.transaction() as tx:
            there = await first(tx, "SELECT to_regclass('procrastinate_jobs') AS name")
        if there is not None and there["name"] is None:
            await self._app.schema_manager.apply_schema_async()

    async def advance(self, tx: Transaction, run_id: str, thread_key: str) -> None:
        """A segment of this run is due; a thread's segments run one at a time, in order."""
        await self._jobs["advance"].configure(lock=f"thread:{thread_key}", connection=tx).defer_async(run_id=run_id)

    async def look_again(self, tx: Transaction, run_id: str, seconds: float) -> None:
        """A segment of this run will be due; until then the thread is free for others."""
        at = self._clock.now() + dt.timedelta(seconds=seconds)
        earlier = """
            SELECT 1 FROM procrastinate_jobs
            WHERE task_name = 'look_again' AND status = 'todo' AND args->>'run_id' = %(run)s AND scheduled_at <= %(at)s
            """
        if await first(tx, earlier, run=run_id, at=at):
            return  # that look sees everything, and sees to the next one
        await self._jobs["look_again"].configure(schedule_at=at, connection=tx).defer_async(run_id=run_id)

    async def decide(self, tx: Transaction, inbox_id: int) -> None:
        """A click is to be decided."""
        await self._jobs["decide"].configure(connection=tx).defer_async(inbox_id=inbox_id)

    async def deliver(self, tx: Transaction, post_id: str, place: str) -> None:
        """A post is to be sent or repainted; those of one place in order."""
        await self._jobs["deliver"].configure(lock=place, connection=tx).defer_async(post_id=post_id)

    async def repaint(self, tx: Transaction, post_id: str, at: dt.datetime) -> None:
        """A card will read otherwise at that moment; until then its place is free for others."""
        await self._jobs["repaint"].configure(schedule_at=at, connection=tx).defer_async(post_id=post_id)

    async def ingest(self, tx: Transaction, request_id: str) -> None:
        """The documents are to be read again."""
        await self._jobs["ingest"].configure(connection=tx).defer_async(request_id=request_id)

    async def queue(self) -> Queue:
        """How much there is to do now."""
        sql = """
            SELECT count(*) FILTER (WHERE status = 'todo') AS due, count(*) FILTER (WHERE status = 'doing') AS under_way,
                coalesce(extract(epoch FROM max(now() - since) FILTER (WHERE status = 'todo')), 0)::float AS oldest
            FROM (SELECT j.status, coalesce(j.scheduled_at, (SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id))
                      AS since FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing')) AS jobs
            WHERE since <= now()
            """
        (row,) = await self._db.fetch(sql)
        return Queue(**row)

    async def work(self, steps: Steps) -> None:
        """Run jobs until cancelled; then those under way get `GRACE_SECONDS` to end.

        A worker ends when it loses the database; another one takes its place, as often as it takes.
        """
        self._steps = steps
        await self._clock.adjust(self._db)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work())
            tasks.create_task(_every(RESCUE_SECONDS, self.rescue))
            tasks.create_task(_every(DEADLINE_SECONDS, steps.look_at_time))
            tasks.create_task(_every(RULES_SECONDS, steps.look_at_rules))
            tasks.create_task(_every(RULES_SECONDS, steps.look_at_tools))

    async def _work(self) -> None:
        while True:
            try:
                await self._app.run_worker_async(
                    concurrency=JOBS_AT_ONCE,
                    fetch_job_polling_interval=POLL_SECONDS,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                )
            except procrastinate.exceptions.ConnectorException as error:
                logger.warning("the database is away: %s", error)
            logger.warning("the worker ended; another one starts in %g s", HEARTBEAT_SECONDS)
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def rescue(self) -> None:
        """Give the jobs of dead workers to living ones."""
        await self._clock.adjust(self._db)
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            logger.warning("a worker died while it held %s%s: tried again", job.task_name, job.task_kwargs)
            await self._app.job_manager.retry_job(job, retry_at=self._clock.now())

    @property
    def _doing(self) -> Steps:
        assert self._steps is not None  # only a worker runs jobs, and `work` sets it first
        return self._steps


async def _every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act again and again. Plain loops rather than periodic jobs: those pile up while a machine sleeps."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except (procrastinate.exceptions.ConnectorException, OSError, *DATABASE_AWAY) as error:
            logger.warning("the database is away: %s", error)
