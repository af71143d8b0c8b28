"""The promises that hold whatever happened: what is in the database, in Slack and in the book is read once and compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from psycopg import connect
from psycopg.rows import dict_row

from bot.workspace.company import GROUPS
from tests.house import DAVID, House, is_card, text_of
from tests.sweep.people import ledger, presses

Row = dict[str, Any]

MAY_DECIDE = {person for group in GROUPS.values() if group.handle == "finance" for person in group.members}
NOTHING_DONE = {"failed", "rejected", "expired", "denied", "stale", "withdrawn", "superseded", "pending", "approved"}
OVER = NOTHING_DONE - {"pending", "approved"} | {"executed"}

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


@dataclass(frozen=True)
class Seen:
    """Everything that can be seen after a story. `messages` are those of the threads in which Baton takes part."""

    approvals: list[Row]
    decisions: list[Row]
    audit: list[Row]
    posts: list[Row]
    runs: list[Row]
    witness: list[Row]
    ledger: list[Row]
    messages: list[Row]

    @property
    def cards(self) -> list[Row]:
        return [message for message in self.messages if is_card(message)]


def verdict(house: House) -> list[str]:
    """The promises that are broken, each as a sentence; none is good."""
    seen = see(house)
    return [broken for promise in PROMISES for broken in promise(seen)]


def see(house: House) -> Seen:
    """Read it all, when nothing is under way any more."""
    orders = {
        "approvals": "number",
        "decisions": "received_at",
        "audit": "seq",
        "posts": "created_at",
        "runs": "created_at",
    }
    with connect(house.database, autocommit=True, row_factory=dict_row) as connection:
        tables = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY {by}".encode()).fetchall()
            for name, by in {**orders, "witness": "seq"}.items()
        }
        threads = connection.execute("SELECT channel, ts FROM threads").fetchall()
    messages = [m for thread in threads for m in house.slack.messages(thread["channel"], thread["ts"], DAVID)]
    return Seen(**tables, ledger=ledger(house), messages=messages)


def at_most_one_effect(seen: Seen) -> Iterator[str]:
    for key, times in Counter(line["key"] for line in seen.ledger).items():
        if times > 1:
            yield f"{key} took effect {times} times"


def effects_have_authority(seen: Seen) -> Iterator[str]:
    """Each line of the book has its proposal, approved by somebody who may, and claimed before it was written."""
    known = {row["id"]: row for row in seen.approvals}
    for line in seen.ledger:
        row = known.get(line["key"])
        if row is None:
            yield f"'{line['text']}' was written without a proposal"
        elif row["claimed_at"] is None or row["claimed_at"].timestamp() > line["at"]:
            yield f"P-{row['number']} took effect before it was claimed"


def only_the_right_people_decided(seen: Seen) -> Iterator[str]:
    requesters = {row["id"]: row["requester"] for row in seen.approvals}
    for said in seen.decisions:
        if said["person"] not in MAY_DECIDE or said["person"] == requesters[said["approval_id"]]:
            yield f"{said['person']} said '{said['verdict']}', who may not"
    approved = {said["approval_id"] for said in seen.decisions if said["verdict"] == "approve"}
    for row in seen.approvals:
        ways = [move["new"] for move in seen.witness if move["approval"] == row["id"]]
        if "approved" in ways and row["id"] not in approved:
            yield f"P-{row['number']} was approved by nobody"
        if "executing" in ways and "approved" not in ways[: ways.index("executing")]:
            yield f"P-{row['number']} was claimed before it was approved"


def what_was_shown_is_what_was_done(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        text = row["arguments"]["text"]
        wrote = [line["text"] for line in seen.ledger if line["key"] == row["id"]]
        if set(wrote) - {text}:
            yield f"P-{row['number']} is sealed with '{text}' and wrote {wrote}"
        for card in seen.cards:
            if f"P-{row['number']}" in text_of(card) and f"text:  {text}" not in re.sub(r" +", "  ", text_of(card)):
                yield f"the card of P-{row['number']} does not show '{text}'"
        digests = {entry["data"]["digest"] for entry in _trail(seen, row) if "digest" in entry["data"]}
        if digests != {row["digest"]}:
            yield f"P-{row['number']} has several digests"


def success_and_failure_are_true(seen: Seen) -> Iterator[str]:
    done = {line["key"] for line in seen.ledger}
    for row in seen.approvals:
        if row["status"] == "executed" and row["id"] not in done:
            yield f"P-{row['number']} is called executed, and nothing was written"
        if row["status"] in NOTHING_DONE and row["id"] in done:
            yield f"P-{row['number']} is called {row['status']}, and it was written"
        for sign, told in re.findall(rf"(\S+) P-{row['number']}\b(.*)", _told(seen)):
            if (sign == "✅") != (row["status"] == "executed") and sign in "✅❌🚫⌛♻️":
                yield f"people are told '{sign} P-{row['number']}{told}', and it is {row['status']}"


def nothing_decided_waits(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        if row["status"] not in OVER:
            yield f"P-{row['number']} is still {row['status']}"
    for run in seen.runs:
        if run["status"] not in ("answered", "failed"):
            yield f"the run is still {run['status']}"


def the_audit_is_complete(seen: Seen) -> Iterator[str]:
    """Each change that the witness saw is in the trail, in order, and nothing else."""
    for row in seen.approvals:
        told = [(e["data"]["from"], e["data"]["to"]) for e in _trail(seen, row) if "to" in e["data"]]
        moves = [(move["old"], move["new"]) for move in seen.witness if move["approval"] == row["id"]]
        if [step for step in told if step[0] != step[1]] != moves:
            yield f"P-{row['number']} moved {moves}, and its trail says {told}"
        if any(before[1] != after[0] for before, after in pairwise(told)):
            yield f"the trail of P-{row['number']} has a gap: {told}"
        if not told or told[-1][1] != row["status"]:
            yield f"P-{row['number']} is {row['status']}, and its trail ends with {told[-1:]}"


def cards_tell_the_truth(seen: Seen) -> Iterator[str]:
    for row in seen.approvals:
        cards = [card for card in seen.cards if f"P-{row['number']}" in text_of(card)]
        if len(cards) != 1:
            yield f"P-{row['number']} has {len(cards)} cards"
        if any(approval == row["id"] for card in cards for _, approval in presses(card) if row["status"] in OVER):
            offered = [action for card in cards for action, approval in presses(card) if approval == row["id"]]
            if set(offered) - {"baton_undo"}:
                yield f"the card of P-{row['number']} offers {offered}, and it is {row['status']}"
    for card in seen.cards:
        shown = [row["status"] for row in seen.approvals if f"P-{row['number']}" in text_of(card)]
        signs = [status for status, sign in STANDS.items() for _ in range(text_of(card).count(sign))]
        if sorted(shown) != sorted(signs):
            yield f"a card says {signs}, and it is {shown}"


def everything_is_told_once(seen: Seen) -> Iterator[str]:
    """Every post is in Slack, once, and each question has one answer, or one reason for having none."""
    for post in seen.posts:
        if post["status"] != "sent":
            yield f"a {post['kind']} is {post['status']}: {post['error']}"
    there = Counter(m["metadata"]["event_payload"]["post"] for m in seen.messages if m.get("metadata"))
    due = Counter(post["id"] for post in seen.posts if post["kind"] != "private" and post["thread_ts"])
    if there != due:
        yield f"posts appear so often in Slack: {sorted(there.values())}; there are {len(due)}"
    for run in seen.runs:
        answers = [post for post in seen.posts if post["run_id"] == run["id"] and _ends(post)]
        if len(answers) != 1:
            yield f"the question has {len(answers)} answers"


def _ends(post: Row) -> bool:
    return post["kind"] == "answer" or str(post["body"].get("notice", "")).startswith("given_up")


def _told(seen: Seen) -> str:
    """Baton's words in the threads, other than cards."""
    return "\n".join(text_of(m) for m in seen.messages if m.get("bot_id") and not is_card(m))


def _trail(seen: Seen, row: Row) -> list[Row]:
    return [e for e in seen.audit if e["approval_id"] == row["id"] and e["type"].startswith("approval.")]


PROMISES = (
    at_most_one_effect,
    effects_have_authority,
    only_the_right_people_decided,
    what_was_shown_is_what_was_done,
    success_and_failure_are_true,
    nothing_decided_waits,
    the_audit_is_complete,
    cards_tell_the_truth,
    everything_is_told_once,
)
