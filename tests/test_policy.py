"""The rules: what they mean does not depend on their order, and no word in them is passed over in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import PolicyError
from bot.policy.policy import (
    Allow,
    Ask,
    Deny,
    Group,
    Membership,
    Need,
    Policy,
    Refusal,
    Rule,
    Verdict,
    may_decide,
    satisfied,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

ROOT = Path(__file__).parents[1]
AMELIE, BRUNO, EVA = "U0AMELIE01", "U0BRUNO001", "U0EVA00001"
BOTH = (Need("finance"), Need("production"))

GROUPS = {"finance": Group(members="@finance"), "production": Group(members=(BRUNO,))}
ALLOW = Rule(name="go ahead", tools="refund_*", effect="allow")
ASK = Rule(name="ask finance", tools="refund_*", effect="ask", of="finance")
ASK_TOO = Rule(name="ask production", tools="*_invoice", effect="ask", of="production")
DENY = Rule(name="never", tools="refund_[aeio]*", effect="deny")
OTHER = Rule(name="other tool", tools="order_*", effect="deny")


def load(tmp_path: Path, text: str) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return Policy.load(file)


def refusal(tmp_path: Path, text: str) -> str:
    """What is said about a file that cannot be used."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'policy.yaml'}: ")
    return message


def meaning(verdict: Verdict) -> tuple[str, frozenset[str], frozenset[Need]]:
    """A verdict without the order in which its rules stand."""
    return type(verdict).__name__, frozenset(verdict.rules), frozenset(getattr(verdict, "needs", ()))


_RULES = st.lists(
    st.builds(
        lambda tools, effect, number: Rule(
            name=f"{effect} {tools} {number}",
            tools=tools,
            effect=effect,
            of=["finance", "production"][number % 2] if effect == "ask" else None,
        ),
        st.sampled_from(["*", "refund_*", "*_invoice", "order_*"]),
        st.sampled_from(["allow", "ask", "deny"]),
        st.integers(0, 3),
    ),
    max_size=6,
)


@PATIENT
@given(_RULES, st.booleans(), st.data())
def test_the_order_of_rules_means_nothing(rules: list[Rule], read_only: bool, data: st.DataObject) -> None:
    turned = data.draw(st.permutations(rules))
    one = Policy(GROUPS, rules).decide("refund_invoice", read_only=read_only)
    assert meaning(Policy(GROUPS, turned).decide("refund_invoice", read_only=read_only)) == meaning(one)


@PATIENT
@given(_RULES, _RULES)
def test_another_ask_or_deny_never_opens_a_gate(rules: list[Rule], more: list[Rule]) -> None:
    strength = {"Allow": 0, "Ask": 1, "Deny": 2}
    before = meaning(Policy(GROUPS, rules).decide("refund_invoice", read_only=False))
    stricter = [*rules, *(rule for rule in more if rule.effect != "allow")]
    after = meaning(Policy(GROUPS, stricter).decide("refund_invoice", read_only=False))
    assert strength[after[0]] >= strength[before[0]] or before[1] == {"default"}


@pytest.mark.parametrize(
    ("rules", "read_only", "verdict"),
    [
        ([ALLOW, ASK, DENY], False, Ask(("ask finance",), (Need("finance"),))),
        ([ALLOW, ASK, Rule(name="never", tools="*", effect="deny")], False, Deny(("never",))),
        ([ALLOW, ASK, ASK_TOO], False, Ask(("ask finance", "ask production"), BOTH)),
        ([ASK, ASK.model_copy(update={"name": "again"})], False, Ask(("ask finance", "again"), (Need("finance"),))),
        ([ALLOW, OTHER], False, Allow(("go ahead",))),
        ([OTHER], False, Ask(("default",), (Need("approvers"),))),
        ([OTHER], True, Allow(("default",))),
        ([ASK], True, Ask(("ask finance",), (Need("finance"),))),
        ([], False, Ask(("default",), (Need("approvers"),))),
    ],
)
def test_deny_before_ask_before_allow_before_the_default(rules: list[Rule], read_only: bool, verdict: Verdict) -> None:
    assert Policy(GROUPS, rules).decide("refund_unpaid_invoice", read_only=read_only) == verdict


