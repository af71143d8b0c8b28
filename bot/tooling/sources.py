"""What `sources.yaml` and the `*.sources.yaml` beside it say: where the business systems are, and with which credentials."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import structlog
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from bot.errors import ConfigError, ToolFileError
from bot.tooling import operations, sql
from bot.tooling.mcp_entry import McpEntry
from bot.tooling.pins import FILE, read_pins
from bot.tooling.sql import Database
from bot.tooling.system import System
from bot.tooling.tool import Tool
from bot.types import Json

if TYPE_CHECKING:
    from bot.tooling.mcp import McpServer

log = structlog.get_logger()

VARIABLE = re.compile(r"\$\{(\w+)\}")
STAND_IN = "http://not-configured.invalid/"  # a variable's value where tools are only looked at and never called


def _address(written: str) -> str:
    if STAND_IN in written:
        return STAND_IN
    try:
        known = httpx.URL(written).host
    except (httpx.InvalidURL, ValueError):
        known = ""
    if not known:
        raise ValueError("this is no address, such as https://crm.example.com/api")
    return written


def _header(written: str) -> str:
    if not (written.isascii() and written.isprintable()):
        raise ValueError("no header can hold this: only plain characters, without a line break at the end")
    return written


class _System(BaseModel):
    """One entry of `systems:`; whatever is not named here is handed to the tool as an option."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)  # the input holds secrets

    base_url: Annotated[str, AfterValidator(_address)]
    headers: dict[str, Annotated[str, AfterValidator(_header)]] = {}
    timeout: float = 30.0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    systems: dict[str, dict[str, Any]] = {}
    openapi: dict[str, dict[str, Any]] = {}
    sql: dict[str, dict[str, Any]] = {}
    mcp: dict[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]{0,39}$")], dict[str, Any]] = {}


