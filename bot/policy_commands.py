"""`baton policy …`: checks the rules, tries them on cases, explains a run's, and replays what was decided under new ones."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import rich
import typer
from rich.markup import escape
from rich.table import Table

from bot.agents.roster import FILE, Known, Roster
from bot.console import with_database
from bot.errors import BatonError, ConfigError, PolicyError
from bot.policy.cases import outcomes, read_cases
from bot.policy.policy import Policy
from bot.state import rulings
from bot.state.db import Database
from bot.state.rulings import Recorded, Ruling
from bot.tooling.arguments import Unfit
from bot.tooling.catalog import Catalog
from bot.tooling.sources import placeholders
from bot.types import Json

policy_cli = typer.Typer(no_args_is_help=True, help="Check the rules, try them, and see what a change would change.")

_DAYS = {"h": 1 / 24, "d": 1, "w": 7}

File = Annotated[Path | None, typer.Argument(help="The policy; that of the tools folder when none is named.")]


@dataclass(frozen=True)
class Tools:
    """All tools of the folder, also those whose system is not configured on this machine, and its agents."""

    folder: Path
    catalog: Catalog
    roster: Roster

    @classmethod
    def load(cls, folder: Path) -> Tools:
        """Raises `ConfigError` when a file of the folder is wrong."""
        catalog = Catalog.load(folder, placeholders(folder))
        asyncio.run(catalog.close())
        return cls(folder, catalog, Roster(folder / FILE, Known(catalog.named, catalog.is_whole)))

    def policy(self, file: Path | None) -> Policy:
        file = self.file(file)
        if not file.exists():
            raise ConfigError(f"{file}: is not there")
        return Policy.load(file, self.catalog.facts(), self.roster.names)

    def file(self, file: Path | None) -> Path:
        return file or self.folder / "policy.yaml"

    def parsed(self, name: str, arguments: Mapping[str, Json]) -> Mapping[str, Any]:
        """Arguments as an admin writes them. Raises `ToolError`."""
        tool = self.catalog[name]
        return tool.typed(tool.parse(arguments))

    def recorded(self, ruling: Ruling) -> Mapping[str, Any]:
        """Arguments of a call that was judged; as they were recorded when the tool is gone or takes others now."""
        tool = self.catalog.get(ruling.tool)
        try:
            return tool.typed(ruling.arguments) if tool else ruling.arguments
        except Unfit:
            return ruling.arguments


def _tools() -> Tools:
    from bot.settings import Settings

    return Tools.load(Settings.read().baton_tools)


@policy_cli.command()
def check(file: File = None) -> None:
    """Say what is wrong with the rules, with file, line and remedy."""
    tools = _tools()
    try:
        policy = tools.policy(file)
    except PolicyError as error:
        typer.echo(error)
        raise typer.Exit(1) from error
    for finding in policy.findings:
        typer.echo(finding)
    for name in policy.unanswerable(tools.catalog.facts()):
        typer.echo(f"{tools.file(file)}:1: warning: nobody can decide '{name}': add the group `approvers`, or a rule")
    counted = f"{len(policy.rules)} rules, {len(policy.groups)} groups, zone {policy.zone}"
    typer.echo(f"{tools.file(file)}: can be used: {counted}; hash {policy.hash[:12]}")


@policy_cli.command("test")
def try_cases(file: File = None) -> None:
    """Try the rules on the cases in `<policy>.cases.yaml` beside the policy."""
    tools = _tools()
    policy = tools.policy(file)
    cases = read_cases(tools.file(file).with_suffix(".cases.yaml"))
    found = outcomes(policy, tools.catalog.facts(), tools.parsed, cases)
    table = Table("case", "expected", "outcome")
    for case, different in found:
        table.add_row(escape(case.name), case.expect, f"[red]{escape(different)}[/]" if different else "as expected")
    rich.print(table)
    failed = [case for case, different in found if different]
    typer.echo(f"{len(found) - len(failed)} of {len(found)} cases come out as expected")
    if failed:
        raise typer.Exit(1)


@policy_cli.command()
def explain(run_id: Annotated[str, typer.Argument(metavar="RUN", help="The id below an answer.")]) -> None:
    """Say which rules spoke on each call of a run, and why."""

    tools = _tools()

    async def tell(db: Database) -> None:
        found = await rulings.of_run(db, run_id)
        if not found:
            raise BatonError(f"the audit holds no decision of the policy for a run '{run_id}'")
        for recorded in found:
            text = await rulings.policy_text(db, recorded.ruling.policy)
            for line in explained(recorded, text, tools.recorded(recorded.ruling)):
                typer.echo(line)

    with_database(tell)


def explained(recorded: Recorded, policy_text: str | None, arguments: Mapping[str, Any]) -> list[str]:
    """One ruling in lines: what was judged, what came of it, and what each rule said."""
    ruling = recorded.ruling
    lines = [
        f"{recorded.at:%Y-%m-%d %H:%M:%S}  {ruling.tool}({_shown(ruling.arguments)}){' (undo)' if ruling.undo else ''}",
        f"    {_told(ruling)}, by: {', '.join(ruling.rules)}",
    ]
    if ruling.waits:
        lines.append(f"    held back by: {', '.join(ruling.waits)}")
    lines.append(f"    policy {ruling.policy[:12]}, {ruling.requester} asked in {ruling.channel} at {ruling.at}")
    if policy_text is None:
        return [*lines, "    the text of that policy was not kept: its rules cannot be shown"]
    for one in Policy.archived(policy_text, f"policy-{ruling.policy[:12]}.yaml").trace(ruling.case(arguments)):
        said = "counts" if one.matched else "does not count"
        why = f": it could not be evaluated, because {one.problem}" if one.problem else ""
        lines.append(f"    - {one.rule.effect} '{one.rule.name}' {said}{why}{_when(one.rule.when)}")
    return lines


@policy_cli.command()
def diff(
    new: Annotated[Path, typer.Argument(help="The policy to compare with what was decided.")],
    replay: Annotated[str, typer.Option(help="How far back: 12h, 30d, 8w.")] = "30d",
) -> None:
    """Judge what was decided again under a new policy, and list what would come out differently."""

    since = dt.datetime.now(dt.UTC) - _period(replay)
    tools = _tools()
    policy = tools.policy(new)

    async def compare(db: Database) -> None:
        recorded = await rulings.since(db, since)
        changes = changed(policy, recorded, tools)
        table = Table("when", "run", "tool", "requester", "before", "after")
        for one, after in changes:
            before, told = escape(_told(one.ruling)), escape(_told(after))
            table.add_row(f"{one.at:%Y-%m-%d %H:%M}", one.run_id, after.tool, after.requester, before, told)
        if changes:
            rich.print(table)
        typer.echo(f"{len(changes)} of {len(recorded)} recorded decisions would change")

    with_database(compare)


def changed(policy: Policy, recorded: list[Recorded], tools: Tools) -> list[tuple[Recorded, Ruling]]:
    """The rulings with other consequences under another policy, with what that one says.

    A tool counts as what it was when it was called, whatever became of it since.
    """
    judged = [(one, policy.decide(one.ruling.case(tools.recorded(one.ruling)))) for one in recorded]
    ruled = [(one, one.ruling.under(verdict, policy.hash)) for one, verdict in judged]
    return [(one, after) for one, after in ruled if one.ruling.differs(after)]


def _told(ruling: Ruling) -> str:
    """A verdict in a few words."""
    asked = ", ".join(map(str, ruling.needs))
    return f"{ruling.verdict}{f' {asked}' if asked else ''}{', waits' if ruling.waits else ''}"


def _when(condition: str | None) -> str:
    return f"  [when: {condition}]" if condition else ""


def _shown(arguments: Mapping[str, Json]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _period(written: str) -> dt.timedelta:
    found = re.fullmatch(r"(\d{1,4})([hdw])", written)
    if not found:
        raise BatonError(f"--replay {written}: write a length of time such as 12h, 30d or 8w")
    return dt.timedelta(days=int(found[1]) * _DAYS[found[2]])
