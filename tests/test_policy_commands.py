"""`baton policy …`, as an admin uses it before a change and an auditor after one."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.policy.cases import outcomes, read_cases
from bot.policy.conditions import FIELDS, FUNCTIONS, VARIABLES
from bot.policy.policy import Case, Need, Policy, Rule, ToolFacts
from bot.policy_commands import Tools, changed, explained, policy_cli
from bot.state import rulings
from bot.state.db import Database
from bot.state.rulings import Recorded, Ruling

ROOT = Path(__file__).parents[1]
AMELIE = "U0AMELIE01"
AT = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)

REFUNDS = '''"""Refunds."""
from decimal import Decimal
from bot import RunContext, tool

@tool(system="billing")
async def refund(ctx: RunContext, amount: Decimal, invoice: str = "") -> dict:
    """Refund an invoice."""
    return {}
'''
POLICY = """\
zone: Europe/Paris
groups:
  finance: {members: "@finance"}
rules:
  - name: large refunds need two
    tools: refund
    when: args.amount >= 100
    effect: ask
    of: finance
    count: 2
  - name: small ones are allowed
    tools: refund
    when: args.amount > 0 && args.amount < 100
    effect: allow
  - name: not at night
    tools: refund
    when: local.hour < 6
    effect: wait
"""
CASES = """\
- {name: small, tool: refund, arguments: {amount: 99.99}, requester: U0AMELIE01, expect: allow, waits: false}
- {name: large, tool: refund, arguments: {amount: 100}, requester: U0AMELIE01, expect: ask, of: finance, count: 2}
- name: at night
  tool: refund
  arguments: {amount: 5}
  requester: U0AMELIE01
  at: 2026-01-07T05:59:00
  expect: allow
  waits: true
