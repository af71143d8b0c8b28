"""Tools that wait to be admitted: their files beside the folder's own, where nothing loads them, and what the checks said.

An addition is a folder of its own in `_quarantine`. It is admitted by moving its files up; `admitted.lock.json` keeps
what was admitted under which decision. Nothing of it is ever run from here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import ToolError
from bot.policy.verdicts import Effect
from bot.reasons import because
from bot.tooling import pins

FOLDER = "_quarantine"
ADMITTED = "admitted.lock.json"
REPORT = "report.json"

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class Candidate(BaseModel):
    """A tool that would come with an addition: the effect that it has, and the one proposed for it, with the word for it.

    `held` of its checks held, `problems` did not, `untried` could not be made.
    """

    model_config = _FROZEN

    name: str
    description: str
    arguments: tuple[str, ...]
    effect: Effect
    proposed: Effect
    word: str = ""
    held: int = 0
    problems: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()


class Addition(BaseModel):
    """Files by name, each with its SHA-256, and the tools that they make; who added them, when (ISO 8601, UTC)."""

    model_config = _FROZEN

    name: str
    by: str
    at: str
    files: Mapping[Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")], str]
    tools: tuple[Candidate, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that is said here."""
        return _sha(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode())

    @property
    def head(self) -> str:
        """The file that makes the tools: without it, the others do nothing."""
        return next(file for file in self.files if _makes_tools(file))

    @property
    def destructive(self) -> bool:
        """Whether a tool of it is, or should be taken for one."""
        return any("destructive" in (tool.effect, tool.proposed) for tool in self.tools)


class _Entry(BaseModel):
    model_config = _FROZEN

    at: str
    addition: Addition


_LEDGER = TypeAdapter(dict[str, _Entry])  # by the key of the decision


class Quarantine:
    """The additions to one folder of tools."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / FOLDER

    @property
    def is_there(self) -> bool:
        """Whether anything was ever added."""
        return self.path.is_dir()

    def waiting(self) -> list[str]:
        """The names of what waits."""
        places = {file.parent for file in self.path.glob("[!.]*/*") if _makes_tools(file.name)}
        return sorted(place.name for place in places)

    def find(self, name: str) -> Addition:
        """Raises `ToolError` when there is none of this name, or when it is no longer what was checked."""
        if name not in self.waiting():
            raise ToolError(because("nothing_added", name=name, names=", ".join(self.waiting()) or "–"))
        place = self.path / name
        try:
            addition = Addition.model_validate_json((place / REPORT).read_bytes())
            held = {file: _sha((place / file).read_bytes()) for file in addition.files}
        except (ValidationError, OSError) as error:
            raise ToolError(because("added_unreadable", name=name)) from error
        if held != addition.files or addition.name != name:
            raise ToolError(because("added_changed", name=name))
        return addition

    def text(self, addition: Addition, file: str) -> str:
        """A file of an addition."""
        return (self.path / addition.name / file).read_text("utf-8", "replace")

    def put(self, addition: Addition, contents: Mapping[str, bytes]) -> None:
        """Let it wait; it takes the place of an earlier one of its name."""
        self.path.mkdir(exist_ok=True)
        new = self.path / f".{addition.name}.{os.getpid()}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for file, content in contents.items():
            (new / file).write_bytes(content)
        (new / REPORT).write_text(addition.model_dump_json(indent=2), "utf-8")
        shutil.rmtree(self.path / addition.name, ignore_errors=True)
        new.replace(self.path / addition.name)

    def admit(self, addition: Addition, key: str) -> None:
        """Put it in force under the decision `key`. Raises `ToolError` when a name is taken or the folder is read-only.

        Noted first, moved then, the file that makes the tools last: so `admitted` is true only when all of it happened.
        """
        if not os.access(self._folder, os.W_OK):
            raise ToolError(because("folder_read_only", folder=self._folder))
        place = self.path / addition.name
        others = {
            file: (place / file).read_bytes() for file in addition.files if file not in (addition.head, pins.FILE)
        }
        for file in (addition.head, *others):
            there = self._folder / file
            if there.exists() and (file == addition.head or there.read_bytes() != others[file]):
                raise ToolError(because("admitted_before", file=file))
        self._note({key: _Entry(at=now(), addition=addition)})
        for file, content in others.items():
            (self._folder / file).write_bytes(content)
        if pins.FILE in addition.files:
            ours = self._folder / pins.FILE
            pins.write_pins(ours, {**pins.read_pins(ours), **pins.read_pins(place / pins.FILE)})
        (place / addition.head).replace(self._folder / addition.head)
        shutil.rmtree(place)

    def admitted(self, key: str) -> Addition | None:
        """What is in force because of this decision, as it was admitted."""
        entry = self.ledger().get(key)
        head = self._folder / entry.addition.head if entry else None
        if entry is None or head is None or not head.exists():
            return None
        return entry.addition if _sha(head.read_bytes()) == entry.addition.files[head.name] else None

    def take_out(self, key: str) -> Addition:
        """Take what this decision admitted out of force; it waits again. Raises `ToolError` when it is not as it was."""
        addition = self.admitted(key)
        if addition is None:
            raise ToolError(because("not_as_admitted"))
        contents = {file: (self._folder / file).read_bytes() for file in addition.files if file != pins.FILE}
        if pins.FILE in addition.files:
            contents[pins.FILE] = self._pins_of(addition)
        if {file: _sha(content) for file, content in contents.items()} != addition.files:
            raise ToolError(because("not_as_admitted"))
        self.put(addition, contents)
        for file in (addition.head, *contents.keys() - {addition.head, pins.FILE}):
            (self._folder / file).unlink()
        return addition

    def ledger(self) -> Mapping[str, _Entry]:
        """All that was ever admitted. Raises `ToolError` when the file is wrong."""
        try:
            return _LEDGER.validate_json((self._folder / ADMITTED).read_bytes())
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise ToolError(because("admitted_unreadable", file=self._folder / ADMITTED)) from error

    def _note(self, entries: Mapping[str, _Entry]) -> None:
        file = self._folder / ADMITTED
        new = file.with_name(f".{file.name}.{os.getpid()}")
        new.write_bytes(_LEDGER.dump_json({**self.ledger(), **entries}, indent=2))
        new.replace(file)

    def _pins_of(self, addition: Addition) -> bytes:
        """The pins of a server that is taken out."""
        place = self.path / f".pins.{os.getpid()}"
        pins.write_pins(place, {addition.name: pins.read_pins(self._folder / pins.FILE).get(addition.name, {})})
        content = place.read_bytes()
        place.unlink()
        return content


def addition(name: str, contents: Mapping[str, bytes], tools: tuple[Candidate, ...], by: str) -> Addition:
    """What is added now."""
    return Addition(name=name, by=by, at=now(), files={file: _sha(one) for file, one in contents.items()}, tools=tools)


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _makes_tools(file: str) -> bool:
    return file.endswith((".py", ".sources.yaml"))


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
