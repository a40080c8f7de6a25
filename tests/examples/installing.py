"""Installs a package of examples/ as a newcomer does, and runs its tests there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [str(ROOT / part) for part in (".", "adapters", "engine", "plugins")]


class Installed:
    """A package that is built and installed by pip, beside botcore."""

    def __init__(self, example: Path, target: Path) -> None:
        """`target`: an empty folder. What it depends on is here already."""
        self.example = example
        self._target = target
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        alone = ["--no-deps", "--no-build-isolation", "--no-index"]
        subprocess.run([*pip, *alone, "--target", str(target), str(example)], check=True)

    def run(self, *arguments: str) -> str:
        """Run Python in the example's folder with the package and botcore; return what it prints."""
        types = [*SOURCES, str(self.example / "tests")]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.example,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(self._target), *SOURCES]),
                "MYPYPATH": os.pathsep.join(types),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def test(self, *arguments: str) -> None:
        """Run its tests."""
        assert "passed" in self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)

    def check_types(self) -> None:
        """Check it by mypy, as strictly as it says itself."""
        self.run("-m", "mypy", "--cache-dir", os.devnull, self.example.name, "tests")
