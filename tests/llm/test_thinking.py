"""Thoughts are left out, wherever the pieces happen to be cut."""

from __future__ import annotations

import pytest

from backend.llm.thinking import ThoughtFilter, without_thinking

CASES = [
    ("Hello.", "Hello."),
    ("  Hello.", "Hello."),
    ("<think>secret</think>Hello.", "Hello."),
    ("\n<thinking>a < b</thinking>\n\nHello.", "Hello."),
    ("<reasoning>one</reasoning><think>two</think> Hello.", "Hello."),
    ("<think>never ends", ""),
    ("<thin air> is a phrase", "<thin air> is a phrase"),
    ("<th", "<th"),
    ("<", "<"),
    ("a <think>later</think> b", "a <think>later</think> b"),
]


@pytest.mark.parametrize(("text", "shown"), CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_thoughts_are_left_out_of_pieces_of_any_size(text: str, shown: str, size: int) -> None:
    thoughts = ThoughtFilter()
    pieces = [thoughts.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join(pieces) + thoughts.rest() == shown


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        ("<think>a</think>b", "b"),
        ("<think>a</think> <think>b</think>c", "c"),
        ("a thought without its opening</think>\nc", "c"),
        ("<think>never ends", ""),
    ],
)
def test_thoughts_are_left_out_of_a_whole_text(text: str, left: str) -> None:
    assert without_thinking(text) == left
