"""The machines of the workshop, over OPC UA: how they are, starting an order on one, stopping it.

Which machines there are, which of their nodes are read and which methods are called stands in `sources.yaml` alone
(`_opcua/plant.py`); nothing that anybody says becomes a node. Nothing is ever written to a node. An alarm cannot be
reset from here: whoever does that has to see the machine.

An order number is used once on a machine: it is how a call whose reply was lost is found again.
"""

from __future__ import annotations

from typing import Annotated, Any

from _opcua import sentences
from _opcua.line import Line, Status, connected
from _opcua.plant import Machine, Plant
from _words import Words
from pydantic import Field

from bot import Done, NotDone, RunContext, Unsure, tool

CALL_SECONDS = 60.0  # session, reading and the call: each exchange has its own, shorter limit
SETTLES = 60.0  # a request that a lost connection left behind is processed by then, or never

Order = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$")]
Quantity = Annotated[int, Field(gt=0)]
Result = dict[str, Any]


@tool(
    read_only=True,
    system="machines",
    settings=Plant,
    timeout=CALL_SECONDS,
    examples=[
        "Est-ce que la presse 1 tourne ?",
        "Dans quel état sont les machines ?",
        "Où en est la production sur la presse 1 ?",
        "Is press 1 running?",
        "How are the machines doing?",
        "Is there an alarm on press 1?",
    ],
    titles={"fr": "L'état des machines", "en": "State of the machines"},
)
async def check_machines(ctx: RunContext, machine: str = "") -> Result:
    """Say of one machine, or of all, whether it runs, which order, whether it has an alarm, and what it counts.

    Args:
        machine: Name of the machine; empty for all.
    """
    say, plant = _known(ctx)
    names = [_meant(say, plant, machine)] if machine else list(plant.machines)
    async with connected(ctx) as line:
        found = {name: await line.read(plant.machines[name]) for name in names}
    told = [f"{sentences.machine(say, plant.title(name), status)}." for name, status in found.items()]
    return {"summary": " ".join(told), "machines": [_record(name, status) for name, status in found.items()]}


# ------------------------------------------------------------------------------------ starting an order


@tool(
    destructive=True,
    system="machines",
    settings=Plant,
    timeout=CALL_SECONDS,
    settles_after=SETTLES,
    examples=[
        "Démarre l'ordre OF-1042 sur la presse 1, 200 pièces",
        "Lance 50 pièces de l'ordre OF-77 sur la machine presse 1",
        "Start order OF-1042 on press 1, 200 pieces",
        "Run 50 pieces of OF-77 on machine press 1",
    ],
    titles={"fr": "Démarrage d'un ordre sur une machine", "en": "Start of an order on a machine"},
)
async def start_order(ctx: RunContext, machine: str, order: Order, quantity: Quantity) -> Result:
    """Start an order on a machine that is free. It begins to move at once, and what it makes cannot be unmade.

    Args:
        machine: Name of the machine.
        order: Number of the order, such as OF-1042; each is used once on a machine.
        quantity: How many pieces it is to make.
    """
    say, plant = _known(ctx)
    name = _meant(say, plant, machine)
    title, receipt = plant.title(name), {"machine": name, "order": order, "quantity": quantity}
    async with connected(ctx) as line:
        status = await line.read(plant.machines[name])
        if status.runs(order):
            return {"summary": sentences.already(say, title, order), "reference": ctx.idempotency_key, **receipt}
        _startable(say, title, plant.machines[name], status, order, quantity)
        await _start(say, line, title, plant.machines[name], order, quantity)
    # no reading from here on: a failure to read must not pass for a failure to start
    return {"summary": sentences.started(say, title, order, quantity), "reference": ctx.idempotency_key, **receipt}


@start_order.preview
async def _preview_start(ctx: RunContext, machine: str, order: str, quantity: int) -> Result:
    say, plant = _known(ctx)
    name = _meant(say, plant, machine)
    status = await _read(ctx, plant.machines[name])
    _startable(say, plant.title(name), plant.machines[name], status, order, quantity)
    return {**sentences.card(say, plant.title(name), status), "warnings": [sentences.it_moves(say)]}


@start_order.witness
async def _witness_start(ctx: RunContext, machine: str, order: str, quantity: int) -> Result:
    """The machine as it stood free; `_order` and what it ran last are what `reconcile` looks for."""
    return await _facts(ctx, machine, order)


