"""kill -9 while a call is under way, while a model thinks, between two deliveries. The sweep kills everywhere else."""

from __future__ import annotations

from collections.abc import Callable

from tests.house import AMELIE, BRUNO, SALES, House, text_of, until
from tests.provider import Provider, calls, hangs, says


def test_a_call_that_was_under_way_is_looked_up_or_asked_about_and_never_made_again(
    house: House, provider: Provider
) -> None:
    """Also when the looking up itself is killed."""
    house.start()
    one = under_way(house, provider, "write_entry", "hang before", "one")
    two = under_way(house, provider, "write_entry", "hang after", "two")
    three = under_way(house, provider, "write_blindly", "hang before", "three")
    four = under_way(house, provider, "write_blindly", "hang after", "four")
    assert house.approvals() == ["executing"] * 4
    restart(house, ready=lambda: house.hold("approvals", "NEW.status IN ('executed', 'failed', 'unknown')"))
    until("it finds out what happened", house.held)
    restart(house)

    house.answer(SALES, one, showing="P-1 : rien n'a été fait")
    house.answer(SALES, two, showing="P-2 est fait : “two” is in the book")
    house.answer(SALES, three, showing="je ne sais pas si P-3 a été fait")
    house.answer(SALES, four, showing="je ne sais pas si P-4 a été fait")
    house.settle()
    assert house.approvals() == ["failed", "executed", "unknown", "unknown"]
    house.slack.click(BRUNO, house.card(SALES, three, showing="Issue inconnue"), "not_done")
    house.slack.click(BRUNO, house.card(SALES, four, showing="Issue inconnue"), "done")
    house.answer(SALES, three, showing="P-3 n'a pas été fait, selon")
    house.answer(SALES, four, showing="P-4 a été fait, selon")

    for ts in (one, two, three, four):
        assert_told_once(house, ts)
    assert house.approvals() == ["failed", "executed", "failed", "executed"]
    assert house.audit().count("approval.claim") == 4
    assert sorted(house.written()) == ["four", "two"]


def test_what_crashes_three_times_ends_in_a_sentence_and_the_next_question_is_answered(
    house: House, provider: Provider
) -> None:
    provider.script += [hangs, hangs, hangs, says("never to be said")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> bonjour", SALES)
    for _ in range(3):
        until("the model is asked", provider.waiting.is_set)
        provider.waiting.clear()
        restart(house)
    told = house.answer(SALES, ts, showing="Je n'ai pas pu répondre")
    ((run_id, status),) = house.rows("SELECT id, status FROM runs")
    assert (run_id in told, status) == (True, "failed")
    provider.script[:] = [says("Bonjour !")]
    house.slack.say(AMELIE, "et maintenant ?", SALES, ts)
    house.answer(SALES, ts, showing="Bonjour !")
    house.settle()
    assert house.audit() == ["run.began", "run.failed", "run.began", "run.answered"]
    assert len(house.said(SALES, ts)) == 2


def test_words_that_come_twice_and_again_after_a_restart_are_answered_once(house: House, provider: Provider) -> None:
    provider.script += [says("Bonjour !"), says("Encore bonjour !")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> bonjour", SALES)
    house.answer(SALES, ts, showing="Bonjour !")
    house.settle()
    events = house.slack.events(ts)
    assert {event["payload"]["event"]["type"] for event in events} == {"message", "app_mention"}
    assert house.baton.stop() == 0
    house.start()
    for event in events:
        house.slack.redeliver(event["event_id"])
    house.slack.say(AMELIE, "et encore", SALES, ts)
    house.answer(SALES, ts, showing="Encore bonjour !")
    house.settle()
    assert house.audit() == ["run.began", "run.answered"] * 2
    assert len(house.said(SALES, ts)) == 2


def under_way(house: House, provider: Provider, tool: str, behaviour: str, text: str) -> str:
    """Have a call approved, and its tool be at work; the thread's ts comes back."""
    provider.script += [calls(tool, text=text, behaviour=behaviour)]
    ts = house.slack.say(AMELIE, f"<@UBATON01> écris « {text} » dans le livre", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    until(f"the tool writes {text!r}", house.ledger.with_name(f"ledger {behaviour} {text}").exists)
    return ts


def restart(house: House, *, ready: Callable[[], None] = lambda: None) -> None:
    """kill -9, and a new start once everything that held Baton has ended and what is to come is `ready`."""
    house.baton.kill()
    house.release()
    house.slack.heal()
    ready()
    house.start()


def assert_told_once(house: House, ts: str) -> None:
    """One card, one answer beside words that asked something, and nothing is left to be told."""
    house.settle()
    assert len(house.cards(SALES, ts)) == 1
    answers = [text for text in house.said(SALES, ts) if "je ne sais pas si" not in text]
    assert len(answers) == 1, answers
    left = "SELECT kind, status, error FROM posts WHERE status <> 'sent'"  # and a slow run may have begun to grow
    assert [post for post in house.rows(left) if post[2] != "nothing was said"] == []
    shown = [text_of(card) for card in house.cards(SALES, ts)]
    assert not any("exécution" in text for text in shown), shown
