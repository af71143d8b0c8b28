"""The meeting rooms of the Lyon plant and their bookings."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

from bot import RunContext, ToolError, tool

SEATS = {"Vercors": 6, "Chartreuse": 4, "Belledonne": 14}


@tool(
    read_only=True,
    examples=[
        "Quelles sont les salles du site ?",
        "Je cherche une salle pour 5 personnes",
        "Show me the rooms",
        "Which room is big enough for 10 people?",
    ],
)
def list_rooms(ctx: RunContext, seats: int = 1) -> list[dict[str, Any]]:
    """List the meeting rooms that have enough seats.

    Args:
        seats: How many people must fit in the room.
    """
    return [{"room": name, "seats": size} for name, size in SEATS.items() if size >= seats]


@tool(
    examples=[
        "Réserve Belledonne lundi prochain pour 2 heures",
        "Peux-tu prendre la salle Chartreuse le 9 janvier ?",
        "Reserve the Vercors room tomorrow",
        "Book Chartreuse on 4 March for 3 hours",
    ],
)
def book_room(ctx: RunContext, room: str, day: dt.date, hours: int = 1) -> dict[str, str]:
    """Book a meeting room for a day.

    Args:
        room: Name of the room, for example Vercors.
        day: Day of the meeting.
        hours: How long the meeting lasts, in hours.
    """
    name = _room(room)
    if not 1 <= hours <= 10:
        raise ToolError(f"a room can be booked for 1 to 10 hours, not {hours}")
    _record(ctx, {"tool": "book_room", "room": name, "day": day.isoformat(), "hours": hours})
    return {"reference": f"{name.upper()}-{day:%Y%m%d}", "summary": f"{name} booked on {day} for {hours} h"}


def _room(given: str) -> str:
    for name in SEATS:
        if name.casefold() in given.casefold():
            return name
    raise ToolError(f"there is no room '{given}'; the rooms are {', '.join(SEATS)}")


def _record(ctx: RunContext, effect: dict[str, Any]) -> None:
    path = os.environ.get("UNSEEN_LEDGER")
    if not path:
        raise ToolError("UNSEEN_LEDGER is not set: nothing was booked")
    with Path(path).open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps({"key": ctx.idempotency_key, **effect}, ensure_ascii=False) + "\n")
