"""Disks with as much room as a test says."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest


def have_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Let every disk have that many bytes free."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
