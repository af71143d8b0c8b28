"""Which effect an operation that Baton did not write may have: proposed from its name, method, path and arguments.

What only reads says so twice, in its name (or by GET) and in its description, and nothing else in it could write.
Whatever is not known writes. Both are somebody's word: a tool that lies is not found out, so an administrator decides.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.policy.verdicts import Effect
from bot.tooling.naming import named
from bot.types import Json


@dataclass(frozen=True)
class Operation:
    """What is known of it. `arguments` is the JSON Schema of an object; `method` and `path` where it is called by HTTP."""

    name: str
    arguments: Mapping[str, Json]
    description: str = ""
    method: str | None = None
    path: str = ""


@dataclass(frozen=True)
class Risk:
    """The proposed effect, and the word that decided it; none when nothing says that it only reads."""

    effect: Effect
    word: str = ""


def proposed(operation: Operation) -> Risk:
    """The mildest effect that all signs allow."""
    name = [word for word in _words(operation.name) if word != str(operation.method).lower()]
    path = [word for part in operation.path.split("/") if not part.startswith("{") for word in _words(part)]
    if operation.method == "DELETE":
        return Risk("destructive", operation.method)
    if word := _first([*name, *path], _DESTROYS):
        return Risk("destructive", word)
    if operation.method not in (None, "GET", "HEAD", "POST"):
        return Risk("write", operation.method)
    if word := _writing_word(operation, name, path):
        return Risk("write", word)
    word = _reading_word(operation, name, path)
    return Risk("read", word) if word and _agrees(operation.description) else Risk("write")


def _reading_word(operation: Operation, name: list[str], path: list[str]) -> str | None:
    """The word by which it only reads; none when nothing says so."""
    verb = _reading_verb(operation.name, name)
    if operation.method in ("GET", "HEAD"):
        known = verb or _first(name, _READS) or not set(name) - {*path, *_BY}
        return operation.method if known else None
    if operation.method == "POST" and not (path and path[-1] in _ASKS):
        return None
    return verb


def _writing_word(operation: Operation, name: list[str], path: list[str]) -> str | None:
    """The word by which it may write."""
    arguments = operation.arguments.get("properties")
    given = [_words(one) for one in arguments] if isinstance(arguments, Mapping) else []
    if operation.method == "POST" and path and path[-1] in _ASKS:
        given = [words for words in given if words != ["body"]]  # the question itself
    return (
        _first([*name, *path], _WRITES | _JOINS | _MINTS)
        or _first([*name[-1:], *path[-1:]], _LAST)
        or (_words(deed[1])[0] if (deed := _ON_ONE.search(operation.path)) and _words(deed[1])[0] in _DEEDS else None)
        or (name[0] if operation.method and name and name[0] in _DEEDS - set(path) else None)
        or _idiom(name)
        or _first([word for words in given for word in words], _ACTS)
        or next(("_".join(words) for words in given if "_".join(words) in _COMMANDS), None)
        or _first(_chosen(arguments), _ACTS | _SWITCHES)
        or ("query" if "query" in name and ["query"] in given else None)
        or _told(operation.description)
    )


def _chosen(arguments: Json) -> list[str]:
    """The words among which an argument lets a caller choose."""
    parts = arguments.values() if isinstance(arguments, Mapping) else ()
    listed = [part["enum"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("enum"), list)]
    choices = [one for one_of in listed for one in one_of]
    return [word for one in choices if isinstance(one, str) for word in _words(one)]


def _reading_verb(written: str, words: list[str]) -> str | None:
    """The verb that says that it reads: the first word, that of a namespace's last part, or the one behind a prefix."""
    if words and words[0] in _READS:
        return words[0]
    last = _words(re.split(r"[./:]|(?<=Controller)_", written)[-1])
    if last and last != words and last[0] in _READS:
        return last[0]
    if len(words) > 1 and words[1] in _READS - _ONLY_FIRST and words[0] not in _DEEDS | _PREFIXES:
        return words[1]
    return words[-1] if words and words[-1] in _READS_LAST and words[0] not in _DEEDS | _PREFIXES else None


