"""Streams and agent sessions of the local workspace, as an app, the people and the clock meet them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import BlocksChunk, MarkdownTextChunk, PlanUpdateChunk, TaskUpdateChunk

from bot.workspace.company import AMELIE, BOT_TOKEN, BRUNO, TEAM
from tests.house import SALES, Slack, until

RECIPIENT = {"recipient_team_id": TEAM, "recipient_user_id": AMELIE.id}
FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "rate",
            "positive_button": {"text": {"type": "plain_text", "text": "Bien"}, "value": "good"},
            "negative_button": {"text": {"type": "plain_text", "text": "Mal"}, "value": "bad"},
        }
    ],
}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "un bloc"}}


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slack]:
    with Slack(tmp_path_factory.mktemp("streams")) as slack:
        yield slack


@pytest.fixture(scope="module")
def client(slack: Slack) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/")


def shown(slack: Slack, root: str, channel: str = SALES) -> dict[str, Any]:
    """The newest message of the thread, without what differs from run to run."""
    message = slack.messages(channel, root, AMELIE.id)[-1]
    blocks = [{key: value for key, value in block.items() if key != "block_id"} for block in message["blocks"]]
    return {"text": message["text"], "state": message.get("streaming_state"), "blocks": blocks}


def rich(text: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def refusal(client: WebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        client.api_call(method, json=args)
    return str(refused.value.response["error"])


def started(slack: Slack, client: WebClient, **more: Any) -> tuple[str, dict[str, str]]:
    """A thread in which a stream has begun: its root, and the stream's place."""
    root = slack.say(AMELIE.id, "@Baton combien ?", SALES)
    begun = client.chat_startStream(channel=SALES, thread_ts=root, **RECIPIENT, **more)
    return root, {"channel": SALES, "ts": str(begun["ts"])}


def test_a_timeline_shows_its_tasks_among_the_texts(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "@Baton combien ?", SALES)
    stream = client.chat_stream(channel=SALES, thread_ts=root, buffer_size=1, **RECIPIENT)
    stream.append(markdown_text="Je **regarde**")
    stream.append(markdown_text=" le stock.\n")
    looking = TaskUpdateChunk(id="t1", title="Stock de PMP-200", status="in_progress", details="Tryton")
    stream.append(chunks=[looking, BlocksChunk(blocks=[SECTION])])
    while_it_streams = shown(slack, root)
    source = {"type": "url", "url": "https://erp.test/1", "text": "Stock"}
    done = TaskUpdateChunk(
        id="t1", title="Stock lu", status="complete", details=" 5.6", output="84 pièces", sources=[source]
    )
    stream.append(chunks=[done])
    metadata = {"event_type": "row", "event_payload": {"id": 7}}
    ended = stream.stop(markdown_text="Il y en a 84.", blocks=[FEEDBACK], metadata=metadata)
    card: dict[str, Any] = {"type": "task_card", "task_id": "t1", "title": "Stock de PMP-200", "status": "in_progress"}
    assert while_it_streams == {
        "text": "Je **regarde** le stock.\n",
        "state": "in_progress",
        "blocks": [
            {"type": "markdown", "text": "Je **regarde** le stock.\n"},
            card | {"details": rich("Tryton")},
            SECTION,
        ],
    }
    after = shown(slack, root)
    assert (after["text"], after["state"]) == ("Je **regarde** le stock.\nIl y en a 84.", "completed")
    assert after["blocks"][1] == card | {
        "title": "Stock lu",
        "status": "complete",
        "details": rich("Tryton 5.6"),
        "output": rich("84 pièces"),
        "sources": [source],
    }
    kinds = [block["type"] for block in after["blocks"]]
    assert kinds == ["markdown", "task_card", "section", "markdown", "context_actions"]
    assert ended["message"]["streaming_state"] == "completed"
    assert ended["message"]["metadata"] == metadata
    assert ended["message"]["thread_ts"] == root


