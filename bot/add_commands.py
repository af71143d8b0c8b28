"""`baton tools add …`: lets tools wait to be admitted: looked at, tried with arguments of their own schema, in quarantine."""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import shlex
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import rich
import typer
import yaml
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Column, Table

from bot import log
from bot.console import with_database
from bot.errors import BatonError, ConfigError, ToolFileError
from bot.policy.policy import Ask, Deny, Policy, ToolFacts
from bot.policy.verdicts import Effect, Verdict
from bot.reasons import because
from bot.settings import Settings
from bot.source_commands import offered_by, visible
from bot.tooling import pins
from bot.tooling.admission import unset
from bot.tooling.mcp_entry import McpEntry
from bot.tooling.naming import NAME, named
from bot.tooling.openapi import Document
from bot.tooling.operations import Call, document
from bot.tooling.quarantine import Addition, Quarantine, addition, plainly_written
from bot.tooling.rehearsal import Source, candidates
from bot.tooling.risk import Operation, Risk, proposed
from bot.tooling.sources import filled

add_cli = typer.Typer(
    no_args_is_help=True,
    help="Let new tools wait to be admitted: a Python file, operations of an OpenAPI document, tools of an MCP server.",
)

Effects = Annotated[
    list[str], typer.Option("--effect", help="Another effect than the one proposed, such as createOrder=destructive.")
]
Headers = Annotated[
    list[str], typer.Option("--header", help="Sent with each request, such as 'Authorization: Bearer ${CRM_TOKEN}'.")
]
Names = Annotated[list[str], typer.Option("--name", help="What one is called here, such as createOrder=new_order.")]
Examples = Annotated[
    list[str],
    typer.Option("--example", help="People's own words for one, such as 'createOrder=Order 20 seals'; repeat it."),
]
Name = Annotated[str, typer.Argument(help="What it is called here, such as crm.")]

_SECRET = re.compile(r"auth|api|key|token|secret|pass|cred|cookie", re.IGNORECASE)
_FROM_OUTSIDE = re.compile(r"(\w+ )?\$\{\w+\}")


@add_cli.command()
def python(file: Annotated[Path, typer.Argument(help="The tool's file, outside the tools folder.")]) -> None:
    """A Python file with tools. It is run here, as Baton would run it, but not called."""
    if file.suffix != ".py" or not NAME.fullmatch(file.stem):
        raise BatonError(f"{file}: a tool's file is called by small letters, digits and _, such as refunds.py")
    if not plainly_written(content := _content(file)):
        raise BatonError(f"{file}: write it in UTF-8, without a declaration of another encoding: people read it so")
    _add(file.stem, {file.name: content}, {})


@add_cli.command()
def openapi(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The document, JSON or YAML.")],
    operation: Annotated[
        list[str], typer.Option("--operation", help="An operationId, or 'POST /orders'; without any, all are listed.")
    ] = [],  # noqa: B006  (typer reads it once)
    base_url: Annotated[str, typer.Option(help="Where the system is, such as '${CRM_URL}'.")] = "",
    header: Headers = [],  # noqa: B006
    system: Annotated[str, typer.Option(help="A system that is described already, instead of an address.")] = "",
    effect: Effects = [],  # noqa: B006
    called: Names = [],  # noqa: B006
    example: Examples = [],  # noqa: B006
) -> None:
    """Operations of an OpenAPI document."""
    _known_name(name)
    content = _content(file)
    read = document(file)
    if not read.listed():
        raise BatonError(f"{file}: describes no operation")
    if not operation:
        _offer(list(_readable(read)), f"baton tools add openapi {name} {file} --operation '{read.listed()[0]}' …")
    chosen = _effects(effect, operation)
    risks = {key: _risk_of(read, key) for key in operation}
    where = system or name
    kept = f"{name}.openapi{'.json' if file.suffix == '.json' else '.yaml'}"
    names = dict(_of_one("--name", called, operation))
    listed = _listed(operation, {**{key: risks[key][0].effect for key in operation}, **chosen}, names, example)
    described: dict[str, Any] = {"openapi": {name: {"document": kept, "system": where, "operations": listed}}}
    if not system:
        if "@" in base_url:
            raise BatonError("--base-url: leave credentials out of the address: give them with --header")
        if not base_url:
            raise BatonError("give the address with --base-url, such as '${CRM_URL}', or a known system with --system")
        if not re.match(r"https?://|\$\{", base_url):
            raise BatonError(
                f"--base-url {base_url}: begins with neither http:// nor https://, nor is it a '${{NAME}}'"
            )
        headers = _headers(header)
        described["systems"] = {name: {"base_url": base_url, **({"headers": headers} if headers else {})}}
    sources = {names.get(key, named(key)): risks[key][1] for key in operation}
    _add(name, {f"{name}.sources.yaml": _yaml(described), kept: content}, sources)


