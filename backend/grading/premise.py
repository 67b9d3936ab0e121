"""The part of an answer that a claim is compared with: its nearest sentences, in their own order."""

from __future__ import annotations

from backend.bank.wording import content_stems
from backend.grading.sentences import Span, split_sentences

NEAREST = 3


def premise_for(text: str, claim: str) -> str:
    """The three sentences of `text` that share most content words with `claim`, joined."""
    return " ".join(span.text for span in nearest_sentences(split_sentences(text), claim))


def nearest_sentences(sentences: list[Span], claim: str) -> list[Span]:
    """Up to three sentences by shared content stems; the earlier wins a tie."""
    if len(sentences) <= NEAREST:
        return sentences
    wanted = set(content_stems(claim))
    overlap = [len(wanted & set(content_stems(span.text))) for span in sentences]
    best = sorted(range(len(sentences)), key=lambda i: (-overlap[i], i))[:NEAREST]
    return [sentences[i] for i in sorted(best)]
