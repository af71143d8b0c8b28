"""Who asked wants no more work, while somebody approves what was proposed: by Stop, or by an edit of the question."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from tests.house import BRUNO
from tests.sweep import points
from tests.sweep.orders import recorded
from tests.sweep.people import Ending
from tests.sweep.races import the_card
from tests.sweep.stage import Stage
from tests.sweep.stories import DONE, STORIES, Story, Told, begun, expect, follow, tell

S1, S4 = STORIES["S1"], STORIES["S4"]
WITHDRAWN = "withdrawn · 0 written"
ENDINGS: tuple[Ending, ...] = ("stop", "edit", "delete")
STOP_IS_SOUGHT_SECONDS = 0.5
_STOPS = """
    SELECT 1 FROM runs WHERE stopped_by IS NOT NULL
    UNION ALL SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%% approvals %%'
"""


def stopped_at_the_claim(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Everything is checked and the claim is next: nothing is done any more."""
    moment = points.before_the_claim(tell(stage, S1).points)
    for how in ENDINGS:
        yield f"{how} at {moment}", expect(held(stage, moment, how), WITHDRAWN)


def stopped_after_the_effect(stage: Stage) -> Iterator[tuple[str, Told]]:
    """It was done, and that is not written down yet: it is not withdrawn, and its card says so."""
    moment = points.returned(tell(stage, S1).points)
    for how in ENDINGS:
        yield f"{how} at {moment}", expect(held(stage, moment, how), DONE)


def deleted_at_a_decision(stage: Stage) -> Iterator[tuple[str, Told]]:
    """What somebody pressed is about to be committed: the question goes, and with it what the press brought about."""
    for story, decision, ending in (S1, "_say", WITHDRAWN), (S4, "_edit", "superseded, withdrawn · 0 written"):
        moment = points.committing(tell(stage, story).points, f"bot/decisions.py:{decision}")
        yield moment, expect(held(stage, moment, "delete", story), ending)


def stop_against_approve(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Both at the same instant, and nearly so."""
    for how in ENDINGS:
        for late in (-0.02, 0.0, 0.03, 0.06, 0.1):
            yield f"{how}, {late * 1000:+g} ms after the approval", expect(crossed(stage, how, late), DONE, WITHDRAWN)


def held(stage: Stage, moment: str, how: Ending, story: Story = S1) -> Told:
    """Baton holds still at a moment until the work was stopped, or a stop waits for what is held."""
    people, record = begun(stage, story, at=moment, how="hold")

    def beside() -> bool:
        if stage.is_held() and moment in recorded(record) and people.ending is None:
            people.ending = how
        if stage.is_held() and stage.house.rows(_STOPS):
            stage.relent()
        return not stage.is_held()

    return follow(stage, people, record, beside=beside)


def crossed(stage: Stage, how: Ending, late: float) -> Told:
    """Bruno approves, and Amélie ends it so many seconds later; Stop as soon as she sees it then."""
    people, record = begun(stage, S1)
    message, approval = the_card(people)
    press = people.ready(BRUNO, message, "baton_approve", approval)
    pressing = threading.Timer(max(-late, 0.0), press)
    pressing.start()
    time.sleep(max(late, 0.0))
    end = time.monotonic() + STOP_IS_SOUGHT_SECONDS
    while not people.end(how) and time.monotonic() < end:
        pass
    pressing.join()
    return follow(stage, people, record)
