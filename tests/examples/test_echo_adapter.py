"""The adapter of examples/ is a third party's package: built, installed elsewhere, and held to the kit."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import botcore
import botcore.markup

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/botcore_echo_adapter"
ADAPTER = EXAMPLE / "botcore_echo_adapter/__init__.py"
SOURCES = [str(ROOT / part) for part in (".", "adapters", "engine", "plugins")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed, as pip does it, without what it depends on."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target), str(EXAMPLE)],
        check=True,
    )
    return target


def test_it_has_fewer_than_150_lines() -> None:
    assert len(ADAPTER.read_text().splitlines()) < 150


def test_it_needs_public_names_only() -> None:
    public = {"botcore": set(botcore.__all__), "botcore.markup": set(botcore.markup.__all__)}
    for node in ast.walk(ast.parse(ADAPTER.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("botcore"):
            assert {alias.name for alias in node.names} <= public[node.module or ""]


@pytest.mark.parametrize("which", ["not slow", pytest.param("slow", marks=pytest.mark.slow)])
@pytest.mark.timeout(300)
def test_it_passes_the_conformance_kit(installed: Path, which: str) -> None:
    """By the kit's own choice of what is quick, so a test or two kills a real `botcore run` each time."""
    tests = _run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", which)

    assert tests.returncode == 0, tests.stdout
    assert "passed" in tests.stdout


@pytest.mark.slow
def test_its_types_are_those_of_the_installed_botcore(installed: Path) -> None:
    checked = _run(installed, "-m", "mypy", "--cache-dir", os.devnull, "botcore_echo_adapter", "tests")

    assert checked.returncode == 0, checked.stdout


def _run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python's in the example's folder, with the package and botcore on the path."""
    path = os.pathsep.join([str(installed), *SOURCES])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=EXAMPLE,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "MYPYPATH": os.pathsep.join([*SOURCES, str(EXAMPLE / "tests")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
