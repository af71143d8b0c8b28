"""A bad day in the local workspace: rate limits, envelopes gone astray, nonsense; and what an inspector finds of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import bot.workspace.web_api  # noqa: F401  (fills the table of methods)
from bot.workspace.company import AMELIE, APP_TOKEN, APP_USER, BOT_TOKEN, BRUNO, CHLOE
from bot.workspace.limits import LIMITS, Limits
from bot.workspace.methods import METHODS
from bot.workspace.unsteady import GARBAGE
from tests.house import GENERAL, SALES, Slack
from tests.test_workspace import card, connected, eventually


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slack]:
    with Slack(tmp_path_factory.mktemp("faults")) as slack:
        yield slack


@pytest.fixture
def slack(running: Slack) -> Iterator[Slack]:
    yield running
    running.heal()


@pytest.fixture(scope="module")
def client(running: Slack) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=f"{running.url}api/")


class Wire:
    """One connection of an app that acknowledges what it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self, *, ack: bool = True) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json()
        if ack and "envelope_id" in frame:
            await self.ack(frame)
        return frame

    async def ack(self, frame: dict[str, Any]) -> None:
        await self.socket.send_json({"envelope_id": frame["envelope_id"]})

    async def texts(self, number: int) -> list[str]:
        return [(await self.next())["payload"]["event"]["text"] for _ in range(number)]


@asynccontextmanager
async def wire(slack: Slack) -> AsyncIterator[Wire]:
    opened = await AsyncWebClient(base_url=f"{slack.url}api/").apps_connections_open(app_token=APP_TOKEN)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        assert (await socket.receive_json())["type"] in ("hello", "disconnect")
        yield Wire(socket)


# Tests that listen on a connection come first: what nobody has heard of yet would reach them.


async def test_an_envelope_comes_twice_without_a_word_of_it(slack: Slack) -> None:
    async with wire(slack) as app:
        slack.disturb("twice")
        slack.say(AMELIE.id, "une fois ?")
        first, second = await app.next(), await app.next()
        slack.say(AMELIE.id, "la suite")
        assert await app.texts(1) == ["la suite"]
    assert first["payload"] == second["payload"]
    assert first["envelope_id"] != second["envelope_id"]
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 0)


async def test_an_envelope_is_overtaken_by_the_next(slack: Slack) -> None:
    async with wire(slack) as app:
        slack.disturb("swapped")
        for text in ("un", "deux", "trois"):
            slack.say(AMELIE.id, text)
        heard = await app.texts(3)
    assert heard.index("deux") < heard.index("un")


async def test_an_acknowledgement_that_comes_late_counts_as_none(slack: Slack) -> None:
    async with wire(slack) as app:
        ts = slack.say(AMELIE.id, "vite")
        late = await app.next(ack=False)
        again = await app.next(ack=False)  # comes once the first has been given up
        await app.ack(late)
        await app.ack(again)
        [event] = await eventually(
            lambda: asyncio.to_thread(slack.events, ts), lambda events: events[0]["state"] == "acked"
        )
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
    assert late["payload"] == again["payload"]
    assert event["sends"] == 2


