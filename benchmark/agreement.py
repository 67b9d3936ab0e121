"""`make agreement BENCHMARKS=DIR`: agreement with people on every set of a folder, as one table.

    python -m benchmark.agreement --benchmarks DIR --out docs/agreement.md

Calls `viva agreement --json` once for each file, as a user would. Of sets that the shipped models were
trained on, only the questions kept aside from training are measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TRAINED_ON = {
    "saf_networks": "saf",
    "scientsbank": "scientsbank",
    "beetle": "beetle",
    "realsumm_claims": "realsumm",
}
FIGURES = (
    ("Pearson r", "pearson"),
    ("Spearman", "spearman"),
    ("Pearson within a question", "within_question_pearson"),
    ("QWK", "qwk"),
    ("RMSE in points", "rmse"),
    ("RMSE, isotonic on other questions", "rmse_calibrated"),
    ("right or wrong: AUC", "answer_auc"),
    ("right or wrong: macro-F1", "answer_macro_f1"),
    ("claims: AUC", "claim_auc"),
    ("claims: F1", "claim_f1"),
    ("claims: Cohen's kappa", "claim_kappa"),
    ("expected calibration error", "expected_calibration_error"),
)
PEOPLE = {"pearson": "pearson", "within_question_pearson": "within_question_pearson"} | {
    "qwk": "qwk",
    "rmse": "rmse",
}


def files(folder: Path) -> list[Path]:
    """The graded-answer files of a folder, by name."""
    found = [*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")]
    return sorted(path for path in found if not path.name.startswith("entailment"))


def measured(path: Path, source: str | None) -> dict[str, Any]:
    """What `viva agreement --json` prints for this file."""
    command = [sys.executable, "-m", "backend.cli", "agreement", str(path), "--json"]
    command += ["--kept-aside", source] if source else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def cell(figure: dict[str, Any] | None) -> str:
    if not figure or figure["value"] is None:
        return ""
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.2f} to {figure['high']:.2f})"


def section(found: dict[str, Any], source: str | None) -> list[str]:
    """One set as a table: ours beside the two baselines and people among themselves."""
    length, recall = found["baselines"]["length"], found["baselines"]["token_recall"]
    people = found["human_human"] or {}
    which = "only questions kept aside from training" if source else "never trained or fitted on"
    claims = f", {found['claims']} labelled claims" if found["claims"] else ""
    lines = [
        "",
        f"## {found['dataset']}",
        "",
        f"{found['n']} answers to {found['questions']} questions{claims}; {which}.",
        "",
        "| | ours | length only | token recall | human-human |",
        "|---|---|---|---|---|",
    ]
    for name, key in FIGURES:
        if found[key]["value"] is not None:
            others = [cell(length.get(key)), cell(recall.get(key))]
            lines.append(
                f"| {name} | {cell(found[key])} | {' | '.join(others)} | {cell(people.get(PEOPLE.get(key, '')))} |"
            )
    bias = found["length"]
    lines.append(
        f"| correlation with the answer's length | {cell(bias['ours'])} | | | {cell(bias['human'])} |"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmarks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    lines = [
        "# Agreement with people",
        "",
        "Written by `make agreement BENCHMARKS=FOLDER`, which calls `viva agreement` for each file of graded answers"
        " in the folder. In brackets 95 % intervals from drawing whole questions. The sets are other people's and are"
        " not part of this repository; [grading.md](grading.md) says where they come from.",
    ]
    for path in files(arguments.benchmarks):
        source = TRAINED_ON.get(path.name.split(".")[0])
        found = measured(path, source)
        print(
            f"{found['dataset']}: r {cell(found['pearson'])}, claims {cell(found['claim_auc'])}",
            flush=True,
        )
        lines += section(found, source)
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
