"""What people see: each message of Baton's is a row, written in the transaction that made it true, then sent.

A card's row holds no text: it shows its approvals as they are when it is painted. A `live` row stands for a message that
grows while its run works: nothing in it is true yet, and the run's next words take its place.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from bot.state.db import Transaction, fetch, first, run
from bot.state.runs import Run
from bot.storable import storable
from bot.types import Json

Kind = Literal["answer", "notice", "private", "card", "mirror"]


@dataclass(frozen=True)
class Post:
    """One message. `body` is what to render; `ts` is Slack's name for it once it is there. It `grew` before it was true."""

    id: str
    kind: Kind
    run_id: str | None
    team: str
    channel: str
    thread_ts: str | None
    person: str | None
    body: Mapping[str, Json]
    status: str
    ts: str | None
    painted: str | None
    files: tuple[str, ...]
    grew: bool
    created_at: dt.datetime

    @property
    def place(self) -> str:
        """Posts of one place are sent in order."""
        return f"post:{self.team}:{self.channel}:{self.thread_ts or ''}"


async def write(
    tx: Transaction,
    kind: Kind,
    channel: str,
    thread_ts: str | None,
    *,
    team: str = "",
    run_id: str | None = None,
    approvals: Sequence[str] = (),
    person: str | None = None,
    body: Mapping[str, Json] | None = None,
) -> Post:
    """Write a message that is due. `approvals` are the ids of the proposals that a card shows, in order.

    It goes to the workspace of its run; to `team` when it belongs to none.
    """
    row = await first(
        tx,
        """
        INSERT INTO posts (id, kind, run_id, team, channel, thread_ts, person, body)
        VALUES (%(id)s, %(kind)s, %(run)s,
            coalesce((SELECT t.team FROM runs r JOIN threads t ON t.key = r.thread_key WHERE r.id = %(run)s), %(team)s),
            %(channel)s, %(thread)s, %(person)s, %(body)s) RETURNING *
        """,
        id=_new_id(),
        kind=kind,
        run=run_id,
        team=team,
        channel=channel,
        thread=thread_ts,
        person=person,
        body=Jsonb(storable(dict(body or {}))),
    )
    assert row is not None  # INSERT … RETURNING
    sql = "INSERT INTO shown (post_id, approval_id, position) VALUES (%(post)s, %(approval)s, %(position)s)"
    for position, approval_id in enumerate(approvals):
        await run(tx, sql, post=row["id"], approval=approval_id, position=position)
    return _post(row)


async def begin_live(tx: Transaction, current: Run) -> Post | None:
    """Write the message that will grow while a segment works.

    `None` when the run has one, of an interrupted attempt, or another segment has begun.
    """
    row = await first(
        tx,
        """
        INSERT INTO posts (id, kind, run_id, team, channel, thread_ts, status)
        SELECT %(id)s, 'answer', id, %(team)s, %(channel)s, %(thread)s, 'live' FROM runs
        WHERE id = %(run)s AND segment = %(segment)s AND status = 'ready'
        ON CONFLICT DO NOTHING RETURNING *
        """,
        id=_new_id(),
        run=current.id,
        segment=current.segment,
        team=current.thread.team,
        channel=current.thread.channel,
        thread=current.thread.ts,
    )
    return _post(row) if row else None


async def live_at(tx: Transaction, post_id: str, ts: str) -> bool:
    """Slack shows the growing message there; `False` when something took its place meanwhile."""
    sql = "UPDATE posts SET ts = %(ts)s WHERE id = %(id)s AND status = 'live'"
    return await run(tx, sql, id=post_id, ts=ts) == 1


async def in_place_of_live(tx: Transaction, run_id: str, kind: Kind, body: Mapping[str, Json]) -> Post | None:
    """Have a message take the place of the run's growing one; `None` when there is none.

    One whose `ts` is not known may be in Slack all the same, and is looked for.
    """
    row = await first(
        tx,
        """
        UPDATE posts SET kind = %(kind)s, body = %(body)s, grew = true,
            status = CASE WHEN ts IS NULL THEN 'sending' ELSE 'due' END
        WHERE run_id = %(run)s AND status = 'live' RETURNING *
        """,
        run=run_id,
        kind=kind,
        body=Jsonb(storable(dict(body))),
    )
    return _post(row) if row else None


async def living(tx: Transaction, run_id: str) -> Post | None:
    """The run's growing message, where Slack is known to show one."""
    row = await first(tx, "SELECT * FROM posts WHERE run_id = %(run)s AND status = 'live' AND ts <> ''", run=run_id)
    return _post(row) if row else None


async def taken_away(tx: Transaction, post_id: str) -> None:
    """The growing message is gone from Slack, and nothing is to take its place."""
    sql = "UPDATE posts SET status = 'refused', error = 'nothing was said' WHERE id = %(id)s AND status = 'live'"
    await run(tx, sql, id=post_id)


