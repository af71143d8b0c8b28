"""One agent asks another: its answer, its proposals and its failures come back, once, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.agents.handoff import DEEPEST, MOST
from tests.house import AMELIE, BRUNO, DAVID, SALES, House, text_of, until
from tests.provider import Provider, calls, calls_raw, hangs, says
from tests.test_agents import ask, offered, strong  # noqa: F401  (a fixture)
from tests.test_home import opened
from tests.test_live import hangs_then, sessions
from tests.test_reload import put
from tests.test_why import final, why

TEAM = """\
agents:
  front_desk: {tools: count_entries, asks: [production, logistics]}
  production: {about: What is made and when., tools: write_entry, asks: logistics, group: strong}
  logistics: {about: "What is shipped,\\n to whom.", tools: [count_entries, find_*], asks: [production], turns: 2}
"""
SEARCH = '''
"""The shelf."""
from bot import RunContext, tool


@tool(read_only=True)
async def find_rule(ctx: RunContext, query: str) -> list[str]:
    """Find a rule."""
    return [f"[{s.number}] {s.title}" for s in await ctx.search(query)]
'''


@pytest.fixture(scope="module")
def hired(_house: House, strong: None) -> Iterator[None]:  # noqa: F811
    """The agents, a search and two documents, for a Baton that is about to start."""
    documents = _house.home / "documents"
    documents.mkdir(exist_ok=True)
    files = {
        _house.tools / "agents.yaml": TEAM,
        _house.tools / "find_rule.py": SEARCH,
        documents / "livraison.md": "# Livraison\n\nLes pompes partent le mardi.\n",
        documents / "garantie.md": "# Garantie\n\nLes pompes sont garanties deux ans.\n",
    }
    for file, text in files.items():
        put(file, text)
    yield
    _house.baton.stop()
    for file in files:
        file.unlink()


@pytest.fixture
def team(house: House, hired: None) -> None:
    house.start()


def asks(agent: str, request: str) -> dict[str, Any]:
    return calls(f"ask_{agent}", request=request)


def runs(house: House) -> list[tuple[Any, ...]]:
    return house.rows("SELECT agent, status, parent_run IS NULL FROM runs ORDER BY created_at")


def test_several_agents_are_asked_and_one_answer_comes_of_it(house: House, provider: Provider, team: None) -> None:
    both = calls_raw("ask_production", '{"request": "What is made?"}', "ask_logistics", '{"request": "What leaves?"}')
    provider.script += [both, says("Pumps."), calls("count_entries"), says("Nothing leaves."), says("Des pompes.")]
    ts = ask(house, "<@UBATON01> où en est-on ?")
    house.answer(SALES, ts, "Des pompes.")
    house.settle()
    first, production, logistics, *_, last = provider.asked
    assert [offered(one) for one in (first, production, logistics)] == [
        ["count_entries", "ask_production", "ask_logistics"],
        ["write_entry", "ask_logistics"],
        ["find_rule", "count_entries", "ask_production"],
    ]
    assert (production["model"], first["model"]) == ("strong", "scripted")
    described = first["tools"][2]["function"]
    assert described["description"].startswith("Ask the agent logistics: What is shipped, to whom.\n\nIt works for")
    assert "You are the agent `production` of Baton." in production["messages"][0]["content"]
    said = [(m["role"], m["content"]) for m in production["messages"][1:]]
    assert said == [("user", "où en est-on ?"), ("user", "What is made?")]
    assert provider.results() == [
        '{"agent": "production", "answer": "Pumps.", "proposals": []}',
        '{"agent": "logistics", "answer": "Nothing leaves.", "proposals": []}',
    ]
    assert len(last["messages"]) == 5, "the question, its calls, both results"
    assert [text for text in house.said(SALES, ts) if "Pumps" in text or "Nothing leaves" in text] == []
    assert runs(house) == [
        ("front_desk", "answered", True), ("production", "answered", False), ("logistics", "answered", False),
    ]  # fmt: skip
    told = why(house, DAVID, final(house, SALES, ts))
    assert "Agent *front desk*" in told
    assert "Other agents that worked on it: *production*, *logistics*" in told


def test_what_an_agent_that_was_asked_proposes_is_decided_in_the_thread_and_its_receipt_bears_out_the_answer(
    house: House, provider: Provider, team: None
) -> None:
    write, done = calls("write_entry", text="bonjour"), "J'ai écrit la ligne 1 dans le livre."
    provider.script += [asks("production", "Write 'bonjour'"), write, says("I wrote line 1."), says(done)]
    ts = ask(house)
    card = house.card(SALES, ts, showing="En attente de")
    assert house.rows("SELECT r.agent, r.requester FROM approvals a JOIN runs r ON r.id = a.run_id") == [
        ("production", AMELIE)
    ]
    house.slack.click(BRUNO, card, "approve")
    answer = house.answer(SALES, ts, done)
    assert house.written() == ["bonjour"]
    assert "✅ P-" in answer
    (result,) = provider.results()
    told = json.loads(result)
    assert (told["answer"], [one["status"] for one in told["proposals"]]) == ("I wrote line 1.", ["executed"])
    assert runs(house) == [("front_desk", "answered", True), ("production", "answered", False)]
    assert "run.claim_removed" not in house.audit()


def test_a_claim_that_the_other_agents_ledger_does_not_bear_out_is_removed_from_both_answers(
    house: House, provider: Provider, team: None
) -> None:
    provider.script += [
        asks("production", "Write 'bonjour'"), calls("write_entry", text="bonjour"),
        says("I wrote the line into the book."), says("J'ai écrit la ligne dans le livre."),
    ]  # fmt: skip
    ts = ask(house)
    house.reject(BRUNO, house.card(SALES, ts, showing="En attente de"))
    house.answer(SALES, ts, "🚫 P-")
    house.settle()
    assert json.loads(provider.results()[0])["answer"] == ""
    assert [text for text in house.said(SALES, ts) if "J'ai écrit" in text] == []
    assert house.audit().count("run.claim_removed") == 2


def test_an_agent_that_comes_to_no_end_is_a_failed_call_with_its_reason(
    house: House, provider: Provider, team: None
) -> None:
    provider.script += [asks("logistics", "Count"), *[calls("count_entries")] * 2, says("Je ne sais pas.")]
    ts = ask(house)
    house.answer(SALES, ts, "Je ne sais pas.")
    assert provider.results() == ["Error: the agent 'logistics' gave no answer: no answer after 2 turns of the model"]
    assert runs(house) == [("front_desk", "answered", True), ("logistics", "failed", False)]
    assert [text for text in house.said(SALES, ts) if "pas pu répondre" in text] == []


def test_agents_ask_each_other_only_so_deep(house: House, provider: Provider, team: None) -> None:
    down = [asks(("production", "logistics")[depth % 2], f"level {depth}") for depth in range(DEEPEST + 1)]
    provider.script += [*down, *[says(f"back {depth}") for depth in range(DEEPEST)], says("Voilà.")]
    house.answer(SALES, ask(house), "Voilà.")
    refused = provider.asked[DEEPEST + 1]["messages"][-1]["content"]
    assert refused == f"Error: agents ask each other at most {DEEPEST} times in a row: answer with what you know"
    assert len(runs(house)) == 1 + DEEPEST


def test_one_question_begins_only_so_many_runs(house: House, provider: Provider, team: None) -> None:
    many = [part for number in range(MOST + 2) for part in ("ask_production", json.dumps({"request": f"no. {number}"}))]
    half = len(many) // 2
    provider.script += [calls_raw(*many[:half]), *[says("yes")] * (half // 2), calls_raw(*many[half:])]
    provider.script += [*[says("yes")] * (MOST - half // 2), says("Voilà.")]
    house.answer(SALES, ask(house), "Voilà.")
    refusal = f"Error: one question lets agents ask each other at most {MOST} times: answer with what you know"
    assert provider.results().count(refusal) == 2
    assert len(runs(house)) == 1 + MOST


def test_an_agent_that_is_not_to_be_asked_and_a_request_without_words_are_refused(
    house: House, provider: Provider, team: None
) -> None:
    provider.script += [asks("logistics", "Ask on"), asks("front_desk", "hello"), says("no"), asks("production", " ")]
    provider.script += [says("Voilà.")]
    house.answer(SALES, ask(house), "Voilà.")
    refused = provider.asked[2]["messages"][-1]["content"]
    assert refused == "Error: there is no tool 'ask_front_desk' (there are: count_entries, find_rule)"
    assert provider.results()[-1] == (
        "Error: ask_production: write `request`, what you want to know or have done, in 1 to 4000 characters"
    )


def test_a_paused_agent_is_not_asked_and_the_switches_know_the_agents_of_the_file(
    house: House, provider: Provider, team: None
) -> None:
    assert "production" in house.slack.command(DAVID, "/baton pause agent production", SALES)
    provider.script += [asks("production", "Write"), says("Elle est en pause.")]
    house.answer(SALES, ask(house), "Elle est en pause.")
    assert provider.results() == ["Error: the agent 'production' gave no answer: it is paused"]
    assert len(provider.asked) == 2
    told = text_of(opened(house, DAVID, showing="For administrators"))
    assert all(name in told for name in ("front_desk", "production", "logistics"))


def test_stop_ends_the_work_of_all(house: House, provider: Provider, team: None) -> None:
    provider.script += [asks("production", "Write"), hangs]
    ts = ask(house)
    assert provider.waiting.wait(30)
    until("Slack shows Stop", lambda: sessions(house, ts)[-1:] == ["processing"])
    house.slack.stop(AMELIE, SALES, ts)
    house.answer(SALES, ts, "Arrêté par")
    house.settle()
    provider.go_on.set()
    assert house.rows("SELECT agent, status, stopped_by FROM runs ORDER BY created_at") == [
        ("front_desk", "answered", AMELIE), ("production", "failed", AMELIE),
    ]  # fmt: skip
    assert len(house.said(SALES, ts)) == 1
    assert len(provider.asked) == 2


def test_a_question_that_is_taken_back_withdraws_what_the_other_agent_proposed(
    house: House, provider: Provider, team: None
) -> None:
    provider.script += [asks("production", "Write"), calls("write_entry", text="bonjour")]
    ts = ask(house)
    house.card(SALES, ts, showing="En attente de")
    house.slack.delete(AMELIE, SALES, ts)
    house.settle()
    until("both are over", lambda: all(status in ("answered", "failed") for _, status, _ in runs(house)))
    assert (house.approvals(), house.written()) == (["withdrawn"], [])


def test_a_stop_that_crosses_the_asking_leaves_nobody_at_work(house: House, provider: Provider, team: None) -> None:
    provider.script += [hangs_then(asks("production", "Write"))]
    ts = ask(house)
    assert provider.waiting.wait(30)
    until("Slack shows Stop", lambda: sessions(house, ts)[-1:] == ["processing"])
    house.slack.stop(AMELIE, SALES, ts)
    provider.go_on.set()
    house.answer(SALES, ts, "Arrêté par")
    house.settle()
    assert {status for _, status, _ in runs(house)} <= {"answered", "failed"}
    assert len(provider.asked) == 1


def test_passages_keep_their_place_behind_the_words_that_rest_on_them(
    house: House, provider: Provider, team: None
) -> None:
    house.baton.wait_for("pages: 2 added")
    find = calls("find_rule", query="quand partent les pompes ?")
    provider.script += [
        asks("logistics", "When do pumps leave?"), find, says("On Tuesdays [1]."),
        asks("logistics", "And the warranty?"), calls("find_rule", query="garantie des pompes"),
        says("Two years [1], and [2], not [9]."),
        says("Le mardi [1], garanties deux ans [2]."),
    ]  # fmt: skip
    ts = ask(house)
    answer = house.answer(SALES, ts, "Le mardi")
    assert [json.loads(result)["answer"] for result in provider.results()] == [
        "On Tuesdays [1].",
        "Two years [2], and [3], not (9).",
    ]
    assert answer.index("Livraison") < answer.index("Garantie")


def test_a_death_while_an_agent_works_for_another_asks_nobody_twice(
    house: House, provider: Provider, team: None
) -> None:
    provider.script += [asks("production", "Write 'bonjour'"), calls("write_entry", text="bonjour")]
    ts = ask(house)
    card = house.card(SALES, ts, showing="En attente de")
    house.hold("runs", "NEW.parent_run IS NOT NULL AND NEW.status = 'answered'")
    provider.script += [says("I wrote it."), says("I wrote it."), says("J'ai écrit la ligne.")]
    house.slack.click(BRUNO, card, "approve")
    until("the other agent is about to end", house.held)
    house.baton.kill()
    house.release()
    house.start()
    house.answer(SALES, ts, "J'ai écrit la ligne.")
    house.settle()
    assert (runs(house), house.written()) == (
        [("front_desk", "answered", True), ("production", "answered", False)],
        ["bonjour"],
    )
    assert len([text for text in house.said(SALES, ts) if "J'ai écrit" in text]) == 1
