"""A vector for every word piece of a text, in its context, from the packaged embedding model.

The exported model pools these vectors into one for the sentence; here the layer before the pooling is
read as well. Matching an answer to what was expected piece by piece tells far more than one vector a
text, and costs the same single pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.errors import ModelFilesError
from backend.retrieval.embedder import PACKAGED, OnnxEmbedder, Vectors, load_embedder
from backend.retrieval.onnx_graph import usable_cores

TOKENS = 256
BATCH = 16


@dataclass(frozen=True)
class Tokens:
    """The word pieces of a text that hold a letter or digit: where they stand (characters `start` up to
    `end`), their numbers in the vocabulary, and their unit vectors. `whole` is the text's own vector."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    ids: NDArray[np.int64]
    vectors: Vectors
    whole: Vectors

    def within(self, start: int, end: int) -> NDArray[np.bool_]:
        """Which pieces stand in this part of the text."""
        return (self.starts >= start) & (self.ends <= end)


class TokenEmbedder(Protocol):
    """Turns texts into vectors of their word pieces."""

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """One for each text, in order; a text without letters and digits has no pieces."""
        ...


class OnnxTokens:
    """`TokenEmbedder` on the exported model of a folder. Raises whatever the runtime raises on bad files."""

    def __init__(self, folder: Path) -> None:
        import onnx
        import onnxruntime
        from tokenizers import Tokenizer

        library: Any = onnx
        model: Any = library.load(str(folder / "model.onnx"))
        layers = [node for node in model.graph.node if node.op_type == "LayerNormalization"]
        self._layer = layers[-1].output[0]
        model.graph.output.append(library.ValueInfoProto(name=self._layer))
        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        # Threads that spin while they wait take the processor from whoever shares the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.intra_op_num_threads = min(4, usable_cores())
        self._session = runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {item.name for item in self._session.get_inputs()}
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """One for each text; a long text is read in parts."""
        pieces = [
            (index, start, part)
            for index, text in enumerate(texts)
            for start, part in self._parts(text, 0)
        ]
        read = self._read([part for _, _, part in pieces])
        parts: list[list[Tokens]] = [[] for _ in texts]
        for (index, start, _), found in zip(pieces, read, strict=True):
            parts[index].append(
                Tokens(
                    found.starts + start, found.ends + start, found.ids, found.vectors, found.whole
                )
            )
        return [_joined(found) for found in parts]

    def _parts(self, text: str, start: int) -> list[tuple[int, str]]:
        """The text, or as many parts with their places as it takes to fit the model."""
        if len(text) <= TOKENS // 2 or len(self._tokenizer.encode(text).ids) <= TOKENS:
            return [(start, text)]
        cut = _middle(text)
        return [*self._parts(text[:cut], start), *self._parts(text[cut:], start + cut)]

    def _read(self, texts: Sequence[str]) -> list[Tokens]:
        codes: Any = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda index: len(codes[index].ids))
        found: dict[int, Tokens] = {}
        for first in range(0, len(order), BATCH):
            chunk = order[first : first + BATCH]
            width = max(len(codes[index].ids) for index in chunk)
            ids = np.zeros((len(chunk), width), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, index in enumerate(chunk):
                ids[row, : len(codes[index].ids)] = codes[index].ids
                mask[row, : len(codes[index].ids)] = 1
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            feed = {name: value for name, value in feed.items() if name in self._inputs}
            wholes, layers = self._session.run(["vectors", self._layer], feed)
            for row, index in enumerate(chunk):
                found[index] = _tokens(texts[index], codes[index], layers[row], wholes[row])
        return [found[index] for index in range(len(texts))]


def load_token_embedder(data_dir: Path) -> TokenEmbedder:
    """The packaged model's word pieces, from its export in `data_dir` (made on first use).

    Raises `ModelFilesError` if the model cannot be exported here.
    """
    embedder = load_embedder(PACKAGED, data_dir)
    if not isinstance(embedder, OnnxEmbedder):
        raise ModelFilesError(
            f"{PACKAGED} could not be exported to ONNX on this machine, which scoring answers against"
            " a reference needs; see the warning above"
        )
    return OnnxTokens(embedder.folder)


def _tokens(text: str, code: Any, layer: Vectors, whole: Vectors) -> Tokens:
    places: list[tuple[int, int]] = list(code.offsets)
    kept = [
        index
        for index, (start, end) in enumerate(places)
        if end > start and any(sign.isalnum() for sign in text[start:end])
    ]
    vectors = layer[kept]
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    ids: list[int] = list(code.ids)
    return Tokens(
        np.array([places[index][0] for index in kept], dtype=np.int64),
        np.array([places[index][1] for index in kept], dtype=np.int64),
        np.array([ids[index] for index in kept], dtype=np.int64),
        np.asarray(vectors / lengths, dtype=np.float32),
        whole,
    )


def _middle(text: str) -> int:
    """Where to cut a text in two: at the white space nearest to its middle, or there if it has none."""
    half = len(text) // 2
    gaps = [index for index in range(1, len(text)) if text[index].isspace()]
    return min(gaps, key=lambda index: abs(index - half), default=half)


def _joined(parts: Sequence[Tokens]) -> Tokens:
    if len(parts) == 1:
        return parts[0]
    whole = np.mean([part.whole for part in parts], axis=0)
    return Tokens(
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.vectors for part in parts]),
        np.asarray(whole / max(float(np.linalg.norm(whole)), 1e-9), dtype=np.float32),
    )
