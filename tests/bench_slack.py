"""What the way through Slack costs: `make bench-slack` measures Baton beside a plain Bolt app that echoes.

1. Events that one process acknowledges and answers, and how soon it acknowledges.
2. From a message to the first thing that a person sees, and to the first words, over what the model takes.
3. 200 messages within a minute, under Slack's rate limits: nothing lost, nothing twice, in order. This part is asserted.

Nothing else is asserted: the figures are those of the machine, and of what else it does meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import yaml
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench_approvals import load, resident_bytes, say
from tests.house import AMELIE, BRUNO, CHLOE, DAVID, EVA, GENERAL, LEDGER_TOOLS, SALES, House, Process, Slack, text_of
from tests.sweep.server import serving

ROUNDS = 3  # of each, in turn
EVENTS = 150  # of a round, in flight together
AT_ONCE = 32
ALONE = 40  # events of a round that come one by one
THINKS = 1.0  # seconds that the model takes to its first word
DRIPS = 0.05  # seconds between two of its words
WORDS = 60
ASKED = 8  # questions of part 2
BURST, MINUTE = 200, 60.0
PEOPLE = (AMELIE, BRUNO, CHLOE, DAVID, EVA)
TOKEN = "xoxb-local-baton"
_NUMBERS = itertools.count(1)


# ---- the model, and the app that Baton is measured against


class Model:
    """Answers what it was asked, word by word, after a time of thinking."""

    def __init__(self, file: Path) -> None:
        self.thinks = self.drips = 0.0
        self.words = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{self._server.server_port}/v1"
        parameters = {"model": "openai/slow", "api_base": base, "api_key": "none", "timeout": 60}
        file.write_text(yaml.safe_dump({"model_list": [{"model_name": "default", "litellm_params": parameters}]}))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                text = f"echo {asked['messages'][-1]['content']}\n\n"  # a paragraph: Baton shows no half one
                time.sleep(model.thinks)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for word in [text, *(f" mot{number}" for number in range(model.words))]:
                    self._send({"content": word})
                    time.sleep(model.drips)
                self._send({}, "stop")
                self.wfile.write(b"data: [DONE]\n\n")

            def _send(self, delta: dict[str, Any], reason: str | None = None) -> None:
                choice = {"index": 0, "delta": delta, "finish_reason": reason}
                chunk = {
                    "id": "c",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "slow",
                    "choices": [choice],
                }
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


async def echo(url: str) -> None:
    """Bolt as its guide begins: one listener that says the words again, and no more."""
    app = AsyncApp(token=TOKEN, client=AsyncWebClient(token=TOKEN, base_url=url))

    @app.event("message")
    async def heard(event: dict[str, Any], client: AsyncWebClient) -> None:
        if not event.get("bot_id"):
            root = event.get("thread_ts") or event["ts"]
            await client.chat_postMessage(channel=event["channel"], thread_ts=root, text=f"echo {event['text']}")

    handler = AsyncSocketModeHandler(app, "xapp-local-baton")
    await handler.connect_async()  # type: ignore[no-untyped-call]
    print("the echo is ready", flush=True)
    await asyncio.Event().wait()


# ---- what is measured


@dataclass
class Figures:
    """Of one app, over all rounds."""

    acked: list[float] = field(default_factory=list)  # events a second
    answered: list[float] = field(default_factory=list)  # events a second
    acks: list[float] = field(default_factory=list)  # seconds from sending to the acknowledgement, one event at a time
    answers: list[float] = field(default_factory=list)  # seconds, the same
    resident: list[float] = field(default_factory=list)  # bytes at the end of a round


class Watch:
    """Sees what a person's page shows, as it is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[float, dict[str, Any]]] = []
        self.answered: dict[str, float] = {}  # moment by the number in the words
        self._new = asyncio.Event()

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            now, change = time.perf_counter(), json.loads(frame.data)
            self.shown.append((now, change))
            message = change.get("message", change)
            if change["type"] == "message" and message.get("bot_id"):
                for number in re.findall(r"echo .*?n°(\d+)", text_of(message)):
                    self.answered.setdefault(number, now)
            self._new.set()

    async def until_answered(self, numbers: Sequence[str]) -> float:
        """The moment at which the last of them was answered."""
        while not self.answered.keys() >= set(numbers):
            self._new.clear()
            async with asyncio.timeout(120):
                await self._new.wait()
        return max(self.answered[number] for number in numbers)