@add_cli.command()
def mcp(
    name: Name,
    url: Annotated[str, typer.Option(help="Where the server is (streamable HTTP).")] = "",
    command: Annotated[str, typer.Option(help="Or the program that is it, such as 'uvx mcp-server-time'.")] = "",
    tool: Annotated[list[str], typer.Option("--tool", help="A tool of the server; without any, all are listed.")] = [],  # noqa: B006
    header: Headers = [],  # noqa: B006
    environment: Annotated[
        list[str], typer.Option("--env", help="For the program, such as 'TOKEN=${NOTES_TOKEN}'.")
    ] = [],  # noqa: B006
    effect: Effects = [],  # noqa: B006
    called: Names = [],  # noqa: B006
    example: Examples = [],  # noqa: B006
) -> None:
    """Tools of an MCP server, which is started or asked for what it offers."""
    _known_name(name)
    variables = dict(_pair(one, "=") for one in environment)
    _refuse_secrets("--env", variables)
    try:
        given = {"url": url, "command": shlex.split(command), "headers": _headers(header), "environment": variables}
        written: dict[str, Any] = {key: value for key, value in given.items() if value}
        entry = McpEntry.model_validate({**filled(written, os.environ), "tools": {}})
    except KeyError as error:
        raise BatonError(f"add to .env: {error.args[0]}") from error
    except ValidationError as error:
        raise BatonError(f"{name}: {error.errors()[0]['msg']}") from error
    except ValueError as error:
        raise BatonError(f"--command: {error}") from error
    offered = asyncio.run(offered_by(name, entry))
    risks = {one: proposed(Operation(one, pin.schema, pin.description)) for one, pin in offered.items()}
    if not tool:
        about = [(one, risks[one], Source(visible(offered[one].description).partition("\n")[0])) for one in offered]
        _offer(about, f"baton tools add mcp {name} … --tool {next(iter(offered), 'TOOL')} …")
    if unknown := [one for one in tool if one not in offered]:
        raise BatonError(f"{name} has no tool '{unknown[0]}' (there are: {', '.join(map(visible, offered))})")
    chosen = _effects(effect, tool)
    names = dict(_of_one("--name", called, tool))
    written["tools"] = _listed(tool, {**{one: risks[one].effect for one in tool}, **chosen}, names, example)
    contents = {f"{name}.sources.yaml": _yaml({"mcp": {name: written}}), pins.FILE: _pinned(name, offered, tool)}
    _add(name, contents, {names.get(one, named(f"{name}_{one}")): Source(one) for one in tool})


def _add(name: str, contents: Mapping[str, bytes], sources: Mapping[str, Source]) -> None:
    """Check it, and let it wait; the audit says who added what."""
    log.configure()
    folder = Settings.read().baton_tools
    if taken := [file for file in contents if file != pins.FILE and (folder / file).exists()]:
        raise BatonError(f"{folder / taken[0]} is there already: change it there, or choose another name")
    tools = asyncio.run(candidates(folder, contents, sources))
    added = addition(name, contents, tools, getpass.getuser())
    verb = "admit_destructive_tool" if added.destructive else "admit_tool"
    policy = Policy.load(folder / "policy.yaml")
    _report(added)
    if name in Quarantine(folder).waiting():
        rich.print(
            f"It takes the place of what waited as '{name}'; a card that shows that one admits nothing any more."
        )
    with_database(lambda db: _wait(db, Quarantine(folder), added, contents))
    asked = "Authorise the destructive tool" if added.destructive else "Admit the tool"
    rich.print(f"'{name}' waits in {escape(str(folder / '_quarantine' / name))}; nothing of it can be called.")
    if names := unset(added, contents[added.head].decode(), os.environ):
        rich.print(f"It needs in .env: {', '.join(names)}")
    if undecided := policy.unanswerable({one.name: ToolFacts(one.effect, one.takes) for one in added.tools}):
        rich.print(
            f"Nobody can decide on calls of {', '.join(undecided)} yet: add to policy.yaml a rule, or the group `approvers`"
        )
    rich.print(f"Next: ask Baton in Slack: {asked} “{name}” ({_deciders(policy, verb)})")


async def _wait(db: Any, quarantine: Quarantine, added: Addition, contents: Mapping[str, bytes]) -> None:
    from bot.state.audit import note

    async with db.transaction() as tx:
        tools = [{"tool": one.name, "effect": one.effect, "proposed": one.proposed} for one in added.tools]
        files = dict(added.files)
        await note(
            tx,
            "tools.added",
            "operator",
            by=added.by,
            addition=added.name,
            digest=added.digest,
            files=files,
            tools=tools,
        )
        quarantine.put(added, contents)


def _report(added: Addition) -> None:
    table = Table(Column("tool", overflow="fold"), "effect", "proposed, by", "checks", "what it does")
    for one in added.tools:
        checks = f"{one.held} held" + f", {len(one.problems)} not" * bool(one.problems)
        table.add_row(
            one.name,
            one.effect,
            f"{one.proposed}, {one.word or 'nothing known'}",
            checks,
            escape(visible(one.description.partition("\n")[0])),
        )
    rich.print(table)
    for one in added.tools:
        for line in (*one.problems, *(because("untried", why=why) for why in one.untried)):
            rich.print(f"{one.name}: {escape(line)}")


