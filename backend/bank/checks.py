"""The lint of the bank: rules a question, a note or an area must keep beyond its schema.

Every rule has a stable name, which stands in brackets behind its message; `tests/broken/` holds one
bad file for each. Rules on one question are in `check_question`, those on the bank as a whole in
`check_bank`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from backend.bank.kit_rules import check_kits
from backend.bank.loader import Bank
from backend.bank.persona_rules import check_personas
from backend.bank.phrasing_rules import check_phrasings
from backend.bank.question import LEVELS, Exemplar, Quality, Question
from backend.bank.releases import check_releases
from backend.bank.skills import RATINGS
from backend.bank.topics import FORBIDDEN
from backend.bank.wording import shared_content_phrase, shared_run, shared_share, words
from backend.errors import BankProblem

QUESTIONS_AN_AREA = 5
CLAIMS = range(4, 8)
COPIED_RUN = 5
LEAKED_SHARE = 0.5
ANSWER_WORDS: dict[Quality, range] = {
    "strong": range(90, 321),
    "partial": range(40, 201),
    "weak": range(12, 131),
}


def check_bank(bank: Bank, *, complete: bool = True) -> list[BankProblem]:
    """Every problem of a loaded bank. With `complete`, also what is missing from the whole."""
    problems: list[BankProblem] = []
    for question in bank.questions.values():
        problems += check_question(question, bank)
    problems += _notes(bank)
    problems += _areas(bank)
    problems += check_phrasings(bank)
    problems += check_personas(bank)
    problems += check_releases(bank)
    problems += check_kits(bank)
    if complete:
        problems += _completeness(bank)
    return problems


def check_question(question: Question, bank: Bank) -> list[BankProblem]:
    """The problems of one question, with fields but without lines (the schema check has those)."""
    file = f"questions/{question.id}.yaml"
    return [
        BankProblem(file, 0, field, rule, message)
        for rules in (_references, _shape, _probes, _exemplars, _topics)
        for field, rule, message in rules(question, bank)
    ]


_Found = Iterator[tuple[str, str, str]]


def _references(question: Question, bank: Bank) -> _Found:
    if question.area not in bank.areas:
        yield "id", "known-area", f"{question.area!r} is not an area of skills/"
    known = {skill for area in bank.areas.values() for skill in area.skill_ids}
    for index, item in enumerate(question.expectations):
        place = f"expectations.{index}"
        for skill in item.assesses:
            if skill not in known:
                yield f"{place}.assesses", "known-skill", f"{skill!r} is not in skills/"
        if not item.assesses and not item.is_red_flag:
            yield f"{place}.assesses", "assesses-something", "a claim must assess a skill"
        if item.reference not in bank.sections:
            yield f"{place}.reference", "reference-resolves", f"no section {item.reference!r}"


def _shape(question: Question, _bank: Bank) -> _Found:
    items = question.expectations
    if len(items) not in CLAIMS:
        yield "expectations", "claim-count", f"{len(items)} claims; a question has 4 to 7"
    if len(question.musts) < 2:
        yield "expectations", "two-musts", f"{len(question.musts)} musts; a question has at least 2"
    if sum(not item.is_red_flag for item in items) < 3:
        yield "expectations", "three-positive", "fewer than 3 claims that earn points"
    ids = [item.id for item in items] + [follow_up.id for follow_up in question.follow_ups]
    for name, count in Counter(ids).items():
        if count > 1:
            yield "expectations", "unique-ids", f"the id {name!r} stands {count} times"
    if question.kind == "behavioural":
        parts = {item.star for item in items if item.star}
        if not {"action", "result"} <= parts:
            yield "expectations", "star-parts", "behavioural claims must cover action and result"


def _probes(question: Question, _bank: Bank) -> _Found:
    for index, item in enumerate(question.expectations):
        place = f"expectations.{index}"
        if item.is_red_flag:
            if item.probe or item.hint:
                yield (
                    f"{place}.probe",
                    "red-flag-unasked",
                    "a red flag is never probed or hinted at",
                )
            continue
        if item.probe is None:
            yield f"{place}.probe", "probe-present", "a claim needs a probe"
        if item.kind == "must" and item.hint is None:
            yield f"{place}.hint", "hint-present", "a must needs a hint"
        # What the question itself has said is no secret, so it cannot be leaked.
        phrase = item.probe and shared_content_phrase(item.probe, item.claim, question.ask)
        if phrase:
            yield f"{place}.probe", "probe-leaks", f"gives away {phrase!r} of its own claim"
        elif item.probe and shared_share(item.probe, item.claim, question.ask) >= LEAKED_SHARE:
            yield f"{place}.probe", "probe-leaks", "holds half of its claim's content words"


def _exemplars(question: Question, _bank: Bank) -> _Found:
    qualities = Counter(exemplar.quality for exemplar in question.exemplars)
    for quality in ANSWER_WORDS:
        if qualities[quality] != 1:
            yield "exemplars", "three-exemplars", f"{qualities[quality]} {quality} ones; need 1"
            return
    kinds = {item.id: item.kind for item in question.expectations}
    for index, exemplar in enumerate(question.exemplars):
        place = f"exemplars.{index}"
        for name in exemplar.meets:
            if name not in kinds:
                yield f"{place}.meets", "known-claim", f"{name!r} is not one of the claims"
        count = len(words(exemplar.answer))
        if count not in ANSWER_WORDS[exemplar.quality]:
            span = ANSWER_WORDS[exemplar.quality]
            wanted = f"a {exemplar.quality} one has {span.start} to {span.stop - 1}"
            yield f"{place}.answer", "answer-length", f"{count} words; {wanted}"
        for item in question.expectations:
            if run := shared_run(exemplar.answer, item.claim, COPIED_RUN):
                yield f"{place}.answer", "copies-claim", f"repeats {run!r} of claim {item.id!r}"
    strong, partial, weak = (question.exemplar(quality) for quality in ANSWER_WORDS)
    if missing := {item.id for item in question.musts} - set(strong.meets):
        yield "exemplars", "strong-meets-musts", f"the strong answer misses {sorted(missing)}"
    if any(kinds.get(name) == "red-flag" for name in strong.meets):
        yield "exemplars", "strong-meets-musts", "the strong answer raises a red flag"
    points = [_points(question, exemplar) for exemplar in (strong, partial, weak)]
    if not points[0] > points[1] > points[2]:
        yield "exemplars", "exemplar-order", f"points strong, partial, weak are {points}"


def _points(question: Question, exemplar: Exemplar) -> int:
    worth = {"must": 3, "should": 2, "bonus": 1, "red-flag": -2}
    return sum(worth[item.kind] for item in question.expectations if item.id in exemplar.meets)


def _topics(question: Question, _bank: Bank) -> _Found:
    asked = [("ask", question.ask), ("clarify", question.clarify)]
    asked += [(f"follow_ups.{i}.ask", item.ask) for i, item in enumerate(question.follow_ups)]
    asked += [
        (f"expectations.{i}.probe", x.probe or "") for i, x in enumerate(question.expectations)
    ]
    for field, text in asked:
        if found := FORBIDDEN.search(text):
            yield field, "forbidden-topic", f"an employer may not ask about {found[0]!r}"


def _notes(bank: Bank) -> Iterator[BankProblem]:
    for section in bank.sections.values():
        file = f"documents/{section.area}.md"
        if not section.sources:
            message = "the section has no line 'Sources: key, key'"
            yield BankProblem(file, section.line, section.anchor, "section-sourced", message)
        for key in section.sources:
            if key not in bank.sources:
                message = f"{key!r} is not in sources.yaml"
                yield BankProblem(file, section.line, section.anchor, "known-source", message)
        if len(words(section.text)) < 40:
            message = "fewer than 40 words: too thin to learn from"
            yield BankProblem(file, section.line, section.anchor, "section-length", message)


def _areas(bank: Bank) -> Iterator[BankProblem]:
    for area in bank.areas.values():
        file = f"skills/{area.area}.yaml"
        if "TO-WRITE" in area.model_dump_json():
            yield BankProblem(file, 0, "", "placeholder", "holds the placeholder TO-WRITE")
        for level in LEVELS:
            missing = [r for r in RATINGS if r not in area.anchors.get(level, {})]
            if missing:
                message = f"no anchor for the ratings {missing}"
                yield BankProblem(file, 0, f"anchors.{level}", "five-anchors", message)
        for name, expectation in area.expectations.items():
            for key in expectation.sources:
                if key not in bank.sources:
                    message = f"{key!r} is not in sources.yaml"
                    field = f"expectations.{name}.sources"
                    yield BankProblem(file, 0, field, "known-source", message)


def _completeness(bank: Bank) -> Iterator[BankProblem]:
    assessed = {
        skill
        for question in bank.questions.values()
        for item in question.expectations
        for skill in item.assesses
    }
    for area in bank.areas.values():
        file = f"skills/{area.area}.yaml"
        asked = bank.in_area(area.area)
        if len(asked) < QUESTIONS_AN_AREA:
            message = f"{len(asked)} questions; an area has at least {QUESTIONS_AN_AREA}"
            yield BankProblem(file, 0, "area", "enough-questions", message)
        for level in LEVELS:
            if not any(question.level == level for question in asked):
                yield BankProblem(file, 0, "area", "every-level", f"no {level} question")
        for skill in area.skill_ids:
            if skill not in assessed:
                message = f"no claim of any question assesses {skill!r}"
                yield BankProblem(file, 0, "expectations", "every-expectation", message)
        if not any(section.area == area.area for section in bank.sections.values()):
            message = f"documents/{area.area}.md has no sections"
            yield BankProblem(file, 0, "area", "has-note", message)
