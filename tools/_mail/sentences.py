"""What the mail tool says to people, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from _words import Words

from bot import ToolError


def handed_over(say: Words, subject: str, recipients: Sequence[str]) -> str:
    """The server has taken it; whether anybody reads it, nobody knows."""
    to = say.first(recipients)
    return say(f"Le courriel « {subject} » est parti : {to}.", f"The mail “{subject}” is on its way: {to}.")


def outside(say: Words, specs: Sequence[str]) -> str:
    to = ", ".join(specs)
    return say(f"Destinataires hors de l'entreprise : {to}", f"Recipients outside the company: {to}")


def cannot_ask(say: Words, message_id: str) -> str:
    french = "un serveur de courriel ne dit pas ce qu'il est advenu d'un envoi ; cherchez dans son journal le"
    english = "a mail server does not tell what became of a letter; look in its log for the"
    return say(f"{french} Message-ID {message_id}", f"{english} Message-ID {message_id}")


# ---------------------------------------------------------------------- refusals: nothing was sent


def _refusal(say: Words, french: str, english: str) -> ToolError:
    return ToolError(say(f"{french} : rien n'a été envoyé", f"{english}: nothing was sent"))


def bad_address(say: Words, written: str) -> ToolError:
    shown = ascii(written[:80])[1:-1] if not written.isprintable() else written[:80]
    return _refusal(say, f"« {shown} » n'est pas une adresse de courriel", f"'{shown}' is no mail address")


def bad_subject(say: Words) -> ToolError:
    return _refusal(say, "l'objet doit être une seule ligne, non vide", "the subject must be one line, and not empty")


def encoded_subject(say: Words) -> ToolError:
    french = "l'objet contient « =? », par quoi commence un texte codé : il serait lu autrement qu'il n'est écrit"
    return _refusal(say, french, "the subject has '=?', as encoded text begins: it would read otherwise than written")


def empty(say: Words) -> ToolError:
    return _refusal(say, "le courriel n'a pas de texte", "the mail has no text")


def not_allowed(say: Words, specs: Sequence[str], domains: Sequence[str]) -> ToolError:
    to, known = ", ".join(specs), ", ".join(domains)
    french = f"sources.yaml ne permet d'écrire qu'à {known}, pas à {to}"
    return _refusal(say, french, f"sources.yaml allows mail to {known} only, not to {to}")


def unprotected(say: Words, host: str) -> ToolError:
    french = f"{host} n'offre pas de chiffrement (STARTTLS)"
    return _refusal(say, french, f"{host} offers no encryption (STARTTLS)")


def not_let_in(say: Words) -> ToolError:
    french = "le serveur de courriel refuse l'identifiant ou le mot de passe donnés dans sources.yaml"
    return _refusal(say, french, "the mail server refuses the user or password of sources.yaml")


def not_connected(say: Words, failure: str) -> ToolError:
    french = f"la liaison avec le serveur de courriel a échoué ({failure})"
    return _refusal(say, french, f"the connection to the mail server failed ({failure})")


def too_slow(say: Words) -> ToolError:
    return _refusal(say, "le serveur de courriel est trop lent", "the mail server is too slow")


def refused(say: Words, words: str) -> ToolError:
    return _refusal(say, f"le serveur de courriel refuse ({words})", f"the mail server refuses ({words})")


def recipients_refused(say: Words, refused: Mapping[str, str]) -> ToolError:
    told = say.parts(f"{recipient} ({words})" for recipient, words in refused.items())
    french = f"le serveur de courriel refuse des destinataires, donc personne ne l'a reçu ; {told}"
    return _refusal(say, french, f"the mail server refuses recipients, so nobody got it; {told}")
