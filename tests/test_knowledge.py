"""What the knowledge promises to those who open it: nothing lost, nothing stale, nothing invented."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

import knowledge
from knowledge.chunk import parse, split
from knowledge.embedding import Scale
from knowledge.words import codes, language, words

ROOT = Path(__file__).parents[1]

PAGES = {
    "rh/conges.md": """---
title: Congés et absences
lang: fr
owner: RH
updated: 2026-03-01
---
# Congés et absences

## Nombre de jours

Chaque salarié acquiert 25 jours de congés payés par an, et 9 jours de RTT.

## Enfant malade

Un parent a 4 jours payés par an pour garder un enfant malade.
""",
    "it/vpn.md": """---
title: VPN
lang: en
---
The VPN is needed from outside the plant for the ERP and the drawings. A session ends after 10 hours.
""",
    "quality/recall.md": """---
title: Complaints
lang: en
---
Only the managing director decides on a product recall. Customers are informed in writing within 24 hours.
""",
    "produits/pmp-200.md": """---
title: Fiche PMP-200
lang: fr
---
La PMP-200 est une pompe en aluminium. Son débit maximal est de 18 m³/h et son prix de 690 €.
""",
    "produits/pmp-300.md": """---
title: Fiche PMP-300
lang: fr
---
La PMP-300 est une pompe en inox. Son débit maximal est de 30 m³/h et son prix de 1 180 €.
""",
}

OFF_TOPIC = [
    "Quelle est la capitale du Pérou ?",
    "recette de la tarte aux pommes",
    "Qui a gagné la Coupe du monde 1998 ?",
    "Comment planter des tomates ?",
    "Combien de planètes dans le système solaire ?",
    "What is the capital of Mongolia?",
    "Who painted the Mona Lisa?",
    "How do I bake sourdough bread?",
    "When did the Roman Empire fall?",
    "How do I solve a Rubik's cube?",
]


class WordCounts:
    """A model of our own for tests that are not about meaning: instant, and it counts what it was asked."""

    scale = Scale(relevant=-1, language_gap=0)

    def __init__(self, name: str = "word-counts", dimensions: int = 64) -> None:
        self.name = name
        self.dimensions = dimensions
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str], kind: str) -> list[list[float]]:
        self.embedded += texts if kind == "passage" else []
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.01] * self.dimensions
        for word in words(text):
            vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dimensions] += 1
        return vector


@pytest.fixture
def model() -> WordCounts:
    return WordCounts()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", PAGES)


@pytest.fixture
def opened(tmp_path: Path, model: WordCounts) -> Iterator[knowledge.Knowledge]:
    it = knowledge.open(tmp_path / "home", embedding=model)
    yield it
    it.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def handbook(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[knowledge.Knowledge]:
    """The pages above behind the real model."""
    folder = tmp_path_factory.mktemp("handbook")
    it = knowledge.open(folder / "home")
    await it.ingest(write(folder / "docs", PAGES))
    yield it
    it.close()


def write(folder: Path, pages: dict[str, str]) -> Path:
    for path, text in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


async def pages_found(it: knowledge.Knowledge, query: str, limit: int = 5) -> list[str]:
    return [hit.passage.page for hit in await it.search(query, limit)]


# ---- ingestion


async def test_second_ingestion_changes_nothing_and_embeds_nothing(
    opened: knowledge.Knowledge, docs: Path, model: WordCounts
) -> None:
    first = await opened.ingest(docs)
    assert first == knowledge.Report(added=tuple(sorted(PAGES)), changed=(), removed=(), unchanged=(), problems=())
    model.embedded.clear()
    calls: list[tuple[int, int]] = []
    second = await opened.ingest(docs, lambda done, total: calls.append((done, total)))
    assert second == knowledge.Report(added=(), changed=(), removed=(), unchanged=tuple(sorted(PAGES)), problems=())
    assert (model.embedded, calls) == ([], [])


async def test_progress_counts_up_to_the_total(opened: knowledge.Knowledge, docs: Path) -> None:
    calls: list[tuple[int, int]] = []
    await opened.ingest(docs, lambda done, total: calls.append((done, total)))
    assert calls == [(0, 6), (6, 6)]


async def test_changed_page_is_answered_from_its_new_text_only(
    opened: knowledge.Knowledge, docs: Path, model: WordCounts
) -> None:
    await opened.ingest(docs)
    [before] = await opened.search("recall", 1)
    model.embedded.clear()
    page = docs / "rh/conges.md"
    page.write_text(page.read_text("utf-8").replace("25 jours", "27 jours"), encoding="utf-8")
    (docs / "quality/recall.md").write_text("# Complaints\n\nOnly the board decides on a recall.\n", encoding="utf-8")
    report = await opened.ingest(docs)
    assert report.changed == ("quality/recall.md", "rh/conges.md")
    [after] = await opened.search("recall", 1)
    assert after.passage.text == "Only the board decides on a recall."
    assert opened.passage(before.passage.id) is None
    assert len(model.embedded) == 2, "the section on sick children has not changed"


async def test_page_whose_language_was_corrected_is_still_found(opened: knowledge.Knowledge, docs: Path) -> None:
    await opened.ingest(docs)
    page = docs / "it/vpn.md"
    page.write_text(page.read_text("utf-8").replace("lang: en", "lang: de"), encoding="utf-8")
    await opened.ingest(docs)
    [hit] = await opened.search("VPN session", 1)
    assert (hit.passage.page, hit.passage.lang) == ("it/vpn.md", "de")


async def test_removed_page_is_never_found_again(opened: knowledge.Knowledge, docs: Path) -> None:
    await opened.ingest(docs)
    assert "it/vpn.md" in await pages_found(opened, "VPN session", 50)
    (docs / "it/vpn.md").unlink()
    report = await opened.ingest(docs)
    assert report.removed == ("it/vpn.md",)
    assert "it/vpn.md" not in await pages_found(opened, "VPN session", 50)
    assert opened.retriever.vectors.ids() == opened.retriever.passages.ids()


async def test_lost_vectors_come_back_without_the_model(tmp_path: Path, docs: Path, model: WordCounts) -> None:
    first = knowledge.open(tmp_path / "home", embedding=model)
    await first.ingest(docs)
    first.close()
    shutil.rmtree(tmp_path / "home" / "chroma")
    model.embedded.clear()
    second = knowledge.open(tmp_path / "home", embedding=model)
    await second.ingest(docs)
    assert await pages_found(second, "VPN session", 1) == ["it/vpn.md"]
    assert model.embedded == []
    second.close()


async def test_index_survives_close_and_open(tmp_path: Path, docs: Path, model: WordCounts) -> None:
    first = knowledge.open(tmp_path / "home", embedding=model)
    await first.ingest(docs)
    expected = await first.search("enfant malade")
    first.close()
    model.embedded.clear()
    second = knowledge.open(tmp_path / "home", embedding=model)
    assert await second.search("enfant malade") == expected
    assert (await second.ingest(docs)).unchanged == tuple(sorted(PAGES))
    assert model.embedded == []
    second.close()


async def test_another_model_rebuilds_the_vectors(tmp_path: Path, docs: Path, model: WordCounts) -> None:
    first = knowledge.open(tmp_path / "home", embedding=model)
    await first.ingest(docs)
    first.close()
    other = WordCounts("other-model", dimensions=32)
    second = knowledge.open(tmp_path / "home", embedding=other)
    await second.ingest(docs)
    assert len(other.embedded) == 6
    assert (await pages_found(second, "VPN session"))[0] == "it/vpn.md"
    second.close()


async def test_broken_pages_are_reported_and_the_others_are_there(opened: knowledge.Knowledge, docs: Path) -> None:
    (docs / "broken.md").write_text("---\ntitle: [unclosed\n---\nText.\n", encoding="utf-8")
    (docs / "empty.md").write_text("# Only a heading\n", encoding="utf-8")
    (docs / "latin.md").write_bytes("Congés".encode("latin-1"))
    (docs / "open.md").write_text("---\ntitle: Open\n\nText.\n", encoding="utf-8")
    report = await opened.ingest(docs)
    assert report.added == tuple(sorted(PAGES))
    assert [problem.split(" (")[0] for problem in report.problems] == [
        "broken.md: the front matter is not valid YAML",
        "empty.md: has no text below its headings: write some, or delete the file",
        "latin.md: is not UTF-8 text",
        "open.md: the front matter is not closed: add a line with only --- after it",
    ]


async def test_page_that_breaks_is_no_longer_answered_from(opened: knowledge.Knowledge, docs: Path) -> None:
    await opened.ingest(docs)
    (docs / "it/vpn.md").write_text("---\ntitle: [unclosed\n---\nText.\n", encoding="utf-8")
    assert (await opened.ingest(docs)).removed == ("it/vpn.md",)
    assert "it/vpn.md" not in await pages_found(opened, "VPN session", 50)


async def test_missing_folder_removes_nothing(opened: knowledge.Knowledge, docs: Path, tmp_path: Path) -> None:
    await opened.ingest(docs)
    with pytest.raises(knowledge.KnowledgeError, match="is not a folder"):
        await opened.ingest(tmp_path / "mistyped")
    assert await pages_found(opened, "VPN session", 1) == ["it/vpn.md"]


async def test_search_goes_on_during_an_ingestion(opened: knowledge.Knowledge, docs: Path) -> None:
    await opened.ingest(docs)
    (docs / "new.md").write_text("A new page about turbines.\n", encoding="utf-8")
    loop, searched = asyncio.get_running_loop(), asyncio.Event()
    found: list[list[str]] = []

    async def search() -> None:
        found.append(await pages_found(opened, "VPN session", 1))
        searched.set()

    def in_the_middle(done: int, total: int) -> None:
        if done == 0:
            asyncio.run_coroutine_threadsafe(search(), loop).result(20)

    await opened.ingest(docs, in_the_middle)
    assert found == [["it/vpn.md"]]


async def test_close_stops_an_ingestion_and_the_next_one_completes_it(
    tmp_path: Path, docs: Path, model: WordCounts
) -> None:
    first = knowledge.open(tmp_path / "home", embedding=model)
    closing = threading.Thread(target=first.close)
    write(docs, {f"page-{n}.md": f"Page {n} of many." for n in range(20)})

    def close_after_one_batch(done: int, total: int) -> None:
        if done == 8:
            closing.start()
            closing.join(0.2)

    with pytest.raises(knowledge.KnowledgeError, match="the next one completes it"):
        await first.ingest(docs, close_after_one_batch)
    closing.join()
    second = knowledge.open(tmp_path / "home", embedding=model)
    await second.ingest(docs)
    assert len(second.retriever.vectors.ids()) == 26
    second.close()


# ---- ownership and crashes

CHILD = """
import asyncio, sys, knowledge
from pathlib import Path
it = knowledge.open(Path(sys.argv[1]))
asyncio.run(it.ingest(Path(sys.argv[2]), lambda done, total: print(done, total, flush=True)))
"""


def test_second_process_is_refused_with_the_pid_of_the_owner(opened: knowledge.Knowledge, tmp_path: Path) -> None:
    home, docs = str(tmp_path / "home"), str(tmp_path)
    child = subprocess.run(
        [sys.executable, "-c", CHILD, home, docs], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert child.returncode == 1
    assert f"KnowledgeInUse: {home} is in use by process {os.getpid()}" in child.stderr


async def test_ingestion_killed_in_the_middle_is_completed_by_the_next(tmp_path: Path) -> None:
    pages = {f"page-{n}.md": f"# Machine {n}\n\nMachine number {n} stands in hall {n % 3}.\n" for n in range(20)}
    docs, home = write(tmp_path / "docs", pages), tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), str(docs)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "8 20":
            assert child.poll() is None
        child.kill()
    it = knowledge.open(home)
    calls: list[tuple[int, int]] = []
    report = await it.ingest(docs, lambda done, total: calls.append((done, total)))
    assert set(report.added + report.unchanged) == set(pages)
    assert 0 < calls[-1][0] < 20, "what was finished before the kill is not done again"
    assert it.retriever.vectors.ids() == it.retriever.passages.ids()
    assert len(it.retriever.passages.ids()) == 20
    it.close()


@pytest.mark.parametrize("damaged", ["passages.sqlite", "vectors.sqlite", "chroma/chroma.sqlite3"])
def test_damaged_index_is_refused_with_the_remedy(tmp_path: Path, model: WordCounts, damaged: str) -> None:
    write(tmp_path, {damaged: "not a database " * 100})
    with pytest.raises(knowledge.KnowledgeError, match=r"delete .* and ingest again"):
        knowledge.open(tmp_path, embedding=model)


# ---- how a passage is ranked


async def test_passage_with_the_code_comes_before_one_with_more_of_the_words(
    opened: knowledge.Knowledge, docs: Path
) -> None:
    await opened.ingest(docs)
    query = "aluminium 18 690 PMP-300"
    assert (await pages_found(opened, query, 1)) == ["produits/pmp-300.md"]


async def test_model_that_slights_other_languages_is_put_right(tmp_path: Path) -> None:
    pages = {
        "fr.md": "---\nlang: fr\n---\nLe portail du site est ouvert.",
        "en.md": "---\nlang: en\n---\nThe portail is a gate.",
    }
    found = []
    for gap in (0, 0.5):
        model = WordCounts()
        model.scale = Scale(relevant=-1, language_gap=gap)
        it = knowledge.open(tmp_path / f"gap-{gap}", embedding=model)
        await it.ingest(write(tmp_path / "docs", pages))
        found += await pages_found(it, "Où est le portail du site ?", 1)
        it.close()
    assert found == ["fr.md", "en.md"]


# ---- search with the real model


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("Combien de jours de congés payés par an ?", "rh/conges.md"),
        ("Mon fils est malade, puis-je rester à la maison ?", "rh/conges.md"),
        ("Qui peut ordonner un rappel de produits ?", "quality/recall.md"),
        ("How many paid holidays do I get per year?", "rh/conges.md"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_question_finds_its_page_in_either_language(
    handbook: knowledge.Knowledge, question: str, page: str
) -> None:
    assert await pages_found(handbook, question, 1) == [page]


@pytest.mark.parametrize("query", ["PMP-300", "pmp-300", "PMP300", "prix de la PMP-300", "How much is a PMP-300?"])
@pytest.mark.asyncio(loop_scope="module")
async def test_product_code_matches_exactly(handbook: knowledge.Knowledge, query: str) -> None:
    assert await pages_found(handbook, query, 1) == ["produits/pmp-300.md"]


@pytest.mark.parametrize("question", OFF_TOPIC)
@pytest.mark.asyncio(loop_scope="module")
async def test_question_about_something_else_finds_nothing(handbook: knowledge.Knowledge, question: str) -> None:
    assert await handbook.search(question) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "🦊🔥",
        "x" * 20_000,
        "congés " * 3_000,
        "\ud800 congés",
        'AND OR "* NEAR(',
        "a\0b",
        "l'",
        "-",
        "\u202e",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_odd_query_gets_an_ordinary_answer(handbook: knowledge.Knowledge, query: str) -> None:
    assert len(await handbook.search(query)) <= 5


@pytest.mark.asyncio(loop_scope="module")
async def test_citation_opens_the_passage_that_was_found(handbook: knowledge.Knowledge) -> None:
    [hit] = await handbook.search("Combien de jours de congés payés par an ?", 1)
    assert handbook.passage(hit.passage.id) == hit.passage
    assert hit.passage == knowledge.Passage(
        id=hit.passage.id,
        page="rh/conges.md",
        title="Congés et absences",
        section="Nombre de jours",
        text="Chaque salarié acquiert 25 jours de congés payés par an, et 9 jours de RTT.",
        lang="fr",
        owner="RH",
        updated="2026-03-01",
        start_line=11,
    )
    assert handbook.passage("rh/conges.md:unknown") is None
    assert handbook.passage("\ud800") is None


# ---- splitting and words


def texts(source: str) -> list[str]:
    return [passage.text for passage in split(parse("page.md", source))]


def test_tables_lists_and_code_stay_whole() -> None:
    table = "| a | b |\n| --- | --- |\n" + "\n".join(f"| row {n} | value |" for n in range(20))
    items = "\n\n".join(f"- item {n}\n  with a second line" for n in range(12))
    code = "```\n# not a heading\n\nstill code\n```"
    source = f"# Page\n\n## A\n\n{table}\n\n## B\n\n{items}\n\n## C\n\n{code}\n"
    assert texts(source) == [table, items, code]


def test_long_paragraph_is_split_between_sentences() -> None:
    paragraph = " ".join(f"Sentence number {n} has exactly seven words." for n in range(60))
    found = texts(paragraph)
    assert " ".join(" ".join(found).split()) == paragraph
    assert all(text.endswith(".") and len(text.split()) <= 220 for text in found)


def test_wrapped_paragraph_is_split_between_sentences_too() -> None:
    paragraph = "\n".join(f"number {n} ends here. Sentence" for n in range(80))
    assert all(text.endswith("ends here.") for text in texts(paragraph)[:-1])


def test_long_table_keeps_its_head_in_every_portion() -> None:
    head = "| product | price |\n| --- | --- |"
    found = texts(head + "\n" + "\n".join(f"| PMP-{n} pump | {n} EUR |" for n in range(100)))
    assert len(found) > 1
    assert all(text.startswith(head) for text in found)


def test_page_without_front_matter_takes_title_and_language_from_its_text() -> None:
    page = parse("a/b.md", "# Les congés\n\nLe salarié pose ses congés dans le portail.\n")
    assert (page.title, page.lang, page.owner, page.updated) == ("Les congés", "fr", "", "")


def test_words_meet_across_accents_plurals_and_elisions() -> None:
    assert words("L'approbation des CONGÉS payés d’aujourd’hui") == ["approbation", "conge", "paye", "aujourdhui"]
    assert words("PMP-200") == ["pmp", "200", "pmp200"]
    assert codes("La PMP-200, le CMP-SEAL, un rendez-vous à 10h30 et le M8") == {"pmp200", "cmpseal"}


def test_language_is_told_by_its_small_words() -> None:
    assert language("Où est la salle de réunion ?") == "fr"
    assert language("Where is the meeting room?") == "en"
    assert language("PMP-200") is None
