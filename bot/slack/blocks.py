"""What each message looks like in Block Kit; pure: data in, blocks out. No words of a model decide how a card reads."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.dates import format_datetime

from bot.slack.markdown import literal, preformatted, rich_text, section
from bot.slack.words import cause, say, status
from bot.state.approvals import Approval, Status
from bot.types import Json, Language

RECEIPT_CHARACTERS = 1_500
CARD_CHARACTERS = 8_000  # of arguments and facts on a card; Slack refuses blocks of about 13,000 in all
MODAL_CHARACTERS = 9_000
SETTLED_CHARACTERS = 1_500  # of the ledger's lines above an answer, together
REASON_CHARACTERS = 600

_HIDDEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))  # categories whose characters nobody sees
_BLANKS = frozenset(
    chr(code)
    for code in (
        *(0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)


@dataclass(frozen=True)
class Painted:
    """A message ready for Slack. `file` is a text that must be in the thread before the card can be decided."""

    text: str
    blocks: Sequence[Json]
    file: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ability:
    """Something that can be asked for: what it is, and how a person would say it in their language."""

    description: str
    example: str | None
    read_only: bool


@dataclass(frozen=True)
class Asked:
    """A group that is asked: its name in the policy, how Slack mentions it, and whether anybody is in it."""

    name: str
    mention: str
    empty: bool = False


def card(
    approval: Approval, language: Language, asked: Sequence[Asked], zone: dt.tzinfo, *, elsewhere: Sequence[str] = ()
) -> Painted:
    """The card of a proposal as it stands now. With `elsewhere` it is a mirror: it tells, and has no buttons."""
    undecided = approval.status in (Status.PENDING, Status.UNKNOWN)
    title = say(language, "title" if undecided else "title_over", label=approval.label)
    details = _details(approval, language)
    name = f"{approval.label}.txt"
    file = None  # for what was sealed and shown before the decision; what came of it is short
    if sum(len(text) for _, text in details) > CARD_CHARACTERS:
        file = (name, "\n\n".join(f"{heading}\n{text}" for heading, text in details))
    shown = [_note(say(language, "in_file", file=name))] if file else [_detail(*one) for one in details]
    if receipt := _receipt(approval.receipt):
        shown.append(_detail(say(language, "receipt"), _clipped(receipt, RECEIPT_CHARACTERS)))
    sealed = approval.sealed
    system = escape(_clipped(sealed.system or "", 75))
    where = say(language, "on" if system else "on_nothing", tool=escape(_clipped(sealed.tool, 75)), system=system)
    rules = escape(_clipped(visible(", ".join(approval.rules)), 300))
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": title}},
        _note(where),
        *shown,
        *_state(approval, language, asked, zone),
        *([_note(_elsewhere(language, asked, elsewhere))] if elsewhere and approval.status is Status.PENDING else []),
        _context(say(language, "asked_by", person=sealed.requester, rules=rules)),
        *([] if elsewhere else _buttons(approval, language)),
    ]
    return Painted(escape(f"{title} · {sealed.tool} · {status(language, approval.status)}"), blocks, file)


def answer(body: Mapping[str, Json], run_id: str) -> Painted:
    """An answer: what the ledger says, the model's words, the passages that they name, who made them."""
    language: Language = body["language"]
    room = SETTLED_CHARACTERS // max(len(body["settled"]), 1)
    settled = [_clipped(_settled(language, entry), room) for entry in body["settled"]]
    words = rich_text(body["text"])
    blocks: list[Json] = [_plain(line) for line in settled]
    if words:
        blocks.append({"type": "rich_text", "elements": words})
    cited = {int(number) for number in re.findall(r"\[(\d{1,4})\]", body["text"])}
    if sources := [source for source in body["sources"] if source["number"] in cited]:
        blocks.append(_sources(sources))
    blocks.append(_context(say(language, "made_by", model=escape(body["model"] or "—"), run=run_id)))
    text = " ".join([*settled, body["text"]])
    return Painted(escape(text), blocks)


def notice(language: Language, key: str, **values: object) -> Painted:
    """One sentence of Baton's own."""
    text = say(language, key, **values)
    return Painted(text, [_note(text)])


