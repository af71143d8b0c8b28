"""How people call what a proposal has come to, in English."""

from __future__ import annotations

from collections.abc import Mapping

STATUS_WORDS: Mapping[str, str] = {
    "status_pending": "pending",
    "status_approved": "approved",
    "status_executing": "being carried out",
    "status_executed": "done",
    "status_failed": "not done",
    "status_unknown": "outcome unknown",
    "status_rejected": "rejected",
    "status_expired": "expired",
    "status_denied": "denied",
    "status_stale": "out of date",
    "status_superseded": "replaced",
    "status_withdrawn": "withdrawn",
}
