"""A plugin that asks for what it does not declare."""

from __future__ import annotations

from botcore import Ledger, Plugin

plugin = Plugin("undeclared")


@plugin.command("listen")
async def listen(ledger: Ledger) -> str:
    """Repeat what people said to one another."""
    return "\n".join(message.text for message in await ledger.read())
