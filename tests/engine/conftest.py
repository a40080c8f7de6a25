"""What several of these tests need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from botcore_llama.tokenizer import Tokenizer

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def llama3_folder() -> Path:
    """The original tokenizer and what it gives, from outside the repository."""
    data = Path(os.environ.get("BOTCORE_TEST_DATA", REPOSITORY.parent / "shared"))
    if not (data / "llama3").is_dir():
        pytest.skip(f"no Llama 3 tokenizer in {data}; set BOTCORE_TEST_DATA to run this")
    return data / "llama3"


@pytest.fixture(scope="session")
def llama3(llama3_folder: Path) -> Tokenizer:
    return Tokenizer.load(llama3_folder / "tokenizer.model")
