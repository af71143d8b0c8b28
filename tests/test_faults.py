"""Models, tools, Slack and the database on a bad day: the person hears of it, the log has the cause, nothing is lost."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import listeners
from tests.conftest import empty_database
from tests.house import AMELIE, BRUNO, GENERAL, SALES, House, Slack, until
from tests.provider import Provider, Reply, calls, calls_raw, fails, garbage, hangs, says

GIVEN_UP = "Je n'ai pas pu répondre"


def ask(house: House, text: str = "bonjour") -> str:
    """Have Amélie ask something in #ventes; the thread's ts comes back."""
    house.start()
    return house.slack.say(AMELIE, f"<@UBATON01> {text}", SALES)


# ---- models

TROUBLES: dict[str, Reply] = {"an error": fails(500), "garbage": garbage, "nothing": says(""), "too many": fails(429)}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_model_in_trouble_is_asked_again(house: House, provider: Provider, trouble: Reply) -> None:
    provider.script += [trouble, trouble, says("Enfin")]
    house.answer(SALES, ask(house), showing="Enfin")
    assert len(provider.asked) == 3


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_model_that_stays_in_trouble_ends_in_a_sentence(house: House, provider: Provider, trouble: Reply) -> None:
    provider.script += [trouble] * 9
    told = house.answer(SALES, ask(house), showing=GIVEN_UP)
    ((run_id, status),) = house.rows("SELECT id, status FROM runs")
    assert (run_id in told, status, len(provider.asked)) == (True, "failed", 3)
    provider.script[:] = [says("Bonjour")]
    house.answer(SALES, ask(house), showing="Bonjour")


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("fly_to_the_moon", "{}", "there is no tool 'fly_to_the_moon' (there are: burn_book, "),
        ("count_entries", '{"shelf', "count_entries: the arguments are not valid JSON"),
        ("count_entries", "[1]", "count_entries: "),
        ("count_entries", '{"shelf": 3}', "shelf: there is no argument of this name"),
        ("write_entry", "{}", "text: this is needed"),
    ],
)
def test_a_call_that_cannot_be_made_goes_back_to_the_model_with_the_reason(
    house: House, provider: Provider, name: str, arguments: str, told: str
) -> None:
    provider.script += [calls_raw(name, arguments), says("Autrement alors")]
    house.answer(SALES, ask(house), showing="Autrement alors")
    (result,) = provider.results()
    assert result.startswith("Error: ")
    assert told in result


def test_a_model_that_goes_on_making_mistakes_ends_in_a_sentence(house: House, provider: Provider) -> None:
    provider.script += [calls("fly_to_the_moon")] * 99
    house.answer(SALES, ask(house), showing=GIVEN_UP)
    assert len(provider.asked) == 5


def test_calls_beyond_eight_at_once_are_refused_and_the_others_made(house: House, provider: Provider) -> None:
    provider.script += [calls_raw(*["count_entries", "{}"] * 10), says("Compté")]
    house.answer(SALES, ask(house), showing="Compté")
    results = provider.results()
    assert [result.startswith("Error: at most 8 calls at once") for result in results] == [False] * 8 + [True] * 2


def test_a_tool_that_breaks_while_it_reads_is_told_to_the_model(house: House, provider: Provider) -> None:
    provider.script += [calls("read_broken"), says("Je ne peux pas lire cela")]
    house.answer(SALES, ask(house), showing="Je ne peux pas lire cela")
    assert provider.results() == ["Error: read_broken: an error inside the tool (KeyError)"]


@pytest.fixture(scope="module")
def _far(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Provider]]:
    """A house whose first model is dead, and whose second one streams and must answer within two seconds."""
    home = tmp_path_factory.mktemp("far")
    provider = Provider(home / "models.yaml", stream=True, timeout=2)
    spare = yaml.safe_load(provider.models.read_text())["model_list"][0] | {"model_name": "spare"}
    nobody = {"model": "openai/nobody", "api_base": "http://127.0.0.1:9/v1", "api_key": "none"}
    both = {
        "model_list": [{"model_name": "default", "litellm_params": nobody}, spare],
        "router_settings": {"fallbacks": [{"default": ["spare"]}]},
    }
    provider.models.write_text(yaml.safe_dump(both))
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, provider.models)
        yield house, provider
        house.close()
        provider.close()


