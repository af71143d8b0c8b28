"""The workspace's file: messages, events still to be delivered, files and what else must outlive a crash.

Every method that writes has committed when it returns. It knows rows, not Slack's rules.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .company import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  channel TEXT NOT NULL, ts TEXT NOT NULL, root TEXT NOT NULL, seen_by TEXT, body TEXT NOT NULL,
  PRIMARY KEY (channel, ts));
CREATE INDEX IF NOT EXISTS messages_by_thread ON messages (channel, root, ts);
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL,
  sends INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, reason TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'waiting');
CREATE INDEX IF NOT EXISTS events_waiting ON events (due) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, body TEXT NOT NULL, content BLOB);
CREATE TABLE IF NOT EXISTS notes (
  kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key));
"""


class FolderInUse(Exception):
    """Another workspace process holds this folder."""


@dataclass(frozen=True)
class Message:
    """One row. `root` is the ts of its thread's first message; `seen_by` is the one person of an ephemeral."""

    channel: str
    ts: str
    root: str
    body: Json
    seen_by: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.root != self.ts


def place_key(channel: str, ts: str) -> str:
    """The key of what is noted of a thread or a message."""
    return f"{channel}:{ts}"


@dataclass(frozen=True)
class WaitingEvent:
    """An event the app has not acknowledged; `sends` counts how often it was put on the wire, this time included."""

    event_id: str
    payload: Json
    sends: int
    reason: str


