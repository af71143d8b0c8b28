"""Cards and answers as people see them: all of what is sealed, nothing that mentions or misleads, within Slack's limits."""

from __future__ import annotations

import datetime as dt
import json
import re
import string
import unicodedata
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.policy.policy import Need
from bot.runner import MESSAGE_CHARACTERS, split
from bot.slack import blocks, words
from bot.slack.blocks import Ability, Asked, Painted, answer, card, escape, home, notice, passage_modal, visible
from bot.slack.words import say, status
from bot.state.approvals import Approval, Sealed, Status
from bot.types import Language
from bot.workspace.rules import block_faults, text_length, view_faults

PATIENT = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

Json = Any
LANGUAGES: tuple[Language, ...] = get_args(Language)
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
NOON = dt.datetime(2026, 11, 3, 11, 0, tzinfo=dt.UTC)
FINANCE = Asked("finance", "<!subteam^S0FINANCE1>")
MOST = 13_000  # characters of all texts of a message; somewhat above, Slack refuses it

PENDING = Approval(
    id="ap_00aa11bb22cc",
    number=12,
    run_id="run_1",
    call_id="call_1",
    status=Status.PENDING,
    sealed=Sealed(
        tool="create_production_order",
        schema="5c4e",
        arguments={"product": "PMP-200", "quantity": "120", "day": "2026-11-24", "note": "urgent\nclient Durand"},
        requester="U0AMELIE01",
        system="tryton",
        preview={
            "missing": [{"product": "JNT-12", "quantity": "40"}, {"product": "VIS-M6, inox", "quantity": "8"}],
            "warnings": ["The planned date is a Sunday."],
        },
        witness={"free stock": "12", "_timestamp": "2026-11-03T10:00:00"},
    ),
    digest="…",
    rules=("production orders are decided by production",),
    needs=(Need("finance"),),
    expires_at=NOON + dt.timedelta(days=7),
    created_at=NOON,
    ended_at=None,
    claimed_by=None,
    claimed_at=None,
    receipt=None,
    reason=None,
    decided_by=None,
)
WORD = {"according_to": "U0EVA00001"}
STATES: Mapping[str, Mapping[str, Any]] = {
    "pending": {},
    "approved": {"decided_by": "U0BRUNO001"},
    "approved by a rule": {"status": Status.APPROVED, "decided_by": "rule:small amounts"},
    "executing": {"decided_by": "U0BRUNO001"},
    "executed": {"decided_by": "U0BRUNO001", "receipt": {"summary": "Production 7 is a draft", "reference": "P-7"}},
    "executed by word": {"status": Status.EXECUTED, "decided_by": "U0EVA00001", "receipt": WORD},
    "failed": {"decided_by": "U0BRUNO001", "reason": "tryton does not answer: nothing was sent"},
    "failed, says the system": {"status": Status.FAILED, "reason": "no reply; the system says that it did not happen"},
    "failed by word": {"status": Status.FAILED, "decided_by": "U0EVA00001", "receipt": WORD, "reason": "no reply"},
    "unknown": {"decided_by": "U0BRUNO001", "reason": "no answer within 20 s"},
    "rejected": {"decided_by": "U0BRUNO001"},
    "expired": {},
    "denied": {"decided_by": "U0BRUNO001", "reason": "the rules forbid it now: closed for stocktaking"},
    "stale": {"decided_by": "U0BRUNO001", "reason": "the facts changed: free stock: 12 → 9"},
}


def in_state(name: str) -> Approval:
    facts = {"status": Status(name) if name in set(Status) else None, **STATES[name]}
    status = Status(facts["status"])
    ended = None if status in (Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNKNOWN) else NOON
    return replace(PENDING, **{**facts, "status": status, "ended_at": ended})


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


def boxes(painted: Painted) -> str:
    """Everything that stands in boxes."""
    found = [node for node in nodes(painted.blocks) if node.get("type") == "rich_text_preformatted"]
    return "".join(run["text"] for box in found for run in box["elements"])


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
@pytest.mark.parametrize("state", STATES)
def test_a_card_in_each_state(state: str, language: Language, snapshot: SnapshotAssertion) -> None:
    painted = card(in_state(state), language, [FINANCE], PARIS)
    assert block_faults(painted.blocks) == []
    assert readable(painted) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mirror_tells_and_has_no_buttons(language: Language, snapshot: SnapshotAssertion) -> None:
    painted = card(PENDING, language, [FINANCE], PARIS, elsewhere=["C0FINANCE1"])
    assert [node for node in nodes(painted.blocks) if node.get("type") == "button"] == []
    assert readable(painted) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_nobody_can_decide_says_so(language: Language, snapshot: SnapshotAssertion) -> None:
    assert readable(card(PENDING, language, [Asked("approvers", "approvers", empty=True)], PARIS)) == snapshot


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
        {"proposal": "P-8", "status": "denied", "reason": "the rules forbid it now"},
        {"proposal": "P-9", "status": "stale", "reason": "the facts changed"},
    ]
    sources = [{"id": f"p{n}", "number": n, "title": "Conditions de vente " * 9} for n in (1, 2, 3)]
    body = {"language": language, "settled": entries, "text": "Voilà [1], *[3]*.", "sources": sources, "model": "m"}
    painted = answer(body, "run_1")
    assert block_faults(painted.blocks) == []
    assert [n["value"] for n in nodes(painted.blocks) if n.get("type") == "button"] == ["p1", "p3"]
    assert readable(painted) == snapshot


