"""What an interview with a language model takes in calls and tokens, counted with a tokenizer.

    python -m benchmark.model_tokens --interviews 3 --questions 5

Whole interviews are held by the product itself, with the bank's example answers as the candidate and a
model that replies at a realistic length; every request is counted as it is made. With
`--encoding o200k_base` OpenAI's own tokenizer counts (tiktoken fetches its table once, or finds it in
TIKTOKEN_CACHE_DIR); without it, the one of the packaged embedding model, which counts a little more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.interview.interviewer import Wish
from backend.interview.transcript import State
from backend.llm.chat_model import Message, Structured, Usage
from backend.llm.shapes import strict_schema
from backend.settings import Settings
from backend.wiring import build

T = TypeVar("T", bound=BaseModel)
Count = Callable[[str], int]
OVERHEAD = 4
"""Tokens that a message costs besides its text."""
REASON = (
    "The candidate speaks about what they would look at first and why, but does not state this"
    " point in any form."
)
LINE = (
    "You mentioned what you would look at first, and I would like to stay with that for a moment."
    " Suppose it turned out differently from what you expect: what would you do then, and why?"
)
CLAIM = re.compile(r"^- `(c\d+)`: (.+)$", re.M)


@dataclass
class Tally:
    calls: int = 0
    prompt: int = 0
    completion: int = 0
    largest: int = 0


@dataclass
class CountingModel:
    """Replies as a model would that knows which claims the example answers meet, and counts."""

    count: Count
    bank: Bank
    name: str = "counting"
    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    meets: set[str] = field(default_factory=set[str])
    """The claims, word for word, that the answers given so far meet."""
    quote: str = ""

    def structured(
        self, messages: Sequence[Message], shape: type[T], *, session: str | None = None
    ) -> Structured[T]:
        verdicts: list[dict[str, Any]] = [
            {
                "id": name,
                "reason": REASON,
                "status": "met" if claim in self.meets else "missed",
                "quote": self.quote if claim in self.meets else "",
                "answer": 0,
                "confidence": 0.9,
            }
            for name, claim in CLAIM.findall(messages[0].text)
        ]
        raw = json.dumps({"verdicts": verdicts, "suspicious": False})
        schema = self.count(json.dumps(strict_schema(shape)))
        usage = self._add("grader.assess", messages, raw, schema)
        return Structured(shape.model_validate_json(raw), usage, raw)

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        session: str | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> AsyncIterator[str]:
        usage = self._add("interviewer", messages, LINE)
        for word in re.findall(r"\s*\S+", LINE):
            yield word
        if on_usage:
            on_usage(usage)

    def _add(self, act: str, messages: Sequence[Message], reply: str, besides: int = 0) -> Usage:
        sent = sum(self.count(item.text) + OVERHEAD for item in messages) + besides
        said = self.count(reply)
        tally = self.tallies[act]
        tally.calls += 1
        tally.prompt += sent
        tally.completion += said
        tally.largest = max(tally.largest, sent)
        return Usage(self.name, 1, sent, said, None, 0.0)


async def hold(model: CountingModel, settings: Settings, wish: Wish) -> State:
    """One interview from beginning to end."""
    product = build(settings, chat=model)
    state = await product.interviewer.open(wish)
    while state.closed is None and state.thread is not None:
        question = model.bank.question(state.thread.question_id)
        text = _answer(model, question, first=not state.thread.answers)
        turn = await product.interviewer.answer(state.interview_id, text, uuid.uuid4().hex)
        state = await turn.outcome()
    await product.interviewer.settle()
    await product.store.close()
    return state


def _answer(model: CountingModel, question: Question, *, first: bool) -> str:
    """The partial example first, then sentences of the strong one."""
    exemplar = question.exemplar("partial")
    if first:
        met = set(exemplar.meets)
        model.meets = {item.claim for item in question.expectations if item.id in met}
        model.quote = " ".join(exemplar.answer.split()[:12])
        return exemplar.answer
    sentences = re.split(r"(?<=[.!?])\s+", question.exemplar("strong").answer)
    return " ".join(sentences[:3])


def counter(encoding: str | None, settings: Settings) -> tuple[str, Count]:
    if encoding:
        import tiktoken

        table = tiktoken.get_encoding(encoding)
        return encoding, lambda text: len(table.encode(text, disallowed_special=()))
    from tokenizers import Tokenizer

    from backend.retrieval.embedder import load_embedder

    load_embedder(settings.embedding_model, settings.data_dir)
    (file,) = list((settings.data_dir / "models").rglob("tokenizer.json"))[:1]
    tokenizer: Any = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return "WordPiece of the embedding model", lambda text: len(tokenizer.encode(text).ids)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interviews", type=int, default=3)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--data-dir", type=Path, help="an indexed data folder, to save the minutes")
    parser.add_argument("--encoding", help="a tiktoken encoding, such as o200k_base")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = chosen.data_dir or Path(folder)
        settings = Settings(data_dir=data_dir, llm="off", _env_file=None)
        name, count = counter(chosen.encoding, settings)
        model = CountingModel(count, build(settings).bank)
        answers = 0
        for seed in range(chosen.interviews):
            wish = Wish(level="mid", mode="mock", count=chosen.questions, seed=seed)
            state = asyncio.run(hold(model, settings, wish))
            answers += sum(len(thread.answers) for thread in state.threads)
    number = chosen.interviews
    print(f"{number} interviews of {chosen.questions} questions; counted with {name}")
    print(f"answers to an interview: {answers / number:.1f}\n")
    print("| act | calls | prompt tokens | completion tokens | largest prompt |")
    print("|---|---|---|---|---|")
    for act, tally in sorted(model.tallies.items()):
        row = [tally.calls / number, tally.prompt / number, tally.completion / number]
        print(f"| {act} | {row[0]:.1f} | {row[1]:,.0f} | {row[2]:,.0f} | {tally.largest:,} |")


if __name__ == "__main__":
    main()
