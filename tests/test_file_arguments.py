"""A file of the thread as a tool's argument: what the card showed is what the tool gets, or nothing happens."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.errors import ToolError
from bot.tooling.catalog import Catalog
from tests.house import AMELIE, BANK_TOOLS, BRUNO, EVA, GENERAL, SALES, House, text_of, until
from tests.provider import Provider, calls, says

BANK = "date;état\n1;booked\n2;booked\n".encode("utf-8-sig") + b"3;open\r\n"


def shared(
    house: House, content: bytes = BANK, name: str = "bank.csv", thread_ts: str | None = None
) -> tuple[str, str]:
    """Amélie shares a file in #ventes, with words for nobody; the thread's ts and the file's id."""
    ts, (file_id,) = house.slack.upload(AMELIE, {name: content}, "le relevé", SALES, thread_ts)
    return thread_ts or ts, file_id


def asked(house: House, provider: Provider, ts: str, tool: str = "import_statement", **arguments: Any) -> None:
    provider.script += [calls(tool, **(arguments or {"statement": "bank.csv"}))]
    house.slack.say(AMELIE, "<@UBATON01> importe-le", SALES, ts)


def sealed(content: bytes, file_id: str, name: str = "bank.csv", type: str = "text/csv") -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"file": file_id, "name": name, "type": type, "size": len(content), "sha256": digest}


def got(house: House, content: bytes, file_id: str, name: str = "bank.csv", type: str = "text/csv") -> dict[str, Any]:
    """What a tool writes down of a file that it was given."""
    facts = sealed(content, file_id, name, type)
    key = house.rows("SELECT id FROM approvals ORDER BY number DESC LIMIT 1")[0][0]
    return {"id": facts.pop("file"), **facts, "content": base64.b64encode(content).decode(), "key": key}


def test_the_tool_gets_exactly_the_bytes_of_the_file_that_the_card_showed(bank: House, provider: Provider) -> None:
    ts, file_id = shared(bank)
    asked(bank, provider, ts)
    card = bank.card(SALES, ts, showing="En attente de")
    digest = hashlib.sha256(BANK).hexdigest()[:16]
    assert f"statement\u00a0: bank.csv · text/csv · {len(BANK)} octets · {file_id} · SHA-256 {digest}…" in text_of(card)
    assert "rows\u00a0: 4" in text_of(card)
    assert "booked\u00a0: 2" in text_of(card)
    links = [part for part in _parts(card["blocks"]) if part.get("type") == "link"]
    assert links == [{"type": "link", "url": f"{bank.slack.url}files/{file_id}/download/bank.csv", "text": "bank.csv"}]
    assert bank.rows("SELECT arguments FROM approvals") == [({"statement": sealed(BANK, file_id), "note": ""},)]
    (parameters,) = (
        t["function"]["parameters"] for t in provider.asked[0]["tools"] if t["function"]["name"] == "import_statement"
    )
    assert parameters["properties"]["statement"] == {
        "description": "The statement, as CSV. The name of a file that was shared in this thread.",
        "format": "file", "title": "Statement", "type": "string",
    }  # fmt: skip

    bank.slack.click(BRUNO, card, "approve")
    bank.answer(SALES, ts, showing="bank.csv: 4 rows are in the book")
    assert bank.written() == [got(bank, BANK, file_id)]


def test_a_file_that_is_gone_when_it_is_approved_leads_to_nothing(bank: House, provider: Provider) -> None:
    ts, file_id = shared(bank)
    asked(bank, provider, ts)
    card = bank.card(SALES, ts, showing="En attente de")
    bank.slack.lose(file_id)
    bank.slack.click(BRUNO, card, "approve")
    assert "bank.csv : il n'est plus dans Slack" in text_of(bank.card(SALES, ts, showing="Rien n'a été fait"))
    assert (bank.approvals(), bank.written()) == (["failed"], [])


def test_a_file_that_holds_something_else_is_proposed_anew_and_only_that_is_done(
    bank: House, provider: Provider
) -> None:
    ts, file_id = shared(bank)
    asked(bank, provider, ts)
    card = bank.card(SALES, ts, showing="En attente de")
    other = BANK.replace(b"open", b"paid")
    bank.slack.refill(file_id, other)
    bank.slack.click(BRUNO, card, "approve")
    until("it is proposed anew", lambda: bank.approvals() == ["stale", "pending"])
    card = bank.card(SALES, ts, showing="P-2")
    before, after = (hashlib.sha256(content).hexdigest()[:16] for content in (BANK, other))
    shown = text_of(card)
    assert f"SHA-256 {before}… → bank.csv · text/csv" in shown
    assert f"SHA-256 {after}…" in shown
    assert bank.rows("SELECT reason FROM approvals WHERE status = 'stale'") == [
        ("a file no longer holds what was shown",)
    ]
    assert bank.written() == []

    bank.slack.click(BRUNO, card, "approve")
    bank.answer(SALES, ts, showing="P-2 est fait")
    assert bank.written() == [got(bank, other, file_id)]


