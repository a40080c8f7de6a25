"""Turn the trained weights into the package data of `botcore_llama`: `python -m training.bundle`.

Runs in the project's own environment; torch is not needed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from botcore_llama.convert import convert
from training.talk.tasks import PROMPT_FILES, PROMPTS

BUNDLED = Path(__file__).resolve().parents[1] / "botcore_llama" / "bundled"
METADATA = "botcore-model.json"
LARGEST = 16 * 1024 * 1024  # bytes that the package may carry
VERSION = "0.1.0"
DESCRIPTION = (
    "A small demonstration, trained on generated conversations only: it knows the shape of botcore's jobs in "
    "English, nothing of the world, and it makes mistakes. One line of botcore.toml names a real Llama 3."
)


def prompt_hashes() -> dict[str, str]:
    """The SHA-256 of every prompt file that training used, by its path in the repository."""
    return {
        f"plugins/{name}": hashlib.sha256((PROMPTS / name).read_bytes()).hexdigest() for name in PROMPT_FILES
    }


def metadata(training: dict[str, Any]) -> dict[str, Any]:
    """What `botcore model info` tells."""
    return {
        "name": "botcore-demo", "version": VERSION, "licence": "Apache-2.0", "description": DESCRIPTION,
        "parameters": training["parameters"], "context_tokens": training["shape"]["context"],
        "training_tokens": training["training_tokens"], "training_hours": training["training_hours"],
        "seed": training["seed"], "prompt_sha256": prompt_hashes(),
        "temperature": 0,  # a model this small goes astray where a large one varies its words
    }  # fmt: skip


def bundle(weights: Path, output: Path) -> None:
    """Convert beside the old model, check the size, then replace it file by file."""
    facts = metadata(json.loads((weights / "training.json").read_text()))
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "model"
        convert(weights, made, "int8")
        (made / METADATA).write_text(json.dumps(facts, indent=2) + "\n")
        size = sum(path.stat().st_size for path in made.iterdir())
        if size > LARGEST:
            raise SystemExit(
                f"The model takes {size} bytes, more than the {LARGEST} that the package may carry."
            )
        output.mkdir(parents=True, exist_ok=True)
        for path in made.iterdir():
            shutil.copyfile(path, output / path.name)
    print(f"{output}: {size / 1e6:.1f} MB, {facts['parameters']:,} parameters")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path(__file__).parent / "runs" / "demo" / "weights")
    parser.add_argument("--output", type=Path, default=BUNDLED)
    options = parser.parse_args()
    bundle(options.weights, options.output)


if __name__ == "__main__":
    main()
