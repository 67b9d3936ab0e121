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
FRAME_WORDS = 4


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


def is_name_dropping(span: Span) -> bool:
    """Single nouns after a verb that says nothing: "I would use the drift and the labels here"."""
    found = words(span.text)
    names = 0
    for before, word in zip(["", *found], found, strict=False):
        if _is_small(word) or word in _EMPTY:
            continue
        if before not in _BEFORE_A_NAME:
            return False
        names += 1
    return names >= 2


def repeated_frames(windows: Sequence[Window]) -> set[int]:
    """The places of sentences that are one frame with other words put in: nobody talks like that."""
    frames: dict[tuple[str, ...], set[int]] = {}
    said: dict[int, tuple[str, ...]] = {}
    for place, window in enumerate(windows):
        found = words(window.span.text)
        frame = tuple(word if _is_small(word) or word in _EMPTY else "_" for word in found)
        said[place] = tuple(found)
        if frame.count("_") >= 2 and len(frame) - frame.count("_") >= FRAME_WORDS:
            frames.setdefault(frame, set()).add(place)
    return {
        place
        for places in frames.values()
        if len({said[place] for place in places}) > 1
        for place in places
    }


def is_pleasantry(span: Span) -> bool:
    """A courtesy or a pause for thought: "that's a great question", "let me think"."""
    kept = [word for word in words(span.text) if not _is_small(word) and word not in _POLITE]
    return not kept


def is_order(span: Span) -> bool:
    """Words to the grader and not to the interviewer: they say nothing about the question."""
    return bool(_ORDER.search(span.text))


def _is_small(word: str) -> bool:
    return word in STOPWORDS or word in _VERBS


def readable_share(text: str) -> float:
    """The share, 0 to 1, of characters that text is made of: letters, marks, digits, space, punctuation."""
    if not text:
        return 1.0
    odd = len(re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]", text))
    return 1 - odd / len(text)


_EMPTY = frozenset(
    [
        "consider",
        "considering",
        "think",
        "thinking",
        "look",
        "looking",
        "apply",
        "applying",
        "include",
        "involve",
        "depend",
        "depends",
        "cover",
        "mention",
        "talk",
        "focus",
        "handle",
        "care",
        "know",
        "matter",
        "matters",
        "important",
        "relevant",
        "key",
        "course",
        "definitely",
        "basically",
        "certainly",
        "obviously",
        "maybe",
        "perhaps",
        "probably",
        "plus",
        "etc",
        "sure",
        "always",
        "first",
        "finally",
        "address",
    ]
)
_BEFORE_A_NAME = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "my",
        "our",
        "some",
        "about",
        "on",
        "use",
        "using",
        "apply",
        "consider",
        "plus",
        "also",
    ]
)
_POLITE = frozenset(
    [
        "thank",
        "thanks",
        "great",
        "good",
        "excellent",
        "nice",
        "interesting",
        "really",
        "question",
        "questions",
        "glad",
        "happy",
        "asked",
        "asking",
        "please",
        "hope",
        "answers",
        "answer",
        "helps",
        "help",
        "moment",
        "second",
        "minute",
        "think",
        "thinking",
        "see",
        "sorry",
        "hear",
        "tell",
        "elaborate",
        "further",
        "sense",
        "anything",
        "else",
        "know",
        "like",
        "pleasure",
        "appreciate",
        "welcome",
        "chance",
        "opportunity",
        "today",
        "guess",
        "suppose",
        "maybe",
        "okay",
        "ok",
        "well",
        "right",
        "sure",
        "hmm",
        "um",
        "uh",
        "let",
        "start",
        "begin",
        "say",
        "that's",
        "i'm",
        "it's",
        "there's",
    ]
)
_ORDER = re.compile(
    r"(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}(?:instruction|prompt|rule|rubric|guideline|direction)"
    r"|\b(?:system|developer|assistant)\s*(?:prompt|message|:)|\b(?:as|dear|note to|attention)\s+(?:the\s+)?(?:ai\s+)?"
    r"(?:grader|evaluator|assistant|model)\b|\byou are (?:now )?(?:a|an|the)\b.{0,40}\b(?:grader|assistant|model|ai)\b"
    r"|\b(?:mark|set|rate|score|grade|award|give|assign)\b.{0,60}\b(?:as met|to met|all met|full (?:marks|points|credit|score)"
    r"|maximum (?:score|points)|five out of five|5/5|10/10|5 out of 5|confidence (?:of )?1)"
    r"|\bthis (?:answer|response|candidate) (?:meets|satisfies|covers|fulfils|deserves)\b"
    r"|\ball (?:claims|expectations|criteria|verdicts|requirements)\b.{0,30}\b(?:met|satisfied|covered|fulfilled)\b"
    r"|\b(?:write|phrase|give|print|format|end|begin|start) (?:me )?(?:your|the) (?:next|following|last) (?:line|reply|message|question)"
    r"|[\"']?(?:status|verdict|score|rating)[\"']?\s*[:=]\s*[\"']?(?:met|5|1\.0|pass|full)",
    re.IGNORECASE,
)
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
