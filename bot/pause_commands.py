"""`baton pause`, `resume` and `pauses`: the switches on Baton's own machine. Pausing everything needs no working tools."""

from __future__ import annotations

from typing import Annotated, Any

import rich
import typer
from rich.markup import escape
from rich.table import Table

from bot.console import with_database
from bot.errors import BatonError
from bot.pauses import resume
from bot.state import pauses
from bot.state.pauses import EVERYTHING, OPERATOR, Target

Agent = Annotated[str, typer.Option(metavar="AGENT", help="Only this agent.")]
Tool = Annotated[str, typer.Option(metavar="TOOL", help="Only this tool.")]


def pause(
    agent: Agent = "", tool: Tool = "", reason: Annotated[str, typer.Option(help="Why; people read it.")] = ""
) -> None:
    """Stop all effects and new questions, or those of an agent or a tool, until `resume`."""

    target = _target(agent, tool)
    _must_exist(target)

    async def switch(db: Any) -> None:
        async with db.transaction() as tx:
            began = await pauses.begin(tx, target, OPERATOR, reason)
        if began is None:
            raise BatonError(f"{target} is paused already: nothing changed")
        rich.print(f"paused: {target}")

    with_database(switch)


def resume_(agent: Agent = "", tool: Tool = "") -> None:
    """End a pause; what it held back goes on at once."""
    from bot.board import Board
    from bot.engine import Engine

    target = _target(agent, tool)

    async def switch(db: Any) -> None:
        engine = Engine(db)
        await engine.open()
        if await resume(Board(db, engine), target, OPERATOR) is None:
            raise BatonError(f"{target} is not paused: nothing changed")
        rich.print(f"resumed: {target}")

    with_database(switch)


def list_pauses() -> None:
    """What is paused, since when, by whom and why."""

    async def show(db: Any) -> None:
        table = Table("what", "since", "by", "reason")
        for one in await pauses.listed(db):
            table.add_row(escape(str(one.target)), f"{one.at:%Y-%m-%d %H:%M}", one.by, escape(one.reason or ""))
        rich.print(table if table.row_count else "nothing is paused")

    with_database(show)


def _target(agent: str, tool: str) -> Target:
    if agent and tool:
        raise BatonError("name an agent or a tool, not both")
    return Target("agent", agent) if agent else Target("tool", tool) if tool else EVERYTHING


def _must_exist(target: Target) -> None:
    """A slip of the pen would pause nothing, in silence."""
    from bot.policy_commands import Tools
    from bot.settings import Settings

    if target.kind == "all":
        return
    tools = Tools.load(Settings.read().baton_tools)
    known = set(tools.roster if target.kind == "agent" else tools.catalog)
    if target.name not in known:
        raise BatonError(f"there is no {target}; there are: {', '.join(sorted(known))}")
