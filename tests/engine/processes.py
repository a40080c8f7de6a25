"""Looks at the model servers that run."""

from __future__ import annotations

import os
from pathlib import Path


def proc(process: int, name: str) -> str:
    return Path(f"/proc/{process}/{name}").read_text()


def servers(folder: Path) -> list[int]:
    """Return the model servers whose socket is under this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"botcore_llama.server" in command and any(os.fsencode(folder) in part for part in command):
            found.append(int(process.name))
    return found
