"""Vectors in Chroma, embedded or on a server: the only file that knows chromadb."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self, cast
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.api.client import Client
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from knowledge.chunk import Passage
from knowledge.errors import KnowledgeError

_COLLECTION = "handbook"
_BATCH = 5000  # Chroma takes 5461 at most


class ChromaVectors:
    """The passages' vectors by passage id.

    A Chroma server holds one collection for one folder of documents: two Batons with different documents need
    two servers, since each removes what its own folder lacks.
    """

    def __init__(self, client: ClientAPI, remedy: str, embedding_name: str, dimensions: int) -> None:
        self._client = cast(Client, client)  # what both factories return; their annotation lacks `close`
        self._remedy = remedy
        wanted: dict[str, str | int] = {"embedding": embedding_name, "dimensions": dimensions}
        with _explained(remedy):
            self._collection = self._open(wanted)
            if self._collection.metadata != wanted:  # two models' vectors cannot be compared: start afresh
                client.delete_collection(_COLLECTION)
                self._collection = self._open(wanted)

    @classmethod
    def embedded(cls, folder: Path, embedding_name: str, dimensions: int) -> Self:
        """In this process. The folder must have one owner."""
        remedy = f"delete {folder} and ingest again, it is rebuilt from the documents"
        with _explained(remedy):
            client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        return cls(client, remedy, embedding_name, dimensions)

    @classmethod
    def on_server(cls, url: str, embedding_name: str, dimensions: int) -> Self:
        """On a Chroma server, such as `http://chroma:8000`."""
        remedy = f"see whether the server at {url} runs and is reached from here"
        settings = Settings(anonymized_telemetry=False)
        with _explained(remedy):
            address = urlsplit(url)
            ssl = address.scheme == "https"
            port = address.port or (443 if ssl else 8000)
            client = chromadb.HttpClient(address.hostname or "", port, ssl=ssl, settings=settings)
        return cls(client, remedy, embedding_name, dimensions)

    def ids(self) -> set[str]:
        with _explained(self._remedy):
            return set(self._collection.get(include=[])["ids"])

    def add(self, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        with _explained(self._remedy):
            self._collection.upsert(
                ids=[passage.id for passage in passages],
                embeddings=list(vectors),
                metadatas=[{"lang": passage.lang} for passage in passages],
            )

    def remove(self, ids: Iterable[str]) -> None:
        doomed = sorted(ids)
        with _explained(self._remedy):
            for start in range(0, len(doomed), _BATCH):
                self._collection.delete(ids=doomed[start : start + _BATCH])

    def nearest(self, vector: Sequence[float], limit: int, lang: str) -> dict[str, float]:
        """The cosine similarity (-1 to 1) of the nearest passages in a language."""
        with _explained(self._remedy):
            found = self._collection.query(
                query_embeddings=[vector], n_results=limit, where={"lang": lang}, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return {id: 1 - distance for id, distance in zip(found["ids"][0], distances[0], strict=True)}

    def close(self) -> None:
        self._client.close()

    def _open(self, metadata: dict[str, str | int]) -> chromadb.Collection:
        try:
            return self._client.get_collection(_COLLECTION, embedding_function=None)
        except NotFoundError:
            return self._client.create_collection(
                _COLLECTION,
                metadata=metadata,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
            )


@contextmanager
def _explained(remedy: str) -> Iterator[None]:
    try:
        yield
    except (ChromaError, httpx.HTTPError, ValueError) as error:
        raise KnowledgeError(f"the vectors in Chroma cannot be used ({error}): {remedy}") from error
