"""Who asks sees from which systems an answer comes, when they were read, and what of them was left out: from the record."""

from __future__ import annotations

import datetime as dt
import re

from tests.house import AMELIE, CHLOE, DAVID, SALES, House, text_of
from tests.provider import Provider, calls, says
from tests.test_why import final, why


def test_an_answer_and_its_record_say_where_it_comes_from_and_what_was_not_read(
    bank: House, provider: Provider
) -> None:
    provider.script += [calls("list_movements", account="A-1"), says("Il y en a 312, tout est là.")]
    ts = bank.slack.say(AMELIE, "<@UBATON01> les mouvements ?", SALES)
    answer = final(bank, SALES, ts)
    ((kept,),) = bank.rows("SELECT provenance FROM messages WHERE provenance IS NOT NULL")
    at = dt.datetime.fromisoformat(kept["at"])
    told = "200 out of 312 entries of movements were read"
    assert kept == {"system": "archive", "at": at.isoformat(), "left_out": [told]}
    assert at.utcoffset() == dt.timedelta(hours=1), "in the requester's zone"
    (result,) = provider.results()
    assert result.endswith(f"{told}]\n[From archive: list_movements, {at:%Y-%m-%d %H:%M}]")
    said = [block["elements"][0]["text"] for block in answer["blocks"] if block["type"] == "context"]
    assert said[0] == (
        f"📥 Lu dans archive à {at:%H:%M}\n"
        "✂️ Tout n'a pas été lu : Mouvements (200 entrées de movements sur 312 ont été lues)"
    )

    french, english = (why(bank, person, answer) for person in (CHLOE, DAVID))
    assert re.search(
        r"Mouvements : a répondu\s+archive, lu le .+ à \d\d:\d\d\s+✂️ 200 entrées de movements sur 312", french
    )
    assert re.search(
        r"Movements: it answered\s+archive, read on .+ at .+\s+✂️ 200 out of 312 entries of movements", english
    )


def test_of_what_was_read_whole_and_by_baton_itself_nothing_more_is_said(bank: House, provider: Provider) -> None:
    ts, _ = bank.slack.upload(AMELIE, {"b.csv": b"two;lines\n"}, "le relevé", SALES)
    provider.script += [calls("first_line", file="b.csv"), says("Deux.")]
    bank.slack.say(AMELIE, "<@UBATON01> lis", SALES, ts)
    answer = final(bank, SALES, ts)
    assert [sign for sign in ("📥", "✂️") if sign in text_of(answer)] == []
    ((kept,),) = bank.rows("SELECT provenance FROM messages WHERE provenance IS NOT NULL")
    assert (kept["system"], kept["left_out"]) == ("", [])
