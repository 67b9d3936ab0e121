"""What is measured between an answer and what was expected of it, claim by claim and as a whole.

Many answers are measured together: every sentence is embedded once and all pairs for the claim model go
through it in long batches, which is what makes ten thousand answers affordable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backend.bank.wording import STOPWORDS, content_stems, stem, words
from backend.grading.claim_model import ClaimModel
from backend.grading.decompose import Claim
from backend.grading.sentences import split_clauses, split_sentences
from backend.retrieval.embedder import Embedder

Values = NDArray[np.float64]
NEAREST = 3
CLAIM_FEATURES = (
    "entailed",
    "nearest",
    "recall",
    "soft_recall",
    "pairs",
    "novel_recall",
    "numbers",
    "order",
    "trigrams",
    "neg_ok",
)
ANSWER_FEATURES = (
    "claims_entailed",
    "claims_sure",
    "claims_nearest",
    "claims_recall",
    "claims_soft",
    "claims_best",
    "claims_trig",
    "whole_entailed",
    "whole_cosine",
    "asked_cosine",
    "whole_recall",
    "novel_recall",
    "soft_recall",
    "soft_precision",
    "precision",
    "novel_precision",
    "trigrams",
    "pairs",
    "length_ratio",
    "log_length",
    "not_echo",
    "q_cosine_neg",
    "claims_min",
    "best_window",
    "typo_recall",
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|nothing)\b|n['’]t\b", re.I
)


@dataclass(frozen=True)
class Task:
    question: str
    reference: str
    claims: tuple[Claim, ...]
    answer: str


@dataclass(frozen=True)
class Measured:
    answer: Values
    claims: Values


def grams(text: str) -> set[str]:
    return {
        w[i : i + 3]
        for word in words(text)
        if word not in STOPWORDS
        for w in [f" {word} "]
        for i in range(len(w) - 2)
    }


def cover(wanted: set, have: set) -> float:
    return len(wanted & have) / len(wanted) if wanted else 0.0


def bigrams(text: str) -> set:
    return set(pairwise(content_stems(text)))


def lcs(a: list[str], b: list[str]) -> float:
    if not a or not b:
        return 0.0
    row = [0] * (len(b) + 1)
    for x in a:
        prev = 0
        for j, y in enumerate(b):
            cur = row[j + 1]
            row[j + 1] = prev + 1 if x == y else max(row[j + 1], row[j])
            prev = cur
    return row[-1] / len(a)


class Words:
    """Vectors of single words."""

    def __init__(self, embedder: Embedder) -> None:
        self.e = embedder
        self.known: dict[str, NDArray[np.float32]] = {}

    def learn(self, texts: Sequence[str]) -> None:
        fresh = list(
            {
                w
                for t in texts
                for w in words(t)
                if w not in STOPWORDS and len(w) > 1 and w not in self.known
            }
        )
        if fresh:
            self.known.update(zip(fresh, self.e.encode(fresh), strict=True))

    def soft(self, wanted: Sequence[str], have: Sequence[str]) -> float:
        """Mean over `wanted` words of the likeness of the nearest word of `have`."""
        if not wanted or not have:
            return 0.0
        w = np.stack([self.known[x] for x in wanted])
        h = np.stack([self.known[x] for x in have])
        near = np.clip(((w @ h.T).max(axis=1) - 0.4) / 0.6, 0, 1)
        return float(near.mean())


def cw(text: str) -> list[str]:
    return list(dict.fromkeys(w for w in words(text) if w not in STOPWORDS and len(w) > 1))


def measure(
    tasks: Sequence[Task], embedder: Embedder, model: ClaimModel, lexicon: Words
) -> list[Measured]:
    wins: list[list[str]] = []
    nsent: list[int] = []
    for t in tasks:
        sents = split_sentences(t.answer)
        w = [s.text for s in sents]
        nsent.append(len(w))
        for s in sents:
            w += [c.text for c in split_clauses(s)]
        wins.append(w or [t.answer or "."])
    texts = {x for w in wins for x in w}
    for t in tasks:
        texts |= {c.text for c in t.claims} | {
            t.reference,
            t.answer,
            t.question,
            f"{t.question} {t.reference}",
            f"{t.question} {t.answer}",
        }
    order = sorted(texts)
    vec = dict(zip(order, embedder.encode(order), strict=True))
    lexicon.learn(
        [x for t in tasks for x in (t.answer, t.reference, t.question, *(c.text for c in t.claims))]
    )
    pairs: list[tuple[str, str]] = []
    near_all = []
    for t, w, n in zip(tasks, wins, nsent, strict=True):
        m = np.stack([vec[x] for x in w])
        near = m @ np.stack([vec[c.text] for c in t.claims]).T
        near_all.append(near)
        n = max(1, n)
        st = [set(content_stems(x)) for x in w[:n]]
        for j, c in enumerate(t.claims):
            want = set(content_stems(c.text))
            blend = near[:n, j] + 0.5 * np.array([cover(want, s) for s in st])
            top = sorted(np.argsort(-blend, kind="stable")[:NEAREST])
            pairs.append((" ".join(w[i] for i in top), c.text))
        pairs.append((t.answer, t.reference))
    logits = model.logits(pairs)
    out = []
    k = 0
    for t, w, near in zip(tasks, wins, near_all, strict=True):
        n = len(t.claims)
        lg = np.array(logits[k : k + n + 1], dtype=np.float64)
        k += n + 1
        A, R, Q = content_stems(t.answer), content_stems(t.reference), content_stems(t.question)
        a, r, q = set(A), set(R), set(Q)
        ab, ag = bigrams(t.answer), grams(t.answer)
        aw, qw = cw(t.answer), set(cw(t.question))
        awn = [x for x in aw if x not in qw]
        anum = set(_NUMBER.findall(t.answer))
        rows = []
        for j, c in enumerate(t.claims):
            S = content_stems(c.text)
            s = set(S)
            nums = set(_NUMBER.findall(c.text))
            best = w[int(near[:, j].argmax())]
            neg = bool(_NEGATION.search(best)) == bool(_NEGATION.search(c.text))
            rows.append(
                [
                    lg[j],
                    float(near[:, j].max()),
                    cover(s, a),
                    lexicon.soft(cw(c.text), aw),
                    cover(bigrams(c.text), ab),
                    cover(s - q, a) if s - q else cover(s, a),
                    cover(nums, anum) if nums else 1.0,
                    lcs(S, A),
                    cover(grams(c.text), ag),
                    float(neg),
                ]
            )
        C = np.array(rows)
        wt = np.array([c.weight for c in t.claims])
        wt = wt / wt.sum()
        pr = 1 / (1 + np.exp(-C[:, 0]))
        va, vr, vq = vec[t.answer], vec[t.reference], vec[t.question]
        rw = cw(t.reference)
        rwn = [x for x in rw if x not in qw] or rw
        typo = (
            np.mean([max([cover(grams(x), grams(y)) for y in aw], default=0.0) for x in rwn])
            if rwn
            else 0.0
        )
        out.append(
            Measured(
                np.array(
                    [
                        wt @ C[:, 0],
                        wt @ pr,
                        wt @ C[:, 1],
                        wt @ C[:, 2],
                        wt @ C[:, 3],
                        C[:, 0].max(),
                        wt @ C[:, 8],
                        lg[n],
                        float(va @ vr),
                        float(vec[f"{t.question} {t.answer}"] @ vec[f"{t.question} {t.reference}"]),
                        cover(r, a),
                        cover(r - q, a) if r - q else cover(r, a),
                        lexicon.soft(rwn, aw),
                        lexicon.soft(awn, rw),
                        cover(a, r | q),
                        cover(a - q, r),
                        cover(grams(t.reference), ag),
                        cover(bigrams(t.reference), ab),
                        min(1.0, len(a - q) / max(1, len(r - q))),
                        np.log1p(len(a - q)),
                        float(len(a - q) / max(1, len(a))),
                        -float(va @ vq),
                        C[:, 0].min(),
                        float((np.stack([vec[x] for x in w]) @ vr).max()),
                        float(typo),
                    ]
                ),
                C,
            )
        )
    return out
