"""A language model made on the spot: random weights, a tokenizer learned from our own notes.

It talks nonsense, which is all a test of the protocol needs. `transformers serve` serves it: a server
that knows nothing of this project. Run as a program so that torch stays out of the test process.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

VOCABULARY = 400
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}<|assistant|>"
)


def make(folder: Path, texts: list[str]) -> None:
    """Writes model and tokenizer into `folder`."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    special = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|end|>"
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config)
    # A third of all tokens end a reply, so that replies are short and end by themselves.
    model.generation_config.eos_token_id = [0, *range(4, VOCABULARY, 3)]
    model.generation_config.do_sample = True
    model.save_pretrained(folder)


if __name__ == "__main__":
    target, *sources = (Path(argument) for argument in sys.argv[1:])
    make(target, [source.read_text(encoding="utf-8") for source in sources])