@asynccontextmanager
async def watching(slack: Slack, person: str) -> AsyncIterator[tuple[aiohttp.ClientSession, Watch]]:
    watch = Watch()
    async with (
        aiohttp.ClientSession(slack.url) as session,
        session.ws_connect(f"/local/live?person={person}") as socket,
        asyncio.TaskGroup() as tasks,
    ):
        listening = tasks.create_task(watch.listen(socket))
        yield session, watch
        listening.cancel()


async def sent(session: aiohttp.ClientSession, root: str) -> tuple[str, float, float]:
    """Deliver one message to the app; its number, and the moments before and after the acknowledgement."""
    number = str(next(_NUMBERS))
    event = {
        "type": "message", "user": AMELIE, "channel": SALES, "channel_type": "channel", "thread_ts": root,
        "ts": f"{time.time():.0f}.{number:0>6}", "text": f"<@UBATON01> n°{number}",
    }  # fmt: skip
    payload = {"type": "event_callback", "event_id": f"EvBENCH{number}", "team_id": "T0VALMONT1", "event": event}
    begun = time.perf_counter()
    async with session.post("/local/envelope", json={"kind": "events_api", "payload": payload}) as response:
        answer = await response.json()
    assert answer["acked"], answer
    return number, begun, time.perf_counter()


async def measure(slack: Slack, figures: Figures) -> None:
    """One round with the app that is connected."""
    roots = [slack.say(AMELIE, f"fil {number}", SALES) for number in range(EVENTS)]
    async with watching(slack, AMELIE) as (session, watch):
        for root in roots[:5]:  # what is loaded with the first ones is not measured
            number, _, _ = await sent(session, root)
            await watch.until_answered([number])
        for root in roots[:ALONE]:
            number, begun, acked = await sent(session, root)
            figures.acks.append(acked - begun)
            figures.answers.append(await watch.until_answered([number]) - begun)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(root: str) -> tuple[str, float, float]:
            async with places:
                return await sent(session, root)

        begun = time.perf_counter()
        all_of_them = await asyncio.gather(*map(one, roots))
        figures.acked.append(EVENTS / (max(acked for _, _, acked in all_of_them) - begun))
        last = await watch.until_answered([number for number, _, _ in all_of_them])
        figures.answered.append(EVENTS / (last - begun))


async def first_sights(slack: Slack) -> tuple[list[float], list[float]]:
    """Seconds from a message to the first thing that a person sees of an app, and to the first words of its answer."""
    sights, words = [], []
    async with watching(slack, AMELIE) as (_, watch):
        for _ in range(ASKED):
            number, seen = str(next(_NUMBERS)), len(watch.shown)
            begun = time.perf_counter()
            ts = await asyncio.to_thread(slack.say, AMELIE, f"n°{number}")
            words.append(await watch.until_answered([number]) - begun)
            sights.append(next(at for at, change in watch.shown[seen:] if _is_sight(change, ts)) - begun)
            await asyncio.sleep(THINKS + WORDS * DRIPS + 2)
    return sights, words


def _is_sight(change: dict[str, Any], ts: str) -> bool:
    """Something of the app's in this thread: that it works, a status, words."""
    message = change.get("message", change)
    if change["type"] == "message":
        return bool(message.get("bot_id"))
    said = change.get("status") not in (None, "", "active")
    return change["type"] in ("status", "session") and change.get("thread_ts") == ts and said


