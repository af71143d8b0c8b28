"""What people do in the local workspace besides writing and clicking, and who is not of the company."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.company import AMELIE, APP_USER, BOT_TOKEN, BRUNO, CHLOE, FARID, GAELLE, PARTNER_TEAM, TEAM
from bot.workspace.modals import TriggerRefused, Triggers
from tests.house import FINANCE, PARTNERS, SALES, Slack
from tests.test_workspace import card, connected


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slack]:
    with Slack(tmp_path_factory.mktemp("people")) as slack:
        yield slack


@pytest.fixture(scope="module")
def client(slack: Slack) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/")


def newest(slack: Slack, type_: str = "message") -> dict[str, Any]:
    """The newest event of that type."""
    events = (event["payload"]["event"] for event in slack.all_events())
    found: dict[str, Any] = next(event for event in events if event["type"] == type_)
    return found


def test_an_edited_message_says_what_it_was(slack: Slack) -> None:
    ts = slack.say(AMELIE.id, "Dix pompes", SALES)
    slack.edit(AMELIE.id, SALES, ts, "Onze pompes & <deux> vannes")
    event = newest(slack)
    assert (event["subtype"], event["channel"], event["hidden"]) == ("message_changed", SALES, True)
    assert event["message"]["text"] == "Onze pompes &amp; &lt;deux&gt; vannes"
    assert event["message"]["edited"]["user"] == AMELIE.id
    assert (event["message"]["ts"], event["previous_message"]["text"]) == (ts, "Dix pompes")
    assert slack.messages(SALES, ts)[0]["text"] == event["message"]["text"]
    slack.edit(AMELIE.id, SALES, ts, "@Baton onze pompes")
    mention = newest(slack, "app_mention")
    assert (mention["ts"], mention["text"]) == (ts, f"<@{APP_USER}> onze pompes")
    assert mention["edited"]["user"] == AMELIE.id, "an edit that mentions the app is a mention once more"
    for text, complaint in (("", "text is empty"), ("Treize", "not_your_message")):
        with pytest.raises(AssertionError, match=complaint):
            slack.edit(BRUNO.id, SALES, ts, text)


def test_a_deleted_message_is_gone_and_one_with_replies_leaves_a_tombstone(slack: Slack, client: WebClient) -> None:
    alone, answered = slack.say(AMELIE.id, "seule", SALES), slack.say(AMELIE.id, "avec réponse", SALES)
    client.chat_postMessage(channel=SALES, thread_ts=answered, text="une réponse")
    with pytest.raises(AssertionError, match="not_your_message"):
        slack.delete(BRUNO.id, SALES, alone)
    slack.delete(AMELIE.id, SALES, alone)
    gone = newest(slack)
    slack.delete(AMELIE.id, SALES, answered)
    buried = newest(slack)
    assert (gone["subtype"], gone["deleted_ts"], gone["previous_message"]["text"]) == (
        "message_deleted",
        alone,
        "seule",
    )
    assert buried["subtype"] == "message_changed"
    assert (buried["message"]["subtype"], buried["message"]["user"]) == ("tombstone", "USLACKBOT")
    assert buried["previous_message"]["text"] == "avec réponse"
    texts = [message["text"] for message in slack.messages(SALES, answered)]
    assert (slack.messages(SALES, alone), texts) == ([], ["This message was deleted.", "une réponse"])


def test_files_come_with_the_message_and_their_content_to_those_who_may_see_it(slack: Slack, client: WebClient) -> None:
    csv, pdf = b"article;stock\nPMP-200;84\n", b"%PDF-1.7 \xff"
    ts, ids = slack.upload(BRUNO.id, {"stock.csv": csv, "à lire.pdf": pdf}, "@Baton lis ceci", FINANCE)
    event, mention = newest(slack), newest(slack, "app_mention")
    files = event["files"]
    assert (event["subtype"], event["ts"], event["text"]) == ("file_share", ts, f"<@{APP_USER}> lis ceci")
    assert [file["id"] for file in files] == ids == [file["id"] for file in mention["files"]]
    assert [(f["name"], f["mimetype"], f["filetype"], f["size"], f["user"]) for f in files] == [
        ("stock.csv", "text/csv", "csv", len(csv), BRUNO.id),
        ("à lire.pdf", "application/pdf", "pdf", len(pdf), BRUNO.id),
    ]
    assert (files[0]["preview"], "preview" in files[1]) == (csv.decode(), False)
    assert client.files_info(file=ids[1])["file"] == files[1]
    url, bearer = files[1]["url_private_download"], {"Authorization": f"Bearer {BOT_TOKEN}"}
    with httpx.Client(follow_redirects=True) as http:
        read = http.get(url, headers=bearer)
        assert (read.content, read.headers["content-type"]) == (pdf, "application/pdf")
        for headers in ({}, {"Authorization": "Bearer xoxb-wrong"}):
            sign_in = http.get(url, headers=headers)
            assert sign_in.headers["content-type"].startswith("text/html"), "Slack answers with its sign-in page"
        pages = [http.get(f"{slack.url}files/{ids[0]}", params={"person": p}) for p in (BRUNO.id, AMELIE.id)]
        assert [page.status_code for page in pages] == [200, 404]
        assert pages[0].headers["content-security-policy"] == "sandbox"
        client.conversations_leave(channel=FINANCE)
        assert http.get(url, headers=bearer).status_code == 404
        with pytest.raises(SlackApiError, match="file_not_found"):
            client.files_info(file=ids[1])
    client.conversations_join(channel=SALES)


def test_two_files_of_one_name_are_both_kept(slack: Slack) -> None:
    parts = [("file", ("bon.txt", content)) for content in (b"un", b"deux")]
    fields = {"person": BRUNO.id, "channel": SALES}
    ids = httpx.post(f"{slack.url}local/upload", data=fields, files=parts).json()["files"]
    files = [httpx.get(f"{slack.url}files/{id_}", params={"person": BRUNO.id}).content for id_ in ids]
    assert files == [b"un", b"deux"]


def test_reactions_are_events_and_what_is_unchanged_is_none(slack: Slack, client: WebClient) -> None:
    ts = slack.say(AMELIE.id, "Merci", SALES)
    slack.react(BRUNO.id, SALES, ts, "eyes")
    slack.react(BRUNO.id, SALES, ts, "eyes")
    added = newest(slack, "reaction_added")
    client.reactions_add(channel=SALES, timestamp=ts, name="eyes")
    both = slack.messages(SALES, ts)[0]["reactions"]
    slack.react(BRUNO.id, SALES, ts, "eyes", add=False)
    removed = newest(slack, "reaction_removed")
    assert added == removed | {"type": "reaction_added", "event_ts": added["event_ts"]}
    assert {key: added[key] for key in ("user", "reaction", "item", "item_user")} == {
        "user": BRUNO.id,
        "reaction": "eyes",
        "item": {"type": "message", "channel": SALES, "ts": ts},
        "item_user": AMELIE.id,
    }
    assert both == [{"name": "eyes", "users": [BRUNO.id, APP_USER], "count": 2}]
    events = [event["payload"]["event"] for event in slack.all_events()]
    here = [e["type"] for e in events if e.get("item", {}).get("ts") == ts]
    assert here == ["reaction_removed", "reaction_added", "reaction_added"]


def test_a_reaction_to_what_only_one_person_sees_is_not_told(slack: Slack, client: WebClient) -> None:
    ts = str(client.chat_postEphemeral(channel=SALES, user=AMELIE.id, text="Pour vous")["message_ts"])
    before = slack.all_events()
    slack.react(AMELIE.id, SALES, ts, "eyes")
    assert slack.all_events() == before


def test_nobody_tells_the_app_of_what_happens_where_it_is_not(slack: Slack, client: WebClient) -> None:
    ts = slack.say(AMELIE.id, "avant", SALES)
    client.conversations_leave(channel=SALES)
    before = slack.all_events()
    slack.edit(AMELIE.id, SALES, ts, "après")
    slack.react(AMELIE.id, SALES, ts, "eyes")
    slack.upload(AMELIE.id, {"a.txt": b"a"}, channel=SALES)
    slack.delete(AMELIE.id, SALES, ts)
    client.conversations_join(channel=SALES)
    assert slack.all_events() == before


async def test_a_message_shortcut_carries_its_message(slack: Slack) -> None:
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{slack.url}api/")
    app, bodies = AsyncApp(token=BOT_TOKEN, client=client), []

    @app.message_shortcut("baton_ask_about")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        bodies.append(body)  # whoever waits for the acknowledgement goes on with it
        await ack()
        title = {"type": "plain_text", "text": "Demander"}
        await client.views_open(trigger_id=body["trigger_id"], view={"type": "modal", "title": title, "blocks": []})

    ts = slack.say(AMELIE.id, "Livraison le 12", SALES)
    message = slack.messages(SALES, ts)[0]
    refused = await asyncio.to_thread(slack.shortcut, CHLOE.id, "baton_ask_about", message)
    async with connected(app):
        taken = await asyncio.to_thread(slack.shortcut, CHLOE.id, "baton_ask_about", message)
    body = bodies[0]
    assert (refused["delivered"], refused["notice"]) == (False, "Baton did not respond. Try again.")
    assert taken == {"delivered": True}
    assert {key: body[key] for key in ("type", "callback_id", "message_ts", "channel")} == {
        "type": "message_action",
        "callback_id": "baton_ask_about",
        "message_ts": ts,
        "channel": {"id": SALES, "name": "ventes"},
    }
    assert (body["message"]["text"], body["message"]["user"], body["user"]["id"]) == (
        "Livraison le 12",
        AMELIE.id,
        CHLOE.id,
    )
    assert body["response_url"]
    assert body["action_ts"]
    with pytest.raises(AssertionError, match="shortcut_not_found"):
        slack.shortcut(CHLOE.id, "nonsense", message)


def test_the_page_knows_commands_shortcuts_and_who_comes_from_outside(slack: Slack) -> None:
    state = slack.state(AMELIE.id)
    outside = {p["id"]: (p["external"], p["guest"]) for p in state["people"] if p["external"] or p["guest"]}
    assert outside == {GAELLE.id: (False, True), FARID.id: (True, False)}
    assert [command["command"] for command in state["commands"]] == ["/baton"]
    ask = {"callback_id": "baton_ask_about", "name": "Ask Baton about this", "type": "message"}
    assert ask in state["shortcuts"]


def test_a_guest_and_a_person_of_another_team_look_as_slack_shows_them(slack: Slack, client: WebClient) -> None:
    guest, outsider, staff = (client.users_info(user=one.id)["user"] for one in (GAELLE, FARID, AMELIE))
    told = [
        (u["team_id"], u["is_restricted"], u["is_ultra_restricted"], u.get("is_stranger"))
        for u in (guest, outsider, staff)
    ]
    assert told == [(TEAM, True, False, None), (PARTNER_TEAM, False, False, False), (TEAM, False, False, None)]
    channels = [client.conversations_info(channel=channel)["channel"] for channel in (PARTNERS, SALES)]
    assert [(c["is_ext_shared"], c["is_shared"], c["connected_team_ids"]) for c in channels] == [
        (True, True, [PARTNER_TEAM]),
        (False, False, []),
    ]
    assert FARID.id in client.conversations_members(channel=PARTNERS)["members"]
    with pytest.raises(SlackApiError, match="user_not_visible"):
        client.conversations_open(users=FARID.id)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        client.chat_postMessage(channel=FARID.id, text="a")


def test_what_comes_from_another_team_says_so(slack: Slack, client: WebClient) -> None:
    slack.say(FARID.id, "@Baton où en est la livraison ?", PARTNERS)
    payload = slack.all_events()[0]["payload"]
    mention, message = newest(slack, "app_mention"), newest(slack)
    assert (payload["is_ext_shared_channel"], payload["team_id"]) == (True, TEAM)
    for event in (mention, message):
        assert [event[key] for key in ("user", "team", "user_team", "source_team")] == [FARID.id, *[PARTNER_TEAM] * 3]
        assert event["user_profile"]["real_name"] == "Farid Benali"
    slack.say(AMELIE.id, "Bientôt", PARTNERS)
    assert slack.all_events()[0]["payload"]["is_ext_shared_channel"]
    assert "user_team" not in newest(slack)
    slack.say(AMELIE.id, "Bonjour", SALES)
    assert not slack.all_events()[0]["payload"]["is_ext_shared_channel"]
    _, [file] = slack.upload(FARID.id, {"plan.txt": b"12 d\xc3\xa9cembre"}, channel=PARTNERS)
    assert newest(slack)["files"] == [
        {"id": file, "created": 0, "timestamp": 0, "mode": "file_access", "file_access": "check_file_info", "user": ""}
    ]
    assert client.files_info(file=file)["file"]["name"] == "plan.txt"


def test_somebody_of_another_team_has_neither_commands_nor_shortcuts_nor_a_conversation(slack: Slack) -> None:
    assert "is not a valid command" in slack.command(FARID.id, "/baton help", PARTNERS)
    ts = slack.say(FARID.id, "Bonjour", PARTNERS)
    for deed in (
        lambda: slack.shortcut(FARID.id, "baton_ask_about", slack.messages(PARTNERS, ts)[0]),
        lambda: slack.say(FARID.id, "Bonjour Baton"),
    ):
        with pytest.raises(AssertionError, match="not_found"):
            deed()


def test_a_trigger_is_good_once_and_for_a_moment() -> None:
    triggers, late = Triggers(), Triggers(seconds=-1.0)
    taken = triggers.give(AMELIE)
    assert triggers.take(taken).person == AMELIE
    for of, trigger, word in (
        (triggers, taken, "exchanged_trigger_id"),
        (late, late.give(AMELIE), "expired_trigger_id"),
        (late, taken, "invalid_trigger_id"),
    ):
        with pytest.raises(TriggerRefused, match=word):
            of.take(trigger)


def test_a_response_url_works_five_times_and_can_delete_the_card(slack: Slack, client: WebClient) -> None:
    root = slack.say(AMELIE.id, "Une commande ?", SALES)
    posted = client.chat_postMessage(channel=SALES, thread_ts=root, text="P", blocks=card("P", value="P"))
    place = {"channel": SALES, "ts": str(posted["ts"])}
    httpx.post(f"{slack.url}local/click", json={"person": CHLOE.id, **place, "action_id": "approve"})
    url = slack.inspect(CHLOE.id, **place)["events"][-1]["payload"]["response_url"]
    says = [
        {"text": "pour Chloé"},
        {"text": "pour tous", "response_type": "in_channel"},
        {"text": "remplacé", "replace_original": True},
        {"blocks": [{"type": "nonsense"}]},
        {"delete_original": True},
        {"text": "une de trop"},
    ]
    answers = [httpx.post(url, json=said).json() for said in says]
    assert [answer.get("error") for answer in answers] == [None, None, None, "invalid_blocks", None, "used_url"]
    assert [m["text"] for m in slack.messages(SALES, root, CHLOE.id)[1:]] == ["pour Chloé", "pour tous"]
    assert [m["text"] for m in slack.messages(SALES, root, AMELIE.id)[1:]] == ["pour tous"]


def test_a_button_inside_a_card_or_a_container_can_be_pressed(slack: Slack, client: WebClient) -> None:
    words = {"type": "plain_text", "text": "Ouvrir"}
    button = {"type": "button", "action_id": "baton_open", "text": words, "value": "card"}
    other = button | {"value": "container"}
    blocks = [
        {"type": "carousel", "elements": [{"type": "card", "title": words | {"type": "mrkdwn"}, "actions": [button]}]},
        {"type": "container", "title": words, "child_blocks": [{"type": "actions", "elements": [other]}]},
    ]
    posted = client.chat_postMessage(channel=SALES, text="ouvrir", blocks=blocks)
    press = {"person": AMELIE.id, "channel": SALES, "ts": posted["ts"], "action_id": "baton_open"}
    for value in ("card", "container"):
        httpx.post(f"{slack.url}local/click", json={**press, "value": value})
    pressed = [
        told["payload"]["actions"][0] for told in slack.inspect(AMELIE.id, SALES, str(posted["ts"]))["events"][-2:]
    ]
    assert [action["value"] for action in pressed] == ["card", "container"]
    kept = posted["message"]["blocks"]
    assert [action["block_id"] for action in pressed] == [
        kept[0]["elements"][0]["block_id"],
        kept[1]["child_blocks"][0]["block_id"],
    ]


def test_a_picture_is_shown_as_one_and_no_other_file_as_what_it_claims_to_be(slack: Slack) -> None:
    given = {"a.png": b"\x89PNG", "b.svg": b"<svg/>", "c.html": b"<script>"}
    _, ids = slack.upload(AMELIE.id, given, channel=SALES)
    pages = [httpx.get(f"{slack.url}files/{one}", params={"person": AMELIE.id}) for one in ids]
    kinds = [page.headers["content-type"].partition(";")[0] for page in pages]
    assert kinds == ["image/png", "text/plain", "text/plain"]
    assert {page.headers["x-content-type-options"] for page in pages} == {"nosniff"}
