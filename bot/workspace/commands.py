"""Slash commands: what becomes of a line that a person begins with `/`, in the words that Slack has for it."""

from .answers import is_public
from .call import Call, SlackError
from .chat import Chat
from .company import BOT_TOKEN, COMMANDS, Channel, Person
from .content import checked_content
from .delivery import Outcome
from .state import Message

_UNKNOWN = (
    '{} is not a valid command. In Slack, all messages that start with the "/" character are interpreted as commands. '
    'If you are trying to send a message and not run a command, try preceding the "/" with an empty space.'
)
_IN_THREAD = "{} is not supported in threads. Sorry!"
_FAILED = '{} failed with the error "{}"'


async def run(chat: Chat, person: Person, channel: Channel, line: str, thread_ts: str | None) -> Message | None:
    """Sends the command to the app and shows its answer, or why there is none; None when the app says nothing yet."""
    command, words = (*line.split(maxsplit=1), "")[:2]
    # People of other teams do not have the app's commands.
    if command not in COMMANDS or person.is_external:
        return chat.tell(person, channel, _UNKNOWN.format(command), thread_ts)
    if thread_ts:
        return chat.tell(person, channel, _IN_THREAD.format(command), thread_ts)
    outcome = await chat.command(person, channel, command, words)
    if not outcome.acked:
        return chat.tell(person, channel, _FAILED.format(command, _error(outcome)))
    return _answer(chat, person, channel, command, outcome) if outcome.answer else None


def _answer(chat: Chat, person: Person, channel: Channel, command: str, outcome: Outcome) -> Message:
    try:
        content = checked_content(Call(command, outcome.answer, BOT_TOKEN, chat))
    except SlackError:
        return chat.tell(person, channel, _FAILED.format(command, "invalid_command_response"))
    return chat.post(channel, content, None, seen_by=None if is_public(outcome.answer) else person)


def _error(outcome: Outcome) -> str:
    return "operation_timeout" if outcome.reason in ("timeout", "http_timeout") else "dispatch_failed"
