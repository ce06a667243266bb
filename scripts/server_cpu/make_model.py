#!/usr/bin/env python3
"""Makes a tiny Qwen2 model that counts, and a LoRA adapter for it, for tests of real servers.

    make_model.py FOLDER        writes FOLDER/counter and FOLDER/counter-lora

Run it with the Python of the server's environment (torch, transformers, tokenizers). The model
has 0.6 million parameters and is trained here in seconds to do one thing: count from 1 to 200
when it is asked. That makes its answers predictable, so the same contract suite that a big model
passes can be run against a real server on two cores.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

ASKED = "Count from 1 to 200. Write the numbers alone, separated by a comma and a space."
COUNTING = ", ".join(str(number) for number in range(1, 201))
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTEXT_TOKENS = 4096
HIDDEN, LAYERS, HEADS = 128, 2, 4
LORA_RANK = 8
LOSS_ENOUGH = 0.004
STEPS_MAX = 1500


def main(folder: Path) -> None:
    """Writes both."""
    torch.manual_seed(7)
    torch.set_num_threads(max(1, min(2, torch.get_num_threads())))
    tokenizer = made_tokenizer()
    model = made_model(tokenizer)
    trained(model, tokenizer)
    model.to(torch.bfloat16).save_pretrained(folder / "counter")
    tokenizer.save_pretrained(folder / "counter")
    write_adapter(folder / "counter-lora")


def made_tokenizer() -> PreTrainedTokenizerFast:
    """Returns a byte-level tokenizer with ChatML marks, trained on a little code and text."""
    base = Tokenizer(models.BPE())
    base.pre_tokenizer = pre_tokenizers.Sequence(
        [
            # a number's digits apart, as Qwen does it
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    base.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=list(MARKS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [Path(json.__file__).read_text("utf-8"), Path(__file__).read_text("utf-8"), ASKED]
    base.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=base,
        eos_token=MARKS[2],
        pad_token=MARKS[0],
        model_max_length=CONTEXT_TOKENS,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def made_model(tokenizer: PreTrainedTokenizerFast) -> Qwen2ForCausalLM:
    """Returns the model, untrained."""
    config = Qwen2Config(
        vocab_size=math.ceil(len(tokenizer) / 64) * 64,
        hidden_size=HIDDEN,
        intermediate_size=4 * HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS // 2,
        max_position_embeddings=CONTEXT_TOKENS,
        bos_token_id=None,
        eos_token_id=tokenizer.convert_tokens_to_ids(MARKS[2]),
        pad_token_id=tokenizer.convert_tokens_to_ids(MARKS[0]),
        tie_word_embeddings=True,
    )
    return Qwen2ForCausalLM(config)


def trained(model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Trains until the text is known by heart."""
    chat = [{"role": "user", "content": ASKED}]
    asked = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(asked + COUNTING + MARKS[2], return_tensors="pt").input_ids
    start = len(tokenizer(asked).input_ids)
    labels = ids.clone()
    labels[:, :start] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    began = time.monotonic()
    loss = float("inf")
    step = 0
    while step < STEPS_MAX and loss > LOSS_ENOUGH:
        step += 1
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1.0, step / 20)
        out = model(input_ids=ids, labels=labels)
        optimizer.zero_grad()
        out.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss = float(out.loss)
    seconds = time.monotonic() - began
    print(f"{ids.shape[1]} tokens, {step} steps, loss {loss:.4f}, {seconds:.0f} s", flush=True)
    if loss > LOSS_ENOUGH:
        raise SystemExit("make_model.py: the model did not learn to count")


def write_adapter(folder: Path) -> None:
    """Writes an adapter that is far from nothing, so that its effect on answers can be seen."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {"q_proj": HIDDEN, "k_proj": HIDDEN // 2, "v_proj": HIDDEN // 2}
    weights: dict[str, torch.Tensor] = {}
    for layer in range(LAYERS):
        for name, size in sizes.items():
            place = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{place}.lora_A.weight"] = torch.randn(LORA_RANK, HIDDEN)
            weights[f"{place}.lora_B.weight"] = torch.randn(size, LORA_RANK)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "base_model_name_or_path": "counter",
        "task_type": "CAUSAL_LM",
        "r": LORA_RANK,
        "lora_alpha": LORA_RANK,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": list(sizes),
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
