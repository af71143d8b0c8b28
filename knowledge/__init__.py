"""What the company's documents say: `open` an index, `ingest` a folder of Markdown pages, `search` it."""

from knowledge.chunk import Passage, passages_of
from knowledge.errors import KnowledgeError, KnowledgeInUse
from knowledge.ingest import Report
from knowledge.library import Knowledge, open  # noqa: A004 - reads as knowledge.open(home)
from knowledge.retriever import Hit

__all__ = ["Hit", "Knowledge", "KnowledgeError", "KnowledgeInUse", "Passage", "Report", "open", "passages_of"]