def test_every_sentence_exists_in_both_languages_with_the_same_gaps() -> None:
    def gaps(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (french, english) in words._WORDS.items():
        assert (key, gaps(french)) == (key, gaps(english))
        assert french
        assert english
    assert set(words._STATUS) == set(Status)
    assert all(say(language, f"settled_{name}", label="", summary="", reason="") for language in LANGUAGES
               for name in set(Status) - {"pending", "approved", "executing", "unknown"})  # fmt: skip


def test_buttons_fit_the_state_and_carry_only_the_opaque_id() -> None:
    labels = {}
    for state in STATES:
        found = [n for n in nodes(card(in_state(state), "fr", [FINANCE], PARIS).blocks) if n.get("type") == "button"]
        assert {button["value"] for button in found} <= {PENDING.id}
        assert {tuple(sorted(button)) for button in found} <= {
            ("action_id", "style", "text", "type", "value"),
            ("action_id", "text", "type", "value"),
        }
        labels[state] = [button["text"]["text"] for button in found]
    assert {state: found for state, found in labels.items() if found} == {
        "pending": ["Approuver", "Refuser"],
        "unknown": ["Cela a été fait", "Cela n'a pas été fait"],
    }


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
_RECORD = st.dictionaries(_TEXT | st.just("warnings") | st.just("summary"), _JSON, max_size=5)
_APPROVALS = st.builds(
    lambda state, arguments, preview, witness, receipt, reason, rules: replace(
        in_state(state),
        sealed=replace(PENDING.sealed, arguments=arguments, preview=preview, witness=witness),
        receipt=receipt if state == "executed" else None,
        reason=reason,
        rules=tuple(rules),
    ),
    st.sampled_from(sorted(STATES)),
    _RECORD,
    _RECORD,
    _RECORD,
    _JSON,
    st.none() | _TEXT,
    st.lists(_TEXT, max_size=3),
)


def leaves(value: Json) -> Iterator[str]:
    """All texts in a value, names too, without the facts that a tool keeps to itself."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield name
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def squeezed(text: str) -> str:
    """Text without what indenting, boxes and quotation marks add."""
    return re.sub(r'\\[nt]|[\s\\"-]|⟦U\+000A⟧', "", text)


@PATIENT
@given(_APPROVALS, st.sampled_from(LANGUAGES))
def test_a_card_stays_within_slacks_limits(approval: Approval, language: Language) -> None:
    painted = card(approval, language, [FINANCE], PARIS)
    assert block_faults(painted.blocks) == []
    assert text_length(painted.blocks) < MOST
    assert painted.text
    buttons = [node for node in nodes(painted.blocks) if node.get("type") == "button"]
    assert all(button["value"] == approval.id for button in buttons)
    assert all(
        len(box["elements"][0]["text"]) <= 3_000
        for box in nodes(painted.blocks)
        if box.get("type") == "rich_text_preformatted"
    )


@PATIENT
@given(_APPROVALS)
def test_all_that_is_sealed_is_shown_on_the_card_or_in_its_file(approval: Approval) -> None:
    painted = card(approval, "fr", [FINANCE], PARIS)
    shown = squeezed(painted.file[1] if painted.file else boxes(painted))
    sealed = approval.sealed
    facts = {name: value for name, value in sealed.witness.items() if not name.startswith("_")}
    preview = {name: value for name, value in sealed.preview.items() if name != "warnings"}
    for part in leaves([sealed.arguments, preview, sealed.preview.get("warnings") or [], facts]):
        assert squeezed(visible(part)) in shown
    if painted.file:
        assert painted.file[0] in readable(painted)


@PATIENT
@given(_APPROVALS, st.sampled_from(LANGUAGES))
def test_nothing_in_a_card_mentions_links_or_hides(approval: Approval, language: Language) -> None:
    painted = card(approval, language, [FINANCE], PARIS)
    ours = {"<@U0AMELIE01>", "<@U0BRUNO001>", "<@U0EVA00001>", "<!subteam^S0FINANCE1>"}
    for text in mrkdwn(painted):
        assert set(re.findall(r"<[^>]*>?", text)) <= ours
        assert ">" not in re.sub("|".join(map(re.escape, ours)), "", text)
    for text in [*mrkdwn(painted), boxes(painted), painted.file[1] if painted.file else ""]:
        assert [c for c in text if unicodedata.category(c) in ("Cf", "Cc", "Zl", "Zp") and c not in "\n\t"] == []
    assert kinds(painted) <= {"rich_text", "rich_text_section", "rich_text_preformatted", "text"}


def test_a_mention_of_the_decider_comes_from_the_ledger_only() -> None:
    forged = replace(PENDING, status=Status.EXECUTED, ended_at=NOON, decided_by="U1> <!channel")
    assert "<!channel" not in "".join(mrkdwn(card(forged, "en", [FINANCE], PARIS)))


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
        "text": text[:MESSAGE_CHARACTERS],
        "sources": [{"id": f"p{n}", "number": n, "title": title} for n, title in enumerate(titles, 1)],
        "model": model[:200],
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
    assert block_faults(painted.blocks) == []
    assert text_length(painted.blocks) < MOST
    assert [text for text in mrkdwn(painted) if re.search(r"<[!@#h]", text)] == []
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
    for view in (passage_modal(language, 1, title, where, text), home(language, tools, offline=True)):
        assert view_faults(view) == []
        assert not any(n["type"] == "rich_text" and not n["elements"] for n in view["blocks"])
        assert not re.search(r"<[!@#h]", json.dumps([n for n in nodes(view) if n.get("type") == "mrkdwn"]))


def test_a_notice_is_one_sentence() -> None:
    painted = notice("fr", "too_late", label="P-12")
    assert painted == Painted(painted.text, [blocks._note(painted.text)])
    assert painted.text == "P-12 a expiré avant votre clic : rien n'a été fait."


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
    ("one", "other"),
    [
        ({"lines": ["a\n- b"]}, {"lines": ["a", "b"]}),
        ({"lines": [["a"], "b"]}, {"lines": [["a", "b"]]}),
        ({"line": {"product": "X, quantity: 5"}}, {"line": {"product": "X", "quantity": "5"}}),
        ({"note": "a\nquantity: 5"}, {"note": "a", "quantity": "5"}),
        ({"note\nquantity": "5"}, {"note": "", "quantity": "5"}),
        ({"line": {"a": {"b": "1", "c": "2"}}}, {"line": {"a": {"b": "1"}, "c": "2"}}),
        ({"line": {"a": ["1", "2"]}}, {"line": {"a": ["1, 2"]}}),
    ],
)
def test_a_text_cannot_pose_as_more_arguments(one: Json, other: Json) -> None:
    shown = [
        boxes(card(replace(PENDING, sealed=replace(PENDING.sealed, arguments=a)), "en", [FINANCE], PARIS))
        for a in (one, other)
    ]
    assert shown[0] != shown[1]


def test_arguments_stand_in_a_column() -> None:
    assert boxes(card(PENDING, "en", [FINANCE], PARIS)).startswith(
        "product:  PMP-200\n"
        "quantity: 120\n"
        "day:      2026-11-24\n"
        "note:     urgent\n"
        "          client Durand"
        "missing: - product: JNT-12, quantity: 40\n"
        '         - product: "VIS-M6, inox", quantity: 8'
    )


# ---- long answers


@PATIENT
@given(
    st.lists(
        st.sampled_from(["word ", "\n", "\n\n", "x" * 3_000, "y" * 9_100, "\n" * 9_050]) | st.text(), max_size=12
    ).map("".join)
)
def test_a_long_answer_is_cut_without_losing_a_character(text: str) -> None:
    pieces = split(text)
    assert "".join(pieces) == text
    assert all(len(piece) <= MESSAGE_CHARACTERS for piece in pieces)
    assert all(piece or text == "" for piece in pieces)


def test_a_long_answer_is_cut_between_paragraphs() -> None:
    paragraphs = ["a" * 5_000, "b" * 3_000, "c" * 5_000]
    assert split("\n\n".join(paragraphs)) == ["a" * 5_000 + "\n\n" + "b" * 3_000, "\n\n" + "c" * 5_000]
    assert split("a" * 5_000 + "\n" + "b" * 5_000) == ["a" * 5_000, "\n" + "b" * 5_000]


@pytest.mark.parametrize("language", LANGUAGES)
def test_statuses_have_names(language: Language) -> None:
    assert all(status(language, name) for name in Status)
