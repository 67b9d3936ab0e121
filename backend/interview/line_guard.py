"""What a phrased line may say: the check between a model's words and the candidate.

The model is told what to ask and never sees what is secret, but it may know the subject, or do what the
candidate tells it to. So every sentence is checked before anybody hears it. A sentence is withheld if

- a candidate could earn credit by saying it back: the embedded grader, given the sentence as an answer,
  finds an open claim in it that neither the curated line nor the candidate has stated;
- it carries words of a claim, an example answer or the prompt that were not said before;
- it praises or grades, is no plain English prose, or speaks to a machine;
- it states things of its own: an interviewer who replies uses the words that have been used;
- it asks, and what it asks is not what code has chosen.

What is withheld is replaced by the curated line, so a check that is too strict costs nothing but style.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from backend.bank.checks import FORBIDDEN
from backend.bank.question import Expectation, Question
from backend.bank.wording import STOPWORDS, content_stems, shared_run, shared_share, words
from backend.grading.consensus import probability
from backend.grading.verdict import Grader
from backend.llm.suspicion import suspicions
from backend.retrieval.embedder import Embedder

MOST_WORDS = 90
LEAST_SMALL_WORDS = 0.2
LEAST_LETTERS = 0.75
SECRET_RUN = 5
PROMPT_RUN = 6
NEW_SHARE = 0.3
NEW_WORDS = 2
STATED = 0.5
MARGIN = 0.1
NEAR_ENOUGH = 0.4
MOST_NEW = 2
NEW_PART = 0.49

_FORM = re.compile(r"[\n\r#*_`|<>{}\[\]\\]|https?:|www\.|\S{30,}|^\s*[-•\d]+[.)]?\s")
_PRAISE = re.compile(
    r"\b(?:(?:great|good|excellent|perfect|brilliant|fantastic|wonderful|superb|amazing|awesome|impressive|outstanding"
    r"|terrific|lovely|nice|strong|solid|smart|clever|thoughtful|insightful|wise) (?:answer|point|job|work|start|thinking"
    r"|question|idea|approach|response|reply|explanation|example|thought|insight|choice|catch|call|one|instinct)s?"
    r"|well (?:done|said|put|reasoned|explained)|(?:that|this|it)(?:'s| is| was| sounds)? (?:absolutely |quite |exactly |not |partly |mostly )?"
    r"(?:right|correct|wrong|incorrect|true|perfect|excellent|impressive|spot on|exactly it)"
    r"|you(?:'re| are| were) (?:absolutely |quite |exactly |not |partly |so )?(?:right|correct|wrong|mistaken|on the right track|impressive|brilliant|a natural)"
    r"|(?:excellent|perfect|brilliant|bravo|fantastic|exactly|correct|wrong|incorrect|congratulations|amazing|splendid)\s*[!.,]"
    r"|i(?:'m| am) impressed|impressive|i (?:love|like) (?:that|your|how|the way)|love it|spot on|nailed it|kudos"
    r"|(?:your|full|top|maximum|extra) (?:score|grade|marks?|points?|rating|credit)|you (?:have )?(?:passed|failed|got it|missed|forgot|covered)"
    r"|you(?:'ve| have) (?:missed|forgotten|covered|met)|\d+ (?:out of|of|/) ?\d+ (?:points?|claims?|expectations?))",
    re.IGNORECASE,
)
_SECRET_TALK = re.compile(
    r"\b(?:rubric|system prompt|grading criteria|marking scheme|red[- ]flag|answer key|model answer|my instructions"
    r"|the (?:claims?|expectations?) (?:is|are|to)|(?:must|should|bonus)[- ]claims?|as an ai|language model)\b",
    re.IGNORECASE,
)


_TURNS_OF_SPEECH = frozenset(
    content_stems(
        "thanks thank okay ok fine sure see understand understood hear heard right now then well start begin"
        " first next last move moving turn on question point part piece main mention mentioned describe described"
        " talk talking speak said tell told ask asked answer look looking think thinking leave stay come back"
        " another other different something subject topic area let us continue going further more detail specific"
        " specifically clear enough time hint help say again differently words mean case example earlier before"
        " stop pick bring brought consider interested curious wonder wondering want like yourself one two"
    )
)
"""What may always be said around somebody else's words."""


