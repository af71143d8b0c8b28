"""`baton tools …`: shows the tools in force, writes the file of a new one, and says what is wrong with a folder."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping
from importlib import resources
from pathlib import Path
from string import Template
from typing import Annotated

import rich
import typer
from rich.markup import escape
from rich.table import Column, Table

from bot import log
from bot.add_commands import add_cli, deciders, said
from bot.agents.roster import FILE, Known, Roster
from bot.errors import BatonError, ConfigError, PolicyError
from bot.policy.policy import Need, Policy, usual_count
from bot.settings import Settings
from bot.source_commands import accept
from bot.state.db import Database
from bot.state.overviews import Use, uses
from bot.tooling.catalog import Catalog
from bot.tooling.folder import Folder
from bot.tooling.sources import placeholders
from bot.tooling.tool import Tool

tools_cli = typer.Typer(no_args_is_help=True, help="List the tools in force, write a new one, check the folder.")

tools_cli.command()(accept)
tools_cli.add_typer(add_cli, name="add")

LATELY = ("last used", "failed, 7 days")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


@tools_cli.command("list")
def list_tools(
    group: Annotated[str, typer.Option(help="Also say on which calls this group of policy.yaml decides.")] = "",
) -> None:
    """The tools in force: where each stands, what it does to the world, who decides, and how it did lately."""
    log.configure()
    settings = Settings.read()
    folder = settings.baton_tools
    catalog = Catalog.load(folder)
    roster = Roster(folder / FILE, Known(catalog.named, catalog.is_whole))
    policy = Policy.load(folder / "policy.yaml", catalog.facts(), roster.names)
    if group and group not in policy.groups:
        raise BatonError(f"policy.yaml has no group '{group}' (there are: {', '.join(policy.groups) or 'none'})")
    lately = asyncio.run(_uses(settings))
    of_group = [f"decided by {group}"] if group else []
    names = (Column(title, overflow="fold") for title in ("tool", "stands in"))
    table = Table(next(names), "what it does", next(names), "effect", "who decides", *of_group, *LATELY)
    for tool in catalog.values():
        place = tool.file.removeprefix(f"{folder}/")
        where = f"{place} → {tool.system}" if tool.system else place
        verdicts = list(_verdicts(policy, tool))
        told = "\n".join(text for _, text in verdicts)
        decides = [escape("\n".join(text for groups, text in verdicts if group in groups)) or "–"] if group else []
        about = map(escape, (tool.description.splitlines()[0], where, tool.effect, told))
        table.add_row(tool.name, *about, *decides, *_lately(lately.get(tool.name)))
    rich.print(table)
    for name in catalog.waiting:
        rich.print(f"'{escape(name)}' waits to be admitted")


async def _uses(settings: Settings) -> Mapping[str, Use]:
    """How the tools did lately, where Baton ever ran."""
    if not Database.is_there(settings.baton_database_url, settings.baton_home):
        return {}
    db = await Database.open(settings.baton_database_url, settings.baton_home)
    try:
        return await uses(db)
    finally:
        await db.close()


def _verdicts(policy: Policy, tool: Tool) -> Iterator[tuple[Collection[str], str]]:
    """What the rules say of a tool's calls, and the groups that decide then: a line for each condition, then the rest."""
    conditional = [rule for rule in policy.covering(tool.name) if rule.when]
    for rule in conditional:
        asked = ", ".join(str(Need(group, rule.count or usual_count(tool.effect))) for group in rule.of)
        yield rule.of, f"{asked or rule.effect} when {' '.join(str(rule.when).split())}"
    verdict = policy.usual(tool.name, tool.effect)
    together = any(rule.effect in ("ask", "deny") and not rule.when for rule in policy.covering(tool.name))
    when = ("always " if together else "otherwise ") if conditional else ""
    yield deciders(verdict), f"{when}{said(verdict)}"


def _lately(use: Use | None) -> tuple[str, str]:
    if use is None:
        return "–", "–"
    return f"{use.last:%Y-%m-%d %H:%M}", f"{use.failures} of {use.calls}"


@tools_cli.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is about, such as refunds: the file's name.")],
    into: Annotated[Path | None, typer.Option(help="Another folder than that of the tools, for `tools add`.")] = None,
) -> None:
    """Write a commented file with a tool that reads and one that acts; nothing is overwritten."""
    if not _NAME.fullmatch(name):
        raise BatonError(f"'{name}' cannot be a file's name here: small letters, digits and _, such as refunds")
    file = (into or Settings.read().baton_tools) / f"{name}.py"
    words = name.replace("_", " ")
    text = Template((resources.files("bot.tooling") / "new_tool.txt").read_text("utf-8"))
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text.substitute(name=name, words=words, title=words.capitalize()))
    except FileExistsError:
        raise BatonError(f"{file} is there already: choose another name, or edit that file") from None
    except FileNotFoundError:
        raise BatonError(f"{'--into' if into else 'BATON_TOOLS'}: {file.parent} is not a folder") from None
    following = f"baton tools add python {file}" if into else "baton tools check"
    typer.echo(f"{file} is written. Next: fill it in, then `{following}`")


@tools_cli.command()
def check() -> None:
    """Say of every file of the tools folder what is wrong, with file, line, name and remedy."""
    place = Settings.read().baton_tools
    folder = Folder(place, placeholders(place))
    for problem in folder.causes:
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
