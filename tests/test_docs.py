"""What the documents promise: the example tool works as printed, settings and commands are those of the code."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import MISSING, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from typer.main import get_command

from bot import Done, NotDone, RunContext, System, ToolError
from bot.agents.agent import Agent
from bot.agents.handoff import DEEPEST, MOST
from bot.agents.roster import Known, read
from bot.agents.shortlist import MANY, SHOWN
from bot.cli import cli
from bot.desk import Returned
from bot.policy.cases import outcomes, read_cases
from bot.policy.policy import Ask, Case, Deny, Need, Policy, Rule, Terms
from bot.policy_commands import Tools
from bot.settings import Settings
from bot.state.approvals import MOVES, Status
from bot.state.rulings import RULED
from bot.tooling.catalog import Catalog
from bot.tooling.quarantine import Quarantine
from bot.tooling.sql_rights import could_write, proper_role
from bot.types import Actor, SealedFile
from tests.conftest import empty_database
from tests.mcp_places import Place
from tests.test_openapi import MODERN
from tests.warehouse import PASSWORD, ask, warehouse_at

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ENVIRONMENT = {"BILLING_URL": "http://billing.test/api/", "BILLING_TOKEN": "t"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The guide's example, as a tools folder."""
    text = (ROOT / "docs" / "tools.md").read_text("utf-8")
    python, sources, policy, *_ = re.findall(r"^```(?:python|yaml)\n(.*?)^```", text, re.S | re.M)
    (tmp_path / "refunds.py").write_text(python, "utf-8")
    (tmp_path / "sources.yaml").write_text(sources, "utf-8")
    (tmp_path / "policy.yaml").write_text(policy, "utf-8")
    return tmp_path


def test_the_guides_example_is_described_to_models_as_it_says(folder: Path) -> None:
    (described,) = Catalog.load(folder, ENVIRONMENT).describe()
    function = described["function"]
    assert function["name"] == "refund_invoice"
    assert function["description"] == (
        "Refund part or all of a paid invoice.\n\n"
        "Consequential: waits for a person's decision.\n\n"
        "Examples:\n"
        "- Rembourse 250 € sur la facture INV-1042\n"
        "- Refund 80 EUR of invoice INV-0977 because the parcel was late"
    )
    arguments = function["parameters"]["properties"]
    assert {name: field["description"] for name, field in arguments.items()} == {
        "invoice": "Number of the invoice, such as INV-1042.",
        "amount": "How much, in the invoice's own currency.",
        "reason": "Shown to the customer on the credit note.",
    }
    assert function["parameters"]["required"] == ["invoice", "amount"]


def test_the_guides_example_is_left_out_while_a_variable_is_missing(folder: Path) -> None:
    assert list(Catalog.load(folder, {"BILLING_URL": "http://billing.test/"})) == []


def test_the_guides_rule_asks_finance(folder: Path) -> None:
    noon, arguments = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), {"invoice": "INV-1042", "amount": Decimal(250)}
    case = Case("refund_invoice", "write", arguments, "U0AMELIE01", "front_desk", "C0VENTES01", direct=False, at=noon)
    verdict = Policy.load(folder / "policy.yaml").decide(case)
    assert verdict == Ask(("refunds go to finance",), (Need("finance"),), Terms())


async def test_the_guides_example_does_what_it_says(folder: Path) -> None:
    tool = Catalog.load(folder, ENVIRONMENT)["refund_invoice"]
    billing = Billing()
    ctx = context(billing)
    arguments = tool.parse('{"invoice": "INV-1042", "amount": "250.00"}')
    assert await tool.show(ctx, arguments) == {
        "Customer": "Aqualia", "Refund": "250.00 EUR", "Left after it": "150.00",
    }  # fmt: skip
    assert await tool.facts(ctx, arguments) == {"paid": "400.00", "refunded": "0.00", "_version": 7}
    assert isinstance(await tool.settle(ctx, "ap_1"), NotDone)

    receipt = {"summary": "250.00 refunded on INV-1042 (R-1)", "reference": "ap_1"}
    assert await tool.call(replace(ctx, idempotency_key="ap_1"), arguments) == receipt
    assert await tool.settle(ctx, "ap_1") == Done(receipt)


async def test_the_guides_example_takes_back_what_it_did_unless_the_system_refuses(folder: Path) -> None:
    tool = Catalog.load(folder, ENVIRONMENT)["refund_invoice"]
    ctx = replace(context(Billing()), idempotency_key="ap_2")
    undone = await tool.take_back(ctx, {"summary": "250.00 refunded on INV-1042 (R-1)", "reference": "ap_1"})
    assert undone == {"summary": "The refund is cancelled (C-ap_1)", "reference": "ap_2"}
    with pytest.raises(ToolError, match="the money is on its way"):
        await tool.take_back(ctx, {"summary": "1 refunded on INV-1042 (R-2)", "reference": "PAID"})
    assert tool.undo_within == 3600


