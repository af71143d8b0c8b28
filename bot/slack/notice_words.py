"""The words of Baton's own notices, of its replies to commands and of its Home; French, English."""

from __future__ import annotations

from collections.abc import Mapping

NOTICE_WORDS: Mapping[str, tuple[str, str]] = {
    # about a run
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
    "claim_removed": (
        "🧾 La réponse du modèle annonçait une action qui ne figure pas au registre ; je ne la reproduis pas. "
        "Voici ce que dit le registre :",
        "🧾 The model's answer told of an action that is not in the ledger; it is left out. Here is what the ledger says:",
    ),
    "nothing_in_ledger": (
        "Pour cette demande, rien n'a été fait : aucune action n'a été exécutée.",
        "For this request nothing was done: no action was carried out.",
    ),
    "working": ("réfléchit…", "is thinking…"),
    # about a proposal, in its thread
    "no_words": (
        "Un « oui » écrit n'approuve rien : {label} attend le bouton « Approuver », que peut presser {groups}.",
        "A written “yes” approves nothing: {label} waits for its “Approve” button, which {groups} can press.",
    ),
    "asks_again": (
        "♻️ {groups} : {label} remplace {replaces} ({cause}). Rien n'a été fait ; merci d'en décider.",
        "♻️ {groups}: {label} replaces {replaces} ({cause}). Nothing was done; please decide on it.",
    ),
    "more_needed": (
        "⏳ {groups} : {label} attend de nouveau une décision ({cause}). Rien n'a été fait.",
        "⏳ {groups}: {label} waits for a decision again ({cause}). Nothing was done.",
    ),
    "reminder": (
        "🔔 {groups} : {label} attend toujours votre décision, jusqu'au {until}.",
        "🔔 {groups}: {label} still waits for your decision, until {until}.",
    ),
    "escalated": (
        "🔔 {groups} : {label} attend toujours une décision ; {asked} peut maintenant en décider aussi.",
        "🔔 {groups}: {label} still waits for a decision; {asked} may now decide on it too.",
    ),
    "question": (
        "💬 {to} : {by} a une question avant de décider de {label}.",
        "💬 {to}: {by} has a question before deciding on {label}.",
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
    # to whoever pressed a button, for their eyes only
    "not_ours": (
        "Votre clic est arrivé chez une autre installation de Baton, qui n'y a pas donné suite : cliquez à nouveau. "
        "Pour les administrateurs : il faut une application Slack par installation.",
        "Your click reached another installation of Baton, which did not act on it: please click again. "
        "For administrators: each installation needs a Slack app of its own.",
    ),
    "card_changed": (
        "Cette carte a changé entre-temps : rien n'a été décidé. Relisez-la et pressez à nouveau.",
        "This card changed meanwhile: nothing was decided. Please read it again, then press again.",
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
        "Vous avez demandé ou modifié {label} : quelqu'un d'autre doit en décider.",
        "You asked for {label}, or edited it: somebody else has to decide.",
    ),
    "refused_own_delegate": (
        "Vous parlez ici à la place d'un auteur de {label}, ou vous en êtes un : quelqu'un d'autre doit en décider.",
        "Here you speak for an author of {label}, or you are one: somebody else has to decide.",
    ),
    "refused_not_member": (
        "Vous ne faites pas partie des personnes qui peuvent décider de {label}. Rien n'a changé.",
        "You are not among the people who may decide on {label}. Nothing changed.",
    ),
    "refused_not_requester": (
        "{label} ne peut être retiré que par la personne qui l'a demandé. Rien n'a changé.",
        "{label} can only be withdrawn by whoever asked for it. Nothing changed.",
    ),
    "refused_unreadable": (
        "Je n'ai pas pu vérifier qui peut décider de {label}, donc c'est non pour l'instant. Réessayez dans un moment.",
        "I could not check who may decide on {label}, so for now the answer is no. Try again in a moment.",
    ),
    "refused_typed": (
        "La valeur saisie n'est pas celle de `{typed}` : {label} n'est pas approuvé. Relisez la carte.",
        "What was typed is not the value of `{typed}`: {label} is not approved. Please read the card again.",
    ),
    "typed_needed": (
        "Pour approuver {label}, il faut saisir la valeur de `{typed}` : pressez « Approuver » sur sa carte. "
        "Rien n'a changé.",
        "To approve {label}, the value of `{typed}` has to be typed: press “Approve” on its card. Nothing changed.",
    ),
    "edit_refused": (
        "{label} n'a pas été modifié : {cause}. La proposition reste telle qu'elle était.",
        "{label} was not edited: {cause}. The proposal stays as it was.",
    ),
    "edit_same": (
        "Vous n'avez changé aucune valeur de {label} : la proposition reste telle quelle.",
        "You changed no value of {label}: the proposal stays as it is.",
    ),
    "edited_already": (
        "{label} a été modifié pendant que vous l'éditiez : vos valeurs n'ont pas été retenues. "
        "Repartez de la nouvelle proposition.",
        "{label} was edited by somebody else meanwhile: your values were not taken. Start from the new proposal.",
    ),
    "undo_late": (
        "Le délai pour annuler {label} est passé : rien n'a changé.",
        "The time in which {label} could be undone is over: nothing changed.",
    ),
    "undo_cannot": (
        "{label} ne peut pas être annulé par Baton : son outil ne le prévoit pas.",
        "{label} cannot be undone by Baton: its tool does not offer it.",
    ),
    "undo_refused": (
        "{label} n'est pas annulé : {cause}. Rien n'a changé.",
        "{label} is not undone: {cause}. Nothing changed.",
    ),
    "undo_already": (
        "L'annulation de {label} a déjà été demandée : voyez sa carte.",
        "To undo {label} has already been proposed: see its card.",
    ),
    "form_late": (
        "Le formulaire n'a pas pu s'ouvrir ; rien n'a changé. Pressez le bouton à nouveau.",
        "The form could not be opened; nothing changed. Please press the button again.",
    ),
    "no_longer_unknown": (
        "L'issue de {label} est connue entre-temps : voyez sa carte.",
        "What became of {label} is known meanwhile: see its card.",
    ),
    "still_unknown": (
        "J'ai cherché à nouveau : je ne sais toujours pas si {label} a été fait ({cause}). Je ne réessaie pas.",
        "I looked again: I still don't know whether {label} was done ({cause}). I do not try again.",
    ),
    # delegation
    "delegated": (
        "✅ {delegate} peut décider à votre place jusqu'au {until}. Pour y mettre fin : `/baton delegate stop`",
        "✅ {delegate} may decide in your place until {until}. To end it: `/baton delegate stop`",
    ),
    "delegation_told": (
        "{person} vous a désigné(e) pour décider à sa place jusqu'au {until}. Vos clics compteront comme les siens, "
        "à votre nom ; jamais pour ce que l'un de vous deux a demandé.",
        "{person} has asked you to decide in their place until {until}. Your clicks count as theirs, under your name; "
        "never for what either of you asked for.",
    ),
    "delegation_is": (
        "{delegate} décide à votre place jusqu'au {until}. Pour y mettre fin : `/baton delegate stop`",
        "{delegate} decides in your place until {until}. To end it: `/baton delegate stop`",
    ),
    "delegation_none": ("Personne ne décide à votre place.", "Nobody decides in your place."),
    "delegation_ended": (
        "✅ C'est terminé : {delegate} ne décide plus à votre place.",
        "✅ Ended: {delegate} no longer decides in your place.",
    ),
    "delegation_usage": (
        "Pour qu'un collègue décide à votre place pendant votre absence, écrivez par exemple :\n"
        "• `/baton delegate @collègue jusqu'à vendredi`\n• `/baton delegate @collègue jusqu'au 24 décembre`\n"
        "`/baton delegate` dit qui décide pour vous, `/baton delegate stop` y met fin. Trente jours au plus.",
        "To let a colleague decide in your place while you are away, write for example:\n"
        "• `/baton delegate @colleague until friday`\n• `/baton delegate @colleague until 24 December`\n"
        "`/baton delegate` says who decides for you, `/baton delegate stop` ends it. Thirty days at most.",
    ),
    "delegation_who": (
        "Je n'ai pas compris qui doit décider à votre place : mentionnez une personne, par exemple `@collègue`.",
        "I did not understand who is to decide in your place: mention one person, such as `@colleague`.",
    ),
    "delegation_self": (
        "Vous ne pouvez pas vous désigner vous-même : mentionnez un ou une collègue.",
        "You cannot name yourself: mention a colleague.",
    ),
    "delegation_past": (
        "Cette date est déjà passée : rien n'a changé. Indiquez un moment à venir.",
        "That time has passed: nothing changed. Name one that is to come.",
    ),
    "delegation_too_long": (
        "{days} jours au plus : rien n'a changé. Choisissez une date plus proche ; vous pourrez prolonger.",
        "{days} days at most: nothing changed. Choose an earlier day; you can extend it later.",
    ),
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
