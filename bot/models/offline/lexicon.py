"""The words of French and English that the offline assistant goes by; all folded: lower case, without accents."""

from __future__ import annotations

import re


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def phrases(listed: str) -> tuple[list[str], ...]:
    return tuple(phrase.split() for phrase in listed.split("|"))


FRENCH = word_set(
    "le la les un une des du de d' l' et est sont ce ces cette pour avec dans sur par que qui quoi quel quelle quels quelles"
    " combien comment pourquoi quand ou je j' tu il elle on nous vous ils ne pas plus au aux en y a-t-il est-ce peut-on"
    " peux-tu pouvez-vous mon ma mes notre nos votre vos svp stp merci bonjour salut oui non chez faut fait avons avez sans"
    " sous entre depuis jusqu' qu' c' n' s' m' t' si mais donc puis aussi moi toi lui leur livrer lance cree prochain"
    " prochaine demain semaine jours mois quelqu' client clients produit produits libres devis commande"
)
ENGLISH = word_set(
    "the a an of and is are was were this that these those for with in on by to from at what which who whom how why when"
    " where i you he she it we they do does did not no don't can could would will may might should my our your their us me"
    " please thanks thank hello hi yes there have has had any many much if but so then also be been let's i'd i'm it's"
    " what's next tomorrow week weeks days month need want order stock customer customers product products quotation create"
)
BOTH = FRENCH & ENGLISH
STOP = (FRENCH | ENGLISH) - word_set(
    "livrer lance cree client clients produit produits libres devis commande order stock customer customers product products"
    " quotation create"
) | word_set(
    "avoir ai as avons ont etre sera serait suis es sommes cela ca bien tout tous toute toutes tres encore deja ici la-bas"
    " avant apres vers autre autres meme quelque chose possible besoin peut peuvent pouvons dois doit devons faire va vont"
    " just still already very all some other same before after into about up down out over under than as or per each via"
    " am being get got give tell show me know see dis dire donne donner montre affiche savoir voir sais voudrais aimerais"
    " veux like d'ici vendredi pieces piece unites unite units unit pcs exemplaires"
)
QUESTIONS = word_set(
    "combien comment pourquoi quand qui quoi quel quelle quels quelles lequel laquelle lesquels ou est-ce qu'est-ce peut-on"
    " peut-il puis-je puis-on pouvons-nous peuvent-ils dois-je doit-on faut-il faudrait-il a-t-on a-t-il y-a-t-il avons-nous"
    " avez-vous as-tu ai-je est-il est-elle sont-ils sont-elles sommes-nous devons-nous pourrait-on pourrions-nous"
    " pourrais-je serait-il sera-t-il existe-t-il"
    " how what what's which who who's whose when where where's why is are was were do does did can could may might must"
    " should shall would will has have am isn't aren't"
)
INFORM = word_set(
    "dis dites dire decrire lister rappeler indiquer indique indiquez preciser precise renseigner"
    " explique expliquez expliquer montre montrez montrer affiche affichez donne donnez donner cherche cherchez"
    " chercher trouve trouvez trouver rappelle rappelez liste listez verifie verifiez verifier regarde regardez decris"
    " resume tell explain show give find search list check look describe display summarize lookup remind connaitre savoir voir"
    " consulter"
    " know see"
)
SOFTENERS = word_set(
    "please svp stp s' il te vous plait plaît merci d' de ok okay bonjour bonsoir salut hello hi hey alors donc du coup et"
    " and puis then now maintenant ensuite aussi also just juste oui yes parfait super bien bon well so me moi nous le la"
    " les l' m' y go ahead allez vas-y on baton ensemble immediately directement vite urgent first"
    " d'abord dear kindly tout suite"
)
# What comes before the verb of a request: these ask for it even with a question mark …
ASKING = phrases(
    "peux-tu|pouvez-vous|pourrais-tu|pourriez-vous|tu peux|vous pouvez|tu pourrais|"
    "vous pourriez|est-ce que tu peux|est-ce que vous pouvez|est-ce que tu pourrais|"
    "est-ce que vous pourriez|merci de|veuillez|can you|could you|would you|will you|can u|"
    "please|merci de bien vouloir|veuillez bien|tu veux bien|voulez-vous|veux-tu"
)
# … and these only without one.
WISHING = phrases(
    "je veux|je voudrais|j' aimerais|je souhaite|je souhaiterais|nous voulons|nous voudrions|"
    "nous souhaitons|il faut|il faudrait|il nous faut|il me faut|on doit|nous devons|je dois|"
    "priere de|on veut|on voudrait|on aimerait|j' ai besoin de|j' ai besoin d'|on a besoin de|"
    "on a besoin d'|nous avons besoin de|nous avons besoin d'|je te demande de|je vous demande de|"
    "pense a|pensez a|n' oublie pas de|n' oubliez pas de|i want to|i want you to|i want|"
    "i would like to|i would like you to|i would like|i'd like to|i'd like you to|i'd like|"
    "we want to|we want|we need to|we need|we would like to|we would like|we'd like to|"
    "we'd like|i need to|i need you to|i need|let's|you should|i'd need|we'd need"
)
LEADS = ASKING + WISHING
# "I do not understand the delivery rules" wants to be told.
PUZZLED = re.compile(
    r"\b(?:je ne (?:comprends|sais|trouve|vois) pas|i (?:don't|do not|can't) (?:know|understand|find|see))\b"
)
REFUSALS = word_set("pas plus jamais rien aucun aucune not never nothing no none don't doesn't non")
DROPPED = re.compile(
    r"^\W*(?:non|no|nope|annule[rz]?|laisse[rz]? (?:tomber|beton)|oublie[rz]?|stop|arrete[rz]?|abandonne[rz]?|tant pis"
    r"|forget|never ?mind|cancel|drop it|pas (?:maintenant|la peine|besoin)|plus besoin|rien|nothing|finalement (?:non|pas)"
    r"|en fait non|no wait|not now|don't|do not|ne )\b"
)
TAKEN_BACK = re.compile(
    r"^\W*(?:non|no|nope|laisse[rz]? tomber|oublie[rz]? ca|tant pis|forget (?:it|that)|never ?mind|drop it"
    r"|pas (?:maintenant|la peine|besoin)"
    r"|plus besoin|rien|nothing|finalement (?:non|pas)"
    r"|en fait non|not now|don't|do not|ne|annule[rz]?(?=\W*$| (?:tout|ca)))(?!\w)"
)
# Words of a question about how things are done, which the documents answer …
RULES = re.compile(
    r"\b(?:qui (?:peut|doit|approuve|valide|decide|signe|a le droit)|comment|pourquoi|regles?|procedures?|politique"
    r"|a-t-on le droit"
    r"|ai-je le droit|droit a|autorise[es]*|interdit|obligatoire|conditions?|garantie"
    r"|a partir de quel|who (?:may|can|must|should|approves|decides|signs)|how (?:do|does|to|should|long|can)|why|rules?"
    r"|polic(?:y|ies)"
    r"|procedure|allowed|permitted|forbidden|mandatory|terms|warranty|what happens|que faire"
    r"|que se passe|quelle est la (?:regle|procedure|politique))\b"
)
# … and these do so when they name no product or record.
MAY = re.compile(r"\b(?:puis-je|dois-je|faut-il|doit-on|delai de|am i|may i|can i|should i|must i|should we|can we)\b")
HELP = re.compile(
    r"^\W*(?:aide|help|aide[zr]?-moi|help me|qui es-tu|who are you|que (?:sais|peux)-tu faire|que pouvez-vous faire"
    r"|qu'est-ce que tu (?:sais|peux) faire|tu (?:sais|peux) faire quoi"
    r"|what can you do|what do you do|what can i ask(?: you)?)\W*$"
)
GREETING = re.compile(
    r"^\W*(?:(?:bonjour|bonsoir|salut|coucou|hello|hi|hey|good (?:morning|afternoon|evening)|baton|tout le monde|all|everyone"
    r"|comment (?:ca va|vas-tu|allez-vous)|ca va|how are you|there)\W*)+$"
)
THANKS = re.compile(
    r"^\W*(?:(?:merci|thanks|thank you|thx|parfait|super|great|perfect|ok|okay|cool|nickel|beaucoup|bien|very much|a lot"
    r"|so much|bonne journee|au revoir|bye|d'accord|top)\W*)+$"
)