def _idiom(words: list[str]) -> str | None:
    """A reading verb that does not read: `check in`, `list item`, `show notification`."""
    for at, (verb, following) in enumerate(itertools.pairwise(words)):
        if verb not in _READS:
            continue
        if following in _PARTICLES or (verb in ("show", "display", "view") and following in _NOTICES):
            return f"{verb}_{following}"
        if verb == "list" and at == 0 and not _counted(words[1:]):
            return f"{verb}_{following}"
    return None


def _counted(things: list[str]) -> bool:
    """Whether they are many, as what is listed; one thing that is listed is put up for sale."""
    if things[0].endswith("s") or things[0] in _UNCOUNTED:
        return True
    return any(thing.endswith("s") for thing in things) and not set(things) & _PLACES


def _agrees(description: str) -> bool:
    """Whether each sentence of a description is one clause that begins with what a look does: "Returns …", "List all …"."""
    sentences = [one.strip() for one in re.split(r"[.;]\s", f"{_plain(description)} ") if one.strip()]
    return bool(sentences) and all(map(_only_looks, sentences))


def _only_looks(sentence: str) -> bool:
    first, _, rest = sentence.partition(" ")
    acts = (word[:-3] for word in re.findall(r"[a-z]+ing\b", rest))
    return first in _SAYS and not _GOES_ON.search(rest) and not any(one in _ACTS or f"{one}e" in _ACTS for one in acts)


def _told(description: str) -> str | None:
    """The deed that a description admits: "Deletes …", "… and marks it …"."""
    text = "".join(
        char for char in unicodedata.normalize("NFKD", description.lower()) if not unicodedata.combining(char)
    )
    for found in re.finditer(r"(?:^|[.;:(]\s*|\b(?:and|or|then|also|et|ou|puis|will)\s+)([a-z]+)", text):
        word = found[1]
        if any(base in _ACTS for base in (word, word[:-1], word.removesuffix("es"))):
            return word
    return _first(re.findall(r"[a-z]+", text), {f"{word}s" for word in _ACTS - _NOUNS})


def _first(words: Collection[str], known: Collection[str]) -> str | None:
    return next((word for word in words if word in known), None)


def _words(written: str) -> list[str]:
    spaced = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "_", _bare(written))
    return named(spaced).split("_")


def _plain(text: str) -> str:
    return _bare(text.lower())


