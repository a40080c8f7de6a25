"""Summaries of conversations and of exported threads, with every line's sources checked.

The way of a summary:

    chat_command, file_command      who asks: `/summarize`, `botcore summarize FILE`
    chat_files                      talks of a file, as `botcore.exports` reads it
    talk                            what is to be summarized: numbered lines, and what was left out
    summarizer                      the whole way, from a talk to its summary
    windows, parts, transcript      cut to what fits, and each part as the model reads it
    model, prompts                  asks the model, and once more when its text breaks the contract
    contract, citations, actions    reads what it wrote
    checking, support, words        keeps what the cited messages speak of
    combining                       puts parts together
    outline                         messages picked by rule, where the model's text can't be used
    summary, coverage, render       the result: its parts, its account, as Markdown and JSON
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botcore_summarize.chat_command import plugin

__all__ = ["plugin"]


def __getattr__(name: str) -> object:
    """Import the plugin when it is asked for: `botcore --help` passes here and needs none of it."""
    if name != "plugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from botcore_summarize.chat_command import plugin

    return plugin
