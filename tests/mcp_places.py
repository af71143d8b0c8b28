"""Folders of tools with an MCP server of ours among their sources, for the tests of such tools."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.desk import Declined, Doubtful, Returned, _outcome
from bot.tooling.catalog import Catalog
from bot.tooling.context import RunContext
from bot.tooling.pins import FILE, Pin, read_pins, write_pins
from bot.types import Actor, Json

HERE = Path(__file__).parent
ROGUE = ("ask", "flood", "babble", "die", "refuse", "disown", "forge", "break", "environment", "offspring", "change")
T = TypeVar("T")


@dataclass
class Place:
    """A folder of tools, and the folder of the server's own things."""

    tools: Path
    things: Path
    entry: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, home: Path, server: str, allowed: Mapping[str, Any], **entry: Any) -> Place:
        """`server` is a file of this folder: `mcp_shelf.py` or `mcp_rogue.py`."""
        tools, things = home / "tools", home / "things"
        tools.mkdir()
        things.mkdir()
        command = {} if "url" in entry else {"command": [sys.executable, str(HERE / server), str(things)]}
        place = cls(tools, things, {**command, "timeout": 10, "tools": dict(allowed), **entry})
        place.write()
        return place

    def write(self, **more: Any) -> None:
        """Write `sources.yaml`."""
        text = yaml.safe_dump({"mcp": {"shelf": self.entry}, **more}, sort_keys=False)
        (self.tools / "sources.yaml").write_text(text, "utf-8")

    def pin(self, pins: Mapping[str, Pin]) -> None:
        write_pins(self.tools / FILE, {"shelf": pins})

    def pinned(self) -> Mapping[str, Pin]:
        return read_pins(self.tools / FILE).get("shelf", {})

    def accept(self, *options: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """`baton tools accept shelf`."""
        return self.command("tools", "accept", "shelf", *options, answer=answer)

    def command(self, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """`baton …` with this folder."""
        environment = {**os.environ, "BATON_TOOLS": str(self.tools), "COLUMNS": "200", **self.environment}
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(
            command, input=answer, env=environment, cwd=HERE.parent, capture_output=True, text=True, timeout=90
        )

    def load(self) -> Catalog:
        return Catalog.load(self.tools, self.environment)

    def use(self, work: Callable[[Catalog], Awaitable[T]]) -> T:
        """Load the tools, do something with them, and close them."""

        async def whole() -> T:
            catalog = self.load()
            try:
                return await work(catalog)
            finally:
                await catalog.close()
                left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
                assert left == [], left

        return asyncio.run(whole())

    def outcome(self, tool: str, **arguments: Json) -> Returned | Declined | Doubtful:
        """What a desk would know after one call of a tool."""
        return self.use(lambda catalog: outcome(catalog, tool, **arguments))

    def journal(self) -> list[str]:
        """The effects that the server had."""
        file = self.things / ".journal"
        return file.read_text().splitlines() if file.exists() else []


async def outcome(catalog: Catalog, tool: str, **arguments: Json) -> Returned | Declined | Doubtful:
    found = catalog[tool]
    return await _outcome(found, found.call(context(), found.parse(arguments)))


def context() -> RunContext:
    async def search(query: str, limit: int = 5) -> list[Any]:
        return []

    return RunContext("run_1", Actor("U0AMELIE01"), dt.datetime(2026, 11, 26, tzinfo=dt.UTC), search=search)


def rogue_pins() -> dict[str, Pin]:
    return {name: Pin(f"Does {name}.", {"type": "object"}) for name in ROGUE}
