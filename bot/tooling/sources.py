"""What `sources.yaml` says: where the business systems are, and with which credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import ConfigError
from bot.tooling.context import System
from bot.tooling.sql import Database, Entry
from bot.types import Json

VARIABLE = re.compile(r"\$\{(\w+)\}")
STAND_IN = "http://not-configured.invalid/"  # a variable's value where tools are only looked at and never called


class _System(BaseModel):
    """One entry of `systems:`; whatever is not named here is handed to the tool as an option."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)  # the input holds secrets

    base_url: str
    headers: dict[str, str] = {}
    timeout: float = 30.0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    systems: dict[str, dict[str, Any]] = {}
    sql: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Sources:
    """The clients of the systems, and the databases; for those that cannot be reached yet the missing variables."""

    systems: dict[str, System] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    missing: dict[str, Sequence[str]] = field(default_factory=dict)  # of systems
    unasked: dict[str, Sequence[str]] = field(default_factory=dict)  # of databases

    @classmethod
    def read(cls, file: Path, environment: Mapping[str, str]) -> Sources:
        """Raises `ConfigError` with file, entry and what is wrong; the text never holds a value from the environment."""
        if not file.exists():
            return cls()
        name = "systems"
        try:
            written = _File.model_validate(yaml.safe_load(file.read_text("utf-8")) or {})
            found = cls()
            for name, entry in written.systems.items():
                if lacking := _lacking(entry, environment):
                    found.missing[name] = lacking
                else:
                    found.systems[name] = _client(name, _System.model_validate(_filled(entry, environment)))
            for name, entry in written.sql.items():
                if lacking := _lacking(entry, environment):
                    found.unasked[name] = lacking
                else:
                    found.databases[name] = _database(name, Entry.model_validate(_filled(entry, environment)))
            return found
        except ConfigError as error:
            raise ConfigError(f"{file}: {name}: {error}") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: is not valid YAML: {error}") from error
        except ValidationError as error:
            lines = [".".join(map(str, e["loc"])) + f": {e['msg']}" for e in error.errors()]
            raise ConfigError(f"{file}: {name}: " + "; ".join(lines)) from error


def _client(name: str, entry: _System) -> System:
    options = {key: str(value) for key, value in (entry.model_extra or {}).items()}
    return System(name, options, base_url=entry.base_url, headers=entry.headers, timeout=entry.timeout)


def _database(name: str, entry: Entry) -> Database:
    return Database(name, entry, stand_in=STAND_IN in entry.url)


def _lacking(entry: Json, environment: Mapping[str, str]) -> Sequence[str]:
    return sorted(_variables(entry) - {key for key, value in environment.items() if value})


def _variables(value: Json) -> set[str]:
    """The `${NAME}`s in an entry."""
    if isinstance(value, dict):
        return set().union(*map(_variables, value.values()))
    return set(VARIABLE.findall(value)) if isinstance(value, str) else set()


def _filled(value: Json, environment: Mapping[str, str]) -> Json:
    """An entry with its `${NAME}`s replaced."""
    if isinstance(value, dict):
        return {key: _filled(item, environment) for key, item in value.items()}
    return VARIABLE.sub(lambda found: environment[found[1]], value) if isinstance(value, str) else value
