"""What Slack told us, committed before it is acknowledged. Knows which words are addressed to Baton, not what they mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from psycopg.types.json import Jsonb

from bot.state.db import Database, Transaction, first, run
from bot.storable import storable
from bot.types import Json


@dataclass(frozen=True)
class Envelope:
    """One delivery of Slack's. `ts` is a message's own; the others have none."""

    kind: Literal["message", "click", "stop", "edit", "delete"]
    event_id: str
    team: str
    channel: str
    person: str
    body: Mapping[str, Json]
    ts: str | None = None


@dataclass(frozen=True)
class Click:
    """A press of a button on a card, or a form that one opened and somebody sent, as it was received.

    `target` is an approval's id, or a card's when the press means all that it shows; `values` is what the form held.
    """

    target: str
    team: str
    person: str
    verdict: str
    channel: str
    thread_ts: str | None
    received_at: dt.datetime
    values: Mapping[str, Json]
    inbox_id: int | None = None  # of a press that was kept
    is_handled: bool = False
    together: bool = False  # it means all that a card shows


async def keep(tx: Transaction, envelope: Envelope) -> int | None:
    """Store a delivery; `None` when it, or the same message under another event id, is here already."""
    row = await first(
        tx,
        """
        INSERT INTO inbox (kind, event_id, team, channel, ts, person, body)
        VALUES (%(kind)s, %(event)s, %(team)s, %(channel)s, %(ts)s, %(person)s, %(body)s)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        kind=envelope.kind,
        event=envelope.event_id,
        team=envelope.team,
        channel=envelope.channel,
        ts=envelope.ts,
        person=envelope.person,
        body=Jsonb(storable(dict(envelope.body))),
    )
    return row["id"] if row else None


async def is_overtaken(tx: Transaction, envelope: Envelope) -> bool:
    """Whether a message comes later than its edit, which was taken in its place, or than its deletion."""
    sql = """
        SELECT 1 FROM inbox WHERE team = %(team)s AND channel = %(channel)s AND ts IS NULL
            AND kind IN ('edit', 'delete') AND body->>'ts' = %(ts)s
        """
    return await first(tx, sql, team=envelope.team, channel=envelope.channel, ts=envelope.ts) is not None


def pressed(envelope: Envelope) -> Click:
    """A press that is not kept: it opens a form."""
    return Click(
        target=envelope.body["target"],
        team=envelope.team,
        person=envelope.person,
        verdict=envelope.body["verdict"],
        channel=envelope.channel,
        thread_ts=envelope.body["thread_ts"],
        received_at=dt.datetime.now(dt.UTC),
        values=envelope.body.get("values") or {},
    )


async def click(db: Database, inbox_id: int) -> Click:
    """The click that was stored under this number."""
    (row,) = await db.fetch("SELECT * FROM inbox WHERE id = %(id)s", id=inbox_id)
    body = row["body"]
    return Click(
        target=body["target"],
        team=row["team"],
        person=row["person"],
        verdict=body["verdict"],
        channel=row["channel"],
        thread_ts=body["thread_ts"],
        received_at=row["received_at"],
        values=body.get("values") or {},
        inbox_id=inbox_id,
        is_handled=row["handled_at"] is not None,
    )


async def handled(tx: Transaction, inbox_id: int | None) -> None:
    """A press took effect, or was answered: repeated after an interruption, it does nothing more."""
    await run(tx, "UPDATE inbox SET handled_at = clock_timestamp() WHERE id = %(id)s", id=inbox_id)
