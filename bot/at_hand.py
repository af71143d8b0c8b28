"""The workspace that the work at hand belongs to, by Slack's id. Whatever the work sets going takes it along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TEAM: ContextVar[str] = ContextVar("team", default="")


def team() -> str:
    """Empty for work that belongs to none."""
    return _TEAM.get()


@contextmanager
def working_for(team: str) -> Iterator[None]:
    """What is done inside is done for that workspace."""
    before = _TEAM.set(team)
    try:
        yield
    finally:
        _TEAM.reset(before)
