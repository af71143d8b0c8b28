"""An admin adds, changes and breaks a tool's file while Baton runs: no restart, and nothing that worked stops working."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import refreshed
from bot.tooling.catalog import Catalog
from tests.house import AMELIE, DAVID, SALES, House, text_of, until
from tests.provider import Provider, calls, says
from tests.test_home import opened

GREETINGS = '''
"""Greetings."""
from bot import RunContext, tool


@tool(read_only=True, titles={"fr": "Salutation", "en": "Greeting"}, examples=["Salue le client Durand", "Greet Durand"])
async def greet(ctx: RunContext, whom: str) -> str:
    """Greet somebody."""
    return f"Welcome, {whom}"


@tool(titles={"fr": "Carte de vœux", "en": "Greeting card"})
async def send_card(ctx: RunContext, whom: str) -> dict[str, str]:
    """Send a greeting card.

    Args:
        whom: Whom to greet.
    """
    return {"summary": f"Card sent to {whom}"}
'''


@pytest.fixture
def file(house: House) -> Iterator[Path]:
    """A file of the tools folder that is not there yet; it may import `_words.py`."""
    place = house.tools / "greetings.py"
    yield place
    place.unlink(missing_ok=True)
    (house.tools / "_words.py").unlink(missing_ok=True)
    read_again(house, lambda: None)


def put(file: Path, text: str) -> None:
    """Write a file as an editor does that replaces it."""
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(file)


def read_again(house: House, change: Callable[[], object]) -> None:
    """Change the folder, and wait until Baton has looked at it."""
    before = house.baton.output().count("the tools folder was read again")
    change()
    until("the folder is read again", lambda: house.baton.output().count("the tools folder was read again") > before)


def test_a_tool_is_added_changed_and_broken_without_a_restart(house: House, provider: Provider, file: Path) -> None:
    house.start()
    read_again(house, lambda: put(file, GREETINGS))
    provider.script += [calls("greet", whom="Durand"), says("Salué.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> salue Durand", SALES)
    house.answer(SALES, ts, "Salué.")
    assert [result.partition("\n")[0] for result in provider.results()] == ['"Welcome, Durand"']
    assert "Salue le client Durand" in text_of(opened(house, AMELIE, showing="Ce que je sais faire"))

    read_again(house, lambda: put(file, GREETINGS.replace("Welcome", "Hello")))
    read_again(house, lambda: put(file, GREETINGS.replace("whom: str", "whom")))
    provider.script += [calls("greet", whom="Durand"), says("Encore salué.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> salue Durand", SALES)
    house.answer(SALES, ts, "Encore salué.")
    assert provider.results()[-1].startswith('"Hello, Durand"'), "the last good version"
    told = text_of(opened(house, DAVID, showing="For administrators"))
    assert "A file of the tools folder is wrong" in told
    assert "greetings.py:6: greet: argument 'whom' has no type" in told


def test_the_audit_has_each_file_that_was_in_force_and_what_it_imports(house: House, file: Path) -> None:
    def latest() -> dict[str, Any]:
        found = house.rows("SELECT data FROM audit WHERE type = 'tools.in_force' ORDER BY seq DESC LIMIT 1")
        return dict(found[0][0]) if found else {"beside": {}, "tools": {}}

    house.start()
    beside = house.tools / "_words.py"
    for word in ("Welcome", "Hello"):
        read_again(house, lambda word=word: put(beside, f"WORD = {word!r}\n"))
        digest = hashlib.sha256(beside.read_bytes()).hexdigest()
        until("it is in the audit", lambda digest=digest: latest()["beside"] == {"_words.py": digest})
    read_again(house, lambda: put(file, GREETINGS.replace('"""Greetings."""', "from _words import WORD")))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    until("the tool is in the audit", lambda: latest()["tools"].get("greet", {}).get("sha256") == digest)


def test_what_was_proposed_with_a_tool_that_is_gone_or_another_now_does_not_happen(
    house: House, provider: Provider, file: Path
) -> None:
    house.start()
    read_again(house, lambda: put(file, GREETINGS))
    house.rules(
        'groups: {finance: {members: "@finance", channel: "#finance"}}\n'
        "rules: [{name: cards, tools: send_card, effect: ask, of: finance, self: true}]\n"
    )
    house.slack.group("finance", [AMELIE])
    provider.script += [calls("send_card", whom="Durand"), says("C'est différent.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> envoie une carte", SALES)
    card = house.card(SALES, ts)
    other = GREETINGS.replace("card(ctx: RunContext, whom: str)", "card(ctx: RunContext, whom: int)")
    read_again(house, lambda: put(file, other))
    house.slack.click(AMELIE, card, "approve")
    house.settle()
    assert house.approvals() == ["stale"]


def test_a_tool_that_comes_later_can_be_paused_and_is_under_the_rules(
    house: House, provider: Provider, file: Path
) -> None:
    house.start()
    read_again(house, lambda: put(file, GREETINGS))
    assert "send_card" in house.slack.command(DAVID, "/baton pause tool send_card", SALES)
    provider.script += [calls("send_card", whom="Durand"), says("En pause.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> envoie une carte", SALES)
    house.answer(SALES, ts, "En pause.")
    assert house.approvals() == []


def test_a_setting_that_was_missing_is_taken_from_env_while_baton_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_REALM", "north")
    monkeypatch.setenv("DESK_URL", "set here so that it is taken away at the end")
    monkeypatch.delenv("DESK_URL")
    monkeypatch.setenv("DESK_SECRET", "")
    (tmp_path / "sources.yaml").write_text("systems: {desk: {base_url: '${DESK_URL}', realm: '${DESK_REALM}'}}\n")
    (tmp_path / "greetings.py").write_text(GREETINGS.replace("read_only=True", "read_only=True, system='desk'"))
    catalog = Catalog.load(tmp_path)
    (tmp_path / ".env").write_text("DESK_REALM=south\nDESK_URL=\nDESK_SECRET=s3cret\n")
    assert (refreshed(catalog), sorted(catalog)) == (False, ["send_card"])
    (tmp_path / ".env").write_text("DESK_URL=http://desk.invalid\nDESK_REALM=south\n")
    assert (refreshed(catalog), sorted(catalog)) == (True, ["greet", "send_card"])
    assert catalog.systems["desk"].config["realm"] == "north", "what is set already stays"
    assert not refreshed(catalog)
    assert os.environ["DESK_SECRET"] == "", "what somebody emptied on purpose, as the demo does, stays empty"


def test_a_setting_for_a_file_that_is_wrong_now_does_not_have_it_read_without_end(tmp_path: Path) -> None:
    known: dict[str, str] = {}
    (tmp_path / "sources.yaml").write_text("systems: {desk: {base_url: '${DESK_URL}'}}\n")
    catalog = Catalog.load(tmp_path, known)
    (tmp_path / "sources.yaml").write_text("systems: [wrong\n")
    assert (catalog.refresh(), len(catalog.problems)) == (True, 1)
    known["DESK_URL"] = "http://desk.invalid"
    assert not catalog.refresh()
    (tmp_path / "sources.yaml").write_text("systems: {desk: {base_url: '${DESK_URL}'}}\n")
    assert (catalog.refresh(), list(catalog.systems)) == (True, ["desk"])
