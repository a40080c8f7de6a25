"""The bundled model belongs to the prompts it was trained on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BUNDLED = ROOT / "engine" / "botcore_llama" / "bundled"


@pytest.fixture
def metadata() -> dict[str, object]:
    found = json.loads((BUNDLED / "botcore-model.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_prompts_are_those_the_model_was_trained_on(metadata: dict[str, object]) -> None:
    trained = metadata["prompt_sha256"]
    assert isinstance(trained, dict)
    now = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in trained}
    changed = [name for name in trained if trained[name] != now[name]]
    assert not changed, f"{', '.join(changed)} changed since the model was trained. Run `make train` again."


def test_all_prompts_are_covered(metadata: dict[str, object]) -> None:
    prompts = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("plugins/*/prompts/*.md")}
    assert prompts == set(metadata["prompt_sha256"]), "Run `make train` again."  # type: ignore[call-overload]


def test_the_package_data_stays_small() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) <= 16 * 1024 * 1024


def test_the_metadata_says_what_the_model_is(metadata: dict[str, object]) -> None:
    assert metadata["name"] == "botcore-demo"
    assert metadata["licence"] == "Apache-2.0"
    assert metadata["context_tokens"] == 2048
    assert "demonstration" in str(metadata["description"])
