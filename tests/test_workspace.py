"""The local workspace, seen by an ordinary Slack app and by the people who use its page."""

import asyncio
import hashlib
import hmac
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.company import ADMIN_TOKEN, AMELIE, APP_TOKEN, APP_USER, BOT_TOKEN, BRUNO, CHLOE, EVA
from bot.workspace.payloads import as_typed
from bot.workspace.rules import block_faults, view_faults
from tests.house import Slack

VENTES = "C0VENTES01"
FINANCE = "C0FINANCE1"
FAST_RETRIES = ("--ack-seconds", "0.3", "--retry-seconds", "0,0.2,0.4")

Value = TypeVar("Value")


class Workspace:
    """A workspace process; it can be ended and started again on the same folder and port."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home, self.options, self.port = home, options, 0

    async def start(self) -> None:
        options = ("--home", str(self.home), "--port", str(self.port), *self.options)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.workspace", *options, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        assert line.startswith("workspace: http://127.0.0.1:"), line
        self.address = line.removeprefix("workspace: ").strip()
        self.port = int(self.address.rstrip("/").rpartition(":")[2])

    async def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return await self.process.wait()

    def client(self, token: str = BOT_TOKEN) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=f"{self.address}api/")

    async def get(self, path: str, **query: str) -> Any:
        async with aiohttp.ClientSession() as session, session.get(self.address + path, params=query) as response:
            return await response.json()

    async def post(self, path: str, **body: Any) -> Any:
        async with aiohttp.ClientSession() as session, session.post(self.address + path, json=body) as response:
            return await response.json()

    async def say(self, text: str, *, channel: str = AMELIE.dm, thread_ts: str = "", person: str = AMELIE.id) -> str:
        said = await self.post("local/say", person=person, channel=channel, text=text, thread_ts=thread_ts)
        return str(said["ts"])

    async def thread(self, channel: str, ts: str, *, person: str = AMELIE.id, length: int = 1) -> list[Any]:
        """The thread as that person sees it, as soon as it is that long."""

        async def read() -> list[Any]:
            seen = await self.get("local/messages", person=person, channel=channel, thread_ts=ts)
            return list(seen["messages"])

        return await eventually(read, lambda seen: len(seen) >= length)

    async def event(self, event_id: str, state: str) -> Any:
        """The event's record, as soon as it is in that state."""

        async def read() -> Any:
            events = (await self.get("local/events"))["events"]
            return next(event for event in events if event["event_id"] == event_id)

        return await eventually(read, lambda event: event["state"] == state)


async def eventually(read: Callable[[], Awaitable[Value]], wanted: Callable[[Value], bool]) -> Value:
    while not wanted(value := await read()):
        await asyncio.sleep(0.02)
    return value


@asynccontextmanager
async def running(home: Path, *options: str) -> AsyncIterator[Workspace]:
    workspace = Workspace(home, *options)
    await workspace.start()
    try:
        yield workspace
    finally:
        if workspace.process.returncode is None:
            await workspace.end(signal.SIGKILL)


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    async with running(tmp_path) as workspace:
        yield workspace


def new_app(workspace: Workspace) -> AsyncApp:
    return AsyncApp(token=BOT_TOKEN, client=workspace.client())


@asynccontextmanager
async def connected(app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()
    try:
        yield handler
    finally:
        await handler.close_async()


def echo(workspace: Workspace) -> AsyncApp:
    app = new_app(workspace)

    @app.event("message")
    async def answer_direct(event: Any, client: AsyncWebClient) -> None:
        if event["channel_type"] == "im" and "subtype" not in event:
            await client.chat_postMessage(
                channel=event["channel"], thread_ts=event.get("thread_ts", event["ts"]), text=f"echo: {event['text']}"
            )

    @app.event("app_mention")
    async def answer_mention(event: Any, client: AsyncWebClient) -> None:
        await client.chat_postMessage(
            channel=event["channel"], thread_ts=event["ts"], text=f"mentioned: {event['text']}"
        )

    return app


def card(state: str, **button: str) -> list[Any]:
    buttons = [
        {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approuver"}, **button}
    ]
    section = {"type": "section", "text": {"type": "mrkdwn", "text": state}}
    return [section, {"type": "actions", "elements": buttons}] if button else [section]


async def test_a_direct_message_and_a_mention_are_answered(workspace: Workspace) -> None:
    async with connected(echo(workspace)):
        direct = await workspace.say("Bonjour & <bienvenue>")
        mention = await workspace.say("@Baton combien ?", channel=VENTES)
        in_dm = await workspace.thread(AMELIE.dm, direct, length=2)
        in_channel = await workspace.thread(VENTES, mention, length=2)
    assert in_dm[1]["text"] == "echo: Bonjour &amp; &lt;bienvenue&gt;"
    assert in_channel[1]["text"] == f"mentioned: <@{APP_USER}> combien ?"
    assert in_channel[0]["reply_count"] == 1


async def test_a_click_reaches_the_listener_and_the_card_is_repainted(workspace: Workspace) -> None:
    app = new_app(workspace)
    bodies = []

    @app.action("approve")
    async def approve(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        bodies.append(body)
        done = f"approved by {body['user']['id']}"
        await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text=done, blocks=card(done))

    metadata = {"event_type": "proposal", "event_payload": {"row": "P-12"}}
    async with connected(app):
        root = await workspace.say("Une commande ?", channel=VENTES)
        posted = await workspace.client().chat_postMessage(
            channel=VENTES, thread_ts=root, text="P-12", blocks=card("waits", value="P-12"), metadata=metadata
        )
        ts = posted["ts"]
        clicked = await workspace.post("local/click", person=BRUNO.id, channel=VENTES, ts=ts, action_id="approve")
        thread = await eventually(
            lambda: workspace.thread(VENTES, root, length=2), lambda seen: "approved" in seen[1]["text"]
        )
    assert clicked == {"delivered": True}
    assert thread[1]["text"] == f"approved by {BRUNO.id}"
    assert [block["type"] for block in thread[1]["blocks"]] == ["section"]
    assert thread[1]["metadata"] == metadata
    body = bodies[0]
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": VENTES,
        "is_ephemeral": False,
        "thread_ts": root,
    }
    assert body["message"]["metadata"] == metadata
    assert body["message"]["thread_ts"] == root
    assert body["actions"][0]["value"] == "P-12"
    assert body["actions"][0]["block_id"] == body["message"]["blocks"][1]["block_id"]


async def test_a_click_without_a_connection_is_refused_and_never_delivered_later(workspace: Workspace) -> None:
    app = new_app(workspace)
    clicks = []

    @app.action("approve")
    async def approve(ack: Any, body: Any) -> None:
        await ack()
        clicks.append(body)

    posted = await workspace.client().chat_postMessage(channel=VENTES, text="P", blocks=card("waits", value="P"))
    click = {"person": BRUNO.id, "channel": VENTES, "ts": posted["ts"], "action_id": "approve"}
    refused = await workspace.post("local/click", **click)
    async with connected(app):
        accepted = await workspace.post("local/click", **click)
    assert refused["delivered"] is False
    assert "did not respond" in refused["notice"]
    assert accepted["delivered"] is True
    assert len(clicks) == 1


async def test_an_event_that_is_not_acknowledged_comes_again_with_retry_headers(tmp_path: Path) -> None:
    async with running(tmp_path, *FAST_RETRIES) as workspace, aiohttp.ClientSession() as session:
        socket = await open_socket(workspace, session)
        await workspace.say("Bonjour")
        frames = [await socket.receive_json() for _ in range(4)]
        event_id = frames[0]["payload"]["event_id"]
        record = await workspace.event(event_id, "given up")
    assert [(f["retry_attempt"], f["retry_reason"]) for f in frames] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]
    assert {frame["payload"]["event_id"] for frame in frames} == {event_id}
    assert record["sends"] == 4


