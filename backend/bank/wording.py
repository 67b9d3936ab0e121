"""Words for the lint: stems of content words, shared phrases, overlapping runs."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

import snowballstemmer

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
STOPWORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "each",
        "either",
        "else",
        "ever",
        "every",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "give",
        "given",
        "gives",
        "go",
        "goes",
        "going",
        "got",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "keep",
        "kept",
        "kind",
        "let",
        "lets",
        "like",
        "made",
        "make",
        "makes",
        "making",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "much",
        "must",
        "my",
        "need",
        "needs",
        "no",
        "nor",
        "not",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "put",
        "rather",
        "said",
        "same",
        "say",
        "says",
        "she",
        "should",
        "so",
        "some",
        "something",
        "still",
        "such",
        "take",
        "takes",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "upon",
        "use",
        "used",
        "uses",
        "using",
        "very",
        "via",
        "want",
        "was",
        "way",
        "we",
        "well",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "yours",
    ]
)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    library: Any = snowballstemmer
    return library.stemmer("english")


def words(text: str) -> list[str]:
    """Lower-case words, in order."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry content, in order, with repetitions."""
    return [stem(word) for word in words(text) if word not in STOPWORDS and len(word) > 1]


def shared_content_phrase(left: str, right: str, allowed: str = "") -> str | None:
    """Two neighbouring content words, as stems, that `left` and `right` share and `allowed` lacks."""

    def pairs(text: str) -> list[tuple[str, str]]:
        stems = content_stems(text)
        return list(pairwise(stems))

    given = set(pairs(allowed))
    have = set(pairs(right)) - given
    for pair in pairs(left):
        if pair in have:
            return " ".join(pair)
    return None


def shared_share(left: str, right: str, allowed: str = "") -> float:
    """The share, 0 to 1, of `right`'s content stems that `left` holds too; `allowed` ones are free."""
    target = set(content_stems(right)) - set(content_stems(allowed))
    if not target:
        return 0.0
    return len(target & set(content_stems(left))) / len(target)


def shared_run(left: str, right: str, length: int) -> str | None:
    """The first run of `length` words that stands in both texts."""

    def runs(text: str) -> list[str]:
        found = words(text)
        return [" ".join(found[i : i + length]) for i in range(len(found) - length + 1)]

    have = set(runs(right))
    return next((run for run in runs(left) if run in have), None)
