"""Several workspaces with one Baton: each is answered in its own, by its own token, and decides on its own proposals."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation

from bot import at_hand
from bot.errors import NoWorkspace
from bot.settings import Settings
from bot.slack.connection import client
from bot.slack.installing import scopes
from bot.slack.workspaces import Installations
from tests.conftest import empty_database
from tests.erp import free_port
from tests.house import AMELIE, BRUNO, CHLOE, SALES, House, text_of, until
from tests.provider import Provider, calls, says
from tests.slacks import SECRET, Slacks, Workspace


@dataclass
class Company:
    """One Baton for two workspaces; `valmont` and `lyon` are its house, seen from each."""

    slacks: Slacks
    valmont: House
    lyon: House
    site: str

    def install(self, team: str, **forged: str) -> httpx.Response:
        """Go to Baton's page, press Allow at Slack, and come back with its code."""
        begun = httpx.get(f"{self.site}/slack/install")
        sent = {key: value for key, (value,) in parse_qs(urlsplit(begun.headers["Location"]).query).items()}
        assert begun.headers["Location"].startswith(f"{self.slacks.url}/oauth/v2/authorize?")
        assert (sent["client_id"], sent["scope"].split(",")) == ("11.22", list(scopes()))
        cookie = begun.headers["Set-Cookie"].partition(";")[0]
        returned = {"code": team, "state": sent["state"], **forged}
        headers = {"Cookie": cookie, "Accept-Language": "fr-FR,fr;q=0.9"}
        return httpx.get(f"{self.site}/slack/oauth_redirect", params=returned, headers=headers)

    @property
    def installed(self) -> set[str]:
        folder = self.valmont.home / "baton" / "installations" / "11.22"
        return {file.parent.name for file in folder.glob("*/bot-latest")}


