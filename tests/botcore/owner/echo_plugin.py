"""A plugin that botcore.toml names by its module."""

from __future__ import annotations

import asyncio
from pathlib import Path

from botcore import Plugin

plugin = Plugin("echo")


@plugin.command("echo")
async def echo(*, text: str) -> str:
    """Say it again."""
    return text


@plugin.command("work")
async def work(*, mended: str) -> str:
    """Fail as long as a file is not there."""
    if not await asyncio.to_thread(Path(mended).exists):
        raise RuntimeError
    return "done"


@plugin.command("wait")
async def wait() -> None:
    """Work for as long as a plugin may."""
    await asyncio.sleep(60)
