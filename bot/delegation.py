"""`/baton delegate`: an approver who will be away names a colleague, until a day that is not far off."""

from __future__ import annotations

import datetime as dt
import re

from bot.board import Board
from bot.models.offline.dates import days
from bot.state import decisions
from bot.types import Actor, Json

LONGEST = dt.timedelta(days=30)

_PERSON = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)(?:\|[^>]*)?>")
_STOP = re.compile(r"(?:stop|end|fin|arr[êe]t\w*)\b", re.IGNORECASE)

Reply = tuple[str, dict[str, Json]]  # a sentence's name, and its values


class Delegations:
    """Carries out what the command asks; what it changed is committed when the reply comes back."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def command(self, actor: Actor, rest: str) -> Reply:
        """Nothing says who decides in one's place; `stop` ends it; `@x until friday` sets it."""
        if not rest:
            return await self._told(actor)
        if _STOP.match(rest):
            return await self._end(actor)
        return await self._set(actor, rest)

    async def _told(self, actor: Actor) -> Reply:
        async with self._board.db.transaction() as tx:
            known = await decisions.delegated_by(tx, actor.id)
        if known is None:
            return "delegation_none", {}
        return "delegation_is", {"delegate": known.delegate, "until": known.until.isoformat()}

    async def _end(self, actor: Actor) -> Reply:
        async with self._board.db.transaction() as tx:
            ended = await decisions.end_delegations(tx, actor.id)
        return ("delegation_ended", {"delegate": ended[0].delegate}) if ended else ("delegation_none", {})

    async def _set(self, actor: Actor, rest: str) -> Reply:
        person = _PERSON.search(rest)
        today = dt.datetime.now(actor.zone).date()
        named = next((day.date for day in days(_PERSON.sub(" ", rest), today, actor.language) if day.date), None)
        if person is None:
            return "delegation_who", {}
        if named is None:
            return "delegation_usage", {}
        until = dt.datetime.combine(named, dt.time(23, 59, 59), actor.zone)  # that day is the last one
        if person["id"] == actor.id:
            return "delegation_self", {}
        if named < today:
            return "delegation_past", {}
        if until - dt.datetime.now(dt.UTC) > LONGEST + dt.timedelta(days=1):
            return "delegation_too_long", {"days": LONGEST.days}
        told = {"delegate": person["id"], "until": until.isoformat()}
        async with self._board.db.transaction() as tx:
            await decisions.delegate(tx, actor.id, person["id"], until)
            body = {"notice": "delegation_told", "person": actor.id, "until": until.isoformat()}
            await self._board.post(tx, "notice", person["id"], None, body=body)
        return "delegated", told
