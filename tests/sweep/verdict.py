"""The promises that hold whatever happened, each with the sentences that tell how it was broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.workspace.company import GROUPS
from tests.house import House, text_of
from tests.sweep.people import presses
from tests.sweep.seen import Row, Seen, post_of, see

MAY_DECIDE = {person for group in GROUPS.values() if group.handle == "finance" for person in group.members}
NOTHING_DONE = {"failed", "rejected", "expired", "denied", "stale", "withdrawn", "superseded", "pending", "approved"}
OVER = NOTHING_DONE - {"pending", "approved"} | {"executed"}
ERASABLE = {"write_in_pencil"}

# How a card says where a proposal stands, for those whom the story addresses: in French.
STANDS = {
    "pending": "⏳ *En attente",
    "approved": "✅ *Approuvé",
    "executing": "⚙️ *",
    "executed": "✅ *Fait",
    "failed": "❌ *Rien n'a été fait",
    "unknown": "❓ *Issue inconnue",
    "rejected": "🚫 *Refusé",
    "expired": "⌛ *Expiré",
    "denied": "🚫 *Interdit",
    "stale": "♻️ *Périmé",
    "superseded": "✏️ *Remplacé",
    "withdrawn": "✋ *Retiré",
}
# How a line above an answer begins.
SAYS_DONE, SAYS_NOT_DONE = {"✅", "↩️"}, {"❌", "🚫", "⌛", "♻️", "✋"}


def verdict(house: House, answer: Sequence[str]) -> list[str]:
    """The promises that are broken, each as a sentence; none is good. `answer` is what the model said in the end."""
    seen = see(house, answer)
    return [broken for promise in PROMISES for broken in promise(seen)]


def at_most_one_effect(seen: Seen) -> Iterator[str]:
    """An approval has one effect, and what was done is undone once."""
    for key, times in Counter(line["key"] for line in seen.ledger).items():
        if times > 1:
            yield f"{key} took effect {times} times"
    for key, times in Counter(line["erases"] for line in seen.ledger if "erases" in line).items():
        if times > 1:
            yield f"{key} was undone {times} times"


def effects_have_authority(seen: Seen) -> Iterator[str]:
    """Each line of the book has its proposal, approved by somebody who may, and claimed before it was written."""
    known = {row["id"]: row for row in seen.approvals}
    for line in seen.ledger:
        row = known.get(line["key"])
        if row is None:
            yield f"{line} was written without a proposal"
        elif row["claimed_at"] is None or row["claimed_at"].timestamp() > line["at"]:
            yield f"P-{row['number']} took effect before it was claimed"


def only_the_right_people_decided(seen: Seen) -> Iterator[str]:
    authors = {row["id"]: row["authors"] for row in seen.approvals}
    for said in seen.decisions:
        if said["person"] not in MAY_DECIDE or said["person"] in authors[said["approval_id"]]:
            yield f"{said['person']} said '{said['verdict']}', who may not"
    for row in seen.approvals:
        approved = [said for said in seen.decisions if _approves(said, row)]
        ways = [new for _, new in seen.moves(row)]
        if "approved" in ways and len(approved) < max((need["count"] for need in row["needs"]), default=1):
            yield f"P-{row['number']} was approved by {len(approved)}, and it takes {row['needs']}"
        if "executing" in ways and "approved" not in ways[: ways.index("executing")]:
            yield f"P-{row['number']} was claimed before it was approved"


def _approves(said: Row, row: Row) -> bool:
    return bool(said["approval_id"] == row["id"] and said["verdict"] == "approve")


def what_was_shown_is_what_was_done(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        text = row["arguments"]["text"]
        wants = {"erases": row["undoes"]} if row["undoes"] else {"text": text}
        for line in seen.lines(row):
            if wants.items() - line.items() or {"erases", "text"} <= line.keys():
                yield f"P-{row['number']} is sealed with {wants} and wrote {line}"
        for card in seen.cards_of(row):
            if not re.search(rf"\btext\s?:\s+{re.escape(text)}\b", text_of(card)):
                yield f"the card of P-{row['number']} does not show '{text}'"
        digests = {entry["data"]["digest"] for entry in seen.trail(row) if "digest" in entry["data"]}
        if digests != {row["digest"]}:
            yield f"P-{row['number']} has several digests"


def success_and_failure_are_true(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        done = bool(seen.lines(row))
        if row["status"] == "executed" and not done:
            yield f"P-{row['number']} is called executed, and nothing was written"
        if row["status"] in NOTHING_DONE and done:
            yield f"P-{row['number']} is called {row['status']}, and it was written"
        for sign, told in re.findall(rf"(\S+) P-{row['number']}\b(.*)", seen.told):
            if sign in (SAYS_NOT_DONE if row["status"] == "executed" else SAYS_DONE):
                yield f"people are told '{sign} P-{row['number']}{told}', and it is {row['status']}"


def nothing_decided_waits(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        if row["status"] not in OVER:
            yield f"P-{row['number']} is still {row['status']}"
    for run in seen.runs:
        if run["status"] not in ("answered", "failed"):
            yield f"the run is still {run['status']}"


def what_is_replaced_is_replaced_once(seen: Seen) -> Iterator[str]:
    """An edited proposal has one in its place, for the same call, whose authors are all who wrote it; nothing else has."""
    for row in seen.approvals:
        after = seen.replacing(row)
        if len(after) != (row["status"] == "superseded") and row["status"] != "stale":
            yield f"P-{row['number']} is {row['status']}, and {len(after)} stand in its place"
        editors = [e["actor"] for e in seen.trail(row) if e["type"] == "approval.edit"]
        for new in after:
            if (new["run_id"], new["call_id"]) != (row["run_id"], row["call_id"]):
                yield f"P-{new['number']} replaces P-{row['number']} of another call"
            if not {*row["authors"], *editors} <= set(new["authors"]):
                yield f"P-{new['number']} was written by {row['authors']} and {editors}, and names {new['authors']}"


def undoing_is_told(seen: Seen) -> Iterator[str]:
    """The card of what was done says by which proposal it was undone, once it was; until then it offers that again."""
    for row in seen.approvals:
        undone = [f"P-{other['number']}" for other in seen.undoing(row) if other["status"] == "executed"]
        if len(undone) > 1 or (undone and row["status"] != "executed"):
            yield f"P-{row['number']} is {row['status']} and undone by {undone}"
        erasable = row["tool"] in ERASABLE and row["status"] == "executed" and not row["undoes"]
        for card in seen.cards_of(row):
            if (says := re.findall(r"\*Annulé depuis\* par (P-\d+)", text_of(card))) != undone:
                yield f"the card of P-{row['number']} says that it is undone by {says}, and it is by {undone}"
            if (offers := ("baton_undo", row["id"]) in presses(card)) != (erasable and not undone):
                yield f"the card of P-{row['number']} offers to undo it: {offers}; undone by {undone}"


def the_audit_is_complete(seen: Seen) -> Iterator[str]:
    """Each change that the witness saw is in the trail, in order, and nothing else."""
    for row in seen.approvals:
        told = [(e["data"]["from"], e["data"]["to"]) for e in seen.trail(row) if "to" in e["data"]]
        moves = seen.moves(row)
        if [step for step in told if step[0] != step[1]] != moves:
            yield f"P-{row['number']} moved {moves}, and its trail says {told}"
        if any(before[1] != after[0] for before, after in pairwise(told)):
            yield f"the trail of P-{row['number']} has a gap: {told}"
        if not told or told[-1][1] != row["status"]:
            yield f"P-{row['number']} is {row['status']}, and its trail ends with {told[-1:]}"


def cards_tell_the_truth(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        cards = [card for card in seen.cards_of(row) if f"P-{row['number']}" in text_of(card)]
        if len(cards) != (not seen.replacing(row)):
            yield f"P-{row['number']} has {len(cards)} cards"
        offered = {action for card in seen.cards for action, approval in presses(card) if approval == row["id"]}
        if row["status"] in OVER and offered - {"baton_undo", "baton_why"}:
            yield f"the card of P-{row['number']} offers {sorted(offered)}, and it is {row['status']}"
    for card in seen.cards:
        shown = [row["status"] for row in seen.on(card)]
        signs = [status for status, sign in STANDS.items() for _ in range(text_of(card).count(sign))]
        if sorted(shown) != sorted(signs):
            yield f"a card says {signs}, and it is {shown}"


def everything_is_told_once(seen: Seen) -> Iterator[str]:
    """Every post is in Slack, once, and each question has one answer, or one reason for having none."""
    for post in seen.posts:
        if post["status"] != "sent":
            yield f"a {post['kind']} is {post['status']}: {post['error']}"
    there = Counter(post_of(m) for m in seen.messages if m.get("metadata"))
    due = Counter(post["id"] for post in seen.posts if post["kind"] != "private" and post["thread_ts"])
    if there != due:
        yield f"posts appear so often in Slack: {sorted(there.values())}; there are {len(due)}"
    for run in seen.questions:
        answers = [post for post in seen.said_by(run) if _ends(post, run)]
        if len(answers) != 1:
            yield f"the question has {len(answers)} answers"


def _ends(post: Row, run: Row) -> bool:
    """Whether it is the last word on a question; what the ledger tells below the word of a stop is none."""
    if post["kind"] == "answer":
        return bool(post["body"].get("text")) or run["stopped_by"] is None
    return str(post["body"].get("notice", "")).startswith(("given_up", "ended_by"))


def answers_are_whole(seen: Seen) -> Iterator[str]:
    """Of what the model said to each question people see every paragraph, once."""
    told = [
        run
        for run in seen.questions
        if run["status"] == "answered" and not run["stopped_by"] and run["agent"] != "none"
    ]
    for paragraph in seen.answer:
        if (times := seen.told.count(paragraph)) != len(told):
            yield f"'{paragraph}' is to be read {times} times, and {len(told)} questions are answered"


def nobody_is_asked_twice(seen: Seen) -> Iterator[str]:
    """What an agent asks another is one run, which comes back to it once; these stories ask once."""
    for run in seen.questions:
        asked = [other for other in seen.runs if other["parent_run"] == run["id"]]
        if len(asked) > 1:
            yield f"{len(asked)} runs were begun for one call of an agent"


def nothing_grows_at_rest(seen: Seen) -> Iterator[str]:
    """No growing message is left behind, and Slack shows that nobody is at work."""
    for message in seen.messages:
        if "streaming_state" in message and (
            message["streaming_state"] == "in_progress" or not message.get("metadata")
        ):
            yield f"a growing message is left over: '{text_of(message)}'"
    for state in seen.sessions:
        if state != "active":
            yield f"the session is still {state}"


def who_stops_is_heard(seen: Seen) -> Iterator[str]:
    """The thread says who stopped the work; nothing is claimed after that, and what waited is withdrawn."""
    for run in (run for run in seen.runs if run["stopped_by"]):
        ends = [post for post in seen.said_by(run) if _ends(post, run)]
        notices = [text_of(m) for m in seen.messages if post_of(m) in {post["id"] for post in ends}]
        if run["status"] == "answered" and not any(f"<@{run['stopped_by']}>" in text for text in notices):
            yield f"{run['stopped_by']} stopped the work, and nobody says so: {notices}"
        stopped = next(e["seq"] for e in seen.audit if e["type"] == "run.stopped" and e["run_id"] == run["id"])
        for row in (row for row in seen.approvals if row["run_id"] == run["id"]):
            if any(
                e["seq"] > stopped and e["data"].get("to") == "executing" != e["data"]["from"] for e in seen.trail(row)
            ):
                yield f"P-{row['number']} was claimed after its question was stopped"


PROMISES = (
    at_most_one_effect,
    effects_have_authority,
    only_the_right_people_decided,
    what_was_shown_is_what_was_done,
    success_and_failure_are_true,
    nothing_decided_waits,
    what_is_replaced_is_replaced_once,
    undoing_is_told,
    the_audit_is_complete,
    cards_tell_the_truth,
    everything_is_told_once,
    answers_are_whole,
    nobody_is_asked_twice,
    nothing_grows_at_rest,
    who_stops_is_heard,
)
