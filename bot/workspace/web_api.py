"""Slack's Web API: one table of methods, each a function from a call to the fields of its answer."""

import base64
import binascii
import json
import time
from collections.abc import Sequence
from typing import Any, Final

from . import agent_methods, file_methods, payloads, rules, stream_methods
from .arguments import argument_faults
from .call import Call, SlackError
from .company import (
    ADMIN_TOKEN,
    APP,
    APP_BOT,
    APP_NAME,
    APP_TOKEN,
    APP_USER,
    BOT_TOKEN,
    CHANNELS,
    GROUPS,
    PEOPLE,
    ROLE_ASSIGNMENTS,
    TEAM,
    TEAM_NAME,
    Json,
    app_user,
)
from .content import checked_content
from .methods import METHODS, method
from .modals import StackFull, TriggerRefused
from .state import Message

SCOPES: Final = (
    "app_mentions:read,assistant:write,channels:history,channels:join,channels:read,chat:write,files:read,files:write,"
    "groups:history,groups:read,im:history,im:read,im:write,reactions:write,usergroups:read,users:read,users:read.email"
)
# Which token a method wants, when it is not the bot's.
_TOKENS: Final = {"apps.connections.open": APP_TOKEN, "admin.roles.listAssignments": ADMIN_TOKEN}
# The modules whose methods are in the table because they are imported here.
METHOD_FILES: Final = (agent_methods, file_methods, stream_methods)


def answer(call: Call) -> Json:
    """Runs the call; refusals come back as Slack's own error answers."""
    try:
        _check_token(call)
        if call.method not in METHODS:
            return {"ok": False, "error": "unknown_method", "req_method": call.method}
        faults = argument_faults(call.method, call.args)
        if faults:
            raise SlackError("invalid_arguments", faults)
        return {"ok": True} | METHODS[call.method](call)
    except SlackError as refused:
        return refused.as_answer()
    except TriggerRefused as refused:
        return {"ok": False, "error": str(refused)}


def _check_token(call: Call) -> None:
    if call.method == "api.test":
        return
    if not call.token:
        raise SlackError("not_authed")
    if call.token not in (BOT_TOKEN, APP_TOKEN, ADMIN_TOKEN):
        raise SlackError("invalid_auth")
    if call.token != _TOKENS.get(call.method, BOT_TOKEN):
        raise SlackError("not_allowed_token_type")


# app and connection


@method("api.test")
def _api_test(call: Call) -> Json:
    return {"args": call.args} | ({"ok": False, "error": call.args["error"]} if "error" in call.args else {})


@method("auth.test")
def _auth_test(call: Call) -> Json:
    return {
        "url": call.chat.base_url,
        "team": TEAM_NAME,
        "user": APP_NAME.lower(),
        "team_id": TEAM,
        "user_id": APP_USER,
        "bot_id": APP_BOT,
        "app_id": APP,
        "is_enterprise_install": False,
    }


@method("apps.connections.open")
def _open_connection(call: Call) -> Json:
    ticket = payloads.new_id("")
    return {"url": call.chat.base_url.replace("http", "ws", 1) + f"link/?ticket={ticket}&app_id={APP}"}


# messages


@method("chat.postMessage")
def _post_message(call: Call) -> Json:
    channel = call.joined_channel()
    message = call.chat.post(channel, checked_content(call), call.optional("thread_ts"))
    return {"channel": channel.id, "ts": message.ts, "message": message.body}


@method("chat.postEphemeral")
def _post_ephemeral(call: Call) -> Json:
    channel, person = call.joined_channel(), call.person()
    if person.id not in channel.people:
        raise SlackError("user_not_in_channel")
    content, thread_ts = checked_content(call), call.optional("thread_ts")
    content.pop("metadata", None)
    # Slack takes an ephemeral message for a thread that nobody has answered yet, and shows it to nobody.
    if thread_ts and not call.chat.is_active(channel, thread_ts):
        return {"message_ts": call.chat.state.next_ts()}
    return {"message_ts": call.chat.post(channel, content, thread_ts, seen_by=person).ts}


@method("chat.update")
def _update_message(call: Call) -> Json:
    message = call.own_message("cant_update_message")
    if message.body.get("streaming_state") == "in_progress":
        raise SlackError("streaming_state_conflict")
    content = checked_content(call)
    # Text alone removes the blocks; blocks alone leave the text; metadata stays unless it is given.
    says_text = "text" in call.args or "markdown_text" in call.args
    replaced = ("text", "blocks", "attachments") if says_text else ()
    kept = {key: value for key, value in message.body.items() if key not in replaced}
    if not says_text:
        del content["text"]
    edited = {} if content.get("blocks") else {"edited": {"user": APP_USER, "ts": call.chat.state.next_ts()}}
    mended = {"streaming_state": "completed"} if "streaming_state" in kept else {}
    message = call.chat.update(message, kept | content | edited | mended)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.body["text"],
        "message": message.body,
    }


