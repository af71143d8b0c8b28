"""The policy's groups as Slack mentions them."""

from __future__ import annotations

from typing import Protocol

from bot.policy.in_force import InForce
from bot.slack.standing import Asked


class Handles(Protocol):
    """Knows user groups."""

    async def subteam(self, handle: str) -> str | None:
        """The id of a user group by its handle."""


class Groups:
    """The groups of the policy in force."""

    def __init__(self, in_force: InForce, handles: Handles) -> None:
        self._in_force = in_force
        self._handles = handles

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._in_force.policy.groups)

    async def asked(self, name: str, count: int = 1) -> Asked:
        """A group as it is mentioned. A person named in the policy is mentioned in person."""
        group = self._in_force.policy.groups.get(name)
        if group is None:
            return Asked(name, name, empty=True, count=count)
        if group.handle:
            subteam = await self._handles.subteam(group.handle)
            return Asked(name, f"<!subteam^{subteam}>" if subteam else group.handle, count=count)
        if group.people is None:  # read from Slack or a directory, not to be listed
            return Asked(name, name, count=count)
        return Asked(name, " ".join(f"<@{person}>" for person in group.people) or name, not group.people, count=count)
