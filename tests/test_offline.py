"""The offline assistant keeps its promises with tools that its code has never seen."""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.models.offline
from bot import RunContext, tool
from bot.agents.claims import claims_in
from bot.models.model import DATA
from bot.models.offline import Offline, split_description
from bot.models.offline.dates import days
from bot.reasons import because
from bot.slack.words import cause
from bot.tooling.catalog import Catalog, describe
from tests.house import BANK_TOOLS

TODAY = dt.date(2026, 11, 22)  # a Sunday


class Priority(enum.StrEnum):
    low = "low"
    normal = "normal"
    high = "high"


@tool(
    read_only=True,
    examples=[
        "Combien de PMP-200 sont libres ?",
        "How many PMP-100 do we have in stock?",
        "Stock de SUB-MOT au 15 janvier",
    ],
)
def stock_level(ctx: RunContext, product: str, date: dt.date | None = None) -> dict[str, Any]:
    """Say how many of a product are in stock in each warehouse, and how many are free at a date.

    Args:
        product: Product code, such as PMP-200.
        date: Day of the forecast; today when left out.
    """
    return {}


@tool(
    read_only=True,
    examples=["Peut-on livrer 120 PMP-200 d'ici le 20 décembre ?", "Can we deliver 40 PMP-100 by 15 January?"],
)
def delivery_check(ctx: RunContext, product: str, quantity: int, date: dt.date) -> dict[str, Any]:
    """Say whether a quantity can be delivered by a date: free stock, what must be made, parts that are short.

    Args:
        product: Product code, such as PMP-200.
        quantity: How many are wanted.
        date: Day by which they are wanted.
    """
    return {}


@tool(read_only=True, examples=["Quels clients avons-nous à Lyon ?", "Find the customer Brasserie du Nord"])
def customer_lookup(ctx: RunContext, query: str) -> dict[str, Any]:
    """Find customers by part of their name or their town.

    Args:
        query: Part of the customer's name, or a town.
    """
    return {}


@tool(
    read_only=True,
    examples=["Quelles commandes sont en cours pour Aqualia ?", "Which orders are still open for PMP-300?"],
)
def open_orders(ctx: RunContext, customer: str = "", product: str = "") -> dict[str, Any]:
    """List quotations and orders that are not yet delivered.

    Args:
        customer: Part of the customer's name.
        product: Product code, such as PMP-200.
    """
    return {}


@tool(read_only=True, examples=["Qui peut approuver une commande ?", "What are the delivery terms?"])
def handbook(ctx: RunContext, question: str) -> dict[str, Any]:
    """Search the company's handbook: rules, sales terms, HR, IT and safety pages.

    Args:
        question: The question, in French or English.
    """
    return {}


@tool(
    examples=[
        "Lance la production de 96 PMP-200 pour le 11 décembre",
        "Create a production order for 40 PMP-100 by 15 January",
        "Fabrique 20 SUB-MOT pour vendredi",
    ]
)
def make_production(
    ctx: RunContext, product: str, quantity: int, date: dt.date, warehouse: Literal["WH", "WH-LIL"] = "WH"
) -> dict[str, Any]:
    """Create a draft production order.

    Args:
        product: Product code, such as PMP-200.
        quantity: How many to make.
        date: Day on which they must be ready.
        warehouse: WH is Lyon, WH-LIL is Lille.
    """
    return {}


@tool(examples=["Crée un devis pour Aqualia : 10 PMP-100", "Prepare a quotation for Brasserie du Nord, 12 PMP-200"])
def make_quotation(ctx: RunContext, customer: str, product: str, quantity: int) -> dict[str, Any]:
    """Create a draft quotation for a customer.

    Args:
        customer: The customer's name.
        product: Product code, such as PMP-200.
        quantity: How many.
    """
    return {}


@tool(read_only=True, examples=["La salle Turing est-elle libre demain ?", "Which rooms are free on Friday?"])
def room_calendar(ctx: RunContext, date: dt.date, room: str = "") -> dict[str, Any]:
    """Show which meeting rooms are free on a day.

    Args:
        date: The day.
        room: Name of one room.
    """
    return {}


