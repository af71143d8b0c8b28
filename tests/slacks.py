"""Slack as far as several workspaces go: one address for all, whose calls reach the workspace of their token.

Each workspace is a local one of its own, with the same people's and channels' ids in both, so that whoever mixes them up
is found out. What differs is put in place on the way: team, app, token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.house import Slack

SECRET = "a signing secret of the test"
_LOCAL = ("T0VALMONT1", "UBATON01", "B0BATON001", "xoxb-local-baton", "Ateliers Valmont")


@dataclass(frozen=True)
class Workspace:
    """One workspace: how its people drive it, and what it calls itself where the local one says `_LOCAL`."""

    slack: Slack
    names: tuple[str, str, str, str, str]

    @property
    def team(self) -> str:
        return self.names[0]

    @property
    def token(self) -> str:
        return self.names[3]

    def outward(self, content: bytes) -> bytes:
        return _replaced(content, _LOCAL, self.names)

    def inward(self, content: bytes) -> bytes:
        return _replaced(content, self.names, _LOCAL)


class Slacks:
    """Two workspaces and what they share. A code of OAuth is a team's id; that of a stranger is good, too."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port  # Baton's
        self.revoked: list[str] = []
        self.answered: list[int] = []  # what Baton said to what was delivered
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.valmont = self._workspace(home / "valmont", _LOCAL)
        lyon = ("T0LYON0002", "ULYON001", "B0LYON0002", "xoxb-local-lyon", "Valmont Lyon")
        self.lyon = self._workspace(home / "lyon", lyon)

    def close(self) -> None:
        for one in (self.valmont, self.lyon):
            one.slack.__exit__()
        self._server.shutdown()
        self._server.server_close()

    def _workspace(self, home: Path, names: tuple[str, str, str, str, str]) -> Workspace:
        home.mkdir()
        events = f"{self.url}/events/{names[0]}"
        return Workspace(Slack(home, "--events-url", events, "--signing-secret", SECRET), names)

    def _of(self, named: str) -> Workspace | None:
        return next((one for one in (self.valmont, self.lyon) if named in (one.team, one.token)), None)

    def api(self, method: str, query: str, content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """A call of Baton's."""
        if method == "oauth.v2.access":
            return 200, json.dumps(self._access(parse_qs(f"{query}&{content.decode()}")["code"][0])).encode()
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if method == "auth.revoke":
            self.revoked.append(token)
            return 200, b'{"ok": true, "revoked": true}'
        if token == "xoxb-stranger":
            return 200, b'{"ok": true, "bot_id": "B1", "user_id": "U1", "team_id": "T0STRANGER", "url": "https://x"}'
        workspace = self._of(token)
        if workspace is None:
            return 200, b'{"ok": false, "error": "invalid_auth"}'
        kept = {"Authorization": "Bearer xoxb-local-baton", "Content-Type": headers.get("Content-Type", "")}
        url = f"{workspace.slack.url}api/{method}?{workspace.inward(query.encode()).decode()}"
        done = httpx.post(url, content=workspace.inward(content), headers=kept)
        return done.status_code, workspace.outward(done.content)

    def _access(self, code: str) -> dict[str, Any]:
        workspace = self._of(code)
        if workspace is None and code != "T0STRANGER":
            return {"ok": False, "error": "invalid_code"}
        names = workspace.names if workspace else ("T0STRANGER", "U1", "B1", "xoxb-stranger", "Strangers")
        return {
            "ok": True, "access_token": names[3], "token_type": "bot", "scope": "chat:write", "bot_user_id": names[1],
            "app_id": "A0BATON001", "team": {"id": names[0], "name": names[4]}, "enterprise": None,
            "authed_user": {"id": "U0DAVID001"}, "is_enterprise_install": False,
        }  # fmt: skip

    def deliver(
        self, team: str, content: bytes, content_type: str, retry: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        """What a workspace sends to Baton, under the app's one signature."""
        workspace = self._of(team)
        assert workspace is not None
        body, at = workspace.outward(content), str(int(time.time()))
        digest = hmac.new(SECRET.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": content_type, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}
        done = httpx.post(f"http://127.0.0.1:{self.port}/slack/events", content=body, headers=headers | retry)
        self.answered.append(done.status_code)
        kept = {name: value for name, value in done.headers.items() if name in ("content-type", "x-slack-no-retry")}
        return done.status_code, workspace.inward(done.content), kept

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        slacks = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                url, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
                content, headers = self.rfile.read(length), dict(self.headers.items())
                where, name = url.path.strip("/").split("/", 1)
                if where == "api":
                    status, answer = slacks.api(name, url.query, content, headers)
                    self._send(status, answer, {"content-type": "application/json"})
                    return
                retry = {key: value for key, value in headers.items() if key.startswith("X-Slack-Retry")}
                try:
                    self._send(*slacks.deliver(name, content, headers["Content-Type"], retry))
                except httpx.TransportError:
                    self._send(503, b"", {})

            do_GET = do_POST

            def _send(self, status: int, answer: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

        return Handler


def _replaced(content: bytes, those: tuple[str, ...], by: tuple[str, ...]) -> bytes:
    for one, other in zip(those, by, strict=True):
        content = content.replace(one.encode(), other.encode())
    return content
