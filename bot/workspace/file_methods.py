"""The methods of files: the two steps of an upload, and files.info."""

from . import payloads
from .call import Call, SlackError
from .company import APP_USER, Channel, Json
from .content import checked_blocks
from .files import described, is_seen_by_app, shared
from .methods import method


@method("files.getUploadURLExternal")
def _upload_url(call: Call) -> Json:
    file_id, name = payloads.new_id("F"), call.required("filename")
    length = call.required("length")
    if not length.isdigit() or int(length) == 0:
        raise SlackError("invalid_arguments", ["length must be a positive number"])
    body = described(file_id, name, b"", APP_USER, call.chat.base_url) | {"size": int(length)}
    call.chat.state.put_file(file_id, body, None)
    return {"file_id": file_id, "upload_url": f"{call.chat.base_url}upload/{file_id}"}


@method("files.completeUploadExternal")
def _complete_upload(call: Call) -> Json:
    given = call.args.get("files")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) and "id" in one for one in given):
        raise SlackError("invalid_arguments", ["files: a list of objects with id and title"])
    channel = _target(call) if call.optional("channel_id") else None
    files = [_uploaded(call, one) for one in given]
    if channel is None:
        return {"files": files}
    files = [shared(file, channel) for file in files]
    for file in files:
        call.chat.state.put_file_body(file["id"], file)
    content: Json = {"text": call.optional("initial_comment") or "", "files": files, "upload": False}
    if call.args.get("blocks"):
        content["blocks"] = checked_blocks(call.args["blocks"])
    content["subtype"] = "file_share"
    call.chat.post(channel, content, call.optional("thread_ts"))
    return {"files": files}


def _target(call: Call) -> Channel:
    """The channel to share in; this method has words of its own for why it cannot be."""
    try:
        channel = call.channel("channel_id")
    except SlackError as error:
        raise SlackError("invalid_channel") from error
    if not call.chat.app_is_in(channel):
        raise SlackError("posting_to_channel_denied")
    return channel


@method("files.info")
def _info(call: Call) -> Json:
    found = call.chat.state.file(call.required("file"))
    if found is None or found[1] is None or not is_seen_by_app(found[0], call.chat.state):
        raise SlackError("file_not_found")
    return {"file": found[0], "comments": [], "response_metadata": {"next_cursor": ""}}


def _uploaded(call: Call, given: Json) -> Json:
    found = call.chat.state.file(str(given["id"]))
    if found is None or found[1] is None:
        raise SlackError("file_not_found")
    before, content = found
    body = described(before["id"], before["name"], content or b"", APP_USER, call.chat.base_url)
    body["title"] = given.get("title") or body["title"]
    call.chat.state.put_file_body(body["id"], body)
    return body
