"""The methods of the agent's threads: sessions, and the assistant's status, titles and prompts."""

from typing import Final

from .call import Call, SlackError
from .chat import Chat
from .company import Channel, Json
from .methods import method

_STATUSES: Final = ("active", "processing", "suspended", "closed")
_LONGEST_TITLE: Final = 200


@method("agents.sessions.setStatus")
def _set_session(call: Call) -> Json:
    channel, thread_ts = _place(call)
    status = checked_status(call.required("status"), "invalid_status")
    title = _title(call)
    initiator = call.optional("initiator_user_id")
    if initiator and initiator not in channel.people:
        raise SlackError("user_not_found")
    session = set_status(call.chat, channel, thread_ts, status, title)
    return {"agent_status": status} | session


@method("agents.sessions.rename")
def _rename(call: Call) -> Json:
    channel, thread_ts = _place(call)
    call.required("title")
    session = call.chat.session(channel, thread_ts)
    if session is None:
        raise SlackError("session_not_found")
    title = _title(call)
    call.chat.set_session(channel, thread_ts, session | {"title": title})
    return {"title": title}


@method("assistant.threads.setStatus")
def _set_thread_status(call: Call) -> Json:
    loading = call.args.get("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > 10 or any(len(str(text)) > 50 for text in loading):
        raise SlackError("invalid_arguments", ["loading_messages: at most 10 of at most 50 characters"])
    status = str(call.args.get("status") or "")
    call.chat.set_status(call.joined_channel("channel_id"), call.required("thread_ts"), status, loading)
    return {}


@method("assistant.threads.setTitle")
def _set_thread_title(call: Call) -> Json:
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


def set_status(chat: Chat, channel: Channel, thread_ts: str, status: str, title: str | None = None) -> Json:
    """Sets the session's status; a session that is new also takes the title."""
    session = chat.session(channel, thread_ts)
    if session is None:
        session = {"title": title} if title else {}
    session |= {"status": status}
    chat.set_session(channel, thread_ts, session)
    return session


def check_feature(call: Call, name: str) -> None:
    if not call.chat.is_on(name):
        raise SlackError("feature_disabled")


def checked_status(status: str, refused: str) -> str:
    if status not in _STATUSES:
        raise SlackError(refused, [f"the status must be one of {', '.join(_STATUSES)}"])
    return status


def _place(call: Call) -> tuple[Channel, str]:
    check_feature(call, "agent_sessions")
    channel = call.channel("channel_id")
    if not call.chat.app_is_in(channel):
        raise SlackError("not_authorized")
    if not call.optional("thread_ts"):
        raise SlackError("thread_ts_required")
    return channel, call.required("thread_ts")


def _title(call: Call) -> str | None:
    title = call.optional("title")
    if title and len(title) > _LONGEST_TITLE:
        raise SlackError("invalid_arguments", [f"title must be at most {_LONGEST_TITLE} characters"])
    return title
