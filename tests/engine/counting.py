"""Counts what is read of the weights' files."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from botcore_llama.checkpoint.tensors import WeightsFile


def count_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have the size of every read noted."""
    counted: list[int] = []
    original = WeightsFile.read

    def read(self: WeightsFile, offset: int, count: int) -> NDArray[np.uint8]:
        counted.append(count)
        return original(self, offset, count)

    monkeypatch.setattr(WeightsFile, "read", read)
    return counted
