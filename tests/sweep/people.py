"""What people do in a story: they press a button, press it again when nothing changes, and say what they found in the book."""

from __future__ import annotations

import contextlib
import functools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.house import BRUNO, DAVID, SALES, House, is_card

OPENS_A_FORM = {"baton_reject"}
PATIENCE = 1.5  # seconds until a person presses a button again


@dataclass
class People:
    """Those who take part in one thread. `wishes` is what is to be decided, by the text of the entry: who, and how."""

    house: House
    ts: str
    wishes: dict[str, tuple[str, str]]
    _pressed: dict[tuple[str, str], float] = field(default_factory=dict)

    def act(self) -> None:
        """Look at the cards, and press what waits to be pressed."""
        for message in self.house.slack.messages(SALES, self.ts, DAVID):
            for action, approval in presses(message):
                self._consider(message, action, approval)

    def press(self, person: str, message: dict[str, Any], action: str, approval: str) -> None:
        """Press a button of a card; a form that opens is sent as it is."""
        self.ready(person, message, action, approval)()

    def ready(self, person: str, message: dict[str, Any], action: str, approval: str) -> Callable[[], None]:
        """What is left to be done for a press to count: the press itself, or the sending of the form that it opens."""
        click = {"person": person, "channel": message["channel"], "ts": message["ts"], "action_id": action}
        press = functools.partial(self._post, "click", {**click, "value": approval})
        if action not in OPENS_A_FORM:
            return press
        press()
        values = {"person": person, "view_id": self._form(person), "values": {}}
        return functools.partial(self._post, "submit", values)

    def _form(self, person: str) -> str:
        """The form that is open on a person's page; people don't wait for long, and Baton may be dead."""
        end = time.monotonic() + 1
        while time.monotonic() < end:
            state = httpx.get(f"{self.house.slack.url}local/state", params={"person": person}).json()
            if (form := state.get("modal")) is not None:
                return str(form["id"])
            time.sleep(0.02)
        return ""

    def _consider(self, message: dict[str, Any], action: str, approval: str) -> None:
        if self._wanted(action, approval) and time.monotonic() - self._pressed.get((action, approval), 0) > PATIENCE:
            self._pressed[action, approval] = time.monotonic()
            self.press(self._who(approval), message, action, approval)

    def _wanted(self, action: str, approval: str) -> bool:
        if action in ("baton_done", "baton_not_done"):
            return action == ("baton_done" if approval in keys(self.house) else "baton_not_done")
        return action == f"baton_{self._wish(approval)[1]}"

    def _who(self, approval: str) -> str:
        return self._wish(approval)[0]

    def _wish(self, approval: str) -> tuple[str, str]:
        found = self.house.rows("SELECT arguments ->> 'text' FROM approvals WHERE id = %s", approval)
        return self.wishes.get(found[0][0], (BRUNO, "")) if found else (BRUNO, "")

    def _post(self, what: str, body: dict[str, Any]) -> None:
        with contextlib.suppress(httpx.TransportError):
            httpx.post(f"{self.house.slack.url}local/{what}", json=body, timeout=10)


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