# One meaning a line: the same word in both languages counts as the same; a star stands for any ending.
CONCEPTS = """
create creer cree creez creons creation create* generer genere generez generate etablir etabli* redige* prepare* draft
 issue* nouveau nouvelle new lance* lancons demarr* start begin launch fais faites make do passe passez enregistr* saisi*
 register edite editez
 plani* programme* schedule* ajout* add ouvre ouvrez ouvrir mets mettez mettre place put raise
produce production* prod fab fabri* manufactur* produce produire produis* build assemble* usin*
quote devis quotation* quote* offre offres offer* chiffr* estimate cotation*
order order orders ordre ordres commande commandes
purchase commander acheter achete* achat* buy purchas* approvision*
sale vente ventes vendre sale* sell*
cancel annul* cancel*
delete supprim* delete* remove* efface* retire*
update modifi* update* change* corrige* edit
send envoi* envoy* send mail email e-mail courriel
book reserve* reserva* book booking bloque*
refund rembours* refund* avoir credit
invoice factur* invoice* bill
pay paie* paye* pay payment*
stock stock* inventaire inventory
free libre* disponib* dispo available availab* free
deliver livr* deliver* expedi* ship*
customer client* customer* account* compte comptes
supplier fournisseur* supplier* vendor*
product produit produits article* product products item* pompe* pump*
warehouse entrepot* depot* warehouse* magasin*
price prix tarif* price* cost* coute* cout
quantity quantit* qty nombre
amount amount* montant*
holiday conge conges vacances holiday* vacation* leave* rtt
room salle* room*
meeting reunion* meeting*
person personne* people person* employe* salarie* staff colleague* collegue*
document document* handbook manuel* manual guide wiki
rule regle* rule* polic* politique procedur* consigne*
find cherch* search* find lookup trouv* recherch* look
list liste* list* affiche* montre* show display
open ouvert* open pending attente
weight poids pese* weigh* weight*
town ville* town* city cities
machine machine*
opportunity opportunit*
call appel appels call calls
task tache taches task tasks
part piece* part parts composant* component* nomenclature bom
lack manqu* short* missing penurie
approve approuv* approv* valid*
date date* when quand
day jour* day days
month mois month*
year annee* year*
hour heure* hour* horaire*
warranty garanti* warrant* guarant*
delay delai* delay* deadline*
abroad export* etranger abroad
partial partiel* partial*
return retour* return*
discount remise* discount* rabais
due echeance* due
visitor visiteur* visitor*
parking park* garer stationne*
glove gant* glove*
helmet casque* helmet*
travel voyage* deplacement* travel* trip*
expense frais expense*
workshop atelier* workshop* factory usine
computer ordinateur* computer* laptop* pc
phone telephone* phone*
training formation* training*
complaint reclamation* complaint* claim*
work travail* work*
remote teletravail* remote* telework*
sick maladie* malade* sick*
accident accident* injur* blessure*
fire incendie* fire*
address adresse* address*
safety securite safety epi ppe
stop arret* stop* halt
ticket ticket* incident*
report rapport* report* signal*
status statut* etat status state
balance solde* balance remaining reste restant*
urgent urgent* high haute eleve* prioritaire
low basse faible low
late retard* late overdue
"""