@dataclass(frozen=True)
class Secrets:
    """The claims of one question that a line may not give away."""

    question: Question
    open_items: tuple[Expectation, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """What one line is measured by.

    `curated` is the line that stands for it, `asks` what it must ask and no more (empty: nothing),
    `rivals` what it must not ask instead, `heard` everything said in the interview so far, `prompt` the
    instructions the model was given.
    """

    curated: str
    asks: str
    rivals: tuple[str, ...]
    heard: tuple[str, ...]
    secrets: tuple[Secrets, ...]
    prompt: str

    @cached_property
    def known(self) -> str:
        """All that is no secret any more."""
        asked = (
            text for item in self.secrets for text in (item.question.ask, item.question.clarify)
        )
        return "\n".join((self.curated, self.asks, *self.heard, *asked))


class LineGuard:
    """Checks phrased lines. `grader` is the embedded one: it must not ask a model."""

    def __init__(self, grader: Grader, embedder: Embedder) -> None:
        self._grader = grader
        self._embedder = embedder

    def objection(self, said: Sequence[str], sentence: str, bounds: Bounds) -> str:
        """Why `sentence` may not follow `said`, as a stable word; empty if it may."""
        text = " ".join((*said, sentence))
        if _FORM.search(sentence) or len(words(text)) > MOST_WORDS:
            return "form"
        if not _is_english(sentence):
            return "language"
        if _PRAISE.search(sentence):
            return "praise"
        if FORBIDDEN.search(sentence):
            return "topic"
        if _SECRET_TALK.search(sentence) or suspicions(sentence):
            return "machine-talk"
        if _new_run(text, bounds.prompt, bounds.known, PROMPT_RUN):
            return "prompt"
        if any(self._gives_away(text, secrets, bounds) for secrets in bounds.secrets):
            return "leak"
        if "?" in sentence:
            return self._wrong_question(sentence, bounds)
        return "new-words" if _speaks_of_its_own(sentence, bounds.known) else ""

    def says(self, text: str, curated: str) -> bool:
        """Whether a whole line says what the curated one does."""
        vectors = self._embedder.encode([text, curated])
        return float(vectors[0] @ vectors[1]) >= NEAR_ENOUGH

    def _wrong_question(self, sentence: str, bounds: Bounds) -> str:
        if not bounds.asks or sentence.count("?") > 1 or not sentence.rstrip().endswith("?"):
            return "question"
        vectors = self._embedder.encode([sentence, bounds.asks, *bounds.rivals])
        near = vectors[1:] @ vectors[0]
        if near[0] < NEAR_ENOUGH or (len(near) > 1 and float(np.max(near[1:])) > near[0]):
            return "question"
        return ""

    def _gives_away(self, text: str, secrets: Secrets, bounds: Bounds) -> bool:
        question = secrets.question
        # Words of the rubric stay inside, also those of claims that have been met.
        texts = [*(item.claim for item in question.expectations), *_hints(question)]
        texts += [exemplar.answer for exemplar in question.exemplars]
        if any(_new_run(text, secret, bounds.known, SECRET_RUN) for secret in texts):
            return True
        if any(_shares_new_words(text, item.claim, bounds.known) for item in secrets.open_items):
            return True
        stated = self._probabilities(question, [text])
        if not any(stated[item.id] >= STATED for item in secrets.open_items):
            return False
        allowed = [self._probabilities(question, [bounds.curated])]
        if secrets.answers:
            allowed.append(self._probabilities(question, secrets.answers))
        return any(
            stated[item.id] >= STATED
            and stated[item.id] > max(found[item.id] for found in allowed) + MARGIN
            for item in secrets.open_items
        )

    def _probabilities(self, question: Question, texts: Sequence[str]) -> dict[str, float]:
        found = self._grader.assess(question, list(texts))
        return {
            verdict.expectation_id: 0.0 if found.flags else probability(verdict)
            for verdict in found.verdicts
        }


def _hints(question: Question) -> Iterable[str]:
    return (item.hint for item in question.expectations if item.hint)


def _new_run(text: str, secret: str, known: str, length: int) -> bool:
    """Whether `text` repeats `length` words of `secret` that have not been said in this order before."""
    if not shared_run(text, secret, length):
        return False
    said, open_to_all = words(text), set(_runs(known, length))
    hidden = set(_runs(secret, length)) - open_to_all
    return any(tuple(said[i : i + length]) in hidden for i in range(len(said) - length + 1))


def _runs(text: str, length: int) -> list[tuple[str, ...]]:
    found = words(text)
    return [tuple(found[i : i + length]) for i in range(len(found) - length + 1)]


def _shares_new_words(text: str, claim: str, known: str) -> bool:
    """Whether `text` brings in words that make up the claim: a third of them, or two side by side."""
    fresh = set(content_stems(claim)) - set(content_stems(known))
    held = fresh & set(content_stems(text))
    if len(held) >= NEW_WORDS and shared_share(text, claim, known) >= NEW_SHARE:
        return True
    pairs = set(pairwise(content_stems(claim)))
    return any(
        pair in pairs and (pair[0] in fresh and pair[1] in fresh)
        for pair in pairwise(content_stems(text))
    )


def _speaks_of_its_own(sentence: str, known: str) -> bool:
    """Whether a statement brings in matters that nobody has spoken of."""
    stems = set(content_stems(sentence))
    fresh = stems - set(content_stems(known)) - _TURNS_OF_SPEECH
    return len(fresh) > MOST_NEW or len(fresh) > NEW_PART * len(stems)


def _is_english(sentence: str) -> bool:
    """Whether it reads as English prose: small words among the words, and no other script."""
    letters = [char for char in sentence if char.isalpha()]
    if len(letters) < LEAST_LETTERS * len("".join(sentence.split())):
        return False
    if any(not unicodedata.name(char, "").startswith("LATIN") for char in letters):
        return False
    found = words(sentence)
    if len(found) < 4:
        return True
    small = sum(word in STOPWORDS or "'" in word for word in found)
    return small / len(found) >= LEAST_SMALL_WORDS
