"""How a workspace installs Baton and takes it away again: Slack's OAuth, at `/slack/install`."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
import yaml
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.errors import ConfigError
from bot.slack.people import NETWORK
from bot.slack.words import say
from bot.slack.workspaces import Installations
from bot.types import Language

MANIFEST = Path(__file__).parents[2] / "slack-manifest.yaml"
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"

log = structlog.get_logger()


class Installing:
    """The pages to which an administrator comes, and what Slack tells of an installation that ended."""

    def __init__(self, installations: Installations, client_id: str, client_secret: str, api_url: str) -> None:
        self._installations = installations
        base = api_url.rstrip("/") + "/"
        self._flow = _Flow(
            installations,
            client=AsyncWebClient(base_url=base, timeout=20),  # nobody is at hand yet, so it has no token
            settings=AsyncOAuthSettings(
                client_id=client_id,
                client_secret=client_secret,
                scopes=scopes(),
                install_path=INSTALL,
                redirect_uri_path=REDIRECT,
                install_page_rendering_enabled=False,
                authorization_url=str(URL(base).origin() / "oauth/v2/authorize"),
                installation_store=installations.store,
                state_store=installations.states,
                callback_options=AsyncCallbackOptions(success=_installed, failure=_failed),
            ),
        )

    def routes(self) -> list[web.RouteDef]:
        return [web.get(INSTALL, self._install), web.get(REDIRECT, self._redirect)]

    def listen(self, bolt: AsyncApp) -> None:
        bolt.event("app_uninstalled")(self._uninstalled)
        bolt.event("tokens_revoked")(self._revoked)

    async def _install(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self._flow.handle_installation(await to_bolt_request(request)))

    async def _redirect(self, request: web.Request) -> web.Response:
        bolt_request = await to_bolt_request(request)
        try:
            return await to_aiohttp_response(await self._flow.handle_callback(bolt_request))
        except NETWORK as error:
            log.warning("Slack does not answer, nothing was installed", error=repr(error))
            return await to_aiohttp_response(_page(bolt_request, 502, "install_failed"))

    async def _uninstalled(self) -> None:
        self._remove("uninstalled")

    async def _revoked(self, event: dict[str, Any]) -> None:
        here = self._installations.here
        tokens = event.get("tokens")
        if here and isinstance(tokens, dict) and here.bot_user_id in (tokens.get("bot") or ()):
            self._remove("its token was revoked")

    def _remove(self, why: str) -> None:
        if here := self._installations.here:
            self._installations.remove(here)
            log.info("Baton is not installed there any more", workspace=here.team_id or here.enterprise_id, why=why)


class _Flow(AsyncOAuthFlow):
    """Slack's flow; who is not allowed gets the token taken back, and nothing is kept."""

    def __init__(self, installations: Installations, **how: Any) -> None:
        super().__init__(**how)
        self._installations = installations

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        if self._installations.admits(installation):
            await super().store_installation(request, installation)
            log.info("Baton is installed", workspace=installation.team_id or installation.enterprise_id)
            return
        named = installation.team_id or installation.enterprise_id
        log.warning("a workspace that SLACK_WORKSPACES does not name is refused", workspace=named)
        try:
            await self.client.auth_revoke(token=installation.bot_token)
        except (*NETWORK, SlackApiError) as error:
            log.warning("its token could not be taken back", workspace=named, error=repr(error))
        raise BoltError(f"{named} may not install Baton")


def scopes() -> Sequence[str]:
    """What Baton asks for, as the manifest says. Raises `ConfigError` when it is not there."""
    try:
        manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{MANIFEST}: the app manifest names the scopes, and cannot be read ({error})") from error
    return list(manifest["oauth_config"]["scopes"]["bot"])


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    name = args.installation.team_name or args.installation.enterprise_name or ""
    return _page(args.request, 200, "installed", name=name)


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    log.warning("nothing was installed", reason=args.reason, error=str(args.error or ""))
    refused = isinstance(args.error, BoltError)
    return _page(
        args.request, 403 if refused else args.suggested_status_code, "install_refused" if refused else "install_failed"
    )


def _page(request: AsyncBoltRequest, status: int, key: str, **values: str) -> BoltResponse:
    """One sentence, in the language of the browser."""
    asked = "".join(request.headers.get("accept-language", [])).lower()
    language: Language = "fr" if asked.startswith("fr") else "en"
    words = html.escape(say(language, key, **values))
    page = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Baton</title><p>{words}</p></html>'
    return BoltResponse(status=status, body=page, headers={"content-type": "text/html; charset=utf-8"})
