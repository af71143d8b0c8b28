"""The stage of a sweep: a house with a database server of its own, Batons from a nursery, and witnesses of what happens."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.house import Forked, House, Slack, until
from tests.provider import Provider, calls_raw, says
from tests.sweep.orders import Orders, Standing

BOOK = Path(__file__).parent / "book"
COMMAND = ("-m", "tests.sweep.instrumented")
NEVER_MIND = "ne fais rien"  # a question with these words asks for no call
BRIEF = ("That is what the ledger says.",)
LONG = ("There is a book here.", "It has room for many lines.")
PAUSE_SECONDS = 0.3  # before each paragraph of a slow answer: long enough for it to be seen growing

# Every change of an approval's status is written down beside Baton's own audit.
_WITNESS = """
    CREATE TABLE IF NOT EXISTS witness (seq bigserial, approval text, old text, new text);
    TRUNCATE witness;
    CREATE OR REPLACE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN INSERT INTO witness (approval, new) VALUES (NEW.id, NEW.status);
        ELSIF OLD.status <> NEW.status THEN
            INSERT INTO witness (approval, old, new) VALUES (NEW.id, OLD.status, NEW.status);
        END IF;
        RETURN NULL; END $$;
    CREATE OR REPLACE TRIGGER witness AFTER INSERT OR UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION witness();
"""


class Model(Provider):
    """A model that always makes the same calls for a question, however often it is asked, and then says its answer.

    With `asks` the agent of that name is asked first, and makes the calls.
    """

    def __init__(self, file: Path) -> None:
        self.makes: list[tuple[str, dict[str, Any]]] = []
        self.answer: Sequence[str] = BRIEF  # in paragraphs
        self.asks = ""
        super().__init__(file)

    def _next(self, request: dict[str, Any]) -> Any:
        last = request["messages"][-1]
        if last["role"] == "user" and NEVER_MIND not in str(last["content"]):
            if self.asks and f"agent `{self.asks}`" not in request["messages"][0]["content"]:
                return calls_raw(f"ask_{self.asks}", '{"request": "Write it into the book."}')
            return calls_raw(*(part for name, how in self.makes for part in (name, json.dumps(how))))
        return says(self.answer[0]) if len(self.answer) == 1 else self._slowly()

    def _slowly(self) -> Iterator[str]:
        for paragraph in self.answer:
            time.sleep(PAUSE_SECONDS)
            yield f"{paragraph}\n\n"


class BookHouse(House):
    """A house with the book's tools; their rules stay as they are."""

    def restore_policy(self) -> None:
        pass


class Watched(Forked):
    """A Baton with its points watched."""

    main = COMMAND[1]

    def start(self, ready: str = "Baton is ready", *, may_die: bool = False) -> Any:
        """Start it, and wait until it is ready, or has died if that is what it may do."""
        seen = len(self.output())
        self.running = self._begin()

        def look() -> bool:
            alive = self.is_running
            assert alive or may_die, f"{self.name} ended:\n{self.output()[seen:][-3000:]}"
            return not alive or ready in self.output()[seen:]

        return until(lambda: f"{self.name} is ready\n{self.output()[-3000:]}", look)

    def run(self) -> None:
        """Let a command that ends do its work."""
        self.running = self._begin()
        until(lambda: f"{self.name} has ended\n{self.output()[-2000:]}", lambda: not self.is_running)

    @property
    def is_frozen(self) -> bool:
        pid = str(self.running.pid) if self.running else "0"
        state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False)
        return state.stdout.startswith("T")

    def thaw(self) -> None:
        """Let it go on."""
        if self.running:
            self.running.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> int:
        self.thaw()
        return super()._end(how)


@dataclass
class Stage:
    """A house, its model, and as many Batons as a story needs."""

    house: House
    model: Model
    batons: dict[str, Watched] = field(default_factory=dict)
    _stories: int = 0

    def baton(self, name: str = "baton") -> Watched:
        """The first Baton, or another one on the same database and workspace."""
        if name not in self.batons:
            environment = dict(self.house.baton.environment) if name == "baton" else dict(self.baton().environment)
            environment |= {
                "BATON_HOME": str(self.house.home / name),
                "SWEEP_ORDERS": str(self.house.home / f"{name}.orders"),
                "SWEEP_BUG": "",
            }
            Orders().give(Path(environment["SWEEP_ORDERS"]))
            self.batons[name] = Watched(name, self.house.home / f"{name}.log", *COMMAND, "run", **environment)
            if name == "baton":
                self.house._baton = self.batons[name]
        return self.batons[name]

    def order(self, name: str = "baton", **orders: Any) -> Path:
        """Give a Baton its orders for a new story; the file in which its points will be."""
        self._stories += 1
        record = self.house.home / f"{name}.points"
        record.unlink(missing_ok=True)
        Orders(story=str(self._stories), record=str(record), **orders).give(self._orders(name))
        return record

    def relent(self, name: str = "baton") -> None:
        """Take back what is ordered."""
        Orders(story=str(self._stories)).give(self._orders(name))

    def clear(self) -> None:
        """Forget the last story. A Baton that is still busy with it is ended."""
        for name, baton in self.batons.items():
            if name != "baton" or not self.at_rest():
                baton.kill()
            self.relent(name)
        self.baton()
        self.house.reset()
        self.house.start()
        self.house.execute(_WITNESS)

    def at_rest(self, *, after_a_question: bool = False) -> bool:
        """Whether nothing is under way: no job, run or post, no event of Slack's; and not because nothing has begun yet."""
        with contextlib.suppress(psycopg.Error):
            if self.house.rows(_REST, after_a_question) == [(True,)]:
                events = httpx.get(f"{self.house.slack.url}local/events").json()["events"]
                return not any(event["state"] == "waiting" for event in events)
        return False

    def is_held(self) -> bool:
        """Whether the first Baton has orders to hold still somewhere."""
        return Standing(self._orders("baton")).now().how == "hold"

    def declare_dead(self) -> None:
        """Let the database believe that workers have been silent for long: nobody needs to wait until it does."""
        self.house.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")

    def command(self, *words: str) -> None:
        """Have an operator use Baton's command line."""
        environment = self.baton("operator").environment
        Watched("operator", self.house.home / "operator.log", *COMMAND, *words, **environment).run()

    def seed(self, bug: str) -> None:
        """From its next start on the first Baton has this bug."""
        self.baton().environment["SWEEP_BUG"] = bug
        self.baton().kill()

    def close(self) -> None:
        for baton in self.batons.values():
            baton.kill()

    def _orders(self, name: str) -> Path:
        return Path(self.baton(name).environment["SWEEP_ORDERS"])


_REST = """
    SELECT NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
                       AND task_name NOT IN ('expire', 'rescue')
                       AND NOT (task_name = 'repaint' AND scheduled_at > now() + interval '1 hour'))
       AND NOT EXISTS (SELECT 1 FROM runs WHERE status NOT IN ('answered', 'failed'))
       AND NOT EXISTS (SELECT 1 FROM posts WHERE status NOT IN ('sent', 'refused'))
       AND (NOT %s OR EXISTS (SELECT 1 FROM runs))
"""


@contextmanager
def staged(home: Path, database: str) -> Iterator[Stage]:
    """A stage on an empty database."""
    model = Model(home / "models.yaml")
    with Slack(home, "--retry-seconds", "0.2,1,3") as slack:
        stage = Stage(BookHouse(home, slack, database, model.models, tools=BOOK), model)
        try:
            yield stage
        finally:
            stage.close()
            model.close()
