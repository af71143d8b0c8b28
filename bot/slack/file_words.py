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

# Why a file is not read, or only in part; kept as text where it is found out
FILE_CAUSES = (
    "it is empty",
    "it is a picture, and I read text only",
    "it is of a kind that I cannot read: I read text, PDF, CSV and Excel (.xlsx)",
    "it is a ZIP archive or another Office file: of those I read Excel (.xlsx) only",
    "it is in an old Office format or protected by a password: save it as .xlsx or PDF, without one",
    "it is protected by a password: share a copy without one",
    "its pages are pictures without text, such as a scan: share a copy with recognised text",
    "there are no values in it",
    "it is damaged or incomplete: open it, save it again and share that copy",
    "unpacked, it is too large",
    "reading it took too long",
    "only the first 200,000 characters were read",
    "only the first 200 pages were read",
    "only the first 5,000 rows were read",
    "only the first 60 columns were read",
    "only the first 20 sheets were read",
    "hidden sheets were not read",
    "cells of more than 1,000 characters were shortened",
    "sequences of more than 400 characters without a space were shortened",
    "some pages are damaged and were not read",
    "some pages hold no text, such as scans, and were not read",
    "some formulas have no stored result: they stand as formulas",
    "it is larger than 20 MB",
    "Slack does not let me read it (an administrator can check the app's permission files:read)",
    "it is no longer in Slack",
    "it does not lie in Slack itself: download it and share the file",
    "Slack did not give it to me: share it again in a moment",
)
