"""What an OpenAPI document says becomes tools: only what an admin lists, and nothing that the document itself may weaken."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.errors import ConfigError, ToolError
from bot.tooling.catalog import Catalog
from bot.tooling.context import RunContext
from bot.tooling.operations import Answered
from bot.tooling.system import System
from bot.types import Actor, Source

CONTACT = {
    "type": "object",
    "required": ["name", "id"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 40, "description": "Full   name", "example": "Durand"},
        "credit": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
        "parent": {"$ref": "#/components/schemas/Contact"},
    },
    "xml": {"name": "contact"},
}
MODERN: dict[str, Any] = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://evil.example"}],
    "paths": {
        "/contacts": {
            "get": {
                "operationId": "listContacts",
                "summary": "List  contacts",
                "parameters": [
                    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "active", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                    {"name": "session", "in": "cookie", "schema": {"type": "string"}},
                ],
            },
            "post": {
                "operationId": "createContact",
                "x-read-only": True,
                "parameters": [{"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"$ref": "#/components/requestBodies/Contact"},
            },
        },
        "/contacts/search": {"post": {"requestBody": {"content": {"application/json": {"schema": {
            "allOf": [{"$ref": "#/components/schemas/Contact"}]}}}}}},
        "/contacts/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "getContact"},
            "put": {
                "operationId": "replaceContact",
                "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Contact"}}}},
            },
            "delete": {"operationId": "deleteContact"},
        },
        "/logo": {"post": {"operationId": "upload", "requestBody": {"content": {"image/png": {}}}}},
        "/odd/{what}": {"get": {"operationId": "odd"}},
        "/outside": {"post": {"operationId": "outside", "requestBody": {"content": {"application/json": {"schema": {
            "$ref": "https://example.com/x.json"}}}}}},
        "/filter": {"get": {"operationId": "filter", "parameters": [
            {"name": "where", "in": "query", "schema": {"type": "object"}}]}},
    },
    "components": {
        "schemas": {"Contact": CONTACT},
        "requestBodies": {"Contact": {"required": True, "content": {"application/json; charset=utf-8": {"schema": {
            "$ref": "#/components/schemas/Contact"}}}}},
    },
}  # fmt: skip
OLD: dict[str, Any] = {
    "swagger": "2.0",
    "host": "evil.example",
    "basePath": "/x",
    "definitions": {"Order": {"type": "object", "required": ["lines"], "properties": {
        "lines": {"type": "array", "items": {"type": "string"}}, "note": {"type": "string", "x-nullable": True}}}},
    "paths": {"/orders/{number}": {"post": {
        "operationId": "placeOrder",
        "parameters": [
            {"name": "number", "in": "path", "required": True, "type": "integer", "minimum": 1},
            {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}},
            {"name": "kinds", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
            {"name": "order", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Order"}},
        ],
    }}},
}  # fmt: skip

Made = Callable[..., Catalog]
Asked = list[httpx.Request]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A catalog with some operations of a document."""

    def make(operations: dict[str, Any], document: dict[str, Any] | str = MODERN, **more: Any) -> Catalog:
        text = document if isinstance(document, str) else json.dumps(document)
        (tmp_path / "crm.json").write_text(text)
        entry = {"document": "crm.json", "system": "crm", "operations": operations, **more}
        sources = {"systems": {"crm": {"base_url": "http://crm.test/api/v1"}}, "openapi": {"crm": entry}}
        (tmp_path / "sources.yaml").write_text(yaml.safe_dump(sources))
        return Catalog.load(tmp_path, {})

    return make


def system(answer: Callable[[httpx.Request], httpx.Response]) -> System:
    return System("crm", {}, base_url="http://crm.test/api/v1", transport=httpx.MockTransport(answer))


def context(crm: System, **more: Any) -> RunContext:
    async def search(query: str, limit: int = 5) -> list[Source]:
        return []

    return RunContext(
        "run_1", Actor("U1"), dt.datetime(2026, 11, 3, tzinfo=dt.UTC), {crm.name: crm}, search=search, **more
    )


# ---- what becomes a tool


