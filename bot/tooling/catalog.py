"""Finds the tools of a folder, checks each file at the start, and describes them to models."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import structlog

from bot.errors import ConfigError, ToolFileError
from bot.policy.policy import ToolFacts
from bot.tooling.context import System
from bot.tooling.sources import Sources
from bot.tooling.sql import Database, tools_of
from bot.tooling.tool import Tool
from bot.types import Json

CONSEQUENTIAL = "Consequential: waits for a person's decision."
EXAMPLES = "Examples:"

log = structlog.get_logger()


class Catalog(Mapping[str, Tool]):
    """The tools that can be called, by name, and the clients of the systems and the databases that they use."""

    def __init__(
        self, tools: Mapping[str, Tool], systems: Mapping[str, System], databases: Mapping[str, Database] | None = None
    ) -> None:
        self._tools = dict(tools)
        self.systems = dict(systems)
        self.databases = dict(databases or {})

    def __getitem__(self, name: str) -> Tool:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    @classmethod
    def load(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> Catalog:
        """Load every `*.py` of the folder that doesn't start with `_`. Raises `ConfigError` with file, name and remedy.

        A tool whose system has settings missing from the environment is left out, and the log says which.
        """
        if not folder.is_dir():
            raise ConfigError(f"BATON_TOOLS: {folder} is not a folder")
        sources = Sources.read(folder / "sources.yaml", environment)
        tools: dict[str, Tool] = {}
        for file in sorted(folder.glob("[!_]*.py")):
            for name, found in _tools(file):
                if name in tools:
                    raise ToolFileError(f"{file}: {name}: {tools[name].file} already has a tool of this name")
                tools[name] = found
        for name, found in list(tools.items()):
            if found.system is None or found.system in sources.systems:
                continue
            if found.system not in sources.missing:
                remedy = f"add it under `systems:` in {folder / 'sources.yaml'}"
                raise ToolFileError(f"{found.file}: {name}: system '{found.system}' is not described: {remedy}")
            log.warning("tool left out", tool=name, system=found.system, to_add=sources.missing[found.system])
            del tools[name]
        for database in sources.databases.values():
            for found in tools_of(database):
                found.file = str(folder / "sources.yaml")
                if found.name in tools:
                    held = tools[found.name].file
                    raise ToolFileError(f"{found.file}: {database.name}: {held} already has a tool {found.name}")
                tools[found.name] = found
        for name, lacking in sources.unasked.items():
            log.warning("tools left out", database=name, to_add=lacking)
        return cls(tools, sources.systems, sources.databases)

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

    async def close(self) -> None:
        for system in self.systems.values():
            await system.aclose()
        for database in self.databases.values():
            await database.close()


def describe(tool: Tool) -> Json:
    """One tool in the OpenAI form."""
    parts = [tool.description]
    if not tool.read_only:
        parts.append(CONSEQUENTIAL)
    if tool.examples:
        parts.append("\n".join([EXAMPLES, *(f"- {example}" for example in tool.examples)]))
    function = {"name": tool.name, "description": "\n\n".join(parts), "parameters": tool.schema}
    return {"type": "function", "function": function}


def _tools(file: Path) -> Iterator[tuple[str, Tool]]:
    """The tools that a file defines itself."""
    for value in vars(_import(file)).values():
        if isinstance(value, Tool) and value.function.__module__ == _module_name(file):
            value.file = str(file)
            yield value.name, value


def _module_name(file: Path) -> str:
    return f"baton_tools.{file.resolve().parent.name}.{file.stem}"


def _import(file: Path) -> ModuleType:
    """Run a tool's file under a private name, its folder on the path for `_siblings`."""
    name = _module_name(file)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec  # the name ends in .py
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ToolFileError as error:
        raise ToolFileError(f"{file}: {error}") from error
    except Exception as error:  # an author's module may raise anything; the start names the file
        raise ToolFileError(f"{file}: cannot be imported: {type(error).__name__}: {error}") from error
    return module
