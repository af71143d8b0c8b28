"""How the offline assistant puts results into words: it shows and quotes what tools returned, and adds nothing."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice, zip_longest

from bot.models.offline.skills import MAKE, Argument, Skill
from bot.models.offline.words import Language, content, language_of, tokens
from bot.types import Json

Embed = Callable[[Sequence[str]], list[list[float]]]
MOST_LINES = 12

SIGNATURE = {
    "fr": "_Assistant hors ligne (aucun modèle de langage configuré)._",
    "en": "_Offline assistant (no language model configured)._",
}
_RULE = re.compile(r"\|(?: *:?-+:? *\|)+ *")  # the line below a table's header
ASKING = {"fr": "Il me manque", "en": "I still need"}
_LABELS = {
    "product": "produit", "quantity": "quantité", "date": "date", "customer": "client", "warehouse": "entrepôt", "price": "prix",
    "name": "nom", "town": "ville", "reason": "motif", "amount": "montant", "room": "salle", "people": "personnes",
    "weight": "poids", "code": "code", "free": "libre", "stock": "stock", "status": "état", "reference": "référence",
    "supplier": "fournisseur", "employee": "salarié", "start": "début", "end": "fin", "title": "titre", "total": "total",
    "in_stock": "en stock", "forecast": "prévision", "city": "ville", "unit": "unité", "lines": "lignes", "state": "état",
    "missing": "manquant", "earliest": "au plus tôt", "delivery": "livraison", "number": "numéro", "currency": "devise",
}  # fmt: skip
_FRENCH_MONTHS = (
    "",
    *re.split(" ", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
)
_OUTCOMES = {
    "fr": {
        "executed": "C'est fait : le reçu fait foi.",
        "rejected": "La demande a été refusée : rien n'a été fait.",
        "expired": "La demande a expiré sans décision : rien n'a été fait.",
        "failed": "L'action a échoué : rien n'a été fait.",
        "unknown": "On ne sait pas si l'action a eu lieu. Une personne doit le vérifier ; je ne la relance pas.",
        "withdrawn": "La demande a été retirée : rien n'a été fait.",
        "denied": "Les règles interdisent cette action : rien n'a été fait.",
    },
    "en": {
        "executed": "Done, as the receipt says.",
        "rejected": "The request was rejected: nothing was done.",
        "expired": "The request expired without a decision: nothing was done.",
        "failed": "The action failed: nothing was done.",
        "unknown": "It is not known whether the action happened. A person has to check; I do not repeat it.",
        "withdrawn": "The request was withdrawn: nothing was done.",
        "denied": "The rules forbid this action: nothing was done.",
    },
}


def signed(parts: Sequence[str], language: Language) -> str:
    return "\n\n".join([*filter(None, parts), SIGNATURE[language]])


def tell(content_: str, question: str, skill: Skill | None, language: Language, embed: Embed | None) -> str:
    """One tool's result as text for the person."""
    try:
        result, _ = json.JSONDecoder().raw_decode(content_)  # below it stands where it came from
    except ValueError:
        result = content_
    if isinstance(result, dict) and _is_outcome(result, skill):
        return _outcome(result, language)
    if skill and skill.consequential:
        said = "Le résultat n'est pas confirmé :" if language == "fr" else "The outcome is not confirmed:"
        return f"{said}\n{_shown(result, language)}"
    if isinstance(result, dict) and isinstance(result.get("passages"), list):
        return _quotes(result["passages"], question, language, embed)
    shown = _shown(result, language)
    worded = _empty(result) or (isinstance(result, dict) and result.get("summary"))
    return shown if worded or not skill else _cited(shown)


def _cited(shown: str) -> str:
    """Data as a quotation: names of fields such as "taken" or "sent" are the system's words, and claim no deed."""
    return "\n".join(f"> {line}" for line in shown.splitlines())


def _empty(value: Json) -> bool:
    """Whether there is nothing in it, however deep; no and 0 say something."""
    if isinstance(value, dict | list):
        return all(map(_empty, value.values() if isinstance(value, dict) else value))
    return value is None or value == ""


def failed(why: str, language: Language) -> str:
    """That a call could not be carried out."""
    return ("Cela n'a pas marché : " if language == "fr" else "That did not work: ") + why


def _is_outcome(result: Mapping[str, Json], skill: Skill | None) -> bool:
    """A consequential call comes back with a status; of an unknown tool only when it looks like one."""
    if skill:
        return skill.consequential and isinstance(result.get("status"), str)
    return result.get("status") in _OUTCOMES["en"]


