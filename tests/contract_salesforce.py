"""What Salesforce promises of its REST API, as a small server: tokens, queries, rows by external id, conditions, errors.

Recorded from the REST API Developer Guide (query, sObject Rows, sObject Rows by External ID, conditional requests, status
codes and error responses) and from its help on the OAuth client credentials flow; strict, so that what Salesforce would
refuse is refused here as well. Of SOQL it knows what the tools need.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Any

from aiohttp import web

CONSUMER_KEY, CONSUMER_SECRET = "3MVG9consumer", "s3cret-of-the-app"
HOST = "mycompany.my.salesforce.com"
DATA = "/services/data/v59.0"
BOT, PAUL = "Baton", "Paul"
Row = dict[str, Any]
Reply = Callable[[web.Request, Callable[[], Awaitable[web.StreamResponse]]], Awaitable[web.StreamResponse]]


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, [{"message": message, "errorCode": code, "fields": []}]


class Contract:
    """The server and its records. `happen` makes an accident of every later call with a method to a part of the path."""

    def __init__(self) -> None:
        self.url = ""
        self.tokens: list[str] = []  # those given out; only the last one is good
        self.expired = False
        self.requests: list[tuple[str, str, Any]] = []  # those that change something: method, path, body
        self.accident: tuple[str, str, Reply] | None = None
        self.seconds = 0
        self.tables: dict[str, list[Row]] = {name: [] for name in FIELDS}
        self._fill()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/services/oauth2/token", self.token)
        app.router.add_get(f"{DATA}/query/", self.query)
        app.router.add_patch(f"{DATA}/sobjects/{{kind}}/{{name}}/{{value}}", self.upsert)
        app.router.add_patch(f"{DATA}/sobjects/{{kind}}/{{id}}", self.update)
        app.router.add_delete(f"{DATA}/sobjects/{{kind}}/{{id}}", self.delete)
        app.middlewares.append(self.serve)
        return app

    def happen(self, method: str, part: str, reply: Reply) -> None:
        self.accident = (method, part, reply)

    def now(self) -> str:
        return f"2026-11-23T09:{self.seconds // 60:02}:{self.seconds % 60:02}.000+0000"

    def change(self, kind: str, record: str, who: str = PAUL, **values: Any) -> None:
        """What somebody does in Salesforce's own pages, a second after whatever came before."""
        self.seconds += 1
        row = next(row for row in self.tables[kind] if row["Id"] == record)
        row |= values | {"LastModifiedDate": self.now(), "LastModifiedBy.Name": who}

    # ---- HTTP

    @web.middleware
    async def serve(self, request: web.Request, handler: Any) -> web.StreamResponse:
        async def answer() -> web.StreamResponse:
            try:
                return await self._answer(request, handler)
            except Refused as refused:
                return web.json_response(refused.body, status=refused.status)

        if self.accident and request.method == self.accident[0] and self.accident[1] in request.path:
            return await self.accident[2](request, answer)
        return await answer()

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.match_info.http_exception:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        if not request.path.endswith("/token"):
            if request.headers.get("Authorization") != f"Bearer {self.tokens[-1]}" or self.expired:
                raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
            if request.method == "PATCH" and request.content_type != "application/json":
                raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported content-type")
            self.seconds += 1
            if request.method != "GET":
                self.requests.append((request.method, request.path.removeprefix(DATA), await request.text()))
        return await handler(request)  # type: ignore[no-any-return]

    async def token(self, request: web.Request) -> web.StreamResponse:
        scheme, _, known = request.headers.get("Authorization", "").partition(" ")
        form = dict(await request.post())
        if form != {"grant_type": "client_credentials"}:
            return oauth_error("unsupported_grant_type", "grant type not supported")
        key, _, secret = b64decode(known).decode().partition(":")
        if scheme != "Basic" or key != CONSUMER_KEY:
            return oauth_error("invalid_client_id", "client identifier invalid")
        if secret != CONSUMER_SECRET:
            return oauth_error("invalid_client", "invalid client credentials")
        self.tokens.append(f"00Dtoken!{len(self.tokens) + 1}")
        self.expired = False
        body = {"access_token": self.tokens[-1], "instance_url": f"https://{HOST}", "token_type": "Bearer"}
        return web.json_response(body | {"signature": "c2ln", "scope": "api", "id": "x", "issued_at": "1"})

    async def query(self, request: web.Request) -> web.StreamResponse:
        records = Soql(self.tables, request.query["q"]).records()
        return web.json_response({"totalSize": len(records), "done": True, "records": records})

    async def upsert(self, request: web.Request) -> web.StreamResponse:
        kind, name, value = (request.match_info[part] for part in ("kind", "name", "value"))
        table, values = self._table(kind), self._values(kind, await request.text())
        if name not in EXTERNAL_IDS.get(kind, ()):
            told = f"Provided external ID field does not exist or is not accessible: {name}"
            raise Refused(404, "NOT_FOUND", told)
        if {"Id", name} & values.keys():
            told = f"The {name} field should not be specified in the sobject data."
            raise Refused(400, "INVALID_FIELD_FOR_INSERT_UPDATE", told)
        found = [row for row in table if row[name] == value]
        if len(found) > 1:
            return web.json_response([f"{DATA}/sobjects/{kind}/{row['Id']}" for row in found], status=300)
        if found:
            self.change(kind, found[0]["Id"], BOT, **values)
            return web.json_response({"id": found[0]["Id"], "success": True, "errors": [], "created": False})
        record = self._add(kind, **values, **{name: value})
        return web.json_response({"id": record, "success": True, "errors": [], "created": True}, status=201)

    async def update(self, request: web.Request) -> web.StreamResponse:
        kind, record = request.match_info["kind"], request.match_info["id"]
        row, values = self._row(kind, record), self._values(kind, await request.text())
        if since := request.headers.get("If-Unmodified-Since"):
            if not re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \w{3}", since):
                raise Refused(400, "INVALID_HEADER", "If-Unmodified-Since")
            if dt.datetime.fromisoformat(row["LastModifiedDate"]) > parsedate_to_datetime(since):
                return web.Response(status=412)
        if row.get("HasOpportunityLineItem"):
            values.pop("Amount", None)  # taken without a word
        self.change(kind, record, BOT, **values)
        return web.Response(status=204)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        self.tables[kind].remove(self._row(kind, request.match_info["id"]))
        return web.Response(status=204)

    # ---- records

    def _table(self, kind: str) -> list[Row]:
        if kind not in self.tables:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        return self.tables[kind]

    def _row(self, kind: str, record: str) -> Row:
        for row in self._table(kind):
            if row["Id"] == record:
                return row
        raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")

    def _values(self, kind: str, text: str) -> Row:
        try:
            values = json.loads(text)
        except ValueError:
            raise Refused(400, "JSON_PARSER_ERROR", "Unexpected character") from None
        for name in values:
            if name not in FIELDS[kind] or "." in name:
                raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")
        stage = values.get("StageName")
        if stage is not None and stage not in [one["ApiName"] for one in self.tables["OpportunityStage"]]:
            raise Refused(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"Stage: bad value: {stage}")
        return dict(values)

    def _add(self, kind: str, **values: Any) -> str:
        record = f"{PREFIXES[kind]}{len(self.tables[kind]) + 1:015}"
        stamps = {"CreatedDate": self.now(), "LastModifiedDate": self.now(), "LastModifiedBy.Name": BOT}
        if "WhatId" in values:
            whole = [row for kind in ("Account", "Opportunity") for row in self.tables[kind]]
            values["What.Name"] = next(row["Name"] for row in whole if row["Id"] == values["WhatId"])
        row = dict.fromkeys(FIELDS[kind]) | values | {"Id": record}
        self.tables[kind].append({name: value for name, value in (row | stamps).items() if name in FIELDS[kind]})
        return record

    def _fill(self) -> None:
        for name, city in (
            ("Aqualia Services", "Lyon"),
            ("Aqualia", "Nantes"),
            ("Hydrotec", "Köln"),
            ("50% Off", None),
        ):
            self._add("Account", Name=name, BillingCity=city, Phone="+33 4 00", **OWNED)
        self._add("Contact", Name="Jean Durand", Email="jean@aqualia.example", **{"Account.Name": "Aqualia"})
        for name, account, stage, amount, closed in DEALS:
            known = {"Name": name, "Account.Name": account, "StageName": stage, "Amount": amount, "IsClosed": closed}
            self._add("Opportunity", **known, CloseDate="2026-12-20", HasOpportunityLineItem=name == "Listed", **OWNED)
        for place, (name, label, active) in enumerate(STAGES):
            self._add("OpportunityStage", ApiName=name, MasterLabel=label, IsActive=active, SortOrder=place)


