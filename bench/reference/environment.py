"""The environment that has torch, transformers and CTranslate2's converter, which botcore needs none of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY / ".venv-reference"
LOGITS = Path(__file__).with_name("llama_logits.py")
DIALOGS = Path(__file__).with_name("meta_dialogs.py")
CHECKPOINTS = Path(__file__).with_name("published_checkpoints.py")
MISSING = f"{REFERENCE} is missing: run `make reference` once (it gets torch, 200 MB and more)."


def is_there() -> bool:
    return (REFERENCE / "bin" / "ct2-transformers-converter").is_file()


def converter(source: Path, output: Path, quantization: str) -> list[str]:
    """Return the command of CTranslate2's own converter."""
    program = str(REFERENCE / "bin" / "ct2-transformers-converter")
    return [program, "--model", str(source), "--output_dir", str(output), "--quantization", quantization]


def run(command: Sequence[str]) -> None:
    """Run a command in silence; what it wrote is shown when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")


def environment() -> dict[str, str]:
    """Return an environment in which nobody looks for anything on the network."""
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


def logits(checkpoint: Path, ids: Path, result: Path) -> None:
    """Have transformers compute the logits after every position, in float32."""
    run([str(REFERENCE / "bin" / "python"), str(LOGITS), str(checkpoint), str(ids), str(result)])


def dialogs(tokenizer: Path, count: int, seed: int, result: Path) -> None:
    """Have Meta's own code render random dialogs."""
    python = str(REFERENCE / "bin" / "python")
    run([python, str(DIALOGS), str(tokenizer), str(count), str(seed), str(result)])


def checkpoints(folder: Path) -> None:
    """Have torch, transformers and PEFT write random models and adapters, and what they compute."""
    run([str(REFERENCE / "bin" / "python"), str(CHECKPOINTS), str(folder)])


def for_the_converter(source: Path, folder: Path, vocabulary: Sequence[str]) -> Path:
    """Make a folder with the same weights and a tokenizer that transformers can load, as that one wants."""
    folder.mkdir()
    for path in source.iterdir():
        if path.name != "tokenizer.model":
            (folder / path.name).symlink_to(path.resolve())
    words = {token: number for number, token in enumerate(vocabulary)}
    model = {"type": "WordLevel", "vocab": words, "unk_token": vocabulary[0]}
    nothing = dict.fromkeys(
        ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder")
    )
    tokenizer: dict[str, object] = {"version": "1.0", **nothing, "added_tokens": [], "model": model}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    ends = {"bos_token": vocabulary[-2], "eos_token": vocabulary[-1]}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **ends}), encoding="utf-8"
    )
    return folder
