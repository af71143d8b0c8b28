"""What a folder of tools would be with files added to it: loaded as it would be, beside the folder itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConfigError
from bot.tooling.contract import tried
from bot.tooling.folder import Folder
from bot.tooling.quarantine import Candidate, beside
from bot.tooling.risk import Operation, proposed
from bot.tooling.sources import placeholders
from bot.tooling.tool import Tool


@dataclass(frozen=True)
class Source:
    """Where an operation that becomes a tool comes from: what it is called there, and its method and path over HTTP."""

    name: str
    method: str | None = None
    path: str = ""


async def candidates(
    folder: Path, contents: Mapping[str, bytes], sources: Mapping[str, Source]
) -> tuple[Candidate, ...]:
    """The tools that these files would make, each checked. `sources` are of those that Baton did not write, by tool.

    Raises `ConfigError` with all that is wrong with them. Nothing is sent; a Python file is run, as it would be.
    """
    with beside(folder, contents) as place:
        tools = _loaded(contents, place)
        return tuple([await _candidate(tool, sources.get(tool.name)) for tool in tools])


def _loaded(contents: Mapping[str, bytes], place: Path) -> list[Tool]:
    found = Folder(place, placeholders(place))
    if found.problems:
        raise ConfigError("\n".join(map(str, found.causes)))
    tools = [tool for tool in found.tools.values() if any(tool.file.startswith(str(place / file)) for file in contents)]
    if not tools:
        raise ConfigError(f"{', '.join(contents)}: makes no tool")
    return tools


async def _candidate(tool: Tool, source: Source | None) -> Candidate:
    operation = Operation(tool.name, tool.schema, tool.description)
    if source:
        operation = Operation(source.name, tool.schema, tool.description, source.method, source.path)
    risk = proposed(operation)
    found = await tried(tool, operation=bool(source and source.method))
    return Candidate(
        name=tool.name,
        description=tool.description,
        request=str(tool.schema.get("$comment", "")),
        arguments=tuple(tool.schema.get("properties", {})),
        takes={key: part for key, part in tool.schema.items() if key != "$comment"} if source else {},
        effect=tool.effect,
        proposed=risk.effect,
        word=risk.word,
        held=found.held,
        problems=found.problems,
        untried=found.untried,
    )
