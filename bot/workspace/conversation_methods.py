"""The methods of conversations: which there are, who is in them, what was said there."""

from typing import Final

from .call import Call, SlackError
from .company import APP_USER, CHANNELS, PEOPLE, Channel, Json
from .methods import method
from .state import Message


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
    page, more = call.page(chosen)
    with_metadata = call.flag("include_all_metadata")
    return {"messages": [call.chat.as_slack(m, with_metadata=with_metadata) for m in page]} | more


@method("conversations.info")
def _conversation(call: Call) -> Json:
    channel = call.channel()
    member = call.chat.app_is_in(channel)
    return {"channel": channel.as_conversation(is_member=member, with_locale=call.flag("include_locale"))}


@method("conversations.list")
def _conversations(call: Call) -> Json:
    page, more = call.page([c for c in _of_types(call) if not c.private or call.chat.app_is_in(c)])
    return {"channels": [c.as_conversation(is_member=call.chat.app_is_in(c)) for c in page]} | more


@method("users.conversations")
def _own_conversations(call: Call) -> Json:
    page, more = call.page([c for c in _of_types(call) if call.chat.app_is_in(c)])
    return {"channels": [c.as_conversation(is_member=True) for c in page]} | more


def _of_types(call: Call) -> list[Channel]:
    types = (call.optional("types") or "public_channel").split(",")
    return [channel for channel in CHANNELS.values() if _TYPE_NAMES[channel.channel_type] in types]


_TYPE_NAMES: Final = {"im": "im", "group": "private_channel", "channel": "public_channel"}


@method("conversations.members")
def _members(call: Call) -> Json:
    channel = call.channel()
    app = [APP_USER] if call.chat.app_is_in(channel) else []
    page, more = call.page([*channel.people, *app])
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
