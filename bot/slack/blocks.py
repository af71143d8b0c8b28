"""The parts that messages are made of in Block Kit, and every message that is not a card. Pure: data in, blocks out."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.slack.local import Local
from bot.slack.lookups import lookups_from, lookups_shown, lookups_told
from bot.slack.markdown import literal, preformatted, rich_text, section
from bot.slack.prose import prose
from bot.slack.values import clipped, escape, for_people, lines, value, visible
from bot.slack.words import cause, say, say_of, status
from bot.state.approvals import Status
from bot.state.pauses import OPERATOR
from bot.types import Json, Language

MODAL_CHARACTERS = 9_000
TITLE_CHARACTERS = 24  # of a modal
SETTLED_CHARACTERS = 1_500  # of the ledger's lines above an answer, together
REASON_CHARACTERS = 600
BOX_CHARACTERS = 2_900  # Slack refuses a text of more than 3,000


@dataclass(frozen=True)
class Painted:
    """A message ready for Slack.

    `files` (name, text) must be in the thread before its card can be decided. `plain` says the same without form, for
    when Slack refuses the blocks. At `changes_at` it reads otherwise, though nothing happened.
    """

    text: str
    blocks: Sequence[Json]
    files: tuple[tuple[str, str], ...] = ()
    plain: Painted | None = None
    changes_at: dt.datetime | None = None


About = Literal["work", "decisions", "house"]


@dataclass(frozen=True)
class Ability:
    """Something that can be asked for: what it is, and how a person would say it in their language.

    `about` says for whom it comes first: for everybody, for those who decide, for those who look after the house.
    """

    description: str
    example: str | None
    read_only: bool
    about: About = "work"


def answer(body: Mapping[str, Json], run_id: str) -> Painted:
    """An answer: what was looked up, what the ledger says, the model's words, the passages that they name, who made them.

    With `claimed` the model's words told of something that the ledger doesn't know: they are left out, and that is said.
    With `goes_on` another message continues it: what can be pressed about the whole answer stands below the last one.
    """
    language: Language = body["language"]
    room = SETTLED_CHARACTERS // max(len(body["settled"]), 1)
    settled = [clipped(_settled(language, entry), room) for entry in body["settled"]]
    told: list[Json] = []
    if body.get("claimed"):
        settled = settled or [say(language, "nothing_in_ledger")]
        told.append(note(say(language, "claim_removed")))
    told += [plain(line) for line in settled]
    told += [one for entry in body["settled"] for one in _changed(language, entry)]
    said = prose(body["text"], language)
    below = _below(language, body, run_id)
    text = escape(" ".join(filter(None, [*settled, said.text])))
    lookups = body.get("looked_up") or []
    plainly = [*lookups_told(language, lookups), *told, *map(plain, _pieces(said.text)), *below]
    blocks = [*lookups_shown(language, lookups), *told, *said.blocks, *below, *_feedback(language, body, run_id)]
    return Painted(text, blocks, said.files, plain=Painted(text, plainly, said.files))


def cited(text: str) -> set[int]:
    """The numbers of the sources that an answer names."""
    return {int(number) for number in re.findall(r"\[(\d{1,4})\]", text)}


def _below(language: Language, body: Mapping[str, Json], run_id: str) -> list[Json]:
    """A button for each passage that is named, who made the answer, and what asks why."""
    numbers = cited(body["text"])
    buttons = [source_button(source) for source in body["sources"] if source["number"] in numbers][:10]
    buttons += [] if body.get("goes_on") else [button(language, "why", run_id)]
    made_by = context(say(language, "made_by", model=escape(body["model"] or "—"), run=run_id))
    came_from = lookups_from(language, body.get("looked_up") or [])
    return [*([{"type": "actions", "elements": buttons}] if buttons else []), *came_from, made_by]


def _feedback(language: Language, body: Mapping[str, Json], run_id: str) -> list[Json]:
    """Thumbs up and down: each says its verdict and carries the run's id."""
    if body.get("goes_on"):
        return []
    thumbs = {
        "type": "feedback_buttons",
        "action_id": "baton_feedback",
        "positive_button": {"text": words(say(language, "helpful")), "value": f"up:{run_id}"},
        "negative_button": {"text": words(say(language, "not_helpful")), "value": f"down:{run_id}"},
    }
    return [{"type": "context_actions", "elements": [thumbs]}]