class Soql:
    """One query: `SELECT … FROM … WHERE … ORDER BY … LIMIT …`, with `=`, `LIKE`, `AND`, `OR` and brackets."""

    WHOLE = r"SELECT (.+?) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY ([\w, ]+?))?(?: LIMIT (\d+))?"
    WORD = r"\s*('(?:\\.|[^'\\])*'|[()=]|[\w.]+)"

    def __init__(self, tables: dict[str, list[Row]], text: str) -> None:
        found = re.fullmatch(self.WHOLE, text, re.DOTALL)
        if not found:
            raise Refused(400, "MALFORMED_QUERY", f"unexpected token in: {text}")
        fields, self.kind, condition, order, limit = found.groups()
        if self.kind not in tables:
            raise Refused(400, "INVALID_TYPE", f"sObject type '{self.kind}' is not supported.")
        self.rows = tables[self.kind]
        self.fields = [self._known(name) for name in fields.split(", ")]
        self.order = [self._known(name) for name in (order or "Id").split(", ")]
        self.limit = int(limit or 2000)
        self.words = re.findall(self.WORD, condition or "Id = Id")
        if condition and not re.fullmatch(f"(?:{self.WORD})+", condition):
            raise Refused(400, "MALFORMED_QUERY", f"unexpected token in: {condition}")
        for word in self.words:
            if re.match("[A-Za-z]", word) and word not in ("AND", "OR", "LIKE", "true", "false"):
                self._known(word)

    def records(self) -> list[Row]:
        found = [row for row in self.rows if self._holds(row)]
        found.sort(key=lambda row: [str(row[name]) for name in self.order])
        return [self._shown(row) for row in found[: self.limit]]

    def _known(self, name: str) -> str:
        if name not in FIELDS[self.kind]:
            raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on entity '{self.kind}'")
        return name

    def _holds(self, row: Row) -> bool:
        self.at = 0
        return self._either(row)

    def _next(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def _is(self, word: str) -> bool:
        if self.at < len(self.words) and self.words[self.at].upper() == word:
            self.at += 1
            return True
        return False

    def _either(self, row: Row) -> bool:
        holds = self._both(row)
        while self._is("OR"):
            holds = self._both(row) or holds
        return holds

    def _both(self, row: Row) -> bool:
        holds = self._one(row)
        while self._is("AND"):
            holds = self._one(row) and holds
        return holds

    def _one(self, row: Row) -> bool:
        if self._is("("):
            holds = self._either(row)
            assert self._is(")")
            return holds
        value, operator, wanted = row[self._known(self._next())], self._next(), self._next()
        if operator == "LIKE":
            return re.fullmatch(like(wanted[1:-1]), value or "", re.IGNORECASE | re.DOTALL) is not None
        if wanted in ("true", "false"):
            return bool(value is (wanted == "true"))
        exact = re.sub(r"\\(.)", r"\1", wanted[1:-1]) if wanted.startswith("'") else row[self._known(wanted)]
        return bool(value == exact)

    def _shown(self, row: Row) -> Row:
        shown: Row = {"attributes": {"type": self.kind, "url": f"{DATA}/sobjects/{self.kind}/{row['Id']}"}}
        for name in self.fields:
            other, _, field = name.partition(".")
            shown[other] = (
                row[name] if not field else None if row[name] is None else {"attributes": {}, field: row[name]}
            )
        return shown


def like(value: str) -> str:
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)


