"""Everything that can be seen after a story: what is in the database, in Slack and in the book, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import connect
from psycopg.rows import dict_row

from tests.house import DAVID, House, is_card, text_of
from tests.sweep.people import ledger

Row = dict[str, Any]

TABLES = {  # and what orders their rows
    "approvals": "number",
    "decisions": "received_at",
    "audit": "seq",
    "posts": "created_at",
    "shown": "position",
    "runs": "created_at",
    "witness": "seq",
}


@dataclass(frozen=True)
class Seen:
    """The tables, the lines of the book, and what Slack shows of the threads in which Baton takes part.

    `answer` is what the model said in the end, in paragraphs.
    """

    approvals: list[Row]
    decisions: list[Row]
    audit: list[Row]
    posts: list[Row]
    shown: list[Row]
    runs: list[Row]
    witness: list[Row]
    ledger: list[Row]
    messages: list[Row]
    sessions: list[str]
    answer: Sequence[str]

    @property
    def cards(self) -> list[Row]:
        return [message for message in self.messages if is_card(message)]

    @property
    def questions(self) -> list[Row]:
        """The runs of people's own questions: those between agents speak to no person."""
        return [run for run in self.runs if run["parent_run"] is None]

    @property
    def told(self) -> str:
        """Baton's words in the threads, other than cards."""
        return "\n".join(text_of(m) for m in self.messages if m.get("bot_id") and not is_card(m))

    def on(self, card: Row) -> list[Row]:
        """The proposals that a card is there to show."""
        ids = [one["approval_id"] for one in self.shown if one["post_id"] == post_of(card)]
        return [row for row in self.approvals if row["id"] in ids]

    def cards_of(self, row: Row) -> list[Row]:
        return [card for card in self.cards if row in self.on(card)]

    def trail(self, row: Row) -> list[Row]:
        """What the audit says about a proposal."""
        return [e for e in self.audit if e["approval_id"] == row["id"] and e["type"].startswith("approval.")]

    def moves(self, row: Row) -> list[tuple[str | None, str]]:
        """What the witness saw a proposal do."""
        return [(move["old"], move["new"]) for move in self.witness if move["approval"] == row["id"]]

    def replacing(self, row: Row) -> list[Row]:
        return [other for other in self.approvals if other["replaces"] == row["id"]]

    def undoing(self, row: Row) -> list[Row]:
        return [other for other in self.approvals if other["undoes"] == row["id"]]

    def said_by(self, run: Row) -> list[Row]:
        """The posts of a question."""
        return [post for post in self.posts if post["run_id"] == run["id"]]

    def lines(self, row: Row) -> list[Row]:
        """What a proposal wrote into the book."""
        return [line for line in self.ledger if line["key"] == row["id"]]


def post_of(message: Row) -> str:
    """The row that a message of Baton's was sent for."""
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("post"))


def see(house: House, answer: Sequence[str]) -> Seen:
    """Read it all, when nothing is under way any more."""
    with connect(house.database, autocommit=True, row_factory=dict_row) as connection:
        tables = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY {by}".encode()).fetchall()
            for name, by in TABLES.items()
        }
        threads = connection.execute("SELECT channel, ts FROM threads").fetchall()
    messages = [m for thread in threads for m in house.slack.messages(thread["channel"], thread["ts"], DAVID)]
    sessions = [house.slack.session(DAVID, thread["channel"], thread["ts"]) or {} for thread in threads]
    states = [str(session.get("status", "active")) for session in sessions]
    return Seen(**tables, ledger=ledger(house), messages=messages, sessions=states, answer=answer)
