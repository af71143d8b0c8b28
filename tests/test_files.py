"""Files that people put into a thread can be asked about there, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import empty_database
from tests.house import AMELIE, BRUNO, GENERAL, ROOT, SALES, House, Slack, text_of, until
from tests.papers import pdf

SALES_CSV = "Client;Produit;Montant\nDurand SA;PMP-200;14 400,00\nLemaire;PMP-300;5 100,50\n".encode("cp1252")
CONTRACT = pdf(
    [
        "Contrat de maintenance entre Ateliers Valmont et Durand SA.\nLa durée du contrat est de trente-six mois.",
        "Résiliation. Le préavis de résiliation est de trois mois, par lettre recommandée.",
    ]
)


@pytest.fixture(scope="module")
def office(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Baton that only looks into documents, with the embedded assistant."""
    home = tmp_path_factory.mktemp("office")
    (home / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "documents.py", home / "tools")
    (home / "documents").mkdir()
    shutil.copy(ROOT / "knowledge" / "docs" / "rh" / "conges.md", home / "documents")
    with empty_database(server) as url, Slack(home) as slack:
        house = House(home, slack, url, tools=home / "tools")
        house.start()
        house.baton.wait_for("documents read")
        yield house
        house.close()


def source_in(message: dict[str, Any], title: str) -> dict[str, Any]:
    """The button of a source, by its title."""
    found = [
        e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"] if title in e["text"]["text"]
    ]
    assert found, text_of(message)
    return dict(found[0])


def test_files_of_a_thread_are_read_cited_and_opened_there_and_found_nowhere_else(office: House) -> None:
    slack = office.slack
    ts, _ = slack.upload(AMELIE, {"ventes.csv": SALES_CSV}, channel=SALES)  # to nobody: Baton is not called yet
    slack.say(AMELIE, "@Baton Que dit le fichier sur Durand SA ?", SALES, ts)
    assert "ventes.csv" in office.answer(SALES, ts, "14 400,00")

    slack.upload(BRUNO, {"contrat <!channel>.pdf": CONTRACT, "scan.pdf": pdf([""])}, channel=SALES, thread_ts=ts)
    told = office.answer(SALES, ts, "📎")
    assert told == (
        "📎 J'ai lu *contrat &lt;!channel&gt;.pdf* : posez-moi vos questions à son sujet ici, dans ce fil.\n"
        "📎 Je ne peux pas lire *scan.pdf* : ses pages sont des images sans texte, comme un document scanné : "
        "partagez une copie dont le texte est reconnu."
    )
    slack.say(BRUNO, "Quel est le préavis de résiliation du contrat ?", SALES, ts)
    office.answer(SALES, ts, "trois mois")
    office.settle()
    (message,) = [m for m in slack.messages(SALES, ts) if m.get("bot_id") and "trois mois" in text_of(m)]
    button = source_in(message, "contrat")
    slack.press(BRUNO, message, button)
    shown = text_of(until("the passage is open", lambda: slack.modal(BRUNO)))
    assert "Page 2" in shown
    assert "lettre recommandée" in shown

    other = slack.say(BRUNO, "@Baton Quel est le préavis de résiliation du contrat de Durand ?", GENERAL)
    office.settle()
    assert "trois mois" not in "".join(office.said(GENERAL, other))


def test_words_with_a_file_that_is_read_only_in_part_are_answered_and_the_rest_is_said(office: House) -> None:
    rows = "".join(f"Client {number};{number},50\n" for number in range(5_200))
    ts, _ = office.slack.upload(
        AMELIE, {"grand.csv": f"Client;Solde\n{rows}".encode()}, "Quel est le solde du client 4711 ?"
    )
    place = AMELIE.replace("U0", "D0", 1)
    assert "5 000 premières lignes" in office.answer(place, ts, "📎", person=AMELIE)
    office.answer(place, ts, "4711,50", person=AMELIE)
