"""Where Baton is installed: in one workspace by the token of the settings, or in several by Slack's OAuth.

One installation serves a workspace, or all workspaces of an organisation that share it. Which of them is meant is what
the work at hand says; it is never guessed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.oauth.installation_store import Bot, FileInstallationStore, Installation
from slack_sdk.oauth.state_store import FileOAuthStateStore

from bot import at_hand
from bot.errors import NoWorkspace
from bot.types import Json

STATE_SECONDS = 600  # for which somebody may think about whether to install Baton

_ID = re.compile(r"[A-Z][A-Z0-9]{1,40}")
_STATE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Workspaces(Protocol):
    """Where Baton is installed."""

    @property
    def teams(self) -> Sequence[str]:
        """The workspaces that are known, by id."""

    @property
    def here(self) -> Bot | None:
        """Baton in the workspace at hand; `None` where it is not installed. Raises `NoWorkspace` when none is at hand."""

    @property
    def reach(self) -> Sequence[str] | None:
        """The workspaces that share the installation at hand; `None` when there are no others."""

    def share(self, team: str, other: str) -> bool:
        """Whether one installation serves both."""

    def admit(self, context: AsyncBoltContext) -> str | None:
        """The workspace in which something was said or pressed; `None` when Baton is not installed there."""

    def as_own(self, team: str, body: Mapping[str, Json]) -> Mapping[str, Json]:
        """The payload as one of that workspace."""


class OneWorkspace:
    """The workspace of the token in the settings; whatever Slack tells us belongs to it."""

    reach = None

    def __init__(self, token: str) -> None:
        self.here = Bot(bot_token=token, bot_id="", bot_user_id="", installed_at=0.0)

    @property
    def teams(self) -> Sequence[str]:
        return [self.here.team_id or ""]

    def met(self, me: Mapping[str, Any]) -> None:
        """Slack said who we are, in its answer to `auth.test`."""
        self.here = Bot(
            bot_token=self.here.bot_token,
            bot_id=str(me["bot_id"]),
            bot_user_id=str(me["user_id"]),
            team_id=str(me["team_id"]),
            team_name=str(me["team"]),
            enterprise_id=me.get("enterprise_id"),
            installed_at=0.0,
        )

    def share(self, team: str, other: str) -> bool:
        return True

    def admit(self, context: AsyncBoltContext) -> str:
        return self.teams[0]

    def as_own(self, team: str, body: Mapping[str, Json]) -> Mapping[str, Json]:
        return body


class Installations:
    """The workspaces in which somebody installed Baton, as files of slack_sdk's own under one folder.

    A folder of it belongs to one installation. An organisation's also has an empty file for each of its workspaces
    that Slack has named so far.
    """

    def __init__(self, home: Path, client_id: str, allowed: Sequence[str]) -> None:
        """`allowed`: the ids of the workspaces and organisations that may install Baton; it works for no others."""
        self._folder = home / "installations" / client_id
        self.allowed = frozenset(allowed)
        for folder in (home / "installations", self._folder, states := home / "installations" / "states"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        self.store = _Store(base_dir=str(self._folder), historical_data_enabled=False)
        self.states = _States(base_dir=str(states), expiration_seconds=STATE_SECONDS)

    @property
    def teams(self) -> Sequence[str]:
        found = [name for place in self._places("*") for name in self._teams_of(place)]
        return sorted(name for name in set(found) if self.of(name))

    @property
    def here(self) -> Bot | None:
        if not (team := at_hand.team()):
            raise NoWorkspace("several workspaces are installed, and the work at hand names none")
        return self.of(team)

    @property
    def reach(self) -> Sequence[str]:
        return [name for place in self._of(at_hand.team()) for name in self._teams_of(place)]

    def share(self, team: str, other: str) -> bool:
        places = self._of(team)
        return bool(places) and places == self._of(other)

    def of(self, team: str) -> Bot | None:
        """Baton as it is installed in a workspace: there, or in the whole organisation."""
        for place in self._of(team):
            enterprise, _, own = place.name.partition("-")
            bot = self.store.find_bot(
                enterprise_id=None if enterprise == "none" else enterprise,
                team_id=None if own == "none" else own,
                is_enterprise_install=own == "none",
            )
            if bot is not None and self.admits(bot):
                return bot
        return None

    def admits(self, bot: Bot | Installation) -> bool:
        """Whether the settings allow this installation."""
        return bool({bot.team_id, bot.enterprise_id} & self.allowed)

    def admit(self, context: AsyncBoltContext) -> str | None:
        enterprise, team = context.enterprise_id or "", context.team_id or context.enterprise_id or ""
        if context.is_enterprise_install and team != enterprise and _ID.fullmatch(team):
            for place in self._of(enterprise):
                (place / team).touch(mode=0o600)
        return team if self.of(team) else None

    def as_own(self, team: str, body: Mapping[str, Json]) -> Mapping[str, Json]:
        """With the installation's workspace: in channels that companies share, Slack may name another one."""
        if body.get("type") == "event_callback" or "command" in body:
            return {**body, "team_id": team}
        named = body.get("team")
        return {**body, "team": {**(named if isinstance(named, dict) else {}), "id": team}}

    def remove(self, bot: Bot) -> None:
        """It was uninstalled: its token is good for nothing any more."""
        for place in self._of(bot.team_id or bot.enterprise_id or ""):
            for file in place.iterdir():
                file.unlink(missing_ok=True)

    def _of(self, team: str) -> list[Path]:
        """The folder of the installation that serves a workspace, or an organisation; empty when there is none."""
        if not _ID.fullmatch(team):
            return []
        shared = [place for place in self._places("*-none") if (place / team).exists()]
        return [*self._places(f"*-{team}"), *self._places(f"{team}-none"), *shared][:1]

    def _places(self, pattern: str) -> list[Path]:
        return [place for place in sorted(self._folder.glob(pattern)) if (place / "bot-latest").exists()]

    @staticmethod
    def _teams_of(place: Path) -> list[str]:
        own = place.name.partition("-")[2]
        return [own] if own != "none" else sorted(file.name for file in place.iterdir() if _ID.fullmatch(file.name))


class _Store(FileInstallationStore):
    """Readable for nobody else: these files are tokens."""

    def save(self, installation: Installation) -> None:
        super().save(installation)
        for place in Path(self.base_dir).iterdir():
            place.chmod(0o700)
            for file in place.iterdir():
                file.chmod(0o600)


class _States(FileOAuthStateStore):
    """Who began an installation a moment ago. A state names a file, so it has to look like one of ours."""

    def issue(self, *args: Any, **kwargs: Any) -> str:
        for file in Path(self.base_dir).iterdir():
            if time.time() - file.stat().st_mtime > self.expiration_seconds:
                file.unlink(missing_ok=True)
        state = super().issue(*args, **kwargs)
        os.chmod(Path(self.base_dir) / state, 0o600)
        return state

    def consume(self, state: str) -> bool:
        return bool(_STATE.fullmatch(state)) and super().consume(state)
