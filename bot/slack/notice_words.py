"""The words of Baton's own notices and of delegation, in English."""

from __future__ import annotations

from collections.abc import Mapping

NOTICE_WORDS: Mapping[str, str] = {
    # about a run
    "given_up": "I could not answer: {cause}. Nothing else is under way; you can ask again. (`{run}`)",
    "given_up_after": (
        "I could not answer: {cause}. What was done, or is uncertain, is on the cards of this thread: "
        "read them before you ask again. (`{run}`)"
    ),
    "claim_removed": "🧾 The model's answer told of an action that is not in the ledger; it is left out. "
    "Here is what the ledger says:",
    "nothing_in_ledger": "For this request nothing was done: no action was carried out.",
    "working": "is thinking…",
    # about a proposal, in its thread
    "no_words": "A written “yes” approves nothing: {label} waits for its “Approve” button, which {groups} can press.",
    "no_words_many": "A written “yes” approves nothing: {label} wait for their “Approve” buttons, which {groups} can press.",
    "asks_again": "♻️ {groups}: {label} replaces {replaces} ({cause}). Nothing was done; please decide on it.",
    "more_needed": "⏳ {groups}: {label} waits for a decision again ({cause}). Nothing was done.",
    "reminder": "🔔 {groups}: {label} still waits for your decision, until {until}.",
    "escalated": "🔔 {groups}: {label} still waits for a decision; {asked} may now decide on it too.",
    "question": "💬 {to}: {by} has a question before deciding on {label}.",
    "unknown_outcome": (
        "❓ {groups}: I don't know whether {label} was done. I will not try again. "
        "Please look in the system and answer with the buttons on the card."
    ),
    "file_not_put": "📎 The file `{file}` could not be put into this thread (`{error}`): ask for less at once to see all rows.",
    "not_shown": "The card {label} could not be shown (`{error}`). If it is a channel, invite Baton to it first.",
    # to whoever pressed a button, for their eyes only
    "not_ours": (
        "Your click reached another installation of Baton, which did not act on it: please click again. "
        "For administrators: each installation needs a Slack app of its own."
    ),
    "card_changed": "This card changed meanwhile: nothing was decided. Please read it again, then press again.",
    "already": "{label} no longer waits for this decision ({status}{by}): nothing changed.",
    "by": ", by {by}",
    "too_late": "{label} expired before your click: nothing was done.",
    "said_already": "You have already decided on {label}.",
    "refused_own": "You asked for {label}, or edited it: somebody else has to decide.",
    "refused_own_delegate": "{label} comes from you, or from whom you stand in for: somebody else has to decide.",
    "refused_not_member": "You are not among the people who may decide on {label}. Nothing changed.",
    "refused_not_requester": "{label} can only be withdrawn by whoever asked for it. Nothing changed.",
    "refused_unreadable": "I could not check who may decide on {label}, so for now the answer is no. Try again in a moment.",
    "refused_typed": "What was typed is not the value of `{typed}`: {label} is not approved. Please read the card again.",
    "typed_needed": "To approve {label}, the value of `{typed}` has to be typed: press “Approve” on its card. Nothing changed.",
    "edit_refused": "{label} was not edited: {cause}. The proposal stays as it was.",
    "edit_same": "You changed no value of {label}: the proposal stays as it is.",
    "edited_already": "{label} was edited by somebody else meanwhile: your values were not taken. Start from the new proposal.",
    "undo_late": "The time in which {label} could be undone is over: nothing changed.",
    "undo_cannot": "{label} cannot be undone by Baton: its tool does not offer it.",
    "undo_refused": "{label} is not undone: {cause}. Nothing changed.",
    "undo_already": "It has already been proposed to undo {label}: see the card of that proposal.",
    "form_late": "The form could not be opened; nothing changed. Please press the button again.",
    "no_longer_unknown": "What became of {label} is known meanwhile: see its card.",
    "still_unknown": "I looked again: I still don't know whether {label} was done ({cause}). I do not try again.",
    # delegation
    "delegated": "✅ {delegate} may decide in your place until {until}. To end it: `/baton delegate stop`",
    "delegation_told": (
        "{person} has asked you to decide in their place until {until}. Your clicks count as theirs, "
        "under your name; never for what either of you asked for."
    ),
    "delegation_is": "{delegate} decides in your place until {until}. To end it: `/baton delegate stop`",
    "delegation_none": "Nobody decides in your place.",
    "delegation_ended": "✅ Ended: {delegate} no longer decides in your place.",
    "delegation_usage": (
        "To let a colleague decide in your place while you are away, write for example:\n"
        "• `/baton delegate @colleague until friday`\n• `/baton delegate @colleague until 24 December`\n"
        "`/baton delegate` says who decides for you, `/baton delegate stop` ends it. Thirty days at most."
    ),
    "delegation_who": "I did not understand who is to decide in your place: mention one person, such as `@colleague`.",
    "delegation_self": "You cannot name yourself: mention a colleague.",
    "delegation_past": "That time has passed: nothing changed. Name one that is to come.",
    "delegation_too_long": "{days} days at most: nothing changed. Choose an earlier day; you can extend it later.",
}
