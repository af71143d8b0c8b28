"""What people see while Baton works: a message that grows, the state of the thread, and that they can stop it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import psycopg
import pytest

from bot.agents import telling
from bot.agents.telling import tellable
from bot.desk import Desk
from bot.types import Json, Provenance, ToolCall
from bot.watching import Watching
from tests.house import AMELIE, BRUNO, CHLOE, SALES, House, text_of, until
from tests.provider import Provider, calls, calls_raw, hangs, says, tells


def ask(house: House, text: str = "bonjour") -> str:
    """Have Amélie ask something in #ventes; the thread's ts comes back."""
    house.start()
    return house.slack.say(AMELIE, f"<@UBATON01> {text}", SALES)


def growing(house: House, ts: str, showing: str = "") -> dict[str, Any]:
    """The message in the thread that still grows, once it shows some words."""

    def look() -> dict[str, Any] | None:
        found = [m for m in house.slack.messages(SALES, ts) if m.get("streaming_state") == "in_progress"]
        return found[0] if found and showing in _all_words(found[0]) else None

    return until(f"a growing message that shows {showing!r}; log: {house.baton.output()[-2000:]}", look)


def _all_words(message: dict[str, Any]) -> str:
    tasks = [f"{b['title']} {b['status']}" for b in message["blocks"] if b["type"] == "task_card"]
    return "\n".join([*tasks, text_of(message)])


def sessions(house: House, ts: str) -> list[str]:
    """What Slack was told of the thread's state, in order."""
    told = [c["args"] for c in house.slack.calls("agents.sessions.setStatus")]
    return [one["status"] for one in told if one["thread_ts"] == ts]


def go_on(provider: Provider) -> None:
    assert provider.waiting.wait(30)
    provider.waiting.clear()
    provider.go_on.set()


# ---- the message that grows


def test_an_answer_grows_with_what_is_looked_up_and_each_paragraph_and_is_one_message(
    house: House, provider: Provider
) -> None:
    provider.script += [calls("count_entries"), tells("Le livre est vide.\n\nUne", " autre ligne.\n\nFin", ".")]
    ts = ask(house)
    first = growing(house, ts, showing="Le livre est vide.")
    assert "Une" not in text_of(first)
    assert "Consultation : count entries complete" in _all_words(first)
    go_on(provider)
    growing(house, ts, showing="Une autre ligne.")
    go_on(provider)
    answer = house.answer(SALES, ts, showing="Fin.")
    assert "Le livre est vide. Une autre ligne. Fin." in " ".join(answer.split())
    (only,) = [m for m in house.slack.messages(SALES, ts) if m.get("bot_id")]
    assert (only["ts"], only["streaming_state"]) == (first["ts"], "completed")
    assert house.rows("SELECT status, grew FROM posts") == [("sent", True)]


def test_words_that_claim_a_deed_wait_for_the_ledger(house: House, provider: Provider) -> None:
    provider.script += [calls("count_entries"), tells("Bien sûr.\n\nJ'ai écrit la ligne.\n\nVoi", "là.")]
    ts = ask(house)
    shown = growing(house, ts, showing="Bien sûr.")
    assert "écrit" not in text_of(shown)
    go_on(provider)
    answer = house.answer(SALES, ts, showing="rien n'a été fait")
    assert "Bien sûr" not in answer


def test_a_person_who_waits_sees_why(house: House, provider: Provider) -> None:
    provider.script += [hangs]
    ts = ask(house)
    growing(house, ts, showing="Le modèle prépare la réponse in_progress")
    go_on(provider)
    house.answer(SALES, ts, showing="I was slow")


def test_a_stream_that_dies_of_age_goes_on_by_updates(house: House, provider: Provider) -> None:
    provider.script += [tells("Un.\n\n", "Deux.\n\n", "Trois.")]
    ts = ask(house)
    shown = growing(house, ts, showing="Un.")
    house.slack.expire()
    go_on(provider)

    def updated() -> bool:
        (message,) = [m for m in house.slack.messages(SALES, ts) if m["ts"] == shown["ts"]]
        return "Deux." in text_of(message)

    until("the message is updated", updated)
    go_on(provider)
    assert "Un. Deux. Trois." in " ".join(house.answer(SALES, ts, showing="Trois.").split())
    assert len([m for m in house.slack.messages(SALES, ts) if m.get("bot_id")]) == 1


