"""The line to the machines' server: one session a call, what was read through it, and which failure means what."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import importlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from _words import Words

from bot import RunContext, System, ToolError

from .plant import Machine, Method, Plant

if TYPE_CHECKING:  # it takes a second to load, so whoever connects first loads it
    from asyncua import ua
    from asyncua.client.client import Client

APPLICATION = "urn:baton:machines"  # the client's certificate names it, see docs/connectors.md
LONGEST_SECONDS = 15.0  # for one exchange, whatever sources.yaml says: a tool's call is several of them
CLOSE_SECONDS = 2.0
SESSION_SECONDS = 60  # one that a broken line left behind does not keep its place on the server for longer

# With these the server says that it did not begin with the method: what the standard checks before it (Part 4,
# 5.12.2), and that the object is in no state for it. Any other code may come from the middle of the machine's program.
REFUSALS = frozenset(
    {
        *("BadUserAccessDenied", "BadNodeIdInvalid", "BadNodeIdUnknown", "BadMethodInvalid", "BadNotExecutable"),
        *("BadArgumentsMissing", "BadTooManyArguments", "BadInvalidArgument", "BadInvalidState", "BadNotImplemented"),
        *("BadNotSupported", "BadServiceUnsupported", "BadSessionIdInvalid", "BadSessionNotActivated"),
    }
)

What = Literal["idle", "running", "other", "unknown"]
Plain = str | int | float | bool | Decimal | dt.datetime | list[Any] | None


class Unclear(Exception):
    """The server answered a method's call with something from which nobody can tell whether it happened."""


@dataclass(frozen=True)
class Status:
    """A machine as it was read at one moment; `unknown` when the server does not know it itself."""

    what: What
    state: Plain = None
    order: str = ""
    finished: tuple[str, ...] = ()
    alarm: str = ""
    shown: Mapping[str, Plain] = field(default_factory=dict)

    def has_run(self, order: str) -> bool:
        return order == self.order or order in self.finished

    def may_have_run(self, order: str) -> bool:
        """Also when it is written in other letters: `of-17` is no new number."""
        return order.casefold() in (one.casefold() for one in (self.order, *self.finished))

    def runs(self, order: str) -> bool:
        return self.what == "running" and order == self.order


class Line:
    """A session with the server of the machines."""

    def __init__(self, client: Client, system: System, namespaces: Sequence[str], say: Words) -> None:
        self._client, self._system, self._namespaces, self._say = client, system, namespaces, say

    async def read(self, machine: Machine) -> Status:
        """How a machine is. Raises `ToolError`: reading changes nothing."""
        from asyncua.ua.attribute_ids import AttributeIds

        ids = [self._id(node) for node in machine.nodes]
        with _harmless(self._system, self._say):
            values = await self._client.uaclient.read_attributes(ids, AttributeIds.Value)
        return _status(machine, dict(zip(machine.nodes, values, strict=True)))

    async def call(self, method: Method, *arguments: ua.Variant) -> list[Plain]:
        """Call a method; its outputs.

        Raises `ToolError` when the server surely did not begin with it; `OSError` (a time limit too), `UaError` or
        `Unclear` when it may have.
        """
        from asyncua import ua
        from asyncua.ua.uaerrors import UaStatusCodeError

        request = ua.CallMethodRequest(self._id(method.object), self._id(method.method), list(arguments))
        with self._system.attempt():
            try:
                (result,) = await self._client.uaclient.call([request])
            except UaStatusCodeError as error:
                self._refused(ua.StatusCode(error.code))
                raise
        if not result.StatusCode.is_good():
            self._refused(result.StatusCode)
            raise Unclear(result.StatusCode.name)
        return [_plain(one.Value) for one in result.OutputArguments or []]

    def _refused(self, code: ua.StatusCode) -> None:
        if code.name in REFUSALS:
            french = f"le serveur des machines refuse l'appel ({code.name}) : rien n'a été fait"
            raise ToolError(self._say(french, f"the machines' server refuses the call ({code.name}): nothing was done"))

    def _id(self, node: str) -> ua.NodeId:
        """A node of the configuration as this server counts its namespaces today."""
        from asyncua import ua

        if not node.startswith("nsu="):
            return ua.NodeId.from_string(node)
        space, _, name = node.removeprefix("nsu=").partition(";")
        if space not in self._namespaces:
            french = f"le serveur des machines n'a pas l'espace de noms « {space} » de sources.yaml : rien n'a été fait"
            english = f"the machines' server has no namespace '{space}', which sources.yaml names: nothing was done"
            raise ToolError(self._say(french, english))
        return ua.NodeId.from_string(f"ns={self._namespaces.index(space)};{name}")


