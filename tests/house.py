"""The whole house for a test: a local Slack, a scripted model provider, a database, and Baton as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg

from tests.nursery import ROOT, Child, nursery

AMELIE, BRUNO, CHLOE, DAVID, EVA = "U0AMELIE01", "U0BRUNO001", "U0CHLOE001", "U0DAVID001", "U0EVA00001"
GAELLE, FARID = "U0GAELLE01", "U0FARID001"  # a guest, and somebody of another company
PEOPLE = (AMELIE, BRUNO, CHLOE, DAVID, EVA, GAELLE, FARID)
GENERAL, SALES, FINANCE, PARTNERS = "C0GENERAL1", "C0VENTES01", "C0FINANCE1", "C0PARTNER1"
LEDGER_TOOLS = ROOT / "tests" / "ledger_tools"
BANK_TOOLS = ROOT / "tests" / "bank_tools"
PATIENCE = float(os.environ.get("PATIENCE", "45"))  # seconds until a promise counts as broken

_BUSY = """
    SELECT task_name, args::text, status::text, attempts FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') AND coalesce(scheduled_at, now()) < now() + interval '90 seconds'
    AND NOT (task_name = 'repaint' AND status = 'todo' AND scheduled_at > now())
"""
_FORGET = """
    SET session_replication_role = replica;
    DELETE FROM procrastinate_jobs;
    TRUNCATE files, refusals, feedback, pauses, readings, audit, shown, posts, decisions, delegations, approvals,
        messages, runs, inbox, threads, listening RESTART IDENTITY
"""

T = TypeVar("T")


def until(what: str | Callable[[], str], look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """Look again and again until there is something; fail with the promise that was not kept."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what() if callable(what) else what}")
        time.sleep(0.05)


class Process:
    """A program of ours, with its output in a file."""

    def __init__(self, name: str, log: Path, *command: str, **environment: str) -> None:
        self.name, self.log, self.command = name, log, command
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self.running: subprocess.Popen[bytes] | Child | None = None

    def start(self, ready: str) -> re.Match[str]:
        """Start it, and wait for a line that says it is ready."""
        seen = len(self.output())
        self.running = self._begin()

        def look() -> re.Match[str] | None:
            found = re.search(ready, self.output()[seen:])
            if not found and self.running and self.running.poll() is not None:
                raise AssertionError(f"{self.name} ended:\n{self.output()[seen:]}")
            return found

        return until(f"{self.name} is ready\n{self.output()[-2000:]}", look)

    def _begin(self) -> subprocess.Popen[bytes] | Child:
        with self.log.open("ab") as log:
            command = [sys.executable, *self.command]
            return subprocess.Popen(command, stdout=log, stderr=log, env=self.environment, cwd=ROOT)

    def wait_for(self, words: str) -> None:
        until(f"{self.name} says {words!r}", lambda: words in self.output())

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    @property
    def is_running(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def refuse(self) -> tuple[int, str]:
        """Start it, and wait for its end; its exit code and its words come back."""
        command, where = [sys.executable, *self.command], {"env": self.environment, "cwd": ROOT}
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, **where)
        return done.returncode, done.stdout + done.stderr

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As Ctrl-C or a service does; its exit code comes back."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self.running is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self.running.send_signal(how)
        code = self.running.wait(30)
        self.running = None
        return code


class Forked(Process):
    """Baton without its imports, which are most of a start; all else is as from the command line."""

    main = "bot.cli"

    def _begin(self) -> Child:
        return nursery().bear(self.log, self.environment, self.main, *self.command[2:])


