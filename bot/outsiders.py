"""Guests and people of other companies: where they may ask, and what they hear elsewhere."""

from __future__ import annotations

from typing import Protocol

import structlog

from bot.board import Board
from bot.policy.in_force import InForce
from bot.state import refusals, runs
from bot.state.audit import note
from bot.state.runs import REFUSED, Run
from bot.types import Actor

log = structlog.get_logger()


class Channels(Protocol):
    """The channels that Slack knows."""

    async def channel(self, name: str) -> str | None:
        """The id of a channel by name or id; `None` when Baton cannot see it."""


class Outsiders:
    """Knows the channels that the policy opens to people from outside."""

    def __init__(self, board: Board, in_force: InForce, channels: Channels) -> None:
        self._board = board
        self._in_force = in_force
        self._channels = channels

    async def admits(self, actor: Actor, channel: str, *, shared: bool) -> bool:
        """Whether somebody may ask in a channel. Where other companies are (`shared`), a profile that cannot be read
        counts as theirs; elsewhere only guests could be meant, whom the company let into that channel itself.
        """
        if not actor.outside and not (shared and not actor.name):
            return True
        opened = [await self._channels.channel(name) for name in self._in_force.policy.outsiders]
        return channel in opened

    async def refuse(self, current: Run, actor: Actor) -> None:
        """End a run without asking any model, with one sentence: the first time that this person asks in the thread."""
        unsure = not actor.name
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            if unsure:
                await self._board.notice(tx, current.thread, current.id, "outsider_unsure")
            else:
                await runs.speak(tx, current.id, actor.language)
                if await refusals.first_of(tx, current.thread, actor.id):
                    await self._board.notice(tx, current.thread, current.id, "outsider_refused")
            await runs.finish(tx, current.id, failure=REFUSED)
            why = "profile unreadable" if unsure else "from outside"
            await note(tx, "run.refused", actor.id, run_id=current.id, channel=current.thread.channel, why=why)
        log.info("somebody from outside is not answered", run=current.id, channel=current.thread.channel, why=why)