def test_only_what_is_listed_becomes_a_tool_and_the_document_has_no_say_in_its_effect(made: Made) -> None:
    catalog = made({
        "listContacts": None, "createContact": {"titles": {"fr": "Nouveau contact"}}, "deleteContact": None,
        "POST /contacts/search": {"name": "search_contacts", "effect": "read", "examples": ["Find Durand"]},
    })  # fmt: skip
    assert {name: tool.effect for name, tool in catalog.items()} == {
        "list_contacts": "read", "create_contact": "write", "delete_contact": "destructive", "search_contacts": "read",
    }  # fmt: skip
    assert catalog["list_contacts"].description == "List contacts"
    assert catalog["create_contact"].title("fr") == "Nouveau contact"
    assert {tool.system for tool in catalog.values()} == {"crm"}


def test_the_schema_is_of_today_small_and_without_what_the_system_fills_in(made: Made) -> None:
    contact = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 40, "description": "Full name"},
            "credit": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]},
            "parent": {"$ref": "#/$defs/Contact"},
        },
    }
    catalog = made({"createContact": None, "replaceContact": None, "POST /contacts/search": {"name": "search"}})
    assert catalog["create_contact"].schema == {
        **contact,
        "additionalProperties": False,
        "$comment": "POST /contacts",
        "$defs": {"Contact": contact},
    }
    assert catalog["replace_contact"].schema["required"] == ["id", "name"]
    assert list(catalog["replace_contact"].schema["properties"]) == ["id", "name", "credit", "parent"]
    assert catalog["search"].schema["properties"] == {"body": {"allOf": [{"$ref": "#/$defs/Contact"}]}}
    assert catalog["create_contact"].parse({"name": "Durand", "parent": {"name": "Dupont", "credit": None}})
    with pytest.raises(ToolError, match=r"parent\.name: this is needed"):
        catalog["create_contact"].parse({"name": "Durand", "parent": {}})


def test_swagger_2_becomes_the_same(made: Made) -> None:
    tool = made({"placeOrder": None}, OLD)["place_order"]
    assert tool.schema["properties"] == {
        "number": {"type": "integer", "minimum": 1},
        "tags": {"type": "array", "items": {"type": "string"}},
        "kinds": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"type": "string"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    }
    assert tool.schema["required"] == ["number", "lines"]


def test_a_big_document_gives_small_tools(made: Made) -> None:
    schemas = {
        f"S{n}": {"type": "object", "properties": {f"p{k}": {"type": "string"} for k in range(60)}} for n in range(400)
    }
    big = {**MODERN, "components": {**MODERN["components"], "schemas": {**schemas, "Contact": CONTACT}}}
    assert len(json.dumps(big)) > 500_000
    assert len(json.dumps(made({"createContact": None}, big)["create_contact"].schema)) < 1_000


