"""What one run can do in the world: look at once, propose under policy, carry out what was decided. Writes no state."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import structlog

from bot.errors import ToolError
from bot.policy.policy import Allow, Deny, Policy, Verdict
from bot.tooling.catalog import Catalog
from bot.tooling.tool import Done, NotDone, RunContext, Tool, Unsure
from bot.types import Actor, Json, Proposal, Source, ToolCall, ToolResult

RESULT_CHARACTERS = 20_000  # of one tool result that a model gets to read

log = structlog.get_logger()
_T = TypeVar("_T")


class Library(Protocol):
    """The company's documents."""

    async def look_up(self, query: str, limit: int) -> Sequence[Source]: ...


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


class Desk:
    """The tools, the documents and the rules, for one run of one person."""

    def __init__(
        self, catalog: Catalog, policy: Policy, library: Library, run_id: str, actor: Actor, *, sources_so_far: int = 0
    ) -> None:
        self._catalog = catalog
        self._policy = policy
        self._library = library
        self._run_id = run_id
        self._actor = actor
        self._numbers = itertools.count(sources_so_far + 1)

    def tools(self) -> Sequence[Json]:
        return self._catalog.describe()

    def tool(self, name: str) -> Tool | None:
        return self._catalog.get(name)

    def verdict(self, tool: Tool) -> Verdict:
        return self._policy.decide(tool.name, read_only=tool.read_only)

    async def take(self, call: ToolCall) -> ToolResult | Proposal:
        """Carry out a call that only reads, or make a proposal of it. What cannot be done is a failed result."""
        found: list[Source] = []
        ctx = self._context(found)
        try:
            tool = self._known(call.name)
            arguments = tool.parse(call.arguments)
            verdict = self.verdict(tool)
            if isinstance(verdict, Deny):
                raise ToolError(f"{tool.name} is not allowed (rule: {', '.join(verdict.rules)})")
            if tool.read_only and isinstance(verdict, Allow):
                value = await _guarded(tool, tool.call(ctx, arguments))
                return ToolResult(call.id, _text(value), sources=tuple(found))
            preview = await _guarded(tool, tool.show(ctx, arguments))
            witness = await _guarded(tool, tool.facts(ctx, arguments))
            return Proposal(call.id, tool.name, arguments, preview, witness)
        except ToolError as error:
            return ToolResult(call.id, f"Error: {error}", failed=True)

    async def facts(self, tool: Tool, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
        """The witness as it is now. Raises `ToolError` when it cannot be read."""
        facts: Mapping[str, Json] = await _guarded(tool, tool.facts(self._context([]), arguments))
        return facts

    async def carry_out(
        self, tool: Tool, arguments: Mapping[str, Json], key: str, witness: Mapping[str, Json]
    ) -> Returned | Declined | Doubtful:
        """Call the tool for real, once."""
        ctx = replace(self._context([]), idempotency_key=key, witness=witness)
        try:
            return Returned(await tool.call(ctx, arguments) or {})
        except ToolError as error:
            return Declined(str(error))
        except Exception as error:  # the author's code may raise anything; whatever it is, the effect may have happened
            log.exception("tool raised after it was called", tool=tool.name)
            return Doubtful(_cause(tool, error))

    async def reconcile(self, tool: Tool, key: str) -> Done | NotDone | Unsure:
        """Ask the target system what became of the call."""
        try:
            return await tool.settle(self._context([]), key)
        except Exception as error:  # as above: the answer is then that we don't know
            log.exception("the tool could not reconcile", tool=tool.name)
            return Unsure(_cause(tool, error))

    def _known(self, name: str) -> Tool:
        tool = self._catalog.get(name)
        if tool is None:
            raise ToolError(f"there is no tool '{name}'; there are: {', '.join(sorted(self._catalog))}")
        return tool

    def _context(self, found: list[Source]) -> RunContext:
        async def search(query: str, limit: int = 5) -> Sequence[Source]:
            passages = [replace(s, number=next(self._numbers)) for s in await self._library.look_up(query, limit)]
            found.extend(passages)
            return passages

        now = dt.datetime.now(dt.UTC).astimezone(self._actor.zone)
        return RunContext(self._run_id, self._actor, now, self._catalog.systems, search=search)


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
        return f"{tool.name}: no answer within {tool.timeout:g} s"
    return f"{tool.name}: {type(error).__name__}"  # its text may hold addresses and keys; the log has it


def _text(value: Json) -> str:
    """A result as a model reads it; what is left out is said."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= RESULT_CHARACTERS:
        return text
    return f"{text[:RESULT_CHARACTERS]}\n[cut here: {len(text) - RESULT_CHARACTERS} more characters were left out]"
