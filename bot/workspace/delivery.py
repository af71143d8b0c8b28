"""How events and interactions reach the app: Socket Mode or signed HTTP, with acknowledgements and retries."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp
from aiohttp import web

from .company import APP, Json
from .state import State

log = logging.getLogger(__name__)

SLACK_RETRIES: Final = (0.0, 60.0, 300.0)
MOST_CONNECTIONS: Final = 10
INTERACTIONS_KEPT: Final = 500


@dataclass(frozen=True)
class Retry:
    attempt: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of one send: acknowledged (with the app's answer, if it gave one) or not, and why."""

    acked: bool
    answer: Json = field(default_factory=dict)
    reason: str = ""
    retry_welcome: bool = True


class Route(Protocol):
    """A way to the app."""

    @property
    def is_open(self) -> bool:
        """Whether something is there to send to; events wait while it is not."""
        ...

    async def send(self, kind: str, payload: Json, retry: Retry | None) -> Outcome:
        """Puts one envelope (`events_api`, `interactive`, `slash_commands`) on the wire and waits for its ack."""
        ...


class SocketMode:
    """The app's open websockets; each envelope goes to exactly one of them, in turn."""

    def __init__(self, ack_seconds: float) -> None:
        self._ack_seconds = ack_seconds
        self._connections: list[web.WebSocketResponse] = []
        self._awaited: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Outcome]]] = {}

    @property
    def is_open(self) -> bool:
        return bool(self._connections)

    async def serve(self, socket: web.WebSocketResponse, changed: Callable[[], None]) -> None:
        """Says hello and reads acknowledgements until the end; calls `changed` when it opens and when it ends."""
        if len(self._connections) >= MOST_CONNECTIONS:
            await self._dismiss(socket, "too_many_websockets")
            return
        await socket.send_json(self._hello())
        self._connections.append(socket)
        try:
            changed()
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        except ConnectionError:
            log.info("a Socket Mode connection broke off")
        finally:
            self._take_out(socket)
            self._give_up_on(socket)
            changed()

    async def send(self, kind: str, payload: Json, retry: Retry | None) -> Outcome:
        if not self._connections:
            return Outcome(False, reason="no connection")
        self._connections.append(socket := self._connections.pop(0))
        envelope_id = str(uuid4())
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope["retry_attempt"] = retry.attempt if retry else 0
            envelope["retry_reason"] = retry.reason if retry else ""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._awaited[envelope_id] = socket, answer
        try:
            await socket.send_json(envelope)
            async with asyncio.timeout(self._ack_seconds):
                return await answer
        except (TimeoutError, ConnectionError):
            return Outcome(False, reason="timeout")
        finally:
            del self._awaited[envelope_id]

    async def drop(self, at_most: int | None = None) -> int:
        """Closes connections without a word, all of them or so many; returns how many."""
        dropped = self._connections[:at_most]
        for socket in dropped:
            await socket.close()
        return len(dropped)

    async def disconnect(self, reason: str) -> int:
        """Tells the connection whose turn it is that it ends: at once, or soon after a `warning`; 0 without one.

        Slack does so every few hours, and expects the app to have another one open.
        """
        if not self._connections:
            return 0
        await self._dismiss(self._connections[0], reason)
        return 1

    async def speak(self, text: str) -> int:
        """Sends a frame as it is to every connection; returns how many there are."""
        for socket in list(self._connections):
            await socket.send_str(text)
        return len(self._connections)

    async def _dismiss(self, socket: web.WebSocketResponse, reason: str) -> None:
        await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}})
        if reason != "warning":
            self._take_out(socket)  # nothing more goes to a connection that is being closed
            await socket.close()

    def _take_out(self, socket: web.WebSocketResponse) -> None:
        if socket in self._connections:
            self._connections.remove(socket)

    def _hello(self) -> Json:
        debug = {"host": "local", "build_number": 1, "approximate_connection_time": 18060}
        return {
            "type": "hello",
            "num_connections": len(self._connections) + 1,
            "debug_info": debug,
            "connection_info": {"app_id": APP},
        }

    def _acknowledge(self, data: str) -> None:
        try:
            ack = json.loads(data)
        except json.JSONDecodeError:
            log.warning("a frame that is not JSON was ignored: %.80r", data)
            return
        envelope_id = ack.get("envelope_id") if isinstance(ack, dict) else None
        _, answer = self._awaited.get(str(envelope_id), (None, None))
        if answer and not answer.done():
            said = ack.get("payload")
            answer.set_result(Outcome(True, answer=said if isinstance(said, dict) else {}))

    def _give_up_on(self, socket: web.WebSocketResponse) -> None:
        for connection, answer in self._awaited.values():
            if connection is socket and not answer.done():
                answer.set_result(Outcome(False, reason="timeout"))