@pytest.mark.parametrize(
    ("operations", "told"),
    [
        ({"createContat": None}, "createContat: the document has no operation 'createContat'; near to it: createContact"),
        ({"upload": None}, "openapi.crm: upload: it takes image/png; Baton sends JSON"),
        ({"odd": None}, "openapi.crm: odd: its path has {what}, but the document describes no such parameter"),
        ({"outside": None}, "openapi.crm: outside: the document points outside itself: https://example.com/x.json"),
        ({"filter": None}, "openapi.crm: filter: its parameter 'where' is an object outside the body"),
        ({"listContacts": {"idempotent": True}}, "it has no header for an idempotency key"),
        ({"replaceContact": {"effect": "read"}}, "PUT changes something"),
        ({"deleteContact": {"effect": "read"}}, "DELETE changes something: take `effect: read` out"),
        ({"listContacts": {"name": "List!"}}, "'List!' cannot be a tool's name"),
        ({"listContacts": {"efect": "read"}}, "openapi.crm: operations.listContacts.efect: Extra inputs are not permitted"),
        ({"listContacts": None, "getContact": {"name": "list_contacts"}}, "already has a tool of this name"),
    ],
)  # fmt: skip
def test_what_cannot_become_a_tool_stops_the_start_with_its_remedy(
    made: Made, operations: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        made(operations)
    assert "sources.yaml: " in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "is neither JSON nor YAML"),
        ("[]", "is no OpenAPI document"),
        ({"openapi": "4.0.0", "paths": {}}, "is of version '4.0.0'"),
    ],
)
def test_a_document_that_is_none_stops_the_start(made: Made, document: Any, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        made({"listContacts": None}, document)
    assert "crm.json: " in str(refused.value)
    assert told in str(refused.value)


def body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ({"parameters": [7]}, "a parameter or body in the document is no object"),
        ({"parameters": [{"name": "x", "in": "query"}]}, "its parameter 'x' has no schema"),
        ({"parameters": [{"in": "query", "schema": {}}]}, "one of its parameters has no name"),
        ({"parameters": None, "requestBody": {"content": None}}, "in a form that cannot be read"),
        (body({"$ref": "#/components/nothing"}), "points at nothing"),
        (body({"type": "file"}), "it takes a file"),
        ({"requestBody": {"$ref": "#/paths/~1x/post/requestBody"}}, "leads in a circle"),
        ({"parameters": [{"name": "x", "in": "cookie", "required": True, "schema": {}}]}, "goes into 'cookie'"),
    ],
)  # fmt: skip
def test_an_operation_of_odd_form_stops_the_start_and_says_so(made: Made, operation: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        made(
            {"POST /x": {"name": "x"}},
            {"openapi": "3.1.0", "paths": {"/x": {"post": operation}, "/y": 7, "/z": {"get": 7}}},
        )
    assert "sources.yaml: openapi.crm: POST /x: " in str(refused.value)
    assert told in str(refused.value)


def test_a_field_that_yaml_takes_for_something_else_is_named(tmp_path: Path, made: Made) -> None:
    made({"listContacts": None})
    begins = (
        "openapi: 3.1.0\npaths: {/x: {post: {responses: {200: {}}, requestBody: {content: {application/json: {schema: "
    )
    (tmp_path / "crm.yaml").write_text(begins + "{type: object, properties: {7: {type: string}}}}}}}}}\n")
    written = yaml.safe_load((tmp_path / "sources.yaml").read_text())
    written["openapi"]["crm"] |= {"document": "crm.yaml", "operations": {"POST /x": {"name": "x"}}}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(written))
    with pytest.raises(ConfigError, match="it has a field that YAML reads as 7: put its name in quotes"):
        Catalog.load(tmp_path, {})
    fields = "{on: {enum: [NO, SE]}, day: {default: 2024-01-01}, much: {minimum: 1.5}, sure: {default: true}}"
    (tmp_path / "crm.yaml").write_text(begins + "{type: object, properties: " + fields + "}}}}}}}\n")
    tool = Catalog.load(tmp_path, {})["x"]
    assert tool.schema["properties"] == {
        "on": {"enum": ["NO", "SE"]}, "day": {"default": "2024-01-01"}, "much": {"minimum": 1.5}, "sure": {"default": True},
    }  # fmt: skip
    assert tool.schema_digest


def test_what_was_approved_is_stale_when_its_request_is_another(made: Made) -> None:
    before = made({"createContact": None})["create_contact"].schema_digest
    moved = {**MODERN, "paths": {"/people": MODERN["paths"]["/contacts"]}}
    assert made({"createContact": None}, moved)["create_contact"].schema_digest != before


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "é"])
async def test_a_value_that_no_header_can_hold_is_refused_before_anything_is_sent(made: Made, value: str) -> None:
    document = json.loads(json.dumps(MODERN))
    document["paths"]["/contacts"]["get"]["parameters"] = [
        {"name": "X-Tag", "in": "header", "schema": {"type": "string"}}
    ]
    with pytest.raises(ToolError, match="X-Tag: only plain characters without line breaks"):
        await sent(made({"listContacts": None}, document), "list_contacts", {"X-Tag": value})


