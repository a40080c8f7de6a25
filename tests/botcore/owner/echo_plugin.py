"""A plugin that botcore.toml names by its module."""

from __future__ import annotations

from botcore import Plugin

plugin = Plugin("echo")


@plugin.command("echo")
async def echo(*, text: str) -> str:
    """Say it again."""
    return text
