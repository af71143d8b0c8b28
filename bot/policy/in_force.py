"""The policy that is in force: read again when its files change, and never replaced by one that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import structlog

from bot.errors import PolicyError
from bot.policy.policy import AGENTS, DIRECTORY, Policy
from bot.policy.verdicts import ToolFacts

log = structlog.get_logger()

_Stamp = tuple[tuple[int, int] | None, ...]  # of each file: when it changed, and its size


class InForce:
    """Holds the good policy. `problem` says what is wrong with the files now; `None` when they are what is in force."""

    def __init__(
        self, file: Path, tools: Mapping[str, ToolFacts] | None = None, agents: frozenset[str] = AGENTS
    ) -> None:
        """Raises `PolicyError` when the first one is wrong."""
        self._files: tuple[Path, ...] = (file, file.with_name(DIRECTORY))
        self._tools = tools
        self._agents = agents
        self._stamp = self._stamped()
        self._seen = self._digest()
        self.policy = Policy.load(file, tools, agents)
        self.problem: str | None = None
        self._warn()

    @classmethod
    def of(cls, policy: Policy) -> InForce:
        """One that stays as it is."""
        fixed = cls.__new__(cls)
        fixed._files, fixed._tools, fixed._agents = (), None, AGENTS
        fixed._stamp, fixed._seen = (), ""
        fixed.policy, fixed.problem = policy, None
        return fixed

    def refresh(self) -> bool:
        """Look at the files again; whether another policy is in force now. Cheap when nothing changed."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return False
        seen = self._digest()
        self._stamp = stamp
        if seen == self._seen:
            return False
        self._seen = seen
        return self._replaced()

    def named(self, tools: Mapping[str, ToolFacts], agents: frozenset[str]) -> bool:
        """Read the rules with these tools and agents in mind; whether another policy is in force now."""
        self._tools, self._agents = tools, agents
        self._stamp, self._seen = self._stamped(), self._digest()  # the files are read here, too
        return self._replaced()

    def _replaced(self) -> bool:
        before = self.policy.hash
        try:
            self._refuse_nothing()
            self.policy = Policy.load(self._files[0], self._tools, self._agents)
        except PolicyError as error:
            self.problem = str(error)
            log.error("the policy file is wrong: the one before it stays in force", problem=self.problem)
            return False
        self.problem = None
        if self.policy.hash == before:
            return False
        log.info("another policy is in force", hash=self.policy.hash[:12], rules=len(self.policy.rules))
        self._warn()
        return True

    def _refuse_nothing(self) -> None:
        """A file that is gone, or empty while somebody is writing it, would lose the rules in silence."""
        file = self._files[0]
        if not (self.policy.rules or self.policy.groups):
            return
        found = _bytes(file)
        if found is None:
            raise PolicyError(f"{file}:1: error: is gone; put it back, or restart Baton to go without one")
        if not any(line.strip() and not line.strip().startswith(b"#") for line in found.splitlines()):
            raise PolicyError(f"{file}:1: error: is empty; to go without rules, write `rules: []`")

    def _warn(self) -> None:
        for finding in self.policy.findings:
            log.warning("policy", finding=str(finding))

    def _stamped(self) -> _Stamp:
        return tuple(_stamp(file) for file in self._files)

    def _digest(self) -> str:
        """Of the bytes of the files."""
        return hashlib.sha256(repr([_bytes(file) for file in self._files]).encode()).hexdigest()


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