def test_a_document_that_changes_is_read_again(made: Made, tmp_path: Path) -> None:
    catalog = made({"listContacts": None})
    assert catalog.refresh() is False
    changed = json.dumps(MODERN).replace("List  contacts", "All contacts")
    (tmp_path / "crm.json").write_text(changed)
    assert catalog.refresh() is True
    assert catalog["list_contacts"].description == "All contacts"
    (tmp_path / "crm.json").write_text("{")
    assert catalog.refresh() is True
    assert catalog["list_contacts"].description == "All contacts"
    assert "is neither JSON nor YAML" in catalog.problems[0]


# ---- what is sent


async def sent(catalog: Catalog, name: str, arguments: dict[str, Any], **more: Any) -> httpx.Request:
    asked: Asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    async with system(answer) as crm:
        await catalog[name].call(context(crm, **more), catalog[name].parse(arguments))
    return asked[-1]


async def test_arguments_go_where_the_document_says(made: Made) -> None:
    request = await sent(
        made({"listContacts": None}), "list_contacts", {"tag": ["a&b", "é"], "ids": [1, 2], "active": True}
    )
    assert str(request.url) == "http://crm.test/api/v1/contacts?tag=a%26b&tag=%C3%A9&ids=1%2C2&active=true"
    request = await sent(made({"placeOrder": None}, OLD), "place_order",
                         {"number": 7, "tags": ["a", "b"], "kinds": ["x", "y"], "lines": ["l"], "note": None})  # fmt: skip
    assert str(request.url) == "http://crm.test/api/v1/orders/7?tags=a%2Cb&kinds=x&kinds=y"
    assert json.loads(request.content) == {"lines": ["l"], "note": None}


@pytest.mark.parametrize("value", ["a?x=1", "a#b", "%2e%2e", "%2F", "é ü"])
async def test_a_value_in_a_path_never_leaves_its_segment(made: Made, value: str) -> None:
    request = await sent(made({"getContact": None}), "get_contact", {"id": value})
    before, _, segment = request.url.raw_path.decode().rpartition("/")
    assert before == "/api/v1/contacts"
    assert not set(segment) & set("/?#")
    assert httpx.URL(f"http://x/{segment}").path == f"/{value}"


@pytest.mark.parametrize("value", ["", ".", "..", "../../admin", "a/b", "a\\b"])
async def test_a_value_that_would_change_the_path_is_refused(made: Made, value: str) -> None:
    with pytest.raises(ToolError, match=r"id: '.*' cannot be a part of an address"):
        await sent(made({"getContact": None}), "get_contact", {"id": value})


async def test_a_header_of_the_systems_own_is_no_argument(made: Made, tmp_path: Path) -> None:
    document = json.loads(json.dumps(MODERN))
    document["paths"]["/contacts"]["get"]["parameters"] = [
        {"name": "x-api-key", "in": "header", "schema": {"type": "string"}}
    ]
    assert "x-api-key" in made({"listContacts": None}, document)["list_contacts"].schema["properties"]
    written = yaml.safe_load((tmp_path / "sources.yaml").read_text())
    written["systems"]["crm"]["headers"] = {"X-Api-Key": "${KEY}"}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(written))
    assert Catalog.load(tmp_path, {"KEY": "s3cret"})["list_contacts"].schema["properties"] == {}


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-Forwarded-Host", "Proxy-Authorization", "X-Original-URL"]
)
def test_no_header_that_changes_where_or_what_a_call_is_can_be_asked_for(made: Made, name: str) -> None:
    document = json.loads(json.dumps(MODERN))
    document["paths"]["/contacts"]["get"]["parameters"] = [{"name": name, "in": "header", "schema": {"type": "string"}}]
    assert made({"listContacts": None}, document)["list_contacts"].schema["properties"] == {}


def test_an_id_cannot_pass_for_another_operation(made: Made) -> None:
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {}}, "/b": {"delete": {"operationId": "GET /a"}}}}
    found = made({"GET /a": {"name": "a"}}, document)["a"]
    assert (found.effect, found.schema["$comment"]) == ("read", "GET /a")
    del document["paths"]["/a"]
    with pytest.raises(ConfigError, match="the document has no operation 'GET /a'"):
        made({"GET /a": {"name": "a"}}, document)


