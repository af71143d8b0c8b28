"""Proposals to undo what was done that come to nothing: what was done stays done, and can be undone later."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.house import AMELIE, BRUNO, DAVID, SALES
from tests.sweep.people import People, Wish, presses
from tests.sweep.stage import Stage
from tests.sweep.stories import STORIES, Told, begun, expect, follow

S5 = STORIES["S5"]


def undo_comes_to_nothing(stage: Stage) -> Iterator[tuple[str, Told]]:
    """It is rejected, or an operator ends it."""

    def rejected(people: People) -> None:
        want(people, (BRUNO, "reject"))

    def expired(people: People) -> None:
        want(people)
        stage.command("approvals", "expire", "P-2")

    yield "rejected", expect(instead(stage, rejected), "executed, rejected · 1 written")
    yield "expired", expect(instead(stage, expired), "executed, expired · 1 written")


def instead(stage: Stage, act: Callable[[People], None]) -> Told:
    """Something else happens to the proposal to undo than that it is approved, when all cards show it."""
    people, record = begun(stage, S5)
    want(people, (BRUNO, "approve"))
    waits = True

    def beside() -> bool:
        nonlocal waits
        if stage.house.approvals() == ["executed"]:
            want(people, (AMELIE, "undo"))
        elif waits and offers(people) == {"baton_approve", "baton_reject", "baton_ask"}:
            waits = False
            act(people)
        return not waits

    return follow(stage, people, record, beside=beside)


def want(people: People, *wishes: Wish) -> None:
    """From now on this is what people want."""
    people.wishes = {entry.text: wishes for entry in S5.entries}


def offers(people: People) -> set[str]:
    """What can be pressed in the thread, once something was done."""
    if people.house.approvals() != ["executed", "pending"]:
        return set()
    return {act for m in people.house.slack.messages(SALES, people.ts, DAVID) for act, _ in presses(m)}
