"""The port to whatever computes the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from botcore_llama.request import Sampling

OnToken = Callable[[int], bool]
"""Called with each new token, on the thread that computes. True stops the answer at once."""


class Runner(Protocol):
    """Runs one loaded model. `generate` is called from as many threads as there are slots."""

    def load(self) -> None:
        """Bring the model into memory; raise `ModelError` when its files can't be used."""
        ...

    def generate(self, prompt: Sequence[int], sampling: Sampling, on_token: OnToken) -> None:
        """Compute one answer, and return when it ends."""
        ...

    def close(self) -> None:
        """Free the model. No `generate` runs any more."""
        ...
