"""How often the answering passage is found: `python -m knowledge.measure QUESTIONS.yaml DOCS_FOLDER`.

QUESTIONS is a list of {question, lang, page, contains}: `contains` stands word for word in the answering passage.
"""

import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import yaml

from knowledge.chunk import Passage, parse
from knowledge.library import open  # noqa: A004 - the entry that everybody uses
from knowledge.retriever import Retriever

_DEPTHS = (1, 3, 5)


def measure(questions: list[dict[str, str]], docs: Path, retriever: Retriever) -> None:
    """Print the share of questions whose passage is among the first 1, 3 and 5, by way of search and by languages."""

    def ranked(scores: dict[str, float]) -> list[Passage]:
        best = sorted(scores, key=scores.__getitem__, reverse=True)[: max(_DEPTHS)]
        found = retriever.passages.get(best)
        return [found[id] for id in best]

    ways: dict[str, Callable[[str], list[Passage]]] = {
        "words": lambda question: ranked(retriever.by_words(question)),
        "meaning": lambda question: ranked(retriever.by_meaning(question)),
        "fused": lambda question: [hit.passage for hit in retriever.search(question, max(_DEPTHS))],
    }
    for way, search in ways.items():
        ranks = defaultdict(list)
        for entry in questions:
            lang = parse(entry["page"], (docs / entry["page"]).read_text(encoding="utf-8")).lang
            rank = _rank(search(entry["question"]), entry)
            for group in (f"{entry['lang']} to {lang}", "all"):
                ranks[group].append(rank)
        for group, found in sorted(ranks.items()):
            shares = "  ".join(
                f"R@{depth} {sum(rank <= depth for rank in found) / len(found):4.0%}" for depth in _DEPTHS
            )
            print(f"{way:8} {group:9} {shares}  of {len(found)}")


def _rank(passages: list[Passage], entry: dict[str, str]) -> int:
    matches = (
        rank
        for rank, passage in enumerate(passages, start=1)
        if passage.page == entry["page"] and entry["contains"] in " ".join(passage.text.split())
    )
    return next(matches, 1000)


async def _main(questions: list[dict[str, str]], docs: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        knowledge = open(Path(home))
        report = await knowledge.ingest(docs, lambda done, total: print(f"\r{done} of {total}", end="", flush=True))
        print(f"\r{len(report.added)} pages")
        measure(questions, docs, knowledge.retriever)
        knowledge.close()


if __name__ == "__main__":
    asyncio.run(_main(yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])))
