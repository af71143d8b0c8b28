"""A model that says what it was told to say: for tests of everything around a model."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import ModelError
from bot.models.model import Hear, Reply
from bot.reasons import because
from bot.types import Json, Message


class Scripted:
    """Gives the replies in order, one a call, and keeps what it was asked. Raises `ModelError` when they run out."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[Message, ...]] = []

    async def complete(
        self, messages: Sequence[Message], tools: Sequence[Json], group: str = "default", hear: Hear | None = None
    ) -> Reply:
        self.asked.append(tuple(messages))
        if not self.replies:
            raise ModelError(because("script_over"))
        reply = self.replies.pop(0)
        if hear:
            for end in range(1, len(reply.text) + 1):
                hear(reply.text[:end])
        return reply
