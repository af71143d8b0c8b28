"""Talks Salesforce's REST API through simple-salesforce: one token per process and org, and which failure means what.

No live org was at hand: it is tested against a contract recorded from Salesforce's documentation.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from _words import Words

from bot import RunContext, System, ToolError

if TYPE_CHECKING:  # the library brings SOAP and XML along: it is imported when it is needed, not at the start
    import requests
    from simple_salesforce.api import SFType
    from simple_salesforce.exceptions import SalesforceError

CONNECT_SECONDS = 5.0
SECONDS = 12.0  # until an answer begins, for each request
NEEDED = {"consumer_key", "consumer_secret", "external_id"}
MY_DOMAIN = ".my.salesforce.com"  # client credentials are exchanged there alone

Row = dict[str, Any]


class Unclear(Exception):
    """Salesforce, or something before it, answered in a way from which nobody can tell whether the call took effect."""


@dataclass
class _Access:
    """The token that all calls to one org share, and the host that takes it."""

    token: str = ""
    instance: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


_accesses: WeakKeyDictionary[System, _Access] = WeakKeyDictionary()


class Org:
    """Salesforce as one tool call sees it, and the language of the person behind that call; for threads, not for tasks.

    `query` is for what never changes anything; of `create`, `change` and `delete` each is one request that does. They
    raise `ToolError` when it surely did not happen; `OSError` (of requests) or `Unclear` when it may have.

    A token that has expired is replaced once, for reading alone. The library would do so for a change as well, but loses
    its headers on the way and never ends when the new token is refused: so it is not told how to get one.
    """

    def __init__(self, ctx: RunContext) -> None:
        self._system = ctx.system("salesforce")
        self.say = Words(ctx.actor.language)
        self._nothing = self.say("rien n'a été fait", "nothing was done")
        if lacking := NEEDED - self._system.config.keys():
            raise ToolError(f"sources.yaml: the system 'salesforce' lacks {', '.join(sorted(lacking))}")
        address = self._system.base_url
        if address.scheme != "https" or not address.host.endswith(MY_DOMAIN):
            raise ToolError(f"sources.yaml: base_url of 'salesforce' must be your own: https://mycompany{MY_DOMAIN}")
        self._domain = address.host.removesuffix(".salesforce.com")
        self.key_field = self._system.config["external_id"]
        if not re.fullmatch(r"\w+__c", self.key_field, re.ASCII):
            raise ToolError("sources.yaml: external_id of 'salesforce' must name a custom field, such as Baton_Key__c")
        self._access = _accesses.setdefault(self._system, _Access())

    def query(self, soql: str, **values: Any) -> list[Row]:
        """Records; `{name}` in the text becomes a quoted value, `{name:like}` one inside a LIKE. Amounts are `Decimal`.

        Every failure is a `ToolError`.
        """
        from simple_salesforce.api import Salesforce
        from simple_salesforce.format import format_soql

        asked = format_soql(soql, **values)

        def ask(token: str) -> Any:
            instance = self._access.instance
            client = Salesforce(session_id=token, instance=instance, session=_session(), parse_float=Decimal)
            return client.query(asked)

        return list(self._read(ask)["records"])

    def create(self, kind: str, key: str, values: Row) -> str:
        """Create a record that carries the key in its external id, unless there is one; its id comes back."""
        from simple_salesforce.format import format_external_id

        by_key = format_external_id(self.key_field, key)
        answer = self._write(kind, lambda records: records.upsert(by_key, values, raw_response=True))
        match answer.json() if answer.status_code in (200, 201) else None:
            case {"id": str(record), "success": True}:
                return record
        raise Unclear(f"HTTP {answer.status_code}, no id of a record")

    def change(self, kind: str, record: str, key: str, values: Row, *, unmodified_since: str) -> None:
        """Change fields and leave the key in the record, unless it was changed after a moment: Salesforce compares.

        The moment is a record's `LastModifiedDate`; the header that says it (weak validation) knows no less than a second.
        """
        body = {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}
        body[self.key_field] = key
        moment = format_datetime(dt.datetime.fromisoformat(unmodified_since).astimezone(dt.UTC), usegmt=True)
        condition = {"If-Unmodified-Since": moment}
        self._empty(kind, lambda records: records.update(record, body, raw_response=True, headers=condition))

    def delete(self, kind: str, record: str) -> None:
        """Put a record into the recycle bin. Salesforce takes no condition with it."""
        self._empty(kind, lambda records: records.delete(record, raw_response=True))

    def _empty(self, kind: str, ask: Callable[[SFType], Any]) -> None:
        answer = self._write(kind, ask)
        if answer.status_code != 204:
            raise Unclear(f"HTTP {answer.status_code}")

    def _write(self, kind: str, ask: Callable[[SFType], Any]) -> requests.Response:
        from simple_salesforce.api import SFType
        from simple_salesforce.exceptions import SalesforceError

        def asked(token: str) -> Any:
            return ask(SFType(kind, token, self._access.instance, session=_session()))

        try:
            answer: requests.Response = self._exchange(self._login(), asked)
        except SalesforceError as refused:
            if not _is_refusal(refused):
                raise Unclear(f"HTTP {refused.status}") from None
            raise self._refusal(refused) from None
        return answer

    def _read(self, ask: Callable[[str], Any]) -> Any:
        from simple_salesforce.exceptions import SalesforceError

        for again in (True, False):
            token = self._login()
            try:
                return self._exchange(token, ask)
            except SalesforceError as refused:
                if refused.status != 401 or not again:
                    raise self._refusal(refused) from None
                self._forget(token)
            except (OSError, Unclear) as broken:
                text = self.say("Salesforce n'a pas répondu", "no answer from Salesforce")
                raise ToolError(self.say.colon(text) + self._nothing) from broken
        raise AssertionError("the second time returns or raises")

    def _exchange(self, token: str, ask: Callable[[str], Any]) -> Any:
        """Ask once. What Salesforce refuses, it has answered (`SalesforceError`); a server error is no answer."""
        from simple_salesforce.exceptions import SalesforceError

        with self._system.attempt(Unclear):
            try:
                return ask(token)
            except SalesforceError as error:
                if error.status >= 500:
                    raise Unclear(f"HTTP {error.status}") from None
                refused = error
        raise refused

    def _login(self) -> str:
        """The token; gets one when there is none. Every failure is a `ToolError`: nothing else was asked for yet."""
        with self._access.lock:
            if not self._access.token:
                self._access.token, self._access.instance = self._logged_in()
            return self._access.token

    def _logged_in(self) -> tuple[str, str]:
        from simple_salesforce.exceptions import SalesforceAuthenticationFailed
        from simple_salesforce.login import SalesforceLogin

        known, say = self._system.config, self.say
        text = say("Salesforce a répondu à la connexion sans jeton", "Salesforce answered the login without a token")
        try:
            with self._system.attempt():
                token, instance = SalesforceLogin(
                    consumer_key=known["consumer_key"],
                    consumer_secret=known["consumer_secret"],
                    domain=self._domain,
                    session=_session(),
                )
            if token and instance:
                return token, instance
        except SalesforceAuthenticationFailed as refused:
            french, english = "Salesforce refuse la connexion", "Salesforce refuses the login"
            text = say(f"{french} ({refused.code})", f"{english} ({refused.code})")
        except OSError:
            text = say("Salesforce n'a pas répondu à la connexion", "no answer from Salesforce to the login")
        except (AttributeError, TypeError):  # what the library makes of an answer that is no object, or has no address
            pass
        raise ToolError(say.colon(text) + self._nothing)

    def _forget(self, token: str) -> None:
        with self._access.lock:
            if self._access.token == token:
                self._access.token = ""

    def _refusal(self, error: SalesforceError) -> ToolError:
        said = (
            "; ".join(f"{one['message']} ({one['errorCode']})" for one in _told(error))[:300] or f"HTTP {error.status}"
        )
        if error.status == 412:
            said = self.say("quelqu'un a modifié la fiche entre-temps", "somebody changed the record in the meantime")
        refused = self.say(f"Salesforce refuse : {said}", f"Salesforce refuses: {said}")
        return ToolError(self.say(f"{refused} : {self._nothing}", f"{refused}: {self._nothing}"))


def _session() -> requests.Session:
    """A session of its own for each exchange, since threads share none; none of its requests waits for ever."""
    import requests

    session = requests.Session()
    session.max_redirects = 0  # the API has none: whatever sends one is not Salesforce
    timeout = (CONNECT_SECONDS, SECONDS)
    session.request = functools.partial(session.request, timeout=timeout)  # type: ignore[method-assign]
    return session


def _told(error: SalesforceError) -> list[Mapping[str, Any]]:
    """Salesforce's own account of what went wrong: `[{"message": …, "errorCode": …}]`."""
    body: Any = error.content
    entries = body if isinstance(body, list) else []
    return [one for one in entries if isinstance(one, dict) and {"message", "errorCode"} <= one.keys()]


def _is_refusal(error: SalesforceError) -> bool:
    """Whether Salesforce itself says that it did nothing; a proxy's page does not."""
    if error.status == 300:  # several records have this external id
        return isinstance(error.content, list)
    if error.status == 412:  # its documented meaning is that nothing was done; its body is not documented
        return True
    return 400 <= error.status < 500 and error.status != 408 and bool(_told(error))
