"""A tool is tried with arguments of its own schema: what does not hold is found, and nothing leaves the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field

from bot import RunContext, tool
from bot.tooling import operations
from bot.tooling.catalog import Catalog
from bot.tooling.contract import Tried, tried
from bot.tooling.samples import fitting, misfits
from bot.tooling.sources import placeholders
from tests.house import ROOT
from tests.test_openapi import MODERN


async def test_every_shipped_tool_holds_to_its_schema() -> None:
    for one in Catalog.load(ROOT / "tools", placeholders(ROOT / "tools")).values():
        found = await tried(one)
        assert (one.name, found.problems, found.untried) == (one.name, (), ())
        assert found.held > 2


def refused(value: str) -> str:
    raise ValueError("never")


async def test_what_a_schema_promises_and_the_types_refuse_is_found() -> None:
    @tool
    async def pay(ctx: RunContext, account: Annotated[str, AfterValidator(refused)]) -> None:
        """Pay."""

    found = await tried(pay)
    assert [problem.partition(":")[0] for problem in found.problems] == ["with account"]
    assert "its schema allows what it does not take" in found.problems[0]


async def test_a_hook_that_cannot_be_called_is_found() -> None:
    @tool
    async def pay(ctx: RunContext, account: str) -> None:
        """Pay."""

    @pay.reconcile
    async def _reconcile(ctx: RunContext) -> None: ...

    @pay.witness
    async def _witness(ctx: RunContext, account: str, amount: int) -> dict[str, Any]:
        return {}

    assert [problem.partition(":")[0] for problem in (await tried(pay)).problems] == ["witness", "reconcile"]


async def test_what_cannot_be_made_up_is_said() -> None:
    @tool
    async def pay(ctx: RunContext, iban: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]+$")]) -> None:
        """Pay."""

    assert await tried(pay) == Tried(0, (), ("arguments: iban: it is to match ^[A-Z]{2}[0-9]+$, and gives no example",))


def test_each_way_to_be_wrong_is_tried_alone() -> None:
    @tool
    async def order(
        ctx: RunContext,
        size: Literal["S", "M"],
        count: Annotated[int, Field(ge=1, le=9)],
        lines: Annotated[list[str], Field(min_length=1)],
        note: Annotated[str, Field(max_length=5)] = "",
    ) -> None:
        """Order."""

    assert fitting(order.schema, whole=False) == {"size": "S", "count": 1, "lines": ["sample"]}
    assert {what for what, _ in misfits(order.schema)} == {
        "without 'size'",
        "without 'count'",
        "without 'lines'",
        "with an argument that is not described",
        "with 'size' that is no string",
        "with 'size' that is none of its choices",
        "with 'count' that is no integer",
        "with 'count' beyond its minimum",
        "with 'count' beyond its maximum",
        "with 'lines' that is no array",
        "with 'lines' with too few entries",
        "with 'note' that is no string",
        "with 'note' beyond its maxLength",
    }


@pytest.fixture
def contact(tmp_path: Path) -> Any:
    """The tool of one operation."""

    def make(key: str) -> Any:
        (tmp_path / "crm.json").write_text(json.dumps(MODERN), "utf-8")
        entry = operations.Entry.model_validate({"document": "crm.json", "system": "crm", "operations": {key: None}})
        return operations.tools(entry, tmp_path)[0]

    return make


@pytest.mark.parametrize("key", ["listContacts", "createContact", "getContact", "replaceContact", "deleteContact"])
async def test_an_operation_is_called_on_a_stand_in_and_judges_each_answer(contact: Any, key: str) -> None:
    found = await tried(contact(key), operation=True)
    assert found.problems == ()
    assert found.held > 8


async def test_an_operation_that_goes_elsewhere_or_misjudges_is_found(contact: Any) -> None:
    async def elsewhere(ctx: RunContext, **arguments: Any) -> None:
        await ctx.system("crm").post("/elsewhere")

    one = contact("createContact")
    one.function = elsewhere
    found = (await tried(one, operation=True)).problems
    assert "answered 200: called POST /elsewhere instead of POST /contacts" in found

    async def careless(ctx: RunContext, **arguments: Any) -> None:
        await ctx.system("crm").post("/contacts")

    one.function = careless
    found = (await tried(one, operation=True)).problems
    assert found == ("refused with 422: is taken for done", "answered 500: is taken for done")
