"""One process owns a folder: two writers damage a Chroma directory without any error."""

import fcntl
import os
from pathlib import Path
from typing import Self

from knowledge.errors import KnowledgeInUse


class Ownership:
    """Holds `folder/owner.lock` until it is released or the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> Self:
        """Become the owner.

        Raises:
            KnowledgeInUse: Another process is.
        """
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(descriptor, 20, 0).strip()
            os.close(descriptor)
            raise KnowledgeInUse(str(folder), int(pid) if pid.isdigit() else None) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        os.close(self._descriptor)
