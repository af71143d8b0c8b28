"""What the documents promise: the example tool works as printed, settings and commands are those of the code."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.main import get_command

from bot import Done, NotDone, RunContext, System, ToolError
from bot.cli import cli
from bot.policy.policy import Ask, Need, Policy
from bot.settings import Settings
from bot.tooling.catalog import Catalog
from bot.types import Actor

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ENVIRONMENT = {"BILLING_URL": "http://billing.test/api/", "BILLING_TOKEN": "t"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The guide's example, as a tools folder."""
    text = (ROOT / "docs" / "tools.md").read_text("utf-8")
    python, sources, policy = re.findall(r"^```(?:python|yaml)\n(.*?)^```", text, re.S | re.M)
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
    verdict = Policy.load(folder / "policy.yaml").decide("refund_invoice", read_only=False)
    assert verdict == Ask(("refunds go to finance",), (Need("finance"),))


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


async def test_the_guides_example_promises_nothing_happened_only_when_the_system_says_so(folder: Path) -> None:
    tool = Catalog.load(folder, ENVIRONMENT)["refund_invoice"]
    ctx = context(Billing())
    with pytest.raises(ToolError, match=r"only 400\.00 EUR"):
        await tool.show(ctx, tool.parse('{"invoice": "INV-1042", "amount": "400.01"}'))
    with pytest.raises(ToolError, match="the period is closed"):
        await tool.call(ctx, tool.parse('{"invoice": "CLOSED", "amount": "1"}'))
    with pytest.raises(httpx.HTTPStatusError):
        await tool.call(ctx, tool.parse('{"invoice": "BROKEN", "amount": "1"}'))


def test_the_readme_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.M))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_every_command_in_the_documents_exists_and_the_readme_lists_all() -> None:
    known = commands()
    for page in PAGES:
        written = re.findall(r"\.venv/bin/baton ((?:approvals )?[a-z]+)", page.read_text("utf-8"))
        assert set(written) <= known, page.name
    listed = set(re.findall(r"^\| `baton ((?:approvals )?[a-z]+)", README, re.M))
    assert listed == known


def test_every_file_that_the_documents_name_is_there() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        named = re.findall(r"`((?:bot|knowledge|tools|tests|docs)/[\w./-]+\.(?:py|md|yaml))`", text)
        linked = re.findall(r"(?<!!)\[[^\]]*\]\(([\w./-]+)\)", text)
        places = [ROOT / name for name in named] + [page.parent / name for name in linked]
        assert [str(place) for place in places if not place.exists() and place.name not in EXAMPLES] == []


EXAMPLES = {"refunds.py"}


def commands() -> set[str]:
    group: Any = get_command(cli)
    names = {name for name in group.commands if not hasattr(group.commands[name], "commands")}
    return names | {f"approvals {name}" for name in group.commands["approvals"].commands}


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
        if order["invoice"] == "CLOSED":
            return httpx.Response(422, json={"detail": "the period is closed"})
        if order["invoice"] == "BROKEN":
            return httpx.Response(500)
        self.refunds.append({**order, "amount": str(Decimal(order["amount"])), "number": f"R-{len(self.refunds) + 1}"})
        return httpx.Response(201, json=self.refunds[-1])
