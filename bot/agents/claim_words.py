"""The small words, nouns and set phrases by which a claim is read; French and English."""

from __future__ import annotations


def one_of(said: str) -> frozenset[str]:
    return frozenset(said.split())


# Nouns.
RECORDS = one_of(
    "order orders booking bookings reservation reservations appointment quotation quotations quote refund refunds payment "
    "payments meeting delivery ticket tickets account case invoice invoices machine production request campaign purchase "
    "shipment change changes arrangements update updates modification modifications transfer it them that so everything all "
    "rest subscription leave workflow necessary discount price stock customer supplier cancellation adjustment entry "
    "room address record line quantity task reminder email contract po incident "
    "commande commandes ordre ordres réservation réservations rendez-vous devis remboursement remboursements paiement réunion "
    "livraison ticket compte facture factures demande demandes achat expédition fabrication changement changements campagne "
    "virement abonnement nécessaire annulation suppression création envoi mise modification tout remise prix "
    "client fournisseur "
    "règlement avoir contrat lancement démarrage arrêt opération opérations action actions correction actualisée "
    "salle adresse fiche ligne quantité tâche rappel bon dossier badge incident"
)
TALK = one_of(
    "answer answers reply response figures figure calculation calculations table list summary search searches analysis "
    "estimate estimates comparison check checks question questions research overview lookup query queries mistake "
    "réponse réponses calcul calculs tableau liste résumé recherche recherches analyse estimation comparaison vérification "
    "vérifications question questions chiffres chiffre revue synthèse consultation erreur simulation"
)
READ = one_of(
    "manual manuals document documents page pages handbook guide procedure data numbers view report file files rule rules time "
    "manuel document documents page pages guide procédure données rapport fichier fichiers règle règles temps point parenthèse"
)  # what one opens, enters and handles without changing anything
# Nouns of deeds: when they are over, somebody did it.
DEEDS = one_of(
    "deletion cancellation update change transfer refund booking activation deactivation termination adjustment payment move "
    "suppression annulation mise modification résiliation activation désactivation transfert virement "
    "remboursement réservation "
    "envoi création paiement correction inscription actualisée registration removal creation shipment opération operation"
)
OVER = one_of(
    "effective effectif complete completed complet complète done over finished final fait faite terminé terminée fini finie "
    "enregistré enregistrée effectué effectuée"
)
PROPOSALS = one_of("proposal proposals proposition propositions")
GROUPS = one_of(
    "finance production logistics hr management manager approver approvers admins team group quality sales they "
    "logistique direction responsable approbateur approbateurs groupe équipe qualité ventes rh achats"
)
APPROVAL = one_of(
    "approval review decision sign-off approbation validation accord décision relecture approuver valider"
)
# What is so since somebody made it so, when it is so "now": "the price is now live".
MADE_SO = one_of(
    "live active inactive effective final official gone closed offline online complete production effect force place jour "
    "system erp crm système actif active inactif inactive effectif effective officiel officielle clos close ligne "
    "service date operational "
    "opérationnel opérationnelle hold pause arrêt complet complète prêt prête yours"
)