def test_a_file_of_another_thread_is_not_found_by_name_or_id(bank: House, provider: Provider) -> None:
    _, elsewhere = shared(bank, name="salaries.csv")
    ts, _ = shared(bank)
    provider.script += [
        calls("first_line", file=elsewhere),
        calls("import_statement", statement="salaries.csv"),
        says("Voilà."),
    ]
    bank.slack.say(AMELIE, "<@UBATON01> lis les salaires", SALES, ts)
    bank.answer(SALES, ts, showing="Voilà.")
    refused = "Error: there is no file '{}' in this thread (there are: bank.csv)"
    assert provider.results() == [refused.format(elsewhere), refused.format("salaries.csv")]

    bare = bank.slack.say(AMELIE, "<@UBATON01> et ici ?", GENERAL)
    provider.script += [calls("first_line", file="bank.csv"), says("Rien.")]
    bank.answer(GENERAL, bare, showing="Rien.")
    assert provider.results() == ["Error: there is no file in this thread"]


def test_of_two_files_with_one_name_the_id_tells_which(bank: House, provider: Provider) -> None:
    ts, first = shared(bank)
    _, second = shared(bank, b"date;booked\n", thread_ts=ts)
    provider.script += [calls("first_line", file="BANK.csv "), calls("first_line", file=second), says("Voilà.")]
    bank.slack.say(AMELIE, "<@UBATON01> lis", SALES, ts)
    bank.answer(SALES, ts, showing="Voilà.")
    those = f"{first} ({len(BANK)} bytes), {second} (12 bytes)"
    ambiguous, read = provider.results()
    assert ambiguous == f"Error: several files of this thread are called 'BANK.csv ': name one by its id: {those}"
    assert read.startswith('"date;booked"')


def test_files_in_lists_and_records_and_ones_that_may_be_missing_arrive_whole(bank: House, provider: Provider) -> None:
    picture = bytes(range(256)) * 40  # nothing that could be read as text
    ts, one = shared(bank)
    _, two = shared(bank, picture, "photo.png", ts)
    asked(bank, provider, ts, "file_claim", claim={"about": "water", "papers": ["bank.csv", "photo.png"]})
    card = bank.card(SALES, ts, showing="En attente de")
    assert f"photo.png · image/png · 10\u202f240 octets · {two}" in text_of(card)
    bank.slack.click(BRUNO, card, "approve")
    bank.answer(SALES, ts, showing="2 papers sent")
    assert bank.written() == [got(bank, BANK, one), got(bank, picture, two, "photo.png", "image/png")]


def test_an_edit_keeps_the_file(bank: House, provider: Provider) -> None:
    ts, file_id = shared(bank)
    asked(bank, provider, ts)
    card = bank.card(SALES, ts, showing="En attente de")
    bank.slack.click(BRUNO, card, "edit")
    form = until("the form is open", lambda: bank.slack.modal(BRUNO))
    assert "*Statement*" in text_of(form)
    assert [block["block_id"] for block in form["blocks"] if block["type"] == "input"] == ["note"]
    assert bank.slack.submit(BRUNO, {"note": "de novembre"}) == {}
    card = bank.card(SALES, ts, showing="P-2")
    bank.slack.click(EVA, card, "approve")
    bank.answer(SALES, ts, showing="P-2 est fait")
    assert bank.rows("SELECT arguments FROM approvals WHERE number = 2") == [
        ({"statement": sealed(BANK, file_id), "note": "de novembre"},)
    ]
    assert bank.written() == [got(bank, BANK, file_id)]


def test_a_rule_speaks_of_a_file_by_its_own_name_not_by_what_the_model_called_it(
    bank: House, provider: Provider
) -> None:
    ts, secret = shared(bank, name="secret.csv")
    provider.script += [calls("import_statement", statement=secret), says("Non.")]
    bank.slack.say(AMELIE, "<@UBATON01> importe", SALES, ts)
    bank.answer(SALES, ts, showing="Non.")
    assert provider.results() == ["Error: import_statement is not allowed (rule: never secrets)"]
    assert bank.approvals() == []


@pytest.mark.parametrize("given", ["", "  ", 7, None, {"file": "F1"}, ["bank.csv"]])
def test_what_names_no_file_is_refused(given: Any) -> None:
    tool = Catalog.load(BANK_TOOLS)["import_statement"]
    with pytest.raises(ToolError) as refused:
        tool.parse(json.dumps({"statement": given}))
    assert str(refused.value) == "import_statement: statement: this has to be the name of a file of this thread"


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(part)