def passage_modal(language: Language, number: int, title: str, where: str, text: str) -> Json:
    """The passage that an answer names, whole."""
    pieces = [text[at : at + 2_900] for at in range(0, min(len(text), MODAL_CHARACTERS), 2_900)]
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": say(language, "passage", number=number)[:24]},
        "close": {"type": "plain_text", "text": say(language, "close")},
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title[:150] or "—"}},
            *([_context(escape(where))] if where else []),
            *({"type": "rich_text", "elements": rich_text(piece)} for piece in pieces if piece.strip()),
        ],
    }


def home(language: Language, abilities: Sequence[Ability], *, offline: bool) -> Json:
    """The Home tab: who Baton is and what can be asked of it."""
    lines = [
        "• " + escape(can.example or can.description) + ("" if can.read_only else f" — _{say(language, 'asks')}_")
        for can in abilities
    ]
    return {
        "type": "home",
        "blocks": [
            _note(say(language, "greeting")),
            {"type": "header", "text": {"type": "plain_text", "text": say(language, "tools")}},
            *(_note("\n".join(lines[at : at + 15])) for at in range(0, len(lines), 15)),
            *([_context(say(language, "offline"))] if offline else []),
        ],
    }


def visible(text: str) -> str:
    """Text with every invisible or direction-changing character written out, as ⟦U+202E⟧."""
    return "".join(_shown(char, before) for before, char in zip(" " + text, text, strict=False))


