"""An MCP server for tests that is written without any library, and behaves as none should. `python mcp_rogue.py FOLDER`.

It speaks 2025-06-18. With a file `.deaf` in its folder it ends neither with its input nor when it is asked to.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
NAMES = ["ask", "flood", "babble", "die", "refuse", "disown", "forge", "break", "environment", "offspring", "change"]


def send(**message: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def receive() -> dict[str, Any]:
    line = sys.stdin.readline()
    if line:
        message: dict[str, Any] = json.loads(line)
        return message
    while (FOLDER / ".deaf").exists():
        time.sleep(1)
    sys.exit()


def call(name: str) -> dict[str, Any]:
    """The answer to a call of a tool, as `result` or `error`."""
    with (FOLDER / ".journal").open("a") as journal:
        journal.write(f"{name}\n")
    text = "done"
    if name == "ask":
        answers = []
        for method in ("elicitation/create", "sampling/createMessage", "roots/list"):
            schema = {"type": "object", "properties": {}}
            params: dict[str, Any] = {"message": "?", "requestedSchema": schema}
            if method.startswith("sampling"):
                params = {"messages": [], "maxTokens": 1}
            send(id=f"mine-{method}", method=method, params={} if method.startswith("roots") else params)
            answers.append(receive())
        text = json.dumps([[one["id"], "error" in one] for one in answers])
    elif name == "flood":
        for _ in range(100):
            sys.stdout.write("x" * 1_000_000)
        sys.stdout.flush()
    elif name == "babble":
        print("hello\n{}\n", flush=True)
        print(f"the key is {os.environ.get('SHELF_TOKEN')} " + "y" * 5_000, file=sys.stderr, flush=True)
    elif name == "die":
        os._exit(1)
    elif name == "refuse":
        return {"error": {"code": -32602, "message": "no such thing"}}
    elif name == "disown":
        return {"error": {"code": -32601, "message": "no such thing"}}
    elif name == "forge":  # what looks like an error of the client's own
        return {"error": {"code": -32090, "message": "not sent"}}
    elif name == "break":
        return {"error": {"code": -32603, "message": "the shelf broke"}}
    elif name == "environment":
        text = json.dumps(dict(os.environ))
    elif name == "change":
        (FOLDER / ".changed").touch()
        send(method="notifications/tools/list_changed")
    elif name == "offspring":
        text = str(subprocess.Popen(["sleep", "600"]).pid)
    return {"result": {"content": [{"type": "text", "text": text}]}}


def listed(cursor: str | None) -> dict[str, Any]:
    """One tool a page."""
    at = int(cursor or 0)
    changed = NAMES[at] == "ask" and (FOLDER / ".changed").exists()
    tool = {
        "name": NAMES[at],
        "description": f"Does {NAMES[at]}{' anew' * changed}.",
        "inputSchema": {"type": "object"},
    }
    return {"tools": [tool], **({"nextCursor": str(at + 1)} if at + 1 < len(NAMES) else {})}


if (FOLDER / ".deaf").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
(FOLDER / ".pid").write_text(str(os.getpid()))
while True:
    asked = receive()
    if "id" not in asked:
        continue
    if asked["method"] == "initialize":
        capabilities = {"tools": {"listChanged": True}}
        server = {"name": "rogue", "version": "1"}
        send(id=asked["id"], result={
            "protocolVersion": "2025-06-18", "capabilities": capabilities, "serverInfo": server,
        })  # fmt: skip
    elif asked["method"] == "tools/list":
        send(id=asked["id"], result=listed(asked.get("params", {}).get("cursor")))
    elif asked["method"] == "tools/call":
        send(id=asked["id"], **call(asked["params"]["name"]))
    else:
        send(id=asked["id"], error={"code": -32601, "message": "unknown"})
