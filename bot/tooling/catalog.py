"""The tools that can be called now, and how models are told of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.errors import ConfigError
from bot.policy.policy import ToolFacts
from bot.tooling.folder import Folder
from bot.tooling.sql import Database
from bot.tooling.system import System
from bot.tooling.tool import Tool
from bot.types import Json

if TYPE_CHECKING:
    from bot.tooling.mcp import McpServer

CONSEQUENTIAL = "Consequential: waits for a person's decision."
EXAMPLES = "Examples:"

log = structlog.get_logger()


class Catalog(Mapping[str, Tool]):
    """The tools by name, and what they reach: systems, databases and MCP servers.

    A run that is under way keeps the tools and clients that it has looked up; the next one finds those of now.
    """

    def __init__(self, tools: Mapping[str, Tool], systems: Mapping[str, System], folder: Folder | None = None) -> None:
        self._tools = dict(tools)
        self.systems = dict(systems)
        self._folder = folder
        self.databases: Mapping[str, Database] = dict(folder.sources.databases) if folder else {}
        self._retired: list[System | Database | McpServer] = []
        self.servers: Mapping[str, McpServer] = dict(folder.sources.servers) if folder else {}

    def __getitem__(self, name: str) -> Tool:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    @classmethod
    def load(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> Catalog:
        """Load every `*.py` of the folder that doesn't start with `_`. Raises `ConfigError` with file, name and remedy.

        Tools whose system has settings missing from the environment are left out, and the log says which.
        """
        found = Folder(folder, environment)
        if found.problems:
            first, *others = found.causes
            raise first if not others else ConfigError("\n".join(map(str, found.causes)))
        _warn(found)
        return cls(found.tools, found.sources.systems, found)

    def refresh(self) -> bool:
        """Take what has changed in the folder since; whether anything did. A file that is wrong changes nothing."""
        if self._folder is None or not self._folder.refresh():
            return False
        _warn(self._folder)
        before, sources = self._reached(), self._folder.sources
        self.systems, self.databases, self.servers = (
            dict(sources.systems),
            dict(sources.databases),
            dict(sources.servers),
        )
        self._retired += [one for one in before if one not in self._reached()]
        self._tools = dict(self._folder.tools)  # last: what they reach is there
        return True

    def _reached(self) -> Sequence[System | Database | McpServer]:
        return [*self.systems.values(), *self.databases.values(), *self.servers.values()]

    @property
    def named(self) -> frozenset[str]:
        """The names of all tools, also of those that are left out while their system is not configured."""
        return frozenset(self.facts_of_all())

    @property
    def is_whole(self) -> bool:
        """Whether `named` has all of them: what is described and cannot be reached yet may bring more."""
        return self._folder is None or self._folder.is_whole

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with files of the folder, of which an earlier version is in force, or none."""
        return tuple(map(str, self._folder.problems.values())) if self._folder else ()

    @property
    def quarantined(self) -> Sequence[tuple[str, str, str]]:
        """The tools of MCP servers that are no longer what was accepted: server, tool, what changed."""
        servers = self.servers.values()
        return [(server.name, tool, what) for server in servers for tool, what in server.quarantined.items()]

    @property
    def waiting(self) -> Sequence[str]:
        """The additions that wait to be admitted, by name."""
        return self._folder.waiting if self._folder else ()

    def inventory(self) -> Mapping[str, Json]:
        """For the audit, each tool's effect, where it stands, and the SHA-256 of its arguments' schema and of that file.

        `beside` has the SHA-256 of each file that the tools' files may import.
        """
        siblings = dict(self._folder.siblings) if self._folder else {}
        return {"tools": {name: _record(tool) for name, tool in self.items()}, "beside": siblings}

    def describe(self) -> list[Json]:
        """All tools in the OpenAI form, with what a model should know beyond the schema."""
        return [describe(tool) for tool in self.values()]

    def undo_within(self, name: str) -> float | None:
        """For how many seconds a tool's effect can be taken back; `None` when it can't."""
        tool = self.get(name)
        return tool.undo_within if tool and tool.undoer else None

    def title(self, name: str, language: str) -> str:
        """What people call a tool; one that is gone goes by its name."""
        tool = self.get(name)
        return tool.title(language) if tool else name.replace("_", " ")

    def facts(self) -> Mapping[str, ToolFacts]:
        """What rules may speak of: each tool's effect and arguments."""
        return {name: ToolFacts(tool.effect, tool.schema) for name, tool in self.items()}

    def facts_of_all(self) -> Mapping[str, ToolFacts]:
        """Likewise, with the tools that are left out: a rule may be there for them."""
        written = self._folder.written() if self._folder else ()
        return {**{tool.name: ToolFacts(tool.effect, tool.schema) for tool in written}, **self.facts()}

    async def let_go(self) -> None:
        """End the sessions, and the programs, of MCP servers that are described no longer or otherwise now."""
        for one in self._retired:
            if not isinstance(one, System | Database) and one.is_idle:
                await one.close()

    async def close(self) -> None:
        for one in (*self._reached(), *self._retired):
            await (one.aclose() if isinstance(one, System) else one.close())


def describe(tool: Tool) -> Json:
    """One tool in the OpenAI form."""
    parts = [tool.description]
    if not tool.read_only:
        parts.append(CONSEQUENTIAL)
    if tool.examples:
        parts.append("\n".join([EXAMPLES, *(f"- {example}" for example in tool.examples)]))
    function = {"name": tool.name, "description": "\n\n".join(parts), "parameters": tool.schema}
    return {"type": "function", "function": function}


def _record(tool: Tool) -> Json:
    place = Path(tool.file).name
    return {
        "effect": tool.effect, "system": tool.system, "schema": tool.schema_digest, "file": place, "sha256": tool.sha256,
    }  # fmt: skip


def _warn(folder: Folder) -> None:
    for system, tools in folder.left_out().items():
        log.warning("tools left out", system=system, tools=tools, to_add=folder.sources.missing[system])