class State:
    def __init__(self, home: Path) -> None:
        """Opens or creates `workspace.sqlite` in `home`; raises FolderInUse when another process holds it."""
        home.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(home / "workspace.sqlite", timeout=0.5, isolation_level=None)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            # What is committed outlives kill -9; after a power cut the last moments may be missing, and that will do.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise FolderInUse(f"{home} is in use by another workspace ({error})") from error
        newest = self._db.execute("SELECT max(ts) FROM messages").fetchone()[0]
        self._last_micros = int(newest.replace(".", "")) if newest else 0

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes the writes inside one transaction; no await may happen inside."""
        with self._db:  # commits at the end, and rolls back when something is raised
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def next_ts(self) -> str:
        """A Slack timestamp, later than every one given before, also before a restart."""
        self._last_micros = max(self._last_micros + 1, time.time_ns() // 1000)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    # messages

    def put_message(self, message: Message) -> None:
        """Adds the message, or replaces the one at the same place."""
        self._db.execute(
            "INSERT INTO messages (channel, ts, root, seen_by, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (channel, ts) DO UPDATE SET body = excluded.body",
            (message.channel, message.ts, message.root, message.seen_by, _dump(message.body)),
        )

    def delete_message(self, message: Message) -> None:
        self._db.execute("DELETE FROM messages WHERE channel = ? AND ts = ?", (message.channel, message.ts))

    def message(self, channel: str, ts: str) -> Message | None:
        return next(self._messages("channel = ? AND ts = ?", (channel, ts)), None)

    def thread(self, channel: str, root: str) -> list[Message]:
        """The thread's messages, oldest first, ephemerals included."""
        return list(self._messages("channel = ? AND root = ?", (channel, root)))

    def top_level(self, channel: str) -> list[Message]:
        """The channel's messages that are not replies, oldest first, ephemerals included."""
        return list(self._messages("channel = ? AND root = ts", (channel,)))

    def repliers(self, channel: str, root: str) -> list[tuple[str, int, str]]:
        """Who replied there for all to see, in the order of their first replies: the user, how often, and when last."""
        found = self._db.execute(
            "SELECT body ->> 'user', count(*), max(ts) FROM messages"
            " WHERE channel = ? AND root = ? AND ts <> root AND seen_by IS NULL GROUP BY 1 ORDER BY min(ts)",
            (channel, root),
        )
        return list(found)

    def latest(self, channel: str, person: str) -> str | None:
        """The ts of the newest message there that this person sees and did not write."""
        found = self._db.execute(
            "SELECT max(ts) FROM messages WHERE channel = ? AND coalesce(seen_by, ?) = ? AND body ->> 'user' <> ?",
            (channel, person, person, person),
        ).fetchone()
        return str(found[0]) if found[0] else None

    def _messages(self, where: str, values: Iterable[str]) -> Iterator[Message]:
        # `where` is one of the literals above.
        select = f"SELECT channel, ts, root, body, seen_by FROM messages WHERE {where} ORDER BY ts"  # noqa: S608
        rows = self._db.execute(select, tuple(values))
        return (Message(channel, ts, root, json.loads(body), seen_by) for channel, ts, root, body, seen_by in rows)

    # events for the app

    def add_event(self, event_id: str, payload: Json) -> None:
        self._db.execute(
            "INSERT INTO events (event_id, payload, due) VALUES (?, ?, ?)",
            (event_id, _dump(payload), time.time()),
        )

    def event_payload(self, event_id: str) -> Json | None:
        row = self._db.execute("SELECT payload FROM events WHERE event_id = ?", (event_id,)).fetchone()
        return _load(row[0]) if row else None

    def waiting_events(self) -> list[tuple[str, float]]:
        """The identifier and the due time of each event still to be delivered, in the order in which they are due."""
        return list(self._db.execute("SELECT event_id, due FROM events WHERE state = 'waiting' ORDER BY due, seq"))

    def event_to_send(self, event_id: str) -> WaitingEvent:
        """Reads the event and counts one send before it goes on the wire: a crash in between then shows as a retry."""
        row = self._db.execute(
            "UPDATE events SET sends = sends + 1 WHERE event_id = ? RETURNING payload, sends, reason", (event_id,)
        ).fetchone()
        return WaitingEvent(event_id, json.loads(row[0]), sends=row[1], reason=row[2])

    def event_again(self, event_id: str, due: float, reason: str) -> None:
        self._db.execute("UPDATE events SET due = ?, reason = ? WHERE event_id = ?", (due, reason, event_id))

    def event_done(self, event_id: str, *, acked: bool) -> None:
        state = "acked" if acked else "given up"
        self._db.execute("UPDATE events SET state = ? WHERE event_id = ?", (state, event_id))

    def events(self, limit: int, naming: str = "") -> list[Json]:
        """The latest events with their fate, newest first; with `naming` those whose payload has this text."""
        rows = self._db.execute(
            "SELECT event_id, payload, sends, state FROM events WHERE instr(payload, ?) ORDER BY seq DESC LIMIT ?",
            (naming, limit),
        )
        return [
            {"event_id": event, "payload": json.loads(payload), "sends": sends, "state": state}
            for event, payload, sends, state in rows
        ]

    # files

    def put_file(self, file_id: str, body: Json, content: bytes | None) -> None:
        self._db.execute(
            "INSERT INTO files (id, body, content) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body, content = excluded.content",
            (file_id, _dump(body), content),
        )

    def put_file_body(self, file_id: str, body: Json) -> None:
        """Says something else about a file; its content stays."""
        self._db.execute("UPDATE files SET body = ? WHERE id = ?", (_dump(body), file_id))

    def file(self, file_id: str) -> tuple[Json, bytes | None] | None:
        row = self._db.execute("SELECT body, content FROM files WHERE id = ?", (file_id,)).fetchone()
        return (_load(row[0]), row[1]) if row else None

    # notes: small facts by kind and key (status, prompts, home, response_url, …)

    def note(self, kind: str, key: str) -> Any:
        row = self._db.execute("SELECT value FROM notes WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def notes(self, kind: str) -> Json:
        rows = self._db.execute("SELECT key, value FROM notes WHERE kind = ?", (kind,))
        return {key: json.loads(value) for key, value in rows}

    def put_note(self, kind: str, key: str, value: Any) -> None:
        """Keeps the value under kind and key; None forgets it."""
        if value is None:
            self._db.execute("DELETE FROM notes WHERE kind = ? AND key = ?", (kind, key))
            return
        self._db.execute(
            "INSERT INTO notes (kind, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (kind, key, _dump(value)),
        )


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _load(text: str) -> Json:
    value: Json = json.loads(text)
    return value
