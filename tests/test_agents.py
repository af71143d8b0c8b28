"""`agents.yaml`: an agent has the tools, the model and the limits that the file gives it, from the moment it is saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.agents.agent import FRONT_DESK, prompt
from bot.agents.roster import ADDED, Known, Roster
from bot.errors import ConfigError
from tests.house import AMELIE, BRUNO, DAVID, SALES, House, text_of, until
from tests.provider import Provider, calls, calls_raw, says
from tests.test_home import opened
from tests.test_reload import put

IN_FORCE = "other agents are in force"
NEUTRAL = "agents: {front_desk: {}}\n"

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def strong(_house: House, provider: Provider) -> Iterator[None]:
    """A second model group, `strong`; afterwards the house is without agents of its own again."""
    before = provider.models.read_text("utf-8")
    described = yaml.safe_load(before)
    (first,) = described["model_list"]
    strong = {"model_name": "strong", "litellm_params": {**first["litellm_params"], "model": "openai/strong"}}
    provider.models.write_text(yaml.safe_dump({"model_list": [first, strong]}), "utf-8")
    _house.baton.stop()
    yield
    _house.baton.stop()
    (_house.tools / "agents.yaml").unlink(missing_ok=True)
    provider.models.write_text(before, "utf-8")


@pytest.fixture
def agents(house: House, strong: None) -> Iterator[Say]:
    """Puts other agents in force, in a Baton that runs."""
    file = house.tools / "agents.yaml"

    def say(text: str) -> None:
        before = house.baton.output().count(IN_FORCE)
        put(file, text)
        until("the agents are in force", lambda: house.baton.output().count(IN_FORCE) > before)

    put(file, NEUTRAL)
    house.start()
    yield say
    if file.read_text("utf-8") != NEUTRAL:
        say(NEUTRAL)


def ask(house: House, words: str = "<@UBATON01> écris bonjour") -> str:
    return house.slack.say(AMELIE, words, SALES)


def offered(request: dict[str, Any]) -> list[str]:
    return [tool["function"]["name"] for tool in request.get("tools", [])]


def test_an_agent_cannot_call_a_tool_that_the_file_does_not_give_it_even_by_name(
    house: House, provider: Provider, agents: Say
) -> None:
    agents('agents: {front_desk: {tools: ["count_*", read_broken]}}')
    provider.script += [calls("write_freely", text="bonjour"), calls("count_entries"), says("Je ne peux pas écrire.")]
    house.answer(SALES, ask(house), "Je ne peux pas écrire.")
    assert [offered(request) for request in provider.asked] == [["count_entries", "read_broken"]] * 3
    assert [result.partition("\n")[0] for result in provider.results()] == [
        "Error: the agent 'front_desk' has no tool 'write_freely' (it has: count_entries, read_broken)",
        '{"summary": "0 lines", "lines": 0}',
    ]
    assert (house.approvals(), house.written()) == ([], [])
    texts = house.rows("SELECT data->>'text' FROM audit WHERE type = 'agents.in_force' ORDER BY seq")
    assert texts[-1][0] == 'agents: {front_desk: {tools: ["count_*", read_broken]}}'
    judged = (
        "SELECT data->>'tool', data->>'verdict', data->>'rules' FROM audit WHERE type = 'policy.ruled' ORDER BY seq"
    )
    assert house.rows(judged) == [
        ("write_freely", "deny", '["unknown tool"]'), ("count_entries", "allow", '["default"]'),
    ]  # fmt: skip


def test_what_an_agent_lost_before_the_approval_is_not_carried_out(
    house: House, provider: Provider, agents: Say
) -> None:
    provider.script += [calls("write_entry", text="bonjour"), says("Ce n'est plus permis.")]
    ts = ask(house)
    card = house.card(SALES, ts)
    agents("agents: {front_desk: {tools: count_entries}}")
    house.slack.click(BRUNO, card, "approve")
    house.settle()
    assert (house.approvals(), house.written()) == (["denied"], [])


def test_group_and_instructions_reach_the_model_and_batons_own_rules_stay(
    house: House, provider: Provider, agents: Say
) -> None:
    agents("agents:\n  front_desk:\n    group: strong\n    instructions: |\n      Say tu, never vous.\n")
    provider.script += [says("Salut.")]
    house.answer(SALES, ask(house), "Salut.")
    (asked,) = provider.asked
    assert asked["model"] == "strong"
    told = f"{prompt('front_desk').strip()}\n\n{ADDED}\n\nSay tu, never vous.\n\nToday: "
    assert asked["messages"][0]["content"].startswith(told)


def test_limits_of_the_file_bound_the_work(house: House, provider: Provider, agents: Say) -> None:
    agents("agents: {front_desk: {turns: 2, proposals: 1}}")
    provider.script += [calls("count_entries")] * 3
    house.answer(SALES, ask(house), "pas de réponse après 2 tours")
    assert len(provider.asked) == 2
    provider.script[:] = [calls_raw("write_entry", '{"text": "a"}', "write_entry", '{"text": "b"}')]
    house.answer(SALES, ask(house), "une question ne doit pas mener à plus de 1")
    assert house.approvals() == []


def test_a_file_that_is_wrong_leaves_the_agents_as_they_are_and_the_administrators_home_says_so(
    house: House, provider: Provider, agents: Say
) -> None:
    agents("agents: {front_desk: {tools: count_entries}}")
    put(house.tools / "agents.yaml", "agents: {front_desk: {tools: [write_entry, sing_*]}}")
    house.baton.wait_for("the file of the agents is wrong")
    provider.script += [says("Bonjour.")]
    house.answer(SALES, ask(house), "Bonjour.")
    assert offered(provider.asked[0]) == ["count_entries"], "the last good one"
    told = text_of(opened(house, DAVID, showing="For administrators"))
    assert "A file of the tools folder is wrong" in told
    assert "agents.yaml:1: front_desk: tools: 'sing_*' covers no tool; correct it" in told
    agents("agents: {front_desk: {tools: write_entry}}")
    assert "A file of the tools folder is wrong" not in text_of(opened(house, DAVID, showing="For administrators"))


def test_a_tool_that_was_taken_out_does_not_keep_baton_from_starting(house: House, strong: None) -> None:
    house.baton.stop()
    put(house.tools / "agents.yaml", "agents: {front_desk: {tools: [write_entry, sing_*]}}")
    house.start()
    said = "agents.yaml:1: front_desk: tools: 'sing_*' covers no tool; correct it"
    until("the Home says so", lambda: said in text_of(opened(house, DAVID, showing="For administrators")))
    put(house.tools / "agents.yaml", NEUTRAL)


def test_a_wrong_file_stops_the_start(house: House, strong: None) -> None:
    house.baton.stop()
    put(house.tools / "agents.yaml", "agents: {front_desk: {group: cheap}}")
    code, words = house.baton.refuse()
    put(house.tools / "agents.yaml", NEUTRAL)
    assert code == 2
    assert (
        "agents.yaml:1: front_desk: group: no deployment in BATON_MODELS has `model_name: cheap`; add one, or write "
        "one of: default, strong"
    ) in " ".join(words.split())


# ---- the file

KNOWN = Known(frozenset({"ask_stock", "check_stock", "pay"}), groups=frozenset({"default", "strong"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: write the agents below `agents:`, each with its name, or remove the file"),
        ("agents: {}", "1: write the agents below `agents:`, each with its name, or remove the file"),
        ("agents: [front_desk]", "1: write the agents below `agents:`, each with its name, or remove the file"),
        ("agents: {front_desk: {}}\nrules: []", "2: rules: this key is not known; known are agents. Remove it: "
         "nothing is guessed"),
        ("agents:\n  front_desk:\n    tool: pay", "3: front_desk: tool: this key is not known; known are instructions, "
         "tools, group, turns, mistakes, proposals, about, asks. Remove it: nothing is guessed"),
        ("agents:\n  front_desk: {tools: pay}\n  front_desk: {}", "3: is not valid YAML: 'front_desk' stands here twice"),
        ("agents:\n  front_desk:\n    tools: [pay, 'send_*']", "3: front_desk: tools: 'send_*' covers no tool; correct "
         "it, or take it out (`baton tools list` shows all)"),
        ("agents: {front_desk: {tools: []}}", "1: front_desk: tools: name a tool or a glob over tools, or several "
         "in a list; '*' covers all"),
        ("agents: {front_desk: {tools: ''}}", "1: front_desk: tools: 0: String should have at least 1 character"),
        ("agents: {front_desk: {turns: 0}}", "1: front_desk: turns: Input should be greater than or equal to 1"),
        ("agents: {front_desk: {turns: '8'}}", "1: front_desk: turns: Input should be a valid integer"),
        ("agents: {front_desk: {group: cheap}}", "1: front_desk: group: no deployment in BATON_MODELS has "
         "`model_name: cheap`; add one, or write one of: default, strong"),
        ("agents: {front_desk: {asks: sales}}", "1: front_desk: asks: 'sales' is no agent of this file; correct it, or "
         "describe it"),
        ("agents:\n  front_desk:\n    asks: [sales]\n  sales: {}", "3: front_desk: asks: 'sales' does not say what it is "
         "asked for; write a sentence as its `about:`"),
        ("agents: {front_desk: {asks: front_desk}}", "1: front_desk: asks: 'front_desk' cannot be asked here: agents ask "
         "others, and nobody asks front_desk"),
        ("agents: {sales: {about: Sells.}}", "1: sales: nobody asks it; write `asks: sales` at another agent, such as "
         "front_desk, or take it out"),
        ("agents: {front_desk: {asks: stock}, stock: {about: Stocks.}}", "1: front_desk: asks: a tool is called "
         "'ask_stock' already; give the agent or the tool another name"),
        ("agents: {front_desk: {asks: none}, none: {about: Nothing.}}",
         "1: none: cannot be an agent's name; write small letters, digits and _, at most 40, and "
         "not none"),
        ("agents: {front_desk: {asks: Sales-Team}, Sales-Team: {about: Sells.}}",
         "1: Sales-Team: cannot be an agent's name; write small letters, digits and _, at "
         "most 40, and not none"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_said_with_line_agent_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        Roster(file, KNOWN)
    assert str(refused.value) == f"{file}:{said}"


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text("agents:\n  front_desk:\n    tools: sing\n    group: cheap\n", "utf-8")
    with pytest.raises(ConfigError) as refused:
        Roster(file, KNOWN)
    assert [line.split(":")[1] for line in str(refused.value).splitlines()] == ["3", "4"]


def test_without_a_file_there_is_the_front_desk_with_every_tool(tmp_path: Path) -> None:
    roster = Roster(tmp_path / "agents.yaml", KNOWN)
    assert (list(roster), roster[FRONT_DESK].tools) == ([FRONT_DESK], ("*",))


def test_a_glob_for_tools_that_cannot_be_listed_yet_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text("agents: {front_desk: {tools: notes_*}}", "utf-8")
    assert Roster(file, Known(frozenset({"pay"}), whole=False))[FRONT_DESK].has("notes_read")


def test_a_file_that_is_taken_away_gives_no_agent_more_than_it_had(tmp_path: Path) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text("agents: {front_desk: {tools: pay}}", "utf-8")
    roster = Roster(file, KNOWN)
    file.unlink()
    assert not roster.refresh(KNOWN.tools, whole=True)
    assert (roster[FRONT_DESK].tools, roster.problem) == (
        ("pay",),
        f"{file}:1: is gone; put it back, or restart Baton to go without one",
    )
    file.write_text("agents: {front_desk: {tools: pay}}", "utf-8")
    assert not roster.refresh(KNOWN.tools, whole=True)
    assert roster.problem is None


def test_tools_that_go_away_are_a_problem_and_take_no_agent_its_file(tmp_path: Path) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text("agents: {front_desk: {tools: pay}}", "utf-8")
    roster = Roster(file, KNOWN)
    assert not roster.refresh(frozenset({"check_stock"}), whole=True)
    assert roster.problem is not None
    assert roster[FRONT_DESK].tools == ("pay",)
