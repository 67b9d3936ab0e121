"""What a reader has to know about a judgement besides its verdicts: doubts, suspicion, a missing model."""

from __future__ import annotations

from collections.abc import Iterator

from backend.grading.llm_grader import INCOMPLETE, UNTRUSTED
from backend.grading.verdict import Assessment, SuspectWords
from backend.llm.suspicion import SAID

LONGEST_QUOTE = 60


def notes_of(assessment: Assessment) -> Iterator[str]:
    """Sentences in the order in which they matter."""
    if assessment.degraded == UNTRUSTED:
        yield (
            "The language model found claims in this answer that cannot be there. Its judgement was set"
            " aside; the verdicts are those of the embedded grader."
        )
    elif assessment.degraded == INCOMPLETE:
        yield (
            "The language model did not judge each claim exactly once, not even when asked again. The"
            " answer is unscored."
        )
    elif assessment.degraded:
        yield (
            f"The language model gave no judgement ({assessment.degraded}); the verdicts are those of the"
            " embedded grader."
        )
    if assessment.disagreements:
        count = len(assessment.disagreements)
        which = "one point" if count == 1 else f"{count} points"
        yield f"The language model and the embedded grader differ on {which}: worth a second look."
    seen: set[str] = set()
    for words in assessment.suspicions:
        if words.kind not in seen:
            seen.add(words.kind)
            yield f"A part of the answer {SAID[words.kind]}{_quoted(words)}. It earned nothing and cost nothing."


def _quoted(words: SuspectWords) -> str:
    text = " ".join("".join(char for char in words.text if char.isprintable()).split())
    if not text:
        return ""
    short = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1].rstrip() + "\u2026"
    return f" (\u201c{short}\u201d)"
