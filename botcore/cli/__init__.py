"""The `botcore` command. What stands here is imported for every `--help`, so it stays light."""

from botcore.cli.main import main

__all__ = ["main"]
