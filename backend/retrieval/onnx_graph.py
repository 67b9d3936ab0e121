"""An exported model on onnxruntime with its tokenizer: texts, or pairs of texts, in; numbers out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Text = str | tuple[str, str]


def usable_cores() -> int:
    """The cores that this process may run on: a worker that is held to one core needs one thread."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxGraph:
    """`model.onnx` and `tokenizer.json` of a folder. Raises whatever the runtime raises on bad files."""

    def __init__(self, folder: Path, *, tokens: int, pad_id: int, pad_token: str) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        options.intra_op_num_threads = min(4, usable_cores())
        options.log_severity_level = 3
        # Threads that spin while they wait take the processor from whoever shares the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = runtime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {item.name for item in self._session.get_inputs()}
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_length=tokens, strategy="longest_first")
        self._tokenizer.enable_padding(pad_id=pad_id, pad_token=pad_token)

    def run(self, texts: Sequence[Text], width: int, batch: int) -> NDArray[np.float32]:
        """One row of `width` numbers for each text, in the order given."""
        found = np.zeros((len(texts), width), dtype=np.float32)
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda index: _length(texts[index]))
        for start in range(0, len(order), batch):
            chunk = order[start : start + batch]
            codes = self._tokenizer.encode_batch([texts[index] for index in chunk])
            feed = {
                "input_ids": np.array([code.ids for code in codes], dtype=np.int64),
                "attention_mask": np.array([code.attention_mask for code in codes], dtype=np.int64),
                "token_type_ids": np.array([code.type_ids for code in codes], dtype=np.int64),
            }
            feed = {name: value for name, value in feed.items() if name in self._inputs}
            found[chunk] = self._session.run(None, feed)[0]
        return found

    def vocabulary(self) -> list[str]:
        """The pieces the tokenizer knows; those that begin inside a word have a mark before them."""
        return list(self._tokenizer.get_vocab())


def _length(text: Text) -> int:
    return len(text) if isinstance(text, str) else len(text[0]) + len(text[1])
