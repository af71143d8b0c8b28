"""Talks Odoo's JSON-2 API (Odoo 19 and later): one POST a call, named arguments, and which failure means what.

No live Odoo was at hand: it is tested against a contract recorded from Odoo's documentation and source.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx
from _words import Words

from bot import RunContext, ToolError

READ_SECONDS = 15.0  # for all the reading of one tool call
WRITE_SECONDS = 15.0  # for the one call that writes

Row = dict[str, Any]
Domain = Sequence[Any]


class Unclear(Exception):
    """Odoo, or something before it, answered in a way from which nobody can tell whether the call took effect."""


class Odoo:
    """Odoo as one tool call sees it, and the language of the person behind that call.

    `search` is for what never changes anything; `write` is for the one call that does. A search is a POST as well, so
    `System` doesn't take it again when it fails, and neither does this: the person hears of it and asks again.
    """

    def __init__(self, ctx: RunContext) -> None:
        self._http = ctx.system("odoo")
        self.say = Words(ctx.actor.language)
        self._zone = ctx.actor.zone
        self._deadline = asyncio.get_running_loop().time() + READ_SECONDS

    async def search(
        self, model: str, domain: Domain, fields: Sequence[str], *, limit: int | None = None, order: str | None = None
    ) -> list[Row]:
        """Records of a model: amounts as `Decimal`, what is empty as `False`. Every failure is a `ToolError`."""
        found: list[Row] = await self._read(
            model, "search_read", domain=list(domain), fields=list(fields), limit=limit, order=order
        )
        return found

    def day(self, moment: str) -> dt.date:
        """The person's own day of a moment, which Odoo tells in UTC: a day begins before midnight there."""
        return dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC).astimezone(self._zone).date()

    async def user(self) -> int:
        """The id of the user to whom the key belongs."""
        return int((await self._read("res.users", "context_get"))["uid"])

    async def write(self, model: str, method: str, **arguments: Any) -> Any:
        """Call a method that changes something.

        Raises `ToolError` when it surely did not happen; `httpx.HTTPError` or `Unclear` when it may have.
        """
        answer = await self._post(model, method, arguments, WRITE_SECONDS)
        # an error of its own (500) is no refusal: what runs after the commit can fail as well
        if answer.is_client_error and (error := _error(answer)):
            raise ToolError(self._refusal(answer, error))
        return _value(answer)

    async def _read(self, model: str, method: str, **arguments: Any) -> Any:
        say, nothing = self.say, self.say("rien n'a été fait", "nothing was done")
        try:
            async with asyncio.timeout_at(self._deadline):
                answer = await self._post(model, method, arguments, READ_SECONDS)
            if error := _error(answer):
                raise ToolError(self._refusal(answer, error))
            return _value(answer)
        except (httpx.TimeoutException, TimeoutError) as slow:
            french, english = f"Odoo n'a pas répondu en {READ_SECONDS:.0f} s", "Odoo did not answer in"
            raise ToolError(say(f"{french} : {nothing}", f"{english} {READ_SECONDS:.0f} s: {nothing}")) from slow
        except httpx.HTTPError as broken:
            french, english = "la connexion à Odoo s'est rompue", "the connection to Odoo broke"
            raise ToolError(say(f"{french} : {nothing}", f"{english}: {nothing}")) from broken
        except Unclear as nonsense:
            french, english = "Odoo a donné une réponse incompréhensible", "Odoo gave an answer that makes no sense"
            raise ToolError(say.colon(say(f"{french} ({nonsense})", f"{english} ({nonsense})")) + nothing) from nonsense

    async def _post(self, model: str, method: str, arguments: Row, seconds: float) -> httpx.Response:
        context = {"lang": self._http.config["lang"]} if "lang" in self._http.config else {}
        body = {name: value for name, value in arguments.items() if value is not None} | {"context": context}
        return await self._http.post(f"json/2/{model}/{method}", json=body, timeout=seconds)

    def _refusal(self, answer: httpx.Response, error: Row) -> str:
        said = " ".join(str(error["message"]).split())[:300]
        if answer.status_code == 401:
            french = f"Odoo refuse la clé de sources.yaml ({said}) ; une clé ne vaut que trois mois : rien n'a été fait"
            english = f"Odoo refuses the key of sources.yaml ({said}); a key lasts three months: nothing was done"
            return self.say(french, english)
        return self.say(f"Odoo refuse : {said}", f"Odoo refuses: {said}")


def _error(answer: httpx.Response) -> Row | None:
    """Odoo's own account of what went wrong. Its `debug` is a traceback, and `context` nobody's business."""
    if not (answer.is_client_error or answer.is_server_error):
        return None
    try:
        body = json.loads(answer.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) and {"name", "message", "arguments"} <= body.keys() else None


def _value(answer: httpx.Response) -> Any:
    """What the method returned. Raises `Unclear` for anything that is no such answer, such as a gateway's."""
    if answer.status_code == 200:
        try:
            return json.loads(answer.content, parse_float=Decimal)
        except ValueError:
            pass
    raise Unclear(f"HTTP {answer.status_code}, {answer.headers.get('content-type', '?')}")
