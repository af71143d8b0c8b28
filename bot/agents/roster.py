"""The agents of a house: those that `agents.yaml` describes, read again when it changes; a wrong file changes nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot import marked
from bot.agents.agent import FRONT_DESK, Agent, front_desk, prompt
from bot.agents.handoff import ASK
from bot.errors import ConfigError
from bot.marked import Marks, Place
from bot.types import NO_AGENT

FILE = "agents.yaml"  # in the tools folder
ADDED = "The company adds the following for your work. Where the two differ, the rules above hold."

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

log = structlog.get_logger()


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Glob = Annotated[str, Field(min_length=1)]
Globs = Annotated[tuple[Glob, ...], BeforeValidator(_several), Field(min_length=1)]
Limit = Annotated[int, Field(ge=1, le=100, strict=True)]


class _Entry(BaseModel):
    """What may be said of an agent; what is left out is as for an `Agent`."""

    model_config = ConfigDict(extra="forbid")

    instructions: str = ""
    tools: Globs = Agent.tools
    group: str = Agent.group
    turns: Limit = Agent.turns
    mistakes: Limit = Agent.mistakes
    proposals: Limit = Agent.proposals
    about: str = ""
    asks: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agents: dict[str, _Entry] = Field(min_length=1)


@dataclass(frozen=True)
class Known:
    """What agents may name: the tools, and the model groups, unchecked where they are `None`.

    Without `whole` there are sources whose tools nobody can list yet: a glob that covers none may be meant for them.
    """

    tools: frozenset[str]
    whole: bool = True
    groups: frozenset[str] | None = None


class Roster(Mapping[str, Agent]):
    """The agents by name; `text` is the file's that describes them. `problem` says what is wrong with the file now.

    Each is `None` when there is none.
    """

    def __init__(self, file: Path, known: Known) -> None:
        """Without a file there is the front desk alone. Raises `ConfigError` with file, line, agent and remedy."""
        self._file = file
        self._groups = known.groups
        text = _content(file)
        self._agents = read(text, str(file), known)
        self.text = text
        self._seen: tuple[str | None, Known] | None = (text, known)
        self.problem: str | None = None

    def __getitem__(self, name: str) -> Agent:
        return self._agents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._agents)

    def __len__(self) -> int:
        return len(self._agents)

    @property
    def names(self) -> frozenset[str]:
        """Whose calls rules may judge: the agents', and those of runs in which no model takes part."""
        return frozenset(self) | {NO_AGENT}

    def refresh(self, tools: frozenset[str], *, whole: bool) -> bool:
        """Read the file again if it, or what it may name, has changed; whether the agents are others now."""
        known = Known(tools, whole, self._groups)
        try:
            text = _content(self._file)
            if (text, known) == self._seen:
                return False
            if text is None and self.text is not None:  # without it, agents would have more than it gave them
                raise ConfigError(f"{self._file}:1: is gone; put it back, or restart Baton to go without one")
            agents = read(text, str(self._file), known)
        except ConfigError as error:
            if str(error) != self.problem:
                log.error("the file of the agents is wrong: the one before it stays in force", problem=str(error))
            self.problem, self._seen = str(error), None
            return False
        self.problem, self._seen, self.text = None, (text, known), text
        before, self._agents = self._agents, agents
        if agents != before:
            log.info("other agents are in force", agents=sorted(agents))
        return agents != before


def read(text: str | None, file: str, known: Known) -> Mapping[str, Agent]:
    """The agents that a file describes, and the front desk. Raises `ConfigError` with a line for each thing wrong."""
    if text is None:
        return {FRONT_DESK: front_desk()}
    try:
        data, marks = marked.load(text, file)
        written = _File.model_validate({} if data is None else data)
    except marked.NotYaml as error:
        raise ConfigError(f"{file}:{error.line}: {error}") from error
    except ValidationError as error:
        raise ConfigError("\n".join(_explained(one, marks) for one in error.errors())) from error
    if wrong := list(_wrong(written.agents, marks, known)):
        raise ConfigError("\n".join(wrong))
    return {FRONT_DESK: front_desk(), **{name: _agent(name, entry) for name, entry in written.agents.items()}}


