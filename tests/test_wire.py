"""The wire: connections end and come back, and anything at all may come over it. Nothing is lost, nothing escapes."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import listeners
from bot.slack.intake import read_body, read_message
from tests.conftest import empty_database
from tests.erp import free_port
from tests.house import AMELIE, BRUNO, SALES, House, Slack, until
from tests.provider import Provider, calls_raw

SECRET = "a signing secret of the test"
READERS = (
    listeners.clicked, listeners.opening, listeners.sent, listeners.stopped, listeners.opened,
    lambda body: listeners.heard(body, "UBATON01"), lambda body: listeners.edited(body, "UBATON01"),
    lambda body: listeners.deleted(body, "UBATON01"),
)  # fmt: skip

# ---- connections


def test_while_connections_end_and_come_back_no_click_or_message_is_lost(house: House, provider: Provider) -> None:
    entries = [text for n in range(4) for text in ("write_entry", json.dumps({"text": f"line {n}"}))]
    provider.script += [calls_raw(*entries)]
    house.start()
    card = house.card(SALES, house.slack.say(AMELIE, "<@UBATON01> quatre lignes", SALES), showing="En attente de")
    assert house.slack.drop_connections(1) == 1, "one breaks off without a word"
    asked = [house.slack.say(AMELIE, "<@UBATON01> question 0", SALES)]
    with ThreadPoolExecutor() as pool:
        for row, reason in enumerate(("warning", "refresh_requested") * 2):
            ending = pool.submit(house.slack.disconnect, reason)
            asked.append(house.slack.say(AMELIE, f"<@UBATON01> question {row + 1}", SALES))
            pressed = house.slack.click(BRUNO, card, "approve", row)
            assert pressed["delivered"] or reason == "refresh_requested", "what is closed at once cannot be answered"
            ending.result()
    for number, ts in enumerate(asked):
        house.answer(SALES, ts, showing=f"question {number}")
    until("all four lines are written", lambda: house.approvals() == ["executed"] * 4)
    house.settle()
    assert sorted(house.written()) == [f"line {n}" for n in range(4)]
    assert [len(house.said(SALES, ts)) for ts in asked] == [1] * 5
    until("there are two connections again", lambda: house.slack.drop_connections() == 2)


# ---- garbage

WORDS = {
    "type": "message", "user": AMELIE, "channel": SALES, "ts": "1700000000.000100", "text": "<@UBATON01> hello",
    "channel_type": "channel",
}  # fmt: skip
EVENT = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0VALMONT1", "event": WORDS}
PRESS = {
    "type": "block_actions", "trigger_id": "1.2", "team": {"id": "T1"}, "user": {"id": AMELIE}, "channel": {"id": SALES},
    "actions": [{"action_id": "baton_approve", "value": "ap_1"}], "container": {"message_ts": "1.2"},
}  # fmt: skip
FORM = {
    "type": "view_submission", "team": {"id": "T1"}, "user": {"id": AMELIE},
    "view": {
        "id": "V1", "callback_id": "baton_reject", "state": {"values": {"reason": {"x": {"value": "no"}}}},
        "private_metadata": json.dumps({"target": "ap_1", "channel": SALES, "thread_ts": None}),
    },
}  # fmt: skip


def changed(body: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    """The same payload with something else in one place."""
    found = place = copy.deepcopy(body)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return found


def deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


ODD: tuple[Any, ...] = (None, 5, "x", [], [5], {}, {"id": []}, {"type": ["message"]}, True, -1.5, deep(400))
PAYLOADS: list[dict[str, Any]] = [
    {},
    *({"type": odd} for odd in ODD),
    *({"authorizations": odd, **EVENT, "event": {"type": "message"}} for odd in ODD),
    *(changed(EVENT, "event", to=odd) for odd in ODD),
    *(changed(EVENT, "event", key, to=odd) for key in ("user", "channel", "ts") for odd in ODD if odd != "x"),
    *(changed(EVENT, "event_id", to=odd) for odd in ("Ev\x00", "Ev\ud800", "E" * 9000, 7, None)),
    *(changed(EVENT, "event", "channel", to=odd) for odd in ("C\x00", "\ud800", " ", "C" * 99_999)),
    *(changed(PRESS, key, to=odd) for key in ("actions", "user", "channel", "team") for odd in ODD if odd != {}),
    changed(PRESS, "actions", to=[{"action_id": "baton_nothing", "value": "ap_1"}]),
    changed(PRESS, "actions", 0, "value", to="ap\x00"),
    *(changed(FORM, "view", key, to=odd) for key in ("id", "state", "private_metadata") for odd in ODD if odd != "x"),
    changed(FORM, "view", "private_metadata", to="[" * 99_999),
    {"type": "event_callback", "event": {"type": "planet_aligned"}, "event_id": "Ev9", "team_id": "T1"},
    {"command": "/unknown", "text": "x", "user_id": AMELIE},
    {"type": "message_action", "callback_id": 5},
]
FRAMES = ["", "hello", "[]", "5", "null", '"x"', "{", "[" * 99_999, '{"a":' * 99_999, "1" * 9999, '{"x": NaN}']
ENVELOPES: list[dict[str, Any]] = [
    {},
    {"type": "planets", "envelope_id": "e", "payload": {}},
    *({"type": odd, "envelope_id": "e", "payload": EVENT} for odd in ODD),
    *({"type": "events_api", "envelope_id": odd, "payload": EVENT} for odd in ODD if odd != "x"),
    *({"type": "events_api", "envelope_id": "e", "payload": odd} for odd in ODD if not isinstance(odd, dict)),
    {"type": "hello", "payload": 5},
]


def assert_nothing_happened(house: House, since: int) -> None:
    """Baton goes on, keeps nothing of it, and nothing escaped."""
    said = house.baton.output()[since:]
    assert house.rows("SELECT kind, body->>'text' FROM inbox") == []
    assert "never retrieved" not in said
    assert "Unhandled exception" not in said
    assert '"level": "critical"' not in said


def test_garbage_over_a_connection_is_ignored_and_the_connection_lives_on(house: House) -> None:
    house.start()
    since, began = len(house.baton.output()), time.time()
    for frame in (*FRAMES, *map(json.dumps, ENVELOPES)):
        house.slack.frame(frame)
    kinds = ("events_api", "interactive", "slash_commands")
    for number, payload in enumerate(PAYLOADS):
        envelope = {"type": kinds[number % 3], "envelope_id": f"e{number}", "payload": payload, "retry_attempt": [5]}
        house.slack.frame(json.dumps(envelope))
    house.slack.frame(json.dumps({"type": "events_api", "envelope_id": "e", "payload": {"x": "y" * 3_000_000}}))
    until("the last one was looked at", lambda: "yyyy" in house.baton.output()[since:])
    assert_nothing_happened(house, since)
    log = house.baton.output()[since:]
    assert log.count("a frame that is not a JSON object is ignored") == 2 * (len(FRAMES) - 1), "on both"
    assert "an envelope that cannot be read is ignored" in log
    house.answer(SALES, house.slack.say(AMELIE, "<@UBATON01> et maintenant ?", SALES), showing="et maintenant ?")
    assert house.slack.calls("apps.connections.open", began) == []


@pytest.fixture(scope="module")
def served(server: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A house whose Slack sends events to Baton's address."""
    home = tmp_path_factory.mktemp("wire")
    port = free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    environment = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "BATON_PORT": str(port)}
    with empty_database(server) as database, Slack(home, "--events-url", url, "--signing-secret", SECRET) as slack:
        house = House(home, slack, database, provider.models, environment=environment)
        house.start()
        yield house, url
        house.close()


