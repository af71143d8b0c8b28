"""What people see of the whole: what waits for a person, what they asked for, what was done; and how the house is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bot.agents.roster import Roster
from bot.authority import Authority
from bot.engine import Engine, Queue
from bot.pauses import Pauses
from bot.policy.in_force import InForce
from bot.policy.policy import FALLBACK_GROUP, Effect
from bot.state import approvals, overviews
from bot.state.approvals import Approval
from bot.state.db import Database
from bot.state.overviews import Card, Model, Question, Use
from bot.state.pauses import Pause, Target
from bot.tooling.catalog import Catalog
from bot.tooling.tool import Tool
from bot.types import Json

TOLD = 10  # of each list, to a model

T = TypeVar("T")


@dataclass(frozen=True)
class Some(Generic[T]):
    """The first few of a list, and how many more there are."""

    shown: tuple[T, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Shown:
    """A proposal, and where in Slack its card is for whoever looks: channel and message."""

    approval: Approval
    place: tuple[str, str] | None


@dataclass(frozen=True)
class Standing:
    """Where things stand for one person."""

    waiting: Some[Shown] = Some()
    asked: Some[Question] = Some()
    done: Some[Shown] = Some()
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class ToolState:
    """A tool under the rules of now. `groups` decide on its calls; `missing` are those of them that do not exist."""

    name: str
    effect: Effect
    system: str | None
    groups: tuple[str, ...]
    missing: tuple[str, ...]
    pause: Pause | None
    use: Use | None


@dataclass(frozen=True)
class SystemState:
    """How a business system answered the calls of this process."""

    name: str
    answered_at: dt.datetime | None
    failed_at: dt.datetime | None
    failure: str


@dataclass(frozen=True)
class Index:
    """The documents as they were read last; `at` is `None` while that has not ended yet."""

    pages: int = 0
    at: dt.datetime | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """How the house is, for those who look after it."""

    tools: tuple[ToolState, ...]
    agents: tuple[tuple[str, Pause | None], ...]
    model: Model
    systems: tuple[SystemState, ...]
    documents: Index
    queue: Queue
    rules_problem: str | None = None
    tools_problems: tuple[str, ...] = ()
    quarantined: tuple[tuple[str, str, str], ...] = ()  # MCP server, its tool, what changed
    additions: tuple[str, ...] = ()  # what waits to be admitted


class Documents(Protocol):
    """The company's documents."""

    @property
    def index(self) -> Index: ...


class Workspaces(Protocol):
    """Where Baton is installed."""

    @property
    def reach(self) -> Sequence[str] | None:
        """The workspaces that share the installation at hand; `None` when there are no others."""


class Overview:
    """Reads it all; nothing rests on what it says."""

    def __init__(
        self,
        db: Database,
        engine: Engine,
        authority: Authority,
        in_force: InForce,
        pauses: Pauses,
        catalog: Catalog,
        roster: Roster,
        documents: Documents,
        workspaces: Workspaces,
    ) -> None:
        self._db = db
        self._engine = engine
        self._authority = authority
        self._in_force = in_force
        self._pauses = pauses
        self._catalog = catalog
        self._roster = roster
        self._documents = documents
        self._workspaces = workspaces

    async def standing(self, person: str, limit: int, *, direct: str = "") -> Standing:
        """At most `limit` of each kind. `direct` is the person's conversation with Baton; other people's are not shown."""
        teams = self._workspaces.reach
        mine, known = await overviews.done_for(self._db, person, limit, teams)
        done = await self._read(mine)
        open_ones = await self._read(await overviews.undecided(self._db, person, teams))
        waiting = await self._authority.decidable(person, open_ones)
        asked, ever = await overviews.asked_by(self._db, person, limit, teams)
        cards = await overviews.cards(self._db, [one.id for one in [*waiting[:limit], *done]])
        return Standing(
            Some(tuple(_shown(one, cards, direct) for one in waiting[:limit]), max(len(waiting) - limit, 0)),
            Some(tuple(asked), ever - len(asked)),
            Some(tuple(_shown(one, cards, direct, person) for one in done), known - len(done)),
            tuple(await self._pauses.listed()),
        )

    async def told(self, person: str) -> Json:
        """The same as plain values, for a model."""
        found = await self.standing(person, TOLD)
        return {
            "waiting": [
                {"proposal": one.approval.label, "tool": one.approval.sealed.tool, "status": one.approval.status}
                for one in found.waiting.shown
            ],
            "asked": [
                {"question": one.text, "status": one.status, "waits_for": [f"P-{number}" for number in one.waiting]}
                for one in found.asked.shown
            ],
            "paused": [{**vars(one.target), "reason": one.reason} for one in found.pauses],
        }

    async def may_decide(self, person: str) -> bool:
        """Whether this person is in a group that the rules ask."""
        policy = self._in_force.policy
        asked = {name for rule in policy.rules for name in rule.of} | ({FALLBACK_GROUP} & policy.groups.keys())
        return any([await self._authority.counts_in(person, name, lately=True) for name in sorted(asked)])

    async def may_switch(self, person: str) -> bool:
        """Whether this person looks after the house."""
        return await self._pauses.may_switch(person, lately=True)

    async def condition(self) -> Condition:
        paused = {one.target: one for one in await self._pauses.listed()}
        uses = await overviews.uses(self._db)
        agents = sorted(target.name for target in self._pauses.targets if target.kind == "agent")
        return Condition(
            tuple(self._tool(tool, paused, uses) for tool in self._catalog.values()),
            tuple((name, paused.get(Target("agent", name))) for name in agents),
            await overviews.model(self._db),
            tuple(
                SystemState(one.name, one.answered_at, one.failed_at, one.failure)
                for one in self._catalog.systems.values()
            ),
            self._documents.index,
            await self._engine.queue(),
            self._in_force.problem,
            (*self._catalog.problems, *filter(None, [self._roster.problem])),
            tuple(self._catalog.quarantined),
            tuple(self._catalog.waiting),
        )

    async def _read(self, ids: Sequence[str]) -> list[Approval]:
        async with self._db.transaction() as tx:
            found = [await approvals.get(tx, id) for id in ids]
        return [one for one in found if one]

    def _tool(self, tool: Tool, paused: Mapping[Target, Pause], uses: Mapping[str, Use]) -> ToolState:
        policy = self._in_force.policy
        rules = [rule for rule in policy.covering(tool.name) if rule.effect == "ask"]
        asked = dict.fromkeys(group for rule in rules for group in rule.of)
        if not asked and not tool.read_only and not any(r.effect == "allow" for r in policy.covering(tool.name)):
            asked = {FALLBACK_GROUP: None}
        missing = tuple(group for group in asked if group not in policy.groups)
        pause = paused.get(Target("tool", tool.name))
        return ToolState(tool.name, tool.effect, tool.system, tuple(asked), missing, pause, uses.get(tool.name))


def _shown(approval: Approval, cards: Sequence[Card], direct: str, requester: str = "") -> Shown:
    """With the card that this person sees: who decides, that of the group's channel first; who asked, that of the thread."""
    own = approval.sealed.requester == requester
    seen = [
        card
        for card in cards
        if card.approval_id == approval.id
        and (own or not card.channel.startswith("D") or card.channel == direct)
        and (own or card.kind == "card")
    ]
    seen.sort(key=lambda card: (card.thread_ts is None) if own else (card.thread_ts is not None))
    return Shown(approval, (seen[0].channel, seen[0].ts) if seen else None)
