"""What a model is to Baton: messages and tools go in, words or calls come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.types import Json, Message, ToolCall

DATA = "<data "  # how a message of the user's begins that holds no words of theirs, but data beside them


@dataclass(frozen=True)
class Reply:
    """One answer of a model; with `calls`, it wants their results first. `model` names who answered."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    model: str = ""


Hear = Callable[[str], None]


class Model(Protocol):
    """Something that answers. `tools` are function descriptions in the OpenAI form.

    `hear` is told the text of the reply so far, again and again while it is made; a second attempt begins anew.
    Raises `ModelError` when no deployment answered in time.
    """

    async def complete(
        self, messages: Sequence[Message], tools: Sequence[Json], group: str = "default", hear: Hear | None = None
    ) -> Reply: ...
