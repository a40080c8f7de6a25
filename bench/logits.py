"""Whether a converted model computes what its checkpoint says, in every shape of the family.

    python bench/logits.py [--json FILE]

Random checkpoints are converted by us and by CTranslate2's own converter; the logits of both, after
every position, are compared with those of transformers in float32. Where the positions' frequencies
are scaled, the text reaches past the 8,192 tokens from which on that shows. Needs `make reference`.
Ends with an error when ours in float32 are not the reference's: cosine over 0.9999 at every position,
and the same likeliest token at more than 99.9% of them.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import ctranslate2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.reference import environment
from botcore_llama.convert import convert
from botcore_llama.settings import physical_cores
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint

Logits = NDArray[np.float32]

ORIGINAL_CONTEXT = 8192
POSITIONS = 1536
LONG = ORIGINAL_CONTEXT + POSITIONS
VOCABULARY = 1280
COSINE, SAME_TOKEN = 0.9999, 0.999


def scaled(factor: float) -> dict[str, object]:
    return {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": ORIGINAL_CONTEXT,
    }


def shape(
    heads: int, key_heads: int, head_size: int, *, tied: bool = False, factor: float | None = None
) -> Shape:
    return Shape(
        hidden=heads * head_size,
        inner=2 * heads * head_size,
        layers=2,
        heads=heads,
        key_heads=key_heads,
        head_size=head_size,
        vocabulary=VOCABULARY,
        context=16 * ORIGINAL_CONTEXT if factor else ORIGINAL_CONTEXT,
        tied=tied,
        rope_scaling=scaled(factor) if factor else None,
        extra={"model_type": "llama", "hidden_act": "silu", "dtype": "bfloat16"},
    )


# The heads that share a key are as many as in the real ones, as are the sizes of heads.
SHAPES = {
    "Llama 3 8B": shape(4, 1, 128),
    "Llama 3 70B": shape(8, 1, 128),
    "Llama 3.1 8B": shape(4, 1, 128, factor=8.0),
    "Llama 3.1, 3.3 70B": shape(8, 1, 128, factor=8.0),
    "Llama 3.2 1B": shape(4, 1, 64, tied=True, factor=32.0),
    "Llama 3.2 3B": shape(6, 2, 128, tied=True, factor=32.0),
    "a key for each head": shape(4, 4, 64),
    "the same, tied": shape(4, 4, 64, tied=True),
}


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near some logits are to the reference's, over all positions."""

    lowest_cosine: float
    mean_cosine: float
    same_token: float  # the share of positions whose likeliest token is the reference's

    @property
    def proves(self) -> bool:
        return self.lowest_cosine > COSINE and self.same_token > SAME_TOKEN


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one shape."""

    positions: int
    ours_float32: Likeness
    theirs_float32: Likeness
    ours_int8: Likeness
    theirs_int8: Likeness


def compare(name: str, folder: Path) -> Figures:
    """Convert one checkpoint in four ways and compare each with the reference."""
    chosen = SHAPES[name]
    source = save_checkpoint(folder / "checkpoint", chosen, random_weights(chosen))
    length = LONG if chosen.rope_scaling else POSITIONS
    ids = np.random.default_rng(5).integers(0, VOCABULARY - 256, length)
    np.save(folder / "ids.npy", ids)
    environment.logits(source, folder / "ids.npy", folder / "logits.npy")
    wanted: Logits = np.load(folder / "logits.npy")
    likenesses = [
        likeness(wanted, computed(convert_by(whose, source, folder, quantization), ids))
        for quantization in ("float32", "int8")
        for whose in ("ours", "theirs")
    ]
    return Figures(length, *likenesses)


def convert_by(whose: str, source: Path, folder: Path, quantization: str) -> Path:
    output = folder / f"{whose}-{quantization}"
    if whose == "ours":
        convert(source, output, quantization)
        return output
    readable = folder / "for-the-converter"
    if not readable.exists():
        environment.for_the_converter(source, readable, [f"token {number}" for number in range(VOCABULARY)])
    environment.run(environment.converter(readable, output, quantization))
    return output


def computed(model: Path, ids: NDArray[np.int64]) -> Logits:
    generator = ctranslate2.Generator(str(model), device="cpu", intra_threads=physical_cores())
    try:
        found: Logits = np.array(generator.forward_batch([ids.tolist()]), dtype=np.float32).squeeze(0)
        return found
    finally:
        generator.unload_model()


def likeness(wanted: Logits, found: Logits) -> Likeness:
    norms = np.linalg.norm(wanted, axis=-1) * np.linalg.norm(found, axis=-1)
    cosine = (wanted * found).sum(-1) / norms
    same = np.mean(wanted.argmax(-1) == found.argmax(-1))
    return Likeness(float(cosine.min()), float(cosine.mean()), float(same))


def show(figures: dict[str, Figures]) -> None:
    table = Table("shape", "positions", title="Logits beside transformers' in float32")
    for column in ("ours, float32", "theirs, float32", "ours, int8", "theirs, int8"):
        table.add_column(f"{column}:\nlowest, mean cosine; same token", justify="right")
    for name, found in figures.items():
        cells = (found.ours_float32, found.theirs_float32, found.ours_int8, found.theirs_int8)
        table.add_row(name, f"{found.positions:,}", *map(cell, cells))
    Console(width=160).print(table)


def cell(found: Likeness) -> str:
    return f"{found.lowest_cosine:.6f}, {found.mean_cosine:.6f}; {found.same_token:.2%}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if not environment.is_there():
        print(environment.MISSING)
        return
    ctranslate2.set_log_level(logging.ERROR)  # theirs in int8 warns that it is computed with float32
    figures: dict[str, Figures] = {}
    for name in SHAPES:
        with tempfile.TemporaryDirectory(prefix="botcore-logits-") as folder:
            figures[name] = compare(name, Path(folder))
    show(figures)
    if options.json:
        options.json.write_text(json.dumps({name: asdict(each) for name, each in figures.items()}, indent=2))
    failed = [name for name, each in figures.items() if not each.ours_float32.proves]
    if failed:
        sys.exit(f"Not what the checkpoint says: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
