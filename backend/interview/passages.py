"""Reference passages for the interviewer: found by what the candidate has settled already.

A section of our notes usually explains all claims of a question together. So it is taken apart, and
only sentences on what is settled are kept: those that come nearer to the candidate's own words than to
any open claim, and that hold none of an open claim's words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backend.bank.loader import Bank
from backend.bank.phrasings import Phrasing
from backend.bank.question import Expectation, Question
from backend.bank.wording import shared_content_phrase, shared_share
from backend.grading.sentences import split_sentences
from backend.retrieval.embedder import Embedder
from backend.retrieval.index import Filter, Index

SECTIONS = 2
SENTENCES = 3
NEAR = 0.3
SHARED = 0.3


@dataclass
class Passages:
    """Finds them in the index; remembers the vectors of sentences and claims it has seen.

    `index` gives the index, which is not opened before the first passage is wanted.
    """

    index: Callable[[], Index]
    embedder: Embedder
    bank: Bank
    _known: dict[str, NDArray[np.float32]] = field(default_factory=dict[str, NDArray[np.float32]])

    def about(
        self, covered: Sequence[str], question: Question, secret: Sequence[Expectation]
    ) -> list[str]:
        """Up to `SENTENCES` sentences on the words in `covered`, at least one, none on a secret claim."""
        wanted = Filter(area=question.area)
        hits = self.index().search("passages", " ".join(covered), wanted, SECTIONS)
        sections = [self.bank.sections[hit.id] for hit in hits if hit.id in self.bank.sections]
        sentences = [span.text for item in sections for span in split_sentences(item.text)]
        if not sentences:
            return []
        ways = self._ways_to_say(question, secret)
        vectors = self._vectors(sentences)
        near = (vectors @ self._vectors(covered).T).max(axis=1)
        far = (vectors @ self._vectors(ways).T).max(axis=1) if ways else np.zeros(len(sentences))
        ranked = sorted(range(len(sentences)), key=lambda place: -float(near[place]))
        kept = [
            place
            for place in ranked
            if near[place] >= NEAR
            and near[place] > far[place]
            and not any(_holds(sentences[place], item.claim, question) for item in secret)
        ]
        return [sentences[place] for place in sorted(kept[:SENTENCES])]

    def _ways_to_say(self, question: Question, secret: Sequence[Expectation]) -> list[str]:
        known = self.bank.phrasings.get(question.id, {})
        return [
            text for item in secret for text in (item.claim, *known.get(item.id, Phrasing()).said)
        ]

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self.embedder.encode(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])


def _holds(sentence: str, claim: str, question: Question) -> bool:
    """Whether the sentence holds words of the claim that the question has not said."""
    return (
        shared_content_phrase(sentence, claim, question.ask) is not None
        or shared_share(sentence, claim, question.ask) >= SHARED
    )
