"""Turns the trained claim model into the int8 ONNX graph that the product ships.

python -m training.export_claim_model --model DIR --out backend/grading/claim_model
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class Logit(torch.nn.Module):
    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).logits


def export(model_dir: Path, out: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model = AutoModelForSequenceClassification.from_pretrained(model_dir).eval()
    sample = tokenizer(
        ["a text", "another"], ["a claim", "one more claim"], padding=True, return_tensors="pt"
    )
    names = ["input_ids", "attention_mask", "token_type_ids"]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            Logit(model),
            tuple(sample[name] for name in names),
            str(full),
            input_names=names,
            output_names=["logit"],
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names}
            | {"logit": {0: "batch"}},
            opset_version=18,
            dynamo=False,
        )
        quantize_dynamic(
            str(full), str(out / "model.onnx"), weight_type=QuantType.QInt8, per_channel=True
        )
    tokenizer.backend_tokenizer.save(str(out / "tokenizer.json"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    export(arguments.model, arguments.out)


if __name__ == "__main__":
    main()
