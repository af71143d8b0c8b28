"""What people think of answers: one word a person and answer, the last one counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from bot.state.audit import note
from bot.state.db import Database, Transaction, first, run
from bot.storable import storable
from bot.types import Json

Verdict = Literal["up", "down"]
REASONS = ("wrong", "incomplete", "unclear", "slow", "other")


@dataclass(frozen=True)
class Feedback:
    """A person's word about the answer of a run; `reason` is one of `REASONS`, `words` are the person's own."""

    run_id: str
    person: str
    verdict: Verdict
    reason: str | None = None
    words: str | None = None
    given_at: dt.datetime | None = None


async def give(tx: Transaction, given: Feedback) -> bool:
    """Keep it in place of what the person said before; false when there is no such run.

    A thumb that is pressed again takes back no reason that came with it. The audit gets everything but the person's own
    words, since nothing can be taken out of it again.
    """
    if await first(tx, "SELECT 1 FROM runs WHERE id = %(run)s", run=given.run_id) is None:
        return False
    changed = await run(
        tx,
        """
        INSERT INTO feedback (run_id, person, verdict, reason, words)
        VALUES (%(run)s, %(person)s, %(verdict)s, %(reason)s, %(words)s)
        ON CONFLICT (run_id, person) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason,
            words = excluded.words, given_at = excluded.given_at
        WHERE feedback.verdict <> excluded.verdict OR excluded.reason IS NOT NULL
        """,
        run=given.run_id,
        person=given.person,
        verdict=given.verdict,
        reason=given.reason,
        words=storable(given.words),
    )
    if changed:
        told: dict[str, Json] = {"reason": given.reason, "in_words": given.words is not None}
        await note(tx, "feedback.given", given.person, run_id=given.run_id, verdict=given.verdict, **told)
    return True


async def latest(db: Database, limit: int = 100) -> list[Feedback]:
    """The newest first."""
    sql = "SELECT * FROM feedback ORDER BY given_at DESC LIMIT %(limit)s"
    return [Feedback(**row) for row in await db.fetch(sql, limit=limit)]
