"""Every exercise: its data is the same every time, and its reference solution finds what was planted."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from backend.bank.exercise import Exercise
from backend.bank.loader import Bank
from tests.conftest import ROOT

FOLDER = ROOT / "question_bank" / "exercises"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def script(name: str, file: str) -> ModuleType:
    module = f"exercise_{name.replace('-', '_')}_{file}"
    spec = importlib.util.spec_from_file_location(module, FOLDER / name / f"{file}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[module] = made  # dataclasses look their module up
    spec.loader.exec_module(made)
    return made


def solved(name: str, folder: Path) -> dict[str, Any]:
    script(name, "data").main(folder)
    return script(name, "solution").solve(folder)


@pytest.fixture
def solve(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    return lambda name: solved(name, tmp_path)


def test_there_are_twelve_of_all_kinds_and_two_for_every_level(bank: Bank) -> None:
    exercises = bank.kits.exercises
    assert sorted(exercises) == NAMES
    assert len(exercises) >= 12
    topics = {item.topic for item in exercises.values()}
    assert topics >= {"sql", "preprocessing", "debugging", "evaluation", "training"}

    def fitting(kind: str, level: str) -> list[Exercise]:
        return [x for x in exercises.values() if x.kind == kind and level in x.levels]

    for kind in ("hands-on", "take-home"):
        for level in ("junior", "mid", "senior"):
            assert len(fitting(kind, level)) >= 2, (kind, level)


@pytest.mark.parametrize("name", NAMES)
def test_the_data_is_the_same_every_time_and_holds_the_named_files(
    bank: Bank, name: str, tmp_path: Path
) -> None:
    prints: list[list[str]] = []
    for run in ("first", "second"):
        folder = tmp_path / run
        folder.mkdir()
        script(name, "data").main(folder)
        files = sorted(folder.iterdir())
        assert [path.name for path in files] == sorted(
            file.name for file in bank.kits.exercises[name].files
        )
        prints.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert prints[0] == prints[1]


def test_delivery_times_leave_out_what_cannot_be_true(solve: Callable[[str], Any]) -> None:
    found = solve("delivery-times-sql")
    assert found["impossible"] == [n for n in range(50, 901, 50) if n % 12]
    delivered = [n for n in range(1, 901) if n % 12 and n % 50]
    assert sum(row[2] for row in found["per_depot"]) == len(delivered)
    hours = {row[1]: row[3] for row in found["per_depot"]}
    assert hours["North"] < hours["Harbour"] < hours["Hill"]
    assert "unknown" in hours
    assert len(found["feature"]) > 200


def test_loans_count_those_that_never_came_back(solve: Callable[[str], Any]) -> None:
    found = solve("library-loans-sql")
    assert found["unknown"] > 0
    assert sum(row[1] for row in found["per_branch"]) + found["unknown"] <= 1200
    assert all(0.1 < share < 0.35 for _, _, share in found["per_branch"])
    assert max(found["feature"].values()) > 2


def test_the_clean_table_has_one_row_for_each_hour(solve: Callable[[str], Any]) -> None:
    found = solve("sensor-cleaning")
    table = found["table"]
    assert len(table) == 3 * 30 * 24
    values = [value for value, _ in table.values() if value is not None]
    assert 8 < min(values) <= max(values) < 35
    assert 40 <= found["faults"]["frozen"] <= 48
    assert found["faults"]["doubled"] == 3 * math.ceil(720 / 29)
    assert 100 <= found["faults"]["fahrenheit"] <= 120


def test_features_know_nothing_of_the_day_and_later(solve: Callable[[str], Any]) -> None:
    found = solve("features-as-of-a-day")
    features = script("features-as-of-a-day", "solution").features
    joined, on = date(2026, 1, 1), date(2026, 4, 1)
    past = [date(2026, 2, 20), date(2026, 3, 20), date(2026, 3, 25)]
    later = [on, date(2026, 4, 2), date(2026, 5, 1)]
    assert features(joined, past + later, on) == features(joined, past, on) == (7, 2, 1, 3)
    assert max(row.month for row in found["train"]) < min(row.month for row in found["test"])
    fading = [row.visits for row in found["train"] if row.cancels]
    staying = [row.visits for row in found["train"] if not row.cancels]
    assert sum(fading) / len(fading) < 0.7 * sum(staying) / len(staying)


def test_repaired_training_learns(solve: Callable[[str], Any]) -> None:
    found = solve("training-that-never-learns")
    assert 0.4 < found["before"] < 0.6
    assert found["after"] > 0.9


def test_repaired_training_converges(solve: Callable[[str], Any]) -> None:
    found = solve("training-that-explodes")
    assert not math.isfinite(found["before"])
    assert found["after"] < 60


def test_the_new_search_wins_on_the_mean_and_loses_on_error_messages(
    solve: Callable[[str], Any],
) -> None:
    found = solve("search-ranking-evaluation")
    mean, low, high = found["difference"]
    assert mean == pytest.approx(found["mrr"]["new"] - found["mrr"]["old"])
    assert low < 0 < mean < high  # 120 questions do not settle it
    assert found["by_kind"]["error message"] < 0 < found["by_kind"]["how-to"]
    rank = script("search-ranking-evaluation", "solution").reciprocal_rank
    assert (rank(["a", "b"], {"b"}), rank(["a"], {"b"})) == (0.5, 0.0)


def test_a_threshold_by_cost_beats_model_alone_and_people_alone(
    solve: Callable[[str], Any],
) -> None:
    found = solve("ticket-routing-evaluation")
    assert found["cost"] < min(found["cost_model"], found["cost_person"])
    legal = found["by_team"]["legal"]
    assert legal["recall"] == min(team["recall"] for team in found["by_team"].values())
    assert legal["confidence"] - legal["recall"] > 0.3


def test_the_forecast_beats_the_week_before(solve: Callable[[str], Any]) -> None:
    found = solve("energy-forecast")
    assert found["error"] < 0.75 * found["simple_error"]
    assert found["faults"] > 50


def test_returns_are_caught_without_the_columns_of_later_days(solve: Callable[[str], Any]) -> None:
    found = solve("returns-forecast")
    assert found["caught"] > 1.2 * found["caught_simple"]
    assert found["brier"] < found["brier_simple"]
    used = script("returns-forecast", "solution")._features.__code__.co_consts
    assert not set(used) & set(found["left_out"])


def test_the_corrected_loss_undoes_unequal_swaps(solve: Callable[[str], Any]) -> None:
    found = solve("noisy-labels")
    zero, one = found["swaps"]
    assert zero == pytest.approx(0.05, abs=0.04)
    assert one == pytest.approx(0.35, abs=0.06)
    assert found["accuracy"]["corrected"] > found["accuracy"]["ignore"] + 0.05
    assert found["wins"] >= 9


def test_the_claim_comes_from_selecting_on_all_rows(solve: Callable[[str], Any]) -> None:
    found = solve("small-data-comparison")
    assert found["claimed"] > 0.85
    assert found["claimed_on_shuffled"] > 0.85
    assert found["honest"] < 0.5 + found["half_width"]
    assert found["barns_for_ten_points"] == 196
