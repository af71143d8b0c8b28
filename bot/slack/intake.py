"""Takes what comes over the wire, whatever it is: what can be read goes to Bolt, everything else is refused and logged.

What is refused has no effect and is not acknowledged, so that whoever pressed something sees that it was not taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import at_hand
from bot.slack.workspaces import Workspaces
from bot.types import Json

EXCERPT = 200  # characters of what is refused that the log shows
KINDS = frozenset({"events_api", "interactive", "slash_commands"})
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

log = structlog.get_logger()

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Sent:
    """One envelope of Socket Mode."""

    id: str
    kind: str
    payload: Mapping[str, Json]
    headers: Headers


class Intake:
    """The way from the wire to Bolt."""

    def __init__(self, bolt: AsyncApp, workspaces: Workspaces) -> None:
        self._bolt = bolt
        self._workspaces = workspaces

    async def envelope(self, message: Mapping[str, Json]) -> Json | None:
        """Take a message of Socket Mode; what acknowledges it comes back, or `None`."""
        sent = _sent(message)
        if sent is None:
            log.warning("an envelope that cannot be read is ignored", envelope=_excerpt(message))
            return None
        response = await self.take(sent.payload, sent.headers)
        if response is None or response.status != 200:
            return None
        content = _content(response)
        return {"envelope_id": sent.id} | ({} if content is None else {"payload": content})

    async def take(self, body: Mapping[str, Json], headers: Headers) -> BoltResponse | None:
        """Give it to Bolt; `None` when Bolt cannot even begin with it."""
        try:
            response = await self._dispatched(body, headers)
        except Exception:  # the second broad catch: the wire ends here, and Bolt trips over whatever is oddly shaped
            log.exception("a payload that Bolt cannot read is refused", payload=_excerpt(body))
            return None
        if response is None:
            log.warning("a payload of a workspace without Baton is refused", payload=_excerpt(body))
            return None
        if response.status == 404 and body.get("type") == "event_callback":
            return BoltResponse(status=200)  # nobody listens to it: Slack need not send it three times more
        if response.status != 200:
            log.warning("a payload is not acknowledged", status=response.status, payload=_excerpt(body))
        return response

    async def _dispatched(self, body: Mapping[str, Json], headers: Headers) -> BoltResponse | None:
        """What comes of it in the workspace to which it belongs; `None` when Baton is not installed there."""
        request = AsyncBoltRequest(mode="socket_mode", body=dict(body), headers=dict(headers))
        if body.get("type") == "url_verification":
            return await self._bolt.async_dispatch(request)
        team = self._workspaces.admit(request.context)
        if team is None:
            return None
        request.body.update(self._workspaces.as_own(team, body))
        with at_hand.working_for(team):
            return await self._bolt.async_dispatch(request)


def _sent(message: Mapping[str, Json]) -> Sent | None:
    id, kind, payload = message.get("envelope_id"), message.get("type"), message.get("payload")
    if not (isinstance(id, str) and isinstance(kind, str) and kind in KINDS and isinstance(payload, dict)):
        return None
    headers = {
        header: str(message[name])
        for name, header in (("retry_attempt", "x-slack-retry-num"), ("retry_reason", "x-slack-retry-reason"))
        if isinstance(message.get(name), int | str)
    }
    return Sent(id, kind, payload, headers)


def _content(response: BoltResponse) -> Json | None:
    """What Bolt answers, as Socket Mode carries it."""
    if not response.body:
        return None
    if response.headers.get("content-type", [""])[0].startswith(JSON):
        return json.loads(response.body)
    return {"text": response.body}


def read_message(raw: str) -> dict[str, Json] | None:
    """A frame of Socket Mode; `None` when it is not a JSON object."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        log.warning("a frame that is not a JSON object is ignored", frame=raw[:EXCERPT], characters=len(raw))
        return None
    return message


def read_body(body: bytes, content_type: str) -> dict[str, Json] | None:
    """The body of an HTTP request: an object in JSON, a form with one as `payload`, or a plain form."""
    try:
        text = body.decode("utf-8")
        form: dict[str, Json] = {} if content_type == JSON else dict(parse_qsl(text, keep_blank_values=True))
        read: Any = json.loads(form.get("payload", text)) if content_type == JSON or "payload" in form else form
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or not read:
        log.warning("a body that cannot be read is refused", body=body[:EXCERPT], content_type=content_type)
        return None
    return read


def _excerpt(value: Mapping[str, Json]) -> str:
    """The beginning of something odd, for the log."""
    try:
        return repr(value)[:EXCERPT]
    except RecursionError:
        return "an object that is nested too deeply"
