"""Llama 3 on your own machine: tokenizer, prompt format, conversion, model server and its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botcore_llama.llama_engine import LlamaEngine

__all__ = ["LlamaEngine"]


def __getattr__(name: str) -> Any:
    """Import the engine when it is asked for: the command line imports this package for its commands."""
    if name not in __all__:
        raise AttributeError(name)
    from botcore_llama import llama_engine

    return getattr(llama_engine, name)
