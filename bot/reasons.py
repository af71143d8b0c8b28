"""Why something did not happen, in Baton's own words: every reason that it gives, by name. Imports nothing of it.

A reason is kept as its English sentence, which the model, the audit trail and the command line read; people read it in
their language, since the sentence leads back to its name and values. Several are joined by a semicolon, and a name
may stand before one with a colon: `pay: no answer within 30 s; its tool is gone`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

# why a file is not read, or only in part: these stand, word for word, where that is found out
FILE_REASONS: Mapping[str, str] = {
    "file_empty": "it is empty",
    "file_picture": "it is a picture, and I read text only",
    "file_not_text": "it is of a kind that I cannot read: I read text, PDF, CSV and Excel (.xlsx)",
    "file_not_a_workbook": "it is a ZIP archive or another Office file: of those I read Excel (.xlsx) only",
    "file_old_office": "it is in an old Office format or protected by a password: save it as .xlsx or PDF, without one",
    "file_locked": "it is protected by a password: share a copy without one",
    "file_pictures_only": "its pages are pictures without text, such as a scan: share a copy with recognised text",
    "file_no_values": "there are no values in it",
    "file_damaged": "it is damaged or incomplete: open it, save it again and share that copy",
    "file_unpacks_too_large": "unpacked, it is too large",
    "file_too_long": "reading it took too long",
    "file_first_part": "only the first 200,000 characters were read",
    "file_first_pages": "only the first 200 pages were read",
    "file_first_rows": "only the first 5,000 rows were read",
    "file_first_columns": "only the first 60 columns were read",
    "file_first_sheets": "only the first 20 sheets were read",
    "file_hidden_sheets": "hidden sheets were not read",
    "file_long_cells": "cells of more than 1,000 characters were shortened",
    "file_long_words": "sequences of more than 400 characters without a space were shortened",
    "file_some_pages": "some pages are damaged and were not read",
    "file_picture_pages": "some pages hold no text, such as scans, and were not read",
    "file_formulas": "some formulas have no stored result: they stand as formulas",
    "file_larger": "it is larger than 20 MB",
    "file_unpermitted": "Slack does not let me read it (an administrator can check the app's permission files:read)",
    "file_gone": "it is no longer in Slack",
    "file_elsewhere": "it does not lie in Slack itself: download it and share the file",
    "file_withheld": "Slack did not give it to me: share it again in a moment",
}

REASONS: Mapping[str, str] = {
    **FILE_REASONS,
    # a run that came to nothing
    "model_silent": "the model did not answer ({error})",
    "script_over": "the script has no further reply",
    "interrupted_thrice": "it was interrupted three times",
    "inner_error": "an error inside Baton ({error}), see its log",
    "no_answer_in_turns": "no answer after {turns} turns of the model",
    "calls_failed": "{count} calls of tools could not be carried out. The last one: {last}",
    "too_many_actions": "one question must not lead to more than {count} actions",
    "was_stopped": "it was stopped",
    "agent_gone": "the agent '{agent}' is no longer described in agents.yaml",
    "run_given_up": "the run was given up",
    # a call that cannot be made
    "no_such_tool": "there is no tool '{tool}' (there are: {tools})",
    "asked_failed": "the agent '{agent}' gave no answer: {why}",
    "asked_too_deep": "agents ask each other at most {count} times in a row: answer with what you know",
    "asked_too_often": "one question lets agents ask each other at most {count} times: answer with what you know",
    "ask_needs_request": "{tool}: write `request`, what you want to know or have done, in 1 to {count} characters",
    "not_its_tool": "the agent '{agent}' has no tool '{tool}' (it has: {tools})",
    "not_allowed": "{tool} is not allowed (rule: {rules})",
    "too_many_calls": "at most {count} calls at once",
    "not_json": "the arguments are not valid JSON ({error})",
    "unstorable": "an argument contains a NUL character or half a character, leave it out",
    "not_connected": "{system} does not answer at {host}: nothing was sent",
    "not_sendable": "this cannot be sent to {system}: its address or a header is no valid one",
    "system_rests": "{system} has failed several times in a row and is left alone for {seconds} s: nothing was sent",
    "mcp_unreachable": "the MCP server '{server}' cannot be reached: nothing was sent",
    "mcp_changed": "'{tool}' of the MCP server '{server}' is in quarantine, it differs from its known form: nothing was sent. "
    "An administrator looks at the difference with `{command}`",
    "mcp_refused": "the MCP server '{server}' refused the call: {text}",
    "not_configured": "the system '{system}' is not configured: see `systems:` in sources.yaml",
    "http_refused": "{system} refused it ({status}): {message}",
    "http_failed": "{system} could not answer ({status}): {message}",
    "no_version": "{system} gives no version of {path}, so nothing could tell whether it changed meanwhile",
    "no_comma": "an entry of this list cannot contain a comma",
    "no_header": "only plain characters without line breaks can be sent here",
    "file_none": "there is no file in this thread",
    "file_unknown": "there is no file '{name}' in this thread (there are: {files})",
    "file_ambiguous": "several files of this thread are called '{name}': name one by its id: {files}",
    "files_larger": "the files of one call are larger than 40 MB together",
    "no_segment": "'{value}' cannot be a part of an address",
    "tool_busy": "{tool}: as many calls as it takes at once ({count}) are under way: nothing was sent",
    # tools that wait to be admitted
    "nothing_added": "nothing of the name '{name}' waits to be admitted (there is: {names})",
    "added_unreadable": "the files of '{name}' cannot be read: add it again",
    "added_changed": "the files of '{name}' are no longer those that were checked: add it again",
    "admitted_before": "the tools folder already has {file}: nothing was admitted",
    "folder_read_only": "Baton cannot write to {folder}: nothing was admitted",
    "admitted_unreadable": "{file} cannot be read: restore it. Nothing was done",
    "name_in_force": "there is a tool {tool} in force already: nothing was admitted",
    "would_not_load": "'{name}' no longer fits what is in force, nothing was admitted: {error}",
    "not_set": "not set on this machine: {names}. Until it stands in .env, nothing of it works",
    "another_waits": "another addition of the name '{name}' waits: nothing was taken out",
    "not_as_admitted": "what was admitted is no longer there as it was: nothing was taken out",
    "needs_two": "'{name}' has a tool that destroys: it is admitted with admit_destructive_tool, by two people",
    "needs_no_two": "nothing in '{name}' destroys: it is admitted with admit_tool",
    "no_undo": "{tool} cannot be undone by Baton: nothing was undone",
    # what the checks of such a tool found
    "check_hook": "{hook} cannot be called with {given}: {error}",
    "check_kept": "what it keeps of its arguments is read differently",
    "check_elsewhere": "it called {seen} instead of {request}",
    "check_failure": "an answer of success is taken for a failure: {error}",
    "check_done": "the answer {answer} is taken for done",
    "check_misjudged": "the answer {answer} is taken for something else: {error}",
    "taken_without": "it is called without '{name}', which is needed",
    "taken_more": "it takes an argument that is not described",
    "taken_kind": "it takes a value for '{name}' that is not of the type {what}",
    "taken_choice": "it takes a value for '{name}' that is none of its choices",
    "taken_beyond": "it takes a value for '{name}' beyond its bound {what}",
    "untried": "not everything could be tried: {why}",
    "sample_refused": "it has rules of its own that its description of arguments does not have: {error}",
    "sample_endless": "the description of a value contains itself without end",
    "sample_unknown": "a value is described by {what}, without an example",
    "sample_many": "there would have to be {count} different entries",
    "sample_type": "a value is of the type {type}",
    "sample_pattern": "a value is to match {pattern}, without an example",
    "sample_bounds": "the bounds of a number leave none to try",
    "sample_no_choice": "there is nothing to choose from",
    # a query on a database
    "sql_too_long": "the query is too long: at most {bound} characters",
    "sql_character": "the query contains {found}: write it without, texts in plain single quotes, comments after --",
    "sql_unclosed": "a quote or a bracket of the query is not closed, or brackets lie too deep in each other",
    "sql_not_one": "give exactly one query, without a semicolon inside",
    "sql_unreadable": "the query cannot be read as PostgreSQL, near line {line}, column {column}",
    "sql_not_a_query": "only a query that reads is taken (SELECT, WITH … SELECT, UNION, VALUES), and this has {found}",
    "sql_catalog": "{name} belongs to the database itself and is not for queries: look up tables and columns with {tool}",
    "sql_schema": "{table} is in no schema that may be read here (those are: {schemas})",
    "sql_function": "the function {name} may not be used here: use an ordinary one, such as {examples}",
    "sql_too_wide": "the result has {found} columns: name those that matter, at most {bound}",
    "sql_refused": "the database refuses the query: {error}",
    "sql_too_slow": "the database was still busy after {seconds} s: ask for less, with a narrower WHERE or an aggregate",
    "sql_away": "the database {name} does not answer or refuses the login: nothing was read",
    # what a result lacks
    "left_entries": "{shown} out of {all} entries were read",
    "left_entries_of": "{shown} out of {all} entries of {place} were read",
    "left_names": "{shown} out of {all} fields were read",
    "left_names_of": "{shown} out of {all} fields of {place} were read",
    "left_characters": "{shown} out of {all} characters were read",
    "left_characters_of": "{shown} out of {all} characters of {place} were read",
    "left_places": "at {count} more places not all was read",
    "left_end": "the last {count} characters were not read",
    "left_part": "a part that is no text was not read: {what}",
    "left_rows": "only the first {count} rows are here, there are more: ask for fewer, or for sums",
    "left_long_texts": "texts of more than {count} characters end with …: ask for a part of them",
    "left_tables": "{count} tables are not described here: give `find` a part of a name",
    "left_tables_more": "{count} tables and still more are not described here: give `find` a part of a name",
    "left_answer": "the answer is larger than {bound} MB: ask for less",
    # an outcome in doubt
    "timed_out": "no answer within {seconds} s",
    "tool_error": "an error inside the tool ({error})",
    "interrupted": "the work on it was interrupted",
    "held_up": "the work on it was held up",
    "did_not_happen": "the system says that it did not happen",
    "no_look_up": "this tool cannot look it up",
    "not_back": "the call has not come back yet",
    "on_its_way": "it may still be on its way",
    # a proposal that no longer holds
    "tool_or_proposal_changed": "the tool or the stored proposal is no longer what was shown",
    "tool_changed": "the tool is no longer what was shown",
    "tool_gone": "its tool is gone",
    "edited": "it was edited",
    "paused": "it is paused",
    "operator": "the operator",
    "tool_paused": "{tool} is paused by {by}",
    "tool_paused_because": "{tool} is paused by {by} (reason: {why})",
    "facts_changed": "the facts changed since they were shown: {changes}",
    "files_changed": "a file no longer holds what was shown",
    "record_changed": "the record changed in the system, but nothing of what was shown",
    "forbidden": "the rules forbid it: {rules}",
    "forbidden_now": "the rules forbid it now: {rules}",
    "rules_stricter": "the rules became stricter",
    "speaker_gone": "somebody who approved may no longer decide",
    "unreadable": "who may decide cannot be read at the moment, I try again",
    "rule_waits": "outside the hours of the rule: {rules}",
    "by_command_line": "{reason} (command line)",
    "command_line": "(command line)",
    # a value that somebody or a model gave
    "not_typed_value": "this is not the value on the card",
    "needed": "this is needed",
    "unknown_argument": "there is no argument of this name",
    "unfit": "this value does not fit",
    "to_be_text": "this has to be text",
    "to_be_whole": "this has to be a whole number, such as 120",
    "to_be_number": "this has to be a number, such as 1250.50",
    "to_be_yes_or_no": "this has to be yes or no (true or false)",
    "to_be_day": "this has to be a day, such as 2026-12-20",
    "to_be_moment": "this has to be a day and a time, such as 2026-12-20T14:30:00+01:00",
    "to_be_time": "this has to be a time of day, such as 14:30",
    "to_be_duration": "this has to be a length of time, such as P3D or 36:00:00",
    "to_be_past": "this has to lie in the past",
    "to_be_future": "this has to lie in the future",
    "zone_needed": "the time needs its zone, such as 2026-12-20T14:30:00+01:00",
    "no_zone": "the time must stand without a zone",
    "to_be_file": "this has to be the name of a file of this thread",
    "to_be_list": "this has to be a list",
    "to_be_record": "this has to be an object with names and values",
    "to_be_one_of": "this has to be one of these: {expected}",
    "to_be_more": "this has to be more than {bound}",
    "to_be_at_least": "this has to be {bound} or more",
    "to_be_less": "this has to be less than {bound}",
    "to_be_at_most": "this has to be {bound} or less",
    "to_be_multiple": "this has to be a multiple of {bound}",
    "finite": "this has to be a finite number",
    "too_few_characters": "this is too short: its length has to be {bound} or more",
    "too_many_characters": "this is too long: its length has to be {bound} or less",
    "too_few_items": "the list is too short: its length has to be {bound} or more",
    "too_many_items": "the list is too long: its length has to be {bound} or less",
    "too_many_digits": "this has too many digits: {bound} at most",
    "too_many_decimals": "this has too many decimals: {bound} at most",
    "pattern": "this does not have the form that is asked for ({pattern})",
    "to_be_link": "this has to be a web address, such as https://example.com",
    "to_be_uuid": "this has to be a UUID, such as 123e4567-e89b-12d3-a456-426614174000",
}


def because(key: str, **values: object) -> str:
    """One reason, as it is kept."""
    return REASONS[key].format(**values)


def read_back(text: str) -> tuple[str, dict[str, str]] | None:
    """The name and values of one reason; `None` when the words are not Baton's."""
    for key in _longest_first():
        if found := _pattern(key).fullmatch(text):
            return key, found.groupdict()
    return None


@cache
def _longest_first() -> list[str]:
    """The names, those whose sentences fix the most words first: another sentence may be part of a value."""
    return sorted(REASONS, key=lambda key: -len(re.sub(r"\{\w+\}", "", REASONS[key])))


@cache
def _pattern(key: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", REASONS[key])
    values = {at: _name(name, opens=pieces[:at] == [""]) for at, name in enumerate(pieces) if at % 2}
    return re.compile("".join(values.get(at) or re.escape(words) for at, words in enumerate(pieces)), re.DOTALL)


def _name(name: str, *, opens: bool) -> str:
    """A value that opens a sentence ends before a colon or semicolon: else it would take in what stands before."""
    return f"(?P<{name}>[^:;]+)" if opens and name != "reason" else f"(?P<{name}>.+)"
