"""The loop with a model that follows a script; then the desk, which is what it may do in the world."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.agents.agent import Agent
from bot.agents.loop import CALLS_AT_ONCE, GaveUp, Turn, run
from bot.agents.shortlist import Shortlist
from bot.desk import Declined, Desk, Doubtful, Returned
from bot.errors import ModelError
from bot.models.model import Reply
from bot.models.scripted import Scripted
from bot.policy.in_force import InForce
from bot.policy.policy import Group, Policy, Rule
from bot.state.runs import Run
from bot.tooling.catalog import Catalog
from bot.tooling.context import Done, NotDone, Unsure
from bot.tooling.results import CHARACTERS
from bot.types import Actor, Answer, Json, Message, Paused, Proposal, SharedFile, Source, Thread, ToolCall, ToolResult

AGENT = Agent("front_desk", "Be kind.")
QUESTION = [Message("system", "Be kind."), Message("user", "How many lines?")]
PASSAGE = Source("p1", 1, "Terms", "Payment", "Within 30 days.")


@dataclass
class Book:
    """Hands that read from a book and propose to write into it."""

    taken: list[ToolCall] = field(default_factory=list)

    def tools(self) -> Sequence[Json]:
        return [{"type": "function", "function": {"name": "read"}}]

    async def take(self, call: ToolCall) -> ToolResult | Proposal:
        self.taken.append(call)
        if call.name == "read":
            return ToolResult(call.id, f"read {call.arguments}", sources=(PASSAGE,))
        if call.name == "write":
            return Proposal(call.id, "write", {"text": call.arguments})
        return ToolResult(call.id, f"Error: there is no tool '{call.name}'", failed=True)


def calls(*names: str, id: str = "same", arguments: str = "{}") -> Reply:
    return Reply("", tuple(ToolCall(id, name, arguments) for name in names), "scripted")


def said(turn: Turn) -> list[tuple[str, str]]:
    return [(step.message.role, step.message.content) for step in turn.steps]


async def test_an_answer_ends_the_loop() -> None:
    model = Scripted(Reply("Seven.", model="scripted"))
    turn = await run(AGENT, QUESTION, model, Book())
    assert turn.outcome == Answer("Seven.", (), "scripted")
    assert said(turn) == [("assistant", "Seven.")]
    assert model.asked == [tuple(QUESTION)]


async def test_what_was_read_reaches_the_model_and_its_sources_the_answer() -> None:
    model, book = Scripted(calls("read"), Reply("Seven [1].")), Book()
    turn = await run(AGENT, QUESTION, model, book)
    assert said(turn) == [("assistant", ""), ("tool", "read {}"), ("assistant", "Seven [1].")]
    assert turn.outcome == Answer("Seven [1].", (PASSAGE,))
    assert model.asked[1][len(QUESTION) :] == tuple(step.message for step in turn.steps[:2])
    assert turn.steps[1].message.call_id == turn.steps[0].message.calls[0].id == book.taken[0].id


async def test_a_proposal_pauses_and_what_was_read_beside_it_is_kept() -> None:
    model = Scripted(calls("read", "write"))
    turn = await run(AGENT, QUESTION, model, Book())
    read, write = turn.steps[0].message.calls
    assert turn.outcome == Paused((Proposal(write.id, "write", {"text": "{}"}),))
    assert said(turn) == [("assistant", ""), ("tool", "read {}")]
    assert turn.steps[1].message.call_id == read.id
    assert turn.steps[1].sources == (PASSAGE,)


async def test_several_proposals_of_one_reply_pause_together() -> None:
    turn = await run(AGENT, QUESTION, Scripted(calls("write", "write")), Book())
    assert isinstance(turn.outcome, Paused)
    assert [p.call_id for p in turn.outcome.proposals] == [c.id for c in turn.steps[0].message.calls]


async def test_a_call_that_cannot_be_done_goes_back_to_the_model() -> None:
    model = Scripted(calls("sing"), Reply("I cannot sing."))
    turn = await run(AGENT, QUESTION, model, Book())
    assert model.asked[1][-1].content == "Error: there is no tool 'sing'"
    assert turn.outcome == Answer("I cannot sing.")


async def test_mistakes_are_bounded() -> None:
    model = Scripted(*[calls("sing")] * 20)
    with pytest.raises(GaveUp, match=r"3 calls .*no tool 'sing'"):
        await run(replace(AGENT, mistakes=2), QUESTION, model, Book())
    assert len(model.asked) == 3


async def test_turns_are_bounded() -> None:
    model = Scripted(*[calls("read")] * 20)
    with pytest.raises(GaveUp, match="no answer after 3 turns"):
        await run(replace(AGENT, turns=3), QUESTION, model, Book())
    assert len(model.asked) == 3


async def test_ids_are_our_own_even_if_the_model_repeats_its_own() -> None:
    book = Book()
    await run(AGENT, QUESTION, Scripted(calls("read", "read"), calls("read"), Reply("Seven.")), book)
    ids = [call.id for call in book.taken]
    assert len(set(ids)) == 3
    assert "same" not in ids


async def test_too_many_calls_at_once_are_refused_and_each_gets_its_answer() -> None:
    book = Book()
    turn = await run(AGENT, QUESTION, Scripted(calls(*["read"] * (CALLS_AT_ONCE + 2)), Reply("Enough.")), book)
    results = [step.message for step in turn.steps if step.message.role == "tool"]
    assert len(book.taken) == CALLS_AT_ONCE
    assert [result.call_id for result in results] == [call.id for call in turn.steps[0].message.calls]
    assert [result.content.startswith("Error: at most") for result in results] == [False] * CALLS_AT_ONCE + [True] * 2


async def test_a_model_that_fails_ends_the_loop() -> None:
    with pytest.raises(ModelError):
        await run(AGENT, QUESTION, Scripted(calls("read")), Book())


# ---- the desk

BRUNO = Actor("U0BRUNO001", "Bruno", "fr-FR", "Europe/Paris")
RUN = Run("run_1", Thread("T1", "C1", "1.1"), BRUNO.id, "fr", "front_desk", "ready", 1, 1)
TOOLS = Path(__file__).parent / "ledger_tools"

EXTRA = '''
"""Shelves."""
from decimal import Decimal
from typing import Any
from bot import Done, File, RunContext, ToolError, tool


@tool(read_only=True)
def weigh(ctx: RunContext, files: list[File]) -> int:
    """Weigh files."""
    return sum(len(file.content) for file in files)


@tool(read_only=True)
async def find(ctx: RunContext, query: str) -> list[str]:
    """Find passages."""
    return [f"[{s.number}] {s.title}" for s in await ctx.search(query)]


@tool(read_only=True, system="attic")
def read_part(ctx: RunContext) -> dict[str, Any]:
    """Read one half of a shelf."""
    return {"left_out": ["the other half"], "rows": ["x" * 390] * 60}


@tool(read_only=True)
def read_all(ctx: RunContext, lines: int) -> str:
    """Read a long book."""
    return "x" * lines


@tool(read_only=True, timeout=0.01)
async def read_slowly(ctx: RunContext) -> None:
    """Read for a long time."""
    import asyncio
    await asyncio.sleep(30)


@tool
def write_amount(ctx: RunContext, amount: Decimal) -> dict[str, Any]:
    """Write an amount."""
    return {"amount": amount, "key": ctx.idempotency_key}


@write_amount.reconcile
def _reconcile(ctx: RunContext, key: str) -> Done:
    return Done({"key": key, "net": ctx.witness["net"]})


LOOKS = []


@tool
def write_shortly(ctx: RunContext) -> None:
    """Write what changes at every look."""


@write_shortly.preview
def _shown(ctx: RunContext) -> dict[str, Any]:
    LOOKS.append("shown")
    return {"look": len(LOOKS)}


@write_shortly.witness
def _facts(ctx: RunContext) -> dict[str, Any]:
    LOOKS.append("facts")
    return {"look": len(LOOKS)}


@write_amount.preview
def _preview(ctx: RunContext, amount: Decimal) -> dict[str, Any]:
    if amount < 0:
        raise ToolError("below zero")
    if amount == 0:
        raise RuntimeError("no paper")
    return {"net": amount / 2}
'''


class Shelf:
    """Always the same two passages."""

    async def look_up(self, query: str, limit: int, thread: Thread) -> Sequence[Source]:
        return [Source("a", 0, "Terms"), Source("b", 0, "Safety")][:limit]

    async def find(self, thread: Thread, wanted: str) -> tuple[SharedFile, bytes]:
        """Two files of the most that Slack gives, and a small one."""
        content = {"one.bin": b"1" * 20_000_000, "two.bin": b"2" * 20_000_000, "tip.txt": b"!"}[wanted]
        return SharedFile(f"F-{wanted}", wanted, "text/plain", len(content), ""), content


class Unasked:
    """No model of meanings: where tools are few, none is needed."""

    def embed(self, texts: Sequence[str], kind: str) -> list[list[float]]:
        raise AssertionError(texts)


class OnePaused:
    """One tool is paused."""

    async def refusal(self, tool: str, agent: str) -> str | None:
        return f"{tool} is paused by David Moreau" if tool == "write_blindly" else None


async def nothing(person: str) -> Json:
    return {}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Makes desks with the book's tools and some more."""
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
    folder = tmp_path / "shelves"
    folder.mkdir()
    (folder / "shelves.py").write_text(EXTRA)
    (folder / "sources.yaml").write_text("systems: {attic: {base_url: http://attic.test}}")
    catalog = Catalog({**Catalog.load(TOOLS), **Catalog.load(folder)}, {})

    def make(*rules: Rule, sources_so_far: int = 0) -> Desk:
        policy = Policy({"finance": Group(members="@finance")}, rules)
        return Desk(
            catalog,
            {"front_desk": AGENT},
            Shortlist(Unasked()),
            InForce.of(policy),
            Shelf(),
            Shelf(),
            OnePaused(),
            nothing,
            RUN,
            BRUNO,
            sources_so_far=sources_so_far,
        )

    return make


