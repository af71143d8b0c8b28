"""What an agent is: instructions, the tools that it has, a model group and limits."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources

FRONT_DESK = "front_desk"


@dataclass(frozen=True)
class Agent:
    """`turns` bounds the calls to the model in one segment, `mistakes` the calls that cannot be carried out, and
    `proposals` the consequential calls of a whole run. `tools` are globs over tool names. `asks` are the agents that it
    may ask; `about` is what others ask it for.
    """

    name: str
    instructions: str
    group: str = "default"
    turns: int = 8
    mistakes: int = 4
    proposals: int = 12
    tools: tuple[str, ...] = ("*",)
    about: str = ""
    asks: tuple[str, ...] = ()

    def has(self, tool: str) -> bool:
        """Whether a tool of this name is one of its own."""
        return any(fnmatchcase(tool, glob) for glob in self.tools)


def front_desk() -> Agent:
    """The agent that people talk to, where no file says more of it."""
    return Agent(FRONT_DESK, prompt("front_desk"))


def prompt(name: str) -> str:
    """One of Baton's own texts for models."""
    return (resources.files("bot.agents") / "prompts" / f"{name}.md").read_text("utf-8")
