"""Mail over SMTP, from one address that `sources.yaml` gives.

There is no draft apart from the card: it shows sender, recipients, subject and the whole text, can be corrected and be
rejected. Saving drafts in a mailbox would need IMAP, which this does not speak. No attachments, no hidden copies.
"""

from __future__ import annotations

from typing import Annotated, Any

from _mail import delivery, letter, sentences
from _mail.letter import Letter
from _mail.mailbox import Mailbox
from _words import Words
from pydantic import Field

from bot import RunContext, Unsure, tool

Recipients = Annotated[list[str], Field(min_length=1, max_length=20)]
Copies = Annotated[list[str], Field(max_length=20)]
Subject = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Result = dict[str, Any]


@tool(
    destructive=True,
    system="mail",
    settings=Mailbox,
    timeout=delivery.LONGEST_SECONDS,
    examples=[
        "Écris un courriel à claire@stadtwerke.example : la livraison part le 12 décembre",
        "Envoie un mail à achats@sealtech.example pour demander le délai des joints CMP-SEAL",
        "Send a mail to claire@stadtwerke.example: the delivery leaves on 12 December",
        "Email purchasing@sealtech.example and ask for the lead time of CMP-SEAL",
    ],
    titles={"fr": "Envoi d'un courriel", "en": "Sending of a mail"},
)
def send_mail(ctx: RunContext, to: Recipients, subject: Subject, body: Text, cc: Copies = []) -> Result:  # noqa: B006
    """Send a mail as plain text. It cannot be taken back.

    Args:
        to: Mail addresses, such as claire@example.com or Claire Dupré <claire@example.com>.
        subject: One line.
        body: The whole text, with greeting and signature, in the recipient's language.
        cc: Mail addresses that get a copy.
    """
    say, mailbox = _known(ctx)
    checked = letter.written(say, mailbox, to, cc, subject, body)
    message_id = _message_id(mailbox, str(ctx.idempotency_key))
    message = checked.message(mailbox.sender, message_id, ctx.now)
    words = delivery.deliver(ctx.system("mail"), mailbox, checked.recipients, message, say)
    return {
        "summary": sentences.handed_over(say, checked.subject, checked.recipients),
        "reference": message_id,
        "recipients": checked.recipients,
        "server": words,
    }


@send_mail.preview
def _preview(ctx: RunContext, to: list[str], subject: str, body: str, cc: list[str]) -> Result:
    say, mailbox = _known(ctx)
    checked = letter.written(say, mailbox, to, cc, subject, body)
    return {
        say("De", "From"): str(mailbox.sender),
        say("À", "To"): ", ".join(map(str, checked.to)),
        **({"Cc": ", ".join(map(str, checked.cc))} if checked.cc else {}),
        "warnings": _warnings(say, mailbox, checked),
    }


@send_mail.witness
def _witness(ctx: RunContext, to: list[str], subject: str, body: str, cc: list[str]) -> Result:
    """The sender and the server that the card was made for."""
    _, mailbox = _known(ctx)
    return {"_sender": str(mailbox.sender), "_server": mailbox.base_url}


@send_mail.reconcile
def _reconcile(ctx: RunContext, key: str) -> Unsure:
    """Nobody can ask a mail server; a person can look into its log."""
    say, mailbox = _known(ctx)
    return Unsure(sentences.cannot_ask(say, _message_id(mailbox, key)))


def _known(ctx: RunContext) -> tuple[Words, Mailbox]:
    return Words(ctx.actor.language), ctx.system("mail").settings(Mailbox)


def _message_id(mailbox: Mailbox, key: str) -> str:
    return f"<{key}@{mailbox.sender.domain}>"


def _warnings(say: Words, mailbox: Mailbox, checked: Letter) -> list[str]:
    outside = dict.fromkeys(one.spec for one in (*checked.to, *checked.cc) if mailbox.is_outside(one))
    return [sentences.outside(say, list(outside))] if outside else []
