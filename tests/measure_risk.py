"""How well the proposed risk classes fit tools that somebody else named: `python -m tests.measure_risk`.

Two labelled sets, each by a hand of its own that did not know the rules. The rules were mended with the first in view;
what they made of the second before anybody looked at it stands in docs/tools.md. `--all` lists what differs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.tooling.risk import Operation, Risk, proposed

_NAMES = [f"risk_corpus_{one}" for one in ("first", "second", "third", "fourth")]
SETS = {name: Path(__file__).with_name(f"{name}.yaml") for name in _NAMES}


def entries(name: str) -> list[dict[str, Any]]:
    """Each with `name` and `label`, maybe `method`, `path`, `arguments`, `description` and `hard`."""
    loaded: list[dict[str, Any]] = yaml.safe_load(SETS[name].read_text("utf-8"))
    return loaded


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
        f"{name.removeprefix('risk_corpus_'):6} acts taken for reads: {acts.count('read')} of {len(acts)} · "
        f"reads known as such: {reads.count('read')} of {len(reads)} (ordinary names: {easy.count('read')} of {len(easy)})"
        f" · destructive known: {gone.count('destructive')} of {len(gone)}"
    )


def main() -> None:
    for name in SETS:
        print(_figures(name, entries(name)))
        for entry in entries(name) if "--all" in sys.argv else []:
            risk = judged(entry)
            if risk.effect != entry["label"]:
                print(f"  {entry['label']:12} proposed {risk.effect:12} {risk.word:12} {entry['name']}")


if __name__ == "__main__":
    main()
