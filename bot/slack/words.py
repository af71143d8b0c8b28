"""Says in French or English what Baton itself has to say; the sentences stand in the two tables beside it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack.card_words import CARD_WORDS
from bot.slack.notice_words import NOTICE_WORDS
from bot.types import Language

_WORDS: Mapping[str, tuple[str, str]] = {**CARD_WORDS, **NOTICE_WORDS}

_STATUS: Mapping[str, tuple[str, str]] = {
    "pending": ("en attente", "pending"),
    "approved": ("approuvé", "approved"),
    "executing": ("en cours", "being carried out"),
    "executed": ("fait", "done"),
    "failed": ("non fait", "not done"),
    "unknown": ("issue inconnue", "outcome unknown"),
    "rejected": ("refusé", "rejected"),
    "expired": ("expiré", "expired"),
    "denied": ("interdit", "denied"),
    "stale": ("périmé", "out of date"),
    "superseded": ("remplacé", "replaced"),
    "withdrawn": ("retiré", "withdrawn"),
}


def say(language: Language, key: str, **values: object) -> str:
    """One sentence, with its values filled in."""
    return _WORDS[key][0 if language == "fr" else 1].format(**values)


def status(language: Language, name: str) -> str:
    """A status as people call it."""
    return _STATUS[name][0 if language == "fr" else 1]


_CAUSES: Mapping[str, str] = {
    "the model did not answer": "le modèle n'a pas répondu",
    "it was interrupted three times": "le travail a été interrompu trois fois",
    "the run was given up": "la demande a été abandonnée",
    "the work on it was interrupted": "le travail a été interrompu",
    "the work on it was held up": "le travail a été retardé",
    "the system says that it did not happen": "le système dit que cela n'a pas eu lieu",
    "this tool cannot look it up": "cet outil ne sait pas le vérifier",
    "the call has not come back yet": "l'appel n'est pas encore revenu",
    "the tool or the stored proposal is no longer what was shown": "l'outil ou la proposition n'est plus ce qui a été montré",
    "the facts changed since they were shown:": "les faits ont changé depuis :",
    "the facts changed since they were shown": "les faits ont changé depuis",
    "the rules forbid it now:": "les règles l'interdisent maintenant :",
    "the rules forbid it now": "les règles l'interdisent maintenant",
    "the rules became stricter": "les règles sont devenues plus strictes",
    "more people are needed now": "il faut maintenant davantage de personnes",
    "somebody who approved may no longer decide": "une personne qui a approuvé ne peut plus en décider",
    "who may decide cannot be read at the moment": "impossible de vérifier pour l'instant qui peut en décider",
    "the time of the rule:": "l'horaire de la règle :",
    "the tool is no longer what was shown": "l'outil n'est plus ce qui a été montré",
    "it may still be on its way": "l'appel est peut-être encore en route",
    "I try again": "je réessaie",
    "the rules forbid it:": "les règles l'interdisent :",
    "the rules forbid it": "les règles l'interdisent",
    "it was edited": "la proposition a été modifiée",
    "the facts changed": "les faits ont changé",
    "its tool is gone": "son outil n'existe plus",
    "no answer within": "pas de réponse en",
    "does not answer at": "ne répond pas à",
    "nothing was sent": "rien n'a été envoyé",
    "no answer after": "pas de réponse après",
    "turns of the model": "tours du modèle",
    "(command line)": "(ligne de commande)",
}


def cause(language: Language, text: str) -> str:
    """A reason that Baton itself gave, in the person's language; what a tool or a system said stays as it is."""
    if language == "fr":
        for english, french in _CAUSES.items():
            text = text.replace(english, french)
    return text
