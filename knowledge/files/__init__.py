"""Files that people share, as text: PDF, CSV, Excel and plain text, within limits. What is left out is always said."""

from knowledge.files.apart import read_apart
from knowledge.files.readout import SENTENCES, Readout, Unreadable

__all__ = ["SENTENCES", "Readout", "Unreadable", "read_apart"]
