"""Every word piece has its place in the text and a vector of length one."""

from pathlib import Path

import numpy as np
import pytest

from backend.retrieval.embedder import PACKAGED, load_embedder
from backend.retrieval.token_vectors import TokenEmbedder, load_token_embedder


@pytest.fixture(scope="session")
def tokens(model_dir: Path) -> TokenEmbedder:
    return load_token_embedder(model_dir)


def test_pieces_stand_where_they_say_and_punctuation_has_none(tokens: TokenEmbedder) -> None:
    text = "Labels, sadly, arrive late."
    (found,) = tokens.tokens([text])
    pieces = [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)]
    assert pieces == ["Labels", "sadly", "arrive", "late"]
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert found.within(7, len(text)).tolist() == [False, True, True, True]


def test_the_whole_is_what_the_embedder_says(tokens: TokenEmbedder, model_dir: Path) -> None:
    texts = ["A model drifts.", "A much longer text about how a model drifts away over the months."]
    whole = np.stack([item.whole for item in tokens.tokens(texts)])
    assert whole == pytest.approx(load_embedder(PACKAGED, model_dir).encode(texts), abs=1e-5)


def test_a_long_text_keeps_all_its_pieces_in_place(tokens: TokenEmbedder) -> None:
    text = " ".join(f"word{i}" for i in range(400))
    (found,) = tokens.tokens([text])
    assert text[found.starts[-1] : found.ends[-1]] in "399"
    assert (np.diff(found.starts) > 0).all()


def test_a_text_without_letters_has_no_pieces(tokens: TokenEmbedder) -> None:
    empty, marks = tokens.tokens(["", "?! ..."])
    assert len(empty.ids) == len(marks.ids) == 0
