"""What the workspace sends and answers fits the types that Slack publishes for its events, interactions and Web API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from bot.workspace.company import ADMIN_TOKEN, AMELIE, APP_TOKEN, BOT_TOKEN, BRUNO, TEAM
from bot.workspace.web_api import METHODS
from tests.test_workspace import VENTES, Workspace, eventually, running

SCHEMAS = Path(__file__).parent / "conformance" / "schemas"
Json = dict[str, Any]

EVENTS = {
    "agent_session_stopped": "AgentSessionStoppedEvent",
    "app_home_opened": "AppHomeOpenedEvent",
    "app_mention": "AppMentionEvent",
    "message": "MessageEvent",
    "reaction_added": "ReactionAddedEvent",
    "reaction_removed": "ReactionRemovedEvent",
}
MESSAGES = {
    "file_share": "FileShareMessageEvent",
    "message_changed": "MessageChangedEvent",
    "message_deleted": "MessageDeletedEvent",
}
LACKING = ("close", "previous_view_id", "submit")
NEWER_BLOCKS = {"context_actions", "markdown", "task_card"}
INTERACTIONS = {
    "message_action": "MessageShortcut",
    "view_closed": "ViewClosedAction",
    "view_submission": "ViewSubmitAction",
}
CLICKS = {
    "button": "BlockButtonAction",
    "checkboxes": "BlockCheckboxesAction",
    "datepicker": "BlockDatepickerAction",
    "feedback_buttons": "BlockFeedbackButtonsAction",
    "overflow": "BlockOverflowAction",
    "radio_buttons": "BlockRadioButtonsAction",
    "static_select": "BlockStaticSelectAction",
    "timepicker": "BlockTimepickerAction",
}


@cache
def schema(name: str) -> Json:
    loaded: Json = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return loaded


def faults(name: str, root: str, value: Any) -> list[str]:
    """What is wrong with a value, by the type of that name."""
    whole = schema(name)
    validator = Draft7Validator(
        whole["roots"].get(root, {"$ref": f"#/definitions/{root}"}) | {"definitions": whole["definitions"]}
    )
    error = best_match(validator.iter_errors(value))
    return [f"{root}{error.json_path[1:]}: {error.message[:300]}"] if error else []


def envelope_faults(envelope: Json) -> list[str]:
    payload = envelope["payload"]
    if envelope["type"] == "events_api":
        return event_faults(payload["event"])
    if envelope["type"] == "slash_commands":
        return faults("interactions", "SlashCommand", payload)
    kind = INTERACTIONS.get(payload["type"]) or CLICKS[payload["actions"][0]["type"]]
    return faults("interactions", kind, as_typed(payload))


def event_faults(event: Json) -> list[str]:
    if event["type"] != "message":
        return faults("events", EVENTS[event["type"]], event)
    if "files" in event:  # whose types say text where Slack counts lines
        event = event | {"files": [{**file, "lines": str(file.get("lines"))} for file in event["files"]]}
    place = {name: event[name] for name in ("channel", "channel_type", "event_ts")}
    # Those types want the place of a message also in the messages inside, where Slack does not repeat it.
    inside = {name: event[name] | place for name in ("message", "previous_message") if name in event}
    if inside.get("message", {}).get("subtype") == "tombstone":  # which they do not know
        inside["message"] = inside["previous_message"]
    within = [fault for message in inside.values() for fault in faults("events", message_type(message), message)]
    return within or faults("events", message_type(event), event | inside)


def message_type(message: Json) -> str:
    """The type for a message's subtype: the union of all of them would only say that none fits."""
    subtype = message.get("subtype")
    return "GenericMessageEvent" if subtype is None else MESSAGES[subtype]


def as_typed(payload: Json) -> Json:
    """An interaction without what Slack sends and those types deny: null for no enterprise, no response_url in views."""
    given = {name: value for name, value in payload.items() if (name, value) != ("enterprise", None)}
    return given if "view" not in given or given["type"] != "block_actions" else {"response_url": "", **given}


