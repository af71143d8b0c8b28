"""What people see when they open Baton: who it is, what concerns them; and the house, if they look after it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.engine import Queue
from bot.overview import Condition, Index, Some, Standing, SystemState, ToolState
from bot.slack import home
from bot.slack.blocks import Ability
from bot.slack.home import Reader
from bot.slack.local import Local
from bot.slack.prompts import Role, prompts
from bot.state.overviews import Model, Question, Use
from bot.state.pauses import EVERYTHING, Pause, Target
from bot.types import Language, Thread
from bot.workspace.rules import view_faults
from tests.house import AMELIE, BRUNO, CHLOE, DAVID, FINANCE, SALES, House, text_of, until
from tests.provider import Provider, calls, fails, hangs, says
from tests.test_live import sessions

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


def opened(house: House, person: str, *, showing: str = "") -> dict[str, Any]:
    """Open Baton's Home, and look at it once it shows some words."""
    before = (house.slack.state(person)["home"] or {}).get("hash")
    house.slack._ask("open", {"person": person, "tab": "home"})

    def look() -> dict[str, Any] | None:
        view = house.slack.state(person)["home"]
        return view if view and view["hash"] != before and showing in text_of(view) else None

    return until(lambda: f"{showing!r} in {text_of(house.slack.state(person)['home'] or {})}", look)


def shown(house: House, person: str, words: str) -> dict[str, Any]:
    """The Home as it is, once it shows these words."""

    def look() -> dict[str, Any] | None:
        view = house.slack.state(person)["home"]
        return view if view and words in text_of(view) else None

    return until(lambda: f"{words!r} in {text_of(house.slack.state(person)['home'])}", look)


def press(house: House, person: str, view: dict[str, Any], action: str, which: str = "") -> None:
    """Press a button of the Home; of several, the first that carries a word."""
    values = [e["value"] for e in _elements(view) if e["action_id"] == f"baton_{action}" and which in e["value"]]
    body = {"person": person, "view_id": view["id"], "action_id": f"baton_{action}", "value": values[0]}
    assert house.slack._ask("click", body)["delivered"]


def _elements(view: dict[str, Any]) -> list[dict[str, Any]]:
    inside = [e for block in view["blocks"] if block["type"] == "actions" for e in block["elements"]]
    return inside + [block["accessory"] for block in view["blocks"] if "accessory" in block]


