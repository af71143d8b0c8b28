"""A folder of tools: each file is checked at the start, and what is wrong stops it with file, name and remedy."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import structlog
import yaml

from bot import NotDone, RunContext, Unsure
from bot.errors import ConfigError, ToolFileError
from bot.policy.policy import Policy
from bot.tooling.catalog import Catalog
from bot.tooling.sources import placeholders
from bot.types import Actor, Source

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


async def _nothing(query: str, limit: int = 5) -> list[Source]:
    return []


CTX = RunContext("run_1", Actor("U1"), dt.datetime(2026, 11, 3, tzinfo=dt.UTC), search=_nothing, idempotency_key="ap_1")


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
    with structlog.testing.capture_logs() as logs:
        whole = Catalog.load(ROOT / "tools", placeholders(ROOT / "tools"))
        unconfigured = Catalog.load(ROOT / "tools", {})
    assert set(unconfigured) < set(whole)
    assert {tool for entry in logs for tool in entry["tools"]} == set(whole) - set(unconfigured)
    assert all(tool.examples for tool in whole.values())


def test_rules_for_tools_that_are_left_out_are_not_idle() -> None:
    catalog = Catalog.load(ROOT / "tools", {})
    assert "confirm_odoo_quotation" not in catalog.facts()
    assert Policy.load(ROOT / "tools" / "policy.yaml", catalog.facts_of_all()).findings == ()


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
        (
            "systems: {billing: {base_url: '${BILLING_TOKEN}', timeout: '${BILLING_PASSWORD}'}}",
            "this is no address, such as https://crm.example.com/api; timeout: ",
        ),
        ("systems: {billing: {headers: '${BILLING_TOKEN}'}}", "billing: base_url: Field required; headers: "),
        (
            "systems: {billing: {base_url: 'https://x:${BILLING_TOKEN}'}}",
            "billing: base_url: Value error, this is no address",
        ),
        ("systems: {billing: {base_url: /api}}", "billing: base_url: Value error, this is no address"),
        (
            "systems: {billing: {base_url: 'http://x', headers: {Key: \"${BILLING_TOKEN}\\n\"}}}",
            "headers.Key: Value error, no header",
        ),
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
    assert [(entry["system"], entry["tools"], entry["to_add"]) for entry in logs] == [
        ("billing", ["refund"], [missing])
    ]


def test_each_system_may_have_a_file_of_its_own(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml="systems: {crm: {base_url: 'http://crm.test'}}")
    (place / "billing.sources.yaml").write_text(SOURCES, "utf-8")
    (place / "_kept.sources.yaml").write_text("systems: [", "utf-8")
    catalog = Catalog.load(place, ENVIRONMENT)
    assert (sorted(catalog), sorted(catalog.systems)) == (["overdue", "refund"], ["billing", "crm"])


def test_the_audit_hears_of_the_file_that_is_in_force_and_not_of_the_one_on_the_disk(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    before = catalog.inventory()["tools"]
    assert before["refund"]["file"] == "refunds.py"
    assert before["refund"]["sha256"] == hashlib.sha256(REFUNDS.encode()).hexdigest()
    (place / "refunds.py").write_text("def (", "utf-8")
    assert (catalog.refresh(), len(catalog.problems), catalog.inventory()["tools"]) == (True, 1, before)


def test_two_files_that_describe_one_system_stop_the_start(folder: Folder) -> None:
    place = folder(sources__yaml=SOURCES)
    (place / "again.sources.yaml").write_text(SOURCES, "utf-8")
    assert refusal(place) == (
        f"{place / 'again.sources.yaml'}: billing: something else that is described here already has this name; "
        "choose another"
    )


def test_a_file_for_a_system_is_read_changed_and_forgotten_while_baton_runs(folder: Folder) -> None:
    place = folder(sources__yaml="")
    catalog = Catalog.load(place, ENVIRONMENT)
    own = place / "billing.sources.yaml"
    own.write_text(SOURCES, "utf-8")
    assert (catalog.refresh(), list(catalog.systems), catalog.problems) == (True, ["billing"], ())
    own.write_text("systems: [", "utf-8")
    assert (catalog.refresh(), list(catalog.systems)) == (True, ["billing"])
    assert [problem.partition(" is not")[0] for problem in catalog.problems] == [f"{own}:"]
    own.unlink()
    assert (catalog.refresh(), list(catalog.systems), catalog.problems) == (True, [], ())


def test_a_system_that_nobody_describes_stops_the_start(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS)
    assert refusal(place) == (
        f"{place / 'refunds.py'}: refund: system 'billing' is not described: "
        f"add it under `systems:` in {place / 'sources.yaml'}"
    )


def test_a_wrong_file_of_systems_is_told_alone_and_not_what_follows_from_it(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml="systems: {billing: {base_url: nowhere}}")
    (told,) = refusal(place).splitlines()
    assert told.startswith(f"{place / 'sources.yaml'}: billing: base_url: ")


def test_operations_of_a_system_that_nobody_describes_are_told(folder: Folder) -> None:
    document = json.dumps({"openapi": "3.0.0", "paths": {"/x": {"get": {"operationId": "find_x", "responses": {}}}}})
    entry = "openapi: {crm: {document: crm.json, system: crm, operations: {find_x: null}}}\n"
    place = folder(sources__yaml=entry)
    (place / "crm.json").write_text(document, "utf-8")
    assert "find_x: system 'crm' is not described" in refusal(place)


def test_two_tools_of_one_name_stop_the_start(folder: Folder) -> None:
    place = folder(again__py=REFUNDS, refunds__py=REFUNDS, sources__yaml=SOURCES)
    assert refusal(place) == f"{place / 'refunds.py'}: refund: {place / 'again.py'} already has a tool of this name"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# refunds\ndef refund(:\n", "2: cannot be imported: SyntaxError"),
        ("import nowhere_to_be_found\n", "1: cannot be imported: ModuleNotFoundError: No module named"),
        ("def half():\n    return 1 / 0\n\n\nhalf()\n", "2: cannot be imported: ZeroDivisionError"),
        (REFUNDS.replace("invoice: str", "invoice"), "6: refund: argument 'invoice' has no type"),
    ],
)
def test_a_wrong_file_stops_the_start_with_its_name_and_line(folder: Folder, text: str, words: str) -> None:
    place = folder(refunds__py=text, sources__yaml=SOURCES)
    with pytest.raises(ToolFileError) as caught:
        Catalog.load(place, ENVIRONMENT)
    assert str(caught.value).startswith(f"{place / 'refunds.py'}:{words}")


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


# ---- read again while Baton runs


def test_a_changed_file_takes_effect_and_a_wrong_one_leaves_the_last_good_version(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    assert catalog.refresh() is False
    folder(refunds__py=REFUNDS.replace("Refund an invoice.", "Refund it all."))
    assert catalog.refresh() is True
    assert catalog["refund"].description == "Refund it all."

    folder(refunds__py=REFUNDS.replace("invoice: str", "invoice"))
    assert catalog.refresh() is True
    assert catalog["refund"].description == "Refund it all."
    assert catalog.problems == (f"{place / 'refunds.py'}:6: refund: argument 'invoice' has no type",)
    assert catalog.refresh() is False

    folder(refunds__py=REFUNDS)
    assert catalog.refresh() is True
    assert (catalog["refund"].description, catalog.problems) == ("Refund an invoice.", ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"import sys\nsys.exit(3)\n", "refunds.py:2: cannot be imported: SystemExit: 3"),
        (b"x = 'caf\xe9'\n", "refunds.py:1: cannot be imported: SyntaxError"),
        (b"x = [\n" * 3000, "refunds.py:"),
    ],
)
def test_whatever_a_file_does_when_it_is_read_baton_goes_on(folder: Folder, text: bytes, told: str) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    (place / "refunds.py").write_bytes(text)
    assert catalog.refresh() is True
    assert told in catalog.problems[0]
    assert sorted(catalog) == ["overdue", "refund"]


def test_a_folder_that_is_away_for_a_moment_takes_no_tool_with_it(folder: Folder, tmp_path: Path) -> None:
    catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES), ENVIRONMENT)
    (tmp_path / "tools").rename(tmp_path / "old")
    assert catalog.refresh() is False
    (tmp_path / "old").rename(tmp_path / "tools")
    assert sorted(catalog) == ["overdue", "refund"]


@pytest.mark.parametrize(
    "text", ["[1]", "systems: " + "[" * 5000, "7: 8", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_a_sources_file_of_odd_form_is_one_problem(folder: Folder, text: str) -> None:
    catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES), ENVIRONMENT)
    folder(sources__yaml=text)
    assert catalog.refresh() is True
    assert len(catalog.problems) == 1
    assert sorted(catalog) == ["overdue", "refund"]


def test_what_nobody_foresaw_is_a_problem_of_its_file_alone(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    monkeypatch.setattr(yaml, "safe_load", lambda text: 1 / 0)
    folder(sources__yaml=SOURCES + "\n", refunds__py=REFUNDS.replace("Refund an invoice.", "Refund it all."))
    assert catalog.refresh() is True
    assert catalog.problems == (f"{place / 'sources.yaml'}: cannot be read: ZeroDivisionError",)
    assert catalog["refund"].description == "Refund it all."


def test_a_system_that_is_described_as_before_goes_on(folder: Folder) -> None:
    catalog = Catalog.load(folder(sources__yaml=SOURCES), ENVIRONMENT)
    before = catalog.systems["billing"]
    folder(sources__yaml=SOURCES + "  stock: {base_url: 'http://stock.example'}\n")
    assert catalog.refresh() is True
    assert catalog.systems["billing"] is before
    folder(sources__yaml=SOURCES.replace("timeout: 5", "timeout: 6"))
    assert catalog.refresh() is True
    assert catalog.systems["billing"] is not before


def test_files_come_and_go_and_a_tool_may_move_from_one_to_another(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    first, second = REFUNDS.split("@tool(read_only=True)")
    folder(refunds__py=first, late__py=REFUNDS.split("@tool")[0] + "@tool(read_only=True)" + second)
    assert catalog.refresh() is True
    assert (sorted(catalog), catalog.problems) == (["overdue", "refund"], ())
    assert catalog["overdue"].file.endswith("late.py")
    (place / "late.py").unlink()
    assert catalog.refresh() is True
    assert (list(catalog), catalog.problems) == (["refund"], ())


def test_a_new_tool_may_come_with_its_system_and_a_name_that_is_taken_is_refused(folder: Folder) -> None:
    place = folder(refunds__py=REFUNDS, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    stock = REFUNDS.replace("billing", "stock").replace("def refund", "def count").replace("def overdue", "def late")
    folder(counting__py=stock)
    assert catalog.refresh() is True
    assert "system 'stock' is not described" in catalog.problems[0]
    folder(sources__yaml=SOURCES + "  stock: {base_url: 'http://stock.example'}\n", counting__py=stock + "\n")
    assert catalog.refresh() is True
    assert (sorted(catalog), catalog.problems) == (["count", "late", "overdue", "refund"], ())
    assert sorted(catalog.systems) == ["billing", "stock"]
    folder(counting__py=stock.replace("def late", "def overdue"))
    assert catalog.refresh() is True
    assert catalog.problems == (
        f"{place / 'counting.py'}: overdue: {place / 'refunds.py'} already has a tool of this name",
    )
    assert (catalog["overdue"].file, "late" in catalog) == (str(place / "refunds.py"), True)


def test_a_wrong_sources_file_leaves_the_systems_as_they_were(folder: Folder) -> None:
    catalog = Catalog.load(folder(refunds__py=REFUNDS, sources__yaml=SOURCES), ENVIRONMENT)
    before = catalog.systems["billing"]
    folder(sources__yaml="systems: [")
    assert catalog.refresh() is True
    assert catalog.systems["billing"] is before
    assert "is not valid YAML" in catalog.problems[0]


def test_a_sibling_that_changes_is_read_again_with_the_files_that_import_it(folder: Folder) -> None:
    importing = REFUNDS.replace("from bot", "from _fresh_sibling import FIRST\nfrom bot").replace(
        '"Refund INV-1042"', "FIRST"
    )
    place = folder(_fresh_sibling__py="FIRST = 'Refund one'\n", refunds__py=importing, sources__yaml=SOURCES)
    catalog = Catalog.load(place, ENVIRONMENT)
    folder(_fresh_sibling__py="FIRST = 'Refund two'\n")  # of the same size, within the same second
    assert catalog.refresh() is True
    assert catalog["refund"].examples[0] == "Refund two"


async def test_a_call_that_has_not_come_back_is_not_lost_sight_of_when_its_file_changes(folder: Folder) -> None:
    slow = (
        REFUNDS.replace("from bot", "import time\nfrom bot")
        .replace('"""Refund an invoice."""', '"""Refund an invoice."""\n    time.sleep(0.4)')
        .replace('system="billing"', "timeout=0.1")
        + "\n\n@refund.reconcile\ndef _look(ctx, key):\n    return NotDone()\n"
    )
    place = folder(refunds__py=slow.replace("RunContext, tool", "NotDone, RunContext, tool"))
    catalog = Catalog.load(place, {})
    with pytest.raises(TimeoutError):
        await catalog["refund"].call(CTX, {"invoice": "INV-1"})
    folder(refunds__py=(place / "refunds.py").read_text() + "\n")
    assert catalog.refresh() is True
    assert isinstance(await catalog["refund"].settle(CTX, "ap_1"), Unsure), "its thread still works"
    await asyncio.sleep(0.6)
    assert isinstance(await catalog["refund"].settle(CTX, "ap_1"), NotDone)
