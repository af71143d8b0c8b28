"""The methods of streams: chat.startStream, chat.appendStream, chat.stopStream."""

from typing import Any

from . import rules
from .agent_methods import check_feature, checked_status, set_status
from .call import Call, SlackError
from .chunks import chunk_faults, grown, is_too_long, is_too_many
from .company import CHANNELS, PEOPLE, Channel, Json
from .content import checked_blocks, checked_metadata
from .methods import method
from .state import Message


@method("chat.startStream")
def _start(call: Call) -> Json:
    check_feature(call, "streaming")
    channel, thread_ts = call.joined_channel(), call.required("thread_ts")
    _check_recipient(call, channel)
    display = call.optional("task_display_mode") or "timeline"
    if display not in ("timeline", "plan"):
        raise SlackError("invalid_arguments", ["task_display_mode must be timeline or plan"])
    mode, chunks = _said(call)
    content = _checked(grown({"text": "", "blocks": []}, chunks, display))
    message = call.chat.streams.start(channel, thread_ts, content, {"mode": mode, "display": display})
    if call.chat.is_on("agent_sessions"):
        set_status(call.chat, channel, message.root, "processing")
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream")
def _append(call: Call) -> Json:
    message, stream = _live(call)
    mode, chunks = _said(call)
    if not chunks:
        raise SlackError("no_text")
    body = _grown(message, stream, mode, chunks)
    call.chat.streams.grow(message, body, stream | {"mode": mode})
    return {"channel": message.channel, "ts": message.ts}


@method("chat.stopStream")
def _stop(call: Call) -> Json:
    message, stream = _live(call)
    mode, chunks = _said(call)
    status = checked_status(call.optional("session_status") or "active", "invalid_arguments")
    body = _grown(message, stream, mode, chunks)
    if call.args.get("blocks"):
        body = _with_one_table(body | {"blocks": body["blocks"] + checked_blocks(call.args["blocks"])})
    if call.args.get("metadata") is not None:
        body = body | {"metadata": checked_metadata(call.args["metadata"])}
    ended = call.chat.streams.end(message, body)
    if call.chat.is_on("agent_sessions"):
        set_status(call.chat, CHANNELS[message.channel], message.root, status)
    return {"channel": message.channel, "ts": message.ts, "message": ended.body}


def _check_recipient(call: Call, channel: Channel) -> None:
    if channel.direct:
        return
    for name in ("recipient_team_id", "recipient_user_id"):
        if not call.optional(name):
            raise SlackError(f"missing_{name}")
    if call.required("recipient_user_id") not in PEOPLE:
        raise SlackError("user_not_found")


def _live(call: Call) -> tuple[Message, Json]:
    message = call.own_message("message_not_owned_by_app")
    stream = call.chat.streams.of(message)
    if stream is None:
        raise SlackError("message_not_in_streaming_state")
    if stream["stopped"]:
        raise SlackError("stopped_by_user")
    return message, stream


def _said(call: Call) -> tuple[str, list[Json]]:
    """The call's chunks, and the way in which they came: as `text` or as `chunks`; nothing when it says nothing."""
    text, chunks = call.args.get("markdown_text"), call.args.get("chunks")
    if text and chunks:
        raise SlackError("cannot_provide_both_markdown_text_and_chunks")
    if text:
        return "text", _checked_text(text)
    return ("chunks", _checked_chunks(chunks)) if chunks else ("", [])


def _checked_text(text: Any) -> list[Json]:
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", ["markdown_text must be a string"])
    if len(text) > rules.MARKDOWN_TEXT:
        raise SlackError("msg_too_long")
    return [{"type": "markdown_text", "text": text}]


def _checked_chunks(chunks: Any) -> list[Json]:
    if faults := chunk_faults(chunks):
        raise SlackError("invalid_chunks", faults)
    for chunk in chunks:
        if chunk["type"] == "blocks":
            checked_blocks(chunk["blocks"])
    checked: list[Json] = chunks
    return checked


def _grown(message: Message, stream: Json, mode: str, chunks: list[Json]) -> Json:
    if stream["mode"] and mode and stream["mode"] != mode:
        raise SlackError("streaming_mode_mismatch")
    return _checked(grown(message.body, chunks, stream["display"]))


def _checked(body: Json) -> Json:
    if is_too_many(body):
        raise SlackError("msg_blocks_too_many")
    if is_too_long(body):
        raise SlackError("msg_too_long")
    return _with_one_table(body)


def _with_one_table(body: Json) -> Json:
    if rules.table_count(body["blocks"]) > 1:
        raise SlackError("invalid_attachments", ["only_one_table_allowed"])
    return body
