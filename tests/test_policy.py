"""The rules: what they mean does not depend on their order, and no word in them is passed over in silence."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import PolicyError
from bot.policy.policy import (
    Allow,
    Ask,
    Case,
    Deny,
    Effect,
    Escalation,
    Group,
    Membership,
    Need,
    Policy,
    Refusal,
    Rule,
    Terms,
    ToolFacts,
    Traced,
    Verdict,
    Word,
    may_decide,
    satisfied,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

ROOT = Path(__file__).parents[1]
AMELIE, BRUNO, EVA, NOOR = "U0AMELIE01", "U0BRUNO001", "U0EVA00001", "U0NOOR0001"
BOTH = (Need("finance"), Need("production"))
WEDNESDAY = dt.datetime(2026, 11, 25, 10, 5, 30, tzinfo=dt.UTC)
PARIS = ZoneInfo("Europe/Paris")

GROUPS = {"finance": Group(members="@finance"), "production": Group(members=(BRUNO,))}
ALLOW = Rule(name="go ahead", tools="refund_*", effect="allow")
ASK = Rule(name="ask finance", tools="refund_*", effect="ask", of=("finance",))
ASK_TOO = Rule(name="ask production", tools="*_invoice", effect="ask", of=("production",))
DENY = Rule(name="never", tools="refund_[aeio]*", effect="deny")
OTHER = Rule(name="other tool", tools="order_*", effect="deny")


def case(tool: str = "refund_unpaid_invoice", effect: Effect | None = "write", **changes: Any) -> Case:
    """A call of Amélie's, on a Wednesday at ten past ten."""
    return Case(
        tool=tool,
        effect=effect,
        arguments=changes.pop("arguments", {}),
        requester=changes.pop("requester", AMELIE),
        agent=changes.pop("agent", "front_desk"),
        channel="C0SALES001",
        direct=False,
        at=changes.pop("at", WEDNESDAY),
        **changes,
    )


def rule(effect: str = "ask", **keys: Any) -> dict[str, Any]:
    """A rule as it stands in a file."""
    asked = {"of": "finance"} if effect == "ask" else {}
    return {"name": "r", "tools": "*", "effect": effect, **asked, **keys}


def of_rules(*rules: dict[str, Any], **top: Any) -> Policy:
    """A policy of these rules, named by their place where they have no name of their own."""
    named = [{**one, "name": f"{one['name']}{number}"} for number, one in enumerate(rules, start=1)]
    groups = {"finance": {"members": "@finance"}, "production": {"members": "@production"}}
    return Policy.parse(yaml.safe_dump({"groups": groups, "rules": named, **top}), None, "policy.yaml")


def load(tmp_path: Path, text: str) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return Policy.load(file)


