"""How well claims are told from other sentences, by the parts of the corpus: `python -m tests.measure_claims [PART …]`."""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from bot.agents.assent import assents
from bot.agents.claims import claim_of

HERE = Path(__file__).parent
Part = Literal["tuned", "held_out", "held_out_2", "missed"]


def corpus(part: Part) -> Iterator[tuple[str, str, bool]]:
    """(kind, text, whether it was judged right); kinds: claims-fr, claims-en, passes-fr, passes-en, assents, others."""
    labelled: dict[str, Any] = yaml.safe_load((HERE / "claims_corpus.yaml").read_text("utf-8"))[part]
    for label in ("claims", "passes"):
        for language, texts in labelled[label].items():
            for text in texts:
                yield f"{label}-{language}", text, (claim_of(text) is not None) == (label == "claims")
    for label in ("assents", "others"):
        for text in labelled.get(label, []):
            yield label, text, assents(text) == (label == "assents")


def paragraphs() -> list[str]:
    """The shipped documents' paragraphs, without their heads."""
    texts = [
        file.read_text("utf-8").split("---\n", 2)[-1] for file in sorted((HERE.parent / "knowledge/docs").rglob("*.md"))
    ]
    return [p.strip() for text in texts for p in re.split(r"\n\s*\n", text) if p.strip()]


def milliseconds(text: str) -> float:
    """Of processor time; the median of fifty runs."""
    taken = []
    for _ in range(50):
        begun = time.process_time()
        claim_of(text)
        taken.append(time.process_time() - begun)
    return 1000 * statistics.median(taken)


def main() -> None:
    parts: tuple[Part, ...] = cast(tuple[Part, ...], tuple(sys.argv[1:]) or get_args(Part))
    for part in parts:
        judged = list(corpus(part))
        print(f"{part}: {sum(good for _, _, good in judged)}/{len(judged)}")
        for kind in dict.fromkeys(kind for kind, _, _ in judged):
            of_kind = [good for k, _, good in judged if k == kind]
            print(f"{kind:>12}: {sum(of_kind)}/{len(of_kind)}")
        print("".join(f"  - wrong ({kind}): {text!r}\n" for kind, text, good in judged if not good), end="")
    read = paragraphs()
    claimed = [(claim, p) for p in read if (claim := claim_of(p))]
    print(f"documents: {len(claimed)} of {len(read)} paragraphs read as claims")
    print("".join(f"  - {claim!r}\n" for claim, _ in claimed), end="")
    print(f"2 kB of prose: {milliseconds(' '.join(read)[:2000]):.2f} ms")


if __name__ == "__main__":
    main()
