"""A policy is replaced by a good one while Baton runs, and never by one that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import PolicyError
from bot.policy.in_force import InForce
from bot.policy.policy import Policy

DENY = "rules: [{name: never, tools: '*', effect: deny}]\n"
ASK = "groups: {g: {members: '@g'}}\nrules: [{name: ask, tools: '*', effect: ask, of: g}]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy that denies everything."""
    file = tmp_path / "policy.yaml"
    write(file, DENY)
    return file


def write(file: Path, text: str) -> None:
    """Write as an editor does; each version has a time of its own."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text)
    os.utime(file, ns=(before + 10**9, before + 10**9))


def names(in_force: InForce) -> list[str]:
    return [rule.name for rule in in_force.policy.rules]


def test_a_good_policy_replaces_the_one_before(file: Path) -> None:
    in_force = InForce(file)
    before = in_force.policy.hash
    assert in_force.refresh() is False
    write(file, ASK)
    assert in_force.refresh() is True
    assert (names(in_force), in_force.problem, in_force.refresh()) == (["ask"], None, False)
    assert in_force.policy.hash not in ("", before)


@pytest.mark.parametrize("wrong", ["rules: [", "rules: [{name: r, tools: '*', effect: alow}]\n", "\n", "# nothing\n"])
def test_a_wrong_policy_replaces_nothing_and_is_logged_once(file: Path, wrong: str) -> None:
    in_force = InForce(file)
    write(file, wrong)
    with capture_logs() as logs:
        assert [in_force.refresh(), in_force.refresh()] == [False, False]
        os.utime(file)
        assert in_force.refresh() is False
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert in_force.problem == logs[0]["problem"]
    assert str(in_force.problem).startswith(f"{file}:1: error: ")
    assert names(in_force) == ["never"]


def test_the_problem_ends_with_the_mistake(file: Path) -> None:
    in_force = InForce(file)
    write(file, "rules: [")
    assert (in_force.refresh(), in_force.problem is None) == (False, False)
    write(file, DENY)
    assert (in_force.refresh(), in_force.problem) == (False, None)
    write(file, "rules: [")
    in_force.refresh()
    write(file, ASK)
    assert (in_force.refresh(), in_force.problem, names(in_force)) == (True, None, ["ask"])


def test_rules_are_not_lost_with_their_file(file: Path) -> None:
    in_force = InForce(file)
    file.unlink()
    assert in_force.refresh() is False
    assert "is gone; put it back" in str(in_force.problem)
    assert names(in_force) == ["never"]
    write(file, ASK)
    assert (in_force.refresh(), in_force.problem) == (True, None)


def test_to_go_without_rules_one_says_so(file: Path) -> None:
    in_force = InForce(file)
    write(file, "rules: []\n")
    assert (in_force.refresh(), in_force.problem, names(in_force)) == (True, None, [])


def test_the_directory_belongs_to_the_policy(file: Path) -> None:
    in_force = InForce(file)
    write(file.with_name("directory.yaml"), "people: {U0AMELIE01: {manager: U0BRUNO001}}\n")
    assert in_force.refresh() is True
    assert in_force.policy.managers == {"U0AMELIE01": "U0BRUNO001"}
    write(file.with_name("directory.yaml"), "people: {U0AMELIE01: Bruno}\n")
    assert in_force.refresh() is False
    assert str(in_force.problem).startswith(f"{file.with_name('directory.yaml')}:1: error: people.U0AMELIE01")


def test_a_policy_can_appear_while_baton_runs(tmp_path: Path) -> None:
    in_force = InForce(tmp_path / "policy.yaml")
    assert names(in_force) == []
    write(tmp_path / "policy.yaml", DENY)
    assert (in_force.refresh(), names(in_force)) == (True, ["never"])


def test_a_wrong_policy_stops_the_start(file: Path) -> None:
    write(file, "rules: [")
    with pytest.raises(PolicyError, match="is not valid YAML"):
        InForce(file)


def test_rules_that_came_with_tools_and_are_taken_back_are_in_force_no_more(file: Path) -> None:
    in_force = InForce(file)
    write(file, ASK)
    assert in_force.named({}, frozenset()) is True
    write(file, DENY)
    assert in_force.refresh() is True
    assert names(in_force) == ["never"]


def test_a_fixed_policy_stays() -> None:
    policy = Policy({}, ())
    in_force = InForce.of(policy)
    assert (in_force.refresh(), in_force.policy, in_force.problem) == (False, policy, None)


def test_warnings_are_logged(file: Path) -> None:
    write(file, DENY.replace("]", ", {name: idle, tools: x, effect: wait}]"))
    with capture_logs() as logs:
        InForce(file)
    assert [entry["finding"].split(": ")[1] for entry in logs] == ["warning"]