@method("chat.delete")
def _delete_message(call: Call) -> Json:
    message = call.own_message("cant_delete_message")
    if message.body.get("streaming_state") == "in_progress":
        raise SlackError("cant_delete_message")
    call.chat.delete(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink")
def _permalink(call: Call) -> Json:
    message = call.message("message_ts")
    place = f"channel={message.channel}&thread={message.root}"
    return {"channel": message.channel, "permalink": f"{call.chat.base_url}#{place}"}


@method("reactions.add")
def _add_reaction(call: Call) -> Json:
    return _react(call, add=True, unchanged="already_reacted")


@method("reactions.remove")
def _remove_reaction(call: Call) -> Json:
    return _react(call, add=False, unchanged="no_reaction")


def _react(call: Call, *, add: bool, unchanged: str) -> Json:
    if not call.chat.react(call.message("timestamp"), call.required("name").strip(":"), APP_USER, add=add):
        raise SlackError(unchanged)
    return {}


# conversations


@method("conversations.replies")
def _replies(call: Call) -> Json:
    channel = call.joined_channel()
    asked = call.chat.state.message(channel.id, call.required("ts"))
    if asked is None or asked.seen_by:
        raise SlackError("thread_not_found")
    thread = [asked] if asked.is_reply else call.chat.state.thread(channel.id, asked.root)
    return _message_page(call, [message for message in thread if not message.seen_by])


@method("conversations.history")
def _history(call: Call) -> Json:
    messages = call.chat.state.top_level(call.joined_channel().id)
    return _message_page(call, [message for message in reversed(messages) if not message.seen_by])


def _message_page(call: Call, messages: list[Message]) -> Json:
    oldest, latest = call.optional("oldest") or "", call.optional("latest") or "~"
    if call.flag("inclusive"):
        chosen = [m for m in messages if oldest <= m.ts <= latest]
    else:
        chosen = [m for m in messages if oldest < m.ts < latest]
    page, more = _page(call, chosen)
    with_metadata = call.flag("include_all_metadata")
    return {"messages": [call.chat.as_slack(m, with_metadata=with_metadata) for m in page]} | more


def _page(call: Call, items: Sequence[Any]) -> tuple[Sequence[Any], Json]:
    """The items after the cursor, at most `limit` of them, and what says whether there are more."""
    try:
        start = int(base64.b64decode(call.optional("cursor") or "MA==").decode())
        size = int(call.optional("limit") or 100)
    except (ValueError, binascii.Error) as error:
        raise SlackError("invalid_cursor") from error
    end = start + max(1, min(size, 1000))
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return items[start:end], {"has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


@method("conversations.info")
def _conversation(call: Call) -> Json:
    channel = call.channel()
    member = call.chat.app_is_in(channel)
    return {"channel": channel.as_conversation(is_member=member, with_locale=call.flag("include_locale"))}


@method("conversations.list")
def _conversations(call: Call) -> Json:
    types = (call.optional("types") or "public_channel").split(",")
    wanted = [channel for channel in CHANNELS.values() if _TYPE_NAMES[channel.channel_type] in types]
    visible = [channel for channel in wanted if not channel.private or call.chat.app_is_in(channel)]
    page, more = _page(call, visible)
    return {"channels": [c.as_conversation(is_member=call.chat.app_is_in(c)) for c in page]} | more


_TYPE_NAMES: Final = {"im": "im", "group": "private_channel", "channel": "public_channel"}


@method("users.conversations")
def _own_conversations(call: Call) -> Json:
    types = (call.optional("types") or "public_channel").split(",")
    wanted = [channel for channel in CHANNELS.values() if _TYPE_NAMES[channel.channel_type] in types]
    page, more = _page(call, [channel for channel in wanted if call.chat.app_is_in(channel)])
    return {"channels": [c.as_conversation(is_member=True) for c in page]} | more


@method("conversations.members")
def _members(call: Call) -> Json:
    channel = call.channel()
    app = [APP_USER] if call.chat.app_is_in(channel) else []
    page, more = _page(call, [*channel.people, *app])
    return {"members": page} | more


@method("conversations.open")
def _open_conversation(call: Call) -> Json:
    if call.optional("channel"):
        channel = call.channel()
    else:
        users = call.required("users").split(",")
        if len(users) > 1 or users[0] not in PEOPLE:
            raise SlackError("user_not_found" if len(users) == 1 else "method_not_supported_for_channel_type")
        if PEOPLE[users[0]].is_external:
            raise SlackError("user_not_visible")
        channel = CHANNELS[PEOPLE[users[0]].dm]
    shown = channel.as_conversation(is_member=True) if call.flag("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": shown}


@method("conversations.join")
def _join(call: Call) -> Json:
    channel = call.channel()
    if channel.private or channel.direct:
        raise SlackError("method_not_supported_for_channel_type")
    call.chat.state.put_note("left", channel.id, None)
    return {"channel": channel.as_conversation(is_member=True)}


@method("conversations.leave")
def _leave(call: Call) -> Json:
    channel = call.joined_channel()
    if channel.direct:
        raise SlackError("method_not_supported_for_channel_type")
    call.chat.state.put_note("left", channel.id, True)
    return {}


# people


@method("users.info")
def _user(call: Call) -> Json:
    if call.required("user") == APP_USER:
        return {"user": app_user()}
    return {"user": call.person().as_user(with_locale=call.flag("include_locale"))}


@method("users.list")
def _users(call: Call) -> Json:
    everyone = [person.as_user(with_locale=call.flag("include_locale")) for person in PEOPLE.values()]
    page, more = _page(call, [*everyone, app_user()])
    return {"members": page, "cache_ts": int(time.time())} | more


@method("usergroups.list")
def _groups(call: Call) -> Json:
    groups = [call.chat.group(group) for group in GROUPS.values()]
    return {"usergroups": [group.as_usergroup(with_users=call.flag("include_users")) for group in groups]}


@method("usergroups.users.list")
def _group_users(call: Call) -> Json:
    group = GROUPS.get(call.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(call.chat.group(group).members)}


@method("admin.roles.listAssignments")
def _role_assignments(call: Call) -> Json:
    roles, entities = _names(call, "role_ids"), _names(call, "entity_ids")
    wanted = [
        assignment
        for assignment in ROLE_ASSIGNMENTS
        if (not roles or assignment.role in roles) and (not entities or assignment.channel in entities)
    ]
    ascending = (call.optional("sort_dir") or "DESC").upper() == "ASC"
    page, more = _page(call, sorted(wanted, key=lambda one: one.date_create, reverse=not ascending))
    return {
        "role_assignments": [assignment.as_assignment() for assignment in page],
        "response_metadata": more["response_metadata"],
    }


def _names(call: Call, name: str) -> list[str]:
    """A list of ids, also when it came as text with commas."""
    given = call.args.get(name) or []
    return given if isinstance(given, list) else str(given).split(",")


# the assistant


@method("assistant.threads.setStatus")
def _set_status(call: Call) -> Json:
    loading = call.args.get("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > 10 or any(len(str(text)) > 50 for text in loading):
        raise SlackError("invalid_arguments", ["loading_messages: at most 10 of at most 50 characters"])
    status = str(call.args.get("status") or "")
    call.chat.set_status(call.joined_channel("channel_id"), call.required("thread_ts"), status, loading)
    return {}


@method("assistant.threads.setTitle")
def _set_title(call: Call) -> Json:
    call.chat.set_title(call.channel("channel_id"), call.required("thread_ts"), call.required("title"))
    return {}


@method("assistant.threads.setSuggestedPrompts")
def _set_prompts(call: Call) -> Json:
    prompts = call.args.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise SlackError("invalid_arguments", ["prompts: 1 to 4 objects"])
    if not all(isinstance(prompt, dict) and prompt.get("title") and prompt.get("message") for prompt in prompts):
        raise SlackError("invalid_arguments", ["prompts: each needs title and message"])
    channel = call.channel("channel_id")
    call.chat.set_prompts(channel, call.optional("thread_ts"), call.optional("title") or "", prompts)
    return {}


# views


@method("views.open")
def _open_view(call: Call) -> Json:
    return {"view": call.chat.modals.open(call.required("trigger_id"), _checked_view(call, "modal"))}


@method("views.push")
def _push_view(call: Call) -> Json:
    try:
        return {"view": call.chat.modals.push(call.required("trigger_id"), _checked_view(call, "modal"))}
    except StackFull as error:
        raise SlackError("push_limit_reached") from error


@method("views.update")
def _update_view(call: Call) -> Json:
    modal = call.chat.modals.get(call.required("view_id"))
    if modal is None:
        raise SlackError("not_found")
    if call.optional("hash") not in (None, modal.view["hash"]):
        raise SlackError("hash_conflict")
    return {"view": call.chat.modals.update(modal, _checked_view(call, "modal"))}


@method("views.publish")
def _publish_home(call: Call) -> Json:
    person = call.person("user_id")
    shown = call.chat.state.note("home", person.id)
    if shown and call.optional("hash") not in (None, shown["hash"]):
        raise SlackError("hash_conflict")
    return {"view": call.chat.publish_home(person, _checked_view(call, "home"))}


def _checked_view(call: Call, kind: str) -> Json:
    view = call.args.get("view")
    faults = rules.view_faults(view)
    if faults or not isinstance(view, dict) or view["type"] != kind:
        raise SlackError("invalid_arguments", faults or [f"view must be of type {kind}"])
    if len(json.dumps(view).encode()) > rules.VIEW_BYTES:
        raise SlackError("view_too_large")
    return view
