"""The wire to Slack: the Web API's client, and the ways in, by Socket Mode or signed HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from tenacity import retry, retry_if_exception_type, wait_exponential

from bot.errors import ConfigError
from bot.settings import Settings
from bot.slack.endpoint import Endpoint
from bot.slack.gate import Gate, GatedClient
from bot.slack.intake import Intake
from bot.slack.lines import Lines
from bot.slack.people import NETWORK, error_of

log = structlog.get_logger()

_BAD_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope"}
)


class Connection(Protocol):
    """The way in, while it is open."""

    @property
    def is_open(self) -> bool:
        """Whether Slack can reach us."""

    async def close(self) -> None: ...


def client(settings: Settings) -> GatedClient:
    """Slack's Web API, behind the gate. A lost connection is not made good here, since the call may have arrived:
    whoever sends looks first whether it did."""
    return GatedClient(
        Gate(),
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url.rstrip("/") + "/",
        timeout=20,
        retry_handlers=[],
    )


def _waiting(state: Any) -> None:
    log.warning("Slack is not reachable yet", error=repr(state.outcome.exception()), attempt=state.attempt_number)


_UNTIL_REACHED = retry(
    retry=retry_if_exception_type(NETWORK), wait=wait_exponential(min=1, max=30), before_sleep=_waiting
)


@_UNTIL_REACHED
async def introduced(client: AsyncWebClient) -> Any:
    """Wait until Slack knows us; the answer of `auth.test`. Raises `ConfigError` when it refuses the token."""
    try:
        return await client.auth_test()
    except SlackApiError as error:
        if (named := error_of(error)) in _BAD_TOKEN:
            raise ConfigError(f"SLACK_BOT_TOKEN: Slack refuses it ({named})") from error
        raise


async def connected(
    bolt: AsyncApp, client: AsyncWebClient, settings: Settings, mended: Callable[[], None]
) -> Connection:
    """Open the way in that the settings name. `mended` is called when it had broken off for a moment.

    Raises `ConfigError`.
    """
    intake = Intake(bolt)
    way: Lines | Endpoint
    if settings.slack_app_token:
        await _admitted(client, settings.slack_app_token)
        way = Lines(client, settings.slack_app_token, intake.envelope, mended)
    else:
        way = Endpoint(intake, settings.slack_signing_secret or "", settings.baton_port)
    await way.open()
    return way


@_UNTIL_REACHED
async def _admitted(client: AsyncWebClient, token: str) -> None:
    """Ask once whether the app token opens connections: the Socket Mode client would ask for ever."""
    try:
        await client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        if (named := error_of(error)) in _BAD_TOKEN:
            raise ConfigError(f"SLACK_APP_TOKEN: Slack refuses it ({named})") from error
        raise
