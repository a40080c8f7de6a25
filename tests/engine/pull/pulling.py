"""Pulls a tiny model from a hub on loopback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from botcore_llama.catalog import look_up
from botcore_llama.hub import Hub
from botcore_llama.pull import pull
from botcore_llama.pull_checks import Pull
from tests.engine.tiny_llama import Shape
from tests.fakes.hub import FakeHub, StoredFile

NAME = "team/tiny-llama"
SHAPE = Shape()


class Watch:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.works: dict[str, list[int]] = {}  # what was begun: of how much, and how much was done

    def say(self, line: str) -> None:
        self.lines.append(line)

    def begin(self, what: str, total: int) -> None:
        self.works[what] = [total, 0]

    def advance(self, size: int) -> None:
        self.works[list(self.works)[-1]][1] += size


def order_of(data_folder: Path, name: str = NAME, **more: Any) -> Pull:
    return Pull(look_up(name), data_folder, **more)


def pulled(fake: FakeHub, order: Pull, watch: Watch | None = None) -> Path:
    return pull(order, Hub(fake.endpoint, None, sleep=lambda seconds: None), watch or Watch())


def change(fake: FakeHub, changes: dict[str, bytes | None]) -> None:
    """Put other files into the repository; None takes one out."""
    repository = fake.repositories[NAME]
    files = dict(repository.files)
    for name, content in changes.items():
        if content is None:
            files.pop(name, None)
        else:
            files[name] = StoredFile(name, content)
    fake.add(replace(repository, files=files))
