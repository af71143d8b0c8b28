"""Ranks passages that are in no index, such as those of the files of a thread: few, and asked about for a day."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from knowledge.chunk import Passage
from knowledge.embedding import Embedding
from knowledge.words import codes, is_foreign, language, words

_EMBEDDED = 10  # passages; a vector takes tenths of a second the first time, and somebody waits
_CHARACTERS = 1_500  # of a passage that are embedded; the model reads no more than about that
_OF_TABLES = 300  # the rows of a table mean the same, and their figures cost most
_FARTHER = 0.03  # below `relevant`: a file that lies in the thread is likelier to be meant than a page of the handbook
_HALF = 0.5  # of the question's words
_FIGURES = 0.3  # what it is worth to hold the figures that the question names: rows of a table read alike


class Beside:
    """The passages that may answer a question, with their scores on the index's scales.

    Of many, those are compared by their meaning that share most words with the question. One counts when it is near
    enough, or holds half of the question's words or a code that it names.
    """

    def __init__(self, question: str, passages: Sequence[Passage], embedding: Embedding) -> None:
        self._question = question
        self._embedding = embedding
        self._words = {passage.id: frozenset(words(passage.in_context)) for passage in passages}
        self._coverage = self._covered(passages)
        self._candidates = sorted(passages, key=lambda p: -self._coverage[p.id])[:_EMBEDDED]

    @cached_property
    def meaning(self) -> dict[str, float]:
        """Cosine by passage id, of those that count."""
        if not self._candidates:
            return {}
        [asked] = self._embedding.embed([self._question], "query")
        vectors = self._embedding.embed([_beginning(passage) for passage in self._candidates], "passage")
        spoken, scale = language(self._question), self._embedding.scale
        found = {}
        for passage, vector in zip(self._candidates, vectors, strict=True):
            gap = scale.language_gap if is_foreign(passage.lang, spoken) else 0
            cosine = sum(a * b for a, b in zip(asked, vector, strict=True)) + gap
            if cosine >= scale.relevant - _FARTHER or self._coverage[passage.id] >= _HALF:
                found[passage.id] = cosine
        return found

    @property
    def passages(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self._candidates if passage.id in self.meaning}

    def bonus(self, id: str) -> float:
        """Worth of holding every figure that the question names."""
        figures = {word for word in words(self._question) if any(sign.isdigit() for sign in word)}
        return _FIGURES if id in self.passages and figures and figures <= self._words[id] else 0.0

    def shared(self, most: float) -> dict[str, float]:
        """What the shared words are worth, by passage id: all of them as much as the index's best passage has."""
        return {id: most * self._coverage[id] for id in self.meaning if self._coverage[id]}

    def _covered(self, passages: Sequence[Passage]) -> dict[str, float]:
        """Which part of the question's words each passage holds, rare ones counting for more; a code counts like half."""
        asked, named = set(words(self._question)), codes(self._question)
        often = Counter(word for there in self._words.values() for word in there & asked)
        weight = {word: math.log(1 + len(passages) / max(often[word], 1)) for word in asked}
        whole = sum(weight.values()) or 1.0
        found = {}
        for passage in passages:
            share = sum(weight[word] for word in asked & self._words[passage.id]) / whole
            found[passage.id] = max(share, _HALF if named and named <= codes(passage.in_context) else 0.0)
        return found


def _beginning(passage: Passage) -> str:
    return passage.in_context[: _OF_TABLES if passage.text.startswith("|") else _CHARACTERS]
