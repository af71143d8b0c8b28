"""The main job in a real browser: asked in French, refused to one, approved by another, done once in the ERP."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import empty_database
from tests.erp import Erp
from tests.house import AMELIE, BRUNO, CHLOE, ROOT, SALES, House, Slack

PATIENCE = 45_000  # milliseconds
SHOTS = ROOT / ".cache" / "screenshots"


@pytest.fixture(scope="module")
def valmont(server: str, erp: Erp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo company with its real ERP, some of its documents, and no language model."""
    home = tmp_path_factory.mktemp("valmont")
    documents = home / "documents"
    for page in ("produits/pmp-200.md", "rh/conges.md", "sales/delivery-rules.md"):
        (documents / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "knowledge" / "docs" / page, documents / page)
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, tools=ROOT / "tools", environment=erp.environment)
        house.start()
        house.baton.wait_for("documents read")
        yield house
        house.close()


@pytest.fixture
def page(browser: Browser, valmont: House) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1360, "height": 1200})
    opened.set_default_timeout(PATIENCE)
    opened.goto(valmont.slack.url)
    yield opened
    opened.close()


def become(page: Page, person: str) -> None:
    page.get_by_test_id(f"person-{person}").click()


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def said(page: Page, words: str | re.Pattern[str]) -> None:
    """The thread shows these words."""
    expect(page.get_by_test_id("thread").get_by_text(words).first).to_be_visible(timeout=PATIENCE)


def productions(erp: Erp, reference: str) -> list[dict[str, Any]]:
    """What the ERP holds under a reference, asked over its own wire."""
    known = erp.credentials
    with httpx.Client(base_url=erp.url, timeout=30) as http:
        path = f"/{known['database']}/rpc/"
        login = {"id": 1, "method": "common.db.login", "params": [known["login"], {"password": known["password"]}]}
        uid, token, *_ = http.post(path, json=login).json()["result"]
        fields = ["quantity", "state", "product.code", "planned_date"]
        query = [[["reference", "=", reference]], 0, 10, None, fields, {}]
        session = base64.b64encode(f"{known['login']}:{uid}:{token}".encode()).decode()
        headers = {"Authorization": f"Session {session}"}
        call = {"id": 2, "method": "model.production.search_read", "params": query}
        found: list[dict[str, Any]] = http.post(path, json=call, headers=headers).json()["result"]
        return found


def test_the_story_from_the_question_to_one_production_order(page: Page, valmont: House, erp: Erp) -> None:
    become(page, AMELIE)
    page.get_by_test_id(f"channel-{SALES}").click()
    page.get_by_test_id("composer").fill(
        "@Baton Combien de PMP-200 sont libres, et peut-on en livrer 120 d'ici le 20 décembre ?"
    )
    page.get_by_test_id("send").click()
    page.get_by_role("button", name=re.compile("repl")).first.click(timeout=PATIENCE)
    said(page, re.compile("24 libres"))
    said(page, re.compile("96 à fabriquer"))
    shoot(page, "1-question")

    page.get_by_test_id("thread-composer").fill("Lance un ordre de fabrication de 96 PMP-200 pour le 11 décembre")
    page.get_by_test_id("thread-send").click()
    said(page, "Décision demandée · P-1")
    approve = page.get_by_role("button", name="Approuver")
    expect(approve).to_be_visible()
    shoot(page, "2-card")

    become(page, CHLOE)
    approve.click()
    expect(page.get_by_test_id("ephemeral").first).to_contain_text("Vous ne faites pas partie", timeout=PATIENCE)
    shoot(page, "3-refused")

    become(page, BRUNO)
    approve.click()
    said(page, re.compile("P-1 est fait"))
    expect(approve).to_have_count(0)
    shoot(page, "4-done")

    (reference,) = valmont.rows("SELECT id FROM approvals")[0]
    (made,) = productions(erp, reference)
    assert (made["quantity"], made["state"], made["product."]["code"]) == (96.0, "draft", "PMP-200")
    assert valmont.approvals() == ["executed"]


def test_an_answer_from_the_documents_opens_the_passage_it_rests_on(page: Page, valmont: House) -> None:
    become(page, BRUNO)
    page.get_by_label(re.compile("Baton")).first.click()
    page.get_by_test_id("composer").fill("Combien de jours de congés payés ai-je par an ?")
    page.get_by_test_id("send").click()
    page.get_by_role("button", name=re.compile("repl")).last.click(timeout=PATIENCE)
    source = page.get_by_test_id("thread").get_by_role("button", name=re.compile(r"\[\d\]")).first
    expect(source).to_be_visible(timeout=PATIENCE)
    shoot(page, "5-documents")
    source.click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE)
    shoot(page, "6-passage")
    passage = page.get_by_role("dialog").get_by_role("heading").nth(1).inner_text()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Pourquoi ?").click()
    record = page.get_by_role("dialog")
    expect(record.get_by_text("citée dans la réponse").first).to_be_visible(timeout=PATIENCE)
    shoot(page, "8-why")
    record.get_by_role("button", name="Ouvrir").first.click()
    expect(page.get_by_role("dialog").get_by_text(passage).first).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(record.get_by_text("citée dans la réponse").first).to_be_visible(timeout=PATIENCE)


def test_who_opens_baton_is_greeted_with_what_can_be_asked(page: Page, valmont: House) -> None:
    become(page, AMELIE)
    page.get_by_label(re.compile("Baton")).first.click()
    expect(page.get_by_role("button", name="Combien de PMP-200 sont libres ?")).to_be_visible(timeout=PATIENCE)
    page.get_by_text("Home", exact=True).click()
    expect(page.get_by_text("un assistant IA")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("demande une décision").first).to_be_visible()
    shoot(page, "7-home")
