"""The state machine of an approval, against the table that it promises, on a real database."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.policy.policy import Need, Terms, Word
from bot.state import approvals, decisions, runs
from bot.state.approvals import MOVES, Approval, Draft, Sealed, Status, claim, move, propose
from bot.state.audit import Entry, story
from bot.state.db import Database
from bot.state.decisions import Decision, record
from bot.types import Thread
from tests.conftest import empty_database

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

# from, event, to; "-" is a proposal that is not there yet
TABLE = """
    -          proposed              pending
    -          proposed              approved
    pending    approve               pending
    pending    approve               approved
    pending    reject                rejected
    pending    edit                  superseded
    pending    withdraw              withdrawn
    approved   withdraw              withdrawn
    pending    remind                pending
    pending    escalate              pending
    pending    expire                expired
    approved   expire                expired
    approved   hold                  approved
    approved   claim                 executing
    approved   policy_changed        pending
    approved   policy_changed        denied
    approved   facts_changed         stale
    executing  returned              executed
    executing  tool_error            failed
    executing  doubted               executing
    executing  reconciled            executed
    executing  reconciled            failed
    executing  reconciled            unknown
    unknown    reconciled            executed
    unknown    reconciled            failed
    unknown    person_says_done      executed
    unknown    person_says_not_done  failed
