"""The methods of messages: writing, changing and deleting them, reactions, links."""

from .call import Call, SlackError
from .company import APP_USER, Json
from .content import checked_content
from .methods import method


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
