"""Slack's rate limits: how often a method may be called, by its tier, in this one workspace.

Slack promises the numbers and allows more at times; here they are the end.
"""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Final

from .company import Json


@dataclass(frozen=True)
class Limit:
    """At most `calls` in any `seconds`; counted for each channel by itself where `by_channel`."""

    calls: int
    seconds: float = 60.0
    by_channel: bool = False


TIER_2: Final = Limit(20)
TIER_3: Final = Limit(50)
TIER_4: Final = Limit(100)
# One message a second in each channel, short bursts allowed, and "several hundred" a minute in the workspace.
POSTS: Final = (Limit(5, 5.0, by_channel=True), Limit(300))

LIMITS: Final[dict[str, tuple[Limit, ...]]] = {
    "chat.postMessage": POSTS,
    **dict.fromkeys(("assistant.threads.setStatus", "auth.test", "api.test", "chat.getPermalink"), (Limit(600),)),
    # Tier 1, with the burst that it allows: two connections, each opened again now and then.
    "apps.connections.open": (Limit(10),),
    **dict.fromkeys(
        (
            *("chat.startStream", "chat.stopStream", "conversations.list", "reactions.remove", "users.list"),
            *("usergroups.list", "usergroups.users.list", "admin.roles.listAssignments"),
        ),
        (TIER_2,),
    ),
    **dict.fromkeys(
        (
            *("chat.appendStream", "chat.postEphemeral", "users.info", "conversations.members"),
            *("views.open", "views.push", "views.update", "views.publish"),
            *("assistant.threads.setTitle", "assistant.threads.setSuggestedPrompts"),
            *("files.getUploadURLExternal", "files.completeUploadExternal", "files.info"),
        ),
        (TIER_4,),
    ),
}
"""By method; what is not named is of tier 3."""


class Limits:
    def __init__(self, *, on: bool = False) -> None:
        self.on = self.on_at_start = on
        self._other: dict[str, tuple[Limit, ...]] = {}
        self._made: dict[tuple[str, Limit, str], deque[float]] = defaultdict(deque)

    def change(self, per_minute: dict[str, int]) -> None:
        """Gives methods other limits, for chat.postMessage in each channel; none gives all back what they had."""
        self._other = {
            method: (Limit(calls, by_channel=method == "chat.postMessage"),) for method, calls in per_minute.items()
        }
        self._made.clear()

    def pause(self, method: str, args: Json) -> int:
        """Counts the call; 0 when it may be made, else the seconds until one may."""
        if not self.on:
            return 0
        now = time.monotonic()
        counts = []
        for limit in self._other.get(method) or LIMITS.get(method, (TIER_3,)):
            made = self._made[method, limit, str(args.get("channel")) if limit.by_channel else ""]
            while made and made[0] <= now - limit.seconds:
                made.popleft()
            if len(made) >= limit.calls:
                return max(1, math.ceil(made[0] + limit.seconds - now))
            counts.append(made)
        for made in counts:
            made.append(now)
        return 0
