"""Writes the logits that transformers computes in float32. Run with the reference environment's Python.

python llama_logits.py CHECKPOINT IDS.npy LOGITS.npy
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM


def main(checkpoint: Path, ids: Path, logits: Path) -> None:
    # Attention that never holds the whole table of scores, which is large for ten thousand positions.
    model = LlamaForCausalLM.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="sdpa")
    with torch.inference_mode():
        found = model(torch.from_numpy(np.load(ids))[None], use_cache=False).logits[0]
    np.save(logits, found.numpy())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
