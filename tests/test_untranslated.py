"""No sentence of Baton's own is left in one language: the code is read for what it says, the tables for what nobody says."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import bot
from bot.policy.policy import Refusal
from bot.reasons import FILE_REASONS, REASONS
from bot.slack.words import WORDS
from bot.state import feedback, pauses, runs
from bot.state.approvals import OPEN, Status
from bot.tooling import objections
from tests.spoken import Module

ROOT = Path(bot.__file__).parent

# speaks on a terminal, to developers or to models, or is a Slack of its own
ELSEWHERE = (
    *(
        "workspace/",
        "models/",
        "agents/",
        "policy/",
        "state/",
        "tooling/admission.py",
        "tooling/catalog.py",
        "tooling/contract.py",
        "tooling/folder.py",
        "tooling/foreign.py",
        "tooling/openapi.py",
        "tooling/operations.py",
        "tooling/quarantine.py",
        "tooling/rehearsal.py",
        "tooling/risk.py",
        "tooling/samples.py",
        "tooling/sources.py",
        "slack/connection.py",
        "engine.py",
    ),
    *(
        "add_commands.py",
        "cli.py",
        "demo.py",
        "console.py",
        "pause_commands.py",
        "policy_commands.py",
        "tool_commands.py",
        "settings.py",
        "source_commands.py",
        "doctor_commands.py",
        "settings.py",
        "log.py",
        "app.py",
    ),
)
TABLES = ("_words.py", "reasons.py")

# the end of a called name → which of its arguments names a sentence
SAYS = {"say": 1, "say_of": 1, "button": 1, "blocks.notice": 1, "notice": 1, "call": 2, "self.call": 2, "_board.call": 2,
        "_button": 1, "self._line": 0, "self._leave": 0, "self._some": 2, "_only": 1, "_page": 2,
        "board.notice": 3, "_board.notice": 3, "_tell": 2, "_object": 4, "_private": 3}  # fmt: skip

# what an expression can name, where its surroundings do not show it; \"f(): x\" is an x in the function f
ENDED = set(map(str, set(Status) - OPEN))
FREE: Mapping[str, set[str]] = {
    "_asked(): f'run_{one.status}'": {
        f"run_{one}" for one in ("ready", "parked", "answered", "failed", "stopped", "paused")
    },
    "_tool(): f'effect_{tool.effect}'": {f"effect_{one}" for one in ("read", "write", "destructive")},
    "_tool(): f'effect_{tool.effect}_alone'": {f"effect_{one}_alone" for one in ("read", "write", "destructive")},
    "values['more']": {"help_admin"},
    "_list(): key": {"waiting", "asked", "receipts"},
    "_list(): f'{key}_none'": {"waiting_none", "asked_none", "receipts_none"},
    "target['kind']": set(get_args(pauses.Kind)),
    "target.kind": set(get_args(pauses.Kind)),
    "now.stopped_how": set(get_args(runs.How)),
    "word.reason": set(get_args(get_type_hints(Refusal)["reason"])),
    "status(): f'status_{name}'": {f"status_{one}" for one in Status},
    "_key(): key": set(map(str, Status)),
    "_key(): f'{key}_by_word'": {"executed_by_word", "failed_by_word"},
    "_key(): f'{key}_paused'": {"approved_paused"},
    "_key(): f'{key}_paused_because'": {"approved_paused_because"},
    "_key(): f'{key}_held'": {"approved_held"},
    "_key(): f'{key}_because'": {
        f"{one}_because" for one in ("approved", "executing", "rejected", "withdrawn", "expired")
    },
    "_settled(): key": {f"settled_{one}" for one in {*ENDED, "unknown"}}
    | {"settled_executed_by_word", "settled_failed_by_word"}
    | {"settled_executed_without_receipt", "settled_executed_undo"},
    "_buttons(): verdict": {"approve", "typed", "reject", "edit", "ask", "withdraw", "done", "not_done", "check"},
    "_together(): verdict": {"approve_all", "reject_all"},
    "reason_form(): f'feedback_{reason}'": {f"feedback_{one}" for one in feedback.REASONS},
    "_step(): key": {name for name in WORDS if name.startswith("why_step_")},  # tests/test_why_view.py has each move
    "details(): heading": {"changed", "arguments", "preview", "warnings", "facts"},
    "post.body['notice']": set(),  # whoever wrote it there has named it
    "_reply(): key": set(),  # it comes out of a function that returns a `Reply`
}

# English on purpose
ALLOWED = {
    "outsiders.py": "the audit trail's word",
    "slack/catchup.py": "a line of the log",
    "slack/endpoint.py": "an answer to whoever is not Slack",
    "slack/gate.py": "a line of the log",
    "slack/installing.py": "lines of the log, and the frame of a page",
    "slack/intake.py": "a line of the log",
    "slack/workspaces.py": "an error that nobody but developers should meet",
    "marked.py": "told to admins, with the file that it is about",
    "slack/why_view.py": "a rule's own name, which no word of Baton's is",
    "slack/people.py": "told to admins at the start, and Slack's own word for a refusal",
    "tooling/arguments.py": "a schema that cannot be used is told to admins when tools are loaded",
    "tooling/file.py": "the model reads how a file is named",
    "tooling/results.py": "the model reads what was left out",
    "tooling/mcp.py": "lines of the log, and the model reads what was cut",
    "tooling/mcp_wires.py": "lines of the log",
    "tooling/pins.py": "told to admins at the start, and the model reads what was cut",
    "desk.py": "the model reads what was cut",
    "tooling/sql.py": "the model reads what the database is and what was cut, and the start what is wrong",
    "tooling/sql_guard.py": "words of SQL, within a reason",
    "tooling/sql_rights.py": "told on a terminal",
    "tooling/sql_tables.py": "the model reads what was left out",
}

PAINTED_APART = {"files_told"}  # a notice of several sentences

PAINTERS = {"words", "note", "context", "header", "plain", "literal", "section", "preformatted", "boxes"}
FIELDS = {"text", "title", "label", "hint", "placeholder", "message", "close", "submit"}
WHY = {"ToolError", "GaveUp", "ModelError", "Declined", "Doubtful", "Unsure", "BatonError"}


@functools.cache
def modules(sinks: str) -> dict[str, Module]:
    """Every file that speaks to people, by its place."""
    known = {"says": SAYS, "because": {"because": 0}}[sinks]
    places = {str(file.relative_to(ROOT)): file for file in sorted(ROOT.rglob("*.py"))}
    return {place: Module(file, known, FREE) for place, file in places.items() if not place.endswith(TABLES)}


def speaking() -> Iterator[tuple[str, Module]]:
    yield from ((place, one) for place, one in modules("says").items() if not place.startswith(ELSEWHERE))


def test_every_sentence_that_is_said_has_a_name_and_every_name_is_said() -> None:
    named = {name: f"{place}:{line}" for place, one in speaking() for name, line in one.names()}
    assert {name: place for name, place in named.items() if name not in {*WORDS, *PAINTED_APART}} == {}, (
        "said, but not in the tables"
    )
    counted = {f"{name}_many" for name in named}
    assert sorted(WORDS.keys() - named.keys() - counted) == [], "in the tables, but never said"


def test_every_reason_that_is_given_has_a_name_and_every_name_is_given() -> None:
    named = {name: f"{place}:{line}" for place, one in modules("because").items()
             if place != "tooling/objections.py" for name, line in one.names()}  # fmt: skip
    table = {one if isinstance(one, str) else one[0] for one in objections._REASONS.values()}
    assert {name: place for name, place in named.items() if name not in REASONS} == {}
    assert sorted(REASONS.keys() - FILE_REASONS.keys() - named.keys() - table - {"unfit"}) == []


def test_no_words_reach_people_without_a_name() -> None:
    found = [f"{place}:{line}: {text!r}" for place, one in speaking() if place not in ALLOWED
             for text, line in one.prose()]  # fmt: skip
    assert found == []


def test_what_is_painted_is_no_literal() -> None:
    found = [f"{place}:{line}: {text!r}" for place, one in speaking() if place.startswith("slack/")
             for text, line in one.bare(PAINTERS, FIELDS)]  # fmt: skip
    assert found == []


def test_no_reason_is_a_literal() -> None:
    found = [f"{place}:{line}: {text!r}" for place, one in modules("says").items()
             if not place.startswith(ELSEWHERE) or place in ("agents/loop.py", "models/litellm_model.py")
             for text, line in one.bare(WHY, {"cause", "reason"})]  # fmt: skip
    assert found == []


# ---- the offline assistant has tables of its own

OFFLINE = ("models/offline/__init__.py", "models/offline/answer.py")


@pytest.mark.parametrize("place", OFFLINE)
def test_the_offline_assistant_says_everything_in_both_languages(place: str) -> None:
    module = modules("says")[place]
    assert [f"{line}: {text}" for text, line in module.one_sided()] == []
    for table, line in module.tables():
        assert table.keys() == {"fr", "en"}, line
        keys = [{ast.unparse(k) for k in one.keys if k} for one in table.values() if isinstance(one, ast.Dict)]
        assert all(one == keys[0] for one in keys), line


# ---- the finder finds


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('note("Please wait a moment")', ["Please wait a moment"]),
        ('note(f"Hello {name}, how are you?")', [", how are you?"]),
        ('raise ToolError("it is closed today")', ["it is closed today"]),
        ('raise ConfigError("the file is wrong")', []),
        ('log.warning("could not greet")', []),
        ('def f():\n    """Says what it does."""', []),
        ('sql = "SELECT a FROM b WHERE c"', []),
    ],
)
def test_prose_is_found(code: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(code, "utf-8")
    assert [text for text, _ in Module(tmp_path / "one.py", SAYS, {}).prose()] == found


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('say(language, "approve")', {"approve"}),
        ('def f(many):\n    key = "a" if many else "b"\n    say(language, f"{key}_x" if many else key)',
         {"a_x", "b_x", "a", "b"}),
        ('def f():\n    key = "a"\n    key += "_x"\n    say(language, key)', {"a", "a_x"}),
        ('def g(x):\n    return "p" if x else None\nasync def f():\n    if why := g(1):\n        self._tell(c, a, why)',
         {"p"}),
        ('body = {"notice": "told"}', {"told"}),
        ('def f() -> Reply:\n    return "u", {}', {"u"}),
    ],
)  # fmt: skip
def test_names_are_found(code: str, names: set[str], tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(code, "utf-8")
    assert {name for name, _ in Module(tmp_path / "one.py", SAYS, {}).names()} == names
