"""The machines of the workshop: what they are doing, and starting them on an order."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bot import RunContext, ToolError, tool

STATES = {"CNC-3": "idle", "LASER-1": "idle", "PRESS-2": "idle", "CNC-5": "under maintenance"}


@tool(
    read_only=True,
    examples=[
        "Dans quel état est la LASER-1 ?",
        "Est-ce que CNC-5 fonctionne ?",
        "Is LASER-1 running?",
        "State of machine CNC-5",
    ],
)
def machine_status(ctx: RunContext, machine: str) -> dict[str, str]:
    """Tell what a machine of the workshop is doing: running, idle or under maintenance.

    Args:
        machine: Code of the machine, for example CNC-5.
    """
    code = _machine(machine)
    return {"machine": code, "state": STATES[code]}


@tool(
    destructive=True,
    examples=[
        "Lance la machine CNC-5 pour l'ordre OF-1040",
        "Démarrer PRESS-2 sur OF-1077",
        "Start LASER-1 for order MO-2010",
        "Run PRESS-2 on MO-2044",
    ],
)
def start_machine(ctx: RunContext, machine: str, order: str) -> dict[str, str]:
    """Start a machine of the workshop on a manufacturing order.

    Args:
        machine: Code of the machine, for example CNC-5.
        order: Number of the manufacturing order that the machine will work on, for example OF-1040.
    """
    code = _machine(machine)
    if STATES[code] != "idle":
        raise ToolError(f"{code} is {STATES[code]}: it was not started")
    number = order.strip().upper()
    _record(ctx, {"tool": "start_machine", "machine": code, "order": number})
    return {"reference": f"{code}/{number}", "summary": f"{code} started on {number}"}


def _machine(given: str) -> str:
    code = given.strip().upper()
    if code not in STATES:
        raise ToolError(f"there is no machine '{given}'; the machines are {', '.join(STATES)}")
    return code


def _record(ctx: RunContext, effect: dict[str, Any]) -> None:
    path = os.environ.get("UNSEEN_LEDGER")
    if not path:
        raise ToolError("UNSEEN_LEDGER is not set: the machine was not started")
    with Path(path).open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps({"key": ctx.idempotency_key, **effect}, ensure_ascii=False) + "\n")
