"""How an answer shows what was looked up for it: a plan of tasks, or one line. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.slack.local import Local
from bot.slack.values import clipped, escape, visible
from bot.slack.words import cause, say
from bot.types import Json, Language, Provenance

SHOWN = 8
SYSTEMS, PARTS, PLACES = 5, 3, 2  # that are named: systems, look-ups of which something was left out, and what of each
TITLE_CHARACTERS = 100
REASON_CHARACTERS = 160


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


def lookups_from(language: Language, lookups: Sequence[Mapping[str, Json]]) -> list[Json]:
    """One block at most: from which systems and when, and of what not all was read."""
    read = [(str(one["tool"]), Provenance.read(one["provenance"])) for one in lookups if one.get("provenance")]
    systems = {came.system: say(language, "read_at", **_moment(language, came)) for _, came in read if came.system}
    told = [say(language, "read_from", systems=_some(language, list(systems.values()), SYSTEMS))] if systems else []
    parts = dict.fromkeys(
        say(language, "read_part", tool=_plain(tool), what=left_out(language, came.left_out))
        for tool, came in read
        if came.left_out
    )
    told += [say(language, "read_in_part", parts=_some(language, list(parts), PARTS))] if parts else []
    text = escape("\n".join(told))
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}] if told else []


def left_out(language: Language, reasons: Sequence[str]) -> str:
    """What a result lacks, in a few words; nothing when it is whole."""
    return _some(language, [clipped(_plain(cause(language, one)), REASON_CHARACTERS) for one in reasons], PLACES)


def _moment(language: Language, came: Provenance) -> dict[str, str]:
    local = Local(language, language, came.at.tzinfo or dt.UTC)
    return {"system": clipped(_plain(came.system), TITLE_CHARACTERS), "time": local.time(came.at)}


def _some(language: Language, parts: Sequence[str], most: int) -> str:
    """As many as stay quiet."""
    more = [say(language, "read_more")] if len(parts) > most else []
    return " · ".join([*parts[:most], *more])


def _plain(text: str) -> str:
    return visible(" ".join(text.split()))


def _title(lookup: Mapping[str, Json]) -> str:
    """What was looked up, and with which values."""
    told = " · ".join(filter(None, (str(lookup["title"]), str(lookup.get("details") or ""))))
    return clipped(visible(" ".join(told.split())), TITLE_CHARACTERS) or "—"


def _task(number: int, title: str, status: str) -> Json:
    return {"type": "task_card", "task_id": f"look_{number}", "title": title, "status": status}
