"""The forms behind a card's buttons, and what somebody sent with one. Pure: data in, views out, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import BatonError
from bot.slack.blocks import MODAL_CHARACTERS, boxes, form, input_block, note, text_input, words
from bot.slack.cards import Row, details
from bot.slack.fields import Field, NotFit, element, fields, fits, hint, left_out, meant, shown, untouched
from bot.slack.local import Local
from bot.slack.standing import code
from bot.slack.values import clipped, escape, visible
from bot.slack.words import say
from bot.state.approvals import Approval
from bot.types import Json, Language

REASON_CHARACTERS = 600
QUESTION_CHARACTERS = 2_000
VIEW_BLOCKS = 100
ERROR_CHARACTERS = 1_000

_FORMS = {f"baton_{verdict}": verdict for verdict in ("reject", "reject_all", "ask", "approve", "edit")}


class FormError(BatonError):
    """What somebody filled in cannot be taken; `errors` has a sentence for each input."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Place:
    """Where the card is on which a form was opened."""

    channel: str
    thread_ts: str | None


@dataclass(frozen=True)
class Submitted:
    """A form that somebody sent: what they say with it, about what, and what each input held (`None`: left blank)."""

    verdict: str
    target: str
    channel: str
    thread_ts: str | None
    values: Mapping[str, str | None]


def reject_form(
    language: Language, labels: Sequence[str], target: str, place: Place, *, together: bool = False
) -> Json:
    """Why not? Optional. Input `reason`. `together` rejects all that the card `target` shows."""
    verdict, named = "reject_all" if together else "reject", ", ".join(labels)
    title = say(language, f"{verdict}_form", labels=named, n=len(labels))
    about = words(say(language, "reject_hint"))
    why = input_block(
        "reason", say(language, "reject_reason"), text_input(REASON_CHARACTERS), optional=True, hint=about
    )
    blocks = [note(say(language, "reject_intro", labels=named)), why]
    return _form(language, verdict, title, say(language, "reject"), target, place, blocks)


def question_form(language: Language, label: str, target: str, place: Place) -> Json:
    """What does somebody want to know before they decide? Input `text`."""
    about = words(say(language, "ask_hint", labels=label))
    asked = input_block("text", say(language, "ask_label"), text_input(QUESTION_CHARACTERS), hint=about)
    title = say(language, "ask_form", labels=label)
    return _form(language, "ask", title, say(language, "ask_send"), target, place, [asked])


def typed_form(local: Local, approval: Approval, place: Place) -> Json:
    """The facts again, and the value that has to be typed. Input `typed`; sending it approves."""
    language = local.language
    about = words(say(language, "typed_hint"))
    label = say(language, "typed_label", name=clipped(visible(str(approval.terms.typed)), 200))
    head = note(f"*{approval.label}* · `{code(approval.sealed.tool)}`")
    blocks = [head, _facts(local, approval), input_block("typed", label, {"type": "plain_text_input"}, hint=about)]
    title = say(language, "typed_form", labels=approval.label)
    return _form(language, "approve", title, say(language, "approve"), approval.id, place, blocks)


def edit_form(language: Language, approval: Approval, schema: Mapping[str, Json], place: Place) -> Json:
    """The arguments, one input each, named after it. What no input can hold exactly is kept, and said to be."""
    values = approval.sealed.arguments
    inputs = [_edited(field, values.get(field.name), language) for field in fields(schema)[: VIEW_BLOCKS - 1]]
    blocks = [note(say(language, "edit_intro", labels=approval.label)), *inputs]
    title = say(language, "edit_form", labels=approval.label)
    return _form(language, "edit", title, say(language, "edit_send"), approval.id, place, blocks)


def read(view: Mapping[str, Any]) -> Submitted | None:
    """What a submitted view says; `None` when it is not one of these forms."""
    verdict = _FORMS.get(str(view.get("callback_id")))
    try:
        about = json.loads(view["private_metadata"])
        states = view["state"]["values"]
        values = {name: _held(next(iter(inputs.values()))) for name, inputs in states.items()}
        target, channel, thread_ts = about["target"], about["channel"], about["thread_ts"]
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration, RecursionError):
        return None
    if verdict is None or not (isinstance(target, str) and isinstance(channel, str)):
        return None
    return Submitted(verdict, target, channel, thread_ts if isinstance(thread_ts, str) else None, values)


def arguments(
    language: Language, schema: Mapping[str, Json], before: Mapping[str, Json], values: Mapping[str, str | None]
) -> dict[str, Json]:
    """The arguments that an edit means, for the tool to check: what was not touched stays exactly as it was.

    Decimal figures are text or `Decimal`, so that no digit is lost. Raises `FormError`.
    """
    given, errors = dict(before), dict[str, str]()
    for field in fields(schema):
        if field.name not in values or untouched(field, before.get(field.name), values[field.name]):
            continue
        if left_out(field, values[field.name]):
            given.pop(field.name, None)
            continue
        try:
            given[field.name] = meant(field, values[field.name], language)
        except NotFit as problem:
            errors[field.name] = str(problem)
    if errors:
        raise FormError(errors)
    return given


def errors_for(view: Mapping[str, Any], errors: Mapping[str, str]) -> Json:
    """The answer that keeps a form open and shows what is wrong; what belongs to none of its inputs stands at the first."""
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    told: dict[str, str] = {}
    for name, text in errors.items():
        place = name if name in inputs else inputs[0]
        told[place] = clipped(f"{told[place]} {text}" if place in told else text, ERROR_CHARACTERS)
    return {"response_action": "errors", "errors": told}


def _form(
    language: Language, verdict: str, title: str, send: str, target: str, place: Place, blocks: Sequence[Json]
) -> Json:
    return form(language, f"baton_{verdict}", title, send, {"target": target, **vars(place)}, blocks)


def _facts(local: Local, approval: Approval) -> Json:
    """All that is sealed, in boxes, or where it can be read."""
    parts = details(Row(approval, ()), local)
    if not parts or sum(len(text) for _, text in parts) > MODAL_CHARACTERS:
        return note(say(local.language, "in_file", file=f"{approval.label}.txt"))
    return {"type": "rich_text", "elements": [one for heading, text in parts for one in boxes(heading, text)]}


def _edited(field: Field, value: Json, language: Language) -> Json:
    title = clipped(visible(field.title), 150)
    if not fits(field, value) or len(field.name) > 255:
        return note(say(language, "kept", name=escape(title)))
    blank = shown(field, value) is None
    optional = field.nullable or not field.required or (field.kind in ("text", "lines") and blank)
    return input_block(field.name, title, element(field, value, language), optional=optional, **hint(field, language))


def _held(state: Mapping[str, Any]) -> str | None:
    """What one input holds, as text."""
    if "selected_option" in state:
        return state["selected_option"]["value"] if state["selected_option"] else None
    held = state.get("selected_date") if "selected_date" in state else state.get("value")
    return None if held is None else str(held)