def call(name: str, **arguments: Json) -> ToolCall:
    return ToolCall("call_1", name, json.dumps(arguments))


def read(result: ToolResult | Proposal, place: str) -> str:
    """What was read, without the line below it that says where and when."""
    assert isinstance(result, ToolResult)
    assert result.provenance is not None
    text, _, line = result.content.rpartition("\n")
    assert line == f"[From {place}, {result.provenance.at.astimezone(BRUNO.zone):%Y-%m-%d %H:%M}]"
    return text


def failed(content: str) -> ToolResult:
    return ToolResult("call_1", f"Error: {content}", failed=True)


async def test_the_desk_reads_at_once(desk: Callable[..., Desk]) -> None:
    result = await desk().take(call("count_entries"))
    assert read(result, "count_entries") == '{"summary": "0 lines", "lines": 0}'
    assert result.provenance.left_out == ()


async def test_a_result_says_from_which_system_it_is_and_what_its_tool_left_out(desk: Callable[..., Desk]) -> None:
    result = await desk().take(call("read_part"))
    assert read(result, "attic: read_part").startswith('{"left_out": ["the other half"]')
    assert result.provenance.system == "attic"
    assert result.provenance.left_out == ("the other half", "50 out of 60 entries of rows were read")


async def test_the_files_of_one_call_are_40_megabytes_at_most(desk: Callable[..., Desk]) -> None:
    most = await desk().take(call("weigh", files=["one.bin", "two.bin"]))
    assert read(most, "weigh") == "40000000"
    assert await desk().take(call("weigh", files=["one.bin", "two.bin", "tip.txt"])) == failed(
        "weigh: the files of one call are larger than 40 MB together"
    )


