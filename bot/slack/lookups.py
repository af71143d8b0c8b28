"""How an answer shows what was looked up for it: a plan of tasks, or one line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.slack.values import clipped, escape, visible
from bot.slack.words import say
from bot.types import Json, Language

SHOWN = 8
TITLE_CHARACTERS = 100


def lookups_shown(language: Language, lookups: Sequence[Mapping[str, Json]]) -> list[Json]:
    """One block at most: a task for a single look-up, a plan for several. Each has a `title`, perhaps `details`, a `status`."""
    tasks = [_task(number, _title(one), one["status"]) for number, one in enumerate(lookups[:SHOWN], 1)]
    if len(tasks) < 2:
        return tasks
    if others := lookups[SHOWN:]:
        worst = "error" if any(one["status"] == "error" for one in others) else "complete"
        tasks.append(_task(SHOWN + 1, say(language, "looked_up_more", n=len(others)), worst))
    return [{"type": "plan", "title": say(language, "looked_up", n=len(lookups)), "tasks": tasks}]


def lookups_told(language: Language, lookups: Sequence[Mapping[str, Json]]) -> list[Json]:
    """The same as a line of words."""
    titles = [
        say(language, "looked_up_failed", title=_title(one)) if one["status"] == "error" else _title(one)
        for one in lookups[:SHOWN]
    ]
    if not titles:
        return []
    if len(lookups) > SHOWN:
        titles.append(say(language, "looked_up_more", n=len(lookups) - SHOWN))
    text = escape(say(language, "looked_up_plain", titles=" · ".join(titles)))
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}]


def _title(lookup: Mapping[str, Json]) -> str:
    """What was looked up, and with which values."""
    told = " · ".join(filter(None, (str(lookup["title"]), str(lookup.get("details") or ""))))
    return clipped(visible(" ".join(told.split())), TITLE_CHARACTERS) or "—"


def _task(number: int, title: str, status: str) -> Json:
    return {"type": "task_card", "task_id": f"look_{number}", "title": title, "status": status}
