"""Tries a tool with arguments made of its own schema, before anybody may call it. Nothing ever leaves this machine."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx

from bot.errors import ToolError
from bot.reasons import because
from bot.tooling.arguments import Unfit
from bot.tooling.context import RunContext
from bot.tooling.operations import Answered
from bot.tooling.samples import NoSample, fitting, misfits
from bot.tooling.system import System
from bot.tooling.tool import Tool
from bot.types import Actor, Json, Source

Check = str | None  # what is wrong; nothing when it held


@dataclass(frozen=True)
class Tried:
    """How many checks held, and what did not. `untried` says why some could not be made. All of it is reasons."""

    held: int = 0
    problems: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()


async def tried(tool: Tool, *, operation: bool = False) -> Tried:
    """Check that it takes what its schema promises, and nothing else. An OpenAPI `operation` is called, on a stand-in."""
    checks, untried = list(_hooks(tool)), []
    try:
        samples = [fitting(tool.schema, whole=whole) for whole in (False, True)]
        checks += [_kept(tool, one) for one in samples]
        checks += _refusals(tool)
        if operation:
            checks += [check for one in samples for check in await _called(tool, one)]
    except NoSample as why:
        untried.append(str(why))
    problems = [wrong for wrong in checks if wrong]
    return Tried(len(checks) - len(problems), tuple(dict.fromkeys(problems)), tuple(untried))


def _hooks(tool: Tool) -> Iterator[Check]:
    """What stands beside the function takes what it is going to be given."""
    names = tool.schema.get("properties", {})
    for name, hook in (("preview", tool.previewer), ("witness", tool.witnesser)):
        if hook:
            yield _unbound(name, hook, 1, names)
    for name, hook in (("reconcile", tool.reconciler), ("undo", tool.undoer)):
        if hook:
            yield _unbound(name, hook, 2, ())


def _unbound(name: str, hook: object, places: int, names: Sequence[str]) -> Check:
    assert callable(hook)
    try:
        inspect.signature(hook).bind(*[None] * places, **dict.fromkeys(names))
    except TypeError as error:
        given = ", ".join(["ctx", *(["…"] * (places - 1)), *names])
        return because("check_hook", hook=name, given=given, error=error)
    return None


def _kept(tool: Tool, arguments: Mapping[str, Json]) -> Check:
    """What fits the schema is the same when it is read again. Raises `NoSample` when the tool has rules of its own."""
    try:
        once = tool.parse(arguments)
        tool.typed(once)
        return None if tool.parse(once) == once else because("check_kept")
    except (ToolError, Unfit) as error:
        raise NoSample(because("sample_refused", error=error)) from error


def _refusals(tool: Tool) -> Iterator[Check]:
    for taken, arguments in misfits(tool.schema):
        try:
            tool.parse(arguments)
            yield taken
        except ToolError:
            yield None


async def _called(tool: Tool, arguments: Mapping[str, Json]) -> list[Check]:
    """An operation reaches its own address and no other, and says of each answer what can be said of it."""
    method, _, path = str(tool.schema["$comment"]).partition(" ")
    template = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(path))
    answers: list[tuple[int | Exception, bool]] = [
        (200, False),
        (422, True),
        (500, tool.read_only),
        (httpx.ConnectTimeout("no"), True),  # the one failure to connect that no look repeats
    ]
    checks: list[Check] = []
    for answer, refused in answers:
        seen: list[httpx.Request] = []
        outcome = await _outcome(tool, arguments, answer, seen)
        strangers = [f"{r.method} {r.url.path}" for r in seen if not re.fullmatch(f"(/[^/]*)*{template}", r.url.path)]
        wrong = [f"{r.method}" for r in seen if r.method != method]
        if strangers or wrong:
            checks.append(because("check_elsewhere", seen=", ".join(strangers or wrong), request=f"{method} {path}"))
        else:
            checks.append(_misjudged(outcome, answer, refused=refused))
    return checks


def _misjudged(outcome: Exception | None, answer: int | Exception, *, refused: bool) -> Check:
    if answer == httpx.codes.OK:
        return None if outcome is None else because("check_failure", error=outcome)
    if isinstance(outcome, ToolError) == refused and outcome is not None:
        return None
    name = answer if isinstance(answer, int) else type(answer).__name__
    if outcome is None:
        return because("check_done", answer=name)
    return because("check_misjudged", answer=name, error=outcome)


async def _outcome(
    tool: Tool, arguments: Mapping[str, Json], answer: int | Exception, seen: list[httpx.Request]
) -> Exception | None:
    def stand_in(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, json={"message": "sample"})

    name = tool.system or ""
    async with System(name, {}, base_url="http://stand-in.invalid/", transport=httpx.MockTransport(stand_in)) as system:
        ctx = RunContext("contract", Actor("U0"), dt.datetime.now(dt.UTC), {name: system}, search=_nothing_found)
        try:
            await tool.call(ctx, tool.parse(arguments))
        except (ToolError, Answered, httpx.HTTPError) as error:
            return error
    return None


async def _nothing_found(query: str, limit: int = 5) -> Sequence[Source]:
    return []
