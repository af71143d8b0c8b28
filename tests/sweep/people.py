"""What people do in a story: they press a button, press it again when nothing changes, and say what they found in the book."""

from __future__ import annotations

import contextlib
import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from tests.house import AMELIE, BRUNO, DAVID, SALES, House, is_card
from tests.sweep.stage import NEVER_MIND

OPENS_A_FORM = {"baton_reject", "baton_edit"}
PATIENCE = 1.5  # seconds until a person presses a button again

Wish = tuple[str, str]  # who wants to press what, such as `approve`
Ending = Literal["stop", "edit", "delete"]


@dataclass
class People:
    """Those who take part in one thread.

    `wishes` is what they want with a proposal, and `edits` what its text becomes when it is edited, both by its text.
    `ending` is what Amélie does to her question, once, when somebody has approved.
    """

    house: House
    ts: str
    wishes: Mapping[str, Sequence[Wish]]
    edits: Mapping[str, str]
    ending: Ending | None = None
    _pressed: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def act(self) -> bool:
        """Look at the cards, and press what somebody wants to press; whether there is anything like that."""
        wanted = [
            (person, message, action, approval)
            for message in self.house.slack.messages(SALES, self.ts, DAVID)
            for action, approval in presses(message)
            for person in self._who(action, approval)
        ]
        for one in wanted:
            self._press_in_time(*one)
        if self.ending and any(action == "baton_approve" for _, action, _ in self._pressed) and self.end(self.ending):
            self.ending = None
        return bool(wanted)

    def end(self, how: Ending) -> bool:
        """Amélie wants no more work on her question; `False` when she sees no Stop, since nothing is worked on."""
        question = {"person": AMELIE, "channel": SALES, "ts": self.ts}
        if how != "stop":
            return self._post(how, {**question, "text": f"<@UBATON01> {NEVER_MIND}"})
        return self._post(how, {**question, "thread_ts": self.ts})

    def press(self, person: str, message: dict[str, Any], action: str, approval: str) -> None:
        """Press a button of a card, and fill in and send the form that it opens."""
        self.ready(person, message, action, approval)()

    def ready(self, person: str, message: dict[str, Any], action: str, approval: str) -> Callable[[], None]:
        """What is left to be done for a press to count: the press itself, or the sending of the form that it opens."""
        click = {"person": person, "channel": message["channel"], "ts": message["ts"], "action_id": action}
        press = functools.partial(self._post, "click", {**click, "value": approval})
        if action not in OPENS_A_FORM:
            return press
        press()
        values = {"text": self.edits[self._about(approval)[0]]} if action == "baton_edit" else {}
        return functools.partial(
            self._post, "submit", {"person": person, "view_id": self._form(person), "values": values}
        )

    def _form(self, person: str) -> str:
        """The form that is open on a person's page; people don't wait for long, and Baton may be dead."""
        end = time.monotonic() + 1
        while time.monotonic() < end:
            state = httpx.get(f"{self.house.slack.url}local/state", params={"person": person}).json()
            if (form := state.get("modal")) is not None:
                return str(form["id"])
            time.sleep(0.02)
        return ""

    def _press_in_time(self, person: str, message: dict[str, Any], action: str, approval: str) -> None:
        if time.monotonic() - self._pressed.get((person, action, approval), 0) > PATIENCE:
            self._pressed[person, action, approval] = time.monotonic()
            self.press(person, message, action, approval)

    def _who(self, action: str, approval: str) -> list[str]:
        """Who wants to press this button of this proposal, and has not been heard yet."""
        if action in ("baton_done", "baton_not_done"):
            return [BRUNO] if action == ("baton_done" if approval in keys(self.house) else "baton_not_done") else []
        text, heard = self._about(approval)
        wishes = self.wishes.get(text, ())
        return [person for person, verb in wishes if action == f"baton_{verb}" and (person, verb) not in heard]

    def _about(self, approval: str) -> tuple[str, set[Wish]]:
        """What a proposal would write, and what people have said of it."""
        said = "SELECT person, verdict FROM decisions WHERE approval_id = %s"
        ((text,),) = self.house.rows("SELECT arguments ->> 'text' FROM approvals WHERE id = %s", approval) or [("",)]
        return text, {(person, verb) for person, verb in self.house.rows(said, approval)}

    def _post(self, what: str, body: dict[str, Any]) -> bool:
        """Whether the page took it."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.post(f"{self.house.slack.url}local/{what}", json=body, timeout=10).is_success
        return False


def presses(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The buttons of a card: what each does, and to which proposal."""
    if is_card(message):
        for block in message.get("blocks") or []:
            for element in block.get("elements", ()) if block["type"] == "actions" else ():
                yield element["action_id"], element.get("value", "")


def ledger(house: House) -> list[dict[str, Any]]:
    """The lines of the book."""
    return [json.loads(line) for line in house.ledger.read_text().splitlines()] if house.ledger.exists() else []


def keys(house: House) -> list[str]:
    return [line["key"] for line in ledger(house)]
