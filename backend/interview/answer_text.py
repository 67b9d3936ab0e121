"""What can be taken as an answer at all: text, not too much of it, and some."""

from __future__ import annotations

from backend.errors import AnswerRefused
from backend.grading.screening import readable_share

LEAST_READABLE = 0.95


def check_answer(text: str, most_chars: int) -> None:
    """Raises `AnswerRefused` for what cannot be taken as an answer: nothing, too much, or no text."""
    if not text.strip():
        raise AnswerRefused("the answer is empty: write something, or skip the question")
    if len(text) > most_chars:
        raise AnswerRefused(
            f"the answer has {len(text):,} characters; the limit is {most_chars:,}"
            " (VIVA_MAX_ANSWER_CHARS): shorten it"
        )
    if "\x00" in text or readable_share(text) < LEAST_READABLE:
        raise AnswerRefused("the answer holds binary data instead of text: paste plain text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AnswerRefused("the answer holds half a character pair (a lone surrogate)") from error
