"""What a message says, checked as Slack checks it, whichever way the app sends it."""

from typing import Any, Final

from . import rules
from .blocks import with_block_ids
from .call import Call, SlackError
from .company import Json

_LONGEST_TEXT: Final = 40_000
_MOST_ATTACHMENTS: Final = 100


def checked_content(call: Call) -> Json:
    """What a message says, checked: text, blocks, attachments, metadata."""
    args = call.args
    text = args.get("text") or ""
    blocks = args.get("blocks")
    if args.get("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        text = args["markdown_text"]
        if len(str(text)) > rules.MARKDOWN_TEXT:
            raise SlackError("msg_too_long")
        blocks = [{"type": "markdown", "text": text}]
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", ["text must be a string"])
    if not text and not blocks and not args.get("attachments"):
        raise SlackError("no_text")
    content: Json = {"text": text[:_LONGEST_TEXT]}
    if blocks is not None and blocks != "":
        content["blocks"] = checked_blocks(blocks)
    if args.get("attachments"):
        content["attachments"] = _checked_attachments(args["attachments"])
    if args.get("metadata") is not None:
        content["metadata"] = checked_metadata(args["metadata"])
    return content


def checked_blocks(blocks: Any) -> list[Json]:
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    faults = rules.block_faults(blocks)
    if faults:
        raise SlackError("invalid_blocks", faults)
    if rules.table_count(blocks) > 1:
        raise SlackError("invalid_attachments", ["only_one_table_allowed"])
    if rules.text_length(blocks) > rules.MESSAGE_TEXT:
        raise SlackError("msg_blocks_too_long")
    return with_block_ids(blocks)


def _checked_attachments(attachments: Any) -> list[Json]:
    if not isinstance(attachments, list) or not all(isinstance(attachment, dict) for attachment in attachments):
        raise SlackError("invalid_attachments", ["must provide an array of objects [json-pointer:/attachments]"])
    if len(attachments) > _MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for place, attachment in enumerate(attachments):
        faults = rules.block_faults(attachment.get("blocks", []), at=f"/attachments/{place}/blocks")
        if faults:
            raise SlackError("invalid_attachments", faults)
    return attachments


def checked_metadata(metadata: Any) -> Json:
    if not isinstance(metadata, dict) or (metadata and not isinstance(metadata.get("event_type"), str)):
        raise SlackError("invalid_metadata_format")
    return metadata
