"""What one run can do in the world: look at once, propose under policy, carry out what was decided.

Of state it writes only what the rules said, where that takes effect.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import structlog

from bot.agents.agent import Agent
from bot.agents.handoff import ASK, NOBODY_YET, Room, request_of, tool_for
from bot.agents.shortlist import MANY, SHOWN, Shortlist, described
from bot.errors import ToolError
from bot.models.offline.words import language_of
from bot.policy.in_force import InForce
from bot.policy.policy import Allow, Ask, Case, Deny, Effect, Terms, Verdict
from bot.reasons import because
from bot.state import readings
from bot.state.approvals import Approval, Draft, Sealed
from bot.state.db import Transaction
from bot.state.readings import Reading
from bot.state.rulings import Ruling, note_ruling
from bot.state.runs import Run
from bot.tooling import results
from bot.tooling.catalog import Catalog, describe
from bot.tooling.context import Done, NotDone, RunContext, Unsure
from bot.tooling.file import Named, called
from bot.tooling.tool import Tool
from bot.types import (
    FAILED,
    NO_AGENT,
    Actor,
    Handoff,
    Json,
    Language,
    Proposal,
    Provenance,
    SealedFile,
    SharedFile,
    Source,
    Thread,
    ToolCall,
    ToolResult,
)

FILES_BYTES = 40_000_000  # of all files of one call, which are in memory together

log = structlog.get_logger()
_T = TypeVar("_T")


class Library(Protocol):
    """The company's documents, and the files of a thread: those of another one are not found."""

    async def look_up(self, query: str, limit: int, thread: Thread) -> Sequence[Source]: ...


class Files(Protocol):
    """The files that people put into threads."""

    async def find(self, thread: Thread, wanted: str) -> tuple[SharedFile, bytes]:
        """One of this thread by its name or id, with its content. Raises `ToolError`."""


class Switches(Protocol):
    """What people have paused."""

    async def refusal(self, tool: str, agent: str) -> str | None:
        """Why a call is refused now; `None` when it is not."""


@dataclass(frozen=True)
class Returned:
    """The tool came back with a receipt."""

    receipt: Json


@dataclass(frozen=True)
class Declined:
    """The tool promises that nothing happened."""

    reason: str


@dataclass(frozen=True)
class Doubtful:
    """It may or may not have happened."""

    reason: str


class Desks(Protocol):
    """Gives each run its desk, with the rules in force at that moment."""

    def __call__(self, run: Run, actor: Actor, *, sources_so_far: int = 0, room: Room = NOBODY_YET) -> Desk: ...


Standing = Callable[[str], Awaitable[Json]]  # where things stand for a person


