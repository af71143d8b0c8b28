"""The pause switches: who may use them, what a switch sets going, and how a pause is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from bot.authority import Authority
from bot.board import Board
from bot.reasons import because
from bot.state import approvals, pauses
from bot.state.pauses import OPERATOR, Pause, Target
from bot.types import Actor

ADMINS = "admins"  # the policy's group of those who may pause; without it, the workspace's own administrators


class People(Protocol):
    """Whom Slack knows, read live."""

    async def person(self, person_id: str) -> Actor: ...

    async def administers(self, person_id: str) -> bool:
        """Whether this person is an administrator of the workspace; no, when that cannot be read."""


class Pauses:
    """Switches off and on. `targets` says what there is to pause now."""

    def __init__(
        self, board: Board, authority: Authority, people: People, targets: Callable[[], Iterable[Target]]
    ) -> None:
        self._board = board
        self._authority = authority
        self._people = people
        self._targets = targets

    @property
    def targets(self) -> frozenset[Target]:
        return frozenset(self._targets())

    async def may_switch(self, person: str, *, lately: bool = False) -> bool:
        """Whether this person is an administrator now; what cannot be read is a no. `lately`: as `Authority.counts_in` has it."""
        if ADMINS in self._authority.policy.groups:
            return await self._authority.counts_in(person, ADMINS, lately=lately)
        return await self._people.administers(person)

    async def begin(self, person: str, target: Target, reason: str) -> Pause | None:
        """Switch off; `None` when it is off already."""
        async with self._board.db.transaction() as tx:
            return await pauses.begin(tx, target, person, reason)

    async def end(self, person: str, target: Target) -> Pause | None:
        """Switch on again, and have what waited looked at; `None` when it was on."""
        return await resume(self._board, target, person)

    async def listed(self) -> list[Pause]:
        return await pauses.listed(self._board.db)

    async def refusal(self, tool: str, agent: str) -> str | None:
        """Why a call of a tool is refused now; `None` when it is not."""
        found = await pauses.covering(self._board.db, agent=agent, tool=tool)
        if found is None:
            return None
        by = because("operator") if found.by == OPERATOR else await name_of(self._people, found)
        key = "tool_paused_because" if found.reason else "tool_paused"
        return because(key, tool=tool, by=by, why=found.reason)


class Named(Protocol):
    """Whom Slack knows."""

    async def person(self, person_id: str) -> Actor: ...


async def name_of(people: Named, pause: Pause) -> str:
    """Who paused, by name: a mention would call them at each question."""
    return OPERATOR if pause.by == OPERATOR else (await people.person(pause.by)).name or pause.by


async def resume(board: Board, target: Target, by: str) -> Pause | None:
    """End a pause; every call that it held back is looked at at once, and its cards say what holds now."""
    async with board.db.transaction() as tx:
        ended = await pauses.end(tx, target, by)
        held = await pauses.waiting(tx, target) if ended else []
        for approval_id, _ in held:
            if approval := await approvals.get(tx, approval_id):
                await board.show(tx, approval)
        for run_id in dict.fromkeys(run_id for _, run_id in held):
            await board.resume(tx, run_id)
    return ended
