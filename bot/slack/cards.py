"""The card of one or several proposals: what would happen, where it stands, what can be pressed. Pure: data in, blocks out.

No words of a model decide how a card reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.slack.blocks import (
    BOX_CHARACTERS,
    Painted,
    boxes,
    button,
    context,
    header,
    note,
    person,
    plain,
    word_of,
    words,
)
from bot.slack.local import Local
from bot.slack.markdown import literal, section
from bot.slack.standing import Asked, Row, can_be_undone, code, mentions, standing
from bot.slack.values import changes, clipped, escape, for_people, lines, sealed_files, value, visible, with_files
from bot.slack.words import cause, say, say_of, status
from bot.state.approvals import Approval, Sealed, Status
from bot.types import Json, Language

__all__ = ["Asked", "Row", "card", "details", "mentions", "plain_card"]

RECEIPT_CHARACTERS = 1_500
CARD_CHARACTERS = 8_000  # of arguments and facts on a card; Slack refuses blocks of about 13,000 in all
PLAIN_CHARACTERS = 4_000  # where Slack refused the card, perhaps for its length
RULES_CHARACTERS = 300
LINKS, LINK_CHARACTERS = 10, 100  # to files, of one proposal

_UNDECIDED = (Status.PENDING, Status.UNKNOWN)

Detail = tuple[str, str]  # a heading and its text
Shape = Callable[[Sequence[Detail]], list[Json]]


def card(rows: Sequence[Row], card_id: str, local: Local, *, elsewhere: Sequence[str] = ()) -> Painted:
    """The card of a few proposals (`bot.asking.ROWS` at most) as they stand now.

    With `elsewhere`, the channels where they are decided, it is a mirror: it tells, and has no buttons.
    When the details of all rows are too long for a message, each row's stand in a file instead, named after its label.
    """
    whole = _painted(rows, card_id, local, elsewhere, CARD_CHARACTERS, _boxed)
    plainly = plain_card(rows, card_id, local, elsewhere=elsewhere)
    until = [row.undo_until for row in rows if row.undo_until and can_be_undone(row)]
    return Painted(whole.text, whole.blocks, whole.files, plain=plainly, changes_at=min(until, default=None))


def plain_card(rows: Sequence[Row], card_id: str, local: Local, *, elsewhere: Sequence[str] = ()) -> Painted:
    """The same in plain sections with the same buttons, for when Slack refuses the card."""
    return _painted(rows, card_id, local, elsewhere, PLAIN_CHARACTERS, _plainly)


def details(row: Row, local: Local) -> list[Detail]:
    """All that is sealed, as headed texts; first what differs from the proposal that this one replaces."""
    sealed = row.approval.sealed
    parts = [
        ("changed", "\n".join(lines(part, local) for part in _differences(row, local))),
        ("arguments", lines(with_files(sealed.arguments, local), local)),
        ("preview", lines(_preview(sealed, local.language), local, exact=False)),
        ("warnings", value(_warnings(sealed, local.language))),
        ("facts", lines(for_people(sealed.witness), local, exact=False)),
    ]
    return [(say(local.language, heading), text) for heading, text in parts if text]


def _warnings(sealed: Sealed, language: Language) -> Json:
    given = sealed.preview.get("warnings") or ""
    return (
        [cause(language, one) if isinstance(one, str) else one for one in given] if isinstance(given, list) else given
    )


# ---- the whole message


def _painted(
    rows: Sequence[Row],
    card_id: str,
    local: Local,
    elsewhere: Sequence[str],
    room: int,
    shape: Shape,
) -> Painted:
    language = local.language
    shown = {row.approval.id: details(row, local) for row in rows}
    in_files = sum(len(text) for parts in shown.values() for _, text in parts) > room
    title = _title(rows, language)
    blocks = [header(title)]
    for place, row in enumerate(rows):
        blocks += [{"type": "divider"}] if place else []
        parts = shown[row.approval.id]
        blocks.append(note(_headline(row, local, alone=len(rows) == 1)))
        if in_files and parts:
            blocks.append(note(say(language, "in_file", file=_file(row.approval))))
        blocks += shape([*(parts if not in_files else ()), *_receipt(row.approval, local, len(rows))])
        blocks += _links(row) if shape is _boxed else []  # a plain card has nothing that Slack could refuse
        blocks.append(note(standing(row, local, len(rows))))
        blocks.append(context(_origin(row, language, len(rows))))
        why = button(language, "why", row.approval.id)
        blocks += _actions([*_buttons(row, language), why], row.approval.id) if not elsewhere else []
    blocks += _mirrored(rows, language, elsewhere) if elsewhere else _together(rows, card_id, language)
    files = [(_file(row.approval), _as_text(shown[row.approval.id])) for row in rows if shown[row.approval.id]]
    return Painted(escape(f"{title} · {_summary(rows, language)}"), blocks, tuple(files) if in_files else ())


def _summary(rows: Sequence[Row], language: Language) -> str:
    """What it is about, in a notification's few words."""
    tools = ", ".join(dict.fromkeys(visible(_called(row)) for row in rows))
    return f"{tools} · {status(language, rows[0].approval.status)}" if len(rows) == 1 else tools


