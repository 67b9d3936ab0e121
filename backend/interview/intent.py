"""What a candidate wants when what they typed is not an answer: recognised by whole short messages.

Only a message that is nothing but the request counts: "skip" is a request, "I'd skip the first layer"
is an answer.
"""

from __future__ import annotations

import re

from backend.interview.transcript import Intent

LONGEST = 14
_PLEASE = (
    r"(?:(?:please|sorry|um+|uh+|erm+|hmm+|ok(?:ay)?|well|so|oh|hey|hi|honestly|actually)[\s,.!]+)*"
)
_ENDING = (
    r"(?:[\s,]+(?:please|again|now|for me|thanks|thank you|sorry|then|on this one|at all))*[\s.!?]*"
)
_FORMS: tuple[tuple[Intent, str], ...] = (
    (
        "repeat",
        r"(?:(?:can|could|would|will) you )?(?:please )?(?:repeat|say|read)(?: (?:that|it|the question|this))?"
        r"(?: (?:once more|one more time|again|back))?"
        r"|repeat|come again|once more|pardon(?: me)?|what was (?:the|your) question(?: again)?"
        r"|what did you (?:say|ask)",
    ),
    (
        "clarify",
        r"what do you mean(?: by (?:that|this|it))?|what does that mean|(?:can|could|would) you (?:please )?"
        r"(?:clarify|explain|rephrase)(?: (?:that|it|this|the question|what you mean))?"
        r"|(?:clarify|rephrase)(?: (?:that|it|the question))?"
        r"|i (?:do not|don't|didn't|did not) (?:quite )?(?:understand|get)(?: (?:that|it|you|the question|what you mean))?"
        r"|i'm not sure (?:what|that i (?:understand|know what)) you (?:mean|are asking|want)(?: me to (?:say|do))?"
        r"|what are you asking(?: me)?",
    ),
    (
        "hint",
        r"(?:a |any )?hints?|(?:can|could|may) (?:i|you) (?:please )?(?:have|get|give me) (?:a|another|one more) "
        r"(?:small |little )?hint|give me (?:a|another) (?:small |little )?hint|i need (?:a|another) hint|help(?: me)?"
        r"|another hint",
    ),
    (
        "skip",
        r"skip(?: (?:this|it|that|the question|this question|this one|that one))?|pass|next(?: question)?"
        r"|(?:can|could) we (?:please )?(?:skip|move on)(?: (?:this|it|that|to the next(?: one| question)?))?"
        r"|(?:let's |let us )?move on|(?:i'd|i would) (?:like|prefer) to skip(?: (?:this|it|this one|that one))?",
    ),
    (
        "dont-know",
        r"i (?:really |honestly |just )?(?:do not|don't|dont) (?:really |actually )?know(?: (?:that|it|this|this one|the answer))?"
        r"|(?:i have )?no (?:idea|clue)|i have no idea|not sure|i'm not sure|idk|dunno|no answer|i can't answer(?: (?:that|this|it))?"
        r"|i don't have an answer(?: (?:to|for) (?:that|this))?|i(?:'ve| have) never (?:heard of|done|seen|used) (?:that|this|it)",
    ),
    (
        "stop",
        r"stop|quit|exit|end|(?:stop|end|finish|quit)(?: (?:the|this))? (?:interview|session|here)"
        r"|(?:let's |let us )?(?:stop|end|finish)(?: (?:here|it|this))?|(?:i want|i'd like|i would like) to (?:stop|end|finish|quit)"
        r"(?: (?:here|now|the interview|this interview))?|that's (?:all|it) for (?:me|today)|i'm done(?: for today)?",
    ),
)
_PATTERNS: tuple[tuple[Intent, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(f"{_PLEASE}(?:{form}){_ENDING}", re.IGNORECASE)) for intent, form in _FORMS
)


def intent_of(text: str) -> Intent | None:
    """The request that `text` is, or None if it is to be taken as an answer."""
    said = " ".join(text.replace("’", "'").split())
    if len(said.split()) > LONGEST:
        return None
    for intent, pattern in _PATTERNS:
        if pattern.fullmatch(said):
            return intent
    return None