@pytest.fixture(scope="module")
def company(server: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    home, port = tmp_path_factory.mktemp("teams"), free_port()
    slacks = Slacks(home, port)
    settings = {
        "SLACK_API_URL": f"{slacks.url}/api/", "SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "", "SLACK_ADMIN_TOKEN": "",
        "SLACK_CLIENT_ID": "11.22", "SLACK_CLIENT_SECRET": "secret", "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_WORKSPACES": "T0VALMONT1, T0LYON0002", "BATON_PORT": str(port),
    }  # fmt: skip
    with empty_database(server) as url:
        valmont, lyon = (
            House(home, one.slack, url, provider.models, environment=settings) for one in (slacks.valmont, slacks.lyon)
        )
        lyon._baton = valmont.baton
        yield Company(slacks, valmont, lyon, f"http://127.0.0.1:{port}")
        valmont.close()
        slacks.close()


def press(workspace: Workspace, person: str, approval_id: str) -> None:
    """Send a press of "approve" as Slack would, whatever the card shows there."""
    payload = {
        "type": "block_actions", "team": {"id": "T0VALMONT1", "domain": "x"}, "trigger_id": f"1.{approval_id}.{person}",
        "user": {"id": person, "team_id": "T0VALMONT1"}, "channel": {"id": SALES}, "api_app_id": "A0BATON001",
        "container": {"type": "message", "channel_id": SALES, "message_ts": "1.1"},
        "actions": [{"action_id": "baton_approve", "block_id": "b", "type": "button", "value": approval_id}],
    }  # fmt: skip
    workspace.slack.envelope(payload, kind="interactive")


def tell(workspace: Workspace, event: dict[str, Any]) -> None:
    """Send an event as Slack would."""
    workspace.slack.envelope(
        {
            "type": "event_callback",
            "team_id": "T0VALMONT1",
            "api_app_id": "A0BATON001",
            "event_id": "Ev1",
            "event": event,
        }
    )


def test_two_workspaces_from_their_installation_to_its_end(company: Company, provider: Provider) -> None:
    slacks, valmont, lyon = company.slacks, company.valmont, company.lyon
    provider.reset()
    valmont.start()
    assert "no workspace yet" in valmont.baton.output()

    # Nobody is answered before the installation, and only who is admitted can install.
    valmont.slack.say(AMELIE, "<@UBATON01> bonjour", SALES)
    until("it is refused", lambda: 400 in slacks.answered)
    stranger = company.install("T0STRANGER")
    assert (stranger.status_code, slacks.revoked) == (403, ["xoxb-stranger"])
    assert "n&#x27;a pas admis cet espace de travail" in stranger.text
    for forged in ({"state": "../11.22"}, {"state": "0" * 36}, {"code": "unknown"}, {"error": "access_denied"}):
        assert "pas été installé. Ouvrez" in company.install("T0LYON0002", **forged).text
    assert company.installed == set()
    assert valmont.rows("SELECT 1 FROM inbox") == []

    for workspace in (slacks.valmont, slacks.lyon):
        done = company.install(workspace.team)
        assert (done.status_code, f"Baton est installé dans {workspace.names[4]}." in done.text) == (200, True)
    assert company.installed == {"none-T0VALMONT1", "none-T0LYON0002"}
    kept = list((valmont.home / "baton" / "installations").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_dir()} == {0o700}

    # Each is answered in its own, though people and channels have the same ids in both.
    lyon.slack.group("finance", [CHLOE])
    provider.script += [calls("write_entry", text="from Valmont")]
    there = valmont.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    card = valmont.card(SALES, there, showing="En attente de")
    provider.script += [calls("write_entry", text="from Lyon")]
    here = lyon.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    other = lyon.card(SALES, here, showing="En attente de")
    assert ("from Valmont" in text_of(card), "from Lyon" in text_of(other)) == (True, True)

    # Who decides is who is in the group there.
    valmont.slack.click(CHLOE, card, "approve")
    valmont.answer(SALES, there, showing="Vous ne faites pas partie", person=CHLOE)
    lyon.slack.click(BRUNO, other, "approve")
    lyon.answer(SALES, here, showing="Vous ne faites pas partie", person=BRUNO)

    # A press in one workspace decides nothing in the other, by whomever.
    first, second = (row[0] for row in valmont.rows("SELECT id FROM approvals ORDER BY number"))
    press(slacks.lyon, BRUNO, first)
    press(slacks.valmont, CHLOE, second)
    valmont.settle()
    assert valmont.approvals() == ["pending", "pending"]
    assert valmont.rows("SELECT * FROM decisions") == []
    posted = "SELECT team, person FROM posts WHERE body->>'notice' = 'not_ours' ORDER BY created_at"
    assert valmont.rows(posted) == [("T0LYON0002", BRUNO), ("T0VALMONT1", CHLOE)]

    # What waits for somebody is what waits there.
    assert "P-1" in (standing := valmont.slack.command(BRUNO, "/baton status"))
    assert "P-2" not in standing
    assert "P-1" not in lyon.slack.command(BRUNO, "/baton status")

    valmont.slack.click(BRUNO, card, "approve")
    valmont.answer(SALES, there, showing="P-1 est fait")
    lyon.slack.click(CHLOE, other, "approve")
    lyon.answer(SALES, here, showing="P-2 est fait")
    assert valmont.written() == ["from Valmont", "from Lyon"]

    # A restart keeps both; one that ends leaves the other.
    valmont.baton.stop()
    valmont.start()
    assert "connected to Ateliers Valmont, Valmont Lyon" in valmont.baton.output() or (
        "connected to Valmont Lyon, Ateliers Valmont" in valmont.baton.output()
    )
    tell(slacks.lyon, {"type": "tokens_revoked", "tokens": {"oauth": ["U0DAVID001"], "bot": ["U0OTHER001"]}})
    provider.script += [says("Bonjour de Lyon.")]
    lyon.answer(SALES, lyon.slack.say(AMELIE, "<@UBATON01> bonjour", SALES), showing="Bonjour de Lyon")
    tell(slacks.lyon, {"type": "app_uninstalled"})
    until("Lyon's installation is gone", lambda: company.installed == {"none-T0VALMONT1"})
    before = valmont.rows("SELECT count(*) FROM inbox")
    slacks.answered.clear()
    lyon.slack.say(AMELIE, "<@UBATON01> encore là ?", SALES)
    until("it is refused", lambda: 400 in slacks.answered)
    assert valmont.rows("SELECT count(*) FROM inbox") == before
    provider.script += [says("Bonjour de Valmont.")]
    valmont.answer(SALES, valmont.slack.say(AMELIE, "<@UBATON01> bonjour", SALES), showing="Bonjour de Valmont")


# ---- the whole of an organisation


def installed(team: str | None, enterprise: str | None, token: str) -> Installation:
    return Installation(
        user_id="U1", bot_token=token, bot_id="B1", bot_user_id="U2", team_id=team, enterprise_id=enterprise,
        is_enterprise_install=team is None,
    )  # fmt: skip


def comes_from(team: str, enterprise: str | None = None) -> AsyncBoltContext:
    context = SimpleNamespace(team_id=team, enterprise_id=enterprise, is_enterprise_install=enterprise is not None)
    return cast(AsyncBoltContext, context)


@pytest.fixture
def organisation(tmp_path: Path) -> Installations:
    """E1 as a whole, and the workspace T9 that belongs to nobody; T8 is not admitted."""
    found = Installations(tmp_path, "11.22", ["E1", "T9"])
    for one in (installed(None, "E1", "xoxb-e1"), installed("T9", None, "xoxb-t9"), installed("T8", None, "xoxb-t8")):
        found.store.save(one)
    return found


def test_an_organisations_installation_serves_each_of_its_workspaces_and_no_other(organisation: Installations) -> None:
    assert organisation.teams == ["T9"]
    assert [organisation.admit(comes_from(team, "E1")) for team in ("T1", "T2")] == ["T1", "T2"]
    assert [organisation.admit(comes_from(team)) for team in ("T9", "T8", "T3", "../E1-none")] == [
        "T9",
        None,
        None,
        None,
    ]
    assert organisation.admit(comes_from("T5", "E2")) is None
    assert organisation.teams == ["T1", "T2", "T9"]
    assert [organisation.share("T1", other) for other in ("T2", "T9", "T8")] == [True, False, False]
    assert organisation.share("T3", "T3") is False
    with at_hand.working_for("T1"):
        assert (organisation.reach, organisation.here and organisation.here.bot_token) == (["T1", "T2"], "xoxb-e1")
    with at_hand.working_for("T9"):
        assert (organisation.reach, organisation.here and organisation.here.bot_token) == (["T9"], "xoxb-t9")


def test_an_organisations_installation_ends_for_all_of_its_workspaces(organisation: Installations) -> None:
    organisation.admit(comes_from("T1", "E1"))
    with at_hand.working_for("T1"):
        assert organisation.here
        organisation.remove(organisation.here)
        assert organisation.here is None
    assert organisation.teams == ["T9"]


async def test_each_call_takes_the_token_of_the_workspace_at_hand_or_none_at_all(organisation: Installations) -> None:
    asked = list[tuple[str, str, str]]()

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path, request.headers["Authorization"], request.query.get("team_id", "")))
        return web.json_response({"ok": True})

    application = web.Application()
    application.router.add_route("*", "/{method}", answer)
    organisation.admit(comes_from("T2", "E1"))
    async with TestServer(application) as server:
        slack = client(Settings(slack_client_id="11.22", slack_api_url=str(server.make_url("/"))), organisation)
        for team in ("T2", "T9"):
            with at_hand.working_for(team):
                await slack.usergroups_list()
                await slack.users_info(user="U1")
        with pytest.raises(NoWorkspace):
            await slack.users_info(user="U1")
        with at_hand.working_for("T8"), pytest.raises(SlackApiError, match="not installed in T8"):
            await slack.users_info(user="U1")
    assert asked == [
        ("/usergroups.list", "Bearer xoxb-e1", "T2"),
        ("/users.info", "Bearer xoxb-e1", ""),
        ("/usergroups.list", "Bearer xoxb-t9", ""),
        ("/users.info", "Bearer xoxb-t9", ""),
    ]
