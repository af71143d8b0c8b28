"""Paints what people see when they open Baton: their own Home, and below it the house for those who look after it.

Pure: data in, blocks out. What people and systems wrote is never taken for form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.overview import Condition, Shown, Some, Standing, SystemState, ToolState
from bot.slack.blocks import (
    Ability,
    button,
    by_whom,
    context,
    form,
    header,
    input_block,
    note,
    plain,
    reason,
    text_input,
    worded,
    words,
)
from bot.slack.local import Local
from bot.slack.standing import code
from bot.slack.values import clipped, escape, visible
from bot.slack.words import say, say_of
from bot.state.overviews import Question
from bot.state.pauses import EVERYTHING, Pause, Target
from bot.types import Json, Language

T = TypeVar("T")

EXAMPLES = 12
TOOLS = 30  # each is a block, and Slack takes a hundred
PROBLEMS = 5
QUESTION_CHARACTERS = 120
NAME_CHARACTERS = 80
SUMMARY_CHARACTERS = 200
REASON_CHARACTERS = 600

Link = Callable[[tuple[str, str] | None], str | None]  # where a message can be opened, by channel and ts
Called = Callable[[str, Language], str]  # what people call a tool


@dataclass(frozen=True)
class Reader:
    """For whom it is painted."""

    local: Local
    link: Link = field(default=lambda place: None)
    called: Called = field(default=lambda tool, language: tool)

    @property
    def language(self) -> Language:
        return self.local.language


def home(
    reader: Reader,
    standing: Standing,
    abilities: Sequence[Ability],
    *,
    responsible: str,
    offline: bool,
    condition: Condition | None = None,
) -> Json:
    """The Home tab. `responsible` is who answers for Baton, as Slack mentions them; with `condition`, also the house."""
    language = reader.language
    ready = sorted(abilities, key=lambda can: (can.example is None, can.about != "work"))  # asked as they stand, first
    examples = [_ability(language, can) for can in ready[:EXAMPLES]]
    rest = len(abilities) - len(examples)
    blocks = [
        note(introduction(language, responsible)),
        *_paused_altogether(reader, standing.pauses),
        *personal(reader, standing),
        header(say(language, "tools")),
        note("\n".join([*examples, *([_more(language, rest)] if rest > 0 else [])]) or say(language, "no_tools")),
        *([context(say(language, "offline"))] if offline else []),
        *(_house(reader, standing, condition) if condition else []),
        _actions([button(language, "refresh", "home")]),
    ]
    return {"type": "home", "blocks": blocks}


def introduction(language: Language, responsible: str) -> str:
    """Who Baton is, what it may do, and who answers for it."""
    return say(language, "greeting", responsible=responsible or say(language, "admins"))


def personal(reader: Reader, standing: Standing) -> list[Json]:
    """What waits for a person, what they asked for, what was done."""
    return [
        *_list(reader, "waiting", standing.waiting, _waits),
        *_list(reader, "asked", standing.asked, _asked),
        *_list(reader, "receipts", standing.done, _done),
    ]


def standing(reader: Reader, found: Standing) -> list[Json]:
    """The same as a reply to a command, with all that is paused."""
    paused = [_pause_line(reader, one) for one in found.pauses]
    return [
        *([note("\n".join(paused))] if paused else []),
        *personal(reader, found),
    ]


def pause_form(language: Language, target: Target) -> Json:
    """Why? Optional. Input `reason`; sending it pauses."""
    hint = words(say(language, "pause_hint"))
    why = input_block("reason", say(language, "pause_reason"), text_input(REASON_CHARACTERS), optional=True, hint=hint)
    blocks = [note(say(language, f"pause_intro_{target.kind}", name=code(target.name))), why]
    return form(language, "baton_pause", say(language, "pause_form"), say(language, "pause"), vars(target), blocks)


def what(language: Language, target: Target) -> str:
    """What is paused, as people call it."""
    return say(language, f"what_{target.kind}", name=code(target.name))


# ---- for everyone


def _list(reader: Reader, key: str, found: Some[T], paint: Callable[[Reader, T], list[Json]]) -> list[Json]:
    painted = [block for one in found.shown for block in paint(reader, one)]
    more = [context(_more(reader.language, found.more))] if found.more else []
    return [header(say(reader.language, key)), *(painted or [note(say(reader.language, f"{key}_none"))]), *more]


def _more(language: Language, more: int) -> str:
    return say(language, "and_more", n=more)


def _ability(language: Language, can: Ability) -> str:
    asks = "" if can.read_only else f" — _{say(language, 'asks')}_"
    return "• " + escape(clipped(visible(can.example or can.description), QUESTION_CHARACTERS)) + asks


def _waits(reader: Reader, one: Shown) -> list[Json]:
    approval = one.approval
    key = "waits_unknown" if approval.status == "unknown" else "waits"
    until = reader.local.moment(approval.expires_at)
    tool, by = _called(reader, approval.sealed.tool), by_whom(reader.language, approval.sealed.requester)
    label = _linked(reader, approval.label, one.place)
    return [note(say(reader.language, key, label=label, tool=tool, by=by, until=until))]


def _asked(reader: Reader, one: Question) -> list[Json]:
    """A person's own words, as they are, and below them where it stands."""
    text = clipped(visible(" ".join(worded(reader.language, one.text).split())), QUESTION_CHARACTERS) or "—"
    at = reader.local.moment(one.at)
    state = "run_waits" if one.waiting else "run_held" if one.held else f"run_{one.status}"
    labels = ", ".join(f"P-{number}" for number in one.waiting or one.held)
    linked = _linked(reader, at, (one.thread.channel, one.thread.ts))
    return [plain(text), context(f"{say(reader.language, state, labels=labels)} · {linked}")]