def _agent(name: str, entry: _Entry) -> Agent:
    told = [prompt("front_desk").strip()]
    if name != FRONT_DESK:
        told.append(prompt("colleague").strip().format(name=name))
    if added := entry.instructions.strip():
        told.append(f"{ADDED}\n\n{added}")
    about = " ".join(entry.about.split())
    return Agent(name, "\n\n".join(told), **entry.model_dump(exclude={"instructions", "about"}), about=about)


def _wrong(agents: Mapping[str, _Entry], marks: Marks, known: Known) -> Iterator[str]:
    """What can be said of the entries only where it is known what they name."""
    for name, entry in agents.items():

        def at(problem: str, *place: str | int, name: str = name) -> str:
            return f"{marks.file}:{marks.line(('agents', name, *place))}: {name}: {problem}"

        if not _NAME.fullmatch(name) or name == NO_AGENT:
            yield at(f"cannot be an agent's name; write small letters, digits and _, at most 40, and not {NO_AGENT}")
        for glob in _covering_nothing(entry.tools, known):
            yield at(
                f"tools: '{glob}' covers no tool; correct it, or take it out (`baton tools list` shows all)", "tools"
            )
        if known.groups is not None and entry.group not in known.groups:
            there = ", ".join(sorted(known.groups))
            problem = (
                f"no deployment in BATON_MODELS has `model_name: {entry.group}`; add one, or write one of: {there}"
            )
            yield at(f"group: {problem}", "group")
        for other in entry.asks:
            if why := _cannot_be_asked(other, name, agents, known):
                yield at(f"asks: {why}", "asks")
        if name != FRONT_DESK and not any(name in other.asks for other in agents.values()):
            yield at(f"nobody asks it; write `asks: {name}` at another agent, such as {FRONT_DESK}, or take it out")


def _cannot_be_asked(other: str, name: str, agents: Mapping[str, _Entry], known: Known) -> str | None:
    """Why one agent cannot ask another; `None` when it can."""
    if other in (FRONT_DESK, name):
        return f"'{other}' cannot be asked here: agents ask others, and nobody asks {FRONT_DESK}"
    if other not in agents:
        return f"'{other}' is no agent of this file; correct it, or describe it"
    if not agents[other].about.strip():
        return f"'{other}' does not say what it is asked for; write a sentence as its `about:`"
    if f"{ASK}{other}" in known.tools:
        return f"a tool is called '{ASK}{other}' already; give the agent or the tool another name"
    return None


def _covering_nothing(globs: Collection[str], known: Known) -> list[str]:
    return [glob for glob in globs if known.whole and not _covers(glob, known.tools)]


def _covers(glob: str, tools: Collection[str]) -> bool:
    return glob == "*" or any(fnmatchcase(tool, glob) for tool in tools)


def _explained(error: Any, marks: Marks) -> str:
    """A validation error as: file and line, agent, key, what is wrong and what to do."""
    place: Place = tuple(error["loc"])
    problem = error["msg"]
    if error["type"] == "extra_forbidden":
        keys = _File.model_fields if len(place) == 1 else _Entry.model_fields
        problem = f"this key is not known; known are {', '.join(keys)}. Remove it: nothing is guessed"
    elif len(place) < 2:
        return f"{marks.file}:{marks.line(place)}: write the agents below `agents:`, each with its name, or remove the file"
    elif place[2:] == ("tools",):
        problem = "name a tool or a glob over tools, or several in a list; '*' covers all"
    where = ": ".join(map(str, place if len(place) == 1 else place[1:]))
    return f"{marks.file}:{marks.line(place)}: {where}: {problem}"


def _content(file: Path) -> str | None:
    """The text of the file; `None` when there is none. Raises `ConfigError`."""
    try:
        return marked.content(file)
    except marked.NotYaml as error:
        raise ConfigError(f"{file}:{error.line}: {error}") from error