async def test_the_guides_example_promises_nothing_happened_only_when_the_system_says_so(folder: Path) -> None:
    tool = Catalog.load(folder, ENVIRONMENT)["refund_invoice"]
    ctx = context(Billing())
    with pytest.raises(ToolError, match=r"only 400\.00 EUR"):
        await tool.show(ctx, tool.parse('{"invoice": "INV-1042", "amount": "400.01"}'))
    with pytest.raises(ToolError, match="the period is closed"):
        await tool.call(ctx, tool.parse('{"invoice": "CLOSED", "amount": "1"}'))
    with pytest.raises(httpx.HTTPStatusError):
        await tool.call(ctx, tool.parse('{"invoice": "BROKEN", "amount": "1"}'))


def test_the_guides_file_is_named_by_a_model_shown_in_advance_and_read(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8").partition("## A file as an argument")[2]
    (tmp_path / "statements.py").write_text(re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)[0], "utf-8")
    tool = Catalog.load(tmp_path, {})["import_statement"]
    checked = tool.parse('{"statement": "november.csv"}')
    assert tool.files(checked) == ["november.csv"]
    ctx = context(Billing())
    for content, outcome in ((b"\xef\xbb\xbfday;amount\n1;2.00\n2;3.00\n", 2), (b"\xff\xfe", None)):
        file = SealedFile("F1", "november.csv", "text/csv", len(content), hashlib.sha256(content).hexdigest())
        sealed = tool.sealed(checked, {"november.csv": file})
        how = {"contents": {file.sha256: content}}
        if outcome is None:
            with pytest.raises(ToolError, match=r"november\.csv is not UTF-8 text"):
                asyncio.run(tool.call(ctx, sealed, **how))
        else:
            assert asyncio.run(tool.show(ctx, sealed, **how)) == {"Movements": outcome}
            done = asyncio.run(tool.call(ctx, sealed, **how))
            assert done == {"summary": "2 movements imported from november.csv"}
    rule = Rule(name="only CSV", tools="import_*", effect="deny", when='!args.statement.endsWith(".csv")')
    noon = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    case = Case(
        "import_statement", "write", tool.typed(sealed), "U0AMELIE01", "front_desk", "C1", direct=False, at=noon
    )
    assert not isinstance(Policy({}, [rule]).decide(case), Deny)


def test_the_guides_operations_become_tools_as_it_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8").partition("## An OpenAPI document")[2]
    (tmp_path / "crm.json").write_text(json.dumps(MODERN), "utf-8")
    (tmp_path / "sources.yaml").write_text(re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M)[0], "utf-8")
    catalog = Catalog.load(tmp_path, {"CRM_URL": "https://crm.example.com/api/v1", "CRM_TOKEN": "t"})
    assert {name: (tool.effect, tool.idempotent, tool.title("fr")) for name, tool in catalog.items()} == {
        "list_contacts": ("read", False, "list contacts"),
        "create_contact": ("write", True, "Nouveau contact"),
        "change_contact": ("write", False, "change contact"),
        "search_contacts": ("read", False, "search contacts"),
    }


def test_the_guides_mcp_server_is_accepted_and_used_as_it_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8")
    place = Place.make(tmp_path, "", {}, command=["-"])
    place.environment = {"NOTES_TOKEN": "t"}
    (sources,) = re.findall(r"^```yaml\n(mcp:.*?)^```", text, re.S | re.M)
    program = json.dumps([sys.executable, str(ROOT / "tests/mcp_shelf.py"), str(place.things)])
    sources = sources.replace("[python, notes_server.py]", program)
    (place.tools / "sources.yaml").write_text(sources, "utf-8")
    (command,) = re.findall(r"^\.venv/bin/baton (tools accept notes)$", text, re.M)
    assert list(place.load()) == []
    accepted = place.command(*command.split(), answer="y\n")
    assert "new      write_note" in accepted.stdout
    catalog = place.load()
    assert {name: (tool.effect, tool.title("en")) for name, tool in catalog.items()} == {
        "notes_read_note": ("read", "notes read note"), "save_note": ("write", "A note"),
    }  # fmt: skip
    done = place.outcome("save_note", name="seal", text="has arrived")
    assert done == Returned({"from": "notes: write_note", "data": {"result": "seal is on the shelf"}})


