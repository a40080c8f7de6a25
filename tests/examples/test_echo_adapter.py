"""The adapter of examples/ is a third party's package: built, installed elsewhere, and held to the kit."""

from __future__ import annotations

import ast

import pytest

import botcore
import botcore.markup
from tests.examples.installing import ROOT, Installed

EXAMPLE = ROOT / "examples/botcore_echo_adapter"
ADAPTER = EXAMPLE / "botcore_echo_adapter/__init__.py"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(EXAMPLE, tmp_path_factory.mktemp("echo"))


def test_it_has_fewer_than_150_lines() -> None:
    assert len(ADAPTER.read_text().splitlines()) < 150


def test_it_needs_public_names_only() -> None:
    public = {"botcore": set(botcore.__all__), "botcore.markup": set(botcore.markup.__all__)}
    for node in ast.walk(ast.parse(ADAPTER.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("botcore"):
            assert {alias.name for alias in node.names} <= public[node.module or ""]


@pytest.mark.slow
@pytest.mark.parametrize("which", ["not slow", "slow"])
@pytest.mark.timeout(400)
def test_it_passes_the_conformance_kit(echo: Installed, which: str) -> None:
    """What is quick kills two bots of it, too."""
    echo.test("-m", which)


@pytest.mark.slow
def test_its_types_fit_those_of_botcore(echo: Installed) -> None:
    echo.check_types()
