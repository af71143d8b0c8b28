"""The files of a thread: fetched and read when a segment starts, never before an acknowledgement; what fails is said."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.board import Board
from bot.errors import FileUnreadable, ToolError
from bot.reasons import because
from bot.state import files, runs
from bot.state.audit import note
from bot.state.files import Kept
from bot.state.runs import Run
from bot.types import Json, SharedFile, Thread
from bot.watching import Growing

FILES = 20  # of a thread that are read at once; the others with the next question

log = structlog.get_logger()


@dataclass(frozen=True)
class Reading:
    """What a file holds, as Markdown; `extent` says how much it is, `left_out` what is missing, in sentences."""

    kind: str
    text: str
    extent: str
    left_out: tuple[str, ...] = ()


class Shelf(Protocol):
    """Where files lie. It is asked for those of the thread only."""

    async def described(self, file: SharedFile) -> SharedFile:
        """The file with all that Slack says of it, if its message did not. Raises `FileUnreadable`."""

    async def fetch(self, file: SharedFile) -> bytes:
        """The content. Raises `FileUnreadable`."""

    async def dropped(self, thread: Thread) -> Sequence[SharedFile]:
        """The files of a thread that was there before Baton, oldest first; as far as they can be seen."""


class Reader(Protocol):
    """Makes text of a file. Raises `FileUnreadable`."""

    async def __call__(self, name: str, content: bytes) -> Reading: ...


class Attachments:
    """Reads what people put into a thread."""

    def __init__(self, board: Board, shelf: Shelf, read: Reader) -> None:
        self._board = board
        self._shelf = shelf
        self._read = read

    async def of(self, current: Run, growing: Growing, *, wordless: bool) -> list[Kept]:
        """All files of the run's thread, those that waited now read.

        What could not be read, or only in part, is said in the thread; not of the files that a `wordless` run brought,
        which is to speak of them itself.
        """
        await self._look_back(current.thread)
        async with self._board.db.transaction() as tx:
            held = await files.of_thread(tx, current.thread)
        waiting = [file for file in held if file.state == "waiting"][-FILES:]
        if not waiting:
            return held
        settled = await asyncio.gather(*(self._settled(file, growing) for file in waiting))
        async with self._board.db.transaction() as tx:
            await runs.still_mine(tx, current)
            fresh = [file for file in settled if await files.settle(tx, file)]
            to_tell = [file for file in fresh if file.problem or file.left_out]
            if wordless:
                to_tell = [file for file in to_tell if file.run_id != current.id]
            if to_tell:
                await self._board.post(
                    tx, "notice", current.thread.channel, current.thread.ts, run_id=current.id, body=told(to_tell)
                )
            for file in fresh:
                about = {"file": file.id, "name": file.shared.name, "size": str(file.shared.size)}
                if file.problem:
                    await note(tx, "file.unreadable", run_id=current.id, problem=file.problem, **about)
                else:
                    await note(tx, "file.read", run_id=current.id, **about)
            return await files.of_thread(tx, current.thread)

    async def find(self, thread: Thread, wanted: str) -> tuple[SharedFile, bytes]:
        """A file of this thread by its name or id, with its content as it is in Slack now. Raises `ToolError`."""
        async with self._board.db.transaction() as tx:
            held = await files.of_thread(tx, thread)
        file = named([one.shared for one in held], wanted)
        try:
            file = await self._shelf.described(file)
            return file, await self._shelf.fetch(file)
        except FileUnreadable as error:
            raise ToolError(f"{file.name}: {error}") from error

    async def _look_back(self, thread: Thread) -> None:
        """A thread may hold files since before Baton was called into it."""
        async with self._board.db.transaction() as tx:
            if not await files.unseen(tx, thread):
                return
        found = await self._shelf.dropped(thread)
        async with self._board.db.transaction() as tx:
            await files.looked_back(tx, thread, found[-FILES:])

    async def _settled(self, file: Kept, growing: Growing) -> Kept:
        try:
            file = replace(file, shared=await self._shelf.described(file.shared))
            growing.look(file.id, file.shared.name, {}, proposes=False)
            read = await self._read(file.shared.name, await self._shelf.fetch(file.shared))
        except FileUnreadable as error:
            log.info("a file is not read", file=file.id, size=file.shared.size, problem=str(error))
            growing.looked(file.id, failed=True)
            return replace(file, state="unreadable", problem=str(error))
        growing.looked(file.id, failed=False)
        return replace(file, state="read", kind=read.kind, text=read.text, extent=read.extent, left_out=read.left_out)


def named(files: Sequence[SharedFile], wanted: str) -> SharedFile:
    """The file that somebody means by its name or id. Raises `ToolError` when it is none of these, or not the only one."""
    if by_id := next((file for file in files if file.id == wanted), None):
        return by_id
    called = [file for file in files if _plain(file.name) == _plain(wanted)]
    if len(called) == 1:
        return called[0]
    if called:
        those = ", ".join(f"{file.id} ({file.size} bytes)" for file in called)
        raise ToolError(because("file_ambiguous", name=wanted, files=those))
    if not files:
        raise ToolError(because("file_none"))
    raise ToolError(because("file_unknown", name=wanted, files=", ".join(file.name for file in files)))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def told(files: Sequence[Kept]) -> dict[str, Json]:
    """The body of a notice about files: for each its name, its state, and what is wrong or missing."""
    lines = [
        {"name": file.shared.name, "state": file.state, "cause": file.problem or "; ".join(file.left_out)}
        for file in files
    ]
    return {"notice": "files_told", "files": lines}