# ---- the burst


async def burst(office: Office) -> None:
    """Send it, and see that all of it is answered once and in order, while Slack says "too many" again and again."""
    slack, model = office.slack, office.model
    model.thinks, model.words, model.drips = 0.6, 0, 0.0
    places = [(person, channel) for person in PEOPLE for channel in (GENERAL, SALES, person.replace("U0", "D0", 1))]
    before = await answered(office)
    threads = {place: slack.say(place[0], f"<@UBATON01> n°{next(_NUMBERS)}", place[1]) for place in places}
    await until_done(office, before + len(places))
    refused = Counter(call["method"] for call in slack_calls(slack) if call["answer"].get("error") == "ratelimited")
    slack.limits()
    asked: defaultdict[str, list[str]] = defaultdict(list)
    begun = time.perf_counter()
    for number in range(BURST):
        person, channel = places[number % len(places)]
        asked[threads[person, channel]].append(name := str(next(_NUMBERS)))
        await asyncio.to_thread(slack.say, person, f"n°{name}", channel, threads[person, channel])
        await asyncio.sleep(max(0.0, begun + (number + 1) * MINUTE / BURST - time.perf_counter()))
    said = time.perf_counter() - begun
    await until_done(office, before + len(places) + BURST)
    took = time.perf_counter() - begun
    refused = (
        Counter(call["method"] for call in slack_calls(slack) if call["answer"].get("error") == "ratelimited") - refused
    )
    slack.heal()
    for (person, channel), root in threads.items():
        answers = office.house.said(channel, root, person)[1:]
        assert [re.findall(r"echo .*?n°(\d+)", text) for text in answers] == [[name] for name in asked[root]], answers
    say(f"3. {BURST} messages in {said:.0f} s, {len(PEOPLE)} people, {len(threads)} threads, Slack's limits on")
    say(f"   all answered once and in order, the last one {took:.0f} s after the first was said")
    say(f"   calls that Slack refused meanwhile (of the last 1000): {dict(refused) or 'none'}")


