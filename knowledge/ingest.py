"""Brings the index up to date with a folder of Markdown pages."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.chunk import Passage, parse, split
from knowledge.errors import KnowledgeError, PageProblem
from knowledge.retriever import Retriever
from knowledge.words import clean

Progress = Callable[[int, int], None]

_BATCH = 8  # a few seconds of work: that much is lost at most when the process is killed


@dataclass(frozen=True)
class Report:
    """What an ingestion did, by page path; a page with a problem is not answered from."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        counts = ("added", "changed", "removed", "unchanged")
        told = ", ".join(f"{len(getattr(self, name))} {name}" for name in counts)
        return "; ".join([f"pages: {told}", *self.problems])


def ingest(folder: Path, retriever: Retriever, progress: Progress) -> Report:
    """Make the index hold exactly the folder's pages (`**/*.md`).

    The passages in SQLite are brought up to date first, page by page; then the vectors are made to agree with
    them. So a run that was killed anywhere is completed by the next one, and a removed page is gone at once.

    Args:
        progress: Called with (done, total) passages while vectors are made; never when there are none to make.

    Raises:
        KnowledgeError: The folder does not exist.
    """
    if not folder.is_dir():
        raise KnowledgeError(f"{folder} is not a folder: name the folder that holds the Markdown pages")
    known = retriever.passages.digests()
    found: dict[str, str] = {}
    problems = []
    for path, file in _files(folder):
        try:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            if known.get(path) != digest:
                retriever.passages.replace(path, digest, _passages(path, content))
            found[path] = digest
        except OSError as error:
            problems.append(f"{path}: cannot be read ({error.strerror})")
        except PageProblem as problem:
            problems.append(str(problem))
    removed = sorted(known.keys() - found.keys())
    for path in removed:
        retriever.passages.remove(path)
    _agree(retriever, progress)
    return Report(
        added=tuple(path for path in found if path not in known),
        changed=tuple(path for path in found if path in known and known[path] != found[path]),
        removed=tuple(removed),
        unchanged=tuple(path for path in found if known.get(path) == found[path]),
        problems=tuple(problems),
    )


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*.md")):
        path = file.relative_to(folder)
        if file.is_file() and not any(part.startswith(".") for part in path.parts):
            yield clean(path.as_posix()), file


def _passages(path: str, content: bytes) -> list[Passage]:
    try:
        return split(parse(path, content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise PageProblem(f"{path}: is not UTF-8 text (byte {error.start}): save it as UTF-8") from error


def _agree(retriever: Retriever, progress: Progress) -> None:
    """Make the vectors' ids equal to the passages' ids."""
    wanted, present = retriever.passages.ids(), retriever.vectors.ids()
    retriever.vectors.remove(present - wanted)
    missing = sorted(wanted - present)
    for start in range(0, len(missing), _BATCH):
        progress(start, len(missing))
        batch = list(retriever.passages.get(missing[start : start + _BATCH]).values())
        vectors = retriever.embedding.embed([passage.in_context for passage in batch], "passage")
        retriever.vectors.add(batch, vectors)
    if missing:
        progress(len(missing), len(missing))
