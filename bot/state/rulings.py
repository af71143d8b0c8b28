"""What the policy said of each call, as the audit keeps it; and the policies themselves, by hash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from bot.policy.policy import Allow, Ask, Case, Deny, Effect, Need, Verdict
from bot.state.audit import note
from bot.state.db import Database, Transaction, first, run
from bot.types import Json

RULED = "policy.ruled"

_KINDS: Mapping[type, Literal["allow", "ask", "deny"]] = {Allow: "allow", Ask: "ask", Deny: "deny"}


@dataclass(frozen=True)
class Ruling:
    """One decision of the policy: the call as it was judged, the verdict, and the hash of the policy.

    `arguments` are plain JSON values; `at` is in ISO 8601.
    """

    call_id: str
    tool: str
    effect: Effect | None
    arguments: Mapping[str, Json]
    requester: str
    agent: str
    channel: str
    direct: bool
    at: str
    undo: bool
    verdict: Literal["allow", "ask", "deny"]
    rules: tuple[str, ...]
    needs: tuple[Need, ...]
    waits: tuple[str, ...]
    policy: str

    @classmethod
    def of(cls, call_id: str, case: Case, arguments: Mapping[str, Json], verdict: Verdict, policy: str) -> Ruling:
        """A verdict on a case; `arguments` are the case's as plain JSON values, `policy` is a hash."""
        return cls(
            call_id=call_id,
            tool=case.tool,
            effect=case.effect,
            arguments=arguments,
            requester=case.requester,
            agent=case.agent,
            channel=case.channel,
            direct=case.direct,
            at=case.at.isoformat(),
            undo=case.undo,
            verdict=_KINDS[type(verdict)],
            rules=verdict.rules,
            needs=verdict.needs if isinstance(verdict, Ask) else (),
            waits=() if isinstance(verdict, Deny) else verdict.waits,
            policy=policy,
        )

    def case(self, arguments: Mapping[str, Json] | None = None) -> Case:
        """The call again, to be judged by another policy; with typed `arguments` where there are."""
        return Case(
            tool=self.tool,
            effect=self.effect,
            arguments=self.arguments if arguments is None else arguments,
            requester=self.requester,
            agent=self.agent,
            channel=self.channel,
            direct=self.direct,
            at=dt.datetime.fromisoformat(self.at),
            undo=self.undo,
        )

    def under(self, verdict: Verdict, policy: str) -> Ruling:
        """The same call with the verdict of another policy."""
        return Ruling.of(self.call_id, self.case(), self.arguments, verdict, policy)

    def differs(self, other: Ruling) -> bool:
        """Whether another ruling has other consequences: its kind, who must approve, whether the call waits."""
        mine = (self.verdict, set(self.needs), bool(self.waits))
        return mine != (other.verdict, set(other.needs), bool(other.waits))


@dataclass(frozen=True)
class Recorded:
    """A ruling as it stands in the audit."""

    at: dt.datetime
    run_id: str
    ruling: Ruling


async def note_ruling(tx: Transaction, run_id: str, ruling: Ruling) -> None:
    """Add it to the audit, in the caller's transaction."""
    data = {**asdict(ruling), "arguments": dict(ruling.arguments), "needs": [_written(need) for need in ruling.needs]}
    await note(tx, RULED, run_id=run_id, **data)


async def of_run(db: Database, run_id: str) -> list[Recorded]:
    """What the policy said in a run, in order."""
    sql = "SELECT at, run_id, data FROM audit WHERE type = %(type)s AND run_id = %(run)s ORDER BY seq"
    return [_recorded(**row) for row in await db.fetch(sql, type=RULED, run=run_id)]


async def since(db: Database, when: dt.datetime) -> list[Recorded]:
    """What the policy said since then, in order."""
    sql = "SELECT at, run_id, data FROM audit WHERE type = %(type)s AND at >= %(when)s ORDER BY seq"
    return [_recorded(**row) for row in await db.fetch(sql, type=RULED, when=when)]


async def keep_policy(tx: Transaction, hash: str, text: str) -> None:
    """Keep a policy's text under its hash; once is enough."""
    await run(
        tx, "INSERT INTO policies (hash, text) VALUES (%(hash)s, %(text)s) ON CONFLICT DO NOTHING", hash=hash, text=text
    )


async def policy_text(db: Database, hash: str) -> str | None:
    """The text that `keep_policy` kept; `None` when it kept none."""
    rows = await db.fetch("SELECT text FROM policies WHERE hash = %(hash)s", hash=hash)
    return str(rows[0]["text"]) if rows else None


def _written(need: Need) -> dict[str, Json]:
    return {**asdict(need), "also": list(need.also)}


def _recorded(at: dt.datetime, run_id: str, data: Mapping[str, Json]) -> Recorded:
    needs = tuple(map(Need.from_json, data["needs"]))
    ruling = Ruling(**{**data, "rules": tuple(data["rules"]), "waits": tuple(data["waits"]), "needs": needs})
    return Recorded(at, run_id, ruling)


async def came_in_force(tx: Transaction, type: str, **what: Json) -> None:
    """Note that a policy (its hash), tools or agents are in force from now on, unless they were before."""
    last = await first(tx, "SELECT data FROM audit WHERE type = %(type)s ORDER BY seq DESC LIMIT 1", type=type)
    if last is None or last["data"] != what:
        await note(tx, type, **what)