def slack_calls(slack: Slack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = slack._http.get("local/calls").json()["calls"]
    return found


async def answered(office: Office) -> int:
    """How many questions are answered by now."""
    ((count,),) = await asyncio.to_thread(office.house.rows, "SELECT count(*) FROM runs WHERE status = 'answered'")
    return int(count)


async def until_done(office: Office, runs: int) -> None:
    """Wait until so many questions are answered, and each answer is in Slack."""
    done = """
        SELECT (SELECT count(*) FROM runs WHERE status = 'answered'),
               (SELECT count(*) FROM posts WHERE status NOT IN ('sent', 'refused'))
        """
    async with asyncio.timeout(900):
        while await asyncio.to_thread(office.house.rows, done) != [(runs, 0)]:
            await asyncio.sleep(0.5)


# ---- what is printed


def spread(seconds: Sequence[float]) -> str:
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    return f"p50 {statistics.median(seconds) * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms"


def rate(rounds: Sequence[float]) -> str:
    return f"median {statistics.median(rounds):7.1f} a second ({', '.join(f'{one:.0f}' for one in rounds)})"


def tell(name: str, figures: Figures) -> None:
    say(f"   {name}")
    say(f"     acknowledged, {AT_ONCE} in flight    {rate(figures.acked)}")
    say(f"     answered, {AT_ONCE} in flight        {rate(figures.answered)}")
    say(f"     acknowledgement, one at a time  {spread(figures.acks)}")
    say(f"     answer, one at a time           {spread(figures.answers)}")
    say(f"     resident memory                 {statistics.median(figures.resident) / 2**20:.0f} MiB")


def compare(baton: Figures, plain: Figures) -> None:
    say("   ratios of the medians, Baton to the echo")
    for what in ("acked", "answered", "acks", "answers", "resident"):
        one, other = statistics.median(getattr(baton, what)), statistics.median(getattr(plain, what))
        say(f"     {what:9} {one / other:.2f}")


@dataclass
class Office:
    """One workspace, and two apps of which one at a time is connected to it."""

    slack: Slack
    house: House
    model: Model
    echo: Process

    @contextmanager
    def only(self, app: str) -> Iterator[int]:
        """Have one of them connected; its process id."""
        process, ready = (self.house.baton, "Baton is ready") if app == "baton" else (self.echo, "the echo is ready")
        if self.house.rows("SELECT to_regclass('listening')") != [(None,)]:
            self.house.execute("DELETE FROM listening")  # what the other one was told is not to be caught up with
        process.start(ready)
        assert process.running is not None
        try:
            yield process.running.pid
        finally:
            process.stop()


def part_1(office: Office) -> None:
    figures = {"baton": Figures(), "echo": Figures()}
    for _ in range(ROUNDS):
        for app, its in figures.items():
            with office.only(app) as pid:
                asyncio.run(measure(office.slack, its))
                its.resident.append(resident_bytes(pid))
    say(f"1. {ROUNDS} rounds of {EVENTS} events each, in turn, on one workspace")
    tell("Baton: committed before the acknowledgement, a run, a model over HTTP, an answer", figures["baton"])
    tell("Bolt, an echo: nothing is kept, no model", figures["echo"])
    compare(figures["baton"], figures["echo"])


def part_2(office: Office) -> None:
    model = office.model
    found = {}
    for app in ("echo", "baton"):
        with office.only(app):
            model.thinks, model.words, model.drips = (THINKS, WORDS, DRIPS)
            found[app] = asyncio.run(first_sights(office.slack))
    model.thinks, model.words, model.drips = 0.0, 0, 0.0
    sights, words = found["baton"]
    over = [seconds - THINKS for seconds in words]
    say(f"2. {ASKED} questions; the model thinks for {THINKS:g} s and then says a word every {DRIPS * 1000:.0f} ms")
    say(f"   first thing seen of Baton       {spread(sights)}")
    say(f"   first words of Baton            {spread(words)}")
    say(f"     over what the model takes     {spread(over)}")
    say(f"   words of the echo               {spread(found['echo'][1])}")
    say(f"   ratio of the medians, first thing seen to the echo's words: {_ratio(sights, found['echo'][1])}")


def _ratio(one: Sequence[float], other: Sequence[float]) -> str:
    return f"{statistics.median(one) / statistics.median(other):.2f}"


def part_3(office: Office) -> None:
    with office.only("baton"):
        asyncio.run(burst(office))


@contextmanager
def open_office() -> Iterator[Office]:
    with tempfile.TemporaryDirectory(prefix="baton-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with serving(home / "postgres") as server, Slack(home, "--ack-seconds", "3") as slack:
            model = Model(home / "models.yaml")
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            database = server.url.replace("/postgres?", "/bench?")
            house = House(home, slack, database, home / "models.yaml", LEDGER_TOOLS, kind=Process)
            plain = Process("echo", home / "echo.log", "-m", "tests.bench_slack", "--echo", f"{slack.url}api/")
            try:
                yield Office(slack, house, model, plain)
            finally:
                house.close()
                plain.kill()
                model.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_slack", description=__doc__)
    parser.add_argument("--only", choices=("1", "2", "3"), help="1: events a second; 2: first sight; 3: the burst")
    parser.add_argument("--echo", help=argparse.SUPPRESS)
    given, at_start = parser.parse_args(), load()
    if given.echo:
        asyncio.run(echo(given.echo))
        return
    with open_office() as office:
        for number, part in (("1", part_1), ("2", part_2), ("3", part_3)):
            if given.only in (None, number):
                part(office)
    say(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} processors; load average at start {at_start}, at the end {load()}"
    )


if __name__ == "__main__":
    main()
