"""The bank as one value: its order, its version, and what it says about ids it does not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.bank.loader import Bank, load_bank, read_bank
from backend.errors import BankError, UnknownArea, UnknownQuestion


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_questions_stand_in_the_order_of_area_level_and_id(small: Bank) -> None:
    assert list(small.questions) == [
        "bakery/oven-that-failed",
        "bakery/rye-runs-out",
        "bakery/late-numbers",
        "bakery/two-forecasts",
        "bakery/new-branch",
    ]


def test_the_bank_cannot_be_changed_once_loaded(small: Bank) -> None:
    with pytest.raises(TypeError):
        small.questions["bakery/new"] = small.question("bakery/new-branch")  # type: ignore[index]


def test_an_area_gives_its_questions_of_one_level_or_of_all(small: Bank) -> None:
    assert [question.id for question in small.in_area("bakery", "senior")] == ["bakery/new-branch"]
    assert len(small.in_area("bakery")) == 5
    assert small.in_area("brewery") == []


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("bakery/late-number", "bakery/late-numbers"),
        ("bakry/new-branch", "bakery/new-branch"),
        ("rye-runs-out", "bakery/rye-runs-out"),
    ],
)
def test_an_unknown_question_names_those_that_are_near(small: Bank, given: str, near: str) -> None:
    with pytest.raises(UnknownQuestion, match=f"no question '{given}' in the bank; known: {near}"):
        small.question(given)


def test_an_unknown_question_of_a_known_area_names_that_area_s_questions(small: Bank) -> None:
    with pytest.raises(UnknownQuestion) as caught:
        small.question("bakery/zzzzzzzzzzzzzzzzzzzzzzzzzzz")
    assert all(name in str(caught.value) for name in small.questions)


def test_an_unknown_question_like_no_other_says_where_to_look(small: Bank) -> None:
    with pytest.raises(UnknownQuestion, match="see `viva bank stats`"):
        small.question("xyz")


def test_an_unknown_area_names_those_that_exist(small: Bank) -> None:
    assert small.check_area("bakery") == "bakery"
    with pytest.raises(UnknownArea, match="no area 'brewery'; the areas are: bakery"):
        small.check_area("brewery")


def test_the_version_is_the_same_for_the_same_content(small: Bank, folder: Path) -> None:
    assert load_bank(folder).version == small.version
    assert len(small.version) == 12


CHANGES: dict[str, Callable[[Path], None]] = {
    "a question": lambda folder: replace(
        folder / "questions/bakery/new-branch.yaml", "in six weeks", "in eight weeks"
    ),
    "a rubric": lambda folder: replace(
        folder / "questions/bakery/new-branch.yaml", "kind: should", "kind: bonus"
    ),
    "an anchor": lambda folder: replace(
        folder / "skills/bakery.yaml", "Trusts one number", "Trusts a number"
    ),
    "a note": lambda folder: replace(
        folder / "documents/bakery.md", "mixed at two", "mixed at three"
    ),
    "a question that leaves": lambda folder: (folder / "questions/bakery/new-branch.yaml").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_version_changes_with(
    change: Callable[[Path], None], small: Bank, folder: Path
) -> None:
    before = small.version
    change(folder)
    assert load_bank(folder).version != before


def test_the_version_does_not_change_with_a_review_date(small: Bank, folder: Path) -> None:
    before = small.version
    path = folder / "questions/bakery/new-branch.yaml"
    replace(path, "minutes: 9\n", "minutes: 9\nreviewed: 2026-03-02\n")
    after = load_bank(folder)
    assert after.question("bakery/new-branch").reviewed is not None
    assert after.version == before


def test_a_file_that_cannot_be_read_does_not_hide_the_others(folder: Path) -> None:
    (folder / "sources.yaml").unlink()
    (folder / "documents" / "bakery.md").write_bytes(b"# B\xe4ckerei\n")
    (folder / "questions" / "bakery" / "new-branch.yaml").write_text("id: [", encoding="utf-8")
    bank, problems = read_bank(folder)
    assert [(problem.file, problem.rule) for problem in problems] == [
        ("sources.yaml", "readable"),
        ("questions/bakery/new-branch.yaml", "yaml"),
        ("documents/bakery.md", "readable"),
    ]
    assert len(bank.questions) == 4
    with pytest.raises(BankError, match="the question bank has 3 problems"):
        load_bank(folder)


def test_a_misplaced_file_is_left_out_of_the_bank(folder: Path) -> None:
    path = folder / "questions" / "bakery" / "new-branch.yaml"
    path.rename(path.with_name("old-branch.yaml"))
    bank, (problem,) = read_bank(folder)
    assert (problem.rule, problem.line) == ("id-is-path", 2)
    assert "bakery/new-branch" not in bank.questions
