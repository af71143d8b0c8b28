"""The modals that are open: each person's stack of views, the triggers that open them, what a submission leads to."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from . import forms, payloads, rules
from .blocks import as_view
from .company import Json, Person
from .delivery import Delivery, Outcome

TRIGGER_SECONDS: Final = 3.0
TRIGGERS_KEPT: Final = 10_000
DEEPEST: Final = 3  # views on one stack
TROUBLE: Final = "We had some trouble connecting. Try again?"

Announce = Callable[[Json, str | None], None]
"""Tells the open pages about a change; the second argument restricts it to one person's pages."""


class TriggerRefused(Exception):
    """The trigger_id is unknown, used or too old; the text is Slack's error string."""


class StackFull(Exception):
    """A fourth view on one stack."""


@dataclass
class Trigger:
    """What lets the app show something to a person for a moment; `view_id` is where the person acted, if in a view."""

    person: Person
    view_id: str
    expires: float
    used: bool = False


class Triggers:
    def __init__(self, seconds: float = TRIGGER_SECONDS) -> None:
        self._seconds = seconds
        self._given: dict[str, Trigger] = {}

    def give(self, person: Person, view_id: str = "") -> str:
        trigger_id = f"{time.time_ns()}.{payloads.new_id('')}"
        self._given[trigger_id] = Trigger(person, view_id, time.monotonic() + self._seconds)
        if len(self._given) > TRIGGERS_KEPT:
            del self._given[next(iter(self._given))]
        return trigger_id

    def take(self, trigger_id: str) -> Trigger:
        """The trigger, once; raises TriggerRefused."""
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise TriggerRefused("invalid_trigger_id")
        if trigger.used:
            raise TriggerRefused("exchanged_trigger_id")
        if trigger.expires < time.monotonic():
            raise TriggerRefused("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass
class Modal:
    """A view that is open on one person's page; it lives no longer than the process."""

    person: Person
    view: Json


@dataclass(frozen=True)
class Submission:
    """What became of a submission: `errors` by block_id and `notice` are shown, and the modal stays."""

    outcome: Outcome | None
    """None when Slack's own form refused the values: the app has heard nothing."""
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""


class Modals:
    def __init__(self, delivery: Delivery, announce: Announce) -> None:
        self.triggers = Triggers()
        self._delivery = delivery
        self._announce = announce
        self._open: dict[str, Modal] = {}

    def get(self, view_id: str) -> Modal | None:
        return self._open.get(view_id)

    def shown_to(self, person: Person) -> Modal | None:
        """The newest view that is open on that person's page."""
        return next((modal for modal in reversed(self._open.values()) if modal.person == person), None)

    # the app

    def open(self, trigger_id: str, view: Json) -> Json:
        """Shows a modal to the person behind the trigger, in place of what was open; raises TriggerRefused."""
        person = self.triggers.take(trigger_id).person
        for modal in [modal for modal in self._open.values() if modal.person == person]:
            del self._open[modal.view["id"]]
        return self._show(Modal(person, as_view(view, payloads.new_id("V"))))

    def push(self, trigger_id: str, view: Json) -> Json:
        """Lays a view on the one where the person acted; raises TriggerRefused and StackFull."""
        below = self.get(self.triggers.take(trigger_id).view_id)
        if below is None:
            raise TriggerRefused("invalid_trigger_id")
        return self._push(below, view)

    def update(self, modal: Modal, view: Json) -> Json:
        below = self.get(modal.view["previous_view_id"] or "")
        modal.view = as_view(view, modal.view["id"], on=below.view if below else None)
        return self._show(modal)

    # the person

    async def submit(self, modal: Modal, given: dict[str, Any]) -> Submission:
        """Fills in the view, sends view_submission unless the form itself refuses, and obeys the answer."""
        values = forms.filled(modal.view, given)
        refused = forms.refusals(modal.view, values)
        if refused:
            return Submission(None, errors=refused)
        view = modal.view | {"state": {"values": values}}
        trigger_id = self.triggers.give(modal.person, modal.view["id"])
        outcome = await self._delivery.interact(payloads.view_event("view_submission", modal.person, trigger_id, view))
        if not outcome.acked:
            return Submission(outcome, notice=TROUBLE)
        if outcome.answer.get("response_action") == "errors":
            return self._errors(modal, outcome)
        return Submission(outcome, notice="" if self._obey(modal, outcome.answer) else TROUBLE)

    async def dismiss(self, modal: Modal) -> None:
        """The person closes the view; the one under it shows again."""
        self._close([modal])
        if modal.view.get("notify_on_close"):
            trigger_id = self.triggers.give(modal.person)
            await self._delivery.interact(payloads.view_event("view_closed", modal.person, trigger_id, modal.view))

    def _obey(self, modal: Modal, answer: Json) -> bool:
        """Does what the app answered; False when Slack would not understand or accept it."""
        action, view = answer.get("response_action"), answer.get("view")
        if not answer:
            self._close([modal])
        elif action == "clear":
            self._close(self._stack(modal))
        elif action == "update" and not rules.modal_faults(view):
            self.update(modal, answer["view"])
        elif action == "push" and not rules.modal_faults(view) and len(self._stack(modal)) < DEEPEST:
            self._push(modal, answer["view"])
        else:
            return False
        return True

    @staticmethod
    def _errors(modal: Modal, outcome: Outcome) -> Submission:
        errors = outcome.answer.get("errors")
        fields = forms.inputs(modal.view)
        if not isinstance(errors, dict) or not errors or not errors.keys() <= fields.keys():
            return Submission(outcome, notice=TROUBLE)
        if not all(isinstance(words, str) and words for words in errors.values()):
            return Submission(outcome, notice=TROUBLE)
        return Submission(outcome, errors=errors)

    def _push(self, below: Modal, view: Json) -> Json:
        if len(self._stack(below)) >= DEEPEST:
            raise StackFull
        return self._show(Modal(below.person, as_view(view, payloads.new_id("V"), on=below.view)))

    def _stack(self, modal: Modal) -> list[Modal]:
        root = modal.view["root_view_id"]
        return [other for other in self._open.values() if other.view["root_view_id"] == root]

    def _show(self, modal: Modal) -> Json:
        self._open[modal.view["id"]] = modal
        self._announce({"type": "modal", "view": modal.view}, modal.person.id)
        return modal.view

    def _close(self, modals: list[Modal]) -> None:
        for modal in modals:
            self._open.pop(modal.view["id"], None)
        person = modals[0].person
        left = self.shown_to(person)
        self._announce({"type": "modal", "view": left.view if left else None}, person.id)
