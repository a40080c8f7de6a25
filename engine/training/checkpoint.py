"""Write the trained weights as a folder in Hugging Face's layout."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.model import Llama
from training.tokens import Tokens


def write(model: Llama, tokens: Tokens, ranks: Path, folder: Path, facts: dict[str, object]) -> None:
    """Weights, config, tokenizer, and the facts of the training run for the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        f"model.{name}": weight.detach().to(torch.bfloat16).contiguous()
        for name, weight in model.named_parameters()
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config(model, tokens), indent=2) + "\n")
    parameters = sum(weight.numel() for weight in model.parameters())
    run = {**facts, "parameters": parameters, "shape": asdict(model.shape)}
    (folder / "training.json").write_text(json.dumps(run, indent=2) + "\n")
    shutil.copyfile(ranks, folder / "tokenizer.model")


def config(model: Llama, tokens: Tokens) -> dict[str, object]:
    shape = model.shape
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "torch_dtype": "bfloat16",
        "hidden_size": shape.hidden,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_heads,
        "head_dim": shape.head_size,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.theta,
        "rope_scaling": None,
        "max_position_embeddings": shape.context,
        "vocab_size": shape.vocabulary,
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": tokens.special["<|begin_of_text|>"],
        "eos_token_id": [tokens.special[name] for name in ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>")],
    }