def _title(rows: Sequence[Row], language: Language) -> str:
    open_ones = [row.approval.label for row in rows if row.approval.status in _UNDECIDED]
    labels = ", ".join(open_ones or [row.approval.label for row in rows])
    key = "title" if open_ones else "title_over"
    return clipped(say_of(language, key, len(open_ones) or len(rows), labels=labels), 150)


def _boxed(parts: Sequence[Detail]) -> list[Json]:
    """Details in one rich text: headings, and texts in boxes."""
    elements = [element for heading, text in parts for element in boxes(heading, text)]
    return [{"type": "rich_text", "elements": elements}] if elements else []


def _plainly(parts: Sequence[Detail]) -> list[Json]:
    text = _as_text(parts)
    return [plain(text[at : at + BOX_CHARACTERS]) for at in range(0, len(text), BOX_CHARACTERS)]


def _links(row: Row) -> list[Json]:
    """The files among the arguments, to be opened in Slack by whoever may see them there."""
    known = {
        file.file: clipped(visible(" ".join(file.name.split())), 100)
        for file in sealed_files(row.approval.sealed.arguments)
    }
    there = [(name or id, row.files[id]) for id, name in known.items() if id in row.files][:LINKS]
    parts = [part for name, url in there for part in (literal(" 📎 "), {"type": "link", "url": url, "text": name})]
    return [{"type": "rich_text", "elements": [section(parts)]}] if parts else []


def _as_text(parts: Sequence[Detail]) -> str:
    return "\n\n".join(f"{heading}\n{text}" for heading, text in parts)


def _file(approval: Approval) -> str:
    return f"{approval.label}.txt"


# ---- one row


def _headline(row: Row, local: Local, *, alone: bool) -> str:
    """What would happen and on which system; what it takes back or replaces; that it destroys something."""
    sealed, language = row.approval.sealed, local.language
    system = escape(clipped(visible(sealed.system or ""), 75))
    title = escape(visible(_called(row)).replace("*", "·"))
    where = say(language, "on" if system else "on_nothing", title=title, tool=code(sealed.tool), system=system)
    first = where if alone else f"*{row.approval.label}* · {where}"
    return "\n".join([first, *_signs(row, local)])


def _called(row: Row) -> str:
    """What people call the tool, on one line."""
    return clipped(" ".join((row.title or row.approval.sealed.tool.replace("_", " ")).split()), 75) or "—"


def _signs(row: Row, local: Local) -> list[str]:
    language = local.language
    signs = [say(language, "destructive")] if row.approval.terms.destructive else []
    signs += [say(language, "undoes", label=row.undoes)] if row.undoes else []
    if row.before is None:
        return signs
    edited = row.before.status is Status.SUPERSEDED
    key = "replaces_edited" if edited else "replaces_facts" if _differences(row, local) else "replaces_hidden"
    by = person(row.before.decided_by) if row.before.decided_by else say(language, "somebody")
    system = escape(clipped(visible(row.approval.sealed.system or ""), 75)) or say(language, "its_system")
    return [*signs, say(language, key, label=row.before.label, by=by, system=system)]


def _differences(row: Row, local: Local) -> list[dict[str, Json]]:
    """What this proposal says otherwise than the one that it replaces; where nobody edited, what it would do and facts."""
    if row.before is None:
        return []
    old, new = row.before.sealed, row.approval.sealed
    if edited := changes(with_files(old.arguments, local), with_files(new.arguments, local)):
        return [edited]
    both = [changes(old.preview, new.preview), changes(for_people(old.witness), for_people(new.witness))]
    return [part for part in both if part]


