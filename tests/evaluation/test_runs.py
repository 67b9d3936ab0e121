"""A run can be killed at any byte: run again, it ends with the same bytes, each id exactly once."""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backend.errors import EvaluationCrashed, ModelFilesError, RunRefused
from backend.evaluation.dataset import Choice, Dataset
from backend.evaluation.engines import LocalEngine
from backend.evaluation.run_folder import CHUNK, RunFolder, read_results, read_timings
from backend.evaluation.runner import Progress, checked, run_into, run_through
from tests.conftest import ROOT
from tests.evaluation.conftest import AGREED, Batch
from tests.evaluation.fakes import DyingJudge, ManyAtATime, make_judge, rows
from tests.evaluation.run_slowly import run_slowly
from tests.live import PATIENCE, wait_until

KILLS = 20


def test_killed_many_times_a_run_ends_with_the_same_results_as_one_left_alone(
    batch: Batch,
) -> None:
    made = list(rows(3 * KILLS * CHUNK + 5))
    batch.run(made, "whole")
    file, out = batch.folder / "answers.jsonl", batch.folder / "killed"
    results = out / "results.jsonl"
    # Real processes, forked from a server that has imported everything: cheap enough to kill by the dozen.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.evaluation.run_slowly"])
    rng = random.Random(5)
    sizes: list[int] = []
    for kill in range(KILLS):
        size = results.stat().st_size if results.exists() else 0
        running = context.Process(target=run_slowly, args=(file, out, 1, 0.001))
        running.start()
        # The first ones die young, the others while they grade and write.
        if kill > 2:
            wait_until(lambda size=size: _grown(results, size), "another chunk")
        time.sleep(rng.random() * 0.03)
        running.kill()
        running.join(PATIENCE)
        if running.exitcode == 0:
            break  # the machine was too busy to kill it in time
        assert running.exitcode == -signal.SIGKILL
        sizes.append(results.stat().st_size if results.exists() else 0)
    assert len(set(sizes)) > KILLS / 3
    last = context.Process(target=run_slowly, args=(file, out, 1, 0.0))
    last.start()
    last.join(PATIENCE)
    assert last.exitcode == 0
    assert batch.bytes_of("killed") == batch.bytes_of("whole")
    ids = [result.id for result in read_results(out)]
    assert ids == [row["id"] for row in made]
    assert len(list(read_timings(out))) == len(ids)


def _grown(path: Path, size: int) -> bool:
    """Whether there is more than before: a torn chunk is cut off first, so the file may shrink."""
    return path.exists() and path.stat().st_size > size


def test_cut_off_at_any_byte_a_run_ends_with_the_same_bytes(batch: Batch) -> None:
    made = list(rows(3 * CHUNK + 5))
    batch.run(made, "whole")
    whole = batch.bytes_of("whole")
    times = (batch.folder / "whole" / "timings.csv").read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    edges = [ends[CHUNK - 1], ends[2 * CHUNK - 1]]
    places = [0, 1, ends[0], ends[0] + 1, *(edge + step for edge in edges for step in (-1, 0, 1))]
    places += random.Random(2).sample(range(len(whole)), 12)
    for place in places:
        out = batch.folder / f"cut-{place}"
        out.mkdir()
        (out / "run.json").write_bytes((batch.folder / "whole" / "run.json").read_bytes())
        (out / "results.jsonl").write_bytes(whole[:place])
        (out / "timings.csv").write_bytes(times[: min(place, len(times))])
        batch.run(made, out.name)
        assert batch.bytes_of(out.name) == whole, place
        assert len(list(read_timings(out))) == len(made)


def test_a_run_goes_on_at_the_chunk_where_it_stopped_and_grades_nothing_twice(
    batch: Batch,
) -> None:
    made = list(rows(3 * CHUNK))
    dataset, choice = batch.dataset(made), Choice()
    survey = checked(dataset, choice, "stop")
    heard: list[Progress] = []

    class Interrupted(Exception):
        pass

    def interrupt(progress: Progress) -> None:
        if progress.done == CHUNK:
            raise Interrupted

    engine = LocalEngine(make_judge, 1)
    with pytest.raises(Interrupted), RunFolder(batch.folder / "run", AGREED) as folder:
        run_into(folder, dataset, choice, survey, engine, on_error="stop", report=interrupt)
    with RunFolder(batch.folder / "run", AGREED) as folder:
        added = run_into(
            folder, dataset, choice, survey, engine, on_error="stop", report=heard.append
        )
    assert added == 2 * CHUNK
    assert heard[0] == Progress(CHUNK, 3 * CHUNK)
    with RunFolder(batch.folder / "run", AGREED) as folder:
        assert run_into(folder, dataset, choice, survey, engine, on_error="stop") == 0


def test_workers_give_the_same_bytes_as_one_process(batch: Batch) -> None:
    made = list(rows(4 * CHUNK + 1))
    batch.run(made, "one")
    batch.run(made, "two", engine=LocalEngine(make_judge, 2))
    many = functools.partial(make_judge, ManyAtATime)
    batch.run(made, "batched", make=many)
    assert batch.bytes_of("one") == batch.bytes_of("two") == batch.bytes_of("batched")


