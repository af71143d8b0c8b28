"""Guests and people of other companies are answered where the policy says so; words for somebody else are left alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.policy.policy import Policy
from bot.slack.listeners import heard
from bot.slack.people import SlackPeople, _is_outside
from tests.house import AMELIE, BRUNO, DAVID, FARID, GAELLE, SALES, House, text_of, until
from tests.provider import Provider, calls, says

PARTNERS = "C0PARTNER1"
RULES = """
groups:
  finance: {members: "@finance", channel: "#finance"}
  partners: {members: [U0FARID001]}
outsiders: {channels: ["#partenaires"]}
rules:
  - {name: the book is finance's, tools: "write_*", effect: ask, of: %s}
"""


def test_people_from_outside_hear_once_that_they_are_not_answered(house: House, provider: Provider) -> None:
    house.start()
    house.execute("DELETE FROM greeted")
    ts = house.slack.say(FARID, "@Baton How many pumps are free?", PARTNERS)
    refusal = house.answer(PARTNERS, ts, "its own staff", person=FARID)
    house.slack.say(FARID, "@Baton Please?", PARTNERS, ts)
    house.slack.say(GAELLE, "@Baton Combien de pompes sont libres ?", PARTNERS, ts)
    french = house.answer(PARTNERS, ts, "personnel", person=FARID)
    house.settle()
    assert house.said(PARTNERS, ts, person=FARID) == [refusal, french]
    assert provider.asked == []
    assert house.rows("SELECT person FROM greeted") == [], "who is not answered is not told what may be asked"
    refused = sorted(house.rows("SELECT actor, data ->> 'why' FROM audit WHERE type = 'run.refused'"))
    assert refused == [(FARID, "from outside"), (FARID, "from outside"), (GAELLE, "from outside")]

    house.slack.upload(FARID, {"prices.csv": b"pump;price\nPMP-200;12,50"}, channel=PARTNERS, thread_ts=ts)
    until("the file is noted", lambda: house.rows("SELECT 1 FROM files"))
    provider.script = [says("There are 24.")]
    house.slack.say(AMELIE, "@Baton And for me?", PARTNERS, ts)
    house.answer(PARTNERS, ts, "There are 24.")
    asked = [m["content"] for m in provider.asked[0]["messages"]]
    assert (
        'File 1: "prices.csv", CSV, 1 row below the header\n| pump | price |' in asked[1]
    )  # a colleague may ask of it
    assert [words for words in asked if "pumps" in words or "pompes" in words] == []


def test_in_an_open_channel_they_may_ask_and_decide_only_when_they_are_listed(house: House, provider: Provider) -> None:
    house.rules(RULES % "finance")
    house.slack.group("finance", [BRUNO, FARID, GAELLE])  # somebody put him into the group, and Bruno is away
    stands_in = "INSERT INTO delegations (person, delegate, until) VALUES ('%s', '%s', now() + interval '1 day')"
    house.execute(stands_in % (BRUNO, FARID))
    provider.script = [calls("write_entry", text="from Amélie"), says("Welcome."), calls("write_entry", text="again")]
    ts = house.slack.say(AMELIE, "@Baton Write a line", PARTNERS)
    house.slack.click(FARID, house.card(PARTNERS, ts, person=FARID), "approve")
    house.settle()
    asked = house.slack.say(FARID, "@Baton Hello", PARTNERS)
    house.answer(PARTNERS, asked, "Welcome.", person=FARID)
    assert (house.approvals(), house.rows("SELECT person FROM decisions")) == (["pending"], [])
    assert "P-1" not in house.slack.command(GAELLE, "/baton status", PARTNERS)

    house.rules(RULES % "partners")
    ts = house.slack.say(AMELIE, "@Baton Write another line", PARTNERS)
    house.slack.click(FARID, house.card(PARTNERS, ts, person=FARID), "approve")
    until("it is done", lambda: house.written() == ["again"])


def test_who_cannot_be_told_from_an_outsider_is_not_answered_where_other_companies_read(
    house: House, provider: Provider
) -> None:
    house.baton.stop()
    house.start()  # it knows nobody's profile
    house.slack.fault("users.info", error="internal_error", times=100)
    provider.script = [says("For colleagues."), says("For nobody.")]
    there = house.slack.say(AMELIE, "@Baton Hello", PARTNERS)
    assert "could not check" in house.answer(PARTNERS, there)
    here = house.slack.say(AMELIE, "@Baton Hello", SALES)
    house.answer(SALES, here, "For colleagues.")


def test_follow_ups_need_no_mention_and_words_for_others_are_left_alone(house: House, provider: Provider) -> None:
    house.start()
    provider.script = [says("First."), says("Second."), says("Third.")]
    unheard = house.slack.say(AMELIE, "Who knows how many pumps are free?", SALES)
    ts = house.slack.say(AMELIE, "@Baton one", SALES)
    house.answer(SALES, ts, "First.")
    house.slack.say(BRUNO, "two", SALES, ts)
    house.answer(SALES, ts, "Second.")
    house.slack.say(AMELIE, "@David Moreau what do you think?", SALES, ts)
    house.slack.say(AMELIE, "@finance please look", SALES, ts)
    house.slack.say(AMELIE, "@David Moreau look: @Baton three", SALES, ts)
    house.answer(SALES, ts, "Third.")
    house.settle()
    assert [text_of(m) for m in house.slack.messages(SALES, unheard) if m.get("bot_id")] == []
    asked = house.rows("SELECT data ->> 'text' FROM audit WHERE type = 'run.began' ORDER BY seq")
    assert [text for (text,) in asked] == ["one", "two", f"<@{DAVID}> look:   three"]


def event(text: str, **more: Any) -> dict[str, Any]:
    message = {"type": "message", "user": "U1", "channel": "C1", "ts": "1.1", "thread_ts": "1.0", "text": text}
    return {"event": message | {"channel_type": "channel"} | more, "event_id": "E1", "team_id": "T1"}


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("<@U2> what do you think?", True),
        ("  <@W2|eve> and you?", True),
        ("<!subteam^S1> please", True),
        ("<!here> lunch!", True),
        ("what does <@U2> think?", False),
        ("<@U2> and <@UBATON>: how many?", False),
        ("<https://example.com> says what?", False),
        ("<#C2> is where?", False),
    ],
)
def test_words_that_begin_with_a_mention_of_others_are_theirs(text: str, aside: bool) -> None:
    found = heard(event(text), "UBATON")
    assert found is not None
    assert found.aside is aside


def test_in_a_direct_message_everything_is_for_baton() -> None:
    found = heard(event("<@U2> is where?", channel_type="im"), "UBATON")
    assert found is not None
    assert (found.addressed, found.aside) == (True, False)


@pytest.mark.parametrize(
    ("user", "outside"),
    [
        ({"team_id": "T1"}, False),
        ({"team_id": "T1", "is_restricted": True}, True),
        ({"team_id": "T1", "is_ultra_restricted": True}, True),
        ({"team_id": "T2"}, True),
        ({"team_id": "T1", "is_stranger": True}, True),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, False),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, True),
        ({}, True),
    ],
)
def test_guests_and_other_companies_are_outside_and_ones_own_enterprise_is_not(
    user: dict[str, Any], outside: bool
) -> None:
    assert _is_outside(user, "T1", "E1") is outside


@pytest.mark.parametrize(("team", "administers"), [("T1", True), ("T2", False)])
def test_an_administrator_of_another_company_administers_nothing_here(team: str, administers: bool) -> None:
    class Slack:
        """Says who we are, and that somebody is an administrator."""

        async def users_info(self, **_: Any) -> Any:
            return SimpleNamespace(data={"user": {"team_id": team, "is_admin": True}})

        async def auth_test(self) -> Any:
            return SimpleNamespace(data={"team_id": "T1"})

    assert asyncio.run(SlackPeople(cast(AsyncWebClient, Slack())).administers("U1")) is administers


def test_without_an_enterprise_of_ours_nobody_is_of_it() -> None:
    assert _is_outside({"team_id": "T2", "enterprise_user": {"enterprise_id": ""}}, "T1", "") is True


def test_channels_for_outsiders_are_read_and_what_is_doubtful_about_them_is_said() -> None:
    text = """\
groups:
  finance: {members: "@finance", channel: "#finance"}
outsiders:
  channels:
    - "#partenaires"
    - "#finance"
    - "#partenaires"
"""
    policy = Policy.parse(text, None, "policy.yaml")
    assert policy.outsiders == ("#partenaires", "#finance", "#partenaires")
    assert [str(finding) for finding in policy.findings] == [
        "policy.yaml:6: warning: outsiders: #finance is where group 'finance' is asked, so people from outside read its "
        "cards; give the group a channel of its own",
        "policy.yaml:7: warning: outsiders: #partenaires stands here twice; remove one",
    ]
    assert Policy.parse('outsiders: {channels: "#one"}', None, "policy.yaml").outsiders == ("#one",)
    assert Policy.parse("rules: []", None, "policy.yaml").outsiders == ()
