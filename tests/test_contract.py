"""A tool is tried with arguments of its own schema: what does not hold is found, and nothing leaves the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field

from bot import RunContext, tool
from bot.reasons import because
from bot.tooling import operations
from bot.tooling.arguments import Typed
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


async def test_rules_that_the_schema_does_not_have_leave_it_untried() -> None:
    @tool
    async def pay(ctx: RunContext, account: Annotated[str, AfterValidator(refused)]) -> None:
        """Pay."""

    reason = "it has rules of its own that its description of arguments does not have: pay: account: never"
    assert await tried(pay) == Tried(0, (), (reason,)), "no refusal proves anything where nothing is taken"


async def test_what_is_taken_although_the_schema_forbids_it_is_found() -> None:
    @tool
    async def pay(ctx: RunContext, account: str, amount: Annotated[int, Field(ge=1)] = 1) -> None:
        """Pay."""

    class Careless(Typed):
        def check(self, given: Any) -> dict[str, Any]:
            return dict(given)

    assert isinstance(pay.arguments, Typed)
    pay.arguments = Careless(pay.arguments.model)
    assert set((await tried(pay)).problems) >= {
        because("taken_without", name="account"),
        because("taken_more"),
        because("taken_kind", name="amount", what="integer"),
        because("taken_beyond", name="amount", what="minimum"),
    }


async def test_lists_of_each_kind_are_made_up() -> None:
    @tool
    async def place(
        ctx: RunContext,
        pair: tuple[int, str],
        some: tuple[int, ...],
        tags: set[str],
        needed: Annotated[list[int], Field(min_length=3)],
    ) -> None:
        """Place."""

    found = await tried(place)
    assert (found.problems, found.untried) == ((), ())
    assert fitting(place.schema, whole=False)["pair"] == [1, "sample"]


async def test_a_hook_that_cannot_be_called_is_found() -> None:
    @tool
    async def pay(ctx: RunContext, account: str) -> None:
        """Pay."""

    @pay.reconcile
    async def _reconcile(ctx: RunContext) -> None: ...

    @pay.witness
    async def _witness(ctx: RunContext, account: str, amount: int) -> dict[str, Any]:
        return {}

    found = (await tried(pay)).problems
    assert [problem.partition(":")[0] for problem in found] == [
        "witness cannot be called with ctx, account",
        "reconcile cannot be called with ctx, …",
    ]


async def test_what_cannot_be_made_up_is_said() -> None:
    @tool
    async def pay(ctx: RunContext, iban: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]+$")]) -> None:
        """Pay."""

    assert await tried(pay) == Tried(0, (), ("iban: a value is to match ^[A-Z]{2}[0-9]+$, without an example",))


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
        *(because("taken_without", name=name) for name in ("size", "count", "lines")),
        because("taken_more"),
        *(because("taken_kind", name=name, what="string") for name in ("size", "note")),
        because("taken_choice", name="size"),
        because("taken_kind", name="count", what="integer"),
        because("taken_kind", name="lines", what="array"),
        because("taken_beyond", name="count", what="minimum"),
        because("taken_beyond", name="count", what="maximum"),
        because("taken_beyond", name="lines", what="minItems"),
        because("taken_beyond", name="note", what="maxLength"),
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
    assert found == ("it called POST /elsewhere instead of POST /contacts",)

    async def careless(ctx: RunContext, **arguments: Any) -> None:
        await ctx.system("crm").post("/contacts")

    one.function = careless
    found = (await tried(one, operation=True)).problems
    assert found == ("the answer 422 is taken for done", "the answer 500 is taken for done")