@pytest.fixture
def far(_far: tuple[House, Provider]) -> tuple[House, Provider]:
    house, provider = _far
    provider.reset()
    house.reset()
    return _far


def test_an_unreadable_profile_is_answered_in_english_and_read_again_next_time(far: tuple[House, Provider]) -> None:
    house, provider = far
    provider.script += [says("Hello"), says("Bonjour")]
    house.slack.fault("users.info", error="internal_error", times=99)
    house.answer(SALES, ask(house), showing="Hello")
    house.slack.heal()
    house.answer(SALES, ask(house), showing="Bonjour")
    assert house.rows("SELECT language FROM runs ORDER BY created_at") == [("en",), ("fr",)]


def test_a_streaming_model_in_place_of_a_dead_one_comes_to_the_same_end(far: tuple[House, Provider]) -> None:
    house, provider = far
    provider.script += [calls_raw("count_entries", "{}", "write_entry", '{"text": "hello"}')]
    ts = ask(house)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait : “hello” is in the book")
    assert all(request["stream"] for request in provider.asked)
    assert (house.written(), len(provider.asked)) == (["hello"], 2)


def test_a_model_that_takes_too_long_is_asked_again_and_then_given_up(far: tuple[House, Provider]) -> None:
    house, provider = far
    provider.script += [hangs, says("Enfin")]
    house.answer(SALES, ask(house), showing="Enfin")
    provider.script += [hangs, hangs, hangs, says("never to be said")]
    house.answer(SALES, ask(house), showing=f"{GIVEN_UP} : le modèle n'a pas répondu")
    assert len(provider.asked) == 5


# ---- Slack


REFUSALS: dict[str, dict[str, Any]] = {
    "too many": {"status": 429, "times": 4},
    "a proxy's page": {"status": 500, "times": 3},
    "an error of Slack's own": {"error": "internal_error", "times": 3},
    "the answer was lost": {"status": 500, "applied": True},
}


@pytest.mark.parametrize("how", REFUSALS.values(), ids=REFUSALS)
def test_a_post_that_slack_did_not_take_at_first_arrives_once(
    house: House, provider: Provider, how: dict[str, Any]
) -> None:
    provider.script += [says("Bonjour !")]
    house.slack.fault("chat.postMessage", **how)
    ts = ask(house)
    house.answer(SALES, ts, showing="Bonjour !")
    house.settle()
    assert len(house.said(SALES, ts)) == 1
    assert house.rows("SELECT status FROM posts") == [("sent",)]


def test_slack_that_fails_at_the_start_is_waited_for_and_what_was_said_meanwhile_is_answered(
    house: House, provider: Provider
) -> None:
    provider.script += [says("Me voilà")]
    house.baton.stop()
    house.slack.fault("auth.test", error="internal_error")
    house.slack.fault("auth.test", status=500)
    ts = house.slack.say(AMELIE, "<@UBATON01> es-tu là ?", SALES)
    house.start()
    house.answer(SALES, ts, showing="Me voilà")
    assert house.baton.output().count("Slack is not reachable yet") == 2


@pytest.mark.parametrize(
    ("method", "setting"), [("auth.test", "SLACK_BOT_TOKEN"), ("apps.connections.open", "SLACK_APP_TOKEN")]
)
def test_a_token_that_slack_refuses_stops_the_start_with_one_clear_line(
    house: House, method: str, setting: str
) -> None:
    house.baton.stop()
    house.slack.fault(method, error="invalid_auth")
    code, said = house.baton.refuse()
    assert code == 2
    assert f"baton: {setting}: Slack refuses it (invalid_auth)" in said
    assert "xapp-local" not in said
    assert "Traceback" not in said


def test_words_that_are_not_for_baton_are_neither_stored_nor_answered(house: House, provider: Provider) -> None:
    provider.script += [says("Bonjour !")]
    house.start()
    private = house.slack.say(AMELIE, "entre nous : le salaire de Bruno", GENERAL)
    house.slack.say(BRUNO, "chut", GENERAL, private)
    ts = ask(house)
    house.answer(SALES, ts, showing="Bonjour !")
    house.settle()
    assert house.rows("SELECT person, body ->> 'text' FROM inbox") == [(AMELIE, "bonjour")]
    assert house.said(GENERAL, private) == []


