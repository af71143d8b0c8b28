"""What people said while Baton was away, and Slack has given up telling: each of it is answered once, and in order."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import empty_database
from tests.house import AMELIE, BRUNO, CHLOE, GENERAL, SALES, House, Slack, until
from tests.provider import Provider


@pytest.fixture(scope="module")
def brief(server: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose Slack gives up what was not acknowledged four times within a few seconds."""
    home = tmp_path_factory.mktemp("brief")
    with empty_database(server) as url, Slack(home, "--retry-seconds", "0.1,0.1,0.1") as slack:
        house = House(home, slack, url, provider.models)
        yield house
        house.close()


@pytest.fixture
def house(brief: House, provider: Provider) -> House:
    provider.reset()
    brief.reset()
    return brief


def given_up(house: House, *said: str) -> None:
    """Wait until Slack does not try any more."""

    def look() -> bool:
        events = [event for ts in said for event in house.slack.events(ts)]
        assert "acked" not in {event["state"] for event in events}
        return {event["state"] for event in events} == {"given up"}

    until(lambda: f"Slack gives up: {[house.slack.events(ts) for ts in said]}", look)


def listens(house: House) -> None:
    """Wait until Baton has noted that it listens."""
    until("it is noted", lambda: house.rows("SELECT 1 FROM listening WHERE until > clock_timestamp() - interval '9 s'"))


def test_what_was_said_while_the_way_in_was_broken_is_answered(house: House) -> None:
    """The first one here: after it has looked, Baton looks again a minute later at the earliest."""
    house.start()
    listens(house)
    headers = {"Authorization": "Bearer xapp-local-baton"}
    url = httpx.post(f"{house.slack.url}api/apps.connections.open", headers=headers).json()["url"]
    house.slack.fault("apps.connections.open", hang_seconds=6, times=2)
    with connect(url):  # it takes what is for Baton, and never acknowledges it
        assert house.slack.drop_connections(2) == 2
        ts = house.slack.say(AMELIE, "<@UBATON01> m'entends-tu ?", SALES)
        given_up(house, ts)
    house.answer(SALES, ts, showing="m'entends-tu")
    house.settle()
    assert len(house.said(SALES, ts)) == 1


def test_what_was_said_while_baton_was_dead_is_answered_once_and_in_order(house: House) -> None:
    house.start()
    thread = house.slack.say(AMELIE, "<@UBATON01> question 0", SALES)
    house.answer(SALES, thread, showing="question 0")
    aside = house.slack.say(CHLOE, "entre nous", GENERAL)
    house.settle()
    listens(house)
    assert house.baton.running is not None
    os.kill(house.baton.running.pid, signal.SIGSTOP)
    said = [house.slack.say(AMELIE, f"question {number}", SALES, thread) for number in (1, 2, 3)]
    direct = [house.slack.say(BRUNO, f"message {number}") for number in (1, 2)]
    opened = house.slack.say(CHLOE, "<@UBATON01> bonjour", GENERAL)
    later = house.slack.say(CHLOE, "et encore", GENERAL, opened)
    house.slack.say(CHLOE, "rien pour lui", GENERAL)
    house.slack.say(BRUNO, "ni cela", GENERAL, aside)
    given_up(house, *said, *direct, opened, later)
    house.baton.kill()
    house.start()

    house.answer(SALES, thread, showing="question 3")
    house.answer(GENERAL, opened, showing="et encore")
    for number, ts in enumerate(direct, 1):
        house.answer("D0BRUNO001", ts, showing=f"message {number}", person=BRUNO)
    house.baton.wait_for("caught up")
    house.slack.redeliver(house.slack.events(said[0])[0]["event_id"])
    house.settle()
    assert [text.splitlines()[0] for text in house.said(SALES, thread)] == [f"I heard: question {n}" for n in range(4)]
    assert [text.splitlines()[0] for text in house.said(GENERAL, opened)] == ["I heard: bonjour", "I heard: et encore"]
    assert house.said(GENERAL, aside) == []
    assert house.rows("SELECT count(*) FROM runs") == [(8,)]


def test_what_was_not_said_to_baton_is_not_answered_after_a_start_and_nothing_is_answered_twice(house: House) -> None:
    house.start()
    root = house.slack.say(AMELIE, "entre nous", SALES)
    house.slack.say(CHLOE, "oui ?", SALES, root)
    called = house.slack.say(AMELIE, "<@UBATON01> et toi ?", SALES, root)
    edited = house.slack.say(BRUNO, "plus tard", SALES)
    house.answer(SALES, root, showing="et toi")
    house.slack.edit(BRUNO, SALES, edited, "<@UBATON01> maintenant")
    house.answer(SALES, edited, showing="maintenant")
    house.settle()
    listens(house)
    house.baton.stop()
    since = len(house.baton.output())
    house.start()
    until("it has looked", lambda: "caught up" in house.baton.output()[since:])
    house.settle()
    asked = house.rows("SELECT coalesce(i.ts, i.body->>'ts') FROM runs r JOIN inbox i ON i.id = r.inbox_id")
    assert sorted(asked) == sorted([(called,), (edited,)])


def test_where_a_scope_is_missing_it_is_skipped_with_one_line(house: House, provider: Provider) -> None:
    house.start()
    for person in (AMELIE, BRUNO):
        house.answer(SALES, house.slack.say(person, f"<@UBATON01> je suis {person}", SALES), showing=person)
        place = person.replace("U0", "D0", 1)
        house.answer(place, house.slack.say(person, "bonjour"), showing="bonjour", person=person)
    house.settle()
    listens(house)
    house.baton.stop()
    since = len(house.baton.output())
    for method in ("conversations.history", "conversations.replies", "users.conversations"):
        house.slack.fault(method, error="missing_scope", times=99)
    house.start()
    until("it has looked", lambda: "caught up" in house.baton.output()[since:])
    lines = house.baton.output()[since:].count("what was missed cannot be read there")
    assert lines == 3 + 2 * len("CD"), (
        "three kinds of places, and history and threads of channels and of direct messages"
    )
