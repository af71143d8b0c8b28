"""What is wrong with a policy is said when it is read: in which file and line, about which rule, and what to do."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, create_model

from bot.errors import PolicyError
from bot.policy.policy import Policy, ToolFacts


class Line(BaseModel):
    price: Decimal
    pieces: int


def facts(effect: Any, **fields: Any) -> ToolFacts:
    model: type[BaseModel] = create_model("arguments", **fields)
    return ToolFacts(effect, model.model_json_schema())


Positive = Annotated[Decimal, Field(gt=0)]
TOOLS = {
    "refund_invoice": facts(
        "write",
        invoice=(str, ...),
        amount=(Decimal, ...),
        pieces=(int, ...),
        day=(dt.date, ...),
        lines=(list[Line], ...),
        customer=(Line, ...),
        extra=(dict[str, Any], ...),
    ),
    "refund_order": facts("write", order=(str, ...), amount=(Positive, ...), pieces=(Annotated[int, Field(ge=0)], 1)),
    "ping": facts("read"),
    "move_stock": facts("write", pieces=(Annotated[int, Field(ge=-1)], ...)),
    "drop_ledger": facts("destructive", reason=(str, "")),
    "check_stock": facts("read", product=(str, ...)),
}
GROUPS = """\
groups:
  finance: {members: "@finance"}
  pair: {members: [U0BRUNO001, U0EVA00001]}
  one: {members: [U0BRUNO001, U0BRUNO001]}
  boss: {members: "requester's manager"}
