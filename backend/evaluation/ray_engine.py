"""The same job on Ray Data, for those who have outgrown one machine: `pip install viva-interview[ray]`.

Chunks go to the cluster as rows of Parquet files in the run's folder, which every node must see. Actors
make the judge once and grade whole chunks; Ray keeps the order, restarts what dies and spreads the work.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import pickle
import shutil
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from backend.errors import BadInput, EvaluationCrashed, VivaError
from backend.evaluation.engines import Chunk, MakeJudge
from backend.evaluation.judge import Timed

CHUNKS_A_FILE = 64


class RayEngine:
    """Grades on Ray: a cluster that is up (RAY_ADDRESS), else one started on this machine."""

    name = "ray"

    def __init__(self, make_judge: MakeJudge, workers: int, folder: Path) -> None:
        if importlib.util.find_spec("ray") is None:
            raise BadInput(
                "--engine ray: Ray is not installed; pip install 'viva-interview[ray]', or use --engine local"
            )
        self._make_judge = make_judge
        self._workers = workers
        self._folder = folder

    def judged(self, chunks: Iterable[Chunk]) -> Iterator[list[Timed]]:
        # By name: the type checker need not have what is optional.
        library: Any = importlib.import_module("ray")
        datasets: Any = importlib.import_module("ray.data")
        shutil.rmtree(self._folder, ignore_errors=True)
        files = _write_chunks(chunks, self._folder)
        if not files:
            return
        if not library.is_initialized():
            # Nothing here reports to anybody: Ray's usage statistics are off unless they are asked for.
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            library.init(log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
        context: Any = datasets.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        try:
            source: Any = datasets.read_parquet([str(path) for path in files])
            judged: Any = source.map_batches(
                _ChunkActor,
                fn_constructor_args=(self._make_judge,),
                batch_size=1,
                batch_format="pyarrow",
                compute=datasets.ActorPoolStrategy(size=self._workers),
                num_cpus=1,
            )
            for row in judged.iter_rows():
                yield pickle.loads(row["results"])  # noqa: S301  (written by our own actors)
        except VivaError:
            raise
        except Exception as error:
            raise EvaluationCrashed(
                f"--engine ray: {type(error).__name__}: {error}; what was graded is kept,"
                " run the same command again to go on"
            ) from error
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)


class _ChunkActor:
    """Lives on a node and grades one chunk at a time."""

    def __init__(self, make_judge: MakeJudge) -> None:
        self._judge = make_judge()

    def __call__(self, batch: Any) -> Any:
        import pyarrow

        library: Any = pyarrow
        items = pickle.loads(batch["items"][0].as_py())  # noqa: S301  (written by our own driver)
        # A column of a fixed type: numpy would drop the zeros at the end of bytes.
        kept = library.array([pickle.dumps(self._judge.judge(items))], type=library.large_binary())
        return library.table({"results": kept})


def _write_chunks(chunks: Iterable[Chunk], folder: Path) -> list[Path]:
    """The chunks as Parquet files, a row a chunk; written as they are read, so none are held."""
    import pyarrow
    from pyarrow import parquet

    library: Any = pyarrow
    writer: Any = parquet
    folder.mkdir(parents=True)
    files: list[Path] = []
    source = iter(chunks)
    while block := list(islice(source, CHUNKS_A_FILE)):
        path = folder / f"chunks-{len(files):06}.parquet"
        writer.write_table(library.table({"items": [pickle.dumps(chunk) for chunk in block]}), path)
        files.append(path)
    return files