def _done(reader: Reader, one: Shown) -> list[Json]:
    approval, language = one.approval, reader.language
    receipt = approval.receipt
    told = receipt.get("summary") if isinstance(receipt, Mapping) else None
    summary = (
        escape(clipped(visible(str(told)).rstrip("."), SUMMARY_CHARACTERS))
        if told
        else _called(reader, approval.sealed.tool)
    )
    at = reader.local.moment(approval.ended_at or approval.created_at)
    return [
        note(say(language, "receipt_line", label=_linked(reader, approval.label, one.place), summary=summary, at=at))
    ]


def _called(reader: Reader, tool: str) -> str:
    return escape(clipped(visible(reader.called(tool, reader.language)), NAME_CHARACTERS))


def _linked(reader: Reader, text: str, place: tuple[str, str] | None) -> str:
    address = reader.link(place)
    return f"*<{address}|{text}>*" if address else f"*{text}*"


# ---- pauses


def _paused_altogether(reader: Reader, pauses: Sequence[Pause]) -> list[Json]:
    return [note(_pause_line(reader, one)) for one in pauses if one.target == EVERYTHING]


def _pause_line(reader: Reader, pause: Pause) -> str:
    language = reader.language
    values = {
        "what": what(language, pause.target),
        "by": by_whom(language, pause.by),
        "since": reader.local.moment(pause.at),
    }
    if pause.reason is None:
        return say(language, "is_paused", **values)
    return say(language, "is_paused_because", **values, why=reason(language, pause.reason, REASON_CHARACTERS))


def _switch(reader: Reader, target: Target, pause: Pause | None) -> Json:
    """The button that pauses, and asks why in a form; or the one that ends a pause, and asks whether that is meant."""
    language, value, whole = reader.language, json.dumps(vars(target)), target == EVERYTHING
    if pause is None:
        text = words(say(language, "pause_all" if whole else "pause"))
        return {**button(language, "pause", value, "danger" if whole else None), "text": text}
    confirm = {
        "title": words(say(language, "resume_title")),
        "text": words(say(language, f"resume_text_{target.kind}", name=target.name)),
        "confirm": words(say(language, "resume")),
        "deny": words(say(language, "cancel")),
    }
    text = words(say(language, "resume_all" if whole else "resume"))
    return {**button(language, "resume", value), "text": text, "confirm": confirm}


def _actions(elements: Sequence[Json]) -> Json:
    return {"type": "actions", "elements": list(elements)}


# ---- for those who look after the house


def _house(reader: Reader, found: Standing, condition: Condition) -> list[Json]:
    language = reader.language
    everything = next((one for one in found.pauses if one.target == EVERYTHING), None)
    tools = sorted(condition.tools, key=_attention)
    rest = len(tools) - TOOLS
    return [
        {"type": "divider"},
        header(say(language, "house")),
        _actions([_switch(reader, EVERYTHING, everything)]),
        note("\n".join(_health(reader, condition))),
        *(_agent(reader, name, pause) for name, pause in condition.agents),
        header(say(language, "tools_state")),
        *(_tool(reader, tool) for tool in tools[:TOOLS]),
        *([note(say(language, "no_tools"))] if not tools else []),
        *([context(say(language, "more_tools", n=rest))] if rest > 0 else []),
    ]


