"""Help with code: write, explain, fix, review. Nothing is run."""

from botcore_code.command import plugin

__all__ = ["plugin"]