def test_two_operations_of_one_id_are_told_apart_by_method_and_path(made: Made) -> None:
    document = {"openapi": "3.1.0", "paths": {f"/{n}": {"get": {"operationId": "same"}} for n in "ab"}}
    with pytest.raises(ConfigError, match="several operations of the document have this operationId"):
        made({"same": None}, document)
    assert list(made({"GET /a": {"name": "a"}, "GET /b": {"name": "b"}}, document)) == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "more", "told"),
    [
        ("/contacts/../admin", {}, "leads elsewhere than it says"),
        ("/x?y=1", {}, "leads elsewhere than it says"),
        ("https://evil.example/x", {}, "leads elsewhere than it says"),
        ("//evil.example/x", {}, "leads elsewhere than it says"),
        ("/x#/y", {}, "leads elsewhere than it says"),
        ("/%2e%2e/x", {}, "leads elsewhere than it says"),
        ("x", {}, "leads elsewhere than it says"),
        ("/x", {"parameters": [{"name": "q", "in": "query", "style": "pipeDelimited", "schema": {"type": "array"}}]},
         "is written in a style that Baton does not send"),
    ],
)  # fmt: skip
def test_what_would_be_sent_otherwise_than_it_is_shown_is_refused(
    made: Made, path: str, more: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        made({f"GET {path}": {"name": "x"}}, {"openapi": "3.1.0", "paths": {path: {"get": more}}})
    assert told in str(refused.value)


async def test_a_body_goes_as_the_kind_that_the_document_names(made: Made) -> None:
    kind = "application/merge-patch+json"
    patch = {"requestBody": {"content": {kind: {"schema": {"properties": {"a": {"$ref": "#/components/schemas/A"}, "b": {}},
                                                           "required": ["a", "b"]}}}}}  # fmt: skip
    document = {
        "openapi": "3.1.0",
        "paths": {"/x": {"patch": patch}},
        "components": {"schemas": {"A": {"readOnly": True}}},
    }
    catalog = made({"PATCH /x": {"name": "change"}}, document)
    assert list(catalog["change"].schema["properties"]) == ["b"]
    request = await sent(catalog, "change", {"b": "é"})
    assert (request.headers["Content-Type"], request.content) == (kind, '{"b": "é"}'.encode())


async def test_a_list_that_goes_with_commas_takes_none_inside(made: Made) -> None:
    with pytest.raises(ToolError, match="tags: an entry of this list cannot contain a comma"):
        await sent(made({"placeOrder": None}, OLD), "place_order", {"number": 7, "tags": ["a,b"], "lines": []})


async def test_an_idempotency_header_is_batons_own_key(made: Made) -> None:
    catalog = made({"createContact": {"idempotent": True}})
    assert catalog["create_contact"].idempotent
    request = await sent(catalog, "create_contact", {"name": "Durand"}, idempotency_key="ap_7")
    assert request.headers["Idempotency-Key"] == "ap_7"
    assert json.loads(request.content) == {"name": "Durand"}


async def test_what_was_shown_is_the_version_that_is_changed(made: Made) -> None:
    tool = made({"replaceContact": None})["replace_contact"]
    assert "If-Match" not in tool.schema["properties"]
    asked: Asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={}, headers={"ETag": '"7"'} if request.url.path.endswith("/1") else {})

    async with system(answer) as crm:
        arguments = tool.parse({"id": "1", "name": "Durand"})
        facts = await tool.facts(context(crm), arguments)
        assert facts == {"exists": True, "_version": '"7"'}
        shown = await tool.show(context(crm), arguments)
        assert shown == {"Request": "PUT /contacts/1", "What is there now": "{}"}
        assert asked.pop().method == "GET"
        await tool.call(context(crm, witness=facts, idempotency_key="ap_1"), arguments)
        assert [(r.method, r.headers.get("If-Match")) for r in asked] == [("GET", None), ("PUT", '"7"')]
        with pytest.raises(ToolError, match="gives no version of /contacts/2"):
            await tool.facts(context(crm), tool.parse({"id": "2", "name": "Durand"}))


