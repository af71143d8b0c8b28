"""Why? opens the record of an answer or an action, and the thumbs below an answer are kept: by the front door."""

from __future__ import annotations

from typing import Any

from tests.house import AMELIE, BRUNO, CHLOE, DAVID, FINANCE, SALES, House, baton, text_of, until
from tests.provider import Provider, calls, says


def final(house: House, channel: str, ts: str, person: str = DAVID) -> dict[str, Any]:
    """The answer in a thread, once it is there."""

    def look() -> dict[str, Any] | None:
        said = house.slack.messages(channel, ts, person)
        return next((m for m in said if any(b["type"] == "context_actions" for b in m.get("blocks") or [])), None)

    return until(f"an answer; log: {house.baton.output()[-3000:]}", look)


def why(house: House, person: str, message: dict[str, Any], row: int = 0) -> str:
    """The words of the view that the button opens."""
    before = house.slack.modal(person)
    house.slack.click(person, message, "why", row)

    def look() -> dict[str, Any] | None:
        view = house.slack.modal(person)
        return view if view and view["id"] != (before or {}).get("id") else None

    return text_of(until(f"a view; log: {house.baton.output()[-3000:]}", look))


def test_why_tells_from_the_record_what_was_asked_looked_up_ruled_decided_and_done(
    house: House, provider: Provider
) -> None:
    provider.script += [
        calls("count_entries"), calls("read_broken"), calls("write_entry", text="<!channel> hello"), says("C'est noté."),
    ]  # fmt: skip
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris « hello » <ici>", SALES)
    card = house.card(SALES, ts, showing="En attente de")
    waiting = why(house, DAVID, card)
    assert "it has not answered yet" in waiting
    house.slack.click(BRUNO, card, "approve")
    answer = final(house, SALES, ts)
    asked = len(provider.asked)

    told = why(house, DAVID, answer)
    run_id, policy = house.rows("SELECT run_id, policy FROM approvals")[0]
    for words in (
        "écris « hello » <ici>", f"Asked by <@{AMELIE}> on ", "Agent *front desk*, model *", "scripted",
        "count entries: it answered", "read broken: it failed", "❌ read_broken: ", "KeyError",
        "`count_entries`: allowed, it only reads", "to be decided by <!subteam^S0FINANCE1>, says “the book is finance's”",
        f"version `{policy[:8]}`", "*P-1* · *write entry* · `write_entry` · *done*", f"proposed for <@{AMELIE}>",
        f"approved by <@{BRUNO}>",
        "done: the system gave a receipt", "“<!channel> hello” is in the book",
        "speak to <!subteam^S0FINANCE1>: they answer for what is decided here", f"`baton audit {run_id}`",
    ):  # fmt: skip
        assert words in told
    assert "Left out" not in told
    french = why(house, CHLOE, answer)
    assert f"approuvé par <@{BRUNO}>" in french
    assert "count entries : a répondu" in french
    assert len(provider.asked) == asked, "no model is asked"

    house.settle()
    house.execute("SET session_replication_role = replica; DELETE FROM runs")
    assert "Plus rien n'est conservé" in why(house, CHLOE, answer)
    house.slack.thumb(CHLOE, answer, "up")
    house.answer(SALES, ts, showing="votre avis n'a pas été noté", person=CHLOE)


def test_who_decides_elsewhere_does_not_read_a_private_question_behind_why(house: House, provider: Provider) -> None:
    provider.script += [calls("count_entries"), calls("write_entry", text="hello"), says("Done.")]
    house.start()
    ts = house.slack.say(AMELIE, "mon secret : écris hello")
    card = house.card(FINANCE, showing="En attente de", person=BRUNO)
    told = why(house, BRUNO, card)
    assert "secret" not in told
    assert "count_entries" not in told
    assert "count entries" not in told
    assert "une conversation que vous ne voyez pas" in told
    assert "`write_entry` : à décider par" in told
    house.slack.click(BRUNO, card, "approve")
    answer = final(house, AMELIE.replace("U0", "D0"), ts, AMELIE)
    assert "mon secret : écris hello" in why(house, AMELIE, answer)


def test_the_last_word_of_a_person_on_an_answer_counts(house: House, provider: Provider) -> None:
    provider.script += [says("| a |\n|---|\n" + "".join(f"| {n} |\n" for n in range(120)))]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> la liste ?", SALES)
    answer = final(house, SALES, ts)
    files = [file["name"] for m in house.slack.messages(SALES, ts) for file in m.get("files", [])]
    assert files == ["tableau-120-lignes.csv"]

    kept = "SELECT person, verdict, reason, words FROM feedback ORDER BY person"
    house.slack.thumb(AMELIE, answer, "up")
    assert house.rows(kept) == [(AMELIE, "up", None, None)], "it is kept before Slack hears that it was pressed"
    house.slack.thumb(AMELIE, answer, "down")
    until("the form is open", lambda: (house.slack.modal(AMELIE) or {}).get("callback_id") == "feedback")
    assert house.slack.submit(AMELIE, {"words": "rien"}) != {}
    assert house.slack.submit(AMELIE, {"reason": "incomplete", "words": "<!channel> il manque juin"}) == {}
    house.slack.thumb(AMELIE, answer, "down")
    house.slack.thumb(DAVID, answer, "up")
    assert house.rows(kept) == [
        (AMELIE, "down", "incomplete", "<!channel> il manque juin"), (DAVID, "up", None, None),
    ]  # fmt: skip
    noted = house.rows("SELECT actor, data FROM audit WHERE type = 'feedback.given' ORDER BY seq")
    assert noted == [
        (AMELIE, {"verdict": "up", "reason": None, "in_words": False}),
        (AMELIE, {"verdict": "down", "reason": None, "in_words": False}),
        (AMELIE, {"verdict": "down", "reason": "incomplete", "in_words": True}),
        (DAVID, {"verdict": "up", "reason": None, "in_words": False}),
    ]
    said = [m for m in house.slack.messages(SALES, ts, AMELIE) if m.get("bot_id")]
    assert len(said) == 2, "nothing is posted for a thumb"
    told = baton(house, "feedback").stdout
    assert [word in told for word in ("incomplete", "il manque juin", DAVID)] == [True] * 3


def test_a_file_that_slack_does_not_take_costs_no_answer(house: House, provider: Provider) -> None:
    provider.script += [says("Voilà.\n\n| a |\n|---|\n" + "".join(f"| {n} |\n" for n in range(120)))]
    house.slack.fault("files.getUploadURLExternal", error="file_uploads_disabled")
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> la liste ?", SALES)
    house.answer(SALES, ts, showing="Voilà.")
    house.answer(SALES, ts, showing="n'a pas pu être placé dans ce fil (`file_uploads_disabled`)")
