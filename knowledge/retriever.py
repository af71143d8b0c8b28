"""Finds the passages that answer a question: nearness of meaning and shared words, fused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING

from knowledge.beside import Beside
from knowledge.chunk import Passage
from knowledge.embedding import Embedding
from knowledge.lexical import Passages
from knowledge.words import clean, codes, is_foreign, language, words

if TYPE_CHECKING:
    from knowledge.chroma import ChromaVectors

_CANDIDATES = 50
_LONGEST_QUESTION = 1000  # characters; what follows is hardly a question, and would take seconds to embed

# The shared words count for the rest, but only in the question's own language: in another they are mostly
# accidents, and the meaning counts alone.
_SHARE_OF_MEANING = 0.7
# A passage about PMP-200 reads like one about PMP-300: holding the code asked for is worth as much as all the words.
_BONUS_FOR_CODES = 0.3


@dataclass(frozen=True)
class Hit:
    """A passage with its score: comparable within one search, not between two."""

    passage: Passage
    score: float


class Retriever:
    """Searches `passages` and `vectors`, which ingestion keeps in step."""

    def __init__(self, passages: Passages, vectors: "ChromaVectors", embedding: Embedding) -> None:
        self.passages = passages
        self.vectors = vectors
        self.embedding = embedding

    def search(self, query: str, limit: int = 5, beside: Sequence[Passage] = ()) -> list[Hit]:
        """The best passages first; none when nothing is relevant. Those `beside` the index are ranked with its own.

        With the embedded model, a question is about something else when its best passage has a cosine below 0.82
        (the figure is the model's own: see `Scale`). Some questions about other things lie above, so a hit is what
        comes nearest in the documents, and whether it answers the question is for its reader to judge.
        """
        question = clean(query)[:_LONGEST_QUESTION].strip()
        if not question or limit < 1:
            return []
        meaning, shared = self.by_meaning(question), self.by_words(question)
        if max(meaning.values(), default=-1.0) < self.embedding.scale.relevant:
            meaning, shared = {}, {}
        others = Beside(question, beside, self.embedding)
        meaning, shared = meaning | others.meaning, shared | others.shared(max(shared.values(), default=1.0))
        near, common = _spread(meaning), _spread(shared)
        spoken, asked = language(question), codes(question)
        hits = []
        for id, passage in (self.passages.get(near.keys() | common.keys()) | others.passages).items():
            share = 1 if is_foreign(passage.lang, spoken) else _SHARE_OF_MEANING
            bonus = _BONUS_FOR_CODES if asked and asked <= codes(passage.in_context) else 0.0
            bonus += others.bonus(id)
            hits.append(Hit(passage, share * near.get(id, 0) + (1 - share) * common.get(id, 0) + bonus))
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:limit]

    def by_meaning(self, question: str) -> dict[str, float]:
        """The nearest passages by cosine; the gap is made up for those in another language."""
        [vector] = self.embedding.embed([question], "query")
        spoken = language(question)
        scores: dict[str, float] = {}
        for lang in self.passages.languages():
            gap = self.embedding.scale.language_gap if is_foreign(lang, spoken) else 0
            nearest = self.vectors.nearest(vector, _CANDIDATES, lang)
            scores |= {id: cosine + gap for id, cosine in nearest.items()}
        return dict(nlargest(_CANDIDATES, scores.items(), key=lambda entry: entry[1]))

    def by_words(self, question: str) -> dict[str, float]:
        """The BM25 scores of the passages that share a word with the question."""
        return self.passages.matching(words(question), _CANDIDATES)


def _spread(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores moved onto 0 to 1."""
    lowest, highest = min(scores.values(), default=0), max(scores.values(), default=0)
    return {id: (score - lowest) / (highest - lowest) if highest > lowest else 1.0 for id, score in scores.items()}