def _bare(text: str) -> str:
    """Without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_READS = _set(
    """get list search find read describe show view count lookup fetch retrieve browse inspect head check filter
    query summarize compare explain has is exists
    lister chercher rechercher lire consulter obtenir voir trouver compter afficher verifier
    suchen lesen anzeigen auflisten holen finden zeigen pruefen"""
)
_SAYS = _READS | _set(
    """say gets lists searches finds reads describes shows views fetches retrieves browses inspects heads filters
    queries summarizes compares explains returns return looks look display displays tells says
    liste cherche recherche lit consulte obtient voit trouve compte affiche renvoie retourne donne indique
    sucht liest zeigt listet holt findet liefert gibt"""
)
# what else happens stands behind one of these; a list of things has them too, and is given up for that
_GOES_ON = re.compile(
    r"[.;:!?,()\n–—] *\S"
    r"|\b(and|or|et|ou|und|oder|then|after|before|if|when|while|unless|until|once|which|who|that|qui|dont|is|are|was|be|will|has"
    r"|have|gets?|wird|werden|ist|sind|est|sont|sera|becomes?)\b"
)
_ONLY_FIRST = _set("fetch query check has is head filter")
_READS_LAST = _set("search lookup anzeigen suchen auflisten lesen")
_ASKS = _set("search query filter lookup find count list")
_PREFIXES = _set("re un auto de dis pre mass force do")
_BY = _set("by id ids of for api v1 v2 v3 v4 rest one all a the")

# what cannot be made good again: it is gone, paid, or has reached somebody
_DESTROYS = _set(
    """delete remove destroy drop purge erase wipe truncate terminate kill void revoke uninstall pay charge refund
    transfer payout wire send dial broadcast publish shutdown reboot restart ban expire scrap discard evict
    deprovision decommission withdraw forget unlink cancel abort rollback finalize launch checkout liquidate dispose
    trash resend repost sell buy purchase remit reimburse dismiss
    supprimer effacer detruire envoyer payer annuler virer rembourser loeschen senden bezahlen stornieren entfernen"""
)
# what changes something, wherever it stands in a name or in an argument's name
_WRITES = _set(
    """create add insert upsert update edit modify change set put patch save store write append replace rename move
    copy upload import apply enable disable activate deactivate approve reject accept decline confirm submit assign
    unassign reassign attach detach reset rebuild reindex regenerate rotate renew refresh trigger execute exec eval
    invoke subscribe unsubscribe register unregister mark unmark acknowledge ack consume pop dequeue push enqueue claim
    acquire lock unlock open close reopen grant allow deny generate provision allocate reserve post notify install
    configure migrate restore resume pause suspend retry rerun replay login logout signin signout synchronize merge
    convert promote demote archive unarchive reconcile adjust alter amend assemble authorize calibrate clean clone
    compact compose connect disconnect deduct defer delegate deliver deposit distribute downgrade upgrade eject elevate
    emit encrypt decrypt enforce enrol enroll escalate exclude extend fix forward freeze unfreeze hide unhide
    impersonate increase decrease inject initiate initialize init kick make mount mute unmute negotiate nominate
    offboard onboard override overwrite persist pin unpin postpone prioritize produce pull quarantine raise react
    rebase recall recalculate recompute reclassify redeem redirect reduce reinstate reload repair replenish reply reprint
    reprocess reschedule resolve respond restock retire revert reverse settle snooze spawn split squash stash
    supersede swap takeover throttle transition transmit undo redo unblock block uncheck undelete unfollow
    unload unpublish unset untag vacuum wake waive withhold empty stamp touch turn switch toggle clear flush increment
    decrement dispatch bill
    creer ajouter modifier enregistrer mettre changer valider confirmer approuver refuser lancer demarrer arreter
    affecter reserver marquer deplacer renommer importer facturer commander imprimer relancer bloquer debloquer
    anlegen erstellen aendern speichern setzen buchen bestaetigen freigeben starten stoppen hinzufuegen drucken"""
)
_ACTS = _WRITES | _DESTROYS
_NOUNS = _set(
    """store post set put copy import update patch move edit call wire lock push claim charge transfer refund change
    make fix bill stamp touch turn switch block pin pull split reply register exchange purchase deposit adjust"""
)
_JOINS = _set("and or then et ou puis und oder dann ensure with")
# a look that makes something or reaches somebody: a number is used up, a key comes to exist, a mail goes out
_MINTS = _set(
    """next nextval new token tokens credential credentials key keys secret secrets link nonce otp lease presigned
    signed once mail email sms fax shell pixel beacon captcha llm"""
)
_ON_ONE = re.compile(r"\}/([A-Za-z]+)/?$")  # what is done with one thing: /orders/{id}/ship
_PARTICLES = _set("in out off up down away over back rid paid started going ready")
_NOTICES = _set("notification notifications message toast alert dialog popup banner modal prompt")
_UNCOUNTED = _set(
    """all inventory stock history staff data info information metadata content my by for of in recent open active
    available pending directory users children people feedback equipment"""
)
_SWITCHES = _set("on off ein aus marche arret start stop run commit")
_PLACES = _set("for on at to in under with")
# nouns elsewhere, but deeds where they come first in a name
_DEEDS = _set(
    """run start stop commit order ship book release deploy build issue invoice quote plan schedule test log track
    watch star fork branch tag label comment request report print sign scan sync link complete finish fulfill fulfil
    begin end process receive return route load vote like follow share invite join leave visit download export queue"""
)
# and, of those, where they come last
_LAST = _set(
    "run start stop ship deploy print sync complete done finish fulfill fulfil begin process receive load download export"
)
# arguments that say what is done rather than what is looked at
_COMMANDS = _set(
    """sql statement command cmd script code expression program method verb http_method action operation body payload
    data content contents html markdown new_value value values changes updates fields_to_set callback callback_url
    webhook webhook_url force commit upload file_content destination url uri endpoint keep spare relay switch output"""
)
