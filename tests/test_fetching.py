"""Files are fetched with the bot's token from Slack's own hosts only, within limits; what fails has its reason."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import FileUnreadable
from bot.slack import files
from bot.slack.files import SlackFiles
from bot.slack.listeners import files_in
from bot.types import SharedFile

TOKEN = "xoxb-1"


class Shelf:
    """A Slack of files that does what a test wants; `asked` are the tokens that came."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.headers.get("Authorization"))
        kind = request.match_info["kind"]
        if kind == "gone":
            raise web.HTTPNotFound
        if kind == "sign-in":
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        if kind == "broken":
            raise web.HTTPInternalServerError
        if kind == "to":
            raise web.HTTPFound(request.query["place"])
        if kind == "endless":
            answer = web.StreamResponse()
            await answer.prepare(request)
            for _ in range(100):
                await answer.write(b"x" * 1_000_000)
            return answer
        return web.Response(body=b"a;b", content_type="text/csv")


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf, application = Shelf(), web.Application()
    application.router.add_get("/files/{kind}", shelf.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    shelf.url = f"http://{host}:{port}/"
    yield shelf
    await runner.cleanup()


async def fetched(shelf: Shelf, url: str, size: int = 3) -> bytes:
    client = AsyncWebClient(token=TOKEN, base_url=f"{shelf.url}api/")
    file = SharedFile("F1", "a.csv", "text/csv", size, url)
    return await SlackFiles(client, lambda: TOKEN, f"{shelf.url}api/").fetch(file)


async def test_a_file_is_fetched_with_the_token_also_where_slack_sends_us_on(shelf: Shelf) -> None:
    assert await fetched(shelf, f"{shelf.url}files/a") == b"a;b"
    assert await fetched(shelf, f"{shelf.url}files/to?place=/files/a") == b"a;b"
    assert shelf.asked == [f"Bearer {TOKEN}"] * 3


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("gone", files.GONE),
        ("sign-in", files.FORBIDDEN),
        ("broken", files.NOT_GIVEN),
        ("endless", files.TOO_LARGE),
        ("to?place=/files/to?place=/files/to", files.NOT_GIVEN),
        ("to?place=http://127.0.0.1:9/", files.ELSEWHERE),
        ("to?place=https://files.slack.com/x", files.ELSEWHERE),
        ("to?place=file:///etc/passwd", files.ELSEWHERE),
        ("to?place=", files.NOT_GIVEN),
    ],
)
async def test_what_cannot_be_fetched_has_its_reason(shelf: Shelf, path: str, why: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        await fetched(shelf, f"{shelf.url}files/{path}")
    assert str(refused.value) == why


async def test_a_file_that_says_that_it_is_too_large_is_not_asked_for(shelf: Shelf) -> None:
    with pytest.raises(FileUnreadable, match=files.TOO_LARGE):
        await fetched(shelf, f"{shelf.url}files/a", size=20_000_001)
    assert shelf.asked == []


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.csv", True),
        ("https://slack-files.com/a", True),
        ("https://acme.enterprise.slack.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://me@files.slack.com/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evilslack.com/a", False),
        ("https://docs.google.com/a", False),
        ("//files.slack.com/a", False),
        ("", False),
    ],
)
def test_only_slacks_hosts_get_the_token(url: str, is_slacks: bool) -> None:
    shelf = SlackFiles(AsyncWebClient(token=TOKEN), lambda: TOKEN, "https://slack.com/api/")
    assert shelf._is_slacks(files._parsed(url)) is is_slacks


def test_what_messages_say_of_files_is_read_and_what_is_odd_is_left_out() -> None:
    whole = {
        "id": "F1",
        "name": "a\u202eb.csv",
        "mimetype": "text/csv",
        "size": 3,
        "url_private_download": "https://x/1",
    }
    odd = [
        None,
        "F2",
        {},
        {"id": 3},
        {"id": "F4", "mode": "tombstone"},
        {"id": "F5", "size": "large", "url_private": 5},
    ]
    found = files_in(
        {"files": [whole, *odd, {"id": "F6", "is_external": True, "url_private": "https://docs.google.com"}]}
    )
    assert found == (
        SharedFile("F1", "ab.csv", "text/csv", 3, "https://x/1"),
        SharedFile("F5", "", "", 0, ""),
        SharedFile("F6", "", "", 0, ""),
    )
    assert files_in({"files": "none"}) == files_in({}) == ()
    assert len(files_in({"files": [{"id": f"F{number}"} for number in range(50)]})) == 10
