"""People who press at the same moment, too often, or without the right to; and an operator who is faster than a claim."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.house import AMELIE, BRUNO, CHLOE, DAVID, EVA, SALES, until
from tests.sweep import points
from tests.sweep.orders import recorded
from tests.sweep.people import People, presses
from tests.sweep.stage import Stage
from tests.sweep.stories import DONE, STORIES, Told, begun, expect, follow, tell

S1 = STORIES["S1"]
Press = tuple[str, str, float]  # who presses what, and how many seconds after the first


def two_approvers(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Two who may decide approve within the same milliseconds."""
    for number in range(3):
        yield f"round {number + 1}", expect(raced(stage, (BRUNO, "approve", 0), (EVA, "approve", 0)), DONE)


def approve_against_reject(stage: Stage) -> Iterator[tuple[str, Told]]:
    """One approves and one rejects, at the same instant and nearly so."""
    for late in (0.0, 0.005, 0.02):
        for first, second in (("approve", "reject"), ("reject", "approve")):
            told = raced(stage, (BRUNO, first, 0), (EVA, second, late))
            yield f"{first}, {late * 1000:g} ms later {second}", expect(told, DONE, "rejected · 0 written")


def one_press_four_times(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Every press arrives four times; somebody presses four times."""
    yield "one envelope, four times", expect(tell(stage, S1, echo=4), DONE)
    yield "one person, four presses", expect(raced(stage, *[(BRUNO, "approve", 0)] * 4), DONE)


def people_who_may_not(stage: Stage) -> Iterator[tuple[str, Told]]:
    """The requester and a trainee press first."""
    yield "approve", expect(raced(stage, (AMELIE, "approve", 0), (CHLOE, "approve", 0), (BRUNO, "approve", 0.6)), DONE)


def expired_at_the_claim(stage: Stage) -> Iterator[tuple[str, Told]]:
    """An operator ends the proposal when everything is checked and the claim is next."""
    moment = points.before_the_claim(tell(stage, S1).points)
    people, record = begun(stage, S1, at=moment, how="hold")

    def beside() -> bool:
        if stage.is_held() and moment in recorded(record):
            stage.command("approvals", "expire", "P-1")
            stage.relent()
        return not stage.is_held()

    yield moment, expect(follow(stage, people, record, beside=beside), "expired · 0 written")


def raced(stage: Stage, *who: Press) -> Told:
    """Several people press buttons of one card, or send the form behind one, each at their moment after the first."""
    people, record = begun(stage, S1)
    message, approval = the_card(people)
    start = threading.Barrier(len(who))

    def pressing(press: Callable[[], None], late: float) -> None:
        start.wait()
        time.sleep(late)
        press()

    ready = [(people.ready(person, message, f"baton_{verb}", approval), late) for person, verb, late in who]
    threads = [threading.Thread(target=pressing, args=one) for one in ready]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return follow(stage, people, record)


def the_card(people: People) -> tuple[dict[str, Any], str]:
    """The card that waits for a decision, and its proposal."""

    def look() -> tuple[dict[str, Any], str] | None:
        seen = people.house.slack.messages(SALES, people.ts, DAVID)
        return next(((m, a) for m in seen for action, a in presses(m) if action == "baton_approve"), None)

    return until("a card that waits", look)