def refusal(tmp_path: Path, text: str) -> str:
    """What is said about a file that cannot be used."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'policy.yaml'}:")
    return message


def meaning(verdict: Verdict) -> tuple[str, frozenset[str], frozenset[Need], frozenset[str]]:
    """A verdict without the order in which its rules stand."""
    needs = verdict.needs if isinstance(verdict, Ask) else ()
    waits = () if isinstance(verdict, Deny) else verdict.waits
    return type(verdict).__name__, frozenset(verdict.rules), frozenset(needs), frozenset(waits)


_RULES = st.lists(
    st.builds(
        lambda tools, effect, when, number: Rule(
            name=f"{effect} {tools} {when} {number}",
            tools=tools,
            effect=effect,
            when=when,
            of=(["finance", "production"][number % 2],) if effect == "ask" else (),
        ),
        st.sampled_from(["*", "refund_*", "*_invoice", "order_*"]),
        st.sampled_from(["allow", "ask", "deny", "wait"]),
        st.sampled_from([None, "args.amount >= 100", "args.amount < 100", "args.missing == 1"]),
        st.integers(0, 3),
    ),
    max_size=6,
)
_CASES = st.builds(
    lambda effect, amount: case("refund_invoice", effect, arguments={"amount": amount}),
    st.sampled_from(get_args(Effect)),
    st.sampled_from([99, 100, "100"]),
)


@PATIENT
@given(_RULES, _CASES, st.data())
def test_the_order_of_rules_means_nothing(rules: list[Rule], judged: Case, data: st.DataObject) -> None:
    turned = data.draw(st.permutations(rules))
    one = Policy(GROUPS, rules).decide(judged)
    assert meaning(Policy(GROUPS, turned).decide(judged)) == meaning(one)


@PATIENT
@given(_RULES, _RULES, _CASES)
def test_another_ask_deny_or_wait_never_opens_a_gate(rules: list[Rule], more: list[Rule], judged: Case) -> None:
    strength = {"Allow": 0, "Ask": 1, "Deny": 2}
    before = meaning(Policy(GROUPS, rules).decide(judged))
    stricter = [*rules, *(rule for rule in more if rule.effect != "allow")]
    after = meaning(Policy(GROUPS, stricter).decide(judged))
    assert strength[after[0]] >= strength[before[0]]
    assert after[3] >= before[3] or after[0] == "Deny"


@pytest.mark.parametrize(
    ("rules", "effect", "verdict"),
    [
        ([ALLOW, ASK, DENY], "write", Ask(("ask finance",), (Need("finance"),), Terms())),
        ([ALLOW, ASK, Rule(name="never", tools="*", effect="deny")], "write", Deny(("never",))),
        ([ALLOW, ASK, ASK_TOO], "write", Ask(("ask finance", "ask production"), BOTH, Terms())),
        ([ALLOW, OTHER], "write", Allow(("go ahead",))),
        ([OTHER], "write", Ask(("default",), (Need("approvers"),), Terms())),
        ([OTHER], "read", Allow(("default",))),
        ([OTHER], "destructive", Ask(("default",), (Need("approvers", 2),), Terms(destructive=True))),
        ([ASK], "read", Ask(("ask finance",), (Need("finance"),), Terms())),
        ([ASK], "destructive", Ask(("ask finance",), (Need("finance", 2),), Terms(destructive=True))),
        ([ALLOW], "destructive", Allow(("go ahead",))),
        ([ALLOW], None, Deny(("unknown tool",))),
        ([], "write", Ask(("default",), (Need("approvers"),), Terms())),
    ],
)
def test_deny_before_ask_before_allow_before_the_default(
    rules: list[Rule], effect: Effect | None, verdict: Verdict
) -> None:
    assert Policy(GROUPS, rules).decide(case(effect=effect)) == verdict


def test_an_agent_that_is_not_known_may_do_nothing() -> None:
    assert Policy(GROUPS, [ALLOW]).decide(case(agent="stranger")) == Deny(("unknown agent",))
    assert Policy(GROUPS, [ALLOW], agents=frozenset({"stranger"})).decide(case(agent="stranger")) == Allow(
        ("go ahead",)
    )


def test_a_tool_name_is_matched_whole_and_by_case() -> None:
    policy = Policy(GROUPS, [Rule(name="never", tools="refund", effect="deny")])
    names = ["refund", "refund_invoice", "Refund", "my_refund"]
    assert [isinstance(policy.decide(case(name)), Deny) for name in names] == [True, False, False, False]


def test_tools_that_would_ask_nobody_are_named() -> None:
    effects: dict[str, Effect] = {"refund_x": "write", "order": "destructive", "stock": "read", "sometimes": "write"}
    tools = {name: ToolFacts(effect, {}) for name, effect in effects.items()}
    sometimes = Rule(name="large", tools="sometimes", when="args.x > 1", effect="ask", of=("finance",))
    assert Policy(GROUPS, [ASK, sometimes]).unanswerable(tools) == ["order", "sometimes"]
    assert Policy({**GROUPS, "approvers": Group(members=())}, []).unanswerable(tools) == []


# ---- what cannot be evaluated


@pytest.mark.parametrize("arguments", [{}, {"amount": "99900"}, {"amount": None}, {"amount": [1]}, {"amount": 2**60}])
def test_a_rule_that_cannot_be_evaluated_counts_at_its_strictest(arguments: dict[str, Any]) -> None:
    judged = case(arguments=arguments)
    when = "args.amount < 100 && args.amount >= 0"
    default = Ask(("default",), (Need("approvers"),), Terms())
    assert of_rules(rule("deny", when=when)).decide(judged) == Deny(("r1",))
    assert of_rules(rule("ask", when=when)).decide(judged) == Ask(("r1",), (Need("finance"),), Terms())
    assert of_rules(rule("allow", when=when)).decide(judged) == default
    waiting = of_rules(rule("wait", when=when)).decide(judged)
    assert waiting == Ask(("default",), (Need("approvers"),), Terms(), ("r1",), None)


@pytest.mark.parametrize("effect", ["allow", "wait"])
def test_what_cannot_be_evaluated_blocks_every_allow(effect: str) -> None:
    broken = rule(effect, when="args.missing == 1")
    assert isinstance(of_rules(rule("allow")).decide(case()), Allow)
    assert isinstance(of_rules(rule("allow"), broken).decide(case()), Ask)
    assert of_rules(rule("allow"), {**broken, "tools": "other"}).decide(case()) == Allow(("r1",))


def test_the_trace_says_of_each_rule_whether_it_counts_and_why() -> None:
    rules = [
        rule("deny", when="args.amount > 100"),
        rule("allow", when="args.missing == 1"),
        rule("ask", when="tool == 'refund_unpaid_invoice' && requester.id == 'U0AMELIE01'"),
        rule("ask", tools="other"),
    ]
    policy = of_rules(*rules)
    first, second, third, _ = policy.rules
    assert policy.trace(case(arguments={"amount": 100})) == [
        Traced(first, False),
        Traced(second, False, "there is no 'missing'"),
        Traced(third, True),
    ]


# ---- what several rules ask together


def test_several_asks_are_met_together() -> None:
    policy = of_rules(
        rule(count=2, self=True, expires="2d", remind="never", escalate={"after": "1d", "to": "production"}),
        rule(of=["finance", "production"], self=True, expires="4h", remind="30m", typed="amount"),
        rule(of="production", typed="iban"),
        groups={"finance": {"members": "@f"}, "production": {"members": "@p"}},
    )
    assert policy.decide(case()) == Ask(
        ("r1", "r2", "r3"),
        (Need("finance", 2, True), Need("production", 1, False)),
        Terms(
            expires=4 * 3600,
            remind=1800,
            escalate=(Escalation("finance", 86400, "production"),),
            typed="amount",
            destructive=False,
        ),
    )


@pytest.mark.parametrize(("remind", "seconds"), [({}, 86400), ({"remind": "never"}, None), ({"remind": "4h"}, 14400)])
def test_a_rule_reminds_daily_unless_it_says_otherwise(remind: dict[str, str], seconds: int | None) -> None:
    assert of_rules(rule(**remind)).decide(case()) == Ask(("r1",), (Need("finance"),), Terms(remind=seconds))


def test_terms_survive_their_way_through_json() -> None:
    terms = Terms(3600, None, (Escalation("a", 60, "b"), Escalation("c", 60, "b")), "amount", True)
    assert Terms.from_json(json.loads(json.dumps(terms.to_json()))) == terms
    assert Terms.from_json({}) == Terms()


# ---- waiting

NIGHT = rule("wait", when="local.hour < 6 || local.hour >= 22")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-25T23:10:00+01:00", "2026-11-26T06:00:00+01:00"),
        ("2026-11-25T05:59:59+01:00", "2026-11-25T06:00:00+01:00"),
        ("2026-03-29T01:30:00+01:00", "2026-03-29T06:00:00+02:00"),  # the clock is put forward in that night
        ("2026-11-25T06:00:00+01:00", None),
    ],
)
def test_what_waits_knows_until_when(at: str, until: str | None) -> None:
    verdict = of_rules(NIGHT, zone="Europe/Paris").decide(case(effect="read", at=dt.datetime.fromisoformat(at)))
    expected = dt.datetime.fromisoformat(until) if until else None
    assert verdict == Allow(("default",), ("r1",) if until else (), expected)


def test_what_waits_for_one_rule_waits_for_the_next_too() -> None:
    sunday = rule("wait", when="local.weekday == 7")
    at = dt.datetime(2026, 11, 28, 23, tzinfo=PARIS)
    verdict = of_rules(NIGHT, sunday, zone="Europe/Paris").decide(case(effect="read", at=at))
    assert verdict == Allow(("default",), ("r1",), dt.datetime(2026, 11, 30, 6, tzinfo=PARIS))


def test_what_never_ends_is_not_given_an_end() -> None:
    policy = of_rules(rule("wait"), rule("ask"))
    assert policy.decide(case()) == Ask(("r2",), (Need("finance"),), Terms(), ("r1",), None)


def test_a_denied_call_waits_for_nothing() -> None:
    assert of_rules(rule("wait"), rule("deny")).decide(case()) == Deny(("r2",))


# ---- the file


def test_the_shipped_policy_loads_and_allows_nothing() -> None:
    policy = Policy.load(ROOT / "tools" / "policy.yaml")
    assert policy.rules
    assert {rule.effect for rule in policy.rules} == {"ask"}
    assert all(group.channel for group in policy.groups.values())


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "groups: {}\nrules: []\n"])
def test_without_rules_everything_consequential_asks_the_approvers(tmp_path: Path, text: str | None) -> None:
    policy = Policy.load(tmp_path / "no.yaml") if text is None else load(tmp_path, text)
    assert policy.decide(case()) == Ask(("default",), (Need("approvers"),), Terms())


def test_groups_are_handles_people_or_roles(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        'groups:\n  a: {members: "@finance", channel: "#finance"}\n  b: {members: [U012ABC, W0AB]}\n'
        '  c: {members: "managers of #sales"}\n  d: {members: "requester\'s manager"}\n',
    )
    groups = policy.groups.values()
    assert list(policy.groups) == ["a", "b", "c", "d"]
    assert [one.handle for one in groups] == ["@finance", None, None, None]
    assert [one.people for one in groups] == [None, ("U012ABC", "W0AB"), None, None]
    assert [one.managed_channel for one in groups] == [None, None, "#sales", None]
    assert [one.is_requesters_manager for one in groups] == [False, False, False, True]
    assert [one.channel for one in groups] == ["#finance", None, None, None]


def test_the_directory_beside_the_policy_says_who_is_whose_manager(tmp_path: Path) -> None:
    (tmp_path / "directory.yaml").write_text(f"people:\n  {AMELIE}: {{manager: {BRUNO}}}\n")
    policy = load(tmp_path, "groups: {boss: {members: requester's manager}}\n")
    assert policy.managers == {AMELIE: BRUNO}
    (tmp_path / "directory.yaml").write_text(f"people:\n  {AMELIE}: {{manger: {BRUNO}}}\n")
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, "")
    assert str(caught.value).startswith(
        f"{tmp_path / 'directory.yaml'}:2: error: people.{AMELIE}.manager: Field required"
    )


def test_the_hash_is_of_both_files_and_the_text_gives_the_policy_back(tmp_path: Path) -> None:
    text = "groups: {boss: {members: requester's manager}}\nrules: [{name: é, tools: '*', effect: ask, of: boss}]\n"
    alone = Policy.parse(text, "", "policy.yaml")
    (tmp_path / "directory.yaml").write_text(f"people: {{{AMELIE}: {{manager: {BRUNO}}}}}")
    whole = load(tmp_path, text)
    assert len({alone.hash, whole.hash, Policy({}, ()).hash}) == 3
    again = Policy.archived(whole.text, "archived.yaml")
    assert (again.groups, again.rules, again.managers, again.hash, again.zone) == (
        whole.groups,
        whole.rules,
        whole.managers,
        whole.hash,
        whole.zone,
    )


RULE: dict[str, Any] = {"name": "r", "tools": "*", "effect": "ask", "of": "g"}
WHOLE: dict[str, Any] = {"groups": {"g": {"members": "@g"}}, "rules": [RULE]}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("efect", "deny", ["this key is not known", "escalate, self, typed", "Remove it"]),
        ("expires", "soon", ["write a length of time such as 30m, 4h or 7d"]),
        ("expires", 7, ["write a length of time"]),
        ("expires", "0d", ["write a length of time"]),
        ("expires", "366d", ["at most 365d"]),
        ("expires", "never", ["write a length of time"]),
        ("remind", "sometimes", ["write a length of time"]),
        ("count", 0, ["greater than or equal to 1"]),
        ("count", "2", ["valid integer"]),
        ("count", True, ["valid integer"]),
        ("self", "yes please", ["valid boolean"]),
        ("self", 1, ["valid boolean"]),
        ("escalate", {"after": "1d", "to": "nobody"}, ["group 'nobody' is not under `groups:`"]),
        ("escalate", {"after": "1d"}, ["to: Field required"]),
        ("of", "nobody", ["group 'nobody' is not under `groups:`"]),
        ("of", ["g", "g"], ["names a group twice"]),
        ("of", [], ["`of: <group>` belongs to `effect: ask`"]),
        ("when", "args.amount >=", ["the condition is not CEL"]),
        ("when", "", ["at least 1 character"]),
        ("when", True, ["valid string"]),
    ],
)
def test_a_rule_with_something_that_is_not_understood_stops_the_start(
    tmp_path: Path, key: str, value: object, words: list[str]
) -> None:
    message = refusal(tmp_path, yaml.safe_dump({**WHOLE, "rules": [{**RULE, key: value}]}))
    assert [word for word in words if word not in message] == []
    assert "rule 'r': " in message


@pytest.mark.parametrize("key", ["of", "count", "expires", "remind", "escalate", "self", "typed"])
@pytest.mark.parametrize("effect", ["allow", "deny", "wait"])
def test_what_belongs_to_an_ask_is_refused_elsewhere(tmp_path: Path, effect: str, key: str) -> None:
    values = {"of": "g", "count": 1, "expires": "1d", "remind": "never", "self": False, "typed": "x"}
    value = values.get(key, {"after": "1d", "to": "g"})
    one = {"name": "r", "tools": "*", "effect": effect, key: value}
    message = refusal(tmp_path, yaml.safe_dump({**WHOLE, "rules": [one]}))
    assert "belongs to `effect: ask`, and to nothing else" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {**WHOLE, "default": "allow"},
            ["default: this key is not known", "zone, responsible, groups, outsiders, rules"],
        ),
        ({**WHOLE, "zone": "Mars/Olympus"}, ["zone: 'Mars/Olympus' is not a time zone", "Europe/Paris"]),
        ({**WHOLE, "zone": "../../etc/passwd"}, ["is not a time zone"]),
        ({**WHOLE, "zone": 2}, ["zone"]),
        ({"groups": {"g": {"members": "@g", "count": 2}}}, ["groups.g.count: this key is not known"]),
        ({"rules": [RULE]}, ["rule 'r': group 'g' is not under `groups:`"]),
        ({**WHOLE, "rules": [RULE, RULE]}, ["two rules are named 'r'"]),
        ({"rules": [{"name": "r", "tools": "*", "effect": "ask"}]}, ["rules.0", "belongs to `effect: ask`"]),
        ({"rules": [{"name": "r", "tools": "*", "effect": "Allow"}]}, ["rules.0.effect", "'deny' or 'wait'"]),
        ({"rules": [{"name": "r", "effect": "deny"}]}, ["rules.0.tools", "required"]),
        ({"rules": [{"name": "", "tools": "*", "effect": "deny"}]}, ["rules.0.name"]),
        ({"rules": ["deny everything"]}, ["rules.0"]),
        ({"groups": {"g": {"members": "finance"}}}, ["groups.g.members"]),
        ({"groups": {"g": {"members": "managers of sales"}}}, ["groups.g.members"]),
        ({"groups": {"g": {"members": ["Bruno"]}}}, ["groups.g.members"]),
        ({"groups": {"g": {"members": "@g", "channel": "finance"}}}, ["groups.g.channel"]),
        ({"outsiders": {"channels": []}}, ["outsiders.channels", "at least 1 item"]),
        ({"outsiders": {"channels": ["partners"]}}, ["outsiders.channels.0"]),
        ({"outsiders": {"people": ["U1"]}}, ["outsiders.people: this key is not known; known are channels"]),
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
        ("rules: [", "1: error: is not valid YAML"),
        ("rules:\n\t- {}", "2: error: is not valid YAML"),
        ("rules: !!python/object/apply:os.getcwd []", "is not valid YAML"),
        ("zone: 2026-13-45\n", "is not valid YAML"),
        ("rules: \x00", "is not valid YAML"),
        ("rules: " + "[" * 3000, "is not valid YAML"),
        ("rules: &a [*a]\n", "error: rules.0"),
        ("rules: []\ngroups: {}\nrules: []\n", "3: error: is not valid YAML: 'rules' stands here twice"),
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

_PEOPLE = st.sampled_from([AMELIE, BRUNO, EVA, NOOR])
_MEMBERS = st.dictionaries(st.sampled_from(["finance", "production"]), st.none() | st.frozensets(_PEOPLE))


@PATIENT
@given(_PEOPLE, _MEMBERS, st.frozensets(_PEOPLE), st.frozensets(_PEOPLE))
def test_an_author_never_decides(
    person: str, members: Membership, others: frozenset[str], delegators: frozenset[str]
) -> None:
    assert may_decide(person, others | {person}, BOTH, members, delegators) == Refusal("own")


@PATIENT
@given(_PEOPLE, st.frozensets(_PEOPLE), _MEMBERS, st.frozensets(_PEOPLE))
def test_who_speaks_is_a_member_or_stands_in_for_one_and_no_author_is_involved(
    person: str, authors: frozenset[str], members: Membership, delegators: frozenset[str]
) -> None:
    found = may_decide(person, authors, (Need("finance"),), members, delegators)
    able = {person, *delegators} & (members.get("finance") or frozenset()) - authors
    if isinstance(found, Word):
        assert found.person == person
        assert found.groups == {"finance"}
        assert found.principal in able
        assert found.principal == (person if person in able else min(able))
    else:
        assert not able or person in authors


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"finance": frozenset({BRUNO}), "production": frozenset()}, {"finance"}),
        ({"finance": frozenset({BRUNO}), "production": None}, {"finance"}),
        ({"finance": frozenset({BRUNO}), "production": frozenset({BRUNO})}, {"finance", "production"}),
        ({"finance": frozenset({EVA}), "production": frozenset()}, Refusal("not_member")),
        ({"finance": frozenset({EVA}), "production": None}, Refusal("unreadable")),
        ({}, Refusal("unreadable")),
    ],
)
def test_a_group_that_cannot_be_read_includes_nobody(members: Membership, found: Any) -> None:
    word = found if isinstance(found, Refusal) else Word(BRUNO, BRUNO, frozenset(found))
    assert may_decide(BRUNO, frozenset({AMELIE}), BOTH, members) == word


FINANCE = frozenset({"finance"})


@pytest.mark.parametrize(
    ("person", "authors", "needs", "finance", "delegators", "found"),
    [
        (AMELIE, {AMELIE}, (Need("finance", self=True),), {AMELIE}, set(), Word(AMELIE, AMELIE, FINANCE)),
        (AMELIE, {AMELIE}, (Need("finance", self=True),), {BRUNO}, set(), Refusal("not_member")),
        (EVA, {AMELIE}, (Need("finance"),), {BRUNO}, {BRUNO}, Word(EVA, BRUNO, FINANCE)),
        (EVA, {AMELIE}, (Need("finance"),), {BRUNO, EVA}, {BRUNO}, Word(EVA, EVA, FINANCE)),
        (EVA, {BRUNO}, (Need("finance"),), {BRUNO}, {BRUNO}, Refusal("own_delegate")),
        (EVA, {BRUNO}, (Need("finance"),), {BRUNO, NOOR}, {BRUNO, NOOR}, Word(EVA, NOOR, FINANCE)),
        (EVA, {EVA}, (Need("finance"),), {BRUNO}, {BRUNO}, Refusal("own")),
        (EVA, {EVA}, (Need("finance", self=True),), {BRUNO}, {BRUNO}, Word(EVA, BRUNO, FINANCE)),
        (EVA, {AMELIE}, (Need("finance"),), {NOOR}, {BRUNO}, Refusal("not_member")),
    ],
)
def test_delegates_and_authors(
    person: str, authors: set[str], needs: tuple[Need, ...], finance: set[str], delegators: set[str], found: object
) -> None:
    members = {"finance": frozenset(finance)}
    assert may_decide(person, frozenset(authors), needs, members, frozenset(delegators)) == found


def test_since_it_was_escalated_another_group_speaks_for_the_first() -> None:
    members = {"finance": frozenset({BRUNO}), "directors": frozenset({EVA})}
    before, after = Need("finance"), Need("finance", also=("directors",))
    assert may_decide(EVA, frozenset({AMELIE}), (before,), members) == Refusal("not_member")
    assert may_decide(EVA, frozenset({AMELIE}), (after,), members) == Word(EVA, EVA, FINANCE)
    unreadable = {"finance": None, "directors": frozenset({EVA})}
    assert may_decide(EVA, frozenset({AMELIE}), (after,), unreadable) == Word(EVA, EVA, FINANCE)


@pytest.mark.parametrize(
    ("needs", "spoke", "enough"),
    [
        (BOTH, [(BRUNO, BRUNO, "finance")], False),
        (BOTH, [(BRUNO, BRUNO, "finance"), (EVA, EVA, "production")], True),
        (BOTH, [(BRUNO, BRUNO, "finance production")], True),
        ((Need("finance", 2),), [(BRUNO, BRUNO, "finance")], False),
        ((Need("finance", 2),), [(BRUNO, BRUNO, "finance"), (EVA, EVA, "production")], False),
        ((Need("finance", 2),), [(BRUNO, BRUNO, "finance"), (EVA, EVA, "finance")], True),
        ((Need("finance", 2),), [(BRUNO, BRUNO, "finance"), (BRUNO, BRUNO, "finance")], False),
        ((Need("finance", 2),), [(BRUNO, BRUNO, "finance"), (EVA, BRUNO, "finance")], False),
        ((Need("finance", 2),), [(BRUNO, EVA, "finance"), (EVA, EVA, "finance")], False),
        ((Need("finance", 2),), [(BRUNO, NOOR, "finance"), (EVA, NOOR, "finance")], False),
        ((Need("finance", 2),), [(EVA, NOOR, "finance"), (BRUNO, BRUNO, "finance")], True),
        ((), [(BRUNO, BRUNO, "finance")], False),
        ((Need("finance"),), [], False),
    ],
)
def test_every_need_is_met_by_distinct_people(
    needs: tuple[Need, ...], spoke: list[tuple[str, str, str]], enough: bool
) -> None:
    words = [Word(person, principal, frozenset(groups.split())) for person, principal, groups in spoke]
    assert satisfied(needs, words) is enough


@PATIENT
@given(st.lists(st.tuples(_PEOPLE, _PEOPLE), max_size=6), st.integers(1, 4))
def test_people_are_counted_so_that_nobody_serves_twice(pairs: list[tuple[str, str]], count: int) -> None:
    words = [Word(person, principal, FINANCE) for person, principal in pairs]
    chosen = (subset for size in range(len(pairs) + 1) for subset in itertools.combinations(pairs, size))
    most = max(len(s) for s in chosen if sum(len(set(pair)) for pair in s) == len({one for pair in s for one in pair}))
    assert satisfied((Need("finance", count),), words) is (most >= count)
