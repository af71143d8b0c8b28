"""Tools that wait to be admitted: their files beside the folder's own, where nothing loads them, and what the checks said.

An addition is a folder of its own in `_quarantine`. It is admitted by moving its files up; `admitted.lock.json` keeps
what was admitted under which decision. Nothing of it is ever run from here.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import io
import json
import os
import shutil
import tempfile
import tokenize
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import ConfigError, ToolError
from bot.policy.verdicts import Effect
from bot.reasons import because
from bot.tooling import pins
from bot.types import Json

FOLDER = "_quarantine"
ADMITTED = "admitted.lock.json"
REPORT = "report.json"

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class Candidate(BaseModel):
    """A tool that would come with an addition: the effect that it has, and the one proposed for it, with the word for it.

    Of one that a file does not spell out, `request` is what is called there, and `takes` the JSON Schema that models are
    told. Of its checks `held` held and `problems` did not; `untried` could not be made.
    """

    model_config = _FROZEN

    name: str
    description: str
    request: str = ""
    arguments: tuple[str, ...]
    takes: Mapping[str, Json] = {}
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
        self.folder = folder
        self.path = folder / FOLDER

    @property
    def is_there(self) -> bool:
        """Whether anything was ever added."""
        return self.path.is_dir()

    def waiting(self) -> list[str]:
        """The names of what waits; what is in force already, left by a death at the end of its admission, does not."""
        heads = [file for file in self.path.glob("[!.]*/*") if _makes_tools(file.name)]
        return sorted({file.parent.name for file in heads if not _alike(file, self.folder / file.name)})

    def find(self, name: str) -> Addition:
        """Raises `ToolError` when there is none of this name, or when it is no longer what was checked."""
        return self.look(name)[0]

    def look(self, name: str) -> tuple[Addition, Mapping[str, bytes]]:
        """An addition, and its files as they were checked. Raises `ToolError` likewise."""
        if name not in self.waiting():
            raise ToolError(because("nothing_added", name=name, names=", ".join(self.waiting()) or "–"))
        place = self.path / name
        try:
            addition = Addition.model_validate_json((place / REPORT).read_bytes())
            contents = {file: (place / file).read_bytes() for file in addition.files}
        except (ValidationError, OSError) as error:
            raise ToolError(because("added_unreadable", name=name)) from error
        heads = [file for file in addition.files if _makes_tools(file)]
        if addition.name != name or len(heads) != 1 or not plainly_written(contents[heads[0]]):
            raise ToolError(because("added_unreadable", name=name))
        if {file: _sha(content) for file, content in contents.items()} != addition.files:
            raise ToolError(because("added_changed", name=name))
        return addition, contents

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

    def admit(self, name: str, digest: str, key: str) -> Addition:
        """Put it in force under the decision `key`, if it is still what has this digest.

        Raises `ToolError` when it is not, when a name is taken, or when the folder is read-only: nothing happened then.
        Noted first, written then, the file that makes the tools last: so `admitted` is true only when all of it happened.
        """
        with self._alone():
            addition, contents = self.look(name)
            if addition.digest != digest:
                raise ToolError(because("added_changed", name=name))
            for file in contents.keys() - {pins.FILE}:
                there = self.folder / file
                if there.exists() and (file == addition.head or there.read_bytes() != contents[file]):
                    raise ToolError(because("admitted_before", file=file))
            together = self._pins_with(contents[pins.FILE]) if pins.FILE in contents else {}
            self._note(key, addition)
            if together:
                pins.write_pins(self.folder / pins.FILE, together)
            for file in sorted(contents.keys() - {pins.FILE}, key=_makes_tools):
                _write(self.folder / file, contents[file])
            shutil.rmtree(self.path / name)
        return addition

    def admitted(self, key: str) -> Addition | None:
        """What is in force because of this decision, as it was admitted."""
        ledger = self._ledger()
        entry = ledger.get(key)
        if entry is None:
            return None
        latest = [known for known, other in ledger.items() if other.addition.head == entry.addition.head][-1]
        head = self.folder / entry.addition.head
        if latest != key or not head.exists() or _sha(head.read_bytes()) != entry.addition.files[head.name]:
            return None
        return entry.addition

    def take_out(self, key: str) -> Addition:
        """Take what this decision admitted out of force; it waits again. Raises `ToolError` when it is not as it was."""
        with self._alone():
            addition = self.admitted(key)
            if addition is None:
                raise ToolError(because("not_as_admitted"))
            if addition.name in self.waiting():
                raise ToolError(because("another_waits", name=addition.name))
            contents = {file: (self.folder / file).read_bytes() for file in addition.files if file != pins.FILE}
            if pins.FILE in addition.files:
                contents[pins.FILE] = self._pins_of(addition)
            if {file: _sha(content) for file, content in contents.items()} != addition.files:
                raise ToolError(because("not_as_admitted"))
            self.put(addition, contents)
            for file in sorted(contents.keys() - {pins.FILE}, key=_makes_tools, reverse=True):
                (self.folder / file).unlink()
        return addition

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time, in all processes that share the folder. Raises `ToolError` when it cannot be written to."""
        try:
            lock = (self.path / ".lock").open("w")
        except OSError as error:
            raise ToolError(because("folder_read_only", folder=self.folder)) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.access(self.folder, os.W_OK):
                raise ToolError(because("folder_read_only", folder=self.folder))
            yield

    def _pins_with(self, theirs: bytes) -> pins.Pins:
        """The folder's pins and those of an addition. Raises `ToolError` when the folder's cannot be read."""
        try:
            with beside(self.folder, {pins.FILE: theirs}) as place:
                return pins.read_pins(place / pins.FILE)
        except ConfigError as error:
            raise ToolError(str(error)) from error

    def _ledger(self) -> Mapping[str, _Entry]:
        """All that was ever admitted. Raises `ToolError` when the file is wrong."""
        try:
            return _LEDGER.validate_json((self.folder / ADMITTED).read_bytes())
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise ToolError(because("admitted_unreadable", file=self.folder / ADMITTED)) from error

    def _note(self, key: str, addition: Addition) -> None:
        """As the latest."""
        before = {known: entry for known, entry in self._ledger().items() if known != key}
        entry = _Entry(at=_now(), addition=addition)
        _write(self.folder / ADMITTED, _LEDGER.dump_json({**before, key: entry}, indent=2))

    def _pins_of(self, addition: Addition) -> bytes:
        """The pins of a server that is taken out."""
        place = self.path / f".pins.{os.getpid()}"
        pins.write_pins(place, {addition.name: pins.read_pins(self.folder / pins.FILE).get(addition.name, {})})
        content = place.read_bytes()
        place.unlink()
        return content


