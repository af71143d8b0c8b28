"""Who may decide now: the policy's groups as Slack shows them, and who speaks for somebody that is away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from bot import at_hand
from bot.policy import policy as rules
from bot.policy.in_force import InForce
from bot.policy.policy import Group, Membership, Need, Policy, Refusal, Word
from bot.state import decisions
from bot.state.approvals import Approval
from bot.state.db import Database
from bot.types import Actor

LATELY_SECONDS = 30.0  # a click reads membership live; the execution that follows may trust that reading for so long


class People(Protocol):
    """Whom Slack knows, read live."""

    async def members(self, group: Group) -> frozenset[str] | None:
        """Who is in a group; `None`, which lets nobody decide, when that cannot be read."""

    async def person(self, person_id: str) -> Actor:
        """Somebody's profile; one without a name could not be read."""


class Authority:
    """Reads memberships and judges people's words by them."""

    def __init__(self, db: Database, in_force: InForce, people: People) -> None:
        self._db = db
        self._in_force = in_force
        self._people = people
        # by workspace and policy
        self._read: dict[tuple[str, str, Group], tuple[float, frozenset[str] | None]] = {}

    @property
    def policy(self) -> Policy:
        return self._in_force.policy

    async def members(self, needs: Sequence[Need], requester: str, *, lately: bool = False) -> Membership:
        """Who is in the groups that are asked; nobody is in a group that the policy does not know.

        `lately` lets a reading of the last `LATELY_SECONDS` stand for one made now.
        """
        names = {name for need in needs for name in (need.group, *need.also)}
        return {name: await self._members(name, requester, lately=lately) for name in sorted(names)}

    async def word(self, person: str, approval: Approval, *, authors_too: bool = False) -> Word | Refusal:
        """For which of the groups that are asked this person may speak now, or why for none.

        `authors_too` is for words that approve nothing: whoever wrote a proposal may still reject or correct it.
        """
        away = await self._stands_in_for(person)
        members = await self._without_outsiders(
            await self.members(approval.needs, approval.sealed.requester), {person, *away}
        )
        authors = frozenset() if authors_too else frozenset(approval.authors)
        return rules.may_decide(person, authors, approval.needs, members, away)

    async def decidable(self, person: str, proposals: Sequence[Approval]) -> list[Approval]:
        """Those on which this person may say something, by memberships read lately: to be shown, not to be relied on."""
        away = await self._stands_in_for(person)
        known: dict[tuple[str, tuple[Need, ...], str], Membership] = {}
        found = []
        for one in proposals:
            key = (one.team, one.needs, one.sealed.requester)
            if key not in known:
                with at_hand.working_for(one.team):
                    members = await self.members(one.needs, one.sealed.requester, lately=True)
                    known[key] = await self._without_outsiders(members, {person, *away})
            if isinstance(rules.may_decide(person, frozenset(one.authors), one.needs, known[key], away), Word):
                found.append(one)
        return found

    async def standing(self, needs: Sequence[Need], approval: Approval, words: Sequence[Word]) -> list[Word] | None:
        """What was said, for the groups for which its speakers may speak now; `None` when that cannot be read."""
        members = await self._without_outsiders(
            await self.members(needs, approval.sealed.requester, lately=True),
            {one for word in words for one in (word.person, word.principal)},
        )
        away = {
            (one.person, one.delegate)
            for one in await decisions.delegations(self._db)
            if any(one.delegate == word.person for word in words) and await self._is_inside(one.delegate)
        }
        authors = frozenset(approval.authors)
        still = [
            _still(word, needs, members, authors)
            if word.person == word.principal or (word.principal, word.person) in away
            else Word(word.person, word.principal, frozenset())
            for word in words
        ]
        unreadable = any(group is None for group in members.values())
        return None if unreadable and not rules.satisfied(needs, still) else still

    async def able(self, approval: Approval) -> dict[str, int]:
        """How many people may decide for each of the groups that are asked, where these are known.

        By memberships read lately; that they are too few is believed of those of now alone.
        """
        found = await self._able(approval, lately=True)
        few = any(found.get(need.group, need.count) < need.count for need in approval.needs)
        return await self._able(approval, lately=False) if few else found

    async def _able(self, approval: Approval, *, lately: bool) -> dict[str, int]:
        members = await self.members(approval.needs, approval.sealed.requester, lately=lately)
        authors = frozenset(approval.authors)
        found = {need.group: rules.able(need, authors, members) for need in approval.needs}
        return {group: len(people) for group, people in found.items() if people is not None}

    async def _stands_in_for(self, person: str) -> frozenset[str]:
        """Those in whose place this person decides now; nobody, for somebody from outside."""
        away = frozenset(one.person for one in await decisions.delegations(self._db, to=person))
        return away if away and await self._is_inside(person) else frozenset()

    async def _without_outsiders(self, members: Membership, speakers: set[str]) -> Membership:
        """The groups as far as these speakers count in them: somebody from outside only where the policy lists their id.

        A group of which a speaker's profile cannot be read counts as unreadable.
        """
        found = dict(members)
        for speaker in sorted(speakers):
            inside = [
                name for name, group in found.items() if speaker in (group or ()) and not self._lists(name, speaker)
            ]
            actor = await self._people.person(speaker) if inside else None
            for name in inside:
                if actor is None or not actor.name:
                    found[name] = None
                elif actor.outside:
                    found[name] = (found[name] or frozenset()) - {speaker}
        return found

    def _lists(self, name: str, person: str) -> bool:
        group = self.policy.groups.get(name)
        return group is not None and (group.is_requesters_manager or person in (group.people or ()))

    async def _is_inside(self, person: str) -> bool:
        actor = await self._people.person(person)
        return bool(actor.name) and not actor.outside

    async def counts_in(self, person: str, group: str, *, lately: bool = False) -> bool:
        """Whether a person is in one group of the policy and counts there; no, when that cannot be read."""
        members = {group: await self._members(group, person, lately=lately)}
        return person in ((await self._without_outsiders(members, {person}))[group] or ())

    async def _members(self, name: str, requester: str, *, lately: bool) -> frozenset[str] | None:
        group = self.policy.groups.get(name)
        if group is None:
            return frozenset()
        if group.is_requesters_manager:
            manager = self.policy.managers.get(requester)
            return frozenset({manager}) if manager else frozenset()
        key = (at_hand.team(), self.policy.hash, group)
        when, known = self._read.get(key, (-LATELY_SECONDS, None))
        if lately and known is not None and time.monotonic() - when < LATELY_SECONDS:
            return known
        found = await self._people.members(group)
        self._read[key] = (time.monotonic(), found)
        return found


def _still(word: Word, needs: Sequence[Need], members: Membership, authors: frozenset[str]) -> Word:
    """The same word, for the groups that are asked and for which its speaker may speak now."""
    involved = {word.person, word.principal} & authors
    groups = frozenset(
        need.group
        for need in needs
        if (need.self or not involved)
        and any(word.principal in (members.get(name) or ()) for name in (need.group, *need.also))
    )
    return Word(word.person, word.principal, groups)
