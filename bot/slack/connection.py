"""The wire to Slack: the Web API's client, and the ways in, by Socket Mode or signed HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from tenacity import retry, retry_if_exception_type, wait_exponential

from bot import at_hand
from bot.errors import ConfigError
from bot.settings import Settings
from bot.slack.endpoint import Endpoint
from bot.slack.gate import Gate, GatedClient
from bot.slack.installing import Installing
from bot.slack.intake import Intake
from bot.slack.lines import Lines
from bot.slack.people import NETWORK, error_of
from bot.slack.workspaces import Installations, OneWorkspace, Workspaces

log = structlog.get_logger()

_BAD_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope"}
)


# What a token of a whole organisation has to be told: which of its workspaces is meant
_OF_ONE_WORKSPACE: Final = frozenset(
    {"conversations.list", "usergroups.list", "usergroups.users.list", "users.conversations"}
)


class Connection(Protocol):
    """The way in, while it is open."""

    @property
    def is_open(self) -> bool:
        """Whether Slack can reach us."""

    async def close(self) -> None: ...


def workspaces(settings: Settings) -> OneWorkspace | Installations:
    """Where Baton is installed, as the settings have it."""
    if settings.has_several_workspaces:
        return Installations(settings.baton_home, settings.slack_client_id or "", settings.workspaces)
    return OneWorkspace(settings.slack_bot_token or "")


def installing(settings: Settings, workspaces: Workspaces) -> Installing | None:
    """How workspaces install Baton; `None` when it has its one token from the settings. Raises `ConfigError`."""
    if not isinstance(workspaces, Installations):
        return None
    id, secret = settings.slack_client_id or "", settings.slack_client_secret or ""
    return Installing(workspaces, id, secret, settings.slack_api_url)


def client(settings: Settings, workspaces: Workspaces) -> GatedClient:
    """Slack's Web API, behind the gate. A lost connection is not made good here, since the call may have arrived:
    whoever sends looks first whether it did."""
    how: dict[str, Any] = {
        "base_url": settings.slack_api_url.rstrip("/") + "/",
        "timeout": 20,
        "retry_handlers": [],
    }
    if isinstance(workspaces, OneWorkspace):
        return GatedClient(Gate(), token=settings.slack_bot_token, **how)
    return _ClientOfSeveral(workspaces, **how)


class _ClientOfSeveral(GatedClient):
    """The Web API of the workspace at hand: its token, and a gate of its own, since Slack counts by workspace."""

    def __init__(self, workspaces: Workspaces, **how: Any) -> None:
        super().__init__(Gate(), **how)
        self._workspaces = workspaces
        self._how = how
        self._clients: dict[str, GatedClient] = {}

    def admits(self, method: str, channel: str = "") -> bool:
        here = self._workspaces.here
        return here is not None and self._of(here).admits(method, channel)

    async def api_call(self, api_method: str, **how: Any) -> AsyncSlackResponse:
        """As `GatedClient.api_call`. Where Baton is not installed (any more) it is refused, as by Slack itself.

        Raises `NoWorkspace` when the work at hand belongs to none.
        """
        here = self._workspaces.here
        if here is None:
            answer = {"ok": False, "error": "account_inactive"}
            url = f"{self.base_url}{api_method}"
            response = AsyncSlackResponse(
                client=self, http_verb="POST", api_url=url, req_args={}, data=answer, headers={}, status_code=200
            )
            raise SlackApiError(f"not installed in {at_hand.team()}", response)  # type: ignore[no-untyped-call]
        if here.is_enterprise_install and api_method in _OF_ONE_WORKSPACE:
            how["params"] = {**(how.get("params") or {}), "team_id": at_hand.team()}
        return await self._of(here).api_call(api_method, **how)

    def _of(self, here: Bot) -> GatedClient:
        if here.bot_token not in self._clients:
            self._clients[here.bot_token] = GatedClient(Gate(), token=here.bot_token, **self._how)
        return self._clients[here.bot_token]


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
    bolt: AsyncApp,
    client: AsyncWebClient,
    workspaces: Workspaces,
    installing: Installing | None,
    settings: Settings,
    mended: Callable[[], None],
) -> Connection:
    """Open the way in that the settings name. `mended` is called when it had broken off for a moment.

    Raises `ConfigError`.
    """
    intake = Intake(bolt, workspaces)
    way: Lines | Endpoint
    if settings.slack_app_token and installing is None:
        await _admitted(client, settings.slack_app_token)
        way = Lines(client, settings.slack_app_token, intake.envelope, mended)
    else:
        way = Endpoint(intake, settings.slack_signing_secret or "", settings.baton_port, installing)
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