@contextlib.contextmanager
def beside(folder: Path, contents: Mapping[str, bytes]) -> Iterator[Path]:
    """What the folder would be with these files added to it. A `ConfigError` within names the folder itself."""
    with tempfile.TemporaryDirectory(prefix="baton-tools-") as place:
        try:
            _laid(Path(place), folder, contents)
            yield Path(place)
        except ConfigError as error:
            raise ConfigError(str(error).replace(place, str(folder))) from error


def _laid(place: Path, folder: Path, contents: Mapping[str, bytes]) -> None:
    for one in folder.iterdir():
        if one.name not in (FOLDER, *contents):
            (place / one.name).symlink_to(one.resolve())
    for file, content in contents.items():
        (place / file).write_bytes(content)
    if pins.FILE in contents:
        theirs = pins.read_pins(place / pins.FILE)
        pins.write_pins(place / pins.FILE, {**pins.read_pins(folder / pins.FILE), **theirs})


def addition(name: str, contents: Mapping[str, bytes], tools: tuple[Candidate, ...], by: str) -> Addition:
    """What is added now."""
    return Addition(name=name, by=by, at=_now(), files={file: _sha(one) for file, one in contents.items()}, tools=tools)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def plainly_written(content: bytes) -> bool:
    """Whether Python and people read the same: UTF-8, without a declaration of another encoding."""
    try:
        content.decode("utf-8")
        return tokenize.detect_encoding(io.BytesIO(content).readline)[0] == "utf-8"
    except (UnicodeDecodeError, SyntaxError):
        return False


def _alike(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _write(file: Path, content: bytes) -> None:
    """The whole file at once, or nothing of it."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_bytes(content)
    new.replace(file)


def _makes_tools(file: str) -> bool:
    return file.endswith((".py", ".sources.yaml"))


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