def _preview(sealed: Sealed, language: Language) -> dict[str, Json]:
    """What it would do, without the system's warnings; what Baton itself tells of an undo has its names translated."""
    own = {"undo": say(language, "its_undo"), "receipt": say(language, "its_receipt")} if sealed.undoes else {}
    return {own.get(name, name): one for name, one in sealed.preview.items() if name != "warnings"}


def _told(receipt: Mapping[str, Json], local: Local) -> str:
    """A receipt's own sentence, and by what name the system knows what was done."""
    reference = value(receipt.get("reference"))
    known = [say(local.language, "receipt_reference", reference=reference)] if reference else []
    return "\n".join([value(receipt["summary"]), *known])


def _receipt(approval: Approval, local: Local, share: int) -> list[Detail]:
    receipt = approval.receipt
    if not receipt or word_of(receipt):
        return []
    if isinstance(receipt, dict) and "summary" in receipt:
        text = _told(receipt, local)
    else:
        shown = for_people(receipt) if isinstance(receipt, dict) else {}
        text = lines(shown, local, exact=False) if shown else value(receipt, local, exact=False)
    return [(say(local.language, "receipt"), clipped(text, RECEIPT_CHARACTERS // share))] if text else []


def _origin(row: Row, language: Language, share: int) -> str:
    """Who asked, who edited, by which rules."""
    approval = row.approval
    requester, most = approval.sealed.requester, 8 // share + 1
    editors = [author for author in approval.authors if author != requester]
    told = [say(language, "asked_by", person=person(requester))]
    if editors:
        told.append(say(language, "edited_by", people=", ".join(map(person, editors[-most:]))))
    rules = escape(clipped(visible(", ".join(approval.rules)), RULES_CHARACTERS // share))
    told.append(say_of(language, "by_rule", len(approval.rules) or 1, rules=rules))
    return " · ".join(told)


# ---- what can be pressed


def _buttons(row: Row, language: Language) -> list[Json]:
    """The buttons that fit the state; each carries the opaque id and nothing else."""
    approval = row.approval
    if approval.status is Status.PENDING:
        approve = "typed" if approval.terms.typed else "approve"
        wanted = [(approve, "primary"), ("reject", "danger"), ("edit", None), ("ask", None)]
        wanted = [one for one in wanted if one[0] != "edit" or approval.sealed.undoes is None]
    elif approval.status is Status.APPROVED and (approval.reason or row.paused):  # it waits, so there is time
        wanted = [("withdraw", None)]
    elif approval.status is Status.UNKNOWN:
        wanted = [("done", None), ("not_done", None), ("check", None)]
    else:
        return [_undo(approval, language)] if can_be_undone(row) else []
    return [button(language, verdict, approval.id, style) for verdict, style in wanted]


def _undo(approval: Approval, language: Language) -> Json:
    """It starts a proposal: Slack asks whether that is meant."""
    confirm = {
        "title": words(say(language, "undo_title", label=approval.label)),
        "text": words(say(language, "undo_text")),
        "confirm": words(say(language, "undo_yes")),
        "deny": words(say(language, "undo_no")),
    }
    return {**button(language, "undo", approval.id), "confirm": confirm}


def _together(rows: Sequence[Row], card_id: str, language: Language) -> list[Json]:
    """All at once, while more than one waits; never where something is destroyed, or a value has to be typed."""
    pending = [row.approval for row in rows if row.approval.status is Status.PENDING]
    if len(pending) < 2 or any(one.terms.destructive or one.terms.typed for one in pending):
        return []
    both = (("approve_all", "primary"), ("reject_all", "danger"))
    buttons = [button(language, verdict, card_id, style, n=len(pending)) for verdict, style in both]
    return [{"type": "divider"}, *_actions(buttons, card_id)]


def _actions(buttons: Sequence[Json], block_id: str) -> list[Json]:
    return [{"type": "actions", "block_id": block_id, "elements": list(buttons)}]


def _mirrored(rows: Sequence[Row], language: Language, channels: Sequence[str]) -> list[Json]:
    """Where it is decided, while something is to be decided."""
    asked = {group.name: group for row in rows if row.approval.status in _UNDECIDED for group in row.asked}
    if not asked:
        return []
    places = ", ".join(f"<#{channel}>" for channel in channels)
    return [note(say(language, "mirror", channels=places, groups=mentions(list(asked.values()), len(rows))))]