# ---- the database


_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


def test_connections_that_the_database_cut_are_made_again(house: House, provider: Provider, server: str) -> None:
    house.start()
    with psycopg.connect(server, autocommit=True) as maintenance:
        maintenance.execute(_CUT, [house.database_name])
    provider.script += [says("Me revoilà")]
    house.answer(SALES, ask(house), showing="Me revoilà")


def test_a_database_that_is_away_for_a_while_costs_nothing_but_time(house: House, server: str) -> None:
    house.start()
    with psycopg.connect(server, autocommit=True) as maintenance:
        maintenance.execute(f"ALTER DATABASE {house.database_name} ALLOW_CONNECTIONS false".encode())
        maintenance.execute(_CUT, [house.database_name])
        ts = ask(house)
        until("Slack tried again", lambda: all(event["sends"] > 1 for event in house.slack.events(ts)))
        maintenance.execute(f"ALTER DATABASE {house.database_name} ALLOW_CONNECTIONS true".encode())
    house.answer(SALES, ts, showing="I heard: bonjour")  # perhaps asked again: what the model said may be lost
    house.settle()
    assert len(house.said(SALES, ts)) == 1


# ---- what Slack may send

_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
_GOOD: list[dict[str, Any]] = [
    {
        "event_id": "Ev1", "team_id": "T1", "type": "event_callback",
        "event": {
            "type": "message", "user": AMELIE, "channel": SALES, "ts": "1700000000.000100", "text": "<@UBATON01> hello",
            "channel_type": "channel", "thread_ts": "1700000000.000100", "team": "T1", "subtype": "file_share",
        },
    },
    {"event_id": "Ev2", "event": {"type": "app_home_opened", "user": AMELIE, "channel": "D1", "tab": "home"}},
    {
        "type": "block_actions", "trigger_id": "1.2", "team": {"id": "T1"}, "user": {"id": AMELIE, "team_id": "T1"},
        "channel": {"id": SALES}, "actions": [{"action_id": "baton_approve", "value": "ap_1", "action_ts": "1.2"}],
        "container": {"channel_id": SALES, "message_ts": "1.2", "thread_ts": "1.1"},
        "message": {"ts": "1.2", "thread_ts": "1.1"},
    },
]  # fmt: skip


@st.composite
def _spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A good payload in which a few places hold something else, or nothing."""
    body: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(_GOOD)))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = body
        while place:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
            elif draw(st.booleans()):
                place[key] = draw(_ODD)
                break
            else:
                del place[key]
                break
    return body


@settings(max_examples=500, deadline=None)
@given(_spoiled())
def test_whatever_slack_sends_becomes_well_formed_values_or_nothing(body: dict[str, Any]) -> None:
    heard, clicked, opened = listeners.heard(body, "UBATON01"), listeners.clicked(body), listeners.opened(body)
    for envelope in [one for one in (heard and heard.envelope, clicked) if one]:
        names = (envelope.event_id, envelope.team, envelope.channel, envelope.person)
        assert all(isinstance(name, str) and name for name in names)
    if heard:
        assert all(isinstance(name, str) and name for name in vars(heard.incoming.thread).values())
    if clicked:
        assert isinstance(clicked.body["thread_ts"], str | None)
    if opened:
        assert isinstance(opened.tab, str)


def test_what_slack_really_sends_is_understood() -> None:
    message, home, click = _GOOD
    assert (heard := listeners.heard(message, "UBATON01"))
    assert (heard.incoming.text, heard.addressed) == ("hello", True)
    assert listeners.opened(home) == listeners.Opened(AMELIE, "D1", "home")
    assert (clicked := listeners.clicked(click))
    assert clicked.body == {"target": "ap_1", "verdict": "approve", "thread_ts": "1.1"}


def test_words_said_while_slack_cannot_say_who_we_are_are_not_lost(house: House, provider: Provider) -> None:
    """Bolt would ask at the first event, and acknowledge and drop it when the answer is a refusal."""
    provider.script += [says("Bonjour !")]
    house.baton.stop()
    house.start()
    house.slack.fault("auth.test", error="ratelimited", times=9)
    ts = house.slack.say(AMELIE, "bonjour")
    house.answer("D0AMELIE01", ts, showing="Bonjour !", person=AMELIE)
