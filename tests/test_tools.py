"""A tool is a typed, documented function: what its author may write, and what Baton makes of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from bot import Done, NotDone, RunContext, System, ToolError, Unsure, tool
from bot.errors import ToolFileError
from bot.tooling.catalog import Catalog
from bot.tooling.tool import Tool
from bot.types import Actor, Json, Source

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

ROOT = Path(__file__).parents[1]


async def _nothing(query: str, limit: int = 5) -> Sequence[Source]:
    return []


CTX = RunContext("run_1", Actor("U0AMELIE01"), dt.datetime(2026, 11, 3, tzinfo=dt.UTC), search=_nothing)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Line(BaseModel):
    product: str
    quantity: Decimal = Decimal("1")


@tool
def everything(
    ctx: RunContext,
    amount: Decimal,
    day: dt.date,
    moment: dt.datetime,
    colour: Colour,
    size: Literal["S", "M"],
    code: Annotated[str, Field(min_length=2, max_length=4, description="Of the product")],
    lines: list[Line],
    note: str | None = None,
    count: Annotated[int, Field(ge=1)] = 1,
    share: float = 0.5,
) -> list[Any]:
    """Take one of each.

    It is a long story,
    told in two lines.

    Args:
        amount (Decimal): In euros,
            never in cents.

        colour: Of the box.

    Returns:
        All of them.
    """
    given = [amount, day, moment, colour, size, code, lines, note, count, share]
    return [[type(value).__name__ for value in [*given, lines[0]]], *given]


GIVEN = {
    "amount": 10.10,
    "day": "2026-11-03",
    "moment": "2026-11-03T10:00:00+01:00",
    "colour": "blue",
    "size": "M",
    "code": "AB",
    "lines": [{"product": "PMP-200", "quantity": 0.1}, {"product": "PMP-300"}],
}


async def test_every_kind_of_argument_arrives_as_its_type_and_leaves_as_json() -> None:
    parsed = everything.parse(json.dumps(GIVEN))
    stored = json.loads(json.dumps(parsed))
    assert stored == parsed
    kinds, *values = await everything.call(CTX, stored)
    assert " ".join(kinds) == "Decimal date datetime Colour str str list NoneType int float Line"
    assert values == [
        "10.1", "2026-11-03", "2026-11-03T10:00:00+01:00", "blue", "M", "AB",
        [{"product": "PMP-200", "quantity": "0.1"}, {"product": "PMP-300", "quantity": "1"}], None, 1, 0.5,
    ]  # fmt: skip


@tool
async def pay(ctx: RunContext, amount: Decimal, currency: str = "EUR") -> str:
    """Pay an amount."""
    return repr(amount)


@PATIENT
@given(st.decimals(allow_nan=False, allow_infinity=False))
async def test_amounts_stay_exact_from_the_model_to_the_call(amount: Decimal) -> None:
    for written in (f'{{"amount": {str(amount).lower().replace("e+", "e")}}}', json.dumps({"amount": str(amount)})):
        stored = json.loads(json.dumps(pay.parse(written)))
        arrived = re.fullmatch(r"Decimal\('(.*)'\)", await pay.call(CTX, stored))
        assert arrived
        assert Decimal(arrived[1]) == amount


async def test_defaults_are_filled_in_so_that_they_are_shown_and_sealed() -> None:
    assert pay.parse({"amount": "1.50"}) == {"amount": "1.50", "currency": "EUR"}


def test_models_see_types_bounds_and_the_docstring() -> None:
    properties = everything.schema["properties"]
    assert everything.description == "Take one of each.\n\nIt is a long story,\ntold in two lines."
    assert properties["amount"]["description"] == "In euros, never in cents."
    assert properties["colour"]["description"] == "Of the box."
    assert properties["code"]["description"] == "Of the product"
    assert (properties["code"]["minLength"], properties["count"]["minimum"]) == (2, 1)
    assert properties["size"]["enum"] == ["S", "M"]
    assert everything.schema["required"] == ["amount", "day", "moment", "colour", "size", "code", "lines"]
    assert everything.schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "a lot"}, ["amount: this has to be a number"]),
        ({"amount": "NaN"}, ["amount: this has to be a finite number"]),
        (
            {"day": "tomorrow", "size": "XL"},
            ["day: this has to be a day", "size: this has to be one of these: 'S' or 'M'"],
        ),
        ({"code": "ABCDE"}, ["code: this is too long: its length has to be 4 or less"]),
        ({"lines": [{"quantity": 1}]}, ["lines.0.product: this is needed"]),
        ({"count": 0}, ["count: this has to be 1 or more"]),
        ({"price": 1}, ["price: there is no argument of this name"]),
        ({"note": "a\x00b"}, ["an argument contains a NUL character"]),
        ({"lines": [{"product": "\x00"}]}, ["an argument contains a NUL character"]),
        ({"note": "\ud83d"}, ["half a character"]),
    ],
)
def test_arguments_that_do_not_fit_are_refused_with_a_line_each(changes: dict[str, Json], words: list[str]) -> None:
    with pytest.raises(ToolError) as caught:
        everything.parse(json.dumps(GIVEN | changes))
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    "text",
    ['{"amount": ', "[]", '"x"', "null", '{"amount": NaN}', '{"amount": 1' + "0" * 5000 + "}", '{"amount":' + "[" * 99_999],
    ids=["cut", "list", "text", "null", "NaN", "huge", "deep"],
)  # fmt: skip
def test_garbage_of_a_model_is_an_error_sentence(text: str) -> None:
    with pytest.raises(ToolError, match=r"^pay: "):
        pay.parse(text)


def test_a_backslash_is_only_a_backslash() -> None:
    assert pay.parse('{"amount": 1, "currency": "\\\\u0000"}')["currency"] == "\\u0000"


# ---- what an author may not write


def dеlete(ctx: RunContext) -> None:
    """Delete."""


def Refund(ctx: RunContext) -> None:
    """Refund."""


def undocumented(ctx: RunContext) -> None: ...


def no_context(invoice: str) -> None:
    """Refund."""


def untyped(ctx: RunContext, invoice) -> None:  # type: ignore[no-untyped-def]
    """Refund."""


def misdescribed(ctx: RunContext, invoice: str) -> None:
    """Refund.

    Args:
        invoce: Its number.
    """


def starred(ctx: RunContext, *invoices: str) -> None:
    """Refund."""


def hidden(ctx: RunContext, _invoice: str) -> None:
    """Refund."""


def reserved(ctx: RunContext, copy: str) -> None:
    """Refund."""


def inexpressible(ctx: RunContext, invoice: threading.Lock) -> None:
    """Refund."""


def uncallable(ctx: RunContext, invoice: Callable[[], None]) -> None:
    """Refund."""


def unknown_type(ctx: RunContext, invoice: Invoice) -> None:  # type: ignore[name-defined] # noqa: F821
    """Refund."""


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (undocumented, "undocumented: has no docstring"),
        (dеlete, "dеlete: a tool is called by small letters a-z, digits and _; rename it"),
        (Refund, "Refund: a tool is called by small letters a-z, digits and _; rename it"),
        (no_context, "no_context: the first argument must be `ctx: RunContext`"),
        (untyped, "untyped: argument 'invoice' has no type"),
        (misdescribed, "misdescribed: the docstring describes 'invoce', which is not an argument"),
        (starred, "starred: argument 'invoices' cannot be given by name"),
        (hidden, "hidden: an argument cannot be called '_invoice'"),
        (reserved, "reserved: an argument cannot be called 'copy'"),
        (inexpressible, "inexpressible: an argument's type cannot be written as JSON"),
        (uncallable, "uncallable: an argument's type cannot be written as JSON"),
        (unknown_type, "unknown_type: a type is not known in this file: name 'Invoice' is not defined"),
    ],
    ids=lambda value: "" if isinstance(value, str) else value.__name__,
)
def test_a_wrong_tool_says_what_is_wrong(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(ToolFileError) as caught:
        tool(function)
    assert str(caught.value).startswith(words)


def test_a_wrong_default_is_an_error_sentence_and_never_reaches_the_call() -> None:
    @tool
    def order(ctx: RunContext, quantity: int = "many") -> None:  # type: ignore[assignment]
        """Order."""

    with pytest.raises(ToolError, match="quantity: this has to be a whole number"):
        order.parse("{}")


def test_what_only_reads_is_neither_destructive_nor_undone() -> None:
    with pytest.raises(ToolFileError, match=r"^nothing: what only reads destroys nothing"):

        @tool(read_only=True, destructive=True)
        def nothing(ctx: RunContext) -> None:
            """Nothing."""

    @tool(read_only=True)
    def look(ctx: RunContext) -> None:
        """Look."""

    with pytest.raises(ToolFileError, match=r"^look: it only reads, so there is nothing to undo"):
        look.undo(undocumented)


@pytest.mark.parametrize("within", [0, -1, 1e12, float("inf"), float("nan")])
def test_an_undo_is_offered_for_a_time_that_ends(within: float) -> None:
    @tool
    def refund(ctx: RunContext) -> None:
        """Refund."""

    with pytest.raises(
        ToolFileError, match=r"^refund: undo\(within=.*\): give seconds, more than 0 and at most a year"
    ):
        refund.undo(within=within)


# ---- what it declares


def test_the_effect_is_what_the_author_declares() -> None:
    def touch(ctx: RunContext) -> None:
        """Touch."""

    declared = [tool(touch), tool(read_only=True)(touch), tool(destructive=True)(touch)]
    assert [made.effect for made in declared] == ["write", "read", "destructive"]


def test_arguments_are_given_out_as_their_types() -> None:
    typed = pay.typed(pay.parse({"amount": "1.50"}))
    assert typed == {"amount": Decimal("1.50"), "currency": "EUR"}
    assert isinstance(typed["amount"], Decimal)


# ---- how it runs


async def test_a_synchronous_tool_runs_in_a_thread_and_an_async_one_does_not() -> None:
    @tool(read_only=True)
    def beside(ctx: RunContext) -> bool:
        """Where am I?"""
        return threading.current_thread() is threading.main_thread()

    @tool(read_only=True)
    async def inside(ctx: RunContext) -> bool:
        """Where am I?"""
        return threading.current_thread() is threading.main_thread()

    assert (await beside.call(CTX, {}), await inside.call(CTX, {})) == (False, True)


async def test_a_tool_that_takes_too_long_raises_timeout() -> None:
    never, stay = asyncio.Event(), threading.Event()

    @tool(timeout=0.01)
    async def wait(ctx: RunContext) -> None:
        """Wait."""
        await never.wait()

    @tool(timeout=0.01)
    def sleep(ctx: RunContext) -> None:
        """Sleep."""
        stay.wait()

    for slow in (wait, sleep):
        with pytest.raises(TimeoutError):
            await slow.call(CTX, {})
    stay.set()


async def test_an_argument_may_have_any_name() -> None:
    @tool(read_only=True)
    def look(context: RunContext, ctx: str, function: str) -> list[str]:
        """Look."""
        return [ctx, function]

    assert await look.call(CTX, {"ctx": "a", "function": "b"}) == ["a", "b"]


async def test_the_hooks_stand_beside_the_tool_and_get_typed_arguments() -> None:
    @tool
    def refund(ctx: RunContext, amount: Decimal) -> None:
        """Refund."""

    assert (await refund.show(CTX, {"amount": "1"}), await refund.facts(CTX, {"amount": "1"})) == ({}, {})
    assert isinstance(await refund.settle(CTX, "ap_1"), Unsure)

    @refund.preview
    def preview(ctx: RunContext, amount: Decimal) -> dict[str, Any]:
        return {"half": amount / 2}

    @refund.witness
    async def witness(ctx: RunContext, amount: Decimal) -> dict[str, Any]:
        return {"day": dt.date(2026, 11, 3)}

    @refund.reconcile
    def reconcile(ctx: RunContext, key: str) -> Done | NotDone:
        return Done({"reference": key, "amount": Decimal("1.10")})

    assert await refund.show(CTX, {"amount": "1.10"}) == {"half": "0.55"}
    assert await refund.facts(CTX, {"amount": "1.10"}) == {"day": "2026-11-03"}
    assert await refund.settle(CTX, "ap_1") == Done({"reference": "ap_1", "amount": "1.10"})


DAY = 24 * 3600


@pytest.mark.parametrize("within", [None, 3600])
async def test_an_undo_gets_the_receipt_and_gives_one_of_its_own(within: float | None) -> None:
    @tool
    def refund(ctx: RunContext, amount: Decimal) -> None:
        """Refund."""

    async def take_back(ctx: RunContext, receipt: dict[str, Any]) -> dict[str, Any]:
        return {"undid": receipt, "under": ctx.idempotency_key, "amount": Decimal("1.10")}

    attached = refund.undo(take_back) if within is None else refund.undo(within=within)(take_back)
    assert (refund.undoer, refund.undo_within) == (take_back, within or DAY)
    assert attached is take_back
    undone = await refund.take_back(replace(CTX, idempotency_key="ap_2"), {"number": "R-1"})
    assert undone == {"undid": {"number": "R-1"}, "under": "ap_2", "amount": "1.10"}


async def test_a_tool_without_an_undo_undoes_nothing() -> None:
    with pytest.raises(ToolError, match=r"^pay cannot be undone by Baton: nothing was undone$"):
        await pay.take_back(CTX, {})


async def test_an_undo_that_hangs_is_given_up_and_counts_as_under_way_until_it_ends() -> None:
    stay, ended = threading.Event(), threading.Event()

    @tool(timeout=0.05)
    def refund(ctx: RunContext) -> None:
        """Refund."""

    @refund.reconcile
    async def reconcile(ctx: RunContext, key: str) -> NotDone:
        return NotDone()

    @refund.undo
    def take_back(ctx: RunContext, receipt: Json) -> None:
        stay.wait()
        ended.set()

    ctx = replace(CTX, idempotency_key="ap_2")
    with pytest.raises(TimeoutError):
        await refund.take_back(ctx, {})
    assert await refund.settle(ctx, "ap_2") == Unsure("the call has not come back yet")
    stay.set()
    while await refund.settle(ctx, "ap_2") != NotDone():
        await asyncio.sleep(0.01)
    assert ended.is_set()


async def test_an_asynchronous_undo_that_hangs_is_stopped() -> None:
    never, stopped = asyncio.Event(), asyncio.Event()

    @tool(timeout=0.05)
    def refund(ctx: RunContext) -> None:
        """Refund."""

    @refund.undo
    async def take_back(ctx: RunContext, receipt: Json) -> None:
        try:
            await never.wait()
        finally:
            stopped.set()

    with pytest.raises(TimeoutError):
        await refund.take_back(replace(CTX, idempotency_key="ap_2"), {})
    assert stopped.is_set()


async def test_the_guides_undo_takes_back_what_its_receipt_names(tmp_path: Path) -> None:
    refund = guides_example(tmp_path)
    sent = []

    def billing(request: httpx.Request) -> httpx.Response:
        sent.append((request.url.path, json.loads(request.content)))
        if len(sent) > 1:
            return httpx.Response(422, json={"detail": "the money is already on its way"})
        return httpx.Response(201, json={"number": "C-1"})

    async with System("billing", {}, base_url="http://b.test/api/", transport=httpx.MockTransport(billing)) as system:
        ctx = replace(CTX, systems={"billing": system}, idempotency_key="ap_2")
        undone = await refund.take_back(ctx, {"summary": "…", "reference": "ap_1"})
        with pytest.raises(ToolError, match=r"^the money is already on its way$"):
            await refund.take_back(ctx, {"summary": "…", "reference": "ap_1"})
    assert undone == {"summary": "The refund is cancelled (C-1)", "reference": "ap_2"}
    assert sent == [("/api/cancellations", {"refund": "ap_1", "reference": "ap_2"})] * 2
    assert refund.undo_within == 3600


def guides_example(folder: Path) -> Tool:
    """The tool that the guide prints."""
    text = (ROOT / "docs" / "tools.md").read_text("utf-8")
    python, sources = re.findall(r"^```(?:python|yaml)\n(.*?)^```", text, re.S | re.M)[:2]
    (folder / "refunds.py").write_text(python, "utf-8")
    (folder / "sources.yaml").write_text(sources, "utf-8")
    environment = {"BILLING_URL": "http://b.test/api/", "BILLING_TOKEN": "t"}
    return Catalog.load(folder, environment)["refund_invoice"]


async def test_what_a_foreign_system_says_can_always_be_stored() -> None:
    @tool(read_only=True)
    def read(ctx: RunContext) -> Any:
        """Read."""
        return {"a\x00": ["b\x00", "\ud83d", "😀"], "number": float("nan")}

    assert await read.call(CTX, {}) == {"a␀": ["b␀", "?", "😀"], "number": None}


async def test_only_a_request_that_never_left_is_a_tool_error() -> None:
    def fail(error: type[httpx.TransportError]) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            raise error("no", request=request)

        return httpx.MockTransport(answer)

    for never_left in (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        async with System("erp", {}, base_url="http://erp.example", transport=fail(never_left)) as system:
            with pytest.raises(ToolError, match=r"erp does not answer at erp\.example: nothing was sent"):
                await system.get("/")
    for perhaps_left in (httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        async with System("erp", {}, base_url="http://erp.example", transport=fail(perhaps_left)) as system:
            with pytest.raises(perhaps_left):
                await system.get("/")


@pytest.mark.parametrize("synchronous", [False, True])
async def test_of_a_tool_no_more_calls_are_under_way_than_it_allows(synchronous: bool) -> None:
    under_way, most, go_on = [0], [0], threading.Event()

    def begin() -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])

    if synchronous:

        @tool(at_once=2, timeout=20)
        def work(ctx: RunContext) -> str:
            """Work."""
            begin()
            go_on.wait(20)
            under_way[0] -= 1
            return "done"
    else:

        @tool(at_once=2, timeout=20)
        async def work(ctx: RunContext) -> str:
            """Work."""
            begin()
            while not go_on.is_set():
                await asyncio.sleep(0.005)
            under_way[0] -= 1
            return "done"

    calls = [asyncio.ensure_future(work.call(replace(CTX, idempotency_key=f"ap_{n}"), {})) for n in range(5)]
    while under_way[0] < 2:
        await asyncio.sleep(0.005)
    go_on.set()
    assert await asyncio.gather(*calls) == ["done"] * 5
    assert most[0] == 2


async def test_who_waits_too_long_for_a_busy_tool_hears_that_nothing_was_sent() -> None:
    go_on = threading.Event()

    @tool(at_once=1, timeout=0.2)
    def work(ctx: RunContext) -> str:
        """Work."""
        go_on.wait(20)
        return "done"

    keyed = replace(CTX, idempotency_key="ap_1")
    with pytest.raises(TimeoutError):
        await work.call(keyed, {})
    with pytest.raises(
        ToolError, match=r"work: as many calls as it takes at once \(1\) are under way: nothing was sent"
    ):
        await work.call(replace(CTX, idempotency_key="ap_2"), {})  # the first one's thread still works
    go_on.set()
    while work._threads:
        await asyncio.sleep(0.005)
    assert await work.call(replace(CTX, idempotency_key="ap_3"), {}) == "done"


class Flaky:
    """Answers, or breaks, as it is told."""

    def __init__(self, *answers: int | type[httpx.TransportError]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            return httpx.Response(answer)
        raise answer("no", request=request)


def erp(flaky: Flaky) -> System:
    return System("erp", {}, base_url="http://erp.example", transport=httpx.MockTransport(flaky))


async def test_a_look_that_fails_on_its_way_is_taken_again_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tooling.system.AGAIN", (0.0, 0.0))
    for passing in (httpx.ReadError, httpx.RemoteProtocolError, 502, 503, 504):
        flaky = Flaky(passing, passing, 200)
        async with erp(flaky) as system:
            assert (await system.get("/")).status_code == 200
    lasting = Flaky(503, 503, 503)
    async with erp(lasting) as system:
        assert (await system.get("/")).status_code == 503
    assert lasting.asked == 3
    for method, answer in (("POST", 503), ("PUT", 503), ("DELETE", 503), ("GET", 500), ("GET", 404), ("GET", 429)):
        once = Flaky(answer)
        async with erp(once) as system:
            assert (await system.request(method, "/")).status_code == answer
        assert once.asked == 1
    for method, error in (("POST", httpx.ReadError), ("GET", httpx.ReadTimeout)):
        once = Flaky(error)
        async with erp(once) as system:
            with pytest.raises(error):
                await system.request(method, "/")
        assert once.asked == 1


async def test_what_cannot_be_sent_is_said_without_the_secret_that_is_in_it() -> None:
    headers, heard, over = {"Authorization": "Bearer s3cret\n"}, list[bytes](), asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()
        await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        async with System("erp", {}, base_url=address, headers=headers) as system:
            with pytest.raises(ToolError, match="this cannot be sent to erp") as refused:
                await system.post("/")
        assert (refused.value.__suppress_context__, system.failed_at) == (True, None)
        await over.wait()
    assert heard == [b""]


async def test_a_call_that_arrived_and_led_to_a_dead_place_is_no_promise() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "gone.example":
            raise httpx.ConnectError("no", request=request)
        return httpx.Response(307, headers={"Location": "http://gone.example/"})

    async with System("erp", {}, base_url="http://erp.example", transport=httpx.MockTransport(answer)) as system:
        with pytest.raises(httpx.ConnectError):
            await system.post("/", follow_redirects=True)


async def test_a_system_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    flaky = Flaky(*[500] * 4, 200, *[500] * 5, 200)
    async with erp(flaky) as system:
        for status in [500] * 4 + [200] + [500] * 5:
            assert (await system.post("/")).status_code == status
        for _ in range(3):
            with pytest.raises(ToolError, match=r"erp has failed several times in a row .* nothing was sent"):
                await system.post("/")
        assert flaky.asked == 10
        system._rests_until = 0.0  # as if the time had passed
        assert (await system.post("/")).status_code == 200


async def test_a_system_that_does_not_speak_http_is_left_alone_likewise() -> None:
    class Jammed(Exception):
        pass

    async with System("press", {}, base_url="opc.tcp://press.example") as system:
        for error in [OSError, TimeoutError, Jammed, ToolError, ValueError, OSError, Jammed]:
            with pytest.raises(error), system.attempt(Jammed):
                raise error("no")
        with pytest.raises(ToolError, match="press has failed several times in a row"), system.attempt():
            raise AssertionError
        system._rests_until = 0.0  # as if the time had passed
        with system.attempt():
            pass
        for _ in range(4):
            with pytest.raises(OSError, match="no"), system.attempt():
                raise OSError("no")
        with system.attempt():
            pass


def test_a_system_that_is_not_configured_is_named() -> None:
    with pytest.raises(ToolError, match="the system 'erp' is not configured"):
        CTX.system("erp")


# ---- the schema's digest


def schema_digest(*arguments: tuple[str, Any], note: str = "") -> str:
    """The digest of a tool with these arguments."""
    described = "\n\nArgs:\n" + "\n".join(f"    {name}: {note}" for name, _ in arguments) if note else ""
    lines = ", ".join(f"{name}: kinds[{name!r}]" for name, _ in arguments)
    scope: dict[str, Any] = {"kinds": dict(arguments), "RunContext": RunContext}
    exec(f"def refund(ctx: RunContext, {lines}): ...", scope)
    scope["refund"].__doc__ = "Refund." + described
    return tool(scope["refund"]).schema_digest


def test_the_schema_digest_ignores_words() -> None:
    assert schema_digest(("amount", Decimal)) == schema_digest(("amount", Decimal), note="In euros.")
    named = Annotated[Decimal, Field(title="Amount of money")]
    assert schema_digest(("amount", Decimal)) == schema_digest(("amount", named))


def test_the_schema_digest_sees_every_argument_whatever_its_name() -> None:
    digests = [
        schema_digest(("amount", Decimal)),
        schema_digest(("amount", int)),
        schema_digest(("amount", Annotated[int, Field(ge=0)])),
        schema_digest(("amount", int), ("title", str)),
        schema_digest(("amount", int), ("title", int)),
        schema_digest(("amount", int), ("description", str)),
    ]
    assert len(set(digests)) == len(digests)


# ---- for the author's own type checker

TYPED = '''
"""Refunds."""
from decimal import Decimal

from bot import Done, NotDone, RunContext, tool


@tool
async def refund(ctx: RunContext, amount: Decimal) -> dict[str, str]:
    """Refund."""
    return {"amount": str(amount)}


@refund.preview
async def preview(ctx: RunContext, amount: Decimal) -> dict[str, str]:
    return {}


@tool(idempotent=True, system="billing", examples=["Refund 10 euros"])
def repay(ctx: RunContext, amount: Decimal) -> None:
    """Repay."""


@repay.reconcile
def look(ctx: RunContext, key: str) -> Done | NotDone:
    reveal_type(look)
    return NotDone()


@refund.undo
async def take_back(ctx: RunContext, receipt: dict[str, str]) -> dict[str, str]:
    return {}


@repay.undo(within=3600)
def pay_again(ctx: RunContext, receipt: dict[str, str]) -> None:
    reveal_type(take_back)


reveal_type(pay_again)
reveal_type(refund.effect)

reveal_type(refund)
reveal_type(repay)
'''


def test_a_strictly_typed_tool_file_passes_mypy(tmp_path: Path) -> None:
    file = tmp_path / "refunds.py"
    file.write_text(TYPED)
    command = [sys.executable, "-m", "mypy", "--strict", str(file), str(ROOT / "tests" / "ledger_tools" / "ledger.py")]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    revealed = [line.partition("note: ")[2] for line in checked.stdout.splitlines() if "Revealed" in line]
    assert checked.returncode == 0, checked.stdout
    made = f'Revealed type is "{Tool.__module__}.{Tool.__name__}"'
    assert revealed[-2:] == [made, made]
    context = "def (ctx: bot.tooling.context.RunContext, "
    hooks = [context + "key:", context + "receipt:", context + "receipt:"]
    assert [hook for hook, line in zip(hooks, revealed, strict=False) if hook not in line] == []
    assert revealed[3] == "Revealed type is \"Literal['read'] | Literal['write'] | Literal['destructive']\""