"""
ROWS = [tuple(line.split()) for line in TABLE.split("\n") if line.strip()]
CHANGES = [(Status(old), event, Status(new)) for old, event, new in ROWS if old != "-"]
EVENTS = sorted({event for _, event, _ in CHANGES})

# how a proposal gets to each status, by moves of the table
WAY: dict[Status, list[tuple[str, Status]]] = {
    Status.PENDING: [],
    Status.REJECTED: [("reject", Status.REJECTED)],
    Status.SUPERSEDED: [("edit", Status.SUPERSEDED)],
    Status.WITHDRAWN: [("withdraw", Status.WITHDRAWN)],
    Status.EXPIRED: [("expire", Status.EXPIRED)],
    Status.APPROVED: [("approve", Status.APPROVED)],
    Status.DENIED: [("approve", Status.APPROVED), ("policy_changed", Status.DENIED)],
    Status.STALE: [("approve", Status.APPROVED), ("facts_changed", Status.STALE)],
    Status.EXECUTING: [("approve", Status.APPROVED), ("claim", Status.EXECUTING)],
    Status.EXECUTED: [("approve", Status.APPROVED), ("claim", Status.EXECUTING), ("returned", Status.EXECUTED)],
    Status.FAILED: [("approve", Status.APPROVED), ("claim", Status.EXECUTING), ("tool_error", Status.FAILED)],
    Status.UNKNOWN: [("approve", Status.APPROVED), ("claim", Status.EXECUTING), ("reconciled", Status.UNKNOWN)],
}

SEALED = Sealed(
    tool="refund_invoice",
    schema="5c4e",
    arguments={"invoice": "INV-1042", "amount": "10.10"},
    requester="U0AMELIE01",
    system="billing",
    preview={"left to pay": "0.00"},
    witness={"version": 7},
)
FINANCE = (Need("finance"),)
SEGMENT = 3

pytestmark = pytest.mark.asyncio(loop_scope="module")
_CALLS = itertools.count(1)


class _Interrupted(Exception):
    """Ends a transaction before it is committed."""


@pytest.fixture(scope="module")
def url(server: str) -> Iterator[str]:
    with empty_database(server) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def db(url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    database = await Database.open(url, tmp_path_factory.mktemp("home"))
    yield database
    await database.close()


async def pending(
    db: Database, sealed: Sealed = SEALED, *, seconds: int = 3600, needs: tuple[Need, ...] = FINANCE
) -> Approval:
    """A new proposal, in a run of its own."""
    async with db.transaction() as tx:
        thread = Thread("T1", "C1", f"{next(_CALLS)}.0")
        run_id = await runs.begin(tx, thread, "U0AMELIE01", "please", agent="front_desk", inbox_id=None)
        return await propose(tx, run_id, Draft("call_1", sealed, ("refunds",), needs, Terms(expires=seconds)))


async def make(db: Database, approval: Approval, event: str, new: Status, **facts: Any) -> Approval | None:
    """One move, in a transaction of its own."""
    async with db.transaction() as tx:
        if event == "claim":
            return await claim(tx, approval.id, SEGMENT, "5c4e")
        return await move(tx, approval.id, event, approval.status, new, **facts)


async def at(db: Database, status: Status) -> Approval:
    """A proposal that came to a status by the moves of the table."""
    approval = await pending(db)
    for event, new in WAY[status]:
        moved = await make(db, approval, event, new)
        assert moved is not None
        approval = moved
    assert approval.status is status
    return approval


async def seen(db: Database, approval: Approval) -> tuple[Approval | None, list[Entry]]:
    """All that is stored about a proposal."""
    return await approvals.find(db, approval.id), await story(db, approval.run_id)


async def test_the_moves_are_those_of_the_table() -> None:
    made = {(str(old or "-"), event, str(new)) for event, moves in MOVES.items() for old, new in moves}
    assert made == set(ROWS)


@pytest.mark.parametrize(("old", "event", "new"), CHANGES)
async def test_a_move_of_the_table_is_made_once_with_one_entry(
    db: Database, old: Status, event: str, new: Status
) -> None:
    approval = await at(db, old)
    _, before = await seen(db, approval)
    moved = await make(db, approval, event, new)
    stored, after = await seen(db, approval)
    assert moved is not None
    assert (moved, moved.status, moved.is_open) == (stored, new, new in approvals.OPEN)
    assert (moved.ended_at is None) == moved.is_open
    (entry,) = after[len(before) :]
    assert (entry.type, entry.approval_id) == (f"approval.{event}", approval.id)
    assert (entry.data["from"], entry.data["to"], entry.data["label"]) == (old, new, approval.label)
    if old is not new:
        assert await make(db, approval, event, new) is None
        assert await seen(db, approval) == (stored, after)


@pytest.mark.parametrize(("old", "event", "new"), CHANGES)
async def test_a_move_from_where_the_proposal_is_not_changes_nothing(
    db: Database, old: Status, event: str, new: Status
) -> None:
    for elsewhere in set(Status) - {old}:
        approval = await at(db, elsewhere)
        before = await seen(db, approval)
        assert await make(db, replace(approval, status=old), event, new) is None, elsewhere
        assert await seen(db, approval) == before


@pytest.mark.parametrize("event", [*EVENTS, "proposed", "invented"])
async def test_no_other_move_can_be_made(db: Database, event: str) -> None:
    for old in Status:
        approval = await at(db, old)
        before = await seen(db, approval)
        for new in Status:
            if event != "claim" and (old, event, new) in CHANGES:
                continue
            async with db.transaction() as tx:
                with pytest.raises(ValueError, match="not in the table"):
                    await move(tx, approval.id, event, old, new)
        assert await seen(db, approval) == before


@pytest.mark.parametrize("needs", [FINANCE, ()])
async def test_a_proposal_waits_for_people_unless_a_rule_decides_in_their_place(
    db: Database, needs: tuple[Need, ...]
) -> None:
    approval = await pending(db, needs=needs)
    stored, (entry,) = await seen(db, approval)
    assert stored == approval
    assert (approval.status, approval.decided_by) == (
        (Status.PENDING, None) if needs else (Status.APPROVED, "rule:refunds")
    )
    assert (entry.type, entry.data["from"], entry.data["to"]) == ("approval.proposed", None, approval.status)
    assert (entry.actor, entry.data["digest"]) == (SEALED.requester, SEALED.digest)


@pytest.mark.parametrize(("old", "event", "new"), CHANGES)
async def test_what_is_rolled_back_leaves_neither_a_move_nor_an_entry(
    db: Database, old: Status, event: str, new: Status
) -> None:
    approval = await at(db, old)
    before = await seen(db, approval)
    with contextlib.suppress(_Interrupted):
        async with db.transaction() as tx:
            work = (
                claim(tx, approval.id, SEGMENT, "5c4e") if event == "claim" else move(tx, approval.id, event, old, new)
            )
            assert await work is not None
            raise _Interrupted
    assert await seen(db, approval) == before


async def test_of_twenty_claims_at_once_one_succeeds(db: Database) -> None:
    approval = await at(db, Status.APPROVED)

    async def try_it(segment: int) -> Approval | None:
        async with db.transaction() as tx:
            return await claim(tx, approval.id, segment, "5c4e")

    claims = await asyncio.gather(*(try_it(segment) for segment in range(20)))
    (won,) = [found for found in claims if found]
    assert won == await approvals.find(db, approval.id)
    _, entries = await seen(db, approval)
    assert [entry.type for entry in entries].count("approval.claim") == 1


async def test_of_twenty_approvals_at_once_one_moves(db: Database) -> None:
    approval = await pending(db)
    moves = await asyncio.gather(*(make(db, approval, "approve", Status.APPROVED) for _ in range(20)))
    assert sum(moved is not None for moved in moves) == 1


async def test_a_claim_succeeds_once_even_for_the_same_segment(db: Database) -> None:
    approval = await at(db, Status.APPROVED)
    assert await make(db, approval, "claim", Status.EXECUTING)
    assert await make(db, approval, "claim", Status.EXECUTING) is None


async def test_an_expired_approval_cannot_be_claimed(db: Database) -> None:
    approval = await pending(db, seconds=-1, needs=())
    before = await seen(db, approval)
    assert await make(db, approval, "claim", Status.EXECUTING) is None
    assert await seen(db, approval) == before
    assert [found.id for found in await approvals.overdue(db, 0)] == [approval.id]


async def test_a_segment_that_did_not_claim_writes_no_outcome(db: Database) -> None:
    approval = await at(db, Status.EXECUTING)
    before = await seen(db, approval)
    for event, new in (("returned", Status.EXECUTED), ("tool_error", Status.FAILED)):
        assert await make(db, approval, event, new, claimed_by=SEGMENT + 1) is None
    assert await seen(db, approval) == before
    receipt = {"reference": "R-1"}
    moved = await make(db, approval, "returned", Status.EXECUTED, claimed_by=SEGMENT, receipt=receipt)
    assert moved is not None
    assert moved.receipt == receipt


async def test_a_move_tells_who_and_why_and_keeps_what_it_does_not_change(db: Database) -> None:
    approval = await at(db, Status.EXECUTING)
    moved = await make(db, approval, "tool_error", Status.FAILED, reason="the book\x00 is \ud83d closed")
    assert moved is not None
    assert moved.reason == "the book␀ is ? closed"
    assert (moved.needs, moved.rules, moved.sealed, moved.digest) == (FINANCE, ("refunds",), SEALED, SEALED.digest)
    pending_again = await at(db, Status.APPROVED)
    stricter = (Need("finance"), Need("board", 2))
    moved = await make(db, pending_again, "policy_changed", Status.PENDING, needs=stricter, rules=["a", "b"])
    assert moved is not None
    assert (moved.needs, moved.rules) == (stricter, ("a", "b"))


async def test_one_person_says_one_thing_once(db: Database) -> None:
    approval = await pending(db)
    finance = frozenset({"finance"})
    said = [
        Decision("approve", Word(person, person, finance), dt.datetime.now(dt.UTC), reason)
        for person, reason in (("U0BRUNO001", None), ("U0EVA00001", "as agreed"))
    ]
    async with db.transaction() as tx:
        assert [await record(tx, approval.id, one) for one in said] == [True, True]
        assert not await record(tx, approval.id, replace(said[0], reason="again"))
        assert await decisions.said(tx, approval.id) == said


@pytest.mark.parametrize("sql", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
async def test_the_audit_refuses_to_forget(db: Database, sql: str) -> None:
    approval = await pending(db)
    before = await seen(db, approval)
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        async with db.transaction() as tx:
            await tx.execute(sql.encode())
    assert await seen(db, approval) == before


async def test_nothing_else_writes_approvals() -> None:
    writes = re.compile(r"(update|insert\s+into|delete\s+from|truncate|copy)\s+(only\s+)?\"?approvals\b", re.IGNORECASE)
    root = Path(approvals.__file__).parents[1]
    files = [file for kind in ("*.py", "*.sql") for file in root.rglob(kind)]
    # 0008 fills the column that it adds; it moves no approval.
    files = [file for file in files if file.name != "0008_teams.sql"]
    assert [file.name for file in files if writes.search(file.read_text("utf-8"))] == ["approvals.py"]


# ---- the seal

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_RECORD = st.dictionaries(_TEXT, _JSON, max_size=4)
_SEALED = st.builds(
    Sealed,
    tool=_TEXT,
    schema=_TEXT,
    arguments=_RECORD,
    requester=_TEXT,
    system=st.none() | _TEXT,
    preview=_RECORD,
    witness=_RECORD,
    undoes=st.none(),
)


@PATIENT
@given(_SEALED, st.data())
async def test_the_digest_changes_with_every_sealed_field(sealed: Sealed, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(Sealed.__dataclass_fields__)))
    other = "ap_1" if field == "undoes" else getattr(data.draw(_SEALED), field)
    assume(repr(other) != repr(getattr(sealed, field)))
    changed = replace(sealed, **{field: other})
    assume(vars(changed) != vars(sealed))
    assert changed.digest != sealed.digest


@PATIENT
@given(_SEALED)
async def test_the_digest_does_not_depend_on_the_order_of_names(sealed: Sealed) -> None:
    turned = replace(sealed, arguments=dict(reversed(list(sealed.arguments.items()))))
    assert turned.digest == sealed.digest


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_SEALED)
async def test_what_was_sealed_comes_back_from_the_database(db: Database, sealed: Sealed) -> None:
    stored = await approvals.find(db, (await pending(db, sealed)).id)
    assert stored is not None
    assert (stored.sealed, stored.sealed.digest, stored.digest) == (sealed, sealed.digest, sealed.digest)


@pytest.mark.parametrize(
    "value", [0.1, 1e16, 1e-7, -0.0, 1e300, 10**30, "é\u202e😀", {"b": [{"a": None}], "a": {"c": True}}]
)
async def test_awkward_values_keep_their_seal(db: Database, value: Any) -> None:
    sealed = replace(SEALED, arguments={"value": value}, preview={"value": value}, witness={"value": value})
    stored = await approvals.find(db, (await pending(db, sealed)).id)
    assert stored is not None
    assert (repr(stored.sealed), stored.sealed.digest) == (repr(sealed), stored.digest)