def test_the_home_shows_each_person_what_concerns_them(house: House, provider: Provider) -> None:
    house.start()
    trainee = text_of(opened(house, CHLOE, showing="un assistant IA"))
    for words in (
        "Responsable de Baton",
        "Rien n'attend votre décision",
        "Vous n'avez encore rien demandé",
        "Rien n'a encore",
    ):
        assert words in trainee
    assert "administrateurs\n" not in trainee
    provider.script += [calls("write_entry", text="hello")]
    ts = house.slack.say(AMELIE, "<@UBATON01> écris *ceci* <!channel>", SALES)
    house.card(SALES, ts, showing="En attente de")
    house.settle()
    mine = opened(house, AMELIE, showing="attend une décision sur P-1")
    assert "Rien n'attend votre décision" in text_of(mine)
    words = next(block["text"] for block in mine["blocks"] if "écris" in text_of({"blocks": [block]}))
    assert (words["type"], words["text"]) == ("plain_text", "écris *ceci* <!channel>")
    his = opened(house, BRUNO, showing="P-1")
    (link,) = [line for line in text_of(his).splitlines() if "P-1" in line]
    assert f"thread={ts}" in link or "/archives/" in link
    assert f"demandé par <@{AMELIE}>" in link
    assert [e for e in _elements(his) if e["action_id"] == "baton_approve"] == [], "nothing is decided in the Home"
    house.slack.click(BRUNO, house.card(SALES, ts), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    house.settle()
    for person in (AMELIE, BRUNO):
        assert "“hello” is in the book" in text_of(opened(house, person, showing="P-1"))
    assert "réponse donnée" in text_of(opened(house, AMELIE))
    assert "hello" not in text_of(opened(house, CHLOE))


def test_what_waits_in_a_group_s_channel_is_linked_there_and_other_people_s_conversations_are_not(
    house: House, provider: Provider
) -> None:
    provider.script += [calls("write_entry", text="hello")]
    house.start()
    house.slack.say(AMELIE, "écris")
    house.card(FINANCE, showing="En attente de", person=BRUNO)
    house.settle()
    told = text_of(opened(house, BRUNO, showing="P-1"))
    assert FINANCE in told
    assert "D0AMELIE01" not in told


def test_what_was_stopped_or_asked_during_a_pause_is_not_called_answered(house: House, provider: Provider) -> None:
    house.start()
    provider.script += [hangs]
    ts = house.slack.say(AMELIE, "<@UBATON01> un", SALES)
    assert provider.waiting.wait(30)
    until("Slack shows Stop", lambda: sessions(house, ts)[-1:] == ["processing"])
    house.slack.stop(AMELIE, SALES, ts)
    house.answer(SALES, ts, "Arrêté par")
    house.slack.command(DAVID, "/baton pause", SALES)
    ts = house.slack.say(AMELIE, "<@UBATON01> deux", SALES)
    house.answer(SALES, ts, "en pause")
    house.settle()
    told = text_of(opened(house, AMELIE, showing="Mes demandes"))
    assert "arrêté ·" in told
    assert "laissé de côté : Baton était en pause ·" in told
    assert "réponse donnée" not in told


def test_an_administrator_sees_the_house_and_pauses_it_from_there(house: House, provider: Provider) -> None:
    house.start()
    provider.script += [calls("read_broken"), says("The shelf is broken.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> lis", SALES)
    house.answer(SALES, ts, showing="broken")
    house.settle()
    view = opened(house, DAVID, showing="For administrators")
    told = text_of(view)
    assert len(view["blocks"]) <= 100
    for words in (
        "*read broken* · `read_broken` · only reads",
        "It failed once in the last seven days: read_broken: an error inside the tool (KeyError)",
        "*write entry* · `write_entry` · writes, decided by *finance*",
        "*burn book* · `burn_book` · ⚠️ destroys, decided by *approvers*",
        "⛔ Nobody can decide: `approvers` is missing",
        "*write freely* · `write_freely` · writes, without asking",
        "Model `scripted` answered last on",
        "0 pages of documents",
        "queue is empty",
    ):
        assert words in told, words
    press(house, DAVID, view, "pause", "write_entry")
    assert house.slack.submit(DAVID, {"reason": "stock*taking*"}) == {}
    view = shown(house, DAVID, "⏸️ *Paused*: the tool `write_entry`")
    assert "stock*taking*" in text_of(view)
    assert house.rows("SELECT kind, name, by, reason FROM pauses") == [("tool", "write_entry", DAVID, "stock*taking*")]
    press(house, DAVID, view, "resume", "write_entry")
    view = until("it is over", lambda: (v := house.slack.state(DAVID)["home"]) and "Paused" not in text_of(v) and v)
    assert house.rows("SELECT * FROM pauses") == []
    press(house, DAVID, view, "pause", "all")
    assert house.slack.submit(DAVID, {"reason": ""}) == {}
    shown(house, DAVID, "*Paused*: Baton as a whole")
    assert "Baton dans son ensemble" in text_of(opened(house, CHLOE))


def test_the_switches_are_for_administrators_at_the_moment_of_the_press(house: House, provider: Provider) -> None:
    house.start()
    view = opened(house, DAVID, showing="For administrators")
    house.rules(f"groups: {{admins: {{members: [{CHLOE}]}}}}\nrules: []\n")
    press(house, DAVID, view, "pause", "all")
    assert "Only administrators" in house.slack.submit(DAVID, {"reason": "mine"})["reason"]
    assert house.rows("SELECT * FROM pauses") == []
    assert "For administrators" not in text_of(opened(house, DAVID))
    view = opened(house, CHLOE, showing="Pour les administrateurs")
    house.slack.command(CHLOE, "/baton pause")
    house.restore_policy()
    press(house, CHLOE, view, "refresh")
    until("it is painted again", lambda: "Pour les administrateurs" not in text_of(house.slack.state(CHLOE)["home"]))
    assert len(house.rows("SELECT * FROM pauses")) == 1


def test_a_model_that_does_not_answer_shows(house: House, provider: Provider) -> None:
    house.start()
    provider.script += [fails(500)] * 4
    ts = house.slack.say(AMELIE, "<@UBATON01> lis", SALES)
    house.answer(SALES, ts, showing="n'a pas répondu")
    house.settle()
    assert "No model answered on" in text_of(opened(house, DAVID, showing="For administrators"))


def test_whoever_meets_baton_is_told_once_what_it_is(house: House, provider: Provider) -> None:
    house.start()
    house.execute(f"DELETE FROM greeted WHERE person IN ('{AMELIE}', '{CHLOE}')")
    house.rules(f'responsible: "{BRUNO}"\ngroups: {{}}\nrules: []\n')
    provider.script += [says("Bonjour."), says("Rebonjour."), says("Salut.")]
    ts = house.slack.say(AMELIE, "bonjour")
    house.answer("D0AMELIE01", ts, showing="Bonjour.", person=AMELIE)
    house.settle()
    said = house.said("D0AMELIE01", ts, AMELIE)
    assert "un assistant IA" in said[0]
    assert f"Responsable de Baton : <@{BRUNO}>" in said[0]
    assert len(said) == 2
    ts = house.slack.say(AMELIE, "<@UBATON01> bonjour", SALES)
    house.answer(SALES, ts, showing="Rebonjour.")
    ts = house.slack.say(CHLOE, "<@UBATON01> bonjour", SALES)
    house.answer(SALES, ts, showing="Salut.")
    house.settle()
    greeted = [
        [
            m
            for m in house.slack.messages(SALES, person=person)
            if "Responsable de Baton" in text_of(m) and float(m["ts"]) > float(ts)
        ]
        for person in (CHLOE, AMELIE)
    ]
    assert [len(found) for found in greeted] == [1, 0], "for her eyes only"
    assert sorted(house.rows("SELECT actor FROM audit WHERE type = 'disclosure.shown'")) == [(AMELIE,), (CHLOE,)]


def test_prompts_fit_the_person_who_opens_a_conversation(house: House, provider: Provider) -> None:
    house.start()
    house.slack._ask("open", {"person": CHLOE, "tab": "messages"})
    found = until("prompts", lambda: house.slack.state(CHLOE)["prompts"].get("D0CHLOE001"))
    assert [prompt["message"] for prompt in found["prompts"]] == ["Écris « bonjour » dans le livre"]


# ---- what is painted, for any data


READ, ASK = Ability("Count", "Count them", True), Ability("Write", "Write it", False)
MINE, ALL = Ability("Mine", "What waits?", True, "decisions"), Ability("House", "Paused?", True, "house")
ABILITIES = [ASK, READ, MINE, ALL, *(Ability("More", f"More {n}", False) for n in range(5))]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role(), ["Count them", "Write it", "More 0", "More 1"]),
        (Role(decides=True), ["What waits?", "Write it", "Count them", "More 0"]),
        (Role(administers=True), ["Paused?", "Count them", "Write it", "More 0"]),
        (Role(decides=True, administers=True), ["What waits?", "Paused?", "Write it", "Count them"]),
    ],
    ids=["asks", "decides", "administers", "both"],
)
def test_prompts_begin_with_what_is_theirs(role: Role, expected: list[str]) -> None:
    assert [prompt["message"] for prompt in prompts("en", ABILITIES, role)] == expected


