"""The words of Baton's Home, of its greeting and of the pause switches, in English."""

from __future__ import annotations

from collections.abc import Mapping

HOME_WORDS: Mapping[str, str] = {
    # pauses
    "paused_run": "⏸️ Baton is paused at the moment, by {by}. I did not work on this: please ask again later.",
    "paused_run_because": (
        "⏸️ Baton is paused at the moment, by {by}. Reason: {cause}\nI did not work on this: please ask again later."
    ),
    "what_all": "Baton as a whole",
    "what_agent": "the agent `{name}`",
    "what_tool": "the tool `{name}`",
    "is_paused": "⏸️ *Paused*: {what}, by {by}, since {since}",
    "is_paused_because": "⏸️ *Paused*: {what}, by {by}, since {since}. Reason: {why}",
    "pause": "Pause",
    "pause_all": "Pause Baton",
    "pause_form": "Pause",
    "pause_intro_all": (
        "*Pause Baton*: nothing more is carried out, and new questions are not worked on, until somebody ends the "
        "pause. What is under way is finished. People can still decide on cards; what they approve waits."
    ),
    "pause_intro_agent": (
        "*Pause the agent* `{name}`: it carries nothing out and works on no new question, until somebody ends the pause. "
        "What it has under way is finished."
    ),
    "pause_intro_tool": (
        "*Pause the tool* `{name}`: it is not called any more, not even to read, until somebody ends the pause. "
        "A call that is under way is finished. What is approved waits."
    ),
    "pause_reason": "Reason",
    "pause_hint": "People read it where something waits because of this pause.",
    "resume": "Resume",
    "resume_all": "Resume Baton",
    "resume_title": "End the pause?",
    "resume_text_all": "What was approved meanwhile is carried out at once.",
    "resume_text_agent": "What was approved meanwhile for the agent {name} is carried out at once.",
    "resume_text_tool": "What was approved meanwhile for the tool {name} is carried out at once.",
    "pause_refused": "Only administrators may pause or resume Baton, its agents and its tools. Nothing changed.",
    # greeting and prompts
    "greeting": (
        "Hello, I am *Baton*, an AI assistant. I answer from the company's documents and systems, and I propose "
        "actions: nothing consequential happens before somebody who may decide presses a button. "
        "I can be wrong: check what matters.\nAnswerable for me: {responsible}."
    ),
    "admins": "the administrators of this Slack workspace",
    "prompts": "For example",
    # home
    "waiting": "Waiting for me",
    "waiting_none": "Nothing waits for your decision.",
    "waits": "⏳ {label} · {tool} · asked by {by} · until {until}",
    "waits_unknown": "❓ {label} · {tool} · asked by {by} · outcome unknown: look in the system, then say it on the card",
    "asked": "What I asked for",
    "asked_undo": "Undo {label}",
    "asked_none": "You have not asked anything yet.",
    "run_ready": "⚙️ being worked on",
    "run_parked": "⏳ in progress",
    "run_waits": "⏳ waits for a decision on {labels}",
    "run_held": "⏸️ {labels}: approved, not carried out yet",
    "run_answered": "✅ answered",
    "run_failed": "❌ could not be answered",
    "run_stopped": "⏹️ stopped",
    "run_paused": "⏸️ not worked on: Baton was paused",
    "receipts": "Done lately",
    "receipts_none": "Nothing was done at your request or with your approval yet.",
    "receipt_line": "✅ {label} · {summary} · {at}",
    "and_more": "and {n} more",
    "tools": "What I can do",
    "no_tools": "No tool is installed.",
    "asks": "needs a decision",
    "offline": "_No language model is configured: the embedded offline assistant answers._",
    "refresh": "Refresh",
    # home, for administrators
    "house": "For administrators",
    "rules_wrong": "⚠️ The policy file is wrong, the rules before it stay in force: {why}",
    "tools_wrong": "⚠️ A file of the tools folder is wrong; the version before it stays in force, if there was one: {why}",
    "quarantined": "🔒 `{tool}` of the MCP server `{server}` is in quarantine ({what}): `baton tools accept {server}`",
    "addition": "📥 `{name}` was added and waits to be admitted: ask me: Admit the tool “{name}”",
    "model_answered": "🧠 Model `{name}` answered last on {at}",
    "model_failed": "⚠️ No model answered on {at}, and none has since",
    "model_failed_before": "🧠 No model had answered on {at}",
    "model_unused": "🧠 No model has been asked yet",
    "system_answered": "🏭 *{name}* answered last on {at}",
    "system_unused": "🏭 *{name}* has not been asked since Baton started",
    "system_never": "⚠️ *{name}* did not answer on {at} ({why}), and has not since Baton started",
    "system_failed": "⚠️ *{name}* did not answer on {failed} ({why}); it answered last on {at}",
    "system_recovered": "🏭 *{name}* answered last on {at}; it had not on {failed} ({why})",
    "index": "📚 {pages} pages of documents, read on {at}",
    "index_problem": "⚠️ {why}",
    "index_reading": "📚 The documents are being read",
    "queue_idle": "📬 The queue is empty",
    "queue": "📬 Jobs in the queue: {due} waiting, the oldest for {seconds} s; {under_way} under way",
    "agent_line": "🤖 Agent `{name}`",
    "tools_state": "Tools",
    "tool_line": "*{title}* · `{name}` · {effect}",
    "effect_read": "reads, decided by {groups}",
    "effect_read_alone": "only reads",
    "effect_write": "writes, decided by {groups}",
    "effect_write_alone": "writes, without asking",
    "effect_destructive": "⚠️ destroys, decided by {groups}",
    "effect_destructive_alone": "⚠️ destroys, without asking",
    "tool_nobody": "⛔ Nobody can decide: {groups} is missing in `policy.yaml`",
    "tool_used": "Used last on {last}",
    "tool_failed": "⚠️ It failed once in the last seven days: {why}",
    "tool_failed_many": "⚠️ It failed {n} times in the last seven days, the last time: {why}",
    "more_tools": "and {n} more: `baton tools list` shows them, `/baton pause tool NAME` pauses one",
}