@tool(examples=["Réserve la salle Turing pour 8 personnes le 3 décembre", "Book room Lovelace tomorrow for 4 people"])
def book_room(ctx: RunContext, room: str, date: dt.date, people: int) -> dict[str, Any]:
    """Book a meeting room.

    Args:
        room: Name of the room.
        date: The day.
        people: How many people come.
    """
    return {}


@tool(examples=["Rembourse 120,50 € sur la facture INV-1042", "Refund invoice INV-2001 for 80 EUR because it was late"])
def give_back(ctx: RunContext, invoice: str, amount: Decimal, reason: str = "") -> dict[str, Any]:
    """Refund part or all of a paid invoice.

    Args:
        invoice: Invoice number, such as INV-1042.
        amount: Amount to refund, in the invoice's own currency.
        reason: Shown to the customer on the credit note.
    """
    return {}


@tool(examples=["Ouvre un ticket : l'imprimante est en panne", "Open a high priority ticket: the door does not close"])
def open_ticket(ctx: RunContext, title: str, priority: Priority = Priority.normal) -> dict[str, Any]:
    """Open a ticket for the maintenance team.

    Args:
        title: What is wrong.
        priority: How urgent it is.
    """
    return {}


@tool(read_only=True, examples=["Quel est l'état de la machine M-12 ?", "Is machine M-07 running?"])
def machine_state(ctx: RunContext, machine: str) -> dict[str, Any]:
    """Read the state of a machine.

    Args:
        machine: Machine code, such as M-12.
    """
    return {}


@tool(destructive=True, examples=["Arrête la machine M-12", "Stop machine M-07"])
def halt_machine(ctx: RunContext, machine: str) -> dict[str, Any]:
    """Stop a machine.

    Args:
        machine: Machine code, such as M-12.
    """
    return {}


@tool(examples=["Pose un congé payé du 20 au 24 décembre", "Request unpaid leave from 3 to 7 January"])
def ask_leave(
    ctx: RunContext, start: dt.date, end: dt.date, kind: Literal["paid", "unpaid"] = "paid"
) -> dict[str, Any]:
    """Request leave for yourself.

    Args:
        start: First day.
        end: Last day.
        kind: paid (payé) or unpaid (sans solde).
    """
    return {}


@tool(examples=["Émets le devis D-12", "Issue quotation D-12"])
def issue_offer(ctx: RunContext, quotation: str) -> dict[str, Any]:
    """Issue a draft quotation.

    Args:
        quotation: Its number, such as D-12.
    """
    return {}


FACTORY = [stock_level, delivery_check, customer_lookup, open_orders, handbook, make_production, make_quotation]
OFFICE = [room_calendar, book_room, give_back, open_ticket, machine_state, halt_machine, ask_leave, handbook]
EVERY = {t.name: t for t in FACTORY + OFFICE}
SIGNATURES = (
    "_Assistant hors ligne (aucun modèle de langage configuré)._",
    "_Offline assistant (no language model configured)._",
)
Message = dict[str, Any]


ASSISTANT = Offline(None, lambda: TODAY)  # one for all threads: it keeps nothing but what it learned of the tools


def calls(reply: Message) -> list[tuple[str, dict[str, Any]]]:
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in reply["tool_calls"]]


