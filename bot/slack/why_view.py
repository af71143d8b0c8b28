"""The view behind "Why?": a dossier in a person's language, within Slack's limits; what is left out is said. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from bot.dossier import Action, Dossier, Look
from bot.slack.blocks import BOX_CHARACTERS, boxes, cited, context, header, note, person, reason, view, worded, words
from bot.slack.blocks import source_button as opens
from bot.slack.local import Local
from bot.slack.lookups import left_out
from bot.slack.markdown import literal, preformatted, section
from bot.slack.standing import Asked, code, mentions
from bot.slack.values import clipped, escape, for_people, lines, value, visible
from bot.slack.words import WORDS, cause, say, status
from bot.state.audit import BATON, Entry
from bot.state.rulings import Ruling
from bot.types import NO_AGENT, Json, Provenance, Source

SOURCES, LOOKS, RULINGS, ACTIONS, STEPS = 25, 20, 20, 12, 12  # so that all together stays below a view's 100 blocks
QUESTION_CHARACTERS = BOX_CHARACTERS
VALUES_CHARACTERS = 500
RECEIPT_CHARACTERS = 600
HASH_CHARACTERS = 8

_T = TypeVar("_T")

_ALLOWED_BY_DEFAULT, _NO_SUCH_TOOL = ("default",), ("unknown tool",)


def why_view(
    told: Dossier, local: Local, asked: Mapping[str, Asked], called: Callable[[str], str], *, hidden: bool = False
) -> Json:
    """Everything about a run, or about one of its proposals.

    `asked` has each group that is named, `called` says what people call a tool. With `hidden` the person can't see the
    conversation: what was said and read in it is left out.
    """
    language, paint = local.language, _Paint(told, local, asked, called)
    parts = [paint.question(hidden), *([] if hidden else [paint.made(), paint.sources(), paint.looks()])]
    parts += [paint.rules(hidden), paint.actions(), paint.contest()]
    blocks = [block for part in parts for block in part] + paint.record()
    channel = told.run.thread.channel  # where its sources may be opened
    return view(language, say(language, "why"), blocks, private_metadata=channel)


class _Paint:
    """Paints each part once, and remembers what was left out."""

    def __init__(self, told: Dossier, local: Local, asked: Mapping[str, Asked], called: Callable[[str], str]) -> None:
        self._told = told
        self._local = local
        self._language = local.language
        self._asked = asked
        self._called = called
        self._left_out: list[str] = []

    # ---- the conversation

    def question(self, hidden: bool) -> list[Json]:
        told, who = self._told, person(self._told.run.requester)
        at = self._local.moment(told.asked_at) if told.asked_at else ""
        asked = context(self._line("why_asked", person=who, at=at) if at else self._line("why_asked_by", person=who))
        if hidden:
            return [header(self._line("why_question")), asked, note(self._line("why_hidden"))]
        text = visible(worded(self._language, told.question))
        if len(text) > QUESTION_CHARACTERS:
            self._leave("why_left_question")
        quote = {"type": "rich_text_quote", "elements": [literal(clipped(text, QUESTION_CHARACTERS) or "—")]}
        return [header(self._line("why_question")), {"type": "rich_text", "elements": [quote]}, asked]

    def made(self) -> list[Json]:
        told, agent = self._told, _agent(self._told.run.agent)
        if told.run.agent == NO_AGENT:
            made = [self._line("why_no_agent")]
        elif told.model is None and not told.failure:
            made = [self._line("why_agent_waits", agent=agent)]
        else:
            made = [self._line("why_agent", agent=agent, model=escape(clipped(visible(told.model or "—"), 200)))]
        if told.others:
            made.append(self._line("why_others", agents=", ".join(f"*{_agent(one)}*" for one in told.others)))
        made += [self._line("why_failed", cause=reason(self._language, told.failure))] if told.failure else []
        made += [self._line("why_claim")] if told.claim_removed else []
        return [header(self._line("why_made")), note("\n".join(made))]

    def sources(self) -> list[Json]:
        """The passages that were read, those that the answer names first; each opens with its button."""
        named = cited(self._told.answer)
        numbers: dict[str, list[Source]] = {}
        for source in self._told.sources:
            numbers.setdefault(source.id, []).append(source)
        found = sorted(numbers.values(), key=lambda same: not {one.number for one in same} & named)
        shown = [self._source(same, named) for same in self._some(found, SOURCES, "why_left_sources")]
        return [header(self._line("why_sources")), *(shown or [context(self._line("why_no_sources"))])]

    def _source(self, same: Sequence[Source], named: set[int]) -> Json:
        """One passage, perhaps found several times."""
        first = next((one for one in same if one.number in named), same[0])
        marks = " ".join(f"[{one.number}]" for one in same[:5])
        title = clipped(visible(" › ".join(filter(None, (first.title, first.section)))), 300)
        how = self._line("why_cited" if {one.number for one in same} & named else "why_read")
        text = words(f"{marks} {title}\n{how}")
        return {"type": "section", "text": text, "accessory": opens(vars(first), self._line("why_open"))}

    def looks(self) -> list[Json]:
        looks = self._some(self._told.looks, LOOKS, "why_left_looks")
        elements = [element for look in looks for element in self._look(look)]
        shown = {"type": "rich_text", "elements": elements} if elements else context(self._line("why_no_looks"))
        return [header(self._line("why_looks")), shown]

    def _look(self, look: Look) -> list[Json]:
        """What was called, with which values, and the error's sentence if it failed."""
        key = "why_look_failed" if look.error else "why_look_done" if look.answered else "why_look_open"
        given = visible(look.arguments) if isinstance(look.arguments, str) else lines(look.arguments, self._local)
        text = "\n".join(
            filter(None, [given, f"❌ {visible(cause(self._language, look.error))}" if look.error else ""])
        )
        if len(text) > VALUES_CHARACTERS:
            self._leave("why_left_values")
        first = [literal(self._line(key, tool=self._title(look.tool)), bold=True), *self._came_from(look.provenance)]
        return [section(first), *([preformatted(clipped(text, VALUES_CHARACTERS))] if text else [])]

    def _came_from(self, provenance: Provenance | None) -> list[Json]:
        """From which system and when, and what was left out of it."""
        if provenance is None:
            return []
        at = self._local.moment(provenance.at)
        place = clipped(visible(" ".join(provenance.system.split())), 150)
        told = self._line("why_from", system=place, at=at) if place else self._line("why_from_itself", at=at)
        missing = left_out(self._language, provenance.left_out)
        return [literal(f"\n{told}"), *([literal(f"\n✂️ {missing}")] if missing else [])]

    # ---- rules and actions

    def rules(self, hidden: bool) -> list[Json]:
        """What was said of each call; with `hidden`, of the proposals alone."""
        proposed = {action.approval.call_id for action in self._told.actions}
        rulings = [ruling for ruling in self._told.rulings if not hidden or ruling.call_id in proposed]
        said = list(dict.fromkeys(map(self._ruling, rulings)))
        shown = [f"• {one}" for one in self._some(said, RULINGS, "why_left_rules")]
        hashes = dict.fromkeys(f"`{ruling.policy[:HASH_CHARACTERS]}`" for ruling in rulings)
        if not shown:
            return [header(self._line("why_rules")), context(self._line("why_no_rules"))]
        notes = [note("\n".join(shown[at : at + 4])) for at in range(0, len(shown), 4)]
        return [header(self._line("why_rules")), *notes, context(self._line("why_policy", hashes=", ".join(hashes)))]

    def _ruling(self, ruling: Ruling) -> str:
        tool = code(ruling.tool)
        match ruling.verdict, ruling.rules:
            case "allow", rules if rules == _ALLOWED_BY_DEFAULT:
                said = self._line("why_allow_default", tool=tool)
            case "allow", rules:
                said = self._line("why_allow", tool=tool, rules=self._named(rules))
            case "deny", rules if rules == _NO_SUCH_TOOL:
                said = self._line("why_deny_unknown", tool=tool)
            case "deny", rules:
                said = self._line("why_deny", tool=tool, rules=self._named(rules))
            case _, rules:
                groups = mentions([self._asked[name] for need in ruling.needs for name in (need.group, *need.also)], 2)
                key = "why_ask_default" if rules == _ALLOWED_BY_DEFAULT else "why_ask"
                said = self._line(key, tool=tool, groups=groups, rules=self._named(rules))
        return self._line("why_waits", said=said, rules=self._named(ruling.waits)) if ruling.waits else said

    def actions(self) -> list[Json]:
        """Each proposal with its steps; nothing where nothing was proposed."""
        shown = self._some(self._told.actions, ACTIONS, "why_left_actions")
        blocks = [block for action in shown for block in self._action(action)]
        return [header(self._line("why_actions")), *blocks] if blocks else []

    def _action(self, action: Action) -> Iterator[Json]:
        approval = action.approval
        system = escape(clipped(visible(approval.sealed.system or ""), 75))
        tool, title = approval.sealed.tool, escape(self._title(approval.sealed.tool))
        where = self._line("on" if system else "on_nothing", title=title, tool=code(tool), system=system)
        now = status(self._language, approval.status)
        yield note(self._line("why_action", label=approval.label, where=where, status=now))
        steps = [step for entry in action.steps if (step := self._step(entry))]
        told = self._some(steps, STEPS, "why_left_steps", label=approval.label)
        for at in range(0, len(told), 4):
            yield note("\n".join(told[at : at + 4]))
        if receipt := self._receipt(approval.receipt):
            yield {"type": "rich_text", "elements": boxes(self._line("why_receipt"), receipt)}

    def _title(self, tool: str) -> str:
        """What people call a tool, on one line."""
        return clipped(visible(" ".join(self._called(tool).split())), 75) or "—"

    def _receipt(self, receipt: Json) -> str:
        if not receipt or not isinstance(receipt, dict) or "according_to" in receipt:
            return ""
        text = (
            value(receipt["summary"])
            if receipt.get("summary")
            else lines(for_people(receipt), self._local, exact=False)
        )
        if len(text) > RECEIPT_CHARACTERS:
            self._leave("why_left_values")
        return clipped(text, RECEIPT_CHARACTERS)

    def _step(self, entry: Entry) -> str | None:
        """One line: when, what, by whom, for what reason. What is no step to a person gives `None`."""
        event, data = entry.type.removeprefix("approval."), entry.data
        key = f"why_step_{event}"
        if key not in WORDS:
            return None
        if event == "proposed":
            key = "why_step_allowed" if data["to"] == "approved" else key
            key = "why_step_edited" if data.get("replaces") and entry.actor != self._told.run.requester else key
        elif event == "approve" and data["to"] == "pending":
            key += "_more"
        by = self._line("somebody") if entry.actor == BATON else person(entry.actor)
        if data.get("for") and data["for"] != entry.actor:
            by = self._line("why_for", by=by, principal=person(str(data["for"])))
        what = self._line(key, by=by, status=status(self._language, data["to"]) if "to" in data else "")
        if why := data.get("reason") or data.get("text"):
            what = self._line("why_step_because", what=what, reason=reason(self._language, str(why), 300))
        return self._line("why_step", at=self._local.moment(entry.at), what=what)

    # ---- the end

    def contest(self) -> list[Json]:
        names = self._told.groups or list(self._asked)
        groups = [self._asked[name] for name in names if name in self._asked and not self._asked[name].empty]
        how = self._line("why_contest_how", groups=mentions(groups, 2)) if groups else self._line("why_contest_admins")
        return [header(self._line("why_contest")), note(how)]

    def record(self) -> list[Json]:
        """Where the whole of it is; what is missing here."""
        run = self._told.run.id
        left = list(dict.fromkeys(self._left_out))
        missing = [note(self._line("why_left_out", what=", ".join(left), run=run))] if left else []
        return [*missing, context(self._line("why_record", run=run))]

    def _line(self, key: str, **values: object) -> str:
        return say(self._language, key, **values)

    def _some(self, all: Sequence[_T], most: int, key: str, **values: object) -> Sequence[_T]:
        """As many as there is room for."""
        if len(all) > most:
            self._leave(key, n=len(all) - most, **values)
        return all[:most]

    def _leave(self, key: str, **values: object) -> None:
        self._left_out.append(self._line(key, **values))

    def _named(self, rules: Sequence[str]) -> str:
        return escape(clipped(visible(", ".join(self._line("quoted", text=rule) for rule in rules)), 300)) or "—"


def _agent(name: str) -> str:
    """What people call an agent."""
    return escape(visible(name.replace("_", " ")))