def test_a_tool_name_is_matched_whole_and_by_case() -> None:
    policy = Policy(GROUPS, [Rule(name="never", tools="refund", effect="deny")])
    names = ["refund", "refund_invoice", "Refund", "my_refund"]
    assert [isinstance(policy.decide(name, read_only=False), Deny) for name in names] == [True, False, False, False]


def test_tools_that_would_ask_nobody_are_named() -> None:
    policy = Policy(GROUPS, [ASK])
    assert policy.unanswerable({"refund_x": False, "order": False, "stock": True}) == ["order"]
    assert Policy({**GROUPS, "approvers": Group(members=())}, []).unanswerable({"order": False}) == []


# ---- the file


def test_the_shipped_policy_loads_and_allows_nothing() -> None:
    policy = Policy.load(ROOT / "tools" / "policy.yaml")
    assert policy.rules
    assert {rule.effect for rule in policy.rules} == {"ask"}
    assert all(group.channel for group in policy.groups.values())


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "groups: {}\nrules: []\n"])
def test_without_rules_everything_consequential_asks_the_approvers(tmp_path: Path, text: str | None) -> None:
    policy = Policy.load(tmp_path / "no.yaml") if text is None else load(tmp_path, text)
    assert policy.decide("refund", read_only=False) == Ask(("default",), (Need("approvers"),))


def test_groups_are_handles_or_people(tmp_path: Path) -> None:
    policy = load(
        tmp_path, 'groups:\n  a: {members: "@finance", channel: "#finance"}\n  b: {members: [U012ABC, W0AB]}\n'
    )
    assert policy.groups == {
        "a": Group(members="@finance", channel="#finance"),
        "b": Group(members=("U012ABC", "W0AB")),
    }


RULE: dict[str, Any] = {"name": "r", "tools": "*", "effect": "ask", "of": "g"}
WHOLE: dict[str, Any] = {"groups": {"g": {"members": "@g"}}, "rules": [RULE]}


@pytest.mark.parametrize(
    ("key", "value", "later"),
    [
        ("when", "args.amount >= 100", "conditions on arguments: not supported yet"),
        ("count", 2, "more than one approver: not supported yet"),
        ("expires", "7d", "an expiry of its own: not supported yet"),
        ("self", True, "self-approval: not supported yet"),
        ("efect", "deny", "known are tools, effect, of, name"),
    ],
)
def test_a_rule_with_a_key_that_is_not_understood_stops_the_start(
    tmp_path: Path, key: str, value: object, later: str
) -> None:
    message = refusal(tmp_path, yaml.safe_dump({**WHOLE, "rules": [{**RULE, key: value}]}))
    assert f"rules.0.{key}: this key is not known" in message
    assert later in message
    assert "Remove it" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({**WHOLE, "default": "allow"}, ["default: this key is not known", "groups, rules"]),
        ({"groups": {"g": {"members": "@g", "count": 2}}}, ["groups.g.count: this key is not known"]),
        ({"rules": [RULE]}, ["rule 'r': group 'g' is not under `groups:`"]),
        ({**WHOLE, "rules": [RULE, RULE]}, ["two rules are named 'r'"]),
        ({**WHOLE, "rules": [{**RULE, "effect": "allow"}]}, ["rules.0", "`of: <group>` belongs to `effect: ask`"]),
        ({"rules": [{"name": "r", "tools": "*", "effect": "ask"}]}, ["rules.0", "belongs to `effect: ask`"]),
        ({"rules": [{"name": "r", "tools": "*", "effect": "Allow"}]}, ["rules.0.effect", "'allow', 'ask' or 'deny'"]),
        ({"rules": [{"name": "r", "effect": "deny"}]}, ["rules.0.tools", "required"]),
        ({"rules": [{"name": "", "tools": "*", "effect": "deny"}]}, ["rules.0.name"]),
        ({"groups": {"g": {"members": "finance"}}}, ["groups.g.members"]),
        ({"groups": {"g": {"members": ["Bruno"]}}}, ["groups.g.members"]),
        ({"groups": {"g": {"members": "@g", "channel": "finance"}}}, ["groups.g.channel"]),
        (["groups", "rules"], ["dictionary"]),
        ("allow everything", ["dictionary"]),
    ],
)
def test_a_file_that_is_not_understood_stops_the_start(tmp_path: Path, content: object, words: list[str]) -> None:
    message = refusal(tmp_path, yaml.safe_dump(content))
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("rules: [", "is not valid YAML"),
        ("rules:\n\t- {}", "is not valid YAML"),
        ("rules: !!python/object/apply:os.getcwd []", "is not valid YAML"),
        ("rules: []\ngroups: {}\nrules: []\n", "'rules' stands here twice"),
        ("rules:\n  - {name: r, tools: '*', effect: deny, effect: allow}\n", "'effect' stands here twice"),
        ("groups:\n  g: {members: '@g'}\n  g: {members: '@all'}\n", "'g' stands here twice"),
    ],
)
def test_broken_yaml_stops_the_start(tmp_path: Path, text: str, word: str) -> None:
    assert word in refusal(tmp_path, text)


