"""Measures what attacks get out of the grader: `python -m tests.attacks.measure <data folder>`.

Prints Markdown. Takes some minutes: every attack alone, behind a weak and behind a partial answer, once
with a model that finds everything and once with one that also knows which claims are decoys.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from backend.grading.entailment import read_calibration
from backend.grading.llm_grader import UNTRUSTED
from backend.llm.suspicion import suspicions
from backend.settings import read_settings
from backend.wiring import build
from tests.attacks.corpus import attacks
from tests.attacks.obedience import Outcome, Trial, behind, spread


def main() -> None:
    product = build(read_settings(data_dir=Path(sys.argv[1])))
    bank = product.bank
    trial = Trial(bank, product.embedder, product.embedded_grader_with(read_calibration()))
    print(
        "| attack | model | tried | set aside by decoys | gained points | points | red flags hidden |"
    )
    print("|---|---|---|---|---|---|---|")
    for knows in (False, True):
        for quality in ("", "weak", "partial"):
            found = [
                trial.run(attack, q, behind(q, quality) if quality else "", knows_decoys=knows)
                for attack, q in spread(bank, attacks())
            ]
            print(_row(quality, knows, found))
            for line in _details(found):
                print(line, file=sys.stderr)
    print()
    print("| family | attacks | noticed |")
    print("|---|---|---|")
    noticed = Counter(a.family for a in attacks() if suspicions(a.text))
    for family, count in Counter(a.family for a in attacks()).items():
        print(f"| {family} | {count} | {noticed[family]} |")


def _row(quality: str, knows: bool, found: list[Outcome]) -> str:
    place = f"behind a {quality} answer" if quality else "alone"
    who = "knows the decoys" if knows else "finds everything"
    aside = sum(item.with_model.degraded == UNTRUSTED for item in found)
    gained = [item for item in found if item.gained > 0]
    points = sum(item.gained for item in gained)
    hidden = sum(bool(item.escaped) for item in found)
    return f"| {place} | {who} | {len(found)} | {aside} | {len(gained)} | {points:g} | {hidden} |"


def _details(found: list[Outcome]) -> Iterator[str]:
    for item in found:
        if item.gained > 0 or item.escaped:
            yield f"{item.attack.id} on {item.question_id}: +{item.gained:g} {item.escaped}"


if __name__ == "__main__":
    main()
