"""All faults other than a death, by name; each tells some stories and yields what it did to them and how they went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.sweep import races, stops, surroundings, undoes, workers
from tests.sweep.stage import Stage
from tests.sweep.stories import Told

Fault = Callable[[Stage], Iterator[tuple[str, Told]]]

FAULTS: Mapping[str, Fault] = {
    fault.__name__: fault
    for fault in (
        races.two_approvers,
        races.approve_against_reject,
        races.one_press_four_times,
        races.people_who_may_not,
        races.expired_at_the_claim,
        stops.stopped_at_the_claim,
        stops.stopped_after_the_effect,
        stops.deleted_at_a_decision,
        stops.stop_against_approve,
        undoes.undo_comes_to_nothing,
        workers.two_workers,
        workers.paused_worker,
        surroundings.lost_replies,
        surroundings.wrong_clocks,
        surroundings.broken_connections,
        surroundings.full_disk,
        surroundings.slack_in_trouble,
    )
}
