"""Deliberate bugs, put into a running Baton to see that the sweep finds them. Each breaks one promise of the design."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from bot import RunContext, reception
from bot.board import Board
from bot.desk import Declined, Desk, Doubtful
from bot.policy import policy as rules
from bot.slack.sessions import Sessions
from bot.state import approvals, posts
from bot.state.approvals import Approval, Status
from bot.state.db import Transaction, run
from bot.tooling.catalog import Catalog
from bot.tooling.tool import Tool
from bot.types import Json
from tests.sweep.seams import put

_BACK_TO_APPROVED = "UPDATE approvals SET status = 'approved' WHERE id = %(id)s"


def claim_whatever_the_status() -> None:
    """The claim forgets to ask whether the row is still approved."""
    claim = approvals.claim

    async def claimed(tx: Transaction, approval_id: str, *how: Any) -> Approval | None:
        await run(tx, _BACK_TO_APPROVED, id=approval_id)
        return await claim(tx, approval_id, *how)

    put(approvals, claim=claimed)


def effect_before_the_claim_is_committed() -> None:
    """The tool is called inside the claim's transaction."""
    claim, load = approvals.claim, Catalog.load.__func__  # type: ignore[attr-defined]
    catalog: dict[str, Tool] = {}

    def loaded(cls: type[Catalog], *where: Any) -> Catalog:
        found: Catalog = load(cls, *where)
        catalog.update(found)
        return found

    async def claimed(tx: Transaction, approval_id: str, *how: Any) -> Approval | None:
        approval = await claim(tx, approval_id, *how)
        if approval:
            tool = catalog[approval.sealed.tool]
            tool.function(SimpleNamespace(idempotency_key=approval.id), **approval.sealed.arguments)
        return approval

    async def called(self: Tool, ctx: RunContext, arguments: Mapping[str, Json]) -> Json:
        return {"summary": f"“{arguments['text']}” is in the book"}

    put(Catalog, load=classmethod(loaded))
    put(approvals, claim=claimed)
    put(Tool, call=called)


def lost_reply_counts_as_failed() -> None:
    """Who gets no answer says that nothing happened."""
    carry_out = Desk.carry_out

    @functools.wraps(carry_out)
    async def carried_out(self: Desk, *how: Any) -> Any:
        outcome = await carry_out(self, *how)
        return Declined(outcome.reason) if isinstance(outcome, Doubtful) else outcome

    put(Desk, carry_out=carried_out)


def anybody_may_decide() -> None:
    """Every person counts as a member of every group, and nobody as the author."""
    may_decide: Any = rules.may_decide

    def allowed(person: str, authors: Any, needs: Any, members: Any, *more: Any) -> Any:
        return may_decide(person, frozenset(), needs, {group: frozenset({person}) for group in members})

    put(rules, may_decide=allowed)


def settled_cards_are_not_repainted() -> None:
    """The card goes on offering its buttons."""
    show = Board.show

    async def shown(self: Board, tx: Transaction, approval: Approval) -> None:
        now = await approvals.locked(tx, approval.id)
        if now and now.is_open:
            await show(self, tx, approval)

    put(Board, show=shown)


def restart_calls_again() -> None:
    """Whoever finds a call under way takes it for one that was not made yet."""
    of_run = approvals.of_run

    async def found(tx: Transaction, run_id: str, **how: Any) -> list[Approval]:
        for approval in await of_run(tx, run_id, **how):
            if approval.status is Status.EXECUTING:
                await run(tx, _BACK_TO_APPROVED, id=approval.id)
        return await of_run(tx, run_id, **how)

    put(approvals, of_run=found)


def editors_are_no_authors() -> None:
    """Who edited a proposal is forgotten, and might approve it."""
    draft = Desk.draft

    def drafted(self: Desk, *what: Any, editor: str = "", **how: Any) -> Any:
        return draft(self, *what, **how)

    put(Desk, draft=drafted)


def one_word_is_enough() -> None:
    """The first who approves counts as many."""
    put(rules, satisfied=lambda needs, words: bool(words))


def growing_messages_are_left_behind() -> None:
    """What a run says in the end is posted beside the message that grew."""

    async def left(tx: Transaction, run_id: str, *what: Any) -> None:
        await run(tx, "UPDATE posts SET status = 'sent' WHERE run_id = %(id)s AND status = 'live'", id=run_id)

    put(posts, in_place_of_live=left)


def sessions_stay_at_work() -> None:
    """Slack never hears that a thread is at rest."""

    async def shown(self: Sessions, *what: Any, **how: Any) -> None:
        pass

    put(Sessions, show=shown)


def stops_withdraw_nothing() -> None:
    """The work on a question ends, and what was proposed for it may still be done."""
    put(reception, WAITING=frozenset())


BUGS: Mapping[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        claim_whatever_the_status,
        effect_before_the_claim_is_committed,
        lost_reply_counts_as_failed,
        anybody_may_decide,
        settled_cards_are_not_repainted,
        restart_calls_again,
        editors_are_no_authors,
        one_word_is_enough,
        growing_messages_are_left_behind,
        sessions_stay_at_work,
        stops_withdraw_nothing,
    )
}
