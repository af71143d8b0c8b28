"""Baton behind HTTP instead of Socket Mode: signed requests do the same, unsigned ones nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import empty_database
from tests.erp import free_port
from tests.house import AMELIE, BRUNO, SALES, House, Slack
from tests.provider import Provider, calls

SECRET = "a signing secret of the test"


@pytest.fixture(scope="module")
def served(server: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A house whose Slack sends events to Baton's address."""
    home = tmp_path_factory.mktemp("http")
    port = free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    settings = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "BATON_PORT": str(port)}
    with empty_database(server) as database, Slack(home, "--events-url", url, "--signing-secret", SECRET) as slack:
        house = House(home, slack, database, provider.models, environment=settings)
        house.start()
        yield house, url
        house.close()


def test_the_same_story_over_http(served: tuple[House, str], provider: Provider) -> None:
    house, _ = served
    provider.reset()
    provider.script += [calls("write_entry", text="hello")]
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["hello"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, json.dumps({"type": "event_callback", "event_id": "E1", "team_id": "T1", "event": {"type": "message"}})),
        ({"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1"}, "payload=%7B%7D"),
        ({"Content-Type": "application/json"}, "not json {{{"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "payload=[1,2"),
        ({}, ""),
    ],
)
def test_what_is_not_signed_is_refused_and_changes_nothing(
    served: tuple[House, str], headers: dict[str, str], body: str
) -> None:
    house, url = served
    before = house.rows("SELECT count(*) FROM inbox")
    answer = httpx.post(url, content=body.encode(), headers=headers)
    assert 400 <= answer.status_code < 500
    assert house.rows("SELECT count(*) FROM inbox") == before
