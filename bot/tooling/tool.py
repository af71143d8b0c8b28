"""What a tool is: a typed, documented function, and the few hooks that may stand beside it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import hashlib
import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn, TypeVar, overload

from pydantic import BaseModel

from bot.errors import ToolError, ToolFileError
from bot.policy.verdicts import Effect
from bot.reasons import because
from bot.storable import storable
from bot.tooling.arguments import Arguments, Unfit
from bot.tooling.context import Done, NotDone, RunContext, Unsure
from bot.tooling.file import Named
from bot.types import Json, SealedFile

Outcome = Done | NotDone | Unsure
Contents = Mapping[str, bytes]  # of files, by their SHA-256
Hook = Callable[..., Any]
H = TypeVar("H", bound=Hook)

UNDO_SECONDS = 86_400.0  # for how long an effect can be taken back, unless its tool says otherwise
UNDO_LONGEST = 31_536_000.0  # a year
NO_FILES: Contents = {}


@dataclass(eq=False)
class Tool:
    """A function that a model may call.

    Unless `read_only`, a call is consequential and waits for a decision. `idempotent` is only for a key that the
    target system itself enforces. `settings` is what the system's entry in `sources.yaml` has to hold. Times are in
    seconds. Of its calls and undos at most `at_once` are under way in one process; who comes later waits, at most for
    `timeout`. However many tools there are, models are shown those that say `always`.
    """

    function: Hook
    name: str
    description: str
    arguments: Arguments
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    system: str | None = None
    settings: type[BaseModel] | None = None
    origin: str = ""  # how people know the place that it reads, where the system's name does not say it
    timeout: float = 30.0
    at_once: int | None = None
    settles_after: float = 0.0
    examples: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    always: bool = False
    file: str = ""
    sha256: str = ""  # of the file from which it was loaded
    previewer: Hook | None = None
    witnesser: Hook | None = None
    reconciler: Hook | None = None
    undoer: Hook | None = None
    undo_within: float = UNDO_SECONDS
    _threads: set[str] = field(default_factory=set, repr=False)  # the keys of synchronous calls that have not come back
    _places: asyncio.Semaphore | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.at_once is not None:
            if self.at_once < 1:
                raise ToolFileError(f"{self.name}: at_once={self.at_once}: give the number of calls at once, 1 or more")
            self._places = asyncio.Semaphore(self.at_once)

    def preview(self, hook: H) -> H:
        """`async def (ctx, **arguments) -> dict`: what would happen, label → value. `"warnings"` lists the system's own."""
        self.previewer = hook
        return hook

    def witness(self, hook: H) -> H:
        """`async def (ctx, **arguments) -> dict`: the facts that justify the call; compared again before the effect.

        Names that begin with `_` are compared, but not shown: ids and versions that mean nothing to a person.
        """
        self.witnesser = hook
        return hook

    def reconcile(self, hook: H) -> H:
        """`async def (ctx, key) -> Done | NotDone | Unsure`: did the call with this key take effect?"""
        self.reconciler = hook
        return hook

    @overload
    def undo(self, hook: H, /) -> H: ...
    @overload
    def undo(self, /, *, within: float = UNDO_SECONDS) -> Callable[[H], H]: ...
    def undo(self, hook: Hook | None = None, /, *, within: float = UNDO_SECONDS) -> Hook | Callable[[Hook], Hook]:
        """`async def (ctx, receipt) -> dict`: takes back the effect with this receipt, and returns one of its own.

        Used as `@refund.undo` or `@refund.undo(within=3600)`: seconds since the effect during which it is offered.
        A `ToolError` in it promises that nothing was undone.
        """
        if self.read_only:
            raise ToolFileError(f"{self.name}: it only reads, so there is nothing to undo; leave the undo out")
        if not 0 < within <= UNDO_LONGEST:
            raise ToolFileError(f"{self.name}: undo(within={within:g}): give seconds, more than 0 and at most a year")

        def attach(hook: Hook) -> Hook:
            self.undoer, self.undo_within = hook, within
            return hook

        return attach if hook is None else attach(hook)

    def follows(self, old: Tool) -> None:
        """Take the place of an earlier version: what of its calls has not come back, is not lost sight of."""
        self._threads = old._threads
        if self.at_once == old.at_once:
            self._places = old._places

    def title(self, language: str) -> str:
        """What people call it: in their language, else in English, else its name as words."""
        return self.titles.get(language) or self.titles.get("en") or self.name.replace("_", " ")

    @property
    def effect(self) -> Effect:
        """What a call does to the world, as its author declares it."""
        if self.destructive:
            return "destructive"
        return "read" if self.read_only else "write"

    @property
    def schema(self) -> dict[str, Json]:
        """JSON Schema of the arguments, as models are shown it."""
        return self.arguments.schema

    @functools.cached_property
    def schema_digest(self) -> str:
        """SHA-256 of what the schema validates, without its titles and descriptions."""
        return hashlib.sha256(json.dumps(_bare(self.schema), sort_keys=True).encode()).hexdigest()

    def parse(self, arguments: Mapping[str, Json] | str) -> dict[str, Json]:
        """Check a model's arguments and give them back as plain JSON values, defaults filled in.

        Raises `ToolError` with one line an argument when they do not fit.
        """
        try:
            given = _loaded(arguments) if isinstance(arguments, str) else dict(arguments)
            checked = self.arguments.check(given)
        except Unfit as error:
            lines = [f"{'.'.join(map(str, place)) or 'arguments'}: {text}" for place, text in error.objections]
            raise ToolError(f"{self.name}: " + "; ".join(lines)) from error
        except (ValueError, RecursionError) as error:
            raise ToolError(f"{self.name}: {because('not_json', error=error)}") from error
        if storable(checked) != checked:
            raise ToolError(f"{self.name}: {because('unstorable')}")
        return checked

    def objections(self, arguments: Mapping[str, Json]) -> dict[str, str]:
        """What is wrong with each argument, by its name; nothing when `parse` would take them."""
        try:
            self.arguments.check(arguments)
        except Unfit as error:
            return {str(place[0]) if place else "": _inside(place, text) for place, text in error.objections}
        return {}

    def files(self, arguments: Mapping[str, Json]) -> list[Named]:
        """The files of the thread that checked arguments mean."""
        return self.arguments.files(arguments)

    def sealed(self, arguments: Mapping[str, Json], found: Mapping[str, SealedFile]) -> dict[str, Json]:
        """Checked arguments with each file as it was found, by the name or id that `called` gives."""
        return self.arguments.sealed(arguments, found)

    async def call(self, ctx: RunContext, arguments: Mapping[str, Json], *, contents: Contents = NO_FILES) -> Json:
        """Run the function on checked arguments; a plain JSON value comes back. Raises `TimeoutError`.

        `contents` are those of the files among the arguments, by their SHA-256; likewise below.
        """
        return await self._carry_out(self.function, ctx, **self.arguments.typed(arguments, contents))

    async def take_back(self, ctx: RunContext, receipt: Json) -> Json:
        """Undo the effect that has this receipt; the undo's own receipt comes back. Raises `TimeoutError`.

        `ctx.idempotency_key` is the undo's own key. Raises `ToolError` when the tool has no undo, or when it promises
        that nothing was undone. What became of an undo that was interrupted, `settle` does not know: `reconcile` looks
        for calls of the function.
        """
        if self.undoer is None:
            raise ToolError(because("no_undo", tool=self.name))
        return await self._carry_out(self.undoer, ctx, receipt)

    async def _carry_out(self, function: Hook, ctx: RunContext, /, *args: Any, **arguments: Any) -> Json:
        """Run what may have an effect, within the time limit; a thread counts as under way until it ends."""
        await self._take_place()
        if inspect.iscoroutinefunction(function):
            try:
                return await self._run(function, ctx, *args, **arguments)
            finally:
                self._give_place()
        # A thread cannot be stopped: when the time is over it goes on, and until it ends nothing is certain.
        key = ctx.idempotency_key
        thread = asyncio.ensure_future(_result(function, ctx, *args, **arguments))
        if key:
            self._threads.add(key)
        thread.add_done_callback(functools.partial(self._came_back, key))
        async with asyncio.timeout(self.timeout):
            return _plain(await asyncio.shield(thread))

    async def _take_place(self) -> None:
        """Wait for one of the places. Raises `ToolError` when none becomes free in time: nothing was sent."""
        if self._places is None:
            return
        try:
            async with asyncio.timeout(self.timeout):
                await self._places.acquire()
        except TimeoutError:
            raise ToolError(because("tool_busy", tool=self.name, count=self.at_once)) from None

    def _give_place(self) -> None:
        if self._places is not None:
            self._places.release()

    def _came_back(self, key: str | None, thread: asyncio.Future[Any]) -> None:
        self._give_place()
        if key:
            self._threads.discard(key)
        if not thread.cancelled():
            thread.exception()  # looked at, though nobody may wait for it any more

    async def show(
        self, ctx: RunContext, arguments: Mapping[str, Json], *, contents: Contents = NO_FILES
    ) -> dict[str, Json]:
        """The preview, or nothing when the tool has none."""
        return await self._look(self.previewer, ctx, arguments, contents)

    async def facts(
        self, ctx: RunContext, arguments: Mapping[str, Json], *, contents: Contents = NO_FILES
    ) -> dict[str, Json]:
        """The witness, or nothing when the tool has none."""
        return await self._look(self.witnesser, ctx, arguments, contents)

    async def settle(self, ctx: RunContext, key: str) -> Outcome:
        """Ask the target system what became of the call with this key; `Unsure` when the tool cannot ask."""
        if self.reconciler is None:
            return Unsure(because("no_look_up"))
        async with asyncio.timeout(self.timeout):
            found: Outcome = await _result(self.reconciler, ctx, key)
        if isinstance(found, Done):
            return Done(_plain(found.receipt))
        if key in self._threads:
            return Unsure(because("not_back"))
        return found

    def typed(self, arguments: Mapping[str, Json]) -> dict[str, Any]:
        """Checked arguments (those that `parse` gave) as the types that rules are about: `Decimal`, dates, …"""
        return self.arguments.typed(arguments)

    async def _look(
        self, hook: Hook | None, ctx: RunContext, arguments: Mapping[str, Json], contents: Contents
    ) -> dict[str, Json]:
        if hook is None:
            return {}
        found: dict[str, Json] = await self._run(hook, ctx, **self.arguments.typed(arguments, contents))
        return found

    async def _run(self, function: Hook, ctx: RunContext, /, *args: Any, **arguments: Any) -> Any:
        async with asyncio.timeout(self.timeout):
            return _plain(await _result(function, ctx, *args, **arguments))


