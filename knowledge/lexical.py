"""Pages and passages in SQLite: the truth about what is known, and its search by words (FTS5, BM25)."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from knowledge.chunk import Passage
from knowledge.words import clean, words

# Raise it when splitting, `words` or these tables change: the index is then built anew from the documents.
FORM = 1

_SCHEMA = f"""
    CREATE TABLE pages (path TEXT PRIMARY KEY, digest TEXT NOT NULL);
    CREATE TABLE passages (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        page TEXT NOT NULL,
        title TEXT NOT NULL,
        section TEXT NOT NULL,
        text TEXT NOT NULL,
        lang TEXT NOT NULL,
        owner TEXT NOT NULL,
        updated TEXT NOT NULL,
        start_line INTEGER NOT NULL
    );
    CREATE INDEX passages_by_page ON passages (page);
    CREATE VIRTUAL TABLE word_index USING fts5 (words);
    PRAGMA user_version = {FORM};
"""
_INSERT = """
    INSERT INTO passages (id, page, title, section, text, lang, owner, updated, start_line)
    VALUES (:id, :page, :title, :section, :text, :lang, :owner, :updated, :start_line)
"""
_SELECT = """
    SELECT id, page, title, section, text, lang, owner, updated, start_line FROM passages
    WHERE id IN (SELECT value FROM json_each(?))
"""
_MATCH = """
    SELECT id, -bm25(word_index) AS score FROM word_index JOIN passages ON number = word_index.rowid
    WHERE word_index MATCH ? ORDER BY score DESC, id LIMIT ?
"""


class Passages:
    """Every page's digest and passages. A page is replaced or removed as a whole, in one transaction.

    Each call has its own connection, so any thread may call, and readers do not wait for a writer.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        with self._connection() as db:
            form = db.execute("PRAGMA user_version").fetchone()[0]
        if form != FORM:
            for leftover in file.parent.glob(f"{file.name}*"):
                leftover.unlink()
            with self._connection() as db:
                db.execute("PRAGMA journal_mode = wal")
                db.executescript(_SCHEMA)

    def digests(self) -> dict[str, str]:
        """The digest of every page by its path."""
        with self._connection() as db:
            return dict(db.execute("SELECT path, digest FROM pages"))

    def replace(self, path: str, digest: str, passages: Sequence[Passage]) -> None:
        with self._connection() as db:
            _forget(db, path)
            db.execute("INSERT INTO pages VALUES (?, ?)", (path, digest))
            for passage in passages:
                number = db.execute(_INSERT, asdict(passage)).lastrowid
                row = (number, " ".join(words(passage.in_context)))
                db.execute("INSERT INTO word_index (rowid, words) VALUES (?, ?)", row)

    def remove(self, path: str) -> None:
        with self._connection() as db:
            _forget(db, path)

    def ids(self) -> set[str]:
        with self._connection() as db:
            return {row[0] for row in db.execute("SELECT id FROM passages")}

    def languages(self) -> list[str]:
        with self._connection() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT lang FROM passages ORDER BY lang")]

    def get(self, ids: Iterable[str]) -> dict[str, Passage]:
        """The passages that exist among the ids."""
        wanted = json.dumps([clean(id) for id in ids])
        with self._connection() as db:
            return {row[0]: Passage(*row) for row in db.execute(_SELECT, (wanted,))}

    def matching(self, wanted: Iterable[str], limit: int) -> dict[str, float]:
        """BM25 scores (higher is better) of the passages that hold at least one of the words."""
        expression = " OR ".join(f'"{word}"' for word in sorted(set(wanted)))
        if not expression:
            return {}
        with self._connection() as db:
            return dict(db.execute(_MATCH, (expression, limit)))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file)) as db, db:
            yield db


def _forget(db: sqlite3.Connection, path: str) -> None:
    db.execute("DELETE FROM word_index WHERE rowid IN (SELECT number FROM passages WHERE page = ?)", (path,))
    db.execute("DELETE FROM passages WHERE page = ?", (path,))
    db.execute("DELETE FROM pages WHERE path = ?", (path,))