class Slack:
    """The local workspace, driven as its people would."""

    def __init__(self, home: Path, *options: str) -> None:
        self._process = Process(
            "workspace", home / "workspace.log", "-m", "bot.workspace", "--port", "0",
            "--home", str(home / "workspace"), "--ack-seconds", "1", "--retry-seconds", "0.5,2,5", *options,
        )  # fmt: skip
        self.url = self._process.start(r"workspace: (\S+)")[1]
        self._http = httpx.Client(base_url=self.url, timeout=10)

    def __enter__(self) -> Slack:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._process.stop()

    def say(self, person: str, text: str, channel: str | None = None, thread_ts: str | None = None) -> str:
        """Say something, in a direct message with Baton unless a channel is named; the message's ts comes back."""
        place = channel or person.replace("U0", "D0", 1)
        body = {"person": person, "channel": place, "text": text, "thread_ts": thread_ts}
        return str(self._ask("say", body)["ts"])

    def click(self, person: str, message: dict[str, Any], action: str, row: int = 0) -> dict[str, Any]:
        """Press a button of a message, found by its action's name; `row` counts those of the same name."""
        name = f"baton_{action}"
        pressed = [
            element["value"]
            for block in message.get("blocks") or []
            if block["type"] == "actions"
            for element in block["elements"]
            if element["action_id"] == name
        ]
        which = {"value": pressed[row]} if pressed else {}
        body = {"person": person, "channel": message["channel"], "ts": message["ts"], "action_id": name, **which}
        return self._ask("click", body)

    def press(self, person: str, message: dict[str, Any], element: dict[str, Any]) -> None:
        """Press one element of a message."""
        action = {"action_id": element["action_id"], "value": element["value"]}
        self._ask("click", {"person": person, "channel": message["channel"], "ts": message["ts"], **action})

    def thumb(self, person: str, message: dict[str, Any], verdict: str) -> None:
        """Press the thumb `up` or `down` below an answer."""
        thumbs = next(b["elements"][0] for b in message["blocks"] if b["type"] == "context_actions")
        value = thumbs["positive_button" if verdict == "up" else "negative_button"]["value"]
        place = {"person": person, "channel": message["channel"], "ts": message["ts"]}
        self._ask("click", {**place, "action_id": thumbs["action_id"], "selected": value})

    def messages(self, channel: str, thread_ts: str | None = None, person: str = DAVID) -> list[dict[str, Any]]:
        """What a person sees of a thread, or of a channel."""
        wanted = {"channel": channel, "person": person, **({"thread_ts": thread_ts} if thread_ts else {})}
        answer = self._http.get("local/messages", params=wanted).raise_for_status().json()
        return [{"channel": channel, **message} for message in answer["messages"]]

    def fault(self, method: str, **how: Any) -> None:
        """Make the next calls of a Web API method fail, or hang."""
        self._ask("fault", {"method": method, **how})

    def disturb(self, envelope: str, times: int = 1) -> None:
        """Let the next envelopes come `twice`, or `swapped` with the one that follows; `heal` ends it."""
        self._ask("fault", {"envelope": envelope, "times": times})

    def disconnect(self, reason: str) -> None:
        """End one of the app's connections as Slack does: `warning`, `refresh_requested`, `link_disabled`."""
        assert self._ask("disconnect", {"reason": reason})["told"], "there is no connection"

    def drop_connections(self, at_most: int | None = None) -> int:
        """Close the app's connections without a word, all or so many; how many comes back."""
        return int(self._ask("drop-connections", {"at_most": at_most})["dropped"])

    def envelope(self, payload: Any, kind: str = "events_api") -> dict[str, Any]:
        """Send any payload at all, once; `acked` or the `reason` why not."""
        return self._ask("envelope", {"kind": kind, "payload": payload})

    def garbage(self) -> dict[str, Any]:
        """Send some dozens of payloads and frames that no Slack sends; how many were `sent` and how many `acked`."""
        return self._ask("garbage", {})

    def inspect(self, person: str, channel: str, ts: str) -> dict[str, Any]:
        """What concerns a message: `events` told to Baton and its `calls`, oldest first."""
        where = {"person": person, "channel": channel, "ts": ts}
        found: dict[str, Any] = self._http.get("local/inspect", params=where).raise_for_status().json()
        return found

    def calls(self, method: str, since: float = 0.0) -> list[dict[str, Any]]:
        """Baton's latest calls of a method; the workspace forgets old ones, so count them from a moment on."""
        return [c for c in self._http.get("local/calls").json()["calls"] if c["method"] == method and c["at"] >= since]

    def refused(self, since: float) -> list[Any]:
        """What Slack found fault with in Baton's calls; the faults that a test asks for are not among it."""
        found = self._http.get("local/calls", params={"refused": "1"}).json()["calls"]
        return [(call["method"], call["answer"]) for call in found if call["at"] >= since]

    def frame(self, text: str) -> None:
        """Send Baton something that is no envelope."""
        self._ask("frame", {"text": text})

    def heal(self) -> None:
        """End all faults and limits, and give user groups their members and the workspace its features again."""
        for what in ("fault", "group", "feature", "limits"):
            self._ask(what, {})

    def limits(self, **per_minute: int) -> None:
        """Switch Slack's rate limits on, until `heal`; methods (with `_` for the point) may be given others."""
        methods = {method.replace("_", "."): {"per_minute": calls} for method, calls in per_minute.items()}
        self._ask("limits", {"on": True, "methods": methods})

    def edit(self, person: str, channel: str, ts: str, text: str) -> None:
        """Edit an own message."""
        self._ask("edit", {"person": person, "channel": channel, "ts": ts, "text": text})

    def delete(self, person: str, channel: str, ts: str) -> None:
        """Delete an own message. Where it has replies, Baton is told of a change: a tombstone stays."""
        self._ask("delete", {"person": person, "channel": channel, "ts": ts})

    def upload(
        self,
        person: str,
        files: dict[str, bytes],
        text: str = "",
        channel: str | None = None,
        thread_ts: str | None = None,
    ) -> tuple[str, list[str]]:
        """Share files by name, in the direct message unless a channel is named; the message's ts and the files' ids."""
        form = {"person": person, "channel": channel or person.replace("U0", "D0", 1), "text": text}
        parts = [("file", (name, content)) for name, content in files.items()]
        answer = self._http.post("local/upload", data={**form, "thread_ts": thread_ts or ""}, files=parts)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return found["ts"], found["files"]

    def lose(self, file_id: str) -> None:
        """Let a file be gone, as when somebody deletes it."""
        self._ask("fault", {"file": file_id})

    def refill(self, file_id: str, content: bytes) -> None:
        """Let a file hold something else."""
        self._http.post(f"upload/{file_id}", content=content).raise_for_status()

    def react(self, person: str, channel: str, ts: str, name: str, *, add: bool = True) -> None:
        """Add an emoji to a message, or take it away."""
        self._ask("react", {"person": person, "channel": channel, "ts": ts, "name": name, "add": add})

    def shortcut(self, person: str, callback_id: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
        """Use a shortcut, on a message (as `messages` gives it) or, without one, from anywhere."""
        place = {"channel": message["channel"], "ts": message["ts"]} if message else {}
        return self._ask("shortcut", {"person": person, "callback_id": callback_id, **place})

    def stop(self, person: str, channel: str, thread_ts: str) -> list[str]:
        """Press the Stop button, which shows while the thread's session is `processing`; the streams that it ended."""
        pressed = self._ask("stop", {"person": person, "channel": channel, "thread_ts": thread_ts})
        stopped: list[str] = pressed["stopped"]
        return stopped

    def expire(self) -> list[str]:
        """Let all streams die now, as they do when their time is over; their ts."""
        expired: list[str] = self._ask("expire", {})["expired"]
        return expired

    def feature(self, name: str, *, on: bool) -> None:
        """Take `agent_sessions` or `streaming` from the workspace, or give it back; `heal` gives both back."""
        self._ask("feature", {"name": name, "on": on})

    def session(self, person: str, channel: str, thread_ts: str) -> dict[str, Any] | None:
        """The agent session of a thread that the person sees: `status`, and `title` if it has one."""
        sessions = self.state(person)["sessions"]
        session: dict[str, Any] | None = sessions.get(f"{channel}:{thread_ts}")
        return session

    def state(self, person: str) -> dict[str, Any]:
        """All that the page of a person starts with."""
        found: dict[str, Any] = self._http.get("local/state", params={"person": person}).raise_for_status().json()
        return found

    def events(self, ts: str) -> list[dict[str, Any]]:
        """What Baton is told about a message, newest first, and how often it was sent."""
        return [event for event in self.all_events() if event["payload"]["event"].get("ts") == ts]

    def all_events(self) -> list[dict[str, Any]]:
        """The latest that Baton was told or is to be told, newest first."""
        events: list[dict[str, Any]] = self._http.get("local/events").json()["events"]
        return events

    def redeliver(self, event_id: str) -> None:
        self._ask("redeliver", {"event_id": event_id})

    def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"local/{what}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def command(self, person: str, text: str, channel: str | None = None) -> str:
        """Use a slash command (`/baton …`), in the direct message unless a channel is named; the reply's words."""
        place = channel or person.replace("U0", "D0", 1)
        before = {message["ts"] for message in self.messages(place, person=person)}
        self._ask("command", {"person": person, "channel": place, "text": text})

        def reply() -> dict[str, Any] | None:
            new = [message for message in self.messages(place, person=person) if message["ts"] not in before]
            return next((m for m in new if m.get("is_ephemeral") or m.get("bot_id")), None)

        return text_of(until(f"a reply to {text!r}", reply))

    def modal(self, person: str) -> dict[str, Any] | None:
        """The view that is open on that person's page; the newest when several lie on each other."""
        view: dict[str, Any] | None = self.state(person)["modal"]
        return view

    def dismiss(self, person: str, view_id: str) -> None:
        """Close a modal."""
        self._ask("dismiss", {"person": person, "view_id": view_id})

    def submit(self, person: str, values: dict[str, Any]) -> dict[str, str]:
        """Fill in the open modal by block id, and submit it; `{}` when it was accepted.

        Texts, numbers, dates and options' values are text, checkboxes a list of values or a boolean; inputs that
        are not named keep what Baton put there. Errors come by block id, those of the whole modal under "".
        """
        view = until(f"a modal is open for {person}", lambda: self.modal(person))
        answer = self._ask("submit", {"person": person, "view_id": view["id"], "values": values})
        errors: dict[str, str] = answer["errors"]
        return errors | ({"": answer["notice"]} if "notice" in answer else {})

    def group(self, handle: str, members: Sequence[str]) -> None:
        """Give a user group other members, until `heal`."""
        self._ask("group", {"handle": handle, "members": list(members)})


def text_of(message: dict[str, Any]) -> str:
    """All words of a message's blocks, in order."""
    return "\n".join(_words(message.get("blocks") or [])) or str(message.get("text", ""))


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from _words(value)
    elif isinstance(node, list):
        for item in node:
            yield from _words(item)


def buttons(message: dict[str, Any]) -> list[str]:
    """The labels of a message's buttons, without the one that tells why."""
    blocks = [b for b in message.get("blocks") or [] if b["type"] == "actions"]
    found = [element for block in blocks for element in block["elements"]]
    return [element["text"]["text"] for element in found if element["action_id"] != "baton_why"]


def _is_said(message: dict[str, Any]) -> bool:
    return bool(message.get("bot_id")) and not is_card(message)


def is_card(message: dict[str, Any]) -> bool:
    blocks = message.get("blocks") or [{}]
    return bool(blocks[0].get("type") == "header")


@dataclass
class House:
    """Everything together. `baton` is started by the test, so that it can be killed and started again."""

    home: Path
    slack: Slack
    database: str
    models: Path | None = None
    tools: Path = LEDGER_TOOLS
    environment: dict[str, str] = field(default_factory=dict)
    began: float = 0.0
    shipped: Path = LEDGER_TOOLS  # what `tools` was copied from
    kind: type[Process] = Forked  # `Process` where the start itself counts
    _baton: Process | None = None

    @property
    def baton(self) -> Process:
        if self._baton is None:
            documents = self.home / "documents"
            documents.mkdir(exist_ok=True)
            settings = {
                "SLACK_API_URL": f"{self.slack.url}api/",
                "SLACK_BOT_TOKEN": "xoxb-local-baton",
                "SLACK_APP_TOKEN": "xapp-local-baton",
                "SLACK_ADMIN_TOKEN": "xoxp-local-admin",
                "BATON_DATABASE_URL": self.database,
                "BATON_HOME": str(self.home / "baton"),
                "BATON_TOOLS": str(self.tools),
                "BATON_KNOWLEDGE": str(documents),
                "BATON_MODELS": str(self.models or ""),
                "LEDGER": str(self.ledger),
                **self.environment,
            }
            self._baton = self.kind("baton", self.home / "baton.log", "-m", "bot", "run", **settings)
        return self._baton

    def start(self) -> None:
        """Start Baton, unless it runs. It has met the people of the house before."""
        if not self.baton.is_running:
            self.baton.start("Baton is ready")
            known = ", ".join(f"('{person}')" for person in PEOPLE)
            self.execute(f"INSERT INTO greeted (person) VALUES {known} ON CONFLICT DO NOTHING")

    @property
    def ledger(self) -> Path:
        return self.home / "ledger"

    def written(self) -> list[str]:
        """What is in the book."""
        if not self.ledger.exists():
            return []
        return [json.loads(line)["text"] for line in self.ledger.read_text().splitlines()]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    @property
    def database_name(self) -> str:
        return str(psycopg.conninfo.conninfo_to_dict(self.database)["dbname"])

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(sql.encode())

    def hold(self, table: str, when: str) -> None:
        """Make writes to a table that fulfil a condition wait, until `release`."""
        self.execute(
            f"""
            CREATE FUNCTION hold_here() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_lock_shared(77); PERFORM pg_sleep(60); RETURN NEW; END $$;
            CREATE TRIGGER hold_here BEFORE INSERT OR UPDATE ON {table}
            FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION hold_here();
            """
        )

    def held(self) -> bool:
        """Whether somebody waits there now."""
        return bool(self.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 77"))

    def release(self) -> None:
        """End those who wait, as the server does with a dead client, and let the others pass."""
        self.rows("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77")
        until("nobody is held", lambda: not self.held())
        self.execute("DROP FUNCTION IF EXISTS hold_here CASCADE")

    def settle(self) -> None:
        """Wait until nothing is under way."""
        until(
            lambda: f"nothing is under way; there is {self.rows(_BUSY)}; log: {self.baton.output()[-3000:]}",
            lambda: not self.rows(_BUSY),
        )

    def reject(self, person: str, card: dict[str, Any], reason: str = "") -> None:
        """Press a card's button and send the form that opens."""
        self.slack.click(person, card, "reject")
        assert self.slack.submit(person, {"reason": reason}) == {}

    def approvals(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT status FROM approvals ORDER BY number")]

    def cards(self, channel: str, thread_ts: str | None = None, person: str = DAVID) -> list[dict[str, Any]]:
        said = self.slack.messages(channel, thread_ts, person)
        return [m for m in said if is_card(m) and float(m["ts"]) >= self.began]

    def card(
        self, channel: str, thread_ts: str | None = None, *, showing: str = "", person: str = DAVID
    ) -> dict[str, Any]:
        """The one card there, when it shows some words."""

        def look() -> dict[str, Any] | None:
            found = self.cards(channel, thread_ts, person)
            assert len(found) < 2, f"{len(found)} cards: {[text_of(card) for card in found]}"
            return found[0] if found and showing in text_of(found[0]) else None

        return until(f"a card that shows {showing!r}; log: {self.baton.output()[-3000:]}", look)

    def said(self, channel: str, thread_ts: str, person: str = DAVID) -> list[str]:
        """Baton's words in the thread, other than cards."""
        return [text_of(m) for m in self.slack.messages(channel, thread_ts, person) if _is_said(m)]

    def answer(self, channel: str, thread_ts: str, showing: str = "", person: str = DAVID) -> str:
        """Those of Baton's words in the thread that show what is looked for, once they are there."""

        def look() -> str | None:
            return next((text for text in self.said(channel, thread_ts, person) if showing in text), None)

        def what() -> str:
            there = self.said(channel, thread_ts, person)
            return f"an answer that shows {showing!r}; there is {there}; log: {self.baton.output()[-3000:]}"

        return until(what, look)

    def audit(self) -> Sequence[str]:
        """What happened, without what the rules said on the way, and what was in force."""
        sql = "SELECT type FROM audit WHERE type NOT LIKE 'policy.%%' AND type NOT LIKE '%%.in_force' ORDER BY seq"
        return [row[0] for row in self.rows(sql)]

    def rules(self, policy: str, directory: str | None = None) -> None:
        """Put other rules in force, in a Baton that runs."""
        self.start()
        self.write_policy(policy, directory)
        text = json.dumps({"policy": policy, "directory": directory}, ensure_ascii=False)
        in_force = """
            SELECT 1 FROM policies WHERE text = %s AND hash =
                (SELECT data->>'policy' FROM audit WHERE type = 'policy.in_force' ORDER BY seq DESC LIMIT 1)
            """
        until(f"the rules are in force; log: {self.baton.output()[-2000:]}", lambda: self.rows(in_force, text))

    def write_policy(self, policy: str, directory: str | None = None) -> None:
        """Write the files, as an editor does that replaces them."""
        for name, text in (("directory.yaml", directory), ("policy.yaml", policy)):
            new = self.tools / f"{name}.new"
            if text is None:
                (self.tools / name).unlink(missing_ok=True)
            else:
                new.write_text(text, "utf-8")
                new.replace(self.tools / name)

    def reset(self) -> None:
        """Let what is under way end, then forget it; a Baton that runs goes on running."""
        self.slack.heal()
        self.release()
        if self.baton.is_running:
            self.settle()
        if self.rows("SELECT to_regclass('audit')") != [(None,)]:
            self.execute(_FORGET)
        for file in self.ledger.parent.glob("ledger*"):
            file.unlink()
        self.restore_policy()
        self.began = time.time()

    def restore_policy(self) -> None:
        """Put the rules that came with the tools in force again."""
        policy = (self.shipped / "policy.yaml").read_text("utf-8")
        if (self.tools / "policy.yaml").read_text("utf-8") == policy and not (self.tools / "directory.yaml").exists():
            return
        if self.baton.is_running:
            self.rules(policy)
        else:
            self.write_policy(policy)

    def close(self) -> None:
        self.baton.kill()


def baton(house: House, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Use the command line beside a house."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env={**house.baton.environment, "COLUMNS": "300", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
    )
