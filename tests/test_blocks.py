"""Answers, notices, modals and the Home: what the ledger says, nothing that mentions or hides, within Slack's limits."""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.overview import Standing
from bot.slack import blocks, thumbs
from bot.slack.blocks import Ability, Painted, answer, notice, passage_modal
from bot.slack.home import Reader, home
from bot.slack.local import Local
from bot.slack.notice_words import NOTICE_WORDS
from bot.slack.pieces import PIECE_CHARACTERS
from bot.slack.status_words import STATUS_WORDS
from bot.slack.values import escape, value, visible
from bot.slack.words import cause, say, status
from bot.state.approvals import Status
from bot.state.feedback import Feedback
from bot.types import Language
from bot.workspace.rules import block_faults, text_length, view_faults

PATIENT = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

Json = Any
LANGUAGES: tuple[Language, ...] = get_args(Language)
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
MOST = 13_000  # characters of all texts of a message; somewhat above, Slack refuses it
WORD = {"according_to": "U0EVA00001"}


def nodes(node: Json) -> Iterator[dict[str, Json]]:
    """Every object in some blocks."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from nodes(item)


def mrkdwn(painted: Painted) -> list[str]:
    """The texts in which Slack looks for mentions and links."""
    return [painted.text, *(node["text"] for node in nodes(painted.blocks) if node.get("type") == "mrkdwn")]


def kinds(painted: Painted) -> set[str]:
    """What the rich texts are made of."""
    found = [block for block in painted.blocks if block["type"] == "rich_text"]
    return {node["type"] for node in nodes(found) if "type" in node}


def readable(painted: Painted) -> str:
    """What a person reads, roughly: one paragraph a block."""
    lines = []
    for block in painted.blocks:
        parts = [n["text"] for n in nodes(block) if isinstance(n.get("text"), str)]
        lines.append(f"[{block['type']}] " + "\n".join(parts))
    return "\n".join([painted.text, *lines])


# ---- every state, in both languages


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_says_what_the_ledger_says(language: Language, snapshot: SnapshotAssertion) -> None:
    entries = [
        {"proposal": "P-1", "status": "executed", "receipt": {"summary": "Production 7 is a draft"}},
        {"proposal": "P-2", "status": "executed", "receipt": {"number": "7"}},
        {"proposal": "P-3", "status": "executed", "receipt": WORD},
        {"proposal": "P-10", "status": "executed", "receipt": {}},
        {"proposal": "P-4", "status": "failed", "reason": "the book is closed"},
        {"proposal": "P-5", "status": "failed", "receipt": WORD},
        {"proposal": "P-6", "status": "rejected"},
        {"proposal": "P-7", "status": "expired"},
        {"proposal": "P-8", "status": "denied", "reason": "the rules forbid it now: stocktaking"},
        {"proposal": "P-9", "status": "stale", "reason": "the facts changed since they were shown: stock: 12 → 9"},
        {"proposal": "P-11", "status": "withdrawn"},
        {"proposal": "P-12", "status": "superseded"},
        {"proposal": "P-13", "status": "executed", "receipt": {"summary": "Production 7 is cancelled"}, "undone": True},
        {"proposal": "P-14", "status": "executed", "receipt": {}, "changed_by": ["U0CHLOE001", "U0EVA00001"]},
        {"proposal": "P-15", "status": "rejected", "changed_by": ["U0CHLOE001"]},
    ]
    sources = [{"id": f"p{n}", "number": n, "title": "Conditions de vente " * 9} for n in (1, 2, 3)]
    body = {"language": language, "settled": entries, "text": "Voilà [1], *[3]*.", "sources": sources, "model": "m"}
    painted = answer(body, "run_1")
    assert block_faults(painted.blocks) == []
    assert [n["value"] for n in nodes(painted.blocks) if n.get("type") == "button"] == ["p1", "p3", "run_1"]
    assert readable(painted) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_shows_what_was_looked_up_for_it(language: Language, snapshot: SnapshotAssertion) -> None:
    body = {"language": language, "settled": [], "text": "Voilà.", "sources": [], "model": "m"}
    looks = [{"title": f"Stock de PMP-{n}", "status": "error" if n == 2 else "complete"} for n in range(1, 12)]
    assert answer({**body, "looked_up": []}, "run_1") == answer(body, "run_1")
    one, several = (answer({**body, "looked_up": looks[:n]}, "run_1") for n in (1, 11))
    task, plan = one.blocks[0], several.blocks[0]
    assert task == {"type": "task_card", "task_id": "look_1", "title": "Stock de PMP-1", "status": "complete"}
    assert (plan["type"], [task["status"] for task in plan["tasks"]]) == (
        "plan", ["complete", "error", *["complete"] * 7],
    )  # fmt: skip
    assert several.plain is not None
    assert several.plain.blocks[0]["type"] == "context"
    assert [plan["title"], plan["tasks"][-1]["title"], several.plain.blocks[0]["elements"][0]["text"]] == snapshot


def test_what_can_be_pressed_about_an_answer_stands_below_its_last_message() -> None:
    body = {"language": "en", "settled": [], "text": "a", "sources": [], "model": "m"}
    assert [block["type"] for block in answer({**body, "goes_on": True}, "run_1").blocks] == ["rich_text", "context"]
    (thumbs,) = answer(body, "run_1").blocks[-1]["elements"]
    assert [thumbs[f"{which}_button"]["value"] for which in ("positive", "negative")] == ["up:run_1", "down:run_1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_behind_a_thumb_down_is_within_slacks_limits_and_reads_back(language: Language) -> None:
    view = thumbs.reason_form(language, "run_1", "C1")
    assert view_faults(view) == []
    values = {
        "reason": {"value": {"type": "radio_buttons", "selected_option": view["blocks"][1]["element"]["options"][2]}},
        "words": {"value": {"type": "plain_text_input", "value": None}},
    }
    body = {"view": {**view, "id": "V1", "state": {"values": values}}, "user": {"id": "U1"}, "team": {"id": "T1"}}
    read = thumbs.sent(body)
    assert read is not None
    assert (read[0].event_id, read[1]) == ("form:U1:V1", Feedback("run_1", "U1", "down", "unclear"))
    for broken in ({}, {**body, "view": {}}, {**body, "view": {**body["view"], "private_metadata": "[]"}}):
        assert thumbs.sent(broken) is None


def test_every_status_has_its_words() -> None:
    assert set(STATUS_WORDS) == {f"status_{name}" for name in Status}
    assert all(say(language, f"settled_{name}", label="", summary="", reason="") for language in LANGUAGES
               for name in set(Status) - {"pending", "approved", "executing", "unknown"})  # fmt: skip


# ---- whatever is in it

_NASTY = st.sampled_from(
    ["<!channel>", "<@U0BRUNO001>", "<https://evil.example|bank>", "*bold*", "`", "```", "\n", "\u202e", "\u200b", "\u2066",
     "{reason}", "{0}", "&amp;", "\ufe0f", "x" * 2_500, "é😀", "⟦U+202E⟧", ", quantity: 1", "\n- more", ": "]
)  # fmt: skip
_TEXT = st.lists(_NASTY | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=9),
                 max_size=4).map("".join)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)

_ENTRIES = st.builds(
    lambda status, receipt, reason: {"proposal": "P-1", "status": status, "receipt": receipt, "reason": reason},
    st.sampled_from(["executed", "failed", "rejected", "expired", "denied", "stale"]),
    _JSON,
    _TEXT,
)
_BODIES = st.builds(
    lambda language, settled, text, titles, model: {
        "language": language,
        "settled": settled,
        "text": text[:PIECE_CHARACTERS],
        "sources": [{"id": f"p{n}", "number": n, "title": title} for n, title in enumerate(titles, 1)],
        "model": model[:200],
        "looked_up": [{"title": title, "status": "error" if number % 3 else "complete"} for number, title in enumerate(titles)],
    },
    st.sampled_from(LANGUAGES),
    st.lists(_ENTRIES, max_size=8),
    st.lists(_TEXT | st.sampled_from(["[1]", " [2]", "[12]", "# ", "- ", "| a |\n|---|\n| b |\n"]), max_size=9).map("".join),
    st.lists(_TEXT, max_size=14),
    _TEXT,
)  # fmt: skip


@PATIENT
@given(_BODIES)
def test_an_answer_stays_within_slacks_limits_and_mentions_nobody(body: Json) -> None:
    painted = answer(body, "run_1")
    assert painted.plain is not None
    for shown in (painted, painted.plain):
        assert block_faults(shown.blocks) == []
        assert text_length(shown.blocks) < MOST
        assert [text for text in mrkdwn(shown) if re.search(r"<[!@#h]", text)] == []
    assert {kind for kind in kinds(painted) if not kind.startswith("rich_text")} <= {"text"}


@PATIENT
@given(
    _TEXT,
    _TEXT,
    _TEXT,
    st.lists(st.builds(Ability, _TEXT, st.none() | _TEXT, st.booleans()), max_size=40),
    st.sampled_from(LANGUAGES),
)
def test_modals_and_home_stay_within_slacks_limits(
    title: str, where: str, text: str, tools: list[Ability], language: Language
) -> None:
    opened = home(Reader(Local(language, language)), Standing(), tools, responsible="", offline=True)
    for view in (passage_modal(language, 1, title, where, text), opened):
        assert view_faults(view) == []
        assert not any(n["type"] == "rich_text" and not n["elements"] for n in view["blocks"])
        assert not re.search(r"<[!@#h]", json.dumps([n for n in nodes(view) if n.get("type") == "mrkdwn"]))


def test_a_notice_is_one_sentence() -> None:
    painted = notice("fr", "too_late", {"label": "P-12"})
    text = "P-12 a expiré avant votre clic : rien n'a été fait."
    assert painted == Painted(text, [blocks.note(text)], plain=Painted(text, ()))


def test_a_notice_mentions_people_and_says_times_in_a_persons_zone() -> None:
    until = "2026-12-24T22:59:59+00:00"
    told = notice("en", "delegated", {"delegate": "U0CHLOE001", "until": until}, Local("en", "en-GB", PARIS))
    assert told.text == (
        "✅ <@U0CHLOE001> may decide in your place until 24 December 2026 at 23:59. To end it: `/baton delegate stop`"
    )
    late = {"label": "P-1", "status": "rejected", "by": "U0BRUNO001"}
    assert notice("fr", "already", late).text == (
        "P-1 n'attend plus cette décision (refusé, par <@U0BRUNO001>) : rien n'a changé."
    )
    assert notice("fr", "already", {**late, "by": "rule:r"}).text == (
        "P-1 n'attend plus cette décision (refusé) : rien n'a changé."
    )


def test_a_persons_question_is_quoted_and_mentions_nobody() -> None:
    asked = {"by": "U0EVA00001", "to": "U0AMELIE01", "label": "P-12", "text": "<!channel> *why*\n\u202etoday?"}
    painted = notice("en", "question", asked)
    first, quote = painted.blocks
    assert first["text"]["text"] == "💬 <@U0AMELIE01>: <@U0EVA00001> has a question before deciding on P-12."
    assert quote == {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_quote",
                "elements": [{"type": "text", "text": "<!channel> *why*\n⟦U+202E⟧today?"}],
            }
        ],
    }
    assert "<!channel>" not in painted.text


def test_a_cause_cannot_pose_as_lines_of_its_own() -> None:
    told = notice("fr", "edit_refused", {"label": "P-1", "cause": "the rules forbid it: <x>\n✅ fait"}).text
    assert told == (
        "P-1 n'a pas été modifié : les règles l'interdisent : &lt;x&gt; ✅ fait. "
        "La proposition reste telle qu'elle était."
    )


_SAID = {
    "file": "tableau-120-lignes.csv",
    "label": "P-12",
    "replaces": "P-11",
    "groups": "<!subteam^S0FINANCE1>",
    "asked": "<!subteam^S0DIRECTO1>",
    "cause": "the facts changed since they were shown: stock: 12 → 9",
    "until": "2026-11-10T11:00:00+00:00",
    "by": "U0EVA00001",
    "to": "U0AMELIE01",
    "person": "U0BRUNO001",
    "delegate": "U0CHLOE001",
    "text": "Why today?",
    "typed": "amount",
    "days": 30,
    "run": "run_1",
    "error": "not_in_channel",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_reads_well(language: Language, snapshot: SnapshotAssertion) -> None:
    told = {}
    for key in NOTICE_WORDS:
        values = {**_SAID, "status": "rejected"} if key == "already" else _SAID
        name = key.removesuffix("_many")
        if f"{name}_many" in NOTICE_WORDS:
            values = {**values, "count": 1 if key == name else 2}
        painted = notice(language, name, values, Local(language, language, PARIS))
        assert block_faults(painted.blocks) == []
        told[key] = painted.text.removesuffix("\nWhy today?")
    assert told == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_without_a_receipt_gives_way_to_the_ledger(language: Language) -> None:
    body = {"language": language, "settled": [], "text": "", "sources": [], "model": "m", "claimed": True}
    head, line, *below = answer(body, "run_1").blocks
    assert head["text"]["text"] == say(language, "claim_removed")
    assert line["text"]["text"] == say(language, "nothing_in_ledger")
    assert [block["type"] for block in below] == ["actions", "context", "context_actions"]
    rejected = {"proposal": "P-6", "status": "rejected"}
    told = answer({**body, "settled": [rejected]}, "run_1")
    assert told.blocks[1]["text"]["text"] == say(language, "settled_rejected", label="P-6")
    assert say(language, "nothing_in_ledger") not in readable(told)


# ---- characters


def test_what_nobody_sees_is_written_out() -> None:
    assert visible("a\u202eb\u200bc\u2066d\u00ade\ufeff\r\u2028\U000e0041\ufe0f\u3164") == (
        "a⟦U+202E⟧b⟦U+200B⟧c⟦U+2066⟧d⟦U+00AD⟧e⟦U+FEFF⟧⟦U+000D⟧⟦U+2028⟧⟦U+E0041⟧⟦U+FE0F⟧⟦U+3164⟧"
    )
    assert visible("é 漢字 عربي 😀 ⚙️ 12\u00a0000\n\t€") == "é 漢字 عربي 😀 ⚙️ 12\u00a0000\n\t€"


@PATIENT
@given(st.text(st.characters(categories=["Cf", "Cc", "Zl", "Zp", "Co", "Cn"], exclude_characters="\n\t"), min_size=1))
def test_no_invisible_character_gets_through(text: str) -> None:
    assert re.fullmatch(r"(⟦U\+[0-9A-F]{4,6}⟧)+", visible(text))


@PATIENT
@given(_TEXT)
def test_escaped_text_holds_no_markup(text: str) -> None:
    assert not set("<>") & set(escape(text))
    assert escape(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"before": 12, "after": 0}, "12 → 0"),
        ({"before": None, "after": "x"}, "— → x"),
        ({"before": "—", "after": ""}, '"—" → ""'),
        ({"before": "a → b", "after": "c\nd"}, '"a → b" → "c\\nd"'),
        ({"before": [1, 2], "after": {"a": 1}}, "[1, 2] → {a: 1}"),
        ({"before": 1, "after": 2, "unit": "pcs"}, "before: 1, after: 2, unit: pcs"),
        ([{"before": 1, "after": 2}], "- 1 → 2"),
        ({"stock": {"before": 1, "after": 2}}, "stock: {1 → 2}"),
    ],
)
def test_a_change_reads_from_before_to_after(given: Json, read: str) -> None:
    assert value(given) == read


def test_causes_of_our_own_are_told_in_the_persons_language() -> None:
    assert cause("fr", "outside the hours of the rule: nights") == "hors des heures de la règle : nights"
    assert cause("en", "outside the hours of the rule: nights") == "outside the hours of the rule: nights"


@pytest.mark.parametrize("language", LANGUAGES)
def test_statuses_have_names(language: Language) -> None:
    assert all(status(language, name) for name in Status)
