"""The desk for new tools: what is added waits where nothing can call it, until those who may have admitted what they saw."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import RunContext
from bot.errors import ToolError
from bot.slack.words import cause
from bot.tooling.admission import admission_tools
from bot.tooling.quarantine import Addition, Candidate, Quarantine, addition
from bot.types import Actor
from tests.caller import no_search
from tests.house import AMELIE, BRUNO, DAVID, EVA, SALES, House, baton, buttons, text_of, until
from tests.provider import Provider, calls, says

GREETINGS = '''
"""Greetings."""
from bot import RunContext, tool


@tool(read_only=True, examples=["Salue le client Durand", "Greet Durand"])
async def find_greeting(ctx: RunContext, whom: str) -> str:
    """Find the words of a greeting."""
    return f"Welcome, {whom}"
'''
CLEANUP = '''
"""Cleaning up."""
from bot import RunContext, tool


@tool(destructive=True, examples=["Efface les brouillons", "Delete the drafts"])
async def delete_drafts(ctx: RunContext, older_than_days: int) -> dict[str, str]:
    """Delete old drafts."""
    return {"summary": "gone"}
'''
RULES = """
groups: {admins: {members: "@admins"}}
rules: [{name: administrators admit, tools: "admit_*", effect: ask, of: admins}]
"""


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Iterator[House]:
    """A house whose administrators admit tools, with an empty quarantine."""
    house.rules(RULES)
    house.slack.group("admins", [BRUNO, DAVID, EVA])
    yield house
    for name in ("_quarantine", "admitted.lock.json", "greetings.py", "cleanup.py"):
        place = house.tools / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


def add(house: House, tmp_path: Path, name: str, text: str) -> str:
    """Add a file with the command, as an admin on the machine does."""
    file = tmp_path / f"{name}.py"
    file.write_text(text, "utf-8")
    done = baton(house, "tools", "add", "python", str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout


def admit(house: House, provider: Provider, tool: str, name: str) -> tuple[str, dict[str, object]]:
    """Ask for an admission; the thread and its card."""
    until("Baton knows how to admit", lambda: knows(house, provider, tool))
    provider.script += [calls(tool, name=name), says("C'est noté.")]
    ts = house.slack.say(AMELIE, f"<@UBATON01> admets l'outil {name}", SALES)
    return ts, house.card(SALES, ts)


def knows(house: House, provider: Provider, tool: str) -> bool:
    provider.script += [says("Bonjour.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> bonjour", SALES)
    house.answer(SALES, ts, "Bonjour.")
    return tool in provider.offered()


def test_a_tool_is_added_waits_is_admitted_by_another_works_and_is_taken_out_again(
    desk: House, provider: Provider, tmp_path: Path
) -> None:
    told = add(desk, tmp_path, "greetings", GREETINGS)
    assert "decided by 1 of admins" in told
    assert not (desk.tools / "greetings.py").exists()
    ts, card = admit(desk, provider, "admit_tool", "greetings")
    shown = text_of(card)
    assert "find_greeting" in shown
    assert "lit seulement · proposé : lit seulement (find)" in shown
    assert "Welcome, {whom}" in shown, "whoever decides sees the whole file"
    assert "find_greeting" not in provider.offered()

    desk.slack.click(AMELIE, card, "approve")
    desk.settle()
    assert desk.approvals() == ["pending"], "nobody admits who asked for it"
    desk.slack.click(DAVID, card, "approve")
    desk.answer(SALES, ts, "« greetings » est admis : find_greeting")
    assert (desk.tools / "greetings.py").read_text("utf-8") == GREETINGS
    assert not (desk.tools / "_quarantine" / "greetings").exists()
    until("the tool is offered", lambda: knows(desk, provider, "find_greeting"))
    provider.script += [calls("find_greeting", whom="Durand"), says("Salué.")]
    again = desk.slack.say(AMELIE, "<@UBATON01> salue Durand", SALES)
    desk.answer(SALES, again, "Salué.")
    assert provider.results()[-1].startswith('"Welcome, Durand"')

    digest = hashlib.sha256(GREETINGS.encode()).hexdigest()
    (added,) = desk.rows("SELECT actor, data FROM audit WHERE type = 'tools.added'")
    assert (added[0], added[1]["addition"], added[1]["files"]) == ("operator", "greetings", {"greetings.py": digest})
    assert added[1]["tools"] == [{"tool": "find_greeting", "effect": "read", "proposed": "read"}]
    (last,) = desk.rows("SELECT data FROM audit WHERE type = 'tools.in_force' ORDER BY seq DESC LIMIT 1")
    assert last[0]["tools"]["find_greeting"]["sha256"] == digest

    done = desk.card(SALES, ts, showing="greetings")
    assert "Annuler cette action" in buttons(done)
    desk.slack.click(AMELIE, done, "undo")
    undo = until("a card for the undo", lambda: next((c for c in desk.cards(SALES, ts) if "approve" in str(c)), None))
    desk.slack.click(DAVID, undo, "approve")
    desk.settle()
    assert desk.approvals() == ["executed", "executed"]
    assert not (desk.tools / "greetings.py").exists()
    assert Quarantine(desk.tools).find("greetings").files == {"greetings.py": digest}


def test_what_destroys_is_admitted_by_two(desk: House, provider: Provider, tmp_path: Path) -> None:
    assert "Authorise the destructive tool “cleanup”" in add(desk, tmp_path, "cleanup", CLEANUP)
    until("Baton knows how to admit", lambda: knows(desk, provider, "admit_tool"))
    provider.script += [calls("admit_tool", name="cleanup"), says("Il en faut deux.")]
    ts = desk.slack.say(AMELIE, "<@UBATON01> admets l'outil cleanup", SALES)
    desk.answer(SALES, ts, "Il en faut deux.")
    assert "admit_destructive_tool" in provider.results()[-1]
    assert desk.approvals() == []

    ts, card = admit(desk, provider, "admit_destructive_tool", "cleanup")
    desk.slack.click(DAVID, card, "approve")
    desk.settle()
    assert (desk.approvals(), (desk.tools / "cleanup.py").exists()) == (["pending"], False)
    desk.slack.click(EVA, desk.card(SALES, ts), "approve")
    desk.answer(SALES, ts, "« cleanup » est admis")
    assert (desk.approvals(), (desk.tools / "cleanup.py").exists()) == (["executed"], True)


def test_what_was_changed_after_it_was_shown_is_not_admitted(desk: House, provider: Provider, tmp_path: Path) -> None:
    add(desk, tmp_path, "greetings", GREETINGS)
    _, card = admit(desk, provider, "admit_tool", "greetings")
    add(desk, tmp_path, "greetings", GREETINGS.replace("Welcome", "Go away"))
    desk.slack.click(DAVID, card, "approve")
    until("the proposal is stale", lambda: desk.approvals()[:1] == ["stale"])
    assert not (desk.tools / "greetings.py").exists()
    by_hand = desk.tools / "_quarantine" / "greetings" / "greetings.py"
    by_hand.write_text(GREETINGS + "# more\n", "utf-8")
    with pytest.raises(ToolError, match="no longer those that were checked"):
        Quarantine(desk.tools).find("greetings")


async def test_what_came_in_force_meanwhile_under_the_same_name_is_neither_shown_nor_admitted(tmp_path: Path) -> None:
    quarantine = held(tmp_path, "crm", b"systems: {crm: {base_url: http://crm.invalid}}\n")
    quarantine.put(*added("shop", b"systems: {erp: {base_url: http://erp.invalid}}\n"))
    admit, _ = admission_tools(tmp_path)
    witness = {"SHA-256": quarantine.find("crm").digest}
    ctx = RunContext(
        "run_1", Actor(AMELIE), dt.datetime.now(dt.UTC), search=no_search, idempotency_key="P1", witness=witness
    )
    (tmp_path / "sources.yaml").write_text("systems: {crm: {base_url: http://mine.invalid}}", "utf-8")
    for look in (admit.show, admit.call):
        with pytest.raises(ToolError, match=r"'crm' no longer fits what is in force, nothing was admitted: ") as why:
            await look(ctx, {"name": "crm"})
        assert str(tmp_path / "crm.sources.yaml") in str(why.value)
        assert "ne va plus avec ce qui est en service" in cause("fr", str(why.value))
    assert quarantine.waiting() == ["crm", "shop"]
    assert await admit.show(ctx, {"name": "shop"})


# ---- the quarantine itself


def held(folder: Path, name: str = "crm", described: bytes = b"systems: {}\n") -> Quarantine:
    """A folder with an addition of two files."""
    folder.mkdir(exist_ok=True)
    quarantine = Quarantine(folder)
    quarantine.put(*added(name, described))
    return quarantine


def added(name: str, described: bytes) -> tuple[Addition, dict[str, bytes]]:
    contents = {f"{name}.openapi.json": b"{}", f"{name}.sources.yaml": described}
    one = Candidate(name="find_x", description="Find.", arguments=(), effect="read", proposed="read")
    return addition(name, contents, (one,), "ada"), contents


def test_an_admission_that_was_interrupted_did_not_happen_and_can_be_taken_up_again(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    found = quarantine.find("crm")
    (tmp_path / "tools" / "crm.openapi.json").write_bytes(b"{}")  # it ended between the document and the entry
    assert quarantine.admitted("P1") is None
    quarantine.admit("crm", found.digest, "P2")
    assert (quarantine.admitted("P2"), quarantine.waiting()) == (found, [])
    assert sorted(file.name for file in (tmp_path / "tools").iterdir()) == [
        "_quarantine",
        "admitted.lock.json",
        "crm.openapi.json",
        "crm.sources.yaml",
    ]


def test_nothing_that_is_there_is_replaced(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    (tmp_path / "tools" / "crm.sources.yaml").write_text("mine", "utf-8")
    with pytest.raises(ToolError, match=r"already has crm\.sources\.yaml: nothing was admitted"):
        quarantine.admit("crm", quarantine.find("crm").digest, "P1")
    assert (quarantine.admitted("P1"), quarantine.waiting()) == (None, ["crm"])


def test_what_an_admin_changed_since_is_not_taken_out(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    quarantine.admit("crm", quarantine.find("crm").digest, "P1")
    (tmp_path / "tools" / "crm.openapi.json").write_bytes(b"{ }")
    with pytest.raises(ToolError, match="nothing was taken out"):
        quarantine.take_out("P1")
    assert (tmp_path / "tools" / "crm.sources.yaml").exists()


def test_files_of_an_addition_lead_nowhere_else(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    report = tmp_path / "tools" / "_quarantine" / "crm" / "report.json"
    report.write_text(report.read_text("utf-8").replace("crm.openapi.json", "../../crm.openapi.json"), "utf-8")
    with pytest.raises(ToolError, match="cannot be read: add it again"):
        quarantine.find("crm")
    with pytest.raises(ToolError, match=r"nothing of the name '\.\./crm' waits"):
        quarantine.find("../crm")


def test_a_ledger_that_cannot_be_read_admits_nothing(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    (tmp_path / "tools" / "admitted.lock.json").write_text("{", "utf-8")
    with pytest.raises(ToolError, match="cannot be read: restore it"):
        quarantine.admit("crm", quarantine.find("crm").digest, "P1")
    assert not (tmp_path / "tools" / "crm.sources.yaml").exists()


@pytest.mark.parametrize("step", range(1, 8))
def test_an_admission_that_dies_at_any_step_is_told_truly_and_can_be_done_again(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    quarantine, steps = held(tmp_path / "tools"), iter(range(1, 99))

    def mortal(work: Callable[..., object]) -> Callable[..., object]:
        def dies(*args: Any, **more: Any) -> object:
            if next(steps) == step:
                raise Killed
            return work(*args, **more)

        return dies

    found = quarantine.find("crm")
    with monkeypatch.context() as patched:
        for name in ("write_bytes", "replace"):
            patched.setattr(Path, name, mortal(getattr(Path, name)))
        patched.setattr(shutil, "rmtree", mortal(shutil.rmtree))
        with pytest.raises(Killed):
            quarantine.admit("crm", found.digest, "P1")
    in_force = (tmp_path / "tools" / "crm.sources.yaml").exists()
    assert (quarantine.admitted("P1") is not None) == in_force == (step == 7)
    if not in_force:
        quarantine.admit("crm", found.digest, "P2")
        assert quarantine.admitted("P2") == found
    assert quarantine.waiting() == []


def test_of_two_decisions_on_one_addition_one_admits_it(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    digest = quarantine.find("crm").digest
    quarantine.admit("crm", digest, "P1")
    with pytest.raises(ToolError, match="nothing of the name 'crm' waits"):
        quarantine.admit("crm", digest, "P2")
    assert (quarantine.admitted("P1") is not None, quarantine.admitted("P2")) == (True, None)


def test_what_was_exchanged_after_the_decision_is_not_admitted(tmp_path: Path) -> None:
    quarantine = held(tmp_path / "tools")
    digest = quarantine.find("crm").digest
    held(tmp_path / "tools", "crm")
    place = tmp_path / "tools" / "_quarantine" / "crm" / "crm.sources.yaml"
    place.write_text("systems: {x: {base_url: http://evil}}", "utf-8")
    with pytest.raises(ToolError, match="no longer those that were checked"):
        quarantine.admit("crm", digest, "P1")
    place.unlink()
    outside = tmp_path / "outside.yaml"
    outside.write_text("systems: {}\n", "utf-8")
    place.symlink_to(outside)
    quarantine.admit("crm", quarantine.find("crm").digest, "P2")
    assert not (tmp_path / "tools" / "crm.sources.yaml").is_symlink()


def test_a_file_that_python_reads_otherwise_than_people_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "tools"
    folder.mkdir()
    content = b"# coding: utf-7\n# see +AAo-x = 1\n"
    Quarantine(folder).put(addition("odd", {"odd.py": content}, (), "ada"), {"odd.py": content})
    with pytest.raises(ToolError, match="cannot be read"):
        Quarantine(folder).find("odd")


def test_a_document_may_be_written_as_documents_are(tmp_path: Path) -> None:
    """What counts for Python's own source does not for a document."""
    quarantine = held(tmp_path / "tools")
    contents = {"crm.openapi.yaml": b"\xef\xbb\xbf# coding: latin-1\npaths: {}\n", "crm.sources.yaml": b"systems: {}\n"}
    quarantine.put(addition("crm", contents, (), "ada"), contents)
    quarantine.admit("crm", quarantine.find("crm").digest, "P1")
    assert (tmp_path / "tools" / "crm.openapi.yaml").read_bytes() == contents["crm.openapi.yaml"]


def test_rights_that_fail_behind_the_last_step_are_no_promise_that_nothing_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(place: Path) -> None:
        raise PermissionError(place)

    quarantine = held(tmp_path / "tools")
    found = quarantine.find("crm")
    monkeypatch.setattr(shutil, "rmtree", refused)
    with pytest.raises(PermissionError):
        quarantine.admit("crm", found.digest, "P1")
    assert quarantine.admitted("P1") == found
