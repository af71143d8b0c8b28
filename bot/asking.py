"""Puts proposals before the people who decide: which conversations get a card, and who is told that it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot import at_hand
from bot.authority import Authority
from bot.board import Board
from bot.policy.policy import Need
from bot.reasons import because
from bot.state import approvals, decisions, posts, runs
from bot.state.approvals import Approval, Draft
from bot.state.db import Transaction
from bot.state.runs import Run

ROWS = 5  # proposals on one card; the blocks of more would not fit into a message of Slack's


@dataclass(frozen=True)
class Places:
    """The channels, beside the run's own thread, that get a card; `mirrored` when nobody who is asked sees the thread."""

    channels: tuple[str, ...] = ()
    mirrored: bool = False


class Rooms(Protocol):
    """Who can see what in Slack."""

    async def audience(self, channel: str) -> frozenset[str] | None:
        """Who can read the channel; `None` when everybody can. Nobody but the person in a direct message."""

    async def channel(self, name: str) -> str | None:
        """The id of a channel; `None` when Baton cannot see it."""

    async def direct(self, person: str) -> str | None:
        """The direct message with a person; `None` when it cannot be opened."""


class Asking:
    """The cards of proposals, and the calls for attention beside them."""

    def __init__(self, board: Board, authority: Authority, rooms: Rooms) -> None:
        self._board = board
        self._authority = authority
        self._rooms = rooms

    async def places(self, run: Run, needs: Sequence[Need]) -> Places:
        """Where a card must go, beside the thread, because some of those who are asked can't see the thread."""
        return await self._places(run, needs, await self._rooms.audience(run.thread.channel))

    async def _places(self, run: Run, needs: Sequence[Need], audience: frozenset[str] | None) -> Places:
        if audience is None or not needs:
            return Places()
        members = await self._authority.members(needs, run.requester, lately=True)
        away = await decisions.delegations(self._board.db)
        found: list[str | None] = []
        seen = False
        for need in needs:
            asked = (members.get(need.group) or frozenset()) - {run.requester}
            seen = seen or bool(asked & audience)
            found += [] if len(asked & audience) >= need.count else await self._channels(need)
            absent = {one.delegate for one in away if one.person in asked} - audience - asked
            found += [await self._rooms.direct(delegate) for delegate in sorted(absent)]
        channels = dict.fromkeys(channel for channel in found if channel and channel != run.thread.channel)
        return Places(tuple(channels), mirrored=bool(channels) and not seen)

    async def _channels(self, need: Need) -> list[str | None]:
        return [await self.channel(name) for name in (need.group, *need.also)]

    async def channel(self, name: str) -> str | None:
        """The channel in which a group is asked."""
        group = self._authority.policy.groups.get(name)
        return await self._rooms.channel(group.channel) if group and group.channel else None

    async def show(self, tx: Transaction, run: Run, made: Sequence[tuple[Approval, Places]]) -> None:
        """Write the cards: proposals that go to the same places stand on one; the thread gets it too, or a mirror."""
        for places in dict.fromkeys(places for _, places in made):
            together = [approval.id for approval, its_places in made if its_places == places]
            kind: posts.Kind = "mirror" if places.mirrored else "card"
            for shown in (together[at : at + ROWS] for at in range(0, len(together), ROWS)):
                for channel in places.channels:
                    await self._board.post(tx, "card", channel, None, run_id=run.id, approvals=shown)
                await self._board.post(tx, kind, run.thread.channel, run.thread.ts, run_id=run.id, approvals=shown)

    async def show_in(self, tx: Transaction, approval: Approval, channels: Sequence[str]) -> None:
        """Write its card in further channels, where it is not yet."""
        for channel in channels:
            if not await self._is_in(tx, approval, [channel]):
                await self._board.post(tx, "card", channel, None, run_id=approval.run_id, approvals=[approval.id])

    async def _is_in(self, tx: Transaction, approval: Approval, channels: Sequence[str]) -> bool:
        """Whether its card is in all of them."""
        return {post.channel for post in await posts.showing(tx, approval.id)} >= set(channels)

    async def ask_where_groups_are(self, waiting: Sequence[Approval]) -> None:
        """The rules may say of groups by now where they are asked: what waits for these gets its card there, once."""
        audiences: dict[tuple[str, str], frozenset[str] | None] = {}  # Slack is asked once for each conversation
        for approval in waiting:
            async with self._board.db.transaction() as tx:
                run = await runs.find(tx, approval.run_id)
            assert run is not None  # a foreign key
            with at_hand.working_for(approval.team):
                key = (approval.team, run.thread.channel)
                if key not in audiences:
                    audiences[key] = await self._rooms.audience(run.thread.channel)
                if audiences[key] != frozenset():  # else it cannot be read now
                    await self._ask_where_groups_are(run, approval, audiences[key])

    async def _ask_where_groups_are(self, run: Run, approval: Approval, audience: frozenset[str] | None) -> None:
        places = await self._places(run, approval.needs, audience)
        members = await self._authority.members(approval.needs, run.requester, lately=True)
        async with self._board.db.transaction() as tx:
            if await self._is_in(tx, approval, places.channels):
                return
            current = await approvals.locked(tx, approval.id)
            if current is None or current.status is not approval.status:
                return
            await self.show_in(tx, current, places.channels)
            if places.mirrored and None not in members.values():
                await posts.mirror(tx, current.id, run.thread.channel)
            await self._board.show(tx, current)

    async def replace(self, tx: Transaction, run: Run, old: Approval, draft: Draft, places: Places) -> Approval:
        """Propose again what was edited, or whose facts changed: the same cards show it, and people are called back."""
        new = await approvals.propose(tx, run.id, draft)
        await posts.show_instead(tx, old.id, new.id)
        await self.show_in(tx, new, places.channels)
        await self._board.show(tx, new)
        if new.needs:
            await self._board.call(tx, new, "asks_again", replaces=old.label, cause=old.reason or because("edited"))
        else:
            await self._board.resume(tx, run.id)
        return new
