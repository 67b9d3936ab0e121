"""Trains the claim model: does this text state this claim? One number for one pair.

    python -m training.train_claim_model --benchmarks DIR --out DIR

Starts from the packaged all-MiniLM-L6-v2 weights, first on entailment pairs, then on a mix that adds
human-judged claims and graded answers. Deterministic for a seed, a thread count and a torch version.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from sklearn.metrics import f1_score, roc_auc_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from backend.bank.loader import load_bank
from backend.grading.premise import premise_for
from backend.retrieval.embedder import packaged_model_folder
from backend.settings import shipped
from training import data
from training.bank_pairs import bank_pairs

BATCH = 32
TOKENS = 128
RATE = 1e-4


def stages(folder: Path, seed: int, scale: float) -> list[list[data.Pair]]:
    def some(pairs: list[data.Pair], count: int, extra: int = 0) -> list[data.Pair]:
        return data.sample(pairs, int(count * scale), seed + extra)

    entail = data.entailment(folder)
    bank = load_bank(shipped("question_bank"))
    first = some(entail, 44_000)
    second = (
        some(data.realsumm(folder, "train"), 13_000)
        + [pair for turn in (0, 1) for pair in some(data.short_answers(folder, turn), 9_000)]
        + some(data.saf(folder), 2_200)
        + some(data.never_stated(folder, 3_500, seed), 3_000)
        + some(entail, 14_000, extra=1)
        + [pair for turn in (0, 1) for pair in bank_pairs(bank, seed + turn)[: int(scale * 20_000)]]
    )
    return [first, second]


def batches(pairs: list[data.Pair], rng: random.Random) -> list[list[data.Pair]]:
    """Batches of similar length, so that little is spent on padding, in random order."""
    noisy = sorted(pairs, key=lambda p: len(p.text) + len(p.claim) + rng.random() * 40)
    found = [noisy[i : i + BATCH] for i in range(0, len(noisy), BATCH)]
    rng.shuffle(found)
    return found


def encode(tokenizer, pairs: list[data.Pair]):
    texts = [premise_for(pair.text, pair.claim) for pair in pairs]
    claims = [pair.claim for pair in pairs]
    return tokenizer(
        texts,
        claims,
        padding=True,
        truncation="longest_first",
        max_length=TOKENS,
        return_tensors="pt",
    )


@torch.inference_mode()
def scores(model, tokenizer, pairs: list[data.Pair]) -> list[float]:
    model.eval()
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].text))
    found = [0.0] * len(pairs)
    for start in range(0, len(order), 32):
        chunk = order[start : start + 32]
        logits = model(**encode(tokenizer, [pairs[i] for i in chunk])).logits[:, 0]
        for index, value in zip(chunk, logits.sigmoid().tolist(), strict=True):
            found[index] = value
    return found


def evaluate(model, tokenizer, folder: Path) -> dict[str, dict[str, float]]:
    """Figures on questions and texts that were never trained on."""
    sets = {
        "realsumm-dev": data.realsumm(folder, "dev")[:2_500],
        "scientsbank-held": [
            p for p in data.held(data.short_answers(folder)) if p.source == "scientsbank"
        ],
        "beetle-held": [p for p in data.held(data.short_answers(folder)) if p.source == "beetle"],
        "entailment-held": random.Random(3).sample(list(data.held(data.entailment(folder))), 1_200),
    }
    table: dict[str, dict[str, float]] = {}
    for name, pairs in sets.items():
        values = scores(model, tokenizer, pairs)
        truth = [int(p.target >= 0.5) for p in pairs]
        table[name] = {
            "n": len(pairs),
            "auc": float(roc_auc_score(truth, values)),
            "f1_macro": float(f1_score(truth, [int(v >= 0.5) for v in values], average="macro")),
        }
    return table


def train(folder: Path, out: Path, seed: int, scale: float) -> None:
    torch.manual_seed(seed)
    rng = random.Random(seed)
    base = packaged_model_folder()
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    plan = [batch for stage in stages(folder, seed, scale) for batch in batches(stage, rng)]
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    warm = max(1, len(plan) // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, s / warm) * max(0.0, 1 - s / len(plan))
    )
    loss_of = torch.nn.BCEWithLogitsLoss()
    began, mean = time.time(), 0.7
    for step, batch in enumerate(plan):
        model.train()
        # Half precision for the products only: twice as fast on processors that have it.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(**encode(tokenizer, batch)).logits[:, 0]
        loss = loss_of(logits.float(), torch.tensor([p.target for p in batch]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        mean = 0.98 * mean + 0.02 * loss.item()
        if not math.isfinite(mean):
            raise SystemExit(f"the loss is not finite at step {step}")
        if step % 100 == 0:
            rate = (step + 1) * BATCH / (time.time() - began)
            print(f"step {step}/{len(plan)} loss {mean:.3f} {rate:.1f} pairs/s", flush=True)
        if step and step % 300 == 0:
            model.save_pretrained(out / "checkpoint")
    model.eval()
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    table = evaluate(model, tokenizer, folder)
    (out / "evaluation.json").write_text(json.dumps(table, indent=2) + "\n")
    print(json.dumps(table, indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmarks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the training pairs")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    arguments.out.mkdir(parents=True, exist_ok=True)
    train(arguments.benchmarks, arguments.out, arguments.seed, arguments.scale)


if __name__ == "__main__":
    main()