@pytest.mark.parametrize("refusal", [{"status": 429}, {"error": "feature_disabled"}, {"status": 500}])
def test_without_a_stream_the_answer_is_posted_once(house: House, provider: Provider, refusal: dict[str, Any]) -> None:
    house.slack.fault("chat.startStream", times=9, **refusal)
    provider.script += [tells("Un.\n\n", "Deux.")]
    ts = ask(house)
    go_on(provider)
    house.answer(SALES, ts, showing="Deux.")
    house.settle()
    assert len([m for m in house.slack.messages(SALES, ts) if m.get("bot_id")]) == 1


def test_what_slack_does_not_take_at_once_is_shown_later(house: House, provider: Provider) -> None:
    provider.script += [tells("Un.\n\n", "Deux.\n\n", "Trois.")]
    ts = ask(house)
    growing(house, ts, showing="Un.")
    house.slack.fault("chat.appendStream", status=429, retry_after=3)
    go_on(provider)
    assert "Un. Deux." in " ".join(text_of(growing(house, ts, showing="Deux.")).split())
    go_on(provider)
    house.answer(SALES, ts, showing="Trois.")


def test_a_stream_whose_beginning_was_not_confirmed_is_found_again(house: House, provider: Provider) -> None:
    house.slack.fault("chat.startStream", status=500, applied=True)
    provider.script += [tells("Un.\n\n", "Deux.")]
    ts = ask(house)
    begun = growing(house, ts, showing="Un.")
    go_on(provider)
    house.answer(SALES, ts, showing="Deux.")
    assert [m["ts"] for m in house.slack.messages(SALES, ts) if m.get("bot_id")] == [begun["ts"]]


def test_after_a_crash_the_answer_takes_the_place_of_what_grew(house: House, provider: Provider) -> None:
    provider.script += [tells("Un.\n\n", "Deux.")]
    ts = ask(house)
    begun = growing(house, ts, showing="Un.")
    house.baton.kill()
    provider.go_on.set()
    provider.script[:] = [says("Trois.")]
    house.start()
    assert "Un." not in house.answer(SALES, ts, showing="Trois.")
    assert [m["ts"] for m in house.slack.messages(SALES, ts) if m.get("bot_id")] == [begun["ts"]]


@pytest.mark.parametrize("refusal", ["message_not_found", "cant_update_message"])
def test_a_growing_message_whose_place_cannot_be_taken_is_posted_again(
    house: House, provider: Provider, refusal: str
) -> None:
    provider.script += [tells("Un.\n\n", "Deux.")]
    ts = ask(house)
    growing(house, ts, showing="Un.")
    house.slack.fault("chat.update", error=refusal)
    go_on(provider)
    house.answer(SALES, ts, showing="Deux.")


def test_what_was_looked_up_for_a_proposal_stays_above_its_card(house: House, provider: Provider) -> None:
    provider.script += [calls("count_entries"), hangs_then(calls("write_entry", text="hello"))]
    ts = ask(house)
    growing(house, ts, showing="Consultation : count entries complete")
    go_on(provider)
    house.card(SALES, ts, showing="En attente de")
    house.answer(SALES, ts, showing="Je propose P-1")
    assert ["Je propose" in text_of(message) for message in house.slack.messages(SALES, ts)] == [False, True, False]


def hangs_then(reply: dict[str, Any]) -> Any:
    """Give a reply when the test lets it."""

    def later(provider: Provider) -> dict[str, Any]:
        hangs(provider)
        return reply

    return later