# Small words.
FIRST = one_of("i we je j nous on baton system assistant système")
SPEAKER = one_of("i we je j nous")
OTHERS = one_of("you he she they vous tu il elle ils elles")
CLITICS = one_of("l le la les lui leur vous y en t te m me nous")
ADVERBS = one_of(
    "just now already also successfully then so therefore finally immediately even both all thus recently again indeed "
    "today well next officially currently meanwhile "
    "bien déjà aussi donc désormais maintenant également ensuite puis enfin immédiatement correctement tout juste "
    "même aussitôt "
    "alors effectivement entièrement totalement définitivement automatiquement actuellement tous toutes finalement"
)
FILLERS = one_of("just now already also successfully bien déjà aussi désormais maintenant ensuite enfin donc finally")
SMALL = CLITICS | ADVERBS
PERSONS = FIRST | OTHERS
NOW = one_of("now désormais maintenant bien officially")
SINCE = one_of("already déjà actuellement currently")
HAVE = one_of("have has had ai avons avais a ont")
BE = one_of("is are est sont")
POSSESSIVE = one_of("your votre vos ton ta tes")
SINGULAR = POSSESSIVE | one_of(
    "the this that it everything our my le la l cette ce c tout notre both deux two mon ma son sa"
)
YOURS = POSSESSIVE | one_of("it c this that notre our")
NO = one_of("no not nothing none nobody neither nor never cannot n ne pas rien aucun aucune jamais ni")
WHEN = one_of(
    "if once when whenever unless until till whether soon provided assuming how why where "
    "si quand lorsque lorsqu dès fois sauf tant jusqu comment pourquoi condition cas sinon réserve"
)
AROUND = one_of("after before while après avant depuis pendant what")
TELL_ME = one_of(
    "tell give confirm say reply answer dites donnez confirmez indiquez précisez répondez dis donne indique précise"
)
WHO = one_of("who which whose qui dont")
RULES = one_of(
    "by par within sous jours days day heures hours every each chaque toujours always only uniquement automatically "
    "automatiquement lors if once when si quand dès après after before avant until aux généralement usually normally jusqu"
)
OBJECT = one_of("the a an your it them this all both another le la l les un une votre vos des deux")
FINITE = one_of("is are was were has have had be been will can est sont a ont était sera seront peut été soit")
CONDITIONS = WHEN - {"until", "till", "jusqu"}  # behind the verb, "until June" is a term
FUTURE = one_of("will sera seront would should serait seraient going va vont")
MODALS = one_of("would could should must may might to will can be être")
# "By" these: a means, or Baton itself; anybody else did the thing without Baton.
NO_AGENT = one_of(
    "me us baton email mail e-mail courriel transfer virement post moi nous mes nos card carte téléphone phone"
)
BREAKS = frozenset(",;:()—–!?…·|")
STOPS = frozenset(";:—–!…,")
CLAUSE = BREAKS | one_of("but mais and et so donc car because therefore hence")
LEADS = one_of(
    "ok okay great perfect sure yes alright right voilà parfait super très bien oui entendu accord d good news bonne "
    "nouvelle done fait got it noted noté understood compris c est reçu absolutely certainly there you go"
)
TICKS = frozenset("✅✔☑🎉")
# Whoever begins so answers an order: what follows was done on it.
HERALDS = one_of("voilà parfait entendu noté great perfect alright done fait super go reçu")
OPENINGS = (LEADS - {"it", "done", "fait"}) | ADVERBS | BREAKS | TICKS
ONE_WORD = one_of("done fait faite terminé terminée completed finished sorted réglé réglée")  # as a whole sentence
LABELS = one_of("result résultat outcome action status statut")
SEVERAL = one_of("two three four five six several deux trois quatre cinq plusieurs")
PREPOSITIONS = one_of(
    "on in for to of with at by from as and or pour dans avec par d de des du en à au aux sur et ou que"
)
ARTICLES = OBJECT | one_of("every each any some these those to chaque ces ce cette")
TAILS = one_of(
    "to for with in at auprès à au pour avec dans chez successfully num no record via by of from on into sur sous under "
    "sans without free automatiquement automatically manually manuellement immediately immédiatement intégralement "
    "vers per comme as under until jusqu"
)

_IDIOMS = """
c est fait / voilà qui est fait / c est lancé / c est chose faite / c est parti / c est réglé / c est en place
est en route / sont en route / est parti / est partie / sont partis / sont parties / est en ligne / m en occupe
m occupe de / me charge de / m en charge / m en suis occupé / m en suis occupée / m en suis chargé / m en suis chargée
me suis occupé / me suis occupée / me suis chargé / me suis chargée / ai noté dans / est noté dans / tout s est passé
a abouti / opération a réussi / operation succeeded / fait le nécessaire / le nécessaire est fait
le nécessaire a été fait / ce que j ai fait / mission accomplie / a démarré / a commencé / a pris effet
été pris en compte / été prise en compte / été prises en compte / été pris en charge / été prise en charge
plus rien à faire / tout est réglé / tout est en ordre / tout est en place / vient de partir / viennent de partir
suit son cours / c est bon pour
est à jour dans / n existe plus / ne figure plus / en cours de création / en cours d envoi / en cours de traitement
en cours d annulation / en cours de remboursement / en cours d exécution / en cours de lancement
en cours de suppression / en cours de modification / en cours de réservation
all done / that is sorted / it is sorted / been sorted / everything is in place / everything is in order / noted it in
noted that in / noted this in / is noted in / was successful / were successful / it is done / that is done
consider it done / all set / all sorted / on its way / on their way / taken care of / took care of / am on it
what i did / what i have done / went through / went out / has gone out / has gone through / gone ahead with
went ahead with / has started / have started / has begun / mission accomplished / is live / are live / is underway
are underway / is under way / is in motion / good to go / done and dusted / got it done / is being handled
made the change / made the changes / made that change / made the booking / no longer exists
"""


def _without_fillers(phrase: str) -> str:
    return " ".join(word for word in phrase.split() if word not in FILLERS)


def _phrases() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for phrase in filter(None, map(str.strip, _IDIOMS.replace("\n", "/").split("/"))):
        plain = _without_fillers(phrase)
        longest = max(plain.split(), key=len)
        found[longest] = (*found.get(longest, ()), f" {plain} ")
    return found


# By their longest word, as phrases between blanks, without the adverbs that may stand inside them.
IDIOMS = _phrases()
NOTHING = ("rien n a été fait", "nothing was done")  # whoever says so claims nothing
