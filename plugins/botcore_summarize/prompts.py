"""The plugin's prompt files."""

from __future__ import annotations

from importlib.resources import files


def prompt(name: str, **values: str) -> str:
    """Return a prompt with its `{placeholders}` filled in."""
    text = (files("botcore_summarize") / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text
