"""A folder of tools as it lies on the disk: what each file defines, read again when it changes, the last good one kept."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType

import structlog

from bot.errors import ConfigError, ToolFileError
from bot.policy.lint import BUILT_IN
from bot.tooling.admission import admission_tools
from bot.tooling.quarantine import Quarantine
from bot.tooling.sources import Sources, described_in
from bot.tooling.tool import Tool

log = structlog.get_logger()

_Stamp = tuple[int, int]  # when a file changed, and its size


class NotDescribed(ToolFileError):
    """A tool calls a system of which no file tells, or only one that is wrong itself."""


class Folder:
    """The tools of a folder's files and the systems of its `sources.yaml` and `*.sources.yaml`.

    `problems` has for each file that is wrong now file, line, name and remedy; what was good before it stays in force.
    """

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        """Raises `ConfigError` when there is no such folder."""
        if not path.is_dir():
            raise ConfigError(f"BATON_TOOLS: {path} is not a folder")
        self.path = path
        self._environment = environment
        self._files: dict[Path, Mapping[str, Tool]] = {}
        self._quarantine = Quarantine(path)
        self._own_tools = admission_tools(path, lambda: self.tools, environment)
        self.sources = Sources()
        self._stamps = self._stamped()
        self.tools: Mapping[str, Tool] = {}
        self.problems: Mapping[Path, ConfigError] = {}
        self._read({self._written, *self._own()})

    def left_out(self) -> Mapping[str, Sequence[str]]:
        """The systems that are not configured yet, and the tools that would call them."""
        found: dict[str, list[str]] = {}
        for tool in self.written():
            if tool.system and tool.system in self.sources.missing:
                found.setdefault(tool.system, []).append(tool.name)
        return found

    def written(self) -> Sequence[Tool]:
        """The tools that stand in the files, those of systems that are not configured among them."""
        return [*(tool for tools in self._files.values() for tool in tools.values()), *self.sources.tools]

    @property
    def is_whole(self) -> bool:
        """Whether the tools of all that is described are known; a database or MCP server without its variables names none."""
        return self.sources.missing.keys() <= self.left_out().keys()

    @property
    def _settings_came(self) -> bool:
        """Whether a setting for which something is left out has a value now."""
        return any(self._environment.get(name) for lacking in self.sources.missing.values() for name in lacking)

    @property
    def causes(self) -> Sequence[ConfigError]:
        """The problems, without those that only follow from another one: what a wrong file describes, no tool finds."""
        follow = NotDescribed if self._written in self.problems else ()
        return [one for file, one in self.problems.items() if file == self._written or not isinstance(one, follow)]

    def refresh(self) -> bool:
        """Read what has changed; whether anything did. Cheap when nothing has."""
        if not self.path.is_dir():  # it is being replaced, or gone: what is in force stays
            return False
        before, self._stamps = self._stamps, self._stamped()
        changed = {file for file in before.keys() | self._stamps.keys() if before.get(file) != self._stamps.get(file)}
        if self._settings_came and self._written not in self.problems:  # else it was read already, and is wrong
            changed.add(self._written)
        if not changed:
            return False
        changed.discard(self._quarantine.path)  # what waits there is not read: only that something does
        own = set(self._own())
        described = self.sources.files | set(described_in(self.path))
        if changed & described:
            changed = changed - described | {self._written}
        if changed - own - {self._written} - self._files.keys():
            self._forget_siblings()
            changed |= own
        for gone in self._files.keys() - own:
            del self._files[gone]
        wrong = self._read(changed & (own | {self._written}))
        for problem in wrong.values():
            log.error("a file of the tools folder is wrong: the one before it stays in force", problem=str(problem))
        log.info(
            "the tools folder was read again", files=[file.name for file in sorted(changed)], tools=len(self.tools)
        )

        return True

    def _read(self, changed: set[Path]) -> Mapping[Path, ConfigError]:
        """What is wrong with them. One may need another, as a name that moved from file to file: so until none can more."""
        waiting, wrong = sorted(changed), dict[Path, ConfigError]()
        while waiting:
            wrong = {file: problem for file in waiting if (problem := self._problem_of(file))}
            if len(wrong) == len(waiting):
                break
            waiting = list(wrong)
        kept = {
            file: problem for file, problem in self.problems.items() if file in self._stamps and file not in changed
        }
        self.problems = {**kept, **wrong}
        self.tools = self._joined(self._files, self.sources)
        return wrong

    def _problem_of(self, file: Path) -> ConfigError | None:
        try:
            if file == self._written:
                self._replace_sources()
            else:
                self._replace(file)
        except ConfigError as error:
            return error
        except Exception as error:  # what admins write may trip any library; whatever it is, the rest goes on
            log.debug("while reading", file=str(file), exc_info=True)
            return ConfigError(f"{file}: cannot be read: {type(error).__name__}")  # its text may hold a secret
        return None

    def _replace(self, file: Path) -> None:
        found: dict[str, Tool] = {}
        digest = _digest(file)
        for name, tool in _tools(file):
            tool.sha256 = digest
            if old := self.tools.get(name):
                tool.follows(old)
            found[name] = tool
        others = {other: tools for other, tools in self._files.items() if other != file}
        self._joined({**others, file: found}, self.sources)  # last: what it takes from others is its fault
        self._files = dict(sorted({**others, file: found}.items()))
        self.tools = self._joined(self._files, self.sources)

    def _replace_sources(self) -> None:
        sources = Sources.read(self.path, self._environment, self.sources)
        for tool in sources.tools:
            if old := self.tools.get(tool.name):
                tool.follows(old)
        self.tools = self._joined(self._files, sources)
        self.sources = sources
        self._stamps = {**self._stamped(), **self._stamps}  # with the files that it names from now on

    def _joined(self, files: Mapping[Path, Mapping[str, Tool]], sources: Sources) -> dict[str, Tool]:
        """All tools by name, and Baton's own when something was ever added. Raises `ToolFileError`."""
        tools = _joined(files, sources, self._written)
        return {**tools, **{tool.name: tool for tool in self._own_tools if self._quarantine.is_there}}

    @property
    def waiting(self) -> list[str]:
        """The additions that wait to be admitted."""
        return self._quarantine.waiting()

    @property
    def _written(self) -> Path:
        return self.path / "sources.yaml"

    def _own(self) -> list[Path]:
        return sorted(self.path.glob("[!_]*.py"))

    def _stamped(self) -> dict[Path, _Stamp]:
        """Of all that the tools are made of, siblings that they import among it."""
        found = {}
        here = (file for file in self.path.rglob("*.py") if not file.is_relative_to(self._quarantine.path))
        for file in (*described_in(self.path), *self.sources.files, *here, self._quarantine.path):
            try:
                status = file.stat()
            except OSError:
                continue
            found[file] = (status.st_mtime_ns, status.st_size)
        return found

    @property
    def siblings(self) -> Mapping[str, str]:
        """The Python files beside the tools that these may import: path within the folder, and SHA-256."""
        files = [file for file in self._stamps if file.suffix == ".py" and file not in self._files]
        return {file.relative_to(self.path).as_posix(): _digest(file) for file in sorted(files) if file.is_file()}

    def _forget_siblings(self) -> None:
        """What the tools import from beside them is to be read anew."""
        importlib.invalidate_caches()
        for name, module in list(sys.modules.items()):
            place = getattr(module, "__file__", None)
            if place and Path(place).is_relative_to(self.path.resolve()):
                del sys.modules[name]