async def test_a_connection_is_told_why_it_ends_and_the_others_go_on(slack: Slack) -> None:
    async with wire(slack) as old, wire(slack) as other:
        slack.disconnect("warning")
        warned = await old.next()
        slack.say(AMELIE.id, "encore là")
        assert await old.texts(1) == ["encore là"], "after a warning there is some time left"
        slack.disconnect("refresh_requested")
        ended = await other.next()
        assert (await other.socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        slack.say(AMELIE.id, "et après")
        assert await old.texts(1) == ["et après"]
    assert (warned["type"], warned["reason"]) == ("disconnect", "warning")
    assert (ended["type"], ended["reason"]) == ("disconnect", "refresh_requested")


async def test_the_eleventh_connection_is_one_too_many(slack: Slack) -> None:
    opened = AsyncWebClient(base_url=f"{slack.url}api/")
    async with aiohttp.ClientSession() as session:
        url = (await opened.apps_connections_open(app_token=APP_TOKEN))["url"]
        sockets = [await session.ws_connect(url) for _ in range(11)]
        told = [await socket.receive_json() for socket in sockets]
        for socket in sockets:
            await socket.close()
    assert [frame["type"] for frame in told] == ["hello"] * 10 + ["disconnect"]
    assert told[-1]["reason"] == "too_many_websockets"


async def test_anything_may_come_and_an_app_of_bolt_still_answers(slack: Slack) -> None:
    app = AsyncApp(token=BOT_TOKEN, client=AsyncWebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/"))
    heard = asyncio.Queue[str]()

    @app.event("message")
    async def listen(event: Any) -> None:
        if event.get("text") == "après":
            heard.put_nowait(event["text"])

    async with connected(app):
        told = await asyncio.to_thread(slack.garbage)
        odd = await asyncio.to_thread(
            slack.envelope, {"type": "event_callback", "event": {"type": "message", "text": "après"}}
        )
        slack.say(AMELIE.id, "après")
        assert [await heard.get() for _ in range(2)] == ["après", "après"]
    assert told["sent"] == len(GARBAGE)
    assert odd == {"acked": True, "reason": ""}


async def test_an_inspector_finds_events_clicks_and_calls_of_a_message(slack: Slack, client: WebClient) -> None:
    question = slack.say(AMELIE.id, "@Baton un devis ?", SALES)
    elsewhere = slack.say(AMELIE.id, "autre chose", SALES)
    posted = client.chat_postMessage(
        channel=SALES, thread_ts=question, text="P-12", blocks=card("attend", value="P-12")
    )
    answer = str(posted["ts"])
    client.chat_update(channel=SALES, ts=answer, text="P-12", blocks=card("attend encore", value="P-12"))
    app = AsyncApp(token=BOT_TOKEN, client=AsyncWebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/"))

    @app.action("approve")
    async def approve(ack: Any) -> None:
        await ack()

    async with connected(app):
        press = {"person": BRUNO.id, "channel": SALES, "ts": answer, "action_id": "approve"}
        async with aiohttp.ClientSession() as session:
            await session.post(f"{slack.url}local/click", json=press)
    slack.edit(AMELIE.id, SALES, elsewhere, "rien")
    about_question, about_answer, about_other = (
        slack.inspect(AMELIE.id, SALES, ts) for ts in (question, answer, elsewhere)
    )
    assert [_kind(event) for event in about_question["events"]][:2] == ["message", "app_mention"]
    assert [_kind(event) for event in about_answer["events"]] == ["message", "message_changed", "block_actions"]
    assert [event["state"] for event in about_answer["events"]] == ["acked"] * 3
    assert [call["method"] for call in about_answer["calls"]] == ["chat.postMessage", "chat.update"]
    assert about_answer["calls"][0]["answer"]["ts"] == answer
    assert about_question["calls"][0]["method"] == "chat.postMessage"
    assert [_kind(event) for event in about_other["events"]] == ["message", "message_changed"]
    assert about_other["calls"] == []
    with pytest.raises(Exception, match="404"):
        slack.inspect(CHLOE.id, "C0FINANCE1", question)


def _kind(told: dict[str, Any]) -> str:
    payload = told["payload"]
    event = payload.get("event", payload)
    return str(event.get("subtype") or event["type"])


def test_an_ephemeral_message_shows_in_a_thread_only_once_somebody_has_replied(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Bonjour", SALES)
    whisper = {"channel": SALES, "user": CHLOE.id, "thread_ts": root, "text": "pour Chloé"}
    assert client.chat_postEphemeral(**whisper)["message_ts"]
    unseen = [message["text"] for message in slack.messages(SALES, root, CHLOE.id)]
    client.chat_postMessage(channel=SALES, thread_ts=root, text="réponse")
    client.chat_postEphemeral(**whisper)
    seen = [message["text"] for message in slack.messages(SALES, root, CHLOE.id)]
    assert (unseen, seen) == (["Bonjour"], ["Bonjour", "réponse", "pour Chloé"])
    assert APP_USER not in {message["user"] for message in slack.messages(SALES, root, AMELIE.id)[2:]}


def refused_after(client: WebClient, method: str, **args: Any) -> tuple[int, str, int]:
    """The answer to a call that comes too early: HTTP status, error, seconds to wait."""
    with pytest.raises(SlackApiError) as refused:
        client.api_call(method, json=args)
    response = refused.value.response
    return response.status_code, response["error"], int(response.headers["Retry-After"])


def test_each_method_has_its_limit_and_posts_one_in_each_channel(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Bonjour", SALES)
    slack.limits(chat_postMessage=2, conversations_replies=1)
    for channel in (SALES, GENERAL):
        for text in ("un", "deux"):
            client.chat_postMessage(channel=channel, text=text)
        status, error, pause = refused_after(client, "chat.postMessage", channel=channel, text="trois")
        assert (status, error) == (429, "ratelimited")
        assert 1 <= pause <= 60
    client.conversations_replies(channel=SALES, ts=root)
    assert refused_after(client, "conversations.replies", channel=SALES, ts=root)[:2] == (429, "ratelimited")
    assert [message["text"] for message in slack.messages(SALES)][-2:] == ["un", "deux"], (
        "what is refused has no effect"
    )
    slack.heal()
    client.conversations_replies(channel=SALES, ts=root)


def test_streams_are_of_tier_two_and_every_method_of_a_tier(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Bonjour")
    slack.limits()
    for _ in range(20):
        client.chat_startStream(channel=AMELIE.dm, thread_ts=root)
    assert refused_after(client, "chat.startStream", channel=AMELIE.dm, thread_ts=root)[1] == "ratelimited"
    assert set(LIMITS) <= set(METHODS), "a limit that limits nothing"


def test_a_workspace_can_begin_with_its_limits_on() -> None:
    assert [Limits(on=on).on_at_start for on in (True, False)] == [True, False]
    limits = Limits(on=True)
    posts = [limits.pause("chat.postMessage", {"channel": SALES}) for _ in range(6)]
    assert [pause > 0 for pause in posts] == [False] * 5 + [True]