class Desk:
    """The tools, the documents and the rules, for one run of one person."""

    def __init__(
        self,
        catalog: Catalog,
        agents: Mapping[str, Agent],
        shortlist: Shortlist,
        in_force: InForce,
        library: Library,
        files: Files,
        switches: Switches,
        standing: Standing,
        run: Run,
        actor: Actor,
        *,
        sources_so_far: int = 0,
        room: Room = NOBODY_YET,
    ) -> None:
        self._agents = agents
        self._room = room
        self.agent = agents.get(run.agent)  # `None` when no model takes part, or when it is gone
        self._shortlist = shortlist
        self._left_out: Sequence[str] = ()  # tools that the model is not shown, nearest first
        self._catalog = catalog
        self._policy = in_force.policy
        self._library = library
        self._files = files
        self._switches = switches
        self._standing = standing
        self._run = run
        self._actor = actor
        self._numbers = itertools.count(sources_so_far + 1)
        self._contents: dict[str, bytes] = {}  # of the files that were looked at, by their SHA-256
        self._verdicts: dict[str, Verdict] = {}
        self._rulings: list[Ruling] = []
        self._readings: list[Reading] = []

    @property
    def policy_hash(self) -> str:
        return self._policy.hash

    @property
    def language(self) -> Language:
        return self._actor.language

    def tools(self) -> Sequence[Json]:
        """The agent's tools, as models are told of them."""
        shown = [describe(tool) for tool in self._own() if tool.name not in self._left_out]
        return [*shown, *(tool_for(self._agents[name]) for name in self._asks())]

    async def choose(self, asked: Sequence[str], used: Collection[str]) -> Sequence[str]:
        """Show the model what suits the words, beside what was `used` lately, where its tools are too many; what is
        left out comes back, nearest first."""
        own = [tool for tool in self._own() if not (tool.always or tool.name in used)]
        if len(self._own()) > MANY:
            texts = {tool.name: (described(tool.name, tool.description), *tool.examples) for tool in own}
            nearest = await self._shortlist.nearest(texts, asked, language_of(asked[0], self.language))
            self._left_out = nearest[SHOWN:]
        return self._left_out

    def tool(self, name: str) -> Tool | None:
        """A tool, whoever has it: the rules say whether it may be called."""
        return self._catalog.get(name)

    def verdict(self, call_id: str, tool: Tool, arguments: Mapping[str, Json], *, undo: bool = False) -> Verdict:
        """What the rules say about a call now; it is kept for `note` and `draft`."""
        return self._note(call_id, self._case(tool.name, tool.effect, tool.typed(arguments), undo=undo), arguments)

    async def note(self, tx: Transaction) -> None:
        """Write what the rules said into the audit trail, in the transaction that acts on it; and what was read."""
        while self._rulings:
            await note_ruling(tx, self._run.id, self._rulings.pop(0))
        while self._readings:
            await readings.note_reading(tx, self._readings.pop(0))

    async def take(self, call: ToolCall) -> ToolResult | Proposal | Handoff:
        """Carry out a call that only reads, make a proposal of it, or hand it to the agent that it asks.

        What cannot be done is a failed result.
        """
        found: list[Source] = []
        ctx = self._context(found)
        try:
            if call.name in (f"{ASK}{name}" for name in self._asks()):
                return self._handed_over(call)
            tool = self._known(call)
            arguments = await self.checked(tool, call.arguments)
            verdict = self.verdict(call.id, tool, arguments)
            if isinstance(verdict, Deny):
                raise ToolError(because("not_allowed", tool=tool.name, rules=", ".join(verdict.rules)))
            if tool.read_only and isinstance(verdict, Allow) and not verdict.waits:
                return _result(call.id, tool, await self._read(tool, ctx, arguments), ctx.now, found)
            return await self.proposal(call.id, tool, arguments)
        except ToolError as error:
            return ToolResult(call.id, f"{FAILED}{error}", failed=True)

    async def checked(self, tool: Tool, arguments: Mapping[str, Json] | str) -> dict[str, Json]:
        """Arguments that fit, with the files of the thread as they are now; for `verdict` and `proposal`.

        Raises `ToolError`.
        """
        checked = tool.parse(arguments)
        named = tool.files(checked)
        return tool.sealed(checked, await self._found(tool, named)) if named else checked

    async def changed_files(self, tool: Tool, sealed: Mapping[str, Json]) -> bool:
        """Whether a file is no longer what was sealed; what they hold is at hand for the call then.

        Raises `ToolError` when one is gone or cannot be read.
        """
        named = tool.files(sealed)
        found = await self._found(tool, named)
        return any(found[called(one)] != one for one in named)

    async def _found(self, tool: Tool, named: Sequence[Named]) -> dict[str, SealedFile]:
        """Files of the thread as they are now, by their names or ids as they are called."""
        found: dict[str, SealedFile] = {}
        for wanted in map(called, named):
            file, content = await self._files.find(self._run.thread, wanted)
            digest = hashlib.sha256(content).hexdigest()
            self._contents[digest] = content
            found[wanted] = SealedFile(file.id, file.name, file.type, len(content), digest)
            if sum(one.size for one in found.values()) > FILES_BYTES:
                raise ToolError(f"{tool.name}: {because('files_larger')}")
        return found

    async def proposal(self, call_id: str, tool: Tool, arguments: Mapping[str, Json]) -> Proposal:
        """What a call would do, and the facts that justify it, read now. Raises `ToolError` when they can't be read.

        The facts first: what changes between the two looks is then seen before the effect, when they are compared.
        """
        await self._refuse_what_is_paused(tool)
        ctx = self._context([])
        witness = await _guarded(tool, tool.facts(ctx, arguments, contents=self._contents))
        preview = await _guarded(tool, tool.show(ctx, arguments, contents=self._contents))
        return Proposal(call_id, tool.name, arguments, preview, witness)

    def draft(self, proposal: Proposal, *, replaces: Approval | None = None, editor: str = "") -> Draft:
        """A proposal as it is to be decided: sealed, with what the rules asked when its call was last judged here."""
        tool = self._catalog[proposal.tool]
        return self._drafted(
            proposal.call_id,
            _sealed(tool, self._run.requester, proposal.arguments, proposal.preview, proposal.witness),
            self._verdicts[proposal.call_id],
            replaces=replaces.id if replaces else None,
            authors=(*(replaces.authors if replaces else ()), *filter(None, [editor])),
        )

    def undo_draft(self, call_id: str, tool: Tool, done: Approval, verdict: Verdict, seconds: float) -> Draft:
        """The proposal to take back what was done; after so many seconds it is too late for it."""
        summary = done.receipt.get("summary") if isinstance(done.receipt, dict) else None
        preview = {"undo": done.label, "receipt": summary or done.receipt}
        sealed = _sealed(tool, self._run.requester, done.sealed.arguments, preview, {}, undoes=done.id)
        draft = self._drafted(call_id, sealed, verdict)
        return replace(draft, terms=replace(draft.terms, expires=min(draft.terms.expires, int(seconds))))

    def _drafted(self, call_id: str, sealed: Sealed, verdict: Verdict, **more: Any) -> Draft:
        assert not isinstance(verdict, Deny)  # what is denied is never proposed
        asks = (verdict.needs, verdict.terms) if isinstance(verdict, Ask) else ((), Terms())
        return Draft(call_id, sealed, verdict.rules, *asks, policy=self._policy.hash, **more)

    async def facts(self, tool: Tool, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
        """The witness as it is now. Raises `ToolError` when it cannot be read."""
        facts: Mapping[str, Json] = await _guarded(
            tool, tool.facts(self._context([]), arguments, contents=self._contents)
        )
        return facts

    async def carry_out(
        self, tool: Tool, arguments: Mapping[str, Json], key: str, witness: Mapping[str, Json]
    ) -> Returned | Declined | Doubtful:
        """Call the tool for real, once; `changed_files` has been asked before."""
        ctx = replace(self._context([]), idempotency_key=key, witness=witness)
        return await _outcome(tool, tool.call(ctx, arguments, contents=self._contents))

    async def take_back(self, tool: Tool, receipt: Json, key: str) -> Returned | Declined | Doubtful:
        """Undo for real, once."""
        ctx = replace(self._context([]), idempotency_key=key)
        return await _outcome(tool, tool.take_back(ctx, receipt))

    async def reconcile(self, tool: Tool, key: str, witness: Mapping[str, Json]) -> Done | NotDone | Unsure:
        """Ask the target system what became of the call for which these facts were shown."""
        try:
            return await tool.settle(replace(self._context([]), witness=witness), key)
        except Exception as error:  # as above: the answer is then that we don't know
            log.exception("the tool could not reconcile", tool=tool.name)
            return Unsure(_cause(tool, error))

    async def _read(self, tool: Tool, ctx: RunContext, arguments: Mapping[str, Json]) -> Json:
        await self._refuse_what_is_paused(tool)
        failure = None
        try:
            return await _guarded(tool, tool.call(ctx, arguments, contents=self._contents))
        except ToolError as error:
            failure = str(error)
            raise
        finally:
            self._readings.append(Reading(tool.name, dt.datetime.now(dt.UTC), failure))

    async def _refuse_what_is_paused(self, tool: Tool) -> None:
        if refusal := await self._switches.refusal(tool.name, self._run.agent):
            raise ToolError(refusal)

    def _known(self, call: ToolCall) -> Tool:
        tool = self._catalog.get(call.name)
        if tool is not None and self._has(tool.name):
            self._left_out = [name for name in self._left_out if name != tool.name]
            return tool
        self._note(call.id, self._case(call.name, None, {}), {})
        own = ", ".join(sorted(filter(self._has, self._catalog)))
        if tool is not None:
            raise ToolError(because("not_its_tool", agent=self._run.agent, tool=call.name, tools=own))
        raise ToolError(because("no_such_tool", tool=call.name, tools=own))

    def _asks(self) -> Sequence[str]:
        """The agents that this one may ask."""
        return [name for name in self.agent.asks if name in self._agents] if self.agent else []

    def _handed_over(self, call: ToolCall) -> Handoff:
        """Raises `ToolError` when it asks nothing, or when too much was asked already."""
        request = request_of(call)
        if refusal := self._room.refusal:
            raise ToolError(refusal)
        self._room = replace(self._room, begun=self._room.begun + 1)
        return Handoff(call.id, call.name.removeprefix(ASK), request)

    def _own(self) -> Sequence[Tool]:
        return [tool for tool in self._catalog.values() if self._has(tool.name)]

    def _has(self, tool: str) -> bool:
        """Whether the run's agent has a tool; one that is gone has none, and what is taken back is nobody's."""
        return self.agent.has(tool) if self.agent else self._run.agent == NO_AGENT

    def _note(self, call_id: str, case: Case, arguments: Mapping[str, Json]) -> Verdict:
        verdict = self._policy.decide(case)
        self._verdicts[call_id] = verdict
        self._rulings.append(Ruling.of(call_id, case, arguments, verdict, self._policy.hash))
        return verdict

    def _case(self, tool: str, effect: Effect | None, typed: Mapping[str, Any], *, undo: bool = False) -> Case:
        thread = self._run.thread
        return Case(
            tool=tool,
            effect=effect if self._has(tool) else None,
            arguments=typed,
            requester=self._run.requester,
            agent=self._run.agent,
            channel=thread.channel,
            direct=thread.is_direct,
            at=dt.datetime.now(dt.UTC),
            undo=undo,
        )

    def _context(self, found: list[Source]) -> RunContext:
        async def search(query: str, limit: int = 5) -> Sequence[Source]:
            looked_up = await self._library.look_up(query, limit, self._run.thread)
            passages = [replace(source, number=next(self._numbers)) for source in looked_up]
            found.extend(passages)
            return passages

        now = dt.datetime.now(dt.UTC).astimezone(self._actor.zone)
        standing = functools.partial(self._standing, self._actor.id)
        return RunContext(self._run.id, self._actor, now, self._catalog.systems, search=search, standing=standing)


def _result(call_id: str, tool: Tool, value: Json, now: dt.datetime, found: Sequence[Source]) -> ToolResult:
    """A value as the model reads it; its last line says where it came from and when."""
    shown = results.shown(value)
    provenance = Provenance(tool.origin or tool.system or "", now, shown.left_out)
    place = f"{provenance.system}: {tool.name}" if provenance.system else tool.name
    text = f"{shown.text}\n[From {place}, {now:%Y-%m-%d %H:%M}]"
    return ToolResult(call_id, text, sources=tuple(found), provenance=provenance)


def _sealed(
    tool: Tool,
    requester: str,
    arguments: Mapping[str, Json],
    preview: Mapping[str, Json],
    witness: Mapping[str, Json],
    **more: str,
) -> Sealed:
    return Sealed(tool.name, tool.schema_digest, arguments, requester, tool.system, preview, witness, **more)


async def _outcome(tool: Tool, work: Awaitable[Json]) -> Returned | Declined | Doubtful:
    """Await something that has an effect, and say what is known of it afterwards."""
    try:
        return Returned(await work or {})
    except ToolError as error:
        return Declined(str(error))
    except Exception as error:  # the author's code may raise anything; whatever it is, the effect may have happened
        log.exception("tool raised after it was called", tool=tool.name)
        return Doubtful(_cause(tool, error))


async def _guarded(tool: Tool, work: Awaitable[_T]) -> _T:
    """Await something that only reads; whatever goes wrong in it changes nothing."""
    try:
        return await work
    except ToolError:
        raise
    except Exception as error:  # the author's code may raise anything
        log.exception("tool failed while reading", tool=tool.name)
        raise ToolError(_cause(tool, error)) from error


def _cause(tool: Tool, error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"{tool.name}: {because('timed_out', seconds=f'{tool.timeout:g}')}"
    # its text may hold addresses and keys; the log has it
    return f"{tool.name}: {because('tool_error', error=type(error).__name__)}"
