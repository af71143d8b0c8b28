"""The page of the local workspace in a real browser: by mouse, by keyboard, on a phone, light and dark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from tests import page_blocks as blocks
from tests.house import AMELIE, BRUNO, CHLOE, DAVID, FARID, GAELLE, PARTNERS, ROOT, SALES, Slack, until

pytestmark = pytest.mark.slow

CHECKS = (ROOT / "tests" / "page_checks.js").read_text("utf-8").partition("\n")[2]
PATIENCE = 8_000  # milliseconds
SHOTS = ROOT / ".cache" / "screenshots"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 1000}
HOSTILE = "*gras* <javascript:alert(1)|clic> &lt;img src=x onerror=alert(1)&gt; <https://exemple.test|lien>"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a73"
    "0000001049444154789c63f8cfc0f01f840118e303fd8b0b45c00000000049454e44ae426082"
)


class Stage:
    """The workspace with a small app of our own in it."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.client = WebClient(token="xoxb-local-baton", base_url=f"{slack.url}api/")
        self.view: dict[str, Any] = {}
        self.answers: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []
        self._handler = SocketModeHandler(self._app(), "xapp-local-baton")
        self._handler.connect()

    def close(self) -> None:
        self._handler.close()

    def say(self, text: str, person: str = AMELIE, channel: str | None = SALES, thread_ts: str | None = None) -> str:
        return self.slack.say(person, text, channel, thread_ts)

    def post(self, thread_ts: str | None, text: str = "Réponse", channel: str = SALES, **more: Any) -> str:
        return str(self.client.chat_postMessage(channel=channel, thread_ts=thread_ts, text=text, **more)["ts"])

    def session(self, thread_ts: str, status: str, channel: str = SALES, **more: Any) -> None:
        about = {"channel_id": channel, "thread_ts": thread_ts, "status": status, **more}
        self.client.api_call("agents.sessions.setStatus", json=about)

    def address(self, person: str, channel: str = SALES, thread: str | None = None) -> str:
        return f"{self.slack.url}#person={person}&channel={channel}" + (f"&thread={thread}" if thread else "")

    def _app(self) -> App:
        app = App(client=self.client, token=self.client.token)

        @app.event(re.compile(".*"))
        def hear(event: dict[str, Any]) -> None:
            self.heard.append(event)

        @app.action("approve")
        def decide(ack: Any, body: dict[str, Any]) -> None:
            ack()
            place, person = {"channel": body["channel"]["id"]}, body["user"]["id"]
            if person == BRUNO:
                done = f":white_check_mark: Approuvé par <@{person}>"
                self.client.chat_update(**place, ts=body["message"]["ts"], text=done, blocks=blocks.card(done))
            else:
                thread = body["message"]["thread_ts"]
                self.client.chat_postEphemeral(**place, user=person, thread_ts=thread, text="Pas le droit")

        @app.action("feedback")
        def note(ack: Any, body: dict[str, Any]) -> None:
            ack()
            self.heard.append(body)

        @app.action("open")
        def show(ack: Any, body: dict[str, Any]) -> None:
            self.client.views_open(trigger_id=body["trigger_id"], view=self.view)
            ack()

        @app.view("edit")
        def submitted(ack: Any, body: dict[str, Any]) -> None:
            self.heard.append(body)
            ack(**(self.answers.pop(0) if self.answers else {}))

        @app.command("/baton")
        def obey(ack: Any, body: dict[str, Any]) -> None:
            self.heard.append(body)
            ack(text="En cours : *P-12*")

        @app.shortcut("baton_ask_about")
        def ask(ack: Any, body: dict[str, Any]) -> None:
            ack()
            self.heard.append(body)

        return app


@pytest.fixture(scope="module")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Slack(tmp_path_factory.mktemp("page")) as slack:
        stage = Stage(slack)
        yield stage
        stage.close()


@pytest.fixture
def stage(_stage: Stage) -> Stage:
    _stage.heard.clear()
    _stage.answers.clear()
    while view := _stage.slack.modal(BRUNO):
        _stage.slack.dismiss(BRUNO, view["id"])
    return _stage


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page; whatever it complains about fails the test."""
    yield from opened(browser, DESK)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from opened(browser, PHONE, has_touch=True, is_mobile=True)


def opened(browser: Browser, size: Any, **how: Any) -> Iterator[Page]:
    context = browser.new_context(viewport=size, permissions=["clipboard-read", "clipboard-write"], **how)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("console", lambda said: "Content Security" in said.text and complaints.append(said.text))
    yield page
    context.close()
    assert complaints == []


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"page-{name}.png")


def look(page: Page, what: str) -> Any:
    """What one of the checks in page_checks.js finds."""
    return page.evaluate(f"({CHECKS}).{what}()")


def thread(page: Page) -> Locator:
    return page.get_by_test_id("thread")


def become(page: Page, person: str) -> None:
    page.get_by_test_id(f"person-{person}").click()


def menu_of(page: Page, message: Locator, item: str) -> None:
    """Choose from a message's menu, with the mouse."""
    message.hover()
    message.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=item).click()


# the story