class SignedHttp:
    """The app's own address; every request is signed with the signing secret, as Slack's Events API does."""

    is_open = True

    def __init__(self, url: str, signing_secret: str, ack_seconds: float) -> None:
        self._url = url
        self._secret = signing_secret.encode()
        self._timeout = aiohttp.ClientTimeout(total=ack_seconds)

    async def send(self, kind: str, payload: Json, retry: Retry | None) -> Outcome:
        body, content_type = self._body(kind, payload)
        headers = {"Content-Type": content_type} | self._signature(body)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.attempt), "X-Slack-Retry-Reason": retry.reason}
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(self._url, data=body, headers=headers) as response,
            ):
                return await self._outcome(response)
        except TimeoutError:
            return Outcome(False, reason="http_timeout")
        except aiohttp.ClientConnectionError:
            return Outcome(False, reason="connection_failed")

    @staticmethod
    def _body(kind: str, payload: Json) -> tuple[bytes, str]:
        text = json.dumps(payload)
        if kind == "events_api":
            return text.encode(), "application/json"
        form = payload if kind == "slash_commands" else {"payload": text}
        return urlencode(form).encode(), "application/x-www-form-urlencoded"

    def _signature(self, body: bytes) -> dict[str, str]:
        at = str(int(time.time()))
        digest = hmac.new(self._secret, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}

    @staticmethod
    async def _outcome(response: aiohttp.ClientResponse) -> Outcome:
        if not 200 <= response.status < 300:
            welcome = response.headers.get("X-Slack-No-Retry") != "1"
            return Outcome(False, reason="http_error", retry_welcome=welcome)
        return Outcome(True, answer=_answer(await response.text(), response.content_type))


def _answer(body: str, content_type: str) -> Json:
    """What a response says: a JSON object, or else its text, as in the short answer to a slash command."""
    if content_type == "application/json":
        with contextlib.suppress(json.JSONDecodeError):
            answer = json.loads(body)
            return answer if isinstance(answer, dict) else {}
    return {"text": body} if body else {}


class Delivery:
    """Takes waiting events from the file to the app, and repeats those that were not acknowledged."""

    def __init__(self, state: State, route: Route, retry_seconds: tuple[float, ...] = SLACK_RETRIES) -> None:
        self._state = state
        self.route = route
        self._retry_seconds = retry_seconds
        self._wake = asyncio.Event()
        self._on_the_wire: dict[str, asyncio.Task[None]] = {}
        self.interactions: deque[Json] = deque(maxlen=INTERACTIONS_KEPT)

    def wake(self) -> None:
        """Something has changed: a new event, a new connection."""
        self._wake.set()

    async def run(self) -> None:
        """Delivers until cancelled."""
        while True:
            self._wake.clear()
            pause = self._start_due()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def stop(self) -> None:
        """Takes back what is on the wire; it counts as sent and comes again at the next start."""
        tasks = list(self._on_the_wire.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def interact(self, payload: Json, kind: str = "interactive") -> Outcome:
        """Sends an interaction or a slash command once: Slack never repeats them, and nothing is queued."""
        kept: Json = {"at": time.time(), "kind": kind, "payload": payload, "state": "waiting"}
        self.interactions.append(kept)
        outcome = await self.route.send(kind, payload, None)
        kept["state"] = "acked" if outcome.acked else outcome.reason
        return outcome

    def redeliver(self, event_id: str) -> bool:
        """Sends an event again, whatever became of it, marked as a retry; False when it is unknown."""
        payload = self._state.event_payload(event_id)
        if payload is None or not self.route.is_open:
            return False
        self._keep(f"{event_id} again {uuid4()}", asyncio.create_task(self._send_again(payload)))
        return True

    def _start_due(self) -> float | None:
        """Starts what is due; returns the seconds until more is, or None when only a wake-up can bring work."""
        if not self.route.is_open:
            return None
        waiting = [(event, due) for event, due in self._state.waiting_events() if event not in self._on_the_wire]
        now = time.time()
        for event_id, due in waiting:
            if due <= now:
                self._keep(event_id, asyncio.create_task(self._deliver(event_id)))
        return min((due - now for _, due in waiting if due > now), default=None)

    def _keep(self, key: str, task: asyncio.Task[None]) -> None:
        self._on_the_wire[key] = task
        task.add_done_callback(lambda _: self._off_the_wire(key))

    def _off_the_wire(self, key: str) -> None:
        del self._on_the_wire[key]
        self.wake()

    async def _deliver(self, event_id: str) -> None:
        if not self.route.is_open:
            return
        event = self._state.event_to_send(event_id)
        sends_left = len(self._retry_seconds) + 1 - event.sends
        if sends_left < 0:  # the last send was on the wire when the workspace ended
            self._state.event_done(event_id, acked=False)
            return
        retry = Retry(event.sends - 1, event.reason or "timeout") if event.sends > 1 else None
        outcome = await self.route.send("events_api", event.payload, retry)
        if outcome.acked:
            self._state.event_done(event_id, acked=True)
        elif sends_left == 0 or not outcome.retry_welcome:
            log.warning("event %s was not acknowledged after %d sends: given up", event_id, event.sends)
            self._state.event_done(event_id, acked=False)
        else:
            again = time.time() + self._retry_seconds[event.sends - 1]
            self._state.event_again(event_id, again, outcome.reason)

    async def _send_again(self, payload: Json) -> None:
        outcome = await self.route.send("events_api", payload, Retry(1, "timeout"))
        log.info("event %s sent again: %s", payload["event_id"], "acked" if outcome.acked else outcome.reason)
