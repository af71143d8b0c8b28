"""The one reader of the environment: what an operator configures."""

from __future__ import annotations

import os
import re
from pathlib import Path

import dotenv
from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigError


def load_env() -> None:
    """Take what `.env` gives a value into the environment; what stands there already holds, also when it is empty."""
    for name, value in dotenv.dotenv_values(Path(".env")).items():
        if value:
            os.environ.setdefault(name, value)


class Settings(BaseSettings):
    """Every setting of Baton, by the name of its environment variable. An empty value means the default."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: str | None = Field(None, description="Bot token of the Slack app (xoxb-…)")
    slack_app_token: str | None = Field(None, description="App-level token (xapp-…): connects by Socket Mode")
    slack_signing_secret: str | None = Field(None, description="Signing secret: serves HTTP instead of Socket Mode")
    slack_client_id: str | None = Field(
        None, description="Client ID: several workspaces install Baton at /slack/install; instead of SLACK_BOT_TOKEN"
    )
    slack_client_secret: str | None = Field(None, description="Client secret, beside SLACK_CLIENT_ID")
    slack_workspaces: str | None = Field(
        None,
        description="Ids of the workspaces and organisations that may install Baton (T…,E…), beside SLACK_CLIENT_ID",
    )
    slack_admin_token: str | None = Field(
        None, description="User token with admin.roles:read (Enterprise): channel managers as approvers"
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Base URL of Slack's Web API")
    baton_port: int = Field(3000, ge=0, le=65535, description="Port of /slack/events in HTTP mode")
    baton_database_url: str | None = Field(
        None, description="PostgreSQL URL: state, queue, audit (default: embedded, under BATON_HOME)"
    )
    baton_home: Path = Field(Path(".baton"), description="Folder where data lives")
    baton_models: Path | None = Field(
        None, description="YAML file with LiteLLM's model_list (default: the embedded offline assistant)"
    )
    baton_tools: Path = Field(Path("tools"), description="Folder of tools, with policy.yaml and sources.yaml")
    baton_knowledge: Path = Field(Path("knowledge/docs"), description="Folder of documents")
    baton_chroma_url: HttpUrl | None = Field(
        None, description="URL of a Chroma server (default: embedded, under BATON_HOME)"
    )

    @classmethod
    def read(cls) -> Settings:
        """Read the environment. Raises `ConfigError` naming the variable and what is wrong with it."""
        try:
            return cls()
        except ValidationError as error:
            lines = [f"{str(e['loc'][0]).upper()}: {e['msg']} (it is {e['input']!r})" for e in error.errors()]
            raise ConfigError("; ".join(lines)) from error

    @property
    def has_several_workspaces(self) -> bool:
        """Whether workspaces install Baton themselves, by Slack's OAuth."""
        return bool(self.slack_client_id) and not self.slack_bot_token

    @property
    def workspaces(self) -> list[str]:
        """The ids in SLACK_WORKSPACES."""
        return re.findall(r"[^\s,;]+", self.slack_workspaces or "")

    def missing_for_slack(self) -> list[str]:
        """The lines to add to `.env` before Slack can be reached; empty when nothing is missing."""
        if self.has_several_workspaces:
            return self._missing_for_several()
        lines = []
        if not self.slack_bot_token:
            lines.append("SLACK_BOT_TOKEN=xoxb-…   # Slack app → OAuth & Permissions → Bot User OAuth Token")
        if not self.slack_app_token and not self.slack_signing_secret:
            lines.append(
                "SLACK_APP_TOKEN=xapp-…   # Slack app → Basic Information → App-Level Tokens, connections:write"
            )
        return lines

    def _missing_for_several(self) -> list[str]:
        lines = {
            "SLACK_CLIENT_SECRET": (self.slack_client_secret, "…   # Slack app → Basic Information → Client Secret"),
            "SLACK_SIGNING_SECRET": (self.slack_signing_secret, "…   # Slack app → Basic Information → Signing Secret"),
            "SLACK_WORKSPACES": (
                self.workspaces,
                "T…,T…   # the workspaces (T…) and organisations (E…) that may install it",
            ),
        }
        return [f"{name}={line}" for name, (given, line) in lines.items() if not given]
