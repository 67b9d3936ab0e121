"""How good the embedded grader is on the bank: its exemplars, and the metamorphic tests.

Agreement with people outside the project is measured by `viva agreement`, on files of graded answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from backend.grading.entailment import CALIBRATION
from backend.grading.exemplars import check_exemplars
from backend.wiring import Product


def exemplar_rows(product: Product) -> list[tuple[str, str, str]]:
    """What, figure, aim: the bank's exemplars under the shipped calibration, and its held-out figures."""
    found = check_exemplars(list(product.bank.questions.values()), product.grader)
    held = json.loads(CALIBRATION.read_text(encoding="utf-8"))["held_out_by_question"]
    return [
        ("exemplars ordered strong > partial > weak", f"{found.ordered_share:.1%}", "97 %"),
        ("verdicts that agree with the author's", f"{found.claim_agreement:.1%}", "85 %"),
        ("held out by question: AUC of met", f"{held['claim_auc']:.3f}", ""),
        ("held out by question: accuracy of met", f"{held['claim_accuracy']:.1%}", ""),
        (
            "held out by question: expected calibration error",
            f"{held['expected_calibration_error']:.3f}",
            "0.08",
        ),
        (
            "held out by question: verdicts given, and right",
            f"{held['judged']:.1%}, {held['accuracy_of_judged']:.1%}",
            "",
        ),
    ]


def metamorphic_rows() -> list[tuple[str, str, str]]:
    """What, violations, limit: from the metamorphic tests, which run here."""
    with tempfile.TemporaryDirectory() as folder:
        rates = Path(folder) / "rates.json"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/grading/test_metamorphic.py"],
            env=os.environ | {"VIVA_RATES": str(rates)},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        found = json.loads(rates.read_text(encoding="utf-8"))
    return [
        (what, f"{wrong} of {cases} ({wrong / cases:.1%})", limit)
        for what, wrong, cases, limit in found
    ]