def _joined(files: Mapping[Path, Mapping[str, Tool]], sources: Sources, written: Path) -> dict[str, Tool]:
    """All tools by name, without those whose system is not configured yet. Raises `ToolFileError`."""
    tools: dict[str, Tool] = {}
    for found in (*sources.tools, *(tool for defined in files.values() for tool in defined.values())):
        if found.name in BUILT_IN:
            raise ToolFileError(f"{found.file}: {found.name}: Baton itself has a tool of this name; choose another")
        if found.name in tools:
            other = tools[found.name].file
            raise ToolFileError(f"{found.file}: {found.name}: {other} already has a tool of this name")
        if found.system and found.system not in {
            *sources.systems,
            *sources.databases,
            *sources.servers,
            *sources.missing,
        }:
            remedy = f"add it under `systems:` in {written}"
            raise NotDescribed(f"{found.file}: {found.name}: system '{found.system}' is not described: {remedy}")
        if unfit := sources.unfit(found):
            raise ToolFileError(unfit)
        tools[found.name] = found
    return {name: tool for name, tool in tools.items() if tool.system not in sources.missing}


def _tools(file: Path) -> Iterator[tuple[str, Tool]]:
    """The tools that a file defines itself."""
    for value in vars(_import(file)).values():
        if isinstance(value, Tool) and value.function.__module__ == _module_name(file):
            value.file = str(file)
            yield value.name, value


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _module_name(file: Path) -> str:
    return f"baton_tools.{file.resolve().parent.name}.{file.stem}"


class _Source(importlib.machinery.SourceFileLoader):
    """Compiles what stands in the file now: Python's own cache tells two versions apart by the second only."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _import(file: Path) -> ModuleType:
    """Run a tool's file under a private name, its folder on the path for its siblings. Raises `ToolFileError`."""
    name = _module_name(file)
    spec = importlib.util.spec_from_file_location(name, file, loader=_Source(name, str(file)))
    assert spec  # the name ends in .py
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    sys.modules[name] = module
    cached, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # of siblings: as above
    try:
        spec.loader.exec_module(module)
    except ToolFileError as error:
        raise ToolFileError(f"{file}:{_line(file, error)}: {error}") from error
    except (Exception, SystemExit) as error:  # an author's module may raise anything; whoever reads it is told the file
        cause = f"{type(error).__name__}: {error}"
        raise ToolFileError(f"{file}:{_line(file, error)}: cannot be imported: {cause}") from error
    finally:
        sys.dont_write_bytecode = cached
    return module


def _line(file: Path, error: BaseException) -> int:
    """Where in the file it went wrong."""
    if isinstance(error, SyntaxError) and error.filename == str(file) and error.lineno:
        return error.lineno
    steps = traceback.extract_tb(error.__traceback__)
    return next((step.lineno for step in reversed(steps) if step.filename == str(file) and step.lineno), 1)
