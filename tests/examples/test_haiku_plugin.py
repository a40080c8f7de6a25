"""The plugin that authors read first is a package of its own, found by its entry point."""

from __future__ import annotations

import pytest

from tests.examples.installing import ROOT, Installed

EXAMPLE = ROOT / "examples/botcore_haiku"
FIND = "from botcore.discovery import load_plugins; print([plugin.name for plugin in load_plugins()])"


@pytest.fixture(scope="module")
def haiku(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(EXAMPLE, tmp_path_factory.mktemp("haiku"))


@pytest.mark.slow
def test_its_own_tests_pass(haiku: Installed) -> None:
    haiku.test()


@pytest.mark.slow
def test_botcore_finds_it_among_the_others(haiku: Installed) -> None:
    assert "'haiku'" in haiku.run("-c", FIND)


@pytest.mark.slow
def test_its_types_fit_those_of_botcore(haiku: Installed) -> None:
    haiku.check_types()
