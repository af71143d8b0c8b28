"""One of every block and element that the page knows, as an app would post them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def text(words: str, **style: bool) -> Json:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def section(words: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(words), **more}


def button(action: str, words: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action, "text": plain(words), **more}


def task(task_id: str, title: str, status: str, **more: Any) -> Json:
    return {"type": "task_card", "task_id": task_id, "title": title, "status": status, **more}


def card(state: str, *buttons: Json) -> list[Json]:
    return [section(state), *([{"type": "actions", "elements": list(buttons)}] if buttons else [])]


def _cell(words: str) -> Json:
    return {"type": "raw_text", "text": words}


def _number(value: int, words: str = "") -> Json:
    return {"type": "raw_number", "value": value, "text": words or str(value)}


DECISION = [
    {"type": "header", "text": plain("Décision demandée · P-1")},
    section(
        "*gras* _italique_ ~barré~ `code` <https://exemple.test|lien> <@U0BRUNO001>\n> une citation\n```du code\n  aligné```",
        accessory=button("why", "Pourquoi ?"),
    ),
    {
        "type": "section",
        "fields": [
            mrkdwn(f"*{name}*\n{value}")
            for name, value in (("Quantité", "96"), ("Date", "11 décembre"), ("Coût", "12 400,00 €"))
        ],
    },
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("Règle : *ordres de fabrication* · expire dans 7 jours")]},
    {
        "type": "actions",
        "elements": [
            button("approve", "Approuver", style="primary"),
            button("reject", "Refuser", style="danger"),
            button("change", "Modifier"),
        ],
    },
]

WORDS = [
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    text("Texte riche ", bold=True),
                    {"type": "user", "user_id": "U0BRUNO001"},
                    text(" et "),
                    {"type": "link", "url": "https://exemple.test/riche", "text": "un lien"},
                    {"type": "date", "timestamp": 1765000000, "format": " {date_long}", "fallback": "?"},
                ],
            },
            {"type": "rich_text_list", "style": "ordered", "elements": [rich(text(w))["elements"][0] for w in ("un", "deux")]},
            {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [rich(text("dedans"))["elements"][0]]},
            {"type": "rich_text_quote", "elements": [text("Une citation")]},
            {"type": "rich_text_preformatted", "elements": [text("SELECT 1")]},
        ],
    },
    {
        "type": "markdown",
        "text": "# Réponse\n**24 libres**, *96 à fabriquer* [1](https://exemple.test/1).\n\n- un\n- deux\n  - dedans\n\n"
        "| Article | Stock | Prix |\n|---|---:|:-:|\n| PMP-200 | 1 204 | 12,40 |\n\n```python\nprint('x')\n```",
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Utile"), "value": "up"},
                "negative_button": {"text": plain("Pas utile"), "value": "down"},
            },
            {"type": "icon_button", "icon": "trash", "action_id": "remove", "text": plain("Retirer")},
        ],
    },
]  # fmt: skip

TABLES = [
    {
        "type": "table",
        "rows": [
            [_cell("Article"), _cell("Libre")],
            *([_cell(f"PMP-{n}00"), _number(n * 1234)] for n in range(1, 20)),
        ],
    },
    {
        "type": "data_table",
        "caption": "Commandes ouvertes",
        "rows": [
            [_cell("Commande"), _cell("Client"), _cell("Montant")],
            *(
                [_cell(f"SO-{n}"), _cell(("Stadtwerke", "Hydro Nord", "Lefèvre")[n % 3]), _number(n * 7919 % 5000)]
                for n in range(1, 13)
            ),
        ],
    },
]


def _series(name: str, *values: int) -> Json:
    return {"name": name, "data": [{"label": f"S{40 + n}", "value": value} for n, value in enumerate(values)]}


CHARTS = [
    {
        "type": "data_visualization",
        "title": "Commandes par semaine",
        "chart": {
            "type": "bar",
            "series": [_series("Ventes", 120, 340, 210), _series("Retours", 20, 40, 10)],
            "axis_config": {"categories": ["S40", "S41", "S42"], "x_label": "Semaine"},
        },
    },
    {
        "type": "data_visualization",
        "title": "Stock de PMP-200",
        "chart": {
            "type": "pie",
            "segments": [{"label": "Libre", "value": 24}, {"label": "Réservé", "value": 70}],
        },
    },
]

FRAMES = [
    {
        "type": "card",
        "icon": {"type": "image", "image_url": "https://exemple.test/i.png", "alt_text": "une pompe"},
        "title": mrkdwn("PMP-200"),
        "subtitle": mrkdwn("Pompe multicellulaire"),
        "body": mrkdwn("24 libres, 96 à fabriquer"),
        "actions": [button("see", "Ouvrir la fiche")],
    },
    {
        "type": "carousel",
        "elements": [
            {"type": "card", "title": mrkdwn(f"Offre {n}"), "body": mrkdwn("120 pièces le 12 décembre")}
            for n in range(1, 5)
        ],
    },
    {
        "type": "container",
        "title": plain("Ce qui a été consulté"),
        "subtitle": plain("3 sources"),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [section("ERP : stock de PMP-200"), section("Documents : règles de livraison")],
    },
    {
        "type": "image",
        "image_url": "https://exemple.test/plan.png",
        "alt_text": "Plan de l'atelier",
        "title": plain("Plan"),
    },
    {
        "type": "video",
        "title": plain("Film"),
        "alt_text": "un film",
        "video_url": "https://exemple.test/f",
        "thumbnail_url": "https://exemple.test/t.png",
    },
]

PLAN = [
    {
        "type": "plan",
        "title": "Je vérifie la livraison",
        "tasks": [
            task(
                "1",
                "Lire le stock de PMP-200",
                "complete",
                output=rich(text("24 libres")),
                sources=[{"type": "url", "url": "https://exemple.test/stock", "text": "stock.md"}],
            ),
            task("2", "Calculer la date de production", "in_progress"),
            task("3", "Proposer un ordre", "pending"),
            task("4", "Chercher un transporteur", "error", output=rich(text("Le service ne répond pas"))),
        ],
    },
    task("9", "Lire les règles de livraison", "complete", output=rich(text("Trois règles s'appliquent"))),
]

GALLERY = {
    "decision": DECISION,
    "words": WORDS,
    "tables": TABLES[:1],
    "data": TABLES[1:],
    "charts": CHARTS,
    "frames": FRAMES,
    "plan": PLAN,
}


def option(value: str) -> Json:
    return {"text": plain(f"option {value}"), "value": value}


def asked(block_id: str, kind: str, *, optional: bool = False, **element: Any) -> Json:
    """An input block; its element's action_id is `value`."""
    label = plain(f"Champ {block_id}")
    inside = {"type": kind, "action_id": "value", **element}
    return {"type": "input", "block_id": block_id, "label": label, "optional": optional, "element": inside}


def form(*blocks: Json, title: str = "Modifier") -> Json:
    about = {"type": "modal", "callback_id": "edit", "title": plain(title), "submit": plain("Envoyer")}
    return {**about, "blocks": list(blocks)}


FIELDS = (
    asked("name", "plain_text_input", initial_value="PMP-200", min_length=3, max_length=10),
    asked("why", "plain_text_input", multiline=True, optional=True),
    asked("amount", "number_input", is_decimal_allowed=True, min_value="0.5", max_value="1000"),
    asked("unit", "static_select", options=[option("kg"), option("t")], initial_option=option("kg")),
    asked("flags", "checkboxes", options=[option("a"), option("b")], initial_options=[option("b")], optional=True),
    asked("way", "radio_buttons", options=[option("road"), option("rail")], optional=True),
    asked("day", "datepicker", initial_date="2026-12-01"),
)
