"""How well the proposed risk classes fit tools that somebody else named: `python -m tests.measure_risk`.

The labelled set was written before and apart from the rules. The rules were then mended with its first half in view
("tuned"); the second half was looked at by nobody who wrote them ("unseen").
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.tooling.risk import Operation, Risk, proposed

CORPUS = Path(__file__).with_name("risk_corpus.yaml")


def entries() -> list[dict[str, Any]]:
    """Each with `name` and `label`, maybe `method`, `path`, `arguments`, `description` and `hard`."""
    loaded: list[dict[str, Any]] = yaml.safe_load(CORPUS.read_text("utf-8"))
    return loaded


def halves() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every other entry: those that the rules were mended with, and those that they were not."""
    return entries()[::2], entries()[1::2]


def judged(entry: dict[str, Any]) -> Risk:
    """What is proposed for an entry."""
    properties = {
        name: kind if isinstance(kind, dict) else {"type": kind} for name, kind in entry.get("arguments", {}).items()
    }
    about = entry.get("description", ""), entry.get("method"), entry.get("path", "")
    return proposed(Operation(entry["name"], {"type": "object", "properties": properties}, *about))


def _figures(name: str, chosen: Sequence[dict[str, Any]]) -> str:
    found = [(entry, judged(entry).effect) for entry in chosen]
    acts = [effect for entry, effect in found if entry["label"] != "read"]
    reads = [effect for entry, effect in found if entry["label"] == "read"]
    easy = [effect for entry, effect in found if entry["label"] == "read" and not entry.get("hard")]
    gone = [effect for entry, effect in found if entry["label"] == "destructive"]
    return (
        f"{name:7} acts taken for reads: {acts.count('read')} of {len(acts)} · "
        f"reads known as such: {reads.count('read')} of {len(reads)} (ordinary names: {easy.count('read')} of {len(easy)})"
        f" · destructive known: {gone.count('destructive')} of {len(gone)}"
    )


def main() -> None:
    tuned, unseen = halves()
    print(_figures("tuned", tuned), _figures("unseen", unseen), sep="\n")
    for entry in tuned if "--tuned" in sys.argv else entries() if "--all" in sys.argv else []:
        risk = judged(entry)
        if risk.effect != entry["label"]:
            print(f"  {entry['label']:12} proposed {risk.effect:12} {risk.word:12} {entry['name']}")


if __name__ == "__main__":
    main()