async def test_bolt_sees_the_retry_headers(tmp_path: Path) -> None:
    async with running(tmp_path, *FAST_RETRIES) as workspace:
        app = new_app(workspace)
        headers: list[tuple[list[str], list[str]]] = []
        answered = asyncio.Event()

        @app.middleware
        async def slow_at_first(req: Any, next: Any) -> None:
            headers.append((req.headers["x-slack-retry-num"], req.headers["x-slack-retry-reason"]))
            if len(headers) == 1:
                await answered.wait()
            await next()
            answered.set()

        @app.event("message")
        async def seen() -> None:
            pass

        async with connected(app):
            await workspace.say("Bonjour")
            await answered.wait()
    assert headers[:2] == [(["0"], [""]), (["1"], ["timeout"])]


async def test_an_event_waits_for_a_connection_and_outlives_a_restart(workspace: Workspace) -> None:
    ts = await workspace.say("Personne n'est là ?")
    assert await workspace.end(signal.SIGTERM) == 0
    await workspace.start()
    async with connected(echo(workspace)):
        thread = await workspace.thread(AMELIE.dm, ts, length=2)
    assert thread[1]["text"] == "echo: Personne n'est là ?"


async def test_an_unacknowledged_event_comes_again_after_kill_9_as_a_retry(workspace: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await open_socket(workspace, session)
        await workspace.say("Bonjour")
        first = await socket.receive_json()
        await workspace.end(signal.SIGKILL)
        await workspace.start()
        socket = await open_socket(workspace, session)
        again = await socket.receive_json()
    assert again["payload"] == first["payload"]
    assert again["retry_attempt"] == 1


async def test_everything_written_survives_kill_9(workspace: Workspace) -> None:
    client = workspace.client()
    root = await workspace.say("Un devis ?", channel=VENTES)
    posted = await client.chat_postMessage(channel=VENTES, thread_ts=root, text="v1", blocks=card("v1", value="P"))
    await client.chat_update(channel=VENTES, ts=posted["ts"], text="v2")
    before = await workspace.thread(VENTES, root)
    await workspace.end(signal.SIGKILL)
    await workspace.start()
    assert await workspace.thread(VENTES, root) == before
    assert [message["text"] for message in before] == ["Un devis ?", "v2"]
    assert "blocks" not in before[1]


async def test_each_envelope_goes_to_one_connection_in_turn(workspace: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await open_socket(workspace, session) for _ in range(2)]
        for number in range(4):
            await workspace.say(f"message {number}")
        texts = [[await acknowledged(socket) for _ in range(2)] for socket in sockets]
    assert sorted(texts[0] + texts[1]) == [f"message {number}" for number in range(4)]


async def test_dropped_connections_come_back(workspace: Workspace) -> None:
    async with connected(echo(workspace)):
        assert await workspace.post("local/drop-connections") == {"dropped": 1}
        ts = await workspace.say("Encore là ?")
        thread = await workspace.thread(AMELIE.dm, ts, length=2)
    assert thread[1]["text"] == "echo: Encore là ?"


async def test_a_redelivered_event_is_the_same_event(workspace: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await open_socket(workspace, session)
        await workspace.say("Bonjour")
        first = await socket.receive_json()
        await socket.send_json({"envelope_id": first["envelope_id"]})
        again = await workspace.post("local/redeliver", event_id=first["payload"]["event_id"])
        second = await socket.receive_json()
    assert again == {"delivered": True}
    assert second["payload"] == first["payload"]
    assert second["retry_attempt"] == 1


async def test_pings_are_answered_with_the_same_bytes(workspace: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await open_socket(workspace, session, autoping=False)
        await socket.ping(b"sdk-ping-pong:1700000000.5")
        answer = await socket.receive()
    assert (answer.type, bytes(answer.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1700000000.5")


async def test_arguments_may_come_as_query_form_or_json(workspace: Workspace) -> None:
    blocks = json.dumps(card("hello"))
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    url = f"{workspace.address}api/chat.postMessage"
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = [
            await (await session.get(f"{url}?channel={VENTES}&text=a&blocks={quote(blocks)}")).json(),
            await (await session.post(f"{url}?channel={VENTES}", data={"text": "a", "blocks": blocks})).json(),
            await (await session.post(f"{url}?channel={VENTES}", json={"text": "a", "blocks": card("hello")})).json(),
        ]
    texts = [answer["message"]["blocks"][0]["text"]["text"] for answer in answers]
    assert texts == ["hello", "hello", "hello"]


async def test_auth_test_is_complete_and_a_wrong_token_is_refused(workspace: Workspace) -> None:
    answer = await workspace.client().auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (APP_USER, "B0BATON001", "T0VALMONT1")
    assert "chat:write" in answer.headers["x-oauth-scopes"]
    for token, error in (("xoxb-wrong", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type"), ("", "not_authed")):
        with pytest.raises(SlackApiError) as refused:
            await workspace.client(token).auth_test()
        assert refused.value.response["error"] == error


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("chat.postMessage", {"channel": "C0NOWHERE1", "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"text": "a"}, "invalid_arguments"),
    ("chat.postMessage", {"channel": VENTES}, "no_text"),
    ("chat.postMessage", {"channel": VENTES, "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": VENTES, "blocks": "not JSON"}, "invalid_blocks_format"),
    ("chat.update", {"channel": VENTES, "ts": "1.000000", "text": "a"}, "message_not_found"),
    ("conversations.replies", {"channel": VENTES, "ts": "1.000000"}, "thread_not_found"),
    ("users.info", {"user": "U0NOBODY01"}, "user_not_found"),
    ("usergroups.users.list", {"usergroup": "S0NOBODY01"}, "no_such_subteam"),
    ("chat.postEphemeral", {"channel": FINANCE, "user": AMELIE.id, "text": "a"}, "user_not_in_channel"),
    ("views.open", {"trigger_id": "1.2", "view": {}}, "invalid_arguments"),
    ("agents.sessions.setStatus", {"channel_id": VENTES, "status": "active"}, "thread_ts_required"),
    ("admin.users.list", {}, "unknown_method"),
]


async def test_refusals_use_slacks_own_words(workspace: Workspace) -> None:
    given = []
    for method, args, _ in REFUSALS:
        with pytest.raises(SlackApiError) as refused:
            await workspace.client().api_call(method, json=args)
        given.append((method, args, refused.value.response["error"]))
    assert given == REFUSALS


async def test_another_persons_message_cannot_be_updated_nor_a_channel_be_written_after_leaving(
    workspace: Workspace,
) -> None:
    client = workspace.client()
    ts = await workspace.say("à moi", channel=VENTES)
    with pytest.raises(SlackApiError, match="cant_update_message"):
        await client.chat_update(channel=VENTES, ts=ts, text="à toi")
    await client.conversations_leave(channel=VENTES)
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.chat_postMessage(channel=VENTES, text="encore moi")
    await client.conversations_join(channel=VENTES)
    await client.chat_postMessage(channel=VENTES, text="encore moi")


async def test_an_ephemeral_message_is_seen_by_its_person_only(workspace: Workspace) -> None:
    client = workspace.client()
    root = await workspace.say("Bonjour", channel=VENTES)
    await client.chat_postMessage(channel=VENTES, thread_ts=root, text="réponse")
    await client.chat_postEphemeral(channel=VENTES, user=CHLOE.id, text="pour Chloé", thread_ts=root)
    seen = {p: [m["text"] for m in await workspace.thread(VENTES, root, person=p)] for p in (CHLOE.id, AMELIE.id)}
    assert seen == {CHLOE.id: ["Bonjour", "réponse", "pour Chloé"], AMELIE.id: ["Bonjour", "réponse"]}
    replies = await client.conversations_replies(channel=VENTES, ts=root)
    assert [message["text"] for message in replies["messages"]] == ["Bonjour", "réponse"]


async def test_metadata_comes_back_only_when_asked_for(workspace: Workspace) -> None:
    client = workspace.client()
    root = await workspace.say("Bonjour")
    metadata = {"event_type": "outbox", "event_payload": {"row": 7}}
    await client.chat_postMessage(channel=AMELIE.dm, thread_ts=root, text="7", metadata=metadata)
    plain = await client.conversations_replies(channel=AMELIE.dm, ts=root)
    full = await client.conversations_replies(channel=AMELIE.dm, ts=root, include_all_metadata=True)
    assert "metadata" not in plain["messages"][1]
    assert full["messages"][1]["metadata"] == metadata


async def test_people_and_groups_are_those_of_the_company(workspace: Workspace) -> None:
    client = workspace.client()
    user = (await client.users_info(user=AMELIE.id, include_locale=True))["user"]
    groups = {group["handle"]: group["id"] for group in (await client.usergroups_list())["usergroups"]}
    finance = await client.usergroups_users_list(usergroup=groups["finance"])
    channels = (await client.conversations_list(types="public_channel,private_channel"))["channels"]
    assert (user["locale"], user["tz"], user["profile"]["real_name"]) == ("fr-FR", "Europe/Paris", "Amélie Laurent")
    assert "locale" not in (await client.users_info(user=AMELIE.id))["user"]
    assert finance["users"] == [BRUNO.id, EVA.id]
    assert {c["name"]: c["is_private"] for c in channels} == {
        "general": False,
        "ventes": False,
        "production": False,
        "finance": True,
        "partenaires": False,
    }
    assert AMELIE.id not in (await client.conversations_members(channel=FINANCE))["members"]
    assert (await client.conversations_open(users=AMELIE.id))["channel"]["id"] == AMELIE.dm


async def test_a_modal_comes_back_with_its_values_and_its_trigger_works_once(workspace: Workspace) -> None:
    app = new_app(workspace)
    submitted, second = [], []
    plain = {"type": "plain_text", "text": "Motif"}
    element = {"type": "plain_text_input", "action_id": "words"}
    view = {
        "type": "modal",
        "callback_id": "reject",
        "private_metadata": "P-12",
        "title": plain,
        "submit": plain,
        "blocks": [{"type": "input", "block_id": "why", "label": plain, "element": element}],
    }

    @app.action("approve")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        with pytest.raises(SlackApiError) as refused:
            await client.views_open(trigger_id=body["trigger_id"], view=view)
        second.append(refused.value.response["error"])

    @app.view("reject")
    async def rejected(ack: Any, view: Any) -> None:
        submitted.append(view)
        words = view["state"]["values"]["why"]["words"]["value"]
        await (ack() if len(words) > 3 else ack(response_action="errors", errors={"why": "Dites pourquoi"}))

    async with connected(app):
        posted = await workspace.client().chat_postMessage(channel=VENTES, text="P", blocks=card("P", value="P"))
        await workspace.post("local/click", person=BRUNO.id, channel=VENTES, ts=posted["ts"], action_id="approve")
        shown = await eventually(
            lambda: workspace.get("local/state", person=BRUNO.id), lambda state: state["modal"] is not None
        )
        modal = {"person": BRUNO.id, "view_id": shown["modal"]["id"]}
        refused = await workspace.post("local/submit", **modal, values={"why": "non"})
        accepted = await workspace.post("local/submit", **modal, values={"why": "trop cher"})
    assert second == ["exchanged_trigger_id"]
    assert refused == {"delivered": True, "errors": {"why": "Dites pourquoi"}}
    assert accepted == {"delivered": True, "errors": {}}
    assert submitted[1]["state"]["values"] == {"why": {"words": {"type": "plain_text_input", "value": "trop cher"}}}
    assert submitted[1]["private_metadata"] == "P-12"
    assert (await workspace.get("local/state", person=AMELIE.id))["modal"] is None


async def test_a_response_url_answers_the_clicking_person_and_replaces_the_card(workspace: Workspace) -> None:
    app = new_app(workspace)

    @app.action("approve")
    async def answer(ack: Any, respond: Any) -> None:
        await ack()
        await respond("vous n'avez pas le droit")
        await respond("fini", replace_original=True)

    async with connected(app):
        posted = await workspace.client().chat_postMessage(channel=VENTES, text="P", blocks=card("P", value="P"))
        ts = posted["ts"]
        await workspace.post("local/click", person=CHLOE.id, channel=VENTES, ts=ts, action_id="approve")
        card_now = await eventually(lambda: workspace.thread(VENTES, ts), lambda thread: thread[0]["text"] == "fini")
    seen = {p: await workspace.get("local/messages", person=p, channel=VENTES) for p in (CHLOE.id, AMELIE.id)}
    assert "blocks" not in card_now[0]
    assert [m["text"] for m in seen[CHLOE.id]["messages"]] == ["fini", "vous n'avez pas le droit"]
    assert [m["text"] for m in seen[AMELIE.id]["messages"]] == ["fini"]


async def test_an_uploaded_text_file_lies_in_the_thread(workspace: Workspace) -> None:
    root = await workspace.say("Le détail ?", channel=VENTES)
    await workspace.client().files_upload_v2(
        channel=VENTES, thread_ts=root, filename="detail.txt", content="ligne 1\nligne 2", initial_comment="Voici"
    )
    message = (await workspace.thread(VENTES, root, length=2))[1]
    assert (message["text"], message["files"][0]["preview"]) == ("Voici", "ligne 1\nligne 2")


async def test_status_prompts_home_and_session_reach_the_page(workspace: Workspace) -> None:
    client = workspace.client()
    root = await workspace.say("Bonjour")
    place = {"channel_id": AMELIE.dm, "thread_ts": root}
    await client.assistant_threads_setStatus(**place, status="réfléchit…", loading_messages=["Je lis le stock"])
    await client.assistant_threads_setTitle(**place, title="Stock PMP-200")
    await client.agents_sessions_setStatus(**place, status="processing")
    prompts = [{"title": "Stock", "message": "Combien de PMP-200 ?"}]
    await client.assistant_threads_setSuggestedPrompts(channel_id=AMELIE.dm, prompts=prompts)
    await client.views_publish(user_id=AMELIE.id, view={"type": "home", "blocks": card("Bienvenue")})
    before = await workspace.get("local/state", person=AMELIE.id)
    await client.chat_postMessage(channel=AMELIE.dm, thread_ts=root, text="Voilà")
    after = await workspace.get("local/state", person=AMELIE.id)
    key = f"{AMELIE.dm}:{root}"
    assert before["statuses"][key]["status"] == "réfléchit…"
    assert before["titles"] == {key: "Stock PMP-200"}
    assert before["sessions"] == {key: {"status": "processing"}}
    assert before["prompts"][AMELIE.dm]["prompts"] == prompts
    assert before["home"]["blocks"][0]["text"]["text"] == "Bienvenue"
    assert after["statuses"] == {}


async def test_a_fault_fails_as_often_as_asked_and_an_applied_one_took_effect(workspace: Workspace) -> None:
    client = workspace.client()
    await workspace.post("local/fault", method="chat.postMessage", status=429, times=1)
    await workspace.post("local/fault", method="chat.postMessage", status=500, applied=True)
    statuses = []
    for text in ("lost", "kept", "answered"):
        try:
            statuses.append((await client.chat_postMessage(channel=VENTES, text=text)).status_code)
        except SlackApiError as error:
            statuses.append(error.response.status_code)
    seen = await workspace.get("local/messages", person=AMELIE.id, channel=VENTES)
    calls = [call for call in (await workspace.get("local/calls"))["calls"] if call["method"] == "chat.postMessage"]
    assert statuses == [429, 500, 200]
    assert [message["text"] for message in seen["messages"]] == ["kept", "answered"]
    assert [call["args"]["text"] for call in calls] == ["lost", "kept", "answered"]


async def test_other_web_pages_and_foreign_hosts_are_kept_out(workspace: Workspace) -> None:
    say = {"person": AMELIE.id, "channel": VENTES, "text": "intrus"}
    async with aiohttp.ClientSession() as session:
        statuses = [
            (await session.post(f"{workspace.address}local/say", json=say, headers=headers)).status
            for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"})
        ]
        rebound = await session.get(f"{workspace.address}local/state", headers={"Host": "evil.example:80"})
    assert statuses == [403, 403, 403]
    assert rebound.status == 403


async def test_nobody_sees_or_clicks_in_a_channel_that_is_not_theirs(workspace: Workspace) -> None:
    posted = await workspace.client().chat_postMessage(channel=FINANCE, text="P", blocks=card("P", value="P"))
    click = {"person": AMELIE.id, "channel": FINANCE, "ts": posted["ts"], "action_id": "approve"}
    assert await workspace.post("local/click", **click) == {"error": "channel_not_found"}
    read = await workspace.get("local/messages", person=AMELIE.id, channel=FINANCE)
    assert read == {"error": "channel_not_found"}


async def test_events_can_come_as_signed_requests_with_retries(tmp_path: Path) -> None:
    requests: list[tuple[str | None, str | None, bool]] = []
    done = asyncio.Event()

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        words = f"v0:{request.headers['X-Slack-Request-Timestamp']}:{body.decode()}".encode()
        digest = hmac.new(b"secret", words, hashlib.sha256).hexdigest()
        genuine = request.headers["X-Slack-Signature"] == f"v0={digest}"
        requests.append(
            (request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason"), genuine)
        )
        if len(requests) == 2:
            done.set()
        return web.Response(status=500 if len(requests) == 1 else 200)

    signed = ("--signing-secret", "secret", *FAST_RETRIES)
    async with serving(receive) as url, running(tmp_path, "--events-url", url, *signed) as workspace:
        await workspace.say("Bonjour")
        await done.wait()
    assert requests == [(None, None, True), ("1", "http_error", True)]


async def test_a_taken_port_or_folder_ends_with_code_2(workspace: Workspace, tmp_path: Path) -> None:
    async def exit_code(home: Path, port: int) -> int:
        options = ("--home", str(home), "--port", str(port))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.workspace", *options, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    assert await exit_code(tmp_path / "other", workspace.port) == 2
    assert await exit_code(workspace.home, 0) == 2


async def test_typed_names_and_addresses_become_links_and_signs_are_escaped() -> None:
    assert as_typed("@baton & @Amélie Laurent <!channel> #ventes") == (
        f"<@{APP_USER}> &amp; <@{AMELIE.id}> &lt;!channel&gt; <#{VENTES}>"
    )
    assert as_typed("bob@baton.fr <@UBATON01>") == "<mailto:bob@baton.fr|bob@baton.fr> <@UBATON01>"
    assert as_typed("voir https://a.test/?b=1&c=2.") == "voir <https://a.test/?b=1&amp;c=2>."


@pytest.mark.parametrize(
    "blocks",
    [
        "not a list",
        [{"type": "divider"}] * 51,
        [{"type": "nonsense"}],
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
        [{"type": "section"}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [{"type": "actions", "elements": []}],
        card("x", value="x" * 2001),
        card("x", text={"type": "plain_text", "text": "x" * 76}),  # type: ignore[arg-type]
        card("x", style="shiny"),
    ],
)
async def test_blocks_that_slack_refuses_are_refused(blocks: Any) -> None:
    assert block_faults(blocks) != []


def commanded(workspace: Workspace, **answer: Any) -> tuple[AsyncApp, list[Any]]:
    """An app that answers `/baton` with these words, and what it is told."""
    app, bodies = new_app(workspace), []

    @app.command("/baton")
    async def obey(ack: Any, body: Any) -> None:
        bodies.append(body)
        await ack(**answer)

    return app, bodies


async def command(workspace: Workspace, text: str, *, channel: str = VENTES, **more: str) -> Any:
    """What Amélie sees after she has used a command."""
    return (await workspace.post("local/command", person=AMELIE.id, channel=channel, text=text, **more))["message"]


async def seen_in(workspace: Workspace, channel: str, person: str) -> list[str]:
    messages = (await workspace.get("local/messages", person=person, channel=channel))["messages"]
    return [message["text"] for message in messages]


async def test_a_command_reaches_the_app_as_slack_sends_it_and_only_its_person_sees_the_answer(
    workspace: Workspace,
) -> None:
    app, bodies = commanded(workspace, text="Noté", blocks=card("C'est noté"))
    async with connected(app):
        shown = await command(workspace, "/baton  delegate @Bruno Keller & @finance #ventes")
        await command(workspace, "/baton", channel=AMELIE.dm)
    told = {key: value for key, value in bodies[0].items() if key not in ("token", "trigger_id", "response_url")}
    assert told == {
        "command": "/baton",
        "text": f"delegate <@{BRUNO.id}|bruno.keller> &amp; <!subteam^S0FINANCE1|@finance> <#{VENTES}|ventes>",
        "user_id": AMELIE.id,
        "user_name": "amelie.laurent",
        "channel_id": VENTES,
        "channel_name": "ventes",
        "team_id": "T0VALMONT1",
        "team_domain": "ateliers-valmont",
        "api_app_id": "A0BATON001",
        "is_enterprise_install": "false",
    }
    assert bodies[0]["trigger_id"]
    assert bodies[0]["response_url"].startswith(f"{workspace.address}actions/T0VALMONT1/")
    assert (bodies[1]["text"], bodies[1]["channel_name"]) == ("", "directmessage")
    assert (shown["text"], shown["is_ephemeral"], shown["user"]) == ("Noté", True, APP_USER)
    assert await seen_in(workspace, VENTES, AMELIE.id) == ["Noté"]
    assert await seen_in(workspace, VENTES, BRUNO.id) == []


async def test_a_command_may_be_answered_to_all_and_later_through_its_response_url(workspace: Workspace) -> None:
    app = new_app(workspace)

    @app.command("/baton")
    async def obey(ack: Any, respond: Any) -> None:
        await ack(text="pour tous", response_type="in_channel")
        await respond("pour Amélie", replace_original=True)

    async with connected(app):
        await command(workspace, "/baton qui")
        seen = await eventually(lambda: seen_in(workspace, VENTES, AMELIE.id), lambda texts: len(texts) == 2)
    assert sorted(seen) == ["pour Amélie", "pour tous"]
    assert await seen_in(workspace, VENTES, BRUNO.id) == ["pour tous"]


async def test_a_command_that_is_not_acknowledged_fails_in_slacks_words_and_never_comes_again(tmp_path: Path) -> None:
    async with running(tmp_path, *FAST_RETRIES) as workspace, aiohttp.ClientSession() as session:
        socket = await open_socket(workspace, session)
        failed = await command(workspace, "/baton status")
        sent = await socket.receive_json()
        await workspace.say("la suite")
        next_one = await socket.receive_json()
    assert (failed["text"], failed["user"]) == ('/baton failed with the error "operation_timeout"', "USLACKBOT")
    assert (sent["type"], sent["accepts_response_payload"], sent["payload"]["text"]) == (
        "slash_commands",
        True,
        "status",
    )
    assert "retry_attempt" not in sent
    assert (next_one["type"], next_one["payload"]["event"]["text"]) == ("events_api", "la suite")


async def test_what_is_no_command_or_has_no_good_answer_is_told_to_its_person(workspace: Workspace) -> None:
    app, bodies = commanded(workspace, text="x", blocks=[{"type": "nonsense"}])
    root = await workspace.say("Bonjour", channel=VENTES)
    nobody = await command(workspace, "/baton status")
    async with connected(app):
        unknown = await command(workspace, "/batton status")
        in_thread = await command(workspace, "/baton status", thread_ts=root)
        heard = len(bodies)
        wrong = await command(workspace, "/baton status")
    assert nobody["text"] == '/baton failed with the error "dispatch_failed"'
    assert unknown["text"].startswith("/batton is not a valid command. In Slack, all messages that start with")
    assert (in_thread["text"], in_thread["thread_ts"]) == ("/baton is not supported in threads. Sorry!", root)
    assert wrong["text"] == '/baton failed with the error "invalid_command_response"'
    assert heard == 0
    assert await seen_in(workspace, VENTES, BRUNO.id) == ["Bonjour"]


async def test_a_command_can_come_as_a_signed_form_and_be_answered_in_plain_text(tmp_path: Path) -> None:
    forms: list[tuple[bool, dict[str, Any]]] = []

    async def receive(request: web.Request) -> web.Response:
        words = f"v0:{request.headers['X-Slack-Request-Timestamp']}:{await request.text()}".encode()
        genuine = request.headers["X-Slack-Signature"] == f"v0={hmac.new(b'secret', words, hashlib.sha256).hexdigest()}"
        forms.append((genuine, dict(await request.post())))
        return web.Response(text="d'accord")

    async with (
        serving(receive) as url,
        running(tmp_path, "--events-url", url, "--signing-secret", "secret") as workspace,
    ):
        shown = await command(workspace, "/baton délégué & co")
    genuine, form = forms[0]
    assert genuine
    assert (form["command"], form["text"], form["is_enterprise_install"]) == ("/baton", "délégué &amp; co", "false")
    assert (shown["text"], shown["is_ephemeral"]) == ("d'accord", True)


def words(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": words(f"option {value}"[:75]), "value": value}


def asked(block_id: str, kind: str, *, optional: bool = False, **element: Any) -> dict[str, Any]:
    """An input block; its element's action_id is `value`."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": words(f"Champ {block_id}"),
        "optional": optional,
        "element": {"type": kind, "action_id": "value", **element},
    }


def form(*blocks: Any, title: str = "Modifier", **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "edit",
        "title": words(title),
        "submit": words("Envoyer"),
        "blocks": list(blocks),
        **more,
    }


EVERY_INPUT = form(
    asked("name", "plain_text_input", initial_value="PMP-200", min_length=3, max_length=10),
    asked("why", "plain_text_input", multiline=True, optional=True, placeholder=words("Pourquoi ?")),
    asked("amount", "number_input", is_decimal_allowed=True, min_value="0.5", max_value="1000"),
    asked("count", "number_input", is_decimal_allowed=False, initial_value="12"),
    asked("unit", "static_select", options=[option("kg"), option("t")], initial_option=option("kg")),
    asked("flags", "checkboxes", options=[option("a"), option("b")], initial_options=[option("b")], optional=True),
    asked("way", "radio_buttons", options=[option("road"), option("rail")], optional=True),
    asked("day", "datepicker", initial_date="2026-12-01"),
    asked("hour", "timepicker", optional=True),
)


@asynccontextmanager
async def modal_of(
    workspace: Workspace, view: Any, answer: Callable[[Any, Any], Awaitable[None]], person: str = BRUNO.id
) -> AsyncIterator[AsyncApp]:
    """An app whose button opens this view, opened by a click; `answer(ack, body)` is what it does with submissions."""
    app = new_app(workspace)

    @app.action("approve")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    @app.view("edit")
    async def submitted(ack: Any, body: Any) -> None:
        await answer(ack, body)

    async with connected(app):
        posted = await workspace.client().chat_postMessage(channel=VENTES, text="P", blocks=card("P", value="P"))
        await workspace.post("local/click", person=person, channel=VENTES, ts=posted["ts"], action_id="approve")
        yield app


async def open_view(workspace: Workspace, person: str = BRUNO.id) -> Any:
    return (await workspace.get("local/state", person=person))["modal"]


async def submit(workspace: Workspace, person: str = BRUNO.id, **values: Any) -> Any:
    view_id = (await open_view(workspace, person))["id"]
    return await workspace.post("local/submit", person=person, view_id=view_id, values=values)


async def test_a_filled_in_form_comes_in_slacks_shape_with_the_initial_values_of_the_rest(workspace: Workspace) -> None:
    values: list[Any] = []

    async def accept(ack: Any, body: Any) -> None:
        values.append({block: held["value"] for block, held in body["view"]["state"]["values"].items()})
        await ack()

    async with modal_of(workspace, EVERY_INPUT, accept):
        accepted = await submit(workspace, amount="12.50", unit="t", way="rail", hour="08:30", flags=["a"])
        left = await open_view(workspace)
    assert accepted == {"delivered": True, "errors": {}}
    assert left is None
    assert values == [
        {
            "name": {"type": "plain_text_input", "value": "PMP-200"},
            "why": {"type": "plain_text_input", "value": None},
            "amount": {"type": "number_input", "value": "12.50"},
            "count": {"type": "number_input", "value": "12"},
            "unit": {"type": "static_select", "selected_option": option("t")},
            "flags": {"type": "checkboxes", "selected_options": [option("a")]},
            "way": {"type": "radio_buttons", "selected_option": option("rail")},
            "day": {"type": "datepicker", "selected_date": "2026-12-01"},
            "hour": {"type": "timepicker", "selected_time": "08:30"},
        }
    ]


async def test_what_the_form_itself_refuses_never_reaches_the_app(workspace: Workspace) -> None:
    heard: list[Any] = []

    async def accept(ack: Any, body: Any) -> None:
        heard.append(body)
        await ack()

    async with modal_of(workspace, EVERY_INPUT, accept):
        empty = await submit(workspace, name="", amount="", day="", why="", flags=[])
        wrong = await submit(workspace, name="ab", amount="0.4", count="1.5", day="2026-02-30")
        words = await submit(workspace, name="x" * 11, amount="douze", count="1e3", hour="25:00")
        nowhere = await submit(workspace, nothing="x")
        no_option = await submit(workspace, unit="lb")
        still_open = await open_view(workspace)
    missing = "Please complete this required field."
    assert empty == {"delivered": False, "errors": dict.fromkeys(("name", "amount", "day"), missing)}
    assert wrong["errors"] == {
        "name": "Please enter at least 3 characters.",
        "amount": "Please enter a number of at least 0.5.",
        "count": "Please enter a whole number.",
        "day": "Please enter a valid date.",
    }
    assert words["errors"] == {
        "name": "Please enter at most 10 characters.",
        "amount": "Please enter a valid number.",
        "count": "Please enter a valid number.",
        "hour": "Please enter a valid time.",
    }
    assert (nowhere, no_option) == ({"error": "block_not_found: nothing"}, {"error": "option_not_found: lb"})
    assert still_open["callback_id"] == "edit"
    assert heard == []


async def test_a_submission_can_be_answered_with_errors_an_update_a_push_and_a_clear(workspace: Workspace) -> None:
    field = asked("why", "plain_text_input")
    answers: Iterator[Any] = iter(
        [
            {"response_action": "errors", "errors": {"why": "Dites pourquoi"}},
            {"response_action": "update", "view": form(field, title="Deux")},
            {"response_action": "push", "view": form(field, title="Trois")},
            {},
            {"response_action": "push", "view": form(field, title="Quatre")},
            {"response_action": "clear"},
        ]
    )
    chain: list[Any] = []

    async def answer(ack: Any, body: Any) -> None:
        await ack(**next(answers))

    async with modal_of(workspace, form(field, title="Un"), answer):
        while view := await open_view(workspace):
            result = await submit(workspace, why="x")
            chain.append((view["title"]["text"], view["previous_view_id"] is None, result["errors"]))
    assert chain == [
        ("Un", True, {"why": "Dites pourquoi"}),
        ("Un", True, {}),
        ("Deux", True, {}),
        ("Trois", False, {}),
        ("Deux", True, {}),
        ("Quatre", False, {}),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"elsewhere": "Non"}},
        {"response_action": "errors", "errors": {"words": "Non"}},
        {"response_action": "update", "view": form({"type": "nonsense"})},
        {"response_action": "update", "view": {"type": "home", "blocks": []}},
        {"response_action": "explode"},
        {"text": "merci"},
    ],
)
async def test_an_answer_that_slack_does_not_accept_leaves_the_modal_open_with_its_words(
    workspace: Workspace, answer: Any
) -> None:
    async def reply(ack: Any, _: Any) -> None:
        await ack(answer)

    text = {"type": "section", "block_id": "words", "text": {"type": "mrkdwn", "text": "lisez"}}
    async with modal_of(workspace, form(text, asked("why", "plain_text_input")), reply):
        before = await open_view(workspace)
        result = await submit(workspace, why="x")
        after = await open_view(workspace)
    assert result == {"delivered": True, "errors": {}, "notice": "We had some trouble connecting. Try again?"}
    assert after == before


async def test_a_submission_that_nobody_acknowledges_leaves_the_modal_open(tmp_path: Path) -> None:
    async def never(_: Any, __: Any) -> None:
        pass

    view = form(asked("why", "plain_text_input"))
    async with running(tmp_path, *FAST_RETRIES) as workspace, modal_of(workspace, view, never):
        result = await submit(workspace, why="x")
        left = await open_view(workspace)
    assert (result["delivered"], result["notice"]) == (False, "We had some trouble connecting. Try again?")
    assert left is not None


async def test_views_are_stacked_three_deep_and_updated_only_with_the_newest_hash(workspace: Workspace) -> None:
    app = new_app(workspace)
    said: list[str] = []
    view = form({"type": "actions", "elements": card("", value="P")[1]["elements"]})

    async def outcome(call: Awaitable[Any]) -> str:
        try:
            await call
        except SlackApiError as error:
            return str(error.response["error"])
        return "ok"

    @app.action("approve")
    async def deeper(ack: Any, body: Any, client: AsyncWebClient) -> None:
        push_or_open = client.views_push if body["container"]["type"] == "view" else client.views_open
        said.append(await outcome(push_or_open(trigger_id=body["trigger_id"], view=view)))
        await ack()

    @app.action("elsewhere")
    async def push_from_a_message(ack: Any, body: Any, client: AsyncWebClient) -> None:
        said.append(await outcome(client.views_push(trigger_id=body["trigger_id"], view=view)))
        await ack()

    elsewhere = {"type": "button", "action_id": "elsewhere", "text": words("Non")}
    blocks = [*card("P", value="P"), {"type": "actions", "elements": [elsewhere]}]
    async with connected(app):
        ts = (await workspace.client().chat_postMessage(channel=VENTES, text="P", blocks=blocks))["ts"]
        for action in ("elsewhere", "approve"):
            await workspace.post("local/click", person=BRUNO.id, channel=VENTES, ts=ts, action_id=action)
        first = await open_view(workspace)
        for _ in range(3):
            view_id = (await open_view(workspace))["id"]
            await workspace.post("local/click", person=BRUNO.id, view_id=view_id, action_id="approve")
    top = await open_view(workspace)
    client = workspace.client()
    updates = [
        await outcome(client.views_update(view_id=top["id"], hash=top["hash"], view=form(title="neuf"))),
        await outcome(client.views_update(view_id=top["id"], hash=top["hash"], view=form(title="vieux"))),
    ]
    assert said == ["invalid_trigger_id", "ok", "ok", "ok", "push_limit_reached"]
    assert updates == ["ok", "hash_conflict"]
    assert (top["root_view_id"], (await open_view(workspace))["title"]) == (first["id"], words("neuf"))


REFUSED_INPUTS: list[Any] = [
    asked("a", "users_select"),
    asked("a", "button", text=words("x")),
    asked("a", "plain_text_input") | {"label": words("x" * 2001)},
    asked("a", "plain_text_input") | {"hint": words("x" * 2001)},
    asked("a", "plain_text_input") | {"label": {"type": "mrkdwn", "text": "x"}},
    asked("a", "plain_text_input") | {"optional": "no"},
    asked("a" * 256, "plain_text_input"),
    asked("a", "plain_text_input", action_id="x" * 256),
    asked("a", "plain_text_input", placeholder=words("x" * 151)),
    asked("a", "plain_text_input", initial_value="x" * 3001),
    asked("a", "plain_text_input", initial_value="xxx", max_length=2),
    asked("a", "plain_text_input", max_length=0),
    asked("a", "plain_text_input", max_length=3001),
    asked("a", "plain_text_input", min_length=3, max_length=2),
    asked("a", "plain_text_input", initial_value=12),
    asked("a", "number_input"),
    asked("a", "number_input", is_decimal_allowed=False, initial_value="1.5"),
    asked("a", "number_input", is_decimal_allowed=True, initial_value=1.5),
    asked("a", "number_input", is_decimal_allowed=True, initial_value="1,5"),
    asked("a", "number_input", is_decimal_allowed=True, min_value="2", initial_value="1"),
    asked("a", "static_select"),
    asked("a", "static_select", options=[]),
    asked("a", "static_select", options=[option(str(number)) for number in range(101)]),
    asked("a", "static_select", options=[option("x" * 151)]),
    asked("a", "static_select", options=[option("")]),
    asked("a", "static_select", options=[option("x") | {"text": words("x" * 76)}]),
    asked("a", "static_select", options=[option("x") | {"text": {"type": "mrkdwn", "text": "x"}}]),
    asked("a", "static_select", options=[option("x")], initial_option=option("y")),
    asked("a", "static_select", options=[option("x")], initial_option=option("x") | {"text": words("autre")}),
    asked("a", "checkboxes", options=[option(str(number)) for number in range(11)]),
    asked("a", "checkboxes", options=[option("x")], initial_options=[]),
    asked("a", "checkboxes", options=[option("x")], initial_options=[option("y")]),
    asked("a", "radio_buttons", options=[option("x"), option("x")]),
    asked("a", "datepicker", initial_date="01/12/2026"),
    asked("a", "timepicker", initial_time="8h30"),
]


def test_a_form_that_slack_accepts_is_accepted() -> None:
    largest = form(
        asked("a" * 255, "plain_text_input", initial_value="x" * 3000, max_length=3000) | {"hint": words("x" * 2000)},
        asked("b", "static_select", options=[option(f"{number:0150}") for number in range(100)]),
        callback_id="x" * 255,
    )
    assert view_faults(EVERY_INPUT) == []
    assert view_faults(largest) == []


@pytest.mark.parametrize("block", REFUSED_INPUTS)
def test_inputs_that_slack_refuses_are_refused(block: Any) -> None:
    assert len(view_faults(form(block))) == 1


async def test_a_view_above_250_kilobytes_is_refused(workspace: Workspace) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    with pytest.raises(SlackApiError, match="view_too_large"):
        await workspace.client().views_open(trigger_id="1.2", view=form(*[section] * 90))


async def test_role_assignments_are_told_to_the_administrators_token_only(workspace: Workspace) -> None:
    admin = workspace.client(ADMIN_TOKEN)
    finance = {"role_id": "Rl0A", "entity_id": FINANCE, "user_id": EVA.id, "date_create": 1767225660}
    production = {"role_id": "Rl0A", "entity_id": "C0PRODUCT1", "user_id": BRUNO.id, "date_create": 1767225600}
    everything = await admin.admin_roles_listAssignments()
    chosen = await admin.admin_roles_listAssignments(role_ids=["Rl0A"], entity_ids=["C0PRODUCT1", VENTES])
    other_role = await admin.admin_roles_listAssignments(role_ids=["Rl0B"])
    assert everything["role_assignments"] == [finance, production]
    assert chosen["role_assignments"] == [production]
    assert other_role["role_assignments"] == []
    for token in (BOT_TOKEN, APP_TOKEN):
        with pytest.raises(SlackApiError, match="not_allowed_token_type"):
            await workspace.client(token).admin_roles_listAssignments()
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await admin.chat_postMessage(channel=VENTES, text="a")


async def test_a_groups_members_change_until_they_are_given_back(workspace: Workspace) -> None:
    async def members() -> tuple[list[str], int]:
        groups = (await workspace.client().usergroups_list(include_count=True))["usergroups"]
        listed = await workspace.client().usergroups_users_list(usergroup="S0FINANCE1")
        return listed["users"], next(group["user_count"] for group in groups if group["handle"] == "finance")

    seen = []
    for change in ({"handle": "@finance", "members": [EVA.id]}, {"handle": "finance", "members": []}, {}):
        assert await workspace.post("local/group", **change) == {}
        seen.append(await members())
    assert seen == [([EVA.id], 1), ([], 0), ([BRUNO.id, EVA.id], 2)]
    assert await workspace.post("local/group", handle="nobody", members=[]) == {"error": "group_not_found"}


async def test_a_message_to_a_person_lies_in_their_direct_message(workspace: Workspace) -> None:
    posted = await workspace.client().chat_postMessage(channel=EVA.id, text="Pour vous", blocks=card("Pour vous"))
    assert posted["channel"] == EVA.dm
    assert await seen_in(workspace, EVA.dm, EVA.id) == ["Pour vous"]


async def test_the_house_drives_commands_modals_and_groups(tmp_path: Path) -> None:
    with Slack(tmp_path) as slack:
        client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/")
        app, kept = AsyncApp(token=BOT_TOKEN, client=client), []

        @app.command("/baton")
        async def obey(ack: Any, body: Any, client: AsyncWebClient) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=EVERY_INPUT)
            await ack(f"voici {body['text']}")

        @app.view("edit")
        async def submitted(ack: Any, view: Any) -> None:
            kept.append(view["state"]["values"])
            await (ack() if len(kept) > 1 else ack(response_action="errors", errors={"why": "Encore"}))

        async with connected(app):
            replies = [
                await asyncio.to_thread(slack.command, BRUNO.id, "/baton un"),
                await asyncio.to_thread(slack.command, BRUNO.id, "/baton deux", VENTES),
            ]
            errors = [
                await asyncio.to_thread(slack.submit, BRUNO.id, {"amount": value, "flags": True})
                for value in ("", "7", "8")
            ]
        left = await asyncio.to_thread(slack.modal, BRUNO.id)
        await asyncio.to_thread(slack.group, "finance", [])
        emptied = (await client.usergroups_users_list(usergroup="S0FINANCE1"))["users"]
        await asyncio.to_thread(slack.heal)
        healed = (await client.usergroups_users_list(usergroup="S0FINANCE1"))["users"]
    assert replies == ["voici un", "voici deux"]
    assert errors == [{"amount": "Please complete this required field."}, {"why": "Encore"}, {}]
    assert [held["amount"]["value"]["value"] for held in kept] == ["7", "8"]
    assert kept[0]["flags"]["value"]["selected_options"] == [option("a"), option("b")]
    assert left is None
    assert (emptied, healed) == ([], [BRUNO.id, EVA.id])


async def open_socket(
    workspace: Workspace, session: aiohttp.ClientSession, *, autoping: bool = True
) -> aiohttp.ClientWebSocketResponse:
    opened = await workspace.client(APP_TOKEN).apps_connections_open(app_token=APP_TOKEN)
    socket = await session.ws_connect(opened["url"], autoping=autoping)
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def acknowledged(socket: aiohttp.ClientWebSocketResponse) -> str:
    envelope = await socket.receive_json()
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    return str(envelope["payload"]["event"]["text"])


@asynccontextmanager
async def serving(handle: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/slack/events", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()
