"""What is asserted and what is denied: which content words of a text stand under a negation.

Cosine and shared words are blind to a "not". So each content word gets a sign: -1 inside the scope of a
negation, +1 outside, an even number of negations cancelling. A scope runs from its cue to the end of the
clause; "X isn't needed" denies its subject too. Cues and scope follow NegEx (Chapman et al. 2001),
reduced to clauses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from backend.bank.wording import STOPWORDS, stem

MIXED = 0.34
"""Below this mean sign a word stands on both sides in the phrasings and tells nothing."""

_CLAUSE = re.compile(
    r"[.!?;:\n]+|\s[-–—]+\s|,|\b(?:but|although|though|because|since|so that|whereas|while|unless|"
    r"until|if|when|which|and then|instead|otherwise|so)\b"
)
_NOT_A_NEGATION = re.compile(
    r"\b(?:not (?:just|only|merely|simply)|no doubt|no matter|no wonder|why not|not sure|not bad|"
    r"not least|no wait|no idea|don't know|not to mention|if not|whether or not|or not|"
    r"can't help but|couldn't agree more|isn't it|wasn't it|aren't they|won't hurt|nothing but)\b"
)
_DENIAL = re.compile(
    r"\b(?:(?:i|we) (?:don't|do not|wouldn't|would not|can't|cannot) (?:think|believe|say|agree|see|claim|"
    r"accept)(?: it's true| it is true)?(?: that| why)?|it's not (?:true|right|the case|correct)(?: that)?|"
    r"it is not (?:true|right|the case|correct)(?: that)?|it isn't (?:true|right|the case)(?: that)?|"
    r"(?:it's|it is|it'd be|it would be|that's) (?:wrong|false|a mistake|nonsense) (?:to|that)|(?:i|we) disagree|"
    r"(?:i|we) doubt|(?:i|we)'d refuse|there(?:'s| is) no (?:need|point|reason|use|sense)|no (?:need|point|reason|use)"
    r" (?:to|in|of|for)|far from|anything but|by no means|the opposite of|instead of|rather than|as opposed to)\b"
)
_CUE = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|without|hardly|barely|rarely|seldom|cannot|"
    r"[a-z]+n't|ain't)\b"
)
_EMPTY_PREDICATE = re.compile(
    r"^\W*(?:really |so |that |at all |very |actually |even |be |been |a |an |any |the |much |going to |do |"
    r"make |have |is |are |my |our )*"
    r"(?:needed|necessary|required|worth\w*|useful|important|relevant|matter\w*|help\w*|thing|job|problem|concern|"
    r"option|idea|sense|point|true|right|correct|anything|work\w*|count\w*|good|care)?\W*"
    r"(?:to me|here|for me|at all|it|anyway|then|any more|anymore|in practice)?\W*$"
)
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


@lru_cache(maxsize=50_000)
def signed_stems(text: str) -> dict[str, int]:
    """The stems of the content words with their signs; 0 for one that stands on both sides."""
    signs: dict[str, int] = {}
    for clause in _clauses(text.lower().replace("’", "'")):
        for word, sign in _signed(clause):
            key = stem(word)
            signs[key] = sign if signs.get(key, sign) == sign else 0
    return signs


def leaning(texts: Iterable[str]) -> dict[str, int]:
    """The sign that each stem has in most of `texts`; stems that have none are left out."""
    sums: dict[str, list[int]] = {}
    for text in texts:
        for key, sign in signed_stems(text).items():
            sums.setdefault(key, []).append(sign)
    return {
        key: 1 if sum(signs) > 0 else -1
        for key, signs in sums.items()
        if abs(sum(signs)) / len(signs) > MIXED
    }


def _clauses(text: str) -> list[str]:
    """The clauses; a cue that a separator would cut off ("instead of") stays with what follows."""
    masked = _NOT_A_NEGATION.sub(lambda found: "_" * len(found[0]), text)
    masked = re.sub(r"\binstead of\b", "insteadof", masked)
    cuts = [0, *(found.start() for found in _CLAUSE.finditer(masked)), len(masked)]
    pieces = [masked[a:b] for a, b in pairwise(cuts)]
    return [piece.replace("insteadof", "instead of") for piece in pieces]


def _signed(clause: str) -> list[tuple[str, int]]:
    """The content words of a clause, each with its sign."""
    cues = [found.span() for found in _DENIAL.finditer(clause)]
    bare = clause
    for start, end in cues:
        bare = bare[:start] + " " * (end - start) + bare[end:]
    single = [found.span() for found in _CUE.finditer(bare)]
    whole = [end for _, end in single if _EMPTY_PREDICATE.match(bare[end:])]
    starts = [start for start, _ in cues] + [start for start, end in single if end not in whole]
    found: list[tuple[str, int]] = []
    for word in _WORD.finditer(bare):
        if word[0] in STOPWORDS or len(word[0]) < 2 or "'" in word[0]:
            continue
        count = sum(start < word.start() for start in starts) + len(whole)
        found.append((word[0], -1 if count % 2 else 1))
    return found
