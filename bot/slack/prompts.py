"""The prompts above an empty conversation: what fits the person who opens it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.slack.blocks import Ability
from bot.slack.values import clipped
from bot.types import Json, Language

MOST = 4
TITLE_CHARACTERS = 75


@dataclass(frozen=True)
class Role:
    """What somebody is to Baton beside one who asks: they decide for a group, they look after the house."""

    decides: bool = False
    administers: bool = False


def prompts(language: Language, abilities: Sequence[Ability], role: Role) -> list[Json]:
    """At most four: first what is theirs, of those who decide and those who look after the house; then what can be asked.

    Somebody who only asks is shown what can be looked up before what would need a decision.
    """
    own = {"decisions"} if role.decides else set()
    own |= {"house"} if role.administers else set()
    first = [can for can in abilities if can.about in own]
    work = [can for can in abilities if can.about == "work"]
    work = [*_mixed(work)] if role.decides else sorted(work, key=lambda can: not can.read_only)
    examples = [can.example for can in [*first, *work] if can.example]
    return [{"title": clipped(example, TITLE_CHARACTERS), "message": example} for example in examples[:MOST]]


def _mixed(abilities: Sequence[Ability]) -> list[Ability]:
    """One that asks, one that reads, and so on: who decides also proposes."""
    asks, reads = ([can for can in abilities if can.read_only is kind] for kind in (False, True))
    return [can for pair in zip_longest(asks, reads) for can in pair if can]