def answer_faults(method: str, answer: Json) -> list[str]:
    """Those types know older blocks only, which are judged where they are sent, and no null where a view lacks something."""
    return faults("answers", answer_type(method), _known(answer))


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(part) for part in value if not isinstance(part, dict) or part.get("type") not in NEWER_BLOCKS]
    if not isinstance(value, dict):
        return value
    return {name: _known(part) for name, part in value.items() if part is not None or name not in LACKING}


class App:
    """An app that acknowledges everything and keeps what it was sent and answered."""

    def __init__(
        self, workspace: Workspace, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        self._workspace, self._session, self._socket = workspace, session, socket
        self.envelopes: list[Json] = []
        self.answers: list[tuple[str, Json]] = []

    async def listen(self) -> None:
        async for frame in self._socket:
            envelope = json.loads(frame.data)
            if "envelope_id" in envelope:
                self.envelopes.append(envelope)
                await self._socket.send_json({"envelope_id": envelope["envelope_id"]})

    async def call(self, method: str, *, token: str = BOT_TOKEN, **args: Any) -> Json:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.post(f"{self._workspace.address}api/{method}", json=args, headers=headers) as response:
            answer: Json = await response.json()
        assert answer["ok"], (method, answer)
        self.answers.append((method, answer))
        return answer


@asynccontextmanager
async def app_of(workspace: Workspace) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as session:
        opened = await workspace.client(APP_TOKEN).apps_connections_open(app_token=APP_TOKEN)
        socket = await session.ws_connect(opened["url"])
        assert (await socket.receive_json())["type"] == "hello"
        app = App(workspace, session, socket)
        listening = asyncio.create_task(app.listen())
        try:
            yield app
        finally:
            await socket.close()
            await listening


def words(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


OPTIONS = [{"text": words(), "value": "a"}, {"text": words(), "value": "b"}]
SIDE = {"text": words(), "value": "good"}
# What can be used in a message, and what is chosen there.
ELEMENTS: list[tuple[Json, Any]] = [
    ({"type": "button", "text": words(), "value": "v"}, None),
    ({"type": "static_select", "placeholder": words(), "options": OPTIONS}, "a"),
    ({"type": "radio_buttons", "options": OPTIONS}, "a"),
    ({"type": "overflow", "options": OPTIONS}, "b"),
    ({"type": "checkboxes", "options": OPTIONS}, ["a", "b"]),
    ({"type": "datepicker"}, "2026-12-01"),
    ({"type": "timepicker"}, "08:30"),
    ({"type": "feedback_buttons", "positive_button": SIDE, "negative_button": SIDE | {"value": "bad"}}, "good"),
]
VIEW: Json = {
    "type": "modal",
    "title": words(),
    "submit": words(),
    "notify_on_close": True,
    "blocks": [
        {"type": "input", "block_id": "why", "label": words(), "element": {"type": "plain_text_input"}},
        {
            "type": "input",
            "block_id": "which",
            "label": words(),
            "element": {"type": "static_select", "options": OPTIONS},
        },
        {"type": "input", "block_id": "day", "optional": True, "label": words(), "element": {"type": "datepicker"}},
    ],
}


def usable() -> list[Json]:
    """One block for each element."""
    elements = [element | {"action_id": f"use{place}"} for place, (element, _) in enumerate(ELEMENTS)]
    return [
        {"type": "context_actions" if element["type"] == "feedback_buttons" else "actions", "elements": [element]}
        for element in elements
    ]


async def people_act(workspace: Workspace, app: App) -> None:
    """Everything that people can do, once."""
    at = {"person": AMELIE.id, "channel": VENTES}
    root = await workspace.say("@Baton combien ?", channel=VENTES)
    reply = await workspace.say("et avec *remise* ?", channel=VENTES, thread_ts=root)
    await workspace.say("Bonjour")
    await workspace.post("local/edit", **at, ts=reply, text="et sans remise ?")
    await workspace.post("local/react", **at, ts=root, name="eyes", add=True)
    await workspace.post("local/react", **at, ts=root, name="eyes", add=False)
    await share_a_file(workspace)
    for tab in ("messages", "home"):
        await workspace.post("local/open", person=AMELIE.id, tab=tab)
    await workspace.post("local/command", **at, text="/baton help")
    await workspace.post("local/shortcut", **at, callback_id="baton_ask_about", ts=root)
    posted = await app.call("chat.postMessage", channel=VENTES, text="x", blocks=usable(), thread_ts=root)
    for place, (_, selected) in enumerate(ELEMENTS):
        click = {"ts": posted["ts"], "action_id": f"use{place}", "selected": selected}
        assert (await workspace.post("local/click", **at, **click))["delivered"]
    await workspace.post("local/delete", **at, ts=reply)
    await workspace.post("local/delete", **at, ts=root)


async def share_a_file(workspace: Workspace) -> None:
    form = aiohttp.FormData({"person": AMELIE.id, "channel": VENTES, "text": "voici"})
    form.add_field("file", b"a;b\n1;2\n", filename="prix.csv", content_type="text/csv")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{workspace.address}local/upload", data=form) as shared,
    ):
        assert shared.status == 200


async def the_app_writes(workspace: Workspace, app: App) -> None:
    at = {"channel": VENTES}
    root = await workspace.say("@Baton une question", channel=VENTES)
    metadata = {"event_type": "row", "event_payload": {"id": "1"}}
    said = await app.call("chat.postMessage", **at, text="1", thread_ts=root, metadata=metadata)
    await app.call("chat.update", **at, ts=said["ts"], text="2", blocks=[{"type": "markdown", "text": "**2**"}])
    await app.call("chat.postEphemeral", **at, user=AMELIE.id, text="3")
    await app.call("chat.getPermalink", **at, message_ts=root)
    await app.call("reactions.add", **at, name="eyes", timestamp=root)
    await app.call("reactions.remove", **at, name="eyes", timestamp=root)
    await app.call("conversations.replies", **at, ts=root, include_all_metadata=True)
    await app.call("conversations.history", **at, limit=2)
    await app.call("chat.delete", **at, ts=said["ts"])


async def the_app_streams(workspace: Workspace, app: App) -> None:
    root = await workspace.say("@Baton explique", channel=VENTES)
    thread = {"channel_id": VENTES, "thread_ts": root}
    whom = {"recipient_team_id": TEAM, "recipient_user_id": AMELIE.id}
    await app.call("assistant.threads.setStatus", **thread, status="réfléchit", loading_messages=["un instant"])
    await app.call("assistant.threads.setTitle", **thread, title="Une explication")
    await app.call(
        "assistant.threads.setSuggestedPrompts", channel_id=AMELIE.dm, prompts=[{"title": "a", "message": "b"}]
    )
    await app.call("agents.sessions.setStatus", **thread, status="processing", title="Une explication")
    await app.call("agents.sessions.rename", **thread, title="Une autre")
    task = {"type": "task_update", "id": "1", "title": "cherche", "status": "in_progress"}
    stream = {
        "channel": VENTES,
        "ts": (await app.call("chat.startStream", channel=VENTES, thread_ts=root, **whom))["ts"],
    }
    await app.call("chat.appendStream", **stream, chunks=[task, {"type": "markdown_text", "text": "Voici."}])
    await app.call("chat.stopStream", **stream, chunks=[task | {"status": "complete"}], session_status="processing")
    await app.call("chat.startStream", channel=VENTES, thread_ts=root, markdown_text="Voici", **whom)
    await workspace.post("local/stop", person=AMELIE.id, channel=VENTES, thread_ts=root)


async def the_app_looks_around(app: App) -> None:
    await app.call("api.test", foo="bar")
    await app.call("auth.test")
    await app.call("apps.connections.open", token=APP_TOKEN)
    await app.call("admin.roles.listAssignments", token=ADMIN_TOKEN, limit=1)
    await app.call("conversations.list", types="public_channel,private_channel,im")
    for channel in (VENTES, AMELIE.dm):
        await app.call("conversations.info", channel=channel, include_locale=True)
    await app.call("conversations.members", channel=VENTES)
    await app.call("conversations.open", users=BRUNO.id, return_im=True)
    await app.call("conversations.leave", channel="C0GENERAL1")
    await app.call("conversations.join", channel="C0GENERAL1")
    await app.call("users.info", user=AMELIE.id, include_locale=True)
    await app.call("users.list")
    await app.call("users.conversations", types="public_channel,private_channel,im")
    await app.call("usergroups.list", include_users=True)
    await app.call("usergroups.users.list", usergroup="S0FINANCE1")


async def the_app_uploads(workspace: Workspace, app: App) -> None:
    given = await app.call("files.getUploadURLExternal", filename="a.csv", length=8)
    async with aiohttp.ClientSession() as session, session.post(given["upload_url"], data=b"a;b\n1;2\n") as uploaded:
        assert uploaded.status == 200
    files = [{"id": given["file_id"], "title": "A"}]
    await app.call("files.completeUploadExternal", files=files, channel_id=VENTES, initial_comment="voici")
    await app.call("files.info", file=given["file_id"])


async def the_app_opens_views(workspace: Workspace, app: App) -> None:
    at = {"person": BRUNO.id, "channel": VENTES}
    button = [{"type": "actions", "elements": [{"type": "button", "action_id": "open", "text": words()}]}]
    posted = await app.call("chat.postMessage", channel=VENTES, text="x", blocks=button)

    async def trigger(**where: Any) -> str:
        before = len(app.envelopes)
        await workspace.post("local/click", **at, action_id="open", **where)

        async def clicked() -> list[Json]:
            return [e["payload"] for e in app.envelopes[before:] if e["payload"]["type"] == "block_actions"]

        return str((await eventually(clicked, bool))[0]["trigger_id"])

    first = (
        await app.call(
            "views.open", trigger_id=await trigger(ts=posted["ts"]), view=VIEW | {"blocks": [*button, *VIEW["blocks"]]}
        )
    )["view"]
    await app.call(
        "views.update", view_id=first["id"], hash=first["hash"], view=VIEW | {"blocks": [*button, *VIEW["blocks"]]}
    )
    pushed = await app.call("views.push", trigger_id=await trigger(view_id=first["id"]), view=VIEW)
    await workspace.post(
        "local/submit", person=BRUNO.id, view_id=pushed["view"]["id"], values={"why": "x", "which": "a"}
    )
    await workspace.post("local/dismiss", person=BRUNO.id, view_id=first["id"])
    await app.call("views.publish", user_id=BRUNO.id, view={"type": "home", "blocks": [{"type": "divider"}]})
    await workspace.post("local/open", person=BRUNO.id, tab="home")


async def test_everything_that_the_workspace_emits_fits_slacks_own_types(tmp_path: Path) -> None:
    async with running(tmp_path) as workspace, app_of(workspace) as app:
        await people_act(workspace, app)
        await the_app_writes(workspace, app)
        await the_app_streams(workspace, app)
        await the_app_looks_around(app)
        await the_app_uploads(workspace, app)
        await the_app_opens_views(workspace, app)

        async def delivered() -> Any:
            return (await workspace.get("local/events"))["events"]

        await eventually(delivered, lambda events: all(event["state"] == "acked" for event in events))
    assert {method for method, _ in app.answers} == set(METHODS)
    assert kinds(app.envelopes) == {*EVENTS, *INTERACTIONS, *CLICKS, "/baton"}
    wrong = [fault for envelope in app.envelopes for fault in envelope_faults(envelope)]
    wrong += [fault for method, answer in app.answers for fault in answer_faults(method, answer)]
    assert sorted(set(wrong)) == []


def answer_type(method: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in method.split(".")) + "Response"


def kinds(envelopes: list[Json]) -> set[str]:
    return {kind for envelope in envelopes for kind in _kinds(envelope["payload"])}


def _kinds(payload: Json) -> Iterator[str]:
    if "event" in payload:
        yield payload["event"]["type"]
    elif "command" in payload:
        yield payload["command"]
    elif "actions" in payload:
        yield from (action["type"] for action in payload["actions"])
    else:
        yield payload["type"]
