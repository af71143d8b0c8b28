"""Reads files in processes of their own: a parser that hangs or eats memory takes nobody with it, and sees no secrets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from pathlib import Path, PurePath
from typing import Final

from knowledge.files.readout import DAMAGED, TOO_LONG, Readout, Unreadable

SECONDS: Final = 30.0
_AT_ONCE = asyncio.Semaphore(2)
_HERE = str(Path(__file__).parents[2])


async def read_apart(name: str, content: bytes, seconds: float = SECONDS) -> Readout:
    """A file's text. Raises `Unreadable`, also when reading takes more than so many seconds."""
    suffix = re.sub(r"[^a-z0-9.]", "", PurePath(name).suffix.lower())
    async with _AT_ONCE:
        out = await _run(suffix, content, seconds)
    try:
        found = json.loads(out)
    except ValueError:
        raise Unreadable(DAMAGED) from None  # it was killed for what it took
    if "problem" in found:
        raise Unreadable(found["problem"])
    return Readout(found["kind"], found["text"], found["extent"], tuple(found["left_out"]))


async def _run(suffix: str, content: bytes, seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "knowledge.files", suffix,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": _HERE, "PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate(content)
            return out
    except TimeoutError:
        raise Unreadable(TOO_LONG) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
