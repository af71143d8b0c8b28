"""How one agent asks another: the tool that it is shown for that, and how far asking may go. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from bot.agents.agent import Agent
from bot.errors import ToolError
from bot.reasons import because
from bot.types import Json, ToolCall

ASK = "ask_"  # how the names of these tools begin, before the agent's own
DEEPEST = 3  # agents that ask each other in a row, below the one that people talk to
MOST = 8  # such runs of one question in all
CHARACTERS = 4_000  # of a request

_HOW = (
    "It works for the same person, with tools of its own; what it proposes waits for a decision as ever. It reads the "
    "earlier messages of this thread and your request, so say all that it needs: numbers, names, dates."
)


@dataclass(frozen=True)
class Room:
    """How deep below a person's question a run is, and how many runs agents have begun for that question."""

    depth: int = 0
    begun: int = 0

    @property
    def refusal(self) -> str | None:
        """Why nobody can be asked any more; `None` while somebody can."""
        if self.depth >= DEEPEST:
            return because("asked_too_deep", count=DEEPEST)
        return because("asked_too_often", count=MOST) if self.begun >= MOST else None


NOBODY_YET = Room()


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    request: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=CHARACTERS)]


def tool_for(agent: Agent) -> Json:
    """What a model is told of asking this agent, in the OpenAI form."""
    request = {"type": "string", "description": "What you want to know or have done, in full sentences."}
    parameters = {
        "type": "object",
        "properties": {"request": request},
        "required": ["request"],
        "additionalProperties": False,
    }
    description = f"Ask the agent {agent.name}: {agent.about}\n\n{_HOW}"
    return {
        "type": "function",
        "function": {"name": f"{ASK}{agent.name}", "description": description, "parameters": parameters},
    }


def request_of(call: ToolCall) -> str:
    """What the call asks. Raises `ToolError` when it asks nothing."""
    try:
        return _Arguments.model_validate_json(call.arguments or "{}").request
    except ValidationError as error:
        raise ToolError(because("ask_needs_request", tool=call.name, count=CHARACTERS)) from error