def test_a_segment_without_a_word_leaves_no_growing_message_and_the_answer_comes_below_the_card(
    house: House, provider: Provider
) -> None:
    provider.script += [calls_raw("write_entry", '{"text": "hello"}', "write_entry", '{"text": "good morning"}')]
    ts = ask(house)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.upload(
        CHLOE, {f"{n}.csv": b"a,b\n" + b"1,2\n" * 50_000 for n in range(4)}, f"<@{BRUNO}> voici", SALES, ts
    )
    house.slack.click(BRUNO, card, "approve")
    until("the files are read", lambda: house.rows("SELECT 1 FROM files WHERE state = 'read'"))
    house.settle()
    assert ts in [call["args"]["thread_ts"] for call in house.slack.calls("chat.startStream")], "it grew"
    assert house.rows("SELECT 1 FROM posts WHERE status = 'live'") == []
    assert [m for m in house.slack.messages(SALES, ts) if "streaming_state" in m] == []
    house.slack.click(BRUNO, house.card(SALES, ts), "approve")
    house.answer(SALES, ts, showing="P-2 est fait")
    assert "P-2 est fait" in text_of(house.slack.messages(SALES, ts)[-1])


# ---- the thread's state


def test_a_thread_works_waits_for_people_and_is_at_rest(house: House, provider: Provider) -> None:
    provider.script += [calls("write_entry", text="hello")]
    ts = ask(house, "écris « hello » dans le livre")
    card = house.card(SALES, ts, showing="En attente de")
    until("it waits", lambda: sessions(house, ts) == ["processing", "suspended"])
    title = house.slack.session(AMELIE, SALES, ts)
    assert title is not None
    assert title["title"] == "écris « hello » dans le livre"
    house.slack.click(BRUNO, card, "approve")
    house.answer(SALES, ts, showing="P-1 est fait")
    until("it rests", lambda: sessions(house, ts)[-2:] == ["processing", "active"])


def test_without_sessions_the_older_status_says_it(house: House, provider: Provider) -> None:
    house.slack.feature("agent_sessions", on=False)
    provider.script += [hangs]
    ts = ask(house)
    assert provider.waiting.wait(30)
    until("a status", lambda: house.slack.state(AMELIE)["statuses"].get(f"{SALES}:{ts}", {}).get("status"))
    go_on(provider)
    house.answer(SALES, ts, showing="I was slow")
    house.baton.kill()  # it has learned that there are no sessions


# ---- stopping, editing, deleting


def test_stop_ends_the_models_call_and_says_so(house: House, provider: Provider) -> None:
    provider.script += [tells("Un.\n\n", "Deux.")]
    ts = ask(house)
    begun = growing(house, ts, showing="Un.")
    house.slack.stop(AMELIE, SALES, ts)
    told = house.answer(SALES, ts, showing="Arrêté par")
    assert (f"<@{AMELIE}>" in told, "Un." in told) == (True, False)
    assert [m["ts"] for m in house.slack.messages(SALES, ts) if m.get("bot_id")] == [begun["ts"]]
    until("it rests", lambda: sessions(house, ts)[-1] == "active")
    assert house.rows("SELECT status, stopped_by, stopped_how FROM runs") == [("answered", AMELIE, "stop")]
    assert house.audit() == ["run.began", "run.stopped", "run.answered"]
    provider.go_on.set()
    provider.script[:] = [says("Oui ?")]
    house.slack.say(AMELIE, "et maintenant", SALES, ts)
    house.answer(SALES, ts, showing="Oui ?")
    assert [m["content"] for m in provider.asked[-1]["messages"] if m["role"] == "user"] == ["et maintenant"]


def test_an_effect_under_way_is_told_honestly_and_what_waits_beside_it_is_withdrawn(
    house: House, provider: Provider
) -> None:
    slow, other = {"text": "hello", "behaviour": "hang before"}, {"text": "good morning"}
    provider.script += [calls_raw("write_entry", json.dumps(slow), "write_entry", json.dumps(other))]
    ts = ask(house)
    card = house.card(SALES, ts, showing="En attente de")
    house.slack.click(BRUNO, card, "approve")
    sign = house.ledger.with_name("ledger hang before hello")
    until("the call is under way", sign.exists)
    house.slack.stop(CHLOE, SALES, ts)
    house.answer(SALES, ts, showing="Seule la personne qui a posé la question", person=CHLOE)
    assert house.approvals() == ["executing", "pending"]
    house.slack.stop(AMELIE, SALES, ts)
    house.answer(SALES, ts, showing="P-1 est déjà en cours d'exécution")
    house.card(SALES, ts, showing="Retiré")
    sign.unlink()
    house.answer(SALES, ts, showing="Arrêté par")
    told = house.answer(SALES, ts, showing="P-1 est fait")
    assert "P-2 a été retiré, rien n'a été fait." in told
    assert (house.approvals(), house.written()) == (["executed", "withdrawn"], ["hello"])