class Talk:
    """A thread with the assistant; tools answer what the test says."""

    def __init__(self, tools: Sequence[Any], hint: str = "en") -> None:
        self.tools = [describe(t) for t in tools]
        self.messages: list[Message] = [{"role": "system", "content": f"You are Baton.\nLanguage: {hint}"}]

    def say(self, text: str) -> Message:
        self.messages.append({"role": "user", "content": text})
        return self.turn()

    def turn(self) -> Message:
        reply = ASSISTANT.reply(self.messages, self.tools)
        self.messages.append(reply)
        return reply

    def result(self, *contents: str) -> str:
        """Answer the calls of the last reply, and give back what the assistant makes of it."""
        for call, content in zip(self.messages[-1]["tool_calls"], contents, strict=True):
            self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
        return str(self.turn()["content"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Combien de PMP-200 sont libres, et peut-on en livrer 120 d'ici le 20 décembre ?",
            [
                ("stock_level", {"product": "PMP-200"}),
                ("delivery_check", {"product": "PMP-200", "quantity": 120, "date": "2026-12-20"}),
            ],
        ),
        (
            "how many pmp-100 are in stock in two weeks",
            [("stock_level", {"product": "PMP-100", "date": "2026-12-06"})],
        ),
        (
            "Combien de PMP-200 et de PMP-100 sont libres ?",
            [("stock_level", {"product": "PMP-200"}), ("stock_level", {"product": "PMP-100"})],
        ),
        ("Quels clients avons-nous à Grenoble ?", [("customer_lookup", {"query": "Grenoble"})]),
        (
            "Quelles commandes sont ouvertes pour la Brasserie du Nord ?",
            [("open_orders", {"customer": "Brasserie du Nord"})],
        ),
        (
            "Can we ship 30 KIT-SRV by next Friday?",
            [("delivery_check", {"product": "KIT-SRV", "quantity": 30, "date": "2026-11-27"})],
        ),
        ("Who may approve an order?", [("handbook", {"question": "Who may approve an order?"})]),
        ("Quelle est la procédure de retour ?", [("handbook", {"question": "Quelle est la procédure de retour ?"})]),
        ("Donne-moi le stock de SUB-HYD", [("stock_level", {"product": "SUB-HYD"})]),
    ],
)
def test_a_question_calls_the_read_only_tools_it_is_about(text: str, expected: list[Any]) -> None:
    found = calls(Talk(FACTORY).say(text))
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Lance la production de 96 PMP-200 pour le 11 décembre",
            ("make_production", {"product": "PMP-200", "quantity": 96, "date": "2026-12-11"}),
        ),
        (
            "Peux-tu créer un ordre de fabrication de 40 pmp 100 pour vendredi à Lille ?",
            ("make_production", {"product": "PMP-100", "quantity": 40, "date": "2026-11-27", "warehouse": "WH-LIL"}),
        ),
        (
            "Let's make 96 PMP-200 by December 11",
            ("make_production", {"product": "PMP-200", "quantity": 96, "date": "2026-12-11"}),
        ),
        (
            "Je voudrais un devis pour Van den Berg Waterbouw de 6 PMP-300",
            ("make_quotation", {"customer": "Van den Berg Waterbouw", "product": "PMP-300", "quantity": 6}),
        ),
        (
            "prépare un devis pour laiterie des alpes, 4 pmp-100",
            ("make_quotation", {"customer": "laiterie des alpes", "product": "PMP-100", "quantity": 4}),
        ),
        (
            "Could you please prepare a quotation for Aqualia Services: 4 PMP-100?",
            ("make_quotation", {"customer": "Aqualia Services", "product": "PMP-100", "quantity": 4}),
        ),
    ],
)
def test_a_request_with_everything_in_it_calls_the_consequential_tool(text: str, expected: tuple[str, Any]) -> None:
    assert calls(Talk(FACTORY).say(text)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Réserve la salle Ada pour 6 personnes demain",
            ("book_room", {"room": "Ada", "date": "2026-11-23", "people": 6}),
        ),
        (
            "book lovelace for 5 people next Tuesday",
            ("book_room", {"room": "lovelace", "date": "2026-11-24", "people": 5}),
        ),
        (
            "Rembourse 80 € sur INV-2001 parce que la pompe était cassée",
            ("give_back", {"invoice": "INV-2001", "amount": 80, "reason": "la pompe était cassée"}),
        ),
        ("I need a refund of 1,200.50 EUR on inv-3003", ("give_back", {"invoice": "INV-3003", "amount": 1200.5})),
        (
            "Ouvre un ticket urgent : la porte du quai ne ferme plus",
            ("open_ticket", {"title": "la porte du quai ne ferme plus", "priority": "high"}),
        ),
        (
            "Je voudrais poser un congé sans solde du 2 au 6 février",
            ("ask_leave", {"start": "2027-02-02", "end": "2027-02-06", "kind": "unpaid"}),
        ),
        ("tu peux arrêter M-12 stp", ("halt_machine", {"machine": "M-12"})),
        ("Is the Turing room free on 3 December?", ("room_calendar", {"date": "2026-12-03", "room": "Turing"})),
    ],
)
def test_another_house_with_other_tools_works_the_same(text: str, expected: tuple[str, Any]) -> None:
    assert calls(Talk(OFFICE).say(text)) == [expected]


