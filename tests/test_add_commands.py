"""`baton tools add`: what a new tool would be, before anybody may call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.reasons import because
from bot.tooling.admission import admission_tools
from bot.tooling.catalog import Catalog
from bot.tooling.pins import FILE, read_pins
from bot.tooling.quarantine import Quarantine
from tests.caller import ENGLISH, Caller
from tests.house import ROOT
from tests.test_admission import CLEANUP, GREETINGS
from tests.test_openapi import MODERN

SHELF = [sys.executable, str(ROOT / "tests" / "mcp_shelf.py")]


class Desk:
    """A tools folder with the command, and a place for what is added."""

    def __init__(self, home: Path, database: str) -> None:
        self.tools, self.home = home / "tools", home
        self.tools.mkdir()
        self._environment = {"BATON_TOOLS": str(self.tools), "BATON_HOME": str(home), "BATON_DATABASE_URL": database}
        self.quarantine = Quarantine(self.tools)

    def add(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "tools", "add", *words],
            env={**os.environ, **self._environment, "COLUMNS": "500"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
        )

    def refusal(self, *words: str) -> str:
        """What a command says that adds nothing."""
        done = self.add(*words)
        assert done.returncode == 2, done.stdout
        assert self.quarantine.waiting() == []
        return done.stderr

    def written(self, name: str, text: str) -> str:
        file = self.home / name
        file.write_text(text, "utf-8")
        return str(file)


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return Desk(tmp_path, database)


def test_a_python_file_is_tried_and_waits(desk: Desk) -> None:
    told = desk.add("python", desk.written("cleanup.py", CLEANUP))
    assert told.returncode == 0, told.stderr
    assert "nobody can decide that yet: add to policy.yaml a rule for 'admit_destructive_tool'" in told.stdout
    found = desk.quarantine.find("cleanup")
    (tool,) = found.tools
    assert (tool.name, tool.effect, tool.proposed, tool.word) == (
        "delete_drafts",
        "destructive",
        "destructive",
        "delete",
    )
    assert (tool.arguments, tool.held, tool.problems) == (("older_than_days",), 5, ())
    assert not list(desk.tools.glob("*.py"))


def test_what_a_check_does_not_hold_is_said_and_stays_with_the_addition(desk: Desk) -> None:
    preview = (
        "\n\n@find_greeting.preview\nasync def _preview(ctx: RunContext, who: str) -> dict[str, str]:\n    return {}\n"
    )
    told = desk.add("python", desk.written("greetings.py", GREETINGS + preview))
    assert "5 held, 1 not" in told.stdout
    (tool,) = desk.quarantine.find("greetings").tools
    (problem,) = tool.problems
    assert problem == "preview cannot be called with ctx, whom: missing a required argument: 'who'"


def test_a_wrong_python_file_is_not_added(desk: Desk) -> None:
    wrong = GREETINGS.replace("whom: str", "whom")
    assert "greetings.py:6: find_greeting: argument 'whom' has no type" in desk.refusal(
        "python", desk.written("greetings.py", wrong)
    )
    assert "makes no tool" in desk.refusal("python", desk.written("nothing.py", '"""Nothing."""\n'))
    (desk.tools / "greetings.py").write_text(GREETINGS, "utf-8")
    again = desk.written("again.py", GREETINGS)
    assert "already has a tool of this name" in desk.refusal("python", again)
    assert "is there already" in desk.refusal("python", desk.written("greetings.py", GREETINGS))


async def test_operations_are_listed_with_a_proposed_effect_and_those_chosen_wait(desk: Desk) -> None:
    document = desk.written("crm.json", json.dumps(MODERN))
    listed = desk.add("openapi", "crm", document)
    assert listed.returncode == 2
    assert "deleteContact" in listed.stdout
    assert "--operation" in listed.stderr
    chosen = ["--operation", "createContact", "--operation", "getContact", "--base-url", "${CRM_URL}"]
    assert "write the secret as ${NAME}" in desk.refusal(
        "openapi", "crm", document, *chosen, "--header", "Authorization: Bearer s3cret"
    )
    assert "begins with neither http:// nor https://" in desk.refusal(
        "openapi", "crm", document, *chosen[:4], "--base-url", "ftp://crm"
    )
    assert "save the document, and name its file" in desk.refusal("openapi", "crm", "http://crm/openapi.json")
    assert "write it as 'createContact=…'; you add createContact, getContact" in desk.refusal(
        "openapi", "crm", document, *chosen, "--effect", "create_contact=read"
    )
    assert "give the address with --base-url" in desk.refusal("openapi", "crm", document, *chosen[:4])
    done = desk.add("openapi", "crm", document, *chosen, "--header", "Authorization: Bearer ${CRM_TOKEN}")
    assert done.returncode == 0, done.stderr
    assert "Nobody can decide on calls of create_contact yet" in done.stdout
    assert "It needs in .env: CRM_TOKEN, CRM_URL" in done.stdout
    for known, warned in (({}, "CRM_TOKEN, CRM_URL"), ({"CRM_TOKEN": "s3cret", "CRM_URL": ""}, "CRM_URL")):
        admit, _ = admission_tools(desk.tools, environment=known)
        shown = await admit.show(Caller(Catalog({}, {}), ENGLISH).context(), {"name": "crm"})
        assert because("not_set", names=warned) in shown["warnings"]
    again = desk.add("openapi", "crm", document, *chosen, "--header", "Authorization: Bearer ${CRM_TOKEN}")
    assert "takes the place of what waited as 'crm'" in again.stdout
    found = desk.quarantine.find("crm")
    assert [(t.name, t.effect, t.proposed, t.problems) for t in found.tools] == [
        ("create_contact", "write", "write", ()),
        ("get_contact", "read", "read", ()),
    ]
    assert all(tool.held > 10 for tool in found.tools), "each was called on a stand-in too"
    assert yaml.safe_load(desk.quarantine.look("crm")[1]["crm.sources.yaml"]) == {
        "openapi": {
            "crm": {
                "document": "crm.openapi.json",
                "system": "crm",
                "operations": {"createContact": {"effect": "write"}, "getContact": {"effect": "read"}},
            }
        },
        "systems": {"crm": {"base_url": "${CRM_URL}", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}},
    }


def test_what_is_added_gets_the_names_and_words_of_the_company(desk: Desk) -> None:
    document = desk.written("crm.json", json.dumps(MODERN))
    chosen = ["--operation", "createContact", "--base-url", "https://crm.test"]
    assert "write it as 'createContact=…'" in desk.refusal("openapi", "crm", document, *chosen, "--name", "x=y")
    said = ["Crée un contact pour Durand", "Add a contact: a=b"]
    words = [word for one in said for word in ("--example", f"createContact={one}")]
    done = desk.add("openapi", "crm", document, *chosen, "--name", "createContact=new_contact", *words)
    assert done.returncode == 0, done.stderr
    found, contents = desk.quarantine.look("crm")
    assert [(tool.name, tool.proposed) for tool in found.tools] == [("new_contact", "write")]
    described = yaml.safe_load(contents["crm.sources.yaml"])["openapi"]["crm"]["operations"]
    assert described == {"createContact": {"effect": "write", "name": "new_contact", "examples": said}}


def test_an_admin_may_know_better_and_who_admits_sees_that(desk: Desk) -> None:
    document = desk.written("crm.json", json.dumps(MODERN))
    chosen = ["--operation", "createContact", "--base-url", "https://crm.test"]
    assert "an effect is read, write or destructive" in desk.refusal(
        "openapi", "crm", document, *chosen, "--effect", "createContact=x"
    )
    done = desk.add("openapi", "crm", document, *chosen, "--effect", "createContact=read")
    assert done.returncode == 0, done.stderr
    (tool,) = desk.quarantine.find("crm").tools
    assert (tool.effect, tool.proposed, tool.word) == ("read", "write", "create")


async def test_tools_of_an_mcp_server_are_looked_at_pinned_and_wait(desk: Desk) -> None:
    things = desk.home / "things"
    things.mkdir()
    command = ["--command", " ".join([*SHELF, str(things)])]
    listed = desk.add("mcp", "shelf", *command)
    assert listed.returncode == 2
    assert "read_note" in listed.stdout
    assert "shelf has no tool 'nothing' (there are: " in desk.refusal("mcp", "shelf", *command, "--tool", "nothing")
    named = ["--name", "read_note=find_note", "--example", "read_note=Read the note on seals"]
    done = desk.add("mcp", "shelf", *command, "--tool", "write_note", "--tool", "read_note", *named)
    assert done.returncode == 0, done.stderr
    found = desk.quarantine.find("shelf")
    assert {tool.name: tool.effect for tool in found.tools} == {"shelf_write_note": "write", "find_note": "read"}
    pinned = read_pins(desk.quarantine.path / "shelf" / FILE)["shelf"]["write_note"]
    shown = await admission_tools(desk.tools)[0].show(Caller(Catalog({}, {}), ENGLISH).context(), {"name": "shelf"})
    read = yaml.safe_load(shown["Arguments of shelf_write_note, as models read them"])
    assert read == {**pinned.schema, "additionalProperties": False}, "whoever admits it sees all that models are told"
    assert pinned.description in shown["Tool shelf_write_note"]
    desk.quarantine.admit("shelf", found.digest, "P1")
    assert sorted(read_pins(desk.tools / FILE)["shelf"]) == ["read_note", "write_note"]
    desk.quarantine.take_out("P1")
    assert desk.quarantine.find("shelf") == found