async def test_the_guides_database_is_asked_by_the_role_that_it_makes(server: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8").partition("## Questions on a database")[2]
    entry, role = (re.findall(rf"^```{kind}\n(.*?)^```", text, re.S | re.M)[0] for kind in ("yaml", "sql"))
    (tmp_path / "sources.yaml").write_text(entry, "utf-8")
    with empty_database(server) as url, warehouse_at(url) as warehouse:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(role.replace("…", PASSWORD).encode())
        try:
            catalog = Catalog.load(tmp_path, {"WAREHOUSE_URL": warehouse.as_role("baton_reader")})
            assert list(catalog) == ["warehouse_tables", "warehouse_query"]
            assert role.replace("\n", "") == "".join(proper_role(catalog.databases["warehouse"]))
            assert await could_write(catalog.databases["warehouse"]) == []
            found = await ask(catalog, "SELECT sum(amount) FROM sales.lines WHERE day >= date '2026-02-01'")
            assert found["rows"] == [["99999999.9999"]]
            await catalog.close()
        finally:
            with psycopg.connect(url, autocommit=True) as owner:
                owner.execute("DROP OWNED BY baton_reader; DROP ROLE baton_reader")


def test_the_guides_agents_have_the_tools_of_the_shop_that_it_names() -> None:
    text = (ROOT / "docs" / "agents.md").read_text("utf-8")
    (written,) = re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M)
    shipped = Tools.load(ROOT / "tools").catalog
    agents = read(written, "agents.yaml", Known(frozenset(shipped)))
    own = [name for name, tool in shipped.items() if tool.system in (None, "tryton")]
    assert {name: sorted(filter(agent.has, own)) for name, agent in agents.items()} == {
        "front_desk": [
            "check_delivery", "check_stock", "create_quotation", "find_customers", "find_products", "my_open_matters",
            "search_documents",
        ],
        "production": ["check_delivery", "create_production_order"],
    }  # fmt: skip
    listed = re.findall(r"^\| `(\w+)` \| [^|]* \| *([^|]*?) *\|$", text, re.M)
    defaults = {field.name: field.default for field in fields(Agent) if field.default is not MISSING}
    assert {name for name, _ in listed} == defaults.keys() | {"instructions"}
    assert {name: int(said) for name, said in listed if said.isdigit()} == {
        name: default for name, default in defaults.items() if isinstance(default, int)
    }


def test_the_guide_of_agents_names_the_bounds_of_the_code() -> None:
    text = " ".join((ROOT / "docs" / "agents.md").read_text("utf-8").split())
    for said in (
        f"at most {MANY} tools shows all", f"the {SHOWN} that come nearest",
        f"at most {DEEPEST} times in a row, and {MOST} times for one question",
    ):  # fmt: skip
        assert said in text


def test_the_example_of_rules_can_be_used_and_its_third_rule_is_idle_as_the_page_says(folder: Path) -> None:
    rules, tools = policy_page(folder)
    assert [(one.severity, one.rule) for one in Policy.load(rules, tools.catalog.facts()).findings] == [
        ("warning", "small refunds to the workshop's customers are free")
    ]


def test_the_example_of_cases_comes_out_as_expected(folder: Path) -> None:
    rules, tools = policy_page(folder)
    cases = read_cases(rules.with_suffix(".cases.yaml"))
    found = outcomes(Policy.load(rules, tools.catalog.facts()), tools.catalog.facts(), tools.parsed, cases)
    assert [(case.name, different) for case, different in found] == [
        ("a large refund needs two of finance", None),
        ("at night it waits", None),
    ]


def test_operations_explain_every_status_and_no_other() -> None:
    part = OPERATIONS.partition("### What each status means")[2].partition("###")[0]
    assert re.findall(r"^\| ([a-z]+) \|", part, re.M) == ["status", *Status]


def test_operations_explain_every_entry_of_the_audit_that_the_code_writes() -> None:
    part = OPERATIONS.partition("## Audit")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", part, re.M)
    explained = {name for row in rows for name in re.findall(r"`([a-z_.]+)`", row)}
    sources = [file.read_text("utf-8") for file in (ROOT / "bot").rglob("*.py")]
    named = r'\b(?:note|came_in_force)\(\s*tx,\s*"([a-z_]+\.[a-z_]+)"'
    written = {name for source in sources for name in re.findall(named, source)}
    assert explained == written | {RULED} | {f"approval.{event}" for event in MOVES}


def test_the_readme_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.M))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_every_command_in_the_documents_exists_and_the_readme_lists_all() -> None:
    known = commands()
    for page in PAGES:
        written = re.findall(r"\.venv/bin/baton ((?:(?:approvals|policy|tools) )?[a-z-]+)", page.read_text("utf-8"))
        assert set(written) <= known, page.name
    listed = set(re.findall(r"^\| `baton ((?:(?:approvals|policy|tools) )?[a-z-]+)", README, re.M))
    assert listed == known


