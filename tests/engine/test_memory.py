"""A container's limit is the machine's memory for whoever is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from botcore_llama import memory
from botcore_llama.memory import gigabytes, kv_bytes_per_token, memory_of_machine

PHYSICAL = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("file", ["memory.max", "memory/memory.limit_in_bytes"])
def test_the_limit_of_a_container_counts(groups: Path, file: str) -> None:
    (groups / file).parent.mkdir(exist_ok=True)
    (groups / file).write_text("1000000\n")

    assert memory_of_machine() == 1_000_000


@pytest.mark.parametrize("text", ["max\n", "9223372036854771712\n", "nonsense"])
def test_what_limits_nothing_does_not_count(groups: Path, text: str) -> None:
    (groups / "memory.max").write_text(text)

    assert memory_of_machine() == PHYSICAL


def test_without_control_groups_it_is_the_machines(groups: Path) -> None:
    assert memory_of_machine() == PHYSICAL


def test_llama_3_2_1b_keeps_256_kib_a_token() -> None:
    assert kv_bytes_per_token(layers=16, heads=32, head_size=64) == 262_144


@pytest.mark.parametrize(
    ("size", "text"),
    [(70_553_706_496, "70.6 GB"), (131_000_000, "131.0 MB"), (37_000_000, "37.0 MB"), (0, "0.0 MB")],
)
def test_sizes_are_told_in_thousands(size: int, text: str) -> None:
    assert gigabytes(size) == text