def test_prompts_are_within_slacks_limits() -> None:
    (prompt,) = prompts("en", [Ability("Long", "x" * 200, True)], Role())
    assert (len(prompt["title"]), len(prompt["message"])) == (75, 200)


EVIL = "*bold* <!channel> `code` <@U0BRUNO001> & \u202e" + "long " * 200
PAUSES = (Pause(EVERYTHING, "operator", EVIL, NOON), Pause(Target("tool", "tool_3"), DAVID, None, NOON))
QUESTION = Question(EVIL, "parked", NOON, Thread("T1", "C1", "1.0"), (1, 2))
FULL = Condition(
    tools=tuple(
        ToolState(f"tool_{n}", "destructive", "erp", ("finance", EVIL[:40]), ("finance",), PAUSES[1] if n == 3 else None,
                  Use(NOON, 3, EVIL, 5))
        for n in range(200)
    ),
    agents=(("front_desk", None), ("demand", PAUSES[0])),
    model=Model(NOON, "scripted", NOON + dt.timedelta(hours=1)),
    systems=tuple(
        SystemState(f"system {n}", at, failed, "ReadTimeout")
        for n, (at, failed) in enumerate([(NOON, None), (None, None), (None, NOON), (NOON, NOON)])
    ),
    documents=Index(12, NOON, tuple(EVIL for _ in range(9))),
    queue=Queue(3, 4.2, 1),
    rules_problem=EVIL,
)  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_full_home_is_one_that_slack_takes(language: Language) -> None:
    standing = Standing(asked=Some((QUESTION,) * 6, 9), pauses=PAUSES)
    reader = Reader(Local(language, language), lambda place: "https://x.slack.com/archives/C1/p1" if place else None)
    view = home.home(reader, standing, ABILITIES * 9, responsible="<@U0BRUNO001>", offline=True, condition=FULL)
    assert view_faults(view) == []
    assert len(view["blocks"]) <= 100
    told = json.dumps([block for block in view["blocks"] if (block.get("text") or {}).get("type") == "mrkdwn"])
    assert "<!channel>" not in told
    assert "\u202e" not in json.dumps(view, ensure_ascii=False)
    assert "170" in text_of(view), "tools that are not shown are counted"


def test_the_pause_form_is_one_that_slack_takes() -> None:
    for target in (EVERYTHING, Target("agent", "front_desk"), Target("tool", "write_entry")):
        assert view_faults(home.pause_form("fr", target)) == []


def test_lists_say_what_they_leave_out() -> None:
    few = Standing(asked=Some((replace(QUESTION, text="count", waiting=()),), 4))
    assert "and 4 more" in text_of({"blocks": home.personal(Reader(Local("en", "en-GB")), few)})
