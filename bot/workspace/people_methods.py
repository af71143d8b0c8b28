"""The methods of people: users, user groups, roles."""

import time

from .call import Call, SlackError
from .company import APP_USER, GROUPS, PEOPLE, ROLE_ASSIGNMENTS, Json, app_user
from .methods import method


@method("users.info")
def _user(call: Call) -> Json:
    if call.required("user") == APP_USER:
        return {"user": app_user()}
    return {"user": call.person().as_user(with_locale=call.flag("include_locale"))}


@method("users.list")
def _users(call: Call) -> Json:
    everyone = [person.as_user(with_locale=call.flag("include_locale")) for person in PEOPLE.values()]
    page, more = call.page([*everyone, app_user()])
    return {"members": page, "cache_ts": int(time.time())} | more


@method("usergroups.list")
def _groups(call: Call) -> Json:
    groups = [call.chat.group(group) for group in GROUPS.values()]
    return {"usergroups": [group.as_usergroup(with_users=call.flag("include_users")) for group in groups]}


@method("usergroups.users.list")
def _group_users(call: Call) -> Json:
    group = GROUPS.get(call.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(call.chat.group(group).members)}


@method("admin.roles.listAssignments")
def _role_assignments(call: Call) -> Json:
    roles, entities = _names(call, "role_ids"), _names(call, "entity_ids")
    wanted = [
        assignment
        for assignment in ROLE_ASSIGNMENTS
        if (not roles or assignment.role in roles) and (not entities or assignment.channel in entities)
    ]
    ascending = (call.optional("sort_dir") or "DESC").upper() == "ASC"
    page, more = call.page(sorted(wanted, key=lambda one: one.date_create, reverse=not ascending))
    return {
        "role_assignments": [assignment.as_assignment() for assignment in page],
        "response_metadata": more["response_metadata"],
    }


def _names(call: Call, name: str) -> list[str]:
    """A list of ids, also when it came as text with commas."""
    given = call.args.get(name) or []
    return given if isinstance(given, list) else str(given).split(",")