def test_a_stop_that_the_models_proposal_crosses_leaves_nothing_waiting(house: House, provider: Provider) -> None:
    provider.script += [hangs_then(calls("write_entry", text="hello"))]
    ts = ask(house)
    assert provider.waiting.wait(30)
    house.slack.stop(AMELIE, SALES, ts)
    provider.go_on.set()  # sooner than anybody looks whether it was stopped
    house.answer(SALES, ts, showing="Arrêté par")
    house.settle()
    assert (house.approvals(), house.rows("SELECT status FROM runs")) == ([], [("answered",)])


def test_an_edited_question_begins_again_with_the_new_words(house: House, provider: Provider) -> None:
    provider.script += [tells("Un.\n\n", "Deux."), says("Trois")]
    ts = ask(house, "combien de PMP-100 ?")
    growing(house, ts, showing="Un.")
    house.slack.edit(AMELIE, SALES, ts, "<@UBATON01> combien de PMP-200 ?")
    house.answer(SALES, ts, showing="je reprends avec les nouveaux mots")
    house.answer(SALES, ts, showing="Trois")
    assert [m["content"] for m in provider.asked[-1]["messages"] if m["role"] == "user"] == ["combien de PMP-200 ?"]
    assert house.rows("SELECT stopped_how FROM runs ORDER BY created_at") == [("edit",), (None,)]


def test_an_edit_withdraws_what_the_old_words_proposed(house: House, provider: Provider) -> None:
    provider.script += [calls("write_entry", text="hello"), calls("write_entry", text="good morning")]
    ts = ask(house, "écris « hello »")
    house.card(SALES, ts, showing="En attente de")
    house.slack.edit(AMELIE, SALES, ts, "<@UBATON01> écris « good morning »")
    until("another proposal", lambda: house.approvals() == ["withdrawn", "pending"])
    house.slack.delete(AMELIE, SALES, ts)
    house.answer(SALES, ts, showing="a supprimé la question")
    assert (house.approvals(), house.written()) == (["withdrawn", "withdrawn"], [])


def test_an_approval_that_an_edit_crosses_is_withdrawn_and_never_carried_out(house: House, provider: Provider) -> None:
    provider.script += [calls("write_entry", text="hello"), says("Trois")]
    ts = ask(house, "écris « hello »")
    card = house.card(SALES, ts, showing="En attente de")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(house.database) as other:
        other.execute("SELECT 1 FROM approvals FOR UPDATE")
        house.slack.click(BRUNO, card, "approve")
        until("the approval is on its way", lambda: house.rows(waiting)[0][0] > 0)
        house.slack.edit(AMELIE, SALES, ts, "<@UBATON01> n'écris rien")
        until("the edit is on its way", lambda: house.rows(waiting)[0][0] > 1)
    house.answer(SALES, ts, showing="Trois")
    house.settle()
    assert (house.approvals(), house.written()) == (["withdrawn"], [])


def test_an_edit_after_the_answer_changes_nothing_and_one_that_adds_the_mention_asks(
    house: House, provider: Provider
) -> None:
    provider.script += [says("Un"), says("Deux")]
    ts = ask(house, "un")
    house.answer(SALES, ts, showing="Un")
    house.slack.edit(AMELIE, SALES, ts, "<@UBATON01> uns")
    plain = house.slack.say(AMELIE, "deux", SALES)
    house.slack.edit(AMELIE, SALES, plain, "<@UBATON01> deux")  # told twice: as an edit, and as a mention
    house.answer(SALES, plain, showing="Deux")
    until(
        "Baton has heard all of it",
        lambda: all(event["state"] == "acked" for event in house.slack.inspect(AMELIE, SALES, plain)["events"]),
    )
    house.settle()
    assert len(provider.asked) == 2


