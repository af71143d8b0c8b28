"""What `/baton` answers, in both languages, to whoever wrote it alone."""

from __future__ import annotations

import asyncio

import pytest

from bot.commands import Commands, _read
from bot.delegation import Reply
from bot.overview import Standing
from bot.state.pauses import EVERYTHING, Pause, Target
from bot.state.runs import Run
from bot.types import Actor, Thread
from tests.house import AMELIE, BRUNO, CHLOE, DAVID, SALES, House, until
from tests.provider import Provider, calls, hangs


def test_help_says_what_can_be_done_and_administrators_more(house: House, provider: Provider) -> None:
    house.start()
    for words in ("/baton", "/baton aide", "/baton quoi donc"):
        told = house.slack.command(CHLOE, words)
        assert "Interrogez-moi" in told
        assert "/baton déléguer" in told
        assert "administrateurs" not in told
    assert "For administrators" in house.slack.command(DAVID, "/baton help")


def test_status_says_what_concerns_whoever_asks(house: House, provider: Provider) -> None:
    house.start()
    assert "Rien n'attend votre décision" in house.slack.command(BRUNO, "/baton état")
    provider.script += [calls("write_entry", text="hello")]
    ts = house.slack.say(AMELIE, "<@UBATON01> écris", SALES)
    house.card(SALES, ts, showing="En attente de")
    house.settle()
    house.slack.command(DAVID, "/baton pause tool pay too dear")
    told = house.slack.command(BRUNO, "/baton statut")
    assert "P-1" in told
    assert "l'outil `pay`" in told
    assert "too dear" in told
    assert "attend une décision sur P-1" in house.slack.command(AMELIE, "/baton status")
    assert "Nothing waits for your decision" in house.slack.command(DAVID, "/baton status")


def test_stop_ends_what_somebody_has_under_way_and_nothing_of_others(house: House, provider: Provider) -> None:
    house.start()
    assert "Rien de ce que vous avez demandé" in house.slack.command(AMELIE, "/baton arrêter")
    assert "/baton arrêter" in house.slack.command(AMELIE, "/baton stop it")
    provider.script += [hangs]
    ts = house.slack.say(AMELIE, "<@UBATON01> réfléchis", SALES)
    until("the model works", provider.waiting.is_set)
    assert "Rien de ce que vous avez demandé" in house.slack.command(BRUNO, "/baton stop")
    other = "https://x.slack.com/archives/C0VENTES01/p1700000000000100"
    assert "Rien de ce que vous avez demandé" in house.slack.command(AMELIE, f"/baton stop <{other}>")
    here = f"https://x.slack.com/archives/{SALES}/p{ts.replace('.', '')}"
    assert "une de vos questions" in house.slack.command(AMELIE, f"/baton stop {here}")
    house.answer(SALES, ts, showing="Arrêté par")
    provider.go_on.set()


def test_a_reply_that_takes_long_comes_by_itself(house: House, provider: Provider) -> None:
    house.start()
    house.slack.fault("users.info", hang_seconds=1.5)
    assert "Paused: Baton as a whole" in house.slack.command(DAVID, "/baton pause")


# ---- what is understood


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("", "help", ""),
        ("HELP", "help", ""),
        ("aide", "help", ""),
        ("?", "help", ""),
        ("helpless", "help", ""),
        ("status", "status", ""),
        ("État", "status", ""),
        ("statut ", "status", ""),
        ("delegate @x until friday", "delegate", "@x until friday"),
        ("Déléguer stop", "delegate", "stop"),
        ("arrête https://x", "stop", "https://x"),
        ("pause tool pay  too  dear", "pause", "tool pay  too  dear"),
        ("suspendre", "pause", ""),
        ("reprendre outil pay", "resume", "outil pay"),
        ("paused?", "help", ""),
    ],
)
def test_verbs_are_understood_in_both_languages(text: str, verb: str, rest: str) -> None:
    assert _read(text) == (verb, rest)


class Recorded:
    """Switches of a house with one tool and one agent; notes what is switched and stopped."""

    targets = frozenset({EVERYTHING, Target("tool", "pay"), Target("agent", "front_desk")})

    def __init__(self) -> None:
        self.began: list[tuple[Target, str]] = []
        self.stopped: list[Thread | None] = []

    async def standing(self, person: str, limit: int) -> Standing:
        return Standing()

    async def may_switch(self, person: str) -> bool:
        return person == DAVID

    async def begin(self, person: str, target: Target, reason: str) -> Pause | None:
        self.began.append((target, reason))
        return None

    async def end(self, person: str, target: Target) -> Pause | None:
        self.began.append((target, "end"))
        return None

    async def stop(self, person: str, thread: Thread | None = None) -> list[Run]:
        self.stopped.append(thread)
        return []


def told(text: str, person: str = DAVID) -> tuple[Reply | Standing, Recorded]:
    house = Recorded()
    commands = Commands(None, house, house, house)  # type: ignore[arg-type]  # nothing is delegated here
    return asyncio.run(commands.command(Actor(person), text, "T1")), house


@pytest.mark.parametrize(
    ("text", "target", "reason"),
    [
        ("pause", EVERYTHING, ""),
        ("pause all it burns", EVERYTHING, "it burns"),
        ("pause tout", EVERYTHING, ""),
        ("pause tool pay too dear", Target("tool", "pay"), "too dear"),
        ("pause outil `pay`", Target("tool", "pay"), ""),
        ("pause pay", Target("tool", "pay"), ""),
        ("pause agent front_desk", Target("agent", "front_desk"), ""),
        ("resume pay", Target("tool", "pay"), "end"),
    ],
)
def test_what_is_to_be_paused_is_understood(text: str, target: Target, reason: str) -> None:
    _, house = told(text)
    assert house.began == [(target, reason)]


@pytest.mark.parametrize("text", ["pause pai", "pause tool front_desk", "pause agent pay", "pause because it burns"])
def test_a_name_that_is_not_known_pauses_nothing(text: str) -> None:
    reply, house = told(text)
    assert (reply, house.began) == (("pause_unknown", {"names": "pay"}), [])


def test_who_may_not_pause_changes_nothing() -> None:
    reply, house = told("pause", CHLOE)
    assert (reply, house.began) == (("pause_refused", {}), [])


def test_a_link_names_the_thread_that_is_meant() -> None:
    root = "https://x.slack.com/archives/C1/p1700000000000100"
    within = "https://x.slack.com/archives/C1/p1700000005000300?thread_ts=1700000000.000100&cid=C1"
    for link in (root, within, f"<{within}|here>"):
        _, house = told(f"stop {link}", AMELIE)
        assert house.stopped == [Thread("T1", "C1", "1700000000.000100")]
    assert told("stop", AMELIE)[1].stopped == [None]
