"""A model provider over HTTP in OpenAI's form, streaming and not, that answers by a script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

Reply = dict[str, Any] | Callable[["Provider"], Any]


def says(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def calls(name: str, /, **arguments: Any) -> dict[str, Any]:
    return calls_raw(name, json.dumps(arguments))


def calls_raw(*pairs: str) -> dict[str, Any]:
    """Calls as name, arguments, name, arguments, …; the arguments as the text that the model wrote."""
    made = [
        {"id": f"call_{time.monotonic_ns()}_{at}", "type": "function", "function": {"name": name, "arguments": text}}
        for at, (name, text) in enumerate(zip(pairs[::2], pairs[1::2], strict=True))
    ]
    return {"role": "assistant", "content": None, "tool_calls": made}


def hangs(provider: Provider) -> dict[str, Any]:
    """Answer only when the test lets it."""
    provider.waiting.set()
    provider.go_on.wait(60)
    return says("I was slow")


def tells(*pieces: str) -> Reply:
    """Say the pieces one after the other, each when the test lets it (`Provider.go_on.set()`); the first at once."""

    def reply(provider: Provider) -> Iterator[str]:
        for place, piece in enumerate(pieces):
            if place:
                provider.waiting.set()
                provider.go_on.wait(60)
                provider.go_on.clear()
            yield piece

    return reply


def fails(status: int) -> Reply:
    return lambda provider: status


def garbage(provider: Provider) -> bytes:
    return b"<html>not a completion</html>"


class Provider:
    """Answers with the scripted replies in order; after a tool's result that nobody scripted, it quotes the result."""

    def __init__(self, file: Path, *, stream: bool = True, deployments: int = 1, timeout: float = 20) -> None:
        self.script: list[Reply] = []
        self.asked: list[dict[str, Any]] = []
        self.waiting, self.go_on = threading.Event(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        parameters = {
            "model": "openai/scripted",
            "api_base": f"http://127.0.0.1:{self._server.server_port}/v1",
            "api_key": "none",
            "timeout": timeout,
            **({} if stream else {"stream": False}),
        }
        deployment = {"model_name": "default", "litellm_params": parameters}
        file.write_text(yaml.safe_dump({"model_list": [deployment] * deployments}))
        self.models = file

    def reset(self) -> None:
        """Forget the script and what was asked, and let go of who waits."""
        self.go_on.set()
        self.script, self.asked = [], []
        self.waiting, self.go_on = threading.Event(), threading.Event()

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()

    def offered(self) -> list[str]:
        """The tools of which the latest request tells."""
        return [one["function"]["name"] for one in self.asked[-1].get("tools", [])]

    def results(self) -> list[str]:
        """The tool results in the latest request."""
        return [m["content"] for m in self.asked[-1]["messages"] if m["role"] == "tool"]

    def _next(self, request: dict[str, Any]) -> Any:
        self.asked.append(request)
        if self.script:
            reply = self.script.pop(0)
            return reply(self) if callable(reply) else reply
        last = request["messages"][-1]
        return says(f"I heard: {last['content']}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = provider._next(request)
                try:
                    if isinstance(reply, int):
                        self._send(reply, b'{"error": {"message": "scripted failure", "type": "server_error"}}')
                    elif isinstance(reply, bytes):
                        self._send(200, reply, "text/html")
                    elif isinstance(reply, Iterator):
                        self._tell(reply)
                    elif request.get("stream"):
                        self._send(200, _events(reply), "text/event-stream")
                    else:
                        self._send(200, json.dumps(_completion(reply)).encode())
                except (BrokenPipeError, ConnectionResetError):
                    pass  # who asked is gone

            def _tell(self, pieces: Iterator[str]) -> None:
                """A stream that comes as its pieces do."""
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for piece in pieces:
                    self.wfile.write(_event({"role": "assistant", "content": piece}, None))
                    self.wfile.flush()
                self.wfile.write(_event({}, "stop") + b"data: [DONE]\n\n")

            def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _completion(message: dict[str, Any]) -> dict[str, Any]:
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def _events(message: dict[str, Any]) -> bytes:
    """The same message in small pieces, as a stream sends it."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    text = message.get("content") or ""
    deltas += [{"content": text[at : at + 20]} for at in range(0, len(text), 20)]
    for index, call in enumerate(message.get("tool_calls") or []):
        function = call["function"]
        begin = {**call, "index": index, "function": {"name": function["name"], "arguments": ""}}
        deltas.append({"tool_calls": [begin]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": function["arguments"][at : at + 7]}}]}
            for at in range(0, len(function["arguments"]), 7)
        ]
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    return b"".join(_event(delta, finish) for delta, finish in [*((d, None) for d in deltas), ({}, reason)]) + (
        b"data: [DONE]\n\n"
    )


def _event(delta: dict[str, Any], finish: str | None) -> bytes:
    chunk = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()