def signed(body: bytes, content_type: str = "application/json", ago: float = 0) -> dict[str, str]:
    at = str(int(time.time() - ago))
    digest = hmac.new(SECRET.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"Content-Type": content_type, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


def test_garbage_over_http_is_refused_and_changes_nothing(served: tuple[House, str]) -> None:
    house, url = served
    since = len(house.baton.output())
    with httpx.Client() as http:
        for payload in PAYLOADS:
            text = json.dumps(payload)
            form = urlencode({"payload": text}, errors="replace")
            for body, kind in ((text, "application/json"), (form, "application/x-www-form-urlencoded")):
                answer = http.post(url, content=body.encode(), headers=signed(body.encode(), kind))
                assert answer.status_code < 600, answer
        for frame in (*FRAMES, "\xff"):
            body = frame.encode("latin-1")
            refused = http.post(url, content=body, headers=signed(body))
            assert (refused.status_code, refused.headers.get("X-Slack-No-Retry")) in (
                (400, "1"),
                (401, "1"),
                (404, None),
            )
        large = b'{"x": "' + b"y" * 3_000_000 + b'"}'
        assert http.post(url, content=large, headers=signed(large)).status_code == 413
    assert_nothing_happened(house, since)


def test_only_signed_posts_of_these_minutes_in_slacks_own_forms_are_read(served: tuple[House, str]) -> None:
    house, url = served
    since, body = len(house.baton.output()), json.dumps(EVENT).encode()
    good = signed(body)
    wrong: list[tuple[int, dict[str, str]]] = [
        (401, {}),
        (401, {**good, "X-Slack-Signature": "v0=00"}),
        (401, {**good, "X-Slack-Signature": "v0=é"}),
        (401, {**good, "X-Slack-Request-Timestamp": "soon"}),
        (401, {**good, "X-Slack-Request-Timestamp": "9" * 5000}),
        (401, signed(body, ago=400)),
        (401, signed(body, ago=-400)),
        (401, signed(body + b" ")),
        (415, signed(body, "text/plain")),
        (415, signed(body, "multipart/form-data; boundary=x")),
    ]
    for status, headers in wrong:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        assert httpx.post(url, content=body, headers=raw).status_code == status, headers
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert httpx.request(method, url, headers=good).status_code == 405
    for path in ("", "/", "/slack", "/slack/events/", "/slack/install"):
        assert httpx.post(url.replace("/slack/events", path), content=body, headers=good).status_code == 404
    assert_nothing_happened(house, since)


def test_the_same_request_again_changes_nothing(served: tuple[House, str], provider: Provider) -> None:
    house, url = served
    provider.reset()
    ts = house.slack.say(AMELIE, "<@UBATON01> qui est là ?", SALES)
    house.answer(SALES, ts, showing="qui est là")
    house.settle()
    before = house.rows("SELECT count(*) FROM inbox") + house.rows("SELECT count(*) FROM delegations")
    command = {"command": "/baton", "user_id": AMELIE, "text": f"delegate <@{BRUNO}> tomorrow", "trigger_id": "1"}
    body = urlencode(command).encode()
    headers = signed(body, "application/x-www-form-urlencoded")
    first, second = (httpx.post(url, content=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code, second.text) == (200, 200, "")
    ((payload,),) = ({json.dumps(event["payload"]) for event in house.slack.events(ts)[:1]},)
    for _ in range(2):  # with another signature each, the inbox knows it
        assert httpx.post(url, content=payload, headers=signed(payload.encode(), ago=_)).status_code == 200
    house.settle()
    inbox, delegations = before
    after = house.rows("SELECT count(*) FROM inbox") + house.rows("SELECT count(*) FROM delegations")
    assert after == [inbox, (delegations[0] + 1,)]
    assert len(house.said(SALES, ts)) == 1


# ---- what reads it

KEYS = (
    "type", "event", "user", "channel", "ts", "event_id", "team_id", "team", "id", "view", "state", "values", "actions",
    "action_id", "value", "container", "message", "thread_ts", "previous_message", "subtype", "deleted_ts", "callback_id",
    "private_metadata", "text", "trigger_id", "authorizations",
)  # fmt: skip
KNOWN = ("message", "app_mention", "message_changed", "message_deleted", "block_actions", "view_submission",
         "agent_session_stopped", "app_home_opened", "baton_reject", "baton_approve", AMELIE, SALES, "1.2", "{}")  # fmt: skip
PIECES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(KNOWN)
JSON = st.recursive(
    PIECES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
def test_no_json_makes_a_reader_raise(body: dict[str, Any]) -> None:
    for read in READERS:
        read(body)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_odd_payload_means_anything(payload: dict[str, Any]) -> None:
    assert [found for read in READERS if (found := read(payload))] == []


def test_the_payloads_that_were_made_odd_mean_something() -> None:
    assert listeners.heard(EVENT, "UBATON01")
    assert listeners.clicked(PRESS)
    assert listeners.sent(FORM)


@settings(max_examples=300, deadline=None)
@given(st.text() | st.builds(json.dumps, JSON), st.sampled_from(["application/json", "x"]), st.booleans())
def test_whatever_comes_is_an_object_or_nothing(text: str, content_type: str, form: bool) -> None:
    body = urlencode({"payload": text}, errors="replace") if form else text
    assert isinstance(read_body(body.encode("utf-8", "replace"), content_type), dict | None)
    assert isinstance(read_message(text), dict | None)