def test_the_page_shows_the_whole_story_to_those_whom_it_concerns(page: Page, stage: Stage) -> None:
    page.goto(stage.address(AMELIE))
    page.get_by_test_id("composer").fill("@Baton 120 PMP-200 <b>vite</b>")
    page.get_by_test_id("composer").press("Enter")
    expect(thread(page).get_by_test_id("message").first).to_contain_text("@Baton 120 PMP-200 <b>vite</b>")
    expect(page.get_by_test_id("thread-composer")).to_be_focused()
    root = str(thread(page).get_by_test_id("message").get_attribute("data-ts"))
    stage.post(root, blocks=blocks.card(HOSTILE, blocks.button("approve", "Approuver", value="P")))
    proposal = thread(page).get_by_test_id("message").nth(1)
    expect(proposal).to_contain_text("gras clic (javascript:alert(1)) <img src=x onerror=alert(1)> lien")
    expect(proposal.get_by_role("link")).to_have_attribute("href", "https://exemple.test")

    become(page, CHLOE)
    thread(page).get_by_role("button", name="Approuver").click()
    expect(thread(page).get_by_test_id("ephemeral")).to_contain_text("Only visible to you")

    become(page, BRUNO)
    expect(thread(page).get_by_test_id("message")).to_have_count(2)
    expect(thread(page).get_by_test_id("ephemeral")).to_have_count(0)
    thread(page).get_by_role("button", name="Approuver").click()
    expect(proposal).to_contain_text("Approuvé par @Bruno Keller")
    expect(thread(page).get_by_role("button", name="Approuver")).to_have_count(0)


def test_a_session_shows_its_title_what_is_done_and_what_waits_and_stop_tells_the_app(page: Page, stage: Stage) -> None:
    page.goto(stage.slack.url)
    page.get_by_test_id("composer").fill("Combien de PMP-200 ?")
    page.get_by_test_id("send").click()
    dm = AMELIE.replace("U0", "D0", 1)
    message = thread(page).get_by_test_id("message")
    expect(message).to_have_count(1)
    root = str(message.get_attribute("data-ts"))
    expect(page.get_by_test_id("stop")).to_be_hidden()
    stage.session(root, "processing", dm, title="Stock de PMP-200")
    stage.client.assistant_threads_setStatus(channel_id=dm, thread_ts=root, status="réfléchit…")
    expect(page.get_by_test_id("status")).to_have_text("Baton réfléchit…")
    expect(page.get_by_role("heading", name="Stock de PMP-200")).to_be_visible()
    shoot(page, "session-processing")
    page.get_by_test_id("stop").click()
    until("the app hears of Stop", lambda: [e for e in stage.heard if e.get("type") == "agent_session_stopped"])
    stage.session(root, "suspended", dm)
    expect(page.locator("#session-state")).to_have_text("Waiting for a decision")
    expect(page.get_by_test_id("stop")).to_be_hidden()
    expect(page.get_by_test_id("thread-composer")).to_be_focused()
    expect(page.locator("#list .busy")).to_have_text("Waiting for a decision")
    shoot(page, "session-suspended")
    stage.post(root, "84", dm)
    stage.session(root, "active", dm)
    expect(page.get_by_test_id("status")).to_have_text("")
    expect(page.locator("#session-state")).to_have_text("")
    expect(message.last).to_contain_text("84")


def test_an_address_leads_to_its_thread_and_the_page_outlives_a_restart(page: Page, tmp_path: Path) -> None:
    with Slack(tmp_path) as slack:
        root = slack.say(AMELIE, "Une question", SALES)
        page.goto(f"{slack.url}#person={BRUNO}&channel={SALES}&thread={root}")
        messages = thread(page).get_by_test_id("message")
        expect(messages).to_have_count(1)
    expect(page.get_by_text("The workspace does not answer")).to_be_visible()
    with Slack(tmp_path, "--port", slack.url.rstrip("/").rpartition(":")[2]) as again:
        again.say(AMELIE, "Une autre", SALES, root)
        expect(messages).to_have_count(2)
        expect(page.get_by_text("The workspace does not answer")).to_have_count(0)


def test_a_click_that_nobody_answers_says_so_beside_the_button(page: Page, stage: Stage) -> None:
    posted = stage.post(None, blocks=blocks.card("P", blocks.button("nobody", "Essayer")))
    page.goto(stage.address(BRUNO))
    message = page.locator(f"article[data-ts='{posted}']")
    message.get_by_role("button", name="Essayer").click()
    expect(message.get_by_role("alert")).to_contain_text("did not respond")
    stage.client.chat_update(channel=SALES, ts=posted, text="plus rien")
    expect(message).to_contain_text("plus rien")


# blocks