def notice(language: Language, key: str, values: Mapping[str, Json], local: Local | None = None) -> Painted:
    """One sentence of Baton's own.

    Of its values, people are ids, `until` is an ISO time, `cause` a reason, `text` a person's words, quoted below;
    groups come as they are mentioned, and a `count` chooses between one and many. What was `looked_up` before it is
    shown above it.
    """
    filled = _filled(language, values, local or Local(language, language))
    text = say_of(language, key, **filled) if "count" in filled else say(language, key, **filled)
    quoted = visible(str(values.get("text", "")))
    if not quoted:
        lookups = values.get("looked_up") or ()
        return said(text, [*lookups_shown(language, lookups), *lookups_from(language, lookups)])
    quote = {"type": "rich_text_quote", "elements": [literal(clipped(quoted, BOX_CHARACTERS))]}
    whole = f"{text}\n{escape(quoted)}"
    return Painted(whole, [note(text), {"type": "rich_text", "elements": [quote]}], plain=Painted(whole, ()))


def said(text: str, above: Sequence[Json] = ()) -> Painted:
    """Words of Baton's own as a message, with blocks above them."""
    return Painted(text, [*above, note(text)], plain=Painted(text, ()))


def passage_modal(language: Language, number: int, title: str, where: str, text: str) -> Json:
    """The passage that an answer names, whole."""
    pieces = _pieces(text[:MODAL_CHARACTERS])
    blocks = [
        header(title[:150] or "—"),
        *([context(escape(where))] if where else []),
        *({"type": "rich_text", "elements": rich_text(piece)} for piece in pieces if piece.strip()),
    ]
    return view(language, say(language, "passage", number=number), blocks)


def view(language: Language, title: str, blocks: Sequence[Json], **more: Json) -> Json:
    """A modal to be read, then closed."""
    shape = {"type": "modal", "title": words(clipped(title, TITLE_CHARACTERS)), "close": words(say(language, "close"))}
    return {**shape, "blocks": list(blocks), **more}


def form(language: Language, callback_id: str, title: str, send: str, about: Json, blocks: Sequence[Json]) -> Json:
    """A modal to be filled in; `about` comes back with what somebody sends."""
    return view(
        language,
        title,
        blocks,
        callback_id=callback_id,
        private_metadata=json.dumps(about, ensure_ascii=False),
        submit=words(send),
        close=words(say(language, "cancel")),
    )


def input_block(name: str, label: str, element: Json, *, optional: bool = False, **more: Json) -> Json:
    """An input of a form; what it held comes back under its name."""
    element = {**element, "action_id": "value"}
    return {"type": "input", "block_id": name, "label": words(label), "element": element, "optional": optional, **more}


def text_input(most: int) -> Json:
    """Several lines to write, of so many characters."""
    return {"type": "plain_text_input", "multiline": True, "max_length": most}


def person(name: str) -> str:
    """Somebody by id as Slack mentions them; anything else (the command line) as it is."""
    return f"<@{name}>" if re.fullmatch(r"[UW][A-Z0-9]+", name) else escape(clipped(visible(name), 100))


def worded(language: Language, text: str) -> str:
    """The words of a question; those that stand for a press of "Undo" in the reader's language."""
    undo = re.fullmatch(r"Undo (P-\d+)", text)
    return say(language, "asked_undo", label=undo[1]) if undo else text


def by_whom(language: Language, name: str) -> str:
    """A person as Slack mentions them, or the operator of Baton's machine."""
    return say(language, "operator") if name == OPERATOR else person(name)


def reason(language: Language, text: str, longest: int = REASON_CHARACTERS) -> str:
    """Why something did not happen, on one line: a system's words can't pose as lines of the card."""
    return escape(clipped(visible(" ".join(cause(language, text).split())), longest))


def word_of(receipt: Json) -> str | None:
    """The person whose word stands in place of a receipt."""
    return receipt.get("according_to") if isinstance(receipt, dict) else None


