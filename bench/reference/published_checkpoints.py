"""Writes checkpoints and adapters by their makers' libraries. Run with the reference environment's Python.

python published_checkpoints.py FOLDER

Random Llamas by transformers, with an output projection of their own and tied; the first also as Meta
lays it out, by `torch.save`, in 1, 2 and 8 files; adapters of many kinds by PEFT. Beside each, what it
computes: `NAME.ids.npy` and `NAME.logits.npy`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

POSITIONS = 300
VOCABULARY, HIDDEN, INNER, LAYERS, HEADS = 512, 64, 192, 2, 8

ADAPTERS: dict[str, dict[str, Any]] = {
    "plain": {"target_modules": ["q_proj", "v_proj", "down_proj"]},
    "all linear": {"target_modules": "all-linear", "lora_alpha": 32},
    "rank-stabilized": {"target_modules": ["q_proj"], "use_rslora": True},
    "patterns": {
        "target_modules": ["q_proj", "k_proj", "up_proj"],
        "rank_pattern": {"layers.0.self_attn.q_proj": 2, "^model.layers.1.*k_proj": 5},
        "alpha_pattern": {"up_proj": 3, "model.layers.1.self_attn.q_proj": 40},
    },
    "some layers": {"target_modules": ["q_proj"], "layers_to_transform": [1]},
    "fan_in_fan_out": {"target_modules": ["o_proj"], "fan_in_fan_out": True},
    "embeddings": {"target_modules": ["embed_tokens", "q_proj"]},
    "both tables": {"target_modules": ["embed_tokens", "lm_head"]},
    "tables trained whole": {"target_modules": ["q_proj"], "modules_to_save": ["lm_head", "embed_tokens"]},
    "a norm trained whole": {"target_modules": ["q_proj"], "modules_to_save": ["norm"]},
}
META = {
    "self_attn.q_proj": "attention.wq",
    "self_attn.k_proj": "attention.wk",
    "self_attn.v_proj": "attention.wv",
    "self_attn.o_proj": "attention.wo",
    "mlp.gate_proj": "feed_forward.w1",
    "mlp.down_proj": "feed_forward.w2",
    "mlp.up_proj": "feed_forward.w3",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "ffn_norm",
    "model.embed_tokens": "tok_embeddings",
    "model.norm": "norm",
    "lm_head": "output",
}
COLUMNS, WHOLE = ("wo.weight", "w2.weight"), ("norm.weight",)


def random_llama(*, tied: bool) -> LlamaForCausalLM:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=8192,
        rope_theta=500_000.0,
        rms_norm_eps=1e-5,
        tie_word_embeddings=tied,
    )
    model = LlamaForCausalLM(config)
    for parameter in model.parameters():
        if parameter.ndim == 2:  # large enough that the answer depends on the prompt
            parameter.data = torch.randn(parameter.shape) * 1.5 / parameter.shape[1] ** 0.5
        parameter.data = parameter.data.bfloat16().float()
    return model


def write_logits(model: torch.nn.Module, folder: Path, name: str) -> None:
    ids = torch.randint(0, VOCABULARY - 256, (1, POSITIONS), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        logits = model.eval()(ids).logits[0]
    np.save(folder / f"{name}.ids.npy", ids[0].numpy())
    np.save(folder / f"{name}.logits.npy", logits.numpy())


def write_adapter(folder: Path, base: str, name: str, *, tied: bool) -> None:
    """Write an adapter whose every number matters, and what the model computes with it, unmerged."""
    settings = {"task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16, **ADAPTERS[name]}
    model = get_peft_model(random_llama(tied=tied), LoraConfig(**settings))
    generator = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data += torch.randn(parameter.shape, generator=generator) * 0.05
    model.save_pretrained(folder / f"{base}.{name}")
    write_logits(model, folder, f"{base}.{name}")


def write_meta(model: LlamaForCausalLM, folder: Path, shards: int) -> None:
    """Write the weights under Meta's names, in parts, with queries and keys in its order of rows."""
    place = folder / f"meta.{shards}"
    place.mkdir()
    parameters: dict[str, float] = {
        "dim": HIDDEN,
        "n_layers": LAYERS,
        "n_heads": HEADS,
        "vocab_size": VOCABULARY,
    }
    parameters |= {"multiple_of": INNER, "norm_eps": 1e-5, "rope_theta": 500_000.0}
    (place / "params.json").write_text(json.dumps(parameters))
    weights = {meta_name(name): value.bfloat16() for name, value in model.state_dict().items()}
    for name in weights:
        if name.endswith(("wq.weight", "wk.weight")):
            heads = weights[name].view(HEADS, 2, HIDDEN // HEADS // 2, HIDDEN)
            weights[name] = heads.transpose(1, 2).reshape(HIDDEN, HIDDEN)
    for number in range(shards):
        part = {}
        for name, value in weights.items():
            axis = 1 if name.endswith(COLUMNS) else 0
            part[name] = value if name.endswith(WHOLE) else value.chunk(shards, axis)[number].clone()
        torch.save(part, place / f"consolidated.{number:02}.pth")


def meta_name(name: str) -> str:
    for theirs, metas in META.items():
        name = name.replace(theirs, metas)
    return name.removeprefix("model.")


def main(folder: Path) -> None:
    for base, tied in (("own", False), ("tied", True)):
        model = random_llama(tied=tied)
        model.save_pretrained(folder / base)
        write_logits(model, folder, base)
        for name in ADAPTERS:
            write_adapter(folder, base, name, tied=tied)
    model = random_llama(tied=False)
    for shards in (1, 2, 8):
        write_meta(model, folder, shards)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
