"""What earns nothing whatever a model thinks of it: silence, the question said back, bare keywords.

Screening works on sentences, so that one empty phrase does not spoil a good answer and one good
sentence is not lost in an echo. Spans that are screened out are never evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.bank.wording import STOPWORDS, content_stems, shared_run, words
from backend.grading.sentences import Span, Window

ECHO_SHARE = 0.8
ECHO_RUN = 4
LIST_WORDS = 6
LIST_SMALL_WORDS = 0.17


def is_silence(text: str) -> bool:
    """No words, or none that carry content."""
    return not [stem for stem in content_stems(text) if stem not in _FILLERS]


def without_repeats(windows: Sequence[Window]) -> list[Window]:
    """The windows without those that say again, word for word, what an earlier one said."""
    first: dict[tuple[str, ...], Window] = {}
    for window in windows:
        first.setdefault(tuple(words(window.span.text)), window)
    return list(first.values())


def is_echo(span: Span, asked: Sequence[str]) -> bool:
    """Mostly the interviewer's own words, in the interviewer's own order."""
    stems = set(content_stems(span.text))
    said = " \n ".join(asked)
    if not stems or not said:
        return False
    shared = len(stems & set(content_stems(said))) / len(stems)
    return shared >= ECHO_SHARE and any(shared_run(span.text, text, ECHO_RUN) for text in asked)


def is_keyword_list(span: Span) -> bool:
    """Terms strung together: hardly any of the small words that sentences are made of."""
    found = words(span.text)
    if len(found) < LIST_WORDS:
        return False
    small = sum(word in STOPWORDS or word in _VERBS for word in found)
    return small / len(found) < LIST_SMALL_WORDS


def readable_share(text: str) -> float:
    """The share, 0 to 1, of characters that text is made of: letters, marks, digits, space, punctuation."""
    if not text:
        return 1.0
    odd = len(re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]", text))
    return 1 - odd / len(text)


_FILLERS = frozenset(
    [
        "um",
        "umm",
        "uh",
        "uhh",
        "er",
        "erm",
        "hm",
        "hmm",
        "mhm",
        "ah",
        "oh",
        "yeah",
        "yes",
        "yep",
        "ok",
        "okay",
        "right",
        "well",
    ]
)
_VERBS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "am",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "would",
        "could",
        "should",
        "can",
        "will",
        "shall",
        "may",
        "might",
        "i'd",
        "i'll",
        "i've",
        "we'd",
        "we'll",
        "we've",
        "it's",
        "that's",
        "don't",
        "doesn't",
        "didn't",
        "can't",
        "won't",
        "isn't",
        "wasn't",
        "i'm",
        "they're",
        "there's",
        "you'd",
        "you'll",
        "let's",
    ]
)
