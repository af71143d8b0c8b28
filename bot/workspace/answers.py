"""What the app says through a response_url, about the message that was clicked or the command that was used."""

from .call import Call, SlackError
from .chat import Chat
from .company import BOT_TOKEN, CHANNELS, Json
from .content import checked_content


def answer_response_url(chat: Chat, key: str, args: Json) -> Json:
    """A POST to a response_url: replaces, deletes or answers the message that was clicked, or answers a command."""
    taken = chat.answer_url(key)
    if taken is None:
        raise SlackError("used_url")
    person, message = taken
    call = Call("response_url", args, BOT_TOKEN, chat)
    if message.ts and call.flag("delete_original"):
        chat.delete(message)
    elif message.ts and call.flag("replace_original"):
        chat.update(
            message, {k: v for k, v in message.body.items() if k not in ("blocks", "text")} | checked_content(call)
        )
    else:
        place = call.optional("thread_ts") or (message.root if message.is_reply else None)
        chat.post(CHANNELS[message.channel], checked_content(call), place, seen_by=None if is_public(args) else person)
    return {}


def is_public(args: Json) -> bool:
    """Whether everybody in the channel is to see it; without a word only the person who acted does."""
    return bool(args.get("response_type") == "in_channel")
