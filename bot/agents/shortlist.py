"""Which of many tools a model is shown: those that come nearest in meaning to what was asked.

Being shown is no right, and not being shown takes none: what is called by name is carried out as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Literal, Protocol

from bot.types import Language

MANY = 40  # tools; up to here a model is shown all
SHOWN = 30  # beside those that are always shown: `python -m tests.measure_choice` prints what more or fewer would give
CHARACTERS = 600  # of a text that are compared

# What anybody may say of anything. How near a text lies to these says how near it lies to whatever is said in that
# language: taking that away leaves what is meant, and French words find English descriptions.
_ANYTHING: Mapping[Language, Sequence[str]] = {
    "fr": (
        "Peux-tu m'aider ?", "Où en est ma demande ?", "Combien en reste-t-il ?", "Qui s'en occupe cette semaine ?",
        "Envoie-le demain matin s'il te plaît.", "Crée-en un nouveau pour mardi.", "Quand est-ce que ça arrive ?",
        "Montre-moi la liste du mois dernier.", "Annule celui d'hier.", "Est-ce que c'est prêt ?",
        "Il y a un problème avec le numéro 12.", "Dis-le à Marie.",
    ),
    "en": (
        "Can you help me?", "Where does my request stand?", "How many are left?", "Who takes care of it this week?",
        "Please send it tomorrow morning.", "Create a new one for Tuesday.", "When will it arrive?",
        "Show me the list of last month.", "Cancel yesterday's.", "Is it ready?",
        "There is a problem with number 12.", "Tell Marie about it.",
    ),
}  # fmt: skip

Vector = Sequence[float]


class Embedding(Protocol):
    """Turns texts into unit vectors, in order; takes its time, and may be asked from any thread."""

    def embed(self, texts: Sequence[str], kind: Literal["query", "passage"]) -> list[list[float]]: ...


class Shortlist:
    """Compares questions with tools. The vector of a tool's text is made once, as long as the text stays the same."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding
        self._vectors: dict[str, Vector] = {}
        self._anything: dict[Language, Vector] = {}
        self._busy = asyncio.Lock()

    async def nearest(self, tools: Mapping[str, Sequence[str]], asked: Sequence[str], language: Language) -> list[str]:
        """The tools by name, nearest first. Each has texts that say what it is for; of all, the best pair counts."""
        async with self._busy:  # two questions would make the same vectors twice
            return await asyncio.to_thread(self._nearest, tools, asked, language)

    def _nearest(self, tools: Mapping[str, Sequence[str]], asked: Sequence[str], language: Language) -> list[str]:
        self._learn([text for texts in tools.values() for text in texts])
        common = self._common(language)
        meant = [
            _minus(vector, common) for vector in self._embedding.embed([text[:CHARACTERS] for text in asked], "query")
        ]
        near = {
            name: max(_dot(one, self._vectors[text]) for one in meant for text in texts)
            for name, texts in tools.items()
        }
        return sorted(near, key=lambda name: -near[name])

    def _learn(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            vectors = self._embedding.embed([text[:CHARACTERS] for text in new], "passage")
            self._vectors.update(zip(new, vectors, strict=True))

    def _common(self, language: Language) -> Vector:
        """The middle of what may be said of anything."""
        if language not in self._anything:
            vectors = self._embedding.embed(_ANYTHING[language], "query")
            self._anything[language] = [sum(parts) / len(vectors) for parts in zip(*vectors, strict=True)]
        return self._anything[language]


def described(name: str, description: str) -> str:
    """A tool in a sentence, as it is compared."""
    return f"{name.replace('_', ' ')}: {description}"


def _minus(one: Vector, other: Vector) -> Vector:
    return [a - b for a, b in zip(one, other, strict=True)]


def _dot(one: Vector, other: Vector) -> float:
    return float(sum(map(mul, one, other)))
