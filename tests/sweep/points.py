"""Reads the names of points: `commit before @ bot/effects.py:_claim #1` is a kind, the site where it comes, and how often."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence


def kind(point: str) -> str:
    """What happens there, without where."""
    return point.partition(" @ ")[0]


def place(point: str) -> str:
    """What is done there, and the site: the same before and after, and every time."""
    return re.sub(r" (before|after|send|received)(?= @ )| #\d+$", "", point)


def one_of_each(points: Sequence[str], seed: int) -> list[str]:
    """A point of each place; which of several, the seed says."""
    chance = random.Random(seed)
    places = sorted({place(point) for point in points})
    return [chance.choice([point for point in points if place(point) == one]) for one in places]


def elsewhere(points: Sequence[str], known: Sequence[str]) -> list[str]:
    """The points at places that are not among the known ones."""
    places = {place(point) for point in known}
    return [point for point in points if place(point) not in places]


def before_the_claim(points: Sequence[str]) -> str:
    """An approved call was looked at again, to its last fact; its claim is next."""
    return [point for point in points[: _call(points)] if point.startswith("facts read")][-1]


def claim(points: Sequence[str]) -> list[str]:
    """Before the claim is committed, and after."""
    return _commits(points[: _call(points)])[-2:]


def effect(points: Sequence[str]) -> list[str]:
    """From the claim to the record of what came of the call."""
    calls = [point for point in points if point.startswith("tool ")]
    return [*claim(points), *calls, *_commits(points[points.index(calls[-1]) :])[:2]]


def done_and_unknown(points: Sequence[str]) -> list[str]:
    """The effect has happened, and nobody but the tool's thread knows."""
    return [point for point in points if point.startswith("tool effect")]


def returned(points: Sequence[str]) -> str:
    """The tool has said what it did, and that is not written down."""
    return next(point for point in points if point.startswith("tool returned"))


def committing(points: Sequence[str], place: str) -> str:
    """The last time that what is done at a place is about to be committed."""
    return [point for point in points if point.startswith(f"commit before @ {place} ")][-1]


def _call(points: Sequence[str]) -> int:
    return next(at for at, point in enumerate(points) if point.startswith("tool called"))


def _commits(points: Sequence[str]) -> list[str]:
    """Those of the module that carries out what was decided."""
    return [point for point in points if point.startswith("commit") and "bot/effects.py" in point]
