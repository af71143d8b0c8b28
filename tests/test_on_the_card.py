"""What people press and send on a card, and what the card and the thread say then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.house import AMELIE, BRUNO, CHLOE, DAVID, EVA, FINANCE, SALES, House, buttons, text_of, until
from tests.provider import Provider, calls, calls_raw, says

FINANCE_PAYS = (
    'groups:\n  finance: {members: "@finance", channel: "#finance"}\n'
    "rules:\n  - {name: payments, tools: pay, effect: ask, of: finance%s}\n"
)


def proposed(house: House, provider: Provider, tool: str = "write_entry", **arguments: object) -> str:
    """Have Amélie's request become a proposal, in #ventes; the thread's ts comes back."""
    provider.script += [calls(tool, **(arguments or {"text": "hello"}))]
    house.start()
    return house.slack.say(AMELIE, "<@UBATON01> fais-le", SALES)


# ---- reject, withdraw


def test_whoever_asked_may_take_it_back(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.reject(AMELIE, house.card(SALES, ts, showing="En attente de"), "not needed any more")
    assert "not needed any more" in text_of(house.card(SALES, ts, showing="Retiré"))
    house.answer(SALES, ts, showing="P-1")
    assert (house.approvals(), house.written()) == (["withdrawn"], [])
    assert "approval.withdraw" in house.audit()


def test_who_may_not_decide_gets_no_form_and_is_told_why(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.slack.click(CHLOE, house.card(SALES, ts, showing="En attente de"), "reject")
    house.answer(SALES, ts, showing="Vous ne faites pas partie", person=CHLOE)
    assert (house.slack.modal(CHLOE), house.approvals()) == (None, ["pending"])


# ---- edit


def test_an_edit_makes_a_new_proposal_that_its_editor_cannot_approve(house: House, provider: Provider) -> None:
    house.rules(FINANCE_PAYS % "")
    ts = proposed(house, provider, "pay", payee="ACME", amount="40.00")
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(BRUNO, card, "edit")
    told = "Il faut un nombre, par exemple 1 250,50 ou 1250.50."
    assert house.slack.submit(BRUNO, {"amount": "forty"}) == {"amount": told}
    assert house.slack.submit(BRUNO, {"amount": "35,50"}) == {}
    card = house.card(SALES, ts, showing="40.00 → 35.50")
    assert house.approvals() == ["superseded", "pending"]
    house.answer(SALES, ts, showing="P-2 remplace P-1")
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="quelqu'un d'autre doit en décider", person=BRUNO)
    house.slack.click(EVA, card, "approve")
    house.answer(SALES, ts, showing="P-2 est fait")
    assert (house.approvals(), house.written()) == (["superseded", "executed"], ["ACME 35.50"])
    (result,) = provider.results()
    told = json.loads(result)
    assert (told["arguments_changed_to"]["amount"], told["changed_by"]) == ("35.50", [BRUNO])


def test_an_edit_is_decided_by_the_rules_for_its_new_values(house: House, provider: Provider) -> None:
    house.rules(FINANCE_PAYS % "" + '  - {name: never so much, tools: pay, effect: deny, when: "args.amount > 500"}\n')
    ts = proposed(house, provider, "pay", payee="ACME", amount="40.00")
    house.slack.click(AMELIE, house.card(SALES, ts, showing="En attente de"), "edit")
    assert house.slack.submit(AMELIE, {"amount": "900"}) == {}
    house.answer(SALES, ts, showing="n'a pas été modifié", person=AMELIE)
    assert house.approvals() == ["pending"]


def test_a_refusal_stands_beside_the_card_though_the_card_has_a_thread(house: House, provider: Provider) -> None:
    house.rules(FINANCE_PAYS % "")
    provider.script += [calls("pay", payee="ACME", amount="40.00")]
    house.slack.say(AMELIE, "paie")
    card = house.card(FINANCE, showing="En attente de", person=BRUNO)
    house.slack.click(BRUNO, card, "edit")
    assert house.slack.submit(BRUNO, {"amount": "35"}) == {}
    house.answer(FINANCE, card["ts"], showing="P-2 remplace P-1", person=BRUNO)
    house.slack.click(BRUNO, house.card(FINANCE, showing="35", person=BRUNO), "approve")

    def beside() -> bool:
        seen = house.slack.messages(FINANCE, person=BRUNO)
        return any("demandé ou modifié P-2" in text_of(m) for m in seen if float(m["ts"]) > float(card["ts"]))

    until("Bruno sees it in the channel", beside)


# ---- ask


def test_a_question_reaches_whoever_asked_and_leaves_the_card_alive(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "ask")
    assert house.slack.submit(BRUNO, {"text": "For <!channel> *which* book?"}) == {}
    asked = house.answer(SALES, ts, showing="a une question avant de décider de P-1")
    assert f"<@{AMELIE}>" in asked
    raw = next(m for m in house.slack.messages(SALES, ts) if "question avant" in text_of(m))
    assert "For <!channel> *which* book?" in text_of(raw)
    assert "<!channel>" not in str([b for b in raw["blocks"] if b["type"] == "section"])
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


@pytest.mark.parametrize("words", ["oui", "OK, vas-y !", "👍"])
def test_words_approve_nothing_and_say_so(house: House, provider: Provider, words: str) -> None:
    ts = proposed(house, provider)
    house.card(SALES, ts, showing="En attente de")
    house.slack.say(BRUNO, words, SALES, ts)
    house.answer(SALES, ts, showing="Un « oui » écrit n'approuve rien")
    assert (house.approvals(), house.written(), provider.script) == (["pending"], [], [])


def test_other_words_are_answered_and_void_nothing(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.card(SALES, ts, showing="En attente de")
    provider.script += [says("Il reste de la place.")]
    house.slack.say(BRUNO, "y a-t-il encore de la place dans le livre ?", SALES, ts)
    house.answer(SALES, ts, showing="de la place")
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


# ---- several proposals


def two(house: House, provider: Provider, first: str = "write_entry", second: str = "write_entry") -> str:
    names = {"write_entry": '{"text": "%s"}', "burn_book": '{"reason": "%s"}'}
    provider.script += [calls_raw(first, names[first] % "one", second, names[second] % "two")]
    house.start()
    return house.slack.say(AMELIE, "<@UBATON01> écris deux lignes", SALES)


def test_several_proposals_stand_on_one_card_and_are_decided_singly(house: House, provider: Provider) -> None:
    ts = two(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    assert all(label in text_of(card) for label in ("P-1", "P-2"))
    house.slack.click(BRUNO, card, "approve", row=1)
    until("the second is written", lambda: house.written() == ["two"])
    card = house.card(SALES, ts, showing="Fait")
    assert house.approvals() == ["pending", "executed"]
    house.reject(BRUNO, card)
    house.answer(SALES, ts, showing="P-2 est fait")
    assert (house.approvals(), house.written()) == (["rejected", "executed"], ["two"])


def test_several_proposals_are_decided_together(house: House, provider: Provider) -> None:
    ts = two(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve_all")
    house.answer(SALES, ts, showing="P-2 est fait")
    assert (house.approvals(), sorted(house.written())) == (["executed"] * 2, ["one", "two"])
    assert house.rows("SELECT count(*) FROM decisions") == [(2,)]


def test_several_proposals_are_refused_together_with_one_reason(house: House, provider: Provider) -> None:
    ts = two(house, provider)
    house.slack.click(EVA, house.card(SALES, ts, showing="En attente de"), "reject_all")
    assert house.slack.submit(EVA, {"reason": "the book is full"}) == {}
    house.answer(SALES, ts, showing="P-2 a été refusé")
    assert (house.approvals(), house.written()) == (["rejected"] * 2, [])
    assert text_of(house.card(SALES, ts)).count("the book is full") == 2


def test_what_destroys_is_never_decided_together_and_asks_two(house: House, provider: Provider) -> None:
    house.rules('groups:\n  approvers: {members: "@finance"}\nrules: []\n')
    ts = two(house, provider, second="burn_book")
    card = house.card(SALES, ts, showing="Action destructive")
    assert not any("tout" in label.lower() for label in buttons(card))
    assert "2 parmi" in text_of(card)
    house.slack.click(BRUNO, card, "approve", row=1)
    house.card(SALES, ts, showing="1 sur 2")
    assert house.written() == []


def test_a_card_of_which_one_row_fails_tells_of_each(house: House, provider: Provider) -> None:
    text = '{"text": "%s", "behaviour": "%s"}'
    provider.script += [calls_raw("write_entry", text % ("one", "decline"), "write_entry", text % ("two", "ok"))]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve_all")
    house.answer(SALES, ts, showing="P-2 est fait")
    told = text_of(house.card(SALES, ts))
    assert "the book is closed" in told
    assert (house.approvals(), house.written()) == (["failed", "executed"], ["two"])


# ---- a value to be typed


def test_a_risky_amount_has_to_be_typed(house: House, provider: Provider) -> None:
    house.rules(FINANCE_PAYS % ", typed: amount")
    ts = proposed(house, provider, "pay", payee="ACME", amount="1250.00")
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(BRUNO, card, "typed")
    assert house.slack.submit(BRUNO, {"typed": "125"}) == {"typed": "Ce n'est pas la valeur inscrite sur la carte."}
    assert house.approvals() == ["pending"]
    assert house.slack.submit(BRUNO, {"typed": "1 250,00 €"}) == {}
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.written() == ["ACME 1250.00"]


# ---- what changed meanwhile


def test_facts_that_changed_stop_the_effect_and_are_shown_to_be_decided_again(house: House, provider: Provider) -> None:
    ts = proposed(house, provider, "write_on_page", text="hello")
    card = house.card(SALES, ts, showing="En attente de")
    house.ledger.with_suffix(".page").write_text("2")
    house.slack.click(BRUNO, card, "approve")
    card = house.card(SALES, ts, showing="1 → 2")
    house.answer(SALES, ts, showing="P-2 remplace P-1")
    assert (house.approvals(), house.written()) == (["stale", "pending"], [])
    assert buttons(card)[0] == "Approuver"
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="P-2 est fait")
    assert (house.approvals(), house.written()) == (["stale", "executed"], ["hello"])


# ---- undo


def test_what_was_done_is_taken_back_under_the_same_rules(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    card = house.card(SALES, ts, showing="Fait")
    house.slack.click(CHLOE, card, "undo")
    house.answer(SALES, ts, showing="Vous ne faites pas partie", person=CHLOE)
    house.slack.click(AMELIE, card, "undo")
    house.slack.click(BRUNO, card, "undo")
    house.answer(SALES, ts, showing="a déjà été proposée", person=BRUNO)
    cards = until("the undo's card", lambda: (found := house.cards(SALES, ts)) and len(found) == 2 and found)
    house.slack.click(BRUNO, cards[1], "approve")
    house.answer(SALES, ts, showing="P-2")
    until("the first card tells it", lambda: "P-2" in text_of(house.cards(SALES, ts)[0]))
    assert (house.approvals(), house.written()) == (["executed", "executed"], [])
    assert buttons(house.cards(SALES, ts)[0]) == []


def test_the_time_for_taking_back_ends(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    card = house.card(SALES, ts, showing="Fait")
    house.settle()
    house.execute("UPDATE approvals SET ended_at = ended_at - interval '2 hours'")
    house.slack.click(AMELIE, card, "undo")
    house.answer(SALES, ts, showing="délai", person=AMELIE)
    house.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'repaint'")
    until("the button goes", lambda: buttons(house.card(SALES, ts)) == [])
    assert house.approvals() == ["executed"]


# ---- unknown


def test_an_unknown_outcome_is_looked_up_again_on_request(house: House, provider: Provider) -> None:
    ts = proposed(house, provider, "write_shelved", text="hello")
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.card(SALES, ts, showing="je ne réessaie pas")
    house.execute("UPDATE approvals SET claimed_at = claimed_at - interval '5 minutes'")
    house.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'look_again'")
    card = house.card(SALES, ts, showing="Issue inconnue")
    assert buttons(card) == ["Cela a été fait", "Cela n'a pas été fait", "Vérifier à nouveau"]
    house.slack.click(EVA, card, "check")
    house.answer(SALES, ts, showing="still don't know", person=EVA)
    house.ledger.with_name("ledger is open").touch()
    house.slack.click(EVA, card, "check")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert (house.approvals(), house.written()) == (["executed"], ["hello"])


# ---- receipts, not narration


@pytest.mark.parametrize(
    "claim", ["C'est fait : la ligne a été ajoutée au livre.", "Done! I've added the line to the book."]
)
def test_a_claim_without_a_receipt_is_replaced_by_what_the_ledger_says(
    house: House, provider: Provider, claim: str
) -> None:
    provider.script += [says(claim)]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris « hello » dans le livre", SALES)
    answer = house.answer(SALES, ts, showing="registre")
    assert claim not in answer
    assert "rien n'a été fait" in answer
    assert "run.claim_removed" in house.audit()


def test_a_claim_after_a_rejection_is_replaced_too(house: House, provider: Provider) -> None:
    provider.script += [calls("write_entry", text="hello"), says("J'ai ajouté la ligne au livre.")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.reject(BRUNO, house.card(SALES, ts, showing="En attente de"))
    answer = house.answer(SALES, ts, showing="P-1 a été refusé")
    assert "ajouté" not in answer


def test_after_a_receipt_the_models_words_stand(house: House, provider: Provider) -> None:
    provider.script += [calls("write_entry", text="hello"), says("J'ai ajouté la ligne au livre.")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    assert "J'ai ajouté la ligne au livre." in house.answer(SALES, ts, showing="P-1 est fait")


# ---- Slack in the way


def test_a_card_that_slack_refuses_is_posted_plainly_with_the_same_buttons(house: House, provider: Provider) -> None:
    house.start()
    house.slack.fault("chat.postMessage", error="invalid_blocks", times=1)
    ts = proposed(house, provider)
    card = until("a plain card", lambda: next((m for m in house.slack.messages(SALES, ts) if buttons(m)), None))
    assert not [block for block in card["blocks"] if block["type"] == "rich_text"]
    assert "hello" in text_of(card)
    assert buttons(card) == ["Approuver", "Refuser", "Modifier", "Poser une question"]
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")


def test_a_card_in_the_groups_channel_calls_for_attention_there(house: House, provider: Provider) -> None:
    provider.script += [calls("write_on_page", text="hello")]
    house.start()
    ts = house.slack.say(AMELIE, "écris « hello »")
    card = house.card(FINANCE, showing="En attente de", person=BRUNO)
    house.ledger.with_suffix(".page").write_text("2")
    house.slack.click(BRUNO, card, "approve")
    house.card(FINANCE, showing="1 → 2", person=BRUNO)
    house.answer(FINANCE, card["ts"], showing="P-2 remplace P-1", person=BRUNO)
    house.slack.click(BRUNO, house.card(FINANCE, showing="1 → 2", person=BRUNO), "approve")
    house.answer("D0AMELIE01", ts, showing="P-2 est fait", person=AMELIE)
    told = [event["payload"]["event"] for event in house.slack.all_events()]
    changes = [event["message"] for event in told if event.get("subtype") == "message_changed"]
    versions = [message["text"] for message in changes if message["ts"] == card["ts"]]
    assert [text for text in versions if "périmé" in text] == [], "no version shows the end of P-1 without P-2"
    assert any("P-2" in text for text in versions)


def test_a_delegate_who_sees_neither_place_is_asked_in_private(house: House, provider: Provider) -> None:
    house.start()
    house.slack.command(BRUNO, f"/baton delegate <@{DAVID}> jusqu'à demain", SALES)
    provider.script += [calls("write_entry", text="hello")]
    ts = house.slack.say(AMELIE, "écris « hello »")
    card = until("David is asked", lambda: next(iter(house.cards("D0DAVID001", person=DAVID)), None))
    house.slack.click(DAVID, card, "approve")
    house.answer("D0AMELIE01", ts, showing="P-1 est fait", person=AMELIE)
    assert house.written() == ["hello"]


def test_two_installations_on_one_slack_app_never_take_each_others_clicks(
    house: House, provider: Provider, database: str, tmp_path: Path
) -> None:
    """Slack gives each press to one of the two, whichever."""
    other = House(tmp_path, house.slack, database, provider.models, house.tools)
    house.start()
    other.start()
    try:
        provider.script += [calls("write_entry", text="hello")]
        ts = house.slack.say(AMELIE, "<@UBATON01> écris « hello »", SALES)
        card = until("a card", lambda: next(iter(house.cards(SALES, ts)), None))
        owner, stranger = (house, other) if house.approvals() else (other, house)
        for _ in range(20):
            house.slack.click(BRUNO, card, "approve")
            if "approval.approve" in owner.audit():
                break
        else:
            raise AssertionError("no press ever reached the card's own installation")
        house.answer(SALES, ts, showing="P-1 est fait")
        assert (owner.written(), stranger.written()) == (["hello"], [])
    finally:
        other.close()
    assert (owner.approvals(), stranger.approvals(), stranger.rows("SELECT * FROM decisions")) == (["executed"], [], [])


# ---- what was shown, and once


def test_all_at_once_means_what_the_card_showed(house: House, provider: Provider) -> None:
    """The card could not be repainted; what stands on it is no longer what waits."""
    house.rules(FINANCE_PAYS % "")
    arguments = '{"payee": "ACME", "amount": "%s"}'
    provider.script += [calls_raw("pay", arguments % "40.00", "pay", arguments % "50.00")]
    ts = house.slack.say(AMELIE, "<@UBATON01> paie", SALES)
    card = house.card(SALES, ts, showing="En attente de")
    house.settle()
    house.slack.fault("chat.update", error="cant_update_message", times=9)
    house.slack.click(AMELIE, card, "edit")
    assert house.slack.submit(AMELIE, {"amount": "9000.00"}) == {}
    until("it is edited", lambda: "superseded" in house.approvals())
    house.slack.click(BRUNO, card, "approve_all")
    house.answer(SALES, ts, showing="Cette carte a changé entre-temps", person=BRUNO)
    assert (sorted(house.approvals()), house.written()) == (["pending", "pending", "superseded"], [])


def test_what_is_taken_back_is_taken_back_before_its_deadline(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    house.execute("UPDATE approvals SET ended_at = ended_at - interval '59 minutes'")
    house.slack.click(AMELIE, house.card(SALES, ts, showing="Fait"), "undo")
    until("the undo's card", lambda: len(house.cards(SALES, ts)) == 2)
    ((left,),) = house.rows(
        "SELECT extract(epoch FROM expires_at - created_at) FROM approvals WHERE undoes IS NOT NULL"
    )
    assert 0 < left <= 60


def test_characters_that_a_database_refuses_lose_no_word(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.reject(BRUNO, house.card(SALES, ts, showing="En attente de"), "no\x00 way")
    assert "no␀ way" in text_of(house.card(SALES, ts, showing="Refusé"))
    assert house.approvals() == ["rejected"]


def test_an_edit_comes_too_late_when_the_time_is_over(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "edit")
    until("the form is open", lambda: house.slack.modal(BRUNO))
    house.execute("UPDATE approvals SET expires_at = clock_timestamp() - interval '1 minute'")
    house.slack.submit(BRUNO, {"text": "later"})
    house.card(SALES, ts, showing="Expiré")
    house.settle()
    assert (house.approvals(), house.written()) == (["expired"], [])


@pytest.mark.parametrize(
    "claim",
    [
        "J'ai ajouté la ligne. J'ai aussi supprimé le compte de Bruno.",
        "J'ai payé 5 000 € à ACME.",
    ],
    ids=["more claims than receipts", "a figure that no receipt knows"],
)
def test_one_receipt_bears_out_one_claim(house: House, provider: Provider, claim: str) -> None:
    provider.script += [calls("write_entry", text="hello"), says(claim)]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.slack.click(BRUNO, house.card(SALES, ts, showing="En attente de"), "approve")
    answer = house.answer(SALES, ts, showing="P-1 est fait")
    assert claim not in answer
    assert "registre" in answer


def test_a_repaint_that_slack_refuses_is_made_plainly(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.settle()
    house.slack.fault("chat.update", error="invalid_blocks", times=1)
    house.reject(BRUNO, card, "no")
    plain = until(
        "a plain card", lambda: next((m for m in house.slack.messages(SALES, ts) if "Refusé" in text_of(m)), None)
    )
    assert "hello" in text_of(plain)
    assert buttons(plain) == []


def test_a_question_about_what_is_settled_is_not_passed_on(house: House, provider: Provider) -> None:
    ts = proposed(house, provider)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(EVA, card, "ask")
    until("the form is open", lambda: house.slack.modal(EVA))
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    assert house.slack.submit(EVA, {"text": "which book?"}) == {}
    house.answer(SALES, ts, showing="no longer waits", person=EVA)
    assert "approval.question" not in house.audit()


def test_work_on_a_press_that_is_repeated_does_nothing_more(house: House, provider: Provider) -> None:
    """As after an interruption between the effect and the end of its job."""
    house.rules(FINANCE_PAYS % "")
    ts = proposed(house, provider, "pay", payee="ACME", amount="40.00")
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(BRUNO, card, "ask")
    assert house.slack.submit(BRUNO, {"text": "why?"}) == {}
    house.answer(SALES, ts, showing="why?")
    house.slack.click(BRUNO, card, "edit")
    assert house.slack.submit(BRUNO, {"amount": "35.50"}) == {}
    house.slack.click(EVA, house.card(SALES, ts, showing="→ 35.50"), "approve")
    house.answer(SALES, ts, showing="P-2 est fait")
    house.settle()
    seen = [house.slack.messages(SALES, ts, person) for person in (AMELIE, BRUNO, EVA)]
    before = (house.audit(), house.approvals(), house.written(), seen)
    house.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
        "SELECT 'default', 'decide', jsonb_build_object('inbox_id', id) FROM inbox WHERE kind = 'click'"
    )
    house.settle()
    seen = [house.slack.messages(SALES, ts, person) for person in (AMELIE, BRUNO, EVA)]
    assert (house.audit(), house.approvals(), house.written(), seen) == before


def test_an_unknown_outcome_is_asked_where_the_card_is_decided(house: House, provider: Provider) -> None:
    provider.script += [calls("write_blindly", text="hello", behaviour="break after")]
    house.start()
    ts = house.slack.say(AMELIE, "écris « hello »")
    card = house.card(FINANCE, showing="En attente de", person=BRUNO)
    house.slack.click(BRUNO, card, "approve")
    house.answer(FINANCE, card["ts"], showing="je ne sais pas si P-1 a été fait", person=BRUNO)
    house.answer("D0AMELIE01", ts, showing="je ne sais pas si P-1 a été fait", person=AMELIE)