- {name: none such, tool: repay, requester: U0AMELIE01, expect: deny}
- {name: a stranger, tool: refund, arguments: {amount: 5}, requester: U0AMELIE01, agent: stranger, expect: deny}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tools folder with a policy and its cases; its system is not configured on this machine."""
    (tmp_path / "refunds.py").write_text(REFUNDS)
    (tmp_path / "sources.yaml").write_text("systems: {billing: {base_url: '${BILLING_URL_OF_NOBODY}'}}\n")
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "policy.cases.yaml").write_text(CASES)
    monkeypatch.setenv("BATON_TOOLS", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def policy(*words: str) -> Result:
    return CliRunner().invoke(policy_cli, list(words))


def test_a_good_policy_is_said_to_be_good(folder: Path) -> None:
    told = policy("check")
    assert told.exit_code == 0
    assert f"{folder / 'policy.yaml'}: can be used: 3 rules, 1 groups, zone Europe/Paris; hash " in told.output


def test_check_says_what_is_wrong_and_fails(folder: Path) -> None:
    other = folder / "other.yaml"
    other.write_text(POLICY.replace("args.amount > 0 && ", "").replace(">= 100", ">= limit"))
    told = policy("check", str(other))
    assert told.exit_code == 1
    assert told.output.startswith(f"{other}:7: error: rule 'large refunds need two': ")
    other.write_text(POLICY.replace("args.amount > 0 && ", ""))
    told = policy("check", str(other))
    assert told.exit_code == 1
    assert told.output.startswith(
        f"{other}:13: error: rule 'small ones are allowed': allows args.amount without a lower"
    )


def test_check_says_which_tools_nobody_can_decide(folder: Path) -> None:
    (folder / "policy.yaml").write_text("rules: []\n")
    told = policy("check")
    assert told.exit_code == 0
    assert "warning: nobody can decide 'refund': add the group `approvers`, or a rule" in told.output


def test_cases_that_come_out_as_expected_pass(folder: Path) -> None:
    told = policy("test")
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "5 of 5 cases come out as expected")


@pytest.mark.parametrize(
    ("old", "new", "different"),
    [
        ("count: 2}", "count: 1}", "asks 2 of finance"),
        ("of: finance,", "of: [finance, directors],", "asks finance"),
        ("amount: 99.99", "amount: 100.01", "ask, by large refunds need two"),
        ("waits: true", "waits: false", "waits for not at night"),
        ("05:59:00", "06:00:00", "does not wait"),
        ("tool: repay", "tool: refund", "refund: amount: this is needed"),
        ("amount: 99.99", "amount: much", "refund: amount: "),
    ],
)
def test_a_case_that_comes_out_differently_fails(folder: Path, old: str, new: str, different: str) -> None:
    (folder / "policy.cases.yaml").write_text(CASES.replace(old, new, 1))
    told = policy("test")
    assert (told.exit_code, told.output.splitlines()[-1]) == (1, "4 of 5 cases come out as expected")
    assert different in told.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {name: x, tool: refund, requester: U1, expects: ask}", "case 1 ('x'): expect: Field required; expects: "),
        ("cases: []", "must be a list of cases, each beginning with `- name: …`"),
        ("- [", "is not valid YAML"),
    ],
)
def test_a_file_of_cases_that_is_not_understood_is_refused(folder: Path, text: str, said: str) -> None:
    (folder / "policy.cases.yaml").write_text(text)
    told = policy("test")
    assert told.exit_code == 1
    assert said in str(told.exception)


def test_the_shipped_policy_passes_its_cases() -> None:
    tools = Tools.load(ROOT / "tools")
    shipped = tools.policy(None)
    cases = read_cases(ROOT / "tools" / "policy.cases.yaml")
    assert [
        different for _, different in outcomes(shipped, tools.catalog.facts(), tools.parsed, cases) if different
    ] == []
    assert {case.expect for case in cases} == {"allow", "ask", "deny"}
    assert shipped.findings == ()


def test_what_the_shipped_policy_shows_as_a_comment_can_be_used(tmp_path: Path) -> None:
    text = (ROOT / "tools" / "policy.yaml").read_text()
    shown = [
        line.replace("# ", "", 1) if line.startswith(("  # -", "  #  ", "  # dir")) else line
        for line in text.splitlines()
    ]
    (tmp_path / "policy.yaml").write_text("\n".join(shown))
    tools = Tools.load(ROOT / "tools")
    policy = tools.policy(tmp_path / "policy.yaml")
    assert [rule.effect for rule in policy.rules] == ["ask", "ask", "ask", "ask", "ask", "ask", "wait"]
    assert policy.findings == ()


# ---- what was decided


def judged(policy: Policy, amount: str, *, at: dt.datetime = AT, tool: str = "refund", call: str = "c1") -> Ruling:
    case = Case(tool, "write", {"amount": Decimal(amount)}, AMELIE, "front_desk", "C0SALES001", False, at)
    return Ruling.of(call, case, {"amount": amount}, policy.decide(case), policy.hash)


@pytest.fixture
async def db(database: str, tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(database, tmp_path)
    yield opened
    await opened.close()


async def test_what_the_policy_said_is_read_back_as_it_was_written(db: Database) -> None:
    old = Policy.parse(POLICY, None, "policy.yaml")
    night = AT.replace(hour=3)
    written = [judged(old, "100", call="c1"), judged(old, "5", at=night, call="c2"), judged(old, "-5", call="c3")]
    async with db.transaction() as tx:
        for ruling in written:
            await rulings.note_ruling(tx, "run_1", ruling)
        await rulings.note_ruling(tx, "run_2", written[0])
    assert [one.ruling for one in await rulings.of_run(db, "run_1")] == written
    assert [(one.run_id, one.ruling) for one in await rulings.since(db, AT.replace(year=2000))] == [
        *(("run_1", ruling) for ruling in written),
        ("run_2", written[0]),
    ]
    assert await rulings.since(db, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)) == []
    assert [one.verdict for one in written] == ["ask", "allow", "ask"]
    assert [one.needs for one in written] == [(Need("finance", 2),), (), (Need("approvers"),)]
    assert [one.waits for one in written] == [(), ("not at night",), ()]


async def test_a_policy_is_kept_once_and_can_be_read_again(db: Database) -> None:
    old = Policy.parse(POLICY, None, "policy.yaml")
    for _ in range(2):
        async with db.transaction() as tx:
            await rulings.keep_policy(tx, old.hash, old.text)
    text = await rulings.policy_text(db, old.hash)
    assert text == old.text
    assert Policy.archived(str(text), "archived").rules == old.rules
    assert await rulings.policy_text(db, "another") is None


def test_a_replay_lists_what_another_policy_would_change(folder: Path) -> None:
    old = Policy.parse(POLICY, None, "policy.yaml")
    recorded = [
        Recorded(AT, f"run_{number}", judged(old, amount, at=at))
        for number, (amount, at) in enumerate([("5", AT), ("99", AT), ("100", AT), ("5", AT.replace(hour=3))])
    ]
    gone = Recorded(AT, "run_gone", judged(old, "5", tool="refund_by_post"))
    (folder / "new.yaml").write_text(POLICY.replace("100", "50").replace("hour < 6", "hour < 12"))
    tools = Tools.load(folder)
    found = changed(tools.policy(folder / "new.yaml"), [*recorded, gone], tools)
    assert [(one.run_id, after.verdict, after.needs, after.waits) for one, after in found] == [
        ("run_0", "allow", (), ("not at night",)),
        ("run_1", "ask", (Need("finance", 2),), ("not at night",)),
        ("run_2", "ask", (Need("finance", 2),), ("not at night",)),
    ]
    assert changed(tools.policy(None), [*recorded, gone], tools) == []


def test_a_ruling_is_explained_rule_by_rule() -> None:
    old = Policy.parse(POLICY, None, "policy.yaml")
    ruling = judged(old, "100")
    assert explained(Recorded(AT, "run_1", ruling), old.text, {"amount": Decimal(100)}) == [
        "2026-11-25 10:00:00  refund(amount='100')",
        "    ask 2 of finance, by: large refunds need two",
        f"    policy {old.hash[:12]}, {AMELIE} asked in C0SALES001 at 2026-11-25T10:00:00+00:00",
        "    - ask 'large refunds need two' counts  [when: args.amount >= 100]",
        "    - allow 'small ones are allowed' does not count  [when: args.amount > 0 && args.amount < 100]",
        "    - wait 'not at night' does not count  [when: local.hour < 6]",
    ]
    untyped = explained(Recorded(AT, "run_1", ruling), old.text, {"amount": "100"})
    assert "could not be evaluated, because it compares or combines values of different types" in untyped[3]
    assert explained(Recorded(AT, "run_1", ruling), None, {})[-1].endswith("its rules cannot be shown")


def test_the_commands_read_the_audit(folder: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DATABASE_URL", database)
    monkeypatch.setenv("BATON_HOME", str(folder))
    old = Policy.parse(POLICY, None, "policy.yaml")

    async def keep() -> None:
        db = await Database.open(database, folder)
        async with db.transaction() as tx:
            await rulings.keep_policy(tx, old.hash, old.text)
            await rulings.note_ruling(tx, "run_1", judged(old, "5"))
            await rulings.note_ruling(tx, "run_1", judged(old, "100"))
        await db.close()

    asyncio.run(keep())
    told = policy("explain", "run_1")
    assert told.exit_code == 0, told.exception
    assert "    allow, by: small ones are allowed" in told.output.splitlines()
    assert "    - ask 'large refunds need two' counts  [when: args.amount >= 100]" in told.output.splitlines()
    assert str(policy("explain", "run_x").exception) == "the audit holds no decision of the policy for a run 'run_x'"

    (folder / "new.yaml").write_text(POLICY.replace("count: 2", "count: 3"))
    told = policy("diff", str(folder / "new.yaml"), "--replay", "1d")
    assert told.exit_code == 0, told.exception
    assert "ask 2 of finance" in told.output
    assert "ask 3 of finance" in told.output
    assert told.output.splitlines()[-1] == "1 of 2 recorded decisions would change"
    same = policy("diff", str(folder / "policy.yaml"))
    assert (same.exit_code, same.output) == (0, "0 of 2 recorded decisions would change\n")
    assert "write a length of time such as 12h, 30d or 8w" in str(policy("diff", "x.yaml", "--replay", "1y").exception)


# ---- the guide


def test_the_guides_example_does_what_the_guide_says(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "policy.md").read_text("utf-8")
    example, directory, cases = re.findall(r"^```yaml\n(.*?)^```", guide, re.S | re.M)
    (tmp_path / "policy.yaml").write_text(example)
    (tmp_path / "directory.yaml").write_text(directory)
    (tmp_path / "policy.cases.yaml").write_text(cases)
    amount = {"properties": {"invoice": {"type": "string"}, "amount": {"type": "number"}}}
    tools = {"refund_invoice": ToolFacts("write", amount)}
    guided = Policy.load(tmp_path / "policy.yaml", tools)
    found = outcomes(guided, tools, lambda _, arguments: arguments, read_cases(tmp_path / "policy.cases.yaml"))
    assert [different for _, different in found] == [None, None]
    assert guided.managers == {"U0AMELIE01": "U0BRUNO001", "U0BRUNO001": "U0EVA00001"}
    (idle,) = guided.findings
    assert str(idle.rule) == "small refunds to the workshop's customers are free"
    assert "rule 'refunds go to finance' always counts" in idle.problem


def test_the_guide_names_every_key_variable_and_function() -> None:
    guide = (ROOT / "docs" / "policy.md").read_text("utf-8")
    keys = {field.alias or name for name, field in Rule.model_fields.items()}
    fields = {f"{name}.{field}" for name, all_of in FIELDS.items() for field in all_of}
    words = keys | fields | (VARIABLES - set(FIELDS)) | {name for name in FUNCTIONS if not name.startswith("get")}
    assert sorted(word for word in words if not re.search(rf"[`.\"]{re.escape(word)}\b", guide)) == []
