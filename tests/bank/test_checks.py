"""Every rule of the bank fires on its own broken file, alone, and says where.

`tests/broken/<rule>.yaml` (or `<rule>.<variant>.yaml`, or `.md`) is one bad file. Comments at its top
say what the test does with it and what the lint must answer:

    why        what is wrong, for the reader
    place      where in the small bank the file is put; it replaces what is there
    removes    instead of `place`: what is taken away
    released   present if the bank is released before it is broken
    file       which file the problem names; the place itself unless given
    field      which field the problem names
    line       which line; 0, none, unless given
    says       a part of the message
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.bank.checks import check_bank, check_question
from backend.bank.loader import Bank, load_bank, read_bank
from backend.bank.question import Question
from backend.bank.releases import write_release
from backend.cli import app
from backend.errors import BankError, BankProblem, VivaError
from tests.conftest import ROOT

BROKEN = ROOT / "tests" / "broken"
HEADER = re.compile(r"^(?:#|<!--) (\w+):[ ]?(.*?)(?: -->)?$")


@dataclass(frozen=True)
class Case:
    """One broken file and what must be said about it."""

    path: Path
    header: dict[str, str]

    @property
    def rule(self) -> str:
        return self.path.name.split(".")[0]

    @property
    def problem_file(self) -> str:
        return self.header.get("file", self.header.get("place", ""))

    def break_bank(self, folder: Path) -> None:
        if "released" in self.header:
            write_release(load_bank(folder))
        if "place" in self.header:
            target = folder / self.header["place"]
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(self.path, target)
        else:
            gone = folder / self.header["removes"]
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()


def case_of(path: Path) -> Case:
    header: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        found = HEADER.match(line)
        if not found:
            break
        header[found[1]] = found[2]
    return Case(path, header)


CASES = [case_of(path) for path in sorted(BROKEN.iterdir())]


def problems_of(folder: Path) -> list[BankProblem]:
    try:
        bank, problems = read_bank(folder)
    except BankError as error:
        return error.problems
    return problems + check_bank(bank)


def rules_in_code() -> Iterator[str]:
    """The names of all rules: of problems that are made, and of what the checks yield."""
    for path in sorted((ROOT / "backend").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            rule: ast.expr | None = None
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BankProblem":
                named = [word.value for word in node.keywords if word.arg == "rule"]
                rule = named[0] if named else node.args[-2]
            elif (
                path.parent.name == "bank"
                and isinstance(node, ast.Yield)
                and isinstance(node.value, ast.Tuple)
            ):
                rule = node.value.elts[1]
            if isinstance(rule, ast.Constant):
                yield str(rule.value)
            elif rule is not None:
                # The two places that pass on what a check has yielded; others would hide a rule.
                assert path.name in ("checks.py", "kit_rules.py")
                assert ast.unparse(rule) == "rule"


def test_the_small_bank_is_free_of_problems(folder: Path) -> None:
    assert problems_of(folder) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.name)
def test_a_broken_file_breaks_its_rule_alone(case: Case, folder: Path) -> None:
    case.break_bank(folder)
    (problem,) = problems_of(folder)
    assert problem.rule == case.rule
    assert problem.file == case.problem_file
    assert problem.field == case.header["field"]
    assert problem.line == int(case.header.get("line", "0"))
    assert case.header["says"] in problem.message


def test_every_rule_in_the_code_has_a_broken_file_and_no_file_is_left_over() -> None:
    assert {case.rule for case in CASES} == set(rules_in_code())


@pytest.mark.parametrize("name", ["schema.yaml", "two-musts.yaml", "section-sourced.md"])
def test_a_problem_reads_as_place_field_message_and_rule(name: str, folder: Path) -> None:
    case = case_of(BROKEN / name)
    case.break_bank(folder)
    (text,) = map(str, problems_of(folder))
    line = f":{case.header['line']}" if "line" in case.header else ""
    start = f"{case.problem_file}{line}: {case.header['field']}: "
    assert text.startswith(start)
    assert text.endswith(f"[{case.rule}]")


def test_a_bank_that_is_still_being_written_may_lack_questions_and_notes(folder: Path) -> None:
    for name in ("rye-runs-out", "new-branch"):
        (folder / "questions" / "bakery" / f"{name}.yaml").unlink()
    (folder / "documents" / "bakery.md").unlink()
    bank = load_bank(folder)
    assert {problem.rule for problem in check_bank(bank)} == {
        "enough-questions",
        "every-level",
        "has-note",
    }
    assert check_bank(bank, complete=False) == []


def test_every_fault_of_every_file_is_reported_at_once(folder: Path) -> None:
    broken = (
        "schema.yaml",
        "doubled-key.yaml",
        "two-musts.yaml",
        "known-skill.yaml",
        "readable.yaml",
    )
    for name in broken:
        case_of(BROKEN / name).break_bank(folder)
    assert sorted(problem.rule for problem in problems_of(folder)) == sorted(
        name.split(".")[0] for name in broken
    )


@pytest.mark.parametrize(
    ("quality", "shortest", "longest"),
    [("strong", 90, 320), ("partial", 40, 200), ("weak", 12, 130)],
)
def test_an_answer_may_be_just_long_and_just_short_enough(
    small: Bank, rye: Question, quality: str, shortest: int, longest: int
) -> None:
    def rules(count: int) -> list[str]:
        exemplars = tuple(
            item.model_copy(update={"answer": "bread " * count})
            if item.quality == quality
            else item
            for item in rye.exemplars
        )
        found = check_question(rye.model_copy(update={"exemplars": exemplars}), small)
        return [problem.rule for problem in found]

    assert rules(shortest) == rules(longest) == []
    assert rules(shortest - 1) == rules(longest + 1) == ["answer-length"]


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("bakery", "questions/bakery/two-musts.yaml"),
        ("brewery", "skills/brewery.yaml"),
        ("dairy", "no area 'dairy'; the areas are: bakery"),
    ],
)
def test_the_command_can_look_at_one_area_even_at_one_that_cannot_be_read(
    folder: Path, area: str, expected: str
) -> None:
    case_of(BROKEN / "two-musts.yaml").break_bank(folder)
    (folder / "skills" / "brewery.yaml").write_text("area: [", encoding="utf-8")
    env = {"VIVA_BANK_DIR": str(folder)}
    refused = CliRunner().invoke(app, ["bank", "check", "--area", area], env=env)
    assert isinstance(refused.exception, VivaError)
    assert expected in str(refused.exception)
    problems = getattr(refused.exception, "problems", [])
    assert [problem.file for problem in problems] == ([expected] if problems else [])


def with_probe(question: Question, probe: str) -> Question:
    item = question.expectations[0].model_copy(update={"probe": probe})
    return question.model_copy(update={"expectations": (item, *question.expectations[1:])})


def test_a_probe_may_say_what_the_question_has_said_already(small: Bank, rye: Question) -> None:
    told = rye.model_copy(update={"ask": f"{rye.ask} Recorded sales are all we have."})
    probe = "What do recorded sales leave out?"
    assert check_question(with_probe(told, probe), small) == []
    (problem,) = check_question(with_probe(rye, probe), small)
    assert problem.rule == "probe-leaks"


@pytest.mark.parametrize(
    "text",
    [
        "How old are you?",
        "Is your wife an engineer as well?",
        "Do you plan to have children?",
        "What is your religion?",
        "Where does your skin colour come from?",
        "Do you have a disability?",
        "Which party have you VOTED FOR?",
        "Are you in a trade union?",
    ],
)
def test_what_an_employer_may_not_ask_is_refused(text: str, small: Bank, rye: Question) -> None:
    asked = [
        rye.model_copy(update={"ask": text}),
        rye.model_copy(update={"clarify": text}),
        with_probe(rye, text),
    ]
    rules = [{problem.rule for problem in check_question(item, small)} for item in asked]
    assert rules == [{"forbidden-topic"}] * 3


@pytest.mark.parametrize(
    "text",
    [
        "Which message did you send to the on-call engineer?",
        "How would you relate cost and coverage?",
        "Which share of the voters in the ensemble agreed?",
        "What does the average page of the report say?",
    ],
)
def test_words_that_only_resemble_such_a_topic_are_allowed(
    text: str, small: Bank, rye: Question
) -> None:
    assert check_question(rye.model_copy(update={"ask": text}), small) == []
