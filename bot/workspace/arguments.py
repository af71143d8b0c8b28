"""Which arguments each Web API method takes; the table is made from the types of Slack's own client (`schemas/README.md`)."""

import json
from pathlib import Path
from typing import Final

from .company import Json

_TABLE: Final[dict[str, dict[str, list[str]]]] = json.loads(
    (Path(__file__).parent / "schemas" / "arguments.json").read_text("utf-8")
)
# Clients may send it with every call, for tokens that reach several workspaces.
_ANYWHERE: Final = frozenset(("team_id",))
# Documented, and not in those types.
_ALSO: Final = {"files.completeUploadExternal": ("channels",)}


def argument_faults(method: str, args: Json) -> list[str]:
    """What is missing and what Slack does not know; a method that is not in the table takes anything."""
    if method not in _TABLE:
        return []
    required, optional = _TABLE[method]["required"], _TABLE[method]["optional"]
    known = {*required, *optional, *_ALSO.get(method, ()), *_ANYWHERE}
    missing = [f"missing required field: {name}" for name in required if args.get(name) is None]
    return missing + [f"invalid additional property: {name}" for name in sorted(args.keys() - known)]