def _outcome(result: Mapping[str, Json], language: Language) -> str:
    status = result["status"]
    waiting = (
        f"Statut : {status}. Rien n'est confirmé." if language == "fr" else f"Status: {status}. Nothing is confirmed."
    )
    lines = [_OUTCOMES[language].get(status, waiting)]
    if reason := result.get("reason"):
        lines.append(("Motif : " if language == "fr" else "Reason: ") + str(reason))
    return "\n".join(lines)


def _shown(result: Json, language: Language) -> str:
    """The tool's own summary with its `lines`; without a summary all that there is, as bullets. At most twelve lines."""
    if _empty(result):
        return "Rien trouvé." if language == "fr" else "Nothing found."
    if not isinstance(result, dict | list):
        return _plain(result, language)
    summary = ""
    if isinstance(result, dict) and result.get("summary"):
        summary, result = str(result["summary"]), result.get("lines") or []
    lines = _lines(result, language)
    left = len(lines) - MOST_LINES
    if left > 0:
        lines = [*lines[:MOST_LINES], f"… et {left} autres lignes" if language == "fr" else f"… and {left} more lines"]
    return "\n".join(filter(None, [summary, *lines]))


def _lines(result: Json, language: Language) -> list[str]:
    if isinstance(result, list):
        return [f"- {_row(item, language)}" for item in result]
    shown = ((k, v) for k, v in result.items() if k not in ("summary", "passages") and not _empty(v))
    return [line for key, value in shown for line in _entry(key, value, language)]


def _entry(key: str, value: Json, language: Language) -> list[str]:
    if isinstance(value, list) and any(isinstance(v, dict | list) for v in value):
        heading = f"- {label(key, language)}{' :' if language == 'fr' else ':'}"
        return [heading, *(f"    - {_row(item, language)}" for item in value)]
    return [f"- {_pair(key, value, language)}"]


def _row(item: Json, language: Language) -> str:
    if isinstance(item, dict):
        return " · ".join(_pair(k, v, language) for k, v in item.items() if not _empty(v))
    return _plain(item, language)


def _pair(key: str, value: Json, language: Language) -> str:
    return f"{label(key, language)}{' : ' if language == 'fr' else ': '}{_plain(value, language)}"


def _plain(value: Json, language: Language) -> str:
    if isinstance(value, bool):
        return {("fr", True): "oui", ("fr", False): "non", ("en", True): "yes", ("en", False): "no"}[language, value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict):
        return ", ".join(_pair(k, v, language) for k, v in value.items() if not _empty(v))
    if isinstance(value, list):
        return ", ".join(_plain(v, language) for v in value)
    text = str(value)
    return (
        spoken_date(dt.date.fromisoformat(text), language)
        if re.fullmatch(r"\d{4}-(0\d|1[0-2])-([0-2]\d)", text)
        else text
    )


def spoken_date(day: dt.date, language: Language) -> str:
    if language == "fr":
        return f"{'1er' if day.day == 1 else day.day} {_FRENCH_MONTHS[day.month]} {day.year}"
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def label(name: str, language: Language) -> str:
    if language == "fr" and name in _LABELS:
        return _LABELS[name]
    return name.replace("_", " ")


def _quotes(passages: Sequence[Mapping[str, Json]], question: str, language: Language, embed: Embed | None) -> str:
    """The one to three sentences that fit the question best, quoted with the number of their source."""
    best = _best_sentences(passages, question, embed)
    if not best:
        return (
            "Je n'ai rien trouvé dans les documents qui réponde à cette question."
            if language == "fr"
            else "I found nothing in the documents that answers this question."
        )
    lead = "Voici ce que disent les documents :" if language == "fr" else "This is what the documents say:"
    return "\n".join([lead, *(f"> {sentence} [{source}]" for source, sentence in best)])


def _best_sentences(
    passages: Sequence[Mapping[str, Json]], question: str, embed: Embed | None
) -> list[tuple[Json, str]]:
    rows = _with_words(passages[:8], question)
    if embed and rows:
        rows = _with_meaning(rows[:24], question, embed)
    floor = 0.5 if embed else 0.4
    if not rows or rows[0][0] < floor:
        return []
    best = rows[0][0]
    return [(source, sentence) for score, source, sentence in rows[:3] if score >= max(floor, 0.85 * best)]


