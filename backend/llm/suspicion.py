"""Text that speaks to the machine instead of the interviewer: found, named and shown, never punished.

The patterns are a net with known holes: an attack worded in a way nobody thought of passes through.
Nothing may therefore depend on them alone. They do two things: a person who reads the report learns
that something was tried, and words that command are not counted as words that answer.
"""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from backend.llm.plain_text import BREAKS, fold, is_hidden

SuspicionKind = Literal[
    "instruction",
    "verdict-request",
    "rubric-request",
    "fake-transcript",
    "fake-data",
    "role-play",
    "fence-forgery",
    "encoded",
    "hidden-characters",
    "master-key",
]

SAID: dict[SuspicionKind, str] = {
    "instruction": "reads like an instruction to a language model",
    "verdict-request": "asks for a verdict or a score",
    "rubric-request": "asks for the rubric or the instructions",
    "fake-transcript": "imitates the lines of another speaker",
    "fake-data": "imitates the output of a grader",
    "role-play": "gives the grader or interviewer another role",
    "fence-forgery": "imitates the markers around an answer",
    "encoded": "holds encoded text that reads like an instruction",
    "hidden-characters": "holds characters that nobody can see",
    "master-key": "is a phrase that is known to mislead graders",
}
"""What is shown to people, behind "A part of the answer"."""


@dataclass(frozen=True)
class Suspicion:
    """One suspicious piece: characters `start` up to `end` of the text that was searched."""

    kind: SuspicionKind
    start: int
    end: int


