"""The verbs of deeds, in every form in which a claim uses them; French and English.

A verb that the tables do not hold is guessed from its ending, unless it says what a reader does: find, check, compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from bot.agents.claim_words import one_of


class Form(Enum):
    """What a verb's form can carry: `SAID` after "I" alone, `DONE` after "have" or "been", `DOING` after "am"."""

    SAID = auto()
    DONE = auto()
    DOING = auto()
    BARE = auto()


@dataclass(frozen=True)
class Verb:
    base: str
    french: bool
    forms: frozenset[Form]
    guessed: bool = False


_ENGLISH = """
accept activate add adjust allocate amend apply approve archive arrange assign authorise authorize bill block book cancel
change charge close complete confirm contact create credit deactivate debit delete deliver deploy disable dispatch
duplicate edit email enable enter erase execute extend file finalise finalize fix forward generate grant halt handle
implement increase inform initiate insert install invite invoice issue launch lock log lower message modify move notify
open order pause perform place post postpone process publish purchase raise reassign reboot record reduce refund register
reimburse release remove renew reopen reschedule reserve restart restore resume return revoke save schedule settle ship
sign start store submit suspend switch transfer trigger unblock unlock update upload validate void
alert correct downgrade enrol enroll provision reorder replace subscribe terminate unsubscribe upgrade
push escalate quarantine flag tag pin reroute redirect split merge link unlink attach detach relocate ban recall rename
refill restock replenish print reprint wipe rotate kick onboard offboard award waive reverse offset reclassify clear configure
wire remit pack patch roll migrate import export sync synchronise synchronize connect disconnect share adjust calibrate power
remind ping call text whitelist blacklist free unlist swap exchange compensate reallocate prioritise prioritize expedite
accelerate shorten reprogram reply queue forward resubmit reissue retract discard deduct top fulfil fulfill
"""
_ENGLISH_IRREGULAR = {
    "send": "sent", "resend": "resent", "buy": "bought", "pay": "paid", "make": "made", "do": "did done", "reset": "reset",
    "set": "set", "cancel": "cancelled canceled", "submit": "submitted", "stop": "stopped", "ship": "shipped",
    "transfer": "transferred", "log": "logged", "put": "put", "sell": "sold", "withdraw": "withdrew withdrawn",
    "undo": "undid undone", "write": "wrote written", "give": "gave given", "let": "let", "tell": "told", "hold": "held",
    "rebook": "rebooked", "shut": "shut", "cut": "cut", "take": "took taken", "bring": "brought", "overwrite": "overwritten",
    "tag": "tagged", "flag": "flagged", "pin": "pinned", "split": "split", "ban": "banned", "wipe": "wiped", "swap": "swapped",
    "unsubscribe": "unsubscribed", "resubmit": "resubmitted", "remit": "remitted", "top": "topped", "fulfil": "fulfilled",
    "enrol": "enrolled", "debit": "debited", "credit": "credited", "reprogram": "reprogrammed", "freeze": "froze frozen",
}  # fmt: skip
_FRENCH = """
accepter accorder acheter achever activer actualiser affecter ajouter ajuster alerter annuler appliquer approuver archiver
arrêter assigner attribuer augmenter autoriser avertir baisser bloquer changer clôturer commander confirmer contacter
créditer créer débiter débloquer décaler déclencher démarrer déplacer déposer déployer désactiver dupliquer effacer
effectuer enlever enregistrer envoyer exécuter expédier facturer fermer finaliser générer informer initier insérer
installer inviter lancer libérer livrer modifier notifier organiser passer payer planifier poster procéder programmer
prolonger publier réactiver réaliser redémarrer réduire régler réinitialiser relancer rembourser renouveler renvoyer
reporter reprogrammer réserver restaurer retirer révoquer sauvegarder signer solder stopper supprimer terminer traiter
transférer valider verrouiller virer
corriger réapprovisionner réceptionner remplacer résilier vider
isoler étiqueter épingler rediriger réacheminer scinder fusionner rattacher détacher renommer imprimer réaffecter réassigner
synchroniser importer exporter partager connecter déconnecter configurer paramétrer avancer repousser intégrer rectifier
compenser recréditer prélever verser régulariser échanger substituer consigner adresser couper allumer basculer purger acheminer
aviser convier convoquer désinscrire octroyer lever décompter rétrograder prioriser accélérer raccourcir escalader ventiler
imputer comptabiliser abonner désabonner recréer dédoublonner allouer délivrer confier rappeler recommander
"""
_FRENCH_IRREGULAR = {
    "avertir": "averti", "réduire": "réduit", "faire": "fait", "émettre": "émis", "transmettre": "transmis",
    "soumettre": "soumis", "ouvrir": "ouvert", "établir": "établi", "prendre": "pris", "inscrire": "inscrit",
    "prévenir": "prévenu", "suspendre": "suspendu", "mettre": "mis", "conclure": "conclu", "vendre": "vendu",
    "rétablir": "rétabli", "remettre": "remis", "rendre": "rendu", "remplir": "rempli", "saisir": "saisi",
    "interrompre": "interrompu", "joindre": "joint", "résoudre": "résolu", "ralentir": "ralenti", "répartir": "réparti",
    "souscrire": "souscrit", "reconduire": "reconduit", "éteindre": "éteint", "restreindre": "restreint",
    "offrir": "offert", "écrire": "écrit", "détruire": "détruit", "introduire": "introduit", "clore": "clos",
    "raccourcir": "raccourci", "réunir": "réuni", "rouvrir": "rouvert", "réinscrire": "réinscrit",
    "répondre": "répondu", "déduire": "déduit",
}  # fmt: skip
# Said of oneself in the present, French does the thing: "je lance la production". English does not.
_FRENCH_NOW = one_of(
    "crée lance envoie renvoie expédie annule supprime efface réserve commande rembourse modifie actualise procède passe "
    "valide approuve confirme arrête stoppe démarre redémarre planifie programme reporte décale exécute effectue enregistre "
    "paie paye règle transfère publie ajoute bloque débloque fais transmets relance inscris ouvre clôture désactive réactive"
)
_FRENCH_WE = one_of("procédons lançons annulons créons effectuons enregistrons confirmons transmettons")
# What Baton does without touching anything, and what anybody says of a conversation.
_READING_ENGLISH = """
look check search review verify analyse analyze consult count list notice note identify determine consider receive ask try
attempt fail want need hope assume explain mention propose suggest draft prepare describe summarise summarize translate sort
filter base include interest limit use query pull gather collect retrieve locate inspect examine double-check cross-check
realise realize misunderstand plan outline highlight miss guess report refer detect discover learn conclude decide recommend
promise intend expect require allow suppose obtain round ignore exclude convert simulate test encounter reach wait answer
respond compare calculate compute estimate group rank format total detail relate request prefer finish work talk load scan
access browse match quote cite paste copy-check recheck rephrase clarify apologise apologize encourage advise inquire enquire
mean care help assess evaluate observe measure track monitor interpret confuse mistake skip omit correlate extract map derive
reject refuse decline deny expire arrive delay affect cause happen occur manage own concern involve contain design name call-out
associate link-check thank welcome enjoy discuss walk run proceed need look-up go have think hear miss sorry get assum point
"""
_READING_FRENCH = """
trouver regarder vérifier chercher rechercher consulter comparer calculer estimer examiner analyser compter lister noter repérer
identifier déterminer considérer demander essayer tenter penser supposer expliquer mentionner proposer suggérer rédiger préparer
résumer trier filtrer baser limiter utiliser interroger récupérer relever constater remarquer oublier préciser indiquer signaler
parler contrôler inspecter simuler détecter observer rassembler arrondir cibler parcourir évaluer croiser classer regrouper
sélectionner retrouver réfléchir hésiter espérer souhaiter décider prévoir recommander refuser rejeter retarder échouer expirer
arriver rester détailler expliciter reformuler citer ignorer exclure copier coller charger lier associer concerner tester mesurer
suivre écouter discuter aider conseiller rencontrer rater manquer tromper compléter approfondir nommer appeler situer adapter
"""
_ENGLISH_PAST = re.compile(r"[a-z-]{2,}(?<!e)ed$")
_ENGLISH_ING = re.compile(r"[a-z-]{3,}ing$")
_FRENCH_INFINITIVE = re.compile(r"[a-zà-ÿ]{3,}er$")
_FRENCH_PAST = re.compile(r"[a-zà-ÿ]{3,}é(?:e?s?)$")
_NO_VERBS = one_of("été congé congés based limited detailed nothing anything something")

