"""Reads one file from standard input and writes what it gave as JSON: a process that may be killed, or kill itself."""

from __future__ import annotations

import json
import resource
import sys
import traceback
from dataclasses import asdict
from typing import Any

from knowledge.files.reading import read
from knowledge.files.readout import DAMAGED, UNPACKS_TOO_LARGE, Unreadable

_MEMORY = 1_500_000_000  # bytes
_CPU_SECONDS = 60


def main(suffix: str, content: bytes) -> dict[str, Any]:
    """A readout's fields, or its problem."""
    try:
        return asdict(read(suffix, content))
    except Unreadable as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": UNPACKS_TOO_LARGE}
    except Exception:  # noqa: BLE001  (what foreign parsers raise on a hostile file is anybody's guess)
        traceback.print_exc()
        return {"problem": DAMAGED}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    json.dump(main(sys.argv[1], sys.stdin.buffer.read()), sys.stdout)