def test_every_file_that_the_documents_name_is_there() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        named = re.findall(r"`((?:bot|knowledge|tools|tests|docs)/[\w./-]+\.(?:py|md|yaml))`", text)
        linked = re.findall(r"(?<!!)\[[^\]]*\]\(([\w./-]+)\)", text)
        places = [ROOT / name for name in named] + [page.parent / name for name in linked]
        assert [str(place) for place in places if not place.exists() and place.name not in EXAMPLES] == []


EXAMPLES = {"refunds.py", "statements.py"}


def policy_page(folder: Path) -> tuple[Path, Tools]:
    """The examples of docs/policy.md as files, and the tool of the guide, for which they are."""
    text = (ROOT / "docs" / "policy.md").read_text("utf-8")
    rules, directory, cases = (
        next(block for block in re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M) if block.startswith(begins))
        for begins in ("zone:", "people:", "- name:")
    )
    (folder / "policy.yaml").write_text(rules, "utf-8")
    (folder / "directory.yaml").write_text(directory, "utf-8")
    (folder / "policy.cases.yaml").write_text(cases, "utf-8")
    return folder / "policy.yaml", Tools.load(folder)


def commands() -> set[str]:
    group: Any = get_command(cli)
    names = {name for name in group.commands if not hasattr(group.commands[name], "commands")}
    groups = {name: group.commands[name] for name in group.commands.keys() - names}
    return names | {f"{name} {inner}" for name, one in groups.items() for inner in one.commands}


def context(billing: Billing) -> RunContext:
    async def search(query: str, limit: int = 5) -> list[Any]:
        return []

    system = System("billing", {}, base_url=ENVIRONMENT["BILLING_URL"], transport=httpx.MockTransport(billing))
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    return RunContext("run_1", Actor("U0AMELIE01"), now, {"billing": system}, search=search)


class Billing:
    """The billing system of the guide's example."""

    def __init__(self) -> None:
        self.refunds: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        if request.url.path == "/api/invoices":
            invoice = {"customer": "Aqualia", "currency": "EUR", "paid": "400.00", "refunded": "0.00", "version": 7}
            return httpx.Response(200, json=[invoice])
        if request.method == "GET":
            return httpx.Response(200, json=[r for r in self.refunds if r["reference"] == asked["reference"]])
        order = json.loads(request.content)
        if request.url.path == "/api/cancellations":
            if order["refund"] == "PAID":
                return httpx.Response(422, json={"detail": "the money is on its way"})
            return httpx.Response(201, json={"number": f"C-{order['refund']}"})
        if order["invoice"] == "CLOSED":
            return httpx.Response(422, json={"detail": "the period is closed"})
        if order["invoice"] == "BROKEN":
            return httpx.Response(500)
        self.refunds.append({**order, "amount": str(Decimal(order["amount"])), "number": f"R-{len(self.refunds) + 1}"})
        return httpx.Response(201, json=self.refunds[-1])


def test_the_guides_way_to_an_admission_works(folder: Path, database: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8").partition("## Having a tool admitted")[2]
    lines = re.findall(r"^\.venv/bin/baton (tools add .*)$", text, re.M)
    place = tmp_path / "new"
    place.mkdir()
    (folder / "refunds.py").rename(place / "refunds.py")
    (place / "crm.json").write_text(json.dumps(MODERN), "utf-8")
    environment = {**os.environ, "BATON_TOOLS": str(folder), "BATON_HOME": str(place), "BATON_DATABASE_URL": database}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "bot", *shlex.split(line)]
        environment["PYTHONPATH"] = str(ROOT)
        return subprocess.run(words, env=environment, cwd=place, capture_output=True, text=True, timeout=90)

    python, listing, chosen, mcp = map(run, lines)
    assert (python.returncode, chosen.returncode) == (0, 0), python.stderr + chosen.stderr
    assert (listing.returncode, "createContact" in listing.stdout) == (2, True)
    assert "mcp: notes: cannot" in mcp.stderr or "notes" in mcp.stderr, "there is no such server here"
    quarantine = Quarantine(folder)
    for name in ("refunds", "crm"):
        quarantine.admit(name, quarantine.find(name).digest, name)
    catalog = Catalog.load(folder, {**ENVIRONMENT, "CRM_URL": "http://crm.test", "CRM_TOKEN": "t"})
    assert {"refund_invoice", "create_contact", "admit_tool", "admit_destructive_tool"} == set(catalog)
