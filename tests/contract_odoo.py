"""What Odoo 19 promises of its JSON-2 API, as a small server: shapes, refusals and rollback, in memory.

Recorded from the documentation ("External JSON-2 API": request, response, transaction) and from Odoo's own tests of it;
strict, so that what Odoo would refuse is refused here as well. It is no Odoo: prices, numbers and states are just enough.
"""

from __future__ import annotations

import copy
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import web

KEY = "6578616d706c65206b6579"
DATABASE = "mycompany"
BOT, PAUL = [6, "Baton"], [7, "Paul"]
EUR = [1, "EUR"]
Row = dict[str, Any]
Reply = Callable[[web.Request, Callable[[], Awaitable[web.StreamResponse]]], Awaitable[web.StreamResponse]]


class OdooError(Exception):
    """An exception of Odoo's, by its name, with the HTTP status that it leads to."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


def user_error(message: str) -> OdooError:
    return OdooError(422, "odoo.exceptions.UserError", message)


def unprocessable(message: str) -> OdooError:
    return OdooError(422, "werkzeug.exceptions.UnprocessableEntity", message)


class Contract:
    """The server and its records. `happen` makes an accident of every later call to one method."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, Row]] = []
        self.accident: tuple[str, Reply] | None = None
        self.read_only = False  # the user has no right to write
        self.seconds = 0
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in FIELDS}
        self._fill()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.serve)
        return app

    def happen(self, method: str, reply: Reply) -> None:
        self.accident = (method, reply)

    def rows(self, model: str) -> list[Row]:
        return list(self.tables[model].values())

    def change(self, model: str, record: int, who: list[Any] = PAUL, **values: Any) -> None:
        """What somebody does in Odoo's own forms."""
        self.tables[model][record] |= values | {"write_date": self.now(), "write_uid": who}

    def now(self) -> str:
        """Of this transaction; Odoo tells the second."""
        return f"2026-11-23 09:{self.seconds // 60:02}:{self.seconds % 60:02}"

    # ---- HTTP

    async def serve(self, request: web.Request) -> web.StreamResponse:
        async def answer() -> web.StreamResponse:
            return await self._answer(request)

        if self.accident and request.path.endswith("/" + self.accident[0]):
            return await self.accident[1](request, answer)
        return await answer()

    async def _answer(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Odoo-Database", DATABASE) != DATABASE:
            return web.Response(status=404, text="<p>The requested URL was not found</p>", content_type="text/html")
        if request.content_type != "application/json":
            return web.Response(status=415, text="<p>Please verify the Content-Type</p>", content_type="text/html")
        before = copy.deepcopy(self.tables)
        try:
            self.seconds += 1
            return web.json_response(self._called(request, await request.text()))
        except OdooError as error:
            self.tables = before  # one call, one transaction
            body = {
                "name": error.name,
                "message": error.message,
                "arguments": [error.message],
                "context": {},
                "debug": f"Traceback (most recent call last): bearer {KEY}",
            }
            headers = {"WWW-Authenticate": "bearer"} if error.status == 401 else {}
            return web.json_response(body, status=error.status, headers=headers)

    def _called(self, request: web.Request, text: str) -> Any:
        path = re.fullmatch(r"/json/2/([\w.]+)/(\w+)", request.path)
        if not path or request.method != "POST":
            hint = "Did you mean POST /json/2/<model>/<method>?"
            raise OdooError(404, "werkzeug.exceptions.NotFound", hint)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            told = 'User not authenticated, use the "Authorization" header'
            raise OdooError(401, "werkzeug.exceptions.Unauthorized", told)
        if key != KEY:
            raise OdooError(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
        try:
            body = json.loads(text)
        except ValueError:
            raise OdooError(400, "werkzeug.exceptions.BadRequest", "could not parse the body as json") from None
        if not isinstance(body, dict):
            raise OdooError(400, "werkzeug.exceptions.BadRequest", "could not parse the body, expecting a json object")
        model, method = path.groups()
        self.calls.append((f"{model}/{method}", body))
        return self._dispatched(model, method, **body)

    def _dispatched(self, model: str, method: str, ids: Any = (), context: Any = None, **named: Any) -> Any:
        if model not in FIELDS:
            raise OdooError(404, "werkzeug.exceptions.NotFound", f"the model '{model}' does not exist")
        if not isinstance(context or {}, dict) or set(context or {}) - {"lang"}:
            raise user_error("this contract knows no such context")
        known = {**ON_ALL, **METHODS.get(model, {})}
        if method not in known:
            raise OdooError(404, "werkzeug.exceptions.NotFound", f"The method '{model}.{method}' does not exist")
        function, of_model = known[method]
        if of_model and ids:
            raise unprocessable(f"cannot call {model}.{method} with ids")
        try:
            inspect.signature(function).bind(self, model, ids, **named)
        except TypeError as error:
            raise unprocessable(str(error)) from None
        if self.read_only and method not in ("search_read", "context_get"):
            told = f"You are not allowed to modify '{model}' records.\n\nContact your administrator if necessary."
            raise OdooError(403, "odoo.exceptions.AccessError", told)
        return function(self, model, ids, **named)

    # ---- methods

    def search_read(
        self, model: str, ids: Any, domain: Any = None, fields: Any = None, limit: Any = None, order: Any = None
    ) -> Any:
        for name in fields or []:
            self._check(model, name)
        found = [row for row in self.tables[model].values() if self._matches(model, row, domain or [])]
        for term in reversed((order or "id").split(",")):
            name, *way = term.split()
            self._check(model, name)
            found.sort(key=lambda row, name=name: row[name] or 0, reverse=way == ["desc"])  # type: ignore[misc]
        return [{"id": row["id"], **{name: row[name] for name in fields or FIELDS[model]}} for row in found[:limit]]

    def context_get(self, model: str, ids: Any) -> Any:
        return {"lang": "fr_FR", "tz": "Europe/Paris", "uid": BOT[0]}

    def create_order(self, model: str, ids: Any, vals_list: Any) -> Any:
        return [self._new_order(**self._known(model, values)) for values in vals_list]

    def action_confirm(self, model: str, ids: Any) -> Any:
        for order in (self.tables[model][record] for record in ids):
            if order["state"] not in ("draft", "sent"):
                raise user_error("Some orders are not in a state requiring confirmation.")
            self.change(model, order["id"], BOT, state="sale")
        return True

    def action_cancel(self, model: str, ids: Any) -> Any:
        for record in ids:
            self.change(model, record, BOT, state="cancel")
        return True

    # ---- records

    def _new_order(self, partner_id: int, order_line: Any, client_order_ref: Any = False) -> int:
        record = len(self.tables["sale.order"]) + 41
        stamps = {"create_date": self.now(), "write_date": self.now(), "create_uid": BOT, "write_uid": BOT}
        total = 0.0
        for command, zero, values in order_line:
            assert (command, zero) == (0, 0)
            known = self._known("sale.order.line", values)
            product = self.tables["product.product"][known["product_id"]]
            price = product["lst_price"] * (0.9 if partner_id == 2 else 1)  # a price list of this customer's own
            total += price * known["product_uom_qty"]
            self._add(
                "sale.order.line",
                order_id=[record, f"S000{record}"],
                product_id=[product["id"], product["display_name"]],
                product_uom_qty=known["product_uom_qty"],
                price_unit=price,
                display_type=False,
                sequence=10,
                **stamps,
            )
        customer = self.tables["res.partner"][partner_id]
        self.tables["sale.order"][record] = blank("sale.order") | {
            "id": record,
            "name": f"S000{record}",
            "state": "draft",
            "partner_id": [partner_id, customer["display_name"]],
            "client_order_ref": client_order_ref,
            "date_order": self.now(),
            "amount_untaxed": round(total, 2),
            "currency_id": EUR,
            **stamps,
        }
        return record

    def _known(self, model: str, values: Mapping[str, Any]) -> Row:
        for name in values:
            if name not in FIELDS[model]:
                raise OdooError(500, "builtins.ValueError", f"Invalid field '{name}' in '{model}'")
        return dict(values)

    def _add(self, model: str, **values: Any) -> int:
        record = len(self.tables[model]) + 1
        self.tables[model][record] = blank(model) | values | {"id": record}
        return record

    def _check(self, model: str, name: str) -> None:
        if name not in (*FIELDS[model], "id"):
            raise OdooError(500, "builtins.ValueError", f"Invalid field '{name}' on '{model}'")

    def _matches(self, model: str, row: Row, domain: Any) -> bool:
        terms = iter(domain)
        results = []
        while (term := next(terms, None)) is not None:
            results.append(self._term(model, row, term, terms))
        return all(results)

    def _term(self, model: str, row: Row, term: Any, terms: Iterator[Any]) -> bool:
        if term in ("|", "&"):
            left, right = (self._term(model, row, next(terms), terms) for _ in (1, 2))
            return left or right if term == "|" else left and right
        path, operator, value = term
        found = self._at(model, row, path)
        if path.startswith("order_line."):  # of any of them
            assert operator == "in"
            return bool({*found} & {*value})
        number = found[0] if isinstance(found, list) else found
        match operator:
            case "=":
                return bool(number == value)
            case "!=":
                return bool(number != value)
            case "in":
                return number in value
            case "child_of":
                parent = self.tables["res.partner"][number]["parent_id"] if number else False
                return value in (number, parent[0] if parent else None)
            case "ilike":
                text = found[1] if isinstance(found, list) else found
                return bool(text) and re.search(pattern(value), text, re.IGNORECASE) is not None
        raise OdooError(500, "builtins.ValueError", f"Invalid operator {operator}")

    def _at(self, model: str, row: Row, path: str) -> Any:
        name, _, rest = path.partition(".")
        self._check(model, name)
        if name == "order_line":
            lines = [line for line in self.tables["sale.order.line"].values() if line["order_id"][0] == row["id"]]
            return [self._at("sale.order.line", line, rest)[0] for line in lines]
        if not rest:
            return row[name]
        other = RELATED[name]
        return self._at(other, self.tables[other][row[name][0]], rest) if row[name] else False

    def _fill(self) -> None:
        for name, city, parent, mail in PARTNERS:
            known = self.tables["res.partner"]
            full = f"{known[parent]['name']}, {name}" if parent else name
            self._add(
                "res.partner",
                name=name,
                display_name=full,
                complete_name=full,
                city=city,
                is_company=not parent,
                parent_id=[parent, known[parent]["name"]] if parent else False,
                email=mail,
            )
        for code, name, price, stock in PRODUCTS:
            values = {"qty_available": stock, "free_qty": stock - 10, "virtual_available": stock + 5.5}
            shown = f"[{code}] {name}" if code else name
            known = {"default_code": code, "name": name, "display_name": shown, "lst_price": price, "sale_ok": True}
            self._add("product.product", **known, **values, currency_id=EUR, uom_id=[1, "Units"])
        for name, won in (("New", False), ("Proposition", False), ("Won", True)):
            self._add("crm.stage", name=name, is_won=won)
        for name, partner, stage, revenue in LEADS:
            customer = [partner, self.tables["res.partner"][partner]["name"]]
            known = {"name": name, "type": "opportunity", "partner_id": customer, "expected_revenue": revenue}
            stage_id = [stage, self.tables["crm.stage"][stage]["name"]]
            self._add("crm.lead", **known, stage_id=stage_id, company_currency=EUR, probability=40.0, user_id=PAUL)


def pattern(value: str) -> str:
    """What PostgreSQL makes of an ILIKE value: `%` and `_` are wildcards unless a backslash stands before them."""
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)


def blank(model: str) -> Row:
    return dict.fromkeys(FIELDS[model], False)


WRITTEN = ["create_date", "write_date", "create_uid", "write_uid"]
FIELDS = {
    "res.partner": [
        *("name", "display_name", "complete_name", "email", "phone", "city", "is_company", "parent_id"),
    ],
    "product.product": [
        *("default_code", "name", "display_name", "lst_price", "currency_id", "uom_id", "sale_ok"),
        *("qty_available", "free_qty", "virtual_available"),
    ],
    "sale.order": [
        *("name", "state", "partner_id", "client_order_ref", "date_order", "commitment_date", "delivery_status"),
        *("amount_untaxed", "currency_id", "order_line", *WRITTEN),
    ],
    "sale.order.line": [
        *("order_id", "product_id", "product_uom_qty", "price_unit", "display_type", "sequence", *WRITTEN),
    ],
    "crm.stage": ["name", "is_won"],
    "crm.lead": [
        *("name", "type", "partner_id", "stage_id", "expected_revenue", "company_currency", "probability"),
        *("date_deadline", "user_id"),
    ],
    "res.users": ["name"],
}
RELATED = {"stage_id": "crm.stage", "partner_id": "res.partner"}
ON_ALL = {"search_read": (Contract.search_read, True)}
METHODS: dict[str, Any] = {
    "sale.order": {
        "create": (Contract.create_order, True),
        "action_confirm": (Contract.action_confirm, False),
        "action_cancel": (Contract.action_cancel, False),
    },
    "res.users": {"context_get": (Contract.context_get, True)},
}
PARTNERS: list[tuple[str, Any, int, Any]] = [
    ("Aqualia Services", "Lyon", 0, "contact@aqualia.example"),
    ("Brasserie du Nord", "Lille", 0, False),
    ("Jean Durand", "Lille", 2, "jean@brasserie.example"),
    ("Aqualia", "Nantes", 0, False),
    ("100% Bio", False, 0, False),
    ("1000 Bio", False, 0, False),
]
PRODUCTS: list[tuple[Any, str, float, float]] = [
    ("PMP-100", "Centrifugal pump 100", 450.0, 34.0),
    ("PMP-200", "Centrifugal pump 200", 690.5, 120.0),
    ("KIT-SRV", "Service kit", 89.0, 12.5),
    (False, "Advice", 120.0, 0.0),
]
LEADS = [("New plant", 1, 1, 80000.0), ("Spare parts", 2, 2, 125000.5), ("Old pump", 4, 3, 9000.0)]