async def test_a_paused_tool_is_not_even_previewed(desk: Callable[..., Desk]) -> None:
    refused = await desk().take(call("write_blindly", text="hello"))
    assert refused == failed("write_blindly is paused by David Moreau")


async def test_the_desk_makes_a_proposal_of_what_is_consequential_and_does_nothing(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    proposal = await desk().take(call("write_entry", text="hello"))
    assert proposal == Proposal("call_1", "write_entry", {"text": "hello", "behaviour": "ok"}, {"line": 1})
    page = await desk().take(call("write_on_page", text="hello"))
    assert page == Proposal("call_1", "write_on_page", {"text": "hello"}, {}, {"page": "1"})
    assert not (tmp_path / "ledger").exists()


async def test_an_allowed_effect_is_still_a_proposal(desk: Callable[..., Desk]) -> None:
    allowed = desk(Rule(name="free", tools="*", effect="allow"))
    assert isinstance(await allowed.take(call("write_entry", text="hello")), Proposal)


async def test_a_read_that_a_rule_asks_for_waits_too(desk: Callable[..., Desk]) -> None:
    asking = desk(Rule(name="private", tools="count_*", effect="ask", of="finance"))
    assert await asking.take(call("count_entries")) == Proposal("call_1", "count_entries", {})


async def test_what_the_rules_deny_is_refused_with_the_rule(desk: Callable[..., Desk]) -> None:
    denying = desk(Rule(name="book is closed", tools="*", effect="deny"))
    assert await denying.take(call("write_entry", text="x")) == failed(
        "write_entry is not allowed (rule: book is closed)"
    )
    assert await denying.take(call("count_entries")) == failed("count_entries is not allowed (rule: book is closed)")


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (call("sing"), ["there is no tool 'sing'", "count_entries"]),
        (call("write_entry"), ["write_entry: text: this is needed"]),
        (call("write_entry", text="x", tone="loud"), ["tone: there is no argument of this name"]),
        (call("write_entry", text="x", behaviour="sing"), ["behaviour: this has to be one of these: 'ok'"]),
        (ToolCall("call_1", "write_entry", '{"text": '), ["not valid JSON"]),
        (ToolCall("call_1", "write_entry", '["text"]'), ["arguments: this has to be an object with names and values"]),
        (call("write_amount", amount=-1), ["below zero"]),
        (call("write_amount", amount=0), ["write_amount: an error inside the tool (RuntimeError)"]),
        (call("read_broken"), ["read_broken: an error inside the tool (KeyError)"]),
        (call("read_slowly"), ["read_slowly: no answer within 0.01 s"]),
    ],
    ids=lambda value: value.name if isinstance(value, ToolCall) else "",
)
async def test_what_cannot_be_done_is_said_and_nothing_is_raised(
    desk: Callable[..., Desk], wish: ToolCall, words: list[str]
) -> None:
    result = await desk().take(wish)
    assert isinstance(result, ToolResult)
    assert result.failed
    assert [word for word in words if word not in result.content] == []