def test_of_two_tools_for_one_thing_the_one_with_a_place_for_all_that_is_said_is_called() -> None:
    expected = {"customer": "Aqualia", "product": "PMP-100", "quantity": 10}
    found = calls(Talk([issue_offer, make_quotation]).say("Crée un devis pour Aqualia : 10 PMP-100"))
    assert found == [("make_quotation", expected)]


def test_two_orders_in_one_sentence_are_two_calls() -> None:
    found = calls(Talk(OFFICE).say("Réserve la salle Turing pour 8 personnes le 3 décembre et arrête la machine M-12"))
    assert found == [
        ("book_room", {"room": "Turing", "date": "2026-12-03", "people": 8}),
        ("halt_machine", {"machine": "M-12"}),
    ]


ACTIONS = [
    ("lance", "lancer", "la production de 96 PMP-200 pour le 11 décembre"),
    ("crée", "créer", "un devis pour Aqualia : 10 PMP-100"),
    ("arrête", "arrêter", "la machine M-12"),
    ("réserve", "réserver", "la salle Turing pour 8 personnes le 3 décembre"),
    ("create", "create", "a production order for 40 PMP-100 by 15 January"),
    ("book", "book", "room Lovelace tomorrow for 4 people"),
    ("stop", "stop", "machine M-07"),
    ("refund", "refund", "invoice INV-2001 for 80 EUR"),
]
NOT_REQUESTS = [
    "Ne {do} pas {what}",
    "N'{do} surtout pas {what}",
    "{do} pas {what}",
    "Don't {do} {what}",
    "Please do not {do} {what}",
    "Never {do} {what}",
    "Il ne faut pas {inf} {what}",
    "Je ne veux pas {inf} {what}",
    "Comment {inf} {what} ?",
    "Peut-on {inf} {what} ?",
    "Qui peut {inf} {what} ?",
    "Qui doit approuver pour {inf} {what} ?",
    "Est-ce qu'on doit {inf} {what} ?",
    "Faut-il {inf} {what} ?",
    "Il faut {inf} {what} ?",
    "Pourquoi {inf} {what} ?",
    "Explique comment {inf} {what}",
    "Je veux savoir comment {inf} {what}",
    "Combien de temps pour {inf} {what} ?",
    "Who may {inf} {what}?",
    "How do I {inf} {what}?",
    "Should we {inf} {what}?",
    "Can we {inf} {what}?",
    "What happens if I {inf} {what}?",
    "Tell me how to {inf} {what}",
    "Hier Paul a voulu {inf} {what}",
    "Paul said he would {inf} {what}",
    "{do} {what}, non finalement pas",
    "{do} {what}, no wait, don't",
]


@pytest.mark.parametrize("form", NOT_REQUESTS)
@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: f"{a[0]}-{a[2][:12]}")
def test_a_negation_or_question_never_calls_a_consequential_tool(form: str, action: tuple[str, str, str]) -> None:
    do, infinitive, what = action
    text = form.format(do=do, inf=infinitive, what=what)
    for text_form in (text, text[0].upper() + text[1:], text.lower()):
        assert not consequential(Talk(list(EVERY.values())).say(text_form)), text_form


def consequential(reply: Message) -> list[tuple[str, dict[str, Any]]]:
    return [(name, args) for name, args in calls(reply) if not EVERY[name].read_only]