def test_a_plan_holds_all_tasks_in_one_block(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Le plan ?")
    stream = client.chat_stream(channel=AMELIE.dm, thread_ts=root, task_display_mode="plan", buffer_size=1)
    stream.append(chunks=[TaskUpdateChunk(id="a", title="Lire le stock", status="in_progress")])
    first_title = shown(slack, root, AMELIE.dm)["blocks"][0]["title"]
    stream.append(
        chunks=[
            PlanUpdateChunk(title="Deux étapes"),
            TaskUpdateChunk(id="b", title="Lire les commandes", status="pending"),
            TaskUpdateChunk(id="a", title="Stock lu", status="complete"),
            MarkdownTextChunk(text="Voilà."),
        ]
    )
    stream.stop()
    tasks = [("a", "Stock lu", "complete"), ("b", "Lire les commandes", "pending")]
    assert first_title == "Lire le stock"
    assert shown(slack, root, AMELIE.dm)["blocks"] == [
        {
            "type": "plan",
            "title": "Deux étapes",
            "tasks": [{"type": "task_card", "task_id": i, "title": t, "status": s} for i, t, s in tasks],
        },
        {"type": "markdown", "text": "Voilà."},
    ]


def test_a_plan_without_tasks_and_details_of_any_kind_take_what_comes_next(slack: Slack, client: WebClient) -> None:
    plan = {"type": "plan", "title": "Le plan"}
    linked = {"type": "link", "url": "https://erp.test/1"}
    item = {"type": "rich_text_section", "elements": [linked, {"type": "text", "text": "voir"}]}
    listed = {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [item]}]}
    card = {"type": "task_card", "task_id": "a", "title": "Lire", "status": "pending", "details": listed}
    for display, block, known in (("plan", plan, None), ("timeline", card, "voir")):
        root, place = started(slack, client, task_display_mode=display)
        client.chat_appendStream(**place, chunks=[BlocksChunk(blocks=[block])])
        client.chat_appendStream(**place, chunks=[MarkdownTextChunk(text="Voilà.")])
        done = TaskUpdateChunk(id="a", title="Lu", status="complete", details=" tout")
        client.chat_appendStream(**place, chunks=[done])
        first = shown(slack, root)["blocks"][0]
        task = first["tasks"][0] if display == "plan" else first
        assert (task["title"], task["details"]) == ("Lu", rich(f"{known or ''} tout"))


def test_the_app_hears_of_its_stream_at_the_beginning_and_at_the_end_only(slack: Slack, client: WebClient) -> None:
    _, place = started(slack, client, markdown_text="un")
    client.chat_appendStream(**place, markdown_text=" deux")
    client.chat_stopStream(**place, markdown_text=" trois")
    heard = [event["payload"]["event"] for event in slack.all_events()]
    own = [e for e in heard if place["ts"] in (e.get("ts"), e.get("message", {}).get("ts"))]
    assert [(e.get("subtype"), (e.get("message") or e)["streaming_state"]) for e in reversed(own)] == [
        (None, "in_progress"),
        ("message_changed", "completed"),
    ]
    assert [(e.get("message") or e)["text"] for e in reversed(own)] == ["un", "un deux trois"]


BAD_CHUNKS: list[tuple[list[Any], str]] = [
    (["text"], "invalid_chunks"),
    ([{"type": "nonsense"}], "invalid_chunks"),
    ([{"type": "markdown_text"}], "invalid_chunks"),
    ([{"type": "plan_update", "title": "x" * 257}], "invalid_chunks"),
    ([{"type": "task_update", "id": "a", "title": "x", "status": "done"}], "invalid_chunks"),
    ([{"type": "task_update", "id": "a", "title": "x", "status": "error", "details": "x" * 257}], "invalid_chunks"),
    (
        [{"type": "task_update", "id": "a", "title": "x", "status": "error", "sources": [{"url": "u"}]}],
        "invalid_chunks",
    ),
    ([{"type": "blocks", "blocks": [{"type": "section"}]}], "invalid_blocks"),
    (
        [{"type": "blocks", "blocks": [{"type": "divider"}] * 50}, {"type": "blocks", "blocks": [SECTION]}],
        "msg_blocks_too_many",
    ),
    ([{"type": "markdown_text", "text": "é" * 5_500}], "msg_too_long"),
]


