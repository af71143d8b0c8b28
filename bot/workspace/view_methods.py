"""The methods of views: modals and the Home."""

import json

from . import rules
from .call import Call, SlackError
from .company import Json
from .methods import method
from .modals import StackFull


@method("views.open")
def _open_view(call: Call) -> Json:
    return {"view": call.chat.modals.open(call.required("trigger_id"), _checked_view(call, "modal"))}


@method("views.push")
def _push_view(call: Call) -> Json:
    try:
        return {"view": call.chat.modals.push(call.required("trigger_id"), _checked_view(call, "modal"))}
    except StackFull as error:
        raise SlackError("push_limit_reached") from error


@method("views.update")
def _update_view(call: Call) -> Json:
    modal = call.chat.modals.get(call.required("view_id"))
    if modal is None:
        raise SlackError("not_found")
    if call.optional("hash") not in (None, modal.view["hash"]):
        raise SlackError("hash_conflict")
    return {"view": call.chat.modals.update(modal, _checked_view(call, "modal"))}


@method("views.publish")
def _publish_home(call: Call) -> Json:
    person = call.person("user_id")
    shown = call.chat.state.note("home", person.id)
    if shown and call.optional("hash") not in (None, shown["hash"]):
        raise SlackError("hash_conflict")
    return {"view": call.chat.publish_home(person, _checked_view(call, "home"))}


def _checked_view(call: Call, kind: str) -> Json:
    view = call.args.get("view")
    faults = rules.view_faults(view)
    if faults or not isinstance(view, dict) or view["type"] != kind:
        raise SlackError("invalid_arguments", faults or [f"view must be of type {kind}"])
    if len(json.dumps(view).encode()) > rules.VIEW_BYTES:
        raise SlackError("view_too_large")
    return view
