"""The tools by which additions are admitted: proposals like any other, decided by whom the rules name for them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_datetime
from babel.lists import format_list

from bot.errors import ConfigError, ToolError
from bot.policy.lint import BUILT_IN
from bot.reasons import because
from bot.tooling.context import Done, NotDone, RunContext
from bot.tooling.decorator import tool
from bot.tooling.quarantine import Addition, Candidate, Quarantine, beside
from bot.tooling.sources import VARIABLE, Sources, placeholders
from bot.tooling.tool import UNDO_LONGEST, Tool
from bot.types import Actor, Json, Language

_EFFECTS = {
    "fr": {"read": "lit seulement", "write": "modifie", "destructive": "destructif"},
    "en": {"read": "only reads", "write": "changes something", "destructive": "destructive"},
}
_WORDS = {
    "added": {"fr": "Ajouté par", "en": "Added by"},
    "tool": {"fr": "Outil {tool}", "en": "Tool {tool}"},
    "checks": {"fr": "contrôles tenus : {held}", "en": "checks held: {held}"},
    "proposed": {"fr": "proposé : {effect}", "en": "proposed: {effect}"},
    "arguments": {"fr": "arguments : {names}", "en": "arguments: {names}"},
    "takes": {
        "fr": "Arguments de {tool}, tels que les modèles les lisent",
        "en": "Arguments of {tool}, as models read them",
    },
    "milder": {
        "fr": "{tool} est déclaré « {effect} » ; d'après son nom et ses arguments, ce serait « {proposed} »",
        "en": "{tool} is declared “{effect}”; by its name and arguments it would be “{proposed}”",
    },
    "file": {"fr": "Fichier {file}", "en": "File {file}"},
    "admitted": {"fr": "« {name} » est admis : {tools}", "en": "“{name}” is admitted: {tools}"},
    "lacking": {
        "fr": "« {name} » est admis ({tools}), mais ne marche qu'une fois ceci dans .env : {lacking}",
        "en": "“{name}” is admitted ({tools}), but works only once this stands in .env: {lacking}",
    },
    "out": {"fr": "« {name} » n'est plus en service", "en": "“{name}” is no longer in force"},
}
DIGEST = "SHA-256"  # of all that was added
YAML = ".sources.yaml"
_SEVERITY = ("read", "write", "destructive")


@dataclass(frozen=True)
class _Door:
    """Where additions come in. `in_force` names the tools there are, `environment` has what files name as `${NAME}`."""

    quarantine: Quarantine
    in_force: Callable[[], Collection[str]]
    environment: Mapping[str, str]

    def shown(self, reader: Actor, name: str, *, destructive: bool) -> dict[str, Any]:
        found, contents = self.quarantine.look(name)
        if found.destructive != destructive:
            raise ToolError(because("needs_two" if found.destructive else "needs_no_two", name=name))
        self._refuse_clash(found, contents)
        text = contents[found.head].decode("utf-8")
        return _shown(found, text, reader, unset(found, text, self.environment))

    def admit(self, ctx: RunContext, name: str) -> dict[str, Any]:
        key = str(ctx.idempotency_key)
        if not (done := self.quarantine.admitted(key)):
            self._refuse_clash(*self.quarantine.look(name))
            done = self.quarantine.admit(name, str(ctx.witness[DIGEST]), key)
        return self.receipt(done, key, ctx.actor.language)

    def receipt(self, addition: Addition, key: str, language: Language) -> dict[str, Any]:
        names = format_list([one.name for one in addition.tools], locale=language)
        head = self.quarantine.folder / addition.head
        text = head.read_text("utf-8") if head.exists() else ""
        lacking = ", ".join(unset(addition, text, self.environment))
        summary = _say("lacking" if lacking else "admitted", language, name=addition.name, tools=names, lacking=lacking)
        return {"summary": summary, "reference": addition.name, "decision": key, "files": dict(addition.files)}

    def _refuse_clash(self, addition: Addition, contents: Mapping[str, bytes]) -> None:
        """What came into force since it was added may have taken a name of it."""
        if taken := [one.name for one in addition.tools if one.name in self.in_force()]:
            raise ToolError(because("name_in_force", tool=", ".join(taken)))
        if addition.head.endswith(YAML):
            try:
                with beside(self.quarantine.folder, contents) as place:
                    Sources.read(place, placeholders(place))
            except ConfigError as error:
                raise ToolError(because("would_not_load", name=addition.name, error=error)) from error


def admission_tools(
    folder: Path, in_force: Callable[[], Collection[str]] = tuple, environment: Mapping[str, str] = os.environ
) -> list[Tool]:
    """One for what needs one person, one for what destroys and so needs two."""
    door = _Door(Quarantine(folder), in_force, environment)

    @tool(
        titles={"fr": "Admettre un outil", "en": "Admit a tool"},
        examples=["Admets l'outil « refunds »", "Admets l'outil « billing »", "Admit the tool “refunds”"],
    )
    def admit_tool(ctx: RunContext, name: str) -> dict[str, Any]:
        """Put a tool in force that was added with `baton tools add` and waits to be admitted.

        Args:
            name: The name under which it was added.
        """
        return door.admit(ctx, name)

    @tool(
        destructive=True,
        titles={"fr": "Autoriser un outil destructif", "en": "Authorise a destructive tool"},
        examples=["Autorise l'outil destructif « cleanup »", "Authorise the destructive tool “cleanup”"],
    )
    def admit_destructive_tool(ctx: RunContext, name: str) -> dict[str, Any]:
        """Put a tool in force that destroys, was added with `baton tools add` and waits to be admitted.

        Args:
            name: The name under which it was added.
        """
        return door.admit(ctx, name)

    for made in (admit_tool, admit_destructive_tool):
        _complete(made, door)
    assert {admit_tool.name, admit_destructive_tool.name} == BUILT_IN
    return [admit_tool, admit_destructive_tool]


def _complete(made: Tool, door: _Door) -> None:
    """What stands beside the function, the same for both."""
    made.file = "Baton"

    @made.preview
    def preview(ctx: RunContext, name: str) -> dict[str, Any]:
        return door.shown(ctx.actor, name, destructive=made.destructive)

    @made.witness
    def witness(ctx: RunContext, name: str) -> dict[str, Any]:
        return {DIGEST: door.quarantine.find(name).digest}

    @made.reconcile
    def reconcile(ctx: RunContext, key: str) -> Done | NotDone:
        found = door.quarantine.admitted(key)
        return Done(door.receipt(found, key, ctx.actor.language)) if found else NotDone()

    @made.undo(within=UNDO_LONGEST)
    def undo(ctx: RunContext, receipt: dict[str, Any]) -> dict[str, Any]:
        found = door.quarantine.take_out(str(receipt["decision"]))
        return {"summary": _say("out", ctx.actor.language, name=found.name), "reference": found.name}


def unset(addition: Addition, text: str, environment: Mapping[str, str]) -> list[str]:
    """The variables that the file names and that have no value."""
    named = set(VARIABLE.findall(text)) if addition.head.endswith(YAML) else ()
    return sorted(name for name in named if not environment.get(name))


def _shown(addition: Addition, text: str, reader: Actor, lacking: Sequence[str]) -> dict[str, Any]:
    """The card: each tool with what it does and what the checks said, and the file that makes them, whole."""
    language = reader.language
    added = format_datetime(dt.datetime.fromisoformat(addition.at), "medium", reader.zone, locale=language)
    shown: dict[str, Any] = {_say("added", language): f"{addition.by}, {added}"}
    shown |= {_say("tool", language, tool=one.name): " · ".join(_about(one, language)) for one in addition.tools}
    shown |= {_say("takes", language, tool=one.name): _yaml(one.takes) for one in addition.tools if one.takes}
    others = {file: f"SHA-256 {digest}" for file, digest in addition.files.items() if file != addition.head}
    shown |= {_say("file", language, file=file): told for file, told in others.items()}
    shown[_say("file", language, file=addition.head)] = text.strip()
    warnings = [line for one in addition.tools for line in _doubts(one, language)]
    warnings += [because("not_set", names=", ".join(lacking))] if lacking else []
    return {**shown, "warnings": warnings} if warnings else shown


def _yaml(schema: Mapping[str, Json]) -> str:
    return yaml.safe_dump(dict(schema), sort_keys=False, allow_unicode=True, width=100).strip()


def _about(one: Candidate, language: Language) -> Iterator[str]:
    effects = _EFFECTS[language]
    yield effects[one.effect]
    yield _say("proposed", language, effect=effects[one.proposed]) + (f" ({one.word})" if one.word else "")
    if one.arguments:
        yield _say("arguments", language, names=", ".join(one.arguments))
    yield _say("checks", language, held=one.held)
    if one.request:
        yield one.request
    yield one.description


def _doubts(one: Candidate, language: Language) -> Iterator[str]:
    if _SEVERITY.index(one.effect) < _SEVERITY.index(one.proposed):
        effects = _EFFECTS[language]
        yield _say("milder", language, tool=one.name, effect=effects[one.effect], proposed=effects[one.proposed])
    yield from (f"{one.name}: {problem}" for problem in one.problems)
    yield from (f"{one.name}: {because('untried', why=why)}" for why in one.untried)


def _say(key: str, language: Language, **values: object) -> str:
    return _WORDS[key][language].format(**values)