def test_a_file_in_another_encoding_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_bytes("# règles\n".encode("latin-1"))
    with pytest.raises(PolicyError, match="is not valid YAML"):
        Policy.load(file)


# ---- who may decide

_PEOPLE = st.sampled_from([AMELIE, BRUNO, EVA])
_MEMBERS = st.dictionaries(st.sampled_from(["finance", "production"]), st.none() | st.frozensets(_PEOPLE))


@PATIENT
@given(_PEOPLE, _MEMBERS)
def test_the_requester_never_decides(person: str, members: Membership) -> None:
    assert may_decide(person, person, BOTH, members) == Refusal("own")


@PATIENT
@given(_PEOPLE, _PEOPLE, _MEMBERS)
def test_people_speak_for_the_asked_groups_that_they_are_in_and_no_others(
    person: str, requester: str, members: Membership
) -> None:
    found = may_decide(person, requester, (Need("finance"),), members)
    in_finance = person in (members.get("finance") or ())
    assert (found == frozenset({"finance"})) == (in_finance and person != requester)


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"finance": frozenset({BRUNO}), "production": frozenset()}, frozenset({"finance"})),
        ({"finance": frozenset({BRUNO}), "production": None}, frozenset({"finance"})),
        ({"finance": frozenset({BRUNO}), "production": frozenset({BRUNO})}, frozenset({"finance", "production"})),
        ({"finance": frozenset({EVA}), "production": frozenset()}, Refusal("not_member")),
        ({"finance": frozenset({EVA}), "production": None}, Refusal("unreadable")),
        ({}, Refusal("unreadable")),
    ],
)
def test_a_group_that_cannot_be_read_includes_nobody(members: Membership, found: object) -> None:
    assert may_decide(BRUNO, AMELIE, BOTH, members) == found


@pytest.mark.parametrize(
    ("needs", "spoke", "enough"),
    [
        (BOTH, {BRUNO: frozenset({"finance"})}, False),
        (BOTH, {BRUNO: frozenset({"finance"}), EVA: frozenset({"production"})}, True),
        (BOTH, {BRUNO: frozenset({"finance", "production"})}, True),
        ((Need("finance", 2),), {BRUNO: frozenset({"finance"})}, False),
        ((Need("finance", 2),), {BRUNO: frozenset({"finance"}), EVA: frozenset({"production"})}, False),
        ((Need("finance", 2),), {BRUNO: frozenset({"finance"}), EVA: frozenset({"finance"})}, True),
        ((), {BRUNO: frozenset({"finance"})}, False),
        ((Need("finance"),), {}, False),
    ],
)
def test_every_need_is_met_by_distinct_people(
    needs: tuple[Need, ...], spoke: dict[str, frozenset[str]], enough: bool
) -> None:
    assert satisfied(needs, spoke) is enough