def test_what_slack_refuses_in_a_stream_is_refused_in_its_words(slack: Slack, client: WebClient) -> None:
    root, place = started(slack, client)
    own = {"channel": SALES, "thread_ts": root}
    start = "chat.startStream"
    assert refusal(client, start, **own) == "missing_recipient_team_id"
    assert refusal(client, start, **own, recipient_team_id=TEAM) == "missing_recipient_user_id"
    assert refusal(client, start, channel=SALES, **RECIPIENT) == "invalid_arguments"
    assert refusal(client, start, **own, **RECIPIENT, task_display_mode="list") == "invalid_arguments"
    append = "chat.appendStream"
    assert [(chunks, refusal(client, append, **place, chunks=chunks)) for chunks, _ in BAD_CHUNKS] == BAD_CHUNKS
    assert refusal(client, append, **place) == "no_text"
    assert refusal(client, append, **place, markdown_text="x" * 12_001) == "msg_too_long"
    both = {"markdown_text": "a", "chunks": [{"type": "markdown_text", "text": "b"}]}
    assert refusal(client, append, **place, **both) == "cannot_provide_both_markdown_text_and_chunks"
    client.chat_appendStream(**place, markdown_text="a")
    assert refusal(client, append, **place, chunks=both["chunks"]) == "streaming_mode_mismatch"
    assert refusal(client, append, channel=SALES, ts="1.000000", markdown_text="a") == "message_not_found"
    assert refusal(client, append, channel=SALES, ts=root, markdown_text="a") == "message_not_owned_by_app"
    assert refusal(client, "chat.update", **place, text="autre") == "streaming_state_conflict"
    assert refusal(client, "chat.delete", **place) == "cant_delete_message"
    assert refusal(client, "chat.stopStream", **place, blocks=[{"type": "nonsense"}]) == "invalid_blocks"
    client.chat_stopStream(**place)
    for method in (append, "chat.stopStream"):
        assert refusal(client, method, **place, markdown_text="a") == "message_not_in_streaming_state"
    client.chat_update(**place, text="autre")
    client.chat_delete(**place)


def test_a_dead_stream_takes_no_more_and_is_mended_by_an_update(slack: Slack, client: WebClient) -> None:
    root, place = started(slack, client, markdown_text="un")
    assert place["ts"] in slack.expire()
    dead = shown(slack, root)
    for method in ("chat.appendStream", "chat.stopStream"):
        assert refusal(client, method, **place, markdown_text="a") == "message_not_in_streaming_state"
    client.chat_update(**place, text="un deux")
    mended = slack.messages(SALES, root)[-1]
    assert (dead["text"], dead["state"]) == ("un", "errored")
    assert (mended["text"], mended["streaming_state"], "blocks" in mended) == ("un deux", "completed", False)


def test_streams_die_in_their_time(tmp_path: Any) -> None:
    with Slack(tmp_path, "--stream-seconds", "0.1") as slack:
        client = WebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/")
        root, _ = started(slack, client, markdown_text="un")
        until("the stream is dead", lambda: shown(slack, root)["state"] == "errored")


def test_stop_ends_the_streams_of_the_thread_and_tells_the_app(slack: Slack, client: WebClient) -> None:
    root, place = started(slack, client, markdown_text="un")
    session = {"channel_id": SALES, "thread_ts": root}
    before = slack.session(BRUNO.id, SALES, root)
    stopped = slack.stop(BRUNO.id, SALES, root)
    event = slack.all_events()[0]["payload"]["event"]
    kept = slack.session(BRUNO.id, SALES, root)
    for method in ("chat.appendStream", "chat.stopStream"):
        assert refusal(client, method, **place, markdown_text="deux") == "stopped_by_user"
    assert (before, stopped, shown(slack, root)["state"]) == ({"status": "processing"}, [place["ts"]], "completed")
    assert kept == before, "the status is the app's"
    assert {key: event[key] for key in event if key != "event_ts"} == {
        "type": "agent_session_stopped",
        "channel": SALES,
        "thread_ts": root,
        "user": BRUNO.id,
        "streaming_message_ts": [place["ts"]],
    }
    client.agents_sessions_setStatus(**session, status="active")
    with pytest.raises(AssertionError, match="session_not_processing"):
        slack.stop(BRUNO.id, SALES, root)
    client.agents_sessions_setStatus(**session, status="processing")
    assert slack.stop(BRUNO.id, SALES, root) == []
    assert slack.all_events()[0]["payload"]["event"]["streaming_message_ts"] == []