@pytest.mark.parametrize(("scheme", "size"), [("light", DESK), ("dark", DESK), ("light", PHONE)])
def test_every_block_is_shown(browser: Browser, stage: Stage, scheme: Literal["light", "dark"], size: Any) -> None:
    name = "phone" if size is PHONE else scheme
    root = stage.say("@Baton Que sais-tu montrer ?")
    for shown in blocks.GALLERY.values():
        stage.post(root, blocks=shown)
    for page in opened(browser, size, color_scheme=scheme):
        page.goto(stage.address(BRUNO, thread=root))
        pane = thread(page)
        expect(pane.get_by_test_id("message")).to_have_count(1 + len(blocks.GALLERY))
        expect(pane.get_by_role("heading", name="Décision demandée · P-1")).to_be_visible()
        expect(pane.get_by_text("samedi 6 décembre 2025")).to_be_visible()
        expect(pane.get_by_role("columnheader", name="Libre").first).to_have_css("text-align", "right")
        expect(pane.get_by_role("columnheader", name="Stock")).to_have_css("text-align", "right")
        expect(pane.get_by_role("img", name="In progress")).to_have_count(1)
        expect(pane.get_by_text("1 of 4 done")).to_be_visible()
        expect(pane.get_by_role("img", name=re.compile("^Commandes par semaine"))).to_be_visible()
        expect(pane.get_by_text("This page cannot show a block of type “video”.")).to_be_visible()
        expect(pane.get_by_text("ERP : stock de PMP-200")).to_be_hidden()
        pane.get_by_text("Ce qui a été consulté").click()
        expect(pane.get_by_text("ERP : stock de PMP-200")).to_be_visible()
        pane.get_by_text("Lire le stock de PMP-200").click()
        expect(pane.get_by_role("link", name="stock.md")).to_be_visible()
        assert look(page, "cutOff") == []
        for place, kind in enumerate(blocks.GALLERY, start=1):
            pane.get_by_test_id("message").nth(place).evaluate("node => node.scrollIntoView({block: 'start'})")
            shoot(page, f"blocks-{kind}-{name}")


def test_a_data_table_turns_its_pages_and_sorts_and_stays_so_when_the_message_changes(page: Page, stage: Stage) -> None:
    root = stage.say("Commandes ?")
    posted = stage.post(root, blocks=[blocks.section("Avant"), blocks.TABLES[1]])
    page.goto(stage.address(BRUNO, thread=root))
    first = thread(page).locator("tbody tr").first
    expect(thread(page).get_by_text("1–5 of 12")).to_be_visible()
    thread(page).get_by_role("button", name="Next").click()
    expect(first).to_contain_text("SO-6")
    thread(page).get_by_role("button", name="Montant").click()
    expect(first).to_contain_text("SO-12")
    expect(thread(page).get_by_role("columnheader", name="Montant")).to_have_attribute("aria-sort", "ascending")
    stage.client.chat_update(channel=SALES, ts=posted, text="x", blocks=[blocks.section("Après"), blocks.TABLES[1]])
    expect(thread(page).get_by_text("Après")).to_be_visible()
    expect(first).to_contain_text("SO-12")


def test_a_thumb_stays_pressed_for_who_pressed_it(page: Page, stage: Stage) -> None:
    root = stage.say("Une question")
    stage.post(root, blocks=blocks.WORDS)
    page.goto(stage.address(BRUNO, thread=root))
    useful = thread(page).get_by_role("button", name="Utile", exact=True)
    useful.click()
    expect(useful).to_have_attribute("aria-pressed", "true")
    assert [body["actions"][0]["value"] for body in stage.heard if "actions" in body] == ["up"]
    page.reload()
    expect(useful).to_have_attribute("aria-pressed", "true")
    become(page, AMELIE)
    expect(useful).to_have_attribute("aria-pressed", "false")


def test_a_chart_of_nothing_but_zeros_has_an_axis(page: Page, stage: Stage) -> None:
    data = [{"label": "juin", "value": 0}]
    chart = {"type": "bar", "series": [{"name": "A", "data": data}], "axis_config": {"categories": ["juin"]}}
    block = {"type": "data_visualization", "title": "Rien", "chart": chart}
    posted = stage.post(None, blocks=[block])
    page.goto(stage.address(BRUNO))
    drawing = page.locator(f"article[data-ts='{posted}'] svg[role=img]")
    expect(drawing.locator(".tick").first).to_have_text("0")
    assert "NaN" not in drawing.inner_html()


def test_a_choice_in_one_message_leaves_the_same_choice_in_another(page: Page, stage: Stage) -> None:
    radios = {"type": "radio_buttons", "action_id": "way", "options": [blocks.option("rail"), blocks.option("route")]}
    posted = [stage.post(None, blocks=[{"type": "actions", "elements": [radios]}]) for _ in range(2)]
    page.goto(stage.address(BRUNO))
    rails = [page.locator(f"article[data-ts='{ts}']").get_by_label("option rail") for ts in posted]
    for rail in rails:
        rail.check()
    expect(rails[0]).to_be_checked()


# streams