@asynccontextmanager
async def connected(ctx: RunContext) -> AsyncIterator[Line]:
    """A session with the server, for one tool call. Raises `ToolError` when there is none: nothing was called."""
    await asyncio.to_thread(importlib.import_module, "asyncua")
    from asyncua.client.client import Client

    system, say = ctx.system("machines"), Words(ctx.actor.language)
    plant = system.settings(Plant)
    client = Client(plant.base_url, timeout=min(system.timeout.read or LONGEST_SECONDS, LONGEST_SECONDS))
    client.application_uri = APPLICATION
    client.session_timeout = SESSION_SECONDS * 1000
    if plant.user:
        client.set_user(plant.user)
        client.set_password(plant.password)
    with _harmless(system, say):
        await _secure(client, plant)
        await client.connect()
    try:
        with _harmless(system, say):
            namespaces = await client.get_namespace_array()
        yield Line(client, system, namespaces, say)
    finally:
        await _leave(client)


async def _secure(client: Client, plant: Plant) -> None:
    if plant.certificate is None or plant.private_key is None or plant.server_certificate is None:
        return
    from asyncua.crypto import security_policies

    policy = getattr(security_policies, f"SecurityPolicy{plant.policy}")
    await client.set_security(
        policy, str(plant.certificate), str(plant.private_key), server_certificate=str(plant.server_certificate)
    )


async def _leave(client: Client) -> None:
    """Whatever comes of it: what was called was called."""
    from asyncua.ua.uaerrors import UaError

    with contextlib.suppress(OSError, UaError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.disconnect()


@contextlib.contextmanager
def _harmless(system: System, say: Words) -> Iterator[None]:
    """Around what changes nothing at any machine, so that each failure is a `ToolError` in plain words."""
    from asyncua.ua.uaerrors import BadIdentityTokenRejected, BadUserAccessDenied, UaError

    nothing = say("rien n'a été fait", "nothing was done")
    try:
        with system.attempt(UaError):
            yield
    except (BadUserAccessDenied, BadIdentityTokenRejected) as denied:
        french = "le serveur des machines refuse l'identifiant ou le mot de passe donnés dans sources.yaml"
        english = "the machines' server refuses the user or password of sources.yaml"
        raise ToolError(f"{say(french, english)}: {nothing}") from denied
    except TimeoutError as slow:
        text = say("le serveur des machines ne répond pas à temps", "the machines' server does not answer in time")
        raise ToolError(f"{text}: {nothing}") from slow
    except (OSError, UaError, ValueError) as broken:  # a key or certificate that is none is a ValueError
        text = say("pas de liaison avec le serveur des machines", "there is no connection to the machines' server")
        raise ToolError(f"{text} ({type(broken).__name__}): {nothing}") from broken


def _status(machine: Machine, values: Mapping[str, ua.DataValue]) -> Status:
    """What the values mean. One that it needs and that the server does not vouch for makes the machine unknown."""
    known = {
        node: _plain(value.Value.Value) if value.Value else None
        for node, value in values.items()
        if value.StatusCode and value.StatusCode.is_good()
    }
    shown = {label: known.get(node) for label, node in machine.shown.items()}
    if any(node not in known for node in machine.needed):
        return Status("unknown", shown=shown)
    state = known[machine.state]
    what: What = "idle" if state in machine.idle else "running" if state in machine.running else "other"
    finished = known[machine.finished] if machine.finished else None
    return Status(
        what,
        state,
        _number(known[machine.order]),
        tuple(map(_number, finished if isinstance(finished, list) else [finished])),
        str((machine.alarm and known[machine.alarm]) or ""),
        shown,
    )


def _number(value: Plain) -> str:
    """An order's number, without what a machine fills its fields up with."""
    return str(value or "").strip(" \t\0")


def _plain(value: Any) -> Plain:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int | float | dt.datetime):
        return value
    text = getattr(value, "Text", value)  # of a LocalizedText, which may have none; else as its library writes it
    return None if text is None else str(text)
