"""What the tools of MCP servers are: pinned on disk when somebody accepted them, and only changed by that again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.errors import ConfigError
from bot.types import Json

FILE = "mcp.lock.json"
LONGEST = 1_000  # characters of a description that somebody else wrote

# what looks like nothing, though it is no control or format character
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]")
_OURS = re.compile(r"(consequential|examples)(\s*):", re.IGNORECASE)


@dataclass(frozen=True)
class Pin:
    """A tool as its server describes it."""

    description: str
    schema: Mapping[str, Json]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of description and schema."""
        text = json.dumps([self.description, self.schema], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


Pins = Mapping[str, Mapping[str, Pin]]  # by server, by the tool's name there


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sha256: str
    description: str
    input_schema: dict[str, Json]


_FILE = TypeAdapter(dict[str, dict[str, _Written]])


def read_pins(file: Path) -> Pins:
    """Raises `ConfigError` when the file is wrong or was changed by hand."""
    if not file.exists():
        return {}
    try:
        written = _FILE.validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its root"
        raise ConfigError(f"{file}: {where}: {first['msg']}; restore it, or delete it and accept the tools") from error
    pins = {
        server: {name: Pin(one.description, one.input_schema) for name, one in tools.items()}
        for server, tools in written.items()
    }
    for server, tools in written.items():
        for name, one in tools.items():
            if pins[server][name].digest != one.sha256:
                remedy = f"restore it, or run `baton tools accept {server}`"
                raise ConfigError(f"{file}: {server}: {name}: was changed by hand: {remedy}")
    return pins


def write_pins(file: Path, pins: Pins) -> None:
    """The whole file at once, or nothing of it."""
    written = {
        server: {
            name: {"sha256": pin.digest, "description": pin.description, "input_schema": pin.schema}
            for name, pin in tools.items()
        }
        for server, tools in pins.items()
        if tools
    }
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_text(json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    new.replace(file)


def told(text: str) -> str:
    """A foreign description as models and people read it: bounded, nothing invisible, no paragraph or mark of Baton's."""
    lines = (" ".join(seen(line).split()) for line in text.splitlines())
    whole = _OURS.sub(r"\1\2 –", "\n".join(filter(None, lines)))
    if len(whole) <= LONGEST:
        return whole
    return f"{whole[:LONGEST]}… [cut here: {len(whole) - LONGEST} more characters]"


def seen(text: str) -> str:
    """Text without the characters that nobody sees."""
    kept = (char if unicodedata.category(char)[0] != "C" else " " if char in "\t\n\r" else "" for char in text)
    return _BLANK.sub("", "".join(kept))


def told_schema(schema: Json) -> Json:
    """A foreign schema, its titles and descriptions as `told`."""
    if isinstance(schema, dict):
        return {
            name: told(one) if name in ("title", "description") and isinstance(one, str) else told_schema(one)
            for name, one in schema.items()
        }
    return [told_schema(one) for one in schema] if isinstance(schema, list) else schema
