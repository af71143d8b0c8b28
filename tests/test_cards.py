"""Cards as people see them: all of what is sealed, nothing that mentions or misleads, buttons that fit, within Slack's limits."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.asking import ROWS
from bot.policy.policy import Need, Terms, Word
from bot.reasons import because
from bot.slack.blocks import Painted
from bot.slack.cards import Asked, Row, card, plain_card
from bot.slack.local import Local, form
from bot.slack.values import visible
from bot.state.approvals import Approval, Sealed, Status
from bot.types import Language
from bot.workspace.rules import block_faults, text_length

PATIENT = settings(
    max_examples=15,
    deadline=None,  # machines differ
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making a card smaller takes minutes
)

Json = Any
LANGUAGES: tuple[Language, ...] = get_args(Language)
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
HERE: Mapping[Language, Local] = {"fr": Local("fr", "fr-FR", PARIS), "en": Local("en", "en-GB", PARIS)}
NOON = dt.datetime(2026, 11, 3, 11, 0, tzinfo=dt.UTC)
CARD = "post_7"
FINANCE = Asked("finance", "<!subteam^S0FINANCE1>")
DIRECTORS = Asked("directors", "<@U0EVA00001>")
PRODUCTION = Asked("production", "<!subteam^S0PRODUCT1>")
TWO = replace(FINANCE, count=2)
MOST = 13_000  # characters of all texts of a message; somewhat above, Slack refuses it
BRUNO = Word("U0BRUNO001", "U0BRUNO001", frozenset({"finance"}))
CHLOE_FOR_BRUNO = Word("U0CHLOE001", "U0BRUNO001", frozenset({"finance"}))

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
            "free stock": {"before": 12, "after": 0},
            "missing": [{"product": "JNT-12", "quantity": "40"}, {"product": "VIS-M6, inox", "quantity": "8"}],
            "warnings": ["The planned date is a Sunday."],
        },
        witness={"free stock": "12", "_timestamp": "2026-11-03T10:00:00"},
    ),
    digest="…",
    authors=("U0AMELIE01",),
    rules=("production orders are decided by production",),
    needs=(Need("finance"),),
    terms=Terms(),
    expires_at=NOON + dt.timedelta(days=7),
    created_at=NOON,
    ended_at=None,
    held_until=None,
    remind_at=None,
    escalate_at=None,
    claimed_by=None,
    claimed_at=None,
    receipt=None,
    reason=None,
    decided_by=None,
    replaces=None,
    policy=None,
)
WORD = {"according_to": "U0EVA00001"}
DONE = {"decided_by": "U0BRUNO001", "receipt": {"summary": "Production 7 is a draft", "reference": "P-7"}}
STATES: Mapping[str, Mapping[str, Any]] = {
    "pending": {},
    "pending again": {"status": Status.PENDING, "reason": "the rules became stricter"},
    "approved": {"decided_by": "U0BRUNO001"},
    "approved by a rule": {"status": Status.APPROVED, "decided_by": "rule:small amounts"},
    "approved, held": {
        "status": Status.APPROVED,
        "decided_by": "U0BRUNO001",
        "held_until": NOON + dt.timedelta(hours=20),
        "reason": "outside the hours of the rule: nights",
    },
    "approved, waits": {
        "status": Status.APPROVED,
        "decided_by": "U0BRUNO001",
        "reason": "who may decide cannot be read at the moment, I try again",
    },
    "executing": {"decided_by": "U0BRUNO001"},
    "executing, in doubt": {
        "status": Status.EXECUTING,
        "decided_by": "U0BRUNO001",
        "reason": "no answer within 20 s",
    },
    "executed": DONE,
    "executed by word": {"status": Status.EXECUTED, "decided_by": "U0EVA00001", "receipt": WORD},
    "failed": {"decided_by": "U0BRUNO001", "reason": "tryton does not answer at erp.example: nothing was sent"},
    "failed, says the system": {"status": Status.FAILED, "reason": "no reply; the system says that it did not happen"},
    "failed by word": {"status": Status.FAILED, "decided_by": "U0EVA00001", "receipt": WORD, "reason": "no reply"},
    "unknown": {"decided_by": "U0BRUNO001", "reason": "no answer within 20 s"},
    "rejected": {"decided_by": "U0BRUNO001"},
    "rejected, and why": {"status": Status.REJECTED, "decided_by": "U0BRUNO001", "reason": "too <much>\nfor now"},
    "expired": {},
    "expired, given up": {"status": Status.EXPIRED, "reason": "the run was given up"},
    "denied": {"decided_by": "U0BRUNO001", "reason": "the rules forbid it now: closed for stocktaking"},
    "stale": {"decided_by": "U0BRUNO001", "reason": "the facts changed since they were shown: free stock: 12 → 9"},
    "superseded": {"decided_by": "U0CHLOE001"},
    "withdrawn": {"decided_by": "U0AMELIE01"},
    "withdrawn, and why": {"status": Status.WITHDRAWN, "decided_by": "U0AMELIE01", "reason": "the customer called off"},
}
OPEN = (Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNKNOWN)


def in_state(name: str) -> Approval:
    facts = {"status": Status(name) if name in set(Status) else None, **STATES[name]}
    status = Status(facts["status"])
    return replace(PENDING, **{**facts, "status": status, "ended_at": None if status in OPEN else NOON})


def sealed(approval: Approval, **changes: Any) -> Approval:
    return replace(approval, sealed=replace(approval.sealed, **changes))


EDITED = replace(
    sealed(PENDING, arguments={**PENDING.sealed.arguments, "quantity": "96", "note": None}),
    id="ap_edited",
    number=13,
    authors=("U0AMELIE01", "U0CHLOE001"),
)
AFTER_DRIFT = replace(
    sealed(
        PENDING,
        preview={**PENDING.sealed.preview, "free stock": {"before": 9, "after": 0}},
        witness={"free stock": "9", "_timestamp": "later"},
    ),
    id="ap_fresh",
    number=13,
)
UNTIL = NOON + dt.timedelta(days=1)
CASES: Mapping[str, Sequence[Row]] = {
    "destructive, to be typed": [
        Row(replace(PENDING, terms=Terms(typed="quantity", destructive=True), needs=(Need("finance", 2),)), [TWO])
    ],
    "one of two approved": [Row(replace(PENDING, needs=(Need("finance", 2),)), [TWO], [BRUNO])],
    "one of two approved by a delegate": [Row(replace(PENDING, needs=(Need("finance", 2),)), [TWO], [CHLOE_FOR_BRUNO])],
    "two groups, one has spoken": [
        Row(replace(PENDING, needs=(Need("finance"), Need("production"))), [FINANCE, PRODUCTION], [BRUNO])
    ],
    "escalated": [
        Row(replace(PENDING, needs=(Need("finance", 2, also=("directors",)),)), [TWO, DIRECTORS]),
    ],
    "edited": [Row(EDITED, [FINANCE], before=in_state("superseded"))],
    "facts changed": [Row(AFTER_DRIFT, [FINANCE], before=in_state("stale"))],
    "only hidden facts changed": [
        Row(sealed(replace(PENDING, number=13), witness={"free stock": "12"}), [FINANCE], before=in_state("stale"))
    ],
    "approved by two": [
        Row(
            in_state("approved"),
            [TWO],
            [CHLOE_FOR_BRUNO, Word("U0EVA00001", "U0EVA00001", frozenset({"finance"}))],
        )
    ],
    "can be undone": [Row(in_state("executed"), [FINANCE], [BRUNO], undo_until=UNTIL)],
    "undone": [Row(in_state("executed"), [FINANCE], [BRUNO], undone_by="P-14")],
    "undo proposed": [Row(sealed(PENDING, undoes="ap_other"), [FINANCE], undoes="P-9")],
    "three rows": [
        Row(PENDING, [FINANCE]),
        Row(replace(PENDING, id="ap_2", number=13), [FINANCE]),
        Row(replace(in_state("executed"), id="ap_3", number=14), [FINANCE], [BRUNO], undo_until=UNTIL),
    ],
    "two rows, one destructive": [
        Row(PENDING, [FINANCE]),
        Row(replace(PENDING, id="ap_2", number=13, terms=Terms(destructive=True)), [FINANCE]),
    ],
    "two rows, both decided": [
        Row(in_state("rejected"), [FINANCE]),
        Row(replace(in_state("executed"), id="ap_2", number=13), [FINANCE], [BRUNO]),
    ],
}


def painted(approval: Approval, language: Language = "en") -> Painted:
    titles = {"fr": "Ordre de fabrication", "en": "Production order"}
    return card([Row(approval, [FINANCE], title=titles[language])], CARD, HERE[language])


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


def plain_words(painted: Painted) -> str:
    """What stands in plain sections, which may be cut anywhere."""
    texts = [block["text"] for block in painted.blocks if block["type"] == "section"]
    return "".join(text["text"] for text in texts if text["type"] == "plain_text")


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


def buttons(painted: Painted) -> list[dict[str, Json]]:
    return [node for node in nodes(painted.blocks) if node.get("type") == "button"]


# ---- every state, in both languages


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_a_card_in_each_state(state: str, language: Language, snapshot: SnapshotAssertion) -> None:
    shown = painted(in_state(state), language)
    assert block_faults(shown.blocks) == []
    assert readable(shown) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_a_card_in_each_case(case: str, language: Language, snapshot: SnapshotAssertion) -> None:
    shown = card(CASES[case], CARD, HERE[language])
    assert block_faults(shown.blocks) == []
    assert readable(shown) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", ["edited", "three rows"])
def test_a_card_without_form(case: str, language: Language, snapshot: SnapshotAssertion) -> None:
    shown = plain_card(CASES[case], CARD, HERE[language])
    assert {block["type"] for block in shown.blocks} <= {"header", "section", "context", "divider", "actions"}
    assert readable(shown) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mirror_tells_and_has_no_buttons(language: Language, snapshot: SnapshotAssertion) -> None:
    for case in CASES.values():
        mirrored = card(case, CARD, HERE[language], elsewhere=["C0FINANCE1"])
        assert buttons(mirrored) == buttons(mirrored.plain or mirrored) == []
    shown = card([Row(PENDING, [FINANCE])], CARD, HERE[language], elsewhere=["C0FINANCE1"])
    assert readable(shown) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_nobody_can_decide_says_so(language: Language, snapshot: SnapshotAssertion) -> None:
    nobody = Asked("approvers", "approvers", empty=True)
    assert readable(card([Row(PENDING, [nobody])], CARD, HERE[language])) == snapshot


# ---- what can be pressed


def pressed(painted: Painted) -> list[tuple[str, str, str | None, str]]:
    """The buttons that do something, as opposed to those that tell why."""
    doing = [b for b in buttons(painted) if b["action_id"] != "baton_why"]
    return [(b["action_id"], b["text"]["text"], b.get("style"), b["value"]) for b in doing]


def test_each_row_tells_why_whatever_its_state_with_the_last_of_its_buttons() -> None:
    for rows in (*CASES.values(), *([Row(in_state(state), [FINANCE])] for state in STATES)):
        blocks = card(rows, CARD, HERE["en"]).blocks
        last = [block["elements"][-1] for block in blocks if block["type"] == "actions" and block["block_id"] != CARD]
        assert [(b["action_id"], b["text"]["text"], b["value"]) for b in last] == [
            ("baton_why", "Why?", row.approval.id) for row in rows
        ]


def test_buttons_fit_the_state_and_carry_only_the_opaque_id() -> None:
    found = {state: pressed(painted(in_state(state))) for state in STATES}
    waiting = [
        ("baton_approve", "Approve", "primary", PENDING.id),
        ("baton_reject", "Reject", "danger", PENDING.id),
        ("baton_edit", "Edit", None, PENDING.id),
        ("baton_ask", "Ask a question", None, PENDING.id),
    ]
    assert {state: those for state, those in found.items() if those} == {
        "pending": waiting,
        "pending again": waiting,
        "unknown": [
            ("baton_done", "It was done", None, PENDING.id),
            ("baton_not_done", "It was not done", None, PENDING.id),
            ("baton_check", "Check again", None, PENDING.id),
        ],
        "approved, held": [("baton_withdraw", "Withdraw my request", None, PENDING.id)],
        "approved, waits": [("baton_withdraw", "Withdraw my request", None, PENDING.id)],
    }


def test_each_row_has_its_own_buttons_and_those_for_all_come_last() -> None:
    shown = card(CASES["three rows"], CARD, HERE["fr"])
    actions = [block for block in shown.blocks if block["type"] == "actions"]
    assert [(block["block_id"], len(block["elements"])) for block in actions] == [
        (PENDING.id, 5), ("ap_2", 5), ("ap_3", 2), (CARD, 2),
    ]  # fmt: skip
    assert pressed(shown)[-2:] == [
        ("baton_approve_all", "Approuver les 2", "primary", CARD),
        ("baton_reject_all", "Refuser les 2", "danger", CARD),
    ]


@pytest.mark.parametrize("terms", [Terms(destructive=True), Terms(typed="quantity")])
def test_what_destroys_or_must_be_typed_is_never_decided_together(terms: Terms) -> None:
    risky = Row(replace(PENDING, id="ap_3", terms=terms), [FINANCE])
    others = [Row(replace(PENDING, id=f"ap_{n}"), [FINANCE]) for n in (1, 2)]
    for rows, offered in (([*others, risky], False), ([*others, replace(risky, approval=replace(
        risky.approval, status=Status.REJECTED, ended_at=NOON))], True), (others[:1], False)):  # fmt: skip
        names = {action for action, *_ in pressed(card(rows, CARD, HERE["en"]))}
        assert ({"baton_approve_all", "baton_reject_all"} <= names) is offered


def test_a_value_to_be_typed_opens_a_form_in_place_of_approving() -> None:
    (row,) = CASES["destructive, to be typed"]
    assert [action for action, *_ in pressed(card([row], CARD, HERE["en"]))] == [
        "baton_typed", "baton_reject", "baton_edit", "baton_ask",
    ]  # fmt: skip


def test_an_undo_is_offered_once_and_cannot_be_edited() -> None:
    undo, _why = buttons(offered := card(CASES["can be undone"], CARD, HERE["en"]))
    assert (undo["action_id"], undo["value"], sorted(undo["confirm"])) == (
        "baton_undo", PENDING.id, ["confirm", "deny", "text", "title"],
    )  # fmt: skip
    assert offered.changes_at == UNTIL
    assert pressed(card(CASES["undone"], CARD, HERE["en"])) == []
    assert "baton_edit" not in {action for action, *_ in pressed(card(CASES["undo proposed"], CARD, HERE["en"]))}


def test_the_plain_card_has_the_same_buttons_and_says_the_same() -> None:
    for case in CASES.values():
        whole = card(case, CARD, HERE["fr"])
        assert whole.plain == plain_card(case, CARD, HERE["fr"])
        assert pressed(whole.plain) == pressed(whole)
        for box in nodes(whole.blocks):
            if box.get("type") == "rich_text_preformatted":
                assert box["elements"][0]["text"] in whole_text(whole.plain)


def whole_text(painted: Painted) -> str:
    return plain_words(painted) + "".join(text for _, text in painted.files)


def test_a_card_knows_who_approved_for_whom() -> None:
    shown = readable(card(CASES["approved by two"], CARD, HERE["en"]))
    assert "*Approved* by <@U0CHLOE001> for <@U0BRUNO001> and <@U0EVA00001>" in shown


def test_what_baton_itself_found_is_told_in_the_readers_language() -> None:
    warned = [f"refund: {because('taken_without', name='invoice')}", "Le client est bloqué: voir #12"]
    sealed = replace(PENDING.sealed, preview={"warnings": warned})
    told = str(card([Row(replace(PENDING, sealed=sealed), [FINANCE])], CARD, HERE["fr"]).blocks)
    assert "refund : il est appelé sans « invoice », qui est nécessaire" in told
    assert "Le client est bloqué: voir #12" in told, "what a system says stays as it is"


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
    lambda state, arguments, preview, witness, receipt, reason, rules, tool: replace(
        in_state(state),
        sealed=replace(PENDING.sealed, tool=tool, arguments=arguments, preview=preview, witness=witness),
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
    _TEXT | st.just("create_quotation"),
)
_PEOPLE = st.sampled_from(["U0BRUNO001", "U0CHLOE001", "U0EVA00001", "U0AMELIE01"])
_WORDS = st.builds(Word, _PEOPLE, _PEOPLE, st.just(frozenset({"finance"})))
_ROWS = st.builds(
    lambda approval, count, words, edited, before, terms, undo: Row(
        replace(approval, needs=(Need("finance", count, also=("directors",)),), terms=terms),
        [replace(FINANCE, count=count), DIRECTORS],
        words,
        before=replace(before, status=Status.SUPERSEDED if edited else Status.STALE) if before else None,
        undo_until=UNTIL if undo else None,
    ),
    _APPROVALS,
    st.integers(1, 3),
    st.lists(_WORDS, max_size=12),
    st.booleans(),
    st.none() | _APPROVALS,
    st.builds(Terms, typed=st.none() | _TEXT.filter(bool), destructive=st.booleans()),
    st.booleans(),
)
_CARDS = st.lists(_ROWS, min_size=1, max_size=ROWS).map(
    lambda rows: [
        replace(row, approval=replace(row.approval, id=f"ap_{n}", number=n)) for n, row in enumerate(rows, 20)
    ]
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


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@PATIENT
@given(_CARDS, st.sampled_from(LANGUAGES), st.booleans())
def test_a_card_stays_within_slacks_limits(rows: Sequence[Row], language: Language, mirrored: bool) -> None:
    whole = card(rows, CARD, HERE[language], elsewhere=["C0FINANCE1"] if mirrored else ())
    assert whole.plain is not None
    for shown in (whole, whole.plain):
        assert block_faults(shown.blocks) == []
        assert text_length(shown.blocks) < MOST
        assert shown.text
        assert {button["value"] for button in buttons(shown)} <= {CARD, *(row.approval.id for row in rows)}
        assert all(
            len(box["elements"][0]["text"]) <= 3_000
            for box in nodes(shown.blocks)
            if box.get("type") == "rich_text_preformatted"
        )


def everything(row: Row) -> Iterator[str]:
    """All texts that are sealed and shown."""
    known = row.approval.sealed
    facts = {name: value for name, value in known.witness.items() if not name.startswith("_")}
    preview = {name: value for name, value in known.preview.items() if name != "warnings"}
    return leaves([known.arguments, preview, known.preview.get("warnings") or [], facts])


def is_told(part: str, told: str) -> bool:
    """Whether a text stands there, exactly or in its local form."""
    figure = float(part) if re.fullmatch(r"-?\d+\.\d+", part) else int(part) if re.fullmatch(r"-?\d+", part) else part
    return any(squeezed(visible(one)) in told for one in (part, form(figure, HERE["fr"])) if one is not None)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@PATIENT
@given(_CARDS)
def test_all_that_is_sealed_is_shown_on_the_card_or_in_its_files(rows: Sequence[Row]) -> None:
    whole = card(rows, CARD, HERE["fr"])
    assert whole.plain is not None
    for shown, on_card in ((whole, boxes(whole)), (whole.plain, plain_words(whole.plain))):
        told = squeezed(on_card + "".join(text for _, text in shown.files))
        assert [part for row in rows for part in everything(row) if not is_told(part, told)] == []
        assert all(f"`{name}`" in readable(shown) for name, _ in shown.files)


def test_what_is_too_long_for_a_card_stands_in_one_file_a_row() -> None:
    long = [Row(sealed(replace(PENDING, id=f"ap_{n}", number=n), arguments={"note": "é" * 2_500}), [FINANCE])
            for n in (1, 2, 3, 4)]  # fmt: skip
    shown = card(long, CARD, HERE["en"])
    assert [name for name, _ in shown.files] == ["P-1.txt", "P-2.txt", "P-3.txt", "P-4.txt"]
    assert all("é" * 2_500 in text for _, text in shown.files)
    assert card(long[:1], CARD, HERE["en"]).files == ()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@PATIENT
@given(_CARDS, st.sampled_from(LANGUAGES))
def test_nothing_in_a_card_mentions_links_or_hides(rows: Sequence[Row], language: Language) -> None:
    ours = {"<@U0AMELIE01>", "<@U0BRUNO001>", "<@U0CHLOE001>", "<@U0EVA00001>", "<!subteam^S0FINANCE1>"}
    whole = card(rows, CARD, HERE[language])
    assert whole.plain is not None
    for shown in (whole, whole.plain):
        for text in mrkdwn(shown):
            assert set(re.findall(r"<[^>]*>?", text)) <= ours
            assert ">" not in re.sub("|".join(map(re.escape, ours)), "", text)
        for text in [readable(shown), *(text for _, text in shown.files)]:
            assert [
                c for c in text if unicodedata.category(c) in ("Cf", "Cc", "Zl", "Zp") and c not in "\n\t\ufe0f"
            ] == []
        assert kinds(shown) <= {"rich_text", "rich_text_section", "rich_text_preformatted", "text"}


def test_a_mention_of_the_decider_comes_from_the_ledger_only() -> None:
    forged = replace(PENDING, status=Status.EXECUTED, ended_at=NOON, decided_by="U1> <!channel")
    assert "<!channel" not in "".join(mrkdwn(painted(forged)))


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
    shown = [boxes(painted(sealed(PENDING, arguments=a))) for a in (one, other)]
    assert shown[0] != shown[1]


def test_arguments_stand_in_a_column_and_changes_read_from_before_to_after() -> None:
    assert boxes(painted(PENDING)).startswith(
        "product:  PMP-200\n"
        "quantity: 120\n"
        "day:      2026-11-24 (24 November 2026)\n"
        "note:\n"
        "  urgent\n"
        "  client Durand"
        "free stock: 12 → 0\n"
        "missing:\n"
        "  - product: JNT-12, quantity: 40\n"
        '  - product: "VIS-M6, inox", quantity: 8'
    )
    code = {"a_long_name_of_an_argument": "def refund():\n    quantity: int = 5", "to": "main"}
    assert boxes(painted(sealed(PENDING, arguments=code))).startswith(
        "a_long_name_of_an_argument:\n  def refund():\n      quantity: int = 5\nto: main"
    )


def test_a_replacing_card_shows_first_what_differs() -> None:
    edited, drifted = card(CASES["edited"], CARD, HERE["en"]), card(CASES["facts changed"], CARD, HERE["en"])
    assert boxes(edited).startswith('quantity: 120 → 96\nnote:     "urgent\\nclient Durand" → —product:  PMP-200')
    assert "♻️ *Replaces P-12*: edited by <@U0CHLOE001>" in readable(edited)
    assert boxes(drifted).startswith("free stock: {12 → 0} → {9 → 0}\nfree stock: 12 → 9product:")
    assert "♻️ *Replaces P-12*: the facts changed" in readable(drifted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_of_too_few_people_is_told_of(language: Language, snapshot: SnapshotAssertion) -> None:
    two = replace(PENDING, needs=(Need("finance", 2),))
    few, enough, unread = (
        readable(card([Row(two, [TWO], able=able)], CARD, HERE[language]))
        for able in ({"finance": 1}, {"finance": 2}, {})
    )
    assert few == snapshot
    assert enough == unread == readable(card([Row(two, [TWO])], CARD, HERE[language]))
    later = replace(two, escalate_at=NOON)
    assert readable(card([Row(later, [TWO], able={"finance": 1})], CARD, HERE[language])) == enough


def test_what_failed_says_who_had_approved_it() -> None:
    failed = Row(replace(in_state("failed"), needs=(Need("finance", 2),)), [TWO], [BRUNO, CHLOE_FOR_BRUNO])
    told = readable(card([failed], CARD, HERE["en"]))
    assert "\n☑️ Approved by <@U0BRUNO001> and <@U0CHLOE001> for <@U0BRUNO001>" in told


def test_a_very_long_group_is_named_and_never_cut() -> None:
    crowd = Asked("everybody", " ".join(f"<@U0PERSON{n:03}>" for n in range(60)))
    many = replace(PENDING, needs=(Need("everybody"),))
    assert "*Waiting for everybody*" in readable(card([Row(many, [crowd])], CARD, HERE["en"]))
