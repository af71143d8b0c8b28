"""The wire to Slack: the Web API's client, and the ways in, by Socket Mode or signed HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from tenacity import retry, retry_if_exception_type, wait_exponential

from bot.errors import ConfigError
from bot.settings import Settings
from bot.slack.gate import Gate, GatedClient
from bot.slack.people import NETWORK, error_of

Close = Callable[[], Awaitable[Any]]

log = structlog.get_logger()

_BAD_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope"}
)


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


async def connected(bolt: AsyncApp, client: AsyncWebClient, settings: Settings) -> Close:
    """Open the way in that the settings name; what closes it comes back. Raises `ConfigError`."""
    if not settings.slack_app_token:
        return await _served(bolt, settings)
    await _admitted(client, settings.slack_app_token)
    handler = AsyncSocketModeHandler(bolt, settings.slack_app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    close: Close = handler.close_async
    return close


@_UNTIL_REACHED
async def _admitted(client: AsyncWebClient, token: str) -> None:
    """Ask once whether the app token opens connections: the Socket Mode client would ask for ever."""
    try:
        await client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        if (named := error_of(error)) in _BAD_TOKEN:
            raise ConfigError(f"SLACK_APP_TOKEN: Slack refuses it ({named})") from error
        raise


async def _served(bolt: AsyncApp, settings: Settings) -> Close:
    """Listen for signed HTTP requests. The signature is checked before anything reads the body: Bolt reads first."""
    verifier = SignatureVerifier(settings.slack_signing_secret or "")

    @web.middleware
    async def signed(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not verifier.is_valid_request(await request.read(), dict(request.headers)):
            return web.Response(status=401, text="the signature does not fit")
        return await handler(request)

    site = bolt.web_app(path="/slack/events")
    site.middlewares.append(signed)
    runner = web.AppRunner(site)
    await runner.setup()
    try:
        await web.TCPSite(runner, "0.0.0.0", settings.baton_port).start()  # noqa: S104 (Slack calls from outside)
    except OSError as error:
        await runner.cleanup()
        raise ConfigError(f"BATON_PORT={settings.baton_port}: cannot listen there ({error.strerror})") from error
    return runner.cleanup
