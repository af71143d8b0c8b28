"""What an operator configures: `.env.example` tells all of it, and a wrong value is named."""

from __future__ import annotations

import os
import re
from pathlib import Path

import dotenv
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.settings import Settings
from bot.tooling.sources import described_in

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines differ

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / ".env.example"
NAMES = {name.upper() for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without settings."""
    for name in NAMES & set(os.environ):
        monkeypatch.delenv(name)


def entries(text: str) -> list[tuple[str, str, str]]:
    """Name, default and the comment above it, of every line that can be filled in."""
    return re.findall(r"^# (.*)\n#([A-Z_]+)=(.*)$", text, re.MULTILINE)


def test_the_example_tells_every_setting_with_its_default_and_meaning() -> None:
    written = [(name, default, comment) for comment, name, default in entries(EXAMPLE.read_text("utf-8"))]
    settings = [
        (name.upper(), "" if field.default is None else str(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert written[: len(settings)] == settings
    assert [name for name, _, _ in written[len(settings) :]] == [
        "TRYTON_URL",
        "ODOO_URL",
        "SALESFORCE_URL",
        "OPCUA_URL",
        "MAIL_URL",
    ]


def test_the_example_names_the_variables_of_the_shipped_systems() -> None:
    sources = "\n".join(file.read_text("utf-8") for file in described_in(ROOT / "tools"))
    wanted = re.findall(r"\$\{(\w+)\}", re.sub(r"#.*", "", sources))
    written = re.findall(r"^#([A-Z_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    settings = [name.upper() for name in Settings.model_fields]
    assert (written[: len(settings)], sorted(written[len(settings) :])) == (settings, sorted(wanted))


def test_the_example_as_it_is_changes_nothing() -> None:
    assert dotenv.dotenv_values(EXAMPLE) == {}


def test_the_example_filled_in_with_its_defaults_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^#(\w+=)", r"\1", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE))
    default = Settings.read()
    for name, value in dotenv.dotenv_values(file).items():
        monkeypatch.setenv(name, value or "")
    assert Settings.read() == default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATON_PORT", "http"),
        ("BATON_PORT", "70000"),
        ("BATON_PORT", "-1"),
        ("BATON_CHROMA_URL", "localhost:8000"),
        ("BATON_CHROMA_URL", "ftp://chroma.example"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        Settings.read()
    assert str(caught.value).startswith(f"{name}: ")
    assert repr(value) in str(caught.value)


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_PORT", "http")
    monkeypatch.setenv("BATON_CHROMA_URL", "chroma")
    with pytest.raises(ConfigError, match=r"BATON_PORT: .*; BATON_CHROMA_URL: "):
        Settings.read()


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    default = Settings.read()
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert Settings.read() == default


def test_values_are_read_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BATON_PORT": "0", "BATON_HOME": "/data", "BATON_MODELS": "models.yaml", "OTHER": "x"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings.read()
    assert (settings.baton_port, settings.baton_home, settings.baton_models) == (0, Path("/data"), Path("models.yaml"))


@PATIENT
@given(st.none() | st.just("xoxb-1"), st.none() | st.just("xapp-1"), st.none() | st.just("secret"))
def test_what_slack_still_needs_is_said_as_lines_to_add(bot: str | None, app: str | None, secret: str | None) -> None:
    settings = Settings(slack_bot_token=bot, slack_app_token=app, slack_signing_secret=secret)
    names = [line.partition("=")[0] for line in settings.missing_for_slack()]
    assert not settings.has_several_workspaces
    assert names == ([] if bot else ["SLACK_BOT_TOKEN"]) + ([] if app or secret else ["SLACK_APP_TOKEN"])


@PATIENT
@given(st.none() | st.just("s"), st.none() | st.just("secret"), st.none() | st.just(" ") | st.just("T1, E2;T3"))
def test_what_several_workspaces_still_need_is_said_as_lines_to_add(
    client: str | None, signing: str | None, allowed: str | None
) -> None:
    settings = Settings(
        slack_client_id="1.2", slack_client_secret=client, slack_signing_secret=signing, slack_workspaces=allowed
    )
    assert settings.has_several_workspaces
    assert settings.workspaces == (["T1", "E2", "T3"] if allowed and allowed.strip() else [])
    wanted = {"CLIENT_SECRET": client, "SIGNING_SECRET": signing, "WORKSPACES": settings.workspaces}
    names = [line.partition("=")[0] for line in settings.missing_for_slack()]
    assert names == [f"SLACK_{name}" for name, given in wanted.items() if not given]


def test_one_bot_token_goes_before_several_workspaces() -> None:
    assert not Settings(slack_bot_token="xoxb-1", slack_client_id="1.2").has_several_workspaces
