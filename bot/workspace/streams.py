"""Streams: messages of the app that grow while people watch, until the app, a person or time ends them.

It knows how long they live, not what they say.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from .company import Channel, Json
from .state import Message, place_key

if TYPE_CHECKING:
    from .chat import Chat

STREAM_SECONDS: Final = 300.0  # reported as python-slack-sdk#1859


class Streams:
    def __init__(self, chat: Chat, seconds: float) -> None:
        self._chat = chat
        self._seconds = seconds
        self._ends: dict[str, asyncio.TimerHandle] = {}

    def resume(self) -> None:
        """Lets the streams of an earlier process end in time."""
        for place, stream in self._chat.state.notes("stream").items():
            if not stream["stopped"]:
                self._end_at(place, stream["until"])

    def start(self, channel: Channel, thread_ts: str, content: Json, stream: Json) -> Message:
        """Posts the message; `stream` is how it speaks: `mode` (text, chunks or nothing yet) and `display`."""
        message = self._chat.post(channel, content | {"streaming_state": "in_progress"}, thread_ts)
        until = time.time() + self._seconds
        self._keep(message, stream | {"until": until, "stopped": False})
        self._end_at(_place(message), until)
        return message

    def of(self, message: Message) -> Json | None:
        """How a stream speaks that lives or that a person stopped; None for any other message."""
        stream: Json | None = self._chat.state.note("stream", _place(message))
        return stream

    def grow(self, message: Message, body: Json, stream: Json) -> None:
        """Shows more; that is no event: the app hears of its stream at the beginning and at the end."""
        if stream != self.of(message):
            self._keep(message, stream)
        self._chat.repaint(message, body)

    def end(self, message: Message, body: Json, how: str = "completed") -> Message:
        """The app's own end of the stream, or its death (`errored`)."""
        self._forget(message)
        return self._chat.update(message, body | {"streaming_state": how})

    def stop(self, channel: Channel, root: str) -> list[str]:
        """A person stops all that streams in the thread; what comes is the messages' ts."""
        stopped = []
        for message in self._chat.state.thread(channel.id, root):
            if message.body.get("streaming_state") == "in_progress" and (stream := self.of(message)):
                self.end(message, message.body)
                self._keep(message, stream | {"stopped": True})
                stopped.append(message.ts)
        return stopped

    def expire(self) -> list[str]:
        """Ends the time of all that live; what comes is the messages' ts."""
        places = list(self._ends)
        for place in places:
            self._die(place)
        return [place.split(":")[1] for place in places]

    def _keep(self, message: Message, stream: Json) -> None:
        self._chat.state.put_note("stream", _place(message), stream)

    def _forget(self, message: Message) -> None:
        if timer := self._ends.pop(_place(message), None):
            timer.cancel()
        self._chat.state.put_note("stream", _place(message), None)

    def _end_at(self, place: str, until: float) -> None:
        pause = max(0.0, until - time.time())
        self._ends[place] = asyncio.get_running_loop().call_later(pause, self._die, place)

    def _die(self, place: str) -> None:
        message = self._chat.state.message(*place.split(":"))
        if message is not None:
            self.end(message, message.body, "errored")


def _place(message: Message) -> str:
    return place_key(message.channel, message.ts)