@start_order.reconcile
async def _reconcile_start(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    """By the order number, which the machine had never run when the card was shown.

    Free, and still the same last order: the machine keeps its last one and has had no other. No order at all, another
    one, or a machine that is getting ready proves nothing.
    """
    say, plant = _known(ctx)
    name, order, last = (str(ctx.witness[key]) for key in ("_machine", "_order", "_last"))
    machine, title = plant.machines[name], plant.title(name)
    status = await _read(ctx, machine)
    if status.has_run(order):
        summary = sentences.taken_up(say, title, order)
        return Done({"summary": summary, "reference": key, "machine": name, "order": order})
    if status.what == "idle" and last and status.order == last:
        return NotDone()
    return Unsure(sentences.not_told(say, title, status))


def _startable(say: Words, title: str, machine: Machine, status: Status, order: str, quantity: int) -> None:
    """Raises `ToolError` unless the machine is free, has no alarm, and has never run the order."""
    if machine.start is None:
        raise sentences.has_no(say, title, "start")
    if quantity > machine.start.largest:
        raise sentences.too_many(say, title, machine.start.largest)
    if status.what != "idle" or status.alarm:
        raise sentences.not_ready(say, title, status)
    if status.may_have_run(order):
        raise sentences.used_up(say, title, order)


async def _start(say: Words, line: Line, title: str, machine: Machine, order: str, quantity: int) -> None:
    from asyncua import ua

    assert machine.start  # it is startable
    given = {"order": order, "quantity": quantity}
    sent = [ua.Variant(given[name], ua.VariantType[kind]) for name, kind in machine.start.arguments.items()]
    _accepted(say, title, await line.call(machine.start, *sent))


# ---------------------------------------------------------------------------------------------- stopping


@tool(
    system="machines",
    settings=Plant,
    timeout=CALL_SECONDS,
    settles_after=SETTLES,
    examples=[
        "Arrête la presse 1",
        "Stoppe la production sur la machine presse 1",
        "Stop press 1",
        "Halt the machine press 1, please",
    ],
    titles={"fr": "Arrêt d'une machine", "en": "Stop of a machine"},
)
async def stop_machine(ctx: RunContext, machine: str) -> Result:
    """Stop the order that a machine is running. This is no emergency stop: it waits for a decision.

    Args:
        machine: Name of the machine.
    """
    say, plant = _known(ctx)
    name = _meant(say, plant, machine)
    title, meant = plant.title(name), str(ctx.witness.get("_last", ""))
    async with connected(ctx) as line:
        status = await line.read(plant.machines[name])
        method = plant.machines[name].stop
        if method is None:
            raise sentences.has_no(say, title, "stop")
        if status.what != "running":
            raise sentences.not_running(say, title, status)
        if status.order != meant:
            raise sentences.another_order(say, title, status.order)
        _accepted(say, title, await line.call(method))
    summary = sentences.stopped(say, title, meant)
    return {"summary": summary, "reference": ctx.idempotency_key, "machine": name, "order": meant}


@stop_machine.preview
async def _preview_stop(ctx: RunContext, machine: str) -> Result:
    say, plant = _known(ctx)
    name = _meant(say, plant, machine)
    if plant.machines[name].stop is None:
        raise sentences.has_no(say, plant.title(name), "stop")
    status = await _read(ctx, plant.machines[name])
    if status.what != "running":
        raise sentences.not_running(say, plant.title(name), status)
    return {**sentences.card(say, plant.title(name), status), "warnings": [sentences.no_emergency_stop(say)]}


@stop_machine.witness
async def _witness_stop(ctx: RunContext, machine: str) -> Result:
    return await _facts(ctx, machine)


@stop_machine.reconcile
async def _reconcile_stop(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    """Whether that order still runs. One that ended by itself meanwhile counts as stopped; one that rests may go on."""
    say, plant = _known(ctx)
    name, order = str(ctx.witness["_machine"]), str(ctx.witness["_last"])
    status = await _read(ctx, plant.machines[name])
    if status.what not in ("idle", "running"):
        return Unsure(sentences.not_told(say, plant.title(name), status))
    if status.runs(order):
        return NotDone()
    summary = sentences.over(say, plant.title(name), order)
    return Done({"summary": summary, "reference": key, "machine": name, "order": order})


# ------------------------------------------------------------------------------------------- what they share


def _known(ctx: RunContext) -> tuple[Words, Plant]:
    return Words(ctx.actor.language), ctx.system("machines").settings(Plant)


def _meant(say: Words, plant: Plant, spoken: str) -> str:
    """The name of the machine that is meant. Raises `ToolError` when it is not in `sources.yaml`."""
    if name := plant.find(spoken):
        return name
    raise sentences.unknown_machine(say, spoken, [plant.title(name) for name in plant.machines])


async def _read(ctx: RunContext, machine: Machine) -> Status:
    async with connected(ctx) as line:
        return await line.read(machine)


async def _facts(ctx: RunContext, machine: str, order: str = "") -> Result:
    """What must not change between the card and the call; counters do, and are left out."""
    say, plant = _known(ctx)
    name = _meant(say, plant, machine)
    status = await _read(ctx, plant.machines[name])
    return {
        "_machine": name,
        "_server": plant.base_url,
        "_entry": plant.machines[name].digest,
        "_state": status.what,
        "_alarm": status.alarm,
        "_last": status.order,
        "_order": order,
    }


def _accepted(say: Words, title: str, outputs: list[Any]) -> None:
    """A method's first output, where it is a Boolean, says whether the machine took the call; the next one why not."""
    if outputs and outputs[0] is False:
        raise sentences.refused(say, title, outputs[1] if len(outputs) > 1 else None)


def _record(name: str, status: Status) -> Result:
    """One machine, for a model."""
    return {
        "machine": name,
        "state": status.what,
        "order": status.order,
        "alarm": status.alarm,
        **status.shown,
    }
