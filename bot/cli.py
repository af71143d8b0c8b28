"""The command `baton`: each subcommand is short, the work is elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import rich
import typer
from rich.table import Table

from bot import doctor_commands, log, pause_commands
from bot.console import with_database
from bot.errors import BatonError
from bot.policy_commands import policy_cli
from bot.settings import Settings, load_env
from bot.tool_commands import tools_cli

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Baton: an assistant in Slack that acts only after somebody who may decide has pressed the button.",
)
approvals_cli = typer.Typer(no_args_is_help=True, help="List, reject or expire proposals. Approving is done in Slack.")
cli.add_typer(approvals_cli, name="approvals")
cli.add_typer(policy_cli, name="policy")
cli.add_typer(tools_cli, name="tools")
cli.command()(pause_commands.pause)
cli.command("resume")(pause_commands.resume_)
cli.command("pauses")(pause_commands.list_pauses)
cli.command()(doctor_commands.doctor)

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")]


def main() -> None:
    """Load `.env` into the environment, then run the command; what is wrong is one clear line."""
    gc.set_threshold(50_000)  # imports leave no garbage behind, and looking for it was a quarter of a start
    load_env()
    try:
        cli()
    except BatonError as error:
        rich.print(f"[bold red]baton:[/] {rich.markup.escape(str(error))}", file=sys.stderr)
        sys.exit(2)
    finally:
        gc.freeze()  # nor does the end look through what goes with the process anyway


@cli.command()
def run(verbose: Verbose = False) -> None:
    """Connect to Slack and work, until Ctrl-C."""
    from bot.app import App

    log.configure(verbose=verbose)
    settings = Settings.read()
    if missing := settings.missing_for_slack():
        raise BatonError("not connected to Slack yet. Add to .env:\n  " + "\n  ".join(missing))

    async def work() -> None:
        app = await App.build(settings)
        try:
            await app.run(lambda line: print(line, flush=True))
        finally:
            await app.close()

    _until_stopped(work())


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the page; the next free one when it is taken.")] = 8080,
    erp: Annotated[str, typer.Option(help="on, or off to leave the ERP out.")] = "on",
) -> None:
    """Run everything on this machine: a local Slack, a demo ERP and Baton. Needs no account."""
    from bot.demo import Demo

    log.configure()
    _until_stopped(Demo(Settings.read(), port, with_erp=erp != "off").run())


@cli.command()
def ingest() -> None:
    """Read the documents again. Beside a running Baton, that one does it."""
    from bot.app import ingest as read

    log.configure()
    rich.print(asyncio.run(read(Settings.read())))


@cli.command()
def audit(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The id below an answer, such as run_1a2b.")],
) -> None:
    """The story of a run: who asked, what was proposed, who decided, what happened."""
    from bot.dossier import dossier
    from bot.state.audit import story

    async def tell(db: Any) -> None:
        entries = await story(db, run_id)
        if not entries:
            raise BatonError(f"no run '{run_id}' is in the audit trail")
        for entry in entries:
            rich.print(f"{entry.at:%Y-%m-%d %H:%M:%S}  [bold]{entry.type}[/]  {rich.markup.escape(entry.actor)}")
            for key, value in entry.data.items():
                rich.print(f"    {key}: {rich.markup.escape(str(value))}")
        found = await dossier(db, run_id)
        for look in found.looks if found else ():
            rich.print(f"[bold]called[/]  {rich.markup.escape(f'{look.tool} {look.arguments} {look.error or str()}')}")
        for source in found.sources if found else ():
            rich.print(f"[bold]read[/]  {rich.markup.escape(f'[{source.number}] {source.title} {source.section}')}")

    with_database(tell)


@cli.command("feedback")
def list_feedback() -> None:
    """What people said of answers with a thumb, newest first."""
    from bot.state.feedback import latest

    async def show(db: Any) -> None:
        table = Table()
        for heading in ("when", "thumb", "reason", "words", "person", "run"):
            table.add_column(heading, overflow="fold", no_wrap=heading in ("when", "thumb", "run"))
        for one in await latest(db):
            words = rich.markup.escape(one.words or "")
            table.add_row(
                f"{one.given_at:%Y-%m-%d %H:%M}", one.verdict, one.reason or "", words, one.person, one.run_id
            )
        rich.print(table)

    with_database(show)


@approvals_cli.command("list")
def list_approvals(everything: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False) -> None:
    """What waits for a decision."""
    from bot.state.approvals import listed

    async def show(db: Any) -> None:
        table = Table()
        for heading in ("proposal", "status", "tool", "arguments", "requester", "asked", "until", "run"):
            table.add_column(heading, overflow="fold", no_wrap=heading in ("proposal", "status", "run"))
        for one in await listed(db, everything=everything):
            asked = ", ".join(need.group for need in one.needs)
            sealed = one.sealed
            until = f"{one.expires_at:%Y-%m-%d %H:%M}"
            arguments = rich.markup.escape(str(sealed.arguments))
            table.add_row(one.label, one.status, sealed.tool, arguments, sealed.requester, asked, until, one.run_id)
        rich.print(table)

    with_database(show)


@approvals_cli.command()
def reject(proposal: str, reason: Annotated[str, typer.Option(help="Why; the requester reads it.")] = "") -> None:
    """Reject a pending proposal, such as P-12."""
    _end(proposal, "reject", reason)


@approvals_cli.command()
def expire(proposal: str) -> None:
    """End a proposal that is not carried out yet."""
    _end(proposal, "expire", "")


def _end(proposal: str, verb: str, reason: str) -> None:
    from bot.board import Board
    from bot.engine import Engine
    from bot.reasons import because
    from bot.state import approvals

    async def end(db: Any) -> None:
        engine = Engine(db)
        await engine.open()
        board = Board(db, engine)
        found = await approvals.find(db, proposal)
        if found is None:
            raise BatonError(f"there is no proposal '{proposal}'")
        async with db.transaction() as tx:
            told = because("by_command_line", reason=reason) if reason else because("command_line")
            moved = await (
                board.reject(tx, found, "operator", told) if verb == "reject" else board.expire(tx, found, told)
            )
        if moved is None:
            raise BatonError(f"{found.label} is {found.status}: nothing changed")
        rich.print(f"{moved.label} is {moved.status}")

    with_database(end)


def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends, or until SIGINT or SIGTERM, which end it in good order."""

    async def guarded() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    try:
        asyncio.run(guarded())
    except* BatonError as group:
        raise group.exceptions[0] from None


if __name__ == "__main__":
    main()
