"""The words of cards, of the forms behind their buttons and of the ledger's lines above an answer; French, English."""

from __future__ import annotations

from collections.abc import Mapping

CARD_WORDS: Mapping[str, tuple[str, str]] = {
    # buttons
    "approve": ("Approuver", "Approve"),
    "typed": ("Approuver", "Approve"),
    "reject": ("Refuser", "Reject"),
    "edit": ("Modifier", "Edit"),
    "ask": ("Poser une question", "Ask a question"),
    "approve_all": ("Approuver les {n}", "Approve all {n}"),
    "reject_all": ("Refuser les {n}", "Reject all {n}"),
    "done": ("Cela a été fait", "It was done"),
    "not_done": ("Cela n'a pas été fait", "It was not done"),
    "check": ("Vérifier à nouveau", "Check again"),
    "withdraw": ("Retirer ma demande", "Withdraw my request"),
    "undo": ("Annuler cette action", "Undo"),
    "undo_title": ("Annuler {label} ?", "Undo {label}?"),
    "undo_text": (
        "Baton prépare la proposition inverse ; les règles disent qui en décide, comme pour toute action.",
        "Baton prepares the reverse proposal; the rules say who decides on it, as on any action.",
    ),
    "undo_yes": ("Proposer l'annulation", "Propose to undo it"),
    "undo_no": ("Ne rien faire", "Leave it"),
    # what would happen
    "title": ("Décision demandée · {labels}", "Decision needed · {labels}"),
    "title_many": ("{n} décisions demandées · {labels}", "{n} decisions needed · {labels}"),
    "title_over": ("Proposition {labels}", "Proposal {labels}"),
    "title_over_many": ("Propositions {labels}", "Proposals {labels}"),
    "on": ("`{tool}` sur *{system}*", "`{tool}` on *{system}*"),
    "on_nothing": ("`{tool}`", "`{tool}`"),
    "destructive": ("⚠️ *Action destructive*", "⚠️ *Destructive action*"),
    "undoes": ("↩️ Pour annuler *{label}*", "↩️ To undo *{label}*"),
    "replaces_edited": ("♻️ *Remplace {label}* : modifié par {by}", "♻️ *Replaces {label}*: edited by {by}"),
    "replaces_facts": ("♻️ *Remplace {label}* : les faits ont changé", "♻️ *Replaces {label}*: the facts changed"),
    "replaces_hidden": (
        "♻️ *Remplace {label}* : l'enregistrement a changé entre-temps dans {system}, pas ce qui est montré ici",
        "♻️ *Replaces {label}*: the record changed in {system} meanwhile, but nothing that is shown here",
    ),
    "changed": ("Ce qui a changé", "What changed"),
    "arguments": ("Valeurs exactes", "Exact values"),
    "preview": ("Ce que cela ferait", "What it would do"),
    "warnings": ("Avertissements du système", "Warnings from the system"),
    "facts": ("Situation au moment de la proposition", "The facts when it was proposed"),
    "receipt": ("Confirmation du système", "Receipt from the system"),
    "in_file": (
        "📎 Trop long pour cette carte : tout est dans le fichier `{file}` de ce fil, à lire avant de décider.",
        "📎 Too long for this card: all of it is in the file `{file}` in this thread, to be read before deciding.",
    ),
    "asked_by": ("Demandé par {person}", "Asked by {person}"),
    "edited_by": ("modifié par {people}", "edited by {people}"),
    "by_rule": ("règle : {rules}", "rule: {rules}"),
    "by_rules": ("règles : {rules}", "rules: {rules}"),
    "its_system": ("le système concerné", "the system itself"),
    "moment": ("d MMMM y 'à' HH:mm", "d MMMM y 'at' HH:mm"),
    "rule": ("la règle {by}", "the rule {by}"),
    "somebody": ("quelqu'un", "somebody"),
    "so_many": ("{count} parmi {group}", "{count} of {group}"),
    "either": ("{group} ou {also}", "{group} or {also}"),
    "both": ("{some} et {last}", "{some} and {last}"),
    "in_place_of": ("{person} pour {principal}", "{person} for {principal}"),
    # where it stands
    "pending": ("⏳ *En attente de {groups}*, jusqu'au {until}", "⏳ *Waiting for {groups}*, until {until}"),
    "pending_again": ("⏪ À décider de nouveau : {reason}", "⏪ To be decided again: {reason}"),
    "so_far": ("☑️ {done} sur {count} : {people}", "☑️ {done} of {count}: {people}"),
    "so_far_of": ("☑️ {group} · {done} sur {count} : {people}", "☑️ {group} · {done} of {count}: {people}"),
    "type_it": (
        "🔢 Pour approuver, il faut saisir la valeur de `{name}`.",
        "🔢 To approve, type the value of `{name}`.",
    ),
    "nobody": (
        "⛔ *Personne ne peut décider* : le groupe `{group}` n'existe pas ou est vide. "
        "Lignes à ajouter dans `policy.yaml` :\n```{yaml}```",
        "⛔ *Nobody can decide*: the group `{group}` does not exist or is empty. "
        "Lines to add to `policy.yaml`:\n```{yaml}```",
    ),
    "approved": ("✅ *Approuvé* par {by}, l'exécution commence", "✅ *Approved* by {by}, about to be carried out"),
    "approved_held": (
        "✅ *Approuvé* par {by}, attend jusqu'au {until} : {reason}",
        "✅ *Approved* by {by}, waits until {until}: {reason}",
    ),
    "approved_because": (
        "✅ *Approuvé* par {by}, mais attend : {reason}",
        "✅ *Approved* by {by}, but waits: {reason}",
    ),
    "executing": ("⚙️ *En cours d'exécution*, approuvé par {by}", "⚙️ *Being carried out*, approved by {by}"),
    "executing_because": (
        "⚙️ *La réponse s'est perdue* ({reason}). Je cherche dans {system} ce qu'il en est ; je ne réessaie pas. "
        "Approuvé par {by}",
        "⚙️ *The reply was lost* ({reason}). I am looking it up in {system}; I do not try again. Approved by {by}",
    ),
    "executed": ("✅ *Fait* le {at}, approuvé par {by}", "✅ *Done* on {at}, approved by {by}"),
    "executed_by_word": ("✅ *Fait, selon {by}*, noté le {at}", "✅ *Done, says {by}*, noted on {at}"),
    "undo_until": ("↩️ Annulable jusqu'au {until}", "↩️ Can be undone until {until}"),
    "undone": ("↩️ *Annulé depuis* par {label}", "↩️ *Undone since* by {label}"),
    "failed": ("❌ *Rien n'a été fait* : {reason}", "❌ *Nothing was done*: {reason}"),
    "failed_by_word": ("❌ *Rien n'a été fait*, selon {by}", "❌ *Nothing was done*, says {by}"),
    "unknown": (
        "❓ *Issue inconnue* : {reason}. {groups} : vérifiez dans {system}, puis dites ce qu'il en est.",
        "❓ *Outcome unknown*: {reason}. {groups}: look in {system}, then say what happened.",
    ),
    "rejected": ("🚫 *Refusé* par {by} : rien n'a été fait", "🚫 *Rejected* by {by}: nothing was done"),
    "rejected_because": (
        "🚫 *Refusé* par {by} : rien n'a été fait. Motif : {reason}",
        "🚫 *Rejected* by {by}: nothing was done. Reason: {reason}",
    ),
    "expired": ("⌛ *Expiré* : rien n'a été fait", "⌛ *Expired*: nothing was done"),
    "expired_because": (
        "⌛ *Expiré* : rien n'a été fait. Motif : {reason}",
        "⌛ *Expired*: nothing was done. Reason: {reason}",
    ),
    "denied": ("🚫 *Interdit* : {reason}. Rien n'a été fait.", "🚫 *Denied*: {reason}. Nothing was done."),
    "stale": (
        "♻️ *Périmé* : {reason}. Rien n'a été fait ; demandez à nouveau.",
        "♻️ *Out of date*: {reason}. Nothing was done; ask again.",
    ),
    "superseded": (
        "✏️ *Remplacé* : {by} en a modifié les valeurs. Rien n'a été fait avec celles-ci.",
        "✏️ *Replaced*: {by} edited its values. Nothing was done with these.",
    ),
    "withdrawn": ("✋ *Retiré* par {by} : rien n'a été fait", "✋ *Withdrawn* by {by}: nothing was done"),
    "withdrawn_because": (
        "✋ *Retiré* par {by} : rien n'a été fait. Motif : {reason}",
        "✋ *Withdrawn* by {by}: nothing was done. Reason: {reason}",
    ),
    "mirror": (
        "La décision se prend dans {channels}, car cette conversation n'est pas visible pour {groups}. "
        "Vos messages n'y sont pas repris.",
        "This is decided in {channels}, because {groups} cannot see this conversation. "
        "Your messages are not repeated there.",
    ),
    # forms
    "cancel": ("Annuler", "Cancel"),
    "reject_form": ("Refuser {labels}", "Reject {labels}"),
    "reject_all_form": ("Refuser {n} propositions", "Reject {n} proposals"),
    "reject_intro": ("Rien ne sera fait pour *{labels}*.", "Nothing will be done for *{labels}*."),
    "reject_reason": ("Motif", "Reason"),
    "reject_hint": (
        "Il est écrit sur la carte et transmis à l'assistant.",
        "It is written on the card and given to the assistant.",
    ),
    "ask_form": ("Question sur {labels}", "Question about {labels}"),
    "ask_label": ("Votre question", "Your question"),
    "ask_hint": (
        "Elle est posée dans le fil, à qui a demandé l'action. {labels} reste en attente.",
        "It is put in the thread, to whoever asked for the action. {labels} keeps waiting.",
    ),
    "ask_send": ("Envoyer", "Send"),
    "typed_form": ("Approuver {labels}", "Approve {labels}"),
    "typed_label": ("Saisissez la valeur de « {name} »", "Type the value of “{name}”"),
    "typed_hint": ("Telle qu'elle figure parmi les valeurs exactes.", "As it stands among the exact values."),
    "edit_form": ("Modifier {labels}", "Edit {labels}"),
    "edit_intro": (
        "Vos valeurs feront une nouvelle proposition, qui remplace *{labels}*. Comme vous en serez l'un des auteurs, "
        "c'est quelqu'un d'autre qui décidera, sauf si une règle dit le contraire.",
        "Your values will make a new proposal, which replaces *{labels}*. Since you will be one of its authors, "
        "somebody else decides on it, unless a rule says otherwise.",
    ),
    "edit_send": ("Proposer", "Propose"),
    "kept": (
        "*{name}* ne peut pas être modifié dans un formulaire : sa valeur reste telle quelle.",
        "*{name}* cannot be edited in a form: its value is kept as it is.",
    ),
    "yes": ("Oui", "Yes"),
    "no": ("Non", "No"),
    "no_value": ("(aucune valeur)", "(no value)"),
    "as_json": ("À écrire en JSON.", "To be written as JSON."),
    "bad_json": (
        "Ce n'est pas du JSON valide (ligne {line}, colonne {column}).",
        "This is not valid JSON (line {line}, column {column}).",
    ),
    "bad_json_number": ("{what} n'est pas un nombre en JSON.", "{what} is not a number in JSON."),
    "bad_integer": ("Un nombre entier est attendu, par exemple 120.", "A whole number is needed, such as 120."),
    "bad_number": (
        "Un nombre est attendu, sans espace et avec un point : 1250.50",
        "A number is needed, without spaces and with a point: 1250.50",
    ),
    "bad_choice": ("Cette valeur n'est pas dans la liste.", "This value is not in the list."),
    "needed": ("Cette valeur est nécessaire.", "This value is needed."),
    # answers
    "sources": ("Sources", "Sources"),
    "made_by": ("Assistant IA · {model} · {run}", "AI assistant · {model} · {run}"),
    "settled_executed": ("✅ {label} est fait : {summary}", "✅ {label} is done: {summary}"),
    "settled_executed_without_receipt": ("✅ {label} est fait.", "✅ {label} is done."),
    "settled_executed_by_word": (
        "✅ {label} a été fait, selon la personne qui a vérifié.",
        "✅ {label} was done, says the person who looked.",
    ),
    "settled_executed_undo": ("↩️ {label} : c'est annulé. {summary}", "↩️ {label}: it was undone. {summary}"),
    "settled_changed": (
        "✏️ {label} a été fait avec les valeurs que {people} a modifiées.",
        "✏️ {label} was done with the values that {people} changed.",
    ),
    "settled_rejected": ("🚫 {label} a été refusé, rien n'a été fait.", "🚫 {label} was rejected, nothing was done."),
    "settled_expired": ("⌛ {label} a expiré, rien n'a été fait.", "⌛ {label} expired, nothing was done."),
    "settled_withdrawn": ("✋ {label} a été retiré, rien n'a été fait.", "✋ {label} was withdrawn, nothing was done."),
    "settled_superseded": (
        "✏️ {label} a été remplacé par une proposition modifiée, rien n'a été fait avec ses valeurs.",
        "✏️ {label} was replaced by an edited proposal, nothing was done with its values.",
    ),
    "settled_failed": ("❌ {label} : rien n'a été fait ({reason}).", "❌ {label}: nothing was done ({reason})."),
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
}
