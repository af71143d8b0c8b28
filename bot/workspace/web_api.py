"""Slack's Web API: who may call which method, and the methods of the connection itself."""

from typing import Final

from . import (  # noqa: F401 -- each adds its methods to the table
    agent_methods,
    conversation_methods,
    file_methods,
    message_methods,
    people_methods,
    stream_methods,
    view_methods,
)
from .arguments import argument_faults
from .call import Call, SlackError
from .company import ADMIN_TOKEN, APP, APP_BOT, APP_NAME, APP_TOKEN, APP_USER, BOT_TOKEN, TEAM, TEAM_NAME, Json
from .methods import METHODS, method
from .modals import TriggerRefused
from .payloads import new_id

SCOPES: Final = (
    "app_mentions:read,assistant:write,channels:history,channels:join,channels:read,chat:write,files:read,files:write,"
    "groups:history,groups:read,im:history,im:read,im:write,reactions:write,usergroups:read,users:read,users:read.email"
)
# Which token a method wants, when it is not the bot's.
_TOKENS: Final = {"apps.connections.open": APP_TOKEN, "admin.roles.listAssignments": ADMIN_TOKEN}


def answer(call: Call) -> Json:
    """Runs the call; refusals come back as Slack's own error answers."""
    try:
        _check_token(call)
        if call.method not in METHODS:
            return {"ok": False, "error": "unknown_method", "req_method": call.method}
        faults = argument_faults(call.method, call.args)
        if faults:
            raise SlackError("invalid_arguments", faults)
        return {"ok": True} | METHODS[call.method](call)
    except SlackError as refused:
        return refused.as_answer()
    except TriggerRefused as refused:
        return {"ok": False, "error": str(refused)}


def _check_token(call: Call) -> None:
    if call.method == "api.test":
        return
    if not call.token:
        raise SlackError("not_authed")
    if call.token not in (BOT_TOKEN, APP_TOKEN, ADMIN_TOKEN):
        raise SlackError("invalid_auth")
    if call.token != _TOKENS.get(call.method, BOT_TOKEN):
        raise SlackError("not_allowed_token_type")


@method("api.test")
def _api_test(call: Call) -> Json:
    return {"args": call.args} | ({"ok": False, "error": call.args["error"]} if "error" in call.args else {})


@method("auth.test")
def _auth_test(call: Call) -> Json:
    return {
        "url": call.chat.base_url,
        "team": TEAM_NAME,
        "user": APP_NAME.lower(),
        "team_id": TEAM,
        "user_id": APP_USER,
        "bot_id": APP_BOT,
        "app_id": APP,
        "is_enterprise_install": False,
    }


@method("apps.connections.open")
def _open_connection(call: Call) -> Json:
    ticket = new_id("")
    return {"url": call.chat.base_url.replace("http", "ws", 1) + f"link/?ticket={ticket}&app_id={APP}"}
