"""A folder of tools: each file is checked at the start, and what is wrong stops it with file, name and remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import structlog

from bot.errors import ConfigError, ToolFileError
from bot.tooling.catalog import Catalog

ROOT = Path(__file__).parents[1]

REFUNDS = '''
"""Refunds."""
from bot import RunContext, tool


@tool(system="billing", examples=["Refund INV-1042", "Rembourse INV-1042"])
def refund(ctx: RunContext, invoice: str) -> None:
    """Refund an invoice."""


@tool(read_only=True)
def overdue(ctx: RunContext) -> list[str]:
    """Which invoices are overdue."""
    return []
'''
SOURCES = """
systems:
  billing:
    base_url: https://${BILLING_HOST}/api
    headers: {Authorization: "Bearer ${BILLING_TOKEN}"}
    password: ${BILLING_PASSWORD}
    company: 7
    timeout: 5
"""
ENVIRONMENT = {"BILLING_HOST": "billing.example", "BILLING_TOKEN": "s3cret-token", "BILLING_PASSWORD": "s3cret-word"}
Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Makes a folder of tools out of named texts."""

    def make(**files: str) -> Path:
        place = tmp_path / "tools"
        place.mkdir(exist_ok=True)
        for name, text in files.items():
            (place / name.replace("__yaml", ".yaml").replace("__py", ".py")).write_text(text)
        return place

    return make


def refusal(folder: Path, environment: Mapping[str, str] = ENVIRONMENT) -> str:
    with pytest.raises(ConfigError) as caught:
        Catalog.load(folder, environment)
    return str(caught.value)


def test_a_folder_becomes_tools(folder: Folder) -> None:
    catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES, notes__txt="no tool"), ENVIRONMENT)
    assert list(catalog) == ["refund", "overdue"]
    assert catalog["refund"].file.endswith("tools/refunds.py")
    assert (catalog["refund"].read_only, catalog["overdue"].read_only) == (False, True)


def test_models_hear_what_is_consequential_and_how_people_ask(folder: Folder) -> None:
    catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES), ENVIRONMENT)
    assert [one["function"]["description"] for one in catalog.describe()] == [
        "Refund an invoice.\n\nConsequential: waits for a person's decision.\n\n"
        "Examples:\n- Refund INV-1042\n- Rembourse INV-1042",
        "Which invoices are overdue.",
    ]
    assert catalog.describe()[0]["function"]["parameters"] == catalog["refund"].schema


def test_the_shipped_tools_load() -> None:
    environment = {f"TRYTON_{name}": "http://localhost" for name in ("URL", "DATABASE", "LOGIN", "PASSWORD")}
    with structlog.testing.capture_logs() as logs:
        whole = Catalog.load(ROOT / "tools", environment)
        without_erp = Catalog.load(ROOT / "tools", {})
    assert set(without_erp) < set(whole)
    assert {entry["tool"] for entry in logs} == set(whole) - set(without_erp)
    assert all(tool.examples for tool in whole.values())


async def test_a_system_is_a_client_with_its_address_and_settings(folder: Folder) -> None:
    catalog = Catalog.load(folder(sources__yaml=SOURCES), ENVIRONMENT)
    billing = catalog.systems["billing"]
    assert str(billing.base_url) == "https://billing.example/api/"
    assert billing.headers["Authorization"] == "Bearer s3cret-token"
    assert billing.config == {"password": "s3cret-word", "company": "7"}
    assert billing.timeout.read == 5
    await catalog.close()
    assert billing.is_closed