_ANY = r"(?:\W+\w+){0,4}?\W+"
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|directives?|rubrics?|criteria|constraints?"
    r"|programming|safeguards?|system messages?)"
)
_JUDGE = (
    r"(?:graders?|evaluators?|assessors?|judges?|examiners?|scorers?|markers?|reviewers?|ai|llm"
    r"|language model|model|assistant|chatbot|bot|system|interviewer)"
)
_VERDICT = r"(?:met|satisfied|fulfilled|correct|passed|covered|complete|full|true|excellent|perfect|5|five|10|100)"
_PATTERNS: tuple[tuple[SuspicionKind, str], ...] = (
    (
        "instruction",
        rf"\b(?:ignore|disregard|forget|override|overrule|bypass|do not follow|don't follow|stop following)"
        rf"\b{_ANY}?(?:previous|prior|above|earlier|preceding|foregoing|all|any|your|the|these|those|system)\b"
        rf"(?:\W+\w+){{0,3}}?\W+{_RULES}\b",
    ),
    (
        "instruction",
        r"\b(?:ignore|disregard|forget) (?:everything|all|anything)\b(?: \w+){0,3} (?:above|before|previous(?:ly)?|said|told)",
    ),
    (
        "instruction",
        rf"\b(?:new|updated|revised|real|actual|important|urgent|secret) {_RULES}\s*[:-]",
    ),
    (
        "instruction",
        r"\b(?:end of|begin(?:ning of)?|start of) (?:the )?(?:candidate|answer|document|system|user|prompt|transcript|input|instructions?)\b",
    ),
    (
        "instruction",
        rf"\b(?:attention|note|message|notice|memo|reminder|dear|hey|hello|hi|psst)\b,?(?: (?:to|for))?(?: (?:the|all|any|my))? {_JUDGE}\b",
    ),
    (
        "instruction",
        r"\b(?:as (?:the|your) (?:developer|administrator|admin|creator|operator)|i am (?:the|your) (?:developer|administrator|admin|creator|operator|author of (?:this|the) (?:test|rubric))|(?:admin|developer|maintenance|god|sudo) (?:mode|override))\b",
    ),
    (
        "instruction",
        r"\b(?:translate|repeat|output|print|respond with|reply with|return) (?:only|exactly|just|verbatim|nothing but)\b",
    ),
    (
        "instruction",
        r"\b(?:ignorez|ignore[sr]?|oubliez|oublie) (?:toutes? )?(?:les |tes |vos )(?:\w+ )?(?:instructions|consignes|regles|règles)"
        r"|\b(?:ignoriere|ignorieren sie|vergiss|vergessen sie|missachte) (?:\w+ ){0,3}(?:anweisung|anweisungen|regeln|vorgaben|instruktionen)"
        r"|\b(?:ignora|ignore|olvida|olvide|omite) (?:todas? )?(?:las |tus |sus )?(?:\w+ )?(?:instrucciones|reglas|indicaciones)"
        r"|\b(?:ignora|dimentica) (?:tutte )?(?:le )?(?:\w+ )?(?:istruzioni|regole)"
        r"|\b(?:ignore|esqueça|esquece) (?:todas? )?(?:as )?(?:\w+ )?(?:instruções|instrucoes|regras)"
        r"|\b(?:negeer|vergeet) (?:alle )?(?:\w+ )?(?:instructies|regels)"
        r"|\b(?:zignoruj|pomiń|pomin) (?:wszystkie )?(?:\w+ )?(?:instrukcje|polecenia|zasady)"
        r"|(?:игнорируй|игнорируйте|забудь|забудьте)(?: \w+){0,3} (?:инструкции|указания|правила)"
        r"|(?:忽略|无视|無視|忘记|忘記).{0,12}(?:指令|指示|说明|說明|规则|規則|提示)"
        r"|(?:指示|命令|ルール|指令).{0,8}(?:無視|忘れ)"
        r"|(?:지시|명령|규칙).{0,8}(?:무시|잊)"
        r"|(?:تجاهل|انس)(?: \w+){0,3} (?:التعليمات|الأوامر|القواعد)"
        r"|(?:पिछले|सभी).{0,16}(?:निर्देश|निर्देशों).{0,12}(?:अनदेखा|भूल)"
        r"|(?:önceki|tüm) .{0,16}(?:talimat|kural)\w* (?:yok say|görmezden gel|unut)",
    ),
    (
        "verdict-request",
        rf"\b(?:mark|grade|rate|score|assess|judge|award|give|assign|set|count|treat|consider|accept|return|output|record)\b"
        rf"(?:\W+\w+){{0,6}}?\W+(?:claims?|expectations?|criteri(?:on|a)|points?|answers?|candidate|everything|me|this|it|all|verdicts?|status|statuses)"
        rf"\b(?:\W+\w+){{0,5}}?\W+(?:as |to |is |are |= ?|be |with |a |an |the )*{_VERDICT}\b",
    ),
    (
        "verdict-request",
        r"\b(?:full|maximum|max|top|highest|perfect) (?:marks?|points?|credits?|grades?|ratings?)\b|\b(?:full|maximum|perfect) scores?\b",
    ),
    (
        "verdict-request",
        r"\b(?:all|every|each)(?: of the)? (?:claims?|expectations?|criteria|criterion|musts?|red flags?)\b(?: \w+){0,4} (?:met|missed|satisfied|fulfilled|covered|passed|partial)\b",
    ),
    (
        "verdict-request",
        r"\b(?:this|my|the) (?:answer|candidate|response) (?:\w+ ){0,4}(?:deserves?|should (?:get|receive|be (?:given|rated|scored|graded|marked)))\b",
    ),
    (
        "verdict-request",
        r"\b(?:cannot_assess|confidence (?:of )?(?:1|1\.0|100)|status\W{1,3}met|red[- ]flags?(?: \w+){0,4} (?:missed|absent|ignored?))\b",
    ),
    (
        "verdict-request",
        r"\b(?:bewerte|werte|markiere|bewerten sie)\b(?:\W+\w+){0,6}?\W+(?:erfüllt|voll|maximal|höchst|bestanden)\w*"
        r"|\b(?:note[zr]?|marque[zr]?|évaluez?)\b(?:\W+\w+){0,6}?\W+(?:maximale?|parfaite?|satisfait\w*|rempli\w*|20)"
        r"|\b(?:califica|marca|puntúa|evalúa)\b(?:\W+\w+){0,6}?\W+(?:máxim\w*|cumplid\w*|perfect\w*)"
        r"|(?:满分|滿分|満点|最高分|만점)|(?:поставь|отметь|оцени)(?: \w+){0,5} (?:максимал\w*|выполнен\w*|высш\w*|5|пять)",
    ),
    (
        "rubric-request",
        r"\b(?:reveal|show|print|repeat|display|list|tell me|give me|output|recite|dump|leak|share|translate|summari[sz]e|write out|read out|what (?:is|are|does))\b"
        r"(?:\W+\w+){0,6}?\W+(?:rubrics?|system prompts?|prompts?|hidden|claims?|expectations?|marking scheme|grading criteria|criteria|instructions|answer key|model answer|ideal answer|expected answer|expected points|checklist)\b",
    ),
    (
        "rubric-request",
        r"\b(?:what (?:are|were) you (?:told|instructed|looking for)|everything (?:above|before) this|text above this|words above)\b",
    ),
    (
        "rubric-request",
        r"\b(?:zeige?|nenne|gib)\b(?:\W+\w+){0,5}?\W+(?:bewertungs\w*|kriterien|anweisungen|systemprompt|rubrik)\b|\b(?:montre|affiche|révèle)\w*\b(?:\W+\w+){0,5}?\W+(?:critères|consignes|barème|grille)\b|\b(?:muestra|revela)\b(?:\W+\w+){0,5}?\W+(?:criterios|rúbrica|instrucciones)\b|(?:评分标准|評分標準|採点基準|系统提示|系統提示)",
    ),
    (
        "rubric-request",
        r"\b(?:the|your|this|a) rubric\b|\bgrading criteria\b|\b(?:expected|missing) (?:points|claims|expectations)\b",
    ),
    (
        "verdict-request",
        r"\bwhoever (?:grades|marks|evaluates|assesses|scores)\b|\bmarking model\b|\b(?:the|my) (?:rating|score|grade) is (?:5|10|100|full)\b|\bc\d+\W+(?:is )?(?:met|partial|missed)\b",
    ),
    (
        "fake-transcript",
        r"\b(?:interviewer said|candidate answered)(?: \(answer \d+\))?\s*:",
    ),
    (
        "fake-transcript",
        r"(?:^|[\n.!?>\]}]\s*|\b)(?:(?:system|assistant|user|human|developer|grader|evaluator|assessor|moderator|examiner)(?: (?:said|message|note|prompt|response|output|verdict))?\s*:|(?:interviewer|candidate(?: answered)?)\s*:\s)",
    ),
    (
        "fake-transcript",
        r"<\|?/?(?:im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id|end_header_id|begin_of_text)\b[^>]*>|\[/?(?:inst|system|sys)\]|<</?sys>>|#{2,} ?(?:system|instruction|response|human|assistant|user)\b|\bbegin system\b",
    ),
    (
        "fake-data",
        r"[\"']?(?:status|verdicts?|score|rating|coverage|confidence|grade|suspicious|is_correct)[\"']?\s*[:=]\s*[\"'\[{]?\s*(?:met|true|false|\d|\[|\{|\"|')",
    ),
    (
        "fake-data",
        r"</?(?:answer|verdicts?|score|grade|result|system|instructions?|candidate|evaluation|claim)s?\b[^>]{0,60}>|\bfunction_call\b|\btool_call",
    ),
    (
        "role-play",
        r"\b(?:you are (?:now|no longer|going to be|actually|a helpful|an ai)|pretend (?:to be|you|that)|act as|role-?play|imagine (?:you are|that you are|you're)|let's play|from now on,? (?:you|your|always|every)|stay in character|your new (?:role|task|job|persona)|dan mode|jailbreak|opposite day|my (?:late )?grandmother (?:used to|would) (?:read|tell|recite|sing))\b",
    ),
    (
        "fence-forgery",
        r"\{\{|\{%|</?(?:untrusted|data|document|text|context)>",
    ),
    (
        "fence-forgery",
        r"<<\s*outside-?|outside-[0-9a-f]{4,}|(?:<<|>>)\s*(?:end|data|answer|stop)|-{3,}\s*(?:end|begin|stop|start)\b|={4,}\s*(?:end|begin)|```\s*(?:end|system|json)|\"\"\"\s*(?:end|\n)|\bend (?:of )?(?:delimiter|fence|marker|quote|untrusted|data)\b",
    ),
)


