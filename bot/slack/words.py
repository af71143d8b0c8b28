"""Every sentence that Baton itself says to people, in French and English; knows no state."""

from __future__ import annotations

from collections.abc import Mapping

from bot.types import Language

_WORDS: Mapping[str, tuple[str, str]] = {
    # buttons
    "approve": ("Approuver", "Approve"),
    "reject": ("Refuser", "Reject"),
    "done": ("Cela a été fait", "It was done"),
    "not_done": ("Cela n'a pas été fait", "It was not done"),
    # the card
    "title": ("Décision demandée · {label}", "Decision needed · {label}"),
    "title_over": ("Proposition {label}", "Proposal {label}"),
    "on": ("`{tool}` sur *{system}*", "`{tool}` on *{system}*"),
    "on_nothing": ("`{tool}`", "`{tool}`"),
    "arguments": ("Valeurs exactes", "Exact values"),
    "preview": ("Ce que cela ferait", "What it would do"),
    "warnings": ("Avertissements du système", "Warnings from the system"),
    "facts": ("Situation au moment de la proposition", "The facts when it was proposed"),
    "receipt": ("Confirmation du système", "Receipt from the system"),
    "in_file": (
        "Trop long pour cette carte : tout est dans le fichier `{file}` de ce fil, à lire avant de décider.",
        "Too long for this card: all of it is in the file `{file}` in this thread, to be read before deciding.",
    ),
    "asked_by": ("Demandé par <@{person}> · règle : {rules}", "Asked by <@{person}> · rule: {rules}"),
    "pending": (
        "⏳ *En attente de {groups}*, jusqu'au {until}",
        "⏳ *Waiting for {groups}*, until {until}",
    ),
    "nobody": (
        "⛔ *Personne ne peut décider* : le groupe `{group}` n'existe pas ou est vide. "
        "Lignes à ajouter dans `policy.yaml` :",
        "⛔ *Nobody can decide*: the group `{group}` does not exist or is empty. Lines to add to `policy.yaml`:",
    ),
    "approved": ("✅ *Approuvé* par {by}, l'exécution commence", "✅ *Approved* by {by}, about to be carried out"),
    "executing": ("⚙️ *En cours d'exécution*, approuvé par {by}", "⚙️ *Being carried out*, approved by {by}"),
    "executed": ("✅ *Fait* le {at}, approuvé par {by}", "✅ *Done* on {at}, approved by {by}"),
    "executed_by_word": ("✅ *Fait, selon {by}*, noté le {at}", "✅ *Done, says {by}*, noted on {at}"),
    "failed": ("❌ *Rien n'a été fait* : {reason}", "❌ *Nothing was done*: {reason}"),
    "failed_by_word": ("❌ *Rien n'a été fait*, selon {by}", "❌ *Nothing was done*, says {by}"),
    "unknown": (
        "❓ *Issue inconnue* : {reason}. Vérifiez dans {system}, puis dites ce qu'il en est.",
        "❓ *Outcome unknown*: {reason}. Look in {system}, then say what happened.",
    ),
    "rejected": ("🚫 *Refusé* par {by} : rien n'a été fait", "🚫 *Rejected* by {by}: nothing was done"),
    "rejected_because": (
        "🚫 *Refusé* par {by} : rien n'a été fait. Motif : {reason}",
        "🚫 *Rejected* by {by}: nothing was done. Reason: {reason}",
    ),
    "expired": ("⌛ *Expiré* : rien n'a été fait", "⌛ *Expired*: nothing was done"),
    "denied": ("🚫 *Interdit* : {reason}. Rien n'a été fait.", "🚫 *Denied*: {reason}. Nothing was done."),
    "stale": (
        "♻️ *Périmé* : {reason}. Rien n'a été fait ; demandez à nouveau.",
        "♻️ *Out of date*: {reason}. Nothing was done; ask again.",
    ),
    "mirror": (
        "La décision se prend dans {channels}, car cette conversation n'est pas visible pour {groups}. "
        "Vos messages n'y sont pas repris.",
        "This is decided in {channels}, because {groups} cannot see this conversation. "
        "Your messages are not repeated there.",
    ),
    "its_system": ("le système concerné", "the system itself"),
    "moment": ("d MMMM y 'à' HH:mm", "d MMMM y 'at' HH:mm"),
    "rule": ("la règle {by}", "the rule {by}"),
    "somebody": ("quelqu'un", "somebody"),
    # answers
    "sources": ("Sources", "Sources"),
    "made_by": ("Assistant IA · {model} · {run}", "AI assistant · {model} · {run}"),
    "settled_executed": ("✅ {label} est fait : {summary}", "✅ {label} is done: {summary}"),
    "settled_executed_without_receipt": ("✅ {label} est fait.", "✅ {label} is done."),
    "settled_rejected": ("🚫 {label} a été refusé, rien n'a été fait.", "🚫 {label} was rejected, nothing was done."),
    "settled_expired": ("⌛ {label} a expiré, rien n'a été fait.", "⌛ {label} expired, nothing was done."),
    "settled_failed": ("❌ {label} : rien n'a été fait ({reason}).", "❌ {label}: nothing was done ({reason})."),
    "settled_executed_by_word": (
        "✅ {label} a été fait, selon la personne qui a vérifié.",
        "✅ {label} was done, says the person who looked.",
    ),
    "settled_failed_by_word": (
        "❌ {label} n'a pas été fait, selon la personne qui a vérifié.",
        "❌ {label} was not done, says the person who looked.",
    ),
    "settled_denied": (
        "🚫 {label} : interdit, rien n'a été fait ({reason}).",
        "🚫 {label}: denied, nothing was done ({reason}).",
    ),
    "settled_stale": ("♻️ {label} : rien n'a été fait ({reason}).", "♻️ {label}: nothing was done ({reason})."),
    "passage": ("Passage {number}", "Passage {number}"),
    "close": ("Fermer", "Close"),
    "passage_gone": (
        "Ce passage n'est plus dans les documents : la page a été modifiée ou supprimée depuis.",
        "This passage is no longer in the documents: the page was changed or removed since.",
    ),
    # notices
    "given_up": (
        "Je n'ai pas pu répondre : {cause}. Rien d'autre n'est en cours ; vous pouvez reposer la question. (`{run}`)",
        "I could not answer: {cause}. Nothing else is under way; you can ask again. (`{run}`)",
    ),
    "given_up_after": (
        "Je n'ai pas pu répondre : {cause}. Ce qui a été fait, ou est incertain, est sur les cartes de ce fil : "
        "lisez-les avant de redemander. (`{run}`)",
        "I could not answer: {cause}. What was done, or is uncertain, is on the cards of this thread: "
        "read them before you ask again. (`{run}`)",
    ),
    "unknown_outcome": (
        "❓ {groups} : je ne sais pas si {label} a été fait. Je ne réessaie pas. "
        "Vérifiez dans le système et répondez avec les boutons de la carte.",
        "❓ {groups}: I don't know whether {label} was done. I will not try again. "
        "Please look in the system and answer with the buttons on the card.",
    ),
    "not_shown": (
        "La carte {label} n'a pas pu être affichée (`{error}`). Si c'est un canal, invitez-y d'abord Baton.",
        "The card {label} could not be shown (`{error}`). If it is a channel, invite Baton to it first.",
    ),
    "not_ours": (
        "Cette carte n'appartient pas à cette installation de Baton : rien n'a changé.",
        "This card does not belong to this installation of Baton: nothing changed.",
    ),
    "already": (
        "{label} n'attend plus cette décision ({status}{by}) : rien n'a changé.",
        "{label} no longer waits for this decision ({status}{by}): nothing changed.",
    ),
    "by": (", par {by}", ", by {by}"),
    "too_late": (
        "{label} a expiré avant votre clic : rien n'a été fait.",
        "{label} expired before your click: nothing was done.",
    ),
    "said_already": ("Vous avez déjà donné votre décision sur {label}.", "You have already decided on {label}."),
    "refused_own": (
        "Vous avez demandé {label} : quelqu'un d'autre doit en décider.",
        "You asked for {label}: somebody else has to decide.",
    ),
    "refused_not_member": (
        "Vous ne faites pas partie des personnes qui peuvent décider de {label}. Rien n'a changé.",
        "You are not among the people who may decide on {label}. Nothing changed.",
    ),
    "refused_unreadable": (
        "Je n'ai pas pu vérifier qui peut décider de {label}, donc c'est non pour l'instant. Réessayez dans un moment.",
        "I could not check who may decide on {label}, so for now the answer is no. Try again in a moment.",
    ),
    "working": ("réfléchit…", "is thinking…"),
    # home and prompts
    "greeting": (
        "Bonjour, je suis *Baton*, un assistant IA. Je réponds à partir des documents et des systèmes de l'entreprise, "
        "et je propose des actions : rien d'important ne se fait avant qu'une personne habilitée ne clique.",
        "Hello, I am *Baton*, an AI assistant. I answer from the company's documents and systems, and I propose "
        "actions: nothing consequential happens before somebody who may decide presses a button.",
    ),
    "tools": ("Ce que je sais faire", "What I can do"),
    "asks": ("demande une décision", "needs a decision"),
    "prompts": ("Par exemple", "For example"),
    "offline": (
        "_Aucun modèle de langage n'est configuré : l'assistant hors ligne intégré répond._",
        "_No language model is configured: the embedded offline assistant answers._",
    ),
}

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
    "the facts changed since they were shown": "les faits ont changé depuis",
    "the rules forbid it now": "les règles l'interdisent maintenant",
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
