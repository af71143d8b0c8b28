"""The command line, as an admin and an auditor use it beside a running Baton."""

from __future__ import annotations

import pytest

from tests.house import AMELIE, BRUNO, SALES, House, baton, text_of
from tests.provider import Provider, calls


def proposal(house: House, provider: Provider) -> str:
    provider.script += [calls("write_entry", text="hello")]
    house.start()
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.card(SALES, ts, showing="En attente de")
    return ts


def test_the_audit_tells_the_story_of_a_run(house: House, provider: Provider) -> None:
    ts = proposal(house, provider)
    house.slack.click(BRUNO, house.card(SALES, ts), "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    ((run_id,),) = house.rows("SELECT id FROM runs")
    told = baton(house, "audit", run_id)
    assert told.returncode == 0, told.stderr
    story = ["run.began", AMELIE, "approval.proposed", "approval.approve", BRUNO, "approval.claim", "approval.returned"]
    places = [told.stdout.find(word) for word in story]
    assert -1 not in places
    assert "“hello” is in the book" in told.stdout
    assert baton(house, "audit", "run_nobody").stderr.strip() == "baton: no run 'run_nobody' is in the audit trail"


@pytest.mark.parametrize(("verb", "shown"), [("reject", "Refusé"), ("expire", "Expiré")])
def test_what_ends_on_the_command_line_shows_on_the_card(
    house: House, provider: Provider, verb: str, shown: str
) -> None:
    ts = proposal(house, provider)
    assert "P-1" in baton(house, "approvals", "list").stdout
    assert baton(house, "approvals", verb, "p-1").returncode == 0
    card = house.card(SALES, ts, showing=shown)
    assert "Approuver" not in text_of(card)
    again = baton(house, "approvals", verb, "P-1")
    assert again.returncode == 2
    assert "nothing changed" in again.stderr
    assert house.written() == []


def test_the_command_line_cannot_approve(house: House) -> None:
    assert baton(house, "approvals", "approve", "P-1").returncode != 0


def test_documents_are_read_again_by_the_baton_that_runs(house: House) -> None:
    house.start()
    page = house.home / "documents" / "tea.md"
    page.write_text("# Tea\n\nTea is served at four.\n")
    try:
        told = baton(house, "ingest")
        assert (told.returncode, told.stdout.strip()) == (0, "pages: 1 added, 0 changed, 0 removed, 0 unchanged")
    finally:
        page.unlink()


def test_tools_are_listed_with_who_decides(house: House) -> None:
    lines = baton(house, "tools", "list").stdout.splitlines()
    assert any("write_entry" in line and "write" in line and "finance" in line for line in lines)
    assert any("count_entries" in line and "read" in line for line in lines)


def test_a_start_without_slack_says_which_lines_to_add(house: House) -> None:
    told = baton(house, "run", SLACK_BOT_TOKEN="", SLACK_APP_TOKEN="")
    assert told.returncode == 2
    assert "SLACK_BOT_TOKEN=xoxb-" in told.stderr
    assert "SLACK_APP_TOKEN=xapp-" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("BATON_PORT", "many", "BATON_PORT"),
        ("BATON_TOOLS", "/nowhere", "BATON_TOOLS: /nowhere is not a folder"),
        ("BATON_MODELS", "/nowhere.yaml", "BATON_MODELS: /nowhere.yaml cannot be read"),
        ("BATON_DATABASE_URL", "postgresql://127.0.0.1:9/none", "BATON_DATABASE_URL"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(house: House, setting: str, value: str, said: str) -> None:
    told = baton(house, "run", **{setting: value, "BATON_HOME": str(house.home / "other")})
    assert told.returncode == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_group_that_slack_does_not_have_is_named_at_the_start(house: House) -> None:
    tools = house.home / "groupless"
    tools.mkdir(exist_ok=True)
    (tools / "policy.yaml").write_text('groups: {ghosts: {members: "@ghosts", channel: "#nowhere"}}\n')
    house.baton.kill()
    baton_with_ghosts = House(house.home, house.slack, house.database, house.models, tools)
    baton_with_ghosts.start()
    baton_with_ghosts.baton.wait_for("Slack shows no user group @ghosts")
    baton_with_ghosts.baton.wait_for("Slack shows no channel #nowhere")
    baton_with_ghosts.close()
