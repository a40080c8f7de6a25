"""What a chat begins with."""

from __future__ import annotations

from botcore import EngineState, EngineStatus


def banner(status: EngineStatus) -> str:
    """Return a few lines that say who answers here and which keys to know."""
    lines = [
        f"botcore with the model {status.model}" if status.model else "botcore",
        status.description,
        _state(status),
        "/help shows what I can do, Alt-Enter begins a new line, Ctrl-D leaves.",
    ]
    return "\n".join(filter(None, lines)) + "\n"


def _state(status: EngineStatus) -> str:
    if status.state is EngineState.LOADING:
        return "The model is loading; you can write already."
    if status.state is EngineState.DOWN:
        return f"The model is not there: {status.detail}"
    return ""
