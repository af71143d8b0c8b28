"""What a model is to Baton: messages and tools go in, words or calls come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.types import Json, Message, ToolCall


@dataclass(frozen=True)
class Reply:
    """One answer of a model; with `calls`, it wants their results first. `model` names who answered."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    model: str = ""


class Model(Protocol):
    """Something that answers. `tools` are function descriptions in the OpenAI form.

    Raises `ModelError` when no deployment answered in time.
    """

    async def complete(self, messages: Sequence[Message], tools: Sequence[Json], group: str = "default") -> Reply: ...
