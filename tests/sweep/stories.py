"""The stories that a sweep tells again and again, and how one is told: from the question until nothing is under way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from tests.house import AMELIE, BRUNO, EVA, SALES
from tests.sweep.orders import recorded
from tests.sweep.people import Ending, People, Wish, keys
from tests.sweep.stage import BRIEF, LONG, Stage
from tests.sweep.verdict import verdict

PATIENCE = 40.0  # seconds until a story that does not end counts as stuck


@dataclass(frozen=True)
class Entry:
    """A line that Amélie asks for, and what people want with the proposal: to edit it makes it `becomes`."""

    text: str
    tool: str = "write_entry"
    wishes: Sequence[Wish] = ((BRUNO, "approve"),)
    pen: str = "good"
    becomes: Entry | None = None


@dataclass(frozen=True)
class Story:
    """`ending` is what Amélie does to her question once somebody has approved; `answer` is the model's, in paragraphs."""

    name: str
    about: str
    entries: Sequence[Entry] = ()
    ending: Ending | None = None
    answer: Sequence[str] = BRIEF
    asks: str = ""  # the agent whom the first one asks for it

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        if not self.entries:
            return [("read_book", {})]
        return [(entry.tool, {"text": entry.text, "pen": entry.pen}) for entry in self.entries]

    @property
    def versions(self) -> list[Entry]:
        """The entries, and what becomes of them."""
        return [one for entry in self.entries for one in (entry, entry.becomes) if one]


REJECTED = ((BRUNO, "reject"),)
BOTH_APPROVE = ((BRUNO, "approve"), (EVA, "approve"))
STORIES = {
    story.name: story
    for story in (
        Story("S1", "one proposal, approved", (Entry("un"),)),
        Story("S2", "the same with a tool that cannot be looked up", (Entry("deux", "write_blindly"),)),
        Story("S3", "two proposals, one approved, one rejected", (Entry("trois"), Entry("quatre", wishes=REJECTED))),
        Story(
            "S4",
            "one proposal, approved by one of two and edited by its requester; then two approve",
            (
                Entry(
                    "sept",
                    "write_in_stone",
                    wishes=((BRUNO, "approve"), (AMELIE, "edit")),
                    becomes=Entry("huit", wishes=BOTH_APPROVE),
                ),
            ),
        ),
        Story(
            "S5",
            "one proposal, approved; its requester has it undone, which is approved too",
            (Entry("neuf", "write_in_pencil", wishes=((BRUNO, "approve"), (AMELIE, "undo"))),),
        ),
        Story("S6", "something is looked up, and the answer is seen growing", answer=LONG),
        Story(
            "S7",
            "one proposal, approved; its requester presses Stop as soon as work goes on",
            (Entry("douze"),),
            ending="stop",
            answer=LONG,
        ),
        Story("S8", "one proposal, approved, while its question is edited", (Entry("treize"),), ending="edit"),
        Story("S9", "an agent asks another, whose proposal is approved", (Entry("quatorze"),), asks="scribe"),
    )
}
EDITED = Story(
    "edited",
    "one proposal, edited by somebody who might have approved it",
    (Entry("dix", wishes=((BRUNO, "edit"),), becomes=Entry("onze", wishes=BOTH_APPROVE)),),
)
DONE, UNDONE = "executed · 1 written", "failed · 0 written"  # endings
LOST = Story("lost reply", "the effect happens and its reply is lost", (Entry("cinq", pen="breaks after"),))
BLIND = Story("lost reply", "the same, and nobody can look", (Entry("six", "write_blindly", pen="breaks after"),))


@dataclass(frozen=True)
class Told:
    """How a story went: what became of its proposals, which promises were broken, how often Baton died."""

    ending: str
    broken: tuple[str, ...]
    deaths: int
    seconds: float
    points: tuple[str, ...] = ()  # of the first Baton, since its last start


def tell(stage: Stage, story: Story, *, at: Sequence[str] = (), how: str = "kill", **always: Any) -> Told:
    """Tell a story. At the first point of `at` Baton dies (or `how` says what), while it recovers at the second.

    `always` are orders that hold all the time, also after a restart.
    """
    people, record = begun(stage, story, at=at[0] if at else "", how=how, **always)
    told = follow(stage, people, record, then=at[1:], **always)
    if told.deaths > (len(at) if how == "kill" else 0):
        return replace(told, broken=(*told.broken, "Baton ended by itself"))
    return told


def begun(stage: Stage, story: Story, *, cleared: bool = False, **orders: Any) -> tuple[People, Path]:
    """A story at its beginning, to be followed."""
    if not cleared:
        stage.clear()
    record = stage.order(**orders)
    return ask(stage, story), record


def expect(told: Told, *endings: str) -> Told:
    """A story that ends otherwise has broken a promise of its own."""
    if told.ending in endings:
        return told
    return replace(told, broken=(*told.broken, f"it ends '{told.ending}' instead of '{' or '.join(endings)}'"))


def ask(stage: Stage, story: Story) -> People:
    """Amélie asks; the people who will answer to the cards come back."""
    stage.model.makes, stage.model.answer, stage.model.asks = story.calls, story.answer, story.asks
    ts = stage.house.slack.say(AMELIE, "<@UBATON01> écris dans le livre", SALES)
    wishes = {entry.text: entry.wishes for entry in story.versions}
    edits = {entry.text: entry.becomes.text for entry in story.entries if entry.becomes}
    return People(stage.house, ts, wishes, edits, story.ending)


def follow(
    stage: Stage,
    people: People,
    record: Path,
    *,
    then: Sequence[str] = (),
    beside: Callable[[], object] = lambda: None,
    **always: Any,
) -> Told:
    """Let people act, and bring Baton up again when it died, until nothing is under way and nobody wants anything.

    `beside` happens again and again meanwhile; as long as it returns `False` the story has not ended.
    """
    began, deaths, baton = time.monotonic(), 0, stage.baton()
    while True:
        calm = beside() is not False and stage.at_rest(after_a_question=True)
        if time.monotonic() - began > PATIENCE:
            stuck = ("the story does not end", *verdict(stage.house, stage.model.answer))
            return Told(_ending(stage), stuck, deaths, PATIENCE, tuple(recorded(record)))
        if not baton.is_running:
            deaths += 1
            next_death = then[deaths - 1] if deaths <= len(then) else ""
            record = stage.order(at=next_death, **always)
            stage.declare_dead()
            baton.start(may_die=bool(next_death))
            continue
        with contextlib.suppress(psycopg.OperationalError):  # the database may be away for a moment
            if not people.act() and calm:
                break
        time.sleep(0.03)
    seconds = time.monotonic() - began
    broken = tuple(verdict(stage.house, stage.model.answer))
    return Told(_ending(stage), broken, deaths, seconds, tuple(recorded(record)))


def _ending(stage: Stage) -> str:
    asked = "SELECT status FROM runs WHERE parent_run IS NULL ORDER BY created_at"
    questions = [status for (status,) in stage.house.rows(asked)]
    return f"{', '.join(stage.house.approvals() or questions)} · {len(keys(stage.house))} written"
