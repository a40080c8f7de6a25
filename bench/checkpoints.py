"""Whether checkpoints and adapters are read as those who made the formats mean them.

    python bench/checkpoints.py [--json FILE]

transformers, torch and PEFT write random models, files in Meta's layout and LoRA adapters of many
kinds; what a network of numpy computes with the weights as we read them is compared with what their own
code computes (of an adapter: unmerged). Needs `make reference`. Ends with an error when one differs:
cosine over 0.99999 at every position, and the same likeliest token at more than 99.9% of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.logits import Likeness, likeness
from bench.reference import environment
from botcore_llama.checkpoint import CheckpointConfig, open_checkpoint
from tests.engine.tiny_llama import Shape, exact_forward, random_weights

BASES = {"own": "transformers, own output projection", "tied": "transformers, tied"}
SHARDS = (1, 2, 8)
COSINE, SAME_TOKEN = 0.99999, 0.999


def compare(folder: Path) -> dict[str, Likeness]:
    """Read all that was written, and compare each with what was computed beside it."""
    found = {}
    for base, title in BASES.items():
        found[title] = one(folder, folder / base, base)
        for adapter in sorted(folder.glob(f"{base}.*/adapter_config.json")):
            name = adapter.parent.name
            found[f"PEFT, {name.removeprefix(f'{base}.')} ({base})"] = one(
                folder, folder / base, name, adapter.parent
            )
    for shards in SHARDS:
        found[f"torch.save, Meta's layout in {shards}"] = one(folder, folder / f"meta.{shards}", "own")
    return found


def one(folder: Path, source: Path, wanted: str, adapter: Path | None = None) -> Likeness:
    ids: list[int] = np.load(folder / f"{wanted}.ids.npy").tolist()
    with open_checkpoint(source, adapter) as checkpoint:
        shape = shape_of(checkpoint.config)
        weights = {
            name: np.concatenate([*checkpoint.tensor(name, weight.shape).blocks()])
            for name, weight in random_weights(shape).items()
        }
    return likeness(np.load(folder / f"{wanted}.logits.npy"), exact_forward(shape, weights, ids))


def shape_of(config: CheckpointConfig) -> Shape:
    return Shape(
        hidden=config.hidden_size,
        inner=config.intermediate_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        key_heads=config.num_key_value_heads,
        head_size=config.head_dim,
        vocabulary=config.vocab_size,
        theta=config.rope_theta,
        tied=config.tie_word_embeddings,
        rope_scaling=config.rope_scaling,
    )


def show(figures: dict[str, Likeness]) -> None:
    table = Table("written by", title="Logits beside those of the library that wrote it")
    for column in ("lowest cosine", "mean cosine", "same token"):
        table.add_column(column, justify="right")
    for name, each in figures.items():
        table.add_row(name, f"{each.lowest_cosine:.6f}", f"{each.mean_cosine:.6f}", f"{each.same_token:.2%}")
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if not environment.is_there():
        print(environment.MISSING)
        return
    with tempfile.TemporaryDirectory(prefix="botcore-checkpoints-") as name:
        environment.checkpoints(Path(name))
        figures = compare(Path(name))
    show(figures)
    if options.json:
        options.json.write_text(json.dumps({name: asdict(each) for name, each in figures.items()}, indent=2))
    failed = [
        name
        for name, each in figures.items()
        if each.lowest_cosine <= COSINE or each.same_token <= SAME_TOKEN
    ]
    if failed:
        sys.exit(f"Not what was written: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
