"""What an installation gets."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return zipfile.ZipFile(wheel)


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> list[str]:
    return wheel.namelist()


def test_only_names_of_botcores_own_stand_at_the_top(names: list[str]) -> None:
    assert {name.split("/")[0].split("-")[0].rstrip("0123456789.") for name in names} == {
        "botcore",
        "botcore_chat",
        "botcore_code",
        "botcore_draft",
        "botcore_llama",
        "botcore_platform",
        "botcore_slack",
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
        "botcore/testing/adapter_contract.py",
        "botcore/testing/platform.py",
        "botcore/testing/troubles.py",
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


def test_the_conformance_kit_works_from_there(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    say = "import botcore.testing.adapter_contract as kit; print(kit.__file__, kit.AdapterContract.__name__)"

    said = subprocess.run(
        [sys.executable, "-c", say],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )

    assert said.stdout == f"{tmp_path}/botcore/testing/adapter_contract.py AdapterContract\n"


def test_what_the_kit_needs_is_an_extra(wheel: zipfile.ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    lines = wheel.read(metadata).decode().splitlines()
    needs = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]

    assert {need.partition(">")[0] for need in needs if "testing" in need} == {
        "hypothesis",
        "pytest",
        "pytest-asyncio",
    }
    assert not [need for need in needs if "pytest" in need and "extra" not in need]
