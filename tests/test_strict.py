"""What Slack's documentation forbids in blocks, views and messages is refused here, and what it allows just so passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.arguments import argument_faults
from bot.workspace.call import Call, SlackError
from bot.workspace.chat import Chat
from bot.workspace.content import checked_content
from bot.workspace.published import UNTYPED, typed_faults
from bot.workspace.rules import block_faults, rule_faults, view_faults
from bot.workspace.sdk_models import model_faults
from bot.workspace.web_api import METHODS

Json = dict[str, Any]
IMAGE: Json = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}


def plain(words: str = "x") -> Json:
    return {"type": "plain_text", "text": words}


def mrkdwn(words: str = "x") -> Json:
    return {"type": "mrkdwn", "text": words}


def raw(words: str = "x") -> Json:
    return {"type": "raw_text", "text": words}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": mrkdwn()} | fields


def actions(*elements: Json, **fields: Any) -> Json:
    return {"type": "actions", "elements": [*elements]} | fields


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain()} | fields


def confirm(**fields: Any) -> Json:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()} | fields


def option(value: str = "x", **fields: Any) -> Json:
    return {"text": plain(), "value": value} | fields


def options(count: int) -> list[Json]:
    return [option(str(number)) for number in range(count)]


def select(kind: str = "static_select", **fields: Any) -> Json:
    return {"type": kind, "options": [option()]} | fields


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*elements]}]}


WORD: Json = {"type": "text", "text": "x"}


def rows(high: int, wide: int) -> list[list[Json]]:
    return [[raw()] * wide] * high


def table(**fields: Any) -> Json:
    return {"type": "table", "rows": rows(2, 2)} | fields


def data_table(**fields: Any) -> Json:
    return {"type": "data_table", "caption": "x", "rows": rows(2, 2)} | fields


def chart(**fields: Any) -> Json:
    return {"type": "data_visualization", "title": "x", "chart": pie()} | fields


def pie(**fields: Any) -> Json:
    return {"type": "pie", "segments": [{"label": "a", "value": 1}]} | fields


def line(**fields: Any) -> Json:
    points = [{"label": "a", "value": 1}, {"label": "b", "value": -2.5}]
    axes = {"categories": ["a", "b"], "x_label": "x"}
    return chart(chart={"type": "line", "series": [{"name": "s", "data": points}], "axis_config": axes} | fields)


def task(**fields: Any) -> Json:
    return {"type": "task_card", "task_id": "t", "title": "x", "status": "complete"} | fields


def card(**fields: Any) -> Json:
    return {"type": "card", "title": mrkdwn()} | fields


def container(**fields: Any) -> Json:
    return {"type": "container", "title": plain(), "child_blocks": [section()]} | fields


def feedback(**fields: Any) -> Json:
    side = {"text": plain(), "value": "x"}
    return {"type": "feedback_buttons", "action_id": "f", "positive_button": side, "negative_button": side} | fields


def icon(**fields: Any) -> Json:
    return {"type": "icon_button", "icon": "trash", "text": plain()} | fields


def thumbs(*elements: Json) -> Json:
    return {"type": "context_actions", "elements": [*elements]}


# Each rule of the reference pages: its name, what breaks it, and what just keeps it. A list is a whole message.
BLOCK_RULES: list[tuple[str, Any, Any]] = [
    ("50 blocks in a message", [{"type": "divider"}] * 51, [{"type": "divider"}] * 50),
    ("block ids are unique", [section(block_id="a"), section(block_id="a")], [section(block_id="a"), section(block_id="b")]),
    ("block_id has 255 characters", section(block_id="x" * 256), section(block_id="x" * 255)),
    ("a block has a type that Slack knows", {"type": "nonsense"}, {"type": "divider"}),
    ("a block is an object", ["text"], [section()]),
    ("a field is one that Slack knows", section(colour="red"), section(expand=True)),
    ("a text is not empty", section(text=mrkdwn("")), section(text=mrkdwn("x"))),
    ("a text is an object", section(text="x"), section(text=plain("x"))),
    ("a text's words are text", section(text={"type": "mrkdwn", "text": 5}), section(text=mrkdwn("5"))),
    ("emoji belongs to plain text", section(text=mrkdwn() | {"emoji": True}), section(text=plain() | {"emoji": True})),
    ("verbatim belongs to mrkdwn", section(text=plain() | {"verbatim": True}), section(text=mrkdwn() | {"verbatim": True})),
    ("a section has text or fields", {"type": "section"}, {"type": "section", "fields": [mrkdwn()]}),
    ("a section's text has 3000 characters", section(text=mrkdwn("x" * 3001)), section(text=mrkdwn("x" * 3000))),
    ("a section has 10 fields", section(fields=[mrkdwn()] * 11), section(fields=[mrkdwn()] * 10)),
    ("a section has at least one field", section(fields=[]), section(fields=[plain()])),
    ("a field has 2000 characters", section(fields=[mrkdwn("x" * 2001)]), section(fields=[mrkdwn("x" * 2000)])),
    ("an input is no accessory", section(accessory={"type": "plain_text_input"}), section(accessory=button())),
    ("a header is plain text", {"type": "header", "text": mrkdwn()}, {"type": "header", "text": plain()}),
    ("a header has 150 characters", {"type": "header", "text": plain("x" * 151)}, {"type": "header", "text": plain("x" * 150)}),
    ("a divider has nothing", {"type": "divider", "text": plain()}, {"type": "divider", "block_id": "d"}),
    ("an image says what it shows", IMAGE | {"alt_text": ""}, IMAGE),
    ("an image's alt_text has 2000 characters", IMAGE | {"alt_text": "x" * 2001}, IMAGE | {"alt_text": "x" * 2000}),
    ("an image comes from one place", IMAGE | {"slack_file": {"id": "F1"}}, {"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}}),
    ("an image's title is plain text", IMAGE | {"title": mrkdwn()}, IMAGE | {"title": plain()}),
    ("actions are not empty", actions(), actions(button())),
    ("25 elements in actions", actions(*[button()] * 26), actions(*[button()] * 25)),
    ("action ids are unique in a block", actions(button(action_id="a"), button(action_id="a")), actions(button(action_id="a"), button(action_id="b"))),
    ("action_id has 255 characters", actions(button(action_id="x" * 256)), actions(button(action_id="x" * 255))),
    ("a text is no action", actions(mrkdwn()), actions(select())),
    ("10 elements in a context", {"type": "context", "elements": [mrkdwn()] * 11}, {"type": "context", "elements": [mrkdwn()] * 10}),
    ("a context is not empty", {"type": "context", "elements": []}, {"type": "context", "elements": [IMAGE]}),
    ("a button is no context", {"type": "context", "elements": [button()]}, {"type": "context", "elements": [plain()]}),
    ("a button's text is plain", actions(button(text=mrkdwn())), actions(button(text=plain()))),
    ("a button's text has 75 characters", actions(button(text=plain("x" * 76))), actions(button(text=plain("x" * 75)))),
    ("a button's value has 2000 characters", actions(button(value="x" * 2001)), actions(button(value="x" * 2000))),
    ("a button's value is text", actions(button(value=5)), actions(button(value="5"))),
    ("a button's url has 3000 characters", actions(button(url="x" * 3001)), actions(button(url="x" * 3000))),
    ("a button is primary or danger", actions(button(style="default")), actions(button(style="danger"))),
    ("accessibility_label has 75 characters", actions(button(accessibility_label="x" * 76)), actions(button(accessibility_label="x" * 75))),
    ("agent_prompt has 4000 characters", actions(button(agent_prompt="x" * 4001)), actions(button(agent_prompt="x" * 4000))),
    ("a button shows to 10 people", actions(button(visible_to_user_ids=["U1"] * 11)), actions(button(visible_to_user_ids=["U1"] * 10))),
    ("a dialog's title has 100 characters", actions(button(confirm=confirm(title=plain("x" * 101)))), actions(button(confirm=confirm(title=plain("x" * 100))))),
    ("a dialog's text has 300 characters", actions(button(confirm=confirm(text=mrkdwn("x" * 301)))), actions(button(confirm=confirm(text=mrkdwn("x" * 300))))),
    ("a dialog's buttons have 30 characters", actions(button(confirm=confirm(deny=plain("x" * 31)))), actions(button(confirm=confirm(deny=plain("x" * 30))))),
    ("a dialog's title is plain text", actions(button(confirm=confirm(title=mrkdwn()))), actions(button(confirm=confirm()))),
    ("a choice has options", actions(select(options=[])), actions(select())),
    ("100 options in a select", actions(select(options=options(101))), actions(select(options=options(100)))),
    ("100 groups of options", actions({"type": "static_select", "option_groups": [{"label": plain(), "options": options(1)}] * 101}), actions({"type": "static_select", "option_groups": [{"label": plain(), "options": options(1)}]})),
    ("options or groups", actions(select(option_groups=[{"label": plain(), "options": options(1)}])), actions(select())),
    ("a group's label has 75 characters", actions({"type": "static_select", "option_groups": [{"label": plain("x" * 76), "options": options(1)}]}), actions({"type": "static_select", "option_groups": [{"label": plain("x" * 75), "options": options(1)}]})),
    ("5 options in an overflow", actions(select("overflow", options=options(6))), actions(select("overflow", options=options(5)))),
    ("10 checkboxes", actions(select("checkboxes", options=options(11))), actions(select("checkboxes", options=options(10)))),
    ("10 radio buttons", actions(select("radio_buttons", options=options(11))), actions(select("radio_buttons", options=options(10)))),
    ("an option's text has 75 characters", actions(select(options=[option(text=plain("x" * 76))])), actions(select(options=[option(text=plain("x" * 75))]))),
    ("an option's value has 150 characters", actions(select(options=[option("x" * 151)])), actions(select(options=[option("x" * 150)]))),
    ("an option of a select is plain", actions(select(options=[option(text=mrkdwn())])), actions(select("checkboxes", options=[option(text=mrkdwn())]))),
    ("a description has 75 characters", actions(select(options=[option(description=plain("x" * 76))])), actions(select(options=[option(description=plain("x" * 75))]))),
    ("an initial option is one of them", actions(select(initial_option=option("y"))), actions(select(initial_option=option("x")))),
    ("a placeholder has 150 characters", actions(select(placeholder=plain("x" * 151))), actions(select(placeholder=plain("x" * 150)))),
    ("at least one item is chosen", actions({"type": "multi_users_select", "max_selected_items": 0}), actions({"type": "multi_users_select", "max_selected_items": 1})),
    ("a filter is not empty", actions({"type": "conversations_select", "filter": {"include": []}}), actions({"type": "conversations_select", "filter": {"include": ["im"]}})),
    ("a date is YYYY-MM-DD", actions({"type": "datepicker", "initial_date": "1/2/2026"}), actions({"type": "datepicker", "initial_date": "2026-02-01"})),
    ("a time is HH:mm", actions({"type": "timepicker", "initial_time": "8h"}), actions({"type": "timepicker", "initial_time": "08:00"})),
    ("a point in time has 10 digits", actions({"type": "datetimepicker", "initial_date_time": 5}), actions({"type": "datetimepicker", "initial_date_time": 1628633820})),
    ("a workflow button names its workflow", actions({"type": "workflow_button", "text": plain()}), actions({"type": "workflow_button", "text": plain(), "workflow": {"trigger": {"url": "https://slack.com/x"}}})),
    ("markdown has 12,000 characters", {"type": "markdown", "text": "x" * 12_001}, {"type": "markdown", "text": "x" * 12_000}),
    ("markdown has 12,000 characters in all", [{"type": "markdown", "text": "x" * 6_001}] * 2, [{"type": "markdown", "text": "x" * 6_000}] * 2),
    ("markdown is not empty", {"type": "markdown", "text": ""}, {"type": "markdown", "text": "x"}),
    ("markdown is text", {"type": "markdown", "text": mrkdwn()}, {"type": "markdown", "text": "**x**"}),
    ("rich text is not empty", {"type": "rich_text", "elements": []}, rich(WORD)),
    ("rich text has words", rich(WORD | {"text": ""}), rich(WORD | {"style": {"bold": True}})),
    ("rich text knows its styles", rich(WORD | {"style": {"blink": True}}), rich(WORD | {"style": {"code": True}})),
    ("rich text knows its elements", rich({"type": "marquee"}), rich({"type": "user", "user_id": "U1"})),
    ("a quote is no section's word", rich({"type": "rich_text_quote", "elements": [WORD]}), {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [WORD]}]}),
    ("a list has a style", {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}, {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": rich(WORD)["elements"]}]}),
    ("an input of a message has a label", {"type": "input", "element": {"type": "plain_text_input"}}, {"type": "input", "label": plain(), "element": {"type": "plain_text_input"}}),
    ("files are given in modals only", {"type": "input", "label": plain(), "element": {"type": "file_input"}}, {"type": "input", "label": plain(), "element": {"type": "plain_text_input"}}),
    ("100 rows in a table", table(rows=rows(101, 1)), table(rows=rows(100, 1))),
    ("20 columns in a table", table(rows=rows(1, 21)), table(rows=rows(1, 20))),
    ("a table is not empty", table(rows=[]), table(rows=rows(1, 1))),
    ("20 column settings", table(column_settings=[{}] * 21), table(column_settings=[{"align": "right", "is_wrapped": True}] * 20)),
    ("a column is left, center or right", table(column_settings=[{"align": "justify"}]), table(column_settings=[{"align": "center"}])),
    ("a cell is raw or rich text", table(rows=[[mrkdwn()]]), table(rows=[[rich(WORD), {"type": "raw_number", "value": 1, "text": "1"}]])),
    ("a cell is not empty", table(rows=[[raw("")]]), table(rows=[[raw(" ")]])),
    ("a data table has a caption", data_table(caption=""), data_table(caption="x")),
    ("a data table has 101 rows", data_table(rows=rows(102, 1)), data_table(rows=rows(101, 1))),
    ("a data table has a row under its header", data_table(rows=rows(1, 1)), data_table(rows=rows(2, 1))),
    ("20 columns in a data table", data_table(rows=rows(2, 21)), data_table(rows=rows(2, 20))),
    ("a data table's rows are as wide", data_table(rows=[[raw()], [raw(), raw()]]), data_table(rows=rows(2, 2))),
    ("a data table's header is not rich", data_table(rows=[[rich(WORD)], [raw()]]), data_table(rows=[[raw()], [rich(WORD)]])),
    ("a data table has 10,000 characters", data_table(rows=[[raw("x")], [raw("x" * 10_000)]]), data_table(rows=[[raw("x")], [raw("x" * 9_999)]])),
    ("100 rows on a page", data_table(page_size=101), data_table(page_size=100)),
    ("the row header is a column", data_table(row_header_column_index=2), data_table(row_header_column_index=1)),
    ("2 charts in a message", [chart()] * 3, [chart()] * 2),
    ("a chart's title has 50 characters", chart(title="x" * 51), chart(title="x" * 50)),
    ("a chart is of a known kind", chart(chart={"type": "radar"}), line(type="bar")),
    ("a pie has 6 pieces", chart(chart=pie(segments=[{"label": "a", "value": 1}] * 7)), chart(chart=pie(segments=[{"label": "a", "value": 1}] * 6))),
    ("a piece is more than nothing", chart(chart=pie(segments=[{"label": "a", "value": 0}])), chart(chart=pie(segments=[{"label": "a", "value": 0.5}]))),
    ("a label has 20 characters", chart(chart=pie(segments=[{"label": "x" * 21, "value": 1}])), chart(chart=pie(segments=[{"label": "x" * 20, "value": 1}]))),
    ("a series has a point for each category", line(axis_config={"categories": ["a", "c"]}), line(axis_config={"categories": ["b", "a"]})),
    ("an axis' label has 50 characters", line(axis_config={"categories": ["a", "b"], "y_label": "x" * 51}), line(axis_config={"categories": ["a", "b"], "y_label": "x" * 50})),
    ("a line chart has axes", line(axis_config=None), line()),
    ("a task has an id", task(task_id=""), task(task_id="1")),
    ("a task's title is text", task(title=plain()), task(title="x")),
    ("a task has a known status", task(status="done"), task(status="in_progress")),
    ("a task's details are rich text", task(details=plain()), task(details=rich(WORD), output=rich(WORD))),
    ("a source has an address", task(sources=[{"type": "url", "text": "x"}]), task(sources=[{"type": "url", "url": "https://example.com", "text": "x"}])),
    ("a plan has a title", {"type": "plan", "tasks": [task()]}, {"type": "plan", "title": "x", "tasks": [task()]}),
    ("a plan has tasks only", {"type": "plan", "title": "x", "tasks": [section()]}, {"type": "plan", "title": "x", "tasks": []}),
    ("task ids are unique in a plan", {"type": "plan", "title": "x", "tasks": [task(), task()]}, {"type": "plan", "title": "x", "tasks": [task(), task(task_id="u")]}),
    ("5 elements in context actions", thumbs(*[icon()] * 6), thumbs(*[icon()] * 5)),
    ("a button is no context action", thumbs(button()), thumbs(feedback())),
    ("feedback has two sides", thumbs(feedback(negative_button=None)), thumbs(feedback())),
    ("a side's text is plain", thumbs(feedback(positive_button={"text": mrkdwn(), "value": "x"})), thumbs(feedback(positive_button={"text": plain("x" * 75), "value": "x" * 2000}))),
    ("a side has a value", thumbs(feedback(positive_button={"text": plain(), "value": ""})), thumbs(feedback())),
    ("feedback is no action", actions(feedback()), thumbs(feedback(), icon())),
    ("an icon button shows to 10 people", thumbs(icon(visible_to_user_ids=["U1"] * 11)), thumbs(icon(visible_to_user_ids=["U1"]))),
    ("a card shows something", {"type": "card"}, card()),
    ("a card's title has 150 characters", card(title=mrkdwn("x" * 151)), card(title=mrkdwn("x" * 150))),
    ("a card's body has 200 characters", card(body=mrkdwn("x" * 201)), card(body=mrkdwn("x" * 200))),
    ("a card has buttons only", card(actions=[select()]), card(actions=[button()])),
    ("10 cards in a carousel", {"type": "carousel", "elements": [card()] * 11}, {"type": "carousel", "elements": [card()] * 10}),
    ("a carousel is not empty", {"type": "carousel", "elements": []}, {"type": "carousel", "elements": [card()]}),
    ("a carousel has cards only", {"type": "carousel", "elements": [section()]}, {"type": "carousel", "elements": [card(icon=IMAGE)]}),
    ("a container has a title", {"type": "container", "child_blocks": [section()]}, {"type": "container", "child_blocks": [section()], "rich_text_title": rich(WORD)}),
    ("10 blocks in a container", container(child_blocks=[section()] * 11), container(child_blocks=[section()] * 10)),
    ("no container in a container", container(child_blocks=[container()]), container(child_blocks=[table()])),
    ("what cannot be opened is not closed", container(default_collapsed=True), container(default_collapsed=True, is_collapsible=True)),
    ("a container is of a known width", container(width="huge"), container(width="full")),
    ("an alert is for modals", {"type": "alert", "text": plain()}, section()),
    ("a file only arrives", {"type": "file", "source": "remote", "external_id": "x"}, section()),
    ("a video is on https", {"type": "video", "video_url": "http://x", "thumbnail_url": "https://x", "alt_text": "x", "title": plain()}, {"type": "video", "video_url": "https://x", "thumbnail_url": "https://x", "alt_text": "x", "title": plain()}),
]  # fmt: skip


def modal(*blocks: Json, **fields: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": [*blocks] or [section()]} | fields


def home(*blocks: Json, **fields: Any) -> Json:
    return {"type": "home", "blocks": [*blocks] or [section()]} | fields


def asked(kind: str = "plain_text_input", **fields: Any) -> Json:
    return {"type": "input", "label": plain(), "element": {"type": kind} | fields}


VIEW_RULES: list[tuple[str, Any, Any]] = [
    ("100 blocks in a modal", modal(*[section()] * 101), modal(*[section()] * 100)),
    ("100 blocks in the Home", home(*[section()] * 101), home(*[section()] * 100)),
    ("a view is a modal or the Home", modal(type="page"), modal()),
    ("a view has blocks", {"type": "home"}, home()),
    ("a title has 24 characters", modal(title=plain("x" * 25)), modal(title=plain("x" * 24))),
    ("a title is plain text", modal(title=mrkdwn()), modal(title=plain() | {"emoji": True})),
    ("a modal has a title", modal(title=None), modal()),
    ("submit has 24 characters", modal(submit=plain("x" * 25)), modal(submit=plain("x" * 24))),
    ("close has 24 characters", modal(close=plain("x" * 25)), modal(close=plain("x" * 24))),
    ("private_metadata has 3000 characters", modal(private_metadata="x" * 3001), modal(private_metadata="x" * 3000)),
    ("callback_id has 255 characters", modal(callback_id="x" * 256), modal(callback_id="x" * 255)),
    ("external_id has 255 characters", modal(external_id="x" * 256), modal(external_id="x" * 255)),
    ("what is asked can be submitted", modal(asked(), submit=None), modal(asked())),
    ("one element has the focus", modal(asked(focus_on_load=True), asked(focus_on_load=True)), modal(asked(focus_on_load=True), asked())),
    ("a view's fields are Slack's", modal(id="V1"), modal(clear_on_close=True, notify_on_close=True)),
    ("the Home has no buttons of a modal", home(submit=plain()), home(private_metadata="x")),
    ("an alert is in modals only", home({"type": "alert", "text": plain()}), modal({"type": "alert", "text": plain(), "level": "error"})),
    ("an alert has 200 characters", modal({"type": "alert", "text": plain("x" * 201)}), modal({"type": "alert", "text": plain("x" * 200)})),
    ("an alert is of a known level", modal({"type": "alert", "text": plain(), "level": "loud"}), modal({"type": "alert", "text": mrkdwn(), "level": "info"})),
    ("no markdown in a modal", modal({"type": "markdown", "text": "x"}), modal(rich(WORD))),
    ("no table in the Home", home(table()), home(section(fields=[mrkdwn()]))),
    ("no plan in the Home", home({"type": "plan", "title": "x"}), home({"type": "header", "text": plain()})),
    ("no card in a modal", modal(card()), home(card())),
    ("no feedback in a modal", modal(thumbs(feedback())), modal(actions(button()))),
    ("a number input says whether it takes decimals", modal(asked("number_input")), modal(asked("number_input", is_decimal_allowed=True))),
    ("an input takes 3000 characters", modal(asked(max_length=3001)), modal(asked(max_length=3000))),
    ("a button is no input", modal(asked("button", text=plain())), modal(asked("checkboxes", options=[option()]))),
    ("a label has 2000 characters", modal(asked() | {"label": plain("x" * 2001)}), modal(asked() | {"label": plain("x" * 2000)})),
    ("block ids are unique in a view", modal(section(block_id="a"), section(block_id="a")), modal(section(block_id="a"))),
]  # fmt: skip


def message(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def judged(judge: str, blocks: list[Any]) -> bool:
    """Whether one judge alone refuses a message."""
    if judge == "rules":
        return [*rule_faults(blocks)] != []
    if judge == "models":
        return [*model_faults(blocks)] != []
    known = [block for block in blocks if not isinstance(block, dict) or block.get("type") not in UNTYPED]
    return any(typed_faults("KnownBlock", block, "") for block in known)


@pytest.mark.parametrize(("broken", "kept"), [rule[1:] for rule in BLOCK_RULES], ids=[rule[0] for rule in BLOCK_RULES])
def test_what_breaks_a_rule_for_blocks_is_refused_and_what_keeps_it_passes(broken: Any, kept: Any) -> None:
    faults = block_faults(message(broken))
    assert faults != []
    assert all("[json-pointer:/blocks" in fault for fault in faults)
    assert block_faults(message(kept)) == []


@pytest.mark.parametrize(("broken", "kept"), [rule[1:] for rule in VIEW_RULES], ids=[rule[0] for rule in VIEW_RULES])
def test_what_breaks_a_rule_for_views_is_refused_and_what_keeps_it_passes(broken: Any, kept: Any) -> None:
    faults = view_faults(broken)
    assert faults != []
    assert all("[json-pointer:/view" in fault for fault in faults)
    assert view_faults(kept) == []


def test_the_judges_agree_on_what_passes_and_none_is_superfluous() -> None:
    judges = ("rules", "types", "models")
    passed = [message(kept) for _, _, kept in BLOCK_RULES]
    assert [blocks for blocks in passed for judge in judges if judged(judge, blocks)] == []
    caught = {judge: {name for name, broken, _ in BLOCK_RULES if judged(judge, message(broken))} for judge in judges}
    assert {judge: len(names) for judge, names in caught.items()} == {"rules": 117, "types": 41, "models": 47}
    assert set.union(*caught.values()) == {name for name, _, _ in BLOCK_RULES}


GARBAGE = st.sampled_from(
    [None, True, 5, -1.5, "", "x", [], [None], {}, {"type": None}, {"type": []}, {"type": "button"}, [{"type": "text"}]]
)


def spoiled(value: Any, draw: Callable[[int], int], garbage: Any) -> Any:
    """The value with one part of it, chosen by `draw`, replaced by garbage."""
    places = [*value] if isinstance(value, dict) else [*range(len(value))] if isinstance(value, list) else []
    chosen = draw(len(places) + 1)
    if chosen == len(places):
        return garbage
    parts = value.copy()
    parts[places[chosen]] = spoiled(value[places[chosen]], draw, garbage)
    return parts


@given(st.data(), st.sampled_from([message(kept) for _, _, kept in BLOCK_RULES]), GARBAGE)
def test_garbage_in_blocks_is_judged_and_never_escapes(data: st.DataObject, blocks: list[Any], garbage: Any) -> None:
    given_blocks = spoiled(blocks, lambda many: data.draw(st.integers(0, many - 1)), garbage)
    assert all(isinstance(fault, str) for fault in block_faults(given_blocks))
    for surface in ("modal", "home"):
        assert all(
            isinstance(fault, str) for fault in view_faults({"type": surface, "title": plain(), "blocks": given_blocks})
        )


@given(st.data(), st.sampled_from([kept for _, _, kept in VIEW_RULES]), GARBAGE)
def test_garbage_in_views_is_judged_and_never_escapes(data: st.DataObject, view: Any, garbage: Any) -> None:
    assert all(
        isinstance(fault, str)
        for fault in view_faults(spoiled(view, lambda many: data.draw(st.integers(0, many - 1)), garbage))
    )


# What Slack refuses of a message as a whole, and the words for it.
MESSAGE_RULES: list[tuple[Json, str, list[str]]] = [
    ({}, "no_text", []),
    ({"text": 5}, "invalid_arguments", ["text must be a string"]),
    ({"blocks": "not JSON"}, "invalid_blocks_format", []),
    ({"blocks": [{"type": "section"}]}, "invalid_blocks", ["must define either `text` or `fields` [json-pointer:/blocks/0/type]"]),
    ({"blocks": [section(text=mrkdwn("x" * 3001))]}, "invalid_blocks", ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]),
    ({"blocks": [section(text=mrkdwn() | {"emoji": True})]}, "invalid_blocks", ["invalid additional property: emoji [json-pointer:/blocks/0/text]"]),
    ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks", ["no more than 50 items allowed [json-pointer:/blocks]"]),
    ({"blocks": [section(text=mrkdwn("x" * 2999))] * 5}, "msg_blocks_too_long", []),
    ({"blocks": [table(), table()]}, "invalid_attachments", ["only_one_table_allowed"]),
    ({"blocks": [table(), container(child_blocks=[table()])]}, "invalid_attachments", ["only_one_table_allowed"]),
    ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments", []),
    ({"attachments": [{"blocks": [section(colour="red")]}]}, "invalid_attachments", ["invalid additional property: colour [json-pointer:/attachments/0/blocks/0]"]),
    ({"markdown_text": "x", "text": "x"}, "markdown_text_conflict", []),
    ({"markdown_text": "x" * 12_001}, "msg_too_long", []),
    ({"text": "x", "metadata": {"event_type": 5}}, "invalid_metadata_format", []),
]  # fmt: skip


@pytest.mark.parametrize(("content", "error", "messages"), MESSAGE_RULES)
def test_a_message_is_refused_in_slacks_own_words(content: Json, error: str, messages: list[str]) -> None:
    with pytest.raises(SlackError) as refused:
        checked_content(Call("chat.postMessage", content, "", Chat.__new__(Chat)))
    assert (refused.value.error, [*refused.value.messages]) == (error, messages)


def test_a_refusal_says_twice_what_is_wrong_with_blocks() -> None:
    assert SlackError("invalid_blocks", ["a [json-pointer:/blocks]"]).as_answer() == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["a [json-pointer:/blocks]"],
        "response_metadata": {"messages": ["[ERROR] a [json-pointer:/blocks]"]},
    }
    assert SlackError("no_text").as_answer() == {"ok": False, "error": "no_text"}


def test_a_message_that_is_just_within_its_limits_is_taken() -> None:
    content = {
        "text": "x" * 40_001,
        "blocks": [section(text=mrkdwn("x" * 2640))] * 5,
        "attachments": [{"text": "x"}] * 100,
    }
    taken = checked_content(Call("chat.postMessage", content, "", Chat.__new__(Chat)))
    assert (len(taken["text"]), len(taken["blocks"]), len(taken["attachments"])) == (40_000, 5, 100)


def test_a_method_says_which_argument_is_missing_and_which_it_does_not_know() -> None:
    assert argument_faults("chat.postMessage", {"channel": "C1", "text": "x", "team_id": "T1"}) == []
    assert argument_faults("chat.update", {"chanel": "C1", "text": "x"}) == [
        "missing required field: channel",
        "missing required field: ts",
        "invalid additional property: chanel",
    ]
    assert argument_faults("assistant.threads.setStatus", {"channel_id": "C1", "thread_ts": "1", "status": ""}) == []


def test_every_method_of_the_workspace_knows_its_arguments() -> None:
    assert [name for name in METHODS if argument_faults(name, {"nonsense": 1}) == []] == ["api.test"]
