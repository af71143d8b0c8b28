"""The words about files in a thread, and about people from outside, in English."""

from __future__ import annotations

from collections.abc import Mapping

FILE_WORDS: Mapping[str, str] = {
    "file_unnamed": "the file",
    "file_read": "📎 I have read {name}: ask me about it here in the thread.",
    "file_read_in_part": "📎 I have read {name}, though not all of it: {cause}. Ask me about it here in the thread.",
    "file_unreadable": "📎 I cannot read {name}: {cause}.",
}
OUTSIDER_WORDS: Mapping[str, str] = {
    "outsider_refused": (
        "Hello! I am the assistant of the company that runs this workspace, and I answer its own staff. "
        "Please ask your contact there; they can also ask me on your behalf."
    ),
    "outsider_unsure": (
        "I could not check just now who is asking, and in a channel that other companies read I only answer when I can. "
        "Please ask again in a moment."
    ),
}
