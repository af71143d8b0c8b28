"""The offline assistant with tools that nobody told it about, and with requests that were written apart from it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.models.offline import Offline
from tests.conftest import empty_database
from tests.house import AMELIE, BRUNO, ROOT, SALES, House, Slack
from tests.measure_offline import TODAY, catalogs, outcome, requests


@pytest.mark.parametrize("request_", requests(), ids=lambda r: r["id"])
def test_no_consequential_call_that_was_not_asked_for(request_: dict[str, object]) -> None:
    catalog = _CATALOGS[str(request_["set"])]
    _, _, called = outcome(request_, _ASSISTANT, catalog)
    wanted = {request_.get("tool")} if request_["expect"] == "call" else set()
    assert {name for name in called if not catalog[name].read_only} <= wanted


_CATALOGS = catalogs()
_ASSISTANT = Offline(None, lambda: TODAY)


@pytest.fixture(scope="module")
def unseen(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Baton without a model, with a folder of tools that the product does not ship."""
    home = tmp_path_factory.mktemp("unseen")
    tools = home / "tools"
    tools.mkdir()
    for file in (ROOT / "tests" / "unseen_tools").glob("*.py"):
        (tools / file.name).write_text(file.read_text())
    (tools / "policy.yaml").write_text('groups: {approvers: {members: "@production"}}\n')
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, tools=tools, environment={"UNSEEN_LEDGER": str(home / "unseen.ledger")})
        house.start()
        yield house
        house.close()


def test_a_folder_of_unknown_tools_works_from_the_question_to_the_approved_effect(unseen: House) -> None:
    question = unseen.slack.say(AMELIE, "<@UBATON01> quelles salles avons-nous ?", SALES)
    assert "Belledonne" in unseen.answer(SALES, question, showing="Belledonne")
    ts = unseen.slack.say(AMELIE, "<@UBATON01> réserve la salle Belledonne pour demain", SALES)
    card = unseen.card(SALES, ts, showing="book_room")
    assert not (unseen.home / "unseen.ledger").exists()
    unseen.slack.click(BRUNO, card, "approve")
    unseen.answer(SALES, ts, showing="P-1 est fait")
    (line,) = (unseen.home / "unseen.ledger").read_text().splitlines()
    assert "Belledonne" in json.dumps(json.loads(line), ensure_ascii=False)