def test_secrets_are_never_shown(folder: Folder) -> None:
    catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES), ENVIRONMENT)
    billing = catalog.systems["billing"]
    shown = [repr(billing), str(billing), repr(catalog), repr(catalog.describe()), repr(list(catalog.values()))]
    assert [text for text in shown if "s3cret" in text] == []


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ("systems: {billing: {base_url: '${BILLING_TOKEN}', timeout: '${BILLING_PASSWORD}'}}", "billing: timeout: "),
        ("systems: {billing: {headers: '${BILLING_TOKEN}'}}", "billing: base_url: Field required; headers: "),
        ("systems: {billing: s3cret}", "systems: systems.billing: Input should be a valid dictionary"),
        ("sytems: {}", "systems: sytems: Extra inputs are not permitted"),
        ("systems: [", "is not valid YAML"),
    ],
)
def test_wrong_sources_are_refused_without_showing_a_secret(folder: Folder, sources: str, words: str) -> None:
    message = refusal(folder(sources__yaml=sources))
    assert "sources.yaml: " in message
    assert words in message
    assert "s3cret" not in message


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
@pytest.mark.parametrize("value", [None, ""])
def test_tools_of_a_system_with_missing_variables_are_left_out_and_the_log_says_which(
    folder: Folder, missing: str, value: str | None
) -> None:
    environment = {name: text for name, text in ENVIRONMENT.items() if name != missing}
    if value is not None:
        environment[missing] = value
    with structlog.testing.capture_logs() as logs:
        catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES), environment)
    assert (list(catalog), list(catalog.systems)) == (["overdue"], [])
    assert [(entry["tool"], entry["system"], entry["to_add"]) for entry in logs] == [("refund", "billing", [missing])]


def test_a_system_that_nobody_describes_stops_the_start(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS)
    assert refusal(place) == (
        f"{place / 'refunds.py'}: refund: system 'billing' is not described: "
        f"add it under `systems:` in {place / 'sources.yaml'}"
    )


def test_two_tools_of_one_name_stop_the_start(folder: Folder) -> None:
    place = folder(again__py=REFUNDS, refunds__py=REFUNDS, sources__yaml=SOURCES)
    assert refusal(place) == f"{place / 'refunds.py'}: refund: {place / 'again.py'} already has a tool of this name"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def refund(:\n", "cannot be imported: SyntaxError"),
        ("import nowhere_to_be_found\n", "cannot be imported: ModuleNotFoundError: No module named"),
        ("1 / 0\n", "cannot be imported: ZeroDivisionError"),
        (REFUNDS.replace("invoice: str", "invoice"), "refund: argument 'invoice' has no type"),
    ],
)
def test_a_wrong_file_stops_the_start_with_its_name(folder: Folder, text: str, words: str) -> None:
    place = folder(refunds__py=text, sources__yaml=SOURCES)
    with pytest.raises(ToolFileError) as caught:
        Catalog.load(place, ENVIRONMENT)
    assert str(caught.value).startswith(f"{place / 'refunds.py'}: {words}")


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no") == f"BATON_TOOLS: {tmp_path / 'no'} is not a folder"


def test_files_that_begin_with_an_underscore_are_siblings_to_import(folder: Folder) -> None:
    sibling = REFUNDS.replace("refund", "hidden").replace("overdue", "concealed")
    place = folder(
        _catalog_sibling__py=sibling + "\nFIRST = 'INV-1'\n",
        invoices__py=REFUNDS.replace("from bot", "from _catalog_sibling import FIRST, concealed\nfrom bot").replace(
            "return []", "return [FIRST]"
        ),
        sources__yaml=SOURCES,
    )
    assert list(Catalog.load(place, ENVIRONMENT)) == ["refund", "overdue"]


def test_files_of_two_folders_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    catalogs = []
    for name in ("one", "two"):
        (tmp_path / name / "tools").mkdir(parents=True)
        (tmp_path / name / "tools" / "refunds.py").write_text(REFUNDS.replace("overdue", f"overdue_{name}"))
        (tmp_path / name / "tools" / "sources.yaml").write_text(SOURCES)
        catalogs.append(Catalog.load(tmp_path / name / "tools", ENVIRONMENT))
    assert [list(catalog) for catalog in catalogs] == [["refund", "overdue_one"], ["refund", "overdue_two"]]
