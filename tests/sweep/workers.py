"""Several Batons on one database and one workspace, one of which dies, or sleeps and wakes when its work is done."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from tests.sweep import points
from tests.sweep.stage import Stage
from tests.sweep.stories import STORIES, Story, Told, begun, follow, tell

S1 = STORIES["S1"]
PAUSE_SECONDS = 2.5  # twice as long as it takes to be counted as dead, and shorter than a call may take to be sent
LONG_SECONDS = 6.0  # and longer than an approved call may take to be sent
LATE_SECONDS = 1.0  # for what the woken one does without a job that anybody could see


def two_workers(stage: Stage) -> Iterator[tuple[str, Told]]:
    """Two processes on one database and one workspace; then one of them dies at its effect."""
    for story in STORIES.values():
        yield story.name, beside_a_second(stage, story)
    for point in points.effect(tell(stage, S1).points):
        yield f"one dies: {point}", beside_a_second(stage, S1, at=point)


def paused_worker(stage: Stage) -> Iterator[tuple[str, Told]]:
    """A process is frozen for so long that its work goes to another one, and then wakes.

    Longer than the send deadline it is not frozen between the last look at the clock and the tool's own code: nothing
    could tell that call from one that is on the wire.
    """
    all_points = tell(stage, S1).points
    effect = points.effect(all_points)
    sends = [point for point in all_points if point.startswith("slack chat.") and " send " in point]
    others = random.Random(1).sample(sorted(set(all_points) - {*effect, *sends}), 6)
    for point in [*effect, *sends, *others]:
        yield f"{PAUSE_SECONDS:g} s at {point}", paused(stage, point, PAUSE_SECONDS)
    for point in [point for point in effect if not point.startswith("tool called")]:
        yield f"{LONG_SECONDS:g} s at {point}", paused(stage, point, LONG_SECONDS)


def beside_a_second(stage: Stage, story: Story, *, at: str = "") -> Told:
    stage.clear()
    stage.baton("second").start()
    people, record = begun(stage, story, cleared=True, at=at)
    return follow(stage, people, record)


def paused(stage: Stage, point: str, seconds: float) -> Told:
    """The first Baton freezes at the point, a second one comes and does the work, then the first one goes on."""
    people, record = begun(stage, S1, at=point, how="stop")
    first, frozen_at, woken_at = stage.baton(), 0.0, 0.0

    def beside() -> bool:
        nonlocal frozen_at, woken_at
        if not frozen_at and first.is_frozen:
            frozen_at = time.monotonic()
            stage.declare_dead()
            stage.baton("second").start()
        elif frozen_at and first.is_frozen and time.monotonic() - frozen_at > seconds:
            first.thaw()
            woken_at = time.monotonic()
        return woken_at > 0 and time.monotonic() - woken_at > LATE_SECONDS

    return follow(stage, people, record, beside=beside)
