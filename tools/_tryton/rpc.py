"""Talks JSON-RPC to Tryton: one login per process and server, Tryton's own encoding, and which failure means what."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import httpx
from _words import Words

from bot import RunContext, System, ToolError

READ_SECONDS = 15.0  # for all the reading of one tool call
WRITE_SECONDS = 15.0  # for the one call that writes


class Unclear(Exception):
    """The server said something after a write from which nobody can tell whether it happened."""


class Refused(ToolError):
    """Tryton declined in its own words; it has rolled everything back."""


class Warned(Refused):
    """Tryton asks "are you sure?". Only a person may answer, so this never says yes."""


@dataclass
class _Session:
    """A login that all calls to one server share."""

    authorization: str = ""
    user: int = 0
    context: dict[str, Any] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_sessions: WeakKeyDictionary[System, _Session] = WeakKeyDictionary()


class Tryton:
    """The ERP as one tool call sees it, and the language of the person behind that call.

    `read` is for what never changes anything; `write` is for the one call that does.
    """

    def __init__(self, ctx: RunContext) -> None:
        self._http = ctx.system("tryton")
        self.say = Words(ctx.actor.language)
        if lacking := {"database", "login", "password"} - self._http.config.keys():
            raise ToolError(f"sources.yaml: the system 'tryton' lacks {', '.join(sorted(lacking))}")
        self._session = _sessions.setdefault(self._http, _Session())
        self._deadline = asyncio.get_running_loop().time() + READ_SECONDS

    async def read(self, method: str, *args: Any, **context: Any) -> Any:
        """Call a method that changes nothing. Every failure is a `ToolError`."""
        async with self._harmless():
            return _result(await self._call(method, args, context, READ_SECONDS), self.say)

    async def write(self, method: str, *args: Any, **context: Any) -> Any:
        """Call a method that changes something.

        Raises `ToolError` when it surely did not happen; `httpx.HTTPError` or `Unclear` when it may have.
        """
        return _result(await self._call(method, args, context, WRITE_SECONDS), self.say)

    async def search(self, model: str, domain: list[Any], fields: list[str], limit: int | None = None) -> list[Any]:
        """Records of a model; dotted fields come nested under `"name."`."""
        found: list[Any] = await self.read(f"model.{model}.search_read", domain, 0, limit, None, fields)
        return found

    async def user(self) -> int:
        """The id of the user that we log in as."""
        async with self._harmless():
            await self._login()
        return self._session.user

    async def _call(
        self, method: str, args: tuple[Any, ...], context: dict[str, Any], seconds: float
    ) -> httpx.Response:
        for _ in (1, 2):
            async with self._harmless():
                used = await self._login()
            answer = await self._post(method, [*args, {**self._session.context, **context}], seconds, used)
            if answer.status_code not in (401, 403):
                return answer
            # an expired session is refused before anything is done, so the same call may go again
            if self._session.authorization == used:
                self._session.authorization = ""
        login = self._http.config["login"]
        french = f"l'ERP refuse « {method} » à l'utilisateur « {login} » : rien n'a été fait"
        raise ToolError(self.say(french, f"the ERP refuses '{method}' to the user '{login}': nothing was done"))

    @asynccontextmanager
    async def _harmless(self) -> AsyncIterator[None]:
        """What happens in here changes nothing in the ERP, so each failure is a `ToolError` in plain words."""
        say, nothing = self.say, self.say("rien n'a été fait", "nothing was done")
        try:
            async with asyncio.timeout_at(self._deadline):
                yield
        except (httpx.TimeoutException, TimeoutError) as slow:
            text = say(
                f"l'ERP n'a pas répondu en {READ_SECONDS:.0f} s", f"the ERP did not answer in {READ_SECONDS:.0f} s"
            )
            raise ToolError(f"{text}: {nothing}") from slow
        except httpx.HTTPError as broken:
            text = say("la connexion à l'ERP s'est rompue", "the connection to the ERP broke")
            raise ToolError(f"{text} ({broken}): {nothing}") from broken
        except Unclear as nonsense:
            text = say("l'ERP a donné une réponse incompréhensible", "the ERP gave an answer that makes no sense")
            raise ToolError(f"{text} ({nonsense}): {nothing}") from nonsense

    async def _login(self) -> str:
        """The session's authorization; logs in when there is none."""
        async with self._session.lock:
            if not self._session.authorization:
                options = self._http.config
                secret = {"password": options["password"]}
                answer = await self._post("common.db.login", [options["login"], secret], READ_SECONDS)
                user, token = _login_result(answer, self.say)
                known = base64.b64encode(f"{options['login']}:{user}:{token}".encode()).decode()
                authorization = f"Session {known}"
                answer = await self._post("model.res.user.get_preferences", [True, {}], READ_SECONDS, authorization)
                self._session.context = _result(answer, self.say)
                self._session.user = user
                self._session.authorization = authorization
            return self._session.authorization

    async def _post(self, method: str, params: list[Any], seconds: float, authorization: str = "") -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        body = json.dumps({"id": 1, "method": method, "params": params}, default=_encoded)
        path = f"/{self._http.config['database']}/rpc/"
        return await self._http.post(path, content=body, headers=headers, timeout=seconds)


