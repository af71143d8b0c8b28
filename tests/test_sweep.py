"""The part of the sweep that fits here: a death at each kind of point, races, and that deliberate bugs are found."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.conftest import empty_database
from tests.sweep import points, races, stops, surroundings
from tests.sweep.bugs import BUGS
from tests.sweep.faults import Fault
from tests.sweep.stage import Stage, staged
from tests.sweep.stories import EDITED, REJECTED, STORIES, Entry, Story, Told, tell

pytestmark = pytest.mark.slow

S1, S6 = STORIES["S1"], STORIES["S6"]
REFUSED = Story("refused", "one proposal, rejected", (Entry("quatre", wishes=REJECTED),))
SEED, DEATHS = 1, 6
PARTS = 2  # of the sample, so that no test takes long
Meeting = Callable[[Stage, Sequence[str]], Told]


@pytest.fixture(scope="module")
def stage(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with empty_database(server) as database, staged(tmp_path_factory.mktemp("sweep"), database) as stage:
        yield stage


@pytest.fixture(scope="module")
def all_points(stage: Stage) -> Sequence[str]:
    """Every point of the story, in order."""
    return of_a_warm_baton(stage, S1)


def of_a_warm_baton(stage: Stage, story: Story) -> Sequence[str]:
    """The points of a story for a Baton that remembers people and groups from the time before."""
    tell(stage, story)
    return tell(stage, story).points


@pytest.mark.parametrize("part", range(PARTS))
def test_a_death_at_any_kind_of_point_breaks_no_promise(stage: Stage, all_points: Sequence[str], part: int) -> None:
    sample = random.Random(SEED).sample(points.one_of_each(all_points, SEED), DEATHS)[part::PARTS]
    told = {point: tell(stage, S1, at=[point]) for point in sample}
    assert {point: one.broken for point, one in told.items() if one.broken} == {}
    assert {one.ending for one in told.values()} <= {"executed · 1 written", "failed · 0 written"}
    assert sum(one.deaths for one in told.values()) >= len(told) - 1  # a few points come only now and then


@pytest.mark.parametrize(
    ("story", "endings"),
    [
        ("S4", {"superseded, executed · 1 written"}),
        ("S5", {"executed, executed · 2 written", "executed, failed, executed · 2 written"}),
    ],
)
def test_a_death_in_an_edit_or_in_an_undo_breaks_no_promise(
    stage: Stage, all_points: Sequence[str], story: str, endings: set[str]
) -> None:
    own = points.elsewhere(of_a_warm_baton(stage, STORIES[story]), all_points)
    told = {point: tell(stage, STORIES[story], at=[point]) for point in points.one_of_each(own, SEED)}
    assert {point: one.broken for point, one in told.items() if one.broken} == {}
    assert {one.ending for one in told.values()} <= endings
    assert all(one.deaths for one in told.values())


def test_a_death_behind_the_last_word_leaves_the_session_at_rest(stage: Stage, all_points: Sequence[str]) -> None:
    said = [point for point in all_points if point.startswith("commit after @ bot/slack/surface.py:_sent")]
    told = {point: tell(stage, S1, at=[point]) for point in said[-2:]}  # the card's last form, and the answer
    assert {point: one.broken for point, one in told.items() if one.broken} == {}


def test_a_death_while_an_answer_grows_leaves_one_whole_answer(stage: Stage) -> None:
    grows = [point for point in tell(stage, S6).points if re.search("live.py|Stream|surface.py:_sent", point)]
    told = {point: tell(stage, S6, at=[point]) for point in random.Random(SEED).sample(grows, 3)}
    assert {point: one.broken for point, one in told.items() if one.broken} == {}
    assert {one.ending for one in told.values()} == {"answered · 0 written"}
    assert sum(one.deaths for one in told.values()) >= len(told) - 1  # words are not always added


@pytest.mark.parametrize(
    "fault",
    [
        races.two_approvers,
        races.approve_against_reject,
        races.one_press_four_times,
        races.people_who_may_not,
        races.expired_at_the_claim,
        stops.stopped_at_the_claim,
        stops.stopped_after_the_effect,
        stops.deleted_at_a_decision,
        surroundings.lost_replies,
    ],
)
def test_a_fault_breaks_no_promise(stage: Stage, fault: Fault) -> None:
    assert {label: told.broken for label, told in fault(stage) if told.broken} == {}


def meets(fault: Fault) -> Meeting:
    return lambda stage, _: next(fault(stage))[1]


def dies(choose: Callable[[Sequence[str]], Sequence[str]]) -> Meeting:
    """Baton dies at the first of these points."""
    return lambda stage, sound: tell(stage, S1, at=choose(sound)[:1])


# The bug → what brings it to light, and words of the broken promise.
FOUND: dict[str, tuple[Meeting, str]] = {
    "claim_whatever_the_status": (meets(races.expired_at_the_claim), "its trail says"),
    "effect_before_the_claim_is_committed": (dies(points.claim), "took effect 2 times"),
    "lost_reply_counts_as_failed": (meets(surroundings.lost_replies), "is called failed, and it was written"),
    "anybody_may_decide": (meets(races.people_who_may_not), "said 'approve', who may not"),
    "settled_cards_are_not_repainted": (
        lambda stage, _: tell(stage, REFUSED),
        "offers ['baton_approve', 'baton_ask'",
    ),
    "restart_calls_again": (dies(points.done_and_unknown), "took effect 2 times"),
    "editors_are_no_authors": (lambda stage, _: tell(stage, EDITED), "and names ['U0AMELIE01']"),
    "growing_messages_are_left_behind": (lambda stage, _: tell(stage, S6), "a growing message is left over"),
    "sessions_stay_at_work": (lambda stage, _: tell(stage, S1), "the session is still processing"),
    "stops_withdraw_nothing": (meets(stops.stopped_at_the_claim), "was claimed after its question was stopped"),
    "one_word_is_enough": (lambda stage, _: tell(stage, STORIES["S4"]), "was approved by 1, and it takes"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_deliberate_bug_is_found(stage: Stage, all_points: Sequence[str], bug: str) -> None:
    meet, words = FOUND[bug]
    stage.seed(bug)
    try:
        broken = meet(stage, all_points).broken
    finally:
        stage.seed("")
    assert words in "; ".join(broken)
