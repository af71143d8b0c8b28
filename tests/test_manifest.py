"""The app manifest asks Slack for exactly what the code uses."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from bot.slack.shortcuts import ASK_ABOUT

ROOT = Path(__file__).parent.parent
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "slack-manifest.yaml").read_text("utf-8"))

KINDS = ("channels", "groups", "im", "mpim")
HISTORY = {f"{kind}:history" for kind in KINDS}
READ = {f"{kind}:read" for kind in KINDS}

# Slack's own rules, from the reference page of each method and event.
SCOPES_OF_METHOD: dict[str, set[str]] = {
    "admin_roles_listAssignments": set(),  # by an administrator's own token
    "agents_sessions_setStatus": {"assistant:write", "chat:write"},
    "apps_connections_open": set(),  # by the app-level token, whose scope is chosen when it is made
    "assistant_threads_setStatus": {"assistant:write"},
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "auth_test": set(),
    "chat_appendStream": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_startStream": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": HISTORY,
    "conversations_info": READ,
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_members": READ,
    "conversations_open": {"im:write"},
    "conversations_replies": HISTORY,
    "files_info": {"files:read"},
    "files_upload_v2": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_conversations": READ,
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
}
SCOPES_OF_EVENT: dict[str, set[str]] = {
    "agent_session_stopped": set(),
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "tokens_revoked": set(),
    **{f"message.{kind}": {f"{kind}:history"} for kind in KINDS},
}


def slack_code() -> Iterator[ast.AST]:
    for file in sorted((ROOT / "bot" / "slack").glob("*.py")):
        yield from ast.walk(ast.parse(file.read_text("utf-8")))


def methods_called() -> set[str]:
    """Every Web API method that is named on a client."""
    return {
        node.attr
        for node in slack_code()
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self._client", "client")
    } - {"admits"}


def events_heard() -> set[str]:
    """Every event given to `app.event(…)`, as a word or as the variable of a loop over words."""
    heard: set[str] = set()
    loops: dict[str, set[str]] = {}
    for node in slack_code():
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            loops[node.target.id] = {str(word.value) for word in ast.walk(node.iter) if isinstance(word, ast.Constant)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "event":
            (word,) = node.args
            heard |= {str(word.value)} if isinstance(word, ast.Constant) else loops[ast.unparse(word)]
    return heard


def test_the_events_are_those_that_the_app_listens_to() -> None:
    asked = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    wanted = events_heard() - {"message"} | {f"message.{kind}" for kind in KINDS}
    assert "message" in events_heard()
    assert asked == sorted(wanted)


def test_the_scopes_are_those_that_its_events_and_methods_need_and_no_more() -> None:
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert [command["command"] for command in MANIFEST["features"]["slash_commands"]] == ["/baton"]
    needed = {"commands"}.union(*(SCOPES_OF_METHOD[m] for m in methods_called()), *(SCOPES_OF_EVENT[e] for e in events))
    assert MANIFEST["oauth_config"]["scopes"] == {"bot": sorted(needed)}


def test_no_method_is_listed_that_nobody_calls() -> None:
    assert methods_called() == set(SCOPES_OF_METHOD)


def test_people_can_press_buttons_write_to_baton_and_open_its_home() -> None:
    home = {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    assert MANIFEST["features"]["app_home"] == home
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert MANIFEST["settings"]["socket_mode_enabled"] is True


def test_the_shortcuts_are_those_that_the_app_listens_to() -> None:
    heard = [
        ast.unparse(node.args[0])
        for node in slack_code()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "shortcut"
    ]
    assert heard == ["ASK_ABOUT"]
    (shortcut,) = MANIFEST["features"]["shortcuts"]
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", ASK_ABOUT)
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150


def test_mentions_in_commands_arrive_as_ids() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["should_escape"] is True


def test_names_and_descriptions_are_within_slacks_limits() -> None:
    about, agent = MANIFEST["display_information"], MANIFEST["features"]["agent_view"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert len(MANIFEST["features"]["bot_user"]["display_name"]) <= 80
    assert len(agent["agent_description"]) <= 300
    assert len(agent["suggested_prompts"]) <= 4
    assert all(set(prompt) == {"title", "message"} for prompt in agent["suggested_prompts"])


# Documented, and not in the types of @slack/web-api yet.
NEWER = ("assistant:write", "agent_session_stopped")


def test_the_manifest_is_of_slacks_own_type() -> None:
    whole = json.loads((ROOT / "tests" / "conformance" / "schemas" / "manifest.json").read_text("utf-8"))
    validator = Draft7Validator(whole["roots"]["Manifest"] | {"definitions": whole["definitions"]})
    errors = [(error.json_path, error.instance) for error in validator.iter_errors(MANIFEST)]
    assert [error for error in errors if error[1] not in NEWER] == []
    assert set(MANIFEST) <= {"display_information", "features", "oauth_config", "settings"}


def test_what_the_manifest_lists_is_within_the_limits_of_manifest_schema_2() -> None:
    """Facts of slackapi/manifest-schema 2.0.0, which the types do not have."""
    features, settings = MANIFEST["features"], MANIFEST["settings"]
    commands, shortcuts = features["slash_commands"], features.get("shortcuts", [])
    assert 1 <= len(commands) <= 50
    assert len(shortcuts) <= 10
    for one in commands:
        assert one["command"].startswith("/")
        assert len(one["command"]) <= 32
        assert 1 <= len(one["description"]) <= 2000
        assert 1 <= len(one["usage_hint"]) <= 1000
    for one in shortcuts:
        assert one["type"] in ("message", "global")
        assert 1 <= len(one["name"]) <= 24
        assert 1 <= len(one["callback_id"]) <= 255
        assert 1 <= len(one["description"]) <= 150
    named = [*MANIFEST["oauth_config"]["scopes"]["bot"], *settings["event_subscriptions"]["bot_events"]]
    assert len(set(named)) == len(named) <= 255
    assert all(len(name) <= 50 for name in named)
