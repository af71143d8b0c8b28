"""`baton tools …`: shows the tools in force, writes the file of a new one, and says what is wrong with a folder."""

from __future__ import annotations

import re
from importlib import resources
from string import Template
from typing import Annotated

import rich
import typer
from rich.markup import escape
from rich.table import Table

from bot import log
from bot.agents.roster import FILE, Known, Roster
from bot.errors import BatonError, ConfigError, PolicyError
from bot.policy.policy import Policy
from bot.settings import Settings
from bot.source_commands import accept
from bot.tooling.catalog import Catalog
from bot.tooling.folder import Folder
from bot.tooling.sources import placeholders
from bot.tooling.tool import Tool

tools_cli = typer.Typer(no_args_is_help=True, help="List the tools in force, write a new one, check the folder.")

tools_cli.command()(accept)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


@tools_cli.command("list")
def list_tools() -> None:
    """The tools in force: what each does and who decides."""
    log.configure()
    folder = Settings.read().baton_tools
    catalog = Catalog.load(folder)
    roster = Roster(folder / FILE, Known(catalog.named, catalog.is_whole))
    policy = Policy.load(folder / "policy.yaml", catalog.facts(), roster.names)
    table = Table("tool", "what it does", "where it stands", "system", "effect", "rules that speak of it")
    for tool in catalog.values():
        rules = [f"{rule.name} → {', '.join(rule.of) or rule.effect}" for rule in policy.covering(tool.name)]
        told = escape("\n".join(rules)) or "the default of its effect"
        place = tool.file.removeprefix(f"{folder}/")
        about = map(escape, (tool.description.splitlines()[0], place, tool.system or ""))
        table.add_row(tool.name, *about, tool.effect, told)
    rich.print(table)


@tools_cli.command()
def new(name: Annotated[str, typer.Argument(help="What it is about, such as refunds: the file's name.")]) -> None:
    """Write a commented file with a tool that reads and one that acts; nothing is overwritten."""
    if not _NAME.fullmatch(name):
        raise BatonError(f"'{name}' cannot be a file's name here: small letters, digits and _, such as refunds")
    file = Settings.read().baton_tools / f"{name}.py"
    words = name.replace("_", " ")
    text = Template((resources.files("bot.tooling") / "new_tool.txt").read_text("utf-8"))
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text.substitute(name=name, words=words, title=words.capitalize()))
    except FileExistsError:
        raise BatonError(f"{file} is there already: choose another name, or edit that file") from None
    except FileNotFoundError:
        raise BatonError(f"BATON_TOOLS: {file.parent} is not a folder") from None
    typer.echo(f"{file} is written. Next: fill it in, then `baton tools check`")


@tools_cli.command()
def check() -> None:
    """Say of every file of the tools folder what is wrong, with file, line, name and remedy."""
    place = Settings.read().baton_tools
    folder = Folder(place, placeholders(place / "sources.yaml"))
    for problem in folder.problems.values():
        typer.echo(problem)
    for tool in folder.tools.values():
        for advice in _advice(tool):
            typer.echo(f"{tool.file}: {tool.name}: warning: {advice}")
    if not folder.problems:
        _nobody_decides(folder)
        _check_agents(folder)
    if folder.problems:
        raise typer.Exit(1)
    typer.echo(f"{place}: can be used: {len(folder.tools)} tools, {len(folder.sources.systems)} systems")


def _advice(tool: Tool) -> list[str]:
    advice = []
    if not tool.examples:
        advice.append("it has no examples: people's own words help a model, and the Home suggests them")
    if tool.file.endswith(".py") and not (tool.read_only or tool.reconciler or tool.idempotent):
        advice.append("it has no reconcile: when a reply is lost, a person has to look what happened")
    return advice


def _check_agents(folder: Folder) -> None:
    try:
        Roster(folder.path / FILE, Known(frozenset(folder.tools), folder.is_whole))
    except ConfigError as error:
        typer.echo(error)
        raise typer.Exit(1) from error


def _nobody_decides(folder: Folder) -> None:
    file = folder.path / "policy.yaml"
    facts = Catalog(folder.tools, {}).facts()
    try:
        missing = Policy.load(file, facts).unanswerable(facts)
    except PolicyError as error:
        typer.echo(error)
        raise typer.Exit(1) from error
    for name in missing:
        typer.echo(f"{file}: warning: nobody can decide '{name}': add the group `approvers`, or a rule")