def test_an_answer_grows_without_moving_what_is_read_focused_or_open(page: Page, stage: Stage) -> None:
    root = stage.say("@Baton Raconte")
    page.goto(stage.address(AMELIE, thread=root))
    expect(thread(page).get_by_test_id("message")).to_have_count(1)
    about = {"channel": SALES, "thread_ts": root, "recipient_user_id": AMELIE, "recipient_team_id": "T0VALMONT1"}
    chunks = [{"type": "plan_update", "title": "Je cherche"}, _update("in_progress", output="Entrepôt de Lyon. ")]
    stream = {
        "channel": SALES,
        "ts": stage.client.api_call("chat.startStream", json={**about, "task_display_mode": "plan", "chunks": chunks})[
            "ts"
        ],
    }
    message = thread(page).get_by_test_id("message").last
    expect(message).to_have_attribute("aria-busy", "true")
    expect(page.locator("#announcer")).to_have_text("Baton is writing.")
    task = message.get_by_text("Lire le stock")
    task.click()
    expect(message.get_by_text("Entrepôt de Lyon.")).to_be_visible()
    shoot(page, "stream-begun")
    _append(stage, stream, _update("complete", output="24 libres."))
    expect(message.get_by_role("img", name="Done")).to_be_visible()
    expect(message.get_by_text("24 libres.")).to_be_visible()
    expect(message.locator("summary").filter(has_text="Lire le stock")).to_be_focused()

    for line in range(12):
        _append(stage, stream, {"type": "markdown_text", "text": f"Paragraphe {line}, assez long. " * 12 + "\n\n"})
    words = message.get_by_text("Paragraphe 11")
    expect(words).to_be_in_viewport()  # who was at the end follows
    page.locator("#thread-list").evaluate("list => list.scrollTop = 40")
    _append(stage, stream, {"type": "markdown_text", "text": "Et voici la fin."})
    expect(message.get_by_text("Et voici la fin.")).to_be_attached()
    assert page.locator("#thread-list").evaluate("list => list.scrollTop") == 40  # who reads above stays there
    expect(page.locator("#announcer")).to_have_text("Baton is writing.")
    stage.client.api_call("chat.stopStream", json=stream)
    expect(message).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#announcer")).to_contain_text("Baton: Je cherche")
    thread(page).get_by_role("button", name="New messages").click()
    expect(message.get_by_text("Et voici la fin.")).to_be_in_viewport()
    expect(thread(page).get_by_role("button", name="New messages")).to_be_hidden()
    shoot(page, "stream-ended")


def _update(status: str, **more: Any) -> dict[str, Any]:
    return {"type": "task_update", "id": "t", "title": "Lire le stock", "status": status, **more}


def _append(stage: Stage, stream: dict[str, Any], chunk: dict[str, Any]) -> None:
    stage.client.api_call("chat.appendStream", json={**stream, "chunks": [chunk]})


# what people do with messages


def test_a_message_is_answered_marked_edited_and_taken_back_by_keyboard_alone(page: Page, stage: Stage) -> None:
    ts = stage.say("Bonjour @Baton, voir https://exemple.test/a & <b>")
    page.goto(stage.address(AMELIE))
    message = page.locator(f"#list article[data-ts='{ts}']")
    expect(message).to_be_visible()
    page.locator("#list").focus()
    page.keyboard.press("ArrowUp")
    expect(message).to_be_focused()
    message.press("Tab")
    while page.evaluate("document.activeElement.getAttribute('aria-label')") != "Add reaction":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="+1")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    mine = message.get_by_role("button", name=re.compile("^white check mark, 1: Amélie"))
    expect(mine).to_have_attribute("aria-pressed", "true")

    message.focus()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Reply in thread")).to_be_focused()
    shoot(page, "message-menu")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    message.focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Edit message")).to_be_focused()
    page.keyboard.press("Enter")
    area = message.get_by_label("Edit message")
    expect(area).to_be_focused()
    expect(area).to_have_value("Bonjour @Baton, voir https://exemple.test/a & <b>")
    shoot(page, "message-editing")
    area.fill("Bonsoir @Baton")
    area.press("Enter")
    expect(message).to_contain_text("Bonsoir @Baton")
    expect(message).to_contain_text("(edited)")
    expect(message).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Delete message").get_by_role("button", name="Delete").press("Enter")
    expect(message).to_have_count(0)
    told = ["reaction_added", "message_changed", "message_deleted"]
    until("the app hears of all", lambda: set(told) <= {event.get("subtype") or event["type"] for event in stage.heard})


def test_a_shortcut_a_link_and_the_thread_are_one_menu_away(page: Page, stage: Stage) -> None:
    ts = stage.say("Le stock baisse", BRUNO)
    page.goto(stage.address(AMELIE))
    message = page.locator(f"#list article[data-ts='{ts}']")
    menu_of(page, message, "Ask Baton about this")
    heard = until("the app hears of it", lambda: [one for one in stage.heard if one.get("type") == "message_action"])
    assert heard[0]["message"]["text"] == "Le stock baisse"
    menu_of(page, message, "Copy link")
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{stage.slack.url}#channel={SALES}&thread={ts}"
    message.hover()
    message.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menuitem", name="Edit message")).to_have_count(0)  # it is Bruno's
    page.keyboard.press("Escape")
    message.get_by_role("button", name="Reply in thread").click()
    expect(thread(page).get_by_text("Le stock baisse")).to_be_visible()
    page.keyboard.press("Escape")
    expect(thread(page)).to_be_hidden()
    expect(message).to_be_focused()


# writing