@pytest.mark.parametrize(("status", "more"), [(200, {"Ce qui s'y trouve": '{"name": "Durand"}'}), (403, {}), (404, {})])
async def test_whoever_decides_sees_what_is_there_now(made: Made, status: int, more: dict[str, str]) -> None:
    tool = made({"deleteContact": None})["delete_contact"]
    async with system(lambda request: httpx.Response(status, json={"name": "Durand"})) as crm:
        shown = await tool.show(replace(context(crm), actor=Actor("U1", locale="fr-FR")), {"id": "1"})
    assert shown == {"Requête": "DELETE /contacts/1", **more}


# ---- what came of it


async def result(catalog: Catalog, name: str, arguments: dict[str, Any], response: httpx.Response) -> Any:
    async with system(lambda request: response) as crm:
        tool = catalog[name]
        key = None if tool.read_only else "ap_1"
        return await tool.call(context(crm, idempotency_key=key), tool.parse(arguments))


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (b"[" * 200_000, "application/json", "[" * 6_000),
        ("é".encode(), "text/plain; charset=hex", "é"),
        (b"7", "application/json; charset=nowhere", "7"),
    ],
)
async def test_an_odd_answer_to_what_was_done_is_a_receipt_all_the_same(
    made: Made, content: bytes, kind: str, told: str
) -> None:
    response = httpx.Response(201, content=content, headers={"Content-Type": kind})
    receipt = await result(made({"createContact": None}), "create_contact", {"name": "Durand"}, response)
    assert (receipt["status"], told[:1_000] in receipt["answer"]) == (201, True)


async def test_a_receipt_says_where_it_came_from_and_what_was_read_stands_alone(made: Made) -> None:
    catalog = made({"getContact": None, "createContact": None})
    answer = httpx.Response(200, json={"name": "Durand", "left_out": "words of the service"})
    assert await result(catalog, "get_contact", {"id": "1"}, answer) == {
        "answer": {"name": "Durand", "left_out": "words of the service"}
    }
    assert await result(catalog, "create_contact", {"name": "Durand"}, httpx.Response(201, json={"id": 1})) == {
        "summary": "crm: 201 Created", "system": "crm", "request": "POST /contacts", "status": 201,
        "answer": '{"id": 1}',
    }  # fmt: skip
    assert (await result(catalog, "get_contact", {"id": "1"}, httpx.Response(200, text="plain")))["answer"] == "plain"
    assert await result(catalog, "get_contact", {"id": "1"}, httpx.Response(200, content=b"x" * 6_000_000)) == {
        "left_out": "the answer is larger than 5 MB: ask for less",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (httpx.Response(404, json={"message": "no such contact"}), "(404): no such contact"),
        (httpx.Response(409, json={"error": {"message": "it exists"}}), "(409): it exists"),
        (httpx.Response(412, json={"errors": [{"x": 1}]}), '(412): [{"x": 1}]'),
        (httpx.Response(422, text="  bad\n input "), "(422): bad input"),
        (httpx.Response(429), "(429): Too Many Requests"),
    ],
)
async def test_a_refusal_is_a_promise_that_nothing_happened(made: Made, response: httpx.Response, told: str) -> None:
    with pytest.raises(ToolError) as refused:
        await result(made({"createContact": None}), "create_contact", {"name": "Durand"}, response)
    assert str(refused.value) == f"crm refused it {told}"


@pytest.mark.parametrize("status", [302, 307, 408, 500, 503])
async def test_whatever_leaves_the_effect_open_is_no_such_promise(made: Made, status: int) -> None:
    moved = {"Location": "http://evil.example/"}
    catalog = made({"createContact": None, "getContact": None})
    with pytest.raises(Answered, match=str(status)):
        await result(catalog, "create_contact", {"name": "Durand"}, httpx.Response(status, headers=moved))
    with pytest.raises(ToolError, match=f"{status}"):
        await result(catalog, "get_contact", {"id": "1"}, httpx.Response(status, headers=moved))