rules:
"""
FIRST = GROUPS.count("\n") + 1  # the line of the first rule


def told(tmp_path: Path, rules: str, directory: str | None = None) -> list[str]:
    """What is said about a policy with these rules: `line: severity: …`."""
    file = tmp_path / "policy.yaml"
    file.write_text(GROUPS + textwrap.indent(textwrap.dedent(rules), "  "))
    if directory is not None:
        (tmp_path / "directory.yaml").write_text(directory)
    try:
        said = [str(finding) for finding in Policy.load(file, TOOLS).findings]
    except PolicyError as error:
        said = str(error).splitlines()
    assert all(line.startswith(f"{file}:") for line in said)
    return [line.removeprefix(f"{file}:") for line in said]


def rule(effect: str, tools: str = "refund_invoice", **keys: str) -> str:
    """A rule, a key a line."""
    lines = [f"- name: {effect} {tools}", f"  tools: '{tools}'", f"  effect: {effect}"]
    of = {"of": "finance"} if effect == "ask" else {}
    keys = {key: json.dumps(value) if key == "when" else value for key, value in keys.items()}
    return "\n".join([*lines, *(f"  {key}: {value}" for key, value in {**of, **keys}.items())]) + "\n"


def test_a_finding_has_file_line_rule_and_remedy(tmp_path: Path) -> None:
    rules = rule("ask") + "\n" + rule("deny", when="args.amont > 1")
    assert told(tmp_path, rules) == [
        f"{FIRST + 8}: error: rule 'deny refund_invoice': names args.amont, which no tool it covers has; "
        "refund_invoice has invoice, amount, pieces, day, lines, customer, extra"
    ]


def test_all_errors_are_said_at_once(tmp_path: Path) -> None:
    rules = rule("deny", when="args.amont > 1") + rule("ask", of="one", count="2")
    assert [line.split(":")[0] for line in told(tmp_path, rules)] == [str(FIRST + 3), str(FIRST + 7)]


def test_a_condition_that_cannot_be_meant_is_an_error_on_its_line(tmp_path: Path) -> None:
    (said,) = told(tmp_path, rule("deny", when="amount > 1"))
    assert said.startswith(f"{FIRST + 3}: error: rule 'deny refund_invoice': rules.0: the condition names 'amount'")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (rule("ask", count="2", of="one"), "asks 2 people of group 'one', which has 1; add people to the group"),
        (rule("ask", "drop_*", of="one"), "asks 2 people (two for what is destructive) of group 'one'"),
        (rule("ask", of="[pair, one]", count="2"), "asks 2 people of group 'one'"),
        (rule("ask", of="boss"), "there is no directory.yaml beside the policy; write one with `people:"),
        (rule("ask", escalate="{after: 1d, to: boss}"), "there is no directory.yaml beside the policy"),
        (rule("ask", escalate="{after: 1d, to: finance}"), "escalates to 'finance', which is asked already"),
        (rule("ask", typed="iban"), "'iban' is no argument of the tools it covers; refund_invoice has invoice, amount"),
        (rule("deny", when="args.customer.prise > 1"), "names args.customer.prise, which no tool it covers has"),
        (rule("deny", "ping", when="args.x > 1"), "names args.x, which no tool it covers has; ping has no arguments"),
        (rule("deny", when="args['amont'] > 1"), "names args.amont, which no tool it covers has"),
        (rule("deny", when="args.amount - 1 > 100"), "use minor(args.amount), the value in hundredths"),
        (rule("deny", when="args.customer.price * 2 > 100"), "use minor(args.customer.price)"),
        (rule("deny", when="args.invoice == 1"), "compares args.invoice, which is never of that type, with a number"),
        (rule("deny", when="'7' == args.pieces"), "compares args.pieces, which is never of that type, with a text"),
        (rule("deny", when="args.day > 7"), "compares args.day, which is never of that type, with a number"),
    ],
)
def test_an_error_refuses_the_policy(tmp_path: Path, rules: str, said: str) -> None:
    (line,) = told(tmp_path, rules)
    assert ": error: rule 'ask " in line or ": error: rule 'deny " in line
    assert said in line


@pytest.mark.parametrize(
    "when",
    [
        "args.amount <= 100",
        "args.amount < 100.5 && args.invoice == 'x'",
        "100 > args.amount",
        "!(args.amount >= 100)",
        "!(args.amount >= 100 || args.amount < -5) || args.amount < 7",
        "args.amount == 5 || args.amount < 3",
        "args.invoice == 'x' ? args.amount < 3 : args.amount == 0",
        "minor(args.amount) < 10000",
        "args.amount < args.customer.price && args.customer.price > 0",
    ],
)
def test_an_allow_up_to_an_amount_must_say_from_which(tmp_path: Path, when: str) -> None:
    (said,) = told(tmp_path, rule("allow", when=when))
    assert "allows args.amount without a lower bound, and so below zero; add args.amount >= 0 &&" in said
    assert told(tmp_path, rule("deny", when=when)) == []
    assert told(tmp_path, rule("allow", when=f"args.amount >= 0 && ({when})")) == []


@pytest.mark.parametrize(
    ("tools", "when"),
    [
        ("refund_invoice", "args.amount > 0 && args.amount < 100"),
        ("refund_invoice", "args.amount in [1, 2] || args.amount == 5"),
        ("refund_invoice", "args.amount >= 100"),
        ("refund_invoice", "!(args.amount < 0 || args.amount > 100)"),
        ("refund_invoice", "args.invoice < 'M'"),
        ("refund_order", "args.amount < 100"),
        ("refund_order", "args.pieces <= 5"),
    ],
)
def test_an_allow_that_is_bounded_or_whose_tool_is_needs_no_more(tmp_path: Path, tools: str, when: str) -> None:
    assert told(tmp_path, rule("allow", tools, when=when)) == []


def test_a_tool_that_takes_some_negative_numbers_bounds_nothing(tmp_path: Path) -> None:
    (said,) = told(tmp_path, rule("allow", "move_stock", when="args.pieces < 5"))
    assert "allows args.pieces without a lower bound" in said


def test_what_one_of_the_tools_leaves_open_is_an_error_for_all(tmp_path: Path) -> None:
    (said,) = told(tmp_path, rule("allow", "refund_*", when="args.amount < 100"))
    assert "without a lower bound" in said


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (rule("deny", "repay_*"), f"{FIRST + 1}: warning: rule 'deny repay_*': no loaded tool matches 'repay_*'"),
        (rule("allow", "admit_*"), "allows admissions: whoever asks puts a new tool in force"),
        (rule("allow", "drop_*"), f"{FIRST + 2}: warning: rule 'allow drop_*': allows 'drop_ledger', which is destru"),
        (rule("deny", "*") + rule("ask"), f"{FIRST + 4}: warning: rule 'ask refund_invoice': never takes effect: rule"),
        (rule("deny", "refund_*") + rule("allow", "refund_i*"), "rule 'deny refund_*' always counts for these tools"),
        (rule("ask", "*") + rule("allow"), "and its `ask` is stronger"),
        (rule("deny", "*") + rule("wait"), "never takes effect"),
        (
            rule("deny", "refund_*", when="args.invoice == 'x'"),
            "names args.invoice, which refund_order has not: for it, the rule always counts",
        ),
        (
            rule("allow", "refund_*", when="args.invoice == 'x'"),
            "names args.invoice, which refund_order has not: for it, the rule allows nothing",
        ),
        (
            rule("ask", typed="amount") + rule("ask", "refund_*", typed="pieces"),
            "rule 'ask refund_invoice' wants 'amount' typed; where both ask, only that one is",
        ),
        (rule("ask", escalate="{after: 2d, to: pair}", expires="1d"), "never escalates: the proposal expires before"),
    ],
)
def test_what_is_doubtful_is_a_warning(tmp_path: Path, rules: str, said: str) -> None:
    (line,) = told(tmp_path, rules)
    assert ": warning: " in line
    assert said in line


@pytest.mark.parametrize(
    "rules",
    [
        rule("deny", "refund_*", when="has(args.invoice) && args.invoice == 'x'"),
        rule("deny", when="args.extra.anything.at_all > 1"),
        rule("deny", when="args.lines.exists(line, line.price > 5 && line.pieces == 2)"),
        rule("deny", when="args.pieces * 2 > 5 && minor(args.amount) * 2 > 700"),
        rule("deny", when="size(args.lines) + args.pieces > 5"),
        rule("deny", when="args.day > timestamp('2026-01-01T00:00:00Z') && args.day - today < duration('48h')"),
        rule("ask", "drop_*", of="one", count="1"),
        rule("ask", of="pair", count="2", typed="amount", escalate="{after: 1d, to: one}"),
        rule("deny", "*", when="local.hour < 6") + rule("allow"),
        rule("deny", "refund_?nvoice") + rule("ask"),
        rule("deny", "refund_*") + rule("ask", "*"),
        rule("ask", "*") + rule("deny"),
    ],
)
def test_what_can_be_meant_passes_without_a_word(tmp_path: Path, rules: str) -> None:
    assert told(tmp_path, rules) == []


def test_a_manager_is_one_person(tmp_path: Path) -> None:
    (said,) = told(tmp_path, rule("ask", of="boss", count="2"), "people: {U0AMELIE01: {manager: U0BRUNO001}}")
    assert "asks 2 people of group 'boss', which has 1; add people to the group, or write a smaller `count`" in said


def test_with_a_directory_the_requesters_manager_may_be_asked(tmp_path: Path) -> None:
    assert told(tmp_path, rule("ask", of="boss"), "people: {U0AMELIE01: {manager: U0BRUNO001}}") == []


def test_without_tools_nothing_is_said_about_them(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(GROUPS + textwrap.indent(rule("deny", "repay_*", when="args.anything > 1"), "  "))
    assert Policy.load(file).findings == ()
