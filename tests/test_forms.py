"""Forms as people fill them in: what they show, what comes back, and that no value changes unless somebody changes it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from syrupy.assertion import SnapshotAssertion

from bot import RunContext, tool
from bot.policy.policy import Terms
from bot.slack.forms import (
    FormError,
    Place,
    Submitted,
    arguments,
    edit_form,
    errors_for,
    question_form,
    read,
    reject_form,
    typed_form,
)
from bot.slack.local import Local
from bot.state.approvals import Approval, Sealed, Status
from bot.types import Language
from bot.workspace.rules import view_faults

PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

Json = Any
LANGUAGES: tuple[Language, ...] = get_args(Language)
NOON = dt.datetime(2026, 11, 3, 11, 0, tzinfo=dt.UTC)
PLACE = Place("C0VENTES01", "1762.0001")


class Speed(StrEnum):
    SLOW = "slow"
    FAST = "fast"


class Line(BaseModel):
    product: str
    quantity: int


@tool
def order(
    ctx: RunContext,
    customer_name: str,
    amount: Decimal,
    pieces: Annotated[int, Field(gt=0)],
    day: dt.date,
    at: dt.datetime,
    speed: Speed,
    lines: list[Line],
    share: float = 0.5,
    note: str = "",
    memo: str | None = None,
    discount: Decimal | None = None,
    until: dt.date | None = None,
    level: Literal[1, 2, 3] = 1,
    colour: Literal["red", "blue"] | None = None,
    urgent: bool = False,
    insured: bool | None = None,
    options: dict[str, str] | None = None,
    mixed: int | str = 3,
    tags: list[str] = [],  # noqa: B006
) -> dict[str, str]:
    """Order something.

    Args:
        customer_name: As it stands in the ERP.
        amount: In EUR.
    """
    return {}


GIVEN: Mapping[str, Json] = order.parse(
    {
        "customer_name": "Durand <SA> & fils",
        "amount": "1250.5000",
        "pieces": 120,
        "day": "2026-11-24",
        "at": "2026-11-24T08:00:00Z",
        "speed": "fast",
        "lines": [{"product": "PMP-200", "quantity": 2}],
        "note": "urgent\nvite",
        "colour": "blue",
    }
)
APPROVAL = Approval(
    id="ap_00aa11bb22cc",
    number=12,
    run_id="run_1",
    call_id="call_1",
    status=Status.PENDING,
    sealed=Sealed(
        tool="order",
        schema="5c4e",
        arguments=GIVEN,
        requester="U0AMELIE01",
        system="tryton",
        preview={"stock": {"before": 12, "after": 0}},
        witness={"free": "12"},
    ),
    digest="…",
    authors=("U0AMELIE01",),
    rules=("orders",),
    needs=(),
    terms=Terms(typed="amount", destructive=True),
    expires_at=NOON,
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


def inputs(view: Json) -> dict[str, Json]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def state(element: Json, answer: str | None) -> Json:
    """What Slack says that an input holds."""
    kind = element["type"]
    if kind == "static_select":
        options = [option for option in element["options"] if option["value"] == answer]
        return {"type": kind, "selected_option": options[0] if options else None}
    return {"type": kind, "selected_date" if kind == "datepicker" else "value": answer}


def initial(element: Json) -> str | None:
    option = element.get("initial_option")
    return option["value"] if option else element.get("initial_value", element.get("initial_date"))


def submitted(view: Json, answers: Mapping[str, str | None]) -> Submitted:
    """The form as Slack sends it, with some inputs filled in anew."""
    held = {
        name: {"value": state(block["element"], answers.get(name, initial(block["element"])))}
        for name, block in inputs(view).items()
    }
    found = read({**view, "state": {"values": held}})
    assert found is not None
    return found


def edited(approval: Approval, answers: Mapping[str, str | None], language: Language = "en") -> dict[str, Json]:
    view = edit_form(language, approval, order.schema, PLACE)
    return arguments(language, order.schema, approval.sealed.arguments, submitted(view, answers).values)


def with_arguments(**changes: Json) -> Approval:
    return replace(APPROVAL, sealed=replace(APPROVAL.sealed, arguments={**GIVEN, **changes}))


def every_form(language: Language) -> Iterator[Json]:
    yield reject_form(language, ["P-12"], APPROVAL.id, PLACE)
    yield reject_form(language, ["P-12", "P-13", "P-14"], "post_7", PLACE, together=True)
    yield question_form(language, "P-12", APPROVAL.id, PLACE)
    yield typed_form(Local(language, language), APPROVAL, PLACE)
    yield edit_form(language, APPROVAL, order.schema, PLACE)


# ---- what they show


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_read_well(language: Language, snapshot: SnapshotAssertion) -> None:
    views = list(every_form(language))
    assert [view_faults(view) for view in views] == [[]] * len(views)
    assert views == snapshot


def test_a_form_comes_back_to_what_it_is_about() -> None:
    found = [submitted(view, {"reason": "no", "text": "why?", "typed": "1250.50"}) for view in every_form("en")]
    here = {"channel": "C0VENTES01", "thread_ts": "1762.0001"}
    assert found[:4] == [
        Submitted("reject", APPROVAL.id, **here, values={"reason": "no"}),
        Submitted("reject_all", "post_7", **here, values={"reason": "no"}),
        Submitted("ask", APPROVAL.id, **here, values={"text": "why?"}),
        Submitted("approve", APPROVAL.id, **here, values={"typed": "1250.50"}),
    ]
    assert (found[4].verdict, found[4].target, set(found[4].values)) == ("edit", APPROVAL.id, set(GIVEN))


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"callback_id": "baton_reject"},
        {"callback_id": "baton_reject", "private_metadata": "x", "state": {"values": {}}},
        {"callback_id": "baton_reject", "private_metadata": "[]", "state": {"values": {}}},
        {"callback_id": "baton_reject", "private_metadata": '{"target": 1, "channel": "C", "thread_ts": null}',
         "state": {"values": {}}},
        {"callback_id": "baton_else", "private_metadata": '{"target": "a", "channel": "C", "thread_ts": null}',
         "state": {"values": {}}},
        {"callback_id": "baton_reject", "private_metadata": '{"target": "a", "channel": "C", "thread_ts": null}',
         "state": {"values": {"reason": {}}}},
        {"callback_id": "baton_reject", "private_metadata": '{"target": "a", "channel": "C", "thread_ts": null}',
         "state": None},
    ],
)  # fmt: skip
def test_a_foreign_view_is_no_form_of_ours(view: Json) -> None:
    assert read(view) is None


def test_a_reason_may_be_left_out_and_a_question_may_not() -> None:
    assert inputs(reject_form("fr", ["P-1"], "ap", PLACE))["reason"]["optional"] is True
    assert inputs(question_form("fr", "P-1", "ap", PLACE))["text"]["optional"] is False


def test_the_value_to_be_typed_is_shown_and_never_filled_in() -> None:
    view = typed_form(Local("en", "en-GB"), APPROVAL, PLACE)
    (typed,) = inputs(view).values()
    assert typed["element"] == {"type": "plain_text_input", "action_id": "value"}
    assert typed["label"]["text"] == "Type the value of “amount”"
    assert "1250.5000" in json.dumps(view["blocks"][:-1])
    huge = typed_form(Local("en", "en-GB"), with_arguments(note="x" * 20_000), PLACE)
    assert view_faults(huge) == []
    assert "`P-12.txt`" in json.dumps(huge)


# ---- editing


def test_each_argument_gets_the_input_that_suits_it() -> None:
    found = inputs(edit_form("en", APPROVAL, order.schema, PLACE))
    kinds = {name: (block["element"]["type"], initial(block["element"])) for name, block in found.items()}
    assert kinds == {
        "customer_name": ("plain_text_input", "Durand <SA> & fils"),
        "amount": ("plain_text_input", "1250.5000"),
        "pieces": ("number_input", "120"),
        "day": ("datepicker", "2026-11-24"),
        "at": ("plain_text_input", "2026-11-24T08:00:00Z"),
        "speed": ("static_select", "fast"),
        "lines": ("plain_text_input", '[\n {\n  "product": "PMP-200",\n  "quantity": 2\n }\n]'),
        "share": ("plain_text_input", "0.5"),
        "note": ("plain_text_input", "urgent\nvite"),
        "memo": ("plain_text_input", None),
        "discount": ("plain_text_input", None),
        "until": ("datepicker", None),
        "level": ("static_select", "1"),
        "colour": ("static_select", "blue"),
        "urgent": ("static_select", "false"),
        "insured": ("static_select", "(none)"),
        "options": ("plain_text_input", None),
        "mixed": ("plain_text_input", "3"),
        "tags": ("plain_text_input", None),
    }
    assert [name for name, block in found.items() if block["element"].get("multiline")] == [
        "lines", "note", "options", "mixed", "tags",
    ]  # fmt: skip
    assert [name for name, block in found.items() if block["optional"]] == [
        "share", "note", "memo", "discount", "until", "level", "colour", "urgent", "insured", "options", "mixed", "tags",
    ]  # fmt: skip
    assert (found["amount"]["label"]["text"], found["amount"]["hint"]["text"]) == ("Amount", "In EUR.")
    assert found["lines"]["hint"]["text"] == "To be written as JSON."


def test_an_edit_means_what_was_written() -> None:
    changed = edited(
        APPROVAL,
        {
            "customer_name": "Martin",
            "amount": "99999999999999999999.01",
            "pieces": "7",
            "day": "2026-12-01",
            "speed": "slow",
            "lines": '[{"product": "A", "quantity": 1.10}]',
            "note": None,
            "memo": "new",
            "discount": "5.50",
            "until": "2026-12-31",
            "level": "3",
            "colour": "(none)",
            "urgent": "true",
            "insured": "false",
            "options": '{"a": "b"}',
            "mixed": '"text"',
            "tags": " urgent \n\nÉté: 2",
        },
    )
    assert changed == {
        **GIVEN,
        "customer_name": "Martin",
        "amount": "99999999999999999999.01",
        "pieces": 7,
        "day": "2026-12-01",
        "speed": "slow",
        "lines": [{"product": "A", "quantity": Decimal("1.10")}],
        "note": "",
        "memo": "new",
        "discount": "5.50",
        "until": "2026-12-31",
        "level": 3,
        "colour": None,
        "urgent": True,
        "insured": False,
        "options": {"a": "b"},
        "mixed": "text",
        "tags": ["urgent", "Été: 2"],
    }
    valid = order.parse({**changed, "lines": []})
    assert (valid["amount"], valid["discount"]) == ("99999999999999999999.01", "5.50")


@pytest.mark.parametrize(
    ("field", "written", "sentence"),
    [
        ("lines", "[1,", "This is not valid JSON (line 1, column 4)."),
        ("lines", "[NaN]", "NaN is not a number in JSON."),
        ("lines", "[" * 2_999, "This is not valid JSON (line 1, column 1)."),
        ("pieces", "1e3", "A whole number is needed, such as 120."),
        ("pieces", None, "This value is needed."),
        ("amount", "much", "A number is needed, such as 1250.50 or 1,250.50."),
        ("amount", "1,250", "This can be read in two ways: write 1250 or 1.250."),
        ("amount", "1,25.50", "A number is needed, such as 1250.50 or 1,250.50."),
        ("pieces", "1,250", "A whole number is needed, such as 120."),
        ("pieces", "1,5", "A whole number is needed, such as 120."),
        ("day", None, "This value is needed."),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_input(field: str, written: str | None, sentence: str) -> None:
    with pytest.raises(FormError) as refused:
        edited(APPROVAL, {field: written, "customer_name": "Martin"})
    assert refused.value.errors == {field: sentence}
    view = edit_form("en", APPROVAL, order.schema, PLACE)
    assert errors_for(view, refused.value.errors) == {"response_action": "errors", "errors": {field: sentence}}


def test_a_list_of_words_is_written_one_a_line() -> None:
    approval = with_arguments(tags=["urgent", "a b"])
    found = inputs(edit_form("en", approval, order.schema, PLACE))["tags"]
    assert (initial(found["element"]), found["hint"]["text"]) == ("urgent\na b", "One entry a line.")
    assert edited(approval, {"tags": None})["tags"] == []
    broken = with_arguments(tags=["two\nlines", " "])
    assert "tags" not in inputs(edit_form("en", broken, order.schema, PLACE))
    assert edited(broken, {"pieces": "7"})["tags"] == ["two\nlines", " "]


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_may_be_written_as_people_write_them(language: Language) -> None:
    written = {"amount": "1\u202f250,50 €", "discount": "1,250.50", "pieces": "12 000"}
    changed = edited(APPROVAL, written, language)
    assert (changed["amount"], changed["discount"], changed["pieces"]) == ("1250.50", "1250.50", 12_000)
    assert edited(APPROVAL, {"amount": "0,125"}, language)["amount"] == "0.125"


def test_an_objection_to_no_input_stands_at_the_first() -> None:
    view = edit_form("en", APPROVAL, order.schema, PLACE)
    told = errors_for(view, {"elsewhere": "one", "also": "two", "day": "three"})
    assert told == {"response_action": "errors", "errors": {"customer_name": "one two", "day": "three"}}


def test_what_a_form_cannot_hold_is_kept_and_said_to_be() -> None:
    approval = with_arguments(note="x" * 3_001, lines=[{"product": "y" * 3_000, "quantity": 1}])
    view = edit_form("en", approval, order.schema, PLACE)
    assert set(GIVEN) - set(inputs(view)) == {"note", "lines"}
    told = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"][1:]
    assert told == [f"*{name}* cannot be edited in a form: its value is kept as it is." for name in ("Lines", "Note")]
    assert edited(approval, {"pieces": "7"}) == {**approval.sealed.arguments, "pieces": 7}


def test_values_of_another_schema_are_kept() -> None:
    odd = with_arguments(pieces="many", day="soon", speed="warp", urgent="yes", amount=[1])
    view = edit_form("en", odd, order.schema, PLACE)
    assert view_faults(view) == []
    assert edited(odd, {}) == odd.sealed.arguments


def test_a_long_list_of_choices_is_written_instead() -> None:
    many = {"properties": {"town": {"enum": [f"town {n}" for n in range(101)]}, "long": {"enum": ["x" * 76, "y"]}}}
    approval = with_arguments()
    approval = replace(approval, sealed=replace(approval.sealed, arguments={"town": "town 7", "long": "y"}))
    found = inputs(edit_form("en", approval, many, PLACE))
    assert {name: block["element"]["type"] for name, block in found.items()} == {
        "town": "plain_text_input",
        "long": "plain_text_input",
    }


DESCRIBED: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "status": {"$ref": "#/$defs/Status"},
        "credit_limit": {"type": "number", "default": 0},
        "staff": {"type": "integer", "default": 0},
        "since": {"type": "string", "format": "date"},
    },
    "required": ["name"],
    "$defs": {"Status": {"type": "string", "enum": ["lead", "customer"]}},
}


def test_what_a_systems_document_does_not_require_may_be_left_out() -> None:
    approval = replace(APPROVAL, sealed=replace(APPROVAL.sealed, arguments={"name": "Durand"}))
    view = edit_form("en", approval, DESCRIBED, PLACE)
    assert view_faults(view) == []
    assert [name for name, block in inputs(view).items() if not block["optional"]] == ["name"]

    def edit(**answers: str | None) -> dict[str, Json]:
        return arguments("en", DESCRIBED, approval.sealed.arguments, submitted(view, answers).values)

    assert edit(name="Martin") == {"name": "Martin"}
    assert edit(status="customer", credit_limit="100") == {
        "name": "Durand", "status": "customer", "credit_limit": "100",
    }  # fmt: skip
    full = {"name": "Durand", "status": "lead", "credit_limit": 100.0, "staff": 3, "since": "2026-01-01"}
    emptied = dict.fromkeys(("status", "credit_limit", "staff", "since"))
    assert arguments("en", DESCRIBED, full, {"name": "Durand", **emptied}) == {"name": "Durand"}


_TEXT = st.text(max_size=40) | st.sampled_from(["", "(none)", "true", "é" * 3_001, " a \n", "1.10", "null", '"x"'])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_PROPERTIES: Sequence[Json] = [
    *order.schema["properties"].values(),
    {},
    {"type": "array"},
    {"anyOf": [{"type": "null"}]},
    {"enum": ["", "a"], "title": ""},
    {"enum": [1, "1", None]},
    {"$ref": "#/$defs/Missing"},
]


@PATIENT
@given(
    st.dictionaries(st.text(min_size=1, max_size=20), st.tuples(st.sampled_from(_PROPERTIES), _JSON), max_size=6),
    st.sampled_from(LANGUAGES),
)
def test_what_nobody_touches_stays_exactly_as_it_was(
    parts: Mapping[str, tuple[Json, Json]], language: Language
) -> None:
    schema = {**order.schema, "properties": {name: part for name, (part, _) in parts.items()}, "required": list(parts)}
    before = {name: value for name, (_, value) in parts.items()}
    approval = replace(APPROVAL, sealed=replace(APPROVAL.sealed, arguments=before))
    view = edit_form(language, approval, schema, PLACE)
    assert view_faults(view) == []
    after = arguments(language, schema, before, submitted(view, {}).values)
    assert json.dumps(after, sort_keys=True) == json.dumps(before, sort_keys=True)


def test_a_very_long_list_of_arguments_fits_into_a_view() -> None:
    wide = {"properties": {f"a{n}": {"type": "string"} for n in range(150)}}
    assert view_faults(edit_form("fr", APPROVAL, wide, PLACE)) == []