# Verbs by how they are read.
APPROVING = one_of(
    "approve validate authorise authorize confirm sign accept grant "
    "approuver valider autoriser confirmer signer accepter accorder "
)
# What one reads of a record, so "is shipped" or "- SO-12: paid" is a fact; "has been shipped" without a date is a claim.
STATES = one_of(
    "take pay ship deliver dispatch invoice bill settle close open complete block lock suspend accept sign file store confirm "
    "prendre payer régler livrer expédier facturer solder fermer ouvrir terminer achever bloquer suspendre signer accepter "
    "confirmer "
)
ARRANGING = one_of(
    "book reserve schedule reschedule postpone move push réserver planifier programmer reprogrammer reporter décaler "
    "déplacer organiser arrange repousser avancer "
)
# Verbs of everyday speech count only with a record for object: "I made the booking", not "I made an assumption".
LIGHT = one_of(
    "confirm validate make do set put take give bring hold run return inform share call text top print pack reply clear link "
    "confirmer valider faire mettre prendre rendre passer confier recommander rappeler partager imprimer informer conclure "
    "joindre couper remettre répondre établir complete start terminer achever démarrer write écrire "
)
# These are also done to what one reads: "I opened a ticket", but not "I opened the manual".
COMMON = LIGHT | one_of(
    "open enter handle process apply perform move store file fix lower raise close settle log record free split roll cut "
    "ouvrir traiter appliquer réaliser effectuer fermer avancer lever remplir saisir "
)
PROPOSING = one_of(
    "create send submit make post add issue open place forward record register log save generate enter file do push "
    "créer envoyer soumettre transmettre émettre déposer enregistrer publier faire générer ouvrir établir lancer "
)


