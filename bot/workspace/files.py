"""Files: what Slack says about one, who may see it, and where its content is to be had."""

import mimetypes
import time
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from .company import APP_USER, CHANNELS, TEAM, Channel, Json, Person
from .state import State

# Slack's names where they differ from the ending.
_TYPES: Final = {"txt": "text", "md": "markdown", "py": "python", "yml": "yaml", "jpeg": "jpg", "htm": "html"}
LONGEST_PREVIEW: Final = 10_000
_PLACES: Final = {"channel": "channels", "group": "groups", "im": "ims"}


def described(file_id: str, name: str, content: bytes, who: str, base_url: str, team: str = TEAM) -> Json:
    """Slack's file object; a text has its preview, here of as much as a page shows."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    now = int(time.time())
    return {
        "id": file_id,
        "created": now,
        "timestamp": now,
        "name": name,
        "title": name,
        "mimetype": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "filetype": _TYPES.get(ending, ending) or "binary",
        "pretty_type": ending.upper() or "Binary",
        "user": who,
        "user_team": team,
        "editable": False,
        "size": len(content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{base_url}files/{file_id}",
        "url_private_download": f"{base_url}files/{file_id}/download/{quote(name)}",
        "permalink": f"{base_url}files/{file_id}",
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": [],
        "groups": [],
        "ims": [],
    } | _preview(content)


def shared(file: Json, channel: Channel) -> Json:
    """The file as it is once it lies in the channel too."""
    place = _PLACES[channel.channel_type]
    return file | {place: [*file[place], channel.id]} | ({"is_public": True} if place == "channels" else {})


def channels_of(file: Json) -> list[Channel]:
    return [CHANNELS[channel] for place in _PLACES.values() for channel in file.get(place, [])]


def is_seen_by(file: Json, person: Person) -> bool:
    return file["user"] == person.id or any(person.id in channel.people for channel in channels_of(file))


def is_seen_by_app(file: Json, state: State) -> bool:
    return file["user"] == APP_USER or any(state.note("left", channel.id) is None for channel in channels_of(file))


def _preview(content: bytes) -> Json:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {}
    shown, lines = text[:LONGEST_PREVIEW], text.count("\n") + 1
    return {"mode": "snippet", "preview": shown, "lines": lines, "preview_is_truncated": shown != text}