def _attention(tool: ToolState) -> tuple[bool, bool, str]:
    """What is paused or fails comes first."""
    return (tool.pause is None, not (tool.missing or (tool.use and tool.use.failures)), tool.name)


def _agent(reader: Reader, name: str, pause: Pause | None) -> Json:
    told = say(reader.language, "agent_line", name=code(name))
    lines = [told, _pause_line(reader, pause)] if pause else [told]
    return {**note("\n".join(lines)), "accessory": _switch(reader, Target("agent", name), pause)}


def _tool(reader: Reader, tool: ToolState) -> Json:
    language = reader.language
    groups = ", ".join(f"*{escape(visible(group))}*" for group in tool.groups)
    key = f"effect_{tool.effect}" if groups else f"effect_{tool.effect}_alone"
    effect = say(language, key, groups=groups)
    lines = [say(language, "tool_line", title=_called(reader, tool.name), name=code(tool.name), effect=effect)]
    if tool.missing:
        lines.append(say(language, "tool_nobody", groups=", ".join(f"`{code(one)}`" for one in tool.missing)))
    if tool.pause:
        lines.append(_pause_line(reader, tool.pause))
    if tool.use:
        last = reader.local.moment(tool.use.last)
        lines.append(say(language, "tool_used", last=last))
        if tool.use.failures:
            why = reason(language, tool.use.failure or "—", SUMMARY_CHARACTERS)
            lines.append(say_of(language, "tool_failed", tool.use.failures, why=why))
    return {**note("\n".join(lines)), "accessory": _switch(reader, Target("tool", tool.name), tool.pause)}


def _health(reader: Reader, condition: Condition) -> list[str]:
    language = reader.language
    queue, index, model = condition.queue, condition.documents, condition.model
    lines = []
    if condition.rules_problem:
        lines.append(say(language, "rules_wrong", why=reason(language, condition.rules_problem, REASON_CHARACTERS)))
    lines += [
        say(language, "tools_wrong", why=reason(language, one, REASON_CHARACTERS))
        for one in condition.tools_problems[:PROBLEMS]
    ]
    lines += [
        say(language, "quarantined", tool=code(tool), server=code(server), what=escape(clipped(visible(what), 200)))
        for server, tool, what in condition.quarantined[:PROBLEMS]
    ]
    lines += [say(language, "addition", name=code(name)) for name in condition.additions[:PROBLEMS]]
    if model.answered_at:
        at = reader.local.moment(model.answered_at)
        lines.append(say(language, "model_answered", name=code(model.name), at=at))
    if model.failed_at:
        recovered = model.answered_at is not None and model.answered_at > model.failed_at
        key = "model_failed_before" if recovered else "model_failed"
        lines.append(say(language, key, at=reader.local.moment(model.failed_at)))
    if not (model.answered_at or model.failed_at):
        lines.append(say(language, "model_unused"))
    lines += [_system(reader, system) for system in condition.systems]
    if index.at:
        lines.append(say(language, "index", pages=index.pages, at=reader.local.moment(index.at)))
        lines += [
            say(language, "index_problem", why=escape(clipped(visible(one), 300))) for one in index.problems[:PROBLEMS]
        ]
        if len(index.problems) > PROBLEMS:
            lines.append(_more(language, len(index.problems) - PROBLEMS))
    else:
        lines.append(say(language, "index_reading"))
    key = "queue_idle" if not queue.due else "queue"
    lines.append(say(language, key, due=queue.due, under_way=queue.under_way, seconds=round(queue.oldest)))
    return lines


def _system(reader: Reader, system: SystemState) -> str:
    language, name = reader.language, escape(visible(system.name))
    answered = reader.local.moment(system.answered_at) if system.answered_at else ""
    if system.failed_at is None:
        return say(language, "system_answered" if answered else "system_unused", name=name, at=answered)
    failed = reader.local.moment(system.failed_at)
    if system.answered_at is None:
        return say(language, "system_never", name=name, at=failed, why=escape(system.failure))
    key = "system_recovered" if system.answered_at > system.failed_at else "system_failed"
    return say(language, key, name=name, at=answered, failed=failed, why=escape(system.failure))
