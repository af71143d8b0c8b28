"""The words of replies to `/baton`, and of the shortcut that asks about a message, in English."""

from __future__ import annotations

from collections.abc import Mapping

COMMAND_WORDS: Mapping[str, str] = {
    "help": (
        "*Ask me* in a direct message, or mention me in a channel: “@Baton how many PMP-200 are free?” I answer in the "
        "thread, with my sources. What would change something becomes a proposal, and waits until somebody who may "
        "decide presses a button.\n"
        "• `/baton status`: what waits for you, what you asked for, what was done, what is paused\n"
        "• `/baton delegate @colleague until friday`: a colleague decides in your place; `/baton delegate stop` ends it\n"
        "• `/baton stop`: stops what you have asked for and is still under way; with the link of a message, only there\n"
        "• `/baton help`: this text\n"
        "In the menu of any message, *Ask Baton about this* lets you ask about it. My Home tab shows all this too.{more}"
    ),
    "help_admin": (
        "\n*For administrators*\n"
        "• `/baton pause`: nothing more is carried out; `/baton pause all REASON` says why; `/baton resume` ends it\n"
        "• `/baton pause tool NAME REASON`, `/baton pause agent NAME`: only that one; `/baton resume tool NAME` ends it"
    ),
    "status_reply": "Where things stand",
    "stop_usage": (
        "To stop what you have asked for and is still under way, write `/baton stop`; to stop it in one thread only, "
        "add the link of a message in it (⋮ → Copy link)."
    ),
    "stop_nothing": "Nothing that you have asked for is under way.",
    "stopped": "✋ Stopped: one question of yours. Its thread says what came of it.",
    "stopped_many": "✋ Stopped: {n} questions of yours. Their threads say what came of each.",
    "paused": "⏸️ Paused: {what}. What is under way is finished; what is approved from now on waits.",
    "paused_already": "⏸️ Paused already: {what}. Nothing changed; `/baton status` says by whom.",
    "resumed": "▶️ Resumed: {what}. What waited because of the pause goes on now.",
    "resumed_already": "Not paused: {what}. Nothing changed.",
    "pause_unknown": (
        "Nothing changed. Write `/baton pause` (everything), `/baton pause tool NAME` or `/baton pause agent NAME`; "
        "the same with `resume`. Tools: {names}"
    ),
    # the shortcut on a message
    "ask_about_form": "Ask Baton",
    "ask_about_label": "Your question",
    "ask_about_hint": "The answer comes into the thread of this message: whoever reads it can read the answer.",
    "ask_about_quoted": "About this message:",
    "ask_about_by": "About this message of {name}:",
    "ask_about_long": "Only its beginning is passed on: it is very long.",
    "ask_about_empty": "(a message without text)",
    "not_here": "I am not here",
    "not_here_invite": (
        "I cannot read or answer in this conversation. Invite me with `/invite @Baton`, then use the shortcut again. "
        "Where nobody can be invited, copy the message into your direct messages with me."
    ),
}
