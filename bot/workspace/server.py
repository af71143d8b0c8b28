"""The workspace's HTTP side: Web API and Socket Mode for the app, the page and its control API for people."""

import asyncio
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from .answers import answer_response_url
from .asked import refusals
from .call import Call, SlackError, read_structured
from .chat import Chat
from .company import BOT_TOKEN, PEOPLE, TEAM, Json
from .deeds import Deeds
from .delivery import SLACK_RETRIES, Delivery, SignedHttp, SocketMode
from .faults import Faults, ratelimited
from .files import is_seen_by, is_seen_by_app
from .limits import Limits
from .local import Local
from .pages import Pages
from .state import State
from .streams import STREAM_SECONDS
from .unsteady import Unsteady
from .web_api import SCOPES, answer

_HERE: Final = Path(__file__).parent
_PAGE_FILES: Final = frozenset(path.name for path in _HERE.iterdir() if path.suffix in (".js", ".css"))
_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")  # none of them can hold a script
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_LARGEST_BODY: Final = 64 * 1024 * 1024
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"
)


@dataclass(frozen=True)
class Options:
    """How a workspace runs. With `events_url` the app gets signed HTTP requests instead of Socket Mode."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 0
    ack_seconds: float = 3.0
    retry_seconds: tuple[float, ...] = SLACK_RETRIES
    events_url: str = ""
    signing_secret: str = ""
    stream_seconds: float = STREAM_SECONDS
    limits: bool = False


class Server:
    """One running workspace."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._state = State(options.home)
        self._socket_mode = None if options.events_url else SocketMode(options.ack_seconds)
        unsteady = Unsteady(
            self._socket_mode or SignedHttp(options.events_url, options.signing_secret, options.ack_seconds)
        )
        self._delivery = Delivery(self._state, unsteady, options.retry_seconds)
        self._pages = Pages()
        self._faults = Faults()
        self._limits = Limits(on=options.limits)
        self._chat = Chat(self._state, self._delivery, self._pages.announce, stream_seconds=options.stream_seconds)
        self._local = Local(self._chat, self._pages, self._faults, self._limits, unsteady, self._socket_mode)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        self._delivering: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listens and delivers; returns the page's address. Raises OSError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._options.host, self._options.port)
        await site.start()
        port = self._runner.addresses[0][1]
        address = f"http://{self._options.host}:{port}/"
        self._chat.base_url = address
        self._chat.streams.resume()
        self._delivering = asyncio.create_task(self._delivery.run())
        return address

    async def stop(self) -> None:
        if self._delivering:
            self._delivering.cancel()
        await self._delivery.stop()
        await self._runner.cleanup()
        self._state.close()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[only_from_here, refusals], client_max_size=_LARGEST_BODY)
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/page/{name}", self._page_file),
                web.route("*", "/api/{method}", self._api),
                web.get("/link/", self._link),
                web.post("/upload/{file}", self._upload),
                web.get("/files/{file}", self._file),
                web.get("/files/{file}/download/{name}", self._download),
                web.post(f"/actions/{TEAM}/{{key}}", self._response_url),
                *self._local.routes(),
                *Deeds(self._chat).routes(),
            ]
        )
        application.on_shutdown.append(self._say_goodbye)
        return application

    async def _api(self, request: web.Request) -> web.Response:
        args, token = await _arguments(request)
        call = Call(request.match_info["method"], read_structured(args), token, self._chat)
        at = time.time()
        if pause := self._limits.pause(call.method, call.args):
            response, result = ratelimited(pause)
        else:
            response, result = await self._faults.around(call.method, lambda: answer(call))
        self._local.calls.append({"at": at, "method": call.method, "args": call.args, "answer": result})
        response.headers["x-oauth-scopes"] = SCOPES
        return response

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self._socket_mode is None:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await self._socket_mode.serve(socket, self._link_changed)
        return socket

    def _link_changed(self) -> None:
        self._delivery.wake()
        self._pages.announce({"type": "link", "connected": self._delivery.route.is_open}, None)

    async def _upload(self, request: web.Request) -> web.Response:
        file_id = request.match_info["file"]
        found = self._state.file(file_id)
        if found is None:
            raise web.HTTPNotFound
        self._state.put_file(file_id, found[0], await _uploaded_bytes(request))
        return web.Response(text=f"OK - {found[0]['size']}")

    async def _file(self, request: web.Request) -> web.Response:
        file, content = self._readable(request)
        # As plain text or a picture, and with nosniff, so that no uploaded file becomes a page of this origin.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        if file["mimetype"] in _PICTURES:
            return web.Response(body=content, content_type=file["mimetype"], headers=headers)
        return web.Response(body=content, content_type="text/plain", charset="utf-8", headers=headers)

    async def _download(self, request: web.Request) -> web.Response:
        file, content = self._readable(request)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
        return web.Response(body=content, content_type=file["mimetype"], headers=headers)

    def _readable(self, request: web.Request) -> tuple[Json, bytes]:
        """The file, for the app with its token and for a person's page; others are sent to sign in, as Slack does."""
        found = self._state.file(request.match_info["file"])
        person = PEOPLE.get(request.query.get("person", ""))
        if _bearer(request) != BOT_TOKEN and person is None:
            raise web.HTTPFound("/")
        if found is None or found[1] is None:
            raise web.HTTPNotFound
        seen = is_seen_by(found[0], person) if person else is_seen_by_app(found[0], self._state)
        if not seen:
            raise web.HTTPNotFound
        return found[0], found[1]

    async def _response_url(self, request: web.Request) -> web.Response:
        args, _ = await _arguments(request)
        try:
            return web.json_response(
                {"ok": True} | answer_response_url(self._chat, request.match_info["key"], read_structured(args))
            )
        except SlackError as refused:
            return web.json_response(refused.as_answer(), status=404 if refused.error == "used_url" else 200)

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(
            _HERE / "page.html", headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        )

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["name"] not in _PAGE_FILES:
            raise web.HTTPNotFound
        return web.FileResponse(_HERE / request.match_info["name"], headers={"Cache-Control": "no-cache"})

    async def _say_goodbye(self, _: web.Application) -> None:
        if self._socket_mode:
            await self._socket_mode.drop()
        await self._pages.close()


async def serve(options: Options, listening: Callable[[str], None]) -> None:
    """Runs a workspace until SIGINT or SIGTERM; calls `listening` with its address once it listens."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = Server(options)
    try:
        listening(await server.start())
        await stopped.wait()
    finally:
        await server.stop()


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keeps other web pages out: they may open the front page and nothing else."""
    if request.path.startswith("/local/") and urlsplit(f"//{request.host}").hostname not in _LOOPBACK:
        raise web.HTTPForbidden(text="The control API is for this machine only.")
    origin = request.headers.get("Origin")
    is_foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if request.path != "/" and (is_foreign or (origin and urlsplit(origin).netloc != request.host)):
        raise web.HTTPForbidden(text="Requests from other web pages are refused.")
    return await handler(request)


async def _arguments(request: web.Request) -> tuple[Json, str]:
    """Query, form and JSON body in one, the body's fields winning; and the token from header or arguments."""
    args: Json = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        args |= _object(await request.text())
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    in_arguments = str(args.pop("token", ""))
    return args, _bearer(request) or in_arguments


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _object(text: str) -> Json:
    """A JSON body; one that is not an object counts as empty, so that the method names what it misses."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


async def _uploaded_bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    raise web.HTTPBadRequest(text="no file")