def boxes(heading: str, text: str) -> list[Json]:
    """Elements of a rich text: a heading and its text in boxes, none so long that Slack would refuse it."""
    return [section([literal(heading, bold=True)]), *map(preformatted, _pieces(text))]


def button(language: Language, verdict: str, value: str, style: str | None = None, **values: object) -> Json:
    """A button that says its verdict and carries an opaque id, nothing else."""
    return {
        "type": "button",
        "action_id": f"baton_{verdict}",
        "text": words(say(language, verdict, **values)),
        "value": value,
        **({"style": style} if style else {}),
    }


def source_button(source: Mapping[str, Json], text: str | None = None) -> Json:
    """Pressing it opens the passage."""
    return {
        "type": "button",
        "action_id": f"baton_source_{source['number']}",
        "text": words(text or clipped(f"[{source['number']}] {source['title']}", 75)),
        "value": source["id"],
    }


def words(text: str) -> Json:
    """Text as it is, for titles, buttons and labels."""
    return {"type": "plain_text", "text": text}


def header(text: str) -> Json:
    return {"type": "header", "text": words(text)}


def plain(text: str) -> Json:
    return {"type": "section", "text": words(text[:3_000])}


def note(text: str) -> Json:
    """Words of Baton's own; what comes from elsewhere has been escaped."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:3_000], "verbatim": True}}


def context(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text[:3_000], "verbatim": True}]}


def _pieces(text: str) -> list[str]:
    return [text[at : at + BOX_CHARACTERS] for at in range(0, len(text), BOX_CHARACTERS)]


def _filled(language: Language, values: Mapping[str, Json], local: Local) -> dict[str, Json]:
    """The values of a notice as its sentence takes them."""
    filled = dict(values)
    for name in ("by", "to", "person", "delegate"):
        if values.get(name):
            filled[name] = by_whom(language, values[name])
    if "status" in values:
        known = re.fullmatch(r"[UW][A-Z0-9]+", values.get("by") or "")
        filled["by"] = say(language, "by", by=filled["by"]) if known else ""
        filled["status"] = status(language, values["status"])
    if "until" in values:
        filled["until"] = local.moment(dt.datetime.fromisoformat(values["until"]))
    if "more" in values:
        filled["more"] = say(language, values["more"]) if values["more"] else ""
    if "target" in values:
        target = values["target"]
        filled["what"] = say(language, f"what_{target['kind']}", name=escape(target["name"]))
    if "cause" in values:
        filled["cause"] = reason(language, values["cause"])
    return filled


def _settled(language: Language, entry: Mapping[str, Json]) -> str:
    """How a proposal ended, in the ledger's words; `undone` when it took another one back."""
    receipt, key = entry.get("receipt"), f"settled_{entry['status']}"
    if word_of(receipt):
        key += "_by_word"
    elif entry["status"] == Status.EXECUTED and not receipt:
        key += "_without_receipt"
    elif entry["status"] == Status.EXECUTED and entry.get("undone"):
        key += "_undo"
    summary = receipt.get("summary") if isinstance(receipt, dict) else None
    return say(
        language,
        key,
        label=entry["proposal"],
        summary=visible(str(summary)) if summary else _in_a_line(receipt, Local(language, language)),
        reason=visible(cause(language, " ".join(str(entry.get("reason", "—")).split()))),
    )


def _in_a_line(receipt: Json, local: Local) -> str:
    """A receipt without a sentence of its own, without what means nothing to a person."""
    if not isinstance(receipt, dict):
        return value(receipt, local, exact=False)
    return " · ".join(" ".join(one.split()) for one in lines(for_people(receipt), local, exact=False).splitlines())


def _changed(language: Language, entry: Mapping[str, Json]) -> list[Json]:
    """That somebody edited what was done: it was not done with the values that were asked for."""
    editors = entry.get("changed_by") if entry["status"] == Status.EXECUTED else None
    if not editors:
        return []
    people = ", ".join(map(person, editors))
    return [context(say(language, "settled_changed", label=entry["proposal"], people=people))]