def test_a_question_that_comes_after_its_edit_or_its_deletion_is_asked_once_or_not_at_all(
    house: House, provider: Provider
) -> None:
    house.start()
    edited, deleted = (f"{house.began:.3f}00{n}" for n in range(2))
    events = [
        {
            "subtype": "message_changed",
            "message": _words(edited, "nouveau"),
            "previous_message": _words(edited, "vieux"),
        },
        {"subtype": "message_deleted", "deleted_ts": deleted, "previous_message": _words(deleted, "vieux")},
        _words(edited, "vieux"),
        _words(deleted, "vieux"),
    ]
    for number, event in enumerate(events):
        place = {"type": "message", "channel": SALES, "channel_type": "channel"}
        told = {
            "event_id": f"Ev{deleted}{number}",
            "team_id": "T0VALMONT1",
            "event": {"ts": f"{number}.1", **event, **place},
        }
        assert house.slack.envelope({"type": "event_callback", **told})["acked"]
    house.settle()
    assert [request["messages"][-1]["content"] for request in provider.asked] == ["nouveau"]


def _words(ts: str, text: str) -> dict[str, Any]:
    """A message to Baton."""
    return {"type": "message", "user": AMELIE, "ts": ts, "text": f"<@UBATON01> {text}"}


# ---- what can be shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Un", ""),
        ("Un.\n\nDeux", "Un."),
        ("Un.\n \nDeux.\n\n", "Un.\n \nDeux."),
        ("Un.\n\n```\na\n\nb\n", "Un."),
        ("```py\na\n\nb\n```\n\nFin", "```py\na\n\nb\n```"),
        ("I created the order.\n\nMore.\n\n", ""),
        ("Hello.\n\nJ'ai annulé la commande.\n\nMore.\n\n", "Hello."),
    ],
)
def test_whole_paragraphs_without_claims_can_be_shown(text: str, shown: str) -> None:
    assert tellable(text) == shown


def test_a_long_reply_is_read_once_a_paragraph_and_not_at_each_word(monkeypatch: pytest.MonkeyPatch) -> None:
    read, shown = list[int](), list[str]()

    def claims_in(text: str) -> list[str]:
        read.append(len(text))
        return []

    monkeypatch.setattr(telling, "claims_in", claims_in)
    watching = Watching(_Ears(shown), cast(Desk, None))
    text = "\n\n".join(f"Le stock de la pièce {n} est de 12." for n in range(100)) + "\n\n"
    for end in range(1, len(text) + 1):
        watching.speaks(text[:end])
    assert len(read) < 100 * 8, "a few beginnings for each paragraph"
    assert shown[-1] == text.strip()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"query": "prix PMP-100"}, ["prix PMP-100"]),
        ({"query": "J'ai créé la commande SO-12."}, []),
        ({"of": [{"a": "J'ai annulé"}, "la commande SO-12."]}, []),
    ],
)
def test_the_arguments_of_a_look_up_tell_no_deed(arguments: Json, told: list[str]) -> None:
    shown = list[str]()
    Watching(_Ears(shown), cast(Desk, _Desk())).calls(ToolCall("call_1", "search", json.dumps(arguments)))
    assert shown == told


class _Desk:
    """A desk with one tool."""

    language = "fr"
    read_only = True

    def tool(self, name: str) -> _Desk:
        return self

    def title(self, language: str) -> str:
        return "search"


class _Ears:
    """A growing message that only listens."""

    looks = ()

    def __init__(self, shown: list[str]) -> None:
        self.say = shown.append

    def look(self, call_id: str, title: str, arguments: Mapping[str, Json], *, proposes: bool) -> None:
        for given in arguments.values():
            self.say(str(given))

    def looked(self, call_id: str, *, failed: bool, provenance: Provenance | None = None) -> None: ...
