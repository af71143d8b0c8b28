"""The rules of a company, as an admin writes them, and what they do in the thread."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.house import AMELIE, BRUNO, CHLOE, DAVID, EVA, FINANCE, SALES, House, buttons, text_of, until
from tests.provider import Provider, calls, calls_raw, says


def pay(house: House, provider: Provider, amount: str = "40.00", **more: object) -> str:
    """Have Amélie's payment become a proposal, in #ventes; the thread's ts comes back."""
    provider.script += [calls("pay", payee="ACME", amount=amount, **more)]
    return house.slack.say(AMELIE, f"<@UBATON01> paie {amount} € à ACME", SALES)


def rule(text: str, groups: str = 'finance: {members: "@finance", channel: "#finance"}') -> str:
    return f"groups:\n  {groups}\nrules:\n  - {{name: payments, tools: pay, effect: ask, {text}}}\n"


def test_two_distinct_people_must_approve_and_the_card_counts_them(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance, count: 2"))
    ts = pay(house, provider)
    card = house.card(SALES, ts, showing="2 parmi")
    house.slack.click(BRUNO, card, "approve")
    house.card(SALES, ts, showing="1 sur 2")
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="déjà donné votre décision", person=BRUNO)
    assert (house.approvals(), house.written()) == (["pending"], [])
    house.slack.click(EVA, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["ACME 40.00"]


def test_a_group_in_which_too_few_may_decide_says_so_on_the_card(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance, count: 2, remind: 5h"))
    house.slack.group("finance", [AMELIE, BRUNO])
    ts = pay(house, provider)
    house.card(SALES, ts, showing="Trop peu de personnes peuvent décider")
    house.slack.group("finance", [AMELIE, BRUNO, EVA])
    assert house.card(SALES, pay(house, provider), showing="En attente de"), "what was read a moment ago is read again"
    house.slack.click(BRUNO, house.card(SALES, ts), "approve")
    house.slack.click(EVA, house.card(SALES, ts, showing="1 sur 2"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


def test_memberships_that_cannot_be_read_add_nothing_to_the_card(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance, count: 2, remind: 6h"))
    house.slack.group("finance", [AMELIE, BRUNO])
    house.slack.fault("usergroups.users.list", error="fatal_error", times=99)
    assert "Trop peu" not in text_of(house.card(SALES, pay(house, provider), showing="2 parmi"))


def test_every_group_that_is_asked_must_agree(house: House, provider: Provider) -> None:
    groups = f"one: {{members: [{BRUNO}]}}\n  two: {{members: [{EVA}, {CHLOE}]}}"
    house.rules(rule("of: [one, two]", groups))
    ts = pay(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(CHLOE, card, "approve")
    until("it is heard", lambda: "approval.approve" in house.audit())
    assert house.approvals() == ["pending"]
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["ACME 40.00"]


@pytest.mark.parametrize(("amount", "people"), [("99.99", 1), ("100", 2), ("99.999999999999999999999", 2), ("1e30", 2)])
def test_the_amount_decides_how_many_exactly(house: House, provider: Provider, amount: str, people: int) -> None:
    """Amounts that a condition cannot weigh exactly count at their strictest."""
    finance = 'finance: {members: "@finance"}'
    house.rules(
        f"groups:\n  {finance}\nrules:\n"
        "  - {name: small, tools: pay, effect: ask, of: finance}\n"
        '  - {name: large, tools: pay, when: "args.amount >= 100", effect: ask, of: finance, count: 2}\n'
    )
    ts = pay(house, provider, amount)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    until("it is heard", lambda: "approval.approve" in house.audit())
    house.settle()
    assert house.approvals() == ["executed" if people == 1 else "pending"]


def test_who_asked_may_decide_only_where_a_rule_says_so_in_as_many_words(house: House, provider: Provider) -> None:
    house.rules(rule("of: all", f"all: {{members: [{AMELIE}, {BRUNO}]}}"))
    ts = pay(house, provider)
    house.slack.click(AMELIE, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="quelqu'un d'autre doit en décider", person=AMELIE)
    house.rules(rule("of: all, self: true", f"all: {{members: [{AMELIE}, {BRUNO}]}}"))
    ts = pay(house, provider)
    house.slack.click(AMELIE, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-2 est fait")
    assert house.approvals() == ["pending", "executed"]


def test_the_managers_of_a_channel_and_of_the_requester_may_decide(house: House, provider: Provider) -> None:
    house.rules(
        rule(
            "of: [boss, channel]",
            'boss: {members: "requester\'s manager"}\n  channel: {members: "managers of #finance"}',
        ),
        directory=f"people:\n  {AMELIE}: {{manager: {DAVID}}}\n",
    )
    ts = pay(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    for person in (CHLOE, BRUNO):
        house.slack.click(person, card, "approve")
        house.answer(SALES, ts, showing="Vous ne faites pas partie", person=person)
    house.slack.click(DAVID, card, "approve")
    until("the manager is heard", lambda: "approval.approve" in house.audit())
    assert house.approvals() == ["pending"]
    house.slack.click(EVA, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


def test_a_right_that_was_lost_after_the_click_counts_no_more(house: House, provider: Provider) -> None:
    waits = "  - {name: nothing today, tools: pay, effect: wait}\n"
    house.rules(rule("of: finance") + waits)
    ts = pay(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(BRUNO, card, "approve")
    house.card(SALES, ts, showing="nothing today")
    assert (house.approvals(), house.written()) == (["approved"], [])
    house.slack.group("finance", [EVA])
    house.rules(rule("of: finance"))
    house.answer(SALES, ts, showing="ne peut plus en décider")
    assert (house.approvals(), house.written()) == (["pending"], [])
    house.slack.click(EVA, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["ACME 40.00"]


def test_what_waits_for_its_hour_is_carried_out_then(house: House, provider: Provider) -> None:
    hour = time.gmtime().tm_hour
    waits = f'  - {{name: not at this hour, tools: pay, effect: wait, when: "local.hour == {hour}"}}\n'
    house.rules(rule("of: finance, expires: 30m") + waits)
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.card(SALES, ts, showing="not at this hour")
    ((until_then, expires),) = house.rows("SELECT held_until > now(), expires_at > held_until FROM approvals")
    assert (until_then, expires, house.approvals(), house.written()) == (True, True, ["approved"], [])
    house.rules(rule("of: finance, expires: 30m"))  # the rule goes: what it held is looked at at once
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["ACME 40.00"]


def test_who_asked_may_withdraw_what_waits_for_its_hour(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance") + "  - {name: not today, tools: pay, effect: wait}\n")
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    card = house.card(SALES, ts, showing="not today")
    assert buttons(card) == ["Retirer ma demande"]
    house.slack.click(BRUNO, card, "withdraw")
    house.answer(SALES, ts, showing="que par la personne qui l'a demandé", person=BRUNO)
    house.slack.click(AMELIE, card, "withdraw")
    house.card(SALES, ts, showing="Retiré")
    assert (house.approvals(), house.written()) == (["withdrawn"], [])


def test_people_are_reminded_and_another_group_takes_over(house: House, provider: Provider) -> None:
    groups = f"finance: {{members: [{BRUNO}]}}\n  directors: {{members: [{DAVID}]}}"
    house.rules(rule("of: finance, remind: 2h, escalate: {after: 4h, to: directors}", groups))
    ts = pay(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(DAVID, card, "approve")
    house.answer(SALES, ts, showing="You are not among", person=DAVID)
    house.execute("UPDATE approvals SET remind_at = remind_at - interval '2 hours'")
    house.answer(SALES, ts, showing="attend toujours")
    house.execute(
        "UPDATE approvals SET created_at = created_at - interval '4 hours', escalate_at = escalate_at - interval '4 hours'"
    )
    house.card(SALES, ts, showing=f"<@{DAVID}>")
    house.slack.click(DAVID, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert [entry for entry in house.audit() if entry in ("approval.remind", "approval.escalate")] == [
        "approval.remind",
        "approval.escalate",
    ]


def test_an_expiry_of_its_own(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance, expires: 30m"))
    ts = pay(house, provider)
    house.card(SALES, ts, showing="En attente de")
    ((minutes,),) = house.rows("SELECT round(extract(epoch FROM expires_at - created_at) / 60) FROM approvals")
    assert minutes == 30
    house.execute("UPDATE approvals SET expires_at = expires_at - interval '1 hour'")
    house.card(SALES, ts, showing="Expiré")
    house.answer(SALES, ts, showing="P-1 a expiré")


def test_a_colleague_decides_while_an_approver_is_away_and_never_as_a_second_person(
    house: House, provider: Provider
) -> None:
    house.rules(rule("of: finance, count: 2"))
    assert "30" in house.slack.command(BRUNO, f"/baton delegate <@{CHLOE}> until 2031-01-01", SALES)
    assert "<@U0CHLOE001>" in house.slack.command(BRUNO, f"/baton delegate <@{CHLOE}> jusqu'à demain", SALES)
    assert "<@U0CHLOE001>" in house.slack.command(BRUNO, "/baton delegate", SALES)
    ts = pay(house, provider)
    card = house.card(SALES, ts, showing="2 parmi")
    house.slack.click(CHLOE, card, "approve")
    assert "<@U0CHLOE001>" in text_of(house.card(SALES, ts, showing="1 sur 2"))
    house.slack.click(BRUNO, card, "approve")
    until("Bruno is heard", lambda: house.rows("SELECT count(*) FROM inbox WHERE kind = 'click'") == [(2,)])
    house.settle()
    assert house.approvals() == ["pending"]
    house.slack.command(BRUNO, "/baton delegate stop", SALES)
    house.slack.click(EVA, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    ts = pay(house, provider)
    house.slack.click(CHLOE, house.card(SALES, ts, showing="2 parmi"), "approve")
    house.answer(SALES, ts, showing="Vous ne faites pas partie", person=CHLOE)
    assert [entry for entry in house.audit() if entry.startswith("delegation")] == [
        "delegation.began",
        "delegation.ended",
    ]


def test_who_sees_the_thread_decides_there_though_a_delegate_is_asked_elsewhere(
    house: House, provider: Provider
) -> None:
    house.rules(rule("of: finance"))
    house.slack.command(EVA, f"/baton delegate <@{DAVID}> until tomorrow", SALES)
    provider.script += [calls("pay", payee="ACME", amount="40.00")] * 2
    ts = house.slack.say(EVA, "<@UBATON01> pay", FINANCE)
    ours = house.card(FINANCE, ts, showing="Waiting for", person=BRUNO)
    assert "Approve" in buttons(ours)
    ts = house.slack.say(BRUNO, "<@UBATON01> paie", FINANCE)
    until("David is asked", lambda: house.cards("D0DAVID001", person=DAVID))
    assert "Approuver" in buttons(house.card(FINANCE, ts, showing="En attente de", person=EVA))


def test_a_delegate_never_approves_what_its_absent_colleague_asked_for(house: House, provider: Provider) -> None:
    house.rules(rule("of: all", f"all: {{members: [{AMELIE}, {EVA}]}}"))
    house.slack.command(AMELIE, f"/baton delegate <@{CHLOE}> jusqu'à demain", SALES)
    ts = pay(house, provider)
    house.slack.click(CHLOE, house.card(SALES, ts, showing="En attente de"), "approve")
    until("it is refused", lambda: "approval.refused" in house.audit())
    assert (house.approvals(), house.written()) == (["pending"], [])


def test_a_wrong_policy_never_replaces_a_good_one(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance"))
    house.write_policy(rule("of: nobody"))
    house.baton.wait_for("the one before it stays in force")
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


def test_stricter_rules_hold_back_what_was_not_carried_out_yet(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance") + "  - {name: not now, tools: pay, effect: wait}\n")
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.card(SALES, ts, showing="not now")
    house.rules(rule("of: finance, count: 2"))
    card = house.card(SALES, ts, showing="1 sur 2")
    assert (buttons(card)[0], house.approvals(), house.written()) == ("Approuver", ["pending"], [])
    house.slack.click(EVA, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


def asked_of_nobody(house: House, provider: Provider) -> str:
    """Have Amélie's payment, in her direct message, wait for a group that the rules do not know; the thread's ts comes back."""
    house.rules("rules: []\n")
    provider.script += [calls("pay", payee="ACME", amount="40.00")]
    ts = house.slack.say(AMELIE, "paie 40 € à ACME")
    house.card("D0AMELIE01", ts, showing="Personne ne peut décider", person=AMELIE)
    return ts


APPROVERS = 'groups:\n  approvers: {members: "@finance", channel: "#finance"}\n'


def test_a_group_that_is_added_gets_the_card_of_what_waited_for_it_once(house: House, provider: Provider) -> None:
    ts = asked_of_nobody(house, provider)
    house.rules(APPROVERS)
    card = house.card(FINANCE, showing="En attente de", person=BRUNO)
    assert buttons(house.card("D0AMELIE01", ts, showing=f"<#{FINANCE}>", person=AMELIE)) == []
    house.rules(APPROVERS + "zone: Europe/Paris\n")
    house.settle()
    house.card(FINANCE, showing="En attente de", person=BRUNO)
    house.slack.click(BRUNO, card, "approve")
    house.answer("D0AMELIE01", ts, showing="P-1 est fait", person=AMELIE)
    assert house.written() == ["ACME 40.00"]


def test_a_group_that_was_added_while_baton_was_down_gets_the_card_at_the_start(
    house: House, provider: Provider
) -> None:
    ts = asked_of_nobody(house, provider)
    house.settle()
    house.baton.kill()
    house.write_policy(APPROVERS)
    house.start()
    house.slack.click(BRUNO, house.card(FINANCE, showing="En attente de", person=BRUNO), "approve")
    house.answer("D0AMELIE01", ts, showing="P-1 est fait", person=AMELIE)


def test_each_decision_names_the_policy_that_made_it(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance"))
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    house.settle()
    sql = (
        "SELECT type, data->>'policy' FROM audit WHERE type IN ('policy.ruled', 'approval.proposed', 'approval.claim')"
    )
    named = house.rows(sql)
    ((hash,),) = house.rows(
        "SELECT data->>'policy' FROM audit WHERE type = 'policy.in_force' ORDER BY seq DESC LIMIT 1"
    )
    once_more = ("policy.ruled", hash)  # before the effect
    assert sorted(named) == [("approval.claim", hash), ("approval.proposed", hash), ("policy.ruled", hash), once_more]


def test_a_denied_call_is_refused_and_remembered(house: House, provider: Provider) -> None:
    house.rules("rules:\n  - {name: no payments, tools: pay, effect: deny}\n")
    provider.script += [calls("pay", payee="ACME", amount="1"), says("Ce n'est pas permis.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> paie", SALES)
    house.answer(SALES, ts, showing="pas permis")
    assert house.approvals() == []
    assert house.rows("SELECT data->>'verdict', data->'rules' FROM audit WHERE type = 'policy.ruled'") == [
        ("deny", ["no payments"])
    ]


def test_rights_are_those_of_the_moment_of_the_effect(house: House, provider: Provider) -> None:
    """Approved while it waited: by oneself, and by a colleague of somebody who has come back."""
    people = f"all: {{members: [{AMELIE}, {BRUNO}]}}"
    waits = "  - {name: not yet, tools: pay, effect: wait}\n"
    house.rules(rule("of: all, self: true", people) + waits)
    ts = pay(house, provider)
    house.slack.click(AMELIE, house.card(SALES, ts, showing="En attente de"), "approve")
    house.card(SALES, ts, showing="not yet")
    house.slack.command(BRUNO, f"/baton delegate <@{CHLOE}> jusqu'à demain", SALES)
    other = pay(house, provider)
    house.slack.click(CHLOE, house.card(SALES, other, showing="En attente de"), "approve")
    house.card(SALES, other, showing="not yet")
    house.slack.command(BRUNO, "/baton delegate stop", SALES)
    house.rules(rule("of: all", people))
    house.answer(SALES, ts, showing="attend de nouveau une décision")
    house.answer(SALES, other, showing="attend de nouveau une décision")
    assert (house.approvals(), house.written()) == (["pending", "pending"], [])


def test_looks_at_what_waits_do_not_multiply(house: House, provider: Provider) -> None:
    waits = "  - {name: not yet, tools: pay, effect: wait}\n"
    house.rules(rule("of: finance") + waits)
    provider.script += [calls_raw(*["pay", '{"payee": "ACME", "amount": "1"}'] * 4)]
    ts = house.slack.say(AMELIE, "<@UBATON01> paie quatre fois", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve_all")
    until("all wait", lambda: house.approvals() == ["approved"] * 4)
    looks = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'look_again' AND status = 'todo'"
    for _ in range(4):
        house.settle()
        house.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'look_again'")
        until("they are looked at", lambda: house.rows(looks.replace("count(*)", "1") + " AND scheduled_at > now()"))
    house.settle()
    ((jobs,),) = house.rows(looks)
    assert jobs <= 4


def test_one_person_has_one_delegate(house: House, provider: Provider) -> None:
    house.start()
    with ThreadPoolExecutor(4) as hurry:
        list(hurry.map(lambda who: house.slack.command(BRUNO, f"/baton delegate <@{who}> until tomorrow", SALES),
                       [CHLOE, DAVID, EVA, AMELIE]))  # fmt: skip
    assert house.rows("SELECT count(*) FROM delegations WHERE ended_at IS NULL") == [(1,)]


def test_memberships_that_cannot_be_read_before_the_effect_hold_it_back_until_they_can(
    house: House, provider: Provider
) -> None:
    waits = "  - {name: first this, tools: pay, effect: wait}\n"
    house.rules(rule("of: finance, expires: 3h") + waits)
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.card(SALES, ts, showing="first this")
    house.slack.fault("usergroups.users.list", error="fatal_error", times=99)
    house.rules(rule("of: finance, expires: 3h"))
    house.card(SALES, ts, showing="impossible de vérifier")
    assert (house.approvals(), house.written()) == (["approved"], [])
    house.slack.heal()
    house.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'look_again'")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["ACME 40.00"]


def test_what_is_forbidden_by_now_is_not_carried_out(house: House, provider: Provider) -> None:
    house.rules(rule("of: finance") + "  - {name: not at once, tools: pay, effect: wait}\n")
    ts = pay(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.card(SALES, ts, showing="not at once")
    house.rules(rule("of: finance") + "  - {name: never again, tools: pay, effect: deny}\n")
    assert "never again" in text_of(house.card(SALES, ts, showing="Interdit"))
    house.answer(SALES, ts, showing="P-1")
    assert (house.approvals(), house.written()) == (["denied"], [])
