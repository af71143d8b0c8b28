"""Asking Baton about any message, from its menu: one question for one form, answered in that message's thread."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.shortcuts import ASK_ABOUT, Quoted, ask_form, mentioned, not_here, quoted
from bot.workspace.rules import view_faults
from tests.house import AMELIE, BRUNO, CHLOE, GENERAL, SALES, House, text_of, until
from tests.provider import Provider, says


def message(house: House, channel: str, ts: str, person: str = AMELIE) -> dict[str, Any]:
    return next(m for m in house.slack.messages(channel, person=person) if m["ts"] == ts)


def test_a_message_is_asked_about_in_its_thread(house: House, provider: Provider) -> None:
    house.start()
    ts = house.slack.say(BRUNO, "La livraison du 12 est *avancée*\nau 10", SALES)
    house.slack.shortcut(AMELIE, ASK_ABOUT, message(house, SALES, ts))
    view = until("the form", lambda: house.slack.modal(AMELIE))
    assert "Bruno Keller" in text_of(view)
    assert "au 10" in text_of(view)
    provider.script += [says("Oui, c'est possible.")]
    assert house.slack.submit(AMELIE, {"question": "Est-ce possible ?"}) == {}
    house.answer(SALES, ts, showing="Oui, c'est possible.")
    house.settle()
    (asked,) = [m["content"] for m in provider.asked[0]["messages"] if m["role"] == "user"]
    first, _, heading, *quote = asked.splitlines()
    assert (first, heading) == ("Est-ce possible ?", "À propos de ce message de Bruno Keller :")
    assert quote == ["> La livraison du 12 est *avancée*", "> au 10"]
    assert house.rows("SELECT requester FROM runs") == [(AMELIE,)]
    assert len(house.said(SALES, ts)) == 1


def test_the_same_form_sent_twice_is_one_question(house: House, provider: Provider) -> None:
    house.start()
    ts = house.slack.say(BRUNO, "La livraison est avancée", SALES)
    house.slack.shortcut(AMELIE, ASK_ABOUT, message(house, SALES, ts))
    until("the form", lambda: house.slack.modal(AMELIE))
    house.hold("runs", "true")
    provider.script += [says("Oui.")]
    assert "" in house.slack.submit(AMELIE, {"question": "Quand ?"}), "it is not kept yet, so Slack says that it failed"
    house.release()
    house.settle()
    house.slack.submit(AMELIE, {"question": "Quand ?"})
    house.answer(SALES, ts, showing="Oui.")
    house.settle()
    assert len(house.rows("SELECT 1 FROM runs")) == 1


def test_where_baton_is_not_the_person_hears_how_to_invite_it(house: House, provider: Provider) -> None:
    house.start()
    ts = house.slack.say(BRUNO, "La livraison est avancée", GENERAL)
    house.slack.fault("conversations.info", error="channel_not_found", times=1)
    house.slack.shortcut(CHLOE, ASK_ABOUT, message(house, GENERAL, ts, CHLOE))
    view = until("the form", lambda: house.slack.modal(CHLOE))
    assert "/invite @Baton" in text_of(view)
    assert "submit" not in view or view["submit"] is None
    assert house.rows("SELECT * FROM runs") == []


# ---- what is read and painted


def payload(text: str, **more: Any) -> dict[str, Any]:
    return {"channel": {"id": "C1"}, "message": {"ts": "2.0", "text": text, **more}}


def test_a_reply_is_asked_about_in_the_thread_it_is_in() -> None:
    found = quoted(payload("&lt;b&gt;", thread_ts="1.0", user="U1"), {})
    assert found == Quoted("C1", "2.0", "1.0", "U1", "<b>")
    assert quoted({"channel": {"id": "C1"}}, {}) is None


def test_people_and_places_are_quoted_by_name() -> None:
    text = "<@U0BRUNO001> and <@U0EVA00001|eva>, see <#C0VENTES01|ventes> and <!subteam^S1|@finance>, <!here>"
    found = quoted(payload(text), {"U0BRUNO001": "Bruno Keller", "U0EVA00001": "Eva"})
    assert found is not None
    assert found.text == "@Bruno Keller and @Eva, see #ventes and @finance, @here"
    assert mentioned(payload(text)) == ["U0BRUNO001", "U0EVA00001"]


@pytest.mark.parametrize("text", ["", "x" * 40_000, "é\u202e😀 <!channel>" * 900])
def test_every_message_fits_the_form(text: str) -> None:
    about = quoted(payload(text), {})
    assert about is not None
    view = ask_form("fr", about, "N" * 200)
    assert view_faults(view) == []
    assert len(view["private_metadata"]) <= 3000
    assert about.cut == (len(text) > 2_000)
    assert view_faults(not_here("fr")) == []