def _inside(place: Sequence[str | int], text: str) -> str:
    """An objection to a part of a list or record says which entry it means, counted from one."""
    entry = next((at + 1 for at in place[1:] if isinstance(at, int)), None)
    inner = [str(entry)] if entry else []
    inner += [place[-1]] if len(place) > 2 and isinstance(place[-1], str) else []
    return f"{' · '.join(inner)}: {text}" if inner else text


def _bare(schema: Json) -> Json:
    """A schema without what only describes."""
    if isinstance(schema, dict):
        keep = {k: v for k, v in schema.items() if not (k in ("title", "description") and isinstance(v, str))}
        return {k: _bare(v) for k, v in keep.items()}
    return [_bare(item) for item in schema] if isinstance(schema, list) else schema


async def _result(function: Hook, /, *args: Any, **kwargs: Any) -> Any:
    """Await an async function; run a synchronous one in a thread: the one place where that happens."""
    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    result = await _in_thread(functools.partial(function, *args, **kwargs))
    return await result if isinstance(result, Awaitable) else result


async def _in_thread(work: Callable[[], Any]) -> Any:
    """Run in a thread of its own: one that hangs takes no pool's place, and does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)

    def body() -> None:
        result, error = None, None
        try:
            result = context.run(work)
        except Exception as raised:  # noqa: BLE001  (carried to whoever awaits)
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended, nobody awaits
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=body, name="tool", daemon=True).start()
    return await future


class _Anything(BaseModel):
    value: Any


def _plain(value: Any) -> Json:
    """A tool's return value as JSON values that can be stored: Decimal and dates become text."""
    return storable(_Anything(value=value).model_dump(mode="json")["value"])


def _loaded(arguments: str) -> Json:
    """Strict JSON, decimal fractions exact. Raises `ValueError` or `RecursionError`."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a number in JSON")

    return json.loads(arguments or "{}", parse_float=Decimal, parse_constant=refuse)
