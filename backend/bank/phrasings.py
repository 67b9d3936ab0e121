"""How people say a claim: `phrasings/<area>.yaml`, question by question and claim by claim.

`said` states the claim in different words; `near` is on the same topic and does not. The grader
compares answers with both, and the claim model is trained on them. They are written without looking
at the exemplars, which stay a test of unseen answers.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from backend.bank.question import Content, QuestionId, Slug

Snippet = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=400)]


class Phrasing(Content):
    """Snippets for one claim; empty where nobody has written any."""

    said: tuple[Snippet, ...] = ()
    near: tuple[Snippet, ...] = ()


Phrasings = dict[QuestionId, dict[Slug, Phrasing]]