def escape(text: str) -> str:
    """Text for a `mrkdwn` field: nothing in it can mention anybody or be a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(char: str, before: str) -> str:
    if char in "\n\t" or (unicodedata.category(char) not in _HIDDEN and char not in _BLANKS):
        return char
    if char == "\ufe0f" and unicodedata.category(before) == "So":
        return char  # it asks for the colourful form of the sign before it
    return f"⟦U+{ord(char):04X}⟧"


def _details(approval: Approval, language: Language) -> list[tuple[str, str]]:
    """Everything that is sealed, as headed texts, and the receipt."""
    sealed = approval.sealed
    preview = {key: value for key, value in sealed.preview.items() if key != "warnings"}
    parts = [
        ("arguments", _lines(sealed.arguments)),
        ("preview", _lines(preview)),
        ("warnings", _warnings(sealed.preview.get("warnings"))),
        ("facts", _lines({k: v for k, v in sealed.witness.items() if not k.startswith("_")})),
    ]
    return [(say(language, heading), text) for heading, text in parts if text]


def _receipt(receipt: Json) -> str:
    if _word_of(receipt):
        return ""
    if isinstance(receipt, dict) and "summary" in receipt:
        receipt = {key: receipt[key] for key in ("summary", "reference") if key in receipt}
        return "\n".join(_value(value) for value in receipt.values())
    return _lines(receipt) if isinstance(receipt, dict) else _value(receipt)


def _word_of(receipt: Json) -> str | None:
    """The person whose word stands in place of a receipt."""
    return receipt.get("according_to") if isinstance(receipt, dict) else None


def _warnings(warnings: Json) -> str:
    """What a system itself warns of, one a line."""
    return _value(warnings) if warnings else ""


def _lines(values: Mapping[str, Json]) -> str:
    """`name: value` lines, values aligned; a value of several lines keeps them, each behind the same margin."""
    names = {_name(name): value for name, value in values.items()}
    width = max(map(len, names), default=0)
    margin = "\n" + " " * (width + 2)
    return "\n".join(f"{name}:".ljust(width + 2) + _value(value).replace("\n", margin) for name, value in names.items())


def _value(value: Json) -> str:
    """A value as a person reads it: text as it is, lists as lines."""
    if value is None:
        return ""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return ", ".join(f"{_name(name)}: {_part(part)}" for name, part in value.items()) or "{}"
    if isinstance(value, list):
        return "\n".join("- " + _value(item).replace("\n", "\n  ") for item in value) or "[]"
    return json.dumps(value)


def _part(value: Json) -> str:
    """A value inside a record; one that could be taken for another part of it stands in quotation marks or brackets."""
    if isinstance(value, str) and re.search(r'[,:"\n{}\[\]]', value):
        return json.dumps(visible(value), ensure_ascii=False)
    if isinstance(value, dict):
        return f"{{{_value(value)}}}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_part, value))}]"
    return _value(value)


def _name(name: str) -> str:
    """A name keeps to its line."""
    return visible(name).replace("\n", "⟦U+000A⟧")


def _detail(heading: str, text: str) -> Json:
    """A heading and its text in boxes, none so long that Slack would refuse it."""
    boxes = [preformatted(text[at : at + 2_900]) for at in range(0, len(text), 2_900)]
    return {"type": "rich_text", "elements": [section([literal(heading, bold=True)]), *boxes]}


def _state(approval: Approval, language: Language, asked: Sequence[Asked], zone: dt.tzinfo) -> list[Json]:
    """The line that says where the proposal stands."""
    if approval.status in (Status.PENDING, Status.UNKNOWN):
        for group in asked:
            if group.empty:
                yaml = f'groups:\n  {group.name}: {{members: "@handle", channel: "#channel"}}'
                return [
                    _note(say(language, "nobody", group=escape(group.name))),
                    {"type": "rich_text", "elements": [preformatted(yaml)]},
                ]
    moment = approval.expires_at if approval.status is Status.PENDING else approval.ended_at or approval.created_at
    by = _who(language, approval.decided_by)
    key = str(approval.status)
    if approval.status in (Status.EXECUTED, Status.FAILED) and _word_of(approval.receipt):
        key += "_by_word"
    if approval.status is Status.REJECTED and approval.reason:
        key += "_because"
    when = format_datetime(moment.astimezone(zone), say(language, "moment"), locale=language)
    return [
        _note(
            say(
                language,
                key,
                groups=mentions(asked),
                until=when,
                at=when,
                by=by,
                reason=reason(language, approval.reason or "—"),
                system=f"*{escape(approval.sealed.system)}*" if approval.sealed.system else say(language, "its_system"),
            )
        )
    ]


def mentions(asked: Sequence[Asked]) -> str:
    """The groups as Slack mentions them; one of very many people by its name, since no mention may be cut."""
    return ", ".join(group.mention if len(group.mention) <= 300 else escape(group.name) for group in asked) or "—"


def reason(language: Language, text: str) -> str:
    """Why something did not happen, on one line: a system's words can't pose as lines of the card."""
    return escape(_clipped(visible(" ".join(cause(language, text).split())), REASON_CHARACTERS))


def _who(language: Language, decided_by: str | None) -> str:
    if decided_by is None:
        return say(language, "somebody")
    if decided_by.startswith("rule:"):
        return say(language, "rule", by=f"“{escape(decided_by.removeprefix('rule:'))}”")
    return f"<@{decided_by}>" if re.fullmatch(r"[UW][A-Z0-9]+", decided_by) else escape(decided_by)


def _elsewhere(language: Language, asked: Sequence[Asked], channels: Sequence[str]) -> str:
    return say(language, "mirror", channels=", ".join(f"<#{c}>" for c in channels), groups=mentions(asked))


def _buttons(approval: Approval, language: Language) -> list[Json]:
    """The buttons that fit the state; each carries the opaque id and nothing else."""
    wanted = {
        Status.PENDING: (("approve", "primary"), ("reject", "danger")),
        Status.UNKNOWN: (("done", None), ("not_done", None)),
    }.get(approval.status, ())
    buttons = [
        {
            "type": "button",
            "action_id": f"baton_{verdict}",
            "text": {"type": "plain_text", "text": say(language, verdict)},
            "value": approval.id,
            **({"style": style} if style else {}),
        }
        for verdict, style in wanted
    ]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _settled(language: Language, entry: Mapping[str, Json]) -> str:
    """How a proposal ended, in the ledger's words."""
    receipt, key = entry.get("receipt"), f"settled_{entry['status']}"
    if _word_of(receipt):
        key += "_by_word"
    elif entry["status"] == Status.EXECUTED and not receipt:
        key += "_without_receipt"
    summary = receipt.get("summary") if isinstance(receipt, dict) else None
    return say(
        language,
        key,
        label=entry["proposal"],
        summary=visible(str(summary or json.dumps(receipt, ensure_ascii=False))),
        reason=visible(cause(language, " ".join(str(entry.get("reason", "—")).split()))),
    )


def _sources(sources: Sequence[Mapping[str, Json]]) -> Json:
    """A button for each passage that is named; pressing it opens the passage."""
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"baton_source_{source['number']}",
                "text": {"type": "plain_text", "text": _clipped(f"[{source['number']}] {source['title']}", 75)},
                "value": source["id"],
            }
            for source in sources[:10]
        ],
    }


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _plain(text: str) -> Json:
    return {"type": "section", "text": {"type": "plain_text", "text": text[:3_000]}}


def _note(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:3_000], "verbatim": True}}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text[:3_000], "verbatim": True}]}
