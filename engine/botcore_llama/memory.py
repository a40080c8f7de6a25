"""How much memory a model takes to run in CTranslate2, and how much there is."""

from __future__ import annotations

import os
from pathlib import Path

# CTranslate2 keeps keys and values as float32, those of shared key heads once for every head.
KV_VALUE_BYTES = 4

CGROUPS = Path("/sys/fs/cgroup")


def kv_bytes_per_token(layers: int, heads: int, head_size: int) -> int:
    """Return what each token of each answer under way keeps in memory: a key and a value a layer."""
    return 2 * KV_VALUE_BYTES * layers * heads * head_size


def memory_of_machine() -> int:
    """Return how many bytes of memory this process may use: the machine's, or its container's if less."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([physical, *_container_limits(CGROUPS)])


def _container_limits(root: Path) -> list[int]:
    """Return the limits of this process's control groups, of either version."""
    folders = {root, root / "memory"}
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        group = (root / "memory" if "memory" in controllers.split(",") else root) / path.lstrip("/")
        folders |= {folder for folder in (group, *group.parents) if folder.is_relative_to(root)}
    limits = (folder / name for folder in folders for name in ("memory.max", "memory.limit_in_bytes"))
    return [limit for file in limits if (limit := _read_limit(file)) is not None]


def _read_limit(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None  # "max" is no limit


def gigabytes(size: int) -> str:
    """Return a size for people; a small one in megabytes."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
