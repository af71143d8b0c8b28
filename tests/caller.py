"""Somebody who uses tools, as the loop and the desk would for them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import RunContext
from bot.tooling.catalog import Catalog
from bot.types import Actor, Source
from tests.erp import ROOT

FRENCH, ENGLISH = Actor("U1", locale="fr-FR"), Actor("U1", locale="en-US")
NOW = dt.datetime(2026, 11, 26, 9, 30, tzinfo=dt.UTC)


async def no_search(query: str, limit: int = 5) -> list[Source]:
    return []


def shipped(folder: Path, *names: str, sources: str) -> Path:
    """A tools folder with these of the shipped files and folders, and with a `sources.yaml` of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        place = ROOT / "tools" / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            shutil.copy(place, folder)
    (folder / "sources.yaml").write_text(sources, "utf-8")
    return folder


class Caller:
    """A person and the tools that they reach."""

    def __init__(self, catalog: Catalog, actor: Actor = FRENCH) -> None:
        self.catalog, self.actor = catalog, actor

    def context(self, key: str | None = None, witness: Mapping[str, Any] | None = None) -> RunContext:
        systems = self.catalog.systems
        return RunContext("r1", self.actor, NOW, systems, search=no_search, idempotency_key=key, witness=witness or {})

    async def call(self, name: str, key: str | None = None, witness: Any = None, **arguments: Any) -> Any:
        tool = self.catalog[name]
        return await tool.call(self.context(key, witness), tool.parse(arguments))

    async def show(self, name: str, **arguments: Any) -> Any:
        tool = self.catalog[name]
        return await tool.show(self.context(), tool.parse(arguments))

    async def facts(self, name: str, **arguments: Any) -> Any:
        tool = self.catalog[name]
        return await tool.facts(self.context(), tool.parse(arguments))

    async def settle(self, name: str, key: str, witness: Any = None) -> Any:
        return await self.catalog[name].settle(self.context(witness=witness), key)
