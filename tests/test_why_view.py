"""The view behind Why?: in a person's language, within Slack's limits, and what it leaves out it says."""

from __future__ import annotations

import datetime as dt
import json
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.dossier import Action, Dossier, Look
from bot.policy.policy import Need, Terms
from bot.slack.local import Local
from bot.slack.standing import Asked
from bot.slack.why_view import ACTIONS, LOOKS, RULINGS, SOURCES, STEPS, why_view
from bot.state.approvals import MOVES, Approval, Sealed, Status
from bot.state.audit import Entry
from bot.state.rulings import Ruling
from bot.state.runs import Run
from bot.types import Language, Source, Thread
from bot.workspace.rules import view_faults

Json = Any
PATIENT = settings(
    max_examples=30,
    deadline=None,  # machines differ
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
LANGUAGES: tuple[Language, ...] = get_args(Language)
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
HERE: Mapping[Language, Local] = {"fr": Local("fr", "fr-FR", PARIS), "en": Local("en", "en-GB", PARIS)}
NOON = dt.datetime(2026, 11, 3, 11, 0, tzinfo=dt.UTC)
ASKED = {"finance": Asked("finance", "<!subteam^S0FINANCE1>"), "directors": Asked("directors", "<@U0EVA00001>")}
AMELIE, BRUNO, CHLOE = "U0AMELIE01", "U0BRUNO001", "U0CHLOE001"

APPROVAL = Approval(
    id="ap_1",
    number=12,
    run_id="run_1",
    call_id="call_3",
    status=Status.EXECUTED,
    sealed=Sealed("pay", "5c4e", {"payee": "Durand", "amount": "1200.00"}, AMELIE, "bank", {}, {}),
    digest="…",
    authors=(AMELIE,),
    rules=("payments",),
    needs=(Need("finance", 2, also=("directors",)),),
    terms=Terms(),
    expires_at=NOON,
    created_at=NOON,
    ended_at=NOON,
    held_until=None,
    remind_at=None,
    escalate_at=None,
    claimed_by=1,
    claimed_at=NOON,
    receipt={"summary": "Payment 7 is booked", "reference": "7"},
    reason=None,
    decided_by=BRUNO,
    replaces=None,
    policy="a1b2c3d4e5",
)
RULING = Ruling(
    call_id="call_3", tool="pay", effect="write", arguments={}, requester=AMELIE, agent="front_desk", channel="C1",
    direct=False, at=NOON.isoformat(), undo=False, verdict="ask", rules=("payments",), needs=APPROVAL.needs, waits=(),
    policy="a1b2c3d4e5f6a7b8",
)  # fmt: skip


def called(tool: str) -> str:
    return tool.replace("_", " ")


def step(event: str, actor: str, at: int = 0, **data: Json) -> Entry:
    return Entry(at, NOON + dt.timedelta(minutes=at), f"approval.{event}", actor, "run_1", "ap_1", data)


STORY = [
    step("proposed", AMELIE, 0, to="pending"),
    step("refused", CHLOE, 1, verdict="approve", why="not_member"),
    step("question", BRUNO, 2, text="Why <!channel>\ntoday?"),
    step("approve", BRUNO, 3, to="pending", **{"for": BRUNO}),
    step("approve", CHLOE, 4, to="approved", **{"for": "U0EVA00001"}),
    step("claim", "baton", 5, to="executing"),
    step("doubted", "baton", 6, to="executing", reason="no answer within 20 s"),
    step("reconciled", "baton", 7, to="executed"),
]
TOLD = Dossier(
    run=Run("run_1", Thread("T1", "C1", "1.0"), AMELIE, "fr", "front_desk", "answered", 0, 3),
    question="Paie Durand\u202e <!channel> *vite*",
    asked_at=NOON,
    answer="C'est fait [2].",
    model="openai/gpt-x",
    failure=None,
    claim_removed=True,
    sources=[
        Source("p1", 1, "Conditions de vente", "Délais"),
        Source("p2", 2, "Payments", ""),
        Source("p1", 3, "Conditions de vente", "Délais"),
    ],
    looks=[
        Look("find_customer", {"name": "Durand", "limit": 5}, answered=True),
        Look("count", {}, answered=True),
        Look("find_customer", "{not json", answered=True, error="'name' is missing"),
        Look("read", {}, answered=False),
    ],
    rulings=[
        replace(RULING, tool="find_customer", verdict="allow", rules=("default",), needs=()),
        replace(RULING, tool="find_customer", verdict="allow", rules=("default",), needs=()),
        RULING,
        replace(RULING, tool="ship", rules=("default",), waits=("nights",), needs=(Need("finance"),)),
        replace(RULING, tool="mail", verdict="allow", rules=("free <mail>",), needs=()),
        replace(RULING, tool="burn", verdict="deny", rules=("no fire", "never"), needs=()),
        replace(RULING, tool="zap", verdict="deny", rules=("unknown tool",), needs=()),
    ],
    actions=[Action(APPROVAL, STORY)],
)


def nodes(node: Json) -> Iterator[dict[str, Json]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from nodes(item)


def words(view: Json) -> str:
    """What a person reads, one paragraph a block."""
    lines = []
    for block in view["blocks"]:
        parts = [n["text"] for n in nodes(block) if isinstance(n.get("text"), str)]
        lines.append(f"[{block['type']}] " + "\n".join(parts))
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_record_reads_well(language: Language, snapshot: SnapshotAssertion) -> None:
    view = why_view(TOLD, HERE[language], ASKED, called)
    assert view_faults(view) == []
    assert words(view) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_ends_read_well(language: Language, snapshot: SnapshotAssertion) -> None:
    run = replace(TOLD.run, agent="none")
    nothing = replace(TOLD, asked_at=None, sources=[], looks=[], rulings=[], actions=[], claim_removed=False)
    ends = {
        "failed": replace(nothing, model=None, failure="no answer after 8 turns of the model"),
        "waits": replace(nothing, model=None),
        "an undo": replace(nothing, run=run),
    }
    shown = {name: why_view(told, HERE[language], {}, called) for name, told in ends.items()}
    shown["hidden"] = why_view(replace(TOLD, actions=[]), HERE[language], ASKED, called, hidden=True)
    assert [fault for view in shown.values() for fault in view_faults(view)] == []
    assert {name: words(view) for name, view in shown.items()} == snapshot


def test_every_move_of_a_proposal_has_its_words() -> None:
    others = [("late_word", "executed"), ("question", "pending"), ("refused", "pending")]
    moves = [*others, *((event, new) for event, known in MOVES.items() for _, new in known)]
    steps = [step(event, BRUNO, at, to=new, reason="r") for at, (event, new) in enumerate(moves)]
    for language in LANGUAGES:
        shown = [
            words(why_view(replace(TOLD, actions=[Action(APPROVAL, [one])]), HERE[language], ASKED, called))
            for one in steps
        ]
        assert all("(r)" in text for text in shown)


def test_a_source_opens_its_passage_and_those_that_the_answer_names_come_first() -> None:
    view = why_view(TOLD, HERE["en"], ASKED, called)
    opening = [
        (b["accessory"]["action_id"], b["accessory"]["value"], b["text"]["text"])
        for b in view["blocks"]
        if "accessory" in b
    ]
    assert opening == [
        ("baton_source_2", "p2", "[2] Payments\nnamed in the answer"),
        ("baton_source_1", "p1", "[1] [3] Conditions de vente › Délais\nread, but not named in the answer"),
    ]  # fmt: skip


def test_what_is_hidden_is_nowhere_in_the_view() -> None:
    looked = replace(RULING, tool="find_customer", call_id="call_1", verdict="allow", rules=("default",), needs=())
    told = replace(TOLD, rulings=[looked, RULING])
    shown = json.dumps(why_view(told, HERE["en"], ASKED, called, hidden=True), ensure_ascii=False)
    assert [
        part for part in ("Paie Durand", "Conditions de vente", "find_customer", "find customer", "p1") if part in shown
    ] == []
    assert "*P-12*" in shown


def test_what_a_tool_keeps_for_itself_in_its_receipt_is_not_shown() -> None:
    done = replace(APPROVAL, receipt={"number": "F-7", "_row": "internal 4711", "item": "seal"})
    shown = words(why_view(replace(TOLD, actions=[Action(done, STORY)]), HERE["en"], ASKED, called))
    assert "F-7" in shown
    assert "seal" in shown
    assert [part for part in ("4711", "_row", "row:") if part in shown] == []


def test_what_is_left_out_is_said() -> None:
    many = replace(
        TOLD,
        question="q" * 9_000,
        sources=[Source(f"p{n}", n, "t") for n in range(SOURCES + 1)],
        looks=[Look(f"t{n}", {"x": "v" * 2_000}, answered=True) for n in range(LOOKS + 2)],
        rulings=[replace(RULING, tool=f"t{n}") for n in range(RULINGS + 3)],
        actions=[
            Action(replace(APPROVAL, id=f"ap_{n}", number=n), STORY * (3 if n == 1 else 1)) for n in range(ACTIONS + 4)
        ],
    )
    *_, left, record = why_view(many, HERE["en"], ASKED, called)["blocks"]
    assert left["text"]["text"] == (
        f"✂️ Left out here for length: the end of the question, sources: 1, look-ups: 2, long values, rulings: 3, actions: 4, "
        f"steps of P-1: {len(STORY) * 3 - STEPS}. The administrators have all of it: `baton audit run_1`"
    )
    assert record["elements"][0]["text"] == "Run run_1 · the whole record: `baton audit run_1`"


# ---- whatever is in it

_TEXT = st.sampled_from(
    ["<!channel>", "<@U0EVA00001>", "<https://evil.example|bank>", "`", "\n", "\u202e", "x" * 4_000, "{0}", "", "word", "&amp;"]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=9)  # fmt: skip
_RECORD = st.dictionaries(_TEXT, _TEXT | st.integers() | st.lists(_TEXT, max_size=3), max_size=4)
_LOOK = st.builds(Look, _TEXT, _RECORD | _TEXT, st.booleans(), st.none() | _TEXT)
_SOURCE = st.builds(Source, st.text("pq", min_size=1, max_size=9), st.integers(1, 99), _TEXT, _TEXT)
_RULING = st.builds(
    lambda tool, verdict, rules, waits: replace(RULING, tool=tool, verdict=verdict, rules=tuple(rules), waits=tuple(waits)),
    _TEXT, st.sampled_from(["allow", "ask", "deny"]), st.lists(_TEXT, min_size=1, max_size=3), st.lists(_TEXT, max_size=2),
)  # fmt: skip
_STEP = st.builds(
    lambda event, actor, reason: step(event, actor, to="executed", reason=reason),
    st.sampled_from(sorted(MOVES)), st.sampled_from([AMELIE, "baton", "operator", "<!here>"]), st.none() | _TEXT,
)  # fmt: skip
_ACTION = st.builds(
    lambda tool, receipt, steps: Action(
        replace(APPROVAL, sealed=replace(APPROVAL.sealed, tool=tool, system=tool), receipt=receipt), steps
    ),
    _TEXT, _RECORD | st.none(), st.lists(_STEP, max_size=20),
)  # fmt: skip
_TOLD = st.builds(
    lambda question, model, failure, sources, looks, rulings, actions: replace(
        TOLD, question=question, model=model, failure=failure, sources=sources, looks=looks, rulings=rulings, actions=actions
    ),
    _TEXT, st.none() | _TEXT, st.none() | _TEXT, st.lists(_SOURCE, max_size=40), st.lists(_LOOK, max_size=30),
    st.lists(_RULING, max_size=30), st.lists(_ACTION, max_size=16),
)  # fmt: skip


@PATIENT
@given(_TOLD, st.sampled_from(LANGUAGES), st.booleans())
def test_a_view_stays_within_slacks_limits_and_mentions_only_who_is_on_record(
    told: Dossier, language: Language, hidden: bool
) -> None:
    view = why_view(told, HERE[language], ASKED, called, hidden=hidden)
    assert view_faults(view) == []
    ours = {f"<@{AMELIE}>", "<@U0EVA00001>", "<!subteam^S0FINANCE1>"}
    for node in nodes(view):
        if node.get("type") == "mrkdwn":
            assert set(re.findall(r"<[^>]*>?", node["text"])) <= ours
            assert "<@U0EVA00001>" not in node["text"] or "S0FINANCE1" in node["text"]  # as a group that is asked
        if node.get("type") == "rich_text_preformatted":
            assert len(node["elements"][0]["text"]) <= 3_000
