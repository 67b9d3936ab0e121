"""The claim model: a small cross-encoder that says whether a text states a claim.

Trained by `training/train_claim_model.py` from the MiniLM weights (see training/DATA_CARD.md) and run as
an int8 ONNX graph, so that grading needs neither torch nor a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import ModelFilesError
from backend.retrieval.onnx_graph import OnnxGraph

FOLDER = Path(__file__).resolve().parent / "claim_model"
TOKENS = 128
BATCH = 16


class ClaimModel:
    """Scores pairs of (text, claim). Raises `ModelFilesError` if the model's files are not there."""

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            self._graph = OnnxGraph(folder, tokens=TOKENS, pad_id=0, pad_token="[PAD]")  # noqa: S106
        except Exception as error:  # the runtime raises its own kinds for each fault of a file
            raise ModelFilesError(
                f"the claim model in {folder} cannot be loaded: {error}; reinstall viva-interview,"
                " or make it again with training/train_claim_model.py"
            ) from error

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """One logit for each pair: above 0, the text more likely states the claim than not."""
        return self._graph.run(pairs, width=1, batch=BATCH)[:, 0]

    def words(self) -> list[str]:
        """The English words that the model's tokenizer knows whole."""
        return [piece for piece in self._graph.vocabulary() if piece.isalpha() and piece.isascii()]