def _deciders(policy: Policy, verb: str) -> str:
    """Who decides on an admission by the rules, or what to add so that anybody can."""
    verdict = policy.usual(verb, "destructive" if verb == "admit_destructive_tool" else "write")
    if missing := [group for group in deciders(verdict) if group not in policy.groups]:
        return f"nobody can decide that yet: add to policy.yaml a rule for '{verb}', or the group `{missing[0]}`"
    return f"decided by {said(verdict)}"


def deciders(verdict: Verdict) -> Collection[str]:
    """The groups that a verdict asks, at once or after a while."""
    if not isinstance(verdict, Ask):
        return ()
    return dict.fromkeys([*(need.group for need in verdict.needs), *(step.to for step in verdict.terms.escalate)])


def said(verdict: Verdict) -> str:
    """Who decides, in a few words for a terminal."""
    if isinstance(verdict, Ask):
        return ", ".join(map(str, verdict.needs))
    return "nobody: the rules deny it" if isinstance(verdict, Deny) else "nobody: it is allowed"


def _risk_of(read: Document, key: str) -> tuple[Risk, Source]:
    operation = read.operation(key)
    schema = Call(operation, "", reads=False).schema()
    name = key if " " not in key else ""
    about = Operation(name, schema, operation.summary, operation.method, operation.path)
    return proposed(about), Source(name, operation.method, operation.path)


def _readable(read: Document) -> Iterator[tuple[str, Risk, Source]]:
    for key in read.listed():
        try:
            yield key, *_risk_of(read, key)
        except ToolFileError as error:
            yield key, Risk("write"), Source(f"cannot be a tool: {error}")


def _offer(found: Sequence[tuple[str, Risk, Source]], example: str) -> None:
    """What there is to choose from, and the end of the command."""
    table = Table(Column("what it is called there", overflow="fold"), "proposed, by", "")
    for key, risk, source in found:
        about = f"{source.method} {source.path}" if source.method else source.name
        table.add_row(escape(visible(key)), f"{risk.effect}, {risk.word or 'nothing known'}", escape(about[:120]))
    rich.print(table)
    raise BatonError(f"choose from these: {example}")


def _effects(written: Sequence[str], known: Sequence[str]) -> dict[str, Effect]:
    effects: dict[str, Effect] = {effect: effect for effect in get_args(Effect)}
    chosen: dict[str, Effect] = {}
    for key, effect in _of_one("--effect", written, known):
        if effect not in effects:
            raise BatonError(f"--effect {key}={effect}: an effect is read, write or destructive")
        chosen[key] = effects[effect]
    return chosen


def _listed(
    keys: Sequence[str], effects: Mapping[str, Effect], names: Mapping[str, str], examples: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What the file says of each."""
    listed: dict[str, dict[str, Any]] = {key: {"effect": effects[key]} for key in keys}
    for key, name in names.items():
        listed[key]["name"] = name
    for key, words in _of_one("--example", examples, keys):
        listed[key].setdefault("examples", []).append(words)
    return listed


def _of_one(option: str, written: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is said of one of those that are added."""
    for one in written:
        key, _, value = one.partition("=")
        if key not in known or not value.strip():
            raise BatonError(f"{option} {one}: write it as '{known[0]}=…'; you add {', '.join(known)}")
        yield key, value.strip()


def _headers(written: Sequence[str]) -> dict[str, str]:
    headers = dict(_pair(one, ":") for one in written)
    _refuse_secrets("--header", headers)
    return headers


def _refuse_secrets(option: str, values: Mapping[str, str]) -> None:
    """What is named like a secret comes from the environment: the file is shown and kept."""
    for name, value in values.items():
        if _SECRET.search(name) and not _FROM_OUTSIDE.fullmatch(value):
            raise BatonError(
                f"{option} {name}: write the secret as ${{NAME}}, and NAME=… into .env: files are read by many"
            )


def _pair(written: str, mark: str) -> tuple[str, str]:
    name, found, value = written.partition(mark)
    if not (found and name.strip()):
        raise BatonError(f"'{written}': write it as NAME{mark}VALUE")
    return name.strip(), value.strip()


def _pinned(name: str, offered: Mapping[str, pins.Pin], chosen: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / pins.FILE
        pins.write_pins(file, {name: {one: offered[one] for one in chosen}})
        return file.read_bytes()


def _known_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BatonError(f"'{name}' cannot be a name here: small letters, digits and _, such as crm")


def _content(file: Path) -> bytes:
    if re.match(r"https?:/", str(file)):
        raise BatonError(f"{file}: an address is never fetched from here: save the document, and name its file")
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error


def _yaml(described: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(dict(described), sort_keys=False, allow_unicode=True).encode()
