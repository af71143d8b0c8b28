"""Fetches the files that people put into threads: with the bot's token, from Slack's own hosts, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.errors import FileUnreadable
from bot.reasons import because
from bot.slack.listeners import files_in
from bot.slack.people import NETWORK, error_of
from bot.types import SharedFile, Thread

BYTES: Final = 20_000_000
SECONDS: Final = 60.0
REDIRECTS: Final = 3
MESSAGES: Final = 600  # of a thread in which files are looked for

TOO_LARGE: Final = because("file_larger")
FORBIDDEN: Final = because("file_unpermitted")
GONE: Final = because("file_gone")
ELSEWHERE: Final = because("file_elsewhere")
NOT_GIVEN: Final = because("file_withheld")
FETCH_PROBLEMS: Final = (TOO_LARGE, FORBIDDEN, GONE, ELSEWHERE, NOT_GIVEN)

_SLACKS: Final = ("slack.com", "slack-files.com")

log = structlog.get_logger()


class SlackFiles:
    """Slack's shelf of files."""

    def __init__(self, client: AsyncWebClient, token: Callable[[], str], api_url: str) -> None:
        """`token`: that of the workspace at hand. `api_url`: where Slack is; files of another place are never fetched."""
        self._client = client
        self._token = token
        self._api = URL(api_url)

    async def described(self, file: SharedFile) -> SharedFile:
        """The file with its name and address: in channels shared with other companies, messages don't say them.

        Raises `FileUnreadable`.
        """
        if file.url:
            return file
        try:
            answer = await self._client.files_info(file=file.id)
        except SlackApiError as error:
            missing = error_of(error) in ("file_not_found", "file_deleted")
            raise FileUnreadable(GONE if missing else FORBIDDEN) from error
        except NETWORK as error:
            raise FileUnreadable(NOT_GIVEN) from error
        (told,) = files_in({"files": [answer["file"]]}) or (file,)
        return told

    async def fetch(self, file: SharedFile) -> bytes:
        """The content of a file. Raises `FileUnreadable`, with the reason for whoever shared it."""
        if file.size > BYTES:
            raise FileUnreadable(TOO_LARGE)
        url = _parsed(file.url)
        try:
            async with asyncio.timeout(SECONDS), aiohttp.ClientSession(trust_env=True) as http:
                return await self._content(http, url, file)
        except NETWORK as error:
            log.warning("a file cannot be fetched", host=url.host, error=repr(error))
            raise FileUnreadable(NOT_GIVEN) from error

    async def dropped(self, thread: Thread) -> Sequence[SharedFile]:
        """The files of a thread, oldest first; none when its history cannot be read."""
        found: list[SharedFile] = []
        cursor = ""
        for _ in range(MESSAGES // 200):
            try:
                page = await self._client.conversations_replies(
                    channel=thread.channel, ts=thread.ts, limit=200, cursor=cursor
                )
            except (SlackApiError, *NETWORK) as error:
                log.warning("files of before cannot be looked for", channel=thread.channel, error=repr(error))
                break
            found += [file for message in page["messages"] if not message.get("bot_id") for file in files_in(message)]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return found

    async def _content(self, http: aiohttp.ClientSession, url: URL, file: SharedFile) -> bytes:
        """Follow redirects as long as they stay with Slack: the token goes along."""
        headers = {"Authorization": f"Bearer {self._token()}"}
        for _ in range(REDIRECTS + 1):
            if not self._is_slacks(url):
                log.warning("a file does not lie at Slack", host=url.host)
                raise FileUnreadable(ELSEWHERE)
            async with http.get(url, headers=headers, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = url.join(_parsed(response.headers.get("Location", "")))
                    continue
                return await _body(response, file)
        raise FileUnreadable(NOT_GIVEN)

    def _is_slacks(self, url: URL) -> bool:
        if url.user is not None or not url.absolute or url.scheme not in ("http", "https"):
            return False
        if url.origin() == self._api.origin():
            return True
        return url.scheme == "https" and url.port == 443 and _is_slack(self._api) and _is_slack(url)


def _parsed(address: str) -> URL:
    try:
        return URL(address)
    except ValueError as error:
        raise FileUnreadable(ELSEWHERE) from error


def _is_slack(url: URL) -> bool:
    return any(url.host == name or (url.host or "").endswith(f".{name}") for name in _SLACKS)


async def _body(response: aiohttp.ClientResponse, file: SharedFile) -> bytes:
    if response.status in (404, 410):
        raise FileUnreadable(GONE)
    if response.status in (401, 403) or (response.content_type == "text/html" and "html" not in file.type):
        raise FileUnreadable(FORBIDDEN)  # without the permission, Slack shows its page to sign in
    if response.status != 200:
        raise FileUnreadable(NOT_GIVEN)
    content = bytearray()
    async for piece in response.content.iter_chunked(1 << 16):
        content += piece
        if len(content) > BYTES:
            raise FileUnreadable(TOO_LARGE)
    return bytes(content)
