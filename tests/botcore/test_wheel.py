"""What an installation gets."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_only_names_of_botcores_own_stand_at_the_top(names: list[str]) -> None:
    assert {name.split("/")[0].split("-")[0].rstrip("0123456789.") for name in names} == {
        "botcore",
        "botcore_chat",
        "botcore_code",
        "botcore_draft",
        "botcore_llama",
        "botcore_platform",
        "botcore_summarize",
        "botcore_telegram",
        "botcore_terminal",
    }


@pytest.mark.parametrize(
    "name",
    [
        "botcore/_migrations/env.py",
        "botcore/_migrations/versions/0001_the_first_schema.py",
        "botcore/py.typed",
        "botcore_llama/bundled/model.bin",
        "botcore_code/prompts/code.md",
        "botcore_draft/prompts/draft.md",
        "botcore_summarize/prompts/summarize.md",
    ],
)
def test_what_is_needed_at_run_time_is_in_it(names: list[str], name: str) -> None:
    assert name in names


def test_the_training_recipe_is_not_in_it(names: list[str]) -> None:
    assert not [name for name in names if "training" in name or "torch" in name]
