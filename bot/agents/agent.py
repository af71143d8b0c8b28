"""What an agent is: instructions, a model group and limits."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Agent:
    """`turns` bounds the calls to the model in one segment, `mistakes` the calls that cannot be carried out, and
    `proposals` the consequential calls of a whole run.
    """

    name: str
    instructions: str
    group: str = "default"
    turns: int = 8
    mistakes: int = 4
    proposals: int = 12


def front_desk() -> Agent:
    """The agent that people talk to."""
    return Agent("front_desk", (resources.files("bot.agents") / "prompts" / "front_desk.md").read_text("utf-8"))
