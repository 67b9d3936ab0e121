"""What an employer may not ask about; questions and exercises are searched for it."""

from __future__ import annotations

import re

FORBIDDEN = re.compile(
    r"\b(?:how old|your age|date of birth|married|marital|spouse|husband|wife|children|pregnan\w*"
    r"|religio\w*|church|mosque|ethnic\w*|skin colou?r|nationality|citizenship|native language"
    r"|disabilit\w*|your health|medical condition|sexual\w*|gender identity|trade union"
    r"|political part\w*|vot(?:e|ed) for|arrest\w*|salary history|credit score of yours)\b",
    re.IGNORECASE,
)
