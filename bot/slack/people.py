"""Whom Slack knows: profiles, user groups, who sees a channel. Read live; what cannot be read is never guessed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import at_hand
from bot.errors import SlackBusy
from bot.policy.policy import Group, Policy
from bot.types import Actor

NETWORK = (SlackBusy, SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError)  # no answer now

log = structlog.get_logger()


NO_ANSWER = "no answer of Slack's own"

# Trouble that passes, and leaves it open whether the call took effect; whatever else Slack says, it will say again.
PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", NO_ANSWER})

CHANNEL_MANAGER = "Rl0A"  # Slack's id of that role
PROFILE_SECONDS = 900.0
IDS_SECONDS = 300.0  # for which the id behind a handle or a channel's name is remembered; membership never is


def error_of(refusal: SlackApiError) -> str:
    """Slack's own word for what is wrong; a proxy's page or an empty answer has none."""
    response = refusal.response
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    named = isinstance(data, dict) and data.get("error")
    return str(named) if named else NO_ANSWER


class SlackPeople:
    """The people, groups and channels of the workspace at hand."""

    def __init__(self, client: AsyncWebClient, admin_token: str | None = None) -> None:
        self._client = client
        self._admin_token = admin_token
        # each by workspace
        self._profiles: dict[tuple[str, str], tuple[float, Actor]] = {}
        self._own: dict[str, tuple[str, str]] = {}
        self._ids: dict[tuple[str, str], tuple[float, str]] = {}

    async def person(self, person_id: str) -> Actor:
        """Name, locale, time zone, and whether from outside; read again after a while, since a colleague may become a
        guest. A profile that was never readable gives the bare id, in English and UTC.
        """
        key = at_hand.team(), person_id
        when, known = self._profiles.get(key, (-PROFILE_SECONDS, Actor(person_id)))
        if time.monotonic() - when < PROFILE_SECONDS:
            return known
        found = await self._asked(self._client.users_info, user=person_id, include_locale=True)
        own = await self._ours() if found else None
        if found is None or own is None:
            return known
        user = found["user"]
        profile = user.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user["name"]
        language, zone = user.get("locale") or "en-US", user.get("tz") or "UTC"
        actor = Actor(person_id, name, language, zone, outside=_is_outside(user, *own))
        self._profiles[key] = (time.monotonic(), actor)
        return actor

    async def _ours(self) -> tuple[str, str] | None:
        """The ids of our workspace and of its enterprise, which may be none; `None` while Slack does not say."""
        team = at_hand.team()
        if team not in self._own and (me := await self._asked(self._client.auth_test)):
            self._own[team] = str(me["team_id"]), str(me.get("enterprise_id") or "")
        return self._own.get(team)

    async def administers(self, person_id: str) -> bool:
        """Whether this person is an administrator or owner of our workspace now; no, when Slack cannot say."""
        found = await self._asked(self._client.users_info, user=person_id)
        own = await self._ours() if found else None
        if found is None or own is None or _is_outside(found["user"], *own):
            return False
        return bool(found["user"].get("is_admin") or found["user"].get("is_owner"))

    async def members(self, group: Group) -> frozenset[str] | None:
        """Who is in a group of the policy now; `None` when Slack cannot say."""
        if group.people is not None:
            return frozenset(group.people)
        if group.managed_channel is not None:
            return await self._managers(group.managed_channel)
        subteam = await self.subteam(group.handle or "")
        if subteam is None:
            return None
        found = await self._asked(self._client.usergroups_users_list, usergroup=subteam)
        return None if found is None else frozenset(found["users"])

    async def _managers(self, name: str) -> frozenset[str] | None:
        """The managers of a channel; Slack tells them on Enterprise plans only, and to an administrator's token only."""
        channel = await self.channel(name)
        if channel is None or self._admin_token is None:
            return None
        found = await self._asked(
            self._client.admin_roles_listAssignments,
            role_ids=[CHANNEL_MANAGER],
            entity_ids=[channel],
            limit=200,
            token=self._admin_token,
        )
        return None if found is None else frozenset(str(one["user_id"]) for one in found["role_assignments"])

    async def direct(self, person: str) -> str | None:
        """The direct message with a person; `None` when Slack does not open it."""
        found = await self._asked(self._client.conversations_open, users=person)
        return str(found["channel"]["id"]) if found else None

    async def subteam(self, handle: str) -> str | None:
        """The id of a user group by its handle (`@finance`)."""
        return await self._remembered(handle, self._subteam)

    async def _remembered(self, name: str, ask: Callable[[str], Awaitable[str | None]]) -> str | None:
        """An id that was found lately, else the one that Slack says now: listing is what Slack allows least."""
        key = at_hand.team(), name
        when, known = self._ids.get(key, (-IDS_SECONDS, ""))
        if time.monotonic() - when < IDS_SECONDS:
            return known
        found = await ask(name)
        if found is not None:
            self._ids[key] = (time.monotonic(), found)
        return found

    async def _subteam(self, handle: str) -> str | None:
        found = await self._asked(self._client.usergroups_list)
        for group in found["usergroups"] if found else ():
            if group["handle"] == handle.removeprefix("@"):
                return str(group["id"])
        return None

    async def audience(self, channel: str) -> frozenset[str] | None:
        """Who can read a channel; `None` for a public one. An unreadable one counts as seen by nobody."""
        found = await self._asked(self._client.conversations_info, channel=channel)
        if found is None:
            return frozenset()
        if not (found["channel"].get("is_private") or found["channel"].get("is_im") or found["channel"].get("is_mpim")):
            return None
        people: set[str] = set()
        cursor = ""
        while True:
            page = await self._asked(self._client.conversations_members, channel=channel, cursor=cursor, limit=200)
            if page is None:
                return frozenset()
            people |= set(page["members"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return frozenset(people)

    async def is_in(self, channel: str) -> bool:
        """Whether Baton itself is in a conversation: in its direct messages it always is; no, when Slack does not say."""
        found = await self._asked(self._client.conversations_info, channel=channel)
        return found is not None and bool(found["channel"].get("is_member") or found["channel"].get("is_im"))

    async def channel(self, name: str) -> str | None:
        """The id of a channel by name (`#finance`) or id; `None` when Baton cannot see it."""
        return await self._remembered(name, self._channel)

    async def _channel(self, name: str) -> str | None:
        if re.fullmatch(r"[CG][A-Z0-9]{2,}", name):
            return name
        cursor = ""
        while True:
            page = await self._asked(
                self._client.conversations_list,
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=200,
                cursor=cursor,
            )
            for channel in page["channels"] if page else ():
                if channel["name"] == name.removeprefix("#"):
                    return str(channel["id"])
            cursor = ((page.get("response_metadata") or {}).get("next_cursor") or "") if page else ""
            if not cursor:
                return None

    async def missing(self, policy: Policy) -> list[str]:
        """What the policy names and Slack does not show us, each as a line that says what to do."""
        lines = []
        for name, group in policy.groups.items():
            members = frozenset("?") if group.is_requesters_manager else await self.members(group)
            most = max((rule.count or 1 for rule in policy.rules if name in rule.of), default=1)
            if members is None:
                lines.append(f"policy group '{name}': {_why_unreadable(group)}, so nobody can decide for it")
            elif len(members) < most and not group.is_requesters_manager:
                lines.append(
                    f"policy group '{name}': it has {len(members)} people and a rule asks for {most}, so what it asks "
                    "can never be approved. Add people to it"
                )
            if group.channel and await self.channel(group.channel) is None:
                lines.append(
                    f"policy group '{name}': Slack shows no channel {group.channel}. Create it and invite Baton there"
                )
        return lines + [
            f"policy outsiders: Slack shows no channel {channel}, so nobody from outside may ask there. Create it and "
            "invite Baton there"
            for channel in policy.outsiders
            if await self.channel(channel) is None
        ]

    async def _asked(
        self, method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any
    ) -> Mapping[str, Any] | None:
        """Ask Slack; `None`, and a line in the log, when it does not answer or refuses."""
        try:
            response = await method(**arguments)
        except SlackApiError as error:
            log.warning("Slack refused", method=method.__name__, error=error_of(error), arguments=arguments)
            return None
        except NETWORK as error:
            log.warning("Slack does not answer", method=method.__name__, error=repr(error))
            return None
        data = response.data
        return data if isinstance(data, dict) else None


def _is_outside(user: Mapping[str, Any], team: str, enterprise: str) -> bool:
    """Whether somebody is a guest, or of another company; the workspaces of one enterprise are one company."""
    if any(user.get(sign) for sign in ("is_restricted", "is_ultra_restricted", "is_stranger")):
        return True
    theirs = (user.get("enterprise_user") or {}).get("enterprise_id") or user.get("enterprise_id")
    return user.get("team_id") != team and not (enterprise and theirs == enterprise)


def _why_unreadable(group: Group) -> str:
    if group.managed_channel is not None:
        return (
            f"the managers of {group.managed_channel} cannot be read (Slack tells them on Enterprise plans, to the token "
            "in SLACK_ADMIN_TOKEN)"
        )
    return f"Slack shows no user group {group.handle} (create it in Slack, or list people's ids: members: [U012ABC])"