def _with_words(passages: Sequence[Mapping[str, Json]], question: str) -> list[tuple[float, Json, str]]:
    """Each sentence with the share of the question's words that it, or half as much its heading, contains."""
    asked = _meanings(question)
    read = [
        (passage.get("source"), sentence, _meanings(sentence), _heading(passage))
        for passage in passages
        for sentence in islice(_sentences(unfolded(str(passage.get("text") or ""))), 60)
    ]
    often = Counter(w for _, _, said, heading in read for w in said | heading)
    weight = {w: math.log(1 + len(read) / often[w]) if often[w] else math.log(1 + len(read)) for w in asked}
    whole = sum(weight.values()) or 1.0
    rows = [
        (sum(weight[w] * (1 if w in said else 0.5) for w in asked & (said | heading)) / whole, source, sentence)
        for source, sentence, said, heading in read
    ]
    return sorted(rows, key=lambda row: -row[0])


def _heading(passage: Mapping[str, Json]) -> frozenset[str]:
    return _meanings(f"{passage.get('title') or ''} {passage.get('section') or ''}")


def _meanings(text: str) -> frozenset[str]:
    return frozenset(content(tokens(text))) - {MAKE}


def _with_meaning(rows: list[tuple[float, Json, str]], question: str, embed: Embed) -> list[tuple[float, Json, str]]:
    asked, *vectors = embed([question[:500], *(sentence[:500] for _, _, sentence in rows)])
    near = [(sum(a * b for a, b in zip(asked, v, strict=True)) - 0.76) / 0.14 for v in vectors]
    scored = [
        (0.4 * shared + 0.6 * n, source, sentence) for (shared, source, sentence), n in zip(rows, near, strict=True)
    ]
    return sorted(scored, key=lambda row: -row[0])


def unfolded(text: str) -> str:
    """The text with each row of its Markdown tables as a paragraph that reads by itself: `Client: Durand · Total: 12`."""
    told: list[str] = []
    header: list[str] = []
    for line, following in zip(lines := text.split("\n"), [*lines[1:], ""], strict=True):
        if not line.startswith("|"):
            header = []
            told.append(line)
        elif not header and _RULE.fullmatch(following):
            header = _cells(line)
        elif header and not _RULE.fullmatch(line):
            named = zip_longest(header, _cells(line), fillvalue="")
            told += ["", " · ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell), ""]
        elif not header:
            told.append(line)
    return "\n".join(told)


def _cells(row: str) -> list[str]:
    return [
        cell.replace("\\|", "|").strip()
        for cell in re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))
    ]


def _sentences(text: str) -> list[str]:
    text = re.sub(r"\n(?=[-*#|>] |\d+\. )", "\n\n", text)
    parts = [
        p
        for block in re.split(r"\n{2,}", text)
        for p in re.split(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý«\"0-9])", " ".join(block.split()))
    ]
    cleaned = [re.sub(r"^[-*#>\s]+|\*\*", "", p).strip()[:600] for p in parts]
    return [p for p in cleaned if len(p) > 12]


def ask(skill: Skill, missing: Sequence[Argument], language: Language) -> str:
    """The question for what is missing; the conversation recognises it by its first words."""
    what = "\n".join(f"- {label(a.name, language)}{_noted(a)}" for a in missing)
    wish = example(skill, language) or skill.about.rstrip(".")
    if language == "fr":
        return f"{ASKING['fr']} ceci (pour une demande telle que « {wish} ») :\n{what}\nRépondez simplement ici."
    return f'{ASKING["en"]} this (for a request such as "{wish}"):\n{what}\nJust answer here.'


def _noted(argument: Argument) -> str:
    return f" ({argument.about.rstrip('.')})" if argument.about else ""


def example(skill: Skill, language: Language) -> str:
    return next(
        (e for e in skill.examples if language_of(e, "en") == language), skill.examples[0] if skill.examples else ""
    )


def _ability(skill: Skill, language: Language) -> str:
    """What a tool does, with an example; the example alone where the description is in another language."""
    about, sample = skill.about.splitlines()[0], example(skill, language)
    if not sample:
        return f"- {about}"
    quoted = f"«\u00a0{sample}\u00a0»" if language == "fr" else f'"{sample}"'
    return f"- {about} — {quoted}" if language_of(about, "en") == language else f"- {quoted}"


def abilities(skills: Sequence[Skill], language: Language) -> str:
    """What the assistant can do: at most eight tools, each in the person's language."""
    if not skills:
        return "Aucun outil n'est disponible ici." if language == "fr" else "No tool is available here."
    lines = [_ability(skill, language) for skill in skills[:8]]
    if len(skills) > 8:
        lines.append(f"… et {len(skills) - 8} autres" if language == "fr" else f"… and {len(skills) - 8} more")
    return "\n".join(["Voici ce que je sais faire :" if language == "fr" else "This is what I can do:", *lines])