ODD = (
    "ne pas ? . , : ! et and PMP-200 INV-1042 M-12 96 120 demain vendredi 20/12 le pour for svp not combien qui how 31/02"
    " 30 février 12,5 € « » <@U1> *gras* \u202e Aqualia peux-tu can you je veux un une the a"
)
WORDS = sorted(
    {word for t in EVERY.values() for example in t.examples for word in example.split()} | set(ODD.split()) | {"\n"}
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_no_words_make_a_call_that_its_tool_would_refuse(said: list[str]) -> None:
    """Whatever is said in a thread: all required arguments are there and the tool's own check takes them."""
    talk = Talk(list(EVERY.values()))
    for text in said:
        reply = talk.say(text)
        for name, arguments in calls(reply):
            EVERY[name].parse(arguments)
        if reply["tool_calls"]:
            talk.result(*["Error: not now" for _ in reply["tool_calls"]])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["system", "user", "assistant", "tool"]))
def test_garbage_gets_a_signed_answer_or_a_call(text: str, role: str) -> None:
    messages = [{"role": role, "content": text}, {"role": "user", "content": text}]
    reply = ASSISTANT.reply(messages, [describe(t) for t in OFFICE])
    assert reply["tool_calls"] or reply["content"].endswith(SIGNATURES)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\u202e\u200b", "?", "*_~`>", "<@U123>", "a" * 20_000, "12 " * 7_000, "- ." * 7_000, "é-" * 10_000],
)
def test_odd_texts_are_answered(text: str) -> None:
    assert Talk(FACTORY).say(text)["role"] == "assistant"


def test_no_messages_and_no_tools_are_answered() -> None:
    assert ASSISTANT.reply([], [])["content"].endswith(SIGNATURES)


def test_the_same_messages_get_the_same_reply() -> None:
    text = "Combien de PMP-200 sont libres, et lance la production de 96 pour le 11 décembre"
    fresh = Offline(None, lambda: TODAY)
    messages = [{"role": "user", "content": text}]
    tools = [describe(t) for t in FACTORY]
    assert ASSISTANT.reply(messages, tools) == fresh.reply(messages, tools) == ASSISTANT.reply(messages, tools)


def test_a_missing_argument_is_asked_for_and_the_answer_completes_the_request() -> None:
    talk = Talk(FACTORY, "fr")
    asked = talk.say("Lance la production de 96 PMP-200")
    assert not asked["tool_calls"]
    assert "Day on which they must be ready" in asked["content"]
    assert calls(talk.say("pour le 11 décembre")) == [
        ("make_production", {"product": "PMP-200", "quantity": 96, "date": "2026-12-11"})
    ]


def test_several_missing_arguments_come_one_message_at_a_time() -> None:
    talk = Talk(FACTORY, "fr")
    for text in ("Lance une production", "PMP-200", "96"):
        assert not talk.say(text)["tool_calls"]
    assert calls(talk.say("le 11")) == [
        ("make_production", {"product": "PMP-200", "quantity": 96, "date": "2026-12-11"})
    ]


def test_a_bare_name_completes_a_request() -> None:
    talk = Talk(FACTORY)
    talk.say("Prepare a quotation for 10 PMP-100")
    assert calls(talk.say("aqualia services")) == [
        ("make_quotation", {"product": "PMP-100", "quantity": 10, "customer": "aqualia services"})
    ]


@pytest.mark.parametrize("second_thought", ["non", "laisse tomber", "never mind", "no", "annule"])
def test_a_request_can_be_dropped_instead_of_completed(second_thought: str) -> None:
    talk = Talk(FACTORY)
    talk.say("Lance la production de 96 PMP-200")
    assert not talk.say(second_thought)["tool_calls"]
    assert not consequential(talk.say("pour le 11 décembre"))


def test_another_question_does_not_complete_a_request() -> None:
    talk = Talk(FACTORY)
    talk.say("Lance la production de 96 PMP-200")
    assert calls(talk.say("Combien de PMP-100 sont libres le 11 décembre ?")) == [
        ("stock_level", {"product": "PMP-100", "date": "2026-12-11"})
    ]


def test_the_product_comes_from_the_thread() -> None:
    talk = Talk(FACTORY)
    talk.say("Combien de PMP-200 sont libres ?")
    talk.result('{"summary": "24 libres"}')
    assert calls(talk.say("lance la production de 96 pour le 11 décembre")) == [
        ("make_production", {"quantity": 96, "date": "2026-12-11", "product": "PMP-200"})
    ]


def test_an_ellipsis_asks_the_last_question_again() -> None:
    talk = Talk(FACTORY)
    talk.say("How many PMP-200 are free on 20 December?")
    talk.result('{"summary": "24 free"}')
    assert calls(talk.say("and the PMP-300?")) == [("stock_level", {"product": "PMP-300", "date": "2026-12-20"})]


def test_a_missing_argument_beside_a_question_is_asked_for_after_its_answer() -> None:
    talk = Talk(FACTORY, "fr")
    talk.say("Quel est le stock de PMP-300 ? Lance la production de 8.")
    answer = talk.result('{"summary": "8 en stock"}')
    assert "8 en stock" in answer
    assert "Il me manque" in answer
    assert calls(talk.say("pour fin décembre")) == [
        ("make_production", {"quantity": 8, "product": "PMP-300", "date": "2026-12-31"})
    ]


def test_an_action_that_no_tool_does_is_declined_with_what_can_be_done() -> None:
    reply = Talk(FACTORY, "fr").say("Supprime le client Aqualia")
    assert not reply["tool_calls"]
    assert "- «\u00a0Crée un devis pour Aqualia : 10 PMP-100\u00a0»" in reply["content"]


def test_what_it_can_do_is_told_in_the_persons_language() -> None:
    assert "- «\u00a0Réserve la salle Turing" in Talk(OFFICE).say("Bonjour")["content"]
    assert 'Book a meeting room. — "Book room Lovelace' in Talk(OFFICE).say("What can you do?")["content"]


def test_a_summary_stands_with_its_lines_and_without_the_data_behind_them() -> None:
    talk = Talk(FACTORY)
    talk.say("Quelles commandes sont en cours pour Aqualia ?")
    result = {"summary": "2 commandes", "lines": ["S-1, en retard", "S-2"], "orders": [{"number": "S-1"}]}
    told = talk.result(json.dumps(result))
    assert told.splitlines()[:3] == ["2 commandes", "- S-1, en retard", "- S-2"]
    assert "numéro" not in told


def test_without_a_summary_all_is_shown_and_long_lists_are_cut() -> None:
    talk = Talk(FACTORY)
    talk.say("Quelles commandes sont en cours pour Aqualia ?")
    rows = [{"number": f"S-{i}", "date": "2026-12-01", "late": False} for i in range(30)]
    lines = talk.result(json.dumps({"orders": rows})).splitlines()
    assert ">     - numéro : S-0 · date : 1er décembre 2026 · late : non" in lines
    assert "> … et 19 autres lignes" in lines
    assert lines[-1] == SIGNATURES[0]


@tool(read_only=True, examples=["Quelles places de parking sont prises ?", "Which parking places are taken?"])
def parking(ctx: RunContext) -> dict[str, Any]:
    """List the parking places that are taken."""
    return {}


@pytest.mark.parametrize("text", parking.examples)
@pytest.mark.parametrize("state", ["taken", "booked", "sent", "created", "cancelled", "prises"])
@pytest.mark.parametrize("value", [[{"place": 4, "plate": "AB-123"}], True, ["4", "7"], "4"], ids=repr)
def test_what_a_look_up_returned_is_no_claim_of_a_deed(text: str, state: str, value: Any) -> None:
    talk = Talk([parking])
    assert calls(talk.say(text)) == [("parking", {})]
    told = talk.result(json.dumps({state: value}))
    assert state in told
    assert claims_in(told) == []


@pytest.mark.parametrize("result", [[], {}, None, "", {"data": {}}, {"data": []}, {"taken": [{}], "more": {"x": None}}])
def test_an_empty_result_is_told_in_the_persons_language(result: Any) -> None:
    for text, nothing in zip(parking.examples, ("Rien trouvé.", "Nothing found."), strict=True):
        talk = Talk([parking])
        talk.say(text)
        assert talk.result(json.dumps(result)).startswith(f"{nothing}\n")


def test_an_error_is_told_plainly() -> None:
    talk = Talk(FACTORY)
    talk.say("How many PMP-200 are free?")
    assert talk.result("Error: the ERP does not answer").startswith("That did not work: the ERP does not answer")


def test_a_reason_of_batons_own_is_told_in_the_language_of_the_answer() -> None:
    assistant = Offline(None, lambda: dt.date(2026, 11, 3), cause)
    why = because("not_connected", system="erp", host="erp.local")
    called = [{"id": "c", "function": {"name": "stock_level", "arguments": "{}"}}]
    talk = [
        {"role": "user", "content": "Combien de PMP-200 sont libres ?"},
        {"role": "assistant", "content": None, "tool_calls": called},
        {"role": "tool", "tool_call_id": "c", "content": f"Error: {why}"},
    ]
    told = assistant.reply(talk, [describe(t) for t in FACTORY])["content"]
    assert told.startswith("Cela n'a pas marché : erp ne répond pas à l'adresse erp.local : rien n'a été envoyé")


def test_what_was_read_is_told_without_the_line_that_says_where() -> None:
    talk = Talk(FACTORY)
    talk.say("How many PMP-200 are free?")
    told = talk.result('{"summary": "12 are free"}\n[Left out here]\n[From erp: stock_level, 2026-11-26 14:03]')
    assert told.startswith("12 are free\n\n_Offline")


FILES = (
    f'{DATA}0123456789ab> files of this thread.\n\nFile 1: "bank.csv", CSV\na;b\n\nFile 2: "été \\"x\\".png", not read'
)


@pytest.mark.parametrize(
    ("said", "files", "expected"),
    [
        ("Import the statement bank.csv", FILES, [("import_statement", {"statement": "bank.csv"})]),
        ('Importe le relevé ÉTÉ "X".png', FILES, [("import_statement", {"statement": 'été "x".png'})]),
        ("Import the statement", FILES.partition("File 2")[0], [("import_statement", {"statement": "bank.csv"})]),
        ("Import the statement", FILES, []),
        ("Import the statement", "", []),
    ],
)
def test_a_file_is_the_one_that_is_named_or_the_only_one(said: str, files: str, expected: list[Any]) -> None:
    talk = Talk(list(Catalog.load(BANK_TOOLS, {}).values()))
    talk.messages += [{"role": "user", "content": files}] if files else []
    assert calls(talk.say(said)) == expected


PASSAGES = [
    {
        "source": 1,
        "title": "Approbations",
        "section": "Devis",
        "text": "Les devis de moins de 5 000 € sont signés par le commercial. "
        "Au-delà de 20 000 €, un devis doit être approuvé par le groupe finance.",
    },
    {
        "source": 2,
        "title": "Delivery rules",
        "section": "Export",
        "text": "Deliveries inside France leave within three working days. "
        "Partial deliveries need the customer's written consent.",
    },
]


def test_documents_are_quoted_with_their_source() -> None:
    talk = Talk(FACTORY)
    talk.say("Qui doit approuver un devis de 30 000 € ?")
    answer = talk.result(json.dumps({"passages": PASSAGES}))
    assert "> Au-delà de 20 000 €, un devis doit être approuvé par le groupe finance. [1]" in answer.splitlines()
    assert "[2]" not in answer


def test_documents_that_do_not_answer_are_not_quoted() -> None:
    talk = Talk(FACTORY)
    talk.say("What is the capital of Australia?")
    answer = talk.result(json.dumps({"passages": PASSAGES}))
    assert "I found nothing in the documents" in answer
    assert ">" not in answer


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("executed", "C'est fait : le reçu fait foi."),
        ("rejected", "refusée : rien n'a été fait"),
        ("expired", "expiré"),
        ("failed", "échoué : rien n'a été fait"),
        ("unknown", "On ne sait pas"),
        ("something new", "Rien n'est confirmé"),
    ],
)
def test_only_an_executed_action_is_called_done(status: str, said: str) -> None:
    talk = Talk(FACTORY)
    talk.say("Lance la production de 96 PMP-200 pour le 11 décembre")
    receipt = {"reference": "PROD-7", "summary": "Ordre PROD-7 créé"}
    answer = talk.result(json.dumps({"status": status, "receipt": receipt, "reason": "budget"}))
    assert said in answer
    assert "Motif : budget" in answer
    assert ("C'est fait" in answer) == (status == "executed")


def test_a_result_without_status_is_not_called_done() -> None:
    talk = Talk(FACTORY)
    talk.say("Create a production order for 40 PMP-100 by 15 January")
    assert talk.result('{"summary": "created"}').startswith("The outcome is not confirmed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le 20 décembre", ["2026-12-20"]), ("d'ici le 20/12", ["2026-12-20"]), ("20/12/2026", ["2026-12-20"]),
        ("2027-01-05", ["2027-01-05"]), ("demain", ["2026-11-23"]), ("d'ici vendredi", ["2026-11-27"]),
        ("by next Tuesday", ["2026-11-24"]), ("in two weeks", ["2026-12-06"]), ("fin décembre", ["2026-12-31"]),
        ("le 15 mars", ["2027-03-15"]), ("5 nov", ["2027-11-05"]), ("Friday, December 11th", ["2026-12-11"]),
        ("vendredi 11 décembre", ["2026-12-11"]), ("le 11", ["2026-12-11"]), ("sous 10 jours", ["2026-12-02"]),
        ("du 20 au 24 décembre", ["2026-12-20", "2026-12-24"]), ("from 3 to 7 January", ["2027-01-03", "2027-01-07"]),
        ("mi-janvier", ["2027-01-15"]), ("end of next month", ["2026-12-31"]), ("semaine 51", ["2026-12-14"]),
        ("vendredi de la semaine prochaine", ["2026-11-27"]), ("avant Noël", ["2026-12-25"]), ("29 février", ["2028-02-29"]),
        ("mon client", []), ("the 2nd floor", []), ("PMP-200", []), ("30 février", [None]), ("31/02/2027", [None]),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(text: str, expected: list[str | None]) -> None:
    assert [day.date and day.date.isoformat() for day in days(text, TODAY, "fr")] == expected


def test_a_day_that_does_not_exist_is_asked_for() -> None:
    reply = Talk(FACTORY, "fr").say("Lance la production de 96 PMP-200 pour le 30 février")
    assert not reply["tool_calls"]
    assert "- date" in reply["content"]


def test_the_description_of_the_catalog_is_understood() -> None:
    body, waits, examples = split_description(describe(book_room)["function"]["description"])
    assert (body, waits, examples) == ("Book a meeting room.", True, book_room.examples)
    assert split_description(describe(room_calendar)["function"]["description"])[1] is False


def test_meaning_helps_where_words_do_not() -> None:
    """With an embedding, the tool whose examples lie nearest is chosen; examples are embedded once."""
    asked: list[Sequence[str]] = []

    def embed(texts: Sequence[str]) -> list[list[float]]:
        asked.append(texts)
        return [[1.0, 0.0] if "machine" in t.lower() or "tourne" in t else [0.0, 1.0] for t in texts]

    offline = Offline(embed, lambda: TODAY)
    tools = [describe(t) for t in OFFICE]
    for _ in range(2):
        reply = offline.reply([{"role": "user", "content": "Est-ce que la M-12 tourne ?"}], tools)
        assert calls(reply) == [("machine_state", {"machine": "M-12"})]
    assert [len(texts) > 1 for texts in asked] == [True, False, False]


def test_the_assistant_names_no_tool() -> None:
    folder = Path(bot.models.offline.__file__).parent
    source = "\n".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    shipped = [
        line for file in (folder.parents[2] / "tools").glob("*.py") for line in file.read_text("utf-8").splitlines()
    ]
    names = {line.split("def ")[1].split("(")[0] for line in shipped if line.startswith(("def ", "async def "))}
    assert not [name for name in names | set(EVERY) if "_" in name.strip("_") and name in source]