def oauth_error(code: str, text: str) -> web.Response:
    return web.json_response({"error": code, "error_description": text}, status=400)


PREFIXES = {"Account": "001", "Contact": "003", "Opportunity": "006", "OpportunityStage": "01J", "Task": "00T"}
OWNED = {"OwnerId": "005000000000000007", "Owner.Name": PAUL}
MODIFIED = ["CreatedDate", "LastModifiedDate", "LastModifiedBy.Name"]
FIELDS = {
    "Account": ["Id", "Name", "BillingCity", "Phone", "OwnerId", "Owner.Name", *MODIFIED],
    "Contact": ["Id", "Name", "Title", "Email", "Phone", "Account.Name", *MODIFIED],
    "Opportunity": [
        *("Id", "Name", "StageName", "Amount", "CloseDate", "IsClosed", "HasOpportunityLineItem", "Account.Name"),
        *("OwnerId", "Owner.Name", "Baton_Key__c", *MODIFIED),
    ],
    "OpportunityStage": ["Id", "ApiName", "MasterLabel", "IsActive", "SortOrder"],
    "Task": [
        *("Id", "Subject", "Description", "WhatId", "What.Name", "OwnerId", "ActivityDate", "Status", "TaskSubtype"),
        *("Baton_Key__c", *MODIFIED),
    ],
}
EXTERNAL_IDS = {"Task": ["Baton_Key__c"], "Opportunity": ["Baton_Key__c"]}
STAGES = [
    ("Prospecting", "Prospecting", True),
    ("Negotiation/Review", "Negotiation", True),
    ("Closed Won", "Won", True),
    ("Old", "Old", False),
]
DEALS: list[tuple[str, str, str, float | None, bool]] = [
    ("New plant", "Aqualia", "Prospecting", 80000.0, False),
    ("New pumps", "Hydrotec", "Prospecting", None, False),
    ("Listed", "Hydrotec", "Prospecting", 9000.5, False),
    ("Won long ago", "Aqualia", "Closed Won", 1.0, True),
]
