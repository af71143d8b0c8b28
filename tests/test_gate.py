"""The way out to Slack: calls that go the same way wait together where Slack says "too many", and in order."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from procrastinate.jobs import Job
from slack_sdk.errors import SlackApiError

from bot.engine import _Again, _Clock
from bot.errors import SlackBusy
from bot.slack.gate import LONGEST, QUIET_SECONDS, Gate, GatedClient


class Time:
    """A clock that goes on when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    async def run(self, work: asyncio.Future[Any]) -> None:
        """Let time pass until the work is done."""
        while not work.done():
            for _ in range(50):
                await asyncio.sleep(0)
            if self._sleepers and not work.done():
                self._sleepers.sort(key=lambda sleeper: sleeper[0])
                self.now, woken = self._sleepers.pop(0)
                woken.set()


async def test_an_open_way_lets_everybody_through_at_once() -> None:
    gate = Gate(now=lambda: 5.0, sleep=never)
    for _ in range(300):
        await gate.pass_through("chat.postMessage", "C1")
    assert gate.admits("chat.postMessage", "C1")


async def test_who_goes_the_same_way_waits_and_others_do_not() -> None:
    time = Time()
    gate = Gate(now=time, sleep=never)
    gate.close("chat.postMessage", "C1", 30)
    gate.close("chat.startStream", "C1", 30)
    admitted = [gate.admits(*way) for way in WAYS]
    assert admitted == [False, True, True, False, False]
    with pytest.raises(SlackBusy) as told:
        await gate.pass_through("chat.postMessage", "C1")
    assert told.value.seconds == pytest.approx(30)
    await gate.pass_through("chat.postMessage", "C2")
    time.now += 30
    assert all(gate.admits(*way) for way in WAYS)


WAYS = [
    ("chat.postMessage", "C1"), ("chat.postMessage", "C2"), ("chat.update", "C1"), ("chat.startStream", "C1"),
    ("chat.startStream", "C2"),
]  # fmt: skip


async def test_those_who_wait_go_one_after_the_other_in_order_and_a_closed_way_keeps_its_pace() -> None:
    time, went = Time(), list[tuple[int, float]]()
    gate = Gate(now=time, sleep=time.sleep)
    gate.close("chat.postMessage", "C1", 0.5)

    async def go(number: int) -> None:
        try:
            await gate.pass_through("chat.postMessage", "C1")
        except SlackBusy as busy:
            await time.sleep(busy.seconds)  # as the queue does
            await go(number)
        else:
            went.append((number, time.now - 1000))

    await time.run(asyncio.gather(*(go(number) for number in range(20))))
    assert [number for number, _ in went] == list(range(20))
    assert [at for _, at in went] == pytest.approx([0.5 + number for number in range(20)])
    time.now += QUIET_SECONDS
    for _ in range(9):
        await gate.pass_through("chat.postMessage", "C1")


async def test_who_waits_while_it_is_closed_for_longer_is_sent_away() -> None:
    time = Time()
    gate = Gate(now=time, sleep=time.sleep)
    gate.close("chat.update", "", 1)
    waits = asyncio.gather(gate.pass_through("chat.update"), return_exceptions=True)
    await asyncio.sleep(0)
    gate.close("chat.update", "", 99)
    await time.run(waits)
    ((busy,)) = await waits
    assert isinstance(busy, SlackBusy)
    assert busy.seconds == pytest.approx(98)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7), ("7.5", 7.5), ("soon", 1), ("", 1), ("-3", 1), ("9" * 40, LONGEST), ("nan", 1)],
)
async def test_whatever_slack_says_of_the_time_is_understood(retry_after: str, seconds: float) -> None:
    time = Time()
    async with api({"status": 429, "headers": {"Retry-After": retry_after}}) as (client, asked):
        client.gate = Gate(now=time, sleep=time.sleep)
        call = asyncio.ensure_future(client.chat_postMessage(channel="C1", text="hello"))
        while not asked or client.gate.admits("chat.postMessage", "C1"):
            await asyncio.sleep(0.001)
        time.now += seconds - 0.001
        assert not client.gate.admits("chat.postMessage", "C1")
        time.now += 0.002
        assert client.gate.admits("chat.postMessage", "C1")
        call.cancel()


async def test_a_call_that_slack_refuses_for_now_is_made_again_and_then_sent_away() -> None:
    time = Time()
    many = {"status": 429, "headers": {"Retry-After": "1"}}
    async with api(many, {}, many, many, {"data": {"ok": False, "error": "ratelimited"}}, {}) as (client, asked):
        client.gate = Gate(now=time, sleep=time.sleep)
        for outcome in (True, False, True):
            call = asyncio.ensure_future(client.chat_update(channel="C1", ts="1.1", text="hello"))
            await time.run(asyncio.gather(call, return_exceptions=True))
            assert (call.exception() is None) is outcome, call
            assert outcome or isinstance(call.exception(), SlackBusy)
    assert len(asked) == 6


async def test_what_slack_refuses_for_another_reason_is_told_at_once() -> None:
    async with api({"data": {"ok": False, "error": "channel_not_found"}}, {"status": 500}) as (client, asked):
        for _ in range(2):
            with pytest.raises(SlackApiError):
                await client.chat_postMessage(channel="C1", text="hello")
        assert client.gate.admits("chat.postMessage", "C1")
    assert len(asked) == 2


async def never(seconds: float) -> None:
    raise AssertionError(f"nobody should sleep, and somebody would for {seconds} s")


@asynccontextmanager
async def api(*answers: dict[str, Any]) -> AsyncIterator[tuple[GatedClient, list[str]]]:
    """A client whose Slack gives these answers, one after the other; and what it was asked."""
    asked, left = list[str](), list(answers)

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        how = left.pop(0)
        return web.json_response(
            how.get("data", {"ok": True}), status=how.get("status", 200), headers=how.get("headers")
        )

    application = web.Application()
    application.router.add_route("*", "/{method}", answer)
    async with TestServer(application) as server:
        yield GatedClient(Gate(), token="xoxb-1", base_url=str(server.make_url("/")), retry_handlers=[]), asked


def test_the_queue_tries_again_at_the_moment_that_slack_named() -> None:
    job = Job(id=1, queue="", lock=None, queueing_lock=None, task_name="deliver", attempts=9)
    now = dt.datetime.now(dt.UTC)
    decision = _Again(_Clock()).get_retry_decision(exception=SlackBusy("not now", 42), job=job)
    assert decision.retry_at is not None
    assert 42 <= (decision.retry_at - now).total_seconds() < 50