def test_workers_end_when_their_parent_is_killed(batch: Batch) -> None:
    program = [sys.executable, "-m", "tests.evaluation.run_slowly", str(batch.file(5000))]
    running = subprocess.Popen(
        [*program, str(batch.folder / "run"), "2", "0.01"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    try:
        results = batch.folder / "run" / "results.jsonl"
        wait_until(lambda: _grown(results, 0), "results")
        children = psutil.Process(running.pid).children(recursive=True)
        workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        assert len(workers) == 2
    finally:
        running.kill()
        running.wait(PATIENCE)
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
    assert alive == []


def test_a_worker_that_dies_is_one_sentence_and_what_was_graded_is_kept(batch: Batch) -> None:
    made = [*rows(CHUNK), {"id": "z", "question_id": "bakery/rye-runs-out", "answer": "die"}]
    with pytest.raises(EvaluationCrashed, match="a worker process died"):
        batch.run(made, engine=LocalEngine(DyingJudge, 2))
    assert len(list(read_results(batch.folder / "run"))) in (0, CHUNK)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"grader": "other"}, r"another grader \(word-grader then, other now\)"),
        ({"data set": "new"}, r"another data set \(fixed then, new now\)"),
        ({"bank": "b2"}, r"another bank \(none then, b2 now\)"),
    ],
)
def test_a_changed_configuration_is_refused_and_names_what_changed(
    batch: Batch, changed: dict[str, str], says: str
) -> None:
    batch.run(3)
    before = batch.bytes_of()
    with pytest.raises(RunRefused, match=says) as caught:
        batch.run(3, agreed=AGREED | changed)
    assert "choose another --out" in str(caught.value)
    assert batch.bytes_of() == before


def test_a_folder_with_other_things_in_it_is_refused(batch: Batch) -> None:
    (batch.folder / "run").mkdir()
    (batch.folder / "run" / "thesis.txt").write_text("not to be touched")
    with pytest.raises(RunRefused, match=r"holds 'thesis.txt' but no run"):
        batch.run(3)


def test_a_finished_run_that_was_changed_by_hand_is_refused(batch: Batch) -> None:
    batch.run(3)
    path = batch.folder / "run" / "results.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(RunRefused, match="finished with 3 results and has 1 now"):
        batch.run(3)


def test_two_processes_cannot_write_into_one_run(batch: Batch) -> None:
    with (
        RunFolder(batch.folder / "run", AGREED),
        pytest.raises(RunRefused, match="another process is writing there"),
        RunFolder(batch.folder / "run", AGREED),
    ):
        pytest.fail("the second one must not get in")


def test_an_answer_that_cannot_be_graded_stops_the_run_or_is_noted(batch: Batch) -> None:
    made = list(rows(4))
    made[2]["answer"] = "explode"
    with pytest.raises(EvaluationCrashed, match="a00002: the grader failed: ValueError: exploded"):
        batch.run(made, "stopped")
    found = batch.run(made, "stopped", on_error="skip")
    assert [result.outcome for result in found] == ["graded", "graded", "error", "graded"]
    assert found[2].score is None
    assert found[2].error == "ValueError: exploded as told"
    grouped = functools.partial(make_judge, ManyAtATime)
    batch.run(made, "grouped", on_error="skip", make=grouped)
    assert batch.bytes_of("grouped") == batch.bytes_of("stopped")


def test_a_grader_that_cannot_work_at_all_ends_the_run(batch: Batch) -> None:
    made = [{"id": "a", "question_id": "bakery/rye-runs-out", "answer": "no model"}]
    with pytest.raises(ModelFilesError):
        batch.run(made, on_error="skip")


def test_rows_with_a_rubric_of_their_own_are_scored_beside_those_of_the_bank(
    batch: Batch,
) -> None:
    own = {"question": "Why bread?", "expectations": ["People eat it.", "It keeps."]}
    made = [
        {"id": "bank", "question_id": "bakery/rye-runs-out", "answer": "sales-cut-off it is"},
        {"id": "own", **own, "answer": "People eat it every day. " * 4, "labels": [1, 0]},
        {"id": "bad", **own, "answer": "unscorable"},
        {"id": "ref", "question": "Why?", "reference": "Bread keeps well.", "answer": "It keeps."},
    ]
    bank, first, bad, reference = batch.run(made, on_error="skip")
    assert bank.area == "bakery"
    assert (first.area, first.outcome, first.score) == ("own rubric", "graded", 1.0)
    assert [(claim.status, claim.label) for claim in first.claims] == [
        ("met", True),
        ("met", False),
    ]
    for claim in first.claims:
        for piece in claim.evidence:
            assert first.answers[0][piece.start : piece.end] == piece.text != ""
    assert (bad.outcome, bad.score) == ("error", None)
    assert bad.question == first.question != reference.question
    assert reference.score == pytest.approx(0.1)


def test_skipped_rows_are_written_down(batch: Batch) -> None:
    batch.run([*rows(2), {"id": "x"}], on_error="skip")
    lines = (batch.folder / "run" / "skipped.jsonl").read_text().splitlines()
    (noted,) = [json.loads(line) for line in lines]
    assert (noted["line"], noted["id"]) == (3, "x")


def test_the_file_is_read_as_it_is_needed_and_never_held(batch: Batch) -> None:
    class Watched(Dataset):
        taken = 0

        def items(self, *given: object, **named: object) -> Iterator[object]:  # type: ignore[override]
            for item in super().items(*given, **named):  # type: ignore[arg-type]
                self.taken += 1
                yield item

    dataset = Watched(batch.file(10 * CHUNK), batch.bank, max_chars=20_000)
    survey = checked(dataset, Choice(), "stop")
    going = run_through(dataset, Choice(), survey, LocalEngine(make_judge, 1), on_error="stop")
    next(going)
    assert dataset.taken == CHUNK
