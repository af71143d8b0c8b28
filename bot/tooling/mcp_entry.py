"""What `sources.yaml` says of one MCP server: how it is reached, and which of its tools Baton has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.policy.verdicts import Effect
from bot.tooling.naming import NAME

_CONFIG = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)  # the input holds secrets


class Allowed(BaseModel):
    """One tool of the allow-list. What it does to the world is said here: the server's own hints are not trusted."""

    model_config = _CONFIG

    effect: Effect = "write"
    name: str | None = Field(None, pattern=f"^{NAME.pattern}$")
    titles: dict[str, str] = {}
    examples: tuple[str, ...] = ()


class McpEntry(BaseModel):
    """A server: a child process by its command, or an address (streamable HTTP). `timeout` is in seconds."""

    model_config = _CONFIG

    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    url: str = Field("", pattern=r"^(https?://\S+)?$")
    headers: dict[str, str] = {}
    timeout: float = Field(30.0, gt=0, le=3600)
    tools: dict[str, Allowed]
    _secrets: tuple[str, ...] = ()

    @field_validator("tools", mode="before")
    @classmethod
    def _bare_names(cls, tools: Any) -> Any:
        """A tool of which nothing more is said."""
        return {name: one or {} for name, one in tools.items()} if isinstance(tools, dict) else tools

    @model_validator(mode="after")
    def _one_way(self) -> McpEntry:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either `command` or `url`")
        if self.url and self.environment:
            raise ValueError("`environment` goes with `command`; with `url` there are `headers`")
        if self.command and self.headers:
            raise ValueError("`headers` go with `url`; with `command` there is `environment`")
        return self

    def keeping(self, secrets: Mapping[str, str]) -> McpEntry:
        """The entry, knowing which values came from the environment: they are masked in what the server prints."""
        self._secrets = tuple(value for value in secrets.values() if len(value) > 3)
        return self

    def masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        return text