def _without_accents(pattern: str) -> str:
    """The pattern as folded text can match it. Not `bare`: that would turn \\W into \\w."""
    plain = unicodedata.normalize("NFKD", pattern)
    return "".join(char for char in plain if not unicodedata.combining(char))


_FOUND: tuple[tuple[SuspicionKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(_without_accents(pattern))) for kind, pattern in _PATTERNS
)
_COMMANDS: frozenset[SuspicionKind] = frozenset(
    ["instruction", "verdict-request", "rubric-request", "fake-data", "role-play"]
)
_MASTER_KEYS = re.compile(
    r"[\W_]*|(?:thought process|solution|answer|final answer|reasoning|explanation|analysis|let'?s (?:solve|think|work)"
    r"(?: (?:this|about this|through this|the problem))?(?: problem)?(?: step by step)?|step by step|the answer is|here is (?:the|my) (?:answer|solution)"
    r"|解|解答|かいせつ|respuesta|lösung|réponse|correct|yes|true|1|100|ok)[\W_]*"
)
_BITS = re.compile(r"(?:\b[01]{8}\b\s*){6,}")
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}|(?:[0-9a-fA-F]{2}[\s:,]?){10,}")
_LOOKALIKES = str.maketrans("аеорсухіѕјԁһԛԝɡοαеТАВЕНОРСХ", "aeopcyxisjdhqwgoaetabehopcx")
_LEET = str.maketrans("0134579@$", "oieastgas")
MOST = 20


