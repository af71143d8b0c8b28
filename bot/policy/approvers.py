"""Who may approve, and when enough distinct people have. Membership is given; nothing is looked up here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.policy.verdicts import Need

Membership = Mapping[str, frozenset[str] | None]  # group → people's ids; None: could not be read


@dataclass(frozen=True)
class Word:
    """That a person may speak, and for which of the needs' groups.

    `principal` is the person, or the colleague for whom they speak as a delegate.
    """

    person: str
    principal: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not decide."""

    reason: Literal["own", "not_member", "unreadable", "own_delegate"]


def may_decide(
    person: str,
    authors: frozenset[str],
    needs: Sequence[Need],
    members: Membership,
    delegators: frozenset[str] = frozenset(),
) -> Word | Refusal:
    """For which groups this person may speak now, or why for none.

    A person's own membership comes first, else the first of the `delegators` (who asked this person to stand in)
    that is a member. Authors speak only where a need says `self`, and neither by nor as a delegate otherwise. A group
    that is unset, unknown or unreadable includes nobody.
    """
    for principal in (person, *sorted(delegators - {person})):
        involved = {person, principal} & authors
        groups = frozenset(n.group for n in needs if _includes(n, principal, members) and (n.self or not involved))
        if groups:
            return Word(person, principal, groups)
    return Refusal(_reason(person, authors, needs, members, delegators))


def _reason(
    person: str, authors: frozenset[str], needs: Sequence[Need], members: Membership, delegators: frozenset[str]
) -> Literal["own", "not_member", "unreadable", "own_delegate"]:
    if person in authors and not all(need.self for need in needs):
        return "own"
    if any(_includes(need, author, members) for author in authors & delegators for need in needs):
        return "own_delegate"
    return "unreadable" if any(members.get(group) is None for group in _asked(needs)) else "not_member"


def able(need: Need, authors: frozenset[str], members: Membership) -> frozenset[str] | None:
    """Who can meet a need themselves, however many it takes; `None` when that could not be read."""
    groups = [members.get(group) for group in _groups(need)]
    people = frozenset(person for group in groups for person in group or ())
    return None if None in groups else people if need.self else people - authors


def satisfied(needs: Sequence[Need], words: Sequence[Word]) -> bool:
    """Whether enough distinct people approved for every need; a person and their delegate never count as two."""
    return bool(needs) and all(
        _distinct([frozenset({w.person, w.principal}) for w in words if need.group in w.groups]) >= need.count
        for need in needs
    )


def _distinct(words: Sequence[frozenset[str]], used: frozenset[str] = frozenset()) -> int:
    """The largest number of words in which nobody appears twice, as person or as principal."""
    if not words:
        return 0
    first, rest = words[0], words[1:]
    if first & used:
        return _distinct(rest, used)
    counted = 1 + _distinct(rest, used | first)
    if not any(first & other for other in rest):
        return counted  # it stands in nobody's way
    return max(counted, _distinct(rest, used))


def _includes(need: Need, person: str, members: Membership) -> bool:
    return any(person in (members.get(group) or ()) for group in _groups(need))


def _asked(needs: Sequence[Need]) -> Iterable[str]:
    return (group for need in needs for group in _groups(need))


def _groups(need: Need) -> tuple[str, ...]:
    return (need.group, *need.also)
