"""A proposal from the question to the effect, as people see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.house import AMELIE, BRUNO, CHLOE, DAVID, EVA, FINANCE, SALES, House, buttons, text_of, until
from tests.provider import Provider, calls, fails, says
from tests.test_reload import put, read_again

SLOW = '''
"""A book far away: what is sent off late in the call is written after the line broke."""
import threading
import time
from ledger import _reconcile, _write
from bot import RunContext, tool


@tool(timeout=3, settles_after=1.5)
def write_slowly(ctx: RunContext, text: str) -> None:
    """Write a line into a book far away."""
    time.sleep(1.6)
    threading.Timer(1, _write, (ctx, text, "ok")).start()
    raise ConnectionError("the line broke")


write_slowly.reconcile(_reconcile)
'''


def propose(house: House, provider: Provider, text: str = "hello", **arguments: str) -> str:
    """Have Amélie's request become a proposal, in #ventes; the thread's ts comes back."""
    provider.script += [calls("write_entry", text=text, **arguments)]
    house.start()
    return house.slack.say(AMELIE, f"<@UBATON01> écris « {text} » dans le livre", SALES)


def test_an_approved_action_happens_once_and_the_thread_says_so_from_the_receipt(
    house: House, provider: Provider
) -> None:
    ts = propose(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    assert buttons(card) == ["Approuver", "Refuser", "Modifier", "Poser une question"]
    assert "<!subteam^S0FINANCE1>" in text_of(card)
    assert house.written() == []

    house.slack.click(BRUNO, card, "approve")
    done = house.card(SALES, ts, showing="Fait")
    assert buttons(done) == ["Annuler cette action"]
    assert f"<@{BRUNO}>" in text_of(done)
    house.answer(SALES, ts, showing="P-1 est fait : “hello” is in the book")
    assert house.written() == ["hello"]
    assert house.audit() == [
        "run.began", "approval.proposed", "approval.approve", "approval.claim", "approval.returned", "run.answered",
    ]  # fmt: skip


def test_who_may_not_decide_is_told_so_in_private_and_nothing_changes(house: House, provider: Provider) -> None:
    ts = propose(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(CHLOE, card, "approve")
    house.answer(SALES, ts, showing="Vous ne faites pas partie", person=CHLOE)
    house.slack.click(AMELIE, card, "approve")
    house.answer(SALES, ts, showing="quelqu'un d'autre doit en décider", person=AMELIE)
    assert "Vous ne faites" not in " ".join(text_of(m) for m in house.slack.messages(SALES, ts, DAVID))
    assert (house.approvals(), house.written()) == (["pending"], [])
    assert house.audit()[-2:] == ["approval.refused", "approval.refused"]


def test_an_unreadable_group_lets_nobody_decide(house: House, provider: Provider) -> None:
    ts = propose(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.fault("usergroups.users.list", error="fatal_error", times=9)
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="Je n'ai pas pu vérifier qui peut décider", person=BRUNO)
    assert (house.approvals(), house.written()) == (["pending"], [])


def test_two_approvers_at_the_same_instant_and_four_clicks_each_make_one_effect(
    house: House, provider: Provider
) -> None:
    ts = propose(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda who: house.slack.click(who, card, "approve"), [BRUNO, EVA] * 4))
    house.answer(SALES, ts, showing="P-1 est fait")
    until("all eight clicks are decided", lambda: house.rows("SELECT count(*) FROM inbox")[0][0] == 9)
    assert (house.approvals(), house.written()) == (["executed"], ["hello"])


def test_a_rejection_ends_the_proposal_and_reaches_the_agent(house: House, provider: Provider) -> None:
    ts = propose(house, provider)
    house.reject(BRUNO, house.card(SALES, ts, showing="En attente de"), "wrong book")
    assert "wrong book" in text_of(house.card(SALES, ts, showing="Refusé"))
    house.answer(SALES, ts, showing="P-1 a été refusé")
    assert (house.approvals(), house.written()) == (["rejected"], [])
    assert '"status": "rejected"' in provider.results()[0]
    assert "wrong book" in provider.results()[0]


def test_a_tool_that_declines_leaves_the_truth_in_the_thread(house: House, provider: Provider) -> None:
    ts = propose(house, provider, behaviour="decline")
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    assert "the book is closed" in text_of(house.card(SALES, ts, showing="Rien n'a été fait"))
    assert house.approvals() == ["failed"]


@pytest.mark.parametrize(
    ("behaviour", "end", "written"), [("break", "failed", []), ("break after", "executed", ["hello"])]
)
def test_a_tool_that_breaks_is_looked_up_in_its_system(
    house: House, provider: Provider, behaviour: str, end: str, written: list[str]
) -> None:
    ts = propose(house, provider, behaviour=behaviour)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1")
    assert (house.approvals(), house.written()) == ([end], written)


def test_what_is_still_on_its_way_is_not_told_as_undone_however_late_in_the_call_it_was_sent(
    house: House, provider: Provider
) -> None:
    file = house.tools / "slow.py"
    house.start()
    read_again(house, lambda: put(file, SLOW))
    provider.script += [calls("write_slowly", text="hello")]
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1")
    read_again(house, file.unlink)
    assert (house.approvals(), house.written()) == (["executed"], ["hello"])


def test_what_was_shown_is_known_when_a_lost_reply_is_looked_up(house: House, provider: Provider) -> None:
    provider.script += [calls("write_on_page", text="smudge")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="written on page 1")
    assert house.approvals() == ["executed"]


@pytest.mark.parametrize(
    ("word", "end", "told"), [("done", "executed", "a été fait"), ("not_done", "failed", "n'a pas été fait")]
)
def test_an_unknown_outcome_asks_a_person_and_takes_their_word(
    house: House, provider: Provider, word: str, end: str, told: str
) -> None:
    provider.script += [calls("write_blindly", text="hello", behaviour="break after")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    card = house.card(SALES, ts, showing="Issue inconnue")
    assert buttons(card) == ["Cela a été fait", "Cela n'a pas été fait", "Vérifier à nouveau"]
    house.answer(SALES, ts, showing="je ne sais pas si P-1 a été fait")
    house.slack.click(CHLOE, card, word)
    house.answer(SALES, ts, showing="Vous ne faites pas partie", person=CHLOE)
    assert house.approvals() == ["unknown"]
    house.slack.click(BRUNO, card, word)
    house.answer(SALES, ts, showing=f"P-1 {told}, selon")
    assert (house.approvals(), house.written()) == ([end], ["hello"])


def test_a_direct_message_is_decided_in_the_groups_channel(house: House, provider: Provider) -> None:
    provider.script += [calls("write_entry", text="hello")]
    house.start()
    ts = house.slack.say(AMELIE, "écris « hello », c'est confidentiel")
    mirror = house.card("D0AMELIE01", ts, showing=f"<#{FINANCE}>", person=AMELIE)
    assert buttons(mirror) == []
    card = house.card(FINANCE, showing="En attente de", person=BRUNO)
    assert "confidentiel" not in text_of(card)
    house.slack.click(BRUNO, card, "approve")
    house.answer("D0AMELIE01", ts, showing="P-1 est fait", person=AMELIE)
    house.card(FINANCE, showing="Fait", person=BRUNO)
    house.card("D0AMELIE01", ts, showing="Fait", person=AMELIE)
    assert house.written() == ["hello"]


def test_nobody_can_decide_what_no_rule_speaks_of_and_the_card_says_what_to_add(
    house: House, provider: Provider
) -> None:
    provider.script += [calls("write_unasked", text="hello")]
    house.start()
    assert "nobody can decide" in house.baton.output()
    ts = house.slack.say(EVA, "<@UBATON01> write", SALES)
    card = house.card(SALES, ts, showing="Nobody can decide")
    assert 'approvers: {members: "@handle", channel: "#channel"}' in text_of(card)
    house.slack.click(BRUNO, card, "approve")
    until("it is refused", lambda: "approval.refused" in house.audit())
    assert house.written() == []


def test_what_is_not_decided_in_time_expires(house: House, provider: Provider) -> None:
    ts = propose(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.execute("UPDATE approvals SET expires_at = clock_timestamp() - interval '1 minute'")
    house.slack.click(BRUNO, card, "approve")
    house.card(SALES, ts, showing="Expiré")
    house.answer(SALES, ts, showing="P-1 a expiré")
    assert (house.approvals(), house.written()) == (["expired"], [])


@pytest.mark.parametrize(
    "text",
    [
        "*bold* <https://evil.example|click> <!channel> <@U0BRUNO001> &amp;",
        "\n".join(f"line {number} of a long letter" for number in range(40)),
        "pay \u202e0001\u202c to\u200b me\u2066",
        "x" * 9_000,
    ],
    ids=["mrkdwn", "forty lines", "invisible", "very long"],
)
def test_arguments_are_shown_in_full_as_what_they_are(house: House, provider: Provider, text: str) -> None:
    ts = propose(house, provider, text=text)
    card = house.card(SALES, ts, showing="En attente de")
    shown = text.replace("\u202e", "⟦U+202E⟧").replace("\u202c", "⟦U+202C⟧")
    shown = shown.replace("\u200b", "⟦U+200B⟧").replace("\u2066", "⟦U+2066⟧")
    if len(text) > 8_000:
        assert "P-1.txt" in text_of(card)
        files = [f for m in house.slack.messages(SALES, ts) for f in m.get("files", [])]
        assert any(shown in str(file) for file in files)
    else:
        lines = [line.strip() for line in text_of(card).splitlines()]
        assert all(any(part in line for line in lines) for part in shown.splitlines())
        boxes = [b for b in card["blocks"] if b["type"] == "rich_text"]
        assert all(part in str(boxes) for part in ("text\\xa0:",))


def test_a_call_that_comes_back_after_its_time_is_never_told_as_not_done(house: House, provider: Provider) -> None:
    provider.script += [calls("write_late", text="hello")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1")
    assert (house.approvals(), house.written()) == (["executed"], ["hello"])


def test_the_ledger_speaks_when_the_model_cannot(house: House, provider: Provider) -> None:
    ts = propose(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    provider.script += [fails(500)] * 9
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="“hello” is in the book")
    assert "run.failed" not in house.audit()


def test_what_a_rule_allows_happens_at_once_and_only_so_often_for_one_question(
    house: House, provider: Provider
) -> None:
    provider.script += [calls("write_freely", text=str(number)) for number in range(20)]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.answer(SALES, ts, showing="12")
    until("it stops", lambda: house.rows("SELECT 1 FROM runs WHERE status <> 'ready' AND status <> 'parked'"))
    assert house.written() == [str(number) for number in range(12)]
    assert set(house.approvals()) == {"executed"}


def test_an_allowed_action_of_unknown_outcome_asks_the_approvers(house: House, provider: Provider) -> None:
    provider.script += [calls("write_freely", text="hello", behaviour="break after")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    card = house.card(SALES, ts, showing="approvers: {members:")
    assert buttons(card) == ["Cela a été fait", "Cela n'a pas été fait", "Vérifier à nouveau"]
    assert house.approvals() == ["unknown"]


def test_a_card_whose_full_text_cannot_be_shown_is_not_posted(house: House, provider: Provider) -> None:
    house.start()
    house.slack.fault("files.getUploadURLExternal", error="missing_scope", times=9)
    ts = propose(house, provider, text="x" * 9_000)
    house.answer(SALES, ts, showing="La carte P-1 n'a pas pu être affichée")
    assert house.cards(SALES, ts) == []


def test_an_answer_whose_form_slack_refuses_is_said_without_it(house: House, provider: Provider) -> None:
    provider.script += [says("quarante-deux")]
    house.start()
    house.slack.fault("chat.postMessage", error="invalid_blocks", times=1)
    ts = house.slack.say(AMELIE, "<@UBATON01> combien ?", SALES)
    house.answer(SALES, ts, showing="quarante-deux")
