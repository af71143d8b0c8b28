"""Many people at once, and a Slack that says "too many": nothing is lost, nothing comes twice, order is kept."""

from __future__ import annotations

import re
import time

from tests.house import AMELIE, BRUNO, CHLOE, DAVID, EVA, FINANCE, GENERAL, SALES, House, until
from tests.provider import Provider, calls_raw

PEOPLE = (AMELIE, BRUNO, CHLOE, DAVID, EVA)


def test_a_burst_under_rate_limits_is_answered_once_each_and_in_order(house: House) -> None:
    house.start()
    began = time.time()
    threads = {
        (p, c): house.slack.say(p, f"<@UBATON01> question {p} 0", c) for p in PEOPLE[:3] for c in (GENERAL, SALES)
    }
    until("Baton takes part in all", lambda: house.rows("SELECT count(*) FROM threads") == [(6,)])
    for method in ("chat.postMessage", "agents.sessions.setStatus", "users.info"):
        house.slack.fault(method, status=429, retry_after=3)
    for (person, channel), ts in threads.items():
        house.slack.say(person, f"question {person} 1", channel, ts)

    def answered() -> bool:
        return house.rows("SELECT count(*) FROM posts WHERE status = 'sent'") == [(12,)]

    until(lambda: f"all are answered; {house.rows('SELECT status, count(*) FROM posts GROUP BY 1')}", answered)
    house.settle()
    for (person, channel), ts in threads.items():
        heard = [re.findall(r"question \w+ \d", text) for text in house.said(channel, ts)]
        assert heard == [[f"question {person} {number}"] for number in range(2)]
    assert house.slack.calls("conversations.replies", began) == [], "what was not sent need not be looked for"


def test_while_one_channel_must_wait_others_go_on_and_repaints_become_one(house: House, provider: Provider) -> None:
    two = ["write_entry", '{"text": "one"}', "write_entry", '{"text": "two"}']
    provider.script += [calls_raw(*two)]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris deux lignes", SALES)
    card = house.card(SALES, ts, showing="En attente de")
    house.settle()
    began = time.time()
    house.slack.fault("chat.update", status=429, retry_after=5)
    house.slack.click(BRUNO, card, "approve", row=0)
    until("Slack says that it is too much", lambda: len(house.slack.calls("chat.update", began)) == 1)
    house.slack.click(EVA, card, "approve", row=1)
    until("both are done", lambda: house.approvals() == ["executed"] * 2)
    aside = house.slack.say(EVA, "<@UBATON01> et ici ?", FINANCE)
    house.answer(FINANCE, aside, showing="et ici ?", person=EVA)
    assert len(house.slack.calls("chat.update", began)) == 1
    house.settle()
    refused, *taken = house.slack.calls("chat.update", began)
    assert (refused["answer"]["error"], len(taken)) == ("ratelimited", 1)
