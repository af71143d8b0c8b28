"""What a request to the control API names: a person, a channel, a message of theirs; or why there is no such thing."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from .company import CHANNELS, GROUPS, PEOPLE, Channel, Group, Json, Person
from .state import Message, State


class Refused(Exception):
    """The request names something that is not there, or that this person cannot see or do."""


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a request got wrong into a 404 that says so."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": str(refused)}, status=404)


async def body_of(request: web.Request) -> Json:
    try:
        body = await request.json()
    except json.JSONDecodeError as error:
        raise Refused(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused("the body is not an object")
    return body


def person_of(fields: Mapping[str, Any]) -> Person:
    person = PEOPLE.get(str(fields.get("person")))
    if person is None:
        raise Refused("person_not_found")
    return person


def channel_of(fields: Mapping[str, Any], person: Person) -> Channel:
    channel = CHANNELS.get(str(fields.get("channel")))
    if channel is None or person.id not in channel.people:
        raise Refused("channel_not_found")
    return channel


def message_of(fields: Mapping[str, Any], person: Person, state: State) -> Message:
    """The message at `ts`, if that person sees it."""
    message = state.message(channel_of(fields, person).id, str(fields.get("ts")))
    if message is None or message.seen_by not in (None, person.id):
        raise Refused("message_not_found")
    return message


def own_message_of(fields: Mapping[str, Any], person: Person, state: State) -> Message:
    message = message_of(fields, person, state)
    if message.body.get("user") != person.id:
        raise Refused("not_your_message")
    return message


def group_of(fields: Mapping[str, Any]) -> Group:
    handle = str(fields.get("handle")).removeprefix("@")
    found = next((group for group in GROUPS.values() if group.handle == handle), None)
    if found is None:
        raise Refused("group_not_found")
    return found