@dataclass
class Sources:
    """Systems, databases and MCP servers, and the tools described here; `files` lie beside it and belong to it.

    For what cannot be reached yet, `missing` has the variables that the environment lacks.
    """

    systems: dict[str, System] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    servers: dict[str, McpServer] = field(default_factory=dict)
    described: dict[str, _System] = field(default_factory=dict, repr=False)
    places: dict[str, Path] = field(default_factory=dict)  # in which file a system is described
    missing: dict[str, Sequence[str]] = field(default_factory=dict)
    tools: list[Tool] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path, environment: Mapping[str, str], before: Sources | None = None) -> Sources:
        """What `sources.yaml` and each `*.sources.yaml` beside it say.

        Raises `ConfigError` with file, entry and what is wrong; the text never holds a value from the environment.
        What is described as it was `before` goes on, with its connections.
        """
        found = cls()
        place, entry = folder, "systems"
        try:
            written: dict[Path, _File] = {}
            digests: dict[Path, str] = {}
            for place in described_in(folder):
                text = place.read_text("utf-8")
                written[place] = _File.model_validate(yaml.safe_load(text) or {})
                digests[place] = hashlib.sha256(text.encode()).hexdigest()
                found.files.add(place)
            for place, file in written.items():
                for entry, system in file.systems.items():
                    found._system(entry, system, environment, before)
                    found.places[entry] = place
            headers = {name: list(system.headers) for name, system in found.described.items()}
            for place, file in written.items():
                for name, asked in file.sql.items():
                    entry = f"sql.{name}"
                    found._database(name, asked, environment, before)
                for name, server in file.mcp.items():
                    entry = f"mcp: {name}"
                    found.files.add(folder / FILE)
                    found._server(name, server, place, environment, before)
                for name, listed in file.openapi.items():
                    entry = f"openapi.{name}"
                    found._document(listed, folder, headers)
                for tool in found.tools:
                    tool.file = tool.file or str(place)
                    tool.sha256 = tool.sha256 or digests[place]
        except ToolFileError as error:
            raise ToolFileError(f"{place}: {entry}: {error}") from error
        except OSError as error:
            raise ConfigError(f"{place}: cannot be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise ConfigError(f"{place}: is not valid YAML: {error}") from error
        except ValidationError as error:
            raise ConfigError(f"{place}: {entry}: {_told(error.errors())}") from error
        return found

    def unfit(self, tool: Tool) -> str:
        """What of its system's entry a tool cannot use; nothing when it fits, or when the system is not configured."""
        system = self.systems.get(tool.system or "")
        if system is None or tool.settings is None:
            return ""
        try:
            system.settings(tool.settings)
        except ValidationError as error:
            told = _told([one for one in error.errors() if STAND_IN not in str(one["input"])])
            return told and f"{self.places[system.name]}: {system.name}: {told}"
        return ""

    def _system(self, name: str, written: Json, environment: Mapping[str, str], before: Sources | None) -> None:
        self._refuse_taken(name)
        if lacking := _lacking(written, environment):
            self.missing[name] = lacking
            return
        described = _System.model_validate(filled(written, environment))
        same = before is not None and before.described.get(name) == described
        self.described[name] = described
        self.systems[name] = before.systems[name] if before and same else _client(name, described)

    def _document(self, written: Json, folder: Path, headers: Mapping[str, Sequence[str]]) -> None:
        entry = operations.Entry.model_validate(written)
        self.files.add(folder / entry.document)
        self.tools += operations.tools(entry, folder, headers.get(entry.system, ()))

    def _database(self, name: str, written: Json, environment: Mapping[str, str], before: Sources | None) -> None:
        if self._lacks(name, written, environment):
            return
        entry = sql.Entry.model_validate(filled(written, environment))
        database = Database(name, entry, stand_in=STAND_IN in entry.url)
        old = before.databases.get(name) if before else None
        self.databases[name] = old if old and old.entry == entry else database
        self.tools += sql.tools_of(self.databases[name])

    def _lacks(self, name: str, written: Json, environment: Mapping[str, str]) -> bool:
        """Whether variables are missing, which is noted. Raises `ToolFileError` when the name is taken."""
        self._refuse_taken(name)
        if lacking := _lacking(written, environment):
            self.missing[name] = lacking
            log.warning("left out", name=name, to_add=lacking)
        return name in self.missing

    def _refuse_taken(self, name: str) -> None:
        if name in {*self.systems, *self.databases, *self.missing}:
            raise ToolFileError("something else that is described here already has this name; choose another")

    def _server(
        self, name: str, written: Json, file: Path, environment: Mapping[str, str], before: Sources | None
    ) -> None:
        if self._lacks(name, written, environment):
            return
        secrets = {key: environment[key] for key in _variables(written)}
        entry = McpEntry.model_validate(filled(written, environment)).keeping(secrets)
        from bot.tooling.mcp import McpServer  # with its library, which takes a third of a start: not everybody has one

        server = McpServer(name, entry, read_pins(file.parent / FILE).get(name, {}))
        old = before.servers.get(name) if before else None
        self.servers[name] = old if old and old.is_like(server) else server
        self.tools += self.servers[name].tools(file)


def described_in(folder: Path) -> list[Path]:
    """The files of a folder that describe systems."""
    return [*filter(Path.exists, [folder / "sources.yaml"]), *sorted(folder.glob("[!_]*.sources.yaml"))]


def placeholders(folder: Path) -> dict[str, str]:
    """A value for each variable that these files name: to look at tools whose systems this machine cannot reach."""
    named = [name for file in described_in(folder) for name in VARIABLE.findall(file.read_text("utf-8", "replace"))]
    return dict.fromkeys(named, STAND_IN)


def _client(name: str, entry: _System) -> System:
    extra = entry.model_extra or {}
    options = {key: value if isinstance(value, dict | list) else str(value) for key, value in extra.items()}
    return System(name, options, base_url=entry.base_url, headers=entry.headers, timeout=entry.timeout)


def _told(wrong: Iterable[ErrorDetails]) -> str:
    """What is wrong, and where; the input may be a secret."""
    return "; ".join(": ".join(filter(None, (".".join(map(str, one["loc"])), one["msg"]))) for one in wrong)


def _lacking(entry: Json, environment: Mapping[str, str]) -> Sequence[str]:
    return sorted(_variables(entry) - {key for key, value in environment.items() if value})


def _variables(value: Json) -> set[str]:
    """The `${NAME}`s in an entry."""
    if isinstance(value, dict | list):
        return set().union(*map(_variables, value.values() if isinstance(value, dict) else value))
    return set(VARIABLE.findall(value)) if isinstance(value, str) else set()


def filled(value: Json, environment: Mapping[str, str]) -> Json:
    """An entry with its `${NAME}`s replaced."""
    if isinstance(value, dict):
        return {key: filled(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, environment) for item in value]
    return VARIABLE.sub(lambda found: environment[found[1]], value) if isinstance(value, str) else value
