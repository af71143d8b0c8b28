"""`baton tools accept SERVER`: shows what an MCP server offers against what was accepted, and accepts it."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import rich
import typer
from rich.markup import escape

from bot import log
from bot.errors import BatonError, ConfigError, ToolFileError
from bot.settings import Settings
from bot.tooling.arguments import Described
from bot.tooling.mcp_entry import McpEntry
from bot.tooling.pins import FILE, LONGEST, Pin, read_pins, seen, write_pins
from bot.tooling.sources import Sources


def accept(
    server: Annotated[str, typer.Argument(help="Its name under `mcp:` in sources.yaml.")],
    yes: Annotated[bool, typer.Option("--yes", help="Accept without asking, for scripts.")] = False,
) -> None:
    """Look at what an MCP server offers now, and accept it: what is not accepted is no tool."""
    log.configure()
    folder = Settings.read().baton_tools
    entry = _entry(folder, server)
    pins = read_pins(folder / FILE)
    before = pins.get(server, {})
    offered = asyncio.run(offered_by(server, entry))
    after = {tool: offered[tool] for tool in entry.tools if tool in offered}
    for tool, pin in after.items():
        try:
            Described(pin.schema)
        except ToolFileError as error:
            raise ConfigError(f"{server}: {tool}: {error}; take it from the list in sources.yaml") from error
    for line in differences(before, after, entry.tools.keys() - offered.keys()):
        rich.print(line)
    if others := sorted(offered.keys() - entry.tools.keys()):
        rich.print(f"also offered, and not on the list: {escape(', '.join(map(seen, others)))[:2000]}")
    if after == before:
        rich.print("nothing has changed")
    elif yes or typer.confirm("Accept?", default=False):
        write_pins(folder / FILE, {**pins, server: after})
        rich.print(f"accepted in {escape(str(folder / FILE))}; a Baton that runs reads it within a second or two")
    else:
        rich.print("nothing is accepted")


def differences(before: Mapping[str, Pin], after: Mapping[str, Pin], not_there: set[str]) -> Iterator[str]:
    """What would change, as lines for a terminal on which nothing of the server's is invisible or a command."""
    for tool in sorted(not_there):
        yield f"[bold red]gone[/]     {escape(tool)}: the server does not offer it"
    for tool in sorted(before.keys() - after.keys() - not_there):
        yield f"[bold red]dropped[/]  {escape(tool)}: no longer on the list"
    for tool, pin in sorted(after.items()):
        old = before.get(tool)
        if old == pin:
            continue
        yield f"[bold green]new[/]      {escape(tool)}" if old is None else f"[bold yellow]changed[/]  {escape(tool)}"
        if len(pin.description) > LONGEST:
            yield f"    its description is long: models read the first {LONGEST} characters of {len(pin.description)}"
        was = _lines(old) if old else []
        for line in list(difflib.unified_diff(was, _lines(pin), n=1000, lineterm=""))[3:]:
            colour = {"+": "green", "-": "red"}.get(line[0], "default")
            yield f"    [{colour}]{escape(line)}[/]"


def _lines(pin: Pin) -> list[str]:
    schema = json.dumps(pin.schema, indent=2, sort_keys=True, ensure_ascii=False)
    return [visible(line) for line in [*pin.description.splitlines(), *schema.splitlines()]]


def visible(line: str) -> str:
    """What nobody would see, written out."""
    return "".join(char if seen(char) == char else f"⟦U+{ord(char):04X}⟧" for char in line)


def _entry(folder: Path, server: str) -> McpEntry:
    sources = Sources.read(folder, os.environ)
    if server in sources.missing:
        raise ConfigError(f"{folder}: mcp: {server}: add to .env: {', '.join(sources.missing[server])}")
    if server not in sources.servers:
        raise ConfigError(
            f"{folder}: there is no MCP server '{server}' (there are: {', '.join(sources.servers) or 'none'})"
        )
    return sources.servers[server].entry


async def offered_by(name: str, entry: McpEntry) -> Mapping[str, Pin]:
    """What a server offers now. Raises `ConfigError` when it cannot be asked."""
    from bot.tooling.mcp import McpServer

    server = McpServer(name, entry, {})
    try:
        return await server.offered()
    except BatonError as error:
        raise ConfigError(f"{error}; see the line above") from error
    finally:
        await server.close()