def _login_result(answer: httpx.Response, say: Words) -> tuple[int, str]:
    """User id and token. Raises `ToolError` when the login is refused, `Unclear` when the answer makes no sense."""
    if answer.status_code == 429:
        french = "trop d'essais de connexion à l'ERP, il faut attendre une minute : rien n'a été fait"
        raise ToolError(say(french, "too many attempts to log in to the ERP, wait a minute: nothing was done"))
    if answer.status_code in (401, 403):
        french = "l'ERP refuse l'identifiant ou le mot de passe donnés dans sources.yaml : rien n'a été fait"
        raise ToolError(say(french, "the ERP refuses the login or password of sources.yaml: nothing was done"))
    match _result(answer, say):
        case [int(user), str(token), *_]:
            return user, token
    raise Unclear("no session")


def _result(answer: httpx.Response, say: Words) -> Any:
    """What the server returned. Raises `Refused` for its refusals and `Unclear` for anything that is no answer."""
    try:
        body = json.loads(answer.content, object_hook=_decoded)
    except (ValueError, KeyError, TypeError):
        body = None
    if answer.status_code != 200 or not isinstance(body, dict) or not {"result", "error"} & body.keys():
        raise Unclear(f"HTTP {answer.status_code}, {answer.headers.get('content-type', '?')}")
    if "error" in body:
        raise _error(body["error"], say)
    return body["result"]


def _error(error: Any, say: Words) -> Exception:
    match error:
        case ["UserError", [str(message), *rest]]:
            return Refused(say("l'ERP refuse : ", "the ERP refuses: ") + _text(message, rest))
        case ["UserWarning", [_, str(message), *rest]]:
            return Warned(say("l'ERP demande confirmation : ", "the ERP asks to confirm: ") + _text(message, rest))
        case ["ConcurrencyException", *_]:
            french = "l'ERP refuse : quelqu'un a modifié la fiche entre-temps"
            return Refused(say(french, "the ERP refuses: somebody changed the record in the meantime"))
        case ["LoginException", *_]:
            return Refused(say("l'ERP refuse la connexion", "the ERP refuses the login"))
    return Unclear(str(error)[:200])


def _text(message: str, rest: list[Any]) -> str:
    """A message and, when there is one, its description."""
    return " ".join([message, *(str(part) for part in rest[:1] if part)])


def _encoded(value: object) -> dict[str, Any]:
    match value:
        case dt.datetime():
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            return {"__class__": "datetime", **{part: getattr(value, part) for part in parts}}
        case dt.date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case dt.timedelta():
            return {"__class__": "timedelta", "seconds": value.total_seconds()}
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
    raise TypeError(f"Tryton has no {type(value).__name__}")


def _decoded(value: dict[str, Any]) -> Any:
    match value.pop("__class__", None):
        case "Decimal":
            return Decimal(value["decimal"])
        case "date":
            return dt.date(**value)
        case "datetime":
            return dt.datetime(**value)
        case "timedelta":
            return dt.timedelta(seconds=value["seconds"])
    return value
