"""What a chat begins with."""

from __future__ import annotations

from botcore import EngineState, EngineStatus

_DEMONSTRATION = "botcore-demo"  # the name that the bundled model's metadata gives it


def banner(status: EngineStatus) -> str:
    """Return a few lines that say who answers here and which keys to know."""
    lines = [
        f"botcore with the model {status.model}" if status.model else "botcore",
        _caution(status.model),
        _state(status),
        "/help shows what I can do, Alt-Enter begins a new line, Ctrl-D leaves.",
    ]
    return "\n".join(filter(None, lines)) + "\n"


def _caution(model: str) -> str:
    if model != _DEMONSTRATION:
        return ""
    return (
        "This is a small demonstration: it knows the shape of the work, nothing of the world, and it errs. "
        "One line of botcore.toml names a real Llama 3."
    )


def _state(status: EngineStatus) -> str:
    if status.state is EngineState.LOADING:
        return "The model is loading; you can write already."
    if status.state is EngineState.DOWN:
        return f"The model is not there: {status.detail}"
    return ""
