"""What `sources.yaml` says: where the business systems and MCP servers are, and with which credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ConfigError
from bot.tooling.context import System
from bot.tooling.mcp_entry import McpEntry
from bot.types import Json

VARIABLE = re.compile(r"\$\{(\w+)\}")


class _System(BaseModel):
    """One entry of `systems:`; whatever is not named here is handed to the tool as an option."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)  # the input holds secrets

    base_url: str
    headers: dict[str, str] = {}
    timeout: float = 30.0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    systems: dict[str, dict[str, Any]] = {}
    mcp: dict[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]{0,39}$")], dict[str, Any]] = {}


@dataclass(frozen=True)
class Sources:
    """The clients of the systems, the MCP servers, and for those that cannot be reached yet the variables that are missing."""

    systems: Mapping[str, System] = field(default_factory=dict)
    mcp: Mapping[str, McpEntry] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    missing_mcp: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path, environment: Mapping[str, str]) -> Sources:
        """Raises `ConfigError` with file, entry and what is wrong; the text never holds a value from the environment."""
        if not file.exists():
            return cls()
        name = "systems"
        try:
            written = _File.model_validate(yaml.safe_load(file.read_text("utf-8")) or {})
            clients: dict[str, System] = {}
            servers: dict[str, McpEntry] = {}
            missing: dict[str, list[str]] = {}
            missing_mcp: dict[str, list[str]] = {}
            for name, entry in written.systems.items():
                if lacking := _lacking(entry, environment):
                    missing[name] = lacking
                else:
                    clients[name] = _client(name, _System.model_validate(_filled(entry, environment)))
            for server, entry in written.mcp.items():
                name = f"mcp: {server}"
                if server in written.systems:
                    raise ConfigError(f"{file}: {name}: `systems:` already has this name; choose another")
                if lacking := _lacking(entry, environment):
                    missing_mcp[server] = lacking
                else:
                    secrets = {key: environment[key] for key in _variables(entry)}
                    servers[server] = McpEntry.model_validate(_filled(entry, environment)).keeping(secrets)
            return cls(clients, servers, missing, missing_mcp)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: is not valid YAML: {error}") from error
        except ValidationError as error:
            lines = [": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in error.errors()]
            raise ConfigError(f"{file}: {name}: " + "; ".join(lines)) from error


def _client(name: str, entry: _System) -> System:
    options = {key: str(value) for key, value in (entry.model_extra or {}).items()}
    return System(name, options, base_url=entry.base_url, headers=entry.headers, timeout=entry.timeout)


def _lacking(entry: Json, environment: Mapping[str, str]) -> list[str]:
    return sorted(_variables(entry) - {key for key, value in environment.items() if value})


def _variables(value: Json) -> set[str]:
    """The `${NAME}`s in an entry."""
    if isinstance(value, dict):
        return set().union(*map(_variables, value.values()))
    if isinstance(value, list):
        return set().union(*map(_variables, value))
    return set(VARIABLE.findall(value)) if isinstance(value, str) else set()


def _filled(value: Json, environment: Mapping[str, str]) -> Json:
    """An entry with its `${NAME}`s replaced."""
    if isinstance(value, dict):
        return {key: _filled(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environment) for item in value]
    return VARIABLE.sub(lambda found: environment[found[1]], value) if isinstance(value, str) else value
