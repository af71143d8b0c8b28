"""`baton tools`, as an admin uses it to write a tool and to find out what is wrong with one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import ROOT

REFUNDS = '''
"""Refunds."""
from bot import RunContext, tool


@tool
def refund(ctx: RunContext, invoice: str) -> None:
    """Refund an invoice."""
'''


def tools(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "tools", *words],
        env={**os.environ, "BATON_TOOLS": str(folder), "BATON_HOME": str(folder / "home"), "COLUMNS": "200"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_new_file_passes_its_checks_and_shows_among_the_tools(tmp_path: Path) -> None:
    told = tools(tmp_path, "new", "refunds")
    assert (told.returncode, told.stdout) == (
        0,
        f"{tmp_path}/refunds.py is written. Next: fill it in, then `baton tools check`\n",
    )
    checked = tools(tmp_path, "check")
    assert (checked.returncode, checked.stdout.splitlines()) == (0, [
        f"{tmp_path}/policy.yaml: warning: nobody can decide 'change_refunds': add the group `approvers`, or a rule",
        f"{tmp_path}: can be used: 2 tools, 0 systems",
    ])  # fmt: skip
    shown = tools(tmp_path, "list").stdout
    assert all(
        words in shown
        for words in ("find_refunds", "read", "change_refunds", "write", "nobody: it is allowed", "1 of approvers")
    )


RULES = """
groups: {finance: {members: "@finance"}, board: {members: "@board"}, clerks: {members: "@clerks"}}
rules:
  - {name: large, tools: "change_*", when: "args.number == 'x'", effect: ask, of: board, count: 2}
  - {name: usual, tools: "change_*", effect: ask, of: finance, escalate: {after: 1h, to: clerks}}
  - {name: twice, tools: "change_*", effect: ask, of: finance, count: 3}
  - {name: small, tools: "look_*", when: "args.word == 'x'", effect: ask, of: board}
  - {name: never, tools: "find_*", effect: deny}
  - {name: asked, tools: "find_*", effect: ask, of: finance}
"""


def test_a_new_file_may_be_written_where_nothing_loads_it(tmp_path: Path) -> None:
    drafts = tmp_path / "drafts"
    assert f"--into: {drafts} is not a folder" in tools(tmp_path, "new", "refunds", "--into", str(drafts)).stderr
    drafts.mkdir()
    told = tools(tmp_path, "new", "refunds", "--into", str(drafts)).stdout
    assert told.strip().endswith(f"then `baton tools add python {drafts / 'refunds.py'}`")
    assert (drafts / "refunds.py").read_text("utf-8").startswith('"""')
    assert not (tmp_path / "tools" / "refunds.py").exists()


def test_the_list_says_what_the_rules_decide_together(tmp_path: Path) -> None:
    tools(tmp_path, "new", "refunds")
    (tmp_path / "more.py").write_text(
        REFUNDS.replace("def refund(ctx: RunContext, invoice", "def look_up(ctx: RunContext, word")
    )
    (tmp_path / "policy.yaml").write_text(RULES, "utf-8")

    def decided(group: str) -> list[list[str]]:
        lines = tools(tmp_path, "list", "--group", group).stdout.splitlines()
        return [[cell.strip() for cell in line.split("│")[5:7]] for line in lines if "│" in line]

    large, always = "2 of board when args.number == 'x'", "always 3 of finance"
    assert decided("finance") == [
        ["1 of board when args.word == 'x'", "–"],
        ["otherwise 1 of approvers", ""],
        ["nobody: the rules deny it", "–"],
        [large, always],
        [always, ""],
    ]
    assert [row[1] for row in decided("board")] == ["1 of board when args.word == 'x'", "", "–", large, ""]
    assert [row[1] for row in decided("clerks")] == ["–", "", "–", always, ""], "they may speak for finance later"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("refunds", "refunds.py is there already: choose another name, or edit that file"),
        ("Über", "'Über' cannot be a file's name here: small letters, digits and _, such as refunds"),
        ("../evil", "'../evil' cannot be a file's name here"),
    ],
)
def test_nothing_is_overwritten_and_nothing_is_written_elsewhere(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "refunds.py").write_text(REFUNDS)
    answer = tools(tmp_path, "new", name)
    assert answer.returncode == 2
    assert told in answer.stderr.replace("\n", " ")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("refunds.py", REFUNDS)]


def test_everything_that_is_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "refunds.py").write_text(REFUNDS.replace("invoice: str", "invoice"))
    (tmp_path / "again.py").write_text("import nowhere_to_be_found\n")
    (tmp_path / "good.py").write_text(REFUNDS)
    (tmp_path / "sources.yaml").write_text("system: {}\n")
    checked = tools(tmp_path, "check")
    assert (checked.returncode, checked.stdout.splitlines()) == (1, [
        f"{tmp_path}/again.py:1: cannot be imported: ModuleNotFoundError: No module named 'nowhere_to_be_found'",
        f"{tmp_path}/refunds.py:6: refund: argument 'invoice' has no type",
        f"{tmp_path}/sources.yaml: systems: system: Extra inputs are not permitted",
        f"{tmp_path}/good.py: refund: warning: it has no examples: people's own words help a model, and the Home suggests them",
        f"{tmp_path}/good.py: refund: warning: it has no reconcile: when a reply is lost, a person has to look what happened",
    ])  # fmt: skip


def test_a_start_with_several_wrong_files_names_them_all(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(REFUNDS.replace("invoice: str", "invoice"))
    answer = tools(tmp_path, "list")
    assert answer.returncode == 2
    assert [line for line in answer.stderr.splitlines() if ":6: refund: argument 'invoice' has no type" in line] != []
    assert answer.stderr.count("has no type") == 2


def test_a_folder_is_checked_on_a_machine_that_reaches_none_of_its_systems(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(REFUNDS.replace("@tool", '@tool(system="billing")'))
    (tmp_path / "sources.yaml").write_text("systems: {billing: {base_url: 'https://billing:${PORT}/${PART}'}}\n")
    checked = tools(tmp_path, "check")
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, f"{tmp_path}: can be used: 1 tools, 1 systems")


def test_a_policy_that_is_wrong_is_said_beside_tools_that_are_right(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(REFUNDS)
    (tmp_path / "policy.yaml").write_text("rules: [{name: x, tools: refund, effect: perhaps}]\n")
    checked = tools(tmp_path, "check")
    assert checked.returncode == 1
    assert "policy.yaml:1: error: " in checked.stdout
