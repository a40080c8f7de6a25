"""The public names of botcore change on purpose only."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

import botcore

ROOT = Path(__file__).parents[2]
SHELVES = ("adapters", "engine", "plugins")


def test_every_public_name_is_listed_and_there() -> None:
    listed = sorted(botcore.__all__)
    exported = sorted(name for name, value in vars(botcore).items() if _is_exported(name, value))

    assert listed == exported


def _is_exported(name: str, value: object) -> bool:
    is_module = isinstance(value, type(sys))
    return not name.startswith("_") and not is_module


@cache
def imports_of(file: Path) -> set[str]:
    """Return the full names of the modules a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def packages() -> list[Path]:
    return [path for shelf in SHELVES for path in (ROOT / shelf).glob("botcore_*")]


def test_the_core_imports_no_shelf() -> None:
    shelf_packages = {path.name for path in packages()}

    for file in (ROOT / "botcore").rglob("*.py"):
        tops = {name.partition(".")[0] for name in imports_of(file)}
        assert not tops & shelf_packages, file


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_a_package_on_a_shelf_imports_no_other(package: Path) -> None:
    others = {path.name for path in packages()} - {package.name}

    for file in package.rglob("*.py"):
        tops = {name.partition(".")[0] for name in imports_of(file)}
        assert not tops & others, file


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("ctranslate2", "engine/botcore_llama/ctranslate2_runner.py"),
        ("sqlalchemy", "botcore/store"),
        ("prompt_toolkit", "adapters/botcore_terminal"),
        ("telegram", "adapters/botcore_telegram"),
        ("slack_bolt", "adapters/botcore_slack"),
        ("slack_sdk", "adapters/botcore_slack"),
        ("cryptography", "adapters/botcore_slack"),
        ("cronsim", "botcore/schedules"),
        ("huggingface_hub", "engine/botcore_llama/hub"),
        ("httpx2", "engine/botcore_llama/hub"),
        ("tomlkit", "botcore/config_change.py"),
        ("torch", "engine/training"),
    ],
)
def test_a_driver_stays_in_the_package_that_wraps_it(library: str, home: str) -> None:
    files = [file for part in ("botcore", *SHELVES) for file in (ROOT / part).rglob("*.py")]

    for file in files:
        if library in {name.partition(".")[0] for name in imports_of(file)}:
            assert str(file.relative_to(ROOT)).startswith(home)
