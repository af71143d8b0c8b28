"""The open pages: who looks at the workspace now, and what they are told when something changes."""

import asyncio
import json

from aiohttp import web

from .company import CHANNELS, Json, Person


class Pages:
    """The open pages, each showing the workspace to one person."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Queue[str], Person] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def announce(self, change: Json, person: str | None) -> None:
        """Tells the pages whose person sees the change's channel, or one person's pages only."""
        channel = CHANNELS.get(change.get("channel", ""))
        for queue, shown in self._open.items():
            if (person is None or person == shown.id) and (channel is None or shown.id in channel.people):
                queue.put_nowait(json.dumps(change))

    async def close(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def serve(self, socket: web.WebSocketResponse, person: Person) -> None:
        """Sends changes until the page goes away."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._open[queue] = person
        self._sockets.add(socket)
        sending = asyncio.create_task(self._send(queue, socket))
        try:
            async for _ in socket:
                pass  # pages only listen; reading notices that they left
        finally:
            del self._open[queue]
            self._sockets.remove(socket)
            sending.cancel()

    @staticmethod
    async def _send(queue: asyncio.Queue[str], socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            try:
                await socket.send_str(await queue.get())
            except ConnectionError:
                return