def test_names_channels_and_commands_complete_while_typing(page: Page, stage: Stage) -> None:
    page.goto(stage.address(AMELIE))
    composer = page.get_by_test_id("composer")
    composer.click()  # waits for the page: while it loads, nothing takes the keys
    composer.press_sequentially("Demande à @ame")
    options = page.get_by_role("option")
    expect(options).to_have_text([re.compile("Amélie Laurent")])
    composer.press("Enter")
    expect(composer).to_have_value("Demande à @Amélie Laurent ")
    composer.press_sequentially("@")
    expect(options.first).to_contain_text("Baton")
    shoot(page, "completion")
    composer.press("Escape")
    expect(options).to_have_count(0)
    composer.press_sequentially("fin")
    composer.press("Tab")
    composer.press_sequentially("#ven")
    composer.press("Tab")
    expect(composer).to_have_value("Demande à @Amélie Laurent @finance #ventes ")
    composer.fill("/ba")
    expect(options).to_contain_text(["baton"])
    composer.press("Enter")
    expect(composer).to_have_value("/baton ")
    page.get_by_test_id("channel-C0GENERAL1").click()
    expect(composer).to_have_value("")
    page.get_by_test_id(f"channel-{SALES}").click()
    expect(composer).to_have_value("/baton ")  # each place keeps its draft


def test_a_line_with_a_slash_is_a_command_on_the_page_and_its_answer_is_private(page: Page, stage: Stage) -> None:
    root = stage.say("Bonjour")
    page.goto(stage.address(AMELIE, thread=root))
    page.get_by_test_id("composer").fill("/baton status")
    page.get_by_test_id("composer").press("Enter")
    expect(page.locator("#list").get_by_test_id("ephemeral")).to_contain_text("En cours : P-12")
    page.get_by_test_id("thread-composer").fill("/baton status")
    page.get_by_test_id("thread-composer").press("Enter")
    refused = thread(page).get_by_test_id("ephemeral")
    expect(refused).to_contain_text("/baton is not supported in threads. Sorry!")
    expect(refused).to_contain_text("Slackbot")
    page.get_by_test_id("composer").fill(" /baton status")
    page.get_by_test_id("composer").press("Enter")
    expect(page.locator("#list").get_by_test_id("message").last).to_contain_text("/baton status")
    assert [body["text"] for body in stage.heard if "command" in body] == ["status"]


