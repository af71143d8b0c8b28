"""Says where a proposal stands: who is waited for, who said what, what came of it. Pure; the buttons are not made here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.policy.policy import Need, Word
from bot.slack.blocks import REASON_CHARACTERS, by_whom, person, reason, word_of
from bot.slack.local import Local
from bot.slack.values import clipped, escape, visible
from bot.slack.words import say
from bot.state.approvals import Approval, Status
from bot.state.pauses import OPERATOR, Pause
from bot.types import Language

MENTION_CHARACTERS = 300  # of one group; a list of very many people goes by its name


@dataclass(frozen=True)
class Asked:
    """A group that is asked: its name in the policy, how Slack mentions it, whether nobody is in it, how many decide."""

    name: str
    mention: str
    empty: bool = False
    count: int = 1


@dataclass(frozen=True)
class Row:
    """A proposal with everything around it that its card tells.

    `asked` has each group that is needed and those that may speak for it, `words` who approved so far. `before` is
    the proposal that this one replaces. What was done may be undone while `undo_until` is given. `undone_by` and
    `undoes` are labels of proposals: the one that took this one back, and the one that this one takes back.
    `title` is what people call its tool.
    `paused` is what holds back an approved one. `files` has the addresses in Slack of the files among its arguments,
    by their ids. `able` is how many people may decide for each group that is needed, where that is known.
    """

    approval: Approval
    asked: Sequence[Asked]
    words: Sequence[Word] = ()
    before: Approval | None = None
    undo_until: dt.datetime | None = None
    undone_by: str | None = None
    undoes: str | None = None
    title: str = ""
    paused: Pause | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    able: Mapping[str, int] = field(default_factory=dict)


def standing(row: Row, local: Local, share: int = 1) -> str:
    """The lines that say where it stands, as `mrkdwn`; `share` is the number of rows that share a card's length."""
    approval, language = row.approval, local.language
    if approval.status in (Status.PENDING, Status.UNKNOWN):
        for group in row.asked:
            if group.empty:
                return _nobody(language, group)
    lines = [_too_few(row, language, share) or _state(row, local, share)]
    if approval.status is Status.PENDING:
        if approval.reason:  # it was approved once
            lines.append(
                say(language, "pending_again", reason=reason(language, approval.reason, REASON_CHARACTERS // share))
            )
        lines += _so_far(row, language, share)
        if approval.terms.typed:
            lines.append(say(language, "type_it", name=code(approval.terms.typed)))
    elif approval.status is Status.EXECUTED and row.undone_by:
        lines.append(say(language, "undone", label=row.undone_by))
    elif can_be_undone(row) and row.undo_until:
        lines.append(say(language, "undo_until", until=local.moment(row.undo_until)))
    return "\n".join(lines)


def can_be_undone(row: Row) -> bool:
    """Whether the card offers to take back what was done."""
    return row.approval.status is Status.EXECUTED and row.undo_until is not None and row.undone_by is None


def mentions(asked: Sequence[Asked], share: int = 1) -> str:
    """The groups as Slack mentions them; one of very many people by its name, since no mention may be cut."""
    return ", ".join(_mention(group, share) for group in asked) or "—"


def code(text: str) -> str:
    """A name between two backticks: what it holds can't end them."""
    return escape(clipped(visible(text).replace("`", "'").replace("\n", " "), 75))


def _nobody(language: Language, group: Asked) -> str:
    yaml = f'groups:\n  {group.name}: {{members: "@handle", channel: "#channel"}}'
    return say(language, "nobody", group=code(group.name), yaml=escape(yaml.replace("`", "'")))


def _too_few(row: Row, language: Language, share: int) -> str | None:
    """That a group can never say enough, while no other one is about to be asked too."""
    if row.approval.status is Status.PENDING and row.approval.escalate_at is None:
        for need in row.approval.needs:
            able = row.able.get(need.group, need.count)
            if able < need.count:
                return say(language, "too_few", needed=_need(row, need, language, share), able=able)
    return None


def _state(row: Row, local: Local, share: int) -> str:
    approval, language = row.approval, local.language
    at = approval.ended_at or approval.created_at
    until = approval.held_until if approval.status is Status.APPROVED else None
    room = REASON_CHARACTERS // share
    return say(
        language,
        _key(approval, row.paused),
        pauser=_pauser(language, row.paused),
        why=reason(language, (row.paused and row.paused.reason) or "—", room),
        groups=_waiting_for(row, language, share),
        at=local.moment(at),
        until=local.moment(until or approval.expires_at),
        by=_by(row, language, share),
        reason=reason(language, approval.reason or "—", room),
        system=f"*{escape(clipped(approval.sealed.system, 75))}*"
        if approval.sealed.system
        else say(language, "its_system"),
    )


def _pauser(language: Language, pause: Pause | None) -> str:
    return by_whom(language, pause.by) if pause else ""


def _key(approval: Approval, pause: Pause | None) -> str:
    """Which sentence says it."""
    key = str(approval.status)
    match approval.status:
        case Status.APPROVED if pause:
            return f"{key}_paused_because" if pause.reason else f"{key}_paused"
        case Status.EXECUTED | Status.FAILED if word_of(approval.receipt):
            return f"{key}_by_word"
        case Status.APPROVED if approval.held_until:
            return f"{key}_held"
        case Status.APPROVED | Status.EXECUTING | Status.REJECTED | Status.WITHDRAWN | Status.EXPIRED if (
            approval.reason
        ):
            return f"{key}_because"
        case _:
            return key


def _waiting_for(row: Row, language: Language, share: int) -> str:
    """The groups that have not said enough yet; all of them once nobody is missing (an unknown outcome asks again)."""
    needs = row.approval.needs
    open_needs = [need for need in needs if len(_words_for(row, need)) < need.count] or needs
    return ", ".join(_need(row, need, language, share) for need in open_needs) or "—"


def _need(row: Row, need: Need, language: Language, share: int) -> str:
    """A group, those that may speak for it since, and how many people it takes."""
    group = _of(row, need.group)
    who = _mention(group, share)
    if need.also:
        who = say(language, "either", group=who, also=mentions([_of(row, name) for name in need.also], share))
    return say(language, "so_many", count=group.count, group=who) if group.count > 1 else who


def _so_far(row: Row, language: Language, share: int) -> list[str]:
    """How many of how many have approved, and who."""
    key = "so_far" if len(row.approval.needs) == 1 else "so_far_of"
    told = []
    for need in row.approval.needs:
        group, words = _of(row, need.group), _words_for(row, need)
        if words:
            people = _people(language, words, share)
            told.append(
                say(language, key, group=_mention(group, share), done=len(words), count=group.count, people=people)
            )
    return told


def _words_for(row: Row, need: Need) -> list[Word]:
    return [word for word in row.words if need.group in word.groups]


def _of(row: Row, name: str) -> Asked:
    return next((group for group in row.asked if group.name == name), Asked(name, name))


def _mention(group: Asked, share: int) -> str:
    longest = MENTION_CHARACTERS // share
    return group.mention if len(group.mention) <= longest else escape(clipped(visible(group.name), 60 // share))


def _by(row: Row, language: Language, share: int) -> str:
    """Who decided: those who approved, else whoever made the last move, which may be a rule."""
    approval = row.approval
    approved = approval.status in (Status.APPROVED, Status.EXECUTING, Status.EXECUTED, Status.FAILED)
    if approved and row.words and not word_of(approval.receipt):
        return _people(language, row.words, share)
    by = word_of(approval.receipt) or approval.decided_by
    if by is None:
        return say(language, "somebody")
    if by == OPERATOR:
        return say(language, "operator")
    if by.startswith("rule:"):
        return say(language, "rule", by=f"“{escape(clipped(visible(by.removeprefix('rule:')), 300 // share))}”")
    return person(by)


def _people(language: Language, words: Sequence[Word], share: int) -> str:
    """People as they are mentioned, each with whom they spoke for."""
    most = 8 // share + 1
    told = [
        person(word.person)
        if word.person == word.principal
        else say(language, "in_place_of", person=person(word.person), principal=person(word.principal))
        for word in words[:most]
    ]
    told += [f"+{len(words) - most}"] if len(words) > most else []
    return say(language, "both", some=", ".join(told[:-1]), last=told[-1]) if len(told) > 1 else told[0]