def suspicions(text: str) -> list[Suspicion]:
    """Every suspicious piece of `text`, in order, each place once for each kind; at most `MOST`."""
    found = {(item.kind, item.start): item for item in _search(text)}
    return sorted(found.values(), key=lambda item: (item.start, item.kind))[:MOST]


def commands(text: str) -> list[Suspicion]:
    """Those that tell the machine what to do, so that they cannot be part of an answer's content."""
    return [item for item in suspicions(text) if item.kind in _COMMANDS]


def without_commands(text: str) -> str:
    """`text` with a space for every piece that commands; the rest of its sentences stays."""
    chars = list(text)
    for item in commands(text):
        chars[item.start : item.end] = " " * (item.end - item.start)
    return "".join(chars)


def _search(text: str) -> Iterator[Suspicion]:
    hidden = [place for place, char in enumerate(text) if _is_odd(char)]
    if hidden:
        yield Suspicion("hidden-characters", hidden[0], hidden[-1] + 1)
    folded = fold(text)
    if folded.text and _MASTER_KEYS.fullmatch(folded.text):
        yield Suspicion("master-key", 0, len(text))
    alike = folded.text.translate(_LOOKALIKES)
    for read in dict.fromkeys((folded.text, alike, alike.translate(_LEET))):
        for kind, pattern in _FOUND:
            for match in pattern.finditer(read):
                if match.end() > match.start():
                    yield Suspicion(kind, *folded.original(match.start(), match.end()))
    # A text that commands in plain words commands in any turn of them.
    turns = (_joined_letters(text), codecs.encode(folded.text, "rot13"), folded.text[::-1])
    if not _reads_as_command(text) and any(_reads_as_command(turn) for turn in turns):
        yield Suspicion("encoded", 0, len(text))
    for bits in _BITS.finditer(text):
        yield Suspicion("encoded", bits.start(), bits.end())
    for token in _TOKEN.finditer(text):
        if any(_reads_as_command(plain) for plain in _decoded(token[0])):
            yield Suspicion("encoded", token.start(), token.end())


def _is_odd(char: str) -> bool:
    # A joiner or a variation selector belongs to many emoji and scripts.
    return is_hidden(char) and char not in BREAKS and char not in "\u200d\u200c\ufe0e\ufe0f\u00ad"


def _reads_as_command(text: str) -> bool:
    read = fold(text).text
    return any(kind in _COMMANDS and pattern.search(read) for kind, pattern in _FOUND)


def _joined_letters(text: str) -> str:
    """ "i g n o r e  a l l" as "ignore all": letters that stand apart, put together."""
    if not re.search(r"(?:\b\w[ .*_|-]+){6,}", text):
        return ""
    words = re.split(r"\s{2,}|\s*[/|]\s*", text)
    return " ".join(re.sub(r"(?<=\b\w)[ .*_-](?=\w\b)", "", word) for word in words)


def _decoded(token: str) -> Iterator[str]:
    with suppress(ValueError):
        yield bytes.fromhex(re.sub(r"[\s:,]", "", token)).decode()
    padded = token.replace("-", "+").replace("_", "/")
    padded += "=" * (-len(padded) % 4)
    with suppress(ValueError):
        yield base64.b64decode(padded, validate=True).decode()