def test_a_session_has_a_status_and_keeps_its_first_title_until_it_is_renamed(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Combien ?")
    place = {"channel_id": AMELIE.dm, "thread_ts": root}
    assert refusal(client, "agents.sessions.rename", **place, title="a") == "session_not_found"
    made = client.agents_sessions_setStatus(**place, status="processing", title="Stock", initiator_user_id=AMELIE.id)
    kept = client.agents_sessions_setStatus(**place, status="suspended", title="Autre")
    renamed = client.agents_sessions_rename(**place, title="Stock de PMP-200")
    assert [answer[name] for answer in (made, kept) for name in ("status", "agent_status", "title")] == [
        *("processing", "processing", "Stock"),
        *("suspended", "suspended", "Stock"),
    ]
    assert renamed["title"] == "Stock de PMP-200"
    assert slack.session(AMELIE.id, AMELIE.dm, root) == {"status": "suspended", "title": "Stock de PMP-200"}
    set_status = "agents.sessions.setStatus"
    assert refusal(client, set_status, **place, status="busy") == "invalid_status"
    assert refusal(client, set_status, channel_id=AMELIE.dm, status="active") == "thread_ts_required"
    assert refusal(client, set_status, **place, status="active", title="x" * 201) == "invalid_arguments"
    assert refusal(client, set_status, **place, status="active", initiator_user_id=BRUNO.id) == "user_not_found"


def test_the_end_of_a_stream_sets_the_session(slack: Slack, client: WebClient) -> None:
    for given, expected in (({"session_status": "suspended"}, "suspended"), ({}, "active")):
        root, place = started(slack, client, markdown_text="un")
        client.chat_stopStream(**place, **given)
        assert slack.session(AMELIE.id, SALES, root) == {"status": expected}
    assert refusal(client, "chat.stopStream", **started(slack, client)[1], session_status="x") == "invalid_arguments"


def test_a_workspace_without_the_features_says_so(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Combien ?")
    session = {"channel_id": AMELIE.dm, "thread_ts": root}
    stream = {"channel": AMELIE.dm, "thread_ts": root}
    slack.feature("agent_sessions", on=False)
    for method, args in (("setStatus", {"status": "active"}), ("rename", {"title": "a"})):
        assert refusal(client, f"agents.sessions.{method}", **session, **args) == "feature_disabled"
    client.chat_startStream(**stream)
    assert slack.session(AMELIE.id, AMELIE.dm, root) is None
    slack.feature("streaming", on=False)
    assert refusal(client, "chat.startStream", **stream) == "feature_disabled"
    slack.heal()
    client.chat_startStream(**stream)
    client.agents_sessions_setStatus(**session, status="active")


def test_a_stream_has_one_table_from_its_chunks_and_its_last_blocks_together(slack: Slack, client: WebClient) -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    _, place = started(slack, client)
    client.api_call("chat.appendStream", json={**place, "chunks": [{"type": "blocks", "blocks": [table]}]})
    assert refusal(client, "chat.stopStream", **place, blocks=[table]) == "invalid_attachments"
    assert client.api_call("chat.stopStream", json={**place, "blocks": [SECTION]})["ok"]


def test_a_file_for_a_channel_that_cannot_be_is_refused_in_this_methods_own_words(client: WebClient) -> None:
    files = [{"id": "F1"}]
    nowhere = refusal(client, "files.completeUploadExternal", files=files, channel_id="C0NOWHERE1")
    client.conversations_leave(channel=SALES)
    left = refusal(client, "files.completeUploadExternal", files=files, channel_id=SALES)
    client.conversations_join(channel=SALES)
    assert (nowhere, left) == ("invalid_channel", "posting_to_channel_denied")
