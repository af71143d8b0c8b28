"""The words of a message that grows, and of work that was stopped; in English."""

from __future__ import annotations

from collections.abc import Mapping

LIVE_WORDS: Mapping[str, str] = {
    "looking": "Looking up: {what}",
    "preparing": "Preparing: {what}",
    "thinking": "The model is working on the answer",
    "proposed": "I propose {label}: its card follows. Nothing happens before it is decided.",
    "asks_agents": "I am asking: {agents}.",
    "under_way": "⚙️ {label} is already being carried out and cannot be stopped any more; I will say what came of it.",
    "ended_by_stop": "⏹️ Stopped by {by}. I do nothing more for this question.",
    "ended_by_edit": "✏️ {by} edited the question: I begin again with the new words.",
    "ended_by_delete": "🗑️ {by} deleted the question: I do nothing more for it.",
    "not_yours_to_stop": "Only whoever asked can stop the work on their question. A proposal can be rejected on its card.",
    "settled_unknown": "❓ {label}: I don't know what came of it; its card says who looks.",
}
