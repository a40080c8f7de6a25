"""Runs a model in CTranslate2. The only file that imports it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2

from botcore.errors import ModelError
from botcore_llama.request import Sampling
from botcore_llama.runner import OnToken


def compute_types() -> frozenset[str]:
    """Return what this machine's processor computes in without widening it first."""
    return frozenset(ctranslate2.get_supported_compute_types("cpu"))


class CTranslate2Runner:
    """A CTranslate2 generator with one worker for each slot; the workers share the weights."""

    def __init__(
        self, folder: Path, end_tokens: Sequence[int], *, slots: int, threads: int, compute_type: str
    ) -> None:
        """`threads`: of all slots together."""
        self._folder = folder
        self._end_tokens = list(end_tokens)
        self._options: dict[str, Any] = {
            "compute_type": compute_type,
            "inter_threads": slots,
            "intra_threads": max(1, threads // slots),
        }
        self._names: list[str] = []
        self._generator: Any = None

    def load(self) -> None:
        try:
            self._names = json.loads((self._folder / "vocabulary.json").read_text(encoding="utf-8"))
            self._generator = ctranslate2.Generator(str(self._folder), device="cpu", **self._options)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"The model in {self._folder} can't be loaded ({error}). Convert or get it again."
            ) from error

    def generate(self, prompt: Sequence[int], sampling: Sampling, on_token: OnToken) -> None:
        self._generator.generate_batch(
            [[self._names[token] for token in prompt]],
            max_length=sampling.max_tokens,
            end_token=self._end_tokens,
            # With the prompt in the result it would be read token by token, thirty times slower.
            include_prompt_in_result=False,
            callback=lambda step: on_token(step.token_id),
            repetition_penalty=sampling.repetition_penalty,
            **_sampling(sampling, len(self._names)),
        )

    def close(self) -> None:
        """Unload by hand: a generator that is alive when the interpreter exits aborts the process."""
        if self._generator is not None:
            self._generator.unload_model()
            self._generator = None


def _sampling(sampling: Sampling, vocabulary_size: int) -> dict[str, Any]:
    if sampling.temperature == 0:
        return {"sampling_topk": 1}
    return {
        "sampling_topk": min(sampling.top_k, vocabulary_size),
        "sampling_topp": sampling.top_p,
        "sampling_temperature": sampling.temperature,
    }