async def test_a_huge_result_is_cut_and_says_so(desk: Callable[..., Desk]) -> None:
    whole = await desk().take(call("read_all", lines=CHARACTERS - 2))
    cut = await desk().take(call("read_all", lines=CHARACTERS + 500))
    assert isinstance(whole, ToolResult)
    assert isinstance(cut, ToolResult)
    assert "Left out" not in whole.content
    assert read(cut, "read_all").endswith(
        '…"\n[Left out here for length, ask for less or for a part: 15000 out of 20500 characters were read]'
    )


async def test_sources_are_numbered_through_the_run(desk: Callable[..., Desk]) -> None:
    reading = desk(sources_so_far=3)
    first = await reading.take(call("find", query="terms"))
    second = await reading.take(call("find", query="safety"))
    assert isinstance(first, ToolResult)
    assert isinstance(second, ToolResult)
    assert read(first, "find") == '["[4] Terms", "[5] Safety"]'
    assert first.sources == (Source("a", 4, "Terms"), Source("b", 5, "Safety"))
    assert [source.number for source in second.sources] == [6, 7]


async def test_what_is_shown_is_never_older_than_the_facts_that_are_compared(desk: Callable[..., Desk]) -> None:
    proposal = await desk().take(call("write_shortly"))
    assert isinstance(proposal, Proposal)
    assert (proposal.witness, proposal.preview) == ({"look": 1}, {"look": 2})


async def test_an_effect_gets_its_key_and_exact_amounts(desk: Callable[..., Desk]) -> None:
    writing = desk()
    tool = writing.tool("write_amount")
    assert tool is not None
    proposal = await writing.take(ToolCall("call_1", "write_amount", '{"amount": 1.10}'))
    assert proposal == Proposal("call_1", "write_amount", {"amount": "1.10"}, {"net": "0.55"})
    assert await writing.carry_out(tool, {"amount": "1.10"}, "ap_1", {}) == Returned({"amount": "1.10", "key": "ap_1"})


@pytest.mark.parametrize(
    ("behaviour", "outcome", "found"),
    [
        ("ok", Returned({"reference": "E-1", "summary": "“x” is in the book"}), Done),
        ("decline", Declined("the book is closed"), NotDone),
        ("break", Doubtful("write_entry: an error inside the tool (RuntimeError)"), NotDone),
        ("break after", Doubtful("write_entry: an error inside the tool (RuntimeError)"), Done),
    ],
)
async def test_an_effect_returns_is_declined_or_is_in_doubt_and_then_looked_up(
    desk: Callable[..., Desk], behaviour: str, outcome: object, found: type
) -> None:
    writing = desk()
    tool = writing.tool("write_entry")
    assert tool is not None
    assert await writing.carry_out(tool, {"text": "x", "behaviour": behaviour}, "ap_1", {}) == outcome
    assert isinstance(await writing.reconcile(tool, "ap_1", {}), found)


async def test_looking_it_up_a_tool_has_the_facts_that_were_shown(desk: Callable[..., Desk]) -> None:
    tool = desk().tool("write_amount")
    assert tool is not None
    found = await desk().reconcile(tool, "ap_1", {"net": "0.55"})
    assert found == Done({"key": "ap_1", "net": "0.55"})


async def test_a_tool_that_cannot_look_it_up_is_unsure(desk: Callable[..., Desk]) -> None:
    tool = desk().tool("write_blindly")
    assert tool is not None
    assert isinstance(await desk().reconcile(tool, "ap_1", {}), Unsure)