def test_files_wait_as_chips_and_are_shown_when_they_are_sent(page: Page, stage: Stage) -> None:
    root = stage.say("@Baton Regarde")
    page.goto(stage.address(AMELIE, thread=root))
    table = {"name": "ordres.csv", "mimeType": "text/csv", "buffer": "ordre;quantité\n1;96\n".encode()}
    picture = {"name": "plan.png", "mimeType": "image/png", "buffer": PNG}
    page.get_by_test_id("thread-files").set_input_files([table, picture, {**table, "name": "de trop.csv"}])
    thread(page).get_by_role("button", name="Remove de trop.csv").click()
    expect(thread(page).locator(".chip")).to_have_count(2)
    thread(page).get_by_test_id("thread-composer").fill("Voici")
    shoot(page, "files-chips")
    page.get_by_test_id("thread-send").click()
    message = thread(page).get_by_test_id("message").last
    expect(message).to_contain_text("Voici")
    expect(message.get_by_label("Preview of ordres.csv")).to_contain_text("1;96")
    expect(thread(page).locator(".chip")).to_have_count(0)
    shown = message.get_by_role("img", name="plan.png")
    expect(shown).to_be_visible()
    until("the picture is loaded", lambda: shown.evaluate("image => image.naturalWidth") == 2)
    with page.expect_download() as download:
        message.get_by_role("link", name="Download ordres.csv").click()
    assert Path(download.value.path()).read_bytes() == table["buffer"]
    shoot(page, "files-sent")
    pasted = """area => {
        const data = new DataTransfer();
        data.items.add(new File(["bonjour"], "note.txt", { type: "text/plain" }));
        area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        area.closest("aside").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    page.get_by_test_id("thread-composer").evaluate(pasted)
    expect(thread(page).locator(".chip")).to_have_text([re.compile("note.txt"), re.compile("note.txt")])


def test_who_went_elsewhere_before_the_answer_stays_there_and_loses_no_draft(page: Page, stage: Stage) -> None:
    held: list[Route] = []
    page.route("**/local/say", lambda route: held.append(route))
    page.goto(stage.address(AMELIE))
    composer = page.get_by_test_id("composer")

    def send_and_leave(text: str) -> Route:
        composer.fill(text)
        composer.press("Enter")
        expect(composer).to_have_value("")
        page.get_by_test_id("channel-C0GENERAL1").click()
        expect(page.locator("#place")).to_have_text("#general")
        return held.pop()

    with page.expect_response("**/local/say"):
        send_and_leave("@Baton Combien ?").continue_()
    page.evaluate("fetch('/local/state')")
    expect(thread(page)).to_be_hidden()
    assert "thread=" not in page.url

    page.get_by_test_id(f"channel-{SALES}").click()
    expect(page.locator("#list").get_by_text("Combien ?").last).to_be_visible()
    send_and_leave("Ceci ne part pas").fulfill(status=404, json={"error": "channel_not_found"})
    expect(page.get_by_text("Not sent: channel_not_found")).to_be_visible()
    expect(composer).to_have_value("")
    page.get_by_test_id(f"channel-{SALES}").click()
    expect(composer).to_have_value("Ceci ne part pas")


def test_a_suggested_prompt_that_is_not_sent_says_so(page: Page, stage: Stage) -> None:
    dm = DAVID.replace("U0", "D0", 1)
    prompts = [{"title": "Le stock", "message": "Combien de PMP-200 ?"}]
    stage.client.assistant_threads_setSuggestedPrompts(channel_id=dm, prompts=prompts)
    page.route("**/local/say", lambda route: route.fulfill(status=404, json={"error": "text is empty"}))
    page.goto(stage.address(DAVID, dm))
    page.get_by_role("button", name="Le stock").click()
    expect(page.get_by_text("Not sent: text is empty")).to_be_visible()


# modals and Home


def test_the_page_shows_what_is_wrong_at_the_fields_and_keeps_what_was_typed(page: Page, stage: Stage) -> None:
    stage.view = blocks.form(*blocks.FIELDS)
    longer = blocks.form(
        *blocks.FIELDS,
        blocks.asked("last", "plain_text_input", optional=True),
        {"type": "alert", "level": "warning", "text": blocks.plain("Le prix a changé")},
        title="Encore un champ",
    )
    stage.answers = [
        {"response_action": "errors", "errors": {"why": "Dites pourquoi"}},
        {"response_action": "update", "view": longer},
        {"response_action": "push", "view": blocks.form(blocks.asked("sure", "plain_text_input"), title="Dessus")},
    ]
    posted = stage.post(None, blocks=blocks.card("P", blocks.button("open", "Modifier P")))
    page.goto(stage.address(BRUNO))
    page.locator(f"article[data-ts='{posted}']").get_by_role("button", name="Modifier P").click()
    dialog = page.get_by_role("dialog", name="Modifier")
    send = page.get_by_role("button", name="Envoyer")
    dialog.get_by_label("Champ amount").fill("douze")
    send.click()
    expect(dialog.get_by_text("Please enter a valid number.")).to_be_visible()
    expect(dialog.get_by_label("Champ amount")).to_be_focused()
    shoot(page, "modal-errors")
    dialog.get_by_label("Champ amount").fill("12.5")
    dialog.get_by_label("option rail").check()
    send.click()
    expect(dialog.get_by_text("Dites pourquoi")).to_be_visible()
    expect(dialog.get_by_text("Please enter a valid number.")).to_have_count(0)
    dialog.get_by_label("Champ why").fill("ligne 1\nligne 2")
    send.click()
    longer_one = page.get_by_role("dialog", name="Encore un champ")
    expect(longer_one.get_by_label("Champ why")).to_have_value("ligne 1\nligne 2")
    expect(longer_one.get_by_label("option rail")).to_be_checked()
    expect(longer_one.get_by_role("note", name="Warning")).to_contain_text("Le prix a changé")
    send.click()
    expect(page.get_by_role("dialog", name="Dessus").get_by_label("Champ sure")).to_be_focused()
    page.keyboard.press("Escape")
    expect(longer_one).to_be_visible()  # the view below shows again
    shoot(page, "modal-below")
    send.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    kept = [body["view"]["state"]["values"] for body in stage.heard if body.get("type") == "view_submission"]
    assert kept[2]["why"]["value"]["value"] == "ligne 1\nligne 2"
    assert kept[2]["amount"]["value"]["value"] == "12.5"
    assert kept[2]["way"]["value"]["selected_option"] == blocks.option("rail")


def test_a_view_without_a_submit_button_is_never_submitted(page: Page, stage: Stage) -> None:
    when = {"type": "timepicker", "action_id": "when", "placeholder": blocks.plain("Quand")}
    shown = {"type": "section", "text": blocks.plain("À lire"), "accessory": when}
    stage.view = {"type": "modal", "title": blocks.plain("Lecture"), "blocks": [shown]}
    posted = stage.post(None, blocks=blocks.card("P", blocks.button("open", "Lire P")))
    page.goto(stage.address(BRUNO))
    page.locator(f"article[data-ts='{posted}']").get_by_role("button", name="Lire P").click()
    expect(page.get_by_role("dialog", name="Lecture").get_by_label("Quand")).to_be_visible()
    page.locator("#modal form").evaluate("form => form.requestSubmit()")  # as Firefox does at the Enter key
    page.evaluate("fetch('/local/state')")


def test_the_home_repaints_in_place(page: Page, stage: Stage) -> None:
    home = [
        {"type": "header", "text": blocks.plain("Ce qui vous attend")},
        *blocks.card("*P-1*", blocks.button("x", "Voir")),
    ]
    stage.client.views_publish(user_id=DAVID, view={"type": "home", "blocks": home})
    page.goto(stage.address(DAVID, DAVID.replace("U0", "D0", 1)))
    page.get_by_text("Home", exact=True).click()
    page.get_by_role("button", name="Voir").focus()
    shoot(page, "home")
    home[0] = {"type": "header", "text": blocks.plain("Plus rien ne presse")}
    stage.client.views_publish(user_id=DAVID, view={"type": "home", "blocks": home})
    expect(page.get_by_role("heading", name="Plus rien ne presse")).to_be_visible()
    expect(page.get_by_role("button", name="Voir")).to_be_focused()


# people


def test_people_from_outside_are_marked_and_see_only_what_is_theirs(page: Page, stage: Stage) -> None:
    stage.slack.say(FARID, "Bonjour à tous", PARTNERS)
    page.goto(stage.address(GAELLE, PARTNERS))
    message = page.locator("#list").get_by_test_id("message").last
    expect(message).to_contain_text(re.compile(r"Farid Benali\s*EXTERNAL"))
    expect(page.locator("#topic")).to_contain_text("shared with another company")
    expect(page.get_by_test_id(f"person-{GAELLE}")).to_contain_text("GUEST")
    shoot(page, "outsiders")
    become(page, FARID)
    expect(page.locator("#direct li")).to_have_count(0)
    expect(page.locator("#channels li")).to_have_count(1)


def test_what_came_meanwhile_is_marked_unread_until_it_is_seen(page: Page, stage: Stage) -> None:
    stage.say("Vu")
    page.goto(stage.address(BRUNO))
    expect(page.locator("#list").get_by_text("Vu", exact=True).last).to_be_visible()
    page.get_by_test_id("channel-C0GENERAL1").click()
    expect(page.locator("#place")).to_have_text("#general")
    ts = stage.say("Pas encore vu")
    unread = page.get_by_role("button", name="ventes, unread")
    unread.click()
    expect(page.locator(".first-unread")).to_have_attribute("data-ts", ts)
    expect(unread).to_have_count(0)


def test_a_channel_stays_unread_when_an_older_message_of_it_changes(page: Page, stage: Stage) -> None:
    seen = stage.say("Vu et changé")
    page.goto(stage.address(BRUNO))
    expect(page.locator("#list").get_by_text("Vu et changé")).to_be_visible()
    page.get_by_test_id("channel-C0GENERAL1").click()
    expect(page.locator("#place")).to_have_text("#general")
    stage.say("Pas vu")
    page.reload()  # the page has no message of the channel now
    unread = page.get_by_role("button", name="ventes, unread")
    expect(unread).to_be_visible()
    stage.slack.edit(AMELIE, SALES, seen, "Changé")
    stage.say("Après", channel="C0GENERAL1")
    expect(page.locator("#list").get_by_text("Après")).to_be_visible()
    expect(unread).to_be_visible()


def test_a_reply_in_a_thread_that_is_not_open_is_seen_with_its_channel(page: Page, stage: Stage) -> None:
    root = stage.say("Une question")
    page.goto(stage.address(BRUNO, "C0GENERAL1"))
    expect(page.locator("#place")).to_have_text("#general")
    stage.say("Une réponse", thread_ts=root)
    unread = page.get_by_role("button", name="ventes, unread")
    unread.click()
    expect(page.locator("#place")).to_have_text("#ventes")
    expect(page.locator(f"article[data-ts='{root}']")).to_contain_text("1 reply")
    page.get_by_test_id("channel-C0GENERAL1").click()
    expect(page.locator("#place")).to_have_text("#general")
    expect(unread).to_have_count(0)


def test_what_changes_before_the_page_has_read_everything_is_shown(page: Page, stage: Stage) -> None:
    root = stage.say("Tôt")

    def change(route: Route) -> None:
        stage.session(root, "processing", title="De bonne heure")
        stage.client.assistant_threads_setStatus(channel_id=SALES, thread_ts=root, status="réfléchit…")
        stage.client.assistant_threads_setTitle(channel_id=SALES, thread_ts=root, title="De bonne heure")
        stage.say("Aussi", channel="C0GENERAL1")
        route.continue_()

    page.route("**/local/state?person=*", change, times=1)
    page.goto(stage.address(BRUNO, thread=root))
    expect(page.get_by_role("heading", name="De bonne heure")).to_be_visible()
    expect(page.get_by_test_id("status")).to_have_text("Baton réfléchit…")


# looking inside


def test_the_inspector_shows_the_events_and_calls_behind_a_message(page: Page, stage: Stage) -> None:
    root = stage.say("@Baton Inspecte-moi")
    stage.post(root, "Voici")
    page.goto(stage.address(DAVID, thread=root))
    menu_of(page, thread(page).get_by_test_id("message").first, "Inspect events and calls")
    drawer = page.get_by_test_id("inspector")
    expect(page.get_by_role("heading", name="Inspector")).to_be_focused()
    entry = drawer.locator("summary").filter(has_text="app_mention").first
    entry.focus()
    page.keyboard.press("Enter")
    expect(drawer.locator("pre").first).to_contain_text('"text": "<@UBATON01> Inspecte-moi"')
    shoot(page, "inspector")
    drawer.get_by_role("button", name="Copy event of app_mention").click()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["event"]["ts"] == root
    page.get_by_test_id("channel-C0GENERAL1").click()
    expect(page.locator("#place")).to_have_text("#general")
    stage.slack.react(AMELIE, SALES, root, "eyes")
    drawer.get_by_role("button", name="Refresh").click()
    expect(drawer.locator("summary").filter(has_text="reaction_added")).to_be_visible()
    page.go_back()
    drawer.get_by_role("button", name="All calls").click()
    drawer.get_by_label("Filter by words").fill("voici")
    expect(drawer.locator("summary").filter(has_text="chat.postMessage").first).to_be_visible()
    drawer.get_by_label("Filter by words").fill("nothing has this word")
    expect(drawer.locator("summary:visible")).to_have_count(0)
    drawer.get_by_role("button", name="All events").click()
    drawer.get_by_label("Filter by words").fill("")
    expect(drawer.locator("summary").filter(has_text="acked").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(thread(page)).to_be_visible()  # one thing at a time


# for everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_have_contrast_and_all_controls_have_names(
    browser: Browser, stage: Stage, scheme: Literal["light", "dark"]
) -> None:
    root = stage.say("@Baton Que sais-tu montrer ?")
    for shown in blocks.GALLERY.values():
        stage.post(root, blocks=shown)
    stage.slack.react(BRUNO, SALES, root, "+1")
    stage.session(root, "suspended")
    stage.client.chat_postEphemeral(channel=SALES, user=BRUNO, thread_ts=root, text="Rien que pour vous")
    for page in opened(browser, DESK, color_scheme=scheme, reduced_motion="reduce"):
        page.goto(stage.address(BRUNO, thread=root))
        expect(thread(page).get_by_test_id("ephemeral")).to_be_visible()
        page.get_by_test_id("thread").get_by_test_id("message").first.hover()
        assert look(page, "contrast") == []
        assert look(page, "nameless") == []
        assert look(page, "moving") == []
        menu_of(page, thread(page).get_by_test_id("message").first, "Inspect events and calls")
        expect(page.locator("#inspected summary").first).to_be_visible()
        page.locator("#inspected summary").first.click()
        assert look(page, "contrast") == []
        assert look(page, "nameless") == []
        shoot(page, f"inspector-{scheme}")


def test_the_tab_key_goes_through_the_page_in_the_order_of_its_parts(page: Page, stage: Stage) -> None:
    root = stage.say("Une question")
    page.goto(stage.address(AMELIE, thread=root))
    expect(thread(page).get_by_test_id("message")).to_have_count(1)
    steps: list[dict[str, Any]] = []
    while not steps or (steps[-1]["name"] != "thread-send" and len(steps) < 150):
        page.keyboard.press("Tab")
        steps.append(look(page, "focus"))
    assert list(dict.fromkeys(step["part"] for step in steps)) == ["skip", "side", "main", "thread"]
    assert [step["name"] for step in steps if not step["isSeen"]] == []


def test_everything_works_on_a_phone(phone: Page, stage: Stage) -> None:
    page = phone
    page.goto(stage.address(AMELIE))
    page.get_by_role("button", name="People and channels").tap()
    shoot(page, "phone-side")
    page.get_by_test_id(f"person-{BRUNO}").tap()
    expect(page.locator("#side")).to_be_hidden()
    expect(page.get_by_role("button", name="People and channels")).to_have_attribute("aria-expanded", "false")
    page.get_by_test_id("composer").fill("@Baton Et sur un téléphone ?")
    page.get_by_test_id("send").tap()
    message = thread(page).get_by_test_id("message")
    expect(message).to_have_count(1)
    root = str(message.get_attribute("data-ts"))
    stage.session(root, "processing", title="Sur un téléphone")
    stage.post(
        root, blocks=[*blocks.DECISION[:-1], *blocks.card("P", blocks.button("approve", "Approuver", value="P"))]
    )
    expect(page.get_by_test_id("stop")).to_be_visible()
    assert look(page, "cutOff") == []
    shoot(page, "phone-thread")
    message.first.get_by_role("button", name="More actions").tap()
    shoot(page, "phone-menu")
    page.get_by_role("menuitem", name="Inspect events and calls").tap()
    expect(page.locator("#inspected summary").first).to_be_visible()
    page.locator("#inspected summary").first.tap()
    assert look(page, "cutOff") == []
    shoot(page, "phone-inspector")
    page.get_by_role("button", name="Close inspector").tap()
    thread(page).get_by_role("button", name="Approuver").tap()
    expect(thread(page)).to_contain_text("Approuvé par @Bruno Keller")
    page.get_by_role("button", name="Close thread").tap()
    stage.view = blocks.form(*blocks.FIELDS)
    posted = stage.post(None, blocks=blocks.card("P", blocks.button("open", "Modifier P")))
    page.locator(f"article[data-ts='{posted}']").get_by_role("button", name="Modifier P").tap()
    page.get_by_role("dialog").get_by_label("Champ amount").fill("12")
    assert look(page, "cutOff") == []
    shoot(page, "phone-modal")
    page.get_by_role("button", name="Envoyer").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