async def find(tx: Transaction, post_id: str) -> Post | None:
    row = await first(tx, "SELECT * FROM posts WHERE id = %(id)s", id=post_id)
    return _post(row) if row else None


async def start_sending(tx: Transaction, post_id: str) -> tuple[Post, bool] | None:
    """Mark it as being sent. The flag says that an earlier attempt may have reached Slack."""
    row = await first(tx, "SELECT * FROM posts WHERE id = %(id)s FOR UPDATE", id=post_id)
    if row is None or row["status"] == "live" or (row["status"] == "refused" and row["kind"] not in ("card", "mirror")):
        return None  # a card that was refused is tried again when it changes: perhaps Baton was invited meanwhile
    if row["status"] in ("due", "refused"):
        await run(tx, "UPDATE posts SET status = 'sending' WHERE id = %(id)s", id=post_id)
    return _post(row), row["status"] == "sending"


async def not_sent(tx: Transaction, post_id: str) -> None:
    """Slack did not take it, for certain: it is due again."""
    await run(tx, "UPDATE posts SET status = 'due' WHERE id = %(id)s AND status = 'sending' AND ts IS NULL", id=post_id)


async def sent(tx: Transaction, post_id: str, ts: str, painted: str) -> tuple[str, str | None]:
    """Slack shows it, as `painted`. Its `ts`, another one when it was sent twice; and what was painted until now."""
    row = await first(
        tx,
        """
        WITH until_now AS (SELECT painted FROM posts WHERE id = %(id)s FOR UPDATE)
        UPDATE posts SET status = 'sent', ts = coalesce(ts, %(ts)s), error = NULL,
            painted = CASE WHEN ts IS NULL OR ts = %(ts)s THEN %(painted)s ELSE painted END
        WHERE id = %(id)s RETURNING ts, (SELECT painted FROM until_now) AS was_painted
        """,
        id=post_id,
        ts=ts,
        painted=painted,
    )
    assert row is not None  # rows are never deleted
    return str(row["ts"]), row["was_painted"]


async def gone(tx: Transaction, post_id: str) -> None:
    """It is not in Slack any more, or can't be reached there, and is due again."""
    await run(tx, "UPDATE posts SET ts = NULL, grew = false, status = 'due' WHERE id = %(id)s", id=post_id)


async def filed(tx: Transaction, post_id: str, name: str) -> None:
    """A file that belongs to it is in its thread."""
    await run(tx, "UPDATE posts SET files = files || to_jsonb(%(name)s::text) WHERE id = %(id)s", id=post_id, name=name)


async def refused(tx: Transaction, post_id: str, error: str) -> None:
    """Slack refuses it for good."""
    await run(tx, "UPDATE posts SET status = 'refused', error = %(e)s WHERE id = %(id)s", id=post_id, e=error)


async def showing(tx: Transaction, approval_id: str) -> list[Post]:
    """The cards and mirrors of an approval."""
    sql = """
        SELECT p.* FROM posts p JOIN shown s ON s.post_id = p.id
        WHERE s.approval_id = %(id)s ORDER BY p.created_at, p.id
        """
    return [_post(row) for row in await fetch(tx, sql, id=approval_id)]


async def shown_on(tx: Transaction, post_id: str) -> list[str]:
    """The ids of the approvals that a card shows, in order; none when there is no such card."""
    sql = "SELECT approval_id FROM shown WHERE post_id = %(id)s ORDER BY position"
    return [row["approval_id"] for row in await fetch(tx, sql, id=post_id)]


def token(post_id: str, approval_ids: Sequence[str]) -> str:
    """What a button for all that a card shows carries: the card, and a mark of what it showed when it was painted."""
    return f"{post_id}:{hashlib.sha256(' '.join(approval_ids).encode()).hexdigest()[:16]}"


async def show_instead(tx: Transaction, old: str, new: str) -> None:
    """Have the cards of one approval show another in its place."""
    await run(tx, "UPDATE shown SET approval_id = %(new)s WHERE approval_id = %(old)s", old=old, new=new)


async def mirror(tx: Transaction, approval_id: str, channel: str) -> None:
    """Have its card in a channel only tell, once everything on it has a card elsewhere."""
    sql = """
        UPDATE posts p SET kind = 'mirror' FROM shown s
        WHERE s.post_id = p.id AND s.approval_id = %(id)s AND p.kind = 'card' AND p.channel = %(channel)s
            AND NOT EXISTS (SELECT 1 FROM shown beside WHERE beside.post_id = p.id AND NOT EXISTS (
                SELECT 1 FROM shown other JOIN posts q ON q.id = other.post_id
                WHERE other.approval_id = beside.approval_id AND q.kind = 'card' AND q.channel <> p.channel))
        """
    await run(tx, sql, id=approval_id, channel=channel)


def _new_id() -> str:
    return f"post_{secrets.token_hex(8)}"


def _post(row: DictRow) -> Post:
    return Post(**{**{name: row[name] for name in Post.__dataclass_fields__}, "files": tuple(row["files"])})
