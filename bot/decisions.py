"""What people say about proposals: who may say it is read live, and one transaction gives effect to a press."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot import at_hand
from bot.asking import Asking
from bot.authority import Authority
from bot.board import Board
from bot.desk import Desk, Desks
from bot.effects import Effects
from bot.errors import ToolError
from bot.policy import policy as rules
from bot.policy.policy import Ask, Deny, Refusal, Word
from bot.policy.typed import is_same
from bot.reasons import because
from bot.state import approvals, decisions, inbox, posts, runs
from bot.state.approvals import Approval, Status
from bot.state.audit import note
from bot.state.db import Transaction
from bot.state.decisions import Decision
from bot.state.inbox import Click
from bot.state.runs import Run
from bot.types import NO_AGENT, Actor, Json, SealedFile

TOGETHER = {"approve_all": "approve", "reject_all": "reject"}  # said once about all that a card shows


class Workspaces(Protocol):
    """Where Baton is installed."""

    def share(self, team: str, other: str) -> bool:
        """Whether one installation serves both."""


class People(Protocol):
    """Whom Slack knows."""

    async def person(self, person_id: str) -> Actor: ...


@dataclass(frozen=True)
class Opening:
    """What a form is about."""

    actor: Actor
    approvals: Sequence[Approval]
    schema: Json = None  # of the tool's arguments


class Decisions:
    """Gives effect to what people press and send."""

    def __init__(
        self,
        board: Board,
        authority: Authority,
        asking: Asking,
        effects: Effects,
        people: People,
        workspaces: Workspaces,
        desks: Desks,
    ) -> None:
        self._board = board
        self._authority = authority
        self._asking = asking
        self._effects = effects
        self._people = people
        self._workspaces = workspaces
        self._desks = desks

    async def decide(self, inbox_id: int) -> None:
        """Give effect to a press or a form that was kept; once, however often its work is interrupted."""
        click = await inbox.click(self._board.db, inbox_id)
        if not click.is_handled:
            with at_hand.working_for(click.team):
                await self._decide(click)

    async def _decide(self, click: Click) -> None:
        actor = await self._people.person(click.person)
        click = replace(click, together=click.verdict in TOGETHER)
        meant = await self._meant(click)
        if not meant:
            await self._tell(click, actor, "card_changed" if click.together else "not_ours")
            return
        click = replace(click, verdict=TOGETHER.get(click.verdict, click.verdict))
        act = {
            "edit": self._edit,
            "ask": self._question,
            "undo": self._undo,
            "check": self._check,
            "withdraw": self._withdraw,
        }
        for approval in meant:
            with at_hand.working_for(approval.team):
                await act.get(click.verdict, self._say)(click, actor, approval)
        if click.together:
            async with self._board.db.transaction() as tx:
                await inbox.handled(tx, click.inbox_id)

    async def opening(self, click: Click) -> Opening | None:
        """What a form is about, for somebody who may send it; else `None`, and the person hears why."""
        actor = await self._people.person(click.person)
        about = await self.about(click, actor)
        if about is None:
            await self._tell(click, actor, "card_changed" if click.verdict in TOGETHER else "not_ours")
            return None
        first = about.approvals[0]
        with at_hand.working_for(first.team):
            objection = await self._may_open(click, first)
        if objection:
            await self._tell(click, actor, objection, first)
            return None
        if click.verdict == "edit" and about.schema is None:
            await self._tell(click, actor, "edit_refused", first, cause=because("tool_gone"))
            return None
        return about

    async def about(self, click: Click, actor: Actor) -> Opening | None:
        """What a form is about, by what is stored; `None` when there is nothing of the kind."""
        meant = await self._meant(click)
        if not meant:
            return None
        _, desk = await self._desk(meant[0], actor)
        tool = desk.tool(meant[0].sealed.tool)
        return Opening(actor, meant, tool.schema if tool else None)

    async def objections(self, click: Click) -> dict[str, str]:
        """What is wrong with the values of a form, by field; the person can mend it there. Asks nobody."""
        meant = await self._meant(click)
        if not meant:
            return {}
        if click.verdict == "approve" and not _typed(meant[0], click):
            return {"typed": because("not_typed_value")}
        if click.verdict != "edit":
            return {}
        _, desk = await self._desk(meant[0], Actor(click.person))
        tool = desk.tool(meant[0].sealed.tool)
        return tool.objections(click.values["arguments"]) if tool else {}

    async def _meant(self, click: Click) -> list[Approval]:
        """The proposals that a press is about: one; or those of a card, while it shows what it showed to the person.

        Those of other workspaces are nobody's here.
        """
        return [one for one in await self._named(click) if self._workspaces.share(click.team, one.team)]

    async def _named(self, click: Click) -> list[Approval]:
        async with self._board.db.transaction() as tx:
            if click.verdict not in TOGETHER:
                found = await approvals.get(tx, click.target)
                return [found] if found else []
            post_id = click.target.partition(":")[0]
            ids = await posts.shown_on(tx, post_id)
            if not ids or posts.token(post_id, ids) != click.target:
                return []
            rows = [one for one in [await approvals.get(tx, id) for id in ids] if one]
        together = [one for one in rows if not (one.terms.destructive or one.terms.typed)]
        return [one for one in together if one.status is Status.PENDING] or together[:1]

    async def _may_open(self, click: Click, approval: Approval) -> str | None:
        if approval.status is not Status.PENDING:
            return "already"
        if click.received_at > approval.expires_at:
            return "too_late"
        if click.verdict == "edit" and approval.sealed.undoes:
            return "already"
        approving = click.verdict in ("approve", "typed")
        if click.person == approval.sealed.requester and not approving:
            return None
        word = await self._authority.word(click.person, approval, authors_too=not approving)
        return f"refused_{word.reason}" if isinstance(word, Refusal) else None

    # ---- approve, reject, done, not done

    async def _say(self, click: Click, actor: Actor, approval: Approval) -> None:
        word = await self._authority.word(click.person, approval, authors_too=click.verdict == "reject")
        async with self._board.db.transaction() as tx:
            current = await approvals.locked(tx, approval.id)
            assert current is not None  # rows are never deleted
            if await self._said_here(tx, click, approval):
                return
            if objection := self._objection(click, current, word):
                await self._object(tx, click, actor, current, objection)
                return
            if click.verdict == "reject" and click.person == current.sealed.requester:
                await self._taken_back(tx, click, current)
                return
            assert isinstance(word, Word)  # a refusal is an objection
            decision = Decision(click.verdict, word, click.received_at, str(click.values.get("reason") or "") or None)
            if await decisions.record(tx, current.id, decision):
                await self._handled(tx, click)
                await self._apply(tx, current, decision)
            else:
                await self._object(tx, click, actor, current, "said_already")

    def _objection(self, click: Click, approval: Approval, word: Word | Refusal) -> str | None:
        """Why a press changes nothing."""
        wanted = Status.UNKNOWN if click.verdict in ("done", "not_done") else Status.PENDING
        if approval.status is not wanted:
            return "already"
        if wanted is Status.PENDING and click.received_at > approval.expires_at:
            return "too_late"
        if click.verdict == "reject" and click.person == approval.sealed.requester:
            return None
        if isinstance(word, Refusal):
            return f"refused_{word.reason}"
        if click.verdict == "approve" and not _typed(approval, click):
            return "refused_typed" if "typed" in click.values else "typed_needed"
        return None

    async def _said_here(self, tx: Transaction, click: Click, approval: Approval) -> bool:
        """Whether this very press took effect before the process was interrupted."""
        said = await decisions.said(tx, approval.id)
        return any(one.word.person == click.person and one.received_at == click.received_at for one in said)

    async def _apply(self, tx: Transaction, approval: Approval, decision: Decision) -> None:
        """Make the move that a person's word calls for, and show it."""
        by = decision.word.person
        if decision.verdict == "approve":
            words = await decisions.approvals_of(tx, approval.id)
            new = Status.APPROVED if rules.satisfied(approval.needs, words) else Status.PENDING
            told = {"for": decision.word.principal, "groups": sorted(decision.word.groups)}
            await approvals.move(tx, approval.id, "approve", Status.PENDING, new, actor=by, told=told, reason=None)
        elif decision.verdict == "reject":
            await self._board.reject(tx, approval, by, decision.reason)
            return
        else:
            event, new = {
                "done": ("person_says_done", Status.EXECUTED),
                "not_done": ("person_says_not_done", Status.FAILED),
            }[decision.verdict]
            await approvals.move(tx, approval.id, event, Status.UNKNOWN, new, actor=by, receipt={"according_to": by})
        await self._board.show(tx, approval)
        await self._board.resume(tx, approval.run_id)

    async def _withdraw(self, click: Click, actor: Actor, approval: Approval) -> None:
        """Whoever asked takes it back, also when it is approved and waits for its hour."""
        async with self._board.db.transaction() as tx:
            current = await approvals.locked(tx, approval.id)
            assert current is not None  # rows are never deleted
            if click.person != current.sealed.requester:
                await self._object(tx, click, actor, current, "refused_not_requester")
            elif current.status not in (Status.PENDING, Status.APPROVED):
                await self._object(tx, click, actor, current, "already")
            else:
                await self._taken_back(tx, click, current)

    async def _taken_back(self, tx: Transaction, click: Click, approval: Approval) -> None:
        await self._handled(tx, click)
        reason = str(click.values.get("reason") or "") or None
        moved = await approvals.move(
            tx, approval.id, "withdraw", approval.status, Status.WITHDRAWN, actor=click.person, reason=reason
        )
        if moved:
            await self._board.show(tx, moved)
            await self._board.resume(tx, moved.run_id)

    # ---- edit

    async def _edit(self, click: Click, actor: Actor, approval: Approval) -> None:
        """Replace a proposal by one with other values; whoever changed them is an author and cannot approve it."""
        run, desk = await self._desk(approval, actor)
        if objection := await self._may_open(click, approval):
            edited = objection == "already" and approval.status is Status.SUPERSEDED
            await self._tell(click, actor, "edited_already" if edited else objection, approval)
            return
        try:
            tool = desk.tool(approval.sealed.tool)
            if tool is None:
                raise ToolError(because("tool_gone"))
            arguments = await desk.checked(tool, click.values["arguments"])
            verdict = desk.verdict(approval.call_id, tool, arguments)
            if isinstance(verdict, Deny):
                raise ToolError(because("forbidden", rules=", ".join(verdict.rules)))
            proposal = await desk.proposal(approval.call_id, tool, arguments)
        except ToolError as error:
            await self._tell(click, actor, "edit_refused", approval, cause=str(error))
            return
        if arguments == approval.sealed.arguments:
            await self._tell(click, actor, "edit_same", approval)
            return
        places = await self._asking.places(run, verdict.needs if isinstance(verdict, Ask) else ())
        async with self._board.db.transaction() as tx:
            await desk.note(tx)
            old = await approvals.move(tx, approval.id, "edit", Status.PENDING, Status.SUPERSEDED, actor=click.person)
            if old is None:
                await self._object(tx, click, actor, approval, "already")
                return
            await self._handled(tx, click)
            draft = desk.draft(proposal, replaces=old, editor=click.person)
            await self._asking.replace(tx, run, old, draft, places)

    # ---- ask, check, undo

    async def _question(self, click: Click, actor: Actor, approval: Approval) -> None:
        """Pass a question on to whoever asked; the proposal waits as before."""
        if objection := await self._may_open(click, approval):
            await self._tell(click, actor, objection, approval)
            return
        text = str(click.values.get("text") or "")
        values = {"by": click.person, "to": approval.sealed.requester, "text": text}
        async with self._board.db.transaction() as tx:
            await self._handled(tx, click)
            await note(
                tx, "approval.question", click.person, run_id=approval.run_id, approval_id=approval.id, text=text
            )
            await self._board.call(tx, approval, "question", everywhere=True, **values)

    async def _check(self, click: Click, actor: Actor, approval: Approval) -> None:
        """Ask the system once more what became of a call."""
        if approval.status is not Status.UNKNOWN:
            await self._tell(click, actor, "no_longer_unknown", approval)
            return
        word = await self._authority.word(click.person, approval, authors_too=True)
        if isinstance(word, Refusal) and click.person != approval.sealed.requester:
            await self._tell(click, actor, f"refused_{word.reason}", approval)
            return
        _, desk = await self._desk(approval, actor)
        why = await self._effects.look_up(desk, approval)
        if why is not None:
            await self._tell(click, actor, "still_unknown", approval, cause=why)

    async def _undo(self, click: Click, actor: Actor, approval: Approval) -> None:
        """Propose to take back what was done: an action of its own, under the rules like any other."""
        origin, desk = await self._desk(approval, actor)
        tool = desk.tool(approval.sealed.tool)
        if objection := await self._undo_objection(click, approval, tool.undo_within if tool and tool.undoer else None):
            await self._tell(click, actor, objection, approval)
            return
        assert tool is not None  # else there was an objection
        assert approval.ended_at is not None  # it is settled
        if tool.schema_digest != approval.sealed.schema:
            await self._tell(click, actor, "undo_refused", approval, cause=because("tool_changed"))
            return
        left = tool.undo_within - (click.received_at - approval.ended_at).total_seconds()
        verdict = desk.verdict(f"undo_{approval.id}", tool, approval.sealed.arguments, undo=True)
        if isinstance(verdict, Deny):
            forbidden = because("forbidden", rules=", ".join(verdict.rules))
            await self._tell(click, actor, "undo_refused", approval, cause=forbidden)
            return
        places = await self._asking.places(replace(origin, requester=actor.id), getattr(verdict, "needs", ()))
        async with self._board.db.transaction() as tx:
            await desk.note(tx)
            await approvals.locked(tx, approval.id)  # of two who press at once, the second waits here
            if await approvals.undoing(tx, approval.id):
                await self._object(tx, click, actor, approval, "undo_already")
                return
            words = f"Undo {approval.label}"
            run_id = await runs.begin(tx, origin.thread, actor.id, words, agent=NO_AGENT, inbox_id=None)
            await runs.speak(tx, run_id, actor.language)
            await note(tx, "run.began", actor.id, run_id=run_id, thread=origin.thread.key, text=words)
            run = await runs.find(tx, run_id)
            assert run is not None  # just written
            draft = self._desks(run, actor).undo_draft(f"undo_{approval.id}", tool, approval, verdict, left)
            made = await approvals.propose(tx, run_id, draft)
            await self._handled(tx, click)
            await self._asking.show(tx, run, [(made, places)])
            await self._board.show(tx, approval)
            await runs.park(tx, run_id)
            if made.status is Status.APPROVED:
                await self._board.resume(tx, run_id)

    async def _undo_objection(self, click: Click, approval: Approval, within: float | None) -> str | None:
        if not approval.has_receipt or approval.sealed.undoes or within is None:
            return "undo_cannot"
        assert approval.ended_at is not None  # it is settled
        if click.received_at > approval.ended_at + dt.timedelta(seconds=within):
            return "undo_late"
        if click.person == approval.sealed.requester:
            return None
        word = await self._authority.word(click.person, approval, authors_too=True)
        return f"refused_{word.reason}" if isinstance(word, Refusal) else None

    # ---- what they share

    async def _desk(self, approval: Approval, actor: Actor) -> tuple[Run, Desk]:
        async with self._board.db.transaction() as tx:
            run = await runs.find(tx, approval.run_id)
        assert run is not None  # a foreign key
        return run, self._desks(run, actor)

    async def _object(self, tx: Transaction, click: Click, actor: Actor, approval: Approval, key: str) -> None:
        """Say, for that person's eyes only, why a press changed nothing; refusals are audited."""
        if key == "too_late":
            await self._board.expire(tx, approval)
        if key.startswith("refused_"):
            why = key.removeprefix("refused_")
            await note(
                tx, "approval.refused", click.person, run_id=approval.run_id, approval_id=approval.id,
                verdict=click.verdict, why=why,
            )  # fmt: skip
        await self._private(tx, click, actor, key, approval)

    async def _tell(
        self, click: Click, actor: Actor, key: str, approval: Approval | None = None, **values: Json
    ) -> None:
        async with self._board.db.transaction() as tx:
            if approval and not values:
                await self._object(tx, click, actor, approval, key)
            else:
                await self._private(tx, click, actor, key, approval, **values)

    async def _handled(self, tx: Transaction, click: Click) -> None:
        """This press had its effect, or its answer; one that means several rows has it when the last one is done."""
        if click.inbox_id is not None and not click.together:
            await inbox.handled(tx, click.inbox_id)

    async def _private(
        self, tx: Transaction, click: Click, actor: Actor, key: str, approval: Approval | None, **values: Json
    ) -> None:
        await self._handled(tx, click)
        body: dict[str, Json] = {"notice": key, "language": actor.language, **values}
        if approval:
            body |= {"label": approval.label, "status": approval.status, "by": approval.decided_by}
            body |= {"typed": approval.terms.typed} if approval.terms.typed else {}
        await self._board.post(tx, "private", click.channel, click.thread_ts, person=click.person, body=body)


def _typed(approval: Approval, click: Click) -> bool:
    """Whether the value that the rules want typed is the one that stands on the card."""
    name = approval.terms.typed
    if name is None:
        return True
    value = approval.sealed.arguments.get(name)
    file = SealedFile.read(value)
    return is_same(str(click.values.get("typed") or ""), file.name if file else value)
