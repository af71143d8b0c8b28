"""What a model says is told apart from what has happened: claims are found, sober sentences pass, a yes is only a yes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.agents.assent import assents
from bot.agents.claims import claim_of
from bot.models.offline.answer import tell
from bot.models.offline.skills import Skill, skill
from bot.tooling.catalog import CONSEQUENTIAL
from tests.measure_claims import Part, corpus, paragraphs

# How many of the held-out sentences are judged right; `python -m tests.measure_claims` lists the others.
FLOORS: dict[Part, dict[str, int]] = {
    "held_out": {"claims-fr": 8, "claims-en": 11, "passes-fr": 10, "passes-en": 9, "assents": 4, "others": 5},
    "held_out_2": {"claims-fr": 33, "claims-en": 33, "passes-fr": 25, "passes-en": 25},  # of 35, 35, 25, 25
}


@pytest.mark.parametrize("kind", ["claims-fr", "claims-en", "passes-fr", "passes-en", "assents", "others"])
def test_every_sentence_of_the_tuned_corpus_is_judged_right(kind: str) -> None:
    assert [text for k, text, good in corpus("tuned") if k == kind and not good] == []


@pytest.mark.parametrize("part", FLOORS)
def test_unseen_sentences_are_judged_no_worse_than_measured(part: Part) -> None:
    floor = FLOORS[part]
    right = dict.fromkeys(floor, 0)
    for kind, _, good in corpus(part):
        right[kind] += good
    assert {kind: right[kind] for kind in floor if right[kind] < floor[kind]} == {}


def test_a_sentence_listed_as_missed_is_still_missed() -> None:
    assert [text for _, text, good in corpus("missed") if good] == []


def test_no_paragraph_of_the_shipped_documents_is_a_claim() -> None:
    assert [claim for text in paragraphs() if (claim := claim_of(text))] == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "status", ["rejected", "expired", "failed", "unknown", "withdrawn", "denied", "pending", "superseded"]
)
def test_the_offline_assistant_claims_nothing_that_was_not_executed(language: Any, status: str) -> None:
    assert claim_of(tell(json.dumps({"status": status}), "", consequential(), language, None)) is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_offline_assistant_says_done_in_words_that_are_found(language: Any) -> None:
    assert claim_of(tell(json.dumps({"status": "executed"}), "", consequential(), language, None)) is not None


def consequential() -> Skill:
    parameters = {"type": "object", "properties": {}}
    description = f"Make a thing.\n\n{CONSEQUENTIAL}"
    return skill(
        {"type": "function", "function": {"name": "make", "description": description, "parameters": parameters}}
    )


def test_the_first_claim_comes_back_as_a_plain_sentence() -> None:
    text = "Il reste **40** pompes.\n\n- Aucun ordre n'existait.\n- J’ai _bien_ créé l'ordre `PROD-7`. C'est fait."
    assert claim_of(text) == "J'ai bien créé l'ordre PROD-7."


@pytest.mark.parametrize(
    "written",
    [
        "The\u00a0order has\u202fbeen created.",
        "The order has __been__ ~created~.",
        "The or\u200bder has been cre\u00adated.",
        "THE ORDER HAS BEEN CREATED.",
        "## The order\nhas been created.",
        "The order [PROD-7](https://erp/7) has been created.",
    ],
)
def test_typography_hides_no_claim(written: str) -> None:
    assert claim_of(written) is not None


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "```\nThe order has been created.\n```", "> Done.\n> The order has been created.", "« C'est fait. »"],
)
def test_nothing_and_the_words_of_others_are_no_claims(text: str) -> None:
    assert claim_of(text) is None


@pytest.mark.parametrize("text", ["```\nThe order has been created.", "See ``` here.\n\nThe order has been created."])
def test_a_mark_of_code_that_is_never_closed_hides_nothing(text: str) -> None:
    assert claim_of(text) == "The order has been created."


@pytest.mark.parametrize("before", ["Parfait ! ", "Voilà, ", "C'est bon : ", "Très bien. Parfait. "])
def test_a_state_behind_an_answer_to_an_order_is_a_claim_and_alone_it_is_a_fact(before: str) -> None:
    assert claim_of("La facture INV-2001 est soldée.") is None
    assert claim_of(before + "La facture INV-2001 est soldée.") is not None


def test_a_verb_in_no_table_counts_where_somebody_says_i_did_it() -> None:
    assert claim_of("I have defenestrated the record.") is not None
    assert claim_of("Claire defenestrated the record.") is None


def test_a_denial_does_not_cover_the_claim_beside_it() -> None:
    assert claim_of("Nothing was missing. I did not call anybody, but I cancelled the order.") == (
        "I did not call anybody, but I cancelled the order."
    )


@pytest.mark.parametrize("before", [10, 200, 2_000])
def test_a_claim_is_found_at_the_end_of_a_sentence_without_end(before: int) -> None:
    assert claim_of("well created " * before + ", I have cancelled the order") is not None


WORDS = [
    *(
        "I",
        "j'",
        "ai",
        "have",
        "been",
        "été",
        "created",
        "créé",
        "and",
        "et",
        "if",
        "si",
        "n't",
        "pas",
        "the",
        "la",
        "order",
    ),
    *(",", ".", "?", ":", "-", "\n", "[1]", "«", "»", "```", ">", "✅", "on", "3", "May", "c'est", "fait"),
]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)))
def test_any_text_is_judged_and_a_claim_is_a_part_of_it(text: str) -> None:
    claim = claim_of(text)
    assert claim is None or claim == claim.strip() != ""
    assert assents(text) in (True, False)


@pytest.mark.parametrize(
    "text", ["La place 4 est prise.", "Place 4 is taken.", "Places prises : 4, 7", "Taken: place 4"]
)
def test_what_is_taken_is_a_state_that_a_look_up_found(text: str) -> None:
    assert claim_of(text) is None
    assert claim_of("Votre place est prise.") is not None
