"""What is paused does nothing: no effect slips through, nothing that was decided is lost, and people hear who and why."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.policy.policy import Terms
from bot.state import approvals, pauses, runs
from bot.state.approvals import Approval, Draft, Sealed, Status
from bot.state.db import Database
from bot.state.pauses import EVERYTHING, Target
from bot.types import Thread
from tests.conftest import empty_database
from tests.house import AMELIE, BRUNO, CHLOE, DAVID, SALES, House, baton, buttons, text_of
from tests.provider import Provider, calls, says

ADMINS = 'groups:\n  finance: {members: "@finance", channel: "#finance"}\n  admins: {members: %s}\nrules:\n' + (
    '  - {name: the book is finance\'s, tools: "write_*", effect: ask, of: finance}\n'
)


def asked(house: House, provider: Provider, tool: str = "write_entry") -> str:
    provider.script += [calls(tool, text="hello")]
    house.start()
    return house.slack.say(AMELIE, "<@UBATON01> écris", SALES)


def approved_in_a_pause(house: House, provider: Provider, target: str) -> tuple[str, str]:
    """A proposal that was approved while something was paused, and waits; the thread, and what its card says."""
    ts = asked(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    assert "Paused" in house.slack.command(DAVID, f"/baton pause {target} stocktaking")
    house.slack.click(BRUNO, card, "approve")
    return ts, text_of(house.card(SALES, ts, showing="Mis en pause par"))


@pytest.mark.parametrize(
    ("target", "resume"), [("all", ""), ("tool write_entry", "outil write_entry"), ("agent front_desk",) * 2]
)
def test_what_is_approved_in_a_pause_waits_for_its_end_and_is_done_once(
    house: House, provider: Provider, target: str, resume: str
) -> None:
    ts, shown = approved_in_a_pause(house, provider, target)
    assert f"<@{DAVID}>" in shown
    assert "Motif : stocktaking" in shown
    assert buttons(house.card(SALES, ts)) == ["Retirer ma demande"]
    house.settle()
    assert (house.approvals(), house.written()) == (["approved"], [])
    if target == "all":
        house.baton.kill()
        house.start()
        house.settle()
        assert (house.approvals(), house.written()) == (["approved"], []), "a restart ended the pause"
    assert "Resumed" in house.slack.command(DAVID, f"/baton resume {resume}".strip())
    house.answer(SALES, ts, showing="P-1 est fait")
    house.settle()
    assert (house.approvals(), house.written()) == (["executed"], ["hello"])
    assert [entry for entry in house.audit() if entry.startswith("pause.")] == ["pause.began", "pause.ended"]


def test_a_question_in_a_pause_is_answered_with_who_and_why(house: House, provider: Provider) -> None:
    house.start()
    house.slack.command(DAVID, "/baton pause tout inventaire")
    ts = house.slack.say(AMELIE, "combien de lignes ?")
    told = house.answer("D0AMELIE01", ts, showing="en pause", person=AMELIE)
    assert "David Moreau" in told
    assert "Motif : inventaire" in told
    assert "plus tard" in told
    house.settle()
    assert (provider.asked, len(house.said("D0AMELIE01", ts, AMELIE))) == ([], 1)
    house.slack.command(DAVID, "/baton resume")
    provider.script += [says("Deux.")]
    ts = house.slack.say(AMELIE, "combien de lignes ?")
    house.answer("D0AMELIE01", ts, showing="Deux.", person=AMELIE)


def test_a_paused_tool_is_not_read_from_and_the_others_go_on(house: House, provider: Provider) -> None:
    house.start()
    assert "Tools: burn_book" in house.slack.command(DAVID, "/baton pause count_entry")
    house.slack.command(DAVID, "/baton pause count_entries stocktaking")
    provider.script += [calls("count_entries"), says("Pas maintenant.")]
    ts = house.slack.say(AMELIE, "combien de lignes ?")
    house.answer("D0AMELIE01", ts, showing="Pas maintenant.", person=AMELIE)
    assert provider.results() == ["Error: count_entries is paused by David Moreau (reason: stocktaking)"]
    ts = asked(house, provider, "write_freely")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["hello"]


def test_only_administrators_pause(house: House, provider: Provider) -> None:
    house.start()
    assert "Seuls les administrateurs" in house.slack.command(CHLOE, "/baton pause")
    house.rules(ADMINS % f"[{CHLOE}]")
    assert "Only administrators" in house.slack.command(DAVID, "/baton pause")
    house.rules(ADMINS % '"@nobody"')
    for person in (CHLOE, DAVID):
        assert "dministrat" in house.slack.command(person, "/baton pause"), "an unreadable group lets nobody pause"
    assert house.rows("SELECT * FROM pauses") == []
    house.restore_policy()
    house.slack.fault("users.info", error="internal_error", times=9)
    assert "Only administrators" in house.slack.command(DAVID, "/baton pause")
    house.slack.heal()
    assert house.rows("SELECT * FROM pauses") == []


def test_the_operator_pauses_beside_a_running_baton(house: House, provider: Provider) -> None:
    ts = asked(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    wrong = baton(house, "pause", "--tool", "write_entri")
    assert wrong.returncode == 2
    assert "there is no tool write_entri" in wrong.stderr
    assert baton(house, "pause", "--reason", "audit").returncode == 0
    assert baton(house, "pause").returncode == 2
    listed = baton(house, "pauses").stdout
    assert "all" in listed
    assert "audit" in listed
    house.slack.click(BRUNO, card, "approve")
    house.card(SALES, ts, showing="Mis en pause par l'administration")
    assert baton(house, "resume").returncode == 0
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["hello"]
    assert "nothing is paused" in baton(house, "pauses").stdout


# ---- the switch and the claim, in the database


SEALED = Sealed("write_entry", "5c4e", {"text": "hello"}, AMELIE, None, {}, {})


@pytest.fixture(scope="module")
def url(server: str) -> Iterator[str]:
    with empty_database(server) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def db(url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    database = await Database.open(url, tmp_path_factory.mktemp("home"))
    yield database
    await database.close()


async def proposal(db: Database) -> Approval:
    """Approved, and not claimed yet."""
    async with db.transaction() as tx:
        run_id = await runs.begin(tx, Thread("T1", "C1", "1.0"), AMELIE, "please", agent="front_desk", inbox_id=None)
        return await approvals.propose(tx, run_id, Draft("call_1", SEALED, ("free",), (), Terms()))


async def claim(db: Database, approval: Approval) -> Approval | None:
    async with db.transaction() as tx:
        return await approvals.claim(tx, approval.id, 1, "hash")


COVERING = [EVERYTHING, Target("agent", "front_desk"), Target("tool", "write_entry")]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("target", COVERING, ids=str)
async def test_a_pause_between_the_approval_and_the_claim_lets_nothing_through(db: Database, target: Target) -> None:
    approval = await proposal(db)
    async with db.transaction() as tx:
        assert await pauses.begin(tx, target, DAVID, "why")
        assert await pauses.begin(tx, target, CHLOE, None) is None, "one switch for each target"
    assert await claim(db, approval) is None
    async with db.transaction() as tx:
        assert await pauses.end(tx, target, CHLOE)
        assert await pauses.end(tx, target, CHLOE) is None
    claimed = await claim(db, approval)
    assert claimed is not None
    assert claimed.status is Status.EXECUTING


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_pause_does_not_cover_goes_on(db: Database) -> None:
    approval = await proposal(db)
    others = [
        Target("tool", "pay"),
        Target("agent", "demand"),
        Target("tool", "front_desk"),
        Target("agent", "write_entry"),
    ]
    async with db.transaction() as tx:
        for other in others:
            await pauses.begin(tx, other, DAVID, None)
    assert await claim(db, approval)
    async with db.transaction() as tx:
        for other in others:
            await pauses.end(tx, other, DAVID)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_claim_and_a_pause_never_pass_each_other(db: Database) -> None:
    """A claim that is not committed yet holds the switch up; one that comes while it waits sees it."""
    first, second = await proposal(db), await proposal(db)

    async def switch() -> None:
        async with db.transaction() as tx:
            await pauses.begin(tx, EVERYTHING, DAVID, None)

    async with db.transaction() as tx:
        assert await approvals.claim(tx, first.id, 1, "hash")
        switching = asyncio.create_task(switch())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(switching), 0.2)
        assert not switching.done(), "the pause was said to be on while a claim was still open"
        late = asyncio.create_task(claim(db, second))
        await asyncio.sleep(0.1)
    await switching
    assert await late is None
    async with db.transaction() as tx:
        await pauses.end(tx, EVERYTHING, DAVID)


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_rolled_back_pauses_nothing(db: Database) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with db.transaction() as tx:
            await pauses.begin(tx, EVERYTHING, DAVID, None)
            raise ZeroDivisionError
    assert await pauses.listed(db) == []