def _english(base: str) -> Iterator[tuple[str, Form]]:
    yield base, Form.BARE
    stem = base.removesuffix("e")
    past = _ENGLISH_IRREGULAR.get(base) or (base[:-1] + "ied" if base[-2:] in ("fy", "ry", "ly", "py") else stem + "ed")
    for form in past.split():
        yield form, Form.SAID
        yield form, Form.DONE
    for ing in {stem + "ing", stem + stem[-1] + "ing"}:
        yield ing, Form.DOING


def _french(base: str) -> Iterator[tuple[str, Form]]:
    yield base, Form.BARE
    done = _FRENCH_IRREGULAR.get(base) or base.removesuffix("er") + "é"
    for ending in ("", "e", "s", "es"):
        yield done + ending, Form.DONE
    stem = re.sub("èr$", "ér", base.removesuffix("er"))
    irregular = {"envoyer": "envoie", "renvoyer": "renvoie", "payer": "paie", "procéder": "procède", "régler": "règle"}
    irregular |= {"transférer": "transfère", "faire": "fais", "transmettre": "transmets", "inscrire": "inscris"}
    irregular |= {"ouvrir": "ouvre"}
    now = irregular.get(base, stem + "e")
    if now in _FRENCH_NOW:
        yield now, Form.DOING


def _verbs() -> dict[str, tuple[Verb, ...]]:
    read: dict[tuple[str, str, bool], set[Form]] = {}
    for french, table, irregular, inflect in (
        (False, _ENGLISH, _ENGLISH_IRREGULAR, _english),
        (True, _FRENCH, _FRENCH_IRREGULAR, _french),
    ):
        for base in {*table.split(), *irregular}:
            for form, kind in inflect(base):
                read.setdefault((form, base, french), set()).add(kind)
    found: dict[str, tuple[Verb, ...]] = {}
    for (form, base, french), kinds in read.items():
        found[form] = (*found.get(form, ()), Verb(base, french, frozenset(kinds)))
    return found


VERBS = _verbs()
READING = frozenset(
    form
    for table, inflect in ((_READING_ENGLISH, _english), (_READING_FRENCH, _french))
    for base in table.split()
    for form, _ in inflect(base)
)


@lru_cache(maxsize=4096)
def verbs_of(word: str) -> tuple[Verb, ...]:
    """The verbs whose form a word may be; one that is guessed has its form for base."""
    if word in VERBS:
        return VERBS[word]
    if word in _FRENCH_WE:
        return (Verb(word, True, frozenset({Form.DOING}), guessed=True),)
    if word in READING or word in _NO_VERBS:
        return ()
    if _ENGLISH_PAST.match(word):
        return (Verb(word, False, frozenset({Form.SAID, Form.DONE}), guessed=True),)
    if _ENGLISH_ING.match(word):
        return (Verb(word, False, frozenset({Form.DOING}), guessed=True),)
    if _FRENCH_PAST.match(word):
        return (Verb(word, True, frozenset({Form.DONE}), guessed=True),)
    if _FRENCH_INFINITIVE.match(word):
        return (Verb(word, True, frozenset({Form.BARE}), guessed=True),)
    return ()
