"""`baton doctor`: looks whether what Baton reaches answers, and whether its roles may do more than they should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rich
import typer
from rich.markup import escape

from bot import log

if TYPE_CHECKING:
    from bot.tooling.catalog import Catalog


@dataclass(frozen=True)
class Finding:
    """What one check says of one thing: nothing wrong when `wrong` is empty; `remedy` are lines to use as they are."""

    about: str
    wrong: Sequence[str] = ()
    remedy: Sequence[str] = ()


Check = Callable[["Catalog"], AsyncIterator[Finding]]


async def databases(catalog: Catalog) -> AsyncIterator[Finding]:
    """Each database of `sql:`: does it answer, and what could its role do beyond reading?"""
    from bot.errors import ToolError
    from bot.tooling.sql_rights import could_write, proper_role

    for database in catalog.databases.values():
        about = f"database {database.name} at {database.place}"
        try:
            found = await could_write(database)
        except ToolError as error:
            yield Finding(about, [str(error)], [f"-- see its url in sources.yaml, and whether {database.place} is up"])
        else:
            told = [f"the role {database.login}: {sentence}" for sentence in found]
            yield Finding(about, told, proper_role(database) if told else ())


CHECKS: Sequence[Check] = (databases,)


def doctor() -> None:
    """Whether what Baton reaches answers, and what its roles could do that they should not."""
    from bot.settings import Settings
    from bot.tooling.catalog import Catalog

    log.configure()
    catalog = Catalog.load(Settings.read().baton_tools)
    if asyncio.run(_examined(catalog, CHECKS)):
        raise typer.Exit(1)


async def _examined(catalog: Catalog, checks: Sequence[Check]) -> int:
    """Print what the checks say; how many things are wrong comes back."""
    wrong = 0
    try:
        for check in checks:
            async for finding in check(catalog):
                wrong += len(finding.wrong)
                _tell(finding)
    finally:
        await catalog.close()
    rich.print(f"{wrong} to mend" if wrong else "nothing to mend")
    return wrong


def _tell(finding: Finding) -> None:
    rich.print(f"{'✗' if finding.wrong else '✓'} [bold]{escape(finding.about)}[/]")
    for line in finding.wrong:
        rich.print(f"  {escape(line)}")
    if finding.remedy:
        rich.print("  To mend it:")
    for line in finding.remedy:
        rich.print(f"    {escape(line)}")
